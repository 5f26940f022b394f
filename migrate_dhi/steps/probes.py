"""Turn exec probes that the hardened image may not be able to run into ``tcpSocket``, or a stronger handler.

``exec: {command: [sh, -c, "valkey-cli ping"]}`` → ``tcpSocket: {port: tcp}`` with the same timings. Maps
merge deeply, so a ``tcpSocket`` laid over a default ``exec`` renders both handlers and Kubernetes refuses
the pod: exactly one handler key must render.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from migrate_dhi.edit import Set, ValuesPath
from migrate_dhi.findings import Finding
from migrate_dhi.kube.compare import Change
from migrate_dhi.kube.manifests import Container
from migrate_dhi.kube.ports import Port, port_of_service, port_to_probe
from migrate_dhi.kube.shell import PROBES
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.steps.context import Context, Image
from migrate_dhi.steps.derived import hashes
from migrate_dhi.steps.rungs import HANDLERS, Probe, Rung, ladder_notes
from migrate_dhi.steps.step import Goals, Proposal, Reach, Result
from migrate_dhi.trace.pattern import Variable

# Which exec probes change, and into what: the words of --probes.
POLICIES = ("shell", "tcp", "exec", "strong", "auto", "keep")
_PORT = ("tcpSocket", "port")
_WORDS = regex(r"probe", re.IGNORECASE)
_SUBJECTS = {
    "exec": "probe by exec without a shell",
    "strong": "probe without a shell, as strongly as can be",
}


class ProbesStep:
    """Exec probes become ``tcpSocket``, or with ``--probes strong`` the strongest handler without a shell."""

    name = "probes"
    title = "Probe without a shell"
    requires: tuple[str, ...] = ("registry",)
    deployable = True

    def goals(self, context: Context) -> Goals:
        """One goal for each probe that the policy wants changed and some value reaches."""
        policy = context.choices.probes
        if policy == "keep":
            return Goals(skipped="--probes keep")
        wanted = [probe for probe in _exec_probes(context) if probe.changes(policy)]
        if not wanted:
            return Goals(idle=_idle(policy, any(True for _ in _exec_probes(context))))
        values = _reaching(context, wanted)
        literal = _literal(context, [probe for probe in wanted if not values.get(probe.key)])
        goals: list[_Goal] = []
        notices: list[Finding] = []
        runnable: list[Probe] = []
        for probe in wanted:
            paths = values.get(probe.key, [])
            portless = not probe.rungs(policy)
            if portless and not probe.runs:
                notices.append(_stuck(probe))
            elif ((paths or probe.key in literal) and not portless) or not probe.runs:
                goals.append(_Goal(context, probe, tuple(paths)))
            else:
                runnable.append(probe)
                notices.append(_staying(probe, _why_it_stays(probe, portless=portless), portless=portless))
        notices += ladder_notes([goal.probe for goal in goals], policy)
        stuck = "" if goals else next((n.message for n in notices if n.severity == "error"), "")
        return Goals(goals, _runnable(runnable, policy), blocked=stuck, notices=tuple(notices))

    def begin(self, context: Context) -> None:
        """Maps that are named like probes, wherever a probe is to change."""
        policy = context.choices.probes
        wanted = () if policy == "keep" else (p for p in _exec_probes(context) if p.changes(policy))
        for release in dict.fromkeys(probe.release for probe in wanted):
            fields = context.trace_of(release).fields
            for maps in fields.maps_named(_WORDS):
                fields.begin(maps, _PORT)

    def announces(self, context: Context, change: Change) -> bool:
        """Nothing but hashes of what changed."""
        return hashes(change)

    def unreached(self, context: Context, missing: str) -> Finding:
        """A probe that the image may not be able to run; one that it can run stays, with a note."""
        probe = next((probe for probe in _exec_probes(context) if str(probe) == missing), None)
        if probe and probe.runs:
            return _staying(probe, f"no proposal turns the {probe.kind} of {probe.container} into another")
        tool = probe.lacked_tool if probe else ""
        calls = f": it calls {tool}" if tool else ""
        return Finding(
            "probe-unreached",
            "error",
            f"{missing} stays an exec probe that the hardened image may not be able to run{calls}",
            object=missing.partition(":")[0],
            container=missing.partition(": ")[2].partition(" ")[0],
            help=f"use an image variant with {tool or 'a shell'}, or a newer version of the chart"
            + (
                ""
                if context.target.layers
                else "; in a file given with --values, a null deletes a default handler"
            ),
        )

    def subject(self, context: Context) -> str:
        """Names the policy's outcome."""
        return _SUBJECTS.get(context.choices.probes, "probe by TCP connect")


@record
class _Goal:
    """One probe with exactly one handler, the wanted one, and its timings as before."""

    context: Context
    probe: Probe
    paths: tuple[ValuesPath, ...]

    @property
    def label(self) -> str:
        return str(self.probe)

    @property
    def images(self) -> tuple[Reference, ...]:
        return (self.probe.image.before,)

    @property
    def rungs(self) -> tuple[Rung, ...]:
        return self.probe.rungs(self.context.choices.probes)

    def whole(self, rung: Rung) -> dict[str, Any]:
        """The probe with this handler, and its timings as they are."""
        return {
            **rung.handler,
            **{k: v for k, v in _without_nulls(self.probe.spec).items() if k not in HANDLERS},
        }

    def reached(self, result: Result) -> Reach:
        container = result.manifests.find_container(self.probe.container)
        found = container.spec.get(self.probe.kind) if container else None
        if any(_without_nulls(found) == self.whole(rung) for rung in self.rungs):
            return Reach(1, 1)
        return Reach(0, 1, (self.label,), _shown(found))

    def touches(self, change: Change) -> bool:
        return self.expects(change)

    def expects(self, change: Change) -> bool:
        path = self.probe.path
        return (
            change.identity == self.probe.container.pod.object.identity and change.path[: len(path)] == path
        )

    def propose(self) -> Iterator[Proposal]:
        for rung in self.rungs:
            for path in self.paths:
                yield from self._at(path, rung)
            # Where values reach it, too: what they are laid over may be a handler that the template itself writes.
            for line in _literal(self.context, [self.probe]).get(self.probe.key, ()):
                yield Proposal((Set(line.path, rung.handler, line.source),), f"replace the handler in {line}")

    def _at(self, path: ValuesPath, rung: Rung) -> Iterator[Proposal]:
        handler, release, text = rung.handler, self.probe.release, ".".join(map(str, path))
        if not self.context.value(Variable(path, release=release)):
            yield Proposal((Set(path, self.whole(rung), release=release),), f"give the whole probe in {text}")
            return
        new = tuple(Set((*path, key), value, release=release) for key, value in handler.items())
        own = tuple(Set((*path, key), delete=True, release=release) for key in HANDLERS if key not in handler)
        if self.context.sets_anything(own):
            yield Proposal((*own, *new), f"replace the handler in {text}")
        yield Proposal(new, f"lay the handler over the default of {text}")
        if self.context.target.layers:
            nulls = tuple(
                Set((*path, key), None, over=True, release=release)
                for key in HANDLERS
                if key in self.probe.spec and key not in handler
            )
            laid = tuple(replace(one, over=True) for one in new)
            yield Proposal((*nulls, *laid), f"delete the default handler of {text} with null")


def _shown(probe: Any) -> str:
    """What a render shows in place of the wanted probe; Kubernetes counts handler keys, empty maps too."""
    if not isinstance(probe, dict):
        return "renders no probe at all"
    handlers = [key for key in HANDLERS if probe.get(key) is not None]
    if len(handlers) > 1:
        return f"renders {len(handlers)} handlers, {' and '.join(handlers)}, and Kubernetes refuses more than one"
    return f"renders {handlers[0] if handlers else 'no handler'} and not what is wanted"


def _without_nulls(probe: Any) -> Any:
    """A probe as Kubernetes takes it: what is null is not there."""
    return (
        {key: value for key, value in probe.items() if value is not None}
        if isinstance(probe, dict)
        else probe
    )


def _exec_probes(context: Context) -> Iterator[Probe]:
    for container in context.manifests.containers:
        image = context.image_of(container)
        for kind in PROBES if image else ():
            spec = container.spec.get(kind)
            if image and isinstance(spec, dict) and spec.get("exec") is not None:
                yield Probe(container, kind, spec, image, _port(context, container, image))


def _port(context: Context, container: Container, image: Image) -> Port | None:
    """A port that the container declares, the likeliest to serve, else one that a Service targets."""
    likely = _likely(context, image)
    declared = port_to_probe(container, likely, PROBES)
    return port_of_service(container, likely, context.manifests) if declared is None else declared


def _likely(context: Context, image: Image) -> tuple[int, ...]:
    """The port that the playbook names, then those that the hardened image exposes."""
    definition = image.decision.definition
    named = context.playbooks.match(image.before)
    members = [named[1]] if named else []
    if definition and not named:
        playbook = context.playbooks.for_target(definition.image)
        members = [m for m in playbook.members if m.target == definition.image] if playbook else []
    exposed = [port.partition("/")[0] for port in definition.ports] if definition else []
    told = [member.probe_port for member in members if member.probe_port]
    return (*told, *(int(number) for number in exposed if number.isdigit()))


def _literal(context: Context, lost: Sequence[Probe]) -> dict[Any, list[Variable]]:
    """Probe → the lines of the chart's own templates that hold it."""
    found: dict[Any, list[Variable]] = {}
    for probe in lost:
        landings = context.trace_of(probe.release).literals.landings(probe.kind)
        at = [one for one in landings if one.is_at(probe.path, probe.container.pod.object, context.manifests)]
        if at:
            found[probe.key] = [one.variable for one in at]
    return found


def _reaching(context: Context, wanted: Sequence[Probe]) -> dict[Any, list[ValuesPath]]:
    """Probe → the maps of the values that reach it: overrides first, then the filled ones.

    Then, only for probes that nothing reaches so far: maps of any name that hold what the probe holds, and what
    may stand around the values of the image.
    """
    found: dict[Any, list[ValuesPath]] = {probe.key: [] for probe in wanted}
    for release in dict.fromkeys(probe.release for probe in wanted):
        _of_release(context, release, [probe for probe in wanted if probe.release == release], found)
    return found


def _of_release(
    context: Context, release: str, wanted: Sequence[Probe], found: dict[Any, list[ValuesPath]]
) -> None:
    fields = context.trace_of(release).fields

    def trace(maps: Sequence[ValuesPath]) -> None:
        hits = sorted(fields.reaching(maps, _PORT), key=lambda hit: (not hit.listed, len(hit.path)))
        for probe in wanted:
            item, place = probe.container.pod.object, (*probe.path, *_PORT)
            found[probe.key] += [hit.path for hit in hits if hit.is_at(place, item, context.manifests)]

    overrides, filled = fields.maps_named(_WORDS)
    trace(overrides)
    trace(filled)
    lost = [probe for probe in wanted if not found[probe.key]]
    if lost:
        holders = context.holders(*(probe.container for probe in lost if not probe.runs))
        further = [
            [path for path in more if path not in overrides]
            for more in (fields.maps_like(probe.spec for probe in lost), fields.around(holders, _WORDS))
        ]
        fields.begin(further[1], _PORT)
        for more in further:
            trace(more)


def _why_it_stays(probe: Probe, *, portless: bool) -> str:
    if portless:
        return (
            f"{probe.container} declares no port that its {probe.kind} could connect to, "
            "and no Service targets one"
        )
    return f"no value was found that gives the {probe.kind} of {probe.container} another handler"


def _staying(probe: Probe, why: str, *, portless: bool = False) -> Finding:
    """A probe that cannot be changed and need not be."""
    definition = probe.image.decision.definition
    shells = ", ".join(definition.shells) if definition else ""
    has = f"has a shell ({shells})" if probe.shell else "has the command, as far as the catalog tells"
    assumed = ", assumed from the nearest line that the catalog lists" if probe.image.decision.assumed else ""
    return Finding(
        "probe-without-port" if portless else "probe-fixed",
        "info",
        f"{why}; it can stay, since the hardened image {has}{assumed}",
        object=str(probe.container.pod),
        container=probe.container.name,
        file=probe.container.pod.object.template,
    )


def _stuck(probe: Probe) -> Finding:
    return Finding(
        "probe-unreached",
        "error",
        f"{probe} is an exec probe that the hardened image may not be able to run, and the container declares no "
        "port to connect to, nor does a Service target one",
        object=str(probe.container.pod),
        container=probe.container.name,
        file=probe.container.pod.object.template,
        help="use an image variant with a shell, or declare the port in the values of the chart",
    )


def _runnable(probes: list[Probe], policy: str) -> str:
    if not probes:
        return "no probe is to be changed"
    templates = ", ".join(dict.fromkeys(probe.container.pod.object.template for probe in probes))
    definition = probes[0].image.decision.definition
    shells = ", ".join(definition.shells) if definition else ""
    can = f"has a shell ({shells})" if shells else "can run them"
    assumed = (
        "; assumed from the nearest listed line" if any(p.image.decision.assumed for p in probes) else ""
    )
    if not any(probe.rungs(policy) for probe in probes):
        return f"no port is declared that the probes could connect to, and the hardened image {can}{assumed}"
    found = f"no value was found that gives the probes another handler ({templates})"
    return f"{found}, and the hardened image {can}{assumed}"


def _idle(policy: str, some: bool) -> str:
    if not some:
        return "no container with a hardened image has an exec probe"
    if policy == "auto":
        return "the hardened image has the shell that the exec probes run"
    if policy == "exec":
        return "no exec probe runs through a shell"
    if policy == "strong":
        return "no exec probe needs a shell or lacks its program"
    return "no exec probe runs a shell"
