"""The wizard at a root: the overview, each question once, the choice, the proof, and the branches.

Everything up to the last answer writes nothing; Ctrl-C at any time leaves the repository as it was.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from migrate_dhi.dhi.wish import BLOCKED
from migrate_dhi.errors import InterruptedByUserError
from migrate_dhi.git.repository import Repository
from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.grouping import grouped
from migrate_dhi.migration.groups import Group
from migrate_dhi.migration.nearest_chart import find_chart
from migrate_dhi.migration.repository_answers import FILE, KEEP, Answered
from migrate_dhi.migration.scan import Scan, ScanEntry
from migrate_dhi.ui import console, prompts
from migrate_dhi.ui.answers import Answers
from migrate_dhi.ui.conversation import Conversation
from migrate_dhi.ui.lines import BLANK, Span, command_lines, heading
from migrate_dhi.ui.prompts import Option
from migrate_dhi.ui.root_branches import WORDS, RootBranches
from migrate_dhi.ui.root_questions import WANTED, ask_blocked, ask_images, ask_secret, questions_of
from migrate_dhi.ui.root_session import RootSession
from migrate_dhi.ui.root_text import change_lines, row_of
from migrate_dhi.ui.scan_command import Wanted
from migrate_dhi.ui.scan_run import check_wishes, chosen, lies_in, listed, plan_into, scan_of
from migrate_dhi.ui.scan_text import end_lines, entry_lines

if TYPE_CHECKING:
    from migrate_dhi.ui.wizard import Call

_ALL, _SOME, _ONE, _ANEW, _KEEPING, _QUIT = "all", "some", "one", "anew", "keeping", "quit"


class RootWizard:
    """Leads through a session; ``entries`` are its releases as they are planned by now."""

    def __init__(self, call: "Call") -> None:
        self.call = call
        self.session = RootSession(call)
        self.branches = RootBranches(self.session, self._show_repeat)
        self.entries: list[ScanEntry] = []

    def run(self) -> int:
        """Lead through the session; the exit code."""
        wanted = Wanted(tuple(map(Path, self.call.charts)))
        console.progress("looking at what is deployed")
        self.groups, self.unresolved, self.hidden = chosen(wanted, *self.session.place)
        console.progress("")
        if not self.groups and not self.unresolved:
            # The error says which chart is near.
            find_chart(Path.cwd())
        if len(self.groups) == 1 and not self.unresolved:
            code = self._one_by_itself(self.groups[0].argument, alone=True)
            return code or 0
        began = time.monotonic()
        plan_into(self.entries, self.groups, self.session.ground)
        check_wishes(self.session.ground, self.entries)
        look, scan = console.look(), replace(self._scan(whole=True), seconds=time.monotonic() - began)
        console.show_lines([BLANK, *entry_lines(look, scan), *end_lines(look, scan)])
        self._ask()
        while True:
            code = self._choose()
            if code is not None:
                return code

    def _scan(self, *, whole: bool = False) -> Scan:
        return scan_of(self.session.ground, listed(self.entries, self.unresolved), self.hidden, whole=whole)

    # The questions

    def _ask(self) -> None:
        """What is open, until nothing is: an answer may open another question."""
        before = {entry.label: entry.status for entry in self.entries}
        answered: Mapping[str, str] = self.session.asked.images
        while questions := questions_of(self._scan(), self.session.ground.options, answered):
            now = ask_images(questions, self.session.ground.options)
            answered = {**answered, **now}
            self._answer(replace(self.session.asked, images=answered), lambda one, now=now: _has(one, now))
        without = [entry for entry in self.entries if WANTED in entry.findings]
        if without and "pull_secret" not in self.call.given and self.session.asked.pull_secret is None:
            files = Snapshot.of_commit(self.session.ground.root, self.session.ground.commit)
            name = ask_secret(without, files).pull_secret
            self._answer(replace(self.session.asked, pull_secret=name), lambda one: WANTED in one.findings)
        stopped = [entry for entry in self.entries if entry.keepable]
        if stopped and BLOCKED not in answered and ask_blocked(stopped):
            images = {**answered, BLOCKED: KEEP}
            self._answer(replace(self.session.asked, images=images), lambda one: bool(one.keepable))
        changed = [entry for entry in self.entries if before[entry.label] != entry.status]
        if changed:
            console.show_lines(change_lines(console.look(), self._scan(), changed))

    def _answer(self, asked: Answered, concerned: Any) -> None:
        """Take answers, and plan those anew that they concern."""
        self.session.asked = asked
        arguments = {entry.argument for entry in self.entries if concerned(entry)}
        self._plan([group for group in self.groups if group.argument in arguments])

    def _plan(self, groups: Sequence[Group]) -> None:
        entries: list[ScanEntry] = []
        plan_into(entries, groups, self.session.ground)
        anew = {group.argument for group in groups}
        self.entries = [entry for entry in self.entries if entry.argument not in anew] + entries

    # The choice

    def _choose(self) -> int | None:
        """Which releases, and what with them; the exit code at the end of the session."""
        ready = self._to_write()
        some = self._groups("ready", "ask", "blocked")
        options = []
        if ready:
            # The overview counts releases, of which one plan may hold several.
            releases = sum(len(group.releases) for group in ready)
            plans = f" ({releases} releases in {len(ready)} plans)" if releases > len(ready) > 1 else ""
            words = f"All {len(ready)} that are ready{plans}" if len(ready) > 1 else "The one that is ready"
            options.append(Option(_ALL, f"{words}: {WORDS[self.session.per]}", words.lower()))
        if len(ready) > 1:
            options.append(Option(_SOME, "Some of those that are ready", "some"))
        if some:
            options.append(Option(_ONE, "One by itself: its plan, its steps, its answers", "one by itself"))
        if self.session.answered:
            options.append(Option(_ANEW, "Answer the questions anew", "answer anew"))
            options.append(
                Option(_KEEPING, f"Keep the answers in {FILE}, write no branch", "keep the answers")
            )
        options.append(Option(_QUIT, "Finish: write nothing", "finish"))
        answer = prompts.select("Which releases?", options)
        if answer == _ALL:
            return self.branches.prove(ready)
        if answer == _SOME:
            return self.branches.prove(self._some(ready))
        if answer == _ONE:
            return self._one(some)
        if answer == _ANEW:
            before, self.session.asked = self.session.asked, Answered()
            self._answer(self.session.asked, lambda one: _has(one, before.images) or bool(before.pull_secret))
            self._ask()
            return None
        if answer == _KEEPING:
            self.session.keep()
        else:
            console.show_lines([BLANK, (Span("Nothing was written.", "name"),)])
            self._show_repeat(self.groups)
        return 0

    def _to_write(self) -> list[Group]:
        """Those that are ready, without those whose branch is there already."""
        ready = self._groups("ready")
        there = Repository(self.session.ground.root).branches() if self.session.per == "target" else {}
        branches = {entry.argument: entry.branch for entry in self.entries}
        left = [group for group in ready if branches[group.argument] not in there]
        if len(left) < len(ready):
            count = len(ready) - len(left)
            text = (
                f"{count} of those that are ready {'has its' if count == 1 else 'have their'} branch already:"
            )
            told = [Span(text), Span("migrate-dhi status", "command")]
            console.show_lines([BLANK, *console.look().wrap((), told, hang=2)])
        return left

    def _groups(self, *statuses: str) -> list[Group]:
        arguments = {entry.argument for entry in self.entries if entry.status in statuses}
        return [group for group in self.groups if group.argument in arguments]

    def _rows(self, groups: Sequence[Group]) -> list[Option[int]]:
        by_argument = grouped((entry.argument, entry) for entry in self.entries)
        column = max(len(group.argument) for group in groups)
        return [
            Option(at, row_of(group.argument, column, by_argument[group.argument]), group.argument)
            for at, group in enumerate(groups)
        ]

    def _some(self, ready: Sequence[Group]) -> list[Group]:
        return [ready[at] for at in prompts.select_many("Which of them?", self._rows(ready))]

    def _one(self, some: Sequence[Group]) -> int | None:
        back = len(some)
        at = prompts.select("Which one?", [*self._rows(some), Option(back, "Back", "none")])
        return None if at == back else self._one_by_itself(some[at].argument)

    def _one_by_itself(self, argument: str, *, alone: bool = False) -> int | None:
        """The wizard of one release, with the answers so far; None to come back."""
        job = replace(self.call.job(), options=self.session.ground.options)
        place = (
            str(self.session.ground.root / argument)
            if (self.session.ground.root / argument).exists()
            else argument
        )
        # Whether registries are asked is known.
        talk = Conversation(replace(self.call, job=lambda: job, host=""), Answers())
        try:
            code = talk.run([place], chosen=not alone)
        finally:
            self.session.written += talk.written
        if code is not None and talk.written and self.session.answered:
            question = f"Keep the answers in {FILE}, for every later run?"
            with suppress(InterruptedByUserError):
                if prompts.confirm(question):
                    self.session.keep()
        return code

    def _show_repeat(self, groups: Sequence[Group]) -> None:
        """The command that does the same without questions, where there is one."""
        chosen_ = {group.argument for group in groups}
        ready = {group.argument for group in self._groups("ready")}
        paths = self._paths(groups)
        meant = {
            group.argument for group in self.groups if any(lies_in(one, paths) for one in group.releases)
        }
        if not ready or chosen_ & ready != meant & ready:
            return
        per = ["--branch-per", self.session.per] if self.session.per != "target" else []
        words = [word for word in self.session.words() if word]
        command = ["migrate-dhi", *paths, "--yes", "--all", *per, *words]
        console.show_lines(
            [*heading("The same without questions"), *command_lines(console.look(), command, indent=2)]
        )

    def _paths(self, groups: Sequence[Group]) -> list[str]:
        """What on the command line means these releases: what was named, or the places of those chosen."""
        if len(groups) >= len(self._groups("ready")):
            return list(self.call.charts)
        return list(dict.fromkeys(group.chart or group.releases[0].file for group in groups))

    def interrupted(self, error: BaseException) -> InterruptedByUserError:
        """What to tell after Ctrl-C."""
        return self.session.interrupted(error)


def _has(entry: ScanEntry, images: Iterable[str]) -> bool:
    # What stays because its move is blocked may be an image of any release.
    return BLOCKED in images or any(image.before in images for image in entry.images)
