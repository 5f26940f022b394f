"""Hold the planned result against other versions of Helm: does the edit do the same in each?

What differs between two versions before any edit is not ours to judge, and neither is what differs between
two renders of the same input. What is left depends on the version *because* of the edit.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace

from migrate_dhi.errors import InvalidChartError, RenderError
from migrate_dhi.findings import Finding
from migrate_dhi.helm.engine import Engine
from migrate_dhi.helm.renderers import Renderers
from migrate_dhi.kube.compare import ABSENT, Change, compare
from migrate_dhi.kube.manifests import Identity, Manifests, Path
from migrate_dhi.migration.noise import Noise
from migrate_dhi.record import record
from migrate_dhi.steps.context import Context
from migrate_dhi.steps.derived import hashes
from migrate_dhi.wording import shortened

_Key = tuple[Identity, Path]


@record
class _Difference:
    """One field that the proving engine and another one (``engine``) render differently."""

    change: Change
    engine: str

    @property
    def place(self) -> str:
        """What differs, and how it is with the proving engine."""
        return f"{self.change.place or 'the object'} is {self._text(self.change.before, 'one value')}"

    @property
    def there(self) -> str:
        """How it is with the other engine."""
        return self._text(self.change.after, "another value")

    def _text(self, value: object, secret: str) -> str:
        if value is ABSENT:
            return "absent"
        if not self.change.path:
            return "rendered"
        return secret if self.change.object.kind == "Secret" else shortened(value, 60)


def check_engines(context: Context, renderer: Renderers, others: Sequence[Engine]) -> list[Finding]:
    """Render the chart as it was and as it is planned with other engines too.

    Gives an error finding for each object on which the edit has another effect there, or one that says
    that all agree.

    Raises RenderError or InvalidChartError, naming the engine, where the chart does not render there even
    without an edit.
    """
    if not context.edited or not others:
        return []
    found: list[Finding] = []
    differences: list[_Difference] = []
    for engine in others:
        failure, differing = _check(context, renderer, engine)
        found += failure
        differences += [_Difference(change, engine.label) for change in differing]
    found += _findings(differences, renderer.engine.label)
    if not found:
        names = " and ".join(engine.label for engine in others)
        message = f"the planned edits have the same effect with {names}"
        found.append(Finding("engine-checked", "info", message))
    return found


def _check(context: Context, renderer: Renderers, engine: Engine) -> tuple[list[Finding], list[Change]]:
    """What one engine says: that the result does not render there, or what differs."""
    other = renderer.under(engine)
    try:
        before = other.render(context.chart.texts)
        compare(context.baseline, before)
    except (RenderError, InvalidChartError) as error:
        error.message = f"with {engine.label}, {error.message}"
        error.help = (
            f"{engine.label} cannot render this chart as it is: leave its --helm out, or mend the chart first"
        )
        raise
    mine = renderer.engine.label
    try:
        after = other.render(context.texts)
        differing = _differing(context, before, after)
    except (RenderError, InvalidChartError) as error:
        message = f"the planned result renders with {mine}, and not with {engine.label}: {error.message}"
        return [Finding("engine-dependent", "error", message, file=error.where, help=_HELP)], []
    if differing:
        time.sleep(1.1)  # two quick renders of a date are equal
        for noise in (Noise(context, renderer), Noise(replace(context, manifests=after), other)):
            noise.look()
            differing = noise.without(differing)
    return [], differing


def _differing(context: Context, before: Manifests, after: Manifests) -> list[Change]:
    """Fields that differ between the engines after the edit, and either did not before, or were moved by it.

    A checksum of something that differed before moves with every edit, and says nothing.
    """
    differed = _keys(compare(context.baseline, before))
    moved = _keys(compare(context.baseline, context.manifests)) | _keys(compare(before, after))
    found = []
    for change in compare(context.manifests, after):
        key = (change.identity, change.path)
        if key not in differed or (key in moved and not hashes(change)):
            found.append(change)
    return found


def _keys(changes: Iterable[Change]) -> set[_Key]:
    return {(change.identity, change.path) for change in changes}


_HELP = (
    "the cluster may render it with either; find another value, or leave the step out with --skip, "
    "or take it with --accept engine-dependent"
)


def _findings(differences: Iterable[_Difference], mine: str) -> list[Finding]:
    """One for each object; engines that agree with each other are named together."""
    by_object: dict[Identity, dict[str, dict[str, list[_Difference]]]] = {}
    for difference in differences:
        places = by_object.setdefault(difference.change.identity, {})
        places.setdefault(difference.place, {}).setdefault(difference.there, []).append(difference)
    found = []
    for identity, places in by_object.items():
        told = []
        for place, others in places.items():
            theirs = [f"{there} with {' and '.join(d.engine for d in own)}" for there, own in others.items()]
            told.append(f"{place} with {mine}, {', and '.join(theirs)}")
        more = f"; and {len(told) - 3} more" if len(told) > 3 else ""
        first = next(own[0] for others in places.values() for own in others.values())
        found.append(
            Finding(
                "engine-dependent",
                "error",
                f"what the edit does depends on the version of Helm: {'; '.join(told[:3])}{more}",
                object=str(identity),
                file=first.change.object.template,
                help=_HELP,
            )
        )
    return found
