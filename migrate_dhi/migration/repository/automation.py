"""Flux's image automation that scans a repository which an image leaves."""

from collections.abc import Iterator

from migrate_dhi.findings import Finding
from migrate_dhi.kube.documents import api_group
from migrate_dhi.migration.repository.seen import Seen, at
from migrate_dhi.oci.reference import Reference
from migrate_dhi.untyped import text_at

_GROUP = "image.toolkit.fluxcd.io"


def of_automation(seen: Seen) -> Iterator[Finding]:
    """Flux's image automation that scans a repository which an image leaves; one that is suspended scans nothing."""
    for one in seen.objects:
        scans = (api_group(one.data), one.data.get("kind")) == (_GROUP, "ImageRepository")
        asleep = at(one.data, "spec", "suspend") is True
        image = Reference.try_parse(text_at(one.data, "spec", "image")) if scans and not asleep else None
        if image and image.canonical().image in seen.moving:
            yield Finding(
                "bot-image-automation",
                "warning",
                f"{one.data.get('kind')} {text_at(one.data, 'metadata', 'name')} scans {image.image}, which becomes "
                f"{seen.moving[image.canonical().image]}: its policies would write the old name and tags back",
                file=one.file,
                line=one.line,
                help="point it to the hardened image, filter its tags in the ImagePolicy, and merge all of it "
                "together (--hand-over-bots)",
            )
