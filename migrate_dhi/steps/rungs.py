"""The rungs of a probe: what it can become without a shell, strongest first, and what each one loses.

``httpGet`` or ``grpc`` where Kubernetes asks the same itself, the same command without its shell where the hardened
image has it, and a TCP connect.
"""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from migrate_dhi.dhi.catalog import Definition
from migrate_dhi.dhi.readiness.tools import has, missing, unshown
from migrate_dhi.findings import Finding
from migrate_dhi.kube.manifests import Container, Path
from migrate_dhi.kube.native import native
from migrate_dhi.kube.ports import Port
from migrate_dhi.kube.shell import inline, shell_of, unwrapped
from migrate_dhi.kube.shellwords import commands
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.steps.context import Image

HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
# What a shell would expand or chain: such a command line means nothing without one.
_SHELL_SIGNS = regex(r"[$`|&;<>(){}*?\[\]~#\\!\n]")


@record
class Rung:
    """One handler that a probe may get, and what it loses; without a ``handler`` it is none, and ``why`` says so."""

    kind: str
    handler: Mapping[str, Any]
    loses: str = ""
    why: str = ""

    def __str__(self) -> str:
        if not self.handler:
            return f"no {self.kind}: {self.why}"
        return f"{_told(self.handler)} ({self.loses})"


@record
class Probe:
    """One exec probe of a container with a hardened image, and the port to connect to instead, if one is known."""

    container: Container
    kind: str
    spec: Mapping[str, Any]
    image: Image
    port: Port | None = None

    @property
    def path(self) -> Path:
        """Where it stands in the object."""
        return (*self.container.path, self.kind)

    @property
    def command(self) -> list[str]:
        """The command as rendered."""
        handler = self.spec.get("exec")
        command = handler.get("command") if isinstance(handler, dict) else None
        return [str(part) for part in command] if isinstance(command, list) else []

    @property
    def shell(self) -> bool:
        """True where the command starts a shell."""
        return bool(shell_of(self.command))

    @property
    def runs(self) -> bool:
        """True where the hardened image is known to have what the command starts."""
        definition = self.image.decision.definition
        if definition is None or self.lacks or self.lacked_tool:
            return False
        return not self.shell or _has_shell(definition, self.command)

    @property
    def lacks(self) -> bool:
        """True where the command is a program that nothing shows the hardened image to have."""
        definition = self.image.decision.definition
        if definition is None or self.shell or not unwrapped(self.command):
            return False
        program = unwrapped(self.command)[0]
        unknown = unshown(definition, self.container, program, self.image.before.name)
        return unknown or missing(definition, program.rpartition("/")[2], shell=False)

    @cached_property
    def lacked_tool(self) -> str:
        """A program that the command's script calls, and no listed package of the hardened image brings."""
        definition = self.image.decision.definition
        script = inline(self.command)
        called = [name for name, _ in commands(script)] if definition else []
        return next((name for name in called if definition and missing(definition, name)), "")

    @cached_property
    def ladder(self) -> tuple[Rung, ...]:
        """The rungs below a shell, strongest first; those that were thought of and are none among them."""
        return tuple(self._ladder())

    def _ladder(self) -> Iterator[Rung]:
        own = native(self.command, self.container)
        if own.kind:
            yield Rung(own.kind, own.handler, "; ".join(own.differs), own.why)
        if self.shell:
            yield self._without_shell()
        connect = {} if self.port is None else {"tcpSocket": {"port": self.port}}
        yield Rung(
            "tcpSocket",
            connect,
            "shows an open port, not a sound service",
            "the container declares no port to connect to, nor does a Service target one",
        )

    def _without_shell(self) -> Rung:
        words = _plain(self.command)
        if not words or shell_of(words):
            return Rung("exec", {}, why="the command needs its shell")
        definition = self.image.decision.definition
        for program in dict.fromkeys([words[0], *unwrapped(words)[:1]]):
            if not (definition and has(definition, self.container, program, self.image.before.name)):
                return Rung("exec", {}, why=f"nothing shows that the hardened image has {program}")
        return Rung(
            "exec", {"exec": {"command": words}}, "the same command; it needs the program in the image"
        )

    def rungs(self, policy: str) -> tuple[Rung, ...]:
        """What the policy takes instead, best first; empty where the probe stays as it is."""
        if not self.changes(policy):
            return ()
        there = tuple(rung for rung in self.ladder if rung.handler)
        kinds = {"strong": HANDLERS, "exec": ("exec", "tcpSocket")}.get(policy, ("tcpSocket",))
        wanted = tuple(rung for rung in there if rung.kind in kinds)
        return wanted if policy == "strong" else wanted[:1]

    def changes(self, policy: str) -> bool:
        """True where the policy wants another handler, whether or not there is one."""
        return policy == "tcp" or ((self.shell or self.lacks) and not (policy == "auto" and self.runs))

    @property
    def release(self) -> str:
        """The label of its release."""
        return self.container.pod.object.identity.release

    @property
    def key(self) -> Any:
        """What names this probe among those of a render."""
        return (self.container.key, self.kind)

    def __str__(self) -> str:
        return f"{self.container} {self.kind}"


def ladder_notes(probes: Sequence[Probe], policy: str) -> Iterator[Finding]:
    """For each ladder one note: the rungs that there are, what each one loses, and which of them is taken.

    Releases that have the same object share theirs.
    """
    alike: dict[tuple[str, str], list[Probe]] = {}
    for probe in probes:
        item = probe.container.pod.object.identity
        name = f"{item.kind}/{item.name}: {probe.container.name}"
        alike.setdefault((name, "; ".join(map(str, probe.ladder))), []).append(probe)
    for (container, ladder), members in alike.items():
        first = members[0]
        taken = next(iter(first.rungs(policy)), None)
        strongest = next((rung for rung in first.ladder if rung.handler), None)
        takes = f"takes {taken.kind}" if taken else "finds none"
        if policy == "strong":
            takes = "tries them in this order"
        yield Finding(
            "probe-rungs",
            "info",
            f"{container}: {' and '.join(dict.fromkeys(probe.kind for probe in members))} can become, strongest "
            f"first: {ladder}; --probes {policy} {takes}",
            object=container.partition(": ")[0],
            container=first.container.name,
            help="--probes strong takes the strongest one" if taken and strongest != taken else "",
        )


def _told(handler: Mapping[str, Any]) -> str:
    """A handler in a few words: ``httpGet :9121/health``, ``exec valkey-cli ping``, ``tcpSocket http``."""
    kind, told = next(iter(handler.items()))
    if kind == "httpGet":
        scheme = "https " if told.get("scheme") == "HTTPS" else ""
        return f"{kind} {scheme}:{told['port']}{told['path']}"
    if kind == "exec":
        return f"{kind} {shlex.join(told['command'])}"
    return " ".join([kind, str(told["port"]), *([told["service"]] if told.get("service") else [])])


def _has_shell(definition: Definition, command: list[str]) -> bool:
    """bash, busybox and dash all provide ``sh``; bash itself only comes with bash."""
    return "bash" in definition.shells if shell_of(command) == "bash" else bool(definition.shells)


def _plain(command: list[str]) -> list[str]:
    """The command that a shell would run, where it is a plain one; else nothing."""
    if len(command) != 3 or not re.fullmatch(r"-[a-z]*c", command[1]) or _SHELL_SIGNS.search(command[2]):
        return []
    try:
        words = shlex.split(command[2])
    except ValueError:
        return []
    if words[:1] == ["exec"] and not "".join(words[1:2]).startswith("-"):
        # The program takes the place of the shell, which is not there any more.
        words = words[1:]
    # `VARIABLE=value command` and builtins need the shell after all.
    return (
        []
        if not words or "=" in words[0] or words[0] in {"cd", "test", "[", "exit", "set", "exec"}
        else words
    )
