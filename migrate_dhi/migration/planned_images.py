"""The images of the plan as people and programs see them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from migrate_dhi.findings import Finding
from migrate_dhi.kube.manifests import Object
from migrate_dhi.migration.exchanges import left_out
from migrate_dhi.migration.plan_image import RUNS, ImageFacts, ImageStatus, ImageValue, PlannedImage, Use
from migrate_dhi.steps.context import Context, Image
from migrate_dhi.trace.pattern import Pattern, Variable, split_at_tag
from migrate_dhi.trace.slots import Slot
from migrate_dhi.yamledit import format_path


def planned_images(context: Context, exchanged: Mapping[str, str]) -> tuple[PlannedImage, ...]:
    """All images; ``exchanged`` maps those that went with an exchanged chart to what runs in their place now."""
    return tuple(
        one
        for image in context.images
        for planned in [planned_image(image, context)]
        for one in (_exchanged(planned, exchanged) or [planned])
    )


def _exchanged(planned: PlannedImage, exchanged: Mapping[str, str]) -> list[PlannedImage]:
    olds = [old for old, new in exchanged.items() if new == planned.before]
    return [
        replace(
            planned,
            before=old,
            after=planned.before,
            status="migrate",
            reason="the hardened chart brings it",
            values=(),
        )
        for old in olds
        if planned.status == "already-dhi"
    ]


def planned_image(image: Image, context: Context) -> PlannedImage:
    """One image with its uses, the values that set it, and the facts of what it becomes."""
    decision = image.decision
    status: ImageStatus = decision.status
    reason = decision.reason
    if status in {"migrate", "undecided"} and not image.reachable:
        status, reason = "fixed", f"no value of this chart reaches it; it is fixed in {_templates(image)}"
    if status == "migrate" and _stayed(image, context):
        status, reason = "fixed", "no proposal to move it holds"
    moves = status == "migrate"
    return PlannedImage(
        str(image.before),
        str(decision.after) if moves and decision.after else "",
        status,
        reason,
        tuple(_use(slot) for slot in image.slots),
        _values(image, context),
        tuple(str(candidate) for candidate in decision.candidates),
        decision.confidence,
        _facts(image),
        decision.rule if moves else "",
        tuple(dict.fromkeys(slot.identity.release for slot in image.slots)),
        decision.digest if moves else "",
    )


def _stayed(image: Image, context: Context) -> bool:
    """Whether an image of settings, or one beside others that moved, is where it was, though a step was to move it."""
    tried = [name for name, unmoved in context.unmoved.items() if image.before in unmoved]
    if all(left_out(name, context.choices) for name in tried):
        return False
    alone = not context.edited and any(slot.role in RUNS for slot in image.slots)
    return not alone and not image.moved_in(context.manifests).slots


def of_what_moves(findings: Iterable[Finding], context: Context) -> list[Finding]:
    """The findings, without what is said of the choice for images that stayed where they were all the same."""
    stayed, others = set[Finding](), set[Finding]()
    for image in context.images:
        (stayed if image.moves and _stayed(image, context) else others).update(image.decision.notes)
    return [finding for finding in findings if finding not in stayed - others]


def template_line(context: Context, item: Object | str, needle: str) -> int:
    """The first line of a template that holds a text, or 0."""
    template = item if isinstance(item, str) else item.template
    for name, text in context.node_of(template).templates:
        if name == template:
            return next((n for n, line in enumerate(text.splitlines(), 1) if needle in line), 0)
    return 0


def _use(slot: Slot) -> Use:
    return Use(slot.identity.kind, slot.identity.name, slot.container, slot.role)


def _templates(image: Image) -> str:
    return ", ".join(dict.fromkeys(slot.template for slot in image.fixed))


def _facts(image: Image) -> ImageFacts | None:
    definition = image.decision.definition
    if definition is None:
        return None
    # What the image told itself is not assumed; which line it is of, it does not tell.
    told = image.decision.assumed and definition.observed
    return ImageFacts(
        "" if told else definition.line,
        definition.user,
        definition.uid,
        definition.shells,
        definition.end_of_life.isoformat() if definition.end_of_life and not told else "",
        image.decision.assumed and not told,
    )


def _values(image: Image, context: Context) -> tuple[ImageValue, ...]:
    found: dict[ImageValue, None] = {}
    for slot in image.slots:
        for pattern in slot.patterns:
            if len(pattern) == 1 and isinstance(pattern[0], Variable):
                found.setdefault(_value(context, "image", pattern[0]))
                continue
            name, tag, digest = split_at_tag(pattern)
            for index, token in enumerate(name):
                if isinstance(token, Variable):
                    role = "registry" if index == 0 and _stands_before_a_name(name) else "repository"
                    found.setdefault(_value(context, role, token))
            for role, part in (("tag", tag), ("digest", digest)):
                for token in part:
                    if isinstance(token, Variable):
                        found.setdefault(_value(context, role, token))
    return tuple(found)


def _stands_before_a_name(name: Pattern) -> bool:
    """Whether what a name begins with is no part of its last piece: a slash, or another value, follows."""
    return len(name) > 1 and (isinstance(name[1], Variable) or name[1].startswith("/"))


def _value(context: Context, role: str, variable: Variable) -> ImageValue:
    place = context.place(variable)
    if place is None:
        return ImageValue("", role, str(variable))
    return ImageValue(place.file, role, format_path((*place.path, *(place.inner or ()))))
