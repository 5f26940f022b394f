"""Rules of update bots, and lists of the image updater, that know an image by the name that it loses."""

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Literal

from migrate_dhi.findings import Finding
from migrate_dhi.kube.documents import api_group
from migrate_dhi.migration.repository.seen import Seen, at, names_told
from migrate_dhi.migration.undoing import listed_images
from migrate_dhi.oci.reference import Reference
from migrate_dhi.regex import regex
from migrate_dhi.release.streams import data_of
from migrate_dhi.untyped import sequence, text_at

_UPDATER = "-image-updater.argoproj.io"
_LIST = f"{_UPDATER}/image-list"
# Files that declare an Application, or make one; others show how.
_DECLARING = (".yaml", ".yml", ".json", ".jsonnet", ".libsonnet", ".tf")
RENOVATE = regex(r"(?:^|/)(?:renovate\.json5?|\.renovaterc(?:\.json5?)?)$|(?:^|/)\.?renovate/[^/]+\.json5?$")
_DEPENDABOT = regex(r"\.github/dependabot\.ya?ml")
# What of it looks at images; a package of the same name is something else (Dependabot, "package-ecosystem").
_ECOSYSTEMS = {"docker", "docker-compose", "helm"}

_Way = Literal["name", "beginning", "pattern"]
NAMES = (
    "matchPackageNames",
    "matchDepNames",
    "excludePackageNames",
    "excludeDepNames",
    "ignoreDeps",
    "packageNames",
)
"""Lists of names in the rules of Renovate; in the newer form also of globs and patterns."""
_WAYS: Mapping[str, _Way] = {
    **dict.fromkeys((*NAMES, "depName", "packageName", "depNameTemplate", "packageNameTemplate"), "name"),
    **dict.fromkeys(
        ("matchPackagePrefixes", "matchDepPrefixes", "excludePackagePrefixes", "excludeDepPrefixes"),
        "beginning",
    ),
    **dict.fromkeys(
        ("matchPackagePatterns", "matchDepPatterns", "excludePackagePatterns", "excludeDepPatterns"),
        "pattern",
    ),
}
_KEY = regex(r"""["']?(\w+)["']?\s*:\s*(?:\[[^\[\]]*)?$""")
# So far back the key of a word is looked for.
_BACK = 4000
_QUOTED = regex(r"[\"']([^\"'\s]+)[\"']")
_SIGN = regex(r"\\+(.)|(\.[*+])|(\.)|([][(){}|?*+^$])|(.)")
# Behind the colon of an item stands a range of versions.
_VERSIONS = regex(r":[^/]*$")
_WORDS = regex(r"[\s,\"']+")


def of_bots(seen: Seen) -> Iterator[Finding]:
    """Rules of update bots, and lists of the image updater, that know an image by the name that it loses."""
    yield from _of_lists(seen)
    yield from _of_updaters(seen)
    for path in seen.files.paths:
        if RENOVATE.search(path):
            for word, number, olds in _renovate(seen.files.text(path) or "", seen.moving):
                becomes = names_told(dict.fromkeys(seen.moving[old] for old in olds))
                yield _rule("Renovate", word, becomes, path, number, " (--hand-over-bots)")
        elif _DEPENDABOT.fullmatch(path):
            for word, number, old in _dependabot(seen.files.text(path) or "", seen.moving):
                yield _rule("Dependabot", word, seen.moving[old], path, number)


def _rule(bot: str, word: str, becomes: str, path: str, number: int, flag: str = "") -> Finding:
    return Finding(
        "bot-rule",
        "warning",
        f"a rule of {bot} names {word}, which becomes {becomes}: it no longer applies",
        file=path,
        line=number,
        help=f"name the hardened image in the rule, too{flag}",
    )


# Argo CD image updater


def _of_lists(seen: Seen) -> Iterator[Finding]:
    """Annotations of Applications, on one line or folded over several."""
    paths = (path for path, _, _ in seen.files.lines_with(_LIST) if path.endswith(_DECLARING))
    for path in dict.fromkeys(paths):
        for number, line, start in listed_images(seen.files.text(path) or ""):
            for image in _listed(_WORDS.split(line[start:]), seen):
                yield _followed(image, seen, path, number, " (--hand-over-bots)")


def _of_updaters(seen: Seen) -> Iterator[Finding]:
    """The objects that take the place of those annotations (``ImageUpdater``, from its version 1.0 on)."""
    for one in seen.objects:
        if api_group(one.data).endswith(_UPDATER) and one.data.get("kind") == "ImageUpdater":
            named = (
                text_at(image, "imageName")
                for application in sequence(at(one.data, "spec", "applicationRefs"))
                for image in sequence(at(application, "images"))
            )
            for image in _listed(named, seen):
                yield _followed(image, seen, one.file, one.line)


def _listed(items: Iterable[str], seen: Seen) -> Iterator[str]:
    """The images of a list that move, each once; an item is ``alias=image:range``."""
    names = (_named(_VERSIONS.sub("", item.rpartition("=")[2])) for item in items)
    yield from dict.fromkeys(name for name in names if name in seen.moving)


def _followed(image: str, seen: Seen, path: str, number: int, flag: str = "") -> Finding:
    return Finding(
        "bot-rule",
        "warning",
        f"the image updater follows {image}, which becomes {seen.moving[image]}",
        file=path,
        line=number,
        help=f"name the hardened image in the list, and its tags in the strategy{flag}",
    )


# Renovate


def _renovate(text: str, moving: Mapping[str, str]) -> Iterator[tuple[str, int, list[str]]]:
    """Word, line and the images that it means, for each word of a rule that is about images that move."""
    for found in _QUOTED.finditer(text):
        ways = {
            old: _ways(found[1], _spelled(old)) - _ways(found[1], _spelled(new))
            for old, new in moving.items()
        }
        # Of most words nothing has to be known but that they mean no image.
        way = _WAYS.get(_key_of(text, found.start())) if any(ways.values()) else None
        olds = [old for old, some in ways.items() if way in some]
        if olds:
            yield found[1], text.count("\n", 0, found.start()) + 1, olds


def _key_of(text: str, at: int) -> str:
    """The key under which a word stands, alone or in a list; empty where it is a key itself, or in a comment."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    found = None if "//" in line.replace("://", "") else _KEY.search(text[max(at - _BACK, 0) : at])
    return found[1] if found else ""


@lru_cache(maxsize=4096)
def _ways(word: str, names: tuple[str, ...]) -> frozenset[_Way]:
    """Under which keys a word of a rule is about an image with one of these names."""
    word = word.removeprefix("!")
    found: set[_Way] = set()
    if len(word) > 1 and word.startswith("/"):
        glob = _glob(word[1:].rpartition("/")[0])
        found |= {"name"} if any(fnmatchcase(name, glob) for name in names) else set()
    elif _names(word, names):
        found.add("name")
    if any(name.startswith(word) for name in names):
        found.add("beginning")
    if any(fnmatchcase(name, _glob(word)) for name in names):
        found.add("pattern")
    return frozenset(found)


def _glob(pattern: str) -> str:
    """A regular expression as a glob, where it is simple enough; one of the user's own is never run."""
    start, end = pattern.startswith("^"), pattern.endswith("$")
    inner = pattern[start : len(pattern) - end]
    signs = _SIGN.findall(inner)
    if not inner or any(odd for *_, odd, _ in signs):
        return ""
    glob = "".join(
        literal or ("*" if many else "?" if one else plain) for literal, many, one, _, plain in signs
    )
    return f"{'' if start else '*'}{glob}{'' if end else '*'}"


@lru_cache(maxsize=256)
def _spelled(image: str) -> tuple[str, ...]:
    """How people write a name: with its registry, or without where it is the usual one."""
    short = image.removeprefix("docker.io/")
    return tuple(dict.fromkeys((image, short, short.removeprefix("library/"))))


def _names(word: str, names: tuple[str, ...]) -> bool:
    """Whether a word is a name, as a whole or as a glob; a tag behind it does not matter."""
    return any(fnmatchcase(name, word) for name in names) if "*" in word else _named(word) in names


def _named(text: str) -> str:
    reference = Reference.try_parse(text) if text and "*" not in text else None
    return reference.canonical().image if reference else ""


# Dependabot


def _dependabot(text: str, moving: Mapping[str, str]) -> Iterator[tuple[str, int, str]]:
    """The same of what it ignores or allows of images, which it names without their registry."""
    lines = text.splitlines()
    for update in sequence(at(data_of(text), "updates")):
        rules = [one for key in ("ignore", "allow") for one in sequence(at(update, key))]
        for rule in rules if at(update, "package-ecosystem") in _ECOSYSTEMS else ():
            word = text_at(rule, "dependency-name")
            for old, new in moving.items() if word else ():
                if _names(word, _bare(old)) and not _names(word, _bare(new)):
                    yield word, next((n for n, line in enumerate(lines, 1) if word in line), 1), old


def _bare(image: str) -> tuple[str, ...]:
    return (*_spelled(image), image.partition("/")[2])
