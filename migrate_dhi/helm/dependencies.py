"""Dependencies that are not vendored: brought into the scratch copy, never into the user's chart.

The engine renders a missing dependency as nothing, and of a wrong version it loses alias and values
without a word; so the state of each is asked first.
"""

import json
import shlex
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from migrate_dhi.errors import DependencyError, InvalidChartError
from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.helm.brought import LeftOut, from_sources, left_out, refusal
from migrate_dhi.helm.chart import Chart, Dependency, join
from migrate_dhi.helm.engine import package, read_values
from migrate_dhi.helm.lock import locked
from migrate_dhi.helm.schemas import own_folder
from migrate_dhi.helm.shelf import Shelf, fits, packed_name, pin, unpack
from migrate_dhi.helm.states import check_states, unready
from migrate_dhi.helm.store import Kept
from migrate_dhi.record import record
from migrate_dhi.scratch import folder as scratch_folder


@record
class Brought:
    """What was brought for a chart.

    ``beside`` are the repository folders of charts beside it that were taken, ``pinned`` what ranges without a
    Chart.lock were taken for, each a sentence, ``stand_ins`` what was taken for charts that cannot be had, the same;
    ``left_out`` is what cannot be had and is switched off.
    """

    beside: tuple[str, ...] = ()
    pinned: tuple[str, ...] = ()
    stand_ins: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def from_elsewhere(chart: Chart, directory: Path, within: tuple[str, ...] = ()) -> list[Dependency]:
    """The dependencies that have to be fetched for a chart in a directory, in the versions of its Chart.lock.

    Those of charts beside it come along; ``within`` are the folders of charts that ask for this one.

    Raises DependencyError where what is vendored, or the Chart.lock, belongs to other dependencies.
    """
    chart = chart.as_declared(directory)
    missing = unready(chart, directory)
    check_states(chart, missing)
    versions = locked(chart, directory) if missing else {}
    local = [d for d, _ in missing if d.repository.startswith("file://")]
    found = [versions[d] for d, _ in missing if d not in local]
    for dependency in local:
        folder = chart.beside(dependency)
        if (
            folder
            and folder not in (chart.path, *within)
            and join(folder, "Chart.yaml") in (chart.files or ())
        ):
            with scratch_folder() as scratch:
                laid = Path(scratch) / dependency.name
                chart.lay_out(folder, laid)
                found += _of_beside(chart, folder, laid, within)
    return list(dict.fromkeys(found))


def _of_beside(chart: Chart, folder: str, laid: Path, within: tuple[str, ...]) -> list[Dependency]:
    """What a chart beside depends on itself, as far as that can be told: Helm packs it without a look at that."""
    try:
        return from_elsewhere(_other(chart, folder, laid), laid, (*within, chart.path))
    except (DependencyError, InvalidChartError):
        return []


def fetch(
    chart: Chart,
    missing: Sequence[tuple[Dependency, str]],
    scratch: Path,
    shelf: Shelf,
    within: tuple[str, ...] = (),
) -> Brought:
    """Bring what :func:`unready` names into ``scratch/charts``, a real directory.

    A chart beside this one is taken in the state of the repository that is rendered. Else an archive in the
    user's own ``charts/`` that Git ignores is a source, then the shelf: its folders, then its cache, then, in the
    version of Chart.lock, where the chart says it is from; and where that cannot be had, a chart of the repository
    that has its name and version.

    ``within`` are the folders of charts for which this one is brought itself.

    Raises DependencyError naming the dependencies, their state, and what to do.
    """
    check_states(chart, missing)
    charts = own_folder(scratch / "charts")
    charts.mkdir(exist_ok=True)
    versions = locked(chart, scratch)
    within = (*within, chart.path)
    local = {d: got for d, _ in missing if (got := _local(chart, d, charts, shelf, within))}
    shelved: list[Brought] = []
    pending = {
        d: versions[d]
        for d, _ in missing
        if d not in local
        and not _vendored(chart, versions[d], charts)
        and not _shelved(versions[d], charts, shelf, within, shelved)
    }
    same = _SameNamed(chart, charts, shelf, within)
    found, absent = from_sources(chart, pending, same.take, _bringer(shelf)) if pending else ({}, {})
    for dependency, kept in found.items():
        shutil.copyfile(kept.archive, charts / f"{dependency.name}-{kept.version}.tgz")
    off = [left_out(pending[d], error, charts) for d, error in absent.items()]
    if not all(off):
        raise refusal(chart, {pending[d]: error for d, error in absent.items()})
    asked = {d for d, _ in missing}
    for dependency, state in (one for one in unready(chart, scratch) if one[0] in asked):
        # The engine would render it as nothing.
        raise DependencyError(
            f"dependency {dependency.key} {dependency.version}: what was taken for it is another chart ({state})",
            where=chart.chart_file,
            help=f"look at what {dependency.repository or 'charts/'} has under this name and version",
        )
    pinned = [pin(f"the dependency {d.key}", pending[d], kept) for d, kept in found.items()]
    named = (*(one for one in pinned if one), *same.pinned)
    lost = (*filter(None, off), *same.left_out)
    return _together(*local.values(), *shelved, Brought(tuple(same.folders), named, tuple(same.told), lost))


def _bringer(shelf: Shelf) -> Callable[[Dependency], Kept | None]:
    from migrate_dhi.helm.sources import bring  # noqa: PLC0415 - only where a chart is fetched

    return lambda dependency: bring(dependency, shelf.store, offline=shelf.offline)


def _together(*brought: Brought) -> Brought:
    """All that was brought, each once."""
    return Brought(
        tuple(dict.fromkeys(folder for one in brought for folder in one.beside)),
        tuple(dict.fromkeys(said for one in brought for said in one.pinned)),
        tuple(dict.fromkeys(said for one in brought for said in one.stand_ins)),
        tuple(dict.fromkeys(lost for one in brought for lost in one.left_out)),
    )


class _SameNamed:
    """Charts of the repository that are taken for what its dependencies name elsewhere.

    A repository of charts asks for its own by the address where it publishes them. ``folders`` are those that were
    taken, ``told`` says so.
    """

    def __init__(self, chart: Chart, charts: Path, shelf: Shelf, within: tuple[str, ...]) -> None:
        self._chart, self._charts, self._shelf, self._within = chart, charts, shelf, within
        self.folders: list[str] = []
        self.pinned: list[str] = []
        self.told: list[str] = []
        self.left_out: list[LeftOut] = []

    def take(self, wanted: Dependency) -> bool:
        """Pack the chart of this name and version, with what it depends on itself; False where there is none."""
        for folder in self._named(wanted.name):
            with scratch_folder() as scratch:
                brought = self._packed(folder, wanted, Path(scratch) / wanted.name)
            if brought:
                said = (
                    f"{wanted.name} {wanted.version} from {wanted.repository or 'nowhere named'} is not at hand, and "
                    f"{folder} of this repository, which has that name and version, was taken for it"
                )
                self.folders += [folder, *brought.beside]
                self.told += [said, *brought.stand_ins]
                self.pinned += brought.pinned
                self.left_out += brought.left_out
                return True
        return False

    def _packed(self, folder: str, wanted: Dependency, laid: Path) -> Brought | None:
        self._chart.lay_out(folder, laid)
        file = join(folder, "Chart.yaml")
        try:
            other = Chart.read(laid, folder, {file: (laid / "Chart.yaml").read_text(encoding="utf-8")})
            # A range may mean a chart of the same name from elsewhere: only the very version is evidence.
            if (other.name, other.version.removeprefix("v")) != (
                wanted.name,
                wanted.version.removeprefix("v"),
            ):
                return None
            other = replace(other.as_declared(laid), files=self._chart.files)
            missing = unready(other, laid)
            brought = fetch(other, missing, laid, self._shelf, self._within) if missing else Brought()
            package(laid, self._charts)
        except (DependencyError, InvalidChartError, OSError):
            return None
        return brought

    def _named(self, name: str) -> list[str]:
        """The folders of the repository that are called as a chart, without those that are a part of another one."""
        paths = frozenset(self._chart.files.paths if self._chart.files is not None else ())
        own = tuple(join(folder, "") for folder in self._within)
        found = (path for path in sorted(paths) if f"/{path}".endswith(f"/{name}/Chart.yaml"))
        return [
            path.removesuffix("/Chart.yaml")
            for path in found
            if not path.startswith(own)
            and not any(f"{above}Chart.yaml" in paths for above in _owners(path.removesuffix("/Chart.yaml")))
        ]


def _owners(folder: str) -> Iterator[str]:
    """What stands before each ``charts/`` of a path: the charts that this one is a part of, where they are any."""
    parts = folder.split("/")
    yield from (join("/".join(parts[:at]), "") for at, part in enumerate(parts) if part == "charts")


def _local(
    chart: Chart, dependency: Dependency, charts: Path, shelf: Shelf, within: tuple[str, ...]
) -> Brought | None:
    """Pack a ``file://`` dependency; its relative path is meant from the chart, not from the scratch copy."""
    if not dependency.repository.startswith("file://"):
        return None
    source = (chart.directory / dependency.repository.removeprefix("file://")).resolve()
    folder = chart.beside(dependency)
    if chart.files is None or _in_submodule(chart.files, folder):
        if not (source / "Chart.yaml").is_file():
            raise _nowhere(chart, dependency, "correct the path in Chart.yaml")
        _check_version(chart, dependency, source)
        other = replace(_other(chart, str(source), source), files=None)
        if not unready(other, source):
            package(source, charts)
            return Brought()
        with scratch_folder() as scratch:
            laid = shutil.copytree(source, Path(scratch) / source.name, ignore=shutil.ignore_patterns(".git"))
            return _pack(other, laid, charts, shelf, within)
    if folder is None or join(folder, "Chart.yaml") not in chart.files:
        if folder is None:
            help_text = "it lies outside the repository: move it in, or vendor it under charts/"
        elif source.is_dir():
            help_text = f"the folder is not in {chart.files.label}: commit it"
        else:
            help_text = "correct the path in Chart.yaml"
        raise _nowhere(chart, dependency, help_text)
    with scratch_folder() as scratch:
        laid = Path(scratch) / (source.name or dependency.name)
        chart.lay_out(folder, laid)
        _check_version(chart, dependency, laid)
        other = replace(_other(chart, folder, laid), directory=source)
        brought = _pack(other, laid, charts, shelf, within)
    return _together(Brought((folder,)), brought)


def _other(chart: Chart, folder: str, laid: Path) -> Chart:
    """A chart of the same repository that is laid out in a directory."""
    text = (laid / "Chart.yaml").read_text(encoding="utf-8")
    other = Chart.read(laid, folder, {join(folder, "Chart.yaml"): text}).as_declared(laid)
    return replace(other, files=chart.files)


def _pack(chart: Chart, laid: Path, charts: Path, shelf: Shelf, within: tuple[str, ...]) -> Brought:
    """Pack a chart beside, with what it depends on itself where that can be had, and else without.

    Helm, asked to build the dependencies of a chart, packs those beside as they lie, and brings nothing for them
    (helm/pkg: downloader, tarFromLocalDir); who publishes such charts builds those of each first.
    """
    brought = []
    for one in unready(chart, laid) if chart.path not in within else ():
        with suppress(DependencyError, InvalidChartError):
            brought.append(fetch(chart, [one], laid, shelf, within))
    if not unready(chart, laid):
        package(laid, charts)
        return _together(*brought)
    # The engine packs nothing that lacks a dependency, so it is packed as if it had none, for ``.helmignore``.
    (laid / "requirements.yaml").unlink(missing_ok=True)
    (laid / "Chart.yaml").unlink()
    (laid / "Chart.yaml").write_text(json.dumps({**chart.metadata, "dependencies": []}), encoding="utf-8")
    with scratch_folder() as scratch:
        packed = unpack(package(laid, Path(scratch)), Path(scratch) / "chart")
        (packed / "Chart.yaml").write_text(json.dumps(chart.metadata), encoding="utf-8")
        shutil.move(packed, charts / packed.name)
    return _together(*brought)


def _check_version(chart: Chart, dependency: Dependency, folder: Path) -> None:
    """Raise DependencyError where a chart beside is not of the version that is asked for: Helm takes no other."""
    metadata = read_values((folder / "Chart.yaml").read_text(encoding="utf-8"), where=str(folder))
    version = str(metadata.get("version") or "")
    if not fits(dependency.version, version):
        raise DependencyError(
            f"dependency {dependency.key} wants the version {dependency.version}, and the chart at "
            f"{dependency.repository} is {version}",
            where=chart.chart_file,
            help="correct the version in Chart.yaml",
        )


def _nowhere(chart: Chart, dependency: Dependency, help_text: str) -> DependencyError:
    return DependencyError(
        f"dependency {dependency.key}: there is no chart at {dependency.repository}",
        where=chart.chart_file,
        help=help_text,
    )


def _in_submodule(files: Snapshot, folder: str | None) -> bool:
    """Whether a folder is in a repository of its own, whose files are on disk alone."""
    return any(f"{folder}/".startswith(f"{module}/") for module in files.submodules())


def _vendored(chart: Chart, dependency: Dependency, charts: Path) -> bool:
    """Take an archive or a folder of this version from the user's own ``charts/``, where Git ignores it."""
    if chart.files is None:
        return False
    found = Shelf((chart.directory / "charts",)).find(dependency.name, dependency.version)
    if found and found.is_dir():
        shutil.copytree(found, charts / found.name, dirs_exist_ok=True)
    elif found:
        shutil.copyfile(found, charts / packed_name(found))
    return found is not None


def _shelved(
    wanted: Dependency, charts: Path, shelf: Shelf, within: tuple[str, ...], told: list[Brought]
) -> bool:
    """Take a dependency from the folders that the user names, as if it were fetched.

    A folder stands for what is published of it, which holds what it depends on itself.
    """
    found = shelf.find(wanted.name, wanted.version)
    if found and found.is_dir():
        file = found / "Chart.yaml"
        other = Chart.read(found, str(found), {str(file): file.read_text(encoding="utf-8")}).as_declared(
            found
        )
        missing = unready(other, found)
        if not missing:
            package(found, charts)
        elif other.path in within:
            raise DependencyError(
                "the chart depends on itself", where=str(file), help="mend what it depends on"
            )
        else:
            with scratch_folder() as scratch:
                laid = Path(scratch) / other.name
                shutil.copytree(found, laid)
                told.append(_of_a_source(other, missing, laid, shelf, within))
                package(laid, charts)
    elif found:
        shutil.copyfile(found, charts / packed_name(found))
    return found is not None


def _of_a_source(
    chart: Chart, missing: Sequence[tuple[Dependency, str]], laid: Path, shelf: Shelf, within: tuple[str, ...]
) -> Brought:
    """Bring what a chart in one of the user's folders depends on itself."""
    try:
        return fetch(chart, missing, laid, shelf, within)
    except DependencyError as error:
        raise DependencyError(
            f"of {chart.name} {chart.version}, what it depends on itself cannot be had: {error.message}",
            where=chart.chart_file,
            help=f"run `helm dependency build {shlex.quote(chart.path)}`, or name a folder that has it with "
            "--chart-dir",
        ) from error
