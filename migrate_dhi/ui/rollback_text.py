"""What a rollback does, as lines: a branch that goes or is moved back, or a new one that reverses merged steps."""

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from migrate_dhi.git.trailers import STEP
from migrate_dhi.migration.landed import Target
from migrate_dhi.ui.changes_text import diff_lines
from migrate_dhi.ui.lines import BLANK, Line, Look, Span, command_lines, heading, line_cells
from migrate_dhi.ui.outcome_text import SHORT_ID, labelled_command
from migrate_dhi.ui.remarks_text import finding_lines
from migrate_dhi.wording import counted

if TYPE_CHECKING:
    from migrate_dhi.git.history import Commit
    from migrate_dhi.migration.landed import WrittenStep
    from migrate_dhi.migration.reversal import Reversal, RollbackResult
    from migrate_dhi.migration.rollback import Rollback
    from migrate_dhi.migration.status import Status, WaitingReversal


def back_lines(
    look: Look, planned: "Rollback | Reversal", result: "RollbackResult | None" = None
) -> list[Line]:
    """What would be taken back, or with ``result`` what was and how to bring it back."""
    from migrate_dhi.migration.rollback import Rollback  # noqa: PLC0415

    if isinstance(planned, Rollback):
        return rollback_lines(look, planned, result)
    return reversal_lines(look, planned, result)


def rollback_lines(look: Look, rollback: "Rollback", result: "RollbackResult | None" = None) -> list[Line]:
    """What would be taken back, or with ``result`` what was, what stays, and how to bring it back."""
    branch = rollback.branch
    if rollback.nothing_to_do:
        text = f"Nothing to take back: {branch.branch} ends with the step {rollback.kept[-1].name} already."
        return look.done([Span(text)])
    verb = _rollback_verb(rollback, done=result is not None)
    said = [Span(verb), Span(branch.branch, "name"), Span(f"of {branch.target}")]
    lines = look.done(said) if result else look.wrap((), said, hang=2)
    lines += _step_rows(look, "takes back", rollback.removed)
    lines += _step_rows(look, "keeps", rollback.kept)
    for commit in rollback.others:
        pieces = [Span("also takes back", "warn"), Span(commit.id[:SHORT_ID], "faint")]
        pieces.append(
            Span(
                f"{commit.subject} ({made_by(commit)}{'' if STEP in commit.trailers else ' of migrate-dhi'})"
            )
        )
        lines += look.wrap((Span("  "),), pieces, hang=4)
    lines += lacks_lines(look, rollback.lacks)
    for remote in rollback.remotes:
        lines += look.wrap((Span("  "),), [Span(f"{remote} is not touched")], hang=4)
    if result:
        lines += look.wrap((Span("  "),), [Span(f"kept as a backup: {result.backup}")], hang=4)
        lines += [*heading("To bring it back"), *command_lines(look, shlex.split(result.restore), indent=2)]
    return lines


def lacks_lines(look: Look, step: "WrittenStep | None") -> list[Line]:
    """That a step does not run without another one that is not there."""
    if step is None:
        return []
    said = f"does not run as it is: {step.name} wants {step.needs}, which is not there"
    return look.wrap((Span("  "),), [Span(said, "warn")], hang=4)


def reversal_lines(look: Look, reversal: "Reversal", result: "RollbackResult | None" = None) -> list[Line]:
    """The branch that takes merged steps back, with its commits, and what the renders show."""
    if reversal.nothing_to_do:
        text = f"Nothing to take back: what is left of {reversal.target} in {reversal.into} is what was asked for."
        return look.done([Span(text)])
    told = [
        Span("Wrote" if result else "Writes"),
        Span(reversal.branch, "name"),
        Span(f"on {reversal.into}, which takes merged steps of {reversal.target} back, newest first:"),
    ]
    lines = look.done(told) if result else look.wrap((), told, hang=2)
    ids = result.written if result else [""] * len(reversal.steps)
    for commit, one in zip(ids, reversal.steps, strict=True):
        prefix = (Span("  "), Span(commit[:SHORT_ID], "faint"), Span("  " if commit else ""))
        lines += look.wrap(prefix, [Span(reversal.subject(one))], hang=line_cells(prefix))
    for verb, names in (("keeps", reversal.kept), ("taken back already:", reversal.already)):
        if names:
            lines += look.wrap((Span("  "),), [Span(f"{verb} {', '.join(names)}")], hang=4)
    lines += _proof_lines(look, reversal)
    if result:
        return [*lines, *_next_lines(look, reversal)]
    for one in reversal.steps:
        lines += [BLANK, (Span(f"{one.step.name}:", "title"),), *diff_lines(look, one.diff)]
    return lines


def _proof_lines(look: Look, reversal: "Reversal") -> list[Line]:
    proof = reversal.proof
    lines: list[Line] = []
    if proof.releases:
        count = counted(proof.fields, "field")
        again = "is" if proof.fields == 1 else "are"
        said = f"rendered for {', '.join(proof.releases)}: {count} that the steps changed {again} again what they were"
        sign = (Span(f"  {look.glyphs.good} ", "good"),) if proof.proven else (Span("  "),)
        lines += look.wrap(sign, [Span(said)], hang=4)
    if reversal.findings:
        lines += [*heading("Findings"), *finding_lines(look, reversal.findings, reversal.accepted)]
    return lines


def _next_lines(look: Look, reversal: "Reversal") -> list[Line]:
    lines = heading("Next")
    for label, words in (
        ("review", ["git", "log", "--reverse", "-p", f"{reversal.base[:12]}..{reversal.branch}"]),
        ("push", ["git", "push", "-u", "origin", reversal.branch]),
        ("drop it", ["git", "branch", "-D", reversal.branch]),
    ):
        lines += labelled_command(look, label, words)
    return lines


def choice_lines(look: Look, status: "Status") -> list[Line]:
    """What can be taken back, each with the command that does it; and what a branch takes back that waits."""
    if not status.branches and not status.migrations:
        return [
            (Span("Nothing to take back: no branch and no merged step of migrate-dhi in this repository."),)
        ]
    lines: list[Line] = []
    for branch in status.branches:
        left = [name for step in branch.steps for name in step.names if name not in branch.taken_back]
        waits = status.reversal_of(branch.target) if branch.merged else None
        what = "merged: a new branch would reverse" if branch.merged else "not merged: takes back"
        if waits:
            lines += _waiting(look, branch.branch, waits)
        elif left:
            lines += _choice(look, branch.branch, f"{branch.target}, {what}", left)
    for one in status.migrations:
        names = [name for step in one.steps for name in step.names]
        waits = status.reversal_of(one.target)
        what = "merged, its branch is gone: a new branch would reverse"
        lines += (
            _waiting(look, str(one.target), waits) if waits else _choice(look, str(one.target), what, names)
        )
    return lines or [(Span("Nothing to take back: all merged steps were taken back already."),)]


def _waiting(look: Look, name: str, reversal: "WaitingReversal") -> list[Line]:
    said = f"{reversal.branch} takes {', '.join(reversal.takes_back)} back, once it is merged"
    return look.wrap((Span(name, "title"), Span("  ")), [Span(said)], hang=2)


def _choice(look: Look, name: str, what: str, steps: Sequence[str]) -> list[Line]:
    pieces = [Span(what), Span(", ".join(steps))]
    lines = look.wrap((Span(name, "title"), Span("  ")), pieces, hang=2)
    return lines + command_lines(look, ["migrate-dhi", "rollback", name], indent=2)


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


def made_by(commit: "Commit") -> str:
    """What a commit is that is no step of the plan which its branch ends with: another plan's, or none of ours."""
    name = next(iter(commit.trailers.get(STEP, ())), "")
    return f"the step {name} of {Target.of(commit.trailers)}" if name else "no step"
