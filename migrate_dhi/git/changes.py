"""Which files of the worktree differ from a commit, as Git itself compares them."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from migrate_dhi.git.run import Output, ask, ask_all
from migrate_dhi.record import record

KINDS = {"A": "added", "D": "deleted", "M": "modified", "T": "type", "U": "unmerged"}
"""Git's status letters and the kind of change that they stand for."""


@record
class FileChange:
    """One file that differs from a commit.

    Attributes:
        path: the path from the repository's root, with ``/``.
        kind: ``modified``, ``mode``, ``type``, ``added``, ``deleted``, ``unmerged`` or ``untracked``.
    """

    path: str
    kind: str


def changed(root: Path, commit: str, paths: Sequence[str]) -> list[FileChange]:
    """All files under `paths` that differ from `commit`, in the worktree or in the index, sorted by path.

    Line endings and filters are seen as Git sees them: a file that Git would check in unchanged is
    unchanged. Files that Git was told not to look at (``assume-unchanged``, ``skip-worktree``) are looked
    at all the same, since they are rendered. Untracked files are listed unless they are ignored.
    """
    if not paths:
        return []
    # `git diff` would do all this, but it writes the index when only times differ.
    raw = ("--raw", "-z", "--no-abbrev", "--no-renames", "--no-relative", "--ignore-submodules=none", commit)
    listing = ("ls-files", "-z", "-t", "-v", "--cached", "--others", "--exclude-standard")
    questions = (("diff-index", *raw), ("diff-index", "--cached", *raw), listing)
    worktree, index, listed = ask_all(root, *((*question, "--", *paths) for question in questions))
    found = _compared(root, worktree) | _compared(root, index)
    hidden = []
    for tag, path in (line.split(" ", 1) for line in listed.fields):
        if tag == "?":
            found.setdefault(path, "untracked")
        elif tag == "S" and not os.path.lexists(root / path):
            # A sparse checkout leaves it out: it is not deleted.
            continue
        elif tag == "S" or tag.islower():
            hidden.append(path)
    found |= _hidden(root, commit, hidden)
    return [FileChange(path, kind) for path, kind in sorted(found.items())]


def _compared(root: Path, listed: Output) -> dict[str, str]:
    found, unsure = dict[str, str](), dict[str, str]()
    for header, path in zip(listed.fields[::2], listed.fields[1::2], strict=True):
        before, after, old, new, letter = header.removeprefix(":").split(" ")
        if letter == "M" and before == after and not new.strip("0"):
            unsure[path] = old
        elif found.get(path) != "unmerged":
            found[path] = "mode" if letter == "M" and before != after else KINDS.get(letter[0], "modified")
    return dict.fromkeys(_differing(root, unsure), "modified") | found


def _hidden(root: Path, commit: str, paths: Sequence[str]) -> dict[str, str]:
    if not paths:
        return {}
    stored = {}
    for line in ask(root, "ls-tree", "-r", "-z", "--full-tree", commit, "--", *paths).fields:
        header, _, path = line.partition("\t")
        stored[path] = header.split(" ")[2]
    gone = {path: "deleted" for path in paths if not os.path.lexists(root / path)}
    added = {path: "added" for path in paths if path not in stored}
    unsure = {path: blob for path, blob in stored.items() if path not in gone}
    return dict.fromkeys(_differing(root, unsure), "modified") | added | gone


def _differing(root: Path, stored: Mapping[str, str]) -> list[str]:
    """Those of these files whose content Git would not store under the id given."""
    files = [path for path in stored if (root / path).is_file() and not (root / path).is_symlink()]
    lines = "".join(f"{_quoted(path)}\n" for path in files)
    same = set[str]()
    # Without the index Git cannot know that line breaks were stored as they are: the bytes themselves count.
    for how in ((), ("--no-filters",)) if files else ():
        now = ask(root, "hash-object", *how, "--stdin-paths", stdin=os.fsencode(lines)).text.split()
        same |= {path for path, blob in zip(files, now, strict=True) if blob == stored[path]}
    for path in stored:
        if (root / path).is_symlink():
            target = ask(root, "hash-object", "--stdin", stdin=bytes((root / path).readlink())).text
            same |= {path} if target == stored[path] else set()
    return [path for path in stored if path not in same]


def _quoted(path: str) -> str:
    # As Git reads lines of paths: one that starts with a quote is unquoted as in C.
    if "\n" not in path and not path.startswith('"'):
        return path
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
