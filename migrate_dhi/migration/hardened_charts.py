"""Which dependencies of a chart have a hardened chart of Docker's, and in which version: found, not yet proven.

The catalog says which hardened chart is made of the same sources, and the registry, or a folder of the user's, which
versions of it there are. A version is never lower than the one in use.
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from migrate_dhi.dhi.charts import HardenedChart, addresses_of, hardened_chart, images_of
from migrate_dhi.dhi.current import current_catalog
from migrate_dhi.dhi.naming import DEFAULT_TARGET, place_of
from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.findings import Finding
from migrate_dhi.helm.chart import Chart, Dependency
from migrate_dhi.helm.elsewhere import take
from migrate_dhi.helm.engine import read_values
from migrate_dhi.helm.shelf import nearest, sortable
from migrate_dhi.helm.sources import versions_of
from migrate_dhi.helm.swap import Swap
from migrate_dhi.helm.tree import ChartNode
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.survey import Survey
from migrate_dhi.migration.swappable import (
    Found,
    NotHadError,
    check_vendored,
    gathered,
    in_use,
    refusal,
    refused,
)
from migrate_dhi.oci.reference import DEFAULT_REGISTRY, Reference

STEP = "chart"
_HUB = "registry-1.docker.io"


def hardened(survey: Survey, options: Options) -> Found:
    """The dependencies that there are hardened charts of."""
    chart, catalog = survey.source.chart, current_catalog(options.catalog)
    stopped = refused(survey.source, STEP)
    if stopped:
        return stopped
    swaps: list[Swap] = []
    findings: list[Finding] = []
    reasons: list[str] = []
    nodes = next(iter(survey.traces.values())).nodes
    for at, dependency in enumerate(in_use(chart, survey.source.lock, nodes)):
        known = hardened_chart(catalog, dependency.name, _addresses(nodes, dependency))
        if known is None:
            reasons.append(f"the catalog knows no hardened chart of {dependency.name}")
            continue
        try:
            swap, told = _swap(at, dependency, known, chart, options)
        except NotHadError as error:
            findings.append(error.finding)
            reasons.append(error.finding.message)
            continue
        swaps.append(swap)
        findings += told
    return gathered(swaps, findings, reasons)


def _addresses(nodes: Iterable[ChartNode], dependency: Dependency) -> Iterator[str]:
    """Where a dependency is from, by Chart.yaml and by its own."""
    yield dependency.repository
    for node in nodes:
        if node.prefix == (dependency.key,):
            yield from addresses_of(node.metadata)


def _swap(
    at: int, dependency: Dependency, known: HardenedChart, chart: Chart, options: Options
) -> tuple[Swap, list[Finding]]:
    place = place_of(options.wishes.target or DEFAULT_TARGET, known.name)
    wanted = Dependency(place.name, dependency.alias, "", _repository(place), dependency.condition)
    check_vendored(chart, dependency, STEP)
    told = f"the hardened chart {wanted.repository}/{wanted.name}"
    try:
        listed = _versions(wanted, known, options)
        taken = nearest(dependency.version, listed)
        if not taken:
            some = ", ".join(sorted(listed, key=sortable)[-3:]) or "no version"
            raise refusal(
                chart,
                "chart-older",
                f"{told} is there as {some}, which is older than {dependency.key} {dependency.version}",
                "leave the step out with --skip chart until it is there",
            )
        metadata = _metadata(wanted, taken, options, chart)
    except MigrateDhiError as error:
        way = (
            f"plan once with --via {STEP} where the network is, or name a folder that has it with --chart-dir"
        )
        help_text = way if options.offline else error.help
        raise refusal(
            chart, "chart-unreached", f"{told} cannot be had: {error.message}", help_text
        ) from error
    if metadata.get("name") != wanted.name:
        raise refusal(
            chart,
            "chart-unreached",
            f"{told} is called {metadata.get('name')} inside, and Helm takes no dependency by another name",
            f"mirror it as {metadata.get('name')}",
        )
    after = Dependency(
        wanted.name, wanted.alias, str(metadata.get("version")), wanted.repository, wanted.condition
    )
    return Swap(at, dependency, after, known.made_from), list(
        _doubts(dependency, after, known, images_of(metadata), chart)
    )


def _doubts(
    dependency: Dependency,
    after: Dependency,
    known: HardenedChart,
    images: Sequence[Reference],
    chart: Chart,
) -> Iterator[Finding]:
    """What nothing shows of a hardened chart: that it is made of the same chart, and of hardened images."""
    if not known.made_from:
        yield Finding(
            "chart-by-name",
            "error",
            f"{after.name} {after.version} has the name of {dependency.name}, and nothing shows that it is made from "
            "the same chart",
            file=chart.chart_file,
            help="compare both charts; accept it with --accept chart-by-name, or leave it out with --skip chart",
        )
    if not images:
        yield Finding(
            "chart-not-hardened",
            "error",
            f"{after.name} {after.version} lists no hardened images in its Chart.yaml",
            file=chart.chart_file,
            help="look whether it is Docker's chart",
        )


def _repository(place: Reference) -> str:
    """The address under which Helm asks for a chart; the registry of Docker Hub has another name than its images."""
    host = _HUB if place.canonical().registry == DEFAULT_REGISTRY else place.registry
    return "oci://" + "/".join([host, *place.repository.split("/")[:-1]])


def _versions(wanted: Dependency, known: HardenedChart, options: Options) -> Iterable[str]:
    """The versions that are at hand, or that the registry lists; without it those of the catalog."""
    held = options.shelf.versions(wanted.name)
    if held:
        return held
    listed = versions_of(wanted, options.shelf.store, offline=options.offline)
    return listed or (known.versions if options.offline else ())


def _metadata(wanted: Dependency, version: str, options: Options, chart: Chart) -> dict[str, Any]:
    """The Chart.yaml of one version; raises DependencyError or InvalidChartError."""
    exact = Dependency(wanted.name, "", version, wanted.repository)
    with tempfile.TemporaryDirectory(prefix="migrate-dhi-", ignore_cleanup_errors=True) as scratch:
        folder, _ = take(exact, options.shelf, Path(scratch), where=chart.chart_file)
        return read_values((folder / "Chart.yaml").read_text(encoding="utf-8"), where=exact.name)
