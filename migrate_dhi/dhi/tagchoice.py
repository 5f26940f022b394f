"""Choose the tag of a hardened image for an upstream tag by the rule, or say what could be chosen.

``migrate_dhi.dhi.rule`` says which versions come into question, and in which order. Of the definitions with a
version, the plain runtime one of the wanted distro wins, unless the upstream tag's own words or a playbook ask
for a flavor, or the plain one cannot run what the chart asks of it.
"""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from functools import lru_cache

from migrate_dhi.dhi.catalog import Catalog, Definition
from migrate_dhi.dhi.note import floating_note, newer_note, past_note
from migrate_dhi.dhi.playbook import Member
from migrate_dhi.dhi.rule import Bounds, Option, listed, most_specific, past
from migrate_dhi.dhi.tags import (
    Release,
    UpstreamTag,
    older,
    parse_hardened,
    parse_upstream,
    release_of,
    same_version,
)
from migrate_dhi.dhi.words import parts, unexplained, variant_words
from migrate_dhi.findings import Finding
from migrate_dhi.grouping import grouped
from migrate_dhi.record import record

DEFAULT_DISTRO = "debian"
# Flavors of Docker's paid plans, and those of a firewall service: never chosen unless the user names the tag.
_NEVER_UNASKED = ("fips", "stig", "sfw", "sfw-ent")
# Flavors that Docker makes to take the place of an upstream image in charts; others are other products.
FOR_CHARTS = ("", "compat", "helm")
_MOST_OFFERS = 8
_EVERYTHING = Bounds("major")

# What keeps an image of some definition from running here.
Fits = Callable[[Definition], Sequence[Finding]]


@record
class Wanted:
    """What is asked of a hardened image: what the upstream image says, what a playbook prefers, what a flag says.

    ``member`` is the playbook's preference, ``distro`` reads ``debian``, ``alpine`` or has a release
    (``debian-13``; empty: the policy). ``name`` is the upstream image's name, whose words ask for a flavor as the
    tag's do: what one project publishes as ``collector-contrib`` is a flavor of another's ``collector``.
    ``version`` is the only one that counts, where images have to agree on one. ``today`` tells which lines are over.
    """

    tag: str
    name: str = ""
    member: Member | None = None
    distro: str = ""
    bounds: Bounds = Bounds()
    version: Release = ()
    today: date | None = None

    @property
    def family(self) -> str:
        """The distro to take, with or without a release."""
        return self.distro or (self.member.distro if self.member else "") or DEFAULT_DISTRO


@record
class Choice:
    """The tag with its rule and facts, or none and the tags to offer; ``reason`` is for people.

    ``options`` are all that the rule leaves, best first; ``offers`` are tags for someone who is asked, also
    beyond the rule, but none of a lower version. ``behind``: the catalog has nothing that is not older.
    """

    reason: str
    option: Option | None = None
    options: tuple[Option, ...] = ()
    offers: tuple[str, ...] = ()
    notes: tuple[Finding, ...] = ()
    behind: bool = False


def choose(catalog: Catalog, image: str, wanted: Wanted, fits: Fits | None = None) -> Choice:
    """Choose by the rule; ``fits`` says what keeps a definition from running in this chart."""
    return _Counter(catalog, image, wanted).choose(fits) if fits else _choice(catalog, image, wanted)


@lru_cache(maxsize=1024)
def _choice(catalog: Catalog, image: str, wanted: Wanted) -> Choice:
    """What is chosen where nothing is known of the chart: the same for every release."""
    return _Counter(catalog, image, wanted).choose(None)


class _Counter:
    """One image of the catalog, and what is asked of it."""

    def __init__(self, catalog: Catalog, image: str, wanted: Wanted) -> None:
        self.catalog = catalog
        self.image = image
        self.wanted = wanted
        self.upstream = parse_upstream(wanted.tag)
        self.words = variant_words(self.upstream)
        definitions = catalog.definitions(image)
        self.usable = [d for d in definitions if d.variant == "runtime" and not _paid(d.flavor)]
        named = frozenset(parts(wanted.name)) - set(parts(image))
        self.flavors = _flavors(
            self.usable, self.upstream.words | named, wanted.member, _flavors_once(catalog, image)
        )

    def choose(self, fits: Fits | None) -> Choice:
        if not self.usable:
            return Choice(f"{self.image} has no runtime image in the catalog")
        offers = self._offers()
        if not self.flavors:
            flavors = ", ".join(sorted({d.flavor for d in self.usable}))
            return Choice(f"{self.image} comes in several flavors ({flavors})", offers=offers)
        options = self._ladder(self.flavors, self.wanted.bounds, self.words)
        if self.wanted.version:
            options = [option for option in options if option.release == self.wanted.version]
        if not options:
            return Choice(self._why_not(), offers=offers or self._current(), behind=self._is_behind)
        best = options[0]
        if not best.tag:
            version = best.definition.version
            return Choice(f"{self.image} {version} comes in several builds", offers=offers)
        options = [option for option in options if option.tag]
        option, why = self._able(best, fits) if fits else (best, "")
        reason = f"{option.tag} is {self._how(option)}{why or self._preferred(option)}"
        notes = self._notes(option, taken_for_need=bool(why))
        return Choice(reason, option, tuple(options), offers, notes)

    def _ladder(self, flavors: Sequence[str], bounds: Bounds, words: tuple[str, ...]) -> list[Option]:
        """Everything that the rule leaves, best first: by rule, then by flavor, then by version."""
        rules = bounds.rules
        found: list[tuple[tuple[int, int], Option]] = []
        for index, flavor in enumerate(flavors):
            fitting = [option for option in self._of_flavor(flavor, words) if option.rule in rules]
            found += [((rules.index(option.rule), index), option) for option in fitting]
        return [option for _, option in sorted(found, key=lambda item: item[0])]

    def _of_flavor(self, flavor: str, words: tuple[str, ...]) -> tuple[Option, ...]:
        wanted = self.wanted
        return _of_flavor(
            self.catalog, self.image, wanted.tag, wanted.family, bool(wanted.distro), flavor, words
        )

    def _able(self, option: Option, fits: Fits) -> tuple[Option, str]:
        """The option, or the same version in another free flavor where less keeps that one from running."""
        lacking = fits(option.definition)
        if not lacking:
            return option, ""
        others = [f for f in FOR_CHARTS if f != option.definition.flavor]
        alike = [
            other
            for other in self._ladder(others, self.wanted.bounds, self.words)
            if other.tag
            and (other.rule, other.release) == (option.rule, option.release)
            and (other.definition.uid != 0 or option.definition.uid == 0)
        ]
        for other in alike:
            if _kinds(fits(other.definition)) < _kinds(lacking):
                flavor = other.definition.flavor
                which = f"flavor {flavor}" if flavor else "the plain image"
                return other, f"; {which}, because with {option.tag} {_plainly(lacking[0])}"
        return option, ""

    def _how(self, option: Option) -> str:
        upstream = self.upstream
        text = upstream.text or "an image without a tag"
        if option.rule == "newest-patch":
            if len(upstream.release) < len(option.release):
                return f"what {text} stands for now"
            return f"the newest patch release of the line of {upstream.version}"
        if option.rule == "tag-past":
            what = (
                "the same version"
                if same_version(upstream, option.release)
                else "the newest patch of its line"
            )
            return f"{what}, listed until {option.listed_until}"
        return {
            "same-version": "the same version",
            "line-newer": f"the nearest newer line that is listed, for {text}",
            "major-newer": f"the nearest newer major version that is listed, for {text}",
            "floating": f"the newest current version, for {text}",
            "supported": f"the current line with the longest support, for {text}",
        }.get(option.rule, option.rule)

    def _preferred(self, option: Option) -> str:
        member, flavor = self.wanted.member, option.definition.flavor
        return f"; flavor {flavor}: {member.reason}" if member and flavor and flavor == member.flavor else ""

    def _notes(self, option: Option, *, taken_for_need: bool) -> tuple[Finding, ...]:
        best, notes = option.definition, []
        place = f"{self.image}:{option.tag}"
        if option.rule == "tag-past":
            newer = self._ladder(self.flavors, Bounds("major", past=False), self.words)
            notes.append(past_note(place, option, [o for o in newer if o.tag], self.wanted.today))
        elif option.rule in {"line-newer", "major-newer"}:
            notes.append(newer_note(place, self.upstream.text, option, self._line_before(option)))
        elif option.rule in {"floating", "supported"}:
            notes.append(floating_note(place, self.upstream, option))
        asked = self.wanted.distro
        if asked and not best.distro.startswith(asked):
            message = f"{self.image} {best.version} does not come on {asked}; {best.distro} is taken"
            notes.append(_note("distro-differs", message, f"see `migrate-dhi catalog show {self.image}`"))
        member = self.wanted.member
        if member and member.flavor and not best.flavor and not taken_for_need:
            message = (
                f"{self.image} {best.version} has no flavor {member.flavor}, which is preferred "
                f"({member.reason}); the plain image is taken"
            )
            notes.append(_note("flavor-missing", message, "choose a line that has it with --to"))
        return tuple(notes)

    def _line_before(self, option: Option) -> Definition | None:
        """The nearest listed line that is not newer than the upstream tag, to compare with."""
        alike = [
            d
            for d in self.usable
            if d.tags
            and (d.flavor, d.distro) == (option.definition.flavor, option.definition.distro)
            and d.release
            and d.release <= self.upstream.release
        ]
        return max(alike, key=lambda d: d.release, default=None)

    @property
    def _unexplained(self) -> Sequence[str]:
        """The words of the tag that no definition explains; all of them where each lacks another."""
        lost = [unexplained(self.words, d) for d in self.usable]
        return (sorted(set.intersection(*map(set, lost))) or self.words) if self.words and all(lost) else ()

    def _why_not(self) -> str:
        upstream = self.upstream
        if words := ", ".join(self._unexplained):
            return f"the tag {upstream.text} says {words}, and no listed image of {self.image} shows that it is that"
        if upstream.prerelease:
            return f"{upstream.text} is a pre-release, and the catalog lists none of {self.image}"
        if self._is_behind:
            version = ".".join(map(str, self._newest))
            return f"the catalog ends at {self.image} {version}, which is older than {upstream.version}"
        return f"the catalog lists no tag of {self.image} in reach of {upstream.text or 'an image without a tag'}"

    @property
    def _newest(self) -> Release:
        return max((d.release for d in self.usable if d.tags), default=())

    @property
    def _is_behind(self) -> bool:
        """Whether all that is listed is older."""
        return bool(self._newest) and older(self._newest, self.upstream.release)

    def _current(self) -> tuple[str, ...]:
        """What is current, where a word that nothing explains leaves open what the number beside it counts."""
        if not self._unexplained:
            return ()
        family, asked = self.wanted.family, bool(self.wanted.distro)
        found = (
            option.tag
            for flavor in self.flavors
            for option in _of_flavor(self.catalog, self.image, "", family, asked, flavor, ())
        )
        return tuple(dict.fromkeys(tag for tag in found if tag))[:_MOST_OFFERS]

    def _offers(self) -> tuple[str, ...]:
        """Tags to offer, as the rule orders them and beyond: all newer lines, and what was listed once."""
        flavors = self.flavors or sorted({d.flavor for d in self.usable})
        options = self._ladder(flavors, _EVERYTHING, ())
        if self.upstream.prerelease:
            final = UpstreamTag(self.upstream.text, self.upstream.release)
            pool = [d for d in self.usable if d.tags and d.flavor in flavors[:1]]
            return tuple(most_specific(d, final) for _, d in listed(pool, final))[:_MOST_OFFERS]
        offered = [(tag, option.assumed) for option in options for tag in self._builds(option)]
        current = [tag for tag, assumed in offered if not assumed][:_MOST_OFFERS]
        once = [tag for tag, assumed in offered if assumed][:_MOST_OFFERS]
        return tuple(dict.fromkeys(tag for tag, _ in offered if tag in {*current, *once}))

    def _builds(self, option: Option) -> Sequence[str]:
        """The tag of an option; of a version that comes in several builds that of each, on the wanted distro."""
        if option.tag:
            return (option.tag,)
        of = option.definition
        alike = [d for d in self.usable if d.tags and (d.release, d.flavor) == (option.release, of.flavor)]
        return [most_specific(d, self.upstream) for d in alike if d.distro == of.distro]


@lru_cache(maxsize=512)
def _flavors_once(catalog: Catalog, image: str) -> frozenset[str]:
    """The flavors of the tags of an image that are listed no more."""
    return frozenset(catalog.parse(image, tag.tag).flavor for tag in catalog.past_tags(image))


@lru_cache(maxsize=512)
def _of_flavor(
    catalog: Catalog, image: str, text: str, family: str, asked: bool, flavor: str, words: tuple[str, ...]
) -> tuple[Option, ...]:
    """All that an image has in a flavor for an upstream tag; the same for every release that uses it."""
    upstream = parse_upstream(text)
    usable = [d for d in catalog.definitions(image) if d.variant == "runtime" and not _paid(d.flavor)]
    pool = [d for d in usable if d.tags and d.flavor == flavor and not unexplained(words, d)]
    groups = grouped(((rule, one.release), one) for rule, one in listed(pool, upstream))
    options = []
    for (rule, release), alike in groups.items():
        # A tag that is the image's own, too, says its distro; a flag says it louder.
        called = [] if asked else [d for d in alike if upstream.text in d.tags]
        best = _best(called or alike, upstream, family)
        tag = most_specific(best, upstream) if best else ""
        options.append(Option(rule, tag, release, best or _ranked(alike, upstream, family)[0]))
    once = past(catalog, image, upstream, flavor, family)
    return (*options, *(option for option in once if not unexplained(words, option.definition)))


def _kinds(findings: Sequence[Finding]) -> frozenset[tuple[str, str, str]]:
    return frozenset((finding.code, finding.object, finding.container) for finding in findings)


def _plainly(finding: Finding) -> str:
    """What a finding says, without the source of its facts."""
    return finding.message.partition(" (catalog: ")[0]


def _note(code: str, message: str, help_text: str) -> Finding:
    return Finding(code, "warning", message, help=help_text)


def _paid(flavor: str) -> bool:
    return any(word in flavor.split("-") for word in _NEVER_UNASKED)


def _flavors(
    usable: list[Definition], asked_for: frozenset[str], member: Member | None, once: AbstractSet[str]
) -> list[str]:
    """The flavors in order: what upstream's words ask for, the playbook's, none, the only one.

    ``once`` are those of tags that are listed no more: a flavor may be named after a version of something else.
    """
    flavors = {d.flavor for d in usable}
    free = {flavor for flavor in flavors | once if flavor and not _paid(flavor)}
    asked = sorted((f for f in free if set(f.split("-")) <= asked_for), key=lambda f: (len(f), f))
    order = asked[-1:]
    if member and member.flavor in flavors:
        order.append(member.flavor)
    if "" in flavors or len(flavors) == 1:
        order.append("" if "" in flavors else next(iter(flavors)))
    return list(dict.fromkeys(order))


def _best(found: list[Definition], upstream: UpstreamTag, wanted: str) -> Definition | None:
    """The definition of the wanted distro, its newest release; None where builds differ in more."""
    ordered = _ranked(found, upstream, wanted)
    best = ordered[0]
    rivals = [
        d
        for d in ordered[1:]
        if d.distro == best.distro and _unasked(d, upstream) == _unasked(best, upstream)
    ]
    return None if rivals and _unasked(best, upstream) else best


def _ranked(found: list[Definition], upstream: UpstreamTag, wanted: str) -> list[Definition]:
    """Definitions of one version, those of the wanted distro and of its newest release first."""

    def rank(definition: Definition) -> tuple[object, ...]:
        family, _, number = definition.distro.partition("-")
        return (
            definition.distro == wanted,
            family == wanted.partition("-")[0],
            -_unasked(definition, upstream),
            release_of(number),
        )

    return sorted(found, key=rank, reverse=True)


def _unasked(definition: Definition, upstream: UpstreamTag) -> int:
    """How many words of the definition's best tag (``jdk25``) the upstream tag does not have."""
    tags = [parse_hardened(tag, [definition.flavor]) for tag in definition.tags]
    return min((len([w for w in tag.extra if w not in upstream.words]) for tag in tags), default=0)
