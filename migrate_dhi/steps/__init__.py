"""The steps of a migration, in the order in which they run; one file each."""

from migrate_dhi.steps.hardened_chart import HardenedChartStep
from migrate_dhi.steps.newer_dependency import NewerDependencyStep
from migrate_dhi.steps.probes import ProbesStep
from migrate_dhi.steps.pull_secret import PullSecretStep
from migrate_dhi.steps.registry import RegistryStep
from migrate_dhi.steps.run_as_user import RunAsUserStep
from migrate_dhi.steps.step import Step
from migrate_dhi.steps.tag import TagStep
from migrate_dhi.steps.versions import VersionsStep

STEPS: tuple[Step, ...] = (
    RegistryStep(),
    TagStep(),
    PullSecretStep(),
    ProbesStep(),
    RunAsUserStep(),
    VersionsStep(),
)

# The step after all others that hands update bots over, where that is asked for; it edits no value of a chart.
BOTS = "bots"

# Those that exchange dependencies, where that is asked for: they come first, and the others go on from what they leave.
EXCHANGES: tuple[Step, ...] = (NewerDependencyStep(), HardenedChartStep())
NAMES: tuple[str, ...] = (*(step.name for step in (*EXCHANGES, *STEPS)), BOTS)
