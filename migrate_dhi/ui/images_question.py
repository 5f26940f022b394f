"""The question about an image: what it becomes, and with which tag."""

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
from migrate_dhi.ui.session import ChartSession

_OTHER, _ALL = "other", "all"
_OPEN = ("migrate", "kept", "undecided", "no-counterpart")


def ask_open_images(session: ChartSession) -> None:
    """Ask for each image that the rule leaves undecided what it becomes; Enter leaves it as it is."""
    while session.plan.open_images:
        waiting = [image.before for image in session.plan.open_images]
        # The values that set it decide nothing here, and what is possible is offered below.
        image = replace(_first(session, waiting[0]), values=(), confidence="", candidates=())
        look = console.look_of(sys.stdout)
        console.show_lines(
            [*heading(f"To decide in {session.path}"), *image_lines(look, [image], verbose=True)]
        )
        if choose_image(session, image.before, others=waiting[1:]) == _ALL:
            for before in waiting:
                _decide(session, before, KEEP)


def choose_image(session: ChartSession, before: str, others: Sequence[str] = ()) -> str:
    """Ask what one image becomes: any candidate, another one typed, or to stay as it is, as ``others`` with it."""
    now = _now(session, before)
    offered = dict.fromkeys([*([now.after] if now.after else []), *_first(session, before).candidates])
    options = _candidate_options(session, list(offered))
    options += [Option(_OTHER, "Type another image and tag"), Option(KEEP, "Leave this image as it is")]
    if others:
        options.append(Option(_ALL, f"Leave all {len(others) + 1} that are undecided as they are"))
    answer = prompts.select(f"What {before} becomes", options, now.after or KEEP)
    if answer == _OTHER:
        answer = prompts.text("IMAGE:TAG (empty: go back)", now.after, _complaint)
    if answer and answer != _ALL:
        _decide(session, before, answer)
    return answer


def _decide(session: ChartSession, before: str, after: str) -> None:
    """Take an answer, unless no plan can be made with it; as the rule proposes needs no answer."""
    images = dict(session.answers.images or {})
    images[before] = after
    first = _first(session, before)
    if after == first.after or (after == KEEP and first.status in {"kept", "no-counterpart"}):
        del images[before]
    answers = session.answers
    # What was decided for the steps was decided for other images.
    session.change(images=images or None, steps=session.saved.steps, accept=session.saved.accept, pinned={})
    try:
        _ = session.plan
    except MigrateDhiError as error:
        console.progress("")
        console.print_error(error)
        session.answers = answers


def changeable(session: ChartSession, image: PlannedImage) -> bool:
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


def _complaint(text: str) -> str:
    if text and not Reference.try_parse(text):
        return "that is no image reference: write it like dhi.io/NAME:1.2.3-debian13"
    return ""
