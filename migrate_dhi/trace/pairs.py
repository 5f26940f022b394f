"""Images that several places spell together: a repository here, its tag there.

Keys of one map (``{repository: …, tag: …}``, ``trivy.repository`` and ``trivy.tag``), variables of one environment
(``CACHE_IMAGE`` and ``CACHE_VERSION``), arguments of one command, and all of these inside of a text (YAML, JSON,
settings). Found by the end of the name and the shape of the text, in manifests and in values alike.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from migrate_dhi.kube.manifests import Path
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.trace.texts import is_longer, word_spans, words_of

# What the end of a name says that its text is; what stands in front of it says of what.
_ROLE = regex(
    r"(?P<stem>.*?)(?P<role>registry|hub|repository|repo|image|name|tag|version|(?<![a-z])(?:img|ver))",
    re.IGNORECASE | re.DOTALL,
)
_ROLES = {"hub": "registry", "repo": "repository", "version": "tag", "img": "image", "ver": "tag"}
# Names of things with a repository and a version of their own that are no images, and where nothing is meant to run.
_OTHER = regex(
    r"chart|helm|git|module|plugin|source|package|artifact|^metadata$|labels$|selector$", re.IGNORECASE
)
_HOST = regex(r"(?:[\w-]+(?:\.[\w-]+)+|localhost)(?::\d+)?(?:/[a-z0-9][\w./-]*)?|", re.ASCII)
_NAME = regex(r"(?:[\w-]+(?:\.[\w-]+)*(?::\d+)?/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[\w.-]+)?", re.ASCII)
_TAG = regex(r"v?\d[\w.-]*|latest|stable|main|edge|[\w.-]+-v?\d[\w.-]*|[\w.]*\d[\w.-]*", re.ASCII)
# Where another section of settings begins, or another document.
_SECTION = regex(r"\s*\[[^\[\]]+\]\s*|\s*\[\[[^\[\]]+\]\]\s*|---.*")
# Larger texts are data, and have no settings of images; those without such names are not cut into words.
_MOST = 50_000
_SPOKEN = ("image", "img", "repo", "registry", "hub")
_SPEAKS = regex(r"(?:image|img|repo|registry|hub)\w{0,10}[\"']?\s{0,4}[:= ]", re.IGNORECASE)
_TELLS = regex(r"(?:tag|ver|version)[\"']?\s{0,4}[:= ]", re.IGNORECASE)


@record
class Piece:
    """A place that holds a part of an image: a string, or the word of that number in it."""

    path: Path
    word: int | None = None


@record
class Part:
    """A piece with what it says, and what its key says of it: registry, repository, image, name or tag."""

    piece: Piece
    role: str
    text: str


def joined(texts: Sequence[str]) -> str:
    """The image that parts in the order of a reference spell; an empty part counts as nothing."""
    name = "/".join(part.rstrip("/") for part in texts[:-1] if part)
    return f"{name}:{texts[-1]}" if name and texts[-1] else name


def pairs_in(data: Any) -> Iterator[tuple[Part, ...]]:
    """The images of some data that are spelled in pieces, each as its parts in the order of a reference."""
    by_holder: dict[tuple[Any, ...], list[tuple[str, Part]]] = {}
    for holder, label, piece, text in _named(data):
        match = _ROLE.fullmatch(label)
        if match and not any(_OTHER.search(str(step)) for step in (*holder, label)):
            role = match["role"].lower()
            role = "image" if role == "name" and "image" in match["stem"].lower() else _ROLES.get(role, role)
            part = Part(piece, role, text)
            if _reads_right(part):
                by_holder.setdefault(holder, []).append((_stem(match["stem"]), part))
    for parts in by_holder.values():
        yield from _pairs(parts)


def _stem(text: str) -> str:
    """What a name is of: ``CACHE_IMAGE_TAG`` and ``CACHE_IMAGE`` are of ``cache``."""
    plain = text.strip("-_./").lower()
    return plain.removesuffix("image").strip("-_./")


def _reads_right(part: Part) -> bool:
    shape = {"registry": _HOST, "tag": _TAG}.get(part.role, _NAME)
    return shape.fullmatch(part.text) is not None and not part.text.endswith(".git")


def _pairs(parts: Iterable[tuple[str, Part]]) -> Iterator[tuple[Part, ...]]:
    by_stem: dict[str, dict[str, Part]] = {}
    for stem, part in parts:
        by_stem.setdefault(stem, {}).setdefault(part.role, part)
    lonely = [own for own in by_stem.values() if "tag" not in own and _name_of(own)]
    spare = by_stem.get("", {})
    homes = {_name_of(own)[0].text.rpartition("/")[0] for own in lonely}
    if len(homes) == 1 and "tag" in spare and not _name_of(spare):
        # The only image of the map, or those of one owner, and a version that is of nothing else.
        for own in lonely:
            own["tag"] = spare["tag"]
    for own in by_stem.values():
        names = _name_of(own)
        if names and "tag" in own:
            yield (*names, own["tag"])


def _name_of(own: Mapping[str, Part]) -> tuple[Part, ...]:
    """The parts of the name; nothing where they are none, or have a tag of their own."""
    registry, repository, image = own.get("registry"), own.get("repository"), own.get("image")
    if any(part and ":" in part.text.rpartition("/")[2] for part in (repository, image)):
        return ()
    if repository:
        steps = repository.text.split("/")
        whole = len(steps) > (1 if registry else 2)
        hosted = registry or ":" in steps[0] or "." in steps[0]
        # A name beside a repository that is whole is the name of something else.
        last = None if whole else image or (own.get("name") if hosted else None)
    else:
        last = image or (own.get("name") if registry else None)
        if last is None or (registry is None and "/" not in last.text):
            return ()
    return tuple(part for part in (registry, repository, last) if part)


_Named = tuple[tuple[Any, ...], str, Piece, str]


def _named(data: Any) -> list[_Named]:
    """Every text with a name: (what holds it, its name, where it is, itself)."""
    found: list[_Named] = []
    _add_named(data, (), found)
    return found


def _add_named(data: Any, path: Path, found: list[_Named]) -> None:
    if isinstance(data, dict):
        for key, value in data.items():
            if isinstance(value, str):
                _add_text(value, (*path, key), path, str(key), found)
            elif isinstance(value, int | float) and not isinstance(value, bool):
                found.append((path, str(key), Piece((*path, key)), str(value)))
            else:
                _add_named(value, (*path, key), found)
    elif isinstance(data, list):
        flag = ""
        for index, item in enumerate(data):
            here = (*path, index)
            if isinstance(item, str):
                _add_text(item, here, path, flag, found)
                flag = item if item.startswith("-") and "=" not in item else ""
            elif isinstance(item, dict) and isinstance(item.get("value"), str) and "name" in item:
                _add_text(item["value"], (*here, "value"), path, str(item["name"]), found)
            else:
                _add_named(item, here, found)


def _add_text(text: str, path: Path, holder: Path, label: str, found: list[_Named]) -> None:
    if not is_longer(text):
        found.append((holder, label.lstrip("-"), Piece(path), text))
        return
    # All that one argument says belongs with what the others say.
    one = text.startswith("-") and not any(sign.isspace() for sign in text)
    if len(text) > _MOST or not (one or _speaks(text)):
        return
    found += [
        (holder if one else (*path, block), name.lstrip("-"), Piece(path, number), words_of(text)[number])
        for number, name, block in _labelled(text)
    ]


def _speaks(text: str) -> bool:
    """Whether a text may name images; the patterns are tried where one of the words is in it at all."""
    plain = text.lower()
    if not any(word in plain for word in _SPOKEN):
        return False
    return bool(_TELLS.search(text) and _SPEAKS.search(text))


def _labelled(text: str) -> Iterator[tuple[int, str, int]]:
    """The words of a text behind a name of theirs: (number, name, number of the block that it stands in)."""
    spans = word_spans(text)
    words = [text[start:end] for start, end in spans]
    found = []
    for number in range(1, len(words)):
        before = words[number - 1]
        gap = text[spans[number - 1][1] : spans[number][0]].strip(" \t\"'")
        if before == ":" and number > 1:
            name = words[number - 2]
        elif before.endswith(":") and not gap:
            name = before[:-1]
        elif gap == "=" or (before.startswith("-") and not gap):
            name = before
        else:
            continue
        if _ROLE.fullmatch(name):
            found.append((number, name))
    blocks = _blocks(text) if len(found) > 1 else [(0, 0)]
    for number, name in found:
        at = spans[number][0]
        yield number, name, next(block for start, block in reversed(blocks) if start <= at)


def _blocks(text: str) -> list[tuple[int, int]]:
    """Where the blocks of a text begin, by braces and by the indentation of its lines: (place, number of the block)."""
    count = 0
    stack: list[tuple[int, int]] = [(-1, 0)]
    found = [(0, 0)]
    at = 0
    for line in text.splitlines(keepends=True):
        indent = len(line) - len(line.lstrip(" -"))
        if _SECTION.fullmatch(line.rstrip()):
            count += 1
            stack = [(-1, count)]
            found.append((at, count))
        elif line.strip():
            while stack[-1][0] > indent or (stack[-1][0] == indent and line.lstrip().startswith("- ")):
                stack.pop()
            if stack[-1][0] < indent:
                count += 1
                stack.append((indent, count))
            found.append((at, stack[-1][1]))
        depth: list[int] = []
        for offset, sign in enumerate(line):
            if sign == "{":
                count += 1
                depth.append(count)
            elif sign == "}" and depth:
                depth.pop()
            else:
                continue
            found.append((at + offset, depth[-1] if depth else stack[-1][1]))
        at += len(line)
    return found
