"""Without questions: plan charts and print, write branches, show the status, roll back."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from migrate_dhi.errors import LimitError, MigrateDhiError
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.plan import SCHEMA
from migrate_dhi.migration.planning import plan_chart
from migrate_dhi.migration.source import CHART_FILE, Opening, Source, find_chart
from migrate_dhi.migration.target import open_targets
from migrate_dhi.record import record
from migrate_dhi.ui import console

if TYPE_CHECKING:
    from migrate_dhi.migration.plan import Plan
    from migrate_dhi.migration.rollback import RollbackWishes
    from migrate_dhi.ui.answers import Answers

# Of several charts the worst result is returned, in this order.
_WORST = (3, 1, 2, 4, 5, 6, 0)


@record
class Failure:
    """A chart that could not be planned, in the list of several."""

    chart: str
    error: MigrateDhiError

    def to_json(self) -> dict[str, Any]:
        """The entry in the JSON contract."""
        error = self.error
        told = {"message": error.message, "where": error.where or None, "help": error.help or None}
        return {"schema": SCHEMA, "argument": self.chart, "error": told}


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

    def open(self, argument: str) -> list[Source]:
        """Open what an argument means: a chart directory, or releases."""
        options = self.options
        alone = bool(options.release or options.namespace)
        opening = Opening(self.values, self.base, self.branch, alone, options.shelf, options.repo_urls)
        return open_targets(argument, opening)

    def plan(self, source: Source) -> "Plan":
        """Plan for one chart."""
        found = self.answers.charts.get(source.title) if self.answers else None
        return plan_chart(source, found.without(self.given).applied(self.options) if found else self.options)


def charts_or_here(charts: Sequence[str], answers: "Answers | None" = None) -> tuple[str, ...]:
    """What is named, else what the answers name, else the chart at or above here; raises NoChartError."""
    here = Path.cwd()
    named = tuple(charts) or tuple(map(str, answers.paths(here) if answers else ()))
    # One chart has many names: with a slash, through a link, or by its Chart.yaml.
    once: dict[str, str] = {}
    for chart in named:
        path = Path(chart)
        known = os.path.realpath(path.parent if path.name == CHART_FILE else path)
        once.setdefault(known if path.exists() else chart, chart)
    return tuple(once.values()) or (str(find_chart(here)),)


def plan_charts(
    charts: Sequence[str], job: Job, form: str, *, check: bool, verbose: bool, command: Sequence[str]
) -> int:
    """Plan and print; 5 where a plan is blocked, 6 with ``check`` where one is ready.

    In JSON, one argument that means one release gives its plan; else there is a list, in which one that failed
    has its error.
    """
    entries: list[Plan | Failure] = []

    def one(source: Source) -> int:
        plan = job.plan(source)
        console.progress("")
        if form == "text":
            if entries:
                console.print_text("")
            console.show_plan(plan, verbose=verbose, command=command if len(charts) == 1 else ())
        entries.append(plan)
        return {"blocked": 5, "ready": 6 if check else 0}.get(plan.status, 0)

    result = _each(charts, job, one, lambda chart, error: entries.append(Failure(chart, error)))
    plans = [entry for entry in entries if not isinstance(entry, Failure)]
    if form == "json":
        from migrate_dhi.migration.plan import SCHEMA_MANY  # noqa: PLC0415

        found = [entry.to_json() for entry in entries]
        single = len(charts) == 1 and len(found) == 1
        console.print_json(found[0] if single else {"schema": SCHEMA_MANY, "plans": found})
    elif form == "markdown":
        from migrate_dhi.ui.markdown import failure_markdown, plan_markdown  # noqa: PLC0415

        texts = [
            failure_markdown(e.chart, e.error) if isinstance(e, Failure) else plan_markdown(e)
            for e in entries
        ]
        console.print_text("\n".join(texts))
    if not plans and len(charts) > 1 and form == "text":
        console.progress("")
    return result


def write_charts(charts: Sequence[str], job: Job) -> int:
    """Plan each chart and write its branch."""
    from migrate_dhi.migration.apply import apply_plan, check_plan, check_source  # noqa: PLC0415

    def one(source: Source) -> int:
        check_source(source)
        plan = job.plan(source)
        console.progress("")
        check_plan(plan)
        commits = apply_plan(source, plan, run_hooks=job.options.run_hooks)
        if told:
            console.print_text("")
        told.append(plan.branch)
        console.show_written(plan, plan.branch, commits)
        return 0

    told: list[str] = []
    return _each(charts, job, one)


def show_status(name: str | None, base: str, *, as_json: bool) -> int:
    """Print what is on which branch."""
    from migrate_dhi.git.repository import Repository  # noqa: PLC0415
    from migrate_dhi.migration.rollback import require_known  # noqa: PLC0415
    from migrate_dhi.migration.status import read_status  # noqa: PLC0415

    repository = Repository.discover(_place(name))
    found = read_status(repository, base=base)
    if name is not None:
        found = require_known(repository, found, name)
    if as_json:
        console.print_json(found.to_json())
    else:
        console.show_status(found)
    return 0


def show_choices(base: str, *, as_json: bool) -> int:
    """Print what can be taken back."""
    from migrate_dhi.git.repository import Repository  # noqa: PLC0415
    from migrate_dhi.migration.status import read_status  # noqa: PLC0415

    found = read_status(Repository.discover(Path.cwd()), base=base)
    if as_json:
        console.print_json(found.to_json())
    else:
        console.show_choices(found)
    return 0


def roll_back(target: str | None, wishes: "RollbackWishes", *, ask: bool, as_json: bool) -> int:
    """Take a branch back and say how to restore it; of what is merged, write the branch that reverses it."""
    from migrate_dhi.git.repository import Repository  # noqa: PLC0415
    from migrate_dhi.migration.reversal import Reversal  # noqa: PLC0415
    from migrate_dhi.migration.rollback import plan_rollback  # noqa: PLC0415
    from migrate_dhi.ui.prompts import confirm  # noqa: PLC0415

    planned = plan_rollback(Repository.discover(_place(target)), target, wishes)
    if ask and not as_json:
        console.show_rollback(planned)
    question = "Roll back?"
    if isinstance(planned, Reversal):
        planned.check()
        question = "Write the branch?"
    if ask and not planned.nothing_to_do and not confirm(question, default=False):
        return 0
    result = planned.apply(run_hooks=wishes.run_hooks) if isinstance(planned, Reversal) else planned.apply()
    if as_json:
        console.print_json(planned.to_json(result) if isinstance(planned, Reversal) else result.to_json())
    else:
        console.show_rollback(planned, result)
    return 0


def _place(name: str | None) -> Path:
    return Path(name) if name and Path(name).exists() else Path.cwd()


def _each(
    charts: Sequence[str],
    job: Job,
    one: Callable[[Source], int],
    failed: Callable[[str, MigrateDhiError], None] = lambda _chart, _error: None,
) -> int:
    """Do each release of each argument; an error of one is told and does not stop the others."""
    codes: list[int] = []

    def tell(chart: str, error: MigrateDhiError) -> None:
        console.progress("")
        error.where = error.where or chart
        console.print_error(error)
        failed(chart, error)
        codes.append(error.exit_code)

    for chart in charts:
        try:
            sources = job.open(chart)
        except MigrateDhiError as error:
            if len(charts) == 1:
                raise
            tell(chart, error)
            continue
        for source in sources:
            try:
                codes.append(one(source))
            except MigrateDhiError as error:
                if len(charts) == len(sources) == 1:
                    raise
                tell(source.title, error)
                if isinstance(error, LimitError):
                    # The engine still works on it, and takes what the others would need.
                    return min(codes, key=_WORST.index)
    return min(codes, key=_WORST.index, default=0)
