"""The flags that say how many releases are written at once."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from migrate_dhi.errors import ConflictingFlagsError, UsageError, WriteError
from migrate_dhi.ui.shared_flags import FILE, together

PER = ("target", "directory", "namespace", "all")
FOR_ONE = ("values", "release", "namespace", "answers", "pin")
"""The flags that mean something for one release alone."""


many = together(
    click.option("--all", "every", is_flag=True, help="With --yes: every release found (below CHART)."),
    click.option(
        "--branch-per",
        type=click.Choice(PER),
        default="target",
        show_default=True,
        help="With --all or questions: what shares a branch.",
    ),
    click.option("--shard", metavar="I/N", default="", help="With --all: only the I-th of N parts."),
    click.option(
        "--write-texts",
        metavar="DIR",
        type=FILE,
        default=None,
        help="With --all or questions: a file for the pull request of each branch, and index.json.",
    ),
)
"""The flags of a command that writes branches of many releases."""


def shard_of(text: str) -> tuple[int, int]:
    """Which of how many parts; the only one where nothing is said. Raises UsageError."""
    if not text:
        return 1, 1
    part, _, parts = text.partition("/")
    if not (part.isdecimal() and parts.isdecimal() and 0 < int(part) <= int(parts)):
        raise UsageError(f"--shard {text}: this is no part of a whole", help="write it like 3/20")
    return int(part), int(parts)


def require_writable(place: Path, *, folder: bool) -> None:
    """Raise WriteError where a file (or a folder) cannot be written: told before the work, and not after it."""
    above = place if folder else place.parent
    if folder:
        # It is made where it is not there.
        above = next((one for one in (place, *place.absolute().parents) if os.path.lexists(one)), above)
    what, thing = ("the texts", "folder") if folder else ("the file", "file")
    if not folder and place.is_dir():
        reason = "it is a folder"
    elif not above.is_dir():
        reason = f"{above} is no folder" if os.path.lexists(above) else f"there is no folder {above}"
    elif not os.access(above, os.W_OK | os.X_OK):
        reason = f"nothing can be written in {above}"
    else:
        return
    raise WriteError(f"{what} cannot be written: {reason}", where=str(place), help=f"name another {thing}")


def check(flags: Mapping[str, Any]) -> None:
    """Raise ConflictingFlagsError for flags of many releases without ``--all``, and that without ``--yes``.

    The wizard at a root, which asks which releases, takes those of branches, too. Raises WriteError where the texts
    cannot be written.
    """
    if flags["write_texts"]:
        require_writable(flags["write_texts"], folder=True)
    asks = not (flags["yes"] or flags["dry_run"])
    of_branches = (("--branch-per", flags["branch_per"] != "target"), ("--write-texts", flags["write_texts"]))
    for name, given in (*(() if asks else of_branches), ("--shard", flags["shard"])):
        if given and not flags["every"]:
            raise ConflictingFlagsError(f"{name} belongs to --all", help="add --all")
    if not flags["every"]:
        return
    if not flags["yes"]:
        raise ConflictingFlagsError(
            "--all belongs to --yes",
            help="`migrate-dhi scan` shows every release; --yes --all writes the branches",
        )
    if flags["branch"] and flags["branch_per"] != "all":
        raise ConflictingFlagsError(
            "--branch names one branch, and --all writes many", help="add --branch-per all"
        )
    for name in FOR_ONE:
        if flags[name]:
            raise ConflictingFlagsError(f"--{name} is for one release", help="leave it out")
    shard_of(flags["shard"])
