"""Which hardened image and tag takes the place of each image of a chart: the rule and the user's wishes.

The rule for tags: the same version, else the newest patch release of the same line, else a question. Never a
silent jump of a minor or major version, never ``-dev`` or a paid flavor unasked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Literal

from migrate_dhi.dhi.catalog import Catalog, Definition
from migrate_dhi.dhi.naming import DEFAULT_TARGET, check_template, hardened_name
from migrate_dhi.dhi.note import end_of_life_note
from migrate_dhi.dhi.playbook import Member, Playbooks
from migrate_dhi.dhi.tagchoice import Choice, choose
from migrate_dhi.dhi.upstream import Confidence, Counterpart, match, repackaged
from migrate_dhi.errors import ConflictingFlagsError, MalformedReferenceError, UnknownImageError
from migrate_dhi.findings import Finding
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record

Status = Literal["migrate", "already-dhi", "no-counterpart", "kept", "undecided"]


@record
class Wishes:
    """What the user's flags say: ``--to``, ``--target``, ``--keep``, ``--distro`` (empty: the policy)."""

    to: tuple[str, ...] = ()
    target: str = DEFAULT_TARGET
    keep: tuple[str, ...] = ()
    distro: str = ""


@record
class Decision:
    """What becomes of one image.

    ``after`` is set for ``migrate`` alone. ``reason`` is one sentence for people, with its source.
    ``definition`` holds the facts of ``after`` (or of ``before``, where that is hardened already);
    ``assumed`` says that they are those of the nearest listed line. ``candidates`` are what the image
    could become, best first: the choices to offer where it is ``undecided`` or the user wants another.
    """

    before: Reference
    after: Reference | None
    status: Status
    reason: str
    definition: Definition | None = None
    assumed: bool = False
    confidence: Confidence | Literal["chosen", ""] = ""
    candidates: tuple[Reference, ...] = ()
    notes: tuple[Finding, ...] = ()


@record
class _To:
    """One ``--to``: the image it names, by name and as the reference to write (maybe without a tag)."""

    text: str
    source: str
    name: str
    reference: Reference


def decide(
    images: Sequence[Reference],
    wishes: Wishes,
    catalog: Catalog,
    playbooks: Playbooks,
    today: date | None = None,
) -> dict[Reference, Decision]:
    """Decide for each image; images are as rendered, the result has one entry for each different one.

    With ``today``, lines that are past or near their end of life are noted.

    Raises UnknownImageError where ``--to`` or ``--keep`` names no image of these or several,
    ConflictingFlagsError where they contradict each other, MalformedReferenceError where one is no
    image reference or the template of ``--target`` makes none.
    """
    desk = _Desk(tuple(dict.fromkeys(images)), wishes, catalog, playbooks)
    return {image: _dated(desk.decide(image), today) for image in desk.images}


def _dated(decision: Decision, today: date | None) -> Decision:
    if today is None or decision.definition is None:
        return decision
    note = end_of_life_note(decision.definition, today)
    return replace(decision, notes=(*decision.notes, note)) if note else decision


class _Desk:
    """The images of one chart with the wishes sorted out."""

    def __init__(
        self, images: tuple[Reference, ...], wishes: Wishes, catalog: Catalog, playbooks: Playbooks
    ) -> None:
        self.images = images
        self.template = check_template(wishes.target)
        self.distro = wishes.distro
        self.catalog = catalog
        self.playbooks = playbooks
        self.matches = {image: match(image, catalog, playbooks) for image in images}
        self.hardened = {image: hardened_name(image, self.template, catalog) for image in images}
        self.kept = {image for text in wishes.keep for image in self._named(text, "--keep")}
        self.to = self._sort_out(wishes.to)

    def _sort_out(self, texts: Iterable[str]) -> dict[Reference, _To]:
        sorted_out: dict[Reference, _To] = {}
        for text in texts:
            wish = self._read(text)
            for image in self._named(wish.source, "--to") if wish.source else self._counterpart(wish):
                if image in self.kept:
                    raise ConflictingFlagsError(
                        f"--keep and --to both name {image}", help="leave one of the two out"
                    )
                other = sorted_out.setdefault(image, wish)
                if other.reference != wish.reference:
                    raise ConflictingFlagsError(
                        f"--to {other.text} and --to {wish.text} both name {image}",
                        help="leave one of the two out",
                    )
        return sorted_out

    def _read(self, text: str) -> _To:
        source, equals, target = text.rpartition("=")
        if equals and not source:
            raise MalformedReferenceError(
                f"--to {text}: there is no image before the `=`", help="write --to FROM=IMAGE[:TAG]"
            )
        reference = Reference.parse(target)
        if not reference.registry:
            if "/" in reference.repository:
                raise MalformedReferenceError(
                    f"--to {text}: {reference.repository} names no registry",
                    help=f"write docker.io/{reference.repository}, or the hardened image's name alone",
                )
            reference = self._place(reference.repository).with_tag(reference.tag, reference.digest)
        name = hardened_name(reference, self.template, self.catalog) or reference.name
        return _To(text, source, name, reference)

    def _place(self, name: str) -> Reference:
        """Where a hardened image lies under the template."""
        return Reference.parse(self.template.replace("{name}", name))

    def _named(self, text: str, flag: str) -> list[Reference]:
        """The images that a user's text names: a reference, else a last path component."""
        wanted = Reference.parse(text)
        full = [i for i in self.images if i.canonical().image == wanted.canonical().image]
        if wanted.tag or wanted.digest:
            full = [
                i
                for i in full
                if (i.tag, i.digest) == (wanted.tag, wanted.digest)
                or (not wanted.digest and i.tag == wanted.tag)
            ]
        short = [i for i in self.images if text == i.name]
        found = full or short
        if not found:
            raise UnknownImageError(
                f"{flag} {text}: no container of this chart uses that image", help=self._offer(self.images)
            )
        if len({i.canonical().image for i in found}) > 1:
            raise UnknownImageError(f"{flag} {text}: several images have that name", help=self._offer(found))
        return found

    def _counterpart(self, wish: _To) -> list[Reference]:
        """The single image that a ``--to`` without FROM means."""
        hardened = [i for i in self.images if self.hardened[i] == wish.name]
        plain = [i for i in self.images if not self.hardened[i]]
        best = [i for i in plain if self.matches[i] and self.matches[i][0].target == wish.name]
        named = [i for i in plain if i.name == wish.name]
        other = [i for i in plain if any(c.target == wish.name for c in self.matches[i])]
        found = best or named or other or hardened
        if not found:
            raise UnknownImageError(
                f"--to {wish.text}: no image of this chart has {wish.name} as its counterpart",
                help=f"write --to FROM=IMAGE; {self._offer(self.images)}",
            )
        if len({i.canonical().image for i in found}) > 1:
            raise UnknownImageError(
                f"--to {wish.text}: several images could become {wish.name}",
                help=f"write --to FROM=IMAGE; {self._offer(found)}",
            )
        return found

    def _offer(self, images: Iterable[Reference]) -> str:
        names = sorted({str(image) for image in images})
        return f"the images are: {', '.join(names)}" if names else "this chart uses no image"

    def decide(self, image: Reference) -> Decision:
        """The decision for one image."""
        if image in self.kept:
            return Decision(image, None, "kept", "kept as it is, as --keep says")
        wish = self.to.get(image)
        if wish:
            return self._wished(image, wish)
        name = self.hardened[image]
        if name:
            return self._hardened(image, name)
        candidates = self.matches[image]
        if not candidates:
            reason = f"no hardened image is known for {image.image} ({self._catalog_name()})"
            return Decision(image, None, "no-counterpart", reason)
        listed = [c for c in candidates if c.target in self.catalog]
        if not listed:
            return self._missing(image, candidates[0])
        if listed[0].confidence == "weak":
            return self._unsure(image, listed)
        return self._by_rule(image, listed[0], self._place(listed[0].target))

    def _catalog_name(self) -> str:
        return f"catalog of {self.catalog.date}"

    def _hardened(self, image: Reference, name: str) -> Decision:
        definition, assumed = self._facts(name, image.tag)
        reason = f"{image.image} is a hardened image already"
        return Decision(image, None, "already-dhi", reason, definition, assumed, "certain")

    def _facts(self, name: str, tag: str) -> tuple[Definition | None, bool]:
        listed = self.catalog.find(name, tag)
        if listed:
            return listed, False
        nearest = self.catalog.nearest(name, tag)
        return nearest, nearest is not None

    def _missing(self, image: Reference, candidate: Counterpart) -> Decision:
        missing = f"the {self._catalog_name()} does not list it"
        past = [tag for tag in self.catalog.past_tags(candidate.target) if tag.tag.count(".") > 1]
        if past:
            missing += f" any more (last listed: {past[0].tag} on {past[0].last_seen})"
        reason = f"{candidate.target} would be the counterpart ({candidate.source}), but {missing}"
        note = Finding(
            "catalog-missing",
            "warning",
            reason,
            help="name an image with --to FROM=IMAGE:TAG, or use a newer catalog",
        )
        return Decision(image, None, "no-counterpart", reason, notes=(note,))

    def _unsure(self, image: Reference, candidates: list[Counterpart]) -> Decision:
        names = ", ".join(c.target for c in candidates)
        reason = f"only a weak match for {image.image}: {names} ({candidates[0].source})"
        offers: list[Reference] = []
        for candidate in candidates:
            choice = self._choose(candidate.target, image)
            offers += [self._place(candidate.target).with_tag(tag) for tag in choice.offers[:3]]
        return Decision(image, None, "undecided", reason, None, False, "weak", tuple(offers))

    def _choose(self, name: str, image: Reference) -> Choice:
        preferred = self._preference(name, image)
        return choose(self.catalog, name, image.tag, preferred, self.distro, image.name)

    def _preference(self, name: str, image: Reference) -> Member | None:
        named = self.playbooks.match(image)
        return named[1] if named and named[1].target == name else None

    def _by_rule(self, image: Reference, candidate: Counterpart, place: Reference) -> Decision:
        choice = self._choose(candidate.target, image)
        offers = tuple(place.with_tag(tag) for tag in choice.offers)
        if choice.definition is None:
            reason = f"{choice.reason} ({self._catalog_name()})"
            return Decision(
                image, None, "undecided", reason, None, False, candidate.confidence, offers, choice.notes
            )
        after = place.with_tag(choice.tag)
        notes = choice.notes
        if candidate.confidence == "likely" and repackaged(image):
            message = (
                f"{image.image} is another build of {candidate.target}, with scripts and paths of its own: "
                "a chart made for it may start or configure the hardened image wrongly"
            )
            notes += (
                Finding(
                    "repackaged-image", "warning", message, help="read the readiness findings, or --keep it"
                ),
            )
        reason = f"{candidate.source}; {choice.reason}"
        return Decision(
            image,
            after,
            "migrate",
            reason,
            choice.definition,
            False,
            candidate.confidence,
            offers,
            notes,
        )

    def _wished(self, image: Reference, wish: _To) -> Decision:
        after = wish.reference
        if wish.name not in self.catalog:
            if not (after.tag or after.digest):
                reason = f"the {self._catalog_name()} does not list {wish.name}, so its tag cannot be chosen"
                return Decision(image, None, "undecided", reason, confidence="chosen")
            note = Finding(
                "image-unlisted",
                "warning",
                f"the {self._catalog_name()} does not list an image {wish.name}: nothing is known of it",
            )
            return Decision(image, after, "migrate", f"--to {wish.text}", confidence="chosen", notes=(note,))
        if not (after.tag or after.digest):
            if self.hardened[image] == wish.name and image.canonical().image == after.canonical().image:
                return self._hardened(image, wish.name)
            return self._by_rule(image, Counterpart(wish.name, "certain", f"--to {wish.text}"), after)
        if after.canonical() == image.canonical():
            return self._hardened(image, wish.name)
        definition, assumed = self._facts(wish.name, after.tag)
        unlisted = definition is None or assumed
        notes = (self._unlisted(wish.name, after, definition),) if unlisted else ()
        return Decision(
            image, after, "migrate", f"--to {wish.text}", definition, assumed, "chosen", (), notes
        )

    def _unlisted(self, name: str, after: Reference, nearest: Definition | None) -> Finding:
        past = next((p for p in self.catalog.past_tags(name) if p.tag == after.tag), None)
        seen = (
            f"; it was listed from {past.first_seen} to {past.last_seen}, and may still be there to pull"
            if past
            else ""
        )
        facts = f"; its facts are assumed to be those of {nearest.tag}" if nearest else ""
        message = (
            f"the {self._catalog_name()} does not list the tag {after.tag or '(none)'} of {name}{seen}{facts}"
        )
        return Finding(
            "tag-unlisted",
            "warning",
            message,
            help=f"see the listed tags with `migrate-dhi catalog show {name}`",
        )
