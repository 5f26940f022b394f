"""The wizard: charts, the plan of each, one confirmation, and the branches.

Nothing is written before the last answer but one, and Ctrl-C at any question leaves the repository as it
was. The first question is asked before anything that renders is imported.
"""

from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from migrate_dhi.errors import ConflictingFlagsError, InterruptedByUserError
from migrate_dhi.record import record
from migrate_dhi.ui import console, prompts
from migrate_dhi.ui.answers import Answers, saved_as
from migrate_dhi.ui.lines import word_of
from migrate_dhi.ui.many_flags import FOR_ONE

if TYPE_CHECKING:  # none of this may delay the first question
    from migrate_dhi.ui.conversation import Conversation
    from migrate_dhi.ui.root_wizard import RootWizard
    from migrate_dhi.ui.unattended import Job


CHART_FILE = "Chart.yaml"


@record
class Call:
    """The command line: charts named, how to make the job, and the flags by name and as they were written.

    ``given`` are the names of the answers that flags have given; ``words`` the flags themselves, for the
    command that repeats the session; ``host`` is the registry of hardened images.
    """

    charts: tuple[str, ...]
    job: "Callable[[], Job]"
    given: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    host: str = ""
    answers: Answers | None = None
    save_answers: Path | None = None
    flags: Mapping[str, Any] = field(default_factory=dict)


def run(call: Call) -> int:
    """Lead through a session; returns the exit code."""
    session = _session(call)
    try:
        return session.run()
    except (InterruptedByUserError, KeyboardInterrupt) as error:
        console.progress("")
        raise session.interrupted(error) from error


def _session(call: Call) -> "_Wizard | RootWizard":
    """The wizard of the charts that are named, or of a repository: no folder that is named, or here, is a chart."""
    folders = [Path(chart) for chart in call.charts] or [Path.cwd()]
    alone = call.answers or call.save_answers or any(call.flags.get(name) for name in FOR_ONE)
    if not alone and all(one.is_dir() and not (one / CHART_FILE).is_file() for one in folders):
        from migrate_dhi.ui.unattended import means_several  # noqa: PLC0415 - at a root all is planned first

        if means_several(call.charts):
            from migrate_dhi.ui.root_wizard import RootWizard  # noqa: PLC0415 - as above

            return RootWizard(call)
    many = {"--branch-per": call.flags.get("branch_per", "target") != "target"}
    many["--write-texts"] = bool(call.flags.get("write_texts"))
    for name in (name for name, given in many.items() if given):
        raise ConflictingFlagsError(f"{name} is for many releases", help="leave it out, or name no chart")
    return _Wizard(call)


class _Wizard:
    def __init__(self, call: Call) -> None:
        self.call = call
        self.saved = call.answers or Answers()
        self.talk: Conversation | None = None

    def run(self) -> int:
        """Ask, write, and say what comes next."""
        charts = self._named()
        from migrate_dhi.ui.conversation import Conversation  # noqa: PLC0415 - imports what renders

        self.talk = Conversation(self.call, self.saved)
        code = self.talk.run(charts, chosen=False) or 0
        self._save()
        return code

    def _named(self) -> list[str]:
        """The charts of the command line or of the answers, else the one here or above."""
        if self.call.charts:
            return list(dict.fromkeys(self.call.charts))
        here = Path.cwd()
        if self.saved.charts:
            return [str(path) for path in self.saved.paths(here)]
        if (here / CHART_FILE).is_file():
            return [str(here)]
        from migrate_dhi.migration.nearest_chart import find_chart  # noqa: PLC0415 - for this case alone

        return [str(find_chart(here))]

    def answers(self) -> Answers:
        """The answers so far."""
        sessions = self.talk.sessions.values() if self.talk else ()
        charts = {session.path: session.answers for session in sessions}
        return Answers({**self.saved.charts, **charts})

    def interrupted(self, error: BaseException) -> InterruptedByUserError:
        """What to tell after Ctrl-C, with an offer to keep the answers."""
        message = str(error) or "interrupted"
        state = "nothing was changed"
        written = self.talk.written if self.talk else []
        if written:
            state = f"written before: {', '.join(written)}; nothing else was changed"
        answers = self.answers()
        asked = {path: chart for path, chart in answers.charts.items() if chart.data()}
        if not asked or written:
            return InterruptedByUserError(message, state=state)
        try:
            file = self._save() or self._offer(Answers(asked))
        except (InterruptedByUserError, KeyboardInterrupt):
            file = None
        if not file:
            return InterruptedByUserError(message, state=state)
        words = ["migrate-dhi", *self.call.words, "--answers", str(file)]
        command = " ".join(word_of(word) for word in words)
        return InterruptedByUserError(
            message,
            help=f"`{command}` asks only what is left",
            state=f"{state}; the answers are kept in {file}",
        )

    def _save(self) -> Path | None:
        file = self.call.save_answers
        return saved_as(self.answers(), file) if file else None

    def _offer(self, answers: Answers) -> Path | None:
        """Keep the answers outside of the repository, if they are wanted."""
        return saved_as(answers) if prompts.confirm("Keep the answers for the next time?") else None
