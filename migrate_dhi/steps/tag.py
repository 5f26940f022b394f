"""Set the tag of each hardened image and its digest, if one is wanted; empty a digest of the old one.

``dhi.io/valkey:9.0.1-alpine3.23`` → ``dhi.io/valkey:9.0.2-debian13``. A digest beside the tag wins over
it in most charts, so an upstream digest must go.
"""

from collections.abc import Callable
from dataclasses import replace

from migrate_dhi.findings import Finding
from migrate_dhi.kube.compare import Change
from migrate_dhi.oci.reference import Reference
from migrate_dhi.steps.context import Context, Image
from migrate_dhi.steps.derived import follows
from migrate_dhi.steps.images import SlotGroup, groups, named, rendered_moves, shown_of
from migrate_dhi.steps.step import Goals


class TagStep:
    """The tag of each image."""

    name = "tag"
    title = "Use a tag of the hardened image"
    requires = ("registry",)
    deployable = True

    def goals(self, context: Context) -> Goals:
        """One goal for each group of slots that the same values set."""
        found = groups(context, _runs, _goal_texts, drop_digest=True)
        return Goals(found, idle="no image of this chart is to be migrated")

    def announces(self, context: Context, change: Change) -> bool:
        """Version labels, checksums, and other places that repeat all of the image."""
        return follows(change, rendered_moves(context, lambda _, after: after), shown_of(context))

    def unreached(self, context: Context, missing: str) -> Finding:
        """A container whose tag cannot be set: it would pull what is not there."""
        return Finding(
            "tag-unreached",
            "error",
            f"{missing} keeps its tag: no proposal to set it holds (-v shows each)",
            object=missing.partition(":")[0],
            container=missing.partition(": ")[2].partition(" (")[0],
            help="leave the image out with --keep, or change the chart's template"
            + (", or leave --pin-digest out" if any(map(_pinned, context.moving)) else ""),
        )

    def other_images(self, context: Context, failed: frozenset[Reference]) -> list[Image]:
        """The bare version as the tag, where the catalog lists it for the same image.

        A chart that compares the tag as a version takes ``7.15.4-debian13`` for something before 7.15.4.
        A tag that the user named is not exchanged.
        """
        found = [_bare(image) if image.before in failed else image for image in context.images]
        return found if found != list(context.images) else []

    def subject(self, context: Context) -> str:
        """Names the images with their tags."""
        return f"use {named(str(i.decision.after) for i in context.moving)}"


def _bare(image: Image) -> Image:
    decision = image.decision
    definition, after = decision.definition, decision.after
    if definition is None or after is None or decision.assumed or decision.confidence == "chosen":
        return image
    if after.tag == definition.version or definition.version not in definition.tags:
        return image
    reason = (
        f"{decision.reason}; {definition.version} names the same image, and the chart reads it as a version"
    )
    bare = after.with_tag(definition.version, after.digest)
    other = replace(decision, after=bare, reason=reason, digest="")
    return replace(image, decision=other)


def _pinned(image: Image) -> bool:
    """Whether a digest is written that a registry has told."""
    after = image.decision.after
    return after is not None and bool(after.digest) and after.digest == image.decision.digest


def _runs(image: Image) -> Callable[[Reference], bool]:
    target = image.decision.after.canonical() if image.decision.after else None
    # Some charts leave the tag out where there is a digest, which says more.
    either = {target, target.with_tag("", target.digest)} if target and target.digest else {target}
    return lambda reference: reference.canonical() in either


def _goal_texts(group: SlotGroup) -> list[str]:
    """The whole reference; written without Docker Hub's host where the chart renders none."""
    after, now = group.image.decision.after, group.now
    if after is None or now is None:
        return []
    return list(dict.fromkeys([str(now.with_tag(after.tag, after.digest)), str(after)]))
