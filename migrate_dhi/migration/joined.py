"""Which releases are planned together: those that no edit can tell apart."""

from collections.abc import Sequence
from dataclasses import replace

from migrate_dhi.grouping import grouped
from migrate_dhi.release.release import Release


def named(here: Sequence[Release], name: str) -> list[Release]:
    """Those of the releases of a file that a name behind ``#`` means: by their own, else by what makes them."""
    own = [one for one in here if name in {one.name, one.object, one.id}]
    return own or [one for one in here if name == one.maker]


def are_alike(found: Sequence[Release]) -> bool:
    """Whether several releases are of one chart in this revision, in whatever version: one plan can hold them."""
    charts = {replace(one.origin, version="") for one in found}
    return len({one.id for one in found}) > 1 and len(charts) == 1 and not any(one.revision for one in found)


def plans_of(found: Sequence[Release]) -> list[list[Release]]:
    """The releases by what they are planned with, in the order in which the first of each stands.

    The builds of one object that deploy the same chart; and all that one object makes of one chart, in whatever
    version, with the very same values: what is edited for one of them is edited for all.
    """
    # Behind the sign stands the build: no name of an object has it.
    builds = grouped(
        ((one.file, one.document, one.object.partition("@")[0] or one.name, one.id, one.origin), one)
        for one in found
    )
    plans: dict[tuple[object, ...], list[Release]] = {}
    for key, several in builds.items():
        first = several[0]
        stacks = frozenset(one.layers for one in several)
        alike = first.origin.kind != "directory" and all(stacks)
        made = (first.file, first.document, replace(first.origin, version=""), stacks)
        plans.setdefault(made if alike else key, []).extend(several)
    return list(plans.values())
