"""Which dependencies of a chart are to become others before the other steps: found, not yet proven.

The catalog says which hardened chart is made of the same sources, and the registry, or a folder of the user's, which
versions of it there are. A version is never lower than the one in use.
"""

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from migrate_dhi.dhi.charts import HardenedChart, addresses_of, hardened_chart, images_of
from migrate_dhi.dhi.current import current_catalog
from migrate_dhi.dhi.naming import DEFAULT_TARGET, place_of
from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.findings import Finding
from migrate_dhi.helm.chart import Chart, Dependency, join
from migrate_dhi.helm.dependencies import take
from migrate_dhi.helm.engine import read_values
from migrate_dhi.helm.lock import locked_versions
from migrate_dhi.helm.shelf import Shelf, nearest
from migrate_dhi.helm.sources import versions_of
from migrate_dhi.helm.store import Store
from migrate_dhi.helm.swap import Swap
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.plan import StepOutcome, StepStatus
from migrate_dhi.migration.survey import Survey
from migrate_dhi.migration.values_kept import lost_values
from migrate_dhi.oci.reference import DEFAULT_REGISTRY, Reference
from migrate_dhi.record import record
from migrate_dhi.steps import EXCHANGES
from migrate_dhi.steps.context import Choices
from migrate_dhi.steps.step import Step

_HUB = "registry-1.docker.io"


@record
class Found:
    """What is to be exchanged; where that is nothing, what becomes of the step, and why."""

    swaps: tuple[Swap, ...] = ()
    findings: tuple[Finding, ...] = ()
    status: StepStatus = "not-needed"
    reason: str = ""


@record
class Begun:
    """Where the other steps go on: the chart with its dependencies exchanged, and what that took.

    ``chart`` is as it was before anything was exchanged, Chart.lock among its texts; ``moved`` are the images that went
    with exchanged charts, old → new.
    """

    survey: Survey
    chart: Chart
    outcomes: tuple[StepOutcome, ...] = ()
    findings: tuple[Finding, ...] = ()
    renders: int = 0
    moved: Mapping[str, str] = field(default_factory=dict)


@record
class Exchanged:
    """What became of one exchange: the step's outcome, what was told, and the texts after it."""

    outcome: StepOutcome
    findings: tuple[Finding, ...]
    texts: Mapping[str, str]


def begun(survey: Survey, options: Options, exchange: Callable[[Begun, Step, Found], Exchanged]) -> Begun:
    """Exchange the dependencies that the choices ask for, one step after the other; ``exchange`` proves it."""
    choices, chart, lock = options.choices, survey.source.chart, survey.source.lock
    finders = {"chart": hardened} if choices.via == "chart" else {}
    wanted = [(step, finders[step.name]) for step in EXCHANGES if step.name in finders]
    locked = {chart.lock_file: lock} if wanted and lock is not None else {}
    done = Begun(survey, replace(chart, texts={**chart.texts, **locked}))
    for step, find in wanted:
        found = Found() if left_out(step.name, choices) else find(done.survey, options)
        made = exchange(done, step, found)
        taken = tuple(swap for swap in found.swaps if swap.is_in(made.texts, chart.chart_file))
        if taken and len(taken) < len(found.swaps):
            # The commit names what it takes, and the errors the rest.
            made = replace(exchange(done, step, replace(found, swaps=taken)), findings=made.findings)
        done = _after(done, made, taken)
    return done


def _after(done: Begun, made: Exchanged, taken: Sequence[Swap]) -> Begun:
    """Where the next step goes on."""
    survey, told = done.survey, made.findings
    if taken:
        survey = survey.with_texts(made.texts)
        told = (*told, *lost_values(done.survey, survey, taken))
    return Begun(
        survey,
        done.chart,
        (*done.outcomes, replace(made.outcome, findings=told)),
        (*done.findings, *told),
        done.renders + (done.survey.renderer.count if taken else 0),
        {**done.moved, **_moved(made.outcome)},
    )


def _moved(outcome: StepOutcome) -> dict[str, str]:
    """The images that its commit says it moves."""
    pairs = outcome.commit.trailers.get("DHI-Image", ()) if outcome.commit else ()
    return {old: new for old, _, new in (pair.partition(" -> ") for pair in pairs)}


def left_out(step: str, choices: Choices) -> bool:
    """Whether the user leaves a step out."""
    return step in choices.skip or bool(choices.only and step not in choices.only)


class _NotHadError(Exception):
    """A finding in place of a swap; never reaches the user as an error."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def hardened(survey: Survey, options: Options) -> Found:
    """The dependencies that there are hardened charts of."""
    chart, catalog = survey.source.chart, current_catalog(options.catalog)
    refused = _refused(survey)
    if refused:
        return refused
    swaps: list[Swap] = []
    findings: list[Finding] = []
    reasons: list[str] = []
    versions = locked_versions(chart, survey.source.lock)
    for at, dependency in enumerate(chart.dependencies):
        known = hardened_chart(catalog, dependency.name, _addresses(survey, dependency))
        if known is None:
            reasons.append(f"the catalog knows no hardened chart of {dependency.name}")
            continue
        try:
            swap, told = _swap(at, dependency, versions[at], known, survey, options)
        except _NotHadError as error:
            findings.append(error.finding)
            reasons.append(error.finding.message)
            continue
        swaps.append(swap)
        findings += told
    blocked = any(finding.severity == "error" for finding in findings) and not swaps
    return Found(tuple(swaps), tuple(findings), "blocked" if blocked else "not-needed", "; ".join(reasons))


def _refused(survey: Survey) -> Found | None:
    """Charts whose dependencies are not exchanged: those of others, and those that have none."""
    source = survey.source
    chart = source.chart
    if not chart.editable:
        message = f"{source.title} deploys the chart {chart.name} of others, and only a wrapper chart has dependencies"
        help_text = (
            "make a chart of your own that has it as a dependency, or leave the step out with --skip chart"
        )
        finding = Finding("chart-not-own", "error", message, file=source.target.deployer, help=help_text)
        return Found((), (finding,), "blocked", message)
    if source.target.others:
        names = ", ".join(source.target.others[:4])
        message = f"the chart is shared with {names}, which this plan is not for"
        finding = Finding(
            "chart-not-own",
            "error",
            message,
            file=chart.chart_file,
            help=f"plan them together: migrate-dhi {chart.path}",
        )
        return Found((), (finding,), "blocked", message)
    if not chart.dependencies:
        return Found(reason="the chart has no dependencies")
    return None


def _addresses(survey: Survey, dependency: Dependency) -> Iterator[str]:
    """Where a dependency is from, by Chart.yaml and by its own."""
    yield dependency.repository
    for node in next(iter(survey.traces.values())).nodes:
        if node.prefix == (dependency.key,):
            yield from addresses_of(node.metadata)


def _swap(
    at: int, dependency: Dependency, version: str, known: HardenedChart, survey: Survey, options: Options
) -> tuple[Swap, list[Finding]]:
    chart = survey.source.chart
    place = place_of(options.wishes.target or DEFAULT_TARGET, known.name)
    wanted = Dependency(place.name, dependency.alias, "", _repository(place), dependency.condition)
    held = _vendored(chart, dependency)
    if held:
        raise _refusal(
            chart,
            "chart-vendored",
            f"{held} is in the repository, and would be deployed beside the chart that takes its place",
            f"take it out first (git rm -r {held}, and charts/ into .gitignore): Argo CD and Flux fetch what "
            "Chart.lock says; or leave the step out with --skip chart",
        )
    told = f"the hardened chart {wanted.repository}/{wanted.name}"
    try:
        listed = _versions(wanted, known, options)
        taken = nearest(version, listed)
        if not taken:
            some = ", ".join(sorted(listed)[-3:]) or "no version"
            raise _refusal(
                chart,
                "chart-older",
                f"{told} is there as {some}, which is older than {dependency.key} {version}",
                "leave the step out with --skip chart until it is there",
            )
        metadata = _metadata(wanted, taken, options, chart)
    except MigrateDhiError as error:
        raise _refusal(
            chart, "chart-unreached", f"{told} cannot be had: {error.message}", error.help
        ) from error
    if metadata.get("name") != wanted.name:
        raise _refusal(
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


def _vendored(chart: Chart, dependency: Dependency) -> str:
    """The archive or folder below ``charts/`` that has a dependency, where Git has it; else empty."""
    folder = join(chart.path, "charts")
    if chart.files is None:
        held = Shelf((chart.directory / "charts",)).versions(dependency.name)
        return join(folder, dependency.name) if held else ""
    of_name = re.compile(rf"({re.escape(folder)}/{re.escape(dependency.name)}(?:-v?\d[^/]*\.tgz|(?=/)))")
    return next((found[1] for path in chart.files.under(folder) if (found := of_name.match(path))), "")


def _refusal(chart: Chart, code: str, message: str, help_text: str) -> _NotHadError:
    return _NotHadError(Finding(code, "error", message, file=chart.chart_file, help=help_text))


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
    if options.offline:
        return known.versions
    return versions_of(wanted, Store(options.cache))


def _metadata(wanted: Dependency, version: str, options: Options, chart: Chart) -> dict[str, Any]:
    """The Chart.yaml of one version; raises DependencyError or InvalidChartError."""
    exact = Dependency(wanted.name, "", version, wanted.repository)
    with tempfile.TemporaryDirectory(prefix="migrate-dhi-", ignore_cleanup_errors=True) as scratch:
        folder, _ = take(exact, options.shelf, Path(scratch), where=chart.chart_file)
        return read_values((folder / "Chart.yaml").read_text(encoding="utf-8"), where=exact.name)
