"""Which steps are on which branch, read from the commits that are there.

There is no state file: a commit with a ``DHI-Step`` trailer is the record that the step ran.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from migrate_dhi.git.history import Commit
from migrate_dhi.git.repository import Repository
from migrate_dhi.git.trailers import REVERTS, STEP
from migrate_dhi.migration.landed import (
    Landing,
    Migration,
    Target,
    TrunkHistory,
    WrittenStep,
    images_of,
    landing,
)
from migrate_dhi.record import record

SCHEMA = "migrate-dhi/status/1"
PREFIX = "dhi/"
"""How the names of branches start unless the user named them."""
_USUAL_TRUNKS = ("main", "master")
_MERGED_STEPS = 50  # commits that are looked at for the steps of a branch that nothing is known to go into


@record
class BranchStatus:
    """One branch that this program wrote.

    Attributes:
        branch: its name.
        tip: its last commit.
        target: the chart or the releases that it is for.
        base: the commit that the first step was made on; "" if that is not known.
        steps: the steps on it, oldest first.
        others: commits among or above the steps that no step made, newest first.
        landing: how its steps came into a branch that it goes to, or None if they did not.
        taken_back: names of its steps that were taken back there since.
        checked_out: the worktree that has it checked out, if any.
    """

    branch: str
    tip: str
    target: Target
    base: str
    steps: tuple[WrittenStep, ...]
    others: tuple[Commit, ...]
    landing: Landing | None
    taken_back: tuple[str, ...]
    checked_out: Path | None

    @property
    def merged(self) -> bool:
        """Whether its steps are in a branch that it goes to, whatever their commits are there."""
        return self.landing is not None

    @property
    def shared(self) -> dict[Target, tuple[WrittenStep, ...]]:
        """The steps of other plans on the same branch, each plan in the order in which it was written."""
        found: dict[Target, tuple[WrittenStep, ...]] = {}
        for commit in reversed(self.others):
            if STEP in commit.trailers:
                target = Target.of(commit.trailers)
                found[target] = (*found.get(target, ()), WrittenStep.of(commit, [commit.trailers]))
        return found

    @property
    def lacks(self) -> WrittenStep | None:
        """A step on it that does not run as it is, because another one is not there."""
        names = {name for step in self.steps for name in step.names}
        return next((step for step in self.steps if step.needs and step.needs not in names), None)

    @property
    def images(self) -> dict[str, str]:
        """What each image is after the last step, by what it was."""
        return images_of(self.steps)

    def to_json(self) -> dict[str, Any]:
        """The branch as JSON data."""
        return {
            "branch": self.branch,
            "commit": self.tip,
            "chart": self.target.chart,
            "releases": list(self.target.releases),
            "base": self.base,
            "steps": [step.to_json() for step in self.steps],
            "lacks": self.lacks.needs if self.lacks else None,
            "other_commits": [{"commit": commit.id, "subject": commit.subject} for commit in self.others],
            "merged": self.merged,
            "merged_as": self.landing.kind if self.landing else None,
            "merged_commits": list(self.landing.commits) if self.landing else [],
            "taken_back": list(self.taken_back),
            "checked_out": None if self.checked_out is None else str(self.checked_out),
        }


@record
class WaitingReversal:
    """A branch that takes merged steps back and waits for its own merge: their names, as they go."""

    branch: str
    tip: str
    target: Target
    takes_back: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The branch as JSON data."""
        return {
            "branch": self.branch,
            "commit": self.tip,
            "chart": self.target.chart,
            "releases": list(self.target.releases),
            "takes_back": list(self.takes_back),
        }


@record
class Status:
    """All branches that this program wrote, sorted by name, and merged migrations whose branch is gone.

    ``reversals`` are the branches that take merged steps back and are not merged themselves.
    """

    branches: tuple[BranchStatus, ...]
    migrations: tuple[Migration, ...] = ()
    reversals: tuple[WaitingReversal, ...] = ()

    def reversal_of(self, target: Target) -> WaitingReversal | None:
        """The branch that takes steps of a target back, and waits."""
        return next((one for one in self.reversals if one.target == target), None)

    def to_json(self) -> dict[str, Any]:
        """The status as JSON data."""
        return {
            "schema": SCHEMA,
            "branches": [branch.to_json() for branch in self.branches],
            "merged": [migration.to_json() for migration in self.migrations],
            "reversals": [reversal.to_json() for reversal in self.reversals],
        }


def read_status(repository: Repository, *, base: str = "HEAD") -> Status:
    """The branches that this program wrote.

    A branch counts if its name starts with ``dhi/`` or its last commit is a step. Branches that others
    are merged into (``main``, ``master``, a remote's default branch, the current branch) do not.

    Raises:
        RepositoryError: there is no commit yet.
        UsageError: `base` names no commit.
    """
    reader = StatusReader(repository, base)
    tips = repository.branches()
    found = reader.read({branch: tips[branch] for branch in reader.candidates(tips)})
    shown = {one.target for one in found}
    merged = reader.history.migrations.values()
    return Status(
        tuple(found),
        tuple(one for one in merged if one.target not in shown and one.steps),
        tuple(reader.reversals(tips)),
    )


@record
class Trunks:
    """The branches that others are merged into: commits by full ref name."""

    commits: dict[str, str]

    @classmethod
    def read(cls, repository: Repository, base: str = "HEAD") -> "Trunks":
        """The remotes' default branches, ``main`` and ``master``, HEAD and its upstream; or `base` alone.

        While HEAD is on a branch that this program wrote (or at a step, detached), it is left out, and
        other local branches stand in where neither of the named ones exists.
        """
        commit = repository.resolve(base)
        if base != "HEAD":
            return cls({base: commit})
        refs = repository.branches("refs/")
        usual = {f"heads/{name}" for name in _USUAL_TRUNKS}
        found = {ref: refs[ref] for ref in refs if ref in usual or re.fullmatch("remotes/[^/]+/HEAD", ref)}
        branch = repository.current_branch()
        head = f"heads/{branch}" if branch else "HEAD"
        steps = repository.branches_with_trailer(STEP)
        if head not in found and _is_step(repository, branch, commit, steps):
            found = found or {
                f"heads/{name}": tip
                for name, tip in repository.branches().items()
                if not name.startswith(PREFIX) and name not in steps
            }
            if found or (branch or "").startswith(PREFIX):
                return cls(found)
        upstream = (repository.upstream(branch) or "").removeprefix("refs/") if branch else ""
        found |= {upstream: refs[upstream]} if upstream in refs else {}
        return cls(found | {head: commit})

    def besides(self, branch: str) -> list[str]:
        """The commits of all trunks but `branch` itself."""
        return sorted({commit for ref, commit in self.commits.items() if ref != f"heads/{branch}"})

    def first(self) -> list[str]:
        """Their commits, HEAD's before others."""
        return list(dict.fromkeys(reversed(self.commits.values())))

    def name(self, commit: str) -> str:
        """The name of a trunk for people, by its commit."""
        ref = next(ref for ref, tip in reversed(self.commits.items()) if tip == commit)
        return ref.removeprefix("heads/").removeprefix("remotes/")


class StatusReader:
    """Reads branches; what all of them share is asked for once, however many they are."""

    def __init__(self, repository: Repository, base: str = "HEAD") -> None:
        self.repository = repository
        self.trunks = Trunks.read(repository, base)
        self.history = TrunkHistory(repository, sorted(set(self.trunks.commits.values())))

    def candidates(self, tips: Iterable[str]) -> list[str]:
        """The branches that may be ours, of all that there are."""
        marked = self.repository.branches_with_trailer(STEP)
        return [
            name
            for name in sorted(tips)
            if name.startswith(PREFIX) or (name in marked and f"heads/{name}" not in self.trunks.commits)
        ]

    def read(self, tips: Mapping[str, str]) -> list[BranchStatus]:
        """What is on each of these branches that has a step."""
        in_use = self.repository.worktrees()
        apart = {name: tip for name, tip in tips.items() if f"heads/{name}" in self.trunks.commits}
        together = {name: tip for name, tip in tips.items() if name not in apart}
        logs = self._own_commits(together, self.trunks.first())
        for name, tip in apart.items():
            logs |= self._own_commits({name: tip}, self.trunks.besides(name))
        found = [self._status(name, tip, logs[name], in_use.get(name)) for name, tip in tips.items()]
        return self._landed([status for status in found if status is not None])

    def reversals(self, tips: Mapping[str, str]) -> list[WaitingReversal]:
        """The branches that take merged steps back which a trunk has in force still."""
        names = sorted(self.repository.branches_with_trailer(REVERTS) & tips.keys())
        logs = self._own_commits({name: tips[name] for name in names}, self.trunks.first())
        found = []
        for name, own in logs.items():
            made = [commit for commit in reversed(own) if REVERTS in commit.trailers]
            target = Target.of(made[-1].trailers) if made else Target("")
            back = tuple(step for one in made for step in one.trailers[REVERTS])
            known = self.history.migrations.get(target)
            # Where it was merged by a squash, the trunk tells it.
            if made and not (known and {*back} <= {*known.taken_back}):
                found.append(WaitingReversal(name, tips[name], target, back))
        return found

    def _own_commits(self, tips: Mapping[str, str], trunks: Sequence[str]) -> dict[str, list[Commit]]:
        """The commits of each branch that no trunk has, newest first."""
        ids = sorted(set(tips.values()))
        order = self.repository.log(trunks, ids) if trunks and ids else []
        known = {commit.id: commit for commit in order}
        found = {}
        for name, tip in tips.items():
            reached, todo = set[str](), [tip]
            while todo:
                commit = known.get(todo.pop())
                if commit is not None and commit.id not in reached:
                    reached.add(commit.id)
                    todo += commit.parents
            found[name] = [commit for commit in order if commit.id in reached] if reached else []
        return found

    def _status(
        self, branch: str, tip: str, own: list[Commit], checked_out: Path | None
    ) -> BranchStatus | None:
        """What is on one branch, but for what it takes to know whether its content is in a trunk."""
        commits = own
        merged = not any(STEP in commit.trailers for commit in own)
        if merged and any(REVERTS in commit.trailers for commit in own):
            # What it stands on are the steps that it takes back.
            return None
        if merged:
            # A branch may have gone on after its merge.
            below = next(iter(own[-1].parents), "") if own else tip
            commits = [*own, *(self._chain(below) if below else ())]
        numbers = [number for number, commit in enumerate(commits) if STEP in commit.trailers]
        if not numbers:
            return None
        target = Target.of(commits[numbers[0]].trailers)
        # What is below the oldest step came with the base, which the trunks may not have yet.
        commits = commits[: numbers[-1] + 1]
        made = [c for c in commits if STEP in c.trailers and Target.of(c.trailers) == target]
        steps = tuple(WrittenStep.of(commit, [commit.trailers]) for commit in reversed(made))
        others = self.trunks.besides(branch)
        into = [one for one in self.trunks.first() if one in others] if merged else []
        has = next((one for one in into if self._merged(steps[-1].commit, one)), "")
        return BranchStatus(
            branch=branch,
            tip=tip,
            target=target,
            base=next(iter(commits[-1].parents), ""),
            steps=steps,
            others=tuple(commit for commit in commits if commit not in made),
            landing=Landing("merge", has, tuple(step.commit for step in steps)) if has else None,
            taken_back=(),
            checked_out=checked_out,
        )

    def _merged(self, step: str, trunk: str) -> bool:
        """Whether a trunk has a step; where there is one trunk alone, its history is read already."""
        if {trunk} == set(self.trunks.commits.values()):
            return step in self.history.commits
        return self.repository.merged(step, trunk)

    def _landed(self, found: Sequence[BranchStatus]) -> list[BranchStatus]:
        """The same with how their content came into a trunk, and what was taken back there."""
        open_ = [one for one in found if one.landing is None and one.base]
        diffs = self.repository.differences([(one.base, one.tip) for one in open_])
        landings = {one.branch: one.landing for one in found}
        for trunk in self.trunks.first():
            waiting = [
                (one, diff) for one, diff in zip(open_, diffs, strict=True) if not landings[one.branch]
            ]
            names = [f"{trunk}:{file.path}" for _, diff in waiting for file in diff]
            now = dict(zip(names, self.repository.ids(names), strict=True))
            for one, diff in waiting:
                still = all(now[f"{trunk}:{file.path}"] == file.before for file in diff)
                if trunk in self.trunks.besides(one.branch) and (
                    not still or one.target in self.history.migrations
                ):
                    landings[one.branch] = landing(
                        self.repository, one.steps, one.base, one.tip, one.target, trunk
                    )
        return [
            self._whole(replace(one, landing=landings[one.branch], taken_back=self._back(one, landings)))
            for one in found
        ]

    def _whole(self, one: BranchStatus) -> BranchStatus:
        """The same with the steps below its own that a trunk has as they are.

        A commit that is picked again within its second onto what it stood on is the same one.
        """
        below = self._chain(one.base)[::-1] if one.landing and one.base in self.history.commits else []
        names = {name for step in one.steps for name in step.names}
        same = [c for c in below if Target.of(c.trailers) == one.target and not names & {*c.trailers[STEP]}]
        if not same or len(same) < len(below) or not one.landing:
            return one
        commits = (*(c.id for c in same), *one.landing.commits) if one.landing.commits else ()
        return replace(
            one,
            base=next(iter(same[0].parents), ""),
            steps=(*(WrittenStep.of(c, [c.trailers]) for c in same), *one.steps),
            landing=replace(one.landing, commits=commits),
        )

    def _back(self, one: BranchStatus, landings: Mapping[str, Landing | None]) -> tuple[str, ...]:
        known = self.history.migrations.get(one.target) if landings[one.branch] else None
        names = [name for step in one.steps for name in step.names]
        return tuple(name for name in known.taken_back if name in names) if known else ()

    def _chain(self, tip: str) -> list[Commit]:
        """The steps of a merged branch: older history follows them, and it may be an older migration's."""
        found: dict[str, Commit] = {}
        known = self.history.commits
        if not self.trunks.commits:
            # A clone of nothing but this branch.
            known = {commit.id: commit for commit in self.repository.log((), tip, limit=_MERGED_STEPS)}
        # What is not among them tells of no step.
        commit = known.get(tip)
        target = commit and Target.of(commit.trailers)
        while commit is not None:
            name = next(iter(commit.trailers.get(STEP, ())), "")
            if not name or name in found or Target.of(commit.trailers) != target:
                break
            found[name] = commit
            commit = known.get(next(iter(commit.parents), ""))
        return list(found.values())


def _is_step(repository: Repository, branch: str | None, commit: str, steps: set[str]) -> bool:
    if branch is None:
        return STEP in repository.log((), commit, limit=1)[0].trailers
    return branch.startswith(PREFIX) or branch in steps
