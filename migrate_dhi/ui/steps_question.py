"""Step by step: what it changes and why it may be trusted; apply, edit, skip, back or quit."""

import sys

from migrate_dhi.errors import InterruptedByUserError
from migrate_dhi.findings import Finding
from migrate_dhi.migration.plan import StepOutcome
from migrate_dhi.ui import console, prompts
from migrate_dhi.ui.edit_question import edit_step
from migrate_dhi.ui.lines import BLANK, Line, Span, heading, one_line
from migrate_dhi.ui.plan_text import change_lines, chart_lines, step_lines
from migrate_dhi.ui.prompts import Option
from migrate_dhi.ui.remarks_text import finding_lines, told_lines
from migrate_dhi.ui.session import BACK, NEXT, NOT_ASKED, ChartSession, Move, walk

_APPLY, _TAKE, _EDIT, _SKIP, _BACK, _QUIT = "apply", "take", "edit", "skip", "back", "quit"
_BLOCKED = "blocked"


def ask_steps(session: ChartSession, direction: Move) -> Move:
    """The proven plan as a table, then each step that changes or cannot."""
    session.change(steps=_kept_skips(session))
    plan = session.plan
    look = console.look_of(sys.stdout)
    lines: list[Line] = [BLANK, *chart_lines(look, plan), *heading("Steps"), *step_lines(look, plan.steps)]
    of_steps = {finding for step in plan.steps for finding in step.findings}
    general = [finding for finding in plan.findings if finding not in of_steps]
    lines += told_lines(look, general, plan.accepted)
    console.show_lines(lines)
    stages = [lambda _, name=step.name: _ask_step(session, name) for step in plan.steps]
    return walk(stages, direction)


def _kept_skips(session: ChartSession) -> dict[str, str]:
    """The decisions that earlier questions or a file made stay; the others are made anew."""
    earlier = {"versions"} if session.answers.bump is None else set()
    return {
        name: done
        for name, done in session.answers.steps.items()
        if name in session.saved.steps or (name in earlier and done == "skip")
    }


def _ask_step(session: ChartSession, name: str) -> Move:
    if name in session.saved.steps or (
        name == "versions" and session.answers.bump is None and _skipped(session)
    ):
        return NOT_ASKED
    while True:
        session.change(steps={key: done for key, done in session.answers.steps.items() if key != name})
        outcome = session.outcome(name)
        if not outcome.edits and outcome.status != "blocked":
            return NOT_ASKED
        _show(session, outcome)
        answer = prompts.select(f"Step {name}", _options(outcome))
        if answer == _QUIT:
            raise InterruptedByUserError("you chose to quit")
        if answer in {_BACK, _BLOCKED}:
            return BACK if answer == _BACK else NEXT
        if answer == _TAKE:
            session.taken = (*session.taken, *_acceptable(outcome))
            session.change(accept=tuple(dict.fromkeys((*session.answers.accept, *session.taken))))
            continue
        if answer == _EDIT:
            edit_step(session, name)
            continue
        session.change(steps={**session.answers.steps, name: answer})
        return NEXT


def _skipped(session: ChartSession) -> bool:
    return session.answers.steps.get("versions") == _SKIP


def _show(session: ChartSession, outcome: StepOutcome) -> None:
    look = console.look_of(sys.stdout)
    if outcome.edits:
        lines = change_lines(look, outcome)
        proof = f"Proven: {outcome.done} of {outcome.of} reached, {one_line(outcome.reason)}."
        style, sign = ("good", look.glyphs.good) if outcome.done == outcome.of else ("warn", look.glyphs.warn)
        lines += look.wrap((Span(f"  {sign} ", style),), [Span(proof)], hang=4)  # type: ignore[arg-type]
        if not outcome.deployable:
            note = "Its commit alone would not run: the branch is merged as a whole."
            lines += look.wrap((Span("    "),), [Span(note, "faint")], hang=4)
    else:
        lines = [BLANK, *look.wrap((), [Span(f"{outcome.name}: {outcome.title}", "title")], hang=2)]
        lines += step_lines(look, [outcome])
    if outcome.findings:
        lines += finding_lines(look, outcome.findings, session.plan.accepted)
    console.show_lines(lines)


def _options(outcome: StepOutcome) -> list[Option[str]]:
    rest = [
        Option(_EDIT, "Edit: another way, another answer, or a value of your own", "edit"),
        Option(_SKIP, "Skip: leave this step out", "skipped"),
        Option(_BACK, "Back", "back"),
        Option(_QUIT, "Quit: write nothing", "quit"),
    ]
    if outcome.edits:
        commit = outcome.commit.subject if outcome.commit else outcome.title
        return [Option(_APPLY, f"Apply: {commit}", "applied"), *rest]
    take = [
        Option(_TAKE, f"Take the first way, with what it changes besides (accepts {code})", "taken")
        for code in _acceptable(outcome)
    ]
    # What is proposed accepts nothing, and leaves nothing out: the error is asked about by its name.
    on = Option(_BLOCKED, "Go on: the error is asked about before anything is written", "blocked")
    return [on, rest[0], *take, *rest[1:]]


def _acceptable(outcome: StepOutcome) -> list[str]:
    """The codes with which a proposal would hold that reaches its goal and changes more."""
    return list(dict.fromkeys(tried.accept for tried in outcome.tried if tried.accept))


def ask_errors(session: ChartSession) -> Move:
    """Each kind of error finding is accepted by name, or the chart is left as it is."""
    session.left_out = False
    before = tuple(dict.fromkeys((*session.saved.accept, *session.taken)))
    session.change(accept=before)
    while session.plan.open_errors:
        code = session.plan.open_errors[0].code
        equal = [finding for finding in session.plan.open_errors if finding.code == code]
        answer = _ask_error(session, equal)
        if answer == _BACK:
            return BACK
        if answer == _SKIP:
            session.left_out = True
            return NEXT
        session.change(accept=(*session.answers.accept, code))
    return NEXT if session.answers.accept != before else NOT_ASKED


def _ask_error(session: ChartSession, equal: list[Finding]) -> str:
    look = console.look_of(sys.stdout)
    title = f"An error stands in the way of {session.path}"
    console.show_lines([*heading(title), *finding_lines(look, equal)])
    options = [
        Option(_SKIP, "Leave this chart as it is", "left as it is"),
        Option(_BACK, "Back, to change something", "back"),
        Option(_APPLY, f"Accept {equal[0].code} and go on", "accepted"),
    ]
    return prompts.select("What to do", options)
