"""Take a chart in a newer version: ``version: 0.9.3`` → ``0.11.0``, where that solves what values cannot.

It is a dependency of a chart of ours, or the chart that an object names.

What changes in the objects that it makes is the step; nothing else may.
"""

from migrate_dhi.findings import Finding
from migrate_dhi.kube.compare import Change
from migrate_dhi.steps.context import Context
from migrate_dhi.steps.step import Goals
from migrate_dhi.steps.swaps import belongs, goals_of


class NewerDependencyStep:
    """The dependencies that a newer version was found of."""

    name = "dependency"
    title = "Take newer versions of charts"
    requires: tuple[str, ...] = ()
    deployable = True

    def goals(self, context: Context) -> Goals:
        """One goal for the dependencies that become newer."""
        return goals_of(context)

    def announces(self, context: Context, change: Change) -> bool:
        """Whatever the newer version makes otherwise."""
        return belongs(change, context)

    def unreached(self, context: Context, missing: str) -> Finding:
        """What was asked for and cannot be had is an error: the plan without it is another one."""
        return Finding(
            "chart-unreached",
            "error",
            f"no newer version can take the place of {missing}",
            file=context.swaps[0].file_of(context.chart),
            help="see with -v what was tried; leave the step out with --skip dependency",
        )

    def subject(self, context: Context) -> str:
        """Names the dependencies with their versions."""
        return "raise " + ", ".join(f"{one.before.key} to {one.after.version}" for one in context.swaps)
