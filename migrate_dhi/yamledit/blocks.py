"""Adding and removing entries of block maps and block lists."""

import re
from typing import Any

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.yamledit import emit
from migrate_dhi.yamledit.data import key_text
from migrate_dhi.yamledit.layout import (
    column,
    comment_column,
    first_on_line,
    header_start,
    is_blank,
    line_end,
    line_start,
    next_line,
    region_end,
)
from migrate_dhi.yamledit.locate import dash_at, refuse_shared_inside
from migrate_dhi.yamledit.nodes import Node, Tree
from migrate_dhi.yamledit.splice import Splices
from migrate_dhi.yamledit.style import Style


class BlockEdits:
    """Plans line-wise edits of block collections."""

    def __init__(self, tree: Tree, splices: Splices) -> None:
        self.tree = tree
        self.text = tree.text
        self.splices = splices

    # Adding

    def add_entries(self, node: Node, added: dict[str, Any], style: Style, after: str | None) -> None:
        """Plan new entries of a filled map, behind the block of the entry that they follow."""
        own = self._own_column(node)
        index = self._neighbour(node, next(iter(added)), after)
        end = self._region_end(node.entries[index][1], own)
        lines = [line for name, item in added.items() for line in emit.entry_lines(name, item, style)]
        if self._is_set_off(node, index):
            lines = ["", *lines]
        self.splices.insert_lines(end, emit.indented(lines, own))

    def swap_entry(self, node: Node, index: int, added: dict[str, Any], style: Style) -> None:
        """Plan to put new entries in the place of one that goes."""
        own = self._own_column(node)
        key, value = node.entries[index]
        end = line_end(self.text, value.end)
        refuse_shared_inside(self.tree, value, key.start, end)
        lines = [line for name, item in added.items() for line in emit.entry_lines(name, item, style)]
        self.splices.put(key.start, end, "\n".join(emit.indented(lines, own)).lstrip(" "))

    def add_items(self, node: Node, index: int, added: list[Any], style: Style) -> None:
        """Plan new items of a filled list, behind the item at a position."""
        own = column(self.text, node.body)
        starts = [dash_at(self.tree, node, n) for n in range(len(node.items))]
        last = node.items[index]
        gap = 2
        if not last.is_empty_scalar and line_start(self.text, last.start) == line_start(
            self.text, starts[index]
        ):
            gap = column(self.text, last.start) - column(self.text, starts[index])
        lines: list[str] = []
        for item in added:
            if isinstance(item, dict) and item and last.kind == "map" and last.flow:
                lines.append("-" + " " * (gap - 1) + emit.flow_text(item, style))
            else:
                lines += _with_gap(item, style, gap)
        if not all(first_on_line(self.text, start) for start in starts[1:]):
            raise EditRefusedError("the list is written in an unusual form", line=node.line + 1)
        self.splices.insert_lines(self._region_end(last, own), emit.indented(lines, own))

    def _own_column(self, node: Node) -> int:
        text = self.text
        if any(re.search(r"\?\s", text[line_start(text, k.start) : k.start]) for k, _ in node.entries):
            raise EditRefusedError("the map is written with '? ' keys", line=node.line + 1)
        return column(text, node.entries[0][0].start)

    def _region_end(self, value: Node, own: int) -> int:
        dashed = value.kind == "list" and not value.flow and column(self.text, value.body) == own
        return region_end(self.text, value.end, own, self.tree.limit, dashed=dashed)

    def _neighbour(self, node: Node, name: str, after: str | None) -> int:
        """The entry that a new one follows: the one asked for, the last one of like name, or the last."""
        names = [key_text(key) for key, _ in node.entries]
        if after in names:
            return len(names) - 1 - names[::-1].index(after)
        word = _first_word(name)
        like = [n for n, other in enumerate(names) if _first_word(other) == word]
        return like[-1] if like else len(names) - 1

    def _is_set_off(self, node: Node, index: int) -> bool:
        """The entries of this map stand apart, with blank lines between them."""
        pairs = list(zip(node.entries, node.entries[1:], strict=False))
        apart = [self._blank_between(one[1].end, two[0].start) for one, two in pairs]
        if len(apart) < 2 or apart.count(True) * 2 <= len(apart):
            return False
        return index == len(node.entries) - 1 or apart[index]

    def _blank_between(self, end: int, start: int) -> bool:
        at = next_line(self.text, end)
        while at < start:
            if is_blank(self.text, at):
                return True
            at = next_line(self.text, at)
        return False

    # Removing

    def remove_entries(self, node: Node, indexes: list[int]) -> None:
        """Plan to remove entries of a map that keeps others."""
        if indexes:
            own = self._own_column(node)
            starts = [key.start for key, _ in node.entries]
            values = [value for _, value in node.entries]
            names = [key_text(key) for key, _ in node.entries]
            for n in indexes:
                self._remove(n, starts, values, own, name=names[n])

    def remove_items(self, node: Node, indexes: list[int]) -> None:
        """Plan to remove items of a list that keeps others."""
        starts = [dash_at(self.tree, node, n) for n in range(len(node.items))]
        for n in indexes:
            self._remove(n, starts, node.items, column(self.text, starts[0]))

    def _remove(self, n: int, starts: list[int], values: list[Node], own: int, *, name: str = "") -> None:
        text, start, value = self.text, starts[n], values[n]
        refuse_shared_inside(self.tree, value, start, value.end)
        end = self._own_comments_end(value, own)
        following = starts[n + 1] if n + 1 < len(starts) else None
        if not first_on_line(text, start):
            self._remove_inline(start, end, following)
            return
        at = line_start(text, start)
        alone = following is None or next_line(text, end) < line_start(text, following)
        at = header_start(text, at, self.tree.begin, own, name, alone=alone)
        behind = next_line(text, end)
        above = line_start(text, at - 1) if at > 0 else 0
        if at > self.tree.begin and is_blank(text, above) and (behind >= len(text) or is_blank(text, behind)):
            at = above
        if end >= len(text) and at > 0:
            at = line_end(text, at - 1)
            behind = len(text)
        self.splices.put(at, behind, "")

    def _remove_inline(self, start: int, end: int, following: int | None) -> None:
        """Remove the first entry of a map or list that begins on a dash's line."""
        if following is not None and not self.text[end:following].strip():
            self.splices.put(start, following, "")
        else:
            self.splices.put(len(self.text[:start].rstrip(" ")), end, "")

    def _own_comments_end(self, value: Node, own: int) -> int:
        end = line_end(self.text, value.end)
        at = next_line(self.text, end)
        while at < self.tree.limit:
            where = comment_column(self.text, at)
            if where is None or where <= own:
                break
            end = line_end(self.text, at)
            at = next_line(self.text, at)
        return end


def _first_word(name: str) -> str:
    found = re.match(r"[a-z0-9]+|[A-Z]+[a-z0-9]*", name)
    return found[0] if found else name


def _with_gap(item: Any, style: Style, gap: int) -> list[str]:
    first, *rest = emit.item_lines(item, style)
    shift = gap - style.gap
    return [
        "-" + " " * (gap - 1) + first[style.gap :],
        *(" " * shift + line if line else line for line in rest),
    ]
