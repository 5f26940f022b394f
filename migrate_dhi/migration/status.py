"""Which steps are on which branch, read from the trailers of the commits.

There is no state file: a commit with a ``DHI-Step`` trailer is the record that the step ran.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from migrate_dhi.git.history import Commit
from migrate_dhi.git.repository import Repository
from migrate_dhi.git.trailers import CHART, IMAGE, PROOF, STEP
from migrate_dhi.record import record

SCHEMA = "migrate-dhi/status/1"
PREFIX = "dhi/"
"""How the names of branches start unless the user named them."""
_USUAL_TRUNKS = ("main", "master")
_MERGED_STEPS = 50  # commits that are looked at for the steps of a merged branch


@record
class WrittenStep:
    """One step on a branch: its name, the commit that made it, and its ``old -> new`` images."""

    name: str
    commit: str
    subject: str
    images: tuple[str, ...]
    proof: str

    def to_json(self) -> dict[str, Any]:
        """The step as JSON data."""
        return {
            "name": self.name,
            "commit": self.commit,
            "subject": self.subject,
            "images": list(self.images),
            "proof": self.proof,
        }


@record
class BranchStatus:
    """One branch that this program wrote.

    Attributes:
        branch: its name.
        tip: its last commit.
        chart: the chart's path from the repository's root.
        base: the commit that the first step was made on; "" if that is not known.
        steps: the steps on it, oldest first.
        others: commits among or above the steps that no step made, newest first.
        merged: whether its last commit is in the history of a branch that it goes to.
        checked_out: the worktree that has it checked out, if any.
    """

    branch: str
    tip: str
    chart: str
    base: str
    steps: tuple[WrittenStep, ...]
    others: tuple[Commit, ...]
    merged: bool
    checked_out: Path | None

    def to_json(self) -> dict[str, Any]:
        """The branch as JSON data."""
        return {
            "branch": self.branch,
            "commit": self.tip,
            "chart": self.chart,
            "base": self.base,
            "steps": [step.to_json() for step in self.steps],
            "other_commits": [{"commit": commit.id, "subject": commit.subject} for commit in self.others],
            "merged": self.merged,
            "checked_out": None if self.checked_out is None else str(self.checked_out),
        }


@record
class Status:
    """All branches that this program wrote, sorted by name."""

    branches: tuple[BranchStatus, ...]

    def to_json(self) -> dict[str, Any]:
        """The status as JSON data."""
        return {"schema": SCHEMA, "branches": [branch.to_json() for branch in self.branches]}


def read_status(repository: Repository, chart: str | None = None, *, base: str = "HEAD") -> Status:
    """The branches that this program wrote, or only those of the chart at this path from the root.

    A branch counts if its name starts with ``dhi/`` or its last commit is a step. Branches that others
    are merged into (``main``, ``master``, a remote's default branch, the current branch) do not.

    Raises:
        RepositoryError: there is no commit yet.
        UsageError: `base` names no commit.
    """
    trunks = Trunks.read(repository, base)
    in_use, tips = repository.worktrees(), repository.branches()
    found = [
        branch_status(repository, branch, tips[branch], trunks=trunks, checked_out=in_use.get(branch))
        for branch in _candidates(repository, tips, trunks)
    ]
    known = [status for status in found if status is not None]
    return Status(tuple(status for status in known if chart is None or status.chart == chart))


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


def branch_status(
    repository: Repository, branch: str, tip: str, *, trunks: Trunks, checked_out: Path | None
) -> BranchStatus | None:
    """What is on `branch`, whose last commit is `tip`; None if no step is."""
    commits = repository.log(trunks.besides(branch), tip) if trunks.besides(branch) else []
    merged = bool(trunks.besides(branch)) and not commits
    if not commits:
        commits = _unbroken(repository.log((), tip, limit=_MERGED_STEPS))
    numbers = [number for number, commit in enumerate(commits) if STEP in commit.trailers]
    if not numbers:
        return None
    chart = _first(commits[numbers[0]], CHART)
    # What is below the oldest step came with the base, which the trunks may not have yet.
    commits = commits[: numbers[-1] + 1]
    own = [commit for commit in commits if STEP in commit.trailers and _first(commit, CHART) == chart]
    return BranchStatus(
        branch=branch,
        tip=tip,
        chart=chart,
        base=next(iter(commits[-1].parents), ""),
        steps=tuple(_written(commit) for commit in reversed(own)),
        others=tuple(commit for commit in commits if commit not in own),
        merged=merged,
        checked_out=checked_out,
    )


def _candidates(repository: Repository, tips: Iterable[str], trunks: Trunks) -> list[str]:
    marked = repository.branches_with_trailer(STEP)
    return [
        name
        for name in sorted(tips)
        if name.startswith(PREFIX) or (name in marked and f"heads/{name}" not in trunks.commits)
    ]


def _is_step(repository: Repository, branch: str | None, commit: str, steps: set[str]) -> bool:
    if branch is None:
        return STEP in repository.log((), commit, limit=1)[0].trailers
    return branch.startswith(PREFIX) or branch in steps


def _unbroken(commits: Sequence[Commit]) -> list[Commit]:
    # The steps of a merged branch are followed by older history. Where those are the steps of an older
    # migration of the same chart, the first one that repeats shows that it is another.
    found: dict[str, Commit] = {}
    for commit in commits:
        step = _first(commit, STEP)
        same_chart = _first(commit, CHART) == _first(commits[0], CHART)
        if not step or step in found or not same_chart:
            break
        found[step] = commit
    return list(found.values())


def _written(commit: Commit) -> WrittenStep:
    images = tuple(commit.trailers.get(IMAGE, ()))
    return WrittenStep(_first(commit, STEP), commit.id, commit.subject, images, _first(commit, PROOF))


def _first(commit: Commit, key: str) -> str:
    return next(iter(commit.trailers.get(key, ())), "")
