"""Judge edits: render before and after, and accept only what was promised. The only judge.

An edit holds for everything that is deployed from the edited files: the target, its upgrade and its dormant parts
where those are looked at, and every other release that reads the files.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from migrate_dhi.edit import Edit, ValuesPath
from migrate_dhi.errors import DependencyError, EditRefusedError, InvalidChartError, RenderError
from migrate_dhi.helm.renderer import Renderer, ahead
from migrate_dhi.kube.compare import Change, compare
from migrate_dhi.migration.editing import edited
from migrate_dhi.migration.noise import Noise
from migrate_dhi.migration.step_texts import surprised
from migrate_dhi.migration.unseen import Unseen, View
from migrate_dhi.migration.witnesses import Witnesses
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.steps.context import Context
from migrate_dhi.steps.derived import Move, derived_value, echoes, follows
from migrate_dhi.steps.images import parts_of, shown_of
from migrate_dhi.steps.step import Goal, Result, Step

DERIVED, UNANNOUNCED = "derived-value", "unannounced-change"


@record
class Trial:
    """One set of edits, rendered and judged: ``fault`` is empty where it holds.

    ``hidden`` are the surprises that only another view of the chart shows; ``beside`` tells that it holds for the
    target, and changes another release.
    """

    result: Result
    edits: tuple[Edit, ...] = ()
    changes: tuple[Change, ...] = ()
    surprises: tuple[Change, ...] = ()
    fault: str = ""
    hidden: tuple[Change, ...] = ()
    beside: bool = False


class Judge:
    """Judges the edits of one step in one state of the chart.

    Args:
        step: what announces changes.
        context: the state before.
        noise: what earlier steps have learned of it; it has the renderer.
        witnesses: the other releases.
        unseen: the views of the chart that every trial must hold in, or None.
        allowed: the code of what a proposal may change besides.
        along: what will look at the texts if they hold, as most likely those of the first trial do.
    """

    def __init__(
        self,
        step: Step,
        context: Context,
        noise: Noise,
        witnesses: Witnesses,
        unseen: Unseen | None = None,
        allowed: str = "",
        along: Sequence[Renderer] = (),
    ) -> None:
        self.step = step
        self.context = context
        self.start = Result(context.texts, context.manifests)
        self.noise = noise.after(context)
        self.witnesses = witnesses
        self.unseen = unseen
        self.allowed = allowed
        self.along = along
        self.parts = parts_of(context)
        # The codes of what was met.
        self.codes: set[str] = set()

    def trial(
        self,
        edits: Sequence[Edit],
        goals: Sequence[Goal],
        *,
        half: bool = False,
        worth: Callable[[Result], bool] = lambda _: True,
    ) -> Trial:
        """Make edits, render, and judge what changes.

        With ``half`` a goal may be brought half way. A result that is not ``worth`` it is held against no other
        view of the chart: nobody takes it.
        """
        texts = self.context.texts
        try:
            after = edited(texts, edits)
            along, self.along = self.along, ()
            for renderer in along:
                renderer.begin(after)
            manifests = self.noise.renderer.render(after)
            found = compare(self.context.manifests, manifests)
        except (EditRefusedError, RenderError, InvalidChartError, DependencyError) as error:
            return Trial(self.start, fault=str(error))
        changes = self.noise.without(found)
        surprises, noise = self._surprises(changes, goals, edits, half=half), self.noise
        while surprises and noise.look():
            changes = noise.without(changes)
            surprises = noise.without(surprises)
        trial = Trial(
            Result(after, manifests), tuple(edits), tuple(changes), tuple(surprises), self._fault(surprises)
        )
        if self.unseen and not trial.fault and worth(trial.result):
            trial = self._seen(trial, goals, half=half)
        beside = () if trial.fault else (*self._stale(after), *self.witnesses.faults(texts, after))
        return replace(trial, fault="; ".join(beside[:2]), beside=True) if beside else trial

    def _stale(self, after: Mapping[str, str]) -> Iterator[str]:
        """Releases of the target with values that are composed of an edited file, as they were before."""
        for label, member in self.context.target.members.items():
            for layer in member.layers:
                if layer.is_stale(self.context.texts, after):
                    name = label or self.context.chart.name
                    yield f"{name} is composed of it in {layer.file}, which cannot be followed"

    def _seen(self, trial: Trial, goals: Sequence[Goal], *, half: bool) -> Trial:
        """The same trial in every other view of the chart."""
        views = self.unseen.views if self.unseen else ()
        ahead([view.renderer for view in views], trial.result.texts)
        for view in views:
            try:
                before = view.renderer.render(self.context.texts)
                found = compare(before, view.renderer.render(trial.result.texts))
            except (RenderError, InvalidChartError) as error:
                return replace(trial, fault=f"{view.label}: {error}")
            hidden = self._surprises(found, goals, trial.edits, half=half)
            hidden = [change for change in hidden if not _comes_along(change, self.context)]
            noise = Noise(replace(self.context, manifests=before), view.renderer, self.noise.known)
            hidden = noise.settled(hidden)
            fault = self._fault(hidden)
            if fault:
                surprises = tuple(hidden)
                return replace(trial, fault=f"{view.label}, {fault}", surprises=surprises, hidden=surprises)
        return trial

    def _fault(self, surprises: Sequence[Change]) -> str:
        code = self.code(surprises)
        self.codes.add(code)
        allowed = {"", self.allowed} | ({DERIVED} if self.allowed else set())
        return "" if code in allowed else surprised(surprises)

    def code(self, surprises: Sequence[Change]) -> str:
        """What the gravest of the surprises is called; empty where there are none."""
        if not surprises:
            return ""
        return UNANNOUNCED if self.unannounced(surprises) else DERIVED

    def unannounced(self, surprises: Iterable[Change]) -> tuple[Change, ...]:
        """The surprises that repeat no bare part of an image."""
        return tuple(change for change in surprises if not derived_value(change, self.parts))

    def _surprises(
        self, changes: Iterable[Change], goals: Sequence[Goal], edits: Iterable[Edit], *, half: bool
    ) -> list[Change]:
        written = _written(edits, self.context)
        return [
            change
            for change in changes
            if not any(goal.expects(change) or (half and goal.touches(change)) for goal in goals)
            and not self.step.announces(self.context, change)
            and not echoes(change, written, self.context.trace_of(change.identity.release).values)
        ]


class Hidden:
    """What all edits together change in other views of the chart, and no step announces there.

    Args:
        start: the chart as it is.
        end: the chart after all steps.
        edits: what all steps edit.
        steps: what announces changes.
    """

    def __init__(self, start: Context, end: Context, edits: Iterable[Edit], steps: Sequence[Step]) -> None:
        self.start = start
        self.end = end
        self.steps = steps
        # Of all releases: told once, and not again for each view of each of them.
        self.judged = {(c.identity, c.path, repr(c.after)) for c in compare(start.manifests, end.manifests)}
        slots = [slot for image in end.images for slot in image.slots]
        pairs = {(slot.read(start.manifests), slot.read(end.manifests)) for slot in slots}
        read = [(Reference.try_parse(old), Reference.try_parse(new)) for old, new in pairs if old != new]
        self.moves = [Move(old, new) for old, new in read if old and new]
        self.written, self.known, self.parts = _written(edits, start), shown_of(start), parts_of(start)

    def ready(self, views: Sequence[View]) -> Sequence[View]:
        """The same views, rendered side by side after all steps; raises LimitError."""
        ahead([view.renderer for view in views], self.end.texts)
        return views

    def changes(self, view: View, noise: Noise) -> tuple[list[Change], list[Change]]:
        """What nothing explains in a view, and what repeats a bare part of an image there.

        Raises RenderError or InvalidChartError where the result does not render in this view.
        """
        start, end = self.start, self.end
        before, after = view.renderer.render(start.texts), view.renderer.render(end.texts)
        there = replace(start, manifests=before, images=end.images, unmoved=end.unmoved, edited=end.edited)
        found = [
            change
            for change in compare(before, after)
            if (change.identity, change.path, repr(change.after)) not in self.judged
            and not follows(change, self.moves, self.known)
            and not _is_moved(change, self.moves)
            and not any(step.announces(there, change) for step in self.steps)
            and not echoes(change, self.written, start.trace_of(change.identity.release).values)
            and not _comes_along(change, end)
        ]
        found = Noise(replace(start, manifests=before), view.renderer, noise.known).settled(found)
        derived = [change for change in found if derived_value(change, self.parts)]
        return [change for change in found if change not in derived], derived


def _is_moved(change: Change, moves: Sequence[Move]) -> bool:
    """The image of a container that moves as it does elsewhere: there it is one, whether it has a tag or not."""
    images = {(*c.path, "image") for pod in change.object.pods for c in pod.containers}
    if change.path not in images:
        return False
    old, new = (Reference.try_parse(str(text)) for text in (change.before, change.after))
    return any(
        old and new and (old.canonical(), new.canonical()) == (m.before.canonical(), m.after.canonical())
        for m in moves
    )


def _comes_along(change: Change, context: Context) -> bool:
    """A probe or a user of a container that comes to run a hardened image, or of a pod of nothing but such."""
    if not {"securityContext", "livenessProbe", "readinessProbe", "startupProbe"} & set(change.path):
        return False
    targets = {i.decision.after.canonical().image for i in context.moving if i.decision.after}
    containers = (
        [c for pod in change.after_object.pods for c in pod.containers] if change.after_object else []
    )
    own = [c for c in containers if change.path[: len(c.path)] == c.path]
    read = [Reference.try_parse(container.image) for container in own or containers]
    return bool(read) and all(image and image.canonical().image in targets for image in read)


def _written(edits: Iterable[Edit], context: Context) -> list[tuple[ValuesPath, Any]]:
    """What edits set, by the paths in the values and not in the documents that hold them."""
    found = []
    for edit in edits:
        if edit.template:
            continue
        places = [member.layer_of(edit) for member in context.target.members.values()]
        path = next((path for layer, path in places if layer), edit.path)
        found.append((path, None if edit.delete else edit.value))
    return found
