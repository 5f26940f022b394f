"""The part of the wizard that renders: sessions of the charts, the confirmation, and the end."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from shlex import split
from typing import TYPE_CHECKING

from migrate_dhi.errors import InterruptedByUserError, LimitError, MigrateDhiError
from migrate_dhi.migration.apply import apply_plan, check_branch, check_edits, check_source
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.repository_answers import answered
from migrate_dhi.ui import console, prompts
from migrate_dhi.ui.answers import Answers, ChartAnswers, saved_as
from migrate_dhi.ui.lines import BLANK, Line, Look, Span, command_lines, heading
from migrate_dhi.ui.live_flags import live_if_wanted
from migrate_dhi.ui.markdown import plan_markdown, rollout_checks
from migrate_dhi.ui.outcome_text import written_lines
from migrate_dhi.ui.plan_question import ask_plan
from migrate_dhi.ui.plan_text import summary_words
from migrate_dhi.ui.prompts import Option
from migrate_dhi.ui.session import BACK, NEXT, NOT_ASKED, ChartSession, Common, Move, Stage, walk
from migrate_dhi.wording import counted

if TYPE_CHECKING:
    from migrate_dhi.migration.source import Source
    from migrate_dhi.ui.wizard import Call

_YES, _BACK, _NO, _TEXT = "yes", "back", "no", "text"
# A command with more words of answers than this is no command to copy: the answers go to a file.
_MOST_WORDS = 8


class Conversation:
    """All charts of one session; ``sessions`` and ``written`` are looked at when it is interrupted."""

    def __init__(self, call: "Call", saved: Answers) -> None:
        self.call = call
        self.saved = saved
        self.opened: dict[str, list[ChartSession]] = {}
        self.charts: Sequence[str] = ()
        self.written: list[str] = []
        self.faults: list[int] = []
        self.confirmed = False

    @cached_property
    def options(self) -> Options:
        """What the flags say; without one of those for registries, the user says whether they are asked."""
        options = self.call.job().options
        if options.live or options.offline:
            return options
        return replace(options, live=live_if_wanted(self.call.host))

    @property
    def sessions(self) -> dict[str, ChartSession]:
        """The charts and releases of this session that are ready, in order, by what names them."""
        found: dict[str, ChartSession] = {}
        for chart in self.charts:
            sessions = self.opened.get(chart, [])
            found |= {chart if len(sessions) == 1 else one.path: one for one in sessions}
        return found

    def run(self, charts: Sequence[str], *, chosen: bool) -> int | None:
        """Ask about each chart, confirm, and write; None to go back to where the charts were ``chosen``."""
        code = None
        try:
            code = self._run(charts, chosen=chosen)
        finally:
            # On the way back to the choice of charts the surveys are kept.
            for session in self._all() if code is not None or sys.exc_info()[0] else ():
                session.close()
        return code

    def _run(self, charts: Sequence[str], *, chosen: bool) -> int | None:
        self.charts, self.faults = charts, []
        self._open()
        if not self.sessions:
            return max(self.faults, default=0)
        stages = [self._stage(session, chosen=chosen) for session in self.sessions.values()]
        if walk([*stages, self._confirm], NEXT) != NEXT:
            return None
        if self.confirmed:
            self._write()
        else:
            console.show_lines([BLANK, (Span("Nothing was written.", "name"),)])
            if any(session.answers != session.saved for session in self.sessions.values()):
                self._show_repeat(console.look())
        return max(self.faults, default=0)

    def _open(self) -> None:
        """Open each chart; with several, one that is not ready is told and left out."""
        job = self.call.job()
        common = Common(self.options, self.call.given)
        for chart in self.charts:
            if chart in self.opened:
                continue
            try:
                self.opened[chart] = [self._session(source, common) for source in job.open(chart)]
            except MigrateDhiError as error:
                self._tell(error, chart, alone=len(self.charts) == 1)

    def _tell(self, error: MigrateDhiError, chart: str, *, alone: bool) -> None:
        """Tell why one of several charts is left out; of a single one the error is raised again."""
        console.progress("")
        if alone or isinstance(error, LimitError):
            raise error
        error.where = error.where or chart
        console.print_error(error)
        self.faults.append(error.exit_code)

    def _session(self, source: "Source", common: Common) -> ChartSession:
        check_source(source)
        # Before questions are asked, though not every plan edits each of these files.
        check_edits(source, [change.path for change in source.dirty])
        saved = self.saved.charts.get(source.title, ChartAnswers()).without(self.call.given)
        options = answered(source, common.options)
        return ChartSession(source, replace(common, options=options), saved)

    def _all(self) -> list[ChartSession]:
        return [session for sessions in self.opened.values() for session in sessions]

    def _stage(self, session: ChartSession, *, chosen: bool) -> Stage:
        def ask(direction: Move) -> Move:
            number, count = list(self.sessions.values()).index(session) + 1, len(self.sessions)
            if count > 1:
                title = f"{session.path} ({number} of {count})"
                console.show_lines([BLANK, (Span(title, "title"),)])
            if not self._planned(session):
                return NOT_ASKED
            self._share(session)
            return ask_plan(session, direction, alone=count == 1, first=number == 1 and not chosen)

        return ask

    def _planned(self, session: ChartSession) -> bool:
        """Whether there is a plan, which is made when its turn comes: the first one need not wait for the others."""
        try:
            if not session.failed and session.first.status != "nothing-to-do":
                check_branch(session.source, session.first)
        except MigrateDhiError as error:
            session.left_out = session.failed = True
            self._tell(error, session.path, alone=len(self.sessions) == 1)
        return not session.failed

    def _share(self, session: ChartSession) -> None:
        """What was answered for an earlier chart holds for the next one until it is changed there."""
        for earlier in self.sessions.values():
            if earlier is session:
                return
            for key in ("pull_secret", "probes", "bump"):
                value = getattr(earlier.answers, key)
                if value is not None and getattr(session.answers, key) is None:
                    session.change(**{key: value})

    def _to_write(self) -> list[ChartSession]:
        return [s for s in self.sessions.values() if not s.left_out and s.plan.status == "ready"]

    def _confirm(self, direction: Move) -> Move:
        """The one confirmation of several charts; of one chart its plan was it."""
        look = console.look()
        ready = self._to_write()
        self.confirmed = bool(ready)
        if not ready or len(self.sessions) == 1:
            return NEXT if direction == NEXT else NOT_ASKED
        lines: list[Line] = heading("Summary")
        for session in self.sessions.values():
            lines += _summary(look, session, ready=session in ready)
        console.show_lines(lines)
        options = [
            Option(_YES, f"Yes, write {_branches(ready)}", "yes"),
            Option(_BACK, "Back", "back"),
            Option(_NO, "No, write nothing", "no"),
        ]
        answer = prompts.select(f"Write {_branches(ready)}?", options)
        self.confirmed = answer == _YES
        return BACK if answer == _BACK else NEXT

    def _write(self) -> None:
        look = console.look()
        plans = []
        for session in self._to_write():
            commits = apply_plan(session.source, session.plan, self.options)
            self.written.append(session.plan.branch)
            plans.append(session.plan)
            console.show_lines([BLANK])
            console.show_lines(written_lines(look, session.plan, session.plan.branch, commits, told=True))
        if not plans:
            return
        lines: list[Line] = heading("After the sync, look (these only read)")
        for check in dict.fromkeys(check for plan in plans for check in plan.checks or rollout_checks(plan)):
            lines += command_lines(look, split(check.command), indent=2)
        console.show_lines(lines)
        self._show_repeat(look)
        options = [
            Option(_NO, "Nothing, finish", "nothing"),
            Option(_TEXT, "Show the text for a pull request"),
        ]
        with suppress(InterruptedByUserError):  # all is done: leaving here is no interruption
            if prompts.select("Anything else?", options) == _TEXT:
                console.print_text("\n".join(map(plan_markdown, plans)))

    def _show_repeat(self, look: Look) -> None:
        """The command that repeats the session without questions, one for each chart that differs."""
        lines = heading("The same without questions")
        for words in self._commands():
            lines += command_lines(look, words, indent=2)
        console.show_lines(lines)

    def _commands(self) -> Iterator[list[str]]:
        by_flags: dict[tuple[str, ...], list[str]] = {}
        planned = {chart: session for chart, session in self.sessions.items() if not session.failed}
        kept = {chart: session for chart, session in planned.items() if not session.left_out}
        for chart, session in (kept or planned).items():
            flags = session.answers.flags(session.proposal())
            if len(flags) > _MOST_WORDS:
                answers = Answers({session.path: session.answers})
                flags = ["--answers", str(saved_as(answers, self.call.save_answers))]
            by_flags.setdefault(tuple(flags), []).append(_shown_path(chart))
        live = ["--live"] if self.options.live and "--live" not in self.call.words else []
        for words, charts in by_flags.items():
            yield ["migrate-dhi", *charts, *self.call.words, *live, *words, "--yes"]


def _shown_path(chart: str) -> str:
    path = Path(chart)
    try:
        return str(path.resolve().relative_to(Path.cwd())) if path.exists() else chart
    except ValueError:
        return chart


def _summary(look: Look, session: ChartSession, *, ready: bool) -> list[Line]:
    lines: list[Line] = look.wrap((Span("  "),), [Span(session.path, "name")], hang=4)
    text = f"{session.plan.branch}: {summary_words(session.plan)}" if ready else "left as it is"
    if not session.failed and session.plan.status == "nothing-to-do":
        text = "nothing to do: no step changes a file"
    return [*lines, *look.wrap((Span("    "),), [Span(text, "plain" if ready else "faint")], hang=6)]


def _branches(sessions: Sequence[ChartSession]) -> str:
    commits = sum(len(session.plan.editing_steps) for session in sessions)
    count = counted(commits, "commit")
    if len(sessions) == 1:
        return f"the branch {sessions[0].plan.branch} with {count}"
    return f"{len(sessions)} branches with {count}"
