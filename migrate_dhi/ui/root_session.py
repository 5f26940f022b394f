"""What a session at a root knows in all of its parts: the ground of its plans, the answers, and what is written."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from migrate_dhi.errors import InterruptedByUserError, RepositoryError
from migrate_dhi.migration.many import Per
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.repository_answers import FILE, KEEP, NONE, Answered
from migrate_dhi.migration.scanning import Ground
from migrate_dhi.ui import console, saved_answers
from migrate_dhi.ui.lines import BLANK, Span, word_of
from migrate_dhi.ui.live_flags import live_if_wanted
from migrate_dhi.ui.scan_run import ground_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrate_dhi.ui.wizard import Call


@dataclass
class RootSession:
    """One session: ``asked`` is what was answered, ``kept`` whether its file is written, ``written`` the branches."""

    call: "Call"
    asked: Answered = field(default_factory=Answered)
    written: list[str] = field(default_factory=list)
    kept: bool = False
    per: Per = "target"

    def __post_init__(self) -> None:
        self.per = self.flags["branch_per"]

    @property
    def flags(self) -> "Mapping[str, Any]":
        """The flags by name."""
        return self.call.flags

    @property
    def answered(self) -> bool:
        """Whether anything was."""
        return self.asked != Answered()

    @cached_property
    def place(self) -> tuple[Ground, list[str]]:
        """The ground as flags have it, and the paths that are asked for; asks whether registries are to be asked."""
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
        ground, _ = self.place
        return replace(ground, options=replace(ground.options, asked=self.asked))

    def keep(self) -> None:
        """Write the answers to the repository's file; the only thing that is written in the worktree."""
        saved_answers.save(self.ground.root, Options(asked=self.asked), ())
        console.show_lines([BLANK, (Span(saved_answers.told(self.ground.root, self.ground.commit)),)])
        self.kept = True

    def words(self) -> list[str]:
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
                word_of(word) for word in ["migrate-dhi", *self.call.charts, *self.words()]
            )
            help_ += "` asks only what is left"
        return InterruptedByUserError(str(error) or "interrupted", help=help_, state=state)
