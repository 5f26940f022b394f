"""The style of a file: indentation, lists, quotes; of the neighbours first, then of the whole file."""

from collections import Counter
from dataclasses import replace

from migrate_dhi.record import record
from migrate_dhi.yamledit.data import scalar_value
from migrate_dhi.yamledit.layout import column, first_on_line
from migrate_dhi.yamledit.nodes import YamlNode, YamlTree
from migrate_dhi.yamledit.scalars import plain_is_safe

# So many quoted texts show a habit, and such a part of all.
_FEW, _NEARLY_ALL = 3, 0.9


@record
class Style:
    """How new text is written.

    Attributes:
        step: how far a map stands from its key.
        dash: how far a list's dashes stand from its key; 0 for unindented lists.
        gap: how far the content of an item stands from its dash, usually 2.
        quote: the quote character where quotes are needed.
        quote_texts: texts are quoted even where it is not needed, as the neighbours are.
        quote_keys: keys are quoted too, as in JSON.
        padding: what stands inside the braces of a flow map.
        literal: texts of several lines are written as literal blocks.
    """

    step: int = 2
    dash: int = 2
    gap: int = 2
    quote: str = '"'
    quote_texts: bool = False
    quote_keys: bool = False
    padding: str = ""
    literal: bool = True


def file_style(tree: YamlTree) -> Style:
    """The prevailing style of the file; where it shows none: two blanks, indented lists, double quotes."""
    steps: Counter[int] = Counter()
    dashes: Counter[int] = Counter()
    quotes: Counter[str] = Counter()
    free: Counter[bool] = Counter()
    stack = [tree.root] if tree.root is not None else []
    while stack:
        node = stack.pop()
        if node.kind == "scalar":
            if node.style in ("'", '"'):
                quotes[node.style] += 1
            if isinstance(scalar_value(node), str) and plain_is_safe(node.value, flow=False):
                free[node.style in ("'", '"')] += 1
        elif node.kind == "map":
            for key, value in node.entries:
                _count_entry(tree.text, node, key, value, steps=steps, dashes=dashes)
                stack.append(value)
        else:
            stack.extend(node.items)
    step = _most(steps, 2)
    quote = "'" if quotes["'"] > quotes['"'] else '"'
    flush = dashes.pop(0, 0)
    dash = 0 if flush > dashes.total() else _most(dashes, step)
    # Where nearly all texts are quoted that need not be, a new one is, too: also in a map that is new.
    quoted = free[True] >= _FEW and free[True] >= free.total() * _NEARLY_ALL
    style = Style(step=step, dash=dash, quote=quote, quote_texts=quoted)
    return local_style(style, tree.text, tree.root) if tree.root is not None and tree.root.flow else style


def _count_entry(
    text: str, node: YamlNode, key: YamlNode, value: YamlNode, *, steps: Counter[int], dashes: Counter[int]
) -> None:
    if node.flow or value.flow or not (value.entries or value.items) or not first_on_line(text, value.body):
        return
    distance = column(text, value.body) - column(text, key.start)
    if value.kind == "list":
        dashes[distance] += 1
    elif distance > 0:
        steps[distance] += 1


def _most(counts: Counter[int], default: int) -> int:
    """The commonest; of equally common ones the larger."""
    return max(counts, key=lambda one: (counts[one], one)) if counts else default


def local_style(style: Style, text: str, node: YamlNode | None) -> Style:
    """The style for new entries of a map or list: that of its present entries where they agree."""
    if node is None or node.kind not in ("map", "list"):
        return style
    values = [value for _, value in node.entries] or node.items
    texts = [value for value in values if value.kind == "scalar" and isinstance(scalar_value(value), str)]
    quoted = [value.style for value in texts if value.style in ("'", '"')]
    free = [value.style in ("'", '"') for value in texts if plain_is_safe(value.value, flow=node.flow)]
    keys = [key.style for key, _ in node.entries]
    if keys and all(one == '"' for one in keys):
        style = replace(style, quote_keys=True, quote='"', quote_texts=True)
    else:
        quote = max(("'", '"'), key=quoted.count) if quoted else style.quote
        texts_too = style.quote_keys or all(free) if free else style.quote_texts
        if (quote, texts_too) != (style.quote, style.quote_texts):
            style = replace(style, quote=quote, quote_texts=texts_too)
    if node.flow:
        inner = text[node.body + 1 : node.body + 2]
        return replace(style, padding=" " if inner == " " and node.kind == "map" else "")
    for key, value in node.entries:
        if value.kind == "map" and not value.flow and first_on_line(text, value.body):
            return replace(style, step=column(text, value.body) - column(text, key.start))
    return style
