"""A word that is no path and reads like a command or a flag: it is told with what is near it, before any question."""

from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path

from migrate_dhi.errors import PathNotFoundError


def require_no_slip(word: str, commands: Collection[str], flags: Collection[str]) -> None:
    """Raise PathNotFoundError for such a word; a path that is there, and a name with a slash, mean what they say."""
    if "/" in word or "#" in word or Path(word).exists():
        return
    near = get_close_matches(word.lower(), commands, n=1, cutoff=0.7)
    meant = near[0] if near else f"--{word}" if f"--{word}" in flags else ""
    if not meant:
        return
    from migrate_dhi.migration.states import left_out  # noqa: PLC0415 - for a slip alone

    if not left_out(Path(word)):
        raise PathNotFoundError(
            "there is no such command or path", where=word, help=f"do you mean `migrate-dhi {meant}`?"
        )


# What other programs call it.
_CALLED = {
    "--dry-run": "--plan",
    "--diff": "--plan",
    "--force": "--accept",
    "-y": "--yes",
    "-n": "--namespace",
}


def flag_meant(name: str, flags: Collection[str]) -> str:
    """The help for a flag that a command has not: what it is called here, or that another command has it."""
    if name in _CALLED:
        return f"do you mean {_CALLED[name]}?"
    return f"{name} is a flag of `migrate-dhi CHART`, not of this command" if name in flags else ""
