"""What the rendered chart tells the decision on its images beside their references."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from migrate_dhi.dhi.catalog import Catalog, Definition
from migrate_dhi.dhi.playbook import Playbooks
from migrate_dhi.dhi.readiness import of_containers
from migrate_dhi.dhi.target import Decision, Fits, Wishes, decide
from migrate_dhi.findings import Finding
from migrate_dhi.migration.plan_image import RUNS
from migrate_dhi.migration.readiness import running
from migrate_dhi.oci.reference import Reference
from migrate_dhi.steps.context import Context
from migrate_dhi.trace.pattern import Variable, split_at_tag, variables
from migrate_dhi.trace.slots import Slot
from migrate_dhi.wording import some_of


def linked(by_image: Mapping[Reference, Sequence[Slot]]) -> Iterator[frozenset[Reference]]:
    """The images whose tag one value sets: they cannot go to different versions."""
    found: dict[Variable, set[Reference]] = {}
    for image, slots in by_image.items():
        for pattern in {pattern for slot in slots for pattern in slot.patterns}:
            for variable in variables(split_at_tag(pattern)[1]):
                found.setdefault(variable, set()).add(image)
    return (frozenset(images) for images in found.values() if len(images) > 1)


def decided(
    by_image: Mapping[Reference, Sequence[Slot]],
    wishes: Wishes,
    catalog: Catalog,
    playbooks: Playbooks,
    today: date | None,
    fits: Fits | None,
) -> dict[Reference, Decision]:
    """What becomes of each image; a digest without a tag is of the version that the chart has a tag for."""
    known = {image: _with_tag(image, slots) for image, slots in by_image.items()}
    back = {named: image for image, named in known.items()}
    groups = [{known[image] for image in group} for group in linked(by_image)]
    able = (lambda named, definition: fits(back[named], definition)) if fits else None
    decisions = decide(list(known.values()), wishes, catalog, playbooks, today, groups, able)
    found = {image: replace(decisions[named], before=image) for image, named in known.items()}
    for image, named in known.items():
        if named != image:
            told = f"{found[image].reason}; {named.tag} is the tag beside the digest that runs"
            found[image] = replace(found[image], reason=told)
    return found


def _with_tag(image: Reference, slots: Sequence[Slot]) -> Reference:
    plain = (Reference.try_parse(slot.plain) for slot in slots if not image.tag)
    tag = next((one.tag for one in plain if one and one.tag and one.image == image.image), image.tag)
    return image.with_tag(tag, image.digest)


def fits_of(context: Context, catalog: Catalog) -> Fits:
    """What would keep an image from running, if it became what a definition describes.

    Args:
        context: the state after all steps, which have changed what values reach: a probe that still runs a
            shell is one that no value reaches.
        catalog: the catalog, which has the variants of each image.
    """
    all_running = list(running(context, catalog))

    def fits(before: Reference, definition: Definition) -> list[Finding]:
        # Facts that are assumed of another line are no reason against an image, but they are one between flavors.
        own = [
            replace(one, definition=definition, assumed=False) for one in all_running if one.before == before
        ]
        names = {(str(one.container.pod), one.container.name) for one in own}
        remarks = of_containers(context.manifests, own)
        return [r for r in remarks if r.severity == "error" and (r.object, r.container) in names]

    return fits


def other_flavors(
    reached: Context,
    catalog: Catalog,
    decide_again: Callable[[Mapping[Reference, Sequence[Slot]], Fits], Mapping[Reference, Decision]],
) -> Fits | None:
    """What keeps images of a finished plan from running, where knowing it leads to other flavors; else None."""
    fits = fits_of(reached, catalog)
    stuck = [
        image
        for image in reached.moving
        if image.decision.definition and fits(image.before, image.decision.definition)
    ]
    if not stuck:
        return None
    again = decide_again({image.before: image.slots for image in reached.images}, fits)
    return fits if any(again[image.before].after != image.decision.after for image in stuck) else None


def waits_for(context: Context) -> str:
    """That it must be chosen what images become, before it is known whether a step has to do with them; or nothing."""
    if not context.choices.accept.isdisjoint({"all", "image-undecided"}):
        return ""
    undecided = [i for i in context.images if i.decision.status == "undecided" and i.reachable]
    names = [str(i.before) for i in undecided if any(slot.role in RUNS for slot in i.slots)]
    return f"waiting for a choice: what {some_of(names, 3)} becomes" if names else ""
