"""What is on which branch, as lines."""

from typing import TYPE_CHECKING

from migrate_dhi.git.trailers import STEP
from migrate_dhi.migration.landed import WrittenStep, images_of
from migrate_dhi.ui.lines import BLANK, Line, Look, Span, cells, line_cells, pad, safe
from migrate_dhi.ui.outcome_text import SHORT_ID
from migrate_dhi.ui.rollback_text import lacks_lines, made_by

if TYPE_CHECKING:
    from migrate_dhi.migration.landed import Migration
    from migrate_dhi.migration.status import BranchStatus, Status, WaitingReversal

_HOW = {
    "merge": "merged",
    "rebase": "merged by rebase",
    "squash": "merged by squash",
    "content": "merged: its changes are there",
}


def status_lines(look: Look, status: "Status") -> list[Line]:
    """Each branch that this program wrote, with its steps; then merged migrations whose branch is gone, and what
    takes merged steps back.
    """
    if not status.branches and not status.migrations and not status.reversals:
        return [(Span("No branch of migrate-dhi in this repository."),)]
    lines: list[Line] = []
    for branch in status.branches:
        lines += [BLANK] if lines else []
        lines += _branch(look, branch)
    for migration in status.migrations:
        lines += [BLANK] if lines else []
        lines += _migration(look, migration)
    for reversal in status.reversals:
        lines += [BLANK] if lines else []
        lines += _reversal(look, reversal)
    return lines


def _reversal(look: Look, reversal: "WaitingReversal") -> list[Line]:
    pieces = [Span(f"{reversal.target},"), Span("not merged", "warn")]
    lines = look.wrap((Span(reversal.branch, "title"), Span("  ")), pieces, hang=2)
    said = f"takes back {', '.join(reversal.takes_back)}"
    return lines + look.wrap((Span("  "),), [Span(said)], hang=4)


def _branch(look: Look, branch: "BranchStatus") -> list[Line]:
    landing = branch.landing
    state = Span(_HOW[landing.kind], "good") if landing else Span("not merged", "warn")
    shared = branch.shared
    names = ", ".join(map(str, [*shared, branch.target]))
    lines = look.wrap((Span(branch.branch, "title"), Span("  ")), [Span(f"{names},"), state], hang=2)
    if branch.checked_out:
        lines += look.wrap((Span("  "),), [Span(f"checked out in {branch.checked_out}", "faint")], hang=4)
    groups = [*shared.items(), (branch.target, branch.steps)]
    width = max((cells(safe(step.name)) for _, steps in groups for step in steps), default=0)
    for target, steps in groups:
        lines += [(Span("  "), Span(str(target), "name"))] if shared else []
        for step in steps:
            lines += _step(look, step, width)
    for commit in (one for one in branch.others if STEP not in one.trailers):
        other = (Span("  "), Span(commit.id[:SHORT_ID], "faint"), Span("  "))
        lines += look.wrap(other, [Span(f"({made_by(commit)}) {commit.subject}")], hang=line_cells(other))
    if branch.taken_back:
        said = f"taken back since: {', '.join(branch.taken_back)}"
        return lines + look.wrap((Span("  "),), [Span(said, "warn")], hang=4)
    lines += lacks_lines(look, branch.lacks)
    others = images_of(step for steps in shared.values() for step in steps)
    for before, after in (others | branch.images).items():
        pieces = [Span(before), Span(f"{look.glyphs.arrow} {after}", "good")]
        lines += look.wrap((Span("  "),), pieces, hang=4)
    return lines


def _migration(look: Look, migration: "Migration") -> list[Line]:
    state = [Span("merged", "good"), Span("(its branch is gone)", "faint")]
    lines = look.wrap((Span(str(migration.target), "title"), Span("  ")), state, hang=2)
    width = max(cells(safe(step.name)) for step in migration.steps)
    for step in migration.steps:
        lines += _step(look, step, width)
    return lines


def _step(look: Look, step: "WrittenStep", width: int) -> list[Line]:
    prefix = (
        Span("  "),
        Span(step.commit[:SHORT_ID], "faint"),
        Span("  "),
        Span(pad(step.name, width), "name"),
        Span("  "),
    )
    return look.wrap(prefix, [Span(step.subject)], hang=line_cells(prefix))
