"""Takes an unmerged branch back, whole or to a named step, and keeps what it takes under a backup ref.

Commits that someone added to the branch go with it; the plan names them, and the backup keeps them too.
"""

from pathlib import Path
from typing import Any

from migrate_dhi.errors import (
    BranchInUseError,
    NoChartError,
    RepositoryError,
    UnknownStepError,
    UsageError,
)
from migrate_dhi.git.branches import branch_name
from migrate_dhi.git.history import Commit
from migrate_dhi.git.repository import Repository
from migrate_dhi.git.retire import how_to_leave
from migrate_dhi.migration.status import BranchStatus, Trunks, WrittenStep, branch_status, read_status
from migrate_dhi.record import record

SCHEMA = "migrate-dhi/rollback/1"
_SHORT = 12


@record
class RollbackResult:
    """What was done.

    Attributes:
        branch: the branch.
        deleted: whether it is gone.
        commit: its last commit now, or "" if it is gone.
        backup: the ref that keeps what was taken back, or "" if there was nothing to do.
        restore: the command that brings it back, or "" if there was nothing to do.
    """

    branch: str
    deleted: bool
    commit: str
    backup: str
    restore: str

    def to_json(self) -> dict[str, Any]:
        """The result as JSON data."""
        return {
            "schema": SCHEMA,
            "branch": self.branch,
            "deleted": self.deleted,
            "commit": self.commit or None,
            "backup": self.backup or None,
            "restore": self.restore or None,
        }


@record
class Rollback:
    """What would be taken back.

    Attributes:
        repository: where.
        branch: the branch, as it is now.
        kept: the steps that stay, oldest first; none if the branch goes.
        removed: the steps that go, newest first.
        others: commits that no step made and that go too, newest first.
        remotes: refs of remotes that hold this branch; they are not touched.
    """

    repository: Repository
    branch: BranchStatus
    kept: tuple[WrittenStep, ...]
    removed: tuple[WrittenStep, ...]
    others: tuple[Commit, ...]
    remotes: tuple[str, ...]

    @property
    def nothing_to_do(self) -> bool:
        """Whether the step to go back to is the last commit already."""
        return not self.removed and not self.others

    def apply(self) -> RollbackResult:
        """Delete or move the branch, with its backup in the same transaction.

        Raises:
            BranchInUseError: it was checked out meanwhile.
            RaceLostError: it was changed meanwhile.
            WriteError: Git refused.
        """
        name, tip = self.branch.branch, self.branch.tip
        if self.nothing_to_do:
            return RollbackResult(name, deleted=False, commit=tip, backup="", restore="")
        if self.kept:
            commit = self.kept[-1].commit
            backup = self.repository.move_branch(name, tip, commit)
            return RollbackResult(
                name,
                deleted=False,
                commit=commit,
                backup=backup,
                restore=f"git branch --force {name} {backup}",
            )
        backup = self.repository.delete_branch(name, tip)
        return RollbackResult(
            name, deleted=True, commit="", backup=backup, restore=f"git branch {name} {backup}"
        )


def plan_rollback(
    repository: Repository, target: str | None, *, to_step: str | None = None, base: str = "HEAD"
) -> Rollback:
    """What taking back `target` would do; changes nothing.

    Args:
        repository: where.
        target: a branch; or a chart, relative to the current directory or to the repository's root; or
            None for the chart at or above the current directory.
        to_step: the last step to keep, or None to take the whole branch back.
        base: what the branch may have been merged into, as for :func:`read_status`.

    Raises:
        UsageError: there is no such branch, or no step on it was made by this program.
        UnknownStepError: `to_step` is not on the branch.
        BranchInUseError: the branch is checked out.
        RepositoryError: the branch is merged.
    """
    trunks = Trunks.read(repository, base)
    found = _find(repository, target, trunks, base)
    _require_loose(repository, found, trunks)
    if found.merged:
        raise _merged(repository, found, trunks)
    kept = _kept(found, to_step)
    last = kept[-1].commit if kept else found.base
    going = {commit.id for commit in repository.log(last, found.tip)} if last else {found.tip}
    return Rollback(
        repository=repository,
        branch=found,
        kept=kept,
        removed=tuple(reversed(found.steps[len(kept) :])),
        others=tuple(commit for commit in found.others if commit.id in going),
        remotes=tuple(
            f"refs/remotes/{name}"
            for name in sorted(repository.branches("refs/remotes/"))
            if name.endswith(f"/{found.branch}")
        ),
    )


def _find(repository: Repository, target: str | None, trunks: Trunks, base: str) -> BranchStatus:
    name = (target or "").removeprefix("refs/heads/")
    tip = repository.branches().get(name)
    if tip is not None:
        in_use = repository.checked_out(name)
        status = branch_status(repository, name, tip, trunks=trunks, checked_out=in_use)
        if status is not None:
            return status
    everything = read_status(repository, base=base).branches
    charts = _charts(repository, target)
    found = [branch for branch in everything if branch.chart in charts]
    by_name = [branch for branch in found if branch.branch == branch_name(branch.chart)]
    if len(found) == 1 or len(by_name) == 1:
        return (by_name or found)[0]
    if found:
        names = ", ".join(branch.branch for branch in found)
        raise UsageError(
            f"the chart {found[0].chart} has several branches", help=f"name one of them: {names}"
        )
    if tip is not None:
        raise UsageError(
            f"no commit on the branch {name} was made by migrate-dhi", help=_existing(everything)
        )
    raise UsageError(f"there is no migration branch for {target or charts[0]}", help=_existing(everything))


def _charts(repository: Repository, target: str | None) -> list[str]:
    """Paths from the root that `target` may mean as a chart."""
    if target is None:
        here = Path.cwd()
        for folder in (here, *here.parents):
            if (folder / "Chart.yaml").is_file():
                return [repository.relative(folder)]
        raise NoChartError("there is no chart here", where=str(here), help="name a chart or a branch")
    found = [Path(target).as_posix()]
    try:
        return [repository.relative(Path.cwd() / target), *found]
    except UsageError:
        return found


def _kept(branch: BranchStatus, to_step: str | None) -> tuple[WrittenStep, ...]:
    if to_step is None:
        return ()
    names = [step.name for step in branch.steps]
    if to_step not in names:
        raise UnknownStepError(
            f"the branch {branch.branch} has no step {to_step!r}", help=f"its steps are: {', '.join(names)}"
        )
    return branch.steps[: len(names) - names[::-1].index(to_step)]


def _require_loose(repository: Repository, branch: BranchStatus, trunks: Trunks) -> None:
    if branch.checked_out is None:
        return
    folder = branch.checked_out
    locals_ = [ref.removeprefix("heads/") for ref in trunks.commits if ref.startswith("heads/")]
    free = [name for name in locals_ if name != branch.branch and repository.checked_out(name) is None]
    raise BranchInUseError(
        f"the branch {branch.branch} is checked out",
        where=str(folder),
        help=how_to_leave(folder, free[0] if free else None),
    )


def _merged(repository: Repository, branch: BranchStatus, trunks: Trunks) -> RepositoryError:
    into = [ref for ref, commit in trunks.commits.items() if repository.merged(branch.tip, commit)]
    name = into[0].removeprefix("heads/").removeprefix("remotes/")
    steps = " ".join(step.commit[:_SHORT] for step in reversed(branch.steps))
    return RepositoryError(
        f"the branch {branch.branch} is merged into {name}, and merged steps are not taken back yet",
        help=f"reverse its commits on a branch of your own: git revert --no-edit {steps}",
    )


def _existing(branches: tuple[BranchStatus, ...]) -> str:
    if not branches:
        return "there is no branch of migrate-dhi in this repository"
    return "there are: " + ", ".join(f"{branch.branch} ({branch.chart})" for branch in branches)
