"""Which maps of the values come out in which maps of the manifests: probes, security contexts.

A leaf with a number of its own is put below each map; where the number comes out, the map reaches.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.helm.renderer import Renderer
from migrate_dhi.helm.tree import ChartNode
from migrate_dhi.kube.manifests import Identity, Manifests, Object, Path, value_at
from migrate_dhi.record import record
from migrate_dhi.trace.guarded import near
from migrate_dhi.trace.marking import aligned, lay, render_narrowing
from migrate_dhi.trace.unlisted import lifted, neighbours, references
from migrate_dhi.untyped import walk

# Numbers that pass as ports and as user ids alike.
_FIRST, _LAST = 41_000, 60_999


@record
class Reaching:
    """A map of the values, and one place of the manifests where what stands below it comes out.

    ``place`` is the path of the leaf in the object, ``leaf`` what leads to it in the map (nothing: the value itself
    is it), ``listed`` whether a values file names the map; ``template`` and ``index`` say where the object renders,
    for objects whose name differs in each render.
    """

    path: ValuesPath
    identity: Identity
    template: str
    index: int
    place: Path
    listed: bool
    leaf: ValuesPath = ()

    def is_at(self, place: Path, item: Object, manifests: Manifests) -> bool:
        """True for this place of this object among those of a render."""
        return self.place == place and manifests.is_same(item, self.identity, self.template, self.index)


class FragmentTracer:
    """Finds the maps of the values that come out in some field, and remembers what it found.

    ``before`` is the render of the texts, with merged values.
    """

    def __init__(self, renderer: Renderer, texts: Mapping[str, str], before: Manifests) -> None:
        self._renderer = renderer
        self._texts = texts
        self._before = before
        self._found: dict[tuple[tuple[ValuesPath, ...], ValuesPath], list[Reaching]] = {}

    @property
    def nodes(self) -> Sequence[ChartNode]:
        """The chart and its dependencies; read when first asked for."""
        return self._renderer.nodes

    def maps_named(self, words: re.Pattern[str]) -> tuple[list[ValuesPath], list[ValuesPath]]:
        """Maps with one of the words in their key or the two before it: (empty or unlisted ones, filled ones).

        Charts that offer an override (``custom…``) list it empty or not at all, and it wins over the filled one.
        """
        values = self._before.values
        empty: list[ValuesPath] = []
        filled: list[ValuesPath] = []
        for path, value in walk(values):
            if (value is None or isinstance(value, dict)) and _speaks(path, words):
                (filled if value else empty).append(path)
        hidden = [path for path in references(self.nodes, values, words) if path not in empty]
        above = [lifted(path, self.nodes) for path in empty]
        return list(dict.fromkeys([*above, *empty, *hidden])), filled

    def maps_like(self, contents: Iterable[Any]) -> list[ValuesPath]:
        """Maps of the values that some rendered maps may be made of, whatever they are called.

        One holds all of the other: templates leave out a switch, or add what is the same for all.
        """
        return list(maps_like(self._before.values, contents))

    def near(self, field: str) -> list[ValuesPath]:
        """Values, whatever they are called, that templates read beside a field of this name."""
        return list(
            dict.fromkeys(path for names, _ in near(self.nodes, self._before.values, field) for path in names)
        )

    def around(self, holders: Iterable[ValuesPath], words: re.Pattern[str]) -> list[ValuesPath]:
        """What may stand around the maps that hold the values of an image, and is listed nowhere."""
        return list(neighbours(self._before.values, self.nodes, holders, words))

    def reaching(self, maps: Iterable[ValuesPath], leaf: ValuesPath) -> list[Reaching]:
        """Put a number at ``leaf`` below each map, render, and say where it comes out."""
        key = (tuple(maps), leaf)
        if key not in self._found:
            self._found[key] = self._trace(*key) if key[0] else []
        return self._found[key]

    def begin(self, maps: Iterable[ValuesPath], leaf: ValuesPath) -> None:
        """Have rendered what :meth:`reaching` will look at first."""
        group = tuple(maps)
        if group and (group, leaf) not in self._found:
            self._renderer.begin(self._texts, self._laid(group, leaf))

    @cached_property
    def _taken(self) -> set[int]:
        """Numbers that the manifests hold already."""
        texts = self._before.files.values()
        return {int(found) for text in texts for found in re.findall(r"(?<!\d)\d{5}(?!\d)", text)}

    def _chosen(self, maps: Iterable[ValuesPath]) -> dict[ValuesPath, int]:
        free = (number for number in range(_FIRST, _LAST) if number not in self._taken)
        return dict(zip(maps, free, strict=False))

    def _laid(self, maps: Sequence[ValuesPath], leaf: ValuesPath) -> Mapping[str, Any]:
        """Values that put the number of each map below it."""
        return lay(
            {(*path, *leaf): number for path, number in self._chosen(maps).items()}, self._before.values
        )

    def _trace(self, maps: Sequence[ValuesPath], leaf: ValuesPath) -> list[Reaching]:
        before, values = self._before, self._before.values
        chosen = self._chosen(maps)
        by_number = {number: path for path, number in chosen.items()}

        def render(group: Sequence[ValuesPath]) -> Manifests:
            laid = lay({(*path, *leaf): chosen[path] for path in group}, values)
            return self._renderer.render(self._texts, laid)

        found: dict[Reaching, None] = {}
        for manifests, _ in render_narrowing(list(maps), render, sign=lambda path: str(chosen[path])):
            for old, new in aligned(before, manifests):
                for place, number in _numbers(new.data):
                    path = by_number.get(number)
                    if path is not None:
                        listed = value_at(values, path) is not None
                        at = (old.identity, old.template, old.index)
                        found.setdefault(Reaching(path, *at, place, listed, leaf))
        return list(found)


def maps_like(values: Any, contents: Iterable[Any]) -> Iterator[ValuesPath]:
    """Maps of the values, in lists too, that some rendered maps may be made of: one holds all of the other."""
    wanted = [content for content in contents if isinstance(content, dict) and content]
    for path, value in walk(values) if wanted else ():
        if not isinstance(value, dict) or not value:
            continue
        if any(_holds(value, content) or _holds(content, value) for content in wanted):
            yield path


def _holds(whole: Mapping[str, Any], part: Mapping[str, Any]) -> bool:
    return all(key in whole and whole[key] == value for key, value in part.items())


def _speaks(path: ValuesPath, words: re.Pattern[str]) -> bool:
    return any(words.search(str(step)) for step in path[-3:])


def _numbers(data: Any) -> Iterator[tuple[Path, int]]:
    for path, value in walk(data):
        if isinstance(value, int) and not isinstance(value, bool) and _FIRST <= value <= _LAST:
            yield path, value
