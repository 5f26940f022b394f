"""Step by step: what it changes and why it may be trusted; apply, edit, skip, back or quit."""

from functools import partial

from migrate_dhi.errors import InterruptedByUserError
from migrate_dhi.migration.plan import StepOutcome
from migrate_dhi.ui import console, prompts
from migrate_dhi.ui.edit_question import edit_step
from migrate_dhi.ui.lines import BLANK, Span, one_line
from migrate_dhi.ui.plan_text import change_lines, step_lines
from migrate_dhi.ui.prompts import Option
from migrate_dhi.ui.remarks_text import finding_lines
from migrate_dhi.ui.session import BACK, NEXT, NOT_ASKED, ChartSession, Move, walk

_APPLY, _TAKE, _EDIT, _SKIP, _BACK, _QUIT = "apply", "take", "edit", "skip", "back", "quit"
_BLOCKED = "blocked"


def ask_steps(session: ChartSession) -> None:
    """Each step that changes something or cannot, in order; from the first back to the plan, as on from the last."""
    walk([partial(_ask_step, session, step.name) for step in session.plan.steps], NEXT)


def _ask_step(session: ChartSession, name: str, _: Move) -> Move:
    before = session.answers.steps
    while True:
        session.change(steps={key: done for key, done in before.items() if key != name})
        outcome = session.outcome(name)
        if not outcome.edits and outcome.status != "blocked":
            session.change(steps=before)
            return NOT_ASKED
        _show(session, outcome)
        answer = prompts.select(f"Step {name}", _options(outcome), before.get(name))
        if answer == _QUIT:
            raise InterruptedByUserError("you chose to quit")
        if answer == _TAKE:
            session.change(accept=tuple(dict.fromkeys((*session.answers.accept, *_acceptable(outcome)))))
        elif answer == _EDIT:
            edit_step(session, name)
        else:
            skipped = {name: _SKIP} if answer == _SKIP or (answer == _BACK and name in before) else {}
            session.change(steps={**session.answers.steps, **skipped})
            return BACK if answer == _BACK else NEXT


def _show(session: ChartSession, outcome: StepOutcome) -> None:
    look = console.look()
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
