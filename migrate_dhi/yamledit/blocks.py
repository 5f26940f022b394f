"""Adding and removing entries of block maps and block lists."""

import re
from typing import Any

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.yamledit import emit
from migrate_dhi.yamledit.comments import entry_extent, entry_start
from migrate_dhi.yamledit.data import key_text
from migrate_dhi.yamledit.layout import (
    column,
    first_on_line,
    is_blank,
    line_end,
    line_start,
    next_line,
    region_end,
)
from migrate_dhi.yamledit.locate import dash_at, refuse_shared_inside
from migrate_dhi.yamledit.nodes import YamlNode, YamlTree, last_inside
from migrate_dhi.yamledit.splice import Splices
from migrate_dhi.yamledit.style import Style


class BlockEdits:
    """Plans line-wise edits of block collections."""

    def __init__(self, tree: YamlTree, splices: Splices) -> None:
        self.tree = tree
        self.text = tree.text
        self.splices = splices

    # Adding

    def add_entries(self, node: YamlNode, added: dict[str, Any], style: Style, behind: int) -> None:
        """Plan new entries of a filled map, behind the block of the entry that they follow.

        Args:
            node: the map.
            added: the new keys and their values.
            style: of the map.
            behind: the position of the first entry that they may follow.
        """
        own = self._own_column(node)
        index = max(self._neighbour(node, next(iter(added))), behind)
        end = self._region_end(node.entries[index][1], own)
        apart = [""] if self._is_set_off(node, index, end) else []
        lines = [
            line for name, item in added.items() for line in (*apart, *emit.entry_lines(name, item, style))
        ]
        self.splices.insert_lines(end, emit.indented(lines, own))

    def swap_entry(self, node: YamlNode, index: int, added: dict[str, Any], style: Style) -> None:
        """Plan to put new entries in the place of one that goes."""
        own = self._own_column(node)
        key, value = node.entries[index]
        if self._is_questioned(key):
            raise EditRefusedError("the key is written with '? '", line=key.line + 1)
        end = line_end(self.text, value.end)
        refuse_shared_inside(self.tree, value, key.start, end)
        lines = [line for name, item in added.items() for line in emit.entry_lines(name, item, style)]
        self.splices.put(key.start, end, "\n".join(emit.indented(lines, own)).lstrip(" "))

    def add_items(self, node: YamlNode, index: int, added: list[Any], style: Style) -> None:
        """Plan new items of a filled list, behind the item at a position."""
        own = column(self.text, node.body)
        starts = [dash_at(self.tree, node, n) for n in range(len(node.items))]
        last = node.items[max(index, 0)]
        gap = 2
        if not last.is_empty_scalar and line_start(self.text, last.start) == line_start(
            self.text, starts[max(index, 0)]
        ):
            gap = column(self.text, last.start) - column(self.text, starts[max(index, 0)])
        lines: list[str] = []
        for item in added:
            if isinstance(item, dict) and item and last.kind == "map" and last.flow:
                lines.append("-" + " " * (gap - 1) + emit.flow_text(item, style))
            else:
                lines += _with_gap(item, style, gap)
        if index < 0:
            text = "\n".join([*emit.indented(lines, own), " " * own]).lstrip(" ")
            self.splices.put(starts[0], starts[0], text)
            return
        self.splices.insert_lines(self._region_end(last, own), emit.indented(lines, own))

    def _own_column(self, node: YamlNode) -> int:
        """The column of the keys; those behind a question mark do not count."""
        ordinary = [key for key, _ in node.entries if not self._is_questioned(key)]
        if not ordinary:
            raise EditRefusedError("the map is written with '? ' keys", line=node.line + 1)
        return column(self.text, ordinary[0].start)

    def _is_questioned(self, key: YamlNode) -> bool:
        before = self.text[line_start(self.text, key.start) : key.start]
        return re.search(r"\?\s*$", before) is not None

    def _region_end(self, value: YamlNode, own: int) -> int:
        dashed = value.kind == "list" and not value.flow and column(self.text, value.body) == own
        return region_end(self.text, value.end, own, self.tree.limit, dashed=dashed)

    def _neighbour(self, node: YamlNode, name: str) -> int:
        """The entry that a new one follows: the last one of like name, or the last."""
        names = [key_text(key) for key, _ in node.entries]
        word = _first_word(name)
        like = [n for n, other in enumerate(names) if _first_word(other) == word]
        index = like[-1] if like else len(names) - 1
        return index - 1 if index > 0 and self._ends_open(node.entries[index][1]) else index

    def _ends_open(self, node: YamlNode) -> bool:
        """The file ends in this block of text, without a line break: one more line would change the text."""
        last = last_inside(node)
        return last.style in ("|", ">") and last.end == len(self.text)

    def _keeps_breaks(self, node: YamlNode) -> bool:
        """A block of text ends this node whose last line breaks count (``|+``): a blank line would be one more."""
        last = last_inside(node)
        return last.style in ("|", ">") and "+" in self.text[last.start : line_end(self.text, last.start)]

    def _is_set_off(self, node: YamlNode, index: int, end: int) -> bool:
        """The entries of this map stand apart, with blank lines between them."""
        if self._keeps_breaks(node.entries[index][1]):
            return False
        pairs = list(zip(node.entries, node.entries[1:], strict=False))
        apart = [self._blank_between(one[1].end, two[0].start) for one, two in pairs]
        if apart.count(True) * 2 <= len(apart):
            return False
        return index == len(node.entries) - 1 or is_blank(self.text, next_line(self.text, end))

    def _blank_between(self, end: int, start: int) -> bool:
        at = next_line(self.text, end)
        while at < start:
            if is_blank(self.text, at):
                return True
            at = next_line(self.text, at)
        return False

    # Removing

    def remove_entries(self, node: YamlNode, indexes: list[int]) -> None:
        """Plan to remove entries of a map that keeps others."""
        if indexes:
            for n in indexes:
                if self._is_questioned(node.entries[n][0]):
                    raise EditRefusedError("the key is written with '? '", line=node.entries[n][0].line + 1)
            self._remove(node, indexes)

    def remove_items(self, node: YamlNode, indexes: list[int]) -> None:
        """Plan to remove items of a list that keeps others."""
        self._remove(node, indexes)

    def _remove(self, node: YamlNode, indexes: list[int]) -> None:
        text = self.text
        starts = [entry_start(self.tree, node, n) for n in range(node.size)]
        values = [value for _, value in node.entries] or node.items
        spans: list[tuple[int, int]] = []
        if 0 in indexes and not first_on_line(text, starts[0]):
            run = next(n for n in range(len(starts)) if n not in indexes)
            for n in range(run):
                refuse_shared_inside(self.tree, values[n], starts[0], values[run - 1].end)
            self._remove_inline(starts[0], entry_extent(self.tree, node, run - 1)[1], starts[run])
            indexes = [n for n in indexes if n > run]
        for n in indexes:
            refuse_shared_inside(self.tree, values[n], starts[n], values[n].end)
            at, end = entry_extent(self.tree, node, n)
            at = line_start(text, at)
            following = starts[n + 1] if n + 1 < len(starts) else None
            behind = next_line(text, end)
            floor = next_line(text, values[n - 1].end if n else self.tree.begin)
            at = self._blanks_start(at, behind, floor, last=following is None)
            span = self._whole_lines(at, end)
            if spans and spans[-1][1] > span[0]:
                span = (spans.pop()[0], next_line(text, end))
                if span[1] == end and span[0] > 0:
                    span = (line_end(text, span[0] - 1), end)
            spans.append(span)
        for start, end in spans:
            self.splices.put(start, end, "")

    def _blanks_start(self, start: int, behind: int, floor: int, *, last: bool) -> int:
        """Blank lines above that would be left over: one before another blank line, all at the end.

        Those above `floor` stay: they belong to a block of text, or to the document's first line.
        """
        text = self.text
        at_end = behind >= len(text)
        if not (last or at_end or is_blank(text, behind)):
            return start
        while start > floor and is_blank(text, above := line_start(text, start - 1)) and above >= floor:
            start = above
            if not at_end:
                break
        return start

    def _whole_lines(self, start: int, end: int) -> tuple[int, int]:
        """The span of whole lines, with the line break before them, or (other endings, first line) behind."""
        above, below = line_end(self.text, max(start - 1, 0)), next_line(self.text, end)
        same_break = self.text[above:start] == self.text[end:below]
        return (above, end) if start > 0 and (same_break or below == end) else (start, below)

    def _remove_inline(self, start: int, end: int, following: int) -> None:
        """Remove the first entries of a map or list that begins on a dash's line."""
        if not self.text[end:following].strip():
            self.splices.put(start, following, "")
        else:
            self.splices.put(len(self.text[:start].rstrip(" ")), end, "")


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
