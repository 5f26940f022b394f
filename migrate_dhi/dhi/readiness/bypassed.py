"""What does not run any more where the chart's own command takes the place of the image's entrypoint."""

from collections.abc import Iterator

from migrate_dhi.dhi.readiness.running import Running
from migrate_dhi.findings import Finding
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.kube.shell import init_of, unwrapped


def check(running: Running, manifests: Manifests) -> Iterator[Finding]:  # noqa: ARG001 - all checks alike
    """A note where the entrypoint that is left out holds an init process or a script."""
    definition = running.definition
    if definition is None or not running.command or not running.moved:
        return
    line = (*running.command, *running.args)
    inner = unwrapped(definition.entrypoint)
    script = inner[0] if inner and inner[0].endswith(".sh") else ""
    init = init_of(definition.entrypoint)
    lost = []
    if init and not init_of(line):
        lost.append(
            f"{init} (it hands signals on and takes care of zombies; the program is process 1 itself)"
        )
    if script and not any(script.rpartition("/")[2] in word for word in line):
        lost.append(
            f"{script} (what it prepares before the start: settings from the environment, files, owners)"
        )
    if lost:
        yield running.finding(
            "entrypoint-bypassed",
            "info",
            f"starts {line[0]} by the chart's own command, so that of the hardened image's entrypoint does not run: "
            f"{' and '.join(lost)}; the command took the place of the upstream image's entrypoint before, too",
            "nothing is to be done where the program did without so far",
        )
