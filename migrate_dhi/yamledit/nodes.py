"""The composed form of a document: what each piece of text is, and where it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Literal

from migrate_dhi.record import record
from migrate_dhi.yamledit.layout import line_number
from migrate_dhi.yamledit.placeholders import Placeholder

Kind = Literal["scalar", "map", "list", "alias"]


@record
class Standing:
    """How a text stands in its file.

    Attributes:
        first_line: how many lines of the file stand above it.
        one_line: all of it stands on one line of the file (the text of a quoted scalar).
        part: it is one document of a stream; what is no YAML in it is told when it is read or edited.
        placeholders: it may hold placeholders, which are hidden from the parser.
    """

    first_line: int = 0
    one_line: bool = False
    part: bool = False
    placeholders: bool = False


@dataclass(slots=True, eq=False)
class YamlNode:
    """One value (or key) with its exact place in the text; offsets count characters.

    Attributes:
        kind: what it is; an ``alias`` is a node of its own, its anchor's node is `target`.
        start: where it begins, anchor and tag included.
        head: where its anchor and tag end; `start` if it has none.
        body: where its content begins, behind anchor and tag.
        end: behind its last character; for a block collection that of its last leaf, for a block scalar
            the end of its last line that counts.
        line: 0-based line of `start` in the file.
        tag: the explicit tag, or None.
        anchor: the anchor's name (for an alias: the name it refers to), or None.
        style: of a scalar: ``'``, ``"``, ``|``, ``>``, or the empty string for plain.
        value: the text of a scalar after unfolding and unescaping.
        flow: a collection written with brackets.
        entries: the key and value nodes of a map, in order.
        items: the nodes of a list, in order.
        target: the node that an alias stands for.
        text_start: of a block scalar, where its header's line ends; else 0.
        places: of a map, the position of each key's text once that was asked for; see `data.places`.
        text: of a key, its text once that was asked for; see `data.key_text`.
    """

    kind: Kind
    start: int
    head: int
    body: int
    end: int
    line: int
    tag: str | None = None
    anchor: str | None = None
    style: str = ""
    value: str = ""
    flow: bool = False
    entries: "Sequence[tuple[YamlNode, YamlNode]]" = ()
    items: "Sequence[YamlNode]" = ()
    target: "YamlNode | None" = None
    text_start: int = 0
    places: "Mapping[str, int] | None" = None
    text: str | None = None

    @property
    def is_empty_scalar(self) -> bool:
        """Nothing is written at all (``key:``), an anchor or a tag apart."""
        return self.kind == "scalar" and self.body == self.end

    @property
    def size(self) -> int:
        """How many entries or items there are."""
        return len(self.entries) or len(self.items)

    def inner(self, index: int) -> "YamlNode":
        """The value of an entry of a map, or the item of a list."""
        return self.entries[index][1] if self.kind == "map" else self.items[index]

    def shape(self) -> tuple[Any, ...]:
        """Everything but place and children: what an edit elsewhere must not change."""
        return shape(self)

    def children(self) -> "Sequence[YamlNode]":
        """Keys and values, or items, in the order of the text."""
        if self.kind == "map":
            return [node for entry in self.entries for node in entry]
        return self.items


shape = attrgetter("kind", "tag", "anchor", "style", "value", "flow")
"""Everything of a node but place and children."""


def last_inside(node: YamlNode) -> YamlNode:
    """The last node inside a node, at any depth."""
    while node.children():
        node = node.children()[-1]
    return node


@dataclass(slots=True, eq=False)
class YamlTree:
    """A parsed text.

    Attributes:
        text: what was parsed (without a byte order mark).
        root: the content of the one non-empty document; None in an empty or comments-only file.
        begin: where the document's content may start: 0, or behind ``---``.
        limit: where it must end: at ``...``, at the next ``---``, or at the end of the text.
        aliases: every alias node in order.
        standing: how the text stands in its file.
        placeholders: those that were hidden from the parser, in order.
        agreed: the ids of anchored nodes that may change with all their aliases.
    """

    text: str
    root: YamlNode | None
    begin: int
    limit: int
    aliases: list[YamlNode]
    standing: Standing
    placeholders: tuple[Placeholder, ...] = ()
    agreed: frozenset[int] = frozenset()

    def line_number(self, at: int) -> int:
        """The 1-based line of the file at an offset of the text."""
        return self.standing.first_line + (1 if self.standing.one_line else line_number(self.text, at))
