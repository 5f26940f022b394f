"""Values that templates read and no values file lists, found in the sources of the templates.

Some are named in full (``.Values.image.tag``), some hang on a map that something else brings (``.securityContext``
of a container), and those of a library chart are its caller's.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.helm.tree import ChartNode
from migrate_dhi.kube.manifests import value_at
from migrate_dhi.regex import regex

# `.Values.a.b`, `$.Values.a.b`, also in `(index .Values.a ...)`: the dotted part after Values.
_REFERENCE = regex(r"\.Values\.((?:[A-Za-z_][\w]*\.)*[A-Za-z_]\w*)")
# `(.Values.a).b` reads a value that may hang on nothing.
_BRACKETED = regex(r"\(\s*(\$?\.Values(?:\.[A-Za-z_]\w*)*)\s*\)(?=\.|\s*\))")
# `index .Values.a "b" "c"`, `get .Values.a "b"`, `(index .Values "a-b").c`, and `dig "a" "b" DEFAULT .Values`. They
# begin with a letter, and look back from there: what begins with a border of words is tried at every place of a text.
_INDEXED = regex(
    r"(?:index(?<=\bindex)|get(?<=\bget)|hasKey(?<=\bhasKey))\s+\$?\.Values((?:\.[A-Za-z_]\w*)*)((?:\s+\"[^\"\s]+\")+)"
    r"(?:\s*\)+((?:\.[A-Za-z_]\w*)+))?"
)
_DUG = regex(
    r"dig(?<=\bdig)((?:\s+\"[^\"\s]+\")+)\s+(?:\"[^\"]*\"|[^\s\"]+)\s+\(?\$?\.Values((?:\.[A-Za-z_]\w*)*)"
)
_PIPED = regex(r"\.Values((?:\.[A-Za-z_]\w*)*)\s*\|\s*(?:dig|get|index)((?:\s+\"[^\"\s]+\")+)")
_QUOTED = regex(r"\"([^\"\s]+)\"")
_NAME_READ = regex(r"""[."]([A-Za-z_]\w*)""")

# Templates are asked for again and again, for each secret of each release; all of a chart in one text once.
_LONG = 50_000


def leaves(values: Any, path: ValuesPath = ()) -> Iterator[tuple[ValuesPath, Any]]:
    """Every scalar of the values with its path, lists included."""
    found: list[tuple[ValuesPath, Any]] = []
    _add_leaves(values, path, found)
    return iter(found)


def _add_leaves(values: Any, path: ValuesPath, found: list[tuple[ValuesPath, Any]]) -> None:
    # A list that is filled: a generator within a generator for each level takes thrice as long.
    if isinstance(values, dict):
        for key, value in values.items():
            _add_leaves(value, (*path, key), found)
    elif isinstance(values, list):
        for index, value in enumerate(values):
            _add_leaves(value, (*path, index), found)
    else:
        found.append((path, values))


def named(text: str) -> Iterator[tuple[str, ...]]:
    """The values that a text of a template names in full, each as its path below ``.Values``.

    >>> list(named('{{ ((.Values.image).tag) }} {{ dig "a" "b" "x" .Values }} {{ get .Values.c "d" }}'))
    [('image', 'tag'), ('c', 'd'), ('a', 'b')]
    """
    return iter(_named(text) if len(text) < _LONG else _named.__wrapped__(text))


@lru_cache(maxsize=1024)
def _named(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(_looked_for(text))


def _looked_for(text: str) -> Iterator[tuple[str, ...]]:
    plain, count = text, 1
    while count:
        plain, count = _BRACKETED.subn(r"\1", plain)
    indexed, piped = list(_INDEXED.finditer(plain)), list(_PIPED.finditer(plain))
    dug = list(_DUG.finditer(plain))
    starts = {match.start(1) for match in (*indexed, *piped)} | {match.start(2) for match in dug}
    for match in _REFERENCE.finditer(plain):
        if match.start(1) - 1 not in starts:
            yield tuple(match[1].split("."))
    for match in indexed:
        yield (*_steps(match[1]), *_QUOTED.findall(match[2]), *_steps(match[3] or ""))
    for match in piped:
        yield (*_steps(match[1]), *_QUOTED.findall(match[2]))
    for match in dug:
        yield (*_steps(match[2]), *_QUOTED.findall(match[1]))


def _steps(dotted: str) -> list[str]:
    return dotted.strip(".").split(".") if dotted else []


def references(
    nodes: Iterable[ChartNode], values: Mapping[str, Any], words: re.Pattern[str]
) -> list[ValuesPath]:
    """Values that the templates name in full, that nothing sets, and whose last two keys hold one of the words.

    ``words`` is searched in the key alone and in the key before it.
    """
    found: dict[ValuesPath, None] = {
        path: None for path in nulls(nodes) if any(words.search(str(key)) for key in path[-2:])
    }
    for node in nodes:
        every = dict.fromkeys(own for _, text in node.templates for own in named(text))
        for own in (own for own in every if any(words.search(key) for key in own[-2:])):
            for prefix in prefixes(node):
                path = (*prefix, *own)
                if value_at(values, path) is None:
                    found.setdefault(path)
    return list(found)


def nulls(nodes: Iterable[ChartNode]) -> Iterator[ValuesPath]:
    """Values that a values.yaml lists as null: they are gone from the merged values, and still meant to be set."""
    for node in nodes:
        for path, value in leaves(node.defaults):
            if value is None and path:
                yield (*node.prefix, *path)


def lifted(path: ValuesPath, nodes: Iterable[ChartNode]) -> ValuesPath:
    """The same value in the scope of the chart that calls a library chart; the path itself where none lists it.

    A library's templates read its caller's values, over its own as defaults.
    """
    for node in nodes:
        depth = len(node.prefix)
        if depth and _is_library(node) and path[:depth] == node.prefix:
            return (*node.prefix[:-1], *path[depth:])
    return path


def neighbours(
    values: Mapping[str, Any],
    nodes: Sequence[ChartNode],
    holders: Iterable[ValuesPath],
    words: re.Pattern[str],
) -> list[ValuesPath]:
    """Values that nothing lists, beside the values of an image or above them, nearest first.

    Charts that describe their workloads as maps (``controllers.main.containers.app.image``) read such fields of
    each map without naming the whole path anywhere.

    Args:
        values: the merged values.
        nodes: the chart's tree.
        holders: the maps that hold the values of an image.
        words: what the name of the field holds; only names that templates read are taken.
    """
    found: dict[tuple[int, ValuesPath], None] = {}
    for holder in holders:
        owners = [node for node in nodes if holder[: len(node.prefix)] == node.prefix]
        owner = max(owners, key=lambda node: len(node.prefix))
        read = [
            n for n in nodes if n is owner or (n.prefix[:-1] == owner.prefix and n.prefix and _is_library(n))
        ]
        fields = {name for node in read for name in names_read(node) if words.search(name)}
        for end in range(len(holder), len(owner.prefix) - 1, -1):
            around = value_at(values, holder[:end])
            for name in sorted(fields) if isinstance(around, dict) else ():
                path = (*holder[:end], name)
                if around.get(name) is None:
                    found.setdefault((len(holder) - end, path))
    return list(dict.fromkeys(path for _, path in sorted(found, key=lambda item: item[0])))


def prefixes(node: ChartNode) -> list[tuple[str, ...]]:
    """Where the values of a chart's templates live; those of a library chart are its caller's."""
    if _is_library(node) and node.prefix:
        return [node.prefix, node.prefix[:-1]]
    return [node.prefix]


def names_read(node: ChartNode) -> set[str]:
    """Every name of a field in the templates of a chart: ``.name``, or quoted for a look-up."""
    return {name for _, text in node.templates for name in _NAME_READ.findall(text)}


def _is_library(node: ChartNode) -> bool:
    return str(node.metadata.get("type") or "") == "library"
