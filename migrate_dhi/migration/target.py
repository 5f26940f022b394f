"""What is to be migrated: an argument of the command line, as the release or the chart that it means."""

import hashlib
import json
import posixpath
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from migrate_dhi.errors import (
    DependencyError,
    InvalidChartError,
    NoReleaseError,
    PathNotFoundError,
    UsageError,
)
from migrate_dhi.git.repository import Repository
from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.helm.chart import Chart, Dependency, GitChart, join, merge
from migrate_dhi.helm.elsewhere import take
from migrate_dhi.helm.engine import read_values
from migrate_dhi.helm.shelf import Shelf, exact
from migrate_dhi.helm.versioned import Versioned
from migrate_dhi.migration.joined import are_alike, named, plans_of
from migrate_dhi.migration.source import Opening, Source, open_files, open_source, repository_of
from migrate_dhi.migration.states import CHART_FILE, chart_folder, left_out
from migrate_dhi.quoting import shell_word
from migrate_dhi.release.addresses import Addresses
from migrate_dhi.release.deployed import Deployed
from migrate_dhi.release.estate import Estate
from migrate_dhi.release.layer import Layer
from migrate_dhi.release.release import Origin, Release
from migrate_dhi.release.target import Target
from migrate_dhi.scratch import kept


def open_targets(argument: str, opening: Opening) -> list[Source]:
    """The releases that an argument means, each opened to be planned.

    A chart directory means all releases that deploy it, together, or itself where nothing does; a file the releases
    that it holds; ``FILE#NAME`` and ``NAMESPACE/NAME`` the one release. A path wins over a name.

    Raises PathNotFoundError, NoReleaseError (with what is there), or what opening a chart raises.
    """
    path = Path(argument)
    file, mark, name = argument.rpartition("#")
    if (path.exists() and _is_chart(path)) or left_out(path):
        return [open_chart(path, opening)]
    if path.is_file() or (mark and Path(file).is_file()):
        place = path if path.is_file() else Path(file)
        return _of_file(place, "" if path.is_file() else name, opening)
    if path.exists():
        return [open_source(path, values=opening.values, base=opening.base, branch=opening.branch)]
    repository, commit = repository_of(Path.cwd(), opening.base)
    if repository is None or argument.count("/") > 1:
        raise PathNotFoundError(
            "there is no such path", where=argument, help="name a chart directory, a file, or NAMESPACE/NAME"
        )
    estate = estate_of(repository, commit, opening)
    found = [one for one in estate.releases if one.id == argument]
    if not found:
        raise PathNotFoundError(
            "there is no such path or release", where=argument, help=_near(argument, estate.releases)
        )
    return [open_together(_only(found, argument), repository, commit, estate, opening)]


def estate_of(repository: Repository, commit: str, opening: Opening) -> Estate:
    """Everything that the repository deploys: as the base has it for a branch, else as the worktree does."""
    key = _key(repository, commit, opening)
    if key not in _estates:
        files = Snapshot.of_commit(key[0], key[1]) if key[1] else Snapshot.of_worktree(key[0])
        estate = Estate.of(files, Addresses.of_clone(key[0], key[2]), key[3])
        know_estate(repository, commit, opening, estate)
    return _estates[key]


def know_estate(repository: Repository, commit: str, opening: Opening, estate: Estate) -> None:
    """Take what another process has found: looking once is enough for all."""
    while len(_estates) >= _KEPT:
        del _estates[next(iter(_estates))]
    _estates[_key(repository, commit, opening)] = estate


_Key = tuple[Path, str, tuple[str, ...], tuple[Path, ...]]
_estates: dict[_Key, Estate] = {}
_KEPT = 2


def _key(repository: Repository, commit: str, opening: Opening) -> _Key:
    return repository.root, commit if opening.branch else "", opening.repo_urls, opening.shelf.folders


def _is_chart(path: Path) -> bool:
    return path.name == CHART_FILE or (chart_folder(path) / CHART_FILE).is_file()


def open_chart(path: Path, opening: Opening) -> Source:
    """A chart directory: as everything that deploys it says, in one plan."""
    source = open_source(path, values=opening.values, base=opening.base, branch=opening.branch)
    if source.repository is None:
        return source
    estate = estate_of(source.repository, source.commit, opening)
    found = [one for one in estate.of_chart(source.chart.path) if one.way != "chart"]
    source = replace(source, estate=estate, opening=opening)
    if opening.values or opening.alone:
        # A release of the user's own: all that are deployed are beside it.
        return source
    return _deployed(source, _deployed_from_here(found), opening) if found else source


def _of_file(file: Path, name: str, opening: Opening) -> list[Source]:
    repository, commit = repository_of(file.parent, opening.base)
    if repository is None:
        raise UsageError(
            "a release is planned in a Git repository only", where=str(file), help="name a chart directory"
        )
    estate = estate_of(repository, commit, opening)
    inside = estate.real(repository.relative(file))
    here = [one for one in estate.releases if one.file == inside]
    if not here:
        # An overlay of one build is a name for that build; what several releases share, for all of them.
        here = [one for one in estate.releases if inside in one.files and one.way != "chart"]
        if not name and are_alike(here):
            return [replace(open_together(here, repository, commit, estate, opening), named=inside)]
    found = named(here, name) if name else here
    if not found and not name:
        # The error says which chart is near.
        return [open_source(file, base=opening.base, branch=opening.branch)]
    if not found:
        where = f"{inside}#{name}"
        raise NoReleaseError(
            "there is no such release", where=where, help=_near(name, here or estate.releases)
        )
    return [
        open_together(builds, repository, commit, estate, opening)
        for builds in plans_of(_deployed_from_here(found))
    ]


def _deployed_from_here(found: Sequence[Release]) -> Sequence[Release]:
    """Without those that another revision deploys: no plan of this one reaches them; all where no other is left."""
    return [one for one in found if not one.revision] or found


def _only(found: Sequence[Release], argument: str) -> Sequence[Release]:
    """The builds of the one object that is meant; raises UsageError with what tells several apart."""
    groups = plans_of(_deployed_from_here(found))
    if len(groups) > 1:
        names = ", ".join(f"{one.file}#{one.object or one.name}" for one, *_ in groups)
        raise UsageError(f"{argument} is deployed more than once", help=f"name one of {names}")
    return groups[0]


def _near(argument: str, there: Iterable[Release]) -> str:
    """The help that names what is like an argument."""
    import difflib  # noqa: PLC0415 - only for this message

    known = list(there)
    paths = [one.origin.path for one in known if one.origin.kind == "directory"]
    names = list(dict.fromkeys([*(one.id for one in known), *paths]))
    called = list(dict.fromkeys(one.id for one in known if one.name == argument))
    alike = called[:4] or difflib.get_close_matches(argument, names, n=4, cutoff=0.4)
    near = alike or names[:4]
    if not near:
        return "see what there is with `migrate-dhi releases`"
    return f"{'near it' if alike else 'there are'}: {', '.join(near)}"


def open_together(
    builds: Sequence[Release], repository: Repository, commit: str, estate: Estate, opening: Opening
) -> Source:
    """The builds of one object, opened to be planned together; raises as :func:`open_targets`."""
    source = open_release(builds[0], repository, commit, estate, opening)
    return _deployed(source, builds, opening, alone=True) if len(builds) > 1 else source


def _in_version_of(release: Release, chart: Chart, first: Release, opening: Opening) -> Chart:
    """The chart of a release that is planned with a first one, which may deploy another version of it."""
    if release.origin == first.origin or chart.editable:
        return chart
    other = fetched(release, opening.shelf)
    return replace(other, texts=chart.texts, changed=chart.changed, any_lock=chart.any_lock)


def require_here(root: Path, path: str) -> None:
    """Raise PathNotFoundError for a chart that the repository has and this worktree has not."""
    if not (root / path).exists() and not left_out(root / path):
        raise PathNotFoundError(
            "the chart is not in this worktree: it was deleted",
            where=path,
            help=f"bring it back: git checkout -- {shell_word(path)}",
        )


def open_release(
    release: Release, repository: Repository, commit: str, estate: Estate, opening: Opening
) -> Source:
    """A release, opened to be planned or to be rendered beside a plan; raises as :func:`open_targets`."""
    if release.origin.kind == "directory":
        folder = repository.root / release.origin.path
        require_here(repository.root, release.origin.path)
        source = open_source(folder, base=opening.base, branch=opening.branch)
    else:
        chart = fetched(release, opening.shelf)
        source = Source(Target.of([Deployed(chart)]), repository, opening.base, commit, ())
    return _deployed(replace(source, estate=estate, opening=opening), [release], opening, alone=True)


def _deployed(
    source: Source, releases: Sequence[Release], opening: Opening, *, alone: bool = False
) -> Source:
    """The source with the layers of releases over its chart, and their files among its texts."""
    repository = source.repository
    releases = [one for one in releases if one.way != "chart"]
    if repository is None or not releases:
        return source
    stacks = {one: (*_in_place_of_values(source.chart, one), *one.layers) for one in releases}
    held = [one.version_at[0] for one in releases if one.version_at and not source.chart.editable]
    names = tuple(
        dict.fromkeys(layer.file for layers in stacks.values() for layer in layers if layer.form != "unread")
    )
    files, changes, texts = open_files(
        repository, source.commit, opening.base, names, opening.branch, also=held
    )
    known = {change.path for change in source.changes}
    chart = replace(
        source.chart,
        texts={**source.chart.texts, **texts},
        changed=source.chart.changed | {change.path for change in changes},
        any_lock=all(one.way == "helmrelease" for one in releases),
    )
    more = tuple(change for change in changes if change.path not in known)
    others = tuple(one.id for one in _of_same_chart(source, releases[0]) if one not in releases)
    members = [
        Deployed(
            replace(
                _in_version_of(one, chart, releases[0], opening),
                values_replaced=bool(one.origin.values_files),
                versioned=None if chart.editable else _versioned(one, opening.shelf),
            ),
            stacks[one],
            one,
        )
        for one in releases
    ]
    target = Target.of(members, others, alone=alone)
    state = files if source.files is None or not files.commit else source.files
    return replace(source, target=target, changes=(*source.changes, *more), files=state)


def _versioned(release: Release, shelf: Shelf) -> Versioned | None:
    """Where the version stands that a release asks for; None where that is not known, or it is no exact one."""
    wanted = wanted_of(release.origin)
    if release.version_at is None or isinstance(wanted, GitChart) or not exact(wanted.version):
        return None
    file, document, path = release.version_at

    def at(version: str) -> Chart:
        other = replace(release, origin=replace(release.origin, version=version))
        chart = fetched(other, shelf)
        return replace(
            chart, versioned=Versioned(file, document, path, version, wanted.name, wanted.repository, at)
        )

    return Versioned(file, document, path, wanted.version, wanted.name, wanted.repository, at)


def _in_place_of_values(chart: Chart, release: Release) -> tuple[Layer, ...]:
    """The files that take the place of values.yaml of a chart in the repository (Flux ``valuesFiles``)."""
    if not chart.editable:
        return ()
    names = (posixpath.normpath(join(chart.path, name)) for name in release.origin.values_files)
    return tuple(Layer("file", name) for name in names)


def _of_same_chart(source: Source, release: Release) -> list[Release]:
    """All releases of a chart that lies in the repository."""
    if source.estate is None or release.origin.kind != "directory":
        return []
    return list(source.estate.of_chart(release.origin.path))


def wanted_of(origin: Origin) -> Dependency | GitChart:
    """What has to be fetched for a chart that is not in the repository."""
    if origin.kind == "git":
        return GitChart(origin.url, origin.version, origin.path)
    if origin.kind == "oci":
        url, _, name = origin.url.removeprefix("oci://").rstrip("/").rpartition("/")
        return Dependency(name, "", origin.version, f"oci://{url}")
    return Dependency(origin.name, "", origin.version, origin.url)


def fetched(release: Release, shelf: Shelf) -> Chart:
    """The chart of a release that is not in the repository, unpacked in a scratch folder."""
    origin = release.origin
    wanted = wanted_of(origin)
    name = (origin.name or _chart_name(origin)) if isinstance(wanted, GitChart) else wanted.name
    directory, pinned = _unpacked(wanted, name, origin, shelf, f"{release.file}:{release.line}")
    metadata = read_values((directory / CHART_FILE).read_text(encoding="utf-8"), where=f"{name}/{CHART_FILE}")
    archive = f"{name}-{metadata.get('version')}.tgz"
    return Chart(directory, archive, {}, metadata, editable=False, pinned=(pinned,) if pinned else ())


def _unpacked(
    wanted: Dependency | GitChart, name: str, origin: Origin, shelf: Shelf, where: str
) -> tuple[Path, str]:
    """The directory of a chart, and what a range was taken for: unpacked once, by whichever process comes first."""
    top = shelf.scratch or _own_scratch()
    key = repr((wanted, origin.values_files, origin.lenient, shelf.folders, shelf.cache))
    done = top / hashlib.sha256(key.encode()).hexdigest()[:20]
    if not done.is_dir():
        scratch = Path(tempfile.mkdtemp(dir=top))
        if isinstance(wanted, GitChart):
            directory, pinned = _from_git(wanted, name, shelf, scratch, where)
        else:
            directory, pinned = take(wanted, shelf, scratch, where=where)
        if origin.values_files:
            directory = _with_values(directory, origin, scratch, where)
        if not directory.is_relative_to(scratch):
            # A folder of the user's own may change under a process that lives long.
            return directory, pinned
        place = str(directory.relative_to(scratch))
        (scratch / _PLACE).write_text(json.dumps([place, pinned]), encoding="utf-8")
        try:
            scratch.rename(done)
        except OSError:
            # Another process was quicker, with the same content.
            shutil.rmtree(scratch, ignore_errors=True)
    place, pinned = json.loads((done / _PLACE).read_text(encoding="utf-8"))
    return done / place, pinned


# The file of an unpacked chart that tells its folder, and what its range was taken for.
_PLACE = "at.json"


@cache
def _own_scratch() -> Path:
    """Kept as long as the process lives: every plan of a session renders from it."""
    return kept()


def _from_git(chart: GitChart, name: str, shelf: Shelf, scratch: Path, where: str) -> tuple[Path, str]:
    """The folder of a chart in another Git repository, and what its revision was taken for."""
    # A revision does not say which version the chart has there.
    if shelf.find(name, ""):
        return take(Dependency(name, "", "", ""), shelf, scratch, where=where)
    from migrate_dhi.helm.gitcharts import lay_out  # noqa: PLC0415 - only where a chart is from there

    try:
        found = lay_out(chart, shelf.store, scratch, offline=shelf.offline)
    except DependencyError as error:
        error.where = where
        raise
    if found is None:
        raise DependencyError(
            f"the chart {name} at {chart.named} is not at hand, and --offline forbids fetching it",
            where=where,
            help="run `migrate-dhi fetch` once where the network is, or name the folder that holds it with --chart-dir",
        )
    return found


def _with_values(directory: Path, origin: Origin, scratch: Path, where: str) -> Path:
    """A copy of a chart whose values.yaml holds what these files of it hold, one over the other."""
    copied = scratch / "values" / directory.name
    shutil.copytree(directory, copied)
    values: dict[str, Any] = {}
    for name in origin.values_files:
        file = (directory / name).resolve()
        if origin.lenient and not file.exists():
            continue
        if not file.is_file() or not file.is_relative_to(directory.resolve()):
            raise InvalidChartError(f"the chart has no file {name}", where=where, help="correct valuesFiles")
        values = merge(values, read_values(file.read_text(encoding="utf-8"), where=name))
    (copied / "values.yaml").write_text(json.dumps(values), encoding="utf-8")
    return copied


def _chart_name(origin: Origin) -> str:
    """What a chart in another Git repository is called as far as its address tells: its folder, or the repository."""
    folder = PurePosixPath(origin.path).name
    return folder or PurePosixPath(origin.url).name.removesuffix(".git")
