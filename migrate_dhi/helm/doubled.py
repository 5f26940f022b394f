"""A dependency that lies twice in ``charts/``, as a folder and as an archive: Helm takes either, by chance.

It gathers what lies there in a map of Go, whose order is another one each time (helm/pkg: chart/loader, LoadFiles), and
of two of one name and version the first one counts. `helm dependency update` leaves a folder of its own where it is.
"""

from collections.abc import Iterator
from pathlib import Path

from migrate_dhi.errors import DependencyError
from migrate_dhi.helm.chart import Chart, Dependency
from migrate_dhi.helm.shelf import Shelf, unpack
from migrate_dhi.scratch import folder as scratch_folder
from migrate_dhi.wording import some_of

_RENDERED = ("Chart.yaml", "values.yaml", "templates", "crds", "charts", "files")


def check_doubled(chart: Chart, directory: Path) -> None:
    """Raise DependencyError where the two differ in more than blanks at the ends of files."""
    for dependency in chart.dependencies:
        for folder, archive in _pairs(dependency, directory / "charts"):
            with scratch_folder() as scratch:
                other = _texts(unpack(archive, Path(scratch)))
            own = _texts(folder)
            different = sorted(name for name in {*own, *other} if own.get(name) != other.get(name))
            if different:
                twice = f"as the folder {folder.name} and as {archive.name}"
                raise DependencyError(
                    f"dependency {dependency.key} {dependency.version} lies twice in charts/, {twice}, and the two "
                    f"differ ({some_of(different, 1)}): Helm takes the one or the other by chance, at each render",
                    where=chart.chart_file,
                    help="delete the one that is not to count",
                )


def _pairs(dependency: Dependency, charts: Path) -> Iterator[tuple[Path, Path]]:
    """The folder and the archive of a dependency, where both are there in one version."""
    folder = charts / dependency.name
    if not any(charts.glob(f"{dependency.name}-*")) or not (folder / "Chart.yaml").is_file():
        return
    held = Shelf((charts,)).held(dependency.name)
    yield from (
        (folder, path)
        for version, path in held
        if path.is_file() and any(version == other and place == folder for other, place in held)
    )


def _texts(folder: Path) -> dict[str, bytes]:
    """What Helm renders of a chart's folder, by path, without the blanks at the end."""
    files = (file for name in _RENDERED for file in (folder / name, *(folder / name).rglob("*")))
    return {str(file.relative_to(folder)): file.read_bytes().rstrip() for file in files if file.is_file()}
