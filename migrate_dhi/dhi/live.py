"""What registries say of the images that a plan chooses, laid over what the catalog says.

One place: :meth:`Live.settled` decides, asks, and decides again without the tags that the registry does not have.
Nothing is asked but of images that move, where they are to be pulled from.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from migrate_dhi.dhi.catalog import Catalog, Definition
from migrate_dhi.dhi.observed import observed
from migrate_dhi.dhi.seen import (
    Seen,
    facts_notes,
    gone_note,
    newer_note,
    seen_notes,
    there_note,
    unpinned_note,
)
from migrate_dhi.dhi.target import Decision
from migrate_dhi.errors import DigestMovedError, NotInRegistryError, RegistryError
from migrate_dhi.findings import Finding
from migrate_dhi.oci.credentials import Credentials
from migrate_dhi.oci.image import is_for
from migrate_dhi.oci.parallel import at_once
from migrate_dhi.oci.reference import Reference
from migrate_dhi.oci.registry import Registry
from migrate_dhi.oci.store import Store
from migrate_dhi.oci.transport import Transport
from migrate_dhi.record import record
from migrate_dhi.wording import counted

PLATFORM = "linux/amd64"
_AT_ONCE = 6
_ROUNDS = 12


def quiet(_: str) -> None:
    """Say nothing of what takes time."""


Decisions = dict[Reference, Decision]
# Tags that cannot be pulled, each with the reason; and tags that only float about those.
_Lost = tuple[dict[Reference, str], Sequence[str]]


@record
class Asking:
    """How registries are asked.

    ``platforms`` are those that each chosen image has to be there for; ``ca`` is a file of certificates to trust,
    ``plain`` are registries without TLS, ``cache`` is a folder for answers, and ``pin`` says that the digest is
    written, too.
    """

    platforms: tuple[str, ...] = (PLATFORM,)
    ca: Path | None = None
    plain: tuple[str, ...] = ()
    cache: Path | None = None
    pin: bool = False


class Live:
    """What is asked in one process; an image is asked for once. Another process begins anew.

    Args:
        asking: how.
        progress: is told what is asked.

    Raises PathNotFoundError or RegistryError where the file of certificates cannot be read.
    """

    def __init__(self, asking: Asking, progress: Callable[[str], None] = quiet) -> None:
        self.asking = asking
        self.registry = Registry(Transport(asking.ca, asking.plain), Credentials(), Store(asking.cache))
        self._progress = progress
        self._seen: dict[Reference, Seen] = {}
        self._tags: dict[Reference, tuple[str, ...]] = {}
        self._missing: set[Reference] = set()

    def __reduce__(self) -> tuple[type["Live"], tuple[Asking]]:
        return Live, (self.asking,)

    def see(self, images: Iterable[Reference]) -> Sequence[Seen]:
        """What the registries say of images, in their order."""
        images = list(images)
        open_ = [image for image in dict.fromkeys(images) if image not in self._seen]
        if open_:
            hosts = ", ".join(sorted({image.canonical().registry for image in open_}))
            self._progress(f"asking {hosts} for {counted(len(open_), 'image')}")
            self._seen.update(zip(open_, at_once(self._look, open_, _AT_ONCE), strict=True))
        return [self._seen[image] for image in images]

    def _look(self, image: Reference) -> Seen:
        digest, place = "", image.with_tag("")
        missing = f"{image.canonical().registry} has no repository {image.canonical().repository}"
        if place in self._missing:
            return Seen(gone=missing)
        try:
            digest = self.registry.digest(image)
            pairs = [(name, self.registry.configuration(image, name)) for name in self.asking.platforms]
        except NotInRegistryError:
            if not digest and self._is_missing(place):
                return Seen(gone=missing)
            what = "has its index, but not the image itself" if digest else "has no such tag"
            return Seen(digest, gone=f"{image.canonical().registry} {what}")
        except RegistryError as error:
            return Seen(digest, problem=error.message, advice=error.help)
        # An image without an index has one platform, whatever is asked for.
        there = {name: found for name, found in pairs if found and is_for(found.platform, name)}
        return Seen(
            digest,
            next((found for _, found in pairs if found), None),
            tuple(there),
            tuple(name for name in self.asking.platforms if name not in there),
        )

    def _is_missing(self, place: Reference) -> bool:
        """Whether there is no such repository at all: none of its tags need be asked for."""
        try:
            self.registry.tags(place)
        except NotInRegistryError:
            self._missing.add(place)
        except RegistryError:
            return False
        return place in self._missing

    def settled(self, catalog: Catalog, decide: Callable[[Catalog], Decisions]) -> Decisions:
        """Decide with what the registries have.

        Args:
            catalog: what is listed.
            decide: decides by a catalog.
        """
        lost: dict[Reference, dict[Reference, str]] = {}
        gone: frozenset[tuple[str, str]] = frozenset()
        decisions: Decisions = {}
        for _ in range(_ROUNDS):
            decisions = decide(catalog.without(gone))
            found = self._lost(decisions, catalog)
            if not found:
                break
            for image, (tags, loose) in found.items():
                lost.setdefault(image, {}).update(tags)
                definition = decisions[image].definition
                gone |= {(definition.image, tag) for tag in (*(t.tag for t in tags), *loose) if definition}
        self._list(d.after for d in decisions.values() if d.after and d.rule != "chosen")
        return {
            image: self._confirmed(decision, lost.get(image, {}), catalog)
            for image, decision in decisions.items()
        }

    def _list(self, images: Iterable[Reference]) -> None:
        """Ask for the tags of what is there; a registry need not tell them."""
        there = [image for image in images if self._seen[image].digest and not self._seen[image].gone]
        open_ = dict.fromkeys(plain for image in there if (plain := image.with_tag("")) not in self._tags)

        def tags(repository: Reference) -> tuple[str, ...]:
            try:
                return self.registry.tags(repository)
            except RegistryError:
                return ()

        self._tags.update(zip(open_, at_once(tags, open_, _AT_ONCE), strict=True))

    def _lost(self, decisions: Decisions, catalog: Catalog) -> dict[Reference, _Lost]:
        """By image the tags that were chosen for it, or would be next, and cannot be pulled."""
        self.see([d.after for d in decisions.values() if d.after])
        lost = {
            image: (d.after, d, d.definition)
            for image, d in decisions.items()
            if d.after and d.definition and d.rule != "chosen" and self._seen[d.after].gone
        }
        found: dict[Reference, _Lost] = {}
        for image, (after, decision, definition) in lost.items():
            same, loose = _other_tags(after.tag, decision, definition, catalog)
            # What comes next is asked for at once, lest each were found gone by itself.
            next_ = [after, *map(after.with_tag, same), *decision.candidates]
            tags = zip(next_, self.see(next_), strict=True)
            found[image] = {tag: seen.gone for tag, seen in tags if seen.gone}, loose
        return found

    def _confirmed(self, decision: Decision, lost: Mapping[Reference, str], catalog: Catalog) -> Decision:
        """A decision with what the registry says of it: its facts, the digest, and notes."""
        notes = [gone_note(lost, catalog)] if lost else []
        after = decision.after
        if after is None:
            return replace(decision, notes=(*decision.notes, *notes)) if notes else decision
        seen = self._seen[after]
        notes += seen_notes(after, seen)
        known, definition = decision.definition, decision.definition
        if known and seen.configuration:
            definition = observed(known, seen.configuration)
            notes += facts_notes(after, known, seen, definition, assumed=decision.assumed)
            newer = newer_note(decision.before, after, self._tags.get(after.with_tag(""), ()), known, catalog)
            notes += [newer] if newer else []
        elif seen.has and not seen.lacking:
            notes.append(there_note(after, seen))
        if self.asking.pin and not after.digest:
            if seen.digest and not seen.gone:
                after = after.with_tag(after.tag, seen.digest)
            else:
                notes.append(unpinned_note(after))
        digest = "" if seen.gone else seen.digest
        notes = [*decision.notes, *notes]
        return replace(decision, after=after, definition=definition, digest=digest, notes=tuple(notes))

    def late(self, decisions: Iterable[Decision]) -> list[Finding]:
        """Notes on images that a step has chosen of its own accord, after the decision."""
        found = []
        for decision in decisions:
            after = decision.after and _plain(decision.after)
            if after and after not in self._seen:
                [seen] = self.see([after])
                found += seen_notes(after, seen)
        return found

    def check_again(self, digests: Mapping[Reference, str]) -> None:
        """Ask once more, right before a write, what the tags of a plan name now.

        Raises DigestMovedError where that is something else than in the plan, and what the registry raises where
        it does not answer any more.
        """
        for pinned, before in digests.items():
            image = _plain(pinned)
            now = self.registry.digest(image, again=True)
            if now != before:
                raise DigestMovedError(
                    f"{image} was {before[:19]}… when the plan was made, and is {now[:19]}… now",
                    help="run it again: the plan is made anew with the image that is there now",
                )


def _other_tags(
    tag: str, decision: Decision, definition: Definition, catalog: Catalog
) -> tuple[list[str], list[str]]:
    """The other tags of an image that is listed now: those of the same version, and those that float."""
    if decision.assumed:
        return [], []
    release = catalog.parse(definition.image, tag).release
    same = [t for t in definition.tags if catalog.parse(definition.image, t).release == release]
    return same, [t for t in definition.tags if t not in same]


def _plain(image: Reference) -> Reference:
    """A reference as it was asked for: without the digest that was added to its tag."""
    return image.with_tag(image.tag) if image.tag else image
