"""What the steps share that take a dependency from elsewhere, or in another version: Chart.yaml and Chart.lock.

``name``, ``version``, ``repository`` and ``alias`` of the entry in Chart.yaml, and of its entry in Chart.lock, whose
digest is computed as Helm computes it; its ``generated`` stays, so that a plan is the same tomorrow. The key under
which the values of the dependency stand stays too.
"""

from collections.abc import Iterator, Mapping, Sequence

from migrate_dhi.edit import Set, ValuesPath
from migrate_dhi.findings import Finding
from migrate_dhi.helm.chart import Chart
from migrate_dhi.helm.engine import read_values
from migrate_dhi.helm.lock import digest_of
from migrate_dhi.helm.swap import Swap
from migrate_dhi.kube.compare import Change
from migrate_dhi.kube.manifests import OF
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.steps.context import Context
from migrate_dhi.steps.step import Goals, Proposal, Reach, Result


class Exchange:
    """What is the same in each step that exchanges dependencies; ``cannot`` tells of what could not be had."""

    name: str
    title: str
    cannot: str
    requires: tuple[str, ...] = ()
    deployable = True

    def goals(self, context: Context) -> Goals:
        """One goal: all of the dependencies that are to become others."""
        if not context.swaps:
            return Goals(idle="nothing is to be exchanged", settled=True)
        return Goals([_Swapped(context, tuple(context.swaps))])

    def announces(self, context: Context, change: Change) -> bool:
        """Whatever the other charts make otherwise."""
        return belongs(change, context)

    def unreached(self, context: Context, missing: str) -> Finding:
        """What was asked for and cannot be had is an error: the plan without it is another one."""
        return Finding(
            "chart-unreached",
            "error",
            f"{self.cannot} take the place of {missing}",
            file=context.swaps[0].file_of(context.chart),
            help=f"see with -v what was tried; leave the step out with --skip {self.name}",
        )


def belongs(change: Change, context: Context) -> bool:
    """Whether a change is one of an object that a swapped dependency makes."""
    return any(made_by(swap.key, context.chart.name, change) for swap in context.swaps)


def made_by(key: str, chart: str, change: Change) -> bool:
    """Whether a change is one of an object that the dependency of a chart makes whose values stand under a key.

    The empty key is that of the chart itself.
    """
    return not key or change.object.template.partition(OF)[0].startswith(f"{chart}/charts/{key}/")


@record
class _Swapped:
    """The dependencies in Chart.yaml: the manifests of the objects that they make follow."""

    context: Context
    swaps: tuple[Swap, ...]

    @property
    def label(self) -> str:
        return ", ".join(swap.before.key for swap in self.swaps)

    @property
    def images(self) -> tuple[Reference, ...]:
        return ()

    def reached(self, result: Result) -> Reach:
        file = self.context.chart.chart_file
        missing = tuple(swap.before.key for swap in self.swaps if not swap.is_in(result.texts, file))
        return Reach(len(self.swaps) - len(missing), len(self.swaps), missing)

    def touches(self, change: Change) -> bool:
        return self.expects(change)

    def expects(self, change: Change) -> bool:
        return belongs(change, self.context)

    def propose(self) -> Iterator[Proposal]:
        """All together; then without one of them, then each alone."""
        swaps = self.swaps
        yield self._proposal(swaps)
        if len(swaps) > 2:
            yield from (self._proposal([one for one in swaps if one is not left]) for left in swaps)
        if len(swaps) > 1:
            yield from (self._proposal([one]) for one in swaps)

    def _proposal(self, swaps: Sequence[Swap]) -> Proposal:
        sets = sets_of(self.context.chart, self.context.texts, swaps)
        return Proposal(tuple(sets), "take " + "; ".join(map(str, swaps)))


def sets_of(chart: Chart, texts: Mapping[str, str], swaps: Sequence[Swap]) -> Iterator[Set]:
    """What swaps want of Chart.yaml, and of Chart.lock, whose entries stand in its order, with the digest of both.

    Of the chart itself it is the version where it stands.
    """
    versioned = next((swap for swap in swaps if swap.versioned), None)
    if versioned and versioned.versioned:
        yield Set(versioned.versioned.path, versioned.after.version, "version")
        return
    declared = [dict(entry) for entry in chart.metadata["dependencies"]]
    for swap in swaps:
        for name, text in swap.entry(declared[swap.at], alias=True).items():
            yield Set(("dependencies", swap.at, name), text, "chart")
    if chart.lock_file not in texts:
        return
    content = read_values(texts[chart.lock_file], where=chart.lock_file)
    entries = [dict(entry) for entry in content.get("dependencies") or ()]
    for swap in swaps:
        declared[swap.at] |= swap.entry(declared[swap.at], alias=True)
        for name, text in swap.entry(entries[swap.at], alias=False).items():
            entries[swap.at][name] = text
            place: ValuesPath = ("dependencies", swap.at, name)
            yield Set(place, text, "lock")
    if content.get("digest"):
        yield Set(("digest",), digest_of(declared, entries), "lock")
