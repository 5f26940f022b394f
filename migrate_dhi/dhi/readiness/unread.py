"""What the chart gives to the upstream entrypoint script, where the hardened image starts the program itself."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from migrate_dhi.dhi.readiness.running import Running
from migrate_dhi.findings import Finding
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.kube.mounts import mounts, within
from migrate_dhi.kube.shell import unwrapped, variable_names
from migrate_dhi.regex import regex

_SCRIPT = regex(r"entrypoint|\.sh$")
# Docker Official Images read such folders in their entrypoint script, and nothing else does.
_FOLDER = regex(r"/docker-entrypoint[\w-]*\.d(?:/.*)?")
_MOST_TOLD = 4


def check(running: Running, manifests: Manifests) -> Iterator[Finding]:
    """A warning for variables and files that only such a script reads."""
    inner = unwrapped(running.argv)
    if running.definition is None or not running.moved or running.command:
        return
    if not inner or _SCRIPT.search(inner[0].rpartition("/")[2]):
        return
    names = variable_names(running.container, manifests)
    paths = [mount.path for mount in mounts(running.container)]
    for known in running.known.entrypoint_reads:
        found = [name for name in names if any(fnmatchcase(name, one) for one in known.variables)]
        found += [path for path in paths if any(within(path, one) for one in known.paths)]
        if found:
            yield _lost(running, inner[0], found, f"{known.text} ({known.source})")
    folders = [path for path in paths if _FOLDER.fullmatch(path)]
    if folders:
        yield _lost(running, inner[0], folders, "what lies there is not run")


def _lost(running: Running, program: str, found: list[str], effect: str) -> Finding:
    told = ", ".join(found[:_MOST_TOLD]) + (" …" if len(found) > _MOST_TOLD else "")
    return running.finding(
        "entrypoint-lost",
        "warning",
        f"is given {told}, which the entrypoint script of the upstream image reads, and the hardened image starts "
        f"{program} itself: {effect}",
        "say it by the program's own configuration or arguments, or choose an image with such a script by --to",
    )
