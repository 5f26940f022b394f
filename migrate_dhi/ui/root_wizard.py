"""The wizard at a root: the overview, each question once, the choice, the proof, and the branches.

Everything up to the last answer writes nothing; Ctrl-C at any time leaves the repository as it was.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from migrate_dhi.errors import InterruptedByUserError, RepositoryError
from migrate_dhi.git.repository import Repository
from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.migration.groups import Group
from migrate_dhi.migration.many import Branch, Per, bundles_of, texts_of
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.repository_answers import FILE, KEEP, NONE, Answered
from migrate_dhi.migration.scan import Scan, ScanEntry
from migrate_dhi.migration.scanning import Ground
from migrate_dhi.migration.source import find_chart
from migrate_dhi.ui import apply_all, console, prompts, saved_answers
from migrate_dhi.ui.answers import Answers
from migrate_dhi.ui.conversation import Conversation
from migrate_dhi.ui.lines import BLANK, Span, command_lines, heading
from migrate_dhi.ui.live_flags import live_if_wanted
from migrate_dhi.ui.many_flags import PER
from migrate_dhi.ui.markdown import plan_markdown
from migrate_dhi.ui.plan_text import body_lines
from migrate_dhi.ui.prompts import Option
from migrate_dhi.ui.root_questions import WANTED, ask_images, ask_secret, questions_of
from migrate_dhi.ui.root_text import change_lines, proof_lines, row_of
from migrate_dhi.ui.scan_command import Wanted
from migrate_dhi.ui.scan_run import check_wishes, chosen, ground_of, lies_in, listed, plan_into, scan_of
from migrate_dhi.ui.scan_text import end_lines, entry_lines

if TYPE_CHECKING:
    from migrate_dhi.ui.wizard import Call

_ALL, _SOME, _ONE, _ANEW, _QUIT = "all", "some", "one", "anew", "quit"
_KEEPING, _WRITE, _LOOK, _PER, _BACK, _TEXT, _FOLDER = (
    "keeping",
    "write",
    "look",
    "per",
    "back",
    "text",
    "folder",
)
_WORDS: Mapping[str, str] = {
    "target": "one branch for each plan",
    "directory": "one branch for each directory",
    "namespace": "one branch for each namespace",
    "all": "one branch for all",
}


class RootWizard:
    """One session at a root; ``written`` are the branches that are there, also when it is interrupted."""

    def __init__(self, call: "Call") -> None:
        self.call = call
        self.flags = call.flags
        self.asked = Answered()
        self.per: Per = call.flags["branch_per"]
        self.entries: list[ScanEntry] = []
        self.written: list[str] = []
        self.kept = False

    @cached_property
    def _place(self) -> tuple[Ground, list[str]]:
        ground, inside = ground_of([Path(path) for path in self.call.charts], self.flags, branch=True)
        if not ground.commit:
            raise RepositoryError(
                "there is no commit here yet", where=str(ground.root), help="commit the charts first"
            )
        options = ground.options
        if not (options.live or options.offline):
            options = replace(options, live=live_if_wanted(self.call.host))
        return replace(ground, options=options), inside

    @property
    def ground(self) -> Ground:
        """What all plans have in common, with what was answered."""
        ground, _ = self._place
        return replace(ground, options=replace(ground.options, asked=self.asked))

    def run(self) -> int:
        """Lead through the session; the exit code."""
        wanted = Wanted(tuple(map(Path, self.call.charts)))
        console.progress("looking at what is deployed")
        self.groups, self.unresolved, self.hidden = chosen(wanted, *self._place)
        console.progress("")
        if not self.groups and not self.unresolved:
            # The error says which chart is near.
            find_chart(Path.cwd())
        if len(self.groups) == 1 and not self.unresolved:
            code = self._one_by_itself(self.groups[0].argument, alone=True)
            return code or 0
        began = time.monotonic()
        plan_into(self.entries, self.groups, self.ground)
        check_wishes(self.ground, self.entries)
        look, scan = console.look(), replace(self._scan(whole=True), seconds=time.monotonic() - began)
        console.show_lines([BLANK, *entry_lines(look, scan), *end_lines(look, scan)])
        self._ask()
        while True:
            code = self._choose()
            if code is not None:
                return code

    def _scan(self, *, whole: bool = False) -> Scan:
        return scan_of(self.ground, listed(self.entries, self.unresolved), self.hidden, whole=whole)

    # The questions

    def _ask(self) -> None:
        """What is open, until nothing is: an answer may open another question."""
        before = {entry.label: entry.status for entry in self.entries}
        answered: Mapping[str, str] = self.asked.images
        while questions := questions_of(self._scan(), self.ground.options, answered):
            now = ask_images(questions, self.ground.options)
            answered = {**answered, **now}
            self._answer(replace(self.asked, images=answered), lambda one, now=now: _has(one, now))
        without = [entry for entry in self.entries if WANTED in entry.findings]
        if without and "pull_secret" not in self.call.given and self.asked.pull_secret is None:
            files = Snapshot.of_commit(self.ground.root, self.ground.commit)
            name = ask_secret(without, files).pull_secret
            self._answer(replace(self.asked, pull_secret=name), lambda one: WANTED in one.findings)
        changed = [entry for entry in self.entries if before[entry.label] != entry.status]
        if changed:
            console.show_lines(change_lines(console.look(), self._scan(), changed))

    def _answer(self, asked: Answered, concerned: Any) -> None:
        """Take answers, and plan those anew that they concern."""
        self.asked = asked
        arguments = {entry.argument for entry in self.entries if concerned(entry)}
        self._plan([group for group in self.groups if group.argument in arguments])

    def _plan(self, groups: Sequence[Group]) -> None:
        entries: list[ScanEntry] = []
        plan_into(entries, groups, self.ground)
        anew = {group.argument for group in groups}
        self.entries = [entry for entry in self.entries if entry.argument not in anew] + entries

    # The choice

    def _choose(self) -> int | None:
        """Which releases, and what with them; the exit code at the end of the session."""
        ready = self._groups("ready")
        some = self._groups("ready", "ask", "blocked")
        options = []
        if ready:
            words = f"All {len(ready)} that are ready" if len(ready) > 1 else "The one that is ready"
            options.append(Option(_ALL, f"{words}: {_WORDS[self.per]}", words.lower()))
        if len(ready) > 1:
            options.append(Option(_SOME, "Some of those that are ready", "some"))
        if some:
            options.append(Option(_ONE, "One by itself: its plan, its steps, its answers", "one by itself"))
        if self.asked != Answered():
            options.append(Option(_ANEW, "Answer the questions anew", "answer anew"))
            options.append(
                Option(_KEEPING, f"Keep the answers in {FILE}, write no branch", "keep the answers")
            )
        options.append(Option(_QUIT, "Finish: write nothing", "finish"))
        answer = prompts.select("Which releases?", options)
        if answer == _ALL:
            return self._prove(ready)
        if answer == _SOME:
            return self._prove(self._some(ready))
        if answer == _ONE:
            return self._one(some)
        if answer == _ANEW:
            before, self.asked = self.asked, Answered()
            self._answer(self.asked, lambda one: _has(one, before.images) or bool(before.pull_secret))
            self._ask()
            return None
        if answer == _KEEPING:
            self._keep()
        else:
            console.show_lines([BLANK, (Span("Nothing was written.", "name"),)])
            self._show_repeat(self.groups)
        return 0

    def _groups(self, *statuses: str) -> list[Group]:
        arguments = {entry.argument for entry in self.entries if entry.status in statuses}
        return [group for group in self.groups if group.argument in arguments]

    def _rows(self, groups: Sequence[Group]) -> list[Option[int]]:
        by_argument: dict[str, list[ScanEntry]] = {}
        for entry in self.entries:
            by_argument.setdefault(entry.argument, []).append(entry)
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
        job = replace(self.call.job(), options=self.ground.options)
        place = str(self.ground.root / argument) if (self.ground.root / argument).exists() else argument
        # Whether registries are asked is known.
        talk = Conversation(replace(self.call, job=lambda: job, host=""), Answers())
        try:
            code = talk.run([place], chosen=not alone)
        finally:
            self.written += talk.written
        if code is not None and talk.written and self.asked != Answered():
            question = f"Keep the answers in {FILE}, for every later run?"
            with suppress(InterruptedByUserError):
                if prompts.confirm(question):
                    self._keep()
        return code

    # The proof

    def _prove(self, groups: Sequence[Group]) -> int | None:
        """Plan what was chosen as its branches will be; then write them, look closer, or go back."""
        branches = self._proven(groups)
        names = [branch.name for branch in branches]
        try:
            code = self._confirm(groups, branches)
        finally:
            # What was written is no more held, and what was not is not wanted.
            apply_all.let_go([name for name in names if self.per != "target"], self.ground)
        return code

    def _proven(self, groups: Sequence[Group]) -> list[Branch]:
        bundles = bundles_of(groups, self.per, self.flags["branch"])
        with closing(apply_all.branches_of(bundles, self.ground)) as found:
            return list(found)

    def _confirm(self, groups: Sequence[Group], branches: list[Branch]) -> int | None:
        console.show_lines(proof_lines(console.look(), branches))
        good = [branch for branch in branches if any(one.plan for one in branch.told if not one.error)]
        good = [branch for branch in good if branch.draft or branch.tip]
        while True:
            answer = self._decided(good)
            if answer == _LOOK:
                self._look(good)
            elif answer == _PER:
                self._ask_per()
                return self._prove(groups)
            elif answer == _BACK:
                return None
            elif answer == _QUIT:
                console.show_lines([BLANK, (Span("Nothing was written.", "name"),)])
                self._show_repeat(groups)
                return 0
            else:
                return self._write(groups, good, branches, keep=answer == _KEEPING)

    def _decided(self, good: Sequence[Branch]) -> str:
        count = f"{len(good)} branch{'es' * (len(good) != 1)}"
        options = []
        if good:
            if self.asked != Answered():
                keeping = f"Write, and keep the answers in {FILE} for later runs"
                options.append(Option(_KEEPING, keeping, "write, and keep the answers"))
            options += [
                Option(_WRITE, "Write the branches and nothing else" if options else "Write", "write"),
                Option(_LOOK, "Look at a plan first", "look at a plan"),
            ]
        options += [
            Option(_PER, f"Share branches otherwise (now {_WORDS[self.per]})", "share branches otherwise"),
            Option(_BACK, "Back: choose other releases", "back"),
            Option(_QUIT, "Finish: write nothing", "finish"),
        ]
        return prompts.select(f"Write {count}?" if good else "Nothing can be written", options)

    def _look(self, branches: Sequence[Branch]) -> None:
        plans = [one.plan for branch in branches for one in branch.told if one.plan and not one.error]
        options = [Option(at, plan.title) for at, plan in enumerate(plans)]
        at = prompts.select("Which plan?", [*options, Option(-1, "Back", "none")])
        if at >= 0:
            console.show_lines([BLANK, *body_lines(console.look(), plans[at], more="--plan -v")])

    def _ask_per(self) -> None:
        options: list[Option[Per]] = [Option(per, _WORDS[per], _WORDS[per]) for per in PER]  # type: ignore[arg-type]
        self.per = prompts.select("What shares a branch?", options, self.per)

    # The end

    def _write(
        self, groups: Sequence[Group], good: Sequence[Branch], branches: Sequence[Branch], *, keep: bool
    ) -> int:
        done = [branch for branch in branches if branch not in good]
        repository = Repository(self.ground.root)
        for branch in good:
            told = apply_all.written(branch, repository, self.ground.options)
            done.append(told)
            if any(one.commits and not one.error for one in told.told):
                self.written.append(told.name)
        console.show_lines([BLANK, *apply_all.summary_lines(console.look(), done)])
        if keep:
            self._keep()
        self._show_repeat(groups)
        if self.flags["write_texts"]:
            apply_all.write_texts(self.flags["write_texts"], done)
        elif self.written:
            with suppress(InterruptedByUserError):  # all is done: leaving here is no interruption
                self._offer_texts(done)
        return apply_all.worst_of(done)

    def _offer_texts(self, done: Sequence[Branch]) -> None:
        options = [
            Option(_QUIT, "Nothing, finish", "nothing"),
            Option(_TEXT, "Show the texts for pull requests"),
            Option(_FOLDER, "Write them to a folder"),
        ]
        answer = prompts.select("Anything else?", options)
        if answer == _TEXT:
            plans = [plan for branch in done for plan in texts_of(branch)]
            console.print_text("\n".join(map(plan_markdown, plans)))
        elif answer == _FOLDER:
            folder = prompts.text("The folder (empty: none)")
            if folder:
                apply_all.write_texts(Path(folder), done)
                console.print_note(f"Written: {folder}")

    def _keep(self) -> None:
        """Write the answers to the repository's file; the only thing that is written in the worktree."""
        saved_answers.save(self.ground.root, Options(asked=self.asked), ())
        console.show_lines([BLANK, (Span(saved_answers.told(self.ground.root, self.ground.commit)),)])
        self.kept = True

    def _words(self) -> list[str]:
        """The answers as flags."""
        words = []
        for old, new in self.asked.images.items():
            words += ["--keep", old] if new == KEEP else ["--to", f"{old}={new}"]
        if self.asked.pull_secret == NONE:
            words += ["--skip", "pull-secret"]
        elif self.asked.pull_secret:
            words += ["--pull-secret", self.asked.pull_secret]
        live = ["--live"] if self.ground.options.live and "--live" not in self.call.words else []
        return [*self.call.words, *live, *words]

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
        per = ["--branch-per", self.per] if self.per != "target" else []
        words = [word for word in self._words() if word]
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
        """What to tell after Ctrl-C: what is written, and how the answers are not asked again."""
        state = (
            f"written before: {', '.join(self.written)}; nothing else was changed"
            if self.written
            else (f"{FILE} was written; nothing else was changed" if self.kept else "nothing was changed")
        )
        help_ = ""
        if self.asked != Answered() and not self.kept:
            help_ = "`" + " ".join(
                _quoted(word) for word in ["migrate-dhi", *self.call.charts, *self._words()]
            )
            help_ += "` asks only what is left"
        return InterruptedByUserError(str(error) or "interrupted", help=help_, state=state)


def _has(entry: ScanEntry, images: Iterable[str]) -> bool:
    return any(image.before in images for image in entry.images)


def _quoted(word: str) -> str:
    from shlex import quote  # noqa: PLC0415

    return quote(word)
