"""Which files of the worktree differ from a commit, as Git itself compares them."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from migrate_dhi.git.run import ask

KINDS = {"A": "added", "D": "deleted", "M": "modified", "T": "type", "U": "unmerged"}
"""Git's status letters and the kind of change that they stand for."""


@dataclass(frozen=True, order=True)
class Change:
    """One file that differs from a commit.

    Attributes:
        path: the path from the repository's root, with ``/``.
        kind: ``modified``, ``mode``, ``type``, ``added``, ``deleted``, ``unmerged`` or ``untracked``.
    """

    path: str
    kind: str


def changed(root: Path, commit: str, paths: Sequence[str]) -> list[Change]:
    """All files under `paths` that differ from `commit`, in the worktree or in the index, sorted by path.

    Line endings and filters are seen as Git sees them: a file that Git would check in unchanged is
    unchanged. Files that Git was told not to look at (``assume-unchanged``, ``skip-worktree``) are looked
    at all the same, since they are rendered. Untracked files are listed unless they are ignored.
    """
    if not paths:
        return []
    found = dict[str, str]()
    for extra in ((), ("--cached",)):
        found = _compared(root, commit, paths, *extra) | found
    listed = ask(
        root, "ls-files", "-z", "-t", "-v", "--cached", "--others", "--exclude-standard", "--", *paths
    ).fields
    hidden = []
    for tag, path in (line.split(" ", 1) for line in listed):
        if tag == "?":
            found.setdefault(path, "untracked")
        elif tag == "S" or tag.islower():
            hidden.append(path)
    return sorted(Change(path, kind) for path, kind in (found | _hidden(root, commit, hidden)).items())


def _compared(root: Path, commit: str, paths: Sequence[str], *extra: str) -> dict[str, str]:
    # `diff` and not `diff-index`: it compares contents where only the times differ, in memory.
    options = ("--raw", "-z", "--no-renames", "--no-ext-diff", "--no-relative", "--ignore-submodules=none")
    fields = ask(root, "diff", *extra, *options, commit, "--", *paths).fields
    found = dict[str, str]()
    for header, path in zip(fields[::2], fields[1::2], strict=True):
        before, after, _, _, letter = header.removeprefix(":").split(" ")
        mode_only = letter == "M" and before != after
        kind = "mode" if mode_only else KINDS.get(letter[0], "modified")
        if found.get(path) != "unmerged":
            found[path] = kind
    return found


def _hidden(root: Path, commit: str, paths: Sequence[str]) -> dict[str, str]:
    found = dict[str, str]()
    for path in paths:
        entry = ask(root, "ls-tree", "-z", "--full-tree", commit, "--", path).fields
        if not os.path.lexists(root / path):
            found[path] = "deleted"
        elif not entry:
            found[path] = "added"
        elif (root / path).is_file() and not (root / path).is_symlink():
            blob = ask(
                root, "hash-object", f"--path={path}", "--stdin", stdin=(root / path).read_bytes()
            ).text
            if blob != entry[0].split("\t")[0].split(" ")[2]:
                found[path] = "modified"
    return found
