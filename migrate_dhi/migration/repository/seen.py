"""What the findings on a repository are made from: its files and objects, and what its releases become."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.migration.scan import ScanEntry
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.release.raw import RawObject
from migrate_dhi.wording import some_of

SHOWN = 4
"""So many names are told of a longer list."""


@record
class Seen:
    """A repository: ``objects`` are those that no chart renders, ``entries`` the releases of ``planned`` that change.

    ``moving`` has the images that get another name, without their tags: canonical name → what it becomes.
    """

    files: Snapshot
    objects: Sequence[RawObject]
    entries: Sequence[ScanEntry]
    moving: Mapping[str, str]
    planned: Sequence[ScanEntry] = ()

    @property
    def wanted(self) -> Mapping[str, Sequence[str]]:
        """The pull secrets that pods will want: name → namespaces."""
        found: dict[str, dict[str, None]] = {}
        for entry in self.entries:
            for namespace, name in entry.secrets:
                found.setdefault(name, {})[namespace] = None
        return {name: tuple(namespaces) for name, namespaces in found.items()}

    @property
    def hardened(self) -> tuple[str, ...]:
        """The images that releases will run, with their tags."""
        images = (image.after for entry in self.entries for image in entry.images)
        return tuple(dict.fromkeys(image for image in images if image))


def moving_of(entries: Iterable[ScanEntry]) -> dict[str, str]:
    """The images that change, without their tags: canonical name → what they become."""
    found: dict[str, str] = {}
    for entry in entries:
        for image in entry.images:
            before, after = Reference.try_parse(image.before), Reference.try_parse(image.after or "")
            if before and after and before.canonical().image != after.canonical().image:
                found[before.canonical().image] = after.image
    return found


def at(data: Any, *path: str) -> Any:
    """What stands at a path of maps; None where nothing does."""
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def names_told(names: Iterable[str]) -> str:
    """The first of several names, and how many more there are, for people."""
    return some_of(names, SHOWN)


def namespaces_told(names: Iterable[str]) -> str:
    """Namespaces, for people."""
    some = list(names)
    return f"the {'namespaces' if len(some) > 1 else 'namespace'} {names_told(some)}"
