"""Without questions: plan charts and print, write branches, show the status, roll back."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from migrate_dhi import redact
from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.git import moment
from migrate_dhi.migration.choices import check_all, of_chart
from migrate_dhi.migration.nearest_chart import find_chart
from migrate_dhi.migration.options import Options, quiet
from migrate_dhi.migration.plan import SCHEMA
from migrate_dhi.migration.planning import plan_chart
from migrate_dhi.migration.source import Opening, Source, repository_of
from migrate_dhi.migration.states import CHART_FILE, chart_folder
from migrate_dhi.migration.target import open_targets
from migrate_dhi.migration.workers import Outcome, in_order, run, worker_count
from migrate_dhi.record import record
from migrate_dhi.ui import console
from migrate_dhi.ui.process import told

if TYPE_CHECKING:
    from migrate_dhi.migration.apply import Draft
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
        options = found.without(self.given).applied(self.options) if found else self.options
        return plan_chart(source, of_chart(options, source.chart) if options.wishes.anywhere else options)


def charts_or_here(charts: Sequence[str], answers: "Answers | None" = None) -> tuple[str, ...]:
    """What is named, else what the answers name, else the chart at or above here; raises NoChartError."""
    here = Path.cwd()
    named = tuple(charts) or tuple(map(str, answers.paths(here) if answers else ()))
    # One chart has many names: with a slash, through a link, or by its Chart.yaml or values.yaml.
    once: dict[str, str] = {}
    for chart in named:
        path = Path(chart)
        known = os.path.realpath(chart_folder(path))
        once.setdefault(known if path.exists() else chart, chart)
    return tuple(once.values()) or (str(find_chart(here)),)


def means_several(charts: Sequence[str], answers: "Answers | None" = None) -> bool:
    """Whether folders of a repository are meant: what is named is no chart, or nothing is and there is none above."""
    folders = [Path(chart) for chart in charts] or [Path.cwd()]
    if answers or not all(folder.is_dir() and not (folder / CHART_FILE).is_file() for folder in folders):
        return False
    if not charts and any((folder / CHART_FILE).is_file() for folder in folders[0].parents):
        return False
    return repository_of(folders[0], "HEAD")[0] is not None


@record
class Planned:
    """A release that was planned: its title, and the plan with its branch if one is to be written, or the error."""

    title: str
    plan: "Plan | None" = None
    draft: "Draft | None" = None
    error: MigrateDhiError | None = None


@record
class _Begin:
    """Makes, in a worker, what opens one argument and plans all that it means."""

    job: Job

    def __call__(self) -> Callable[[str], tuple[Planned, ...]]:
        if not self.job.branch:
            # Nothing is written meanwhile, so what Git said once holds for all that is planned.
            moment.begin(refs=True)
        return partial(_planned, self.job)


def _planned(job: Job, argument: str) -> tuple[Planned, ...]:
    return tuple(_one(job, source) for source in job.open(argument))


def _one(job: Job, source: Source) -> Planned:
    try:
        if not job.branch:
            return Planned(source.title, job.plan(source))
        from migrate_dhi.migration.apply import check_source, draft_of  # noqa: PLC0415

        check_source(source)
        plan = job.plan(source)
        return Planned(source.title, plan, draft_of(source, plan))
    except MigrateDhiError as error:
        return Planned(source.title, error=error)


def plan_charts(
    charts: Sequence[str], job: Job, form: str, *, check: bool, verbose: bool, command: Sequence[str]
) -> int:
    """Plan and print; 5 where a plan is blocked, 6 with ``check`` where one is ready.

    In JSON, one argument that means one release gives its plan; else there is a list, in which one that failed
    has its error.
    """
    entries: list[Plan | Failure] = []

    def one(planned: Planned) -> int:
        plan = planned.plan
        if plan is None:
            raise AssertionError(f"{planned.title} has neither a plan nor an error")
        if form == "text":
            if entries:
                console.print_text("")
            from migrate_dhi.ui.plan_text import plan_lines  # noqa: PLC0415 - of JSON none of it is needed

            console.show_lines(plan_lines(console.look(), plan, verbose=verbose, command=command))
        entries.append(plan)
        return {"blocked": 5, "ready": 6 if check else 0}.get(plan.status, 0)

    try:
        result = _each(charts, job, one, lambda chart, error: entries.append(Failure(chart, error)))
    finally:
        # Where this process was the only worker.
        moment.end()
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
    return result


def write_charts(charts: Sequence[str], job: Job) -> int:
    """Plan each chart and write its branch."""
    from migrate_dhi.ui.outcome_text import written_lines  # noqa: PLC0415

    def one(planned: Planned) -> int:
        if planned.plan is None:
            raise AssertionError(f"{planned.title} has neither a plan nor an error")
        commits = planned.draft.write(job.options) if planned.draft else ()
        if written:
            console.print_text("")
        written.append(planned.plan.branch)
        console.show_lines(written_lines(console.look(), planned.plan, planned.plan.branch, commits))
        return 0

    written: list[str] = []
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
        from migrate_dhi.ui.status_text import status_lines  # noqa: PLC0415

        console.show_lines(status_lines(console.look(), found))
    return 0


def show_choices(base: str, *, as_json: bool) -> int:
    """Print what can be taken back."""
    from migrate_dhi.git.repository import Repository  # noqa: PLC0415
    from migrate_dhi.migration.status import read_status  # noqa: PLC0415

    found = read_status(Repository.discover(Path.cwd()), base=base)
    if as_json:
        console.print_json(found.to_json())
    else:
        from migrate_dhi.ui.rollback_text import choice_lines  # noqa: PLC0415

        console.show_lines(choice_lines(console.look(), found))
    return 0


def require_migration(target: str, base: str) -> None:
    """Raise UsageError, with what can be taken back, where nothing of that name is."""
    from migrate_dhi.git.repository import Repository  # noqa: PLC0415
    from migrate_dhi.migration.rollback import found_for  # noqa: PLC0415

    found_for(Repository.discover(_place(target)), target, base)


def roll_back(target: str | None, wishes: "RollbackWishes", *, ask: bool, as_json: bool) -> int:
    """Take a branch back and say how to restore it; of what is merged, write the branch that reverses it."""
    from migrate_dhi.git.repository import Repository  # noqa: PLC0415
    from migrate_dhi.migration.reversal import Reversal  # noqa: PLC0415
    from migrate_dhi.migration.rollback import plan_rollback  # noqa: PLC0415
    from migrate_dhi.ui.prompts import confirm  # noqa: PLC0415
    from migrate_dhi.ui.rollback_text import back_lines  # noqa: PLC0415

    planned = plan_rollback(Repository.discover(_place(target)), target, wishes)
    if ask and not as_json:
        console.show_lines(back_lines(console.look(), planned))
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
        console.show_lines(back_lines(console.look(), planned, result))
    return 0


def _place(name: str | None) -> Path:
    return Path(name) if name and Path(name).exists() else Path.cwd()


def _of_any(job: Job) -> Job:
    """The job for several arguments: what a flag names need not be in each of them."""
    return replace(job, options=replace(job.options, wishes=replace(job.options.wishes, anywhere=True)))


def _checked(outcomes: Iterator[Outcome], options: Options) -> Iterator[Outcome]:
    """The outcomes of several arguments, once it is clear that each name that a flag gives means something of theirs.

    Nothing is written before. Raises UsageError.
    """
    wishes = options.wishes
    if not wishes.anywhere or not (wishes.keep or wishes.to or options.choices.pinned):
        yield from outcomes
        return
    found = list(outcomes)
    plans = [planned.plan for outcome in found for planned in outcome.result or () if planned.plan]
    # Where something could not be planned, it may be that which has the image.
    if len(plans) == sum(len(outcome.result or (None,)) for outcome in found):
        check_all(options, plans)
    yield from found


def _each(
    charts: Sequence[str],
    job: Job,
    one: Callable[[Planned], int],
    failed: Callable[[str, MigrateDhiError], None] = lambda _chart, _error: None,
) -> int:
    """Do each release of each argument, many side by side; an error of one is told and does not stop the others."""
    codes: list[int] = []

    def tell(chart: str, error: MigrateDhiError) -> None:
        error.where = error.where or chart
        console.print_error(error)
        failed(chart, error)
        codes.append(error.exit_code)

    workers = worker_count(len(charts))
    if workers > 1:
        job = replace(job, options=replace(job.options, progress=quiet))
    job = _of_any(job) if len(charts) > 1 else job
    with closing(run(_Begin(job), charts, workers=workers, told=told)) as outcomes:
        for outcome in _checked(in_order(outcomes), job.options):
            console.progress("")
            for secret in outcome.secrets:
                redact.learn_value(secret)
            if outcome.error:
                if len(charts) == 1:
                    raise outcome.error
                tell(charts[outcome.number], outcome.error)
            for planned in outcome.result or ():
                error = planned.error
                try:
                    if not error:
                        codes.append(one(planned))
                except MigrateDhiError as raised:
                    error = raised
                if error and len(charts) == len(outcome.result) == 1:
                    raise error
                if error:
                    tell(planned.title, error)
    return min(codes, key=_WORST.index, default=0)
