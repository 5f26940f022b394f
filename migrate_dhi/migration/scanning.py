"""Plan every release of a repository, side by side: discovery once, charts unpacked once, results as they come."""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.git import moment
from migrate_dhi.git.repository import Repository
from migrate_dhi.migration.groups import Group, open_group
from migrate_dhi.migration.options import Options, quiet
from migrate_dhi.migration.planning import plan_chart
from migrate_dhi.migration.scan import ScanEntry, failed_entries, planned_entries
from migrate_dhi.migration.source import Opening
from migrate_dhi.migration.target import know_estate
from migrate_dhi.migration.workers import run, worker_count
from migrate_dhi.record import record
from migrate_dhi.release.estate import Estate
from migrate_dhi.scratch import folder as scratch_folder

Told = Callable[[Exception], MigrateDhiError]


@record
class Ground:
    """What all plans of a repository have in common; a worker takes it over as its parent has found it.

    ``commit`` is the full id of the base, empty before the first commit.
    """

    root: Path
    commit: str
    estate: Estate
    options: Options
    opening: Opening

    def begin(self) -> Repository:
        """Take over what was found; the repository."""
        moment.begin(refs=not self.opening.branch)
        repository = Repository(self.root)
        know_estate(repository, self.commit, self.opening, self.estate)
        return repository


@record
class Begin:
    """Makes, in a worker, what plans one group; ``detail`` asks for diffs, steps and findings too."""

    ground: Ground
    detail: bool = False

    def __call__(self) -> Callable[[Group], tuple[ScanEntry, ...]]:
        """What plans a group."""
        return partial(_scanned, self.ground, self.ground.begin(), self.detail)


def _scanned(ground: Ground, repository: Repository, detail: bool, group: Group) -> tuple[ScanEntry, ...]:
    began = time.monotonic()
    source = open_group(group, repository, ground.commit, ground.opening)
    plan = plan_chart(source, ground.options)
    labels = tuple(source.target.members)
    return planned_entries(group, plan, labels, time.monotonic() - began, detail=detail)


@contextmanager
def sharing(ground: Ground) -> Iterator[Ground]:
    """The ground with a folder where all workers share the charts that they unpack; it goes again."""
    with scratch_folder() as folder:
        options = replace(ground.options, scratch=Path(folder), progress=quiet)
        try:
            yield replace(ground, options=options, opening=replace(ground.opening, shelf=options.shelf))
        finally:
            # Where this process was the only worker.
            moment.end()


def entries_of(
    groups: Sequence[Group], ground: Ground, told: Told, *, detail: bool = False, workers: int = 0
) -> Generator[tuple[ScanEntry, ...], None, None]:
    """The entries of each group as they come; one that cannot be planned has its error in them."""
    begin = Begin(ground, detail)
    count = worker_count(len(groups), workers)
    with (
        sharing(ground) as shared,
        closing(run(replace(begin, ground=shared), groups, workers=count, told=told)) as outcomes,
    ):
        for outcome in outcomes:
            group = groups[outcome.number]
            if outcome.error:
                yield failed_entries(group, outcome.error, outcome.seconds)
            else:
                yield outcome.result
