"""What was done, as lines: a branch written, taken back, or looked at."""

from collections.abc import Sequence
from shlex import quote
from typing import TYPE_CHECKING

from migrate_dhi.migration.plan import OF_WORKTREE, Plan
from migrate_dhi.ui.lines import BLANK, Line, Look, Span, cells, command_lines, heading, line_cells, pad, safe
from migrate_dhi.ui.plan_text import revision_words

if TYPE_CHECKING:  # a plan is shown without the modules that run git
    from migrate_dhi.migration.rollback import Rollback, RollbackResult
    from migrate_dhi.migration.status import BranchStatus, Status, WrittenStep

SHORT_ID = 10
_MOST_TOLD = 3


def written_lines(look: Look, plan: Plan, branch: str, commits: Sequence[str]) -> list[Line]:
    """The branch with its commits, and what to do next; ``commits`` in the order of the editing steps."""
    if not commits:
        said = [Span("Nothing to do in"), Span(plan.title, "name"), Span("- no step changes a file.")]
        return [
            *look.wrap((Span(f"{look.glyphs.good} ", "good"),), said, hang=2),
            *_left_out_lines(look, plan),
        ]
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
    lines += _left_out_lines(look, plan)
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


def _left_out_lines(look: Look, plan: Plan) -> list[Line]:
    """The files that the worktree has otherwise than the base that the branch was planned for."""
    told = [finding.message for finding in plan.findings if finding.code in OF_WORKTREE]
    more = [f"and {len(told) - _MOST_TOLD} more files alike"] if len(told) > _MOST_TOLD else []
    mark = (Span(f"  {look.glyphs.warn} ", "warn"),)
    return [
        line for message in (*told[:_MOST_TOLD], *more) for line in look.wrap(mark, [Span(message)], hang=4)
    ]


def labelled_command(look: Look, label: str, words: Sequence[str]) -> list[Line]:
    """``label  command``, the command below its label where both do not fit on a line."""
    command = " ".join(quote(safe(word)) for word in words)
    prefix = Span(f"  {label:<10} ")
    if not look.fit or cells(prefix.text) + cells(command) <= look.width:
        return [(prefix, Span(command, "command"))]
    return [(prefix,), *command_lines(look, words, indent=4)]


def rollback_lines(look: Look, rollback: "Rollback", result: "RollbackResult | None" = None) -> list[Line]:
    """What would be taken back, or with ``result`` what was, what stays, and how to bring it back."""
    branch = rollback.branch
    if rollback.nothing_to_do:
        text = f"Nothing to take back: {branch.branch} ends with the step {rollback.kept[-1].name} already."
        return look.wrap((Span(f"{look.glyphs.good} ", "good"),), [Span(text)], hang=2)
    verb = _rollback_verb(rollback, done=result is not None)
    sign = (Span(f"{look.glyphs.good} ", "good"),) if result else ()
    lines = look.wrap(sign, [Span(verb), Span(branch.branch, "name"), Span(f"of {branch.chart}")], hang=2)
    lines += _step_rows(look, "takes back", rollback.removed)
    lines += _step_rows(look, "keeps", rollback.kept)
    for commit in rollback.others:
        pieces = [Span("also takes back", "warn"), Span(commit.id[:SHORT_ID], "faint")]
        pieces.append(Span(f"{commit.subject} (no step of migrate-dhi)"))
        lines += look.wrap((Span("  "),), pieces, hang=4)
    for remote in rollback.remotes:
        lines += look.wrap((Span("  "),), [Span(f"{remote} is not touched")], hang=4)
    if result:
        lines += look.wrap((Span("  "),), [Span(f"kept as a backup: {result.backup}")], hang=4)
        lines += [*heading("To bring it back"), *command_lines(look, result.restore.split(), indent=2)]
    return lines


def _rollback_verb(rollback: "Rollback", *, done: bool) -> str:
    if rollback.kept:
        return "Moved back" if done else "Moves back"
    return "Deleted" if done else "Deletes"


def _step_rows(look: Look, verb: str, steps: "Sequence[WrittenStep]") -> list[Line]:
    lines: list[Line] = []
    for step in steps:
        prefix = (Span(f"  {verb:<10}  "), Span(step.commit[:SHORT_ID], "faint"), Span("  "))
        lines += look.wrap(prefix, [Span(step.subject)], hang=line_cells(prefix))
    return lines


def status_lines(look: Look, status: "Status") -> list[Line]:
    """Each branch that this program wrote, with its steps."""
    if not status.branches:
        return [(Span("No branch of migrate-dhi in this repository."),)]
    lines: list[Line] = []
    for branch in status.branches:
        lines += [BLANK] if lines else []
        lines += _branch(look, branch)
    return lines


def _branch(look: Look, branch: "BranchStatus") -> list[Line]:
    state = Span("merged", "good") if branch.merged else Span("not merged", "warn")
    lines = look.wrap((Span(branch.branch, "title"), Span("  ")), [Span(branch.chart), state], hang=2)
    if branch.checked_out:
        lines += look.wrap((Span("  "),), [Span(f"checked out in {branch.checked_out}", "faint")], hang=4)
    width = max((cells(safe(step.name)) for step in branch.steps), default=0)
    for step in branch.steps:
        prefix = (
            Span("  "),
            Span(step.commit[:SHORT_ID], "faint"),
            Span("  "),
            Span(pad(step.name, width), "name"),
            Span("  "),
        )
        lines += look.wrap(prefix, [Span(step.subject)], hang=line_cells(prefix))
    for commit in branch.others:
        other = (Span("  "), Span(commit.id[:SHORT_ID], "faint"), Span("  "))
        lines += look.wrap(other, [Span(f"(no step) {commit.subject}")], hang=line_cells(other))
    for image in dict.fromkeys(image for step in branch.steps for image in step.images):
        before, _, after = image.partition(" -> ")
        lines += look.wrap(
            (Span("  "),), [Span(before), Span(f"{look.glyphs.arrow} {after}", "good")], hang=4
        )
    return lines
