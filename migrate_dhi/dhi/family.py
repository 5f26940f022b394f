"""Families: images of one product that run one version together, and have to move to one version together."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.rule import Option, Rule
from migrate_dhi.dhi.tags import Release, parse_hardened, parse_upstream
from migrate_dhi.dhi.upstream import repackaged, sources_of, upstream_of
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record


@record
class Family:
    """Images of one version; ``close`` where a common source or value shows that they belong together, else only
    their registry namespace says so.
    """

    images: tuple[Reference, ...]
    close: bool


@record
class Relative:
    """An image as families see it: the hardened image that it is or would become (empty: none is known)."""

    image: Reference
    target: str
    hardened: bool = False

    @property
    def version(self) -> Release | str:
        """What it shares with its family: the version's numbers, else the words in place of one."""
        if self.hardened:
            return parse_hardened(self.image.tag).release or self.image.tag
        upstream = parse_upstream(self.image.tag)
        return upstream.release or upstream.text


def families(
    relatives: Sequence[Relative], catalog: Catalog, linked: Iterable[Collection[Reference]] = ()
) -> list[Family]:
    """The families of two images and more; ``linked`` are images whose tag one value sets."""
    groups = [frozenset(group) for group in linked]
    sources = {relative.target: sources_of(catalog, relative.target) for relative in relatives}
    families: dict[Reference, set[Reference]] = {r.image: {r.image} for r in relatives}
    close: set[Reference] = set()
    for one, other in combinations(relatives, 2):
        if not one.version or one.version != other.version:
            continue
        near = _near(one, other, sources, groups)
        if near is None:
            continue
        close |= {one.image, other.image} if near else set()
        together = families[one.image] | families[other.image]
        for image in together:
            families[image] = together
    unique = {id(members): members for members in families.values() if len(members) > 1}
    order = [r.image for r in relatives]
    return [
        Family(tuple(i for i in order if i in members), close=bool(members & close))
        for members in unique.values()
    ]


def _near(
    one: Relative,
    other: Relative,
    sources: Mapping[str, frozenset[str]],
    groups: Sequence[frozenset[Reference]],
) -> bool | None:
    """True for images of one source or value, False for those of one namespace alone, None for strangers."""
    if any({one.image, other.image} <= group for group in groups):
        return True
    first, second = sources[one.target], sources[other.target]
    if first & second:
        return True
    if (first and second) or isinstance(one.version, str):
        return None
    return False if _namespaces(one) & _namespaces(other) else None


def _namespaces(one: Relative) -> set[str]:
    """Where an image is published; of a hardened one, where the images are that it is for."""
    images = upstream_of(one.target) if one.hardened else (one.image,)
    return set(map(_namespace, images)) - {""}


def apart(relatives: Sequence[Relative], catalog: Catalog) -> list[tuple[Reference, Reference]]:
    """Images that are hardened already, belong together, and run different versions: (the older, the newer).

    Each must be known in the line of the other: what is built from one source may count its versions by itself.
    """
    hardened = [one for one in relatives if one.hardened and isinstance(one.version, tuple)]
    sources = {one.target: sources_of(catalog, one.target) for one in hardened}
    found = []
    for one, other in combinations(hardened, 2):
        mine, theirs = parse_hardened(one.image.tag).release, parse_hardened(other.image.tag).release
        if one.target == other.target or mine == theirs or len(mine) != len(theirs):
            continue
        if _near(one, other, sources, ()) is None or not (
            _has_line(catalog, one.target, theirs) and _has_line(catalog, other.target, mine)
        ):
            continue
        pair = (one.image, other.image)
        found.append(pair if mine < theirs else pair[::-1])
    return found


def _has_line(catalog: Catalog, image: str, release: Release) -> bool:
    """Whether an image is or was listed in the line of a version."""
    return any(found[:2] == release[:2] for found in _releases(catalog, image))


def has_major(catalog: Catalog, image: str, release: Release) -> bool:
    """Whether an image is or was listed in the major version of a version."""
    return any(found[:1] == release[:1] for found in _releases(catalog, image))


def _releases(catalog: Catalog, image: str) -> Iterator[Release]:
    """The versions that an image is or was listed in."""
    yield from (d.release for d in catalog.definitions(image))
    yield from (catalog.parse(image, tag.tag).release for tag in catalog.past_tags(image))


def _namespace(image: Reference) -> str:
    """Where the owner of an image publishes; empty where many owners' images lie."""
    image = image.canonical()
    owner = image.repository.rpartition("/")[0]
    return "" if not owner or owner == "library" or repackaged(image) else f"{image.registry}/{owner}"


def one_version(options: Mapping[Reference, Sequence[Option]], rules: Sequence[Rule]) -> Release:
    """The version that all images have, by the earliest rule that serves all of them; () where there is none."""
    ladders = [tuple(ladder) for ladder in options.values()]
    common = set.intersection(*({option.release for option in ladder} for ladder in ladders))

    def cost(release: Release) -> tuple[int, int]:
        places = [next(i for i, o in enumerate(ladder) if o.release == release) for ladder in ladders]
        worst = max(rules.index(ladder[i].rule) for ladder, i in zip(ladders, places, strict=True))
        return worst, places[0]

    return min(common, key=cost, default=())
