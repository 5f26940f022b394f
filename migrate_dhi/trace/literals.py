"""Which lines of the chart's own templates come out where: a marked line is put in, and read off in the manifests.

What no value reaches stands in a template. Where that template is the user's own, its literal lines are one more
place for an edit.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.helm.renderer import Renderer
from migrate_dhi.kube.manifests import Identity, Manifests, Object, Path
from migrate_dhi.record import record
from migrate_dhi.trace.candidates import Candidate
from migrate_dhi.trace.marking import aligned, render_narrowing
from migrate_dhi.trace.pattern import Variable
from migrate_dhi.untyped import walk
from migrate_dhi.yamledit import MISSING
from migrate_dhi.yamledit.literal import Place, held, marked, places, written

_MARK = "migrate-dhi-line"
_FIRST = 73_000_001
_IMAGES = ("image", "word", "name", "prefix", "path", "version")


@record
class Landing:
    """One place of a template, and the map of the manifests that it belongs to.

    ``variable`` names the place; ``path`` leads to the map, in the object that renders at ``template`` and ``index``.
    """

    variable: Variable
    identity: Identity
    template: str
    index: int
    path: Path

    def is_at(self, path: Path, item: Object, manifests: Manifests) -> bool:
        """True for this map of this object among those of a render."""
        return self.path == path and manifests.is_same(item, self.identity, self.template, self.index)


class LiteralTracer:
    """Finds the places of the own templates that come out in some map, and remembers what it found.

    ``texts`` are the chart's as they are, its own templates among them; ``before`` is their render.
    """

    def __init__(self, renderer: Renderer, texts: Mapping[str, str], before: Manifests) -> None:
        self._renderer = renderer
        self._texts = texts
        self._before = before
        self._found: dict[str, list[Landing]] = {}

    def images(self, wanted: Sequence[str]) -> list[Candidate]:
        """The literal lines and words that hold one of these images, or the name of one whose tag is given there.

        Also what stands before a tag that is given, where the tag of one begins so; and where the registry is given,
        what stands behind that, and the tag.
        """
        found = []
        parts = [text.partition("@")[0].rpartition(":") for text in wanted]
        names, tags = {name for name, _, _ in parts}, tuple(tag for _, _, tag in parts)
        for file, place in (one for name in _IMAGES for one in self._places(name)):
            _, text = held(self._texts[file], place)
            if place[0] == "prefix":
                if text and any(tag.startswith(text) for tag in tags):
                    found.append(Candidate(literal(file, place), text, "tag prefix"))
            elif place[0] == "path":
                if any(name.endswith(f"/{text}") for name in names):
                    found.append(Candidate(literal(file, place), text, "repository"))
            elif place[0] == "version":
                if text in tags:
                    found.append(Candidate(literal(file, place), text, "tag"))
            elif text is not MISSING and text in (names if place[0] == "name" else wanted):
                found.append(Candidate(literal(file, place), text))
        return found

    def landings(self, name: str) -> list[Landing]:
        """Where the places for something (``imagePullSecrets``, …) come out."""
        if name not in self._found:
            self._found[name] = list(self._trace(name))
        return self._found[name]

    def _places(self, name: str) -> Iterator[tuple[str, Place]]:
        for file in self._renderer.chart.templates:
            yield from ((file, place) for place in places(self._texts.get(file, ""), name))

    def _trace(self, name: str) -> Iterator[Landing]:
        numbers = {
            (file, place): number
            for number, (file, place) in enumerate(self._places(name), _FIRST)
            if _can_mark(self._texts[file], place)
        }
        by_number = {number: item for item, number in numbers.items()}

        def render(group: Sequence[tuple[str, Place]]) -> Manifests:
            texts = dict(self._texts)
            for file, place in group:
                texts[file] = marked(texts[file], place, f"{_MARK}: {numbers[file, place]}")
            return self._renderer.render(texts)

        for manifests, _ in render_narrowing(list(numbers), render):
            for old, new in aligned(self._before, manifests):
                for path, number in _marks(new.data):
                    if number in by_number:
                        variable = literal(*by_number[number])
                        yield Landing(variable, old.identity, old.template, old.index, path)


def literal(file: str, place: Place) -> Variable:
    """A place of a template as something that can be set."""
    return Variable((file, *place), source="template")


def with_literal(texts: Mapping[str, str], variable: Variable, value: str) -> dict[str, str]:
    """The texts with another value at a place of a template."""
    file, place = place_of(variable.path)
    return {**texts, file: written(texts[file], place, value)}


def value_of(texts: Mapping[str, str], variable: Variable) -> Any:
    """What stands at a place of a template; MISSING where nothing literal does."""
    file, place = place_of(variable.path)
    return held(texts[file], place)[1]


def place_of(path: Path) -> tuple[str, Place]:
    """The file and the place that a path of the source ``template`` names."""
    file, name, number = path
    return str(file), (str(name), int(number))


def _can_mark(text: str, place: Place) -> bool:
    try:
        marked(text, place, f"{_MARK}: 0")
    except EditRefusedError:
        return False
    return True


def _marks(data: object) -> Iterator[tuple[Path, int]]:
    """The maps that hold a marked line, and its number."""
    for path, value in walk(data):
        if path[-1] == _MARK and isinstance(value, int):
            yield path[:-1], value
