"""Take a dependency as Docker's hardened chart: ``valkey`` of its own repository → ``valkey-chart`` of ``dhi.io``.

Its values keep their key by an alias. What changes in the objects that it makes is the step; nothing else may.
"""

from migrate_dhi.steps.context import Context
from migrate_dhi.steps.swaps import Exchange


class HardenedChartStep(Exchange):
    """The dependencies that Docker has hardened charts of."""

    name = "chart"
    title = "Take hardened charts as dependencies"
    cannot = "the hardened chart cannot"

    def subject(self, context: Context) -> str:
        """Names the charts."""
        return "use " + ", ".join(f"{one.after.name} {one.after.version}" for one in context.swaps)
