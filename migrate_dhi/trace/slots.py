"""Slots: the places of the manifests where images stand, in containers and anywhere else.

A slot is found in any render of the chart, and read there: as a string, as a word of a longer text, or put
together from several fields of a custom resource.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any, Literal

from migrate_dhi.edit import ValuesPath
from migrate_dhi.kube.manifests import Identity, Manifests, Object, Path, value_at
from migrate_dhi.kube.split_image import joined
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.trace.pattern import Pattern, Variable, variables

SlotRole = Literal[
    "container", "init", "hook", "test", "argument", "environment", "config", "custom-resource"
]

# Where a longer text (arguments, configuration) can hold an image among other words.
_WORDS = re.compile(r"[^\s\"'=,;\[\]{}()<>|&`]+")


@record
class Slot:
    """One place of the manifests where an image stands.

    ``template`` and ``index`` say where the object renders, for objects whose name differs in each render.
    ``word`` is the place of the image among the words of the string at ``path``, or None where the string
    is the image; ``pieces`` are the keys of the map at ``path`` where its fields spell the image together.
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
    pieces: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[Identity, Path, int | None]:
        """What names this slot in every render."""
        return (self.identity, self.path, self.word)

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
        found = value_at(item.data, self.path)
        if self.pieces:
            return joined(found, self.pieces)
        return self.image_in(found) if isinstance(found, str) else ""

    def covers(self, path: Path) -> bool:
        """True for the field that holds the image, or for one that holds a piece of it."""
        if self.pieces:
            return path[:-1] == self.path and path[-1] in self.pieces
        return path == self.path

    def image_in(self, text: str) -> str:
        """The image in a string that stands at this slot."""
        if self.word is None:
            return text.strip()
        found = words_of(text)
        return found[self.word] if self.word < len(found) else ""

    def __str__(self) -> str:
        return f"{self.identity}" + (f": {self.container}" if self.container else "")


def container_slots(manifests: Manifests) -> Iterator[Slot]:
    """The slots of all containers, without what sets them."""
    for container in manifests.containers:
        if container.image:
            item = container.pod.object
            path = (*container.path, "image")
            role, name = container.role, container.name
            yield Slot(item.identity, item.template, item.index, path, None, container.image, role, name)


def is_image(word: str) -> bool:
    """True for a word that reads like an image: a path and a tag or digest."""
    reference = Reference.try_parse(word)
    return reference is not None and "/" in word and bool(reference.tag or reference.digest)


def words_of(text: str) -> list[str]:
    """The words of a longer text as slots count them."""
    return _WORDS.findall(text)


def images_in(text: str) -> set[str]:
    """The words of a text that read like an image: a path and a tag or digest."""
    return {word for word in words_of(text) if is_image(word)}


def gaps_of(text: str) -> list[str]:
    """What stands before, between and behind the words of a longer text: one more than there are words."""
    return _WORDS.split(text)


def role_of(item: Object, path: Path) -> tuple[SlotRole, str]:
    """What kind of place a string is, and the container it belongs to."""
    for pod in item.pods:
        for container in pod.containers:
            if path[: len(container.path)] == container.path:
                field = path[len(container.path)]
                return ("environment" if field == "env" else "argument"), container.name
    if item.kind in {"ConfigMap", "Secret"}:
        return "config", ""
    return "custom-resource", ""
