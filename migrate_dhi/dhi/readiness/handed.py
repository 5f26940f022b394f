"""What becomes of a container's arguments in the entrypoint script of the hardened image, where its text is known."""

from collections.abc import Iterator

from migrate_dhi.dhi.catalog import Script
from migrate_dhi.dhi.readiness.running import Running
from migrate_dhi.findings import Finding
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.kube.shell import starts, unwrapped
from migrate_dhi.kube.shellwords import commands
from migrate_dhi.regex import regex

_SHELLS = frozenset({"sh", "bash", "ash", "dash"})
_FOR_OPTIONS = regex(r"_(?:OPTIONS|OPTS|ARGS|FLAGS)$")


def check(running: Running, manifests: Manifests) -> Iterator[Finding]:
    """Remarks where the arguments are no program, are taken for the program's own, or are not handed on."""
    definition = running.definition
    if definition is None or definition.script is None or not running.moved:
        return
    for line in handed(running, manifests):
        if line:
            yield from _line(running, definition.script, line)


def handed(running: Running, manifests: Manifests) -> list[tuple[str, ...]]:
    """The arguments that the chart gives the image's own script, for each time that it starts it."""
    script = running.definition.script if running.definition else None
    if script is None:
        return []
    if running.script:
        return [unwrapped(running.argv)[1:] if running.command else running.args]
    return [
        arguments
        for start in starts(running.container, manifests)
        if start.place == "command"
        for name, arguments in commands(start.script)
        if name == _base(script.path)
    ]


def _line(running: Running, script: Script, args: tuple[str, ...]) -> Iterator[Finding]:
    first, program = args[0], _base(script.program)
    own = f"{script.path} of the hardened image"
    option = first.startswith("-")
    if script.verbatim and option:
        yield running.finding(
            "command-empty",
            "error",
            f"gives only options as arguments ({_name(first)} …), and {own} runs its arguments as they are",
            f"{_elsewhere(script)}or name the program in front of them",
        )
    elif program and not option and _base(first) in _SHELLS | {program}:
        yield running.finding(
            "command-doubled",
            "error",
            f"names {first} as an argument, and {own} hands all arguments to {program}",
            "leave the program out of the arguments, or name it in command",
        )
    elif "*" in script.drops or (first in script.drops and args[1:]):
        lost = args if "*" in script.drops else args[1:]
        yield running.finding(
            "arguments-lost",
            "warning",
            f"gives the argument {_name(lost[0])}{' …' if lost[1:] else ''}, which {own} does not read",
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
