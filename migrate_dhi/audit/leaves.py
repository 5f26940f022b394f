"""The settings in an object: each scalar with its key, also inside of texts, variables and arguments.

A text in YAML, JSON, ini, TOML or of properties is read as what it is; a text that is none of them counts line by
line. Of each setting it is known beside which others it stands.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import yaml

from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.untyped import scalar_text

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SECTION = regex(r"\s*\[+\s*(?P<name>[^\]\"']+?)\s*\]+\s*(?:[#;].*)?$")
_ASSIGNED = regex(
    r"""\s*(?:export\s+|set\s+|define\(\s*)?["'$]*(?P<key>[A-Za-z_][\w.\-\[\]]*)["']?\s*(?:=>|[:=]|,|\s(?=\S+$))\s*(?P<value>.*?)[,;)]*\s*$"""
)
_COMMENT = regex(r"\s*(?:[#;]|//)")
_FLAG = regex(r"--?(?P<key>[A-Za-z][\w.\-]*)(?:=(?P<value>.*))?$", re.DOTALL)
_PAIR = regex(r"(?P<key>[A-Za-z_][\w.\-]*)=(?P<value>\S+)$")
_PAIRED = regex(r"(?P<key>[A-Za-z][\w .-]*|(?==[\w.:-]+$))=(?P<value>\S*)")
_SECRET_MAP = regex(r"(?P<what>\w+?)_?Secret(?:Key)?(?:Ref)?", re.IGNORECASE)
_MOST_TEXT = 400_000

Path = tuple[str | int, ...]


@record
class SecretKey:
    """A key of a Secret that a setting is taken from."""

    name: str
    key: str

    def __str__(self) -> str:
        return f"{self.name}/{self.key}" if self.key else self.name


@record
class Leaf:
    """One setting.

    ``scope`` is the place of what it stands in, ``key`` its name there; ``line`` the 1-based line in the text that
    holds it, or 0. ``secret`` is where its value is from, where that is a Secret.
    """

    scope: Path
    key: str
    value: str
    line: int = 0
    secret: SecretKey | None = None

    @property
    def path(self) -> Path:
        """Its place."""
        return (*self.scope, self.key) if self.key else self.scope


def leaves(data: Any, scope: Path = (), key: str = "") -> Iterator[Leaf]:
    """Every setting of an object, with the texts in it read."""
    if isinstance(data, dict):
        yield from _of_map(data, (*scope, key) if key else scope)
    elif isinstance(data, list):
        yield from _of_list(data, scope, key)
    elif isinstance(data, str) and is_text(data):
        yield from in_text(data, (*scope, key) if key else scope)
    elif data is not None:
        yield from _leaf(scope, key, scalar_text(data))


def is_text(value: str) -> bool:
    """Whether a value is a text that holds settings of its own."""
    start = value.lstrip()[:1]
    return len(value) < _MOST_TEXT and ("\n" in value.strip() or (start in "{[" and len(value) > 2))


def _leaf(scope: Path, key: str, value: str, line: int = 0) -> Iterator[Leaf]:
    """One setting, or those of the connection string that it is."""
    pairs = in_pairs(value)
    if not pairs:
        yield Leaf(scope, key, value, line)
    elif not pairs[0][0]:
        # A host with options behind it: they stand beside it.
        before = key.rpartition("_")[0] or (key if scope[-1:] == ("env",) else "")
        yield Leaf(scope, key, pairs[0][1], line)
        yield from (
            Leaf(scope, f"{before}_{name}" if before else name, text, line) for name, text in pairs[1:]
        )
    else:
        yield from (Leaf((*scope, key) if key else scope, *pair, line) for pair in pairs)


def in_pairs(value: str) -> list[tuple[str, str]]:
    """The settings of a connection string: ``Host=a;Password=b``, ``host=a password=b``, ``a:6379,password=b``.

    A host that stands first without a name has the empty one.
    """
    separator = ";" if ";" in value else "," if "," in value else " "
    parts = [part.strip() for part in value.split(separator) if part.strip()]
    if "=" not in value or "://" in value or len(parts) < 2:
        return []
    first = "=" if "=" not in parts[0] else ""
    found = [_PAIRED.fullmatch(part) for part in (first + parts[0], *parts[1:])]
    return [(one["key"].strip(), _unquoted(one["value"])) for one in found if one] if all(found) else []


def in_text(text: str, scope: Path) -> Iterator[Leaf]:
    """The settings of a text."""
    found = _read(text)
    if found is not None:
        for path, value, line in found:
            last = path[-1] if path and isinstance(path[-1], str) else ""
            inner = path[:-1] if last else path
            if is_text(value):
                yield from in_text(value, (*scope, *path))
            else:
                yield from _leaf((*scope, *inner), str(last), value, line)
        return
    section: Path = ()
    for number, row in enumerate(text.splitlines(), 1):
        head = _SECTION.match(row)
        if head:
            section = (head["name"],)
        elif row.strip() and not _COMMENT.match(row):
            match = _ASSIGNED.match(row)
            if match and match["value"]:
                yield from _leaf((*scope, *section), match["key"], _unquoted(match["value"]), number)
            else:
                yield Leaf((*scope, *section), "", row.strip(), number)


@lru_cache(maxsize=512)
def _read(text: str) -> tuple[tuple[Path, str, int], ...] | None:
    """The scalars of a text that is YAML or JSON and holds maps; None for any other."""
    if "{{" in text and "}}" in text:
        return None
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    if not isinstance(node, yaml.MappingNode | yaml.SequenceNode):
        return None
    found = tuple(_scalars(node, ()))
    # A file of `KEY=value` lines under a colon somewhere is no YAML that anyone meant.
    return found if isinstance(node, yaml.MappingNode) or found else None


def _scalars(node: Any, path: Path) -> Iterator[tuple[Path, str, int]]:
    if len(path) > 40:
        return
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _scalars(value, (*path, str(key.value)))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _scalars(value, (*path, index))
    else:
        empty = node.value in ("", "~", "null") and not node.style
        yield path, "" if empty else str(node.value), node.start_mark.line + 1


def _of_map(data: Mapping[str, Any], here: Path) -> Iterator[Leaf]:
    for key, value in data.items():
        named = _SECRET_MAP.fullmatch(str(key))
        if named and isinstance(value, dict) and isinstance(value.get("name"), str):
            # Custom resources have maps of their own for the key of a Secret.
            yield Leaf(here, named["what"], "", secret=SecretKey(value["name"], str(value.get("key") or "")))
        yield from leaves(value, here, str(key))


def _of_list(items: Sequence[Any], scope: Path, key: str) -> Iterator[Leaf]:
    here = (*scope, key) if key else scope
    if key in ("args", "command", "extraArgs"):
        yield from _of_arguments([str(item) for item in items if not isinstance(item, dict | list)], here)
        return
    for index, item in enumerate(items):
        named = isinstance(item, dict) and isinstance(item.get("name"), str)
        if named and ("value" in item or "valueFrom" in item) and len(item) <= 3:
            yield from _of_variable(item, here)
        else:
            yield from leaves(item, (*here, index))


def _of_variable(item: Mapping[str, Any], here: Path) -> Iterator[Leaf]:
    source = item.get("valueFrom")
    reference = source.get("secretKeyRef") if isinstance(source, dict) else None
    if isinstance(reference, dict):
        secret = SecretKey(str(reference.get("name") or ""), str(reference.get("key") or ""))
        yield Leaf(here, item["name"], "", secret=secret)
    elif item.get("value") is not None:
        yield from leaves(item["value"], here, item["name"])


def _of_arguments(words: Sequence[str], here: Path) -> Iterator[Leaf]:
    taken = False
    for at, word in enumerate(words):
        match = _FLAG.match(word) or _PAIR.match(word)
        following = words[at + 1] if at + 1 < len(words) else "-"
        taken, before = False, taken
        if is_text(word):
            yield from in_text(word, (*here, at))
        elif match and match["value"] is not None:
            yield from leaves(match["value"], here, match["key"])
        elif match and not following.startswith("-") and not is_text(following):
            taken = True
            yield Leaf(here, match["key"], following)
        elif not word.startswith("-") and not before:
            yield Leaf((*here, at), "", word)


def _unquoted(value: str) -> str:
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value
