"""Point each image at the hardened repository.

``docker.io/valkey/valkey:9.0.1`` → ``dhi.io/valkey:9.0.1``, through the values that the chart itself
reads: split registry and repository keys, one repository key, or a whole image string.
"""

from collections.abc import Callable

from migrate_dhi.findings import Finding
from migrate_dhi.kube.compare import Change
from migrate_dhi.oci.reference import Reference
from migrate_dhi.steps.context import Context, Image
from migrate_dhi.steps.derived import follows
from migrate_dhi.steps.images import SlotGroup, groups, named, rendered_moves, shown_of
from migrate_dhi.steps.step import Goals


class RegistryStep:
    """Registry and repository of each image."""

    name = "registry"
    title = "Pull from the hardened repository"
    requires: tuple[str, ...] = ()
    # The old tag does not exist in the new repository.
    deployable = False

    def goals(self, context: Context) -> Goals:
        """One goal for each group of slots that the same values set."""
        return Goals(
            groups(context, _pulls_from, _goal_texts), idle="no image of this chart is to be migrated"
        )

    def announces(self, context: Context, change: Change) -> bool:
        """Labels and annotations that show the image, and other places that repeat all of it."""
        moves = rendered_moves(context, lambda now, after: after.with_tag(now.tag, now.digest))
        return follows(change, moves, shown_of(context))

    def unreached(self, context: Context, missing: str) -> Finding:
        """A container that keeps its image; one in settings or a test alone keeps nothing else from moving."""
        item, _, container = missing.partition(": ")
        runs = bool(container) and not container.endswith(")") and not context.is_test(item)
        return Finding(
            "image-unreached",
            "error" if runs else "warning",
            f"{missing} keeps its image: no proposal to move it holds (-v shows each)",
            object=item,
            container=container.partition(" (")[0],
            help="leave the image out with --keep, or change the chart's template",
        )

    def subject(self, context: Context) -> str:
        """Names the repositories."""
        return f"pull from {named(i.decision.after.image for i in context.moving if i.decision.after)}"


def _pulls_from(image: Image) -> Callable[[Reference], bool]:
    target = image.decision.after
    return lambda reference: target is not None and reference.canonical().image == target.canonical().image


def _goal_texts(group: SlotGroup) -> list[str]:
    """The new name in front of the old tag and digest, which are not this step's to change."""
    after, now = group.image.decision.after, group.now
    if after is None or now is None:
        return []
    return [str(after.with_tag(now.tag, now.digest))]
