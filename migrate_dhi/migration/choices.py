"""Choices that no plan can be made with, told before anything is rendered."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from migrate_dhi.dhi.naming import meant
from migrate_dhi.dhi.wish import Wishes, check_named
from migrate_dhi.errors import UnknownImageError, UnknownStepError, UsageError
from migrate_dhi.helm.chart import Chart, join
from migrate_dhi.migration.names import check_branch_name, check_names
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.plan import Plan
from migrate_dhi.migration.source import Source
from migrate_dhi.steps import NAMES
from migrate_dhi.steps.context import Choices

# What of a chart can be edited: of these folders the templates.
_OF_CHART = ("Chart.yaml", "values.yaml", "templates/", "charts/")
_UNSURE = {"fixed", "undecided"}


def check_steps(names: Iterable[str]) -> None:
    """Raise UnknownStepError for a name that is no step's."""
    for name in names:
        if name not in NAMES:
            near = meant(name, NAMES)
            raise UnknownStepError(
                f"there is no step {name!r}", help=f"{near}{' ' * bool(near)}the steps are {', '.join(NAMES)}"
            )


def check_pins(choices: Choices, chart: Chart) -> None:
    """Raise UsageError for an edit that the user wants in a file that is not the chart's to edit."""
    files = {*chart.texts, chart.values_file}
    for edit in (edit for edits in choices.pinned.values() for edit in edits):
        if edit.file not in files:
            raise UsageError(
                f"{chart.path} has no file {edit.file} to edit",
                help=f"its files are {', '.join(sorted(files))}",
            )


def of_chart(options: Options, chart: Chart) -> Options:
    """Options for several charts as one of them takes them: without the edits of files that are of others."""
    files = {*chart.texts, chart.values_file}
    pinned = {
        step: own
        for step, edits in options.choices.pinned.items()
        if (own := tuple(edit for edit in edits if edit.file in files))
    }
    return replace(options, choices=replace(options.choices, pinned=pinned))


class Decided(Protocol):
    """An image with what was decided of it."""

    @property
    def before(self) -> str:
        """The image as it is."""

    @property
    def status(self) -> str:
        """What becomes of it."""

    @property
    def reason(self) -> str:
        """Why."""

    @property
    def confidence(self) -> str:
        """How sure its counterpart is."""


def check_wished(wishes: Wishes, images: Sequence[Decided], of: str) -> None:
    """Raise UnknownImageError for a ``--to`` or ``--keep`` that means none of all images ``of`` many plans."""
    check_named(wishes, (image.before for image in images), of)
    there = {told for image in images for told in (image.before, image.reason.partition(";")[0])}
    # Of what stays in spite of a wish the reason is another one than the wish.
    unsure = any(i.status in _UNSURE or (i.status == "no-counterpart" and i.confidence) for i in images)
    for text in wishes.to:
        if "=" not in text and not unsure and not {text, f"--to {text}"} & there:
            raise UnknownImageError(
                f"--to {text}: {of} has an image with it as its counterpart", help="write --to FROM=IMAGE"
            )


def check_all(options: Options, plans: Sequence[Plan]) -> None:
    """Raise UsageError for a flag for several charts that concerns none of them: an image, or a file to edit."""
    check_wished(options.wishes, [image for plan in plans for image in plan.images], "none of these")
    files = {layer[1] for plan in plans for one in plan.releases for layer in one.layers}
    files |= {file for plan in plans for file in plan.chart.values_files}
    places = [join(plan.chart.path, name) for plan in plans if plan.chart.path for name in _OF_CHART]
    files |= {place for place in places if not place.endswith("/")}
    folders = tuple(place for place in places if place.endswith("/"))
    for file in (edit.file for edits in options.choices.pinned.values() for edit in edits):
        if file not in files and not file.startswith(folders):
            raise UsageError(
                f"--pin {file}: none of these has that file", help="see their files with --plan -v"
            )


def check_choices(source: Source, options: Options) -> None:
    """Raise for flags that no plan could be made with, before anything is rendered."""
    check_steps([*options.choices.only, *options.choices.skip, *options.choices.pinned])
    check_pins(options.choices, source.chart)
    check_names(pull_secret=options.choices.pull_secret)
    check_branch_name(source.repository, options.branch)
