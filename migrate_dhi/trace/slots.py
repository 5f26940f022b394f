"""Slots: the places of the manifests where images stand, in containers and anywhere else.

A slot is found in any render of the chart, and read there: as a string, as a word of a longer text, or put
together from several fields of a custom resource.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from typing import Any, Literal

from migrate_dhi.edit import ValuesPath
from migrate_dhi.kube.manifests import Identity, Manifests, Object, Path, is_builtin, strings, value_at
from migrate_dhi.record import record
from migrate_dhi.trace.pairs import Piece, joined, pairs_in
from migrate_dhi.trace.pattern import Pattern, Variable, variables
from migrate_dhi.trace.texts import certain_images, is_longer, word_at

SlotRole = Literal[
    "container", "init", "hook", "test", "argument", "environment", "config", "custom-resource"
]

# What of an object is no setting of its own.
_BESIDE = {"metadata", "labels", "annotations", "matchLabels"}


@record
class Slot:
    """One place of the manifests where an image stands.

    ``template`` and ``index`` say where the object renders, for objects whose name differs in each render.
    ``word`` is the place of the image among the words of the string at ``path``, or None where the string
    is the image. Where several places spell the image together, ``pieces`` are they, and ``path`` and ``word`` are
    those of the first one.
    ``plain`` is the image as it would be without a digest that takes the place of its tag.
    ``settings`` are values that must change besides for a pattern to hold (a boolean that adds
    a suffix to the tag). ``patterns`` say how the image is put together from values, best known first; none means
    that no value reaches it.
    """

    identity: Identity
    template: str
    index: int
    path: Path
    word: int | None
    text: str
    role: SlotRole
    container: str
    patterns: tuple[Pattern, ...] = ()
    settings: Mapping[Pattern, Mapping[Variable, Any]] = field(
        default_factory=dict, compare=False, hash=False
    )
    pieces: tuple[Piece, ...] = ()
    plain: str = ""

    @property
    def key(self) -> tuple[Identity, Path, int | None]:
        """What names this slot in every render."""
        return (self.identity, self.path, self.word)

    @property
    def runs(self) -> bool:
        """True for the image of a container; others stand in settings."""
        return self.role in {"container", "init", "hook", "test"}

    @property
    def variables(self) -> tuple[Variable, ...]:
        """All values that reach this slot."""
        return tuple(dict.fromkeys(v for pattern in self.patterns for v in variables(pattern)))

    @property
    def holders(self) -> tuple[ValuesPath, ...]:
        """The maps of the values that hold what reaches this slot."""
        return tuple(dict.fromkeys(v.path[:-1] for v in self.variables if v.source == "values"))

    def is_in(self, item: Object, manifests: Manifests) -> bool:
        """True for the object of this slot among those of a render, under whatever name."""
        return manifests.is_same(item, self.identity, self.template, self.index)

    def read(self, manifests: Manifests) -> str:
        """The image at this slot in another render, or empty."""
        item = manifests.find(self.identity, self.template, self.index)
        return self.read_in(item) if item else ""

    def read_in(self, item: Object) -> str:
        """The image at this slot in its object as another render has it, or empty."""
        texts = [word_at(value_at(item.data, piece.path), piece.word) for piece in self.places]
        read = [str(text).strip() if isinstance(text, str | int | float) else "" for text in texts]
        return joined(read) if self.pieces else read[0]

    @property
    def places(self) -> tuple[Piece, ...]:
        """Where the image stands: one place, or those of its pieces."""
        return self.pieces or (Piece(self.path, self.word),)

    def words_at(self, path: Path) -> set[int | None]:
        """The words of the field at a path that hold the image or pieces of it; None stands for all of the field."""
        return {place.word for place in self.places if place.path == path}

    def of_release(self, label: str) -> "Slot":
        """The slot with the values of one release of several."""

        def own(pattern: Pattern) -> Pattern:
            return tuple(
                replace(token, release=label)
                if isinstance(token, Variable) and token.source == "values"
                else token
                for token in pattern
            )

        settings = {
            own(pattern): {replace(variable, release=label): value for variable, value in values.items()}
            for pattern, values in self.settings.items()
        }
        return replace(self, patterns=tuple(map(own, self.patterns)), settings=settings)

    def __str__(self) -> str:
        if not self.container:
            return str(self.identity)
        return f"{self.identity}: {self.container}" + ("" if self.runs else f" ({self.role})")


def container_slots(manifests: Manifests) -> Iterator[Slot]:
    """The slots of all containers, without what sets them."""
    for container in manifests.containers:
        if container.image:
            item = container.pod.object
            path = (*container.path, "image")
            role, name = container.role, container.name
            yield Slot(item.identity, item.template, item.index, path, None, container.image, role, name)


def setting_slots(item: Object) -> tuple[Slot, ...]:
    """The slots of images outside of containers that can hardly be anything else, whole or in pieces."""
    return item.once(_setting_slots)


def _setting_slots(item: Object) -> tuple[Slot, ...]:
    return () if item.kind == "CustomResourceDefinition" else tuple(_settings(item))


def _settings(item: Object) -> Iterator[Slot]:
    data = {key: value for key, value in item.data.items() if key not in {"metadata", "kind", "apiVersion"}}
    containers = {(*container.path, "image") for pod in item.pods for container in pod.containers}
    for path, text in strings(data):
        if path not in containers and not _BESIDE.intersection(map(str, path)):
            yield from _whole(item, path, text)
    for parts in pairs_in({item.kind: data}):
        pieces = tuple(Piece(part.piece.path[1:], part.piece.word) for part in parts)
        role, name = role_of(item, pieces[0].path)
        text = joined([part.text for part in parts])
        first = pieces[0]
        yield Slot(
            item.identity, item.template, item.index, first.path, first.word, text, role, name, pieces=pieces
        )


def _whole(item: Object, path: Path, text: str) -> Iterator[Slot]:
    for number, word in certain_images(text):
        role, name = role_of(item, path)
        place = number if is_longer(text) else None
        yield Slot(item.identity, item.template, item.index, path, place, word, role, name)


def role_of(item: Object, path: Path) -> tuple[SlotRole, str]:
    """What kind of place a string is, and the container it belongs to."""
    for pod in item.pods:
        for container in pod.containers:
            if path[: len(container.path)] == container.path:
                field = path[len(container.path)]
                return ("environment" if field == "env" else "argument"), container.name
    return ("config" if is_builtin(item.identity.api) else "custom-resource"), ""
