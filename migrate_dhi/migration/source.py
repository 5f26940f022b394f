"""Where the chart comes from: directory, repository, base revision, and the texts that will be edited.

In a repository the text of a file that is unchanged is the base blob's own bytes, and not the worktree's:
with ``core.autocrlf`` the two differ, and what is committed must differ from the blob by the edit alone.
"""

import os
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

from migrate_dhi.errors import InvalidChartError, NoChartError, PathNotFoundError, RepositoryError, UsageError
from migrate_dhi.git.changes import FileChange
from migrate_dhi.git.repository import Repository
from migrate_dhi.helm.chart import Chart, join
from migrate_dhi.record import record
from migrate_dhi.release.deployed import Deployed
from migrate_dhi.release.layer import Layer

CHART_FILE = "Chart.yaml"
# A hint must not cost a walk through a whole disk.
_MOST_FOLDERS = 500


@record
class Source:
    """A chart to plan for.

    ``repository`` is None outside Git: planning works there, writing does not. ``base`` is the revision as
    the user wrote it, ``commit`` its full id. ``changes`` are the files under the chart (and the
    ``--values`` files) that differ from it. ``obstacle`` is why there is no repository to write in.
    """

    deployed: Deployed
    repository: Repository | None
    base: str
    commit: str
    changes: tuple[FileChange, ...]
    obstacle: RepositoryError | None = None

    @property
    def chart(self) -> Chart:
        """The chart, with the texts that may be edited."""
        return self.deployed.chart

    @property
    def dirty(self) -> tuple[FileChange, ...]:
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
        help=f"name a chart: migrate-dhi {_chart_below(start) or 'CHART'}",
    )


def open_source(argument: Path, *, values: Sequence[Path] = (), base: str = "HEAD") -> Source:
    """Open the chart at a path (its directory, or its Chart.yaml).

    Raises PathNotFoundError, NoChartError, InvalidChartError, or UsageError for an unknown revision.
    """
    directory = _chart_directory(argument)
    repository, commit, obstacle = _repository(directory, base)
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
    layers = tuple(Layer("file", name) for name in value_files)
    return Source(
        Deployed(Chart.read(directory, path, texts), layers), repository, base, commit, changes, obstacle
    )


def _chart_directory(argument: Path) -> Path:
    if not argument.exists():
        raise PathNotFoundError(
            "there is no such path", where=str(argument), help="name the directory of a chart"
        )
    directory = argument.parent if argument.is_file() and argument.name == CHART_FILE else argument
    if not directory.is_dir() or not (directory / CHART_FILE).is_file():
        below = _chart_below(argument) or (
            str(argument.parent) if (argument.parent / CHART_FILE).is_file() else ""
        )
        raise NoChartError(
            "this is not a chart: there is no Chart.yaml in it",
            where=str(argument),
            help="name the directory that holds Chart.yaml" + (f", as {below}" if below else ""),
        )
    found = directory.resolve()
    try:
        os.fspath(found).encode()
    except UnicodeEncodeError as error:
        raise UsageError(
            "the path is not UTF-8 text, which Helm and Git both want", where=str(found), help="rename it"
        ) from error
    return found


def _chart_below(folder: Path) -> str:
    """The path of a chart below a directory, as one would name it; empty where none is near."""
    for place, names, files in islice(os.walk(folder), _MOST_FOLDERS):
        names[:] = sorted(name for name in names if not name.startswith("."))
        if CHART_FILE in files:
            return Path(os.path.relpath(place)).as_posix()
    return ""


def _repository(directory: Path, base: str) -> tuple[Repository | None, str, RepositoryError | None]:
    try:
        repository = Repository.discover(directory)
        return repository, repository.resolve(base), None
    except RepositoryError as error:
        if base != "HEAD":
            raise
        # Outside Git, or before the first commit, there is nothing to write on; the chart can be looked at.
        return None, "", error


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
