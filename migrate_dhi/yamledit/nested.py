"""YAML text inside a scalar: as a text of its own, and written back into the lines that it is from."""

from collections.abc import Iterator
from difflib import SequenceMatcher

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.yamledit.data import scalar_value
from migrate_dhi.yamledit.layout import line_end, next_line
from migrate_dhi.yamledit.nodes import Standing, YamlNode, YamlTree
from migrate_dhi.yamledit.scalars import double_quoted, plain_is_safe, single_quoted
from migrate_dhi.yamledit.splice import Splices


def text_inside(tree: YamlTree, node: YamlNode) -> tuple[str, Standing]:
    """The text of a scalar and how it stands in the file.

    Raises:
        EditRefusedError: the node is no text.
    """
    if node.kind != "scalar" or scalar_value(node) != node.value:
        raise EditRefusedError("this is no text", line=node.line + 1)
    line = tree.line_number(node.body)
    if node.style in ("|", ">") and not tree.standing.one_line:
        return node.value, Standing(line, placeholders=tree.standing.placeholders)
    return node.value, Standing(line - 1, one_line=True, placeholders=tree.standing.placeholders)


def rewrite(tree: YamlTree, node: YamlNode, text: str) -> Splices:
    """Plan to make a text the content of a scalar, in the form that the scalar has.

    Raises:
        EditRefusedError: the form cannot hold it, or folds lines so that they cannot be told apart.
    """
    splices = Splices(tree)
    if text == node.value:
        return splices
    if node.style in ("|", ">"):
        _Block(tree, node).rewrite(text, splices)
    else:
        splices.put(node.body, node.end, _inline(tree, node, text))
    return splices


def _inline(tree: YamlTree, node: YamlNode, text: str) -> str:
    def written(value: str) -> str | None:
        if node.style == '"':
            return double_quoted(value)
        if node.style == "'":
            return single_quoted(value)
        return value if plain_is_safe(value, flow=False) else None

    if written(node.value) != tree.text[node.body : node.end]:
        raise EditRefusedError(
            "the text is written in a way that would not stay as it is",
            line=node.line + 1,
            help="write it as a block of lines behind '|'",
        )
    new = written(text)
    if new is None:
        raise EditRefusedError(
            "these quotes cannot hold the new text" if node.style else "the new text needs quotes",
            line=node.line + 1,
            help="write it as a block of lines behind '|'",
        )
    return new


class _Block:
    """The lines of a block scalar, those of the file beside those of the value."""

    def __init__(self, tree: YamlTree, node: YamlNode) -> None:
        self.node = node
        self.values = _lines(node.value)
        self.spans: list[tuple[int, int]] = []
        at = next_line(tree.text, node.body)
        while node.value and at <= node.end and len(self.spans) < len(self.values):
            self.spans.append((at, line_end(tree.text, at)))
            at = next_line(tree.text, at)
        self.written = [tree.text[start:end] for start, end in self.spans]
        filled = [n for n, value in enumerate(self.values) if value.strip(" ")]
        if not filled or len(self.spans) != len(self.values):
            raise EditRefusedError("there is no line in this text to go by", line=node.line + 1)
        self.lead = self.written[filled[0]].removesuffix(self.values[filled[0]])
        if any(map(self._differs, self.written, self.values)):
            raise EditRefusedError(
                "the lines of this text are folded, so it cannot be edited line by line",
                line=node.line + 1,
                help="write '|' in place of '>'",
            )

    def _differs(self, written: str, value: str) -> bool:
        """Whether the file's line is another than the value's with the indentation of the block."""
        return written != self.lead + value and (value != "" or written.strip(" ") != "")

    def rewrite(self, text: str, splices: Splices) -> None:
        """Plan to change the lines that differ."""
        lines = _lines(text)
        for start, end, low, high in _hunks(self.values, lines):
            new = [self.lead + line if line else "" for line in lines[low:high]]
            if start < end and new:
                splices.put(self.spans[start][0], self.spans[end - 1][1], "\n".join(new))
            elif start > 0:
                above = self.spans[start - 1][1]
                splices.put(above, self.spans[end - 1][1], "".join("\n" + line for line in new))
            else:
                # Not all lines go without a new one: a text has one line at least.
                splices.put(self.spans[0][0], self.spans[end][0], "".join(line + "\n" for line in new))


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n")


def _hunks(old: list[str], new: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Where two lists of lines differ; equal lines at both ends need no search."""
    most = min(len(old), len(new))
    head = next((n for n in range(most) if old[n] != new[n]), most)
    tail = next((n for n in range(most - head) if old[-1 - n] != new[-1 - n]), most - head)
    middle = old[head : len(old) - tail], new[head : len(new) - tail]
    for tag, start, end, low, high in SequenceMatcher(None, *middle, autojunk=False).get_opcodes():
        if tag != "equal":
            yield head + start, head + end, head + low, head + high
