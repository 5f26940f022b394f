"""Commits read back, with their trailers."""

from collections.abc import Sequence
from dataclasses import field
from pathlib import Path

from migrate_dhi.git.plumbing import do
from migrate_dhi.git.trailers import PLACEHOLDER, READING, parse_trailers
from migrate_dhi.record import record

_FIELDS = ("%H", "%P", "%s", "%b", PLACEHOLDER)


@record
class Commit:
    """A commit as Git shows it.

    Attributes:
        id: the full id.
        parents: the ids of its parents, the first one first.
        subject: the first paragraph of the message on one line.
        body: the rest of the message, trailers included.
        trailers: values by key, each key with its values in order.
    """

    id: str
    parents: tuple[str, ...]
    subject: str
    body: str
    trailers: dict[str, list[str]] = field(hash=False)


@record
class FileDiff:
    """One file in two trees: the id of its content in each, empty where it is not there."""

    path: str
    before: str
    after: str


def log(
    root: Path,
    without: Sequence[str],
    tips: Sequence[str],
    *,
    limit: int | None = None,
    telling: Sequence[str] = (),
    paths: Sequence[str] = (),
    walk: bool = True,
) -> list[Commit]:
    """The commits that one of `tips` has and none of `without` has, newest first.

    Args:
        root: where.
        without: commits.
        tips: commits, or names of branches.
        limit: at most so many.
        telling: only commits whose message has one of these texts.
        paths: only commits that change one of these files.
        walk: False for `tips` themselves, in their order.
    """
    if not tips:
        return []
    counted = () if limit is None else (f"--max-count={limit}",)
    grep = ("--fixed-strings", *(f"--grep={text}" for text in telling)) if telling else ()
    options = ("-z", "--no-show-signature", "--no-color", "--encoding=UTF-8", *counted, *grep)
    order = ("--topo-order",) if walk else ("--no-walk=unsorted",)
    # By stdin: thousands of commits are more than a command line holds.
    lines = "".join(f"{commit}\n" for commit in (*tips, *(f"^{commit}" for commit in without)))
    # NUL stands between the fields too: no part of a commit can hold one.
    form = f"--format=tformat:{'%x00'.join(_FIELDS)}"
    how = (*READING, "log", *order, *options, form, "--stdin")
    # The paths are read from there too, behind the dashes.
    listed = lines + "--\n" + "".join(f"{path}\n" for path in paths)
    fields = do(root, *how, stdin=listed.encode(errors="surrogateescape")).fields
    size = len(_FIELDS)
    return [_commit(fields[start : start + size]) for start in range(0, len(fields), size)]


def differences(root: Path, pairs: Sequence[tuple[str, str]]) -> list[list[FileDiff]]:
    """For each pair of commits, older first, the files that differ; one call of Git for all."""
    lines = "".join(f"{new} {old}\n" for old, new in pairs).encode()
    options = ("--stdin", "--root", "-r", "-z", "--no-renames", "--no-abbrev", "--raw", "-m", "--always")
    found: list[list[FileDiff]] = []
    fields = iter(do(root, "diff-tree", *options, stdin=lines).fields if pairs else ())
    for header in fields:
        if not header.startswith(":"):
            found.append([])
            continue
        _, _, old, new, _ = header.split(" ")
        found[-1].append(FileDiff(next(fields), old.strip("0") and old, new.strip("0") and new))
    return found


def fingerprints(root: Path, pairs: Sequence[tuple[str, str]]) -> list[str]:
    """For each pair of commits, older first, an id of what changes whatever the lines around have become."""
    found = []
    for old, new in pairs:
        options = ("-p", "-r", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color", "--full-index")
        patch = do(root, "diff-tree", *options, old, new).stdout
        found.append(do(root, "patch-id", "--stable", stdin=patch).text.partition(" ")[0])
    return found


def merged(root: Path, commit: str, into: str) -> bool:
    """Whether `commit` is in the history of `into`."""
    return do(root, "merge-base", "--is-ancestor", commit, into, accept=(0, 1)).status == 0


def _commit(fields: Sequence[str]) -> Commit:
    commit, parents, subject, body, trailers = fields
    return Commit(commit, tuple(parents.split()), subject, body.strip("\n"), parse_trailers(trailers))
