"""Without questions: plan charts and print, write branches, show the status, roll back."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.planning import plan_chart
from migrate_dhi.migration.source import CHART_FILE, Source, find_chart, open_source
from migrate_dhi.record import record
from migrate_dhi.ui import console

if TYPE_CHECKING:
    from migrate_dhi.migration.plan import Plan
    from migrate_dhi.ui.answers import Answers

# Of several charts the worst result is returned, in this order.
_WORST = (3, 1, 2, 4, 5, 6, 0)
# With these the output on stdout would be taken for a whole result.
_FAILED = (1, 2, 3, 4)


@record
class Job:
    """What is the same for all charts of one call.

    ``answers`` are those of a file; a flag, whose name is in ``given``, counts more than one of them.
    ``branch`` tells that branches are to be written: charts are then planned as the base has them.
    """

    options: Options
    values: tuple[Path, ...] = ()
    base: str = "HEAD"
    answers: "Answers | None" = None
    given: frozenset[str] = frozenset()
    branch: bool = False

    def open(self, chart: Path) -> Source:
        """Open one chart."""
        return open_source(chart, values=self.values, base=self.base, branch=self.branch)

    def plan(self, source: Source) -> "Plan":
        """Plan for one chart."""
        found = self.answers.charts.get(source.chart.path) if self.answers else None
        return plan_chart(source, found.without(self.given).applied(self.options) if found else self.options)


def charts_or_here(charts: Sequence[Path], answers: "Answers | None" = None) -> tuple[Path, ...]:
    """The charts named, else those of the answers, else the one at or above here; raises NoChartError."""
    here = Path.cwd()
    named = tuple(charts) or tuple(answers.paths(here) if answers else ())
    # One chart has many names: with a slash, through a link, or by its Chart.yaml.
    once: dict[str, Path] = {}
    for chart in named:
        once.setdefault(os.path.realpath(chart.parent if chart.name == CHART_FILE else chart), chart)
    return tuple(once.values()) or (find_chart(here),)


def plan_charts(
    charts: Sequence[Path], job: Job, form: str, *, check: bool, verbose: bool, command: Sequence[str]
) -> int:
    """Plan and print; 5 where a plan is blocked, 6 with ``check`` where one is ready."""
    plans: list[Plan] = []

    def one(chart: Path) -> int:
        plan = job.plan(job.open(chart))
        console.progress("")
        plans.append(plan)
        if form == "text":
            if len(plans) > 1:
                console.print_text("")
            console.show_plan(plan, verbose=verbose, command=command if len(charts) == 1 else ())
        return {"blocked": 5, "ready": 6 if check else 0}.get(plan.status, 0)

    result = _each(charts, one)
    if result in _FAILED:
        return result
    if form == "json":
        from migrate_dhi.migration.plan import SCHEMA_MANY  # noqa: PLC0415

        found = [plan.to_json() for plan in plans]
        console.print_json(found[0] if len(charts) == 1 else {"schema": SCHEMA_MANY, "plans": found})
    elif form == "markdown":
        from migrate_dhi.ui.markdown import plan_markdown  # noqa: PLC0415

        console.print_text("\n".join(plan_markdown(plan) for plan in plans))
    return result


def write_charts(charts: Sequence[Path], job: Job) -> int:
    """Plan each chart and write its branch."""
    from migrate_dhi.migration.apply import apply_plan, check_plan, check_source  # noqa: PLC0415

    def one(chart: Path) -> int:
        source = job.open(chart)
        check_source(source)
        plan = job.plan(source)
        console.progress("")
        check_plan(plan)
        commits = apply_plan(source, plan)
        if told:
            console.print_text("")
        told.append(plan.branch)
        console.show_written(plan, plan.branch, commits)
        return 0

    told: list[str] = []
    return _each(charts, one)


def show_status(chart: Path | None, base: str, *, as_json: bool) -> int:
    """Print what is on which branch."""
    from migrate_dhi.git.repository import Repository  # noqa: PLC0415
    from migrate_dhi.migration.status import read_status  # noqa: PLC0415

    repository = Repository.discover(chart or Path.cwd())
    found = read_status(repository, repository.relative(chart) if chart else None, base=base)
    if as_json:
        console.print_json(found.to_json())
    else:
        console.show_status(found)
    return 0


def roll_back(target: str | None, to_step: str | None, base: str, *, ask: bool, as_json: bool) -> int:
    """Take a branch back and say how to restore it."""
    from migrate_dhi.git.repository import Repository  # noqa: PLC0415
    from migrate_dhi.migration.rollback import plan_rollback  # noqa: PLC0415
    from migrate_dhi.ui.prompts import confirm  # noqa: PLC0415

    place = Path(target) if target and Path(target).exists() else Path.cwd()
    planned = plan_rollback(Repository.discover(place), target, to_step=to_step, base=base)
    if ask and not as_json:
        console.show_rollback(planned)
    if ask and not planned.nothing_to_do and not confirm("Roll back?", default=False):
        return 0
    result = planned.apply()
    if as_json:
        console.print_json(result.to_json())
    else:
        console.show_rollback(planned, result)
    return 0


def _each(charts: Sequence[Path], one: Callable[[Path], int]) -> int:
    """Do each chart; an error of one is told and does not stop the others."""
    if len(charts) == 1:
        return one(charts[0])
    codes = []
    for chart in charts:
        try:
            codes.append(one(chart))
        except MigrateDhiError as error:
            console.progress("")
            error.where = error.where or str(chart)
            console.print_error(error)
            codes.append(error.exit_code)
    return min(codes, key=_WORST.index, default=0)
