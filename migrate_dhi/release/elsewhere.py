"""Where a chart from elsewhere is, by the one text that names it: an OCI reference, the address of an archive."""

import posixpath

from migrate_dhi.regex import regex
from migrate_dhi.release.release import Origin

_ARCHIVE = regex(r"https?://.*/(?P<name>[\w.-]+?)-(?P<version>v?\d[\w.+-]*)\.tgz$")

PACKED = (
    "its chart is the archive {} of this repository, which is not opened: unpack it, or name where it is from"
)
"""Why a release is not resolved whose chart lies packed in the repository."""


def at_registry(url: str, version: str = "") -> Origin:
    """The chart at an OCI reference: the digest or tag in it says the version where nothing else does."""
    place, name = posixpath.split(url)
    name, at, digest = name.partition("@")
    name, _, tag = name.partition(":")
    told = digest if at else tag
    return Origin("oci", name, version or told, f"{place}/{name}")


def at_archive(url: str) -> Origin | None:
    """The chart in an archive at an address, as a repository there would have it; None where it is none."""
    found = _ARCHIVE.fullmatch(url)
    return found and Origin("repository", found["name"], found["version"], posixpath.dirname(url))
