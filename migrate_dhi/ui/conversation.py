"""The part of the wizard that renders: sessions of the charts, the confirmation, and the end."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from migrate_dhi.errors import InterruptedByUserError, LimitError, MigrateDhiError
from migrate_dhi.migration.apply import apply_plan, check_branch, check_edits, check_source
from migrate_dhi.migration.plan import Plan
from migrate_dhi.ui import console, prompts
from migrate_dhi.ui.answers import Answers, ChartAnswers
from migrate_dhi.ui.choices_question import ask_bump, ask_probes, ask_secret
from migrate_dhi.ui.images_question import ask_images, ask_tags
from migrate_dhi.ui.lines import BLANK, Line, Look, Span, command_lines, heading
from migrate_dhi.ui.markdown import plan_markdown, rollout_checks
from migrate_dhi.ui.plan_text import summary_words
from migrate_dhi.ui.prompts import Option
from migrate_dhi.ui.remarks_text import told_lines
from migrate_dhi.ui.session import BACK, NEXT, NOT_ASKED, ChartSession, Common, Move, Stage, walk
from migrate_dhi.ui.steps_question import ask_errors, ask_steps

if TYPE_CHECKING:
    from migrate_dhi.migration.source import Source
    from migrate_dhi.ui.wizard import Call

_YES, _BACK, _NO, _TEXT = "yes", "back", "no", "text"


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
        stages = [*map(self._stage, self.sessions.values()), self._confirm]
        while walk(stages, NEXT) != NEXT:
            if chosen:
                return None
            console.show_lines([BLANK, (Span("This was the first question.", "faint"),)])
        if self.confirmed:
            self._write()
        elif self._to_write():
            console.show_lines([BLANK, (Span("Nothing was written.", "name"),)])
            self._show_repeat(console.look_of(sys.stdout))
        return max(self.faults, default=0)

    def _open(self) -> None:
        """Open and plan each chart; with several, one that is not ready is told and left out."""
        job = self.call.job()
        common = Common(job.options, self.call.given)
        for chart in self.charts:
            if chart in self.opened:
                continue
            try:
                self.opened[chart] = [self._session(source, common) for source in job.open(chart)]
            except MigrateDhiError as error:
                console.progress("")
                if len(self.charts) == 1 or isinstance(error, LimitError):
                    raise
                error.where = error.where or chart
                console.print_error(error)
                self.faults.append(error.exit_code)

    def _session(self, source: "Source", common: Common) -> ChartSession:
        check_source(source)
        # Before questions are asked, though not every plan edits each of these files.
        check_edits(source, [change.path for change in source.dirty])
        saved = self.saved.charts.get(source.title, ChartAnswers()).without(self.call.given)
        session = ChartSession(source, common, saved)
        if session.first.status != "nothing-to-do":
            check_branch(source, session.first)
        return session

    def _all(self) -> list[ChartSession]:
        return [session for sessions in self.opened.values() for session in sessions]

    def _stage(self, session: ChartSession) -> Stage:
        def ask(direction: Move) -> Move:
            if len(self.sessions) > 1:
                number = list(self.sessions.values()).index(session) + 1
                title = f"{session.path} ({number} of {len(self.sessions)})"
                console.show_lines([BLANK, (Span(title, "title"),)])
            self._share(session)
            return walk(_questions(session), direction)

        return ask

    def _share(self, session: ChartSession) -> None:
        """What was answered for an earlier chart is proposed for the next one."""
        for earlier in self.sessions.values():
            if earlier is session:
                return
            for key in ("pull_secret", "probes", "bump"):
                value = getattr(earlier.answers, key)
                if value and getattr(session.answers, key) is None:
                    session.change(**{key: value})

    def _to_write(self) -> list[ChartSession]:
        return [s for s in self.sessions.values() if not s.left_out and s.plan.status == "ready"]

    def _confirm(self, direction: Move) -> Move:
        """The summary and the one confirmation."""
        look = console.look_of(sys.stdout)
        self.confirmed = False
        ready = self._to_write()
        lines: list[Line] = heading("Summary")
        for session in self.sessions.values():
            lines += _summary(look, session, ready=session in ready)
        console.show_lines(lines)
        if not ready:
            return NEXT if direction == NEXT else NOT_ASKED
        options = [
            Option(_YES, f"Yes, write {_branches(ready)}", "yes"),
            Option(_BACK, "Back", "back"),
            Option(_NO, "No, write nothing", "no"),
        ]
        answer = prompts.select(f"Write {_branches(ready)}?", options)
        if answer == _BACK:
            return BACK
        self.confirmed = answer == _YES
        return NEXT

    def _write(self) -> None:
        look = console.look_of(sys.stdout)
        plans = []
        for session in self._to_write():
            commits = apply_plan(session.source, session.plan, self.call.job().options)
            self.written.append(session.plan.branch)
            plans.append(session.plan)
            console.show_lines([BLANK])
            console.show_written(session.plan, session.plan.branch, commits, told=True)
        if not plans:
            return
        lines: list[Line] = heading("After the sync, look (these only read)")
        for check in dict.fromkeys(check for plan in plans for check in plan.checks or rollout_checks(plan)):
            lines += command_lines(look, check.command.split(), indent=2)
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
        for chart, session in self.sessions.items():
            if not session.left_out:
                flags = tuple(session.answers.flags(session.proposal()))
                by_flags.setdefault(flags, []).append(_shown_path(chart))
        for flags, charts in by_flags.items():
            yield ["migrate-dhi", *charts, *self.call.words, *flags, "--yes"]


def _questions(session: ChartSession) -> list[Stage]:
    """The questions about one chart, in order."""
    return [
        lambda _: ask_images(session),
        lambda way: ask_tags(session, way),
        lambda _: ask_secret(session),
        lambda _: ask_probes(session),
        lambda _: ask_bump(session),
        lambda way: ask_steps(session, way),
        lambda _: ask_errors(session),
    ]


def _shown_path(chart: str) -> str:
    path = Path(chart)
    try:
        return str(path.resolve().relative_to(Path.cwd())) if path.exists() else chart
    except ValueError:
        return chart


def _summary(look: Look, session: ChartSession, *, ready: bool) -> list[Line]:
    plan: Plan = session.plan
    lines: list[Line] = look.wrap((Span("  "),), [Span(session.path, "name")], hang=4)
    if not ready:
        done = plan.status == "nothing-to-do"
        text = "nothing to do: no step changes a file" if done else "left as it is"
        return [*lines, *look.wrap((Span("  "),), [Span(text, "faint")], hang=4)]
    lines += look.wrap((Span("  "),), [Span(f"{plan.branch}:"), Span(summary_words(plan))], hang=4)
    lines += told_lines(look, plan.findings, plan.accepted)
    return lines


def _branches(sessions: Sequence[ChartSession]) -> str:
    commits = sum(len(session.plan.editing_steps) for session in sessions)
    count = "1 commit" if commits == 1 else f"{commits} commits"
    if len(sessions) == 1:
        return f"the branch {sessions[0].plan.branch} with {count}"
    return f"{len(sessions)} branches with {count}"
