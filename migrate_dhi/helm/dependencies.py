"""Dependencies that are not vendored: fetched into the scratch copy, never into the user's chart.

The engine renders a missing dependency as nothing, and of a wrong version it loses alias and values
without a word; so the state of each is asked first.
"""

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from migrate_dhi.errors import DependencyError
from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.helm.chart import Chart, Dependency, join
from migrate_dhi.helm.engine import build_dependencies, dependency_states, package, read_values
from migrate_dhi.helm.shelf import Shelf, fits, unpack
from migrate_dhi.helm.shelf import missing as missing_chart

READY = ("ok", "unpacked")


def unready(chart: Chart, directory: Path) -> list[tuple[Dependency, str]]:
    """The declared dependencies that ``charts/`` of a directory does not hold in that version, with their state."""
    if not chart.dependencies:
        return []
    states = dependency_states(directory)
    return [
        (dependency, state.get("status", "missing"))
        for dependency, state in zip(chart.dependencies, states, strict=True)
        if state.get("status") not in READY
    ]


def fetch(
    chart: Chart, missing: Sequence[tuple[Dependency, str]], scratch: Path, shelf: Shelf
) -> tuple[str, ...]:
    """Bring what :func:`unready` names into ``scratch/charts``, a real directory.

    A chart beside this one is taken in the state of the repository that is rendered. Else an archive in the
    user's own ``charts/`` that Git ignores is a source, then the shelf: its folders, then its cache, where archives
    are kept and reused if repository, name and exact version agree.

    Returns the repository folders of the charts beside this one that were taken.

    Raises DependencyError naming the dependency, its state, and what to do.
    """
    wrong = [(d, s) for d, s in missing if s != "missing"]
    if wrong:
        dependency, state = wrong[0]
        raise DependencyError(
            f"dependency {dependency.key} {dependency.version}: what charts/ holds is of state '{state}'",
            where=chart.chart_file,
            help="run `helm dependency update` in the chart, so that charts/ and Chart.yaml agree",
        )
    charts = scratch / "charts"
    charts.mkdir(exist_ok=True)
    local = [d for d, _ in missing if _local(chart, d, charts)]
    beside = tuple(dict.fromkeys(folder for d in local if (folder := chart.beside(d))))
    pending = [
        d
        for d, _ in missing
        if d not in local
        and not _vendored(chart, d, charts)
        and not _shelved(d, charts, shelf)
        and not _cached(d, charts, shelf.cache)
    ]
    if not pending:
        return beside
    first = pending[0]
    help_text = f"run `helm dependency build {chart.path}`, or vendor the chart under charts/"
    if shelf.offline:
        raise DependencyError(
            f"dependency {first.key} {first.version} is not in charts/, and --offline forbids fetching it",
            where=chart.chart_file,
            help=help_text,
        )
    if not first.repository:
        raise DependencyError(
            f"dependency {first.key} {first.version} is not in charts/ and names no repository",
            where=chart.chart_file,
            help=help_text,
        )
    # All at once honours Chart.lock as Helm does; some alone must not ask the others' repositories.
    whole = len(pending) == len(chart.dependencies)
    for group in [pending] if whole else [[dependency] for dependency in pending]:
        try:
            if whole:
                build_dependencies(scratch)
            else:
                _build_alone(chart, group[0], scratch)
        except DependencyError as error:
            # The engine hides why the download failed behind the file that is missing for it.
            hidden = "helm-c-deps" in error.message and "no such file" in error.message
            reason = "the repository's index cannot be downloaded" if hidden else error.message
            named = ", ".join(f"{d.key} {d.version} from {d.repository}" for d in group)
            raise DependencyError(
                f"cannot fetch {'dependency' if len(group) == 1 else 'all of the dependencies'} {named}: {reason}",
                where=chart.chart_file,
                help=help_text,
            ) from error
    for dependency in pending:
        _keep(dependency, charts, shelf.cache)
    return beside


def take(wanted: Dependency, shelf: Shelf, scratch: Path, *, where: str) -> Path:
    """The directory of a chart, unpacked below ``scratch`` where it is an archive.

    Args:
        wanted: name, version (or range) and repository.
        shelf: where to look.
        scratch: a folder of ours.
        where: the file that asks for the chart, for the error.

    Raises DependencyError: it is not at hand and cannot be fetched; the error says what would bring it.
    """
    found = shelf.find(wanted.name, wanted.version)
    if found is None:
        found = _fetch_one(wanted, shelf, scratch, where=where)
    return found if found.is_dir() else unpack(found, scratch / "chart")


def _fetch_one(wanted: Dependency, shelf: Shelf, scratch: Path, *, where: str) -> Path:
    """The archive of a chart, fetched into a folder below ``scratch``; raises DependencyError."""
    if shelf.offline and not (shelf.cache and _exact(wanted) and _cache_file(wanted, shelf.cache).is_file()):
        raise missing_chart(wanted, shelf, where, "is not at hand, and --offline forbids fetching it")
    if not wanted.repository.startswith(("http://", "https://", "oci://")):
        raise missing_chart(wanted, shelf, where, "cannot be fetched from here")
    folder = scratch / "fetched"
    (folder / "charts").mkdir(parents=True)
    if not _cached(wanted, folder / "charts", shelf.cache):
        try:
            _build(folder, "fetched", wanted)
        except DependencyError as error:
            hidden = "helm-c-deps" in error.message and "no such file" in error.message
            reason = "its source cannot be reached" if hidden else error.message
            raise missing_chart(wanted, shelf, where, f"cannot be fetched: {reason}") from error
        _keep(wanted, folder / "charts", shelf.cache)
    archives = sorted((folder / "charts").glob("*.tgz"))
    if not archives:
        raise missing_chart(wanted, shelf, where, "was not found at its source")
    return archives[0]


def _build(folder: Path, name: str, wanted: Dependency) -> None:
    entry = {"name": wanted.name, "version": wanted.version or "*", "repository": wanted.repository}
    metadata = {"apiVersion": "v2", "name": name, "version": "0.0.0", "dependencies": [entry]}
    (folder / "Chart.yaml").write_text(json.dumps(metadata), encoding="utf-8")
    build_dependencies(folder)


def _build_alone(chart: Chart, dependency: Dependency, scratch: Path) -> None:
    """Fetch one dependency by way of a chart that declares nothing else, in the version of Chart.lock."""
    exact = replace(dependency, version=_locked(scratch).get(dependency.name) or dependency.version)
    with tempfile.TemporaryDirectory(prefix="migrate-dhi-", ignore_cleanup_errors=True) as folder:
        alone = Path(folder)
        (alone / "charts").mkdir()
        _build(alone, chart.name, exact)
        for archive in (alone / "charts").iterdir():
            shutil.copyfile(archive, scratch / "charts" / archive.name)


def _local(chart: Chart, dependency: Dependency, charts: Path) -> bool:
    """Pack a ``file://`` dependency; its relative path is meant from the chart, not from the scratch copy."""
    if not dependency.repository.startswith("file://"):
        return False
    source = (chart.directory / dependency.repository.removeprefix("file://")).resolve()
    folder = chart.beside(dependency)
    if chart.files is None or _in_submodule(chart.files, folder):
        if not (source / "Chart.yaml").is_file():
            raise _nowhere(chart, dependency, "correct the path in Chart.yaml")
        _check_version(chart, dependency, source)
        package(source, charts)
        return True
    if folder is None or join(folder, "Chart.yaml") not in chart.files:
        if folder is None:
            help_text = "it lies outside the repository: move it in, or vendor it under charts/"
        elif source.is_dir():
            help_text = f"the folder is not in {chart.files.label}: commit it"
        else:
            help_text = "correct the path in Chart.yaml"
        raise _nowhere(chart, dependency, help_text)
    with tempfile.TemporaryDirectory(prefix="migrate-dhi-", ignore_cleanup_errors=True) as scratch:
        laid = Path(scratch) / (source.name or dependency.name)
        chart.lay_out(folder, laid)
        _check_version(chart, dependency, laid)
        package(laid, charts)
    return True


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
    version = _locked(charts.parent).get(dependency.name) or dependency.version
    found = Shelf((chart.directory / "charts",)).find(dependency.name, version)
    if found and found.is_dir():
        shutil.copytree(found, charts / found.name, dirs_exist_ok=True)
    elif found:
        shutil.copyfile(found, charts / found.name)
    return found is not None


def _shelved(dependency: Dependency, charts: Path, shelf: Shelf) -> bool:
    """Take a dependency from the folders that the user names, as if it were fetched."""
    version = _locked(charts.parent).get(dependency.name) or dependency.version
    found = shelf.find(dependency.name, version)
    if found and found.is_dir():
        package(found, charts)
    elif found:
        shutil.copyfile(found, charts / found.name)
    return found is not None


def _locked(directory: Path) -> Mapping[str, str]:
    """The versions that Chart.lock in a directory names, by dependency; none where there is no such file."""
    lock = directory / "Chart.lock"
    entries = read_values(lock.read_text(encoding="utf-8")).get("dependencies") if lock.is_file() else []
    return {str(entry.get("name")): str(entry.get("version") or "") for entry in entries or []}


def _archive_name(dependency: Dependency) -> str:
    return f"{dependency.name}-{dependency.version.removeprefix('v')}.tgz"


def _cache_file(dependency: Dependency, cache: Path) -> Path:
    import hashlib  # noqa: PLC0415 - 3 ms, only where something is fetched

    origin = hashlib.sha256(f"{dependency.repository}\n{dependency.name}".encode()).hexdigest()[:16]
    return cache / origin / _archive_name(dependency)


def _exact(dependency: Dependency) -> bool:
    """Only an exact version names the same archive tomorrow; a range may not."""
    return dependency.version.removeprefix("v")[:1].isdigit() and not set(dependency.version) & set(
        "<>=^~*|, xX"
    )


def _cached(dependency: Dependency, charts: Path, cache: Path | None) -> bool:
    if cache is None or not _exact(dependency):
        return False
    kept = _cache_file(dependency, cache)
    if not kept.is_file():
        return False
    shutil.copyfile(kept, charts / _archive_name(dependency))
    return True


def _keep(dependency: Dependency, charts: Path, cache: Path | None) -> None:
    fetched = charts / _archive_name(dependency)
    if cache is None or not _exact(dependency) or not fetched.is_file():
        return
    target = _cache_file(dependency, cache)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(".partial")
        shutil.copyfile(fetched, partial)
        partial.replace(target)
    except OSError:
        # A cache that cannot be written costs time, never the plan.
        return
