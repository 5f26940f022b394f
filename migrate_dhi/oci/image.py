"""What a registry says of an image, as data: indexes, platforms, and the configuration of an image.

Formats: OCI image index and image configuration (github.com/opencontainers/image-spec), and docker's manifest lists
and manifests of version 2, which say the same.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import field
from typing import Any

from migrate_dhi.errors import RegistryError
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.untyped import mapping, maps, sequence

INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_DIGEST = regex(r"sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})")
MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


@record
class Platform:
    """One image of an index: ``name`` reads ``linux/amd64`` or ``linux/arm/v7``."""

    name: str
    digest: str


@record
class Manifest:
    """What a tag or digest names: an index with its platforms, or one image with its configuration.

    ``digest`` is that of the whole: the one to pin. ``config`` is empty for an index.
    """

    digest: str
    platforms: tuple[Platform, ...] = ()
    config: str = ""

    def platform(self, name: str) -> Platform | None:
        """The image of an index for a platform."""
        exact = [p for p in self.platforms if p.name == name]
        return next(iter([*exact, *(p for p in self.platforms if is_for(p.name, name))]), None)


@record
class Configuration:
    """How an image runs by itself. ``ports`` read ``6379/tcp``; ``platform`` as in :class:`Platform`."""

    platform: str
    user: str = ""
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict, hash=False)
    ports: tuple[str, ...] = ()
    work_dir: str = ""
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)


def is_digest(text: object) -> bool:
    """Whether a text is a digest that can be checked."""
    return isinstance(text, str) and _DIGEST.fullmatch(text) is not None


def is_for(platform: str, wanted: str) -> bool:
    """Whether an image of a platform is one of the wanted kind: a variant that is not asked for is free.

    Container runtimes take ``arm64`` and ``arm64/v8`` for the same.
    """
    platform, wanted = (
        name.removesuffix("/v8") if "/arm64/" in name else name for name in (platform, wanted)
    )
    return platform == wanted or (wanted.count("/") == 1 and platform.startswith(f"{wanted}/"))


def read_manifest(body: bytes, digest: str, where: str) -> Manifest:
    """A manifest or an index; raises RegistryError where it is none."""
    data = _object(body, where)
    if isinstance(data.get("manifests"), list):
        found = [_platform(item) for item in maps(data["manifests"])]
        return Manifest(digest, tuple(platform for platform in found if platform))
    config = data.get("config")
    if isinstance(config, dict) and is_digest(config.get("digest")):
        return Manifest(digest, (), config["digest"])
    raise RegistryError(
        "what the registry has here is no image that can be read",
        where=where,
        help="build it anew in OCI format",
    )


def layer_of(body: bytes, media_types: Collection[str], where: str) -> str:
    """The digest of the first layer of one of some media types in a manifest, or empty; raises RegistryError."""
    layers = maps(_object(body, where).get("layers"))
    return next(
        (str(layer.get("digest") or "") for layer in layers if layer.get("mediaType") in media_types), ""
    )


def read_configuration(body: bytes, where: str) -> Configuration:
    """An image's configuration; raises RegistryError where it is none."""
    data = _object(body, where)
    config = mapping(data.get("config"))
    environment = [str(item).partition("=") for item in sequence(config.get("Env"))]
    return Configuration(
        _name(data),
        str(config.get("User") or ""),
        _texts(config.get("Entrypoint")),
        _texts(config.get("Cmd")),
        {name: value for name, _, value in environment},
        tuple(mapping(config.get("ExposedPorts"))),
        str(config.get("WorkingDir") or ""),
        {name: str(value) for name, value in mapping(config.get("Labels")).items()},
    )


def read_tags(body: bytes, where: str) -> tuple[str, ...]:
    """The tags of one page; raises RegistryError where it is none."""
    return tuple(str(tag) for tag in sequence(_object(body, where).get("tags")))


def _object(body: bytes, where: str) -> Mapping[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise RegistryError(
            "the answer is cut short, or none of a registry",
            where=where,
            help="try again, or check the address",
        )
    return data


def _platform(item: Mapping[str, Any]) -> Platform | None:
    platform = mapping(item.get("platform"))
    # An attestation stands beside the images, for no platform.
    if platform.get("os") in (None, "unknown") or not is_digest(item.get("digest")):
        return None
    return Platform(_name(platform), item["digest"])


def _name(data: Mapping[str, Any]) -> str:
    parts: Iterable[Any] = (data.get("os"), data.get("architecture"), data.get("variant"))
    return "/".join(str(part) for part in parts if part)


def _texts(data: object) -> tuple[str, ...]:
    return tuple(map(str, sequence(data)))
