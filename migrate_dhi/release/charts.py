"""The way ``chart``: chart folders that nothing else in the repository deploys."""

import posixpath
from collections.abc import Iterator

from migrate_dhi.helm.chart import below, release_name
from migrate_dhi.regex import regex
from migrate_dhi.release.contents import Contents
from migrate_dhi.release.declared import Declared
from migrate_dhi.release.folders import ChartFolder
from migrate_dhi.release.release import Release, Unresolved
from migrate_dhi.wording import counted

# Helm's own rule for a chart's name (pkg/chart/validate).
_NAME = regex(r"[a-zA-Z0-9._-]+")
# What a build writes a version over: $VERSION, {{version}}, @version@, %VERSION%. None of the signs is part of one.
_FILLED = regex(r"[${}@%]")
_ENVIRONMENT = regex(r"values[-_.].+\.ya?ml|.+[-_.]values\.ya?ml")


def find(declared: Declared) -> Iterator[Release | Unresolved]:
    """Every chart folder that may be deployed by itself: no library, and no other chart's dependency.

    Those that another way deploys are left out by the estate.
    """
    contents = declared.contents
    for path, chart in contents.charts.items():
        if chart.library or chart.of or path != chart.path:
            continue
        if not chart.metadata or not _NAME.fullmatch(chart.name) or not chart.version:
            reason = "Chart.yaml holds no name and version that Helm takes"
            yield Unresolved("chart", posixpath.basename(chart.path), chart.file, 1, reason)
            continue
        if _FILLED.search(chart.version):
            reason = f"its version, {chart.version}, is filled in before Helm reads it"
            yield Unresolved("chart", posixpath.basename(chart.path), chart.file, 1, reason)
            continue
        yield Release(
            "chart",
            namespace="",
            name=release_name(chart.path, chart.name),
            file=chart.file,
            document=0,
            line=1,
            origin=chart.origin,
            notes=tuple(_notes(contents, chart)),
        )


def environments(contents: Contents, chart: ChartFolder) -> list[str]:
    """The values files beside a chart's own that are named after something, an environment for most."""
    inside = below(chart.path)
    names = [path[len(inside) :] for path in contents.files.under(chart.path)]
    return [inside + name for name in names if "/" not in name and _ENVIRONMENT.fullmatch(name)]


def _notes(contents: Contents, chart: ChartFolder) -> Iterator[str]:
    beside = environments(contents, chart)
    if beside:
        names = ", ".join(posixpath.basename(path) for path in beside)
        yield f"nothing in the repository passes {names}"
    examples = [path for path in contents.files.under(chart.below("ci")) if path.endswith("values.yaml")]
    if examples:
        yield f"{counted(len(examples), 'file')} of values for tests in ci/"
