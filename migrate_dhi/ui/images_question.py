"""The question about an image: what it becomes, and with which tag."""

from collections.abc import Sequence
from dataclasses import replace

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.current import current_catalog
from migrate_dhi.dhi.naming import hardened_name
from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.plan_image import ImageFacts, PlannedImage
from migrate_dhi.oci.reference import Reference
from migrate_dhi.ui import console, prompts
from migrate_dhi.ui.answers import KEEP
from migrate_dhi.ui.images_text import facts_words, image_lines, reference_words
from migrate_dhi.ui.lines import cells, heading, pad
from migrate_dhi.ui.prompts import Option
from migrate_dhi.ui.session import ChartSession

_OTHER, ALL = "other", "all"
_OPEN = ("migrate", "kept", "undecided", "no-counterpart")


def ask_open_images(session: ChartSession) -> None:
    """Ask for each image that the rule leaves undecided what it becomes; Enter leaves it as it is."""
    while session.plan.open_images:
        waiting = [image.before for image in session.plan.open_images]
        # The values that set it decide nothing here, and what is possible is offered below.
        image = replace(_first(session, waiting[0]), values=(), confidence="", candidates=())
        look = console.look()
        console.show_lines(
            [*heading(f"To decide in {session.path}"), *image_lines(look, [image], verbose=True)]
        )
        if choose_image(session, image.before, others=waiting[1:]) == ALL:
            for before in waiting:
                _decide(session, before, KEEP)


def choose_image(session: ChartSession, before: str, others: Sequence[str] = ()) -> str:
    """Ask what one image becomes: any candidate, another one typed, or to stay as it is, as ``others`` with it."""
    now = _now(session, before)
    offered = dict.fromkeys([*([now.after] if now.after else []), *_first(session, before).candidates])
    more = [Option(ALL, f"Leave all {len(others) + 1} that are undecided as they are")] if others else []
    what = f"What {before} becomes"
    answer = ask_image(session.common.options, what, list(offered), now=now.after, more=more)
    if answer and answer != ALL:
        _decide(session, before, answer)
    return answer


def ask_image(
    options: Options, what: str, offered: Sequence[str], *, now: str = "", more: Sequence[Option[str]] = ()
) -> str:
    """What an image becomes: one of those offered, another one that is typed, ``keep``, or the value of one ``more``.

    Empty where the person goes back from typing. Enter takes what it becomes ``now``, else leaves it as it is.
    """
    listed = _candidate_options(options, offered)
    listed += [Option(_OTHER, "Type another image and tag"), Option(KEEP, "Leave this image as it is"), *more]
    answer = prompts.select(what, listed, now or KEEP)
    if answer == _OTHER:
        answer = prompts.text("IMAGE:TAG (empty: go back)", now, _complaint)
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


def _candidate_options(options: Options, candidates: Sequence[str]) -> list[Option[str]]:
    """Each candidate with the facts of its image, in columns."""
    look = console.look()
    catalog = current_catalog(options.catalog)
    column = max(map(cells, candidates), default=0)
    found = []
    for text in candidates:
        facts = ", ".join(_facts(options, catalog, text))
        title = f"{pad(reference_words(look, text), column)}  {facts}" if facts else text
        found.append(Option(text, title, text))
    return found


def _facts(options: Options, catalog: Catalog, text: str) -> list[str]:
    reference = Reference.parse(text)
    name = hardened_name(reference, options.wishes.target, catalog)
    if name not in catalog:
        return []
    found = catalog.find(name, reference.tag)
    if found:
        end = found.end_of_life.isoformat() if found.end_of_life else ""
        return facts_words(ImageFacts("", found.user, found.uid, found.shells, end))
    past = catalog.past_tag(name, reference.tag)
    return [f"listed until {past.last_seen}, gets no updates"] if past else ["not in the catalog"]


def _complaint(text: str) -> str:
    if text and not Reference.try_parse(text):
        return "that is no image reference: write it like dhi.io/NAME:1.2.3-debian13"
    return ""
