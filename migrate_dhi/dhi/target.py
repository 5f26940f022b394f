"""Which hardened image and tag takes the place of each image of a chart: the rule and the user's wishes.

The rule for versions is ``migrate_dhi.dhi.rule``'s: never a lower one, never ``-dev`` or a paid flavor unasked.
Images of one product move to one version. What is only maybe the counterpart stays as it is.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date

from migrate_dhi.dhi.catalog import Catalog, Definition
from migrate_dhi.dhi.decision import Decision, Status
from migrate_dhi.dhi.family import Family, Relative, apart, families, has_major, one_version
from migrate_dhi.dhi.naming import (
    DEFAULT_TARGET,
    DIRECT,
    check_template,
    doubled,
    hardened_name,
    meant,
    mirrors,
    place_of,
)
from migrate_dhi.dhi.note import (
    apart_note,
    behind_note,
    cache_left_note,
    downgrade_note,
    end_of_life_note,
    foreign_note,
    listed_note,
    mirror_note,
    misplaced_note,
    place_notes,
    repackaged_note,
    split_note,
    stopped_note,
    told_apart,
    weak_note,
)
from migrate_dhi.dhi.playbook import Playbooks
from migrate_dhi.dhi.tagchoice import Choice, Wanted, choose
from migrate_dhi.dhi.tags import Release, is_build, older, parse_hardened, parse_upstream
from migrate_dhi.dhi.upstream import Counterpart, cached, halfway, match, repackaged
from migrate_dhi.dhi.wish import Sorter, To, Wishes
from migrate_dhi.findings import Finding
from migrate_dhi.oci.reference import Reference

__all__ = ["Decision", "Fits", "Status", "Wishes", "decide"]

# What keeps an image from running, if it becomes what a definition describes.
Fits = Callable[[Reference, Definition], Sequence[Finding]]


def decide(
    images: Sequence[Reference],
    wishes: Wishes,
    catalog: Catalog,
    playbooks: Playbooks,
    today: date | None = None,
    linked: Iterable[Collection[Reference]] = (),
    fits: Fits | None = None,
) -> dict[Reference, Decision]:
    """Decide for each image; images are as rendered, the result has one entry for each different one.

    Args:
        images: the images of one release.
        wishes: what the user's flags say.
        catalog: what is listed.
        playbooks: preferences for single products.
        today: the day to tell ends of life for; None: they are not told.
        linked: images whose tag one value sets.
        fits: what keeps an image from running as a definition says; None: nothing is known of that.

    Raises UnknownImageError where ``--to`` or ``--keep`` names no image of these or several,
    ConflictingFlagsError where they contradict each other, MalformedReferenceError where one is no
    image reference or the template of ``--target`` makes none.
    """
    desk = _Desk(tuple(dict.fromkeys(images)), wishes, catalog, playbooks, fits, today)
    decisions = {image: desk.decide(image) for image in desk.images}
    relatives = [Relative(i, desk.target_of(i), bool(desk.hardened[i])) for i in desk.images]
    for family in families(relatives, catalog, linked):
        decisions |= desk.together(family, decisions)
    for image, other in apart(relatives, catalog):
        notes = (*decisions[image].notes, apart_note(image, other))
        decisions[image] = replace(decisions[image], notes=notes)
    return {image: _dated(decision, today) for image, decision in decisions.items()}


def _dated(decision: Decision, today: date | None) -> Decision:
    # The end of life of another line says nothing of a tag that is listed no more.
    known = decision.definition if today and not decision.assumed else None
    note = end_of_life_note(known, today) if known and today else None
    return replace(decision, notes=(*decision.notes, note)) if note else decision


class _Desk:
    """The images of one chart with the wishes sorted out."""

    def __init__(
        self,
        images: tuple[Reference, ...],
        wishes: Wishes,
        catalog: Catalog,
        playbooks: Playbooks,
        fits: Fits | None = None,
        today: date | None = None,
    ) -> None:
        self.images = images
        self.today = today
        self.wishes = wishes
        self.catalog = catalog
        self.playbooks = playbooks
        self.fits = fits
        self.mirrors = mirrors(images, catalog)
        self.template = self._template()
        self.matches = {image: match(image, catalog, playbooks) for image in images}
        self.hardened = {image: hardened_name(image, self.template, catalog) for image in images}
        sorter = Sorter(self.matches, self.hardened, self.template, catalog, wishes.anywhere)
        self.kept = sorter.kept(wishes.keep)
        to = sorter.to(wishes.to, self.kept)
        self.flagged = self.kept
        self.kept, self.to = sorter.answered(wishes.answers, self.kept, to)
        self.stopped = dict(wishes.stopped)
        self.choices: dict[Reference, tuple[Counterpart, Reference, Choice]] = {}

    def _template(self) -> str:
        """The template of the flag, else the only mirror that this release uses, else Docker's registry."""
        if self.wishes.target:
            return check_template(self.wishes.target)
        direct = any(image.registry == DIRECT for image in self.images)
        return self.mirrors[0] if len(self.mirrors) == 1 and not direct else DEFAULT_TARGET

    def target_of(self, image: Reference) -> str:
        """The hardened image that an image is, or would become; empty where none is known for sure."""
        sure = [c.target for c in self.matches[image] if c.confidence != "weak"]
        wish = self.to.get(image)
        return self.hardened[image] or (wish.name if wish else "") or next(iter(sure), "")

    def decide(self, image: Reference) -> Decision:
        """The decision for one image by itself."""
        if image in self.stopped:
            return self._stopped(image, self.stopped[image])
        if image in self.kept:
            who = "--keep says" if image in self.flagged else "the answers of the repository say"
            return Decision(image, None, "kept", f"kept as it is, as {who}")
        wish = self.to.get(image)
        if wish:
            return self._wished(image, wish)
        name = self.hardened[image]
        if name:
            return self._mended(image, name) or self._hardened(image, name)
        meant = doubled(image, self.template)
        if meant and (twice := hardened_name(meant, self.template, self.catalog)):
            return self._doubled(image, meant, twice)
        candidates = self.matches[image]
        if not candidates:
            reason = f"no hardened image is known for {image.image} ({self._catalog_name()})"
            return Decision(image, None, "no-counterpart", reason, notes=place_notes(self.catalog, image))
        listed = [c for c in candidates if c.target in self.catalog]
        if not listed:
            return self._missing(image, candidates[0])
        if listed[0].confidence == "weak":
            return self._unsure(image, listed)
        return self._by_rule(image, listed[0], place_of(self.template, listed[0].target))

    def _stopped(self, image: Reference, error: Finding, beside: Reference | None = None) -> Decision:
        note = stopped_note(image, error, beside)
        of = f"the move of {beside.name}" if beside else "its move"
        reason = f"kept as it is, as {of} ends in the error {error.code} (--keep blocked)"
        return Decision(image, None, "kept", reason, notes=(note,))

    def together(self, family: Family, decisions: dict[Reference, Decision]) -> dict[Reference, Decision]:
        """The decisions of a family, with one version that all of it has."""
        chosen = [image for image in family.images if image in self.choices]
        free = [image for image in chosen if self.choices[image][2].offers]
        others = [i for i in family.images if (i in self.choices or i in self.to) and i not in free]
        foreign = [image for image in others if free and self._is_foreign(image)]
        # What stays whatever the others do holds them in its line.
        stays = {decisions[image].version for image in chosen if image not in (*free, *foreign)}
        told = {image: decisions[image] for image in free}
        options = {image: self.choices[image][2].options for image in free}
        # What the user names, and what runs hardened already, is a version that the others go to.
        named = [i for i in family.images if (i in self.to or self.hardened[i]) and i not in foreign]
        given = {decisions[image].version for image in named} - {()}
        settled = given | stays | {told[i].version for i in free}
        if free and (len(settled) > 1 or not all(options.values())):
            rules = self.wishes.bounds.rules
            fitting = {i: [o for o in ladder if o.release in given] for i, ladder in options.items()}
            version = one_version(fitting, rules) or one_version(options, rules)
            if version and all(one[:2] == version[:2] for one in stays):
                told = {image: self._at(image, version, free) for image in free}
            elif family.close and (now := parse_upstream(free[0].tag).release):
                # Those that have the very version they run go there: nothing comes apart by that.
                here = [image for image in free if any(o.release == now for o in options[image])]
                whole = [image for image in chosen if image not in foreign]
                told = {i: self._at(i, now, here) if i in here else self._apart(i, whole) for i in free}
        for other in [image for image in family.images if image in self.stopped and family.close][:1]:
            split = [image for image in free if told[image].version != parse_upstream(image.tag).release]
            told |= {image: self._stopped(image, self.stopped[other], other) for image in split}
        after = {i: told.get(i, decisions[i]) for i in family.images if i not in foreign}
        moving = [image for image in after if after[image].after]
        note = split_note({image: after[image].version for image in after}, moving)
        if note:
            told[moving[0]] = replace(after[moving[0]], notes=(*after[moving[0]].notes, note))
        return told | {image: self._foreign(image, free[0], decisions[image]) for image in foreign}

    def _is_foreign(self, image: Reference) -> bool:
        """Whether the version of an image is none that its hardened image ever had: it is that of its family."""
        now, target = parse_upstream(image.tag).release, self.target_of(image)
        return bool(now) and target in self.catalog and not has_major(self.catalog, target, now)

    def _foreign(self, image: Reference, sibling: Reference, decision: Decision) -> Decision:
        """An image of another program that has the version of the product which it is part of."""
        if image in self.to:
            # Its own version is not known: no one can say that it would go down.
            return replace(decision, notes=tuple(n for n in decision.notes if n.code != "downgrade"))
        candidate, place, _ = self.choices[image]
        reason = f"{image.tag} is the version of {sibling.name}, and none of {candidate.target}"
        note = foreign_note(image, place, reason)
        return Decision(image, None, "no-counterpart", reason, confidence=candidate.confidence, notes=(note,))

    def _at(self, image: Reference, version: Release, family: Sequence[Reference]) -> Decision:
        """The decision again with the version of the family."""
        candidate, place, choice = self.choices[image]
        decision = self._by_rule(image, candidate, place, version)
        if choice.option and choice.option.release == version:
            return decision
        others = ", ".join(other.name for other in family if other != image)
        return replace(decision, reason=f"{decision.reason}; the version that {others} has too")

    def _apart(self, image: Reference, family: Sequence[Reference]) -> Decision:
        """No version serves the family."""
        candidate, place, choice = self.choices[image]
        if not choice.offers:
            return self._by_rule(image, candidate, place)
        mine, *others = told_apart([image, *(other for other in family if other != image)])
        both = f"{mine} and for {', '.join(others)}"
        reason = f"no version in reach is there for {both} alike ({self._catalog_name()})"
        offers = tuple(place.with_tag(tag) for tag in choice.offers)
        return Decision(image, None, "undecided", reason, None, False, candidate.confidence, offers)

    def _catalog_name(self) -> str:
        return f"catalog of {self.catalog.date}"

    def _hardened(self, image: Reference, name: str) -> Decision:
        definition, assumed = self._facts(name, image.tag)
        reason = f"{image.image} is a hardened image already"
        unknown = listed_note(self.catalog, name, image) if assumed or definition is None else None
        mirror = mirror_note(image, self.mirrors, self.template) if not self.wishes.target else None
        told = tuple(note for note in (unknown, mirror) if note)
        return Decision(image, None, "already-dhi", reason, definition, assumed, "certain", (), told)

    def _doubled(self, image: Reference, meant: Reference, name: str) -> Decision:
        """An image whose registry stands twice: it is moved to the one that was meant."""
        told = self._hardened(meant, name)
        notes = (misplaced_note(image, meant, "its registry stands twice"), *told.notes)
        reason = f"{meant.image} was meant"
        return replace(
            told, before=image, after=meant, status="migrate", reason=reason, notes=notes, rule="same-version"
        )

    def _mended(self, image: Reference, name: str) -> Decision | None:
        """What was moved by hand in part: the registry without the name, or with a tag that no hardened image has."""
        if image.registry != DIRECT or image.digest:
            return None
        listed = name in self.catalog
        if listed and (parse_hardened(image.tag).release or self.catalog.find(name, image.tag)):
            return None
        mine = [Counterpart(name, "certain", "moved by hand")]
        found = mine if listed else halfway(image, self.catalog, self.playbooks)
        if not found:
            return None
        decision = self._by_rule(image, found[0], place_of(self.template, found[0].target))
        if decision.after is None:
            del self.choices[image]
            return None
        why = "no hardened image has such a tag" if listed else "the name is that of the upstream image"
        note = misplaced_note(image, decision.after, why)
        return replace(decision, notes=(*decision.notes, note))

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
        """Only the name speaks for it: it stays, and that is said once."""
        names = ", ".join(c.target for c in candidates)
        reason = f"only a weak match for {image.image}: {names} ({candidates[0].source})"
        offers: list[Reference] = []
        for candidate in candidates:
            choice = choose(self.catalog, candidate.target, self._wanted(candidate.target, image))
            offers += [place_of(self.template, candidate.target).with_tag(tag) for tag in choice.offers[:3]]
        note = weak_note(image, [c.target for c in candidates])
        return Decision(image, None, "kept", reason, None, False, "weak", tuple(offers), (note,))

    def _wanted(self, name: str, image: Reference, version: Release = ()) -> Wanted:
        member = self.playbooks.member(image, name)
        return Wanted(
            image.tag, image.name, member, self.wishes.distro, self.wishes.bounds, version, self.today
        )

    def _by_rule(
        self, image: Reference, candidate: Counterpart, place: Reference, version: Release = ()
    ) -> Decision:
        fits = self.fits
        able = (lambda definition: fits(image, definition)) if fits else None
        choice = choose(self.catalog, candidate.target, self._wanted(candidate.target, image, version), able)
        if not version:
            self.choices[image] = candidate, place, choice
        offers = tuple(place.with_tag(tag) for tag in choice.offers)
        option = choice.option
        if option is None:
            reason = f"{choice.reason} ({self._catalog_name()})"
            if not offers:
                note = behind_note(image, candidate.target, reason, behind=choice.behind)
                found, notes = candidate.confidence, (*choice.notes, note)
                return Decision(image, None, "no-counterpart", reason, confidence=found, notes=notes)
            return Decision(
                image, None, "undecided", reason, None, False, candidate.confidence, offers, choice.notes
            )
        notes = choice.notes
        if candidate.confidence == "likely" and repackaged(image):
            notes += (repackaged_note(image, candidate.target),)
        elif cached(image, candidate) and place.registry != image.registry:
            notes += (cache_left_note(image, place),)
        return Decision(
            image,
            place.with_tag(option.tag),
            "migrate",
            f"{candidate.source}; {choice.reason}",
            option.definition,
            option.assumed,
            candidate.confidence,
            offers,
            notes,
            option.rule,
        )

    def _wished(self, image: Reference, wish: To) -> Decision:
        after = wish.reference
        said = f"--to {wish.text}"
        if wish.name not in self.catalog:
            if not (after.tag or after.digest):
                reason = f"the {self._catalog_name()} does not list {wish.name}, so its tag cannot be chosen"
                return Decision(image, None, "undecided", reason, confidence="chosen")
            note = Finding(
                "image-unlisted",
                "warning",
                f"the {self._catalog_name()} does not list an image {wish.name}: nothing is known of it",
                help=meant(wish.name, self.catalog.names()),
            )
            return Decision(image, after, "migrate", said, confidence="chosen", notes=(note,), rule="chosen")
        if not (after.tag or after.digest):
            if self.hardened[image] == wish.name and image.canonical().image == after.canonical().image:
                return self._hardened(image, wish.name)
            return self._by_rule(image, Counterpart(wish.name, "certain", said), after)
        if after.canonical() == image.canonical():
            return self._hardened(image, wish.name)
        definition, assumed = self._facts(wish.name, after.tag)
        notes: tuple[Finding, ...] = ()
        if definition is None or assumed:
            notes = (listed_note(self.catalog, wish.name, after),)
        if self._lower(image, wish):
            notes += (downgrade_note(image, after),)
        return Decision(image, after, "migrate", said, definition, assumed, "chosen", (), notes, "chosen")

    def _lower(self, image: Reference, wish: To) -> bool:
        """Whether the user's word takes a lower version of the same product."""
        same = {self.hardened[image], image.name} | {
            c.target for c in self.matches[image] if c.confidence != "weak"
        }
        now = parse_hardened(image.tag).release if self.hardened[image] else parse_upstream(image.tag).release
        then = parse_hardened(wish.reference.tag).release
        if wish.name not in same or not now or not then or is_build(now) != is_build(then):
            return False
        return older(then, now)
