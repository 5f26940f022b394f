"""Commands that root alone may run, in a container that runs as root no more."""

from collections.abc import Iterator

from migrate_dhi.dhi.readiness.running import Running
from migrate_dhi.findings import Finding
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.kube.shell import Start, starts
from migrate_dhi.kube.shellwords import commands
from migrate_dhi.regex import regex

# They give files away, install packages, or change the node's kernel: none goes without root or a capability, which
# Kubernetes gives no other user.
_OF_ROOT = frozenset(
    {"adduser", "apk", "apt", "apt-get", "chgrp", "chown", "iptables", "modprobe", "mount", "setcap"}
)
_OF_ROOT |= {"sysctl", "umount", "useradd"}
_STOPS = regex(r"(?m)^\s*set -[a-z]*e|&&")


def check(running: Running, manifests: Manifests) -> Iterator[Finding]:
    """An error where the container fails with such a command, a warning where its script may go on."""
    if running.definition is None or not running.moved or not running.uid or running.user_before is not None:
        return
    # Arguments are no program where the image starts its own.
    taken = bool(running.definition.entrypoint) and running.script is None
    for start in starts(running.container, manifests):
        if start.probe or (taken and start.place == "args"):
            continue
        called = (
            [name for name, _ in commands(start.script)]
            if start.shell
            else [start.program.rpartition("/")[2]]
        )
        found = next((name for name in called if name in _OF_ROOT), "")
        if found:
            fails = start.vital and (called[-1] in _OF_ROOT or _stops(start))
            yield running.finding(
                "root-needed",
                "error" if fails else "warning",
                f"runs {found} ({start.file or start.place}) as {running.uid}, the hardened image's own user, and that "
                "is for root; no user is set, so that it ran as the upstream image's own before",
                "set runAsUser: 0 for this container where that was root, or keep its image with --keep",
            )
            return


def _stops(start: Start) -> bool:
    """Whether the script ends with its first command that fails."""
    options = [word for word in start.argv if word.startswith("-") and not word.startswith("--")]
    return any("e" in word and "c" in word for word in options) or bool(_STOPS.search(start.script))
