"""What becomes of a container's arguments in the entrypoint script of the hardened image, where its text is known."""

from collections.abc import Iterator

from migrate_dhi.dhi.catalog import Script
from migrate_dhi.dhi.readiness.running import Running
from migrate_dhi.findings import Finding
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.regex import regex

_SHELLS = frozenset({"sh", "bash", "ash", "dash"})
_FOR_OPTIONS = regex(r"_(?:OPTIONS|OPTS|ARGS|FLAGS)$")


def check(running: Running, manifests: Manifests) -> Iterator[Finding]:  # noqa: ARG001 - all checks alike
    """Remarks where the arguments are no program, are taken for the program's own, or are not handed on."""
    script, args = running.script, running.args
    if script is None or not args or running.command or not running.moved:
        return
    first, program = args[0], _base(script.program)
    own = f"{script.path} of the hardened image"
    option = first.startswith("-")
    if script.verbatim and option:
        yield running.finding(
            "command-empty",
            "error",
            f"gives only options in args ({_name(first)} …), and {own} runs its arguments as they are",
            f"{_elsewhere(script)}or name the program in front of them",
        )
    elif program and not option and _base(first) in _SHELLS | {program}:
        yield running.finding(
            "command-doubled",
            "error",
            f"names {first} in args, and {own} hands all arguments to {program}",
            "leave the program out of args, or name it in command",
        )
    elif "*" in script.drops or (first in script.drops and args[1:]):
        lost = args if "*" in script.drops else args[1:]
        yield running.finding(
            "arguments-lost",
            "warning",
            f"gives {_name(lost[0])}{' …' if lost[1:] else ''} in args, which {own} does not read",
            f"{_elsewhere(script)}or by the program's own configuration",
        )


def _elsewhere(script: Script) -> str:
    names = [name for name in script.reads if _FOR_OPTIONS.search(name)]
    return f"say it by {' or '.join(names)}, which it reads, " if names else "say it by command and args, "


def _name(word: str) -> str:
    """An argument without what stands behind `=`, which may be secret."""
    return word.partition("=")[0]


def _base(word: str) -> str:
    return word.rpartition("/")[2]
