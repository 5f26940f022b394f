"""The questions about images: which ones move, to what, and with which tag."""

import re
import sys
from collections.abc import Sequence
from dataclasses import replace

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.current import current_catalog
from migrate_dhi.dhi.naming import hardened_name
from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.migration.plan import ImageFacts, PlannedImage
from migrate_dhi.oci.reference import Reference
from migrate_dhi.ui import console, prompts
from migrate_dhi.ui.answers import KEEP
from migrate_dhi.ui.images_text import facts_words, image_lines, reference_words
from migrate_dhi.ui.lines import cells, heading, pad
from migrate_dhi.ui.prompts import Option
from migrate_dhi.ui.session import BACK, NEXT, NOT_ASKED, ChartSession, Move, walk

_TAKE, _BACK, _OTHER = "take", "back", "other"
# With more images than this, tags are changed one by one from the list, not asked for in turn.
_MOST_TAG_QUESTIONS = 3
_OPEN = ("migrate", "kept", "undecided", "no-counterpart")


def ask_images(session: ChartSession) -> Move:
    """Show what each image becomes; change any, or leave some out."""
    undecided = any(image.status == "undecided" for image in session.plan.images)
    if not session.asks("images") and not undecided:
        return NOT_ASKED
    if undecided:
        session.change(images={**session.proposed_images(), **(session.answers.images or {})})
    elif session.answers.images is None:
        session.change(images={})
    while True:
        look = console.look_of(sys.stdout)
        images = session.plan.images
        shown = [_explained(session, image) for image in images]
        console.show_lines([*heading(f"Images of {session.path}"), *image_lines(look, shown)])
        changeable = [image for image in images if _changeable(session, image)]
        if not changeable:
            return NOT_ASKED
        moving = sum(image.status == "migrate" for image in images)
        count = f"{moving} of {len(images)} move{'s' * (moving == 1)}"
        take = f"Take {'it' if len(images) == 1 else 'them'} like this ({count})"
        options = [Option(_TAKE, take if moving else "Go on: no image moves", f"as shown, {count}")]
        options += [Option(image.before, f"Change {image.before}") for image in changeable]
        options.append(Option(_BACK, "Back"))
        answer = prompts.select("What the images become", options)
        if answer == _TAKE:
            return NEXT
        if answer == _BACK:
            return BACK
        choose_image(session, answer)


def ask_tags(session: ChartSession, direction: Move) -> Move:
    """The tag of each image that moves, from the real choices; with many images only from the list above."""
    if not session.asks("images"):
        return NOT_ASKED
    moving = [i for i in session.plan.images if i.status == "migrate" and _changeable(session, i)]
    asked = moving if len(moving) <= _MOST_TAG_QUESTIONS else []
    stages = [lambda _, image=image: _ask_tag(session, image.before) for image in asked]
    way = walk(stages, direction) if stages else NOT_ASKED
    if way != BACK and session.answers.images is not None:
        session.answer(images=session.answers.images)
    return way


def choose_image(session: ChartSession, before: str) -> None:
    """Ask what one image becomes: any candidate, another one typed, or to stay as it is."""
    now = _now(session, before)
    offered = dict.fromkeys([*([now.after] if now.after else []), *_first(session, before).candidates])
    options = _candidate_options(session, list(offered))
    options += [
        Option(_OTHER, "Type another image and tag"),
        Option(KEEP, "Leave this image as it is"),
        Option(_BACK, "Back"),
    ]
    answer = prompts.select(f"What {before} becomes", options, now.after or KEEP)
    if answer == _OTHER:
        answer = prompts.text("IMAGE:TAG (empty: go back)", now.after, _complaint)
    if answer and answer != _BACK:
        _decide(session, before, answer)


def choose_tag(session: ChartSession, before: str) -> None:
    """Ask for the tag of one image again, outside of the order of questions."""
    _ask_tag(session, before)


def _ask_tag(session: ChartSession, before: str) -> Move:
    now = Reference.parse(_now(session, before).after)
    tags = [now, *(Reference.parse(text) for text in _first(session, before).candidates)]
    same = list(dict.fromkeys(str(tag) for tag in tags if tag.image == now.image))
    options = _candidate_options(session, same, tags_only=True)
    options += [Option(_OTHER, "Type another tag"), Option(_BACK, "Back")]
    upstream = Reference.parse(before)
    question = f"Tag for {upstream.name}:{upstream.tag or upstream.digest[:19]}"
    answer = prompts.select(question, options, str(now))
    if answer == _BACK:
        return BACK
    if answer == _OTHER:
        tag = prompts.text("Tag (empty: as it was)", now.tag, _tag_complaint)
        answer = str(now.with_tag(*_split_digest(tag))) if tag else str(now)
    if answer != str(now):
        _decide(session, before, answer)
    return NEXT


def _decide(session: ChartSession, before: str, after: str) -> None:
    """Take an answer, unless no plan can be made with it; as the rule proposes needs no answer."""
    images = dict(session.answers.images or {})
    images[before] = after
    first = _first(session, before)
    if after == first.after or (after == KEEP and first.status in {"kept", "no-counterpart"}):
        del images[before]
    answers = session.answers
    # What was decided for the steps was decided for other images.
    session.change(images=images, steps=session.saved.steps, accept=session.saved.accept, pinned={})
    try:
        _ = session.plan
    except MigrateDhiError as error:
        console.progress("")
        console.print_error(error)
        session.answers = answers


def _explained(session: ChartSession, image: PlannedImage) -> PlannedImage:
    """The image with the reason of an answer in place of the flag that would say the same."""
    answer = (session.answers.images or {}).get(image.before)
    first = _first(session, image.before)
    if answer is None or (answer == KEEP and first.status != "undecided"):
        return replace(image, reason="as you chose") if answer else image
    if answer == KEEP:
        return replace(image, reason=f"{first.reason}; change it to choose one")
    return replace(image, reason="as you chose")


def _changeable(session: ChartSession, image: PlannedImage) -> bool:
    """An image that no flag decides and some value reaches."""
    first = _first(session, image.before)
    flags = first.confidence == "chosen" or (first.status == "kept" and first.confidence != "weak")
    return image.status in _OPEN and first.status in _OPEN and not flags


def _first(session: ChartSession, before: str) -> PlannedImage:
    return next(image for image in session.first.images if image.before == before)


def _now(session: ChartSession, before: str) -> PlannedImage:
    return next(image for image in session.plan.images if image.before == before)


def _candidate_options(
    session: ChartSession, candidates: Sequence[str], *, tags_only: bool = False
) -> list[Option[str]]:
    """Each candidate with the facts of its image, in columns."""
    look = console.look_of(sys.stdout)
    catalog = current_catalog(session.common.options.catalog)
    shown = {text: Reference.parse(text).tag if tags_only else text for text in candidates}
    column = max(map(cells, shown.values()), default=0)
    listed = {tag for text in candidates for tag in _listed(session, catalog, text)}
    options = []
    for text, name in shown.items():
        facts = ", ".join(_facts(session, catalog, text, listed))
        title = f"{pad(reference_words(look, name), column)}  {facts}" if facts else name
        options.append(Option(text, title, name))
    return options


def _listed(session: ChartSession, catalog: Catalog, text: str) -> list[str]:
    reference = Reference.parse(text)
    name = hardened_name(reference, session.common.options.wishes.target, catalog)
    return [text] if name in catalog and catalog.find(name, reference.tag) else []


def _facts(session: ChartSession, catalog: Catalog, text: str, listed: set[str]) -> list[str]:
    reference = Reference.parse(text)
    name = hardened_name(reference, session.common.options.wishes.target, catalog)
    if name not in catalog:
        return []
    if text in listed:
        found = catalog.find(name, reference.tag)
        end = found.end_of_life.isoformat() if found and found.end_of_life else ""
        return facts_words(ImageFacts("", found.user, found.uid, found.shells, end)) if found else []
    past = next((past for past in catalog.past_tags(name) if past.tag == reference.tag), None)
    return [f"listed until {past.last_seen}, gets no updates"] if past else ["not in the catalog"]


def _split_digest(tag: str) -> tuple[str, str]:
    name, _, digest = tag.partition("@")
    return name, digest


def _complaint(text: str) -> str:
    if text and not Reference.try_parse(text):
        return "that is no image reference: write it like dhi.io/NAME:1.2.3-debian13"
    return ""


def _tag_complaint(text: str) -> str:
    fits = re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}(@sha256:[0-9a-f]{64})?", text)
    return "" if fits or not text else "that is no tag: write letters, digits, dots, dashes"
