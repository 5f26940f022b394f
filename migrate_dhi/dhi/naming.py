"""Where hardened images lie: the ``--target`` template, mirrors, and which references are hardened images already."""

import re
from collections.abc import Iterable, Sequence

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.errors import MalformedReferenceError
from migrate_dhi.oci.reference import Reference
from migrate_dhi.regex import regex

DEFAULT_TARGET = "dhi.io/{name}"
DIRECT = "dhi.io"
_MIRROR_PREFIX = "dhi-"
_EXAMPLE = "write it like dhi.io/{name} or docker.io/acme/dhi-{name}"
# Registries for all, whose namespaces have no dot: a host behind one was meant to stand in its place.
_PUBLIC = {
    "docker.io",
    "ghcr.io",
    "quay.io",
    "gcr.io",
    "registry.k8s.io",
    "public.ecr.aws",
    "mcr.microsoft.com",
}
# How hardened images name their distro; upstream projects write a release's name, or a dash before the number.
_HARDENED_TAG = regex(r".*-debian\d+(-.*)?")


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


def place_of(template: str, name: str) -> Reference:
    """Where a hardened image lies under the template."""
    return Reference.parse(template.replace("{name}", name))


def hardened_name(image: Reference, template: str, catalog: Catalog) -> str:
    """The name of the hardened image that a reference is (``valkey``), or an empty string if it is none.

    A reference is one under ``dhi.io``, under the template, or in a mirror: in a folder named for hardened
    images or with Docker Hub's prefix for mirrors (``docker.io/acme/dhi-valkey``) where the catalog knows the
    name, or anywhere with a tag that only the hardened image of that name has.
    """
    if doubled(image, template or DEFAULT_TARGET):
        return ""
    prefix, _, suffix = (template or DEFAULT_TARGET).partition("{name}")
    for text in (image.image, image.canonical().image):
        name = text.removeprefix(prefix)
        name = name.removesuffix(suffix) if suffix else name
        if name and "/" not in name and f"{prefix}{name}{suffix}" == text and _known(name, prefix, catalog):
            return name
    if image.registry == DIRECT:
        return image.repository
    return _mirrored(image, catalog)


def _known(name: str, prefix: str, catalog: Catalog) -> bool:
    """Whether a name under the template is a hardened image; all are in a place named ``dhi``."""
    return name in catalog or "dhi" in prefix


def doubled(image: Reference, template: str) -> Reference | None:
    """The hardened image that was meant where its registry stands behind another one, else None.

    ``docker.io/dhi.io/valkey`` comes of writing the registry into the repository of a chart that has a registry of
    its own.
    """
    host, slash, _ = image.repository.partition("/")
    hosts = {DIRECT, Reference.parse(template.replace("{name}", "name")).registry}
    if not slash or "." not in host or host not in hosts or image.canonical().registry not in _PUBLIC:
        return None
    return Reference.try_parse(str(image).removeprefix(f"{image.registry}/"))


def _mirrored(image: Reference, catalog: Catalog) -> str:
    """The name of the hardened image that a mirror has, by its path, else by its tag."""
    short = image.name.removeprefix(_MIRROR_PREFIX)
    if short not in catalog:
        return ""
    if short != image.name or "dhi" in _folders(image) or "dhi" in image.registry.split("."):
        return short
    listed = _HARDENED_TAG.fullmatch(image.tag) and (
        catalog.find(short, image.tag) or catalog.past_tag(short, image.tag)
    )
    return short if listed else ""


def seems_hardened(image: Reference) -> bool:
    """True for a place and a tag of a hardened image, whatever its name is."""
    return _HARDENED_TAG.fullmatch(image.tag) is not None and "dhi" in _folders(image)


def _folders(image: Reference) -> set[str]:
    return {word for part in image.repository.split("/")[:-1] for word in re.split(r"[-_.]", part)}


def mirrors(images: Iterable[Reference], catalog: Catalog) -> list[str]:
    """The ``--target`` templates of the mirrors that some hardened images come from, each once."""
    found: dict[str, None] = {}
    for image in images:
        name = hardened_name(image, DEFAULT_TARGET, catalog)
        if name and image.registry != DIRECT and image.image.endswith(name):
            found.setdefault(f"{image.image.removesuffix(name)}{{name}}")
    return list(found)


def meant(name: str, names: Sequence[str]) -> str:
    """A question that tells the names like one: those that hold it or that it holds, before those spelled alike."""
    from difflib import get_close_matches  # noqa: PLC0415 - for a slip alone

    inside = [one for one in names if len(name) > 2 and (name in one or one in name)]
    alike = list(dict.fromkeys([*inside[:5], *get_close_matches(name, names, n=5, cutoff=0.7)]))[:5]
    return f"do you mean {', '.join(alike)}?" if alike else ""
