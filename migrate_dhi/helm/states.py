"""Which of the dependencies that a chart declares lie in its ``charts/``, as Helm sees them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from migrate_dhi.errors import DependencyError
from migrate_dhi.helm.chart import Chart, Dependency
from migrate_dhi.helm.engine import dependency_states
from migrate_dhi.helm.shelf import Shelf
from migrate_dhi.helm.vendored import plainly_there

READY = ("ok", "unpacked")


def unready(chart: Chart, directory: Path) -> list[tuple[Dependency, str]]:
    """The declared dependencies that ``charts/`` of a directory does not hold in that version, with their state."""
    if not chart.dependencies or plainly_there(chart.dependencies, directory):
        return []
    states = dependency_states(directory)
    return [
        (dependency, state.get("status", "missing"))
        for dependency, state in zip(chart.dependencies, states, strict=True)
        if state.get("status") not in READY
        and not _one_of_many(dependency, state, directory)
        and not _of_no_version(dependency, state)
    ]


def _one_of_many(dependency: Dependency, state: Mapping[str, str], directory: Path) -> bool:
    """Whether the one that is asked for lies among archives of several versions: Helm loads that one."""
    if state.get("status") != "too many matches":
        return False
    return Shelf((directory / "charts",)).find(dependency.name, dependency.version) is not None


def _of_no_version(dependency: Dependency, state: Mapping[str, str]) -> bool:
    """Whether it is a folder, asked for in no version: Helm finds it by its name, if it is to have no other."""
    return state.get("status") == "invalid version" and not (dependency.version or dependency.alias)


def check_states(chart: Chart, missing: Sequence[tuple[Dependency, str]]) -> None:
    """Raise DependencyError where one lies there in another state than missing."""
    wrong = [(d, s) for d, s in missing if s != "missing"]
    if wrong:
        dependency, state = wrong[0]
        raise DependencyError(
            f"dependency {f'{dependency.key} {dependency.version}'.strip()}: what charts/ holds is of state '{state}'",
            where=chart.chart_file,
            help="run `helm dependency update` in the chart, so that charts/ and Chart.yaml agree",
        )
