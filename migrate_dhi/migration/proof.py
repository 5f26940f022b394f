"""Judge proposals: render before and after, and accept only what was promised. The only judge.

All goals of a step are tried together first, each with its best proposal: when that holds, a step costs
one render. Otherwise each goal is tried alone, proposal by proposal, on top of what was accepted.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from migrate_dhi.edit import Edit, Set, ValuesPath
from migrate_dhi.errors import EditRefusedError, InvalidChartError, RenderError
from migrate_dhi.findings import is_accepted
from migrate_dhi.kube.compare import Change, compare
from migrate_dhi.migration.editing import edited
from migrate_dhi.migration.noise import Noise
from migrate_dhi.migration.plan import Alternative, Tried
from migrate_dhi.migration.step_texts import surprised
from migrate_dhi.migration.unseen import Unseen, View
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.steps.context import Context
from migrate_dhi.steps.derived import Move, derived_value, echoes, follows
from migrate_dhi.steps.images import parts_of, shown_of
from migrate_dhi.steps.step import Goal, Goals, Proposal, Reach, Result, Step

MOST_PROPOSALS = 24
DERIVED, UNANNOUNCED = "derived-value", "unannounced-change"


@record
class Proof:
    """What became of the goals of one step.

    ``result`` is the chart with all accepted edits; ``changes`` are what they change in the manifests,
    noise left out; ``reaches`` has one entry for each goal. ``surprises`` are those of them that no one
    announced and the user accepts, ``derived`` those that repeat a bare part of an image.
    """

    result: Result
    edits: tuple[Edit, ...]
    changes: tuple[Change, ...]
    reaches: tuple[tuple[Goal, Reach], ...]
    tried: tuple[Tried, ...]
    surprises: tuple[Change, ...] = ()
    derived: tuple[Change, ...] = ()
    alternatives: tuple[Alternative, ...] = ()

    @property
    def done(self) -> int:
        """Parts of goals that are reached."""
        return sum(reach.done for _, reach in self.reaches)

    @property
    def of(self) -> int:
        """All parts of all goals."""
        return sum(reach.of for _, reach in self.reaches)


@record
class _Trial:
    """One set of edits, rendered and judged: ``fault`` is empty where it holds.

    ``hidden`` are the surprises that only another view of the chart shows.
    """

    result: Result
    edits: tuple[Edit, ...]
    changes: tuple[Change, ...]
    surprises: tuple[Change, ...]
    fault: str
    hidden: tuple[Change, ...] = ()


def prove(step: Step, goals: Goals, context: Context, noise: Noise, unseen: Unseen | None = None) -> Proof:
    """Try to reach the goals of a step; never raises for a proposal that does not hold.

    ``noise`` is what earlier steps have learned of it; with ``unseen`` every trial must hold in its views, too.
    """
    first = _Prover(step, goals.goals, context, noise, unseen)
    best = first.run()
    # What is an error, and what the user accepts, is taken only where nothing else holds.
    for code in _allowances(step, context, best, first.codes):
        if best.done < best.of:
            other = _Prover(step, goals.goals, context, noise, unseen, allowed=code).run()
            best = other if other.done > best.done else best
    return best


def hidden_changes(
    start: Context, end: Context, edits: Iterable[Edit], steps: Sequence[Step], view: View, noise: Noise
) -> tuple[list[Change], list[Change]]:
    """What all edits together change in another view of the chart, and no step announces there.

    Gives what nothing explains, and what repeats a bare part of an image.

    Raises RenderError or InvalidChartError where the result does not render in this view.
    """
    before, after = view.renderer.render(start.texts), view.renderer.render(end.texts)
    there = replace(start, manifests=before, images=end.images, unmoved=end.unmoved, edited=end.edited)
    judged = {(c.identity, c.path, repr(c.after)) for c in compare(start.manifests, end.manifests)}
    slots = [slot for image in end.images for slot in image.slots]
    pairs = {(slot.read(start.manifests), slot.read(end.manifests)) for slot in slots}
    read = [(Reference.try_parse(old), Reference.try_parse(new)) for old, new in pairs if old != new]
    moves = [Move(old, new) for old, new in read if old and new]
    written, known = _written(edits), shown_of(start)
    found = [
        change
        for change in compare(before, after)
        if (change.identity, change.path, repr(change.after)) not in judged
        and not follows(change, moves, known)
        and not any(step.announces(there, change) for step in steps)
        and not echoes(change, written, start.trace.values)
        and not _comes_along(change, end)
    ]
    noise = Noise(replace(start, manifests=before), view.renderer, noise.known)
    while found and noise.look():
        found = noise.without(found)
    parts = parts_of(start)
    derived = [change for change in found if derived_value(change, parts)]
    return [change for change in found if change not in derived], derived


def _comes_along(change: Change, context: Context) -> bool:
    """A probe or a user of a pod all of whose images become hardened."""
    if not {"securityContext", "livenessProbe", "readinessProbe", "startupProbe"} & set(change.path):
        return False
    targets = {i.decision.after.canonical().image for i in context.moving if i.decision.after}
    containers = (
        [c for pod in change.after_object.pods for c in pod.containers] if change.after_object else []
    )
    read = [Reference.try_parse(container.image) for container in containers]
    return bool(read) and all(image and image.canonical().image in targets for image in read)


def _written(edits: Iterable[Edit]) -> list[tuple[ValuesPath, Any]]:
    return [(edit.path, None if edit.delete else edit.value) for edit in edits]


def _allowances(step: Step, context: Context, strict: Proof, met: Container[str]) -> Iterator[str]:
    """The codes of what a proposal may change besides: the plan raises them as errors."""
    missing = [name for _, reach in strict.reaches for name in reach.missing]
    if all(step.unreached(context, name).severity != "error" for name in missing):
        # What stops no migration is not worth a surprise.
        return
    if DERIVED in met:
        yield DERIVED
    if UNANNOUNCED in met and is_accepted(UNANNOUNCED, context.choices.accept):
        yield UNANNOUNCED


class _Prover:
    def __init__(
        self,
        step: Step,
        goals: Sequence[Goal],
        context: Context,
        noise: Noise,
        unseen: Unseen | None,
        *,
        allowed: str = "",
    ) -> None:
        self.unseen = unseen
        self.step = step
        self.allowed = allowed
        self.context = context
        self.start = Result(context.texts, context.manifests)
        self.open = [goal for goal in goals if not goal.reached(self.start).whole]
        self.met = [goal for goal in goals if goal not in self.open]
        self.noise = noise.after(context)
        self.tried: list[Tried] = []
        self.held: dict[int, Proposal] = {}
        self.parts = parts_of(context)
        self.codes: set[str] = set()

    def run(self) -> Proof:
        """The best proposals together; then one goal at a time; then without the goals that failed."""
        if not self.open:
            return self._proof(_Trial(self.start, (), (), (), ""))
        pinned = self.context.choices.pinned.get(self.step.name, ())
        if pinned:
            return self._proof(self._pinned(self._completed(pinned)))
        iterators = {id(goal): islice(goal.propose(), MOST_PROPOSALS) for goal in self.open}
        first = {id(goal): next(iterators[id(goal)], None) for goal in self.open}
        together = _joined(proposal for proposal in first.values() if proposal)
        if together and all(first.values()):
            trial = self._try_sets(together, self.open)
            if not trial.fault and all(goal.reached(trial.result).whole for goal in self.open):
                self.held = {key: proposal for key, proposal in first.items() if proposal}
                return self._proof(trial)
        return self._proof(self._one_by_one(first, iterators))

    def _one_by_one(
        self, first: Mapping[int, Proposal | None], iterators: Mapping[int, Iterator[Proposal]]
    ) -> _Trial:
        held: list[Proposal] = []
        trial = _Trial(self.start, (), (), (), "")
        for goal in self.open:
            best: tuple[int, Proposal | None, _Trial] = (goal.reached(trial.result).done, None, trial)
            proposals = [] if first[id(goal)] is None else [first[id(goal)]]
            for proposal in _chained(proposals, iterators[id(goal)]):
                if goal.reached(best[2].result).whole:
                    break
                attempt = self._try_sets(_joined([*held, proposal]), self.open, half=True)
                reach = goal.reached(attempt.result) if not attempt.fault else Reach(0, 1)
                if not attempt.fault and reach.done > best[0]:
                    best = (reach.done, proposal, attempt)
                if attempt.fault or not reach.whole:
                    self._note(proposal, attempt, goal, reach)
            if best[1] is not None:
                held.append(best[1])
                self.held[id(goal)] = best[1]
                trial = best[2]
        return self._settled(trial)

    def _settled(self, trial: _Trial) -> _Trial:
        """Judge all that held together, with no allowance for goals that are half way.

        A value that goals share may have moved what was not to be reached: those proposals are taken back,
        and the rest is judged again.
        """
        while trial.edits:
            reached = [goal for goal in self.open if goal.reached(trial.result).done]
            again = self._try(trial.edits, reached)
            if not again.fault:
                return again
            whole = bool(again.surprises) and all(goal.reached(again.result).whole for goal in reached)
            code = self._code(again.surprises) if whole else ""
            self.tried.append(Tried("make all edits that held, together", again.fault, code))
            guilty = [
                goal
                for goal in self.open
                if id(goal) in self.held and any(goal.touches(change) for change in again.surprises)
            ]
            for goal in guilty or [self._culprit()]:
                del self.held[id(goal)]
            rest = _joined(self.held.values())
            trial = self._try_sets(rest, self.open, half=True) if rest else _Trial(self.start, (), (), (), "")
        return trial

    def _culprit(self) -> Goal:
        """The goal whose proposal first brings a surprise in, each being added to those before it."""
        held = [goal for goal in self.open if id(goal) in self.held]
        good, bad = 0, len(held)
        while bad - good > 1:
            middle = (good + bad) // 2
            some = _joined(self.held[id(goal)] for goal in held[:middle])
            good, bad = (good, middle) if self._try_sets(some, self.open).fault else (middle, bad)
        return held[bad - 1]

    def _pinned(self, edits: tuple[Edit, ...]) -> _Trial:
        """The user's own edits as the only proposal; nothing where they do not hold."""
        trial = self._try(edits, self.open)
        reaches = [goal.reached(trial.result) for goal in self.open]
        if not trial.fault and all(reach.whole for reach in reaches):
            return trial
        missing = [name for reach in reaches for name in reach.missing]
        verdict = trial.fault or f"does not reach {', '.join(missing[:4])}"
        self.tried.append(Tried("the edit that you chose", verdict))
        return (
            _Trial(self.start, (), (), (), "") if trial.fault or not sum(r.done for r in reaches) else trial
        )

    def _others(self, trial: _Trial) -> Iterator[Alternative]:
        """The other proposals of each goal that hold in place of the one that was taken."""
        reach = sum(goal.reached(trial.result).done for goal in self.open)
        seen = {frozenset((e.file, e.path, repr(e.value), e.delete) for e in trial.edits)}
        for goal in self.open:
            rest = [proposal for key, proposal in self.held.items() if key != id(goal)]
            for proposal in islice(goal.propose(), MOST_PROPOSALS):
                edits = self._placed(_joined([*rest, proposal]))
                sign = frozenset((e.file, e.path, repr(e.value), e.delete) for e in edits)
                if sign in seen:
                    continue
                seen.add(sign)
                attempt = self._try(edits, self.open)
                if not attempt.fault and sum(g.reached(attempt.result).done for g in self.open) >= reach:
                    one = len(self.open) == 1
                    yield Alternative(proposal.reason if one else f"{goal.label}: {proposal.reason}", edits)

    def _placed(self, sets: Sequence[Set]) -> tuple[Edit, ...]:
        return self.context.deployed.edits(sets, self.context.texts, self.context.trace.values)

    def _completed(self, edits: Sequence[Edit]) -> tuple[Edit, ...]:
        return self.context.deployed.completed(edits, self.context.texts, self.context.trace.values)

    def _try_sets(self, sets: Sequence[Set], goals: Sequence[Goal], *, half: bool = False) -> _Trial:
        """What the steps ask for, in the layers that decide; an image that would move unseen keeps its registry."""
        edits = self._placed(sets)
        if not edits and sets:
            return _Trial(self.start, (), (), (), "nothing that can be edited holds this value")
        trial = self._try(edits, goals, half=half)
        kept = self.unseen.kept(trial.hidden) if self.unseen and trial.hidden else ()
        if kept:
            again = self._try(self._placed((*sets, *kept)), goals, half=half)
            return trial if again.fault else again
        return trial

    def _note(self, proposal: Proposal, attempt: _Trial, goal: Goal, reach: Reach) -> None:
        verdict = (
            attempt.fault
            or reach.why
            or f"reaches {reach.done} of {reach.of}: not {', '.join(reach.missing[:4])}"
        )
        reason = proposal.reason if len(self.open) == 1 else f"{goal.label}: {proposal.reason}"
        only_more = bool(attempt.surprises) and goal.reached(attempt.result).whole
        entry = Tried(reason, verdict, self._code(attempt.surprises) if only_more else "")
        if entry not in self.tried:
            self.tried.append(entry)

    def _try(self, edits: Sequence[Edit], goals: Sequence[Goal], *, half: bool = False) -> _Trial:
        texts = self.context.texts
        try:
            after = edited(texts, edits)
            manifests = self.noise.renderer.render(after)
            found = compare(self.context.manifests, manifests)
        except (EditRefusedError, RenderError, InvalidChartError) as error:
            return _Trial(self.start, (), (), (), str(error))
        changes = self.noise.without(found)
        surprises, noise = self._surprises(changes, goals, edits, half=half), self.noise
        while surprises and noise.look():
            changes = noise.without(changes)
            surprises = noise.without(surprises)
        trial = _Trial(
            Result(after, manifests), tuple(edits), tuple(changes), tuple(surprises), self._fault(surprises)
        )
        return trial if trial.fault or not self.unseen else self._seen(trial, goals, half=half)

    def _seen(self, trial: _Trial, goals: Sequence[Goal], *, half: bool) -> _Trial:
        """The same trial in every other view of the chart."""
        for view in self.unseen.views if self.unseen else ():
            try:
                before = view.renderer.render(self.context.texts)
                found = compare(before, view.renderer.render(trial.result.texts))
            except (RenderError, InvalidChartError) as error:
                return replace(trial, fault=f"{view.label}: {error}")
            hidden = self._surprises(found, goals, trial.edits, half=half)
            hidden = [change for change in hidden if not _comes_along(change, self.context)]
            noise = Noise(replace(self.context, manifests=before), view.renderer, self.noise.known)
            while hidden and noise.look():
                hidden = noise.without(hidden)
            fault = self._fault(hidden)
            if fault:
                surprises = tuple(hidden)
                return replace(trial, fault=f"{view.label}, {fault}", surprises=surprises, hidden=surprises)
        return trial

    def _fault(self, surprises: Sequence[Change]) -> str:
        code = self._code(surprises)
        self.codes.add(code)
        allowed = {"", self.allowed} | ({DERIVED} if self.allowed else set())
        return "" if code in allowed else surprised(surprises)

    def _code(self, surprises: Sequence[Change]) -> str:
        """What the gravest of the surprises is called; empty where there are none."""
        if not surprises:
            return ""
        return UNANNOUNCED if self._unannounced(surprises) else DERIVED

    def _unannounced(self, surprises: Iterable[Change]) -> tuple[Change, ...]:
        return tuple(change for change in surprises if not derived_value(change, self.parts))

    def _surprises(
        self, changes: Iterable[Change], goals: Sequence[Goal], edits: Iterable[Edit], *, half: bool
    ) -> list[Change]:
        written = _written(edits)
        return [
            change
            for change in changes
            if not any(goal.expects(change) or (half and goal.touches(change)) for goal in goals)
            and not self.step.announces(self.context, change)
            and not echoes(change, written, self.context.trace.values)
        ]

    def _proof(self, trial: _Trial) -> Proof:
        reaches = tuple((goal, goal.reached(trial.result)) for goal in (*self.met, *self.open))
        explore = self.context.choices.explore == self.step.name
        others = tuple(self._others(trial)) if explore else ()
        surprises = self._unannounced(trial.surprises)
        derived = tuple(change for change in trial.surprises if change not in surprises)
        return Proof(
            trial.result, trial.edits, trial.changes, reaches, tuple(self.tried), surprises, derived, others
        )


def _joined(proposals: Iterable[Proposal | None]) -> tuple[Set, ...]:
    """What several proposals ask for, each once; of two for the same value the last one counts."""
    sets: dict[tuple[Any, ...], Set] = {}
    for proposal in proposals:
        for wish in proposal.sets if proposal else ():
            sets[(wish.source, wish.path, wish.delete)] = wish
    return tuple(sets.values())


def _chained(first: Iterable[Proposal | None], rest: Iterator[Proposal]) -> Iterator[Proposal]:
    for proposal in first:
        if proposal:
            yield proposal
    yield from rest
