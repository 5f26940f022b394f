"""What the chart gives to the upstream entrypoint script, and the hardened image's does not read or is not there."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from migrate_dhi.dhi.playbook import EntrypointReads
from migrate_dhi.dhi.readiness.handed import handed
from migrate_dhi.dhi.readiness.running import Running
from migrate_dhi.findings import Finding
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.kube.mounts import mounts, variables_from, within
from migrate_dhi.kube.shell import unwrapped
from migrate_dhi.regex import regex

_SCRIPT = regex(r"entrypoint|\.sh$")
# Docker Official Images read such folders in their entrypoint script, and nothing else does.
_FOLDER = regex(r"/docker-entrypoint[\w-]*\.d(?:/.*)?")
_MOST_TOLD = 4


def check(running: Running, manifests: Manifests) -> Iterator[Finding]:
    """A warning for variables and files that only such a script reads."""
    inner = unwrapped(running.argv)
    if running.definition is None or not running.moved or not inner:
        return
    script = running.definition.script if handed(running, manifests) else None
    if script is None and (running.command or _SCRIPT.search(inner[0].rpartition("/")[2])):
        return
    reads = script.reads if script else ()
    instead = f"and that of the hardened image, {script.path}, does not" if script else ""
    instead = instead or f"and the hardened image starts {inner[0]} itself"
    given = {**running.environment, **dict(variables_from(running.container, manifests))}
    paths = [mount.path for mount in mounts(running.container)]
    paths = [path for path in paths if not any(within(path, one) or within(one, path) for one in reads)]
    for known in running.known.entrypoint_reads:
        found = [name for name, value in given.items() if _is_meant(known, name, value or "", reads)]
        found += [path for path in paths if any(within(path, one) for one in known.paths)]
        if found:
            yield _lost(running, instead, found, f"{known.text} ({known.source})")
    folders = [path for path in paths if _FOLDER.fullmatch(path)] if script is None else []
    if folders:
        yield _lost(running, instead, folders, "what lies there is not run")


def _is_meant(known: EntrypointReads, name: str, value: str, reads: Iterable[str]) -> bool:
    valued = [one for one in known.variables if "=" in one]
    return _named(f"{name}={value}", valued) or (_named(name, known.variables) and not _named(name, reads))


def _named(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, one) for one in patterns)


def _lost(running: Running, instead: str, found: list[str], effect: str) -> Finding:
    told = ", ".join(found[:_MOST_TOLD]) + (" …" if len(found) > _MOST_TOLD else "")
    return running.finding(
        "entrypoint-lost",
        "warning",
        f"is given {told}, which the entrypoint script of the upstream image reads, {instead}: {effect}",
        "say it by the program's own configuration or arguments, or choose an image with such a script by --to",
    )
