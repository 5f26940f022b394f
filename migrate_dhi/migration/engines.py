"""Hold the planned result against other versions of Helm: does the edit do the same in each?

What differs between two versions before any edit is not ours to judge, and neither is what differs between
two renders of the same input. What is left depends on the version *because* of the edit.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from migrate_dhi.errors import InvalidChartError, RenderError
from migrate_dhi.helm.compare import ABSENT, Change, compare
from migrate_dhi.helm.engine import Engine
from migrate_dhi.helm.manifests import Identity, Manifests, Path
from migrate_dhi.migration.plan import Finding
from migrate_dhi.migration.proof import Noise
from migrate_dhi.steps.context import Context
from migrate_dhi.steps.derived import follows

_Key = tuple[Identity, Path]


@dataclass(frozen=True)
class _Difference:
    """One field that the proving engine (``mine``) and another one (``theirs``) render differently."""

    change: Change
    mine: str
    theirs: str

    @property
    def label(self) -> str:
        """What differs, with what each engine renders."""
        shown = self.change.object.kind != "Secret"
        mine, theirs = (_shown(v) if shown else "" for v in (self.change.before, self.change.after))
        if not self.change.path or not shown:
            return f"{self.change} ({self.mine} and {self.theirs} differ)"
        return f"{self.change.place} is {mine} with {self.mine} and {theirs} with {self.theirs}"


def check_engines(context: Context, others: Sequence[Engine]) -> list[Finding]:
    """Render the chart as it was and as it is planned with other engines too.

    Gives an error finding for each object on which the edit has another effect there, or one that says
    that all agree.

    Raises RenderError or InvalidChartError, naming the engine, where the chart does not render there even
    without an edit.
    """
    if not context.edited or not others:
        return []
    found: list[Finding] = []
    for engine in others:
        found += _check(context, engine)
    if not found:
        names = " and ".join(engine.label for engine in others)
        message = f"the planned edits have the same effect with {names}"
        found.append(Finding("engine-checked", "info", message))
    return found


def _check(context: Context, engine: Engine) -> list[Finding]:
    trials = context.trials.under(engine)
    there = replace(context, trials=trials)
    try:
        before = trials.render(context.chart.texts)
        compare(context.baseline, before)
    except (RenderError, InvalidChartError) as error:
        error.message = f"with {engine.label}, {error.message}"
        raise
    mine = context.trials.engine.label
    try:
        after = trials.render(context.texts)
        differing = _differing(context, before, after)
    except (RenderError, InvalidChartError) as error:
        message = f"the planned result renders with {mine}, and not with {engine.label}: {error.message}"
        return [Finding("engine-dependent", "error", message, file=error.where, help=_HELP)]
    if differing:
        time.sleep(1.1)  # two quick renders of a date are equal
        for noise in (Noise(context), Noise(replace(there, manifests=after))):
            noise.look()
            differing = noise.without(differing)
    return _findings(_Difference(change, mine, engine.label) for change in differing)


def _differing(context: Context, before: Manifests, after: Manifests) -> list[Change]:
    """Fields that differ between the engines after the edit, and either did not before, or were moved by it.

    A checksum of something that differed before moves with every edit, and says nothing.
    """
    differed = _keys(compare(context.baseline, before))
    moved = _keys(compare(context.baseline, context.manifests)) | _keys(compare(before, after))
    found = []
    for change in compare(context.manifests, after):
        key = (change.identity, change.path)
        if key not in differed or (key in moved and not follows(change, ())):
            found.append(change)
    return found


def _keys(changes: Iterable[Change]) -> set[_Key]:
    return {(change.identity, change.path) for change in changes}


_HELP = (
    "the cluster may render it with either; find another value, or leave the step out with --skip, "
    "or take it with --accept engine-dependent"
)


def _findings(differences: Iterable[_Difference]) -> list[Finding]:
    """One for each object."""
    by_object: dict[Identity, list[_Difference]] = {}
    for difference in differences:
        by_object.setdefault(difference.change.identity, []).append(difference)
    found = []
    for identity, own in by_object.items():
        places = "; ".join(difference.label for difference in own[:3])
        more = f"; and {len(own) - 3} more" if len(own) > 3 else ""
        found.append(
            Finding(
                "engine-dependent",
                "error",
                f"what the edit does depends on the version of Helm: {places}{more}",
                object=str(identity),
                file=own[0].change.object.template,
                help=_HELP,
            )
        )
    return found


def _shown(value: object) -> str:
    if value is ABSENT:
        return "absent"
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
