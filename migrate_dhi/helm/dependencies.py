"""Dependencies that are not vendored: fetched into the scratch copy, never into the user's chart.

The engine renders a missing dependency as nothing, and of a wrong version it loses alias and values
without a word; so the state of each is asked first.
"""

import glob
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from migrate_dhi.errors import DependencyError
from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.helm.chart import Chart, Dependency, join
from migrate_dhi.helm.engine import build_dependencies, dependency_states, package, read_values, satisfies

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
    chart: Chart,
    missing: Sequence[tuple[Dependency, str]],
    scratch: Path,
    *,
    offline: bool,
    cache: Path | None,
) -> tuple[str, ...]:
    """Bring what :func:`unready` names into ``scratch/charts``, a real directory.

    A chart beside this one is taken in the state of the repository that is rendered. Else an archive in the
    user's own ``charts/`` that Git ignores is a source like the cache, where archives are kept and reused if
    repository, name and exact version agree.

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
        if d not in local and not _vendored(chart, d, charts) and not _cached(d, charts, cache)
    ]
    if not pending:
        return beside
    first = pending[0]
    help_text = f"run `helm dependency build {chart.path}`, or vendor the chart under charts/"
    if offline:
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
        _keep(dependency, charts, cache)
    return beside


def _build_alone(chart: Chart, dependency: Dependency, scratch: Path) -> None:
    """Fetch one dependency by way of a chart that declares nothing else, in the version of Chart.lock."""
    entry = {
        "name": dependency.name,
        "version": _locked(scratch).get(dependency.name) or dependency.version,
        "repository": dependency.repository,
    }
    with tempfile.TemporaryDirectory(prefix="migrate-dhi-") as folder:
        alone = Path(folder)
        metadata = {"apiVersion": "v2", "name": chart.name, "version": "0.0.0", "dependencies": [entry]}
        (alone / "Chart.yaml").write_text(json.dumps(metadata), encoding="utf-8")
        (alone / "charts").mkdir()
        build_dependencies(alone)
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
    with tempfile.TemporaryDirectory(prefix="migrate-dhi-") as scratch:
        laid = Path(scratch) / (source.name or dependency.name)
        chart.lay_out(folder, laid)
        package(laid, charts)
    return True


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
    wanted = _locked(charts.parent).get(dependency.name) or dependency.version
    for entry in sorted((chart.directory / "charts").glob(f"{glob.escape(dependency.name)}*")):
        version = _version_of(entry, dependency.name)
        if not version or not (version == wanted.removeprefix("v") or satisfies(wanted, version)):
            continue
        if entry.is_dir():
            shutil.copytree(entry, charts / entry.name, dirs_exist_ok=True)
        else:
            shutil.copyfile(entry, charts / entry.name)
        return True
    return False


def _version_of(entry: Path, name: str) -> str:
    """The version of what lies under ``charts/``, by its file name or its Chart.yaml; empty if it is another chart."""
    if entry.name.endswith(".tgz"):
        return entry.name.removeprefix(f"{name}-").removesuffix(".tgz").removeprefix("v")
    file = entry / "Chart.yaml"
    if not file.is_file():
        return ""
    metadata = read_values(file.read_text(encoding="utf-8"), where=str(file))
    return str(metadata.get("version") or "").removeprefix("v") if metadata.get("name") == name else ""


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
