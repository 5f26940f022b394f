"""Comments: where they stand, which go with an entry that is deleted, and the proof that no other is lost."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.regex import regex
from migrate_dhi.yamledit.data import common_ends, is_merge, key_text, same, to_data
from migrate_dhi.yamledit.layout import (
    column,
    comment_column,
    first_on_line,
    header_start,
    line_end,
    line_start,
    next_line,
    own_comments_end,
)
from migrate_dhi.yamledit.locate import dash_at
from migrate_dhi.yamledit.nodes import YamlNode, YamlTree

_COMMENT = regex(r"#[^\r\n]*")


def check_comments(before: YamlTree, after: YamlTree, old: YamlNode | None, wanted: Any) -> None:
    """Hold the comments of the new text against those of the old one.

    Args:
        before: the tree before the edit.
        after: the tree of the new text.
        old: the node that was edited; None in an empty document.
        wanted: the data that is there now.

    Raises:
        EditRefusedError: a comment is lost that does not belong to a deleted entry.
    """
    head, tail = _common_lines(before.text, after.text)
    comments = list(comments_of(before, head, len(before.text) - tail))
    there = Counter(text for _, text in comments_of(after, head, len(after.text) - tail))
    lost = Counter(text for _, text in comments) - there
    if not lost:
        return
    gone = _gone(before, old, wanted) if old is not None else ()
    # By text: of two that are the same the other one may stand in the lines that differ.
    lost -= Counter(text for _, text in {one for span in gone for one in comments_of(before, *span)})
    for at, text in comments:
        if lost[text]:
            raise EditRefusedError(
                f"the edit would lose the comment {text[:60]!r}",
                line=before.line_number(at),
                help="move the comment",
            )


def _common_lines(one: str, two: str) -> tuple[int, int]:
    """The lengths of what two texts have in common at the start and, of the rest, at the end, in whole lines."""
    low, high = 0, min(len(one), len(two))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == two[low:middle] else (low, middle - 1)
    head = line_start(one, low)
    low, high = 0, min(len(one), len(two)) - head
    while low < high:
        middle = (low + high + 1) // 2
        same_end = one[len(one) - middle : len(one) - low] == two[len(two) - middle : len(two) - low]
        low, high = (middle, high) if same_end else (low, middle - 1)
    return head, len(one) - next_line(one, len(one) - low) if low else 0


def comments_of(tree: YamlTree, start: int, end: int) -> Iterator[tuple[int, str]]:
    """Every comment of a span of whole lines as (offset, text without trailing blanks), in order."""
    text = tree.text
    at = start
    for low, high in _opaque(tree.root, start, end) if tree.root is not None else ():
        for found in _COMMENT.finditer(text, at, max(low, at)):
            yield found.start(), found[0].rstrip()
        at = max(at, high)
    for found in _COMMENT.finditer(text, at, max(end, at)):
        yield found.start(), found[0].rstrip()


def _opaque(root: YamlNode, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The spans in which ``#`` is no comment: anchors, tags and scalars, of those that reach into a span."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node.start >= end or node.end < start:
            continue
        yield node.start, node.head
        if node.kind in ("map", "list"):
            stack += reversed(node.children())
        elif node.style in ("|", ">"):
            yield node.body, node.body + 1
            yield node.text_start, node.end
        else:
            yield node.body, node.end


def _gone(tree: YamlTree, node: YamlNode, wanted: Any) -> Iterator[tuple[int, int]]:
    """The extents of all entries that are deleted where a node comes to say something else."""
    if node.kind not in ("map", "list") or same(to_data(node), wanted):
        return
    if node.kind == "map":
        for n, (key, value) in enumerate(node.entries):
            kept = isinstance(wanted, dict) and (is_merge(key) or key_text(key) in wanted)
            if not kept:
                yield entry_extent(tree, node, n)
            elif not is_merge(key):
                yield from _gone(tree, value, wanted[key_text(key)])
        return
    items = [to_data(item) for item in node.items]
    head, tail = common_ends(items, wanted) if isinstance(wanted, list) else (0, 0)
    there = len(wanted) - tail if isinstance(wanted, list) else 0
    for n in range(head, len(items) - tail):
        if n < there:
            yield from _gone(tree, node.items[n], wanted[n])
        else:
            yield entry_extent(tree, node, n)


def entry_extent(tree: YamlTree, node: YamlNode, index: int) -> tuple[int, int]:
    """From the comment lines above an entry or item that belong to it to the end of the last one below it.

    The first entry of a map or list that begins behind a dash begins there itself.
    """
    start = entry_start(tree, node, index)
    value = node.entries[index][1] if node.kind == "map" else node.items[index]
    own = column(tree.text, start)
    end = own_comments_end(tree.text, value.end, own, tree.limit)
    if node.flow:
        end = line_end(tree.text, value.end)
        if tree.text[value.end : end].strip(" \t,")[:1] not in ("", "#"):
            end = value.end
    if not first_on_line(tree.text, start):
        return start, end
    following = entry_start(tree, node, index + 1) if index + 1 < node.size else None
    alone = following is None or next_line(tree.text, end) < line_start(tree.text, following)
    name = key_text(node.entries[index][0]) if node.kind == "map" else ""
    at = header_start(tree.text, line_start(tree.text, start), tree.begin, own, name, alone=alone)
    return at, end


def entry_start(tree: YamlTree, node: YamlNode, index: int) -> int:
    """Where a key, an item in brackets, or the dash of an item begins."""
    if node.kind == "map":
        return node.entries[index][0].start
    return node.items[index].start if node.flow else dash_at(tree, node, index)


def ownerless(tree: YamlTree, node: YamlNode, start: int, end: int) -> tuple[list[str], list[str]]:
    """The comment lines of a block map or list that belong to none of its entries, as they are written.

    Args:
        tree: the whole tree.
        node: the map or list.
        start: where the first line below its key begins.
        end: where its last line ends.

    Returns:
        those above its first entry, and the others.
    """
    extents = [entry_extent(tree, node, n) for n in range(node.size)]
    first = entry_start(tree, node, 0)
    above: list[str] = []
    below: list[str] = []
    while start < end:
        if comment_column(tree.text, start) is not None and not any(
            low <= start < high for low, high in extents
        ):
            (above if start < first else below).append(tree.text[start : line_end(tree.text, start)])
        start = next_line(tree.text, start)
    return above, below
