"""Where hardened images lie: the ``--target`` template, and which references are hardened images already."""

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.errors import MalformedReferenceError
from migrate_dhi.oci.reference import Reference

DEFAULT_TARGET = "dhi.io/{name}"
_REGISTRY = "dhi.io"
_MIRROR_PREFIX = "dhi-"
_EXAMPLE = "write it like dhi.io/{name} or docker.io/acme/dhi-{name}"


def check_template(template: str) -> str:
    """The template as it is; MalformedReferenceError where it makes no image of ``{name}``."""
    if template.count("{name}") != 1:
        raise MalformedReferenceError(
            f"--target {template}: the template must contain {{name}} once", help=_EXAMPLE
        )
    place = Reference.try_parse(template.replace("{name}", "name"))
    if place is None or place.tag or place.digest:
        raise MalformedReferenceError(f"--target {template} makes no image without a tag", help=_EXAMPLE)
    return template


def hardened_name(image: Reference, template: str, catalog: Catalog) -> str:
    """The name of the hardened image that a reference is (``valkey``), or an empty string if it is none.

    A reference is one under ``dhi.io``, under the template, or with Docker Hub's prefix for mirrors
    (``docker.io/acme/dhi-valkey``) where the catalog knows the rest of the name.
    """
    prefix, _, suffix = template.partition("{name}")
    for text in (image.image, image.canonical().image):
        name = text.removeprefix(prefix)
        name = name.removesuffix(suffix) if suffix else name
        if name and "/" not in name and f"{prefix}{name}{suffix}" == text and _known(name, prefix, catalog):
            return name
    if image.registry == _REGISTRY:
        return image.repository
    mirrored = image.name.removeprefix(_MIRROR_PREFIX)
    return mirrored if mirrored != image.name and mirrored in catalog else ""


def _known(name: str, prefix: str, catalog: Catalog) -> bool:
    """Whether a name under the template is a hardened image; all are in a place named ``dhi``."""
    return name in catalog or "dhi" in prefix
