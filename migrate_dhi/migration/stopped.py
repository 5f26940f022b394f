"""``--keep blocked``: images whose own move ends in an error stay as they are, and the rest is planned anew.

Nothing is accepted by that: an error that is about no image that moves stops the plan as before, and each image that
stays is a warning with the error that it would have ended in.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from migrate_dhi.findings import Finding
from migrate_dhi.grouping import grouped
from migrate_dhi.kube.compare import Change
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.plan import Plan
from migrate_dhi.oci.reference import Reference
from migrate_dhi.regex import regex
from migrate_dhi.steps.context import Context, Image
from migrate_dhi.steps.derived import words_beside
from migrate_dhi.trace.slots import Slot

# What parts of images are told apart by.
_PIECES = regex(r"[^\w.-]+")


class About(dict[Finding, frozenset[Reference]]):
    """The images that errors are known to be about: what a blocked step was to move, what a changed text follows."""

    def follow(
        self, findings: Sequence[Finding], changes: Iterable[Change], moving: Iterable[Image]
    ) -> Sequence[Finding]:
        """Note the images whose new name or tag stands in what changes besides; what was told of each change."""
        images = [(image.before, image.decision.after) for image in moving]
        for finding, change in zip(findings, changes, strict=True):
            pairs = [[{*_PIECES.split(text)} for text in pair] for pair in words_beside(change)]
            new = set[str]().union(*(after - before for before, after in pairs))
            about = {before for before, after in images if after and {after.tag, after.name} & new}
            if about:
                self[finding] = frozenset(about)
        return findings


def without_stopped(made: Callable[[Options], Plan], options: Options) -> Plan:
    """The plan; with images kept, where that is asked for, until no error is about one that moves."""
    plan = made(options)
    stopped: dict[Reference, Finding] = {}
    while options.wishes.keeps_blocked:
        named = grouped(
            (Reference.parse(image), error)
            for error in plan.open_errors
            for image in plan.stops.get(error, ())
        )
        # A plan with more images kept is another plan, so that this comes to an end.
        if named.keys() <= stopped.keys():
            break
        stopped = {**{image: _first_of(errors) for image, errors in named.items()}, **stopped}
        wishes = replace(options.wishes, stopped=tuple(stopped.items()))
        plan = made(replace(options, wishes=wishes))
    return plan


def _first_of(errors: Sequence[Finding]) -> Finding:
    first, more = errors[0], len(errors) - 1
    return replace(first, message=f"{first.message} (and {more} more)") if more else first


def stops_of(
    findings: Iterable[Finding], context: Context, unmoved: Mapping[Finding, Collection[Reference]]
) -> dict[Finding, tuple[str, ...]]:
    """The images that move, or are to be decided on, by the errors that would go if they stayed.

    Those that an error names, or that are known for it (``unmoved``); else those that move in the object, or the
    container, that it is about.
    """
    images = [image for image in context.images if image.moves or image.decision.status == "undecided"]
    errors = (finding for finding in findings if finding.severity == "error")
    found = {error: _about(error, images, unmoved.get(error, ())) for error in errors}
    return {error: tuple(str(image.before) for image in about) for error, about in found.items() if about}


def _about(error: Finding, images: Sequence[Image], unmoved: Collection[Reference]) -> list[Image]:
    named = {words[1] for words in error.ways if words[0] == "--keep"}
    told = [i for i in images if str(i.before) in named or i.before in unmoved or error in i.decision.notes]
    if told or named or unmoved:
        return told
    there = [(image, slot) for image in images for slot in image.slots if _is_there(error, slot)]
    # An image in the settings of a container is not the one that it runs.
    return [image for image, slot in there if slot.runs] or [image for image, _ in there]


def _is_there(error: Finding, slot: Slot) -> bool:
    return str(slot.identity) == error.object and error.container in {"", slot.container}
