"""Where the chart comes from: directory, repository, base revision, and the texts that will be edited.

In a repository the text of a file that is unchanged is the base blob's own bytes, and not the worktree's:
with ``core.autocrlf`` the two differ, and what is committed must differ from the blob by the edit alone.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from migrate_dhi.errors import InvalidChartError, NoChartError, PathNotFoundError, RepositoryError
from migrate_dhi.git.changes import Change
from migrate_dhi.git.repository import Repository
from migrate_dhi.helm.chart import Chart, join

CHART_FILE = "Chart.yaml"


@dataclass(frozen=True)
class Source:
    """A chart to plan for.

    ``repository`` is None outside Git: planning works there, writing does not. ``base`` is the revision as
    the user wrote it, ``commit`` its full id. ``changes`` are the files under the chart (and the
    ``--values`` files) that differ from it.
    """

    chart: Chart
    repository: Repository | None
    base: str
    commit: str
    changes: tuple[Change, ...]

    @property
    def dirty(self) -> tuple[Change, ...]:
        """The changes that forbid writing: tracked files, and untracked ones that would be edited."""
        edited = set(self.chart.texts)
        return tuple(c for c in self.changes if c.kind != "untracked" or c.path in edited)


def find_chart(start: Path) -> Path:
    """The chart at or above a directory; raises NoChartError."""
    for folder in (start, *start.parents):
        if (folder / CHART_FILE).is_file():
            return folder
    raise NoChartError(
        "there is no Chart.yaml here or in a folder above",
        where=str(start),
        help="name a chart: migrate-dhi CHART",
    )


def open_source(argument: Path, *, values: Sequence[Path] = (), base: str = "HEAD") -> Source:
    """Open the chart at a path (its directory, or its Chart.yaml).

    Raises PathNotFoundError, NoChartError, InvalidChartError, or UsageError for an unknown revision.
    """
    directory = _chart_directory(argument)
    repository, commit = _repository(directory, base)
    path = repository.relative(directory) if repository else "."
    names = {join(path, CHART_FILE): directory / CHART_FILE}
    values_file = directory / "values.yaml"
    if values_file.is_file():
        names[join(path, "values.yaml")] = values_file
    value_files = []
    for file in values:
        if not file.is_file():
            raise PathNotFoundError("there is no such values file", where=str(file), help="correct --values")
        name = _name(file, directory, repository)
        names[name] = file
        value_files.append(name)
    inside = [name for name in value_files if not name.startswith(("/", "../"))]
    changes = tuple(repository.changed(commit, [path, *inside])) if repository else ()
    texts = _texts(names, repository, commit, {change.path for change in changes})
    return Source(Chart.read(directory, path, texts, tuple(value_files)), repository, base, commit, changes)


def _chart_directory(argument: Path) -> Path:
    if not argument.exists():
        raise PathNotFoundError(
            "there is no such path", where=str(argument), help="name the directory of a chart"
        )
    directory = argument.parent if argument.is_file() and argument.name == CHART_FILE else argument
    if not directory.is_dir() or not (directory / CHART_FILE).is_file():
        raise NoChartError(
            "this is not a chart: there is no Chart.yaml in it",
            where=str(argument),
            help="name the directory that holds Chart.yaml",
        )
    return directory.resolve()


def _repository(directory: Path, base: str) -> tuple[Repository | None, str]:
    try:
        repository = Repository.discover(directory)
    except RepositoryError:
        if base != "HEAD":
            raise
        return None, ""
    try:
        return repository, repository.resolve(base)
    except RepositoryError:
        # No commit yet: there is nothing to write on, but the chart can be looked at.
        return None, ""


def _name(file: Path, directory: Path, repository: Repository | None) -> str:
    """The path of a values file in the repository; one outside it keeps its absolute path."""
    if repository is None:
        return Path(os.path.relpath(file.resolve(), directory)).as_posix()
    try:
        return repository.relative(file)
    except Exception:  # noqa: BLE001 - any refusal means: not a file of this repository
        return file.resolve().as_posix()


def _texts(
    names: Mapping[str, Path], repository: Repository | None, commit: str, changed: set[str]
) -> dict[str, str]:
    clean = [name for name in names if name not in changed and not name.startswith(("/", "../"))]
    blobs = repository.read_all(commit, clean) if repository else {}
    texts = {}
    for name, file in names.items():
        content = blobs.get(name)
        if content is None:
            content = file.read_bytes()
        try:
            texts[name] = content.decode("utf-8")
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            raise InvalidChartError(
                "the file is not UTF-8 text", where=f"{name}:{line}", help="save it as UTF-8"
            ) from error
    return texts
