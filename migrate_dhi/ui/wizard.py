"""The wizard: charts, the plan of each, one confirmation, and the branches.

Nothing is written before the last answer but one, and Ctrl-C at any question leaves the repository as it
was. The first question is asked before anything that renders is imported.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from migrate_dhi.errors import InterruptedByUserError, NoChartError
from migrate_dhi.record import record
from migrate_dhi.ui import console, prompts
from migrate_dhi.ui.answers import Answers, saved_as
from migrate_dhi.ui.found import CHART_FILE, Found, charts_under, look_at, releases_under, rows
from migrate_dhi.ui.lines import BLANK, Span, safe
from migrate_dhi.ui.prompts import Option

if TYPE_CHECKING:  # none of this may delay the first question
    from migrate_dhi.ui.conversation import Conversation
    from migrate_dhi.ui.unattended import Job


@record
class Call:
    """The command line: charts named, how to make the job, and the flags as they were written.

    ``given`` are the names of the answers that flags have given; ``words`` the flags themselves, for the
    command that repeats the session; ``host`` is the registry that tells hardened charts in the list.
    """

    charts: tuple[str, ...]
    job: "Callable[[], Job]"
    given: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    host: str = ""
    answers: Answers | None = None
    save_answers: Path | None = None


def run(call: Call) -> int:
    """Lead through a session; returns the exit code."""
    session = _Wizard(call)
    try:
        return session.run()
    except (InterruptedByUserError, KeyboardInterrupt) as error:
        console.progress("")
        raise session.interrupted(error) from error


class _Wizard:
    def __init__(self, call: Call) -> None:
        self.call = call
        self.saved = call.answers or Answers()
        self.found: list[Path] = []
        self.releases: list[Found] = []
        self.talk: Conversation | None = None

    def run(self) -> int:
        """Ask, write, and say what comes next."""
        named = self._named()
        while True:
            charts = named or self._chosen()
            from migrate_dhi.ui.conversation import Conversation  # noqa: PLC0415 - imports what renders

            self.talk = self.talk or Conversation(self.call, self.saved)
            code = self.talk.run(charts, chosen=not named)
            if code is not None:
                self._save()
                return code

    def _named(self) -> list[str]:
        """The charts of the command line or of the answers; else the only one here; else none."""
        if self.call.charts:
            return list(dict.fromkeys(self.call.charts))
        here = Path.cwd()
        if self.saved.charts:
            return [str(path) for path in self.saved.paths(here)]
        self.found = list(charts_under(here))
        if self.found and self.found[0] == here:
            return [str(here)]
        self.releases = releases_under(here)
        if not self.found and not self.releases:
            return [str(_above(here))]
        names = [*map(str, self.found), *(str(one.path) for one in self.releases)]
        return names if len(names) == 1 else []

    def _chosen(self) -> list[str]:
        """The charts and releases chosen from those found here."""
        here = Path.cwd()
        look = console.look_of(sys.stdout)
        looked = [*(look_at(here, chart, self.call.host) for chart in self.found), *self.releases]
        keys = [*map(str, self.found), *(str(one.path) for one in self.releases)]
        counts = ((len(self.found), "chart"), (len(self.releases), "release"))
        told = " and ".join(f"{count} {word}{'s' * (count > 1)}" for count, word in counts if count)
        title = f"{told} under {here.name or here}"
        console.show_lines([BLANK, *look.wrap((), [Span(title, "title")], hang=2)])
        titles = rows(look, looked, look.width)
        options = [
            Option(key, safe(title), str(one.path))
            for key, one, title in zip(keys, looked, titles, strict=True)
        ]
        return prompts.select_many("Which charts?", options)

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
        command = " ".join(word if word.isalnum() else _quoted(word) for word in words)
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


def _quoted(word: str) -> str:
    from shlex import quote  # noqa: PLC0415

    return quote(safe(word))


def _above(here: Path) -> Path:
    """The chart that the directory lies in; raises NoChartError."""
    for folder in here.parents:
        if (folder / CHART_FILE).is_file():
            return folder
        if (folder / ".git").exists():
            break
    raise NoChartError(
        "there is no Chart.yaml here, below, or in a folder above",
        where=str(here),
        help="name a chart: migrate-dhi CHART",
    )
