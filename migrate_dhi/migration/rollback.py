"""Takes a migration back: a branch that is not merged goes, whole or to a step; of a merged one the steps are reversed.

Commits that someone added to the branch go with it; the plan names them, and a backup keeps all.
"""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from shlex import quote

from migrate_dhi.errors import BranchInUseError, NoChartError, UnknownStepError, UsageError
from migrate_dhi.git.branches import branch_name
from migrate_dhi.git.history import Commit
from migrate_dhi.git.repository import Repository
from migrate_dhi.git.retire import how_to_leave
from migrate_dhi.helm.shelf import Shelf
from migrate_dhi.migration.landed import Migration, Target, WrittenStep
from migrate_dhi.migration.reversal import SUFFIX, Reversal, RollbackResult, plan_reversal
from migrate_dhi.migration.status import BranchStatus, Status, StatusReader, read_status
from migrate_dhi.record import record


@record
class Rollback:
    """What would be taken back of a branch that is not merged.

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

    @property
    def lacks(self) -> WrittenStep | None:
        """A step that stays and does not run without one that goes."""
        names = {name for step in self.kept for name in step.names}
        return next((step for step in self.kept if step.needs and step.needs not in names), None)

    def apply(self) -> RollbackResult:
        """Delete or move the branch, with its backup in the same transaction.

        Raises:
            BranchInUseError: it was checked out meanwhile.
            RaceLostError: it was changed meanwhile.
            WriteError: Git refused.
        """
        name, tip = self.branch.branch, self.branch.tip
        if self.nothing_to_do:
            return RollbackResult(name, deleted=False, commit=tip)
        if self.kept:
            commit = self.kept[-1].commit
            backup = self.repository.move_branch(name, tip, commit)
            restore = f"git branch --force {quote(name)} {quote(backup)}"
            return RollbackResult(name, deleted=False, commit=commit, backup=backup, restore=restore)
        backup = self.repository.delete_branch(name, tip)
        return RollbackResult(
            name, deleted=True, commit="", backup=backup, restore=f"git branch {quote(name)} {quote(backup)}"
        )


@record
class RollbackWishes:
    """What the user wants of a rollback.

    Attributes:
        to_step: the last step to keep, or None to take all back.
        skip: steps that stay although newer and older ones go; for merged steps alone.
        base: what branches may have been merged into, as for :func:`read_status`.
        branch: the branch to write for merged steps, or empty for one named after the branch that is taken back.
        accept: codes of error findings of a reversal that are taken as they are.
        run_hooks: let the user's hooks look at the commits of a reversal.
        shelf: where charts come from, for the proof of a reversal.
    """

    to_step: str | None = None
    skip: tuple[str, ...] = ()
    base: str = "HEAD"
    branch: str = ""
    accept: frozenset[str] = frozenset()
    run_hooks: bool = False
    shelf: Shelf = Shelf()


def plan_rollback(
    repository: Repository, target: str | None, wishes: RollbackWishes | None = None
) -> Rollback | Reversal:
    """What taking `target` back would do; changes nothing.

    Args:
        repository: where.
        target: a branch; or a chart, relative to the current directory or to the repository's root; or a
            release, ``namespace/name``; or None for the chart at or above the current directory.
        wishes: how.

    Raises:
        UsageError: there is no such branch, or no step on it was made by this program.
        UnknownStepError: a step that is named is not there.
        BranchInUseError: the branch is checked out.
        BranchExistsError: the branch that would reverse merged steps is there already.
        BlockedError: what merged steps set was changed since.
    """
    wishes = wishes or RollbackWishes()
    reader = StatusReader(repository, wishes.base)
    found = _find(repository, target, reader, wishes.base)
    if isinstance(found, Migration):
        into = next(
            (trunk for trunk in reader.trunks.first() if repository.merged(found.steps[-1].commit, trunk)),
            reader.trunks.first()[0],
        )
        return _reversal(reader, found.target, found.steps, into, branch_name(str(found.target)), wishes)
    if found.landing:
        return _reversal(
            reader, found.target, _in_force(found, reader), found.landing.trunk, found.branch, wishes
        )
    if wishes.skip or wishes.branch:
        raise UsageError(
            f"the branch {found.branch} is not merged, so it is taken back from its end, and no branch is written",
            help="name the last step to keep with --to, and leave --skip and --branch out",
        )
    return _of_branch(repository, found, reader, wishes.to_step)


def found_for(repository: Repository, target: str, base: str) -> BranchStatus | Migration:
    """The branch or the merged steps that a name means; raises UsageError with what there is where it means none."""
    return _find(repository, target, StatusReader(repository, base), base)


def _of_branch(
    repository: Repository, found: BranchStatus, reader: StatusReader, to_step: str | None
) -> Rollback:
    _require_loose(repository, found, reader)
    kept = _kept(found, to_step)
    last = kept[-1].commit if kept else found.base
    going = {commit.id for commit in repository.log(last, found.tip)} if last else {found.tip}
    others = [commit for commit in found.others if commit.id in going]
    if not kept:
        # Below the first step may be commits of others that no other branch has.
        known = {commit.id for commit in others} | {step.commit for step in found.steps}
        others += [commit for commit in repository.unreached(found.branch) if commit.id not in known]
    return Rollback(
        repository=repository,
        branch=found,
        kept=kept,
        removed=tuple(reversed(found.steps[len(kept) :])),
        others=tuple(others),
        remotes=tuple(
            f"refs/remotes/{name}"
            for name in sorted(repository.branches("refs/remotes/"))
            if name.endswith(f"/{found.branch}")
        ),
    )


def _reversal(
    reader: StatusReader,
    target: Target,
    steps: Sequence[WrittenStep],
    trunk: str,
    branch: str,
    wishes: RollbackWishes,
) -> Reversal:
    return plan_reversal(
        reader.repository,
        target,
        steps,
        into=reader.trunks.name(trunk),
        base=trunk,
        branch=wishes.branch or branch + SUFFIX,
        to_step=wishes.to_step,
        skip=wishes.skip,
        accept=wishes.accept,
        run_hooks=wishes.run_hooks,
        shelf=wishes.shelf,
    )


def _in_force(branch: BranchStatus, reader: StatusReader) -> tuple[WrittenStep, ...]:
    """The steps of a merged branch that were not taken back: the trunk's own commits where it has one for each."""
    own = tuple(step for step in branch.steps if not set(step.names) <= set(branch.taken_back))
    known = reader.history.migrations.get(branch.target)
    if known and [step.name for step in known.steps] == [step.name for step in own]:
        return known.steps
    return own


def _find(
    repository: Repository, target: str | None, reader: StatusReader, base: str
) -> BranchStatus | Migration:
    name = (target or "").removeprefix("refs/heads/")
    tip = repository.branches().get(name)
    if tip is not None:
        (*_, status) = (None, *reader.read({name: tip}))
        if status is not None:
            return status
    everything = read_status(repository, base=base)
    names = names_of(repository, target)
    found = [branch for branch in everything.branches if branch.target.is_named(names)]
    by_name = [branch for branch in found if branch.branch in map(branch_name, branch.target.names)]
    # Anyone can copy a trailer: by the chart's name only what this program wrote is found.
    own = by_name or [branch for branch in found if repository.made_here(branch.branch)]
    if len(own) == 1:
        return own[0]
    if own:
        listed = ", ".join(branch.branch for branch in own)
        raise UsageError(f"{own[0].target} has several branches", help=f"name one of them: {listed}")
    merged = next((one for one in reader.history.migrations.values() if one.target.is_named(names)), None)
    if merged and merged.steps:
        return merged
    together = [one for one in everything.branches if any(other.is_named(names) for other in one.shared)]
    if together:
        raise _shared(target or names[0], together[0])
    raise _not_found(target or names[0], tip, found, merged, everything)


def _shared(target: str, branch: BranchStatus) -> UsageError:
    others = ", ".join(map(str, dict.fromkeys([*branch.shared, branch.target])))
    return UsageError(
        f"the steps of {target} are on {branch.branch}, a branch of several plans ({others})",
        help=f"take the whole branch back: migrate-dhi rollback {quote(branch.branch)}",
    )


def _not_found(
    target: str,
    tip: str | None,
    foreign: Sequence[BranchStatus],
    merged: Migration | None,
    everything: Status,
) -> UsageError:
    if foreign:
        listed = ", ".join(branch.branch for branch in foreign)
        return UsageError(
            f"steps of {foreign[0].target} are on {listed}, which this program did not write here",
            help=f"name the branch itself if it is to go: migrate-dhi rollback {quote(foreign[0].branch)}",
        )
    if merged:
        steps = ", ".join(merged.taken_back)
        return UsageError(
            f"the steps of {merged.target} ({steps}) were taken back already", help=_there(everything)
        )
    waiting = next((one for one in everything.reversals if one.branch == target), None)
    if waiting:
        return UsageError(
            f"the branch {target} takes steps of {waiting.target} back itself, and is not merged",
            help=f"drop it with `git branch -D {quote(target)}`, or merge it",
        )
    if tip is not None:
        return UsageError(
            f"no commit on the branch {target} was made by migrate-dhi", help=_there(everything)
        )
    return UsageError(f"there is no migration branch for {target}", help=_near(target, everything))


def require_known(repository: Repository, everything: Status, name: str) -> Status:
    """What of a status belongs to one chart or release, or is this branch.

    Raises:
        UsageError: there is neither a branch nor a merged step of that name, nor such a chart or release here.
    """
    names = names_of(repository, name)
    found = Status(
        tuple(
            one
            for one in everything.branches
            if one.branch == name or any(target.is_named(names) for target in (one.target, *one.shared))
        ),
        tuple(one for one in everything.migrations if one.target.is_named(names)),
        tuple(one for one in everything.reversals if one.branch == name or one.target.is_named(names)),
    )
    if found.branches or found.migrations or found.reversals:
        return found
    charts = [posixpath.dirname(file) or "." for file in _charts(repository)]
    if set(names) & set(charts):
        return found
    releases = list(_releases(repository))
    if set(names) & set(releases):
        return found
    there = {one: one for branch in everything.branches for one in (branch.branch, str(branch.target))}
    there |= {one: one for one in (*charts, *releases, *(str(one.target) for one in everything.migrations))}
    near = _near_names(name, there)
    raise UsageError(
        f"there is no chart, release or branch {name}",
        help=f"did you mean {' or '.join(near)}?" if near else "run `migrate-dhi status` to see all branches",
    )


def _releases(repository: Repository) -> Iterator[str]:
    """What else may be named of what the last commit deploys: each release, and the file that declares it."""
    from migrate_dhi.migration.source import Opening  # noqa: PLC0415 - only for a name that is not known otherwise
    from migrate_dhi.migration.target import estate_of  # noqa: PLC0415

    for one in estate_of(repository, repository.resolve("HEAD"), Opening(branch=True)).releases:
        yield from (one.id, one.file)


def _charts(repository: Repository) -> list[str]:
    files = repository.files(repository.resolve("HEAD"), ".")
    return [file for file in files if posixpath.basename(file) == "Chart.yaml"]


def _near_names(name: str, there: Mapping[str, str]) -> list[str]:
    """The names that are like this one, or whose last part is."""
    words = {**{posixpath.basename(word): found for word, found in there.items()}, **there}
    short = posixpath.basename(name.rstrip("/"))
    close = [*get_close_matches(name, words, n=3), *get_close_matches(short, words, n=3)]
    return list(dict.fromkeys(words[word] for word in close))[:3]


def names_of(repository: Repository, target: str | None) -> list[str]:
    """Paths from the root, and the name itself, that `target` may mean as a chart or a release.

    Raises:
        NoChartError: there is no chart at or above the current directory, and nothing was named.
    """
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


def _require_loose(repository: Repository, branch: BranchStatus, reader: StatusReader) -> None:
    if branch.checked_out is None:
        return
    folder = branch.checked_out
    locals_ = [ref.removeprefix("heads/") for ref in reader.trunks.commits if ref.startswith("heads/")]
    free = [name for name in locals_ if name != branch.branch and repository.checked_out(name) is None]
    raise BranchInUseError(
        f"the branch {branch.branch} is checked out",
        where=str(folder),
        help=how_to_leave(folder, free[0] if free else None),
    )


def _near(target: str, everything: Status) -> str:
    """The branches and charts whose names are like this one, else all."""
    there = {
        word: branch.branch for branch in everything.branches for word in (branch.branch, str(branch.target))
    }
    there |= {str(one.target): str(one.target) for one in everything.migrations}
    near = _near_names(target, there)
    return f"did you mean {' or '.join(near)}?" if near else _there(everything)


def _there(everything: Status) -> str:
    listed = [f"{branch.branch} ({branch.target})" for branch in everything.branches]
    listed += [f"{one.target} (merged)" for one in everything.migrations]
    return (
        f"there are: {', '.join(listed)}"
        if listed
        else "there is no branch of migrate-dhi in this repository"
    )
