"""Whether the registry answered that was asked, and what of the repository takes its images from elsewhere."""

from collections.abc import Iterator

from migrate_dhi.findings import Finding
from migrate_dhi.migration.repository.seen import SHOWN, Seen
from migrate_dhi.oci.reference import Reference
from migrate_dhi.release.rewrites import rewrites


def of_registries(seen: Seen) -> Iterator[Finding]:
    """A registry that was to confirm images (``--live``) and did not, and settings that take its images elsewhere."""
    silent = [entry.id for entry in seen.entries if entry.findings.get("live-unconfirmed")]
    if silent:
        names = ", ".join(silent[:SHOWN]) + (", …" if len(silent) > SHOWN else "")
        # "Ready" stands on the catalog alone then.
        yield Finding(
            "live-unconfirmed",
            "warning",
            f"the registry did not confirm the images of {len(silent)} of {len(seen.entries)} releases: {names}",
            help="the plan of one says why (--plan --live)",
        )
    for registry in dict.fromkeys(Reference.parse(image).canonical().registry for image in seen.hardened):
        for one in rewrites(seen.files, registry):
            where = "the manifests keep the name" if one.unseen else "the name in the manifests decides"
            yield Finding(
                "registry-rewrite",
                "info",
                f"{one.how} takes {one.source} from {one.place}: {where}",
                file=one.file,
                line=one.line,
                help="see that the place has the hardened images, and a login for them; "
                f"--target {one.place}/{{name}} writes it into the values",
            )
