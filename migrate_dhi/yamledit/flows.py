"""Adding and removing entries of flow maps and flow lists (``{…}``, ``[…]``)."""

from typing import Any

from migrate_dhi.yamledit import emit
from migrate_dhi.yamledit.layout import first_on_line, line_end, line_start, next_line, skip_trivia
from migrate_dhi.yamledit.locate import refuse_shared_inside
from migrate_dhi.yamledit.nodes import YamlNode, YamlTree
from migrate_dhi.yamledit.splice import Splices
from migrate_dhi.yamledit.style import Style


class FlowEdits:
    """Plans edits between brackets."""

    def __init__(self, tree: YamlTree, splices: Splices) -> None:
        self.tree = tree
        self.text = tree.text
        self.splices = splices

    def add_entries(self, node: YamlNode, added: dict[str, Any], style: Style, behind: int) -> None:  # noqa: ARG002 - the last one is never before it
        """Plan new entries of a filled flow map, behind the last one; see `BlockEdits`."""
        self._add(node, self._spans(node), len(node.entries) - 1, _entries(added, style))

    def add_items(self, node: YamlNode, index: int, added: list[Any], style: Style) -> None:
        """Plan new items of a filled flow list, behind the item at a position."""
        self._add(node, self._spans(node), index, [emit.flow_text(item, style) for item in added])

    def swap_entry(self, node: YamlNode, index: int, added: dict[str, Any], style: Style) -> None:
        """Plan to put new entries in the place of one that goes."""
        start, end = self._spans(node)[index]
        refuse_shared_inside(self.tree, node.entries[index][1], start, end)
        self.splices.put(start, end, ", ".join(_entries(added, style)))

    def remove_entries(self, node: YamlNode, indexes: list[int]) -> None:
        """Plan to remove entries of a flow map that keeps others."""
        self._remove(node, indexes)

    def remove_items(self, node: YamlNode, indexes: list[int]) -> None:
        """Plan to remove items of a flow list that keeps others."""
        self._remove(node, indexes)

    def _spans(self, node: YamlNode) -> list[tuple[int, int]]:
        if node.kind == "map":
            return [(key.start, max(key.end, value.end)) for key, value in node.entries]
        return [(item.start, item.end) for item in node.items]

    def _add(self, node: YamlNode, spans: list[tuple[int, int]], index: int, new: list[str]) -> None:
        if index < 0:
            start = spans[0][0]
            self.splices.put(start, start, "".join(f"{one}, " for one in new))
            return
        start, end = spans[index]
        head = line_start(self.text, start)
        if head > node.body:
            indent = self.text[head:start]
            if not indent.strip():
                self._add_lines(end, last=index == len(spans) - 1, new=[indent + one for one in new])
                return
        self.splices.put(end, end, "".join(f", {one}" for one in new))

    def _add_lines(self, end: int, *, last: bool, new: list[str]) -> None:
        """One entry a line, behind a comment on the line of the entry before."""
        comma = skip_trivia(self.text, end)
        trailing = self.text[comma : comma + 1] == ","
        if trailing:
            end = comma + 1
        else:
            self.splices.put(end, end, ",")
        closing = "," if trailing or not last else ""
        text = "".join(f"\n{one}{'' if n == len(new) else ','}" for n, one in enumerate(new, 1)) + closing
        stop = line_end(self.text, end)
        rest = self.text[end:stop].strip()
        self.splices.put(*((stop, stop) if not rest or rest.startswith("#") else (end, end)), text)

    def _remove(self, node: YamlNode, indexes: list[int]) -> None:
        spans = self._spans(node)
        kept = [n for n in range(len(spans)) if n not in indexes]
        for n in indexes:
            refuse_shared_inside(self.tree, node.inner(n), *spans[n])
        if kept and all(self._has_own_lines(*spans[n]) for n in indexes):
            self._remove_lines(spans, indexes, kept[-1])
            return
        for n in indexes:
            if kept and n > kept[-1]:
                self.splices.put(spans[n - 1][1], spans[n][1], "")
            else:
                self.splices.put(spans[n][0], spans[n + 1][0], "")

    def _has_own_lines(self, start: int, end: int) -> bool:
        """Nothing else stands on the lines of an entry, but for a comma and a comment behind it."""
        rest = self.text[end : line_end(self.text, end)].lstrip(" \t").removeprefix(",").lstrip(" \t")
        return first_on_line(self.text, start) and (not rest or rest.startswith("#"))

    def _remove_lines(self, spans: list[tuple[int, int]], indexes: list[int], last: int) -> None:
        text = self.text
        for n in indexes:
            self.splices.put(line_start(text, spans[n][0]), next_line(text, spans[n][1]), "")
        comma = skip_trivia(text, spans[last][1])
        if last < len(spans) - 1 and text[skip_trivia(text, spans[-1][1])] != ",":
            self.splices.put(comma, comma + 1, "")

    def fill(self, node: YamlNode, value: dict[str, Any] | list[Any], style: Style) -> None:
        """Plan the first entries between brackets that hold comments alone, below those."""
        new = (
            _entries(value, style)
            if isinstance(value, dict)
            else [emit.flow_text(one, style) for one in value]
        )
        at = line_end(self.text, self.text.rindex("#", node.body, node.end))
        line = self.text[line_start(self.text, at) : at]
        lead = " " * (len(line) - len(line.lstrip(" ")))
        if not line.lstrip().startswith("#"):
            lead += " " * style.step
        self.splices.insert_lines(
            at, [f"{lead}{one}{'' if n == len(new) else ','}" for n, one in enumerate(new, 1)]
        )


def _entries(added: dict[str, Any], style: Style) -> list[str]:
    return [
        f"{emit.key_name(key, style, flow=True)}: {emit.flow_text(item, style)}"
        for key, item in added.items()
    ]
