"""The states of a repository that plans read, each listed once, and what a sparse checkout leaves out."""

from functools import lru_cache
from pathlib import Path

from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.git import moment
from migrate_dhi.git.repository import Repository
from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.helm.chart import join

CHART_FILE = "Chart.yaml"


@lru_cache(maxsize=4)
def tree_of(root: Path, commit: str, base: str) -> Snapshot:
    """The files of the base, listed once for all charts of a repository."""
    return Snapshot.of_commit(root, commit, label=base)


def worktree_of(root: Path) -> Snapshot:
    """The files on disk, listed once in a run."""
    return moment.remembered(("worktree", root), lambda: Snapshot.of_worktree(root))


def chart_folder(place: Path) -> Path:
    """The folder that a path means where it is a chart: its Chart.yaml and values.yaml stand for it."""
    own = place.name in {CHART_FILE, "values.yaml"} and (place.parent / CHART_FILE).is_file()
    return place.parent if own and place.is_file() else place


def left_out(place: Path) -> bool:
    """Whether a folder is not here because a sparse checkout leaves it out, and Git has a chart there."""
    if place.exists():
        return False
    try:
        repository = Repository.discover(nearest(place))
        path = repository.relative(place)
    except MigrateDhiError:
        return False
    return join(path, CHART_FILE) in worktree_of(repository.root)


def nearest(place: Path) -> Path:
    """The nearest folder of a path that is there."""
    return next(one for one in (place, *place.absolute().parents) if one.exists())
