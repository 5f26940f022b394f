"""Conditions of templates that keep an image out of the render now, and the values that would let it in.

Found in the template's text alone: an ``if`` around a line with an image, or a branch of one, whose conditions read
values that are the other way now. Whether the chart renders so is for who asks.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.helm.tree import ChartNode
from migrate_dhi.kube.manifests import value_at
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.trace.unlisted import named, prefixes
from migrate_dhi.wording import counted

_TAG = regex(
    r"\{\{-?\s*(?:(?P<begins>if|with|range|define|block)\b(?P<of>[^}]*)|else(?:\s+if\b(?P<also>[^}]*))?|(?P<ends>end))"
    r"\s*-?\}\}"
)
# At the beginning of a line, or of an entry in braces; behind an action that opens its line, too.
_IMAGE = regex(r"(?:^|[{,]|-?\}\})\s*(?:- +)?[\"']?image[\"']?:(?=\s)", re.MULTILINE)
_EQUAL = regex(
    r"\beq\s+(?:\(?\$?\.Values\.(?P<path>[\w.]+)\)?\s+[\"`](?P<word>[^\"`]*)[\"`]"
    r"|[\"`](?P<first>[^\"`]*)[\"`]\s+\(?\$?\.Values\.(?P<behind>[\w.]+)\)?)"
)
# What stands there is no template: https://pkg.go.dev/text/template
_COMMENT = regex(r"\{\{(?:-\s)?/\*.*?\*/(?:\s-)?\}\}", re.DOTALL)
_SWITCH = regex(r"enable|install|create|deploy")
_NOT = regex(r"\bnot\b|\bne\b")
# What `with` makes the dot of its body, and a field of that dot: `$.Values.a` and the `.c` of `.b.c` are none.
_DOT = regex(r"\s*(?:\$\w+\s*:=\s*)?(?:\$?\.Values)?((?:\.\w+)+)\s*-?\s*")
# What `range`, `with` or `if` looks at, where that is one value and nothing else.
_ONLY = regex(r"\s*(?:\$\w+\s*(?:,\s*\$\w+\s*)?:=\s*)?\$?\.Values((?:\.\w+)+)\s*-?\s*")
_FIELD = regex(r"(?<![\w.$)\]])\.(?=[A-Za-z_])")
_GROUPED = regex(r"\(\s*(\$?\.Values(?:\.\w+)*)\s*\)(?=\.)")
_ACTION = regex(r"\{\{.*?\}\}")
_NAME = regex(r"[a-z0-9]+(?:[._/:-]+[a-z0-9]+)*")
# A scalar behind its key, in a line or in braces; it may be empty.
_VALUE_OF = regex(r"\s*(?:[\"']([^\"']*)|((?: ?[^\s,}\]#])*))")
_TOKEN = regex(r"[()]|\"[^\"]*\"|`[^`]*`|[^\s()]+")
_VALUE = regex(r"\$?\.Values\.([\w.]+)")

Settings = dict[ValuesPath, Any]


@record
class _Branch:
    """A branch that is open: where its text begins, the conditions before it that must not hold, and its own.

    ``scope`` is the values path that the dot stands for, as a text (`.a.b`); empty at the root, None where that is not
    known. ``plain`` are branches of what is no ``if``.
    """

    begins: int
    passed: tuple[str, ...] = ()
    own: str = ""
    scope: str | None = ""
    plain: bool = False


def settings(nodes: Sequence[ChartNode], values: Mapping[str, Any]) -> tuple[Settings, Settings]:
    """Value → what it would have to be for an image to render that does not now.

    First what has to be on, then what lets images in by being off (with what has to be on beside it).
    """
    on: Settings = {}
    off: Settings = {}
    for node in nodes:
        for _, text in _manifests_of(node):
            for branch in _around_images(text) if "image" in text else ():
                for prefix in prefixes(node):
                    wanted = _wanted(branch, prefix, values)
                    into = on if all(wanted.values()) else off
                    for path, value in wanted.items():
                        into.setdefault(path, value)
    return on, off


def _manifests_of(node: ChartNode) -> Iterator[tuple[str, str]]:
    """The templates of a chart that may make manifests: all but the notes, which are for people."""
    return ((name, text) for name, text in node.templates if not name.endswith("NOTES.txt"))


def _naming_images(node: ChartNode, own: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The templates of manifests that speak of an image, as they are by now, without their comments."""
    texts = ((name, own.get(name, text)) for name, text in _manifests_of(node))
    return ((name, _uncommented(text)) for name, text in texts if "image" in text)


def _uncommented(text: str) -> str:
    """A template without its comments; each line stays where it is."""
    return _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text) if "/*" in text else text


@lru_cache(maxsize=1024)
def _around_images(text: str) -> tuple[_Branch, ...]:
    """The branches of conditions that hold a line with an image; releases of one chart share them."""
    return tuple(_found_around_images(_uncommented(text)))


def _found_around_images(text: str) -> Iterator[_Branch]:
    open_: list[_Branch] = []
    for tag in _TAG.finditer(text):
        if tag["begins"]:
            open_.append(_begun(tag, open_[-1].scope if open_ else ""))
            continue
        branch = open_.pop() if open_ else _Branch(0, plain=True)
        begins, ends = branch.begins, tag.start()
        if not branch.plain and text.find("image", begins, ends) >= 0 and _IMAGE.search(text, begins, ends):
            yield branch
        if not tag["ends"]:
            own = _from_root(tag["also"] or "", branch.scope)
            passed = (*branch.passed, branch.own)
            open_.append(_Branch(tag.end(), passed, own, branch.scope, branch.plain))


def _begun(tag: re.Match[str], scope: str | None) -> _Branch:
    if tag["begins"] == "if":
        return _Branch(tag.end(), own=_from_root(tag["of"], scope), scope=scope)
    if tag["begins"] in ("define", "block"):
        # Called with the root for the most part.
        return _Branch(tag.end(), plain=True)
    dot = _DOT.fullmatch(tag["of"]) if tag["begins"] == "with" else None
    if dot is None or (scope is None and ".Values" not in tag["of"]):
        return _Branch(tag.end(), scope=None, plain=True)
    inner = dot[1] if ".Values" in tag["of"] else f"{scope}{dot[1]}" if scope else None
    return _Branch(tag.end(), scope=inner, plain=True)


def _from_root(condition: str, scope: str | None) -> str:
    """A condition with the fields of what ``with`` made the dot as they are named from the root."""
    return _FIELD.sub(f".Values{scope}.", condition) if scope else condition


def _wanted(branch: _Branch, prefix: ValuesPath, values: Mapping[str, Any]) -> Settings:
    """What makes a branch render that does not now, as far as the text of its conditions tells."""
    wanted: Settings = {}
    for condition in branch.passed:
        wanted |= _read(condition).turned(prefix, values, want=False) or {}
    if _NOT.search(branch.own):
        wanted |= _read(branch.own).turned(prefix, values, want=True) or {}
    else:
        wanted |= dict(_met(branch.own, prefix, values))
    return wanted


def _met(condition: str, prefix: ValuesPath, values: Mapping[str, Any]) -> Iterator[tuple[ValuesPath, Any]]:
    """What makes a condition hold that does not now, and that is not negated: whatever it does with the values."""
    equal = {
        (*prefix, *(found["path"] or found["behind"]).split(".")): found["word"] or found["first"] or ""
        for found in _EQUAL.finditer(condition)
    }
    for path, word in equal.items():
        now = value_at(values, path)
        if isinstance(now, str) and now != word:
            yield path, word
    for own in named(condition):
        path = (*prefix, *own)
        now = value_at(values, path)
        if path not in equal and _may_be_on(now, own[-1]):
            yield path, True


def _may_be_on(now: Any, name: str) -> bool:
    return now is False or (now is None and _SWITCH.search(name) is not None)


@record
class _Call:
    """A condition as it is written: a function and what it is given, or one word alone."""

    word: str
    given: tuple["_Call", ...] = ()

    def turned(self, prefix: ValuesPath, values: Mapping[str, Any], *, want: bool) -> Settings | None:
        """What makes it true, or false; nothing where it is so, None where no boolean or word of the values does it."""
        if self.word == "not" and len(self.given) == 1:
            return self.given[0].turned(prefix, values, want=not want)
        if self.word in ("eq", "ne") and len(self.given) == 2:
            return self._compared(prefix, values, want=want == (self.word == "eq"))
        if self.word in ("and", "or"):
            each = [one.turned(prefix, values, want=want) for one in self.given]
            known = [one for one in each if one is not None]
            if want == (self.word == "and"):
                return {path: value for one in known for path, value in one.items()}
            return min(known, key=len, default=None)
        named_ = _VALUE.fullmatch(self.word)
        if named_ is None or self.given:
            return None
        path = (*prefix, *named_[1].split("."))
        now = value_at(values, path)
        if bool(now) is want:
            return {}
        turns = _may_be_on(now, path[-1]) if want else now is True
        return {path: want} if turns else None

    def _compared(self, prefix: ValuesPath, values: Mapping[str, Any], *, want: bool) -> Settings | None:
        one, other = sorted(self.given, key=lambda call: call.word.startswith(('"', "`")))
        named_, word = _VALUE.fullmatch(one.word), other.word
        if named_ is None or not word.startswith(('"', "`")) or one.given or other.given:
            return None
        path, word = (*prefix, *named_[1].split(".")), word[1:-1]
        now = value_at(values, path)
        if (now == word) is want:
            return {}
        # None is another word than any; which ones there are besides is not known.
        return {path: word if want else ""} if isinstance(now, str) and (want or word) else None


def _read(condition: str) -> _Call:
    """A condition read as Go reads it; what it cannot be known to do is one word that nothing turns."""
    plain, count = condition, 1
    while count:
        plain, count = _GROUPED.subn(r"\1", plain)
    words = _TOKEN.findall(plain)[::-1]
    if "|" in words or not words:
        return _Call(condition)
    found = _call(words)
    return _Call(condition) if words else found


def _call(words: list[str]) -> _Call:
    """The words up to the end of a group, the last ones of the list first, which are taken out of it."""
    read: list[_Call] = []
    while words and words[-1] != ")":
        word = words.pop()
        if word != "(":
            read.append(_Call(word))
            continue
        read.append(_call(words))
        if words:
            words.pop()
    if not read:
        return _Call("")
    return replace(read[0], given=(*read[0].given, *read[1:])) if len(read) > 1 else read[0]


def unshown(
    nodes: Iterable[ChartNode], renders: Sequence[Mapping[str, str]], own: Mapping[str, str]
) -> Iterator[tuple[str, int, str]]:
    """Template, line and name of each image that a template names literally and that none of the renders shows.

    Of charts that render nothing at all none is told: they are switched off.

    Args:
        nodes: the chart's tree.
        renders: for each render the texts by the templates that made them.
        own: the templates that were rendered so, where they may be edited and the tree has them as they are by now.
    """
    shown = "\n".join(text for files in renders for text in files.values())
    on = {name for files in renders for name, text in files.items() if text.strip()}
    for node in nodes:
        inside = f"{node.folder}/templates/"
        if not any(name.startswith(inside) for name in on):
            continue
        for template, text in _naming_images(node, own):
            for number, line in enumerate(text.splitlines(), 1):
                for name in _named_in(line):
                    if name not in shown:
                        yield template, number, name


def unfilled(
    nodes: Iterable[ChartNode], values: Mapping[str, Any], own: Mapping[str, str]
) -> Iterator[tuple[str, int, str]]:
    """Template, line and value of each image that renders once a value holds something, and that shares others then.

    The value is an empty list, map or text, or nothing; the line reads values that hold something besides. ``own`` is
    as for :func:`unshown`.
    """
    for node in nodes:
        for template, text in _naming_images(node, own):
            for begins, ends, path in _empty_branches(text, node, values):
                for found in _IMAGE.finditer(text, begins, ends):
                    line = text[found.start() : text.find("\n", found.end())]
                    read = [(*prefix, *one) for one in named(line) for prefix in prefixes(node)]
                    shares = any(isinstance(now := value_at(values, one), str) and now for one in read)
                    # What is looked at may be a part of the image itself: then another branch shows it without.
                    if shares and path not in map(_shown, read) and not any(_named_in(line)):
                        yield template, text.count("\n", 0, found.end()) + 1, path


def _empty_branches(text: str, node: ChartNode, values: Mapping[str, Any]) -> Iterator[tuple[int, int, str]]:
    """Where the text stands that does not render for want of a value, and the value."""
    open_: list[tuple[int, str]] = []
    for tag in _TAG.finditer(text):
        if tag["begins"]:
            only = _ONLY.fullmatch(tag["of"]) if tag["begins"] in ("if", "with", "range") else None
            paths = [(*prefix, *only[1][1:].split(".")) for prefix in prefixes(node)] if only else []
            empty = paths and all(_is_empty(value_at(values, path), path[-1]) for path in paths)
            open_.append((tag.end(), _shown(paths[0]) if empty else ""))
            continue
        begins, path = open_.pop() if open_ else (0, "")
        if path:
            yield begins, tag.start(), path
        if not tag["ends"]:
            open_.append((tag.end(), ""))


def _is_empty(now: Any, name: str) -> bool:
    """Whether a value holds nothing, and is no switch that could be turned on."""
    return now in ("", [], {}) or (now is None and not _may_be_on(now, name))


def _named_in(line: str) -> Iterator[str]:
    """What a line says of the names of its images without its actions; nothing where that is no name."""
    plain = _ACTION.sub("", line) if "image" in line else ""
    for found in _IMAGE.finditer(plain):
        value = _VALUE_OF.match(plain, found.end())
        rest = ((value[1] or value[2] or "") if value else "").strip(" \t/")
        image = rest.partition("@")[0]
        name, colon, tag = image.rpartition(":")
        whole = name if colon and "/" not in tag else image
        if _NAME.fullmatch(whole) and ("/" in whole or whole != rest):
            yield whole


def labels(held: Mapping[ValuesPath, Any]) -> str:
    """What is set, for people, as the end of a sentence: ``with a.enabled and b.enabled on``."""
    on = sorted(_shown(path) for path, value in held.items() if value is True)
    others = sorted(
        "=".join((_shown(path), str(value).lower() or '""'))
        for path, value in held.items()
        if value is not True
    )
    parts = [f"{_listed(on)} on"] if on else []
    return "with " + " and ".join([*parts, *([_listed(others)] if others else [])])


def _listed(names: Iterable[str]) -> str:
    told = list(names)
    more = len(told) - 3
    return (
        f"{', '.join(told[:3])} and {counted(more, 'more switch', 'es')}" if more > 0 else " and ".join(told)
    )


def _shown(path: ValuesPath) -> str:
    return ".".join(map(str, path))
