"""Takes branches back, with a backup ref in the same transaction."""

import shlex
from datetime import UTC, datetime
from pathlib import Path

from migrate_dhi.errors import BranchInUseError, RaceLostError, WriteError
from migrate_dhi.git.branches import HEADS, OWN, branches, checked_out, require_valid
from migrate_dhi.git.locks import lock_help
from migrate_dhi.git.plumbing import do

BACKUPS = f"{OWN}backup/"
"""Where the last commit of a branch that was taken back is kept, as ``<branch>/<time>-<commit>``."""


def delete_branch(root: Path, branch: str, expected: str) -> str:
    """Delete `branch`, which must be at the commit `expected`; the name of the backup ref."""
    return _retire(root, branch, expected, f"delete {HEADS}{branch}\0{expected}\0")


def move_branch(root: Path, branch: str, expected: str, new: str) -> str:
    """Move `branch` from the commit `expected` to `new`; the name of the backup ref."""
    return _retire(root, branch, expected, f"update {HEADS}{branch}\0{new}\0{expected}\0")


def how_to_leave(folder: Path, branch: str | None = None) -> str:
    """The help that tells how the worktree `folder` leaves its branch, for `branch` if it is free."""
    if not folder.is_dir():
        return "that worktree is gone, so forget it first: git worktree prune"
    return f"leave it first: git -C {shlex.quote(str(folder))} switch {shlex.quote(branch or '--detach')}"


def _retire(root: Path, branch: str, expected: str, order: str) -> str:
    require_valid(root, branch)
    folder = checked_out(root).get(branch)
    if folder is not None:
        raise BranchInUseError(
            f"the branch {branch} is checked out",
            where=str(folder),
            help=how_to_leave(folder),
        )
    backup = _free_backup(root, branch, expected)
    done = do(
        root,
        "update-ref",
        "--no-deref",
        "-m",
        "migrate-dhi: rollback",
        "--stdin",
        "-z",
        stdin=f"create {backup}\0{expected}\0{order}".encode(),
        accept=range(256),
    )
    if not done.status:
        return backup
    if branches(root).get(branch) != expected:
        raise RaceLostError(
            f"the branch {branch} is not at {expected[:12]} any more", help="look at it and run this again"
        )
    raise WriteError(
        f"the branch {branch} could not be changed ({done.complaint})",
        where=str(root),
        help=lock_help(root, done.stderr),
    )


def _free_backup(root: Path, branch: str, commit: str) -> str:
    taken = branches(root, BACKUPS)
    stem = f"{branch}/{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{commit[:12]}"
    names = (stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 3)))
    return BACKUPS + next(name for name in names if name not in taken)
