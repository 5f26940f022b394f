"""Tags: what an upstream tag says of its version, and how hardened images are tagged.

Hardened images are tagged ``<version>[-<distro>][-<flavor>][-dev]`` (``9.0.2-debian13``,
``2.0.4-debian13-helm``, ``8.10.1-debian13-compat-dev``); a version may carry a second product's
(``1.31.2-cli-1.8.2``, ``10-jdk25``). Upstream projects write what they like.
"""

import re
from collections.abc import Iterable
from typing import Literal

from migrate_dhi.record import record
from migrate_dhi.regex import regex

Release = tuple[int, ...]
# What a tag says: a version; nothing of one (`latest`, none, `bookworm`); the supported line (`lts`, `stable`);
# a build of a branch, a day or a commit.
Kind = Literal["version", "floating", "supported", "build"]

# Words in front of a number that say the number is not the product's version.
_NO_VERSION_PREFIX = frozenset(
    {"main", "master", "nightly", "edge", "dev", "sha", "git", "latest", "canary", "snapshot", "head", "pr"}
    | {"alpine", "debian", "ubuntu", "bookworm", "bullseye", "buster", "trixie", "jammy", "noble", "focal"}
)
_PRODUCT_PREFIX = r"(?:(?P<prefix>[A-Za-z][A-Za-z_-]*)[-_])?"
_UPSTREAM = regex(rf"{_PRODUCT_PREFIX}v?(?P<release>\d+(?:\.\d+)*)(?P<rest>(?:[-+_.]|(?:a|b|rc)\d).*)?")
_PRERELEASE = regex(
    r"[-._]?(?P<word>alpha|beta|rc|preview|pre|snapshot|nightly|canary|dev|a|b)(?![a-z])", re.IGNORECASE
)
_DISTRO = regex(r"(?:^|-)(?P<family>debian|alpine)(?P<version>[\d.]*)(?=-|$)")
_NUMBER = regex(r"v?(\d+(?:\.\d+)*)")
_DAY = regex(r"v?(\d{4})-(\d{2})-(\d{2})(?!\d)")
_DASHED = regex(r"-(\d{1,3})(?![\w.])")
_DESCRIBED = regex(r"-\d+-g[0-9a-f]{7,40}$")
_COMMIT = regex(r"(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{7,40}")
_BUILD = regex(r"v?\d{6,}|g?(?=[0-9a-f]*\d)[0-9a-f]{7,40}")
# `3385.vf1123fb_515da_`: the commit of a Maven changelist, with signs between letters and digits (Jenkins JEP-229).
_CHANGELIST = regex(r"(?<=\.v)[0-9a-f_]{12,}")
_LONGEST_PLAIN_NUMBER = 5
# What stands in a chart's sources until a release is made of them.
_PLACEHOLDERS = frozenset({"0.0.0", "0.0.1"})
# From here on a single number counts builds (`480`): it is no major version.
_SMALLEST_BUILD = 100


@record
class UpstreamTag:
    """What an upstream tag says.

    ``release`` holds the version's numbers (empty: the tag names no version), ``prerelease`` whether
    it is one, and ``words`` the parts around the version (``{"debian", "12", "r3"}``), or all parts of a tag
    without one.
    """

    text: str
    release: Release = ()
    prerelease: bool = False
    words: frozenset[str] = frozenset()
    kind: Kind = "version"

    @property
    def version(self) -> str:
        """The numbers with dots, or an empty string."""
        return ".".join(map(str, self.release))


@record
class HardenedTag:
    """A tag of a hardened image, taken apart.

    ``distro`` is ``debian-13``, ``debian`` or empty; ``extra`` the words behind the numbers that the
    definition does not call a flavor (``("jdk25",)``).
    """

    text: str
    release: Release
    extra: tuple[str, ...] = ()
    distro: str = ""
    flavor: str = ""
    dev: bool = False


def release_of(text: str) -> Release:
    """The numbers that a version begins with: ``v1.2.3-1`` is (1, 2, 3); () where there are none."""
    day = _DAY.match(text)
    if day:
        return tuple(map(int, day.groups()))
    match = _NUMBER.match(text)
    return tuple(map(int, match[1].split("."))) if match else ()


def parse_upstream(tag: str) -> UpstreamTag:
    """Read an upstream tag; a tag that names no version has an empty ``release``.

    >>> parse_upstream("8.1.3-debian-12-r3").version
    '8.1.3'
    """
    match = None if _COMMIT.fullmatch(tag) else _UPSTREAM.fullmatch(tag)
    if match is None or _not_a_version(match["prefix"] or "", match["release"]):
        return _floating(tag)
    rest, release = match["rest"] or "", tuple(map(int, match["release"].split(".")))
    dashed = _DASHED.match(rest) if match["prefix"] and len(release) == 1 else None
    if dashed:
        # Branches are named so: `release-1-27`.
        rest, release = rest[dashed.end() :], (*release, int(dashed[1]))
    day = _DAY.match(tag)
    if day:
        rest, release = tag[day.end() :], release_of(tag)
    prerelease = _PRERELEASE.match(rest) is not None
    # What stands in front of a version says what the rest is of, as what stands behind it does.
    words = _words(rest) | _words(match["prefix"] or "")
    if any(re.fullmatch(r"r\d+", word) for word in words) and len(release) > 2 and release[2:] == (0,):
        # Repackagers fill two-part versions up (`17.5.0-debian-12-r3` is PostgreSQL 17.5); a release
        # that has three parts itself loses nothing, for a missing part compares like any.
        words |= {"padded"}
    return UpstreamTag(tag, release, prerelease, words)


def _floating(tag: str) -> UpstreamTag:
    # What `git describe` says names a branch or a release of all the project, and no variant of the image.
    words = frozenset[str]() if _DESCRIBED.search(tag) else _words(tag)
    kind: Kind = "supported" if words & {"lts", "stable"} else "floating"
    if any(_BUILD.fullmatch(word) or word.removeprefix("v") in _PLACEHOLDERS for word in words):
        kind = "build"
    return UpstreamTag(tag, words=words, kind=kind)


def _words(text: str) -> frozenset[str]:
    joined = _CHANGELIST.sub(lambda found: found[0].replace("_", ""), text.lower())
    return frozenset(word for word in re.split(r"[-+_]", joined) if word)


def _not_a_version(prefix: str, release: str) -> bool:
    if "." not in release and len(release) > _LONGEST_PLAIN_NUMBER:
        return True  # a date, a build number or a commit
    if release in _PLACEHOLDERS:
        return True
    return any(word in _NO_VERSION_PREFIX for word in re.split(r"[-_]", prefix.lower()))


def parse_hardened(tag: str, flavors: Iterable[str] = ()) -> HardenedTag:
    """Take a hardened tag apart; ``flavors`` are those that the image is known to have."""
    dev = tag.endswith("-dev")
    rest = tag.removesuffix("-dev")
    flavor = next((f for f in sorted(flavors, key=len, reverse=True) if f and rest.endswith(f"-{f}")), "")
    if flavor:
        rest = rest[: -len(flavor) - 1]
    distro = ""
    match = _DISTRO.search(rest)
    if match:
        distro = f"{match['family']}-{match['version']}".rstrip("-")
        # Words behind the distro that no known flavor explains are the flavor of an unknown definition.
        flavor = "-".join(part for part in (rest[match.end() :].strip("-"), flavor) if part)
        rest = rest[: match.start()]
    number = _NUMBER.match(rest)
    extra = rest[number.end() :] if number else rest
    return HardenedTag(tag, release_of(rest), tuple(w for w in extra.split("-") if w), distro, flavor, dev)


def is_build(release: Release) -> bool:
    """Whether a release is a plain number that counts builds, and so names no line of patch releases."""
    return len(release) == 1 and release[0] >= _SMALLEST_BUILD


def line_depth(version: Release, line: Release) -> int:
    """How many leading numbers two versions share if they are of one line.

    Two for versions of three parts and more; for a version of two parts (PostgreSQL's 17.11) one,
    unless the catalog keeps a line for each second number.
    """
    if len(version) > 2:
        return 2
    return max(len(version) - 1, len(line), 1)


def of_one_line(one: Release, other: Release, line: str) -> bool:
    """Whether two hardened versions are patch releases of one line; ``line`` is what the catalog calls it."""
    depth = line_depth(other, release_of(line))
    return bool(one) and one[:depth] == other[:depth]


def same_line(upstream: UpstreamTag, version: Release, line: Release) -> bool:
    """Whether a hardened version is a patch release of the upstream tag's own line.

    A tag that names fewer numbers (``17``, ``9.0``) floats over its line, and is held to what it names.
    """
    if not upstream.release or not version:
        return False
    depth = line_depth(version, line)
    if len(version) == 2 and len(upstream.release) > 2 and "padded" not in upstream.words:
        depth = 2
    named = upstream.release[:depth]
    return version[: len(named)] == named


def same_version(upstream: UpstreamTag, version: Release) -> bool:
    """Whether the numbers agree to the last one (missing ones count as zero only where padded).

    A build number behind three numbers (``26.7.0.124771``) is none of the version's.
    """
    release = upstream.release
    if "padded" in upstream.words and len(version) == 2:
        release = release[:2]
    if len(version) == 3 and len(release) == 4 and is_build(release[3:]):
        release = release[:3]
    return bool(release) and release == version


def older(version: Release, than: Release) -> bool:
    """Whether a version is lower, as far as both are written out: 17.4 is older than 17.5.0, 8.1.9 not than 8.1."""
    if len(version) == 3 and len(than) == 4 and not is_build(than[3:]):
        version = (*version, 0)
    shared = min(len(version), len(than))
    return version[:shared] < than[:shared]


def distance(a: Release, b: Release) -> tuple[int, ...]:
    """How far two releases are apart, the first number first: a sort key for the nearest line."""
    width = max(len(a), len(b), 3)
    left, right = a + (0,) * (width - len(a)), b + (0,) * (width - len(b))
    return tuple(abs(x - y) for x, y in zip(left, right, strict=True))
