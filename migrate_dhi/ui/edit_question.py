"""Edit a step: another way that holds too, another answer to the question behind it, or a typed value.

Whatever is chosen is proven like any proposal; what does not hold is told, and nothing changes.
"""

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from migrate_dhi import redact
from migrate_dhi.errors import MigrateDhiError, UsageError
from migrate_dhi.oci.reference import Reference
from migrate_dhi.ui import console, prompts
from migrate_dhi.ui.changes_text import value_text
from migrate_dhi.ui.choices_question import ask_bump, ask_probes, ask_secret
from migrate_dhi.ui.images_question import choose_image
from migrate_dhi.ui.lines import Span, one_line
from migrate_dhi.ui.prompts import Option
from migrate_dhi.ui.session import ChartSession
from migrate_dhi.yamledit import format_path, parse_path

if TYPE_CHECKING:
    from migrate_dhi.edit import Edit

_BACK, _ANSWER, _NEW, _PROPOSED = "back", "answer", "new", "proposed"
_QUESTIONS = {
    "registry": "Choose other images",
    "tag": "Choose another tag",
    "pull-secret": "Name another pull secret",
    "probes": "Choose another policy for probes",
    "versions": "Raise another part of the version",
}


def edit_step(session: ChartSession, name: str) -> None:
    """Ask how a step is to be done instead; the answers change, or an explanation is shown."""
    console.progress("looking for other ways that hold")
    outcome = session.outcome(name, session.plan_of(session.answers, explore=name))
    options: list[Option[Any]] = [
        Option(index, f"Another way: {way.reason}", way.reason)
        for index, way in enumerate(outcome.alternatives)
    ]
    if name in _QUESTIONS and _answerable(session, name):
        options.append(Option(_ANSWER, _QUESTIONS[name]))
    options += [
        Option(("value", index), f"Type a value for {format_path(edit.path)} (now {_now(edit)})")
        for index, edit in enumerate(outcome.chosen)
        if not edit.delete
    ]
    options.append(Option(_NEW, "Set another value besides"))
    if name in session.answers.pinned:
        options.append(Option(_PROPOSED, "As it was proposed"))
    options.append(Option(_BACK, "Back"))
    answer = prompts.select(f"Edit the step {name}", options)
    if answer == _BACK:
        return
    if answer == _ANSWER:
        _ask_again(session, name)
    elif answer == _PROPOSED:
        _pin(session, name, ())
    elif answer == _NEW:
        _besides(session, name, outcome.chosen)
    elif isinstance(answer, int):
        _pin(session, name, outcome.alternatives[answer].edits)
    else:
        _typed(session, name, outcome.chosen, answer[1])


def _now(edit: "Edit") -> str:
    return value_text(redact.data(edit.value, str(edit.path[-1])))


def _answerable(session: ChartSession, name: str) -> bool:
    keys = {"registry": "images", "tag": "images", "pull-secret": "pull_secret", "probes": "probes"}
    return session.asks(keys.get(name, "bump"))


def _ask_again(session: ChartSession, name: str) -> None:
    """The question whose answer the step carries out; the other decisions stay."""
    steps = session.answers.steps
    _forget(session, name)
    if name in {"registry", "tag"}:
        moving = [image.before for image in session.plan.images if image.status == "migrate"]
        before = moving[0]
        if len(moving) > 1:
            before = prompts.select("Which image", [Option(image, image) for image in moving])
        choose_image(session, before)
    elif name == "pull-secret":
        ask_secret(session)
    elif name == "probes":
        ask_probes(session)
    else:
        ask_bump(session)
    session.change(steps={**steps, **session.answers.steps})


def _typed(session: ChartSession, name: str, edits: "tuple[Edit, ...]", index: int) -> None:
    edit = edits[index]
    shown = edit.value if isinstance(edit.value, str) else json.dumps(edit.value)
    typed = prompts.text(f"{format_path(edit.path)} (empty: go back)", shown, _complaint(edit.value))
    if not typed or typed == shown:
        return
    value = typed if isinstance(edit.value, str) else json.loads(typed)
    after = _as_reference(session, name, edit, value)
    if after:
        # The images' own steps have one goal: the image that was chosen. So choose another one.
        image, reference = after
        images = {**(session.answers.images or {}), image: reference}
        _try(session, name, images=images, pinned=_others(session, name))
    else:
        changed = tuple(replace(e, value=value) if e == edit else e for e in edits)
        _pin(session, name, changed)


def _besides(session: ChartSession, name: str, edits: "tuple[Edit, ...]") -> None:
    from migrate_dhi.edit import Edit  # noqa: PLC0415

    chart = session.source.chart
    files = [f for f in (*reversed(session.source.target.files), chart.chart_file) if f in chart.texts]
    file = files[0]
    if len(files) > 1:
        file = prompts.select("In which file", [Option(name, name) for name in files])
    path = prompts.text("Path of the value, like image.tag (empty: go back)", "", _path_complaint)
    if not path:
        return
    typed = prompts.text("Value (as JSON, or a plain text)", "")
    try:
        value = json.loads(typed)
    except ValueError:
        value = typed
    _pin(session, name, (*edits, Edit(file, parse_path(path), value)))


def _pin(session: ChartSession, name: str, edits: "tuple[Edit, ...]") -> None:
    pinned = _others(session, name)
    _try(session, name, pinned={**pinned, name: edits} if edits else pinned)


def _try(session: ChartSession, name: str, **changes: object) -> None:
    """Change answers, and take the change back with a word where the step does not hold with it."""
    before, answers = session.outcome(name), session.answers
    session.change(**changes)
    console.progress("proving it")
    try:
        outcome = session.outcome(name)
    except MigrateDhiError as error:
        session.answers = answers
        console.progress("")
        console.print_error(error)
        return
    worse = not outcome.edits or (before.edits and outcome.done < before.done)
    unread = [f.message for f in outcome.findings if f.code == "value-unread" and f not in before.findings]
    if not worse and not unread:
        return
    session.answers = answers
    verdict = unread[0] if unread else outcome.tried[-1].verdict if outcome.tried else outcome.reason
    look = console.look()
    text = f"That does not hold: {one_line(verdict)}. The step stays as it was."
    console.show_lines(look.wrap((Span(f"{look.glyphs.bad} ", "bad"),), [Span(text)], hang=2))


def _as_reference(session: ChartSession, name: str, edit: "Edit", value: Any) -> tuple[str, str] | None:
    """The image, and the reference that it becomes, where the edit is a part of an image's name."""
    if name not in {"registry", "tag"}:
        return None
    path = format_path(edit.path)
    for image in session.plan.images:
        roles = [v.role for v in image.values if (v.file, v.path) == (edit.file, path)]
        if not roles or not image.after:
            continue
        after = Reference.parse(image.after)
        text = str(value)
        if roles[0] == "tag":
            tag, _, digest = text.partition("@")
            return image.before, str(after.with_tag(tag, digest))
        old = after.image
        new = text if roles[0] == "image" else old.replace(str(edit.value), text, 1)
        reference = Reference.try_parse(new)
        if reference:
            tagged = (
                reference
                if reference.tag or reference.digest
                else reference.with_tag(after.tag, after.digest)
            )
            return image.before, str(tagged)
    return None


def _others(session: ChartSession, name: str) -> "dict[str, tuple[Edit, ...]]":
    return {step: edits for step, edits in session.answers.pinned.items() if step != name}


def _forget(session: ChartSession, name: str) -> None:
    session.change(pinned=_others(session, name))


def _complaint(before: Any) -> Any:
    def complaint(text: str) -> str:
        if isinstance(before, str) or not text:
            return ""
        try:
            json.loads(text)
        except ValueError:
            return 'that is no JSON; a list of names is ["a", "b"]'
        return ""

    return complaint


def _path_complaint(text: str) -> str:
    try:
        parse_path(text)
    except UsageError as error:
        return str(error)
    return ""
