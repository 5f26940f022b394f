"""Take a dependency as Docker's hardened chart: ``valkey`` of its own repository → ``valkey-chart`` of ``dhi.io``.

Its values keep their key by an alias. What changes in the objects that it makes is the step; nothing else may.
"""

from migrate_dhi.findings import Finding
from migrate_dhi.kube.compare import Change
from migrate_dhi.steps.context import Context
from migrate_dhi.steps.step import Goals
from migrate_dhi.steps.swaps import belongs, goals_of


class HardenedChartStep:
    """The dependencies that Docker has hardened charts of."""

    name = "chart"
    title = "Take hardened charts as dependencies"
    requires: tuple[str, ...] = ()
    deployable = True

    def goals(self, context: Context) -> Goals:
        """One goal for the dependencies that have a hardened chart."""
        return goals_of(context)

    def announces(self, context: Context, change: Change) -> bool:
        """Whatever the hardened chart makes otherwise."""
        return belongs(change, context)

    def unreached(self, context: Context, missing: str) -> Finding:
        """What was asked for and cannot be had is an error: the plan without it is another one."""
        return Finding(
            "chart-unreached",
            "error",
            f"the hardened chart cannot take the place of {missing}",
            file=context.chart.chart_file,
            help="see with -v what was tried; leave the step out with --skip chart",
        )

    def subject(self, context: Context) -> str:
        """Names the charts."""
        return "use " + ", ".join(f"{one.after.name} {one.after.version}" for one in context.swaps)
