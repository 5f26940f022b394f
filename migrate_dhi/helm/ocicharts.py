"""Charts in OCI registries: which tag is meant, and the archive that it names.

Helm keeps a chart as an artifact with one layer of a media type of its own (helm.sh/docs/topics/registries); a ``+`` in
a version is ``_`` in its tag.
"""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from migrate_dhi.errors import DependencyError, MigrateDhiError, NotInRegistryError
from migrate_dhi.helm.chart import Dependency
from migrate_dhi.helm.logins import registries_file
from migrate_dhi.helm.shelf import fits, sortable
from migrate_dhi.helm.store import Access, Store
from migrate_dhi.oci.credentials import Credentials
from migrate_dhi.oci.reference import Reference
from migrate_dhi.oci.registry import Registry
from migrate_dhi.oci.store import Store as Contents
from migrate_dhi.oci.transport import Limits, Transport
from migrate_dhi.record import record
from migrate_dhi.regex import regex

_LAYERS = (
    "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
    "application/tar+gzip",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
)
_LARGEST = 64 * 1024 * 1024
_VERSION = regex(r"v?\d")


@record
class OCIChart:
    """A chart in a registry: the tag that was meant, and the digest of its manifest."""

    reference: Reference
    digest: str


def find(wanted: Dependency, repository: str, store: Store) -> OCIChart:
    """What a version means now: a digest, a tag of that name, or the newest version in a range.

    Raises DependencyError: there is none, or the registry does not answer as it should.
    """
    registry, place = _registry(store.folder, store.access, registries_file()), _place(wanted, repository)
    try:
        if wanted.version.startswith("sha256:"):
            named = Reference(place.registry, place.repository, "", wanted.version)
            return OCIChart(named, wanted.version)
        tag = wanted.version.replace("+", "_")
        if tag and Reference.try_parse(f"{place.image}:{tag}"):
            try:
                named = Reference(place.registry, place.repository, tag)
                return OCIChart(named, registry.digest(named, again=True))
            except NotInRegistryError:
                # `1.2` may be a tag, and else is the newest patch.
                pass
        tag = _newest(registry.tags(place), wanted)
        named = Reference(place.registry, place.repository, tag)
        return OCIChart(named, registry.digest(named))
    except DependencyError:
        raise
    except MigrateDhiError as error:
        raise DependencyError(error.message, help=error.help) from error


def versions(wanted: Dependency, repository: str, store: Store) -> tuple[str, ...]:
    """The tags of a chart that are versions; raises DependencyError where the registry does not tell them."""
    try:
        tags = _registry(store.folder, store.access, registries_file()).tags(_place(wanted, repository))
    except MigrateDhiError as error:
        raise DependencyError(error.message, help=error.help) from error
    return _versions(tags)


def _versions(tags: Iterable[str]) -> tuple[str, ...]:
    return tuple(tag.replace("_", "+") for tag in tags if _VERSION.match(tag))


def _place(wanted: Dependency, repository: str) -> Reference:
    place = Reference.try_parse(f"{repository.removeprefix('oci://').rstrip('/')}/{wanted.name}")
    if place is None:
        raise DependencyError(
            f"{repository}/{wanted.name} is no place in a registry", help="correct the address"
        )
    return place


def fetch(chart: OCIChart, into: Path, store: Store) -> None:
    """Write the archive of a chart; raises DependencyError."""
    named = Reference(chart.reference.registry, chart.reference.repository, "", chart.digest)
    try:
        content = _registry(store.folder, store.access, registries_file()).layer(named, _LAYERS, _LARGEST)
    except MigrateDhiError as error:
        raise DependencyError(error.message, help=error.help) from error
    if content is None:
        raise DependencyError(
            f"{chart.reference} is no chart: it has no layer of one", help="correct the address"
        )
    into.write_bytes(content)


def _newest(tags: tuple[str, ...], wanted: Dependency) -> str:
    versions = sorted(_versions(tags), key=sortable, reverse=True)
    found = next((one for one in versions if fits(wanted.version, one)), "")
    if found:
        return found.replace("+", "_")
    some = f"; the newest are {', '.join(versions[:3])}" if versions else ""
    raise DependencyError(
        f"the registry has no version {wanted.version or 'that is a release'}{some}",
        help="correct the version",
    )


@lru_cache(maxsize=4)
def _registry(folder: Path, access: Access, logins: Path) -> Registry:
    """One client for each cache: what a tag names is asked for once, and tokens are kept."""
    transport = Transport(access.ca, access.plain, Limits(whole=120))
    return Registry(transport, Credentials(first=(logins,)), Contents(folder / "oci"))
