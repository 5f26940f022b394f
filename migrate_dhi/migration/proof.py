"""Reach the goals of a step: find proposals that hold before the judge.

All goals of a step are tried together first, each with its best proposal: when that holds, a step costs
one render. Otherwise each goal is tried alone, proposal by proposal, on top of what was accepted.
"""

from collections.abc import Container, Hashable, Iterator, Mapping, Sequence
from itertools import chain, islice, permutations

from migrate_dhi.edit import Edit, Set
from migrate_dhi.findings import is_accepted
from migrate_dhi.helm.renderer import Renderer
from migrate_dhi.kube.compare import Change
from migrate_dhi.migration.judge import DERIVED, UNANNOUNCED, Judge, Trial
from migrate_dhi.migration.noise import Noise
from migrate_dhi.migration.plan import Alternative, Tried
from migrate_dhi.migration.proposals import Experience, agree, joined, values_of
from migrate_dhi.migration.unseen import Unseen
from migrate_dhi.migration.witnesses import Witnesses
from migrate_dhi.record import record
from migrate_dhi.release.layer import Layer
from migrate_dhi.release.release import told_apart
from migrate_dhi.release.target import Target
from migrate_dhi.steps.context import Context
from migrate_dhi.steps.step import Goal, Goals, Proposal, Reach, Result, Step
from migrate_dhi.wording import counted
from migrate_dhi.yamledit import format_path

MOST_PROPOSALS = 24


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

    @property
    def summary(self) -> str:
        """What changes in the manifests, in numbers."""
        objects = {str(change.identity) for change in self.changes}
        if not objects:
            return "nothing in the manifests changes"
        fields = len(self.changes)
        what = f"{counted(fields, 'field')} of {counted(len(objects), 'object')}"
        besides = len(self.surprises) + len(self.derived)
        how = f"{besides} of them not announced" if besides else "all as announced"
        return f"{what} change{'s' * (fields == 1)}, {how}"


def prove(
    step: Step,
    goals: Goals,
    context: Context,
    noise: Noise,
    witnesses: Witnesses,
    unseen: Unseen | None = None,
    along: Sequence[Renderer] = (),
) -> Proof:
    """Try to reach the goals of a step; never raises for a proposal that does not hold.

    ``noise`` is what earlier steps have learned of it; with ``unseen`` every trial must hold in its views, too;
    ``along`` are renders to begin beside the first trial.
    """

    def prover(allowed: str = "", along: Sequence[Renderer] = ()) -> _Prover:
        judge = Judge(step, context, noise, witnesses, unseen, allowed, along)
        return _Prover(step, goals.goals, context, judge)

    first = prover(along=along)
    best = first.run()
    # What is an error, and what the user accepts, is taken only where nothing else holds.
    for code in _allowances(step, context, best, first.judge.codes):
        if best.done < best.of:
            other = prover(code).run()
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
    def __init__(self, step: Step, goals: Sequence[Goal], context: Context, judge: Judge) -> None:
        self.step = step
        self.context = context
        self.judge = judge
        self.open = [goal for goal in goals if not goal.reached(judge.start).whole]
        self.met = [goal for goal in goals if goal not in self.open]
        self.tried: list[Tried] = []
        self.held: dict[int, Proposal] = {}
        self.experience = Experience()
        self._trials: dict[Hashable, Trial] = {}

    def run(self) -> Proof:
        """The best proposals together; then one goal at a time; then without the goals that failed."""
        if not self.open:
            return self._proof(Trial(self.judge.start))
        pinned = self.context.choices.pinned.get(self.step.name, ())
        if pinned:
            return self._proof(self._pinned(self._completed(pinned)))
        iterators = {id(goal): islice(goal.propose(), MOST_PROPOSALS) for goal in self.open}
        first = {id(goal): next(iterators[id(goal)], None) for goal in self.open}
        together = joined(proposal for proposal in first.values() if proposal)
        if together and all(first.values()):
            trial = self._try_sets(together, self.open)
            if not trial.fault and all(goal.reached(trial.result).whole for goal in self.open):
                self.held = {key: proposal for key, proposal in first.items() if proposal}
                return self._proof(trial)
        return self._proof(self._one_by_one(first, iterators))

    def _one_by_one(
        self, first: Mapping[int, Proposal | None], iterators: Mapping[int, Iterator[Proposal]]
    ) -> Trial:
        held: list[Proposal] = []
        trial = Trial(self.judge.start)
        for goal in self.open:
            best: tuple[int, Proposal | None, Trial] = (goal.reached(trial.result).done, None, trial)
            proposals = filter(None, [first[id(goal)]])
            for proposal in self.experience.ordered(chain(proposals, iterators[id(goal)])):
                if goal.reached(best[2].result).whole:
                    break
                attempt = self._try_sets(
                    joined([*held, proposal]), self.open, half=True, best=(goal, best[0])
                )
                self.experience.note(goal, proposal, attempt.surprises)
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

    def _settled(self, trial: Trial) -> Trial:
        """Judge all that held together, with no allowance for goals that are half way.

        A value that goals share may have moved what was not to be reached: those proposals are taken back,
        and the rest is judged again.
        """
        while trial.edits:
            reached = [goal for goal in self.open if goal.reached(trial.result).done]
            again = self.judge.trial(trial.edits, reached)
            if not again.fault:
                return again
            other = self._reconciled()
            if other:
                return other
            whole = bool(again.surprises) and all(goal.reached(again.result).whole for goal in reached)
            code = self.judge.code(again.surprises) if whole else ""
            self.tried.append(Tried("make all edits that held, together", again.fault, code))
            guilty = [
                goal
                for goal in self.open
                if id(goal) in self.held and any(goal.touches(change) for change in again.surprises)
            ]
            for goal in guilty or [self._culprit()]:
                del self.held[id(goal)]
            rest = joined(self.held.values())
            trial = self._try_sets(rest, self.open, half=True) if rest else Trial(self.judge.start)
        return trial

    def _reconciled(self) -> Trial | None:
        """All that held, with one proposal exchanged where two want a value differently; None where none serves both.

        A value may be read with another one beside it here, and alone there: what serves both is neither's best.
        """
        held = [goal for goal in self.open if id(goal) in self.held]
        for goal, other in permutations(held, 2):
            wanted = values_of(self.held[id(other)])
            if agree(values_of(self.held[id(goal)]), wanted):
                continue
            rest = [self.held[id(one)] for one in held if one is not goal]
            for proposal in islice(goal.propose(), MOST_PROPOSALS):
                if not agree(values_of(proposal), wanted):
                    continue
                trial = self._try_sets(joined([*rest, proposal]), held)
                if not trial.fault and all(one.reached(trial.result).whole for one in held):
                    self.held[id(goal)] = proposal
                    return trial
        return None

    def _culprit(self) -> Goal:
        """The goal whose proposal first brings a surprise in, each being added to those before it."""
        held = [goal for goal in self.open if id(goal) in self.held]
        good, bad = 0, len(held)
        while bad - good > 1:
            middle = (good + bad) // 2
            some = joined(self.held[id(goal)] for goal in held[:middle])
            good, bad = (good, middle) if self._try_sets(some, self.open).fault else (middle, bad)
        return held[bad - 1]

    def _pinned(self, edits: tuple[Edit, ...]) -> Trial:
        """The user's own edits as the only proposal; nothing where they do not hold."""
        trial = self.judge.trial(edits, self.open)
        reaches = [goal.reached(trial.result) for goal in self.open]
        if not trial.fault and all(reach.whole for reach in reaches):
            return trial
        missing = [name for reach in reaches for name in reach.missing]
        verdict = trial.fault or f"does not reach {', '.join(missing[:4])}"
        self.tried.append(Tried("the edit that you chose", verdict))
        return Trial(self.judge.start) if trial.fault or not sum(r.done for r in reaches) else trial

    def _others(self, trial: Trial) -> Iterator[Alternative]:
        """The other proposals of each goal that hold in place of the one that was taken."""
        reach = sum(goal.reached(trial.result).done for goal in self.open)
        seen = {frozenset((e.file, e.path, repr(e.value), e.delete) for e in trial.edits)}
        for goal in self.open:
            rest = [proposal for key, proposal in self.held.items() if key != id(goal)]
            for proposal in islice(goal.propose(), MOST_PROPOSALS):
                edits = self._placed(joined([*rest, proposal]))
                sign = frozenset((e.file, e.path, repr(e.value), e.delete) for e in edits)
                if sign in seen:
                    continue
                seen.add(sign)
                attempt = self.judge.trial(edits, self.open)
                if not attempt.fault and sum(g.reached(attempt.result).done for g in self.open) >= reach:
                    one = len(self.open) == 1
                    yield Alternative(proposal.reason if one else f"{goal.label}: {proposal.reason}", edits)

    def _placed(self, sets: Sequence[Set], *, alone: bool = False) -> tuple[Edit, ...]:
        """The edits in the layers that decide; ``alone``: only in files that no other release reads."""
        avoid = self.judge.witnesses.share if alone else _never
        return self.context.target.edits(sets, self.context.texts, self.context.values, avoid)

    def _decided_in(self, sets: Sequence[Set]) -> list[Layer]:
        """The layers that edits would land in, were nothing to be avoided."""
        files = dict.fromkeys(edit.file for edit in self._placed(sets))
        own = [layer for layer in self.context.target.layers if layer.file in files]
        return own + [Layer("file", file) for file in files if file not in {layer.file for layer in own}]

    def _completed(self, edits: Sequence[Edit]) -> tuple[Edit, ...]:
        return self.context.target.completed(edits, self.context.texts, self.context.values)

    def _try_sets(
        self,
        sets: Sequence[Set],
        goals: Sequence[Goal],
        *,
        half: bool = False,
        best: tuple[Goal, int] | None = None,
    ) -> Trial:
        """What the steps ask for, in the layers that decide.

        Where that changes other releases, in stronger layers; an image that would move unseen keeps its registry.
        With ``best`` it is taken only where it reaches more of a goal than so much.
        """

        def trial_of(edits: tuple[Edit, ...]) -> Trial:
            return self._trial(edits, goals, half=half, best=best)

        target = self.context.target
        edits = self._placed(sets, alone=target.alone)
        if not edits and sets:
            others = [one for layer in self._decided_in(sets) for one in self.judge.witnesses.sharers(layer)]
            names = ", ".join(told_apart(dict.fromkeys(others), target.releases))
            why = f"every file that could hold it is read by {names}, too" if names else ""
            return Trial(self.judge.start, fault=why or _not_editable(target), beside=bool(names))
        kept = self.experience.kept(sets) if self.judge.unseen else {}
        if kept:
            early = trial_of(self._placed((*sets, *kept.values()), alone=target.alone))
            if not early.fault:
                return early
        trial, alone = trial_of(edits), target.alone
        if trial.beside and not alone:
            own = self._placed(sets, alone=True)
            other = trial_of(own) if own and own != edits else trial
            trial, alone = (trial, False) if other.beside else (other, True)
        again, kept = trial, {}
        while again.hidden and self.judge.unseen:
            # One view after the other shows what would move along.
            known = {*kept, *(wish.path for wish in sets)}
            more = {
                wish.path: wish for wish in self.judge.unseen.kept(again.hidden) if wish.path not in known
            }
            if not more:
                break
            kept |= more
            again = trial_of(self._placed((*sets, *kept.values()), alone=alone))
        if again.fault:
            return trial
        if kept:
            self.experience.keep(sets, kept)
        return again

    def _trial(
        self, edits: tuple[Edit, ...], goals: Sequence[Goal], *, half: bool, best: tuple[Goal, int] | None
    ) -> Trial:
        """One trial; proposals that come to the same edits are one."""
        key = repr(edits), tuple(map(id, goals)), half, best and (id(best[0]), best[1])
        if key not in self._trials:
            goal, most = best or (None, 0)
            self._trials[key] = self.judge.trial(
                edits,
                goals,
                half=half,
                worth=lambda result: goal is None or goal.reached(result).done > most,
            )
        return self._trials[key]

    def _note(self, proposal: Proposal, attempt: Trial, goal: Goal, reach: Reach) -> None:
        verdict = (
            attempt.fault
            or reach.why
            or self._locked(proposal.sets)
            or f"reaches {reach.done} of {reach.of}: not {', '.join(reach.missing[:4])}"
        )
        reason = proposal.reason if len(self.open) == 1 else f"{goal.label}: {proposal.reason}"
        only_more = bool(attempt.surprises) and goal.reached(attempt.result).whole
        code = self.judge.code(attempt.surprises) if only_more else ""
        entry = Tried(reason, verdict, code, attempt.beside)
        if entry not in self.tried:
            self.tried.append(entry)

    def _locked(self, sets: Sequence[Set]) -> str:
        """That a layer which nothing may edit decides a value that is to be set."""
        for wish in sets:
            member = self.context.target.of_label(wish.release)
            layer = member.locked(wish.path, self.context.texts) if wish.source == "values" else None
            if layer:
                return f"{layer.file} decides {format_path(wish.path)}, and is not edited: {layer.reason}"
        return ""

    def _proof(self, trial: Trial) -> Proof:
        reaches = tuple((goal, goal.reached(trial.result)) for goal in (*self.met, *self.open))
        explore = self.context.choices.explore == self.step.name
        others = tuple(self._others(trial)) if explore else ()
        surprises = self.judge.unannounced(trial.surprises)
        derived = tuple(change for change in trial.surprises if change not in surprises)
        return Proof(
            trial.result, trial.edits, trial.changes, reaches, tuple(self.tried), surprises, derived, others
        )


def _not_editable(target: Target) -> str:
    """That no layer can take an edit, with what is said of those that cannot."""
    locked = [f"{one.file}: {one.reason}" for one in target.layers if not one.writable and one.reason]
    told = f" ({'; '.join(dict.fromkeys(locked[:2]))})" if locked else ""
    return f"nothing that can be edited holds this value{told}"


def _never(_: Layer) -> bool:
    return False
