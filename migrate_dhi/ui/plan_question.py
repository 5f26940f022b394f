"""One chart of the wizard: what nothing else can answer, then the whole plan, and what to do with it."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from migrate_dhi.errors import InterruptedByUserError
from migrate_dhi.findings import Finding
from migrate_dhi.ui import console, prompts
from migrate_dhi.ui.answers import KEEP
from migrate_dhi.ui.choices_question import ask_bump, ask_probes, ask_secret
from migrate_dhi.ui.images_question import ask_open_images, changeable, choose_image
from migrate_dhi.ui.lines import BLANK, heading
from migrate_dhi.ui.plan_text import body_lines
from migrate_dhi.ui.prompts import Option
from migrate_dhi.ui.remarks_text import finding_lines
from migrate_dhi.ui.session import BACK, NEXT, NOT_ASKED, ChartSession, Move
from migrate_dhi.ui.steps_question import ask_steps
from migrate_dhi.wording import counted

_WRITE, _STEPS, _CHANGE, _LEAVE, _BACK, _QUIT = "write", "steps", "change", "leave", "back", "quit"


def ask_plan(session: ChartSession, direction: Move, *, alone: bool, first: bool) -> Move:
    """Ask what is open, show the plan, and let it be taken or changed until it is.

    Args:
        session: the chart.
        direction: where the question is entered from.
        alone: it is the only chart of the session: to take the plan is to write it.
        first: there is nothing to go back to.

    Raises:
        InterruptedByUserError: the person quits.
    """
    session.left_out, begun = False, session.answers
    ask_open_images(session)
    _ask_open_secret(session)
    shown = None
    while True:
        plan = session.plan
        if plan is not shown:
            console.show_lines([BLANK, *body_lines(console.look(), plan, more="--plan -v")])
            shown = plan
        if plan.status == "nothing-to-do" and session.answers == begun:
            return direction if direction != NEXT else NOT_ASKED
        answer = prompts.select(*_menu(session, alone=alone, first=first))
        if answer == _BACK:
            return BACK
        if answer == _QUIT and not alone:
            raise InterruptedByUserError("you chose to quit")
        if answer in {_LEAVE, _QUIT} or (answer == _WRITE and ask_errors(session)):
            session.left_out = answer != _WRITE
            return NEXT
        if answer == _STEPS:
            ask_steps(session)
        elif answer == _CHANGE:
            _ask_change(session)


def _menu(session: ChartSession, *, alone: bool, first: bool) -> tuple[str, list[Option[str]], str]:
    """The question, its options, and the one that Enter takes: never one that accepts an error."""
    plan = session.plan
    count = len(plan.editing_steps)
    branch = f"{plan.branch} with {counted(count, 'commit')}"
    codes = ", ".join(dict.fromkeys(finding.code for finding in plan.open_errors))
    asks = f"Write: each error is asked about by its name ({codes})" if codes else ""
    take = "Write it" if alone else "Take it: all charts are written at the end"
    change = Option(
        _CHANGE, "Change an answer: images, tags, pull secret, probes, version", "change an answer"
    )
    steps = Option(_STEPS, "Step by step: see, edit or skip each", "step by step")
    if not count:
        leave = Option(_LEAVE, "Finish: write nothing", "finish")
        if plan.status == "blocked":
            return f"{session.path}: blocked", [leave, steps, change], _LEAVE
        return f"{session.path}: nothing to do", [leave, change], _LEAVE
    options = [Option(_WRITE, asks or take, "write" if alone else "take it"), steps, change]
    options += [] if alone else [Option(_LEAVE, "Leave this chart as it is", "left as it is")]
    options += [] if first else [Option(_BACK, "Back", "back")]
    options.append(Option(_QUIT, "Quit: write nothing", "quit"))
    return f"Write the branch {branch}?", options, _CHANGE if codes else _WRITE


def _ask_open_secret(session: ChartSession) -> None:
    """The pull secret, where one is wanted and the repository does not tell which."""
    wanted = any(finding.code == "pull-secret-none" for finding in session.plan.findings)
    if wanted and session.asks("pull_secret") and session.answers.pull_secret is None:
        ask_secret(session)


def ask_errors(session: ChartSession) -> bool:
    """Each kind of error is accepted by name, or its images stay; False where neither, and nothing is answered then."""
    before = session.answers
    while session.plan.open_errors:
        code = session.plan.open_errors[0].code
        equal = [finding for finding in session.plan.open_errors if finding.code == code]
        look = console.look()
        title = f"An error stands in the way of {session.path}"
        console.show_lines([*heading(title), *finding_lines(look, equal)])
        options = [
            Option("", "Back to the plan", "back"),
            Option(code, f"Accept {code} and go on", "accepted"),
        ]
        images = _to_keep(session, equal)
        if images:
            which = images[0] if len(images) == 1 else f"{len(images)} images ({', '.join(images)})"
            options.append(Option(KEEP, f"Leave {which} as it is, and move the rest", "left as it is"))
        answer = prompts.select("What to do", options)
        if not answer:
            session.answers = before
            return False
        if answer == KEEP:
            kept = {**(session.answers.images or {}), **dict.fromkeys(images, KEEP)}
            # What was decided for the steps was decided for other images.
            session.change(images=kept, steps=session.saved.steps, pinned={})
        else:
            session.change(accept=(*session.answers.accept, code))
    return True


def _to_keep(session: ChartSession, errors: Sequence[Finding]) -> list[str]:
    """The images with which all of these errors go, where others move and no flag decides on any of them."""
    stops = [session.plan.stops.get(error, ()) for error in errors]
    named = {image for images in stops for image in images} if all(stops) else set()
    images = [image for image in session.plan.images if image.before in named]
    others = any(one.status == "migrate" and one.before not in named for one in session.plan.images)
    free = others and all(changeable(session, image) for image in images)
    return [image.before for image in images] if free else []


def _ask_change(session: ChartSession) -> None:
    """One answer, given anew; the plan follows."""
    asks = list(_changes(session))
    options = [Option(number, title) for number, (title, _) in enumerate(asks)]
    chosen = prompts.select("What to change", [*options, Option(-1, "Back", "nothing")])
    if chosen >= 0:
        asks[chosen][1]()


def _changes(session: ChartSession) -> Iterator[tuple[str, Callable[[], object]]]:
    """What can be answered otherwise: neither what a flag says, nor what has one possible answer."""
    for image in session.plan.images:
        if changeable(session, image):
            yield (
                f"Image {image.before}: {image.after or 'stays'}",
                partial(choose_image, session, image.before),
            )
    steps = {step.name: step for step in session.plan.steps}
    if session.asks("pull_secret") and steps["pull-secret"].status not in {"not-needed", "waiting"}:
        yield f"Pull secret: {session.secret() or 'none'}", partial(ask_secret, session)
    if session.asks("probes"):
        yield f"Probes: {session.options.choices.probes}", partial(ask_probes, session)
    if session.asks("bump") and steps["versions"].status not in {"not-needed", "waiting"}:
        skipped = steps["versions"].status == "skipped"
        yield f"Version: {'stays' if skipped else session.options.choices.bump}", partial(ask_bump, session)
    if session.answers != session.saved:
        yield "All as proposed at first", session.forget
