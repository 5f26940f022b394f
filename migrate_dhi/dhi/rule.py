"""The rule for versions: what an upstream tag may become, best first.

1. the same version, listed now; 2. the newest patch of the same line, listed now and not older; 3. the same
line among the tags that were listed once: the same version, else its newest patch that is not older; 4. the
nearest newer line of the same major version; then nothing, unless the user goes further. A lower version is
never among them. A tag without a version stands for the newest current line, `lts` and `stable` for the
current line with the longest support.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Literal

from migrate_dhi.dhi.catalog import Catalog, Definition
from migrate_dhi.dhi.tags import (
    Release,
    UpstreamTag,
    is_build,
    line_depth,
    older,
    parse_hardened,
    release_of,
    same_line,
    same_version,
)
from migrate_dhi.record import record

# How a tag was found; `chosen` is the user's own word, and no image that stays has one.
Rule = Literal[
    "same-version",
    "newest-patch",
    "tag-past",
    "line-newer",
    "major-newer",
    "floating",
    "supported",
    "chosen",
    "",
]
Reach = Literal["patch", "minor", "major"]

_NO_DAY = date(1, 1, 1)


@record
class Bounds:
    """How far the rule may go unasked: ``within`` which part of the version, whether to tags that are listed no
    more, and whether a newer line is better than those (``--within``, ``--no-past``, ``--prefer newest``).
    """

    within: Reach = "minor"
    past: bool = True
    newest: bool = False

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in the order in which they are tried."""
        found: list[Rule] = ["same-version", "newest-patch"]
        past: list[Rule] = ["tag-past"] if self.past else []
        newer: list[Rule] = [] if self.within == "patch" else ["line-newer"]
        found += newer + past if self.newest else past + newer
        if self.within == "major":
            found.append("major-newer")
        return (*found, "floating", "supported")


@record
class Option:
    """A tag that an image may become.

    ``definition`` holds its facts; of a tag that is listed no more they are those of the nearest listed line
    (``assumed``), and ``listed_until`` is the day when it was last listed.
    """

    rule: Rule
    tag: str
    release: Release
    definition: Definition
    assumed: bool = False
    listed_until: str = ""


def listed(pool: Sequence[Definition], upstream: UpstreamTag) -> Iterator[tuple[Rule, Definition]]:
    """The rule under which each listed definition stands, within a rule the best version first."""
    if not upstream.release or upstream.prerelease:
        exact = [d for d in pool if upstream.text in d.tags]
        yield from (("same-version", d) for d in exact)
        if not upstream.prerelease:
            yield from _floating(pool, upstream)
        return
    for definition in sorted(pool, key=lambda d: d.release, reverse=True):
        if same_version(upstream, definition.release):
            yield "same-version", definition
        elif older(definition.release, upstream.release):
            continue
        elif same_line(upstream, definition.release, release_of(definition.line)):
            yield "newest-patch", definition
    yield from _newer(pool, upstream)


def _newer(pool: Sequence[Definition], upstream: UpstreamTag) -> Iterator[tuple[Rule, Definition]]:
    """Newer lines, the nearest first, and in each the newest patch."""
    newer = [
        d
        for d in pool
        if d.release
        and not older(d.release, upstream.release)
        and not same_version(upstream, d.release)
        and not same_line(upstream, d.release, release_of(d.line))
    ]

    def nearness(definition: Definition) -> tuple[object, ...]:
        release = definition.release
        line = release[: line_depth(release, release_of(definition.line))]
        return line, tuple(-number for number in release)

    for definition in sorted(newer, key=nearness):
        major = definition.release[:1] == upstream.release[:1]
        # A number that counts builds has no major version to keep.
        counted = is_build(definition.release) and is_build(upstream.release)
        yield ("line-newer" if major or counted else "major-newer"), definition


def _floating(pool: Iterable[Definition], upstream: UpstreamTag) -> Iterator[tuple[Rule, Definition]]:
    newest = sorted((d for d in pool if d.release), key=lambda d: d.release, reverse=True)
    if upstream.kind == "supported":
        # A line that is called so, else the one with the latest end of life.
        newest.sort(key=lambda d: (d.line in {"lts", "stable"}, d.end_of_life or _NO_DAY), reverse=True)
        yield from (("supported", d) for d in newest)
    else:
        yield from (("floating", d) for d in newest)


def past(catalog: Catalog, image: str, upstream: UpstreamTag, flavor: str, wanted: str) -> Iterator[Option]:
    """Tags of the upstream tag's line and one flavor that are listed no more: the same version first."""
    if not upstream.release or upstream.prerelease:
        return
    definitions = catalog.definitions(image)
    current = {tag for definition in definitions for tag in definition.tags}
    longest = max((len(d.release) for d in definitions if d.variant == "runtime"), default=0)
    found = []
    for tag in catalog.past_tags(image):
        read = catalog.parse(image, tag.tag)
        if (
            tag.tag not in current
            and (read.flavor, len(read.release)) == (flavor, longest)
            and {*read.extra} <= upstream.words
            and same_line(upstream, read.release, ())
            and not older(read.release, upstream.release)
        ):
            found.append((read, tag.last_seen))
    family = wanted.partition("-")[0]
    found.sort(
        key=lambda item: (
            same_version(upstream, item[0].release),
            item[0].distro.startswith(family),
            item[0].release,
            item[0].distro == wanted,
            release_of(item[0].distro.partition("-")[2]),
        ),
        reverse=True,
    )
    for read, day in found:
        nearest = catalog.nearest(image, read.text)
        if nearest:
            yield Option("tag-past", read.text, read.release, nearest, assumed=True, listed_until=day)


def most_specific(definition: Definition, upstream: UpstreamTag) -> str:
    """The definition's most specific tag, with the words that the upstream tag has and no others."""
    tags = [parse_hardened(tag, [definition.flavor]) for tag in definition.tags]

    def fit(index: int) -> tuple[object, ...]:
        tag = tags[index]
        foreign = len([word for word in tag.extra if word not in upstream.words])
        return (-foreign, len(tag.release), len(tag.distro), len(tag.extra), tag.text)

    return tags[max(range(len(tags)), key=fit)].text
