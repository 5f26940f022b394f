"""Edits of one tree: what shall be there, the splices that make it so, and the proof on the new tree."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.yamledit import emit
from migrate_dhi.yamledit.check import check_edit
from migrate_dhi.yamledit.data import same, to_data
from migrate_dhi.yamledit.locate import (
    Location,
    child_index,
    find,
    is_nothing,
    line_of,
    refuse_alias,
    refuse_shared,
    walk_to_edit,
)
from migrate_dhi.yamledit.nested import rewrite
from migrate_dhi.yamledit.nodes import YamlNode, YamlTree
from migrate_dhi.yamledit.parse import parse
from migrate_dhi.yamledit.path import DELETE, MISSING, Path, format_path
from migrate_dhi.yamledit.placeholders import refuse_below, refuse_touching
from migrate_dhi.yamledit.planner import Planner
from migrate_dhi.yamledit.sharing import Sharing
from migrate_dhi.yamledit.splice import Splices
from migrate_dhi.yamledit.style import Style


class TreeEdits:
    """Edits of a tree; each returns the tree of the new text, or the same one if nothing changes.

    Every method raises EditRefusedError where the edit cannot be made exactly.
    """

    def __init__(self, tree: YamlTree, style: Style) -> None:
        self.tree = tree
        self.style = style

    def set(self, path: Path, value: Any, together: Collection[Path] = ()) -> YamlTree:
        """Make the data at a path equal to a value; by its anchor where all users of that are to change."""
        emit.check_value(value)
        if together:
            return self._set_together(path, value, together)
        try:
            return self._set(path, value)
        except EditRefusedError as error:
            edited = self._set_alone(path, value) if self.tree.aliases else None
            if edited is None:
                raise error from error.__cause__
            return edited

    def _set_alone(self, path: Path, value: Any) -> YamlTree | None:
        """Edit a text that has aliases, but is read at one path alone: elsewhere other keys override it."""
        sharing = Sharing(self.tree)
        node, missing = sharing.source(path)
        if node is not None and not missing and same(to_data(node), value):
            return self.tree
        if node is None or sharing.users(node, missing) != [path]:
            return None
        try:
            return self._set_anchored(sharing, node, missing, value, [path])
        except EditRefusedError:
            return None

    def _set(self, path: Path, value: Any) -> YamlTree:
        slot, missing = walk_to_edit(self.tree, path, beside=True)
        above = path[: len(path) - len(missing)]
        self._refuse_shared_above(above)
        present = _present(slot)
        return self._equalized(slot, above, with_value(present, missing, value), present)

    def _set_together(self, path: Path, value: Any, together: Collection[Path]) -> YamlTree:
        sharing = Sharing(self.tree)
        node, missing = sharing.source(path)
        users = sharing.users(node, missing) if node is not None else []
        others = [one for one in users if one != path and one not in together]
        if node is None or len(users) < 2 or (others and self._has_own_place(path)):
            return self.set(path, value)
        if others:
            raise _refused(node, others)
        return self._set_anchored(sharing, node, missing, value, users)

    def _has_own_place(self, path: Path) -> bool:
        """The value can be written out at the path: an alias stands there, or a merge key brings in the last key."""
        try:
            slot, missing = walk_to_edit(self.tree, path, beside=True)
            self._refuse_shared_above(path[: len(path) - len(missing)])
            if missing and slot.node is not None:
                refuse_shared(self.tree, slot.node)
        except EditRefusedError:
            return False
        return bool(missing) or (slot.node is not None and slot.node.kind == "alias")

    def _set_anchored(
        self,
        sharing: Sharing,
        node: YamlNode,
        missing: Path,
        value: Any,
        users: Sequence[Path],
    ) -> YamlTree:
        """Edit a text where it is written."""
        own = sharing.own_path(node)
        chain = [self.tree.root, *(child for _, child in find(self.tree, own))]
        agreed = frozenset(id(one) for one in chain if one is not None)
        result = TreeEdits(replace(self.tree, agreed=agreed), self.style)._set((*own, *missing), value)  # noqa: SLF001
        wanted = to_data(self.tree.root)
        for path in users:
            wanted = with_value(wanted, path, value)
        others = list(_differences(to_data(result.root), wanted, ()))
        if others:
            raise _refused(node, others)
        return replace(result, agreed=frozenset())

    def apply(self, edits: Sequence[tuple[Path, Any]]) -> YamlTree:
        """Make several edits, with one check."""
        for path, value in edits:
            if value is DELETE:
                self._place_of(path)
            else:
                emit.check_value(value)
                _, missing = walk_to_edit(self.tree, path, beside=True)
                self._refuse_shared_above(path[: len(path) - len(missing)])
        common = edits[0][0][:-1]
        for path, _ in edits:
            while path[:-1][: len(common)] != common:
                common = common[:-1]
        slot, missing = walk_to_edit(self.tree, common)
        common = common[: len(common) - len(missing)]
        wanted = present = _present(slot)
        for path, value in edits:
            wanted = with_value(wanted, path[len(common) :], value)
        return self._equalized(slot, common, wanted, present)

    def delete(self, path: Path) -> YamlTree:
        """Remove a key or list item."""
        above, index = self._place_of(path)
        wanted = to_data(above.node)
        del wanted[path[-1]]
        planner = Planner(self.tree, self.style)
        planner.remove(above, path[-1], index)
        return self._applied(self._planned(planner, above), path[:-1], wanted)

    def rewrite(self, path: Path, text: str) -> YamlTree:
        """Make a text the content of the scalar at a path, in the scalar's form."""
        slot, missing = walk_to_edit(self.tree, path)
        node = slot.node
        if missing or node is None:
            raise self._absent(path)
        self._refuse_shared_above(path)
        if node.kind == "alias":
            refuse_alias(self.tree, node, path)
        refuse_shared(self.tree, node)
        return self._applied(rewrite(self.tree, node, text), path, text)

    def _place_of(self, path: Path) -> tuple[Location, int]:
        """The map or list that holds what shall go, and the position there."""
        if not path:
            raise EditRefusedError("a whole document cannot be deleted")
        slot, missing = walk_to_edit(self.tree, path)
        above, _ = walk_to_edit(self.tree, path[:-1])
        index = None if missing or slot.parent is None else child_index(slot.parent, path[-1])
        if index is None or above.node is None:
            raise self._absent(path)
        self._refuse_shared_above(path)
        return above, index

    def _absent(self, path: Path) -> EditRefusedError:
        return EditRefusedError(f"{format_path(path)} does not exist", line=line_of(self.tree, path))

    def _refuse_shared_above(self, path: Path) -> None:
        """Refuse an edit inside of something that aliases repeat elsewhere."""
        above = [self.tree.root, *(child for _, child in find(self.tree, path))][:-1]
        for node in above:
            if node is not None:
                refuse_shared(self.tree, node)

    def _equalized(self, slot: Location, above: Path, wanted: Any, present: Any) -> YamlTree:
        # What stays of what is there is the same data in both: nothing of that is compared.
        old = MISSING if present is None else present
        planner = Planner(self.tree, self.style)
        planner.equalize(slot, wanted, old)
        try:
            return self._applied(self._planned(planner, slot), above, wanted)
        except EditRefusedError:
            # Comments right below may have become lines of a literal block: quotes cannot swallow them.
            planner = Planner(self.tree, replace(self.style, literal=False))
            planner.equalize(slot, wanted, old)
            return self._applied(self._planned(planner, slot), above, wanted)

    def _planned(self, planner: Planner, slot: Location) -> Splices:
        """What was planned, after proving that no placeholder is in the way."""
        placeholders = self.tree.placeholders
        if placeholders and planner.splices.changes:
            try:
                if slot.node is None or is_nothing(slot.node):
                    refuse_below(self.tree.text, placeholders, slot.after, slot.column)
                refuse_touching(self.tree.text, placeholders, planner.splices.changes, slot.after)
            except EditRefusedError as error:
                error.line = self.tree.line_number(slot.after)
                raise
        return planner.splices

    def _applied(self, splices: Splices, path: Path, wanted: Any) -> YamlTree:
        if not splices.changes:
            return self.tree
        try:
            after = parse(splices.apply(), self.tree.standing)
        except EditRefusedError as error:
            line = line_of(self.tree, path)
            raise EditRefusedError("the edit would leave a file that is no YAML", line=line) from error
        check_edit(self.tree, after, path, wanted)
        return after


def _present(slot: Location) -> Any:
    """The data in a slot; None for nothing."""
    return None if slot.node is None or is_nothing(slot.node) else to_data(slot.node)


def with_value(data: Any, path: Path, value: Any) -> Any:
    """Data with a value put in at a path, or what is there taken out; missing maps and lists are created.

    Raises:
        EditRefusedError: a list would get its second item before its first.
    """
    if not path:
        return value
    part, rest = path[0], path[1:]
    goes = not rest and value is DELETE
    if isinstance(part, str):
        entries = data if isinstance(data, dict) else {}
        if goes:
            return {key: item for key, item in entries.items() if key != part}
        return {**entries, part: with_value(entries.get(part), rest, value)}
    items = data if isinstance(data, list) else []
    if part > len(items):
        raise EditRefusedError(f"there is no list yet, so its first item is 0, not {part}")
    there = items[part] if part < len(items) else None
    return [*items[:part], *([] if goes else [with_value(there, rest, value)]), *items[part + 1 :]]


def _refused(node: YamlNode, others: Sequence[Path]) -> EditRefusedError:
    return EditRefusedError(
        f"the text is also that of {', '.join(map(format_path, others))}, which would change with it",
        line=node.line + 1,
        places=tuple(map(format_path, others)),
        help="change them together, or write the value out in one of the places",
    )


def _differences(one: Any, two: Any, path: Path) -> Iterator[Path]:
    """The innermost paths at which data differ."""
    if isinstance(one, dict) and isinstance(two, dict):
        for key in {**one, **two}:
            if key in one and key in two:
                yield from _differences(one[key], two[key], (*path, key))
            else:
                yield (*path, key)
    elif isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        for n, (a, b) in enumerate(zip(one, two, strict=True)):
            yield from _differences(a, b, (*path, n))
    elif not same(one, two):
        yield path
