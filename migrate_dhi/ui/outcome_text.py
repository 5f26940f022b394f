"""What was done, as lines: a branch written, taken back, or looked at."""

from collections.abc import Sequence
from shlex import quote

from migrate_dhi.migration.plan import Plan
from migrate_dhi.ui.lines import Line, Look, Span, command_lines, heading
from migrate_dhi.ui.plan_text import revision_words

SHORT_ID = 10


def written_lines(look: Look, plan: Plan, branch: str, commits: Sequence[str]) -> list[Line]:
    """The branch with its commits, and what to do next; ``commits`` in the order of the editing steps."""
    count = "1 commit" if len(commits) == 1 else f"{len(commits)} commits"
    lines = look.wrap(
        (Span(f"{look.glyphs.good} ", "good"),),
        [Span("Wrote"), Span(branch, "name"), Span(f"with {count} on {revision_words(plan.base)}.")],
        hang=2,
    )
    for commit, step in zip(commits, plan.editing_steps, strict=True):
        subject = step.commit.subject if step.commit else step.title
        lines += look.wrap(
            (Span("  "), Span(commit[:SHORT_ID], "faint"), Span("  ")), [Span(subject)], hang=4 + SHORT_ID
        )
    lines += look.wrap(
        (Span("  "),), [Span("Your worktree, index and HEAD are as they were.", "faint")], hang=2
    )
    if not all(step.deployable for step in plan.editing_steps):
        lines += look.wrap(
            (Span("  "),), [Span("Merge the branch as a whole: its parts do not run alone.")], hang=2
        )
    lines += heading("Next")
    for label, words in (
        ("review", ["git", "log", "--reverse", "-p", f"{revision_words(plan.base)}..{branch}"]),
        ("push", ["git", "push", "-u", "origin", branch]),
        ("take back", ["migrate-dhi", "rollback", branch]),
    ):
        lines += labelled_command(look, label, words)
    return lines


def labelled_command(look: Look, label: str, words: Sequence[str]) -> list[Line]:
    """``label  command``, the command below its label where both do not fit on a line."""
    command = " ".join(quote(word) for word in words)
    prefix = Span(f"  {label:<10} ")
    if not look.fit or len(prefix.text) + len(command) <= look.width:
        return [(prefix, Span(command, "command"))]
    return [(prefix,), *command_lines(look, words, indent=4)]
