"""Fill the cache with every chart that a repository deploys and does not hold itself."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import Any, Literal

from migrate_dhi.errors import DependencyError, MigrateDhiError, NotReadyError
from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.grouping import grouped
from migrate_dhi.helm import gitcharts, sources
from migrate_dhi.helm.chart import Chart, Dependency, GitChart, join
from migrate_dhi.helm.dependencies import from_elsewhere
from migrate_dhi.helm.shelf import Shelf
from migrate_dhi.helm.store import Store
from migrate_dhi.migration.target import wanted_of
from migrate_dhi.oci.parallel import at_once
from migrate_dhi.record import record
from migrate_dhi.release.estate import Estate
from migrate_dhi.scratch import folder as scratch_folder

SCHEMA = "migrate-dhi/fetch/1"

_AT_ONCE = 8

Wanted = Dependency | GitChart
Status = Literal["fetched", "kept", "missing", "failed"]


@record
class FetchedChart:
    """One chart from elsewhere, and what became of it.

    Args:
        name: the chart, or its folder, or the repository that is one.
        version: as it is asked for.
        source: the address of its repository.
        needed_by: the places that ask for it, as ``file:line``.
        status: ``kept`` was in the cache before, ``missing`` is not and was not asked for.
        resolved: the exact version, or the commit's sentence, where a range or a branch was asked for.
        error: why it failed.
    """

    name: str
    version: str
    source: str
    needed_by: tuple[str, ...]
    status: Status
    resolved: str = ""
    error: MigrateDhiError | None = None

    @property
    def at_hand(self) -> bool:
        """Whether a plan will find it in the cache."""
        return self.status in ("fetched", "kept")

    def to_json(self) -> dict[str, Any]:
        """The chart in the JSON of ``fetch``."""
        error = self.error
        return {
            "name": self.name,
            "version": self.version or None,
            "source": self.source,
            "needed_by": list(self.needed_by),
            "status": self.status,
            "resolved": self.resolved or None,
            "error": error
            and {"message": error.message, "where": error.where or None, "help": error.help or None},
        }


def fetch_all(
    estate: Estate,
    files: Snapshot,
    shelf: Shelf,
    progress: Callable[[str], None],
) -> list[FetchedChart]:
    """Bring every chart that the releases need and the repository does not hold, each once.

    Args:
        estate: the releases.
        files: the state of the repository that they were found in.
        shelf: its cache; offline nobody is asked, and told is what is not there.
        progress: is told what is fetched.

    Raises NotReadyError where nothing can be kept.
    """
    store = shelf.store
    if shelf.cache and store.folder != shelf.cache:
        raise NotReadyError(
            "the cache cannot be written, and what is fetched would be gone with this process",
            where=str(shelf.cache),
            help="mend its permissions, or name another place with XDG_CACHE_HOME",
        )
    done: dict[Wanted, FetchedChart] = {}
    broken: list[FetchedChart] = []
    wanted = grouped(_wanted(estate, files, broken))
    telling = Lock()

    def fetch(one: Wanted) -> list[Dependency]:
        found, more = _one(one, wanted[one], store, shelf.offline)
        with telling:
            done[one] = found
            progress(f"{len(done)} of {len(wanted)} charts: {found.name} {found.version}")
        return more

    # Charts from Git bring dependencies of their own.
    while todo := [one for one in wanted if one not in done]:
        for one, more in zip(todo, at_once(fetch, todo, _AT_ONCE), strict=True):
            for other in more:
                wanted.setdefault(other, []).extend(wanted[one])
    progress("")
    return [*(replace(done[one], needed_by=tuple(dict.fromkeys(wanted[one]))) for one in wanted), *broken]


def _wanted(estate: Estate, files: Snapshot, broken: list[FetchedChart]) -> Iterator[tuple[Wanted, str]]:
    """Everything that has to be fetched, with the place that asks for it."""
    folders = dict[str, set[str]]()
    for release in estate.releases:
        if release.origin.kind == "directory":
            folders.setdefault(release.origin.path, set()).add(release.way)
        else:
            yield wanted_of(release.origin), f"{release.file}:{release.line}"
    for folder, ways in folders.items():
        chart_file = estate.charts[folder].file if folder in estate.charts else ""
        if not chart_file or not (
            estate.charts[folder].metadata.get("dependencies") or join(folder, "requirements.yaml") in files
        ):
            continue
        try:
            chart = replace(
                Chart.read(files.root / folder, folder, {chart_file: files.text(chart_file) or ""}),
                files=files,
                any_lock=ways - {"chart"} == {"helmrelease"},
            )
            with scratch_folder() as scratch:
                files.lay_out(folder, Path(scratch) / "chart")
                for dependency in from_elsewhere(chart, Path(scratch) / "chart"):
                    yield replace(dependency, alias="", condition=""), chart_file
        except MigrateDhiError as error:
            name = estate.charts[folder].name
            broken.append(FetchedChart(name, "", folder, (chart_file,), "failed", error=error))


def _one(
    wanted: Wanted, places: list[str], store: Store, offline: bool
) -> tuple[FetchedChart, list[Dependency]]:
    """One chart, and the dependencies that it brings along."""
    needed = tuple(places)
    if isinstance(wanted, GitChart):
        repository = PurePosixPath(wanted.url).name.removesuffix(".git")
        name = repository if wanted.path in ("", ".") else wanted.path
        found = FetchedChart(name, wanted.revision, wanted.url, needed, "missing")
    else:
        found = FetchedChart(wanted.name, wanted.version, wanted.repository, needed, "missing")
    try:
        if isinstance(wanted, GitChart):
            return _from_git(wanted, found, store, offline=offline)
        return _archive(wanted, found, store, offline=offline), []
    except MigrateDhiError as error:
        return replace(found, status="failed", error=error), []


def _archive(wanted: Dependency, found: FetchedChart, store: Store, *, offline: bool) -> FetchedChart:
    before = sources.bring(wanted, store, offline=True)
    kept = before if offline else sources.bring(wanted, store)
    if kept is None:
        return found
    status: Status = "kept" if before and before.archive == kept.archive else "fetched"
    return replace(found, status=status, resolved=kept.version if kept.version != wanted.version else "")


def _from_git(
    wanted: GitChart, found: FetchedChart, store: Store, *, offline: bool
) -> tuple[FetchedChart, list[Dependency]]:
    with scratch_folder() as name:
        scratch = Path(name)
        before = None
        # What is kept may be of a commit that has no such chart: the source may have it by now.
        with nullcontext() if offline else suppress(DependencyError):
            before = gitcharts.lay_out(wanted, store, scratch / "before", offline=True)
        laid = before if offline else gitcharts.lay_out(wanted, store, scratch / "now", offline=False)
        if laid is None:
            return found, []
        folder, sentence = laid
        text = (folder / "Chart.yaml").read_text(encoding="utf-8")
        chart = Chart.read(folder, ".", {"Chart.yaml": text})
        more = [replace(one, alias="", condition="") for one in from_elsewhere(chart, folder)]
        status: Status = "kept" if before and before[1] == sentence else "fetched"
        return replace(found, status=status, resolved=sentence), more
