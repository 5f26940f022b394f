"""Take a chart in a newer version: ``version: 0.9.3`` → ``0.11.0``, where that solves what values cannot.

It is a dependency of a chart of ours, or the chart that an object names.

What changes in the objects that it makes is the step; nothing else may.
"""

from migrate_dhi.steps.context import Context
from migrate_dhi.steps.swaps import Exchange


class NewerDependencyStep(Exchange):
    """The dependencies that a newer version was found of."""

    name = "dependency"
    title = "Take newer versions of charts"
    cannot = "no newer version can"

    def subject(self, context: Context) -> str:
        """Names the dependencies with their versions."""
        return "raise " + ", ".join(f"{one.before.key} to {one.after.version}" for one in context.swaps)
