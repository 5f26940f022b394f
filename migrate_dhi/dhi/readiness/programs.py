"""Shells and tools: what the container starts, held against the packages of the image."""

from collections.abc import Iterator
from functools import partial

from migrate_dhi.dhi.catalog import Definition
from migrate_dhi.dhi.readiness.running import Running
from migrate_dhi.dhi.readiness.tools import missing, only_busybox, unshown
from migrate_dhi.findings import Finding, Severity
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.kube.mounts import mounts
from migrate_dhi.kube.shell import Start, runners, starts
from migrate_dhi.kube.shellwords import commands

_STARTERS = frozenset({"catatonit", "dumb-init", "gosu", "su-exec", "tini"})
# No other package brings these along: an image has them only where its own list of packages names one.
_ASKED_FOR = frozenset(
    {"curl", "dig", "envsubst", "jq", "kubectl", "nslookup", "ping", "rsync", "socat", "ssh"}
)
_ASKED_FOR |= {"sysctl", "telnet", "unzip", "wget", "yq"}
_NEWER = "or a newer chart that does without"


def check(running: Running, manifests: Manifests) -> Iterator[Finding]:
    """Remarks on shells and tools that are started and are not there."""
    definition = running.definition
    if definition is None:
        return
    told: set[str] = set()
    for start in starts(running.container, manifests):
        for outer in runners(start.argv):
            yield from _tool(running, definition, start, outer)
        if start.shell:
            lacking = _lacking(definition, start)
            if lacking:
                yield _no_shell(running, start, lacking)
            else:
                yield from _tools(running, definition, start, told)
        elif not start.file:
            yield from _program(running, definition, start)


def _lacking(definition: Definition, start: Start) -> str:
    """The shell that a start needs and the image lacks, or empty. bash, busybox and dash all bring ``sh``."""
    if any(word.endswith(".sh") for word in (*definition.entrypoint, *definition.cmd)):
        # An entrypoint that is a script proves a shell, whatever package brings it.
        return "bash" if start.shell == "bash" and _only_small(definition) else ""
    if not definition.shells:
        return "a shell"
    return "bash" if start.shell == "bash" and "bash" not in definition.shells else ""


def _only_small(definition: Definition) -> bool:
    return bool(definition.shells) and "bash" not in definition.shells


def _no_shell(running: Running, start: Start, lacking: str) -> Finding:
    what = f"runs {start.file} with {start.shell}" if start.file else f"runs {start.shell}"
    message = f"{what} ({start.place}), and the hardened image has no {lacking.removeprefix('a ')}"
    path = start.argv[0] if start.argv else ""
    if any("emptyDir" in mount.volume and mount.covers(path) for mount in mounts(running.container)):
        message = (
            f"runs {path} ({start.place}), which another container puts there: the hardened image has no shell of its "
            "own, and may lack the libraries of that one"
        )

    def fits(variant: Definition) -> bool:
        return not _lacking(variant, start)

    if start.probe:
        return running.finding("probe-unreached", "error", message, "or probe by tcpSocket", fits)
    severity: Severity = "error" if start.vital else "warning"
    return running.finding("shell-missing", severity, message, _NEWER, fits)


def _tools(running: Running, definition: Definition, start: Start, told: set[str]) -> Iterator[Finding]:
    """Tools in a script; a script may well live with a command that fails, so these are warnings."""
    for name, arguments in commands(start.script):
        place = start.file or start.place
        if name in told:
            continue
        if missing(definition, name):
            told.add(name)
            yield running.finding(
                "tool-missing",
                "warning",
                f"calls {name} in a script ({place}), which no listed package of the hardened image brings",
                _NEWER,
                partial(_brings, name),
            )
        elif name in {"nc", "netcat"} and only_busybox(definition, "nc") and _scans(arguments):
            told.add(name)
            yield running.finding(
                "tool-missing",
                "warning",
                f"calls {name} -z in a script ({place}); the hardened image has the nc of busybox alone, "
                "which may not know -z",
                "wait in another way, or keep another image for this container with --keep",
            )


def _scans(arguments: tuple[str, ...]) -> bool:
    return any(word.startswith("-") and "z" in word for word in arguments)


def _program(running: Running, definition: Definition, start: Start) -> Iterator[Finding]:
    """A tool that is started without a shell."""
    if start.probe and unshown(definition, running.container, start.program, running.before.name):
        yield running.finding(
            "probe-unreached",
            "error",
            f"probes with {start.program} ({start.place}), and nothing shows that the hardened image has it",
            "probe by tcpSocket or httpGet, or look into the image and take it with --accept probe-unreached",
        )
        return
    yield from _tool(running, definition, start, start.program)


def _tool(running: Running, definition: Definition, start: Start, program: str) -> Iterator[Finding]:
    name = program.rpartition("/")[2]
    if not missing(definition, name, shell=False):
        return
    message = f"starts {name} ({start.place}), which no listed package of the hardened image brings"
    # Without a shell there is no set of small programs that something else could have brought along. Of 198 images
    # of the catalog whose entrypoint is one of the starters, each lists its package.
    sure = name in _STARTERS | _ASKED_FOR or not definition.shells
    severity: Severity = "error" if start.vital and sure else "warning"
    code = "probe-unreached" if start.probe else "tool-missing"
    yield running.finding(code, severity, message, _NEWER, partial(_brings, name, shell=False))


def _brings(tool: str, variant: Definition, *, shell: bool = True) -> bool:
    return not missing(variant, tool, shell=shell)
