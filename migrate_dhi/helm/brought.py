"""Dependencies from where a chart says that they are from, and what stands for one that is switched off and not there.

Helm renders no chart that lacks a dependency, whether a condition switches that one off or not. One that is off leaves
nothing in a render, neither objects nor values (helm/pkg: chart/util, processDependencyEnabled): where it cannot be
had, a chart of its name and version is put in its place that refuses to render, should it be on after all.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from pathlib import Path

from migrate_dhi.errors import DependencyError
from migrate_dhi.helm.chart import Chart, Dependency
from migrate_dhi.helm.engine import package
from migrate_dhi.helm.shelf import by_source, exact, fits, is_source
from migrate_dhi.helm.store import Kept
from migrate_dhi.record import record
from migrate_dhi.scratch import folder as scratch_folder

_AT_ONCE = 4

OFFLINE = "not in charts/, and --offline forbids fetching: "
"""What the message of an error begins with where only the network has what is missing."""


@record
class LeftOut:
    """A dependency that cannot be had, in the version that is asked for, and why."""

    dependency: Dependency
    error: DependencyError = field(compare=False)

    @property
    def name(self) -> str:
        """Name and version, for people."""
        return f"{self.dependency.name} {self.dependency.version}".strip()


def from_sources(
    chart: Chart,
    wanted: Mapping[Dependency, Dependency],
    instead: Callable[[Dependency], bool],
    bring: Callable[[Dependency], Kept | None],
) -> tuple[dict[Dependency, Kept], dict[Dependency, DependencyError]]:
    """The archives of dependencies, by what is declared, and why the others cannot be had.

    Args:
        chart: what depends on them.
        wanted: each dependency as it is declared, and in the version that is asked for.
        instead: takes a chart for one that cannot be had, and says whether there was any.
        bring: the archive from the cache or its source; None where it may not be asked; raises DependencyError.
    """
    from migrate_dhi.oci.parallel import at_once  # noqa: PLC0415 - only where a chart is fetched

    advice = f"run `helm dependency build {chart.path}`, or vendor the chart under charts/"

    def one(dependency: Dependency) -> tuple[Kept | None, DependencyError]:
        try:
            if is_source(dependency.repository):
                return bring(dependency), _absent(chart, dependency)
            said = (
                f"is from {dependency.repository}, which"
                if dependency.repository
                else "names no repository that"
            )
            message = f"dependency {dependency.key} {dependency.version} is not in charts/ and {said} can be asked here"
            return None, DependencyError(message, where=chart.chart_file, help=advice)
        except DependencyError as error:
            named = f"{dependency.key} {dependency.version} from {dependency.repository}"
            return None, DependencyError(
                f"cannot fetch dependency {named}: {error.message}",
                where=chart.chart_file,
                help="; or ".join(part for part in (error.help, advice) if part),
            )

    results = dict(zip(wanted, at_once(one, wanted.values(), _AT_ONCE), strict=True))
    found = {d: kept for d, (kept, _) in results.items() if kept}
    return found, {d: why for d, (kept, why) in results.items() if not kept and not instead(wanted[d])}


def _absent(chart: Chart, *dependencies: Dependency) -> DependencyError:
    return DependencyError(
        f"{OFFLINE}{by_source(dependencies)}",
        where=chart.chart_file,
        help="run `migrate-dhi fetch` once where the network is, or name a folder that has them with --chart-dir",
    )


def refusal(chart: Chart, lost: Mapping[Dependency, DependencyError]) -> DependencyError:
    """One error for all that cannot be had; ``lost`` has the dependencies in the versions that are asked for."""
    absent = [d for d, error in lost.items() if error.message.startswith(OFFLINE)]
    others = [error for d, error in lost.items() if d not in absent]
    return next(iter(others), None) or _absent(chart, *absent)


def left_out(dependency: Dependency, error: DependencyError, charts: Path) -> LeftOut | None:
    """Put in ``charts/`` what stands for a dependency; None for one that nothing switches off, or of no version."""
    version = next(filter(None, _versions(dependency.version)), "") if dependency.condition else ""
    if not version:
        return None
    with scratch_folder() as scratch:
        folder = Path(scratch) / dependency.name
        (folder / "templates").mkdir(parents=True)
        metadata = {"apiVersion": "v2", "name": dependency.name, "version": version}
        (folder / "Chart.yaml").write_text(json.dumps(metadata), encoding="utf-8")
        said = json.dumps(f"{dependency.key} is switched on, and {error.message}")
        (folder / "templates/left-out.yaml").write_text(f"{{{{ fail {said} }}}}\n", encoding="utf-8")
        package(folder, charts)
    return LeftOut(dependency, error)


def _versions(wanted: str) -> Iterator[str]:
    """Versions that may be one that is asked for: a range is taken by the numbers in it."""
    if exact(wanted):
        yield wanted
        return
    for found in re.findall(r"\d+(?:\.\d+){0,2}", wanted) or ["1"]:
        numbers = [*map(int, found.split(".")), 0, 0][:3]
        for more in (0, 1):
            version = ".".join(map(str, (*numbers[:2], numbers[2] + more)))
            if fits(wanted, version):
                yield version
