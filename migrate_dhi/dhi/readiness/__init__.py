"""Readiness: will the hardened image run, configured like this?

What the catalog says of an image is held against what the final render asks of it, before anything is
committed. An error is a pod that will not start, or data that will be lost; a warning is likely trouble.
"""

from collections.abc import Collection, Sequence

from migrate_dhi.dhi.readiness import data, entry, objects, ports, shell, users
from migrate_dhi.dhi.readiness.running import Remark, Running, Severity, softened
from migrate_dhi.helm.manifests import Manifests
from migrate_dhi.oci.reference import Reference

__all__ = ["Remark", "Running", "Severity", "check", "softened"]


def check(
    manifests: Manifests,
    running: Sequence[Running],
    *,
    before: Manifests,
    images: Collection[Reference] = (),
) -> list[Remark]:
    """Everything that may keep hardened images from running.

    Args:
        manifests: the final render.
        running: its containers that run a hardened image.
        before: the render before all steps; what was wrong in it already is not blamed on the images.
        images: the images that were migrated, those outside of containers included.
    """
    remarks: list[Remark] = []
    for one in running:
        remarks += shell.check(one, manifests)
        remarks += users.check(one, manifests)
        remarks += data.check(one, manifests)
        remarks += ports.check(one, manifests)
        remarks += entry.check(one, manifests)
    remarks += objects.check_labels(manifests, before)
    remarks += objects.check_budgets(manifests, running)
    remarks += objects.check_versions(manifests, images)
    return list(dict.fromkeys(remarks))
