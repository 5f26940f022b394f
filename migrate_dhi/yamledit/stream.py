"""A file of several YAML documents: one is edited, the others stay byte for byte."""

import re
from typing import Final, Self

from ruamel.yaml.error import MarkedYAMLError

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.regex import regex
from migrate_dhi.yamledit.document import Document
from migrate_dhi.yamledit.layout import line_end, line_number, line_start, next_line
from migrate_dhi.yamledit.nodes import Standing

_MARKER: Final = regex(r"(?:\A\ufeff|^)---(?=[ \t\r\n#]|\Z)", re.MULTILINE)
_LOOSE_MARKER: Final = regex(r"(?:\A\ufeff|^)---(?=[^ \t\r\n#])", re.MULTILINE)


class Stream:
    """A file of YAML documents, immutable.

    The documents are counted as kubectl, kustomize, Argo CD, Flux and Helm split a file: at each ``---`` at the
    start of a line, followed by nothing, blanks or a comment (``---# comment`` is a marker to all of them,
    though not to YAML itself). What stands before the first ``---`` is a document if it holds anything but
    blank lines, comments and directives; else it belongs to the first document. Every further part counts, be it
    empty, and a file without ``---`` is one document. The texts of the documents, one after another, are the file.

    Args:
        text: the whole text as in the file (read with ``newline=""``).
        name: the file's name, for error messages.
        placeholders: the text may hold ``{{ … }}``, ``${VAR}`` and ``<path:…>``, also where they are no YAML. They
            stay as they are; `Document.get` gives them as text, and an edit of a value that has one is refused.

    Raises:
        EditRefusedError: a line begins with ``---`` and something that is no blank: some tools split there.

    Attributes:
        documents: every document. One that is no YAML tells so in its `Document.refusal` and does not hinder
            the others; lines, also those of errors, are lines of the file.
    """

    def __init__(self, text: str, *, name: str = "", placeholders: bool = False) -> None:
        self.text = text
        self.name = name
        self.placeholders = placeholders
        loose = _LOOSE_MARKER.search(text)
        if loose is not None:
            raise self._refused(
                "some tools split the file here, and others do not",
                line_number(text, loose.start()),
                help="put a blank behind '---', or indent the line",
            )
        starts = _starts(text)
        documents: list[Document] = []
        line = 0
        for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
            standing = Standing(line, part=True, placeholders=placeholders)
            documents.append(Document(text[start:end], name=name, standing=standing))
            line += text.count("\n", start, end)
        self.documents: tuple[Document, ...] = tuple(documents)

    def replaced(self, index: int, document: Document) -> Self:
        """The stream with an edited document in the place of one of its own.

        Args:
            index: position in `documents`, from the end if negative.
            document: an edited form of the document there.

        Raises:
            EditRefusedError: it is not certain where the document begins or ends, because a ``---`` stands in
                what looks like the middle of a text; or the new text would be cut into other documents.
            IndexError: there is no such document.
        """
        index = range(len(self.documents))[index]
        for upper in {index - 1, index} - {-1, len(self.documents) - 1}:
            self._refuse_doubt(self.documents[upper], self.documents[upper + 1])
        texts = [one.text for one in self.documents]
        texts[index] = document.text
        result = type(self)("".join(texts), name=self.name, placeholders=self.placeholders)
        if [one.text for one in result.documents] != texts:
            line = document.standing.first_line + 1
            raise self._refused("the edit would change where the documents of the file begin", line)
        # What was parsed already is parsed no second time, as long as its lines are the same.
        known = [*self.documents[:index], document, *self.documents[index + 1 :]]
        result.documents = tuple(
            old if old.standing == new.standing else new
            for old, new in zip(known, result.documents, strict=True)
        )
        return result

    def _refuse_doubt(self, upper: Document, lower: Document) -> None:
        """Refuse a marker that its author may have meant as text.

        Every reader splits there; but a quoted text is open above it, or a block of text stands above it and
        indented lines below it.
        """
        broken = upper.refusal is not None
        cause = upper.refusal.__cause__ if upper.refusal is not None else None
        open_quote = isinstance(cause, MarkedYAMLError) and "quoted scalar" in str(cause.context)
        indented = _first_content(lower.text)[:1] in (" ", "\t")
        if open_quote or (indented and (broken or upper.ends_in_block_of_text)):
            raise self._refused(
                "the line '---' stands in the middle of a text, so it is not certain where the document ends",
                lower.standing.first_line + 1,
                help="correct the file first",
            )

    def _refused(self, message: str, line: int, help: str = "") -> EditRefusedError:  # noqa: A002
        where = f"{self.name}:{line}" if self.name else ""
        return EditRefusedError(message, line=line, where=where, help=help)


def _starts(text: str) -> list[int]:
    """Where the documents begin: at their ``---``, or at the directives above it."""
    starts = [_directives_start(text, found.start()) for found in _MARKER.finditer(text)]
    if starts and not any(_is_content(line) for line in text[: starts[0]].split("\n")):
        starts.pop(0)
    return [0, *starts]


def _directives_start(text: str, marker: int) -> int:
    """Directives stand between a ``...`` and the ``---`` of the document that they are for."""
    at, found = marker, False
    while at > 0:
        above = line_start(text, at - 1)
        line = text[above : line_end(text, above)]
        if _is_content(line):
            return at if found and line.startswith("...") else marker
        found = found or line.startswith("%")
        at = above
    return marker


def _is_content(line: str) -> bool:
    """The line is neither blank nor a comment nor a directive."""
    return not line.startswith("%") and line.lstrip(" \t\r\ufeff")[:1] not in ("", "#")


def _first_content(text: str) -> str:
    """The first line with content below the marker."""
    at = 0
    while at < len(text):
        line = text[at : line_end(text, at)]
        if _is_content(line) and not _MARKER.match(line):
            return line
        at = next_line(text, at)
    return ""
