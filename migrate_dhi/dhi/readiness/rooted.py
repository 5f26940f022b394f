"""Commands and powers that are for root, in a container that runs as root no more."""

from collections.abc import Iterator

from migrate_dhi.dhi.catalog import Definition
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
# Others tell of low ports, and root itself needs the rest to become another user; IPC_LOCK is asked for to be had.
_OF_OTHERS = frozenset(
    {"NET_BIND_SERVICE", "SETUID", "SETGID", "CHOWN", "FOWNER", "DAC_OVERRIDE", "KILL", "IPC_LOCK"}
)
_MOST_TOLD = 3
_STOPS = regex(r"(?m)^\s*set -[a-z]*e|&&")


def check(running: Running, manifests: Manifests) -> Iterator[Finding]:
    """An error where the container fails without, a warning where it may go on; the manifest names no user."""
    if running.definition is None or not running.moved or not running.uid or running.user_before is not None:
        return
    if not running.user_given:
        yield from _powers(running)
    yield from _commands(running, running.definition, manifests)


def _powers(running: Running) -> Iterator[Finding]:
    """Kubernetes gives capabilities to root alone; another user has those that the program's file carries, at most."""
    names = running.capabilities - _OF_OTHERS
    if running.privileged or names:
        given = "is privileged" if running.privileged else f"is given {', '.join(sorted(names)[:_MOST_TOLD])}"
        yield running.finding(
            "root-needed",
            "error" if running.privileged else "warning",
            f"{given}, which counts for root alone (or a program whose file carries it), and runs as {running.uid}, "
            "the hardened image's own user; no user is set, so that it ran as the upstream image's own before",
            "set runAsUser: 0 for this container where that was root, or keep its image with --keep",
            any_line=all(one.uid for one in running.variants if one.variant == "runtime"),
        )


def _commands(running: Running, definition: Definition, manifests: Manifests) -> Iterator[Finding]:
    """Commands for root, in what the manifest makes the container start."""
    # Arguments are no program where the image starts its own.
    taken = bool(definition.entrypoint) and running.script is None
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
