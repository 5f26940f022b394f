"""The branches of a session at a root: the proof, the last question, and what was written."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path

from migrate_dhi.errors import InterruptedByUserError
from migrate_dhi.git.repository import Repository
from migrate_dhi.migration.groups import Group
from migrate_dhi.migration.many import Branch, Per, bundles_of, texts_of
from migrate_dhi.migration.repository_answers import FILE
from migrate_dhi.record import record
from migrate_dhi.ui import apply_all, console, prompts
from migrate_dhi.ui.lines import BLANK, Span
from migrate_dhi.ui.many_flags import PER
from migrate_dhi.ui.markdown import plan_markdown
from migrate_dhi.ui.plan_text import body_lines
from migrate_dhi.ui.prompts import Option
from migrate_dhi.ui.root_session import RootSession
from migrate_dhi.ui.root_text import proof_lines
from migrate_dhi.wording import counted

_KEEPING, _WRITE, _LOOK, _PER, _BACK, _QUIT = "keeping", "write", "look", "per", "back", "quit"
_TEXT, _FOLDER = "text", "folder"
WORDS: Mapping[str, str] = {
    "target": "one branch for each plan",
    "directory": "one branch for each directory",
    "namespace": "one branch for each namespace",
    "all": "one branch for all",
}
"""What shares a branch, for people."""


@record
class RootBranches:
    """Proves and writes what was chosen; ``repeat`` tells the command that does the same without questions."""

    session: RootSession
    repeat: Callable[[Sequence[Group]], None]

    def prove(self, groups: Sequence[Group]) -> int | None:
        """Plan what was chosen as its branches will be; then write them, look closer, or go back."""
        branches = self._proven(groups)
        held = [] if self.session.per == "target" else [branch.name for branch in branches]
        try:
            return self._confirm(groups, branches)
        finally:
            # What was written is no more held, and what was not is not wanted.
            apply_all.let_go(held, self.session.ground)

    def _proven(self, groups: Sequence[Group]) -> list[Branch]:
        bundles = bundles_of(groups, self.session.per, self.session.flags["branch"])
        with closing(apply_all.branches_of(bundles, self.session.ground)) as found:
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
                return self.prove(groups)
            elif answer == _BACK:
                return None
            elif answer == _QUIT:
                console.show_lines([BLANK, (Span("Nothing was written.", "name"),)])
                self.repeat(groups)
                return 0
            else:
                return self._write(groups, good, branches, keep=answer == _KEEPING)

    def _decided(self, good: Sequence[Branch]) -> str:
        count = counted(len(good), "branch", "es")
        options = []
        if good:
            options.append(Option(_WRITE, "Write the branches and nothing else", "write"))
            if self.session.answered:
                # Not the first one: Enter alone puts no file into the worktree.
                keeping = f"Write, and keep the answers in {FILE} for later runs"
                options.append(Option(_KEEPING, keeping, "write, and keep the answers"))
            options.append(Option(_LOOK, "Look at a plan first", "look at a plan"))
        options += [
            Option(
                _PER, f"Share branches otherwise (now {WORDS[self.session.per]})", "share branches otherwise"
            ),
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
        options: list[Option[Per]] = [Option(per, WORDS[per], WORDS[per]) for per in PER]  # type: ignore[arg-type]
        self.session.per = prompts.select("What shares a branch?", options, self.session.per)

    def _write(
        self, groups: Sequence[Group], good: Sequence[Branch], branches: Sequence[Branch], *, keep: bool
    ) -> int:
        done = [branch for branch in branches if branch not in good]
        repository = Repository(self.session.ground.root)
        for branch in good:
            told = apply_all.written(branch, repository, self.session.ground.options)
            done.append(told)
            if any(one.commits and not one.error for one in told.told):
                self.session.written.append(told.name)
        console.show_lines([BLANK, *apply_all.summary_lines(console.look(), done)])
        if keep:
            self.session.keep()
        self.repeat(groups)
        if self.session.flags["write_texts"]:
            apply_all.write_texts(self.session.flags["write_texts"], done)
        elif self.session.written:
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
