"""Finding the node of a path, and the reasons why it must not be edited."""

from collections.abc import Iterator

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.record import record
from migrate_dhi.yamledit.data import is_merge, key_text, merged, places, resolve
from migrate_dhi.yamledit.layout import column, skip_trivia
from migrate_dhi.yamledit.nodes import YamlNode, YamlTree
from migrate_dhi.yamledit.path import Path, format_path


@record
class Location:
    """A place for a value: where it stands, or would stand.

    Attributes:
        node: the present value; None for an empty document.
        after: the offset behind the colon, the dash, or the document start.
        column: of the key or dash; -1 for the document itself.
        flow: the surroundings are written with brackets.
        parent: the map or list that holds it; None for the document itself.
        key: the key node, for a map.
        lead: what must stand before a new value besides a blank (a flow key without colon needs one).
    """

    node: YamlNode | None
    after: int
    column: int
    flow: bool
    parent: YamlNode | None = None
    key: YamlNode | None = None
    lead: str = ""

    @property
    def value_start(self) -> int:
        """Where a value begins, behind an anchor or tag that is kept."""
        node = self.node
        return self.after if node is None or node.head == node.start else node.head


def root_slot(tree: YamlTree) -> Location:
    """The place of the whole content."""
    return Location(tree.root, tree.begin, -1, flow=False)


def entry_slot(tree: YamlTree, parent: YamlNode, index: int) -> Location:
    """The place of the value of a map's entry."""
    key, value = parent.entries[index]
    after = skip_trivia(tree.text, key.end)
    own = column(tree.text, key.start)
    if tree.text[after : after + 1] == ":":
        return Location(value, after + 1, own, parent.flow, parent, key)
    return Location(value, key.end, own, parent.flow, parent, key, lead=":")


def item_slot(tree: YamlTree, parent: YamlNode, index: int) -> Location:
    """The place of a list item."""
    node = parent.items[index]
    if parent.flow:
        return Location(node, node.start, column(tree.text, node.start), flow=True, parent=parent)
    dash = dash_at(tree, parent, index)
    return Location(node, dash + 1, column(tree.text, dash), flow=False, parent=parent)


def dash_at(tree: YamlTree, parent: YamlNode, index: int) -> int:
    """Where the dash of a block list's item stands."""
    return parent.body if index == 0 else skip_trivia(tree.text, parent.items[index - 1].end)


def child_index(node: YamlNode, part: str | int) -> int | None:
    """The position of a child; of equal keys the last one, which is the one that counts."""
    if node.kind == "map" and isinstance(part, str):
        return places(node).get(part)
    if node.kind == "list" and isinstance(part, int) and 0 <= part < len(node.items):
        return part
    return None


def holder(node: YamlNode, part: str | int) -> YamlNode | None:
    """The map or list that holds the child that counts: the node itself, or what a merge key in it brings in."""
    if node.kind != "map" or not isinstance(part, str):
        return node if child_index(node, part) is not None else None
    if len(places(node)) == len(node.entries):
        # No merge key among them.
        return node if part in places(node) else None
    for key, value in reversed(node.entries):
        if not is_merge(key) and key_text(key) == part:
            return node
        if is_merge(key) and part in merged(value):
            given = resolve(value)
            sources = map(resolve, given.items) if given.kind == "list" else [given]
            return next(found for one in sources if (found := holder(one, part)) is not None)
    return None


def find(tree: YamlTree, path: Path) -> Iterator[tuple[YamlNode, YamlNode]]:
    """Every step of the path that exists, as (what to point a line at, value), aliases resolved."""
    node = tree.root
    for part in path:
        if node is None:
            return
        node = resolve(node)
        index = child_index(node, part)
        if index is None:
            return
        pointer, child = node.entries[index] if node.kind == "map" else (node.items[index],) * 2
        yield pointer, child
        node = child


def line_of(tree: YamlTree, path: Path) -> int:
    """The 1-based line of a key or list item, or of its nearest ancestor that exists."""
    line = tree.line_number(tree.begin) if tree.root is None else tree.root.line + 1
    node = tree.root
    for part, (pointer, child) in zip(path, find(tree, path), strict=False):
        line = pointer.line + 1
        owner = resolve(node) if node is not None else None
        if owner is not None and owner.kind == "list" and not owner.flow and isinstance(part, int):
            line = tree.line_number(dash_at(tree, owner, part))
        node = child
    return line


def walk_to_edit(tree: YamlTree, path: Path, *, beside: bool = False) -> tuple[Location, Path]:
    """The innermost existing slot on the path, and the part of the path that is missing below it.

    Args:
        tree: the whole tree.
        path: where to.
        beside: the last key may be missing beside a merge key that brings it in.

    Raises:
        EditRefusedError: the path runs through an alias, a merge key, a duplicate key, or a plain value.
    """
    slot = root_slot(tree)
    for depth, part in enumerate(path):
        node = slot.node
        if node is None or is_nothing(node):
            return slot, path[depth:]
        if node.kind == "alias":
            refuse_alias(tree, node, path[:depth])
        if node.kind == "scalar":
            raise EditRefusedError(
                f"{format_path(path[:depth])} is a plain value, so {part!r} cannot stand below it",
                line=node.line + 1,
            )
        merging = beside and depth == len(path) - 1
        slot_below = _child_slot(tree, node, part, path[:depth], beside=merging)
        if slot_below is None:
            return slot, path[depth:]
        slot = slot_below
    return slot, ()


def is_nothing(node: YamlNode) -> bool:
    """Null, ``{}`` or ``[]``: a place that a map or list may take."""
    if node.kind == "scalar":
        return node.tag is None and not node.style and node.value in ("", "~", "null", "Null", "NULL")
    return node.kind != "alias" and not node.entries and not node.items


def _child_slot(
    tree: YamlTree, node: YamlNode, part: str | int, above: Path, *, beside: bool
) -> Location | None:
    if node.kind == "list":
        if not isinstance(part, int):
            raise EditRefusedError(
                f"{format_path(above)} is a list, it has no key {part!r}", line=node.line + 1
            )
        if part > len(node.items) or part < 0:
            raise EditRefusedError(
                f"{format_path(above)} has {len(node.items)} items, so there is no place for item {part}",
                line=node.line + 1,
            )
        return item_slot(tree, node, part) if part < len(node.items) else None
    if not isinstance(part, str):
        raise EditRefusedError(
            f"{format_path(above) or 'the document'} is a map, it has no item {part}", line=node.line + 1
        )
    found = [n for n, (key, _) in enumerate(node.entries) if not is_merge(key) and key_text(key) == part]
    if len(found) > 1:
        lines = [node.entries[n][0].line + 1 for n in found]
        raise EditRefusedError(
            f"the key {part!r} stands here twice (lines {lines[0]} and {lines[-1]})",
            line=lines[-1],
            places=tuple(f"line {line}" for line in lines),
            help="remove one of the two",
        )
    if found:
        if any(is_merge(key) and part in merged(value) for key, value in node.entries[found[0] + 1 :]):
            raise EditRefusedError(
                f"a merge key below overrides {part!r}, so an edit would not count",
                line=node.entries[found[0]][0].line + 1,
            )
        return entry_slot(tree, node, found[0])
    for key, value in node.entries:
        if is_merge(key) and part in merged(value) and not beside:
            refuse_merge(tree, key, value, (*above, part))
    return None


def _places(tree: YamlTree, target: YamlNode) -> tuple[str, ...]:
    lines = [target.line, *(alias.line for alias in tree.aliases if alias.target is target)]
    return tuple(f"line {line + 1}" for line in lines)


def refuse_alias(tree: YamlTree, alias: YamlNode, path: Path) -> None:
    """Refuse an edit below an alias."""
    target = resolve(alias)
    raise EditRefusedError(
        f"{format_path(path)} is an alias of &{target.anchor} (line {target.line + 1}),"
        " so the edit would change other places too",
        line=alias.line + 1,
        places=_places(tree, target),
        help="write the value out in place of the alias, or edit the anchor",
    )


def refuse_merge(tree: YamlTree, key: YamlNode, value: YamlNode, path: Path) -> None:
    """Refuse an edit of a value that a merge key brings in."""
    sources = value.items if value.kind == "list" else [value]
    places = [place for source in sources if source.target for place in _places(tree, resolve(source))]
    raise EditRefusedError(
        f"{format_path(path)} comes from the merge key, so the edit would change other places too",
        line=key.line + 1,
        places=tuple(dict.fromkeys(places)),
        help="write the value out beside the merge key, or edit the anchor",
    )


def refuse_shared(tree: YamlTree, node: YamlNode, *, within: tuple[int, int] | None = None) -> None:
    """Refuse to change a node whose anchor is used by aliases elsewhere.

    Args:
        tree: the whole tree.
        node: what would change.
        within: offsets of text that goes away together with the node: aliases in there do not count.
    """
    if node.anchor is None or node.kind == "alias" or id(node) in tree.agreed:
        return
    low, high = within or (0, 0)
    used = [one for one in tree.aliases if one.target is node and not low <= one.start < high]
    if used:
        lines = ", ".join(str(one.line + 1) for one in used)
        raise EditRefusedError(
            f"the anchor &{node.anchor} is used elsewhere (line {lines}), so the edit would change that too",
            line=node.line + 1,
            places=tuple(f"line {one.line + 1}" for one in used),
            help="write the value out where the alias stands",
        )


def refuse_shared_inside(tree: YamlTree, node: YamlNode, start: int, end: int) -> None:
    """Refuse to remove text that holds an anchor used outside of it."""
    stack = [node]
    while stack:
        one = stack.pop()
        refuse_shared(tree, one, within=(start, end))
        stack.extend(one.children())
