"""What may be exchanged of a chart's dependencies, and what to say where it may not."""

import re
from collections.abc import Sequence

from migrate_dhi.findings import Finding
from migrate_dhi.helm.chart import Chart, Dependency, join
from migrate_dhi.helm.shelf import Shelf
from migrate_dhi.helm.swap import Swap
from migrate_dhi.migration.plan import StepStatus
from migrate_dhi.migration.source import Source
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


def refused(source: Source, step: str) -> Found | None:
    """Charts whose dependencies are not exchanged: those of others, and those that have none."""
    chart = source.chart
    if not chart.editable:
        return _told(
            f"{source.title} deploys the chart {chart.name} of others, and only a wrapper chart has dependencies",
            source.target.deployer,
            f"make a chart of your own that has it as a dependency, or leave the step out with --skip {step}",
        )
    if source.target.others:
        names = ", ".join(source.target.others[:4])
        return _told(
            f"the chart is shared with {names}, which this plan is not for",
            chart.chart_file,
            f"plan them together: migrate-dhi {chart.path}",
        )
    return None if chart.dependencies else Found(reason="the chart has no dependencies")


def _told(message: str, file: str, help_text: str) -> Found:
    finding = Finding("chart-not-own", "error", message, file=file, help=help_text)
    return Found((), (finding,), "blocked", message)


def gathered(swaps: Sequence[Swap], findings: Sequence[Finding], reasons: Sequence[str]) -> Found:
    """What was found of all dependencies; where errors keep all of them from it, the step is blocked."""
    blocked = any(finding.severity == "error" for finding in findings) and not swaps
    return Found(tuple(swaps), tuple(findings), "blocked" if blocked else "not-needed", "; ".join(reasons))


def check_vendored(chart: Chart, dependency: Dependency, step: str) -> None:
    """Raise NotHadError where Git has a dependency below ``charts/``."""
    held = _vendored(chart, dependency)
    if held:
        raise refusal(
            chart,
            "chart-vendored",
            f"{held} is in the repository, and would be deployed beside the chart that takes its place",
            f"take it out first (git rm -r {held}, and charts/ into .gitignore): Argo CD and Flux fetch what "
            f"Chart.lock says; or leave the step out with --skip {step}",
        )


def _vendored(chart: Chart, dependency: Dependency) -> str:
    """The archive or folder below ``charts/`` that has a dependency, where Git has it; else empty."""
    folder = join(chart.path, "charts")
    if chart.files is None:
        held = Shelf((chart.directory / "charts",)).versions(dependency.name)
        return join(folder, dependency.name) if held else ""
    of_name = re.compile(rf"({re.escape(folder)}/{re.escape(dependency.name)}(?:-v?\d[^/]*\.tgz|(?=/)))")
    return next((found[1] for path in chart.files.under(folder) if (found := of_name.match(path))), "")


def refusal(chart: Chart, code: str, message: str, help_text: str) -> NotHadError:
    """An error in place of a swap."""
    return NotHadError(Finding(code, "error", message, file=chart.chart_file, help=help_text))
