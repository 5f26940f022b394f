"""Where the steps begin: dependencies that the user asks for otherwise are exchanged first, each time proven."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Protocol

from migrate_dhi.dhi.tags import older, release_of
from migrate_dhi.findings import Finding
from migrate_dhi.helm.chart import Chart
from migrate_dhi.helm.swap import Swap
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.plan import Plan, StepOutcome
from migrate_dhi.migration.survey import Survey
from migrate_dhi.migration.swappable import Found
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.steps import EXCHANGES
from migrate_dhi.steps.context import Choices
from migrate_dhi.steps.step import Step


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


class Planner(Protocol):
    """Makes plans of a chart as it is, and proves exchanges."""

    def plan(self) -> Plan:
        """The plan, with nothing exchanged any more."""
        ...

    def exchange(self, step: Step, found: Found) -> Exchanged:
        """What becomes of an exchange by a step."""
        ...


def begun(survey: Survey, options: Options, planner: Callable[[Begun], Planner]) -> Begun:
    """Exchange the dependencies that the choices ask for, one step after the other."""
    choices, chart, lock = options.choices, survey.source.chart, survey.source.lock

    def plan_of(other: Survey) -> Plan:
        return planner(Begun(other, other.source.chart)).plan()

    finders: dict[str, Callable[[Survey], Found]] = {}
    if choices.upgrade:
        from migrate_dhi.migration.newer_charts import newer  # noqa: PLC0415 - seldom asked for

        finders["dependency"] = lambda one: newer(one, options, plan_of)
    if choices.via == "chart":
        from migrate_dhi.migration.hardened_charts import hardened  # noqa: PLC0415 - as above

        finders["chart"] = lambda one: hardened(one, options)
    wanted = [(step, finders[step.name]) for step in EXCHANGES if step.name in finders]
    locked = {chart.lock_file: lock} if wanted and lock is not None else {}
    done = Begun(survey, replace(chart, texts={**chart.texts, **locked}))
    for step, find in wanted:
        found = Found() if left_out(step.name, choices) else find(done.survey)
        made = planner(done).exchange(step, found)
        taken = tuple(swap for swap in found.swaps if swap.is_in(made.texts, chart.chart_file))
        if taken and len(taken) < len(found.swaps):
            # The commit names what it takes, and the errors the rest.
            made = replace(planner(done).exchange(step, replace(found, swaps=taken)), findings=made.findings)
        done = _after(done, made, taken)
    return done


def _after(done: Begun, made: Exchanged, taken: Sequence[Swap]) -> Begun:
    """Where the next step goes on."""
    survey, told, outcome = done.survey, made.findings, made.outcome
    if taken:
        from migrate_dhi.migration.values_kept import lost_values  # noqa: PLC0415 - as above
        from migrate_dhi.migration.vendoring import with_vendored  # noqa: PLC0415

        survey = survey.with_texts(made.texts)
        outcome = with_vendored(outcome, done.survey.source.chart, survey, taken)
        told = (
            *told,
            *lost_values(done.survey, survey, taken),
            *_jumps(taken, _moved(made.outcome), done.chart),
        )
    return Begun(
        survey,
        done.chart,
        (*done.outcomes, replace(outcome, findings=told)),
        (*done.findings, *told),
        done.renders + (done.survey.renderer.count if taken else 0),
        {**done.moved, **_moved(made.outcome)},
    )


def _jumps(taken: Sequence[Swap], moved: Mapping[str, str], chart: Chart) -> Iterator[Finding]:
    """Charts and images that come in another major version, or an image in an older one.

    Of a chart below 1.0 any minor version may break (semver.org, 4).
    """
    file = taken[0].file_of(chart)
    charts = [(one.before.key, one.before.version, one.after.version) for one in taken]
    read = [(Reference.try_parse(old), Reference.try_parse(new)) for old, new in moved.items()]
    images = [(old.image, old.tag, new.tag) for old, new in read if old and new]
    for name, old, new in dict.fromkeys([*charts, *images]):
        before, after = release_of(old), release_of(new)
        early = (name, old, new) in charts and before[:1] == after[:1] == (0,) and before[:2] != after[:2]
        if before and after and older(after, before):
            yield Finding(
                "downgrade",
                "error",
                f"{name} would go down from {old} to {new} with the chart",
                file=file,
                help="set the version that runs now in the values, or leave the step out with --skip",
            )
        elif (before[:1] != after[:1] or early) and before and after:
            yield Finding(
                "chart-major",
                "warning",
                f"{name} goes from {old} to {new}: "
                + ("below 1.0, where any minor version may break" if early else "another major version"),
                file=file,
                help="read what its project says of the versions between",
            )


def _moved(outcome: StepOutcome) -> dict[str, str]:
    """The images that its commit says it moves."""
    pairs = outcome.commit.trailers.get("DHI-Image", ()) if outcome.commit else ()
    return {old: new for old, _, new in (pair.partition(" -> ") for pair in pairs)}


def left_out(step: str, choices: Choices) -> bool:
    """Whether the user leaves a step out."""
    return step in choices.skip or bool(choices.only and step not in choices.only)
