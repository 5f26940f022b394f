"""From "the data here shall equal this" to the smallest splices of the text."""

import re
from dataclasses import replace
from typing import Any

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.yamledit import emit
from migrate_dhi.yamledit.blocks import BlockEdits
from migrate_dhi.yamledit.comments import ownerless
from migrate_dhi.yamledit.data import common_ends, is_merge, key_text, merged, same, to_data
from migrate_dhi.yamledit.flows import FlowEdits
from migrate_dhi.yamledit.layout import column, comment_column, first_on_line, is_blank, line_end, next_line
from migrate_dhi.yamledit.locate import (
    Location,
    entry_slot,
    item_slot,
    refuse_merge,
    refuse_shared,
    refuse_shared_inside,
)
from migrate_dhi.yamledit.nested import rewrite
from migrate_dhi.yamledit.nodes import YamlNode, YamlTree
from migrate_dhi.yamledit.path import MISSING
from migrate_dhi.yamledit.splice import Splices
from migrate_dhi.yamledit.style import Style, local_style


class Planner:
    """Plans the splices of one edit; nothing is changed until `Splices.apply`."""

    def __init__(self, tree: YamlTree, style: Style) -> None:
        self.tree = tree
        self.text = tree.text
        self.style = style
        self.splices = Splices(tree)
        self.blocks = BlockEdits(tree, self.splices)
        self.flows = FlowEdits(tree, self.splices)

    def equalize(self, slot: Location, value: Any, old: Any = MISSING) -> None:
        """Plan to make the data in a slot equal to the value; ``old`` is what is there, where that is known."""
        node = slot.node
        if node is None:
            if value not in ({}, None):
                self.fill_document(value)
            return
        old = to_data(node) if old is MISSING else old
        if same(old, value):
            return
        refuse_shared(self.tree, node)
        if node.kind == "map" and isinstance(value, dict) and node.entries and value:
            self.equalize_map(slot, node, value, old)
        elif node.kind == "list" and isinstance(value, list) and node.items and value:
            self.equalize_list(node, value, old)
        else:
            self.replace(slot, node, value)

    def fill_document(self, value: Any) -> None:
        """Plan the first content of an empty or comments-only file."""
        if not isinstance(value, (dict, list)):
            raise EditRefusedError("a single value cannot become the content of an empty file", line=1)
        lines = emit.block_lines(value, self.style) if value else [emit.scalar_text(value, self.style)]
        at = self.tree.limit
        before = self.text[:at]
        if before and not before.endswith("\n"):
            self.splices.insert_lines(at, lines)
        else:
            self.splices.put(at, at, "".join(line + "\n" for line in lines))

    def equalize_map(
        self, slot: Location, node: YamlNode, value: dict[str, Any], old: dict[str, Any]
    ) -> None:
        """Plan the changes, removals and additions of a filled map."""
        brought: set[str] = set()
        for key, child in node.entries:
            brought = brought | merged(child).keys() if is_merge(key) else brought - {key_text(key)}
        own = [key_text(key) for key, _ in node.entries if not is_merge(key)]
        self._refuse_unclear(node, own, brought, old, value)
        over = {key for key in brought & value.keys() if not same(old[key], value[key])}
        added = {key: item for key, item in value.items() if key not in old or key in over}
        removed = [
            n for n, (key, _) in enumerate(node.entries) if not is_merge(key) and key_text(key) not in value
        ]
        if len(removed) == len(node.entries) and not added:
            self.replace(slot, node, value)
            return
        for n, (key, _) in enumerate(node.entries):
            name = None if is_merge(key) else key_text(key)
            if name in value and name not in brought and not same(old[name], value[name]):
                self.equalize(entry_slot(self.tree, node, n), value[name], old[name])
        style = local_style(self.style, self.text, node)
        edits = self.flows if node.flow else self.blocks
        if added and removed and not over:
            first = next(iter(added.values()))
            kind = "map" if isinstance(first, dict) else "list" if isinstance(first, list) else "scalar"
            alike = [n for n in removed if node.entries[n][1].kind == kind]
            removed.remove(place := (alike or removed)[0])
            edits.swap_entry(node, place, added, style)
        elif added:
            merges = [n for n, (key, _) in enumerate(node.entries) if over and is_merge(key)]
            edits.add_entries(node, added, style, merges[-1] if merges else 0)
        edits.remove_entries(node, removed)

    def _refuse_unclear(
        self, node: YamlNode, own: list[str], brought: set[str], old: dict[str, Any], value: dict[str, Any]
    ) -> None:
        """Refuse to change a key that stands there twice, and what a merge key brings in if no key beside it can."""
        changed = {key for key in old if key not in value or not same(old[key], value[key])}
        stuck = {key for key in changed & brought if key not in value or key in own}
        for key, child in node.entries:
            name = key_text(key)
            if not is_merge(key) and name in changed and own.count(name) > 1:
                raise EditRefusedError(f"the key {name!r} stands here twice", line=key.line + 1)
            if is_merge(key) and stuck & merged(child).keys():
                refuse_merge(self.tree, key, child, (min(stuck & merged(child).keys()),))

    def equalize_list(self, node: YamlNode, value: list[Any], old: list[Any]) -> None:
        """Plan the changes of a filled list: equal items at both ends stay as they are."""
        head, tail = common_ends(old, value)
        middle, wanted = range(head, len(old) - tail), value[head : len(value) - tail]
        common = min(len(middle), len(wanted))
        for n, item in zip(middle, wanted, strict=False):
            if not same(old[n], item):
                self.equalize(item_slot(self.tree, node, n), item, old[n])
        style = local_style(self.style, self.text, node)
        edits = self.flows if node.flow else self.blocks
        if len(wanted) > common:
            edits.add_items(node, head + common - 1, wanted[common:], style)
        edits.remove_items(node, list(middle)[common:])

    # One value for another

    def replace(self, slot: Location, node: YamlNode, value: Any) -> None:
        """Plan to write a new value over the old one, whatever the two are."""
        refuse_shared_inside(self.tree, node, node.body, node.end)
        if self._rewritten(node, value):
            return
        style = local_style(self.style, self.text, slot.parent)
        alike = isinstance(value, dict if node.kind == "map" else list) and value
        if alike and node.flow and not node.size and "#" in self.text[node.body : node.end]:
            self.flows.fill(node, value, local_style(style, self.text, node))
        elif slot.flow:
            self._put_inline(slot, node, self._inline(node, value, style, flow=True))
        elif node.kind in ("map", "list") and not node.flow:
            self._replace_block(slot, node, value, style)
        elif emit.is_block(value, style):
            self._open_block(slot, node, value, style)
        else:
            self._put_inline(slot, node, self._inline(node, value, style, flow=False))

    def _rewritten(self, node: YamlNode, value: Any) -> bool:
        """Plan to change words in the lines of a text; False where more differs, or its form does not allow it."""
        if node.kind != "scalar" or not isinstance(value, str) or "\n" not in node.value or "\r" in value:
            return False
        if _margins(node.value) != _margins(value):
            return False
        try:
            self.splices.changes += rewrite(self.tree, node, value).changes
        except EditRefusedError:
            return False
        return True

    def _inline(self, node: YamlNode, value: Any, style: Style, *, flow: bool) -> str:
        if flow and isinstance(value, (dict, list)):
            return emit.flow_text(value, style)
        quote = node.style if node.style in ("'", '"') else ""
        if not quote and node.kind == "scalar" and node.style == "" and isinstance(to_data(node), str):
            style = replace(style, quote_texts=False)
        return emit.scalar_text(value, style, flow=flow, quote=quote)

    def _start(self, node: YamlNode, value: Any) -> int:
        """Where the old text begins that goes: behind the anchor, and behind the tag if that may stay."""
        if node.tag is None or node.kind == "alias":
            return node.body
        if node.tag == "tag:yaml.org,2002:str" and isinstance(value, str):
            return node.body
        raise EditRefusedError(f"the value has the tag {node.tag}", line=node.line + 1)

    def _put_inline(self, slot: Location, node: YamlNode, new: str) -> None:
        start = self._start(node, new)
        if node.is_empty_scalar:
            at = slot.value_start
            space = "" if self.text[at : at + 1] in (" ", "\t", "\n", "\r", "") or slot.flow else " "
            self.splices.put(at, at, f"{slot.lead} {new}{space}")
        else:
            self.splices.put(start, node.end, new + self._header_comment(node))

    def _header_comment(self, node: YamlNode) -> str:
        """The comment behind ``|`` or ``>``, which stays when the block goes."""
        header = self.text[node.body : line_end(self.text, node.body)]
        return header[header.index(" #") :] if node.style in ("|", ">") and " #" in header else ""

    def _open_block(self, slot: Location, node: YamlNode, value: Any, style: Style) -> None:
        """A scalar, alias, ``{}`` or flow collection becomes a block (or a literal text)."""
        start = self._start(node, value)
        own_line = not node.is_empty_scalar and first_on_line(self.text, start)
        kept = node.anchor is not None and node.kind != "alias"
        head, rest = emit.value_lines(value, style)
        if own_line and not kept and not head:
            at = column(self.text, start)
            first, *others = emit.indented(rest, at)
            self.splices.put(start, node.end, first.lstrip())
            self.splices.insert_lines(line_end(self.text, node.end), others)
            return
        in_list = slot.parent is not None and slot.parent.kind == "list"
        end = line_end(self.text, node.end)
        if in_list and not head and not kept:
            gap = column(self.text, node.body) - slot.column if not node.is_empty_scalar else style.gap
            lines = emit.indented(rest, slot.column + gap)
            self._put_inline(slot, node, lines[0].lstrip())
            self.splices.insert_lines(end, lines[1:])
            return
        by = self._child_column(slot, node, value, style)
        if node.is_empty_scalar:
            at = slot.value_start
            self.splices.put(at, at, f" {head}" if head else "")
        else:
            begin = start
            stop = node.end
            if not head:
                begin = slot.value_start
                stop = stop if self.text[stop:end].strip() else end
            self.splices.put(begin, stop, head + self._header_comment(node))
        self.splices.insert_lines(end, emit.indented(rest, by))

    def _child_column(self, slot: Location, node: YamlNode, value: Any, style: Style) -> int:
        """The column of new lines below a key: that of commented-out children, else by the file's style."""
        if slot.parent is None:
            return 0
        step = style.dash if isinstance(value, list) else style.step
        if slot.parent.kind == "list":
            step = style.gap
        at = next_line(self.text, node.end)
        while at < self.tree.limit and is_blank(self.text, at):
            at = next_line(self.text, at)
        where = comment_column(self.text, at) if at < self.tree.limit else None
        if where is not None and slot.column < where <= slot.column + 8:
            dashed = re.match(r"#+\s*-(?:\s|$)", self.text[at + where :]) is not None
            if dashed == isinstance(value, list) and isinstance(value, (dict, list)):
                return where
        return slot.column + step

    def _replace_block(self, slot: Location, node: YamlNode, value: Any, style: Style) -> None:
        """A block map or list becomes something else."""
        start = self._start(node, value)
        end = line_end(self.text, node.end)
        if slot.parent is None:
            new = (
                "\n".join(emit.block_lines(value, style))
                if emit.is_block(value, style)
                else emit.scalar_text(value, style)
            )
            self.splices.put(start, end, new)
            return
        head, rest = emit.value_lines(value, style)
        if not first_on_line(self.text, start):
            lines = emit.indented(rest, column(self.text, start))
            first = head or lines.pop(0).lstrip()
            self.splices.put(start, end, "\n".join([first, *lines]))
            return
        by = self._child_column(slot, node, value, style)
        if isinstance(value, list) == (node.kind == "list") and isinstance(value, (dict, list)):
            by = column(self.text, start)
        behind = slot.value_start
        if head:
            self.splices.put(behind, behind, f" {head}")
        key_end = line_end(self.text, behind)
        above, below = ownerless(self.tree, node, next_line(self.text, key_end), end)
        lines = [*above, *emit.indented(rest, by), *below]
        self.splices.put(key_end, end, "".join("\n" + line for line in lines))

    def remove(self, slot: Location, part: str | int, index: int) -> None:
        """Plan to remove a child of the map or list in a slot."""
        node = slot.node
        if node is None:
            return
        if len(node.children()) == (2 if node.kind == "map" else 1):
            self.replace(slot, node, {} if node.kind == "map" else [])
            return
        edits = self.flows if node.flow else self.blocks
        if isinstance(part, str):
            edits.remove_entries(node, [index])
        else:
            edits.remove_items(node, [index])


def _margins(text: str) -> list[tuple[bool, str]]:
    """Of each line whether anything stands in it, and what stands in front of that."""
    return [(bool(line.strip()), line[: len(line) - len(line.lstrip())]) for line in text.split("\n")]
