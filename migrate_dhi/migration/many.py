"""Branches of many releases at once: which plans share a branch, and each of those proven on what the one before left.

What cannot be planned or written is told of itself alone. A branch of several plans appears when all of them have been
looked at, with the commits of those that hold; until then its commits are held by a ref that is no branch.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from pathlib import PurePosixPath
from typing import Literal

from migrate_dhi.errors import MigrateDhiError, NoReleaseError
from migrate_dhi.git.branches import branch_name
from migrate_dhi.git.repository import Repository
from migrate_dhi.migration.apply import Draft, check_source, draft_of
from migrate_dhi.migration.groups import Group, groups_of, open_group
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.plan import Plan
from migrate_dhi.migration.planning import plan_chart
from migrate_dhi.migration.scan import ScanEntry, planned_entries
from migrate_dhi.migration.scanning import Ground
from migrate_dhi.migration.source import Opening, Source
from migrate_dhi.migration.target import estate_of
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record

Per = Literal["target", "directory", "namespace", "all"]


@record
class Bundle:
    """The groups whose plans go to one branch; without a name it is that of the one plan."""

    groups: tuple[Group, ...]
    branch: str = ""


@record
class Told:
    """What became of one group: its plan, or the error for which there is none on the branch.

    ``entries`` are what a scan would have of its releases, wherever it was planned.
    """

    group: Group
    plan: Plan | None = None
    error: MigrateDhiError | None = None
    commits: tuple[str, ...] = ()
    entries: tuple[ScanEntry, ...] = ()


@record
class Branch:
    """A branch that may be written: its name, what is told of each group, and what is needed to write it.

    ``draft`` is that of a branch of one plan; ``tip`` the last commit of one of several, empty where none holds, and
    ``digests`` what the tags of its images named when registries were asked.
    """

    name: str
    told: tuple[Told, ...]
    draft: Draft | None = None
    tip: str = ""
    digests: Mapping[Reference, str] = field(default_factory=dict, hash=False)

    def write(self, repository: Repository, options: Options) -> "Branch":
        """Write it; the same with its commits. Raises as :meth:`Draft.write`; then nothing is written."""
        if self.draft:
            (only,) = self.told
            return replace(self, told=(replace(only, commits=tuple(self.draft.write(options))),))
        if self.tip:
            try:
                if options.live:
                    options.live.check_again(self.digests)
                repository.publish(self.name, self.tip)
            finally:
                repository.let_go(self.name)
        return self


def bundles_of(groups: Sequence[Group], per: Per, branch: str = "") -> tuple[Bundle, ...]:
    """The groups by the branch that they go to; ``branch`` names it where there is one for all.

    Two places whose branches would have the same name (``a-b/c`` and ``a/b-c``) share it.
    """
    if per == "target":
        return tuple(Bundle((group,)) for group in groups)
    found: dict[str, list[Group]] = {}
    for group in groups:
        name = (branch or "dhi/all") if per == "all" else branch_name(f"{per}/{_place(group, per)}")
        found.setdefault(name, []).append(group)
    return tuple(Bundle(tuple(some), name) for name, some in found.items())


def _place(group: Group, per: Per) -> str:
    first = group.releases[0]
    if per == "namespace":
        return first.namespace or "default"
    return str(PurePosixPath(group.chart or first.file).parent)


def part_of(bundles: Sequence[Bundle], part: int, parts: int) -> tuple[Bundle, ...]:
    """One of several parts of about the same size, the same in each run: a branch is in one of them as a whole."""
    return tuple(bundles[part - 1 :: parts])


@record
class Begin:
    """Makes, in a worker, what plans one bundle; it writes no branch."""

    ground: Ground

    def __call__(self) -> Callable[[Bundle], Branch]:
        """What plans a bundle."""
        return partial(_planned, self.ground, self.ground.begin())


def _planned(ground: Ground, repository: Repository, bundle: Bundle) -> Branch:
    if bundle.branch:
        return _stacked(ground, repository, bundle)
    (group,) = bundle.groups
    entries: tuple[ScanEntry, ...] = ()
    try:
        source = open_group(group, repository, ground.commit, ground.opening)
        check_source(source)
        plan = plan_chart(source, ground.options)
        entries = _entries(group, source, plan)
        return Branch(plan.branch, (Told(group, plan, entries=entries),), draft_of(source, plan))
    except MigrateDhiError as error:
        return Branch("", (Told(group, error=error, entries=entries),))


def _entries(group: Group, source: Source, plan: Plan) -> tuple[ScanEntry, ...]:
    return planned_entries(group, plan, tuple(source.target.members), 0.0, detail=False)


def _stacked(ground: Ground, repository: Repository, bundle: Bundle) -> Branch:
    """Each plan on top of those before it; one that does not hold leaves the state as it found it."""
    repository.require_free(bundle.branch)
    options = replace(ground.options, branch=bundle.branch)
    tip, told, digests = ground.commit, list[Told](), dict[Reference, str]()
    for group in bundle.groups:
        opening = replace(ground.opening, base=tip)
        entries: tuple[ScanEntry, ...] = ()
        try:
            now = group if tip == ground.commit else _found_again(group, repository, tip, opening)
            source = _as_of(ground.commit, open_group(now, repository, tip, opening))
            plan = plan_chart(source, options)
            entries = _entries(now, source, plan)
            draft = draft_of(source, plan)
            commits = repository.write_aside(bundle.branch, tip, draft.commits) if draft else []
        except MigrateDhiError as error:
            told.append(Told(group, error=error, entries=entries))
            continue
        tip = commits[-1] if commits else tip
        digests |= draft.digests if draft else {}
        told.append(Told(group, plan, commits=tuple(commits), entries=entries))
    return Branch(bundle.branch, tuple(told), tip="" if tip == ground.commit else tip, digests=digests)


def _found_again(group: Group, repository: Repository, commit: str, opening: Opening) -> Group:
    """The group as a later commit has it: an edit above a release moves its line, and it would be another one."""
    found = groups_of(estate_of(repository, commit, opening))
    again = next((one for one in found if one.argument == group.argument), None)
    if again is None:
        raise NoReleaseError(
            "what was written before on this branch hides the release",
            where=group.argument,
            help="plan it alone",
        )
    return again


def _as_of(commit: str, source: Source) -> Source:
    """The source with what the user changed since the base: what earlier plans changed since is no change of theirs."""
    if source.repository is None or not source.changes:
        return source
    paths = sorted({change.path for change in source.changes})
    return replace(source, changes=tuple(source.repository.changed(commit, paths)))


def texts_of(branch: Branch) -> Iterator[Plan]:
    """The plans that a branch has commits of, in their order."""
    return (told.plan for told in branch.told if told.plan and told.commits)
