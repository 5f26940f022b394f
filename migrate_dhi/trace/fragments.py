"""Which maps of the values come out in which maps of the manifests: probes, security contexts.

A leaf with a number of its own is put below each map; where the number comes out, the map reaches.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.helm.renderer import Renderer
from migrate_dhi.helm.tree import ChartNode
from migrate_dhi.kube.manifests import Identity, Manifests, Path, value_at
from migrate_dhi.record import record
from migrate_dhi.trace.marking import aligned, lay, render_narrowing
from migrate_dhi.trace.unlisted import lifted, references

# Numbers that pass as ports and as user ids alike.
_FIRST, _LAST = 41_000, 60_999


@record
class Reaching:
    """A map of the values, and one place of the manifests where what stands below it comes out.

    ``place`` is the path of the leaf in the object, ``listed`` whether a values file names the map.
    """

    path: ValuesPath
    identity: Identity
    place: Path
    listed: bool


def maps_named(
    values: Mapping[str, Any], nodes: Sequence[ChartNode], words: re.Pattern[str]
) -> tuple[list[ValuesPath], list[ValuesPath]]:
    """Maps with one of the words in their key or the two before it: (empty or unlisted ones, filled ones).

    Charts that offer an override (``custom…``) list it empty or not at all, and it wins over the filled one.
    """
    empty: list[ValuesPath] = []
    filled: list[ValuesPath] = []
    for path, value in _maps(values, words):
        (filled if value else empty).append(path)
    hidden = [path for path in references(nodes, values, words) if path not in empty]
    above = [lifted(path, nodes) for path in empty]
    return list(dict.fromkeys([*above, *empty, *hidden])), filled


def trace_fragments(
    trials: Renderer,
    texts: Mapping[str, str],
    before: Manifests,
    values: Mapping[str, Any],
    maps: Sequence[ValuesPath],
    leaf: ValuesPath,
) -> list[Reaching]:
    """Put a number at ``leaf`` below each map, render, and say where it comes out."""
    numbers = _free_numbers(before)
    chosen = {path: next(numbers) for path in maps}
    by_number = {number: path for path, number in chosen.items()}

    def render(group: Sequence[ValuesPath]) -> Manifests:
        return trials.render(texts, lay({(*path, *leaf): chosen[path] for path in group}, values))

    found: dict[Reaching, None] = {}
    for manifests, _ in render_narrowing(list(maps), render, sign=lambda path: str(chosen[path])):
        for old, new in aligned(before, manifests):
            for place, number in _numbers(new.data):
                path = by_number.get(number)
                if path is not None:
                    listed = value_at(values, path) is not None
                    found.setdefault(Reaching(path, old.identity, place, listed))
    return list(found)


def _maps(values: Any, words: re.Pattern[str], path: ValuesPath = ()) -> Iterator[tuple[ValuesPath, Any]]:
    if not isinstance(values, dict):
        return
    for key, value in values.items():
        here = (*path, key)
        if (value is None or isinstance(value, dict)) and any(words.search(str(step)) for step in here[-3:]):
            yield here, value
        yield from _maps(value, words, here)


def _numbers(data: Any, path: Path = ()) -> Iterator[tuple[Path, int]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _numbers(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _numbers(value, (*path, index))
    elif isinstance(data, int) and not isinstance(data, bool) and _FIRST <= data <= _LAST:
        yield path, data


def _free_numbers(before: Manifests) -> Iterator[int]:
    """Numbers that no manifest holds yet."""
    taken = {
        int(found) for text in before.files.values() for found in re.findall(r"(?<!\d)\d{5}(?!\d)", text)
    }
    return (number for number in range(_FIRST, _LAST) if number not in taken)
