"""Choose the tag of a hardened image for an upstream tag, or say what could be chosen.

Same version first, else the newest patch release of the same line; otherwise nothing is chosen, and
the nearest lines are offered. Of the definitions with the right version, the plain runtime one of the
wanted distro wins, unless the upstream tag's own words or a playbook ask for a flavor.
"""

import re
from collections.abc import Iterable

from migrate_dhi.dhi.catalog import Catalog, Definition
from migrate_dhi.dhi.playbook import Member
from migrate_dhi.dhi.tags import (
    HardenedTag,
    UpstreamTag,
    distance,
    parse_hardened,
    parse_upstream,
    release_of,
    same_line,
    same_version,
)
from migrate_dhi.findings import Finding
from migrate_dhi.record import record

DEFAULT_DISTRO = "debian"
# Flavors of Docker's paid plans, and those of a firewall service: never chosen unless the user names the tag.
_NEVER_UNASKED = ("fips", "stig", "sfw", "sfw-ent")
_MOST_OFFERS = 8


@record
class Choice:
    """The tag and its definition, or none of both and the tags to offer; ``reason`` is for people.

    ``offers`` lists current tags first, then tags that were listed once.
    """

    tag: str
    definition: Definition | None
    reason: str
    offers: tuple[str, ...] = ()
    notes: tuple[Finding, ...] = ()


def choose(
    catalog: Catalog,
    image: str,
    upstream_tag: str,
    member: Member | None = None,
    distro: str = "",
    upstream_name: str = "",
) -> Choice:
    """Choose by the rule.

    Args:
        catalog: the catalog that lists the image.
        image: the hardened image's name.
        upstream_tag: the tag as the chart renders it; empty for none or a digest alone.
        member: the playbook's preferences for this image.
        distro: ``debian``, ``alpine`` or with a release (``debian-13``); empty for the policy.
        upstream_name: the upstream image's name, whose words ask for a flavor as the tag's do: what one project
            publishes as ``collector-contrib`` is a flavor of another's ``collector``.
    """
    upstream = parse_upstream(upstream_tag)
    named = frozenset(_words(upstream_name)) - set(_words(image))
    usable = [d for d in catalog.definitions(image) if d.variant == "runtime" and not _paid(d.flavor)]
    if not usable:
        return Choice("", None, f"{image} has no runtime image in the catalog")
    pools = _pools(usable, upstream.words | named, member)
    if not pools:
        flavors = ", ".join(sorted({d.flavor for d in usable}))
        offers = _offers(catalog, image, upstream, usable)
        return Choice("", None, f"{image} comes in several flavors ({flavors})", offers)
    wanted = distro or (member.distro if member else "") or DEFAULT_DISTRO
    # A flavor that lacks the line gives way to the next one.
    found, pool = next(((fits, pool) for pool in pools if (fits := _fitting(pool, upstream))), ([], pools[0]))
    if not found:
        offers = _offers(catalog, image, upstream, pool, wanted)
        return Choice("", None, _why_not(image, upstream), offers, _past_note(catalog, image, offers))
    newest = max((d.release for d in found), default=())
    best = _best([d for d in found if d.release == newest], upstream, wanted)
    if best is None:
        return Choice(
            "",
            None,
            f"{image} {'.'.join(map(str, newest))} comes in several builds",
            _offers(catalog, image, upstream, found),
        )
    tag = _tag_for(best, upstream)
    notes = _distro_note(best, distro) + _older_note(upstream, best) + _flavor_note(best, member)
    how = f"{tag} is {_how(upstream, best)}"
    if best.flavor and member and best.flavor == member.flavor:
        how += f"; flavor {best.flavor}: {member.reason}"
    return Choice(tag, best, how, _offers(catalog, image, upstream, pool, wanted), notes)


def _how(upstream: UpstreamTag, best: Definition) -> str:
    if same_version(upstream, best.release):
        return "the same version"
    if not upstream.release or len(upstream.release) < len(best.release):
        return f"what {upstream.text} stands for now"
    return f"the newest patch release of the line of {upstream.version}"


def _paid(flavor: str) -> bool:
    return any(word in flavor.split("-") for word in _NEVER_UNASKED)


def _fitting(pool: list[Definition], upstream: UpstreamTag) -> list[Definition]:
    """The definitions of the same version, else of the same line; none of another line."""
    if upstream.prerelease:
        return [d for d in pool if upstream.text in d.tags]
    exact = [d for d in pool if same_version(upstream, d.release) or upstream.text in d.tags]
    if exact:
        return exact
    return [d for d in pool if same_line(upstream, d.release, release_of(d.line))]


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[^a-z0-9]+", name.lower()) if word]


def _pools(
    usable: list[Definition], asked_for: frozenset[str], member: Member | None
) -> list[list[Definition]]:
    """The definitions by flavor, in order: what upstream's words ask for, the playbook's, none, the only one."""
    flavors = {d.flavor for d in usable}
    asked = sorted((f for f in flavors if f and set(f.split("-")) <= asked_for), key=lambda f: (len(f), f))
    order = asked[-1:]
    if member and member.flavor in flavors:
        order.append(member.flavor)
    if "" in flavors or len(flavors) == 1:
        order.append("" if "" in flavors else next(iter(flavors)))
    return [[d for d in usable if d.flavor == flavor] for flavor in dict.fromkeys(order)]


def _best(found: list[Definition], upstream: UpstreamTag, wanted: str) -> Definition | None:
    """The definition of the wanted distro, its newest release; None where builds differ in more."""

    def rank(definition: Definition) -> tuple[object, ...]:
        family, _, number = definition.distro.partition("-")
        return (
            definition.distro == wanted,
            family == wanted.partition("-")[0],
            -_unasked(definition, upstream),
            release_of(number),
        )

    ordered = sorted(found, key=rank, reverse=True)
    best = ordered[0]
    rivals = [
        d
        for d in ordered[1:]
        if d.distro == best.distro and _unasked(d, upstream) == _unasked(best, upstream)
    ]
    return None if rivals and _unasked(best, upstream) else best


def _unasked(definition: Definition, upstream: UpstreamTag) -> int:
    """How many words of the definition's best tag (``jdk25``) the upstream tag does not have."""
    return min(
        (len([w for w in tag.extra if w not in upstream.words]) for tag in _parsed(definition)), default=0
    )


def _parsed(definition: Definition) -> list[HardenedTag]:
    return [parse_hardened(tag, [definition.flavor]) for tag in definition.tags]


def _tag_for(definition: Definition, upstream: UpstreamTag) -> str:
    """The definition's most specific tag, with the words that the upstream tag has and no others."""

    def fit(tag: HardenedTag) -> tuple[object, ...]:
        foreign = len([word for word in tag.extra if word not in upstream.words])
        return (-foreign, len(tag.release), len(tag.distro), len(tag.extra), tag.text)

    return max(_parsed(definition), key=fit).text


def _why_not(image: str, upstream: UpstreamTag) -> str:
    if not upstream.release:
        what = f"the tag {upstream.text!r} names no version" if upstream.text else "the image has no tag"
        return f"{what}, so the tag of {image} is yours to choose"
    if upstream.prerelease:
        return f"{upstream.text} is a pre-release, and the catalog lists none of {image}"
    return f"the catalog lists no tag of {image} in the line of {upstream.version}"


def _offers(
    catalog: Catalog,
    image: str,
    upstream: UpstreamTag,
    pool: Iterable[Definition],
    wanted: str = DEFAULT_DISTRO,
) -> tuple[str, ...]:
    """Tags to offer: current ones, nearest version first, then past ones of the same line."""

    def near(definition: Definition) -> tuple[object, ...]:
        release = definition.release
        older = release < upstream.release
        newest_first = tuple(-number for number in release)
        if not upstream.release:
            return (newest_first,)
        return (distance(upstream.release, release)[0], older, newest_first if older else release)

    # One tag for each version: that of the wanted distro, its newest release.
    best: dict[tuple[int, ...], Definition] = {}
    for definition in sorted(pool, key=lambda d: (d.distro.startswith(wanted), release_of(d.distro[7:]))):
        best[definition.release] = definition
    current = [_tag_for(d, upstream) for d in sorted(best.values(), key=near)]
    flavor = next((d.flavor for d in best.values()), "")
    past = _past_tags(catalog, image, upstream, wanted, flavor)
    return (*current[:_MOST_OFFERS], *past[:_MOST_OFFERS])


def _past_tags(catalog: Catalog, image: str, upstream: UpstreamTag, wanted: str, flavor: str) -> list[str]:
    """Tags of the upstream tag's line and one flavor that are listed no more: the same version first."""
    definitions = catalog.definitions(image)
    longest = max((len(d.release) for d in definitions), default=0)
    families = {d.distro.partition("-")[0] for d in definitions}
    family = wanted if wanted in families else ""
    past = [catalog.parse(image, tag.tag) for tag in catalog.past_tags(image)]
    alike = [
        tag
        for tag in past
        if tag.flavor == flavor
        and not tag.extra
        and tag.distro.startswith(family)
        and len(tag.release) == longest
        and same_line(upstream, tag.release, ())
    ]
    alike.sort(key=lambda tag: (tag.release != upstream.release, tuple(-number for number in tag.release)))
    return [tag.text for tag in alike]


def _past_note(catalog: Catalog, image: str, offers: Iterable[str]) -> tuple[Finding, ...]:
    past = {tag.tag: tag.last_seen for tag in catalog.past_tags(image)}
    old = [f"{tag} (until {past[tag]})" for tag in offers if tag in past]
    if not old:
        return ()
    message = f"tags of {image} that the catalog lists no more, and that may still be there: {', '.join(old)}"
    return (Finding("tags-past", "info", message, help="name one with --to to take it; it gets no updates"),)


def _distro_note(best: Definition, asked: str) -> tuple[Finding, ...]:
    if not asked or best.distro.startswith(asked):
        return ()
    message = f"{best.image} {best.version} does not come on {asked}; {best.distro} is taken"
    return (
        Finding("distro-differs", "warning", message, help=f"see `migrate-dhi catalog show {best.image}`"),
    )


def _flavor_note(best: Definition, member: Member | None) -> tuple[Finding, ...]:
    if not (member and member.flavor) or best.flavor:
        return ()
    message = (
        f"{best.image} {best.version} has no flavor {member.flavor}, which is preferred ({member.reason}); "
        "the plain image is taken"
    )
    return (Finding("flavor-missing", "warning", message, help="choose a line that has it with --to"),)


def _older_note(upstream: UpstreamTag, best: Definition) -> tuple[Finding, ...]:
    if not upstream.release or best.release >= upstream.release[: len(best.release)]:
        return ()
    message = f"{best.image} {best.version} is older than {upstream.version}, which the catalog does not list"
    return (
        Finding(
            "tag-older", "warning", message, help="choose another tag with --to, or wait for the catalog"
        ),
    )
