"""Text to nodes with exact positions, by the C parser of ruamel.yaml (its events, never its round trip)."""

import re
from typing import Any

from ruamel.yaml.cyaml import CParser  # type: ignore[attr-defined]
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.regex import regex
from migrate_dhi.yamledit.data import resolve
from migrate_dhi.yamledit.layout import line_end, skip_trivia
from migrate_dhi.yamledit.nodes import Kind, Standing, YamlNode, YamlTree
from migrate_dhi.yamledit.placeholders import Placeholder, between, hide, reveal

_PROPERTY = regex(r"(?:&[^\s,\[\]{}]+|!<[^>\s]*>|![^\s,\[\]{}]*)")
_OF_TEMPLATE = "edit the file that the template makes, or its values"
_CLOSING = (MappingEndEvent, SequenceEndEvent)
_TIGHT_MARKER = regex(r"^---#[^\r\n]*", re.MULTILINE)
_MASK = "_"
_MAX_MASKED = 200
_MAX_NODES = 1_000_000


def parse(text: str, standing: Standing) -> YamlTree:
    """Parse one document.

    Args:
        text: without a byte order mark; any line endings.
        standing: how it stands in its file.

    Raises:
        EditRefusedError: no YAML, templated, or more than one document with content; with the line of the file.
    """
    stray = text.find("\n\ufeff")
    if stray >= 0:
        line = _file_line(standing, text.count("\n", 0, stray) + 1)
        raise EditRefusedError("a byte order mark stands in the middle of the file", line=line)
    masked, placeholders = hide(text) if standing.placeholders else (text, ())
    if standing.part:
        # To Kubernetes tools ``---# comment`` is a marker.
        masked = _TIGHT_MARKER.sub(lambda found: "---".ljust(len(found[0])), masked)
    colons: list[int] = []
    while True:
        try:
            return _Composer(text, masked, standing, placeholders, colons).compose()
        except MarkedYAMLError as error:
            place = _refused_colon(masked, error)
            if place is None or len(colons) >= _MAX_MASKED:
                raise _syntax_error(text, error, standing) from error
            masked = masked[:place] + _MASK + masked[place + 1 :]
            colons.append(place)
        except YAMLError as error:
            raise EditRefusedError(f"this is no YAML: {str(error).splitlines()[0]}") from error
        except RecursionError as error:
            raise EditRefusedError("the maps and lists are nested too deeply") from error


def _file_line(standing: Standing, line: int) -> int:
    """The 1-based line of the file for a 0-based line of the text."""
    return standing.first_line + 1 + (0 if standing.one_line else line)


def _refused_colon(text: str, error: MarkedYAMLError) -> int | None:
    """Where this parser refuses ``[a:b]``, valid since YAML 1.2 and to Helm; the place of the colon.

    Hiding the colon behind a letter keeps every position, so the text is parsed again with it.
    """
    if error.problem != "found unexpected ':'" or error.problem_mark is None:
        return None
    place: int = error.problem_mark.index
    return place if text[place : place + 1] == ":" else None


def _syntax_error(text: str, error: MarkedYAMLError, standing: Standing) -> EditRefusedError:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 0
    lines = text.split("\n")
    context = error.context_mark.line + 1 if error.context_mark else line
    template = next((n for n in (context, line - 1, line) if _is_template(lines, n)), 0)
    if template:
        return EditRefusedError(
            f"this is a template, no YAML: {lines[template - 1].strip()[:60]}",
            line=_file_line(standing, template - 1),
            help=_OF_TEMPLATE,
        )
    shown = lines[line - 1] if 0 < line <= len(lines) else ""
    what = (
        "a tab is used for indentation" if re.match(r" *\t", shown) else str(error.problem or error.context)
    )
    where = _file_line(standing, line - 1) if line else 0
    return EditRefusedError(f"this is no YAML: {what}", line=where, help="correct the file first")


def _is_template(lines: list[str], line: int) -> bool:
    pattern = r"\s*(?:- +)?(?:[\w.-]+: +)?\{\{"
    return 0 < line <= len(lines) and re.match(pattern, lines[line - 1]) is not None


class _Composer:
    """Builds the nodes of one text from the parser's events."""

    def __init__(
        self,
        text: str,
        masked: str,
        standing: Standing,
        placeholders: tuple[Placeholder, ...],
        colons: list[int],
    ) -> None:
        self.text = text
        self.standing = standing
        self.above = standing.first_line
        self.placeholders = placeholders
        self.colons = colons
        self.masked = masked
        self.parser: Any = CParser(masked)
        self.anchors: dict[str, YamlNode] = {}
        self.aliases: list[YamlNode] = []
        self.open: set[int] = set()
        self.count = 0
        self.sizes: dict[int, int] = {}

    def compose(self) -> YamlTree:
        documents: list[tuple[Any, YamlNode, Any]] = []
        next_event = self.parser.get_event
        while (event := next_event()) is not None:
            if type(event) is DocumentStartEvent:
                self.anchors.clear()
                root = self.node(next_event())
                documents.append((event, root, next_event()))
        return self.tree(documents)

    def tree(self, documents: list[tuple[Any, YamlNode, Any]]) -> YamlTree:
        self.refuse_several(documents)
        if not documents:
            return YamlTree(self.text, None, 0, len(self.text), [], self.standing, self.placeholders)
        start, root, end = documents[0]
        if self.standing.part and start.explicit and root.start < root.end:
            self.refuse_behind_marker(start.start_mark, root)
        begin = start.end_mark.index if start.explicit else 0
        limit = end.start_mark.index if end.explicit else len(self.text)
        if len(documents) > 1 and not end.explicit:
            limit = documents[1][0].start_mark.index
        content = None if root.is_empty_scalar else root
        return YamlTree(self.text, content, begin, limit, self.aliases, self.standing, self.placeholders)

    def refuse_several(self, documents: list[tuple[Any, YamlNode, Any]]) -> None:
        filled = [n for n, (_, root, _) in enumerate(documents) if not root.is_empty_scalar]
        if len(filled) < 2 and filled in ([], [0]):
            return
        line = self.line(documents[filled[1] if len(filled) > 1 else filled[0]][0].start_mark) + 1
        # Seen with Helm 3.11.1, 3.17.2 and 4.1.4.
        what = "the file has several documents" if len(filled) > 1 else "the first document is empty"
        raise EditRefusedError(
            f"{what}: Helm 3 reads the first alone, and Helm 4 all of them", line=line, help="split the file"
        )

    def refuse_behind_marker(self, marker: Any, root: YamlNode) -> None:
        if root.line == self.line(marker):
            raise EditRefusedError(
                "what stands behind '---' on its line is read by some tools and dropped by others",
                line=root.line + 1,
                help="put it on a line of its own",
            )

    def line(self, mark: Any) -> int:
        """The 0-based line of the file at a mark of the parser."""
        line: int = mark.line
        return self.above + (0 if self.standing.one_line else line)

    def node(self, event: Any) -> YamlNode:
        form = type(event)
        if form is AliasEvent:
            return self.alias(event)
        start, end, line = event.start_mark.index, event.end_mark.index, self.line(event.start_mark)
        anchor, tag = event.anchor, event.tag
        head = body = start
        if anchor is not None or tag is not None:
            head, body = self.properties(start, end if form is ScalarEvent else len(self.text))
        before, self.count = self.count, self.count + 1
        if form is ScalarEvent:
            style = event.style or ""
            node = YamlNode("scalar", start, head, body, end, line, tag, anchor, style, event.value)
            if style in ("|", ">"):
                node.end = _block_scalar_end(self.text, body, end)
                node.text_start = line_end(self.text, body)
            if self.text is not self.masked:
                self.unmask(node)
        else:
            kind: Kind = "map" if form is MappingStartEvent else "list"
            node = YamlNode(kind, start, head, body, end, line, tag, anchor, flow=bool(event.flow_style))
        if anchor is not None:
            self.anchors[anchor] = node
        if node.kind != "scalar":
            self.fill(node)
        if anchor is not None:
            self.sizes[id(node)] = self.count - before
        return node

    def alias(self, event: Any) -> YamlNode:
        line = self.line(event.start_mark)
        target = self.anchors.get(event.anchor)
        if target is None:
            raise EditRefusedError(f"the alias *{event.anchor} has no anchor above it", line=line + 1)
        if id(target) in self.open:
            raise EditRefusedError(f"the anchor &{event.anchor} contains its own alias", line=line + 1)
        start, end = event.start_mark.index, event.end_mark.index
        node = YamlNode("alias", start, start, start, end, line, anchor=event.anchor, target=target)
        self.aliases.append(node)
        self.count += self.sizes[id(target)]
        if self.count > _MAX_NODES:
            raise EditRefusedError("the aliases make the data explode", line=line + 1)
        return node

    def properties(self, start: int, end: int) -> tuple[int, int]:
        """Where anchor and tag end, and where the content behind them begins."""
        head = at = start
        while at < end and (found := _PROPERTY.match(self.text, at, end)) is not None:
            head = found.end()
            at = skip_trivia(self.text, head)
        return head, min(at, end)

    def unmask(self, node: YamlNode) -> None:
        """Put back into a scalar what was hidden in it."""
        raw = self.text[node.start : node.end]
        if raw == self.masked[node.start : node.end]:
            return
        if not node.style and "\n" not in raw:
            node.value = self.text[node.body : node.end]
        elif any(node.start <= colon < node.end for colon in self.colons):
            raise EditRefusedError("a colon in brackets cannot be read exactly", line=node.line + 1)
        else:
            inside = between(self.placeholders, node.body, node.end)
            node.value = reveal(node.value, inside, node.style, node.line)

    def fill(self, node: YamlNode) -> None:
        next_event = self.parser.get_event
        self.open.add(id(node))
        # Most nodes are scalars: they share what has nothing in it.
        entries: list[tuple[YamlNode, YamlNode]] = []
        items: list[YamlNode] = []
        node.entries, node.items = entries, items
        while type(event := next_event()) not in _CLOSING:
            child = self.node(event)
            if node.kind == "list":
                items.append(child)
                continue
            if child.kind != "scalar" and resolve(child).kind != "scalar":
                template = self.text.startswith("{{", max(child.start - 1, 0))
                raise EditRefusedError(
                    "this is a template, no YAML" if template else "a map or list as a key cannot be edited",
                    line=child.line + 1,
                    help=_OF_TEMPLATE if template else "",
                )
            entries.append((child, self.node(next_event())))
        self.open.discard(id(node))
        if node.flow:
            node.end = event.end_mark.index
        else:
            node.end = (node.entries[-1][1] if node.kind == "map" else node.items[-1]).end


def _block_scalar_end(text: str, body: int, end: int) -> int:
    """The end of the last line of a block scalar that counts, before its line break."""
    header = re.compile(r"[^\n#]*").match(text, body)
    if header is not None and "+" in header[0]:
        last = end
        if text[last - 1 : last] == "\n":
            last -= 2 if text[last - 2 : last] == "\r\n" else 1
        return last
    last = body + len(text[body:end].rstrip())
    newline = text.find("\n", last)
    last = len(text) if newline < 0 else newline
    return last - 1 if text[last - 1 : last] == "\r" else last
