"""Choices that no plan can be made with, told before anything is rendered."""

from collections.abc import Iterable

from migrate_dhi.errors import UnknownStepError, UsageError
from migrate_dhi.helm.chart import Chart
from migrate_dhi.migration.names import check_branch_name, check_names
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.source import Source
from migrate_dhi.steps import NAMES
from migrate_dhi.steps.context import Choices


def check_steps(names: Iterable[str]) -> None:
    """Raise UnknownStepError for a name that is no step's."""
    for name in names:
        if name not in NAMES:
            raise UnknownStepError(f"there is no step {name!r}", help=f"the steps are {', '.join(NAMES)}")


def check_pins(choices: Choices, chart: Chart) -> None:
    """Raise UsageError for an edit that the user wants in a file that is not the chart's to edit."""
    files = {*chart.texts, chart.values_file}
    for edit in (edit for edits in choices.pinned.values() for edit in edits):
        if edit.file not in files:
            raise UsageError(
                f"{chart.path} has no file {edit.file} to edit",
                help=f"its files are {', '.join(sorted(files))}",
            )


def check_choices(source: Source, options: Options) -> None:
    """Raise for flags that no plan could be made with, before anything is rendered."""
    check_steps([*options.choices.only, *options.choices.skip, *options.choices.pinned])
    check_pins(options.choices, source.chart)
    check_names(pull_secret=options.choices.pull_secret)
    check_branch_name(source.repository, options.branch)
