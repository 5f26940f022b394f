"""Judge proposals: render before and after, and accept only what was promised. The only judge.

All goals of a step are tried together first, each with its best proposal: when that holds, a step costs
one render. Otherwise each goal is tried alone, proposal by proposal, on top of what was accepted.
"""

import time
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from migrate_dhi.edit import Edit, Set
from migrate_dhi.errors import EditRefusedError, InvalidChartError, RenderError
from migrate_dhi.findings import is_accepted
from migrate_dhi.helm.renderer import Renderer
from migrate_dhi.kube.compare import Change, compare
from migrate_dhi.migration.editing import edited
from migrate_dhi.migration.plan import Alternative, Tried
from migrate_dhi.record import record
from migrate_dhi.steps.context import Context
from migrate_dhi.steps.derived import derived_value, echoes
from migrate_dhi.steps.images import parts_of
from migrate_dhi.steps.step import Goal, Goals, Proposal, Reach, Result, Step

MOST_PROPOSALS = 24
DERIVED, UNANNOUNCED = "derived-value", "unannounced-change"
# Charts write times by the second.
_SECOND = 1.1


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
    """One set of edits, rendered and judged: ``fault`` is empty where it holds."""

    result: Result
    edits: tuple[Edit, ...]
    changes: tuple[Change, ...]
    surprises: tuple[Change, ...]
    fault: str


@dataclass
class _Differing:
    """What a plan has learned of noise; ``dates``: two renders a second apart were compared."""

    fields: set[tuple[Any, ...]] = field(default_factory=set)
    kinds: set[tuple[str, str]] = field(default_factory=set)
    dates: bool = False


@dataclass
class Noise:
    """What differs between two renders of the same input: random names, passwords, certificates, dates.

    Rendered only when a trial shows a change that no one announced; the second time a second after the first
    render, since two quick renders of a date are equal. What one step learns holds for the next ones, too
    (``after``): dates are waited for once.
    """

    before: Context
    renderer: Renderer
    known: _Differing = field(default_factory=_Differing)
    looks: int = 0
    since: float = field(default_factory=time.monotonic)

    def after(self, context: Context) -> "Noise":
        """The same noise in a later state of the chart; what is learned there is known here."""
        return Noise(context, self.renderer, self.known)

    def without(self, changes: Sequence[Change]) -> list[Change]:
        """The changes that are no noise, as far as is known by now."""
        return [change for change in changes if not self._is_noise(change)]

    def look(self) -> bool:
        """Render the unchanged chart once more; False when there is nothing more to learn."""
        if self.looks >= (1 if self.known.dates else 2):
            return False
        if self.looks:
            time.sleep(max(0.0, self.since + _SECOND - time.monotonic()))
        self.looks += 1
        again = self.renderer.render(self.before.texts, again=True)
        self.known.dates = self.known.dates or time.monotonic() - self.since >= _SECOND
        for change in compare(self.before.manifests, again):
            if change.path:
                self.known.fields.add((change.identity, change.path))
            else:
                self.known.kinds.add((change.object.template, change.object.kind))
        return True

    def _is_noise(self, change: Change) -> bool:
        if not change.path:
            return (change.object.template, change.object.kind) in self.known.kinds
        return any(
            (change.identity, change.path[:end]) in self.known.fields
            for end in range(1, len(change.path) + 1)
        )


def prove(step: Step, goals: Goals, context: Context, noise: Noise) -> Proof:
    """Try to reach the goals of a step; never raises for a proposal that does not hold.

    ``noise`` has the renderer, and what earlier steps have learned of noise.
    """
    first = _Prover(step, goals.goals, context, noise)
    best = first.run()
    # What is an error, and what the user accepts, is taken only where nothing else holds.
    for code in _allowances(step, context, best, first.codes):
        if best.done < best.of:
            other = _Prover(step, goals.goals, context, noise, allowed=code).run()
            best = other if other.done > best.done else best
    return best


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
        self, step: Step, goals: Sequence[Goal], context: Context, noise: Noise, *, allowed: str = ""
    ) -> None:
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
        """What the steps ask for, in the layers that decide."""
        edits = self._placed(sets)
        if not edits and sets:
            return _Trial(self.start, (), (), (), "nothing that can be edited holds this value")
        return self._try(edits, goals, half=half)

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
        written = [(edit.path, None if edit.delete else edit.value) for edit in edits]
        values = self.context.trace.values
        surprises = [c for c in self._surprises(changes, goals, half=half) if not echoes(c, written, values)]
        while surprises and self.noise.look():
            changes = self.noise.without(changes)
            surprises = self.noise.without(surprises)
        code = self._code(surprises)
        self.codes.add(code)
        allowed = {"", self.allowed} | ({DERIVED} if self.allowed else set())
        fault = "" if code in allowed else _surprised(surprises)
        return _Trial(Result(after, manifests), tuple(edits), tuple(changes), tuple(surprises), fault)

    def _code(self, surprises: Sequence[Change]) -> str:
        """What the gravest of the surprises is called; empty where there are none."""
        if not surprises:
            return ""
        return UNANNOUNCED if self._unannounced(surprises) else DERIVED

    def _unannounced(self, surprises: Iterable[Change]) -> tuple[Change, ...]:
        return tuple(change for change in surprises if not derived_value(change, self.parts))

    def _surprises(self, changes: Iterable[Change], goals: Sequence[Goal], *, half: bool) -> list[Change]:
        return [
            change
            for change in changes
            if not any(goal.expects(change) or (half and goal.touches(change)) for goal in goals)
            and not self.step.announces(self.context, change)
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


def _surprised(surprises: Sequence[Change]) -> str:
    told = "; ".join(f"{change}{shown(change)}" for change in surprises[:3])
    more = f" and {len(surprises) - 3} more" if len(surprises) > 3 else ""
    return f"also changes {told}{more}"


def shown(change: Change) -> str:
    """Both values in brackets, as far as they may be shown."""
    if change.object.kind == "Secret" or not change.path:
        return ""
    return f" ({_short(change.before)} -> {_short(change.after)})"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
