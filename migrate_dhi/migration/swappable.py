"""What may be exchanged of a chart's dependencies, and what to say where it may not."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from migrate_dhi.findings import Finding
from migrate_dhi.helm.chart import Chart, Dependency, join
from migrate_dhi.helm.lock import locked_versions
from migrate_dhi.helm.shelf import Shelf, exact
from migrate_dhi.helm.swap import Swap
from migrate_dhi.helm.tree import ChartNode
from migrate_dhi.migration.plan import StepStatus
from migrate_dhi.migration.source import Source
from migrate_dhi.quoting import shell_word
from migrate_dhi.record import record


@record
class Found:
    """What is to be exchanged; where that is nothing, what becomes of the step, and why."""

    swaps: tuple[Swap, ...] = ()
    findings: tuple[Finding, ...] = ()
    status: StepStatus = "not-needed"
    reason: str = ""


class NotHadError(Exception):
    """A finding in place of a swap; never reaches the user as an error."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def refused(source: Source, step: str, *, itself: bool = False) -> Found | None:
    """Charts whose dependencies are not exchanged: those of others, and those that have none.

    ``itself``: a chart of others may be taken in another version where the object that deploys it names one.
    """
    chart = source.chart
    if not chart.editable:
        return _of_others(source, step, itself=itself)
    if source.target.others:
        names = ", ".join(source.target.others[:4])
        return _told(
            f"the chart is shared with {names}, which this plan is not for",
            chart.chart_file,
            f"plan them together: migrate-dhi {shell_word(chart.path)}",
            step,
        )
    return None if chart.dependencies else Found(reason="the chart has no dependencies")


def _of_others(source: Source, step: str, *, itself: bool) -> Found | None:
    deployer, skip = source.target.deployer, f"leave the step out with --skip {step}"
    if not itself:
        return _told(
            f"{source.title} deploys the chart {source.chart.name} of others, and only a wrapper chart has "
            "dependencies",
            deployer,
            f"make a chart of your own that has it as a dependency, or {skip}",
            step,
        )
    charts = [member.chart for member in source.target.members.values()]
    if not all(one.versioned and one.versioned.stands(one.texts) for one in charts):
        return _told(
            f"no exact version that can be edited is named where {source.title} takes its chart from",
            deployer,
            f"name one there, or {skip}",
            step,
        )
    places = {member.release.version_at for member in source.target.members.values() if member.release}
    known = source.estate.releases if source.estate else ()
    others = [one.id for one in known if one.version_at in places and one not in source.target.releases]
    if not others:
        return None
    return _told(
        f"the version of the chart is shared with {', '.join(others[:4])}, which this plan is not for",
        deployer,
        f"give each release a source of its own, or {skip}",
        step,
    )


def _told(message: str, file: str, help_text: str, step: str) -> Found:
    finding = Finding("chart-not-own", "error", message, file=file, help=help_text, ways=(("--skip", step),))
    return Found((), (finding,), "blocked", message)


def gathered(swaps: Sequence[Swap], findings: Sequence[Finding], reasons: Sequence[str]) -> Found:
    """What was found of all dependencies; where errors keep all of them from it, the step is blocked."""
    blocked = any(finding.severity == "error" for finding in findings) and not swaps
    return Found(tuple(swaps), tuple(findings), "blocked" if blocked else "not-needed", "; ".join(reasons))


def in_use(chart: Chart, lock: str | None, nodes: Iterable[ChartNode]) -> list[Dependency]:
    """The dependencies of a chart in the versions that are in use: by Chart.lock, else as they render.

    What Chart.yaml asks for may be a range, which is lower and higher than nothing. Raises DependencyError for a lock
    that Helm refuses.
    """
    rendered = {node.prefix: str(node.metadata.get("version")) for node in nodes}
    return [
        replace(one, version=version if exact(version) else rendered.get((one.key,), version))
        for one, version in zip(chart.dependencies, locked_versions(chart, lock), strict=True)
    ]


def check_vendored(chart: Chart, dependency: Dependency, step: str) -> None:
    """Raise NotHadError where a chart in no repository has a dependency below ``charts/``: in Git it is exchanged."""
    held = _vendored(chart, dependency)
    if held:
        raise refusal(
            chart,
            "chart-vendored",
            f"{held} would be rendered beside the chart that takes its place",
            f"keep the chart in Git, where both are exchanged, or leave the step out with --skip {step}",
        )


def _vendored(chart: Chart, dependency: Dependency) -> str:
    """The place of a dependency that a chart in no repository has below ``charts/``; else empty."""
    held = chart.files is None and Shelf((chart.directory / "charts",)).versions(dependency.name)
    return join(join(chart.path, "charts"), dependency.name) if held else ""


def refusal(chart: Chart, code: str, message: str, help_text: str) -> NotHadError:
    """An error in place of a swap."""
    return NotHadError(Finding(code, "error", message, file=chart.chart_file, help=help_text))
