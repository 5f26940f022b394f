"""What another catalog changes for the releases of a repository: each planned with both, and the plans compared."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Literal

from migrate_dhi.dhi.catalog import Catalog, Definition
from migrate_dhi.dhi.naming import DEFAULT_TARGET, hardened_name
from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.migration.groups import groups_of
from migrate_dhi.migration.scan import ScanEntry, ScannedImage
from migrate_dhi.migration.scanning import Ground, entries_of
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record

Kind = Literal[
    "step-possible", "step-lost", "image-possible", "image-lost", "image-other", "line-gone", "line-ended"
]
GOOD: frozenset[Kind] = frozenset({"step-possible", "image-possible"})


@record
class Effect:
    """One thing that is otherwise with the newer catalog; ``about`` is the image or the step, ``text`` for people."""

    kind: Kind
    about: str
    text: str

    def to_json(self) -> dict[str, str]:
        """The effect in the JSON of ``catalog diff``."""
        return {"kind": self.kind, "about": self.about, "text": self.text}


@record
class Affected:
    """A release with what is otherwise for it."""

    id: str
    file: str
    line: int
    effects: tuple[Effect, ...]

    def to_json(self) -> dict[str, object]:
        """The release in the JSON of ``catalog diff``."""
        return {
            "release": self.id,
            "file": self.file,
            "line": self.line,
            "effects": [effect.to_json() for effect in self.effects],
        }


@record
class Effects:
    """The releases for which something is otherwise, how many were planned, and how many could not be."""

    affected: tuple[Affected, ...]
    planned: int
    failed: int

    def to_json(self) -> dict[str, object]:
        """The part ``repository`` in the JSON of ``catalog diff``."""
        return {
            "planned": self.planned,
            "failed": self.failed,
            "affected": [one.to_json() for one in self.affected],
        }


def effects_of(
    grounds: tuple[Ground, Ground],
    catalogs: tuple[Catalog, Catalog],
    told: Callable[[Exception], MigrateDhiError],
    progress: Callable[[str], None],
) -> Effects:
    """Plan every release with the older and with the newer catalog.

    Args:
        grounds: what the plans have in common, with the older and with the newer catalog among the options.
        catalogs: the two.
        told: makes an error for people of what no one expected.
        progress: is told how far it is.
    """
    before, after = (_planned(ground, told, progress) for ground in grounds)
    today = grounds[1].options.today or date.min
    affected = []
    for key, now in after.items():
        was = before.get(key)
        if was and "error" not in (was.status, now.status):
            effects = tuple(dict.fromkeys(_effects(was, now, catalogs, today)))
            if effects:
                affected.append(Affected(now.id, now.file, now.line, effects))
    progress("")
    failed = sum(entry.status == "error" for entry in after.values())
    return Effects(tuple(affected), len(after) - failed, failed)


def _planned(
    ground: Ground, told: Callable[[Exception], MigrateDhiError], progress: Callable[[str], None]
) -> dict[tuple[object, ...], ScanEntry]:
    groups = groups_of(ground.estate)
    total = sum(len(group.releases) for group in groups)
    found: dict[tuple[object, ...], ScanEntry] = {}
    for entries in entries_of(groups, ground, told):
        for entry in entries:
            found[entry.file, entry.line, entry.id, entry.build, entry.argument] = entry
        progress(f"planned {len(found)} of {total} with the catalog {ground.options.catalog or 'in use'}")
    return dict(sorted(found.items(), key=lambda one: str(one[0])))


def _effects(
    was: ScanEntry, now: ScanEntry, catalogs: tuple[Catalog, Catalog], today: date
) -> Iterator[Effect]:
    yield from _images(was.images, now.images)
    for step, status in now.steps.items():
        old = was.steps.get(step, "")
        if status == "proven" and old not in ("proven", "done"):
            yield Effect(
                "step-possible", step, f"the step {step} became possible (it was {old or 'not there'})"
            )
        elif old == "proven" and status not in ("proven", "done"):
            yield Effect("step-lost", step, f"the step {step} is {status} now")
    for image in (*was.images, *now.images):
        reference = Reference.try_parse(image.after or image.before)
        if reference and image.runs:
            yield from _line(reference, catalogs, today)


def _images(was: Sequence[ScannedImage], now: Sequence[ScannedImage]) -> Iterator[Effect]:
    before = {image.before: image for image in was}
    for image in now:
        old = before.get(image.before)
        if old is None or (old.after, old.status) == (image.after, image.status):
            continue
        if image.status == "migrate" and old.status != "migrate":
            yield Effect("image-possible", image.before, f"{image.before} can become {image.after}")
        elif old.status == "migrate" and image.status != "migrate":
            why = f": {image.reason}" if image.reason else ""
            yield Effect("image-lost", image.before, f"{image.before} would no more become {old.after}{why}")
        elif image.after:
            text = f"{image.before} becomes {image.after}, and not {old.after}"
            yield Effect("image-other", image.before, text)


def _line(image: Reference, catalogs: tuple[Catalog, Catalog], today: date) -> Iterator[Effect]:
    """Whether the line that a hardened image is of is gone, or has ended, since the older catalog."""
    old, new = catalogs
    name = hardened_name(image, DEFAULT_TARGET, old)
    was = old.find(name, image.tag) if name else None
    if was is None:
        return
    same = [one for one in new.definitions(name) if _alike(one, was)]
    if not same:
        yield Effect(
            "line-gone", str(image), f"the line {was.line} of {name} is listed no more (since {new.date})"
        )
        return
    end = max((one.end_of_life for one in same if one.end_of_life), default=None)
    if end and end < today and not (was.end_of_life and was.end_of_life.isoformat() < old.date):
        yield Effect("line-ended", str(image), f"the line {was.line} of {name} ended on {end}")


def _alike(one: Definition, other: Definition) -> bool:
    return (one.line, one.variant, one.flavor) == (other.line, other.variant, other.flavor)
