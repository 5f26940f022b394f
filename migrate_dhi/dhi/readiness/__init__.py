"""Readiness: will the hardened image run, configured like this?

What the catalog says of an image is held against what the final render asks of it, before anything is
committed. An error is a pod that will not start, or data that will be lost; a warning is likely trouble.
"""

from collections.abc import Collection, Iterable, Sequence

from migrate_dhi.dhi.playbook import OperatorFact
from migrate_dhi.dhi.readiness import (
    bypassed,
    configured,
    data,
    defaults,
    entry,
    handed,
    listening,
    node,
    objects,
    owners,
    paths,
    programs,
    rooted,
    unread,
)
from migrate_dhi.dhi.readiness.running import Running
from migrate_dhi.findings import Finding
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.oci.reference import Reference

__all__ = ["Running", "check", "of_containers"]

# One line for each check of a container; those of other objects stand in `check`.
_OF_CONTAINERS = (
    programs.check,
    paths.check,
    owners.check,
    node.check,
    rooted.check,
    data.check,
    listening.check,
    entry.check,
    handed.check,
    bypassed.check,
    unread.check,
    defaults.check,
    configured.check,
)


def check(
    manifests: Manifests,
    running: Sequence[Running],
    *,
    before: Manifests,
    images: Collection[Reference] = (),
    operators: Collection[OperatorFact] = (),
) -> list[Finding]:
    """Everything that may keep hardened images from running.

    Args:
        manifests: the final render.
        running: its containers that run a hardened image.
        before: the render before all steps; what was wrong in it already is not blamed on the images.
        images: the images that were migrated, those outside of containers included.
        operators: what is known of operators that cannot read a version with a suffix.
    """
    remarks = of_containers(manifests, running)
    remarks += objects.check_labels(manifests, before)
    remarks += objects.check_budgets(manifests, running)
    remarks += objects.check_versions(manifests, images)
    remarks += objects.check_version_fields(manifests, before, operators)
    return list(dict.fromkeys(remarks))


def of_containers(manifests: Manifests, running: Iterable[Running]) -> list[Finding]:
    """Everything that may keep containers from running, whatever else is rendered."""
    return list(
        dict.fromkeys(remark for one in running for look in _OF_CONTAINERS for remark in look(one, manifests))
    )
