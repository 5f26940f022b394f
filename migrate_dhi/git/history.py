"""Commits read back, with their trailers."""

from collections.abc import Sequence
from dataclasses import field
from pathlib import Path

from migrate_dhi.git.plumbing import do
from migrate_dhi.git.trailers import PLACEHOLDER, READING, parse_trailers
from migrate_dhi.record import record

_FIELDS = ("%H", "%P", "%s", "%b", PLACEHOLDER, "%an <%ae>", "%aI")


@record
class Commit:
    """A commit as Git shows it.

    Attributes:
        id: the full id.
        parents: the ids of its parents, the first one first.
        subject: the first paragraph of the message on one line.
        body: the rest of the message, trailers included.
        trailers: values by key, each key with its values in order.
        author: ``Name <address>``.
        date: when it was authored, in ISO 8601.
    """

    id: str
    parents: tuple[str, ...]
    subject: str
    body: str
    trailers: dict[str, list[str]] = field(hash=False)
    author: str
    date: str


def log(root: Path, without: Sequence[str], tip: str, *, limit: int | None = None) -> list[Commit]:
    """The commits that `tip` has and none of `without` has, newest first, at most `limit` of them."""
    counted = () if limit is None else (f"--max-count={limit}",)
    options = ("-z", "--topo-order", "--no-show-signature", "--no-color", "--encoding=UTF-8", *counted)
    fields = do(
        root,
        *READING,
        "log",
        *options,
        # NUL stands between the fields too: no part of a commit can hold one.
        f"--format=tformat:{'%x00'.join(_FIELDS)}",
        "--end-of-options",
        tip,
        *(f"^{commit}" for commit in without),
        "--",
    ).fields
    size = len(_FIELDS)
    return [_commit(fields[start : start + size]) for start in range(0, len(fields), size)]


def merged(root: Path, commit: str, into: str) -> bool:
    """Whether `commit` is in the history of `into`."""
    return do(root, "merge-base", "--is-ancestor", commit, into, accept=(0, 1)).status == 0


def _commit(fields: Sequence[str]) -> Commit:
    commit, parents, subject, body, trailers, author, date = fields
    return Commit(
        commit, tuple(parents.split()), subject, body.strip("\n"), parse_trailers(trailers), author, date
    )
