"""Placeholders that something fills in before YAML is read: hidden from the parser, and never edited.

Go templates and Argo CD (``{{ … }}``), Flux (``${VAR}``, ``${VAR:=default}``; ``$${VAR}`` is none), and the vault
plugin of Argo CD (``<path:…>``). Unquoted they can be no YAML, or other YAML than meant. Each is hidden behind
letters of the same number, so that all positions stay true; a line of template directives alone is hidden behind
a comment.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.grouping import grouped
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.yamledit.layout import column, is_blank, line_end, line_start, next_line

_PLACEHOLDER: Final = regex(
    r"""
      \{\{-?\s*/\*[\s\S]*?\*/\s*-?\}\}                             # {{/* a comment, also over lines */}}
    | \{\{[^\r\n]*?\}\}
    | \{\{(?:(?!\{\{|\}\})[\s\S])*\}\}                         # {{ include … }} over several lines
    | (?<!\$)\$\{[A-Za-z_]\w*(?:[^{}\r\n]|\{[^{}\r\n]*\})*\}
    | <path:[^>\r\n]+>
    """,
    re.VERBOSE,
)
_OPENING: Final = frozenset({"if", "range", "with", "define", "block"})
_CONTROL: Final = _OPENING | {"end", "else", "break", "continue"}
_FILLS: Final = [chr(code) for code in range(0xE000, 0xE100)]


@record
class Placeholder:
    """One placeholder on one line of a text.

    Attributes:
        start: where it begins.
        end: behind its last character.
        written: what stands there.
        seen: what the parser sees there, of the same length.
    """

    start: int
    end: int
    written: str
    seen: str

    @property
    def word(self) -> str:
        """The first word of a template directive, else the empty string."""
        found = re.match(r"\{\{-?\s*(\w+)", self.written)
        return found[1] if found else ""

    @property
    def is_line(self) -> bool:
        """It is hidden behind a comment."""
        return self.seen.startswith("#")


def hide(text: str) -> tuple[str, tuple[Placeholder, ...]]:
    """The text with all placeholders hidden, and what they are, in order.

    Raises:
        EditRefusedError: there is no letter to hide them behind.
    """
    found = list(_PLACEHOLDER.finditer(text))
    if not found:
        return text, ()
    fill = next((one for one in _FILLS if one not in text), None)
    if fill is None:
        raise EditRefusedError("the text has too many private characters to hide its placeholders")
    spans = [(at, line_end(text, at), one) for one in found for at in _lines(text, *one.span())]
    pieces = [(at, min(end, one.end())) for at, end, one in spans]
    commented = _directive_lines(text, pieces)
    placeholders: list[Placeholder] = []
    parts: list[str] = []
    behind = 0
    for start, end in pieces:
        lead = "#" if start in commented else fill
        seen = lead + fill * (end - start - 1)
        placeholders.append(Placeholder(start, end, text[start:end], seen))
        parts += [text[behind:start], seen]
        behind = end
    return "".join([*parts, text[behind:]]), tuple(placeholders)


def _lines(text: str, start: int, end: int) -> list[int]:
    """Where the content of each line of a span begins."""
    starts = [start]
    while (at := next_line(text, starts[-1])) < end:
        content = at + len(text[at:end]) - len(text[at:end].lstrip(" \t\r\n"))
        if content >= end:
            break
        starts.append(content)
    return starts


def _directive_lines(text: str, pieces: list[tuple[int, int]]) -> set[int]:
    """The first placeholders of lines that hold template directives alone and are not the value of a key."""
    lines = grouped((line_start(text, piece[0]), piece) for piece in pieces)
    found = set()
    for at, inside in lines.items():
        line = text[at : line_end(text, at)]
        rest = "".join(line[one - at : two - at] for (_, one), (two, _) in pairwise(inside))
        alone = not (line[: inside[0][0] - at] + rest + line[inside[-1][1] - at :]).strip()
        if alone and not line.lstrip().startswith(("${", "<")) and not _is_value(text, at, line):
            found.add(inside[0][0])
    return found


def _is_value(text: str, at: int, line: str) -> bool:
    """The line is an output directive, and all that stands below a key: its value."""
    found = re.match(r"\s*\{\{-?\s*(/\*|\$\w*\s*:?=|\w*)", line)
    if found is None or at == 0 or found[1][:1] in ("/", "$") or found[1] in _CONTROL:
        return False
    above = line_start(text, at - 1)
    key = re.match(r"([ \t]*(?:- +)*)[^#\s{][^#]*:[ \t]*(?:#.*)?\r?$", text[above : line_end(text, above)])
    if key is None or len(line) - len(line.lstrip()) <= len(key[1]):
        return False
    below = next_line(text, at)
    while below < len(text) and is_blank(text, below):
        below = next_line(text, below)
    content = text[below : line_end(text, below)]
    return len(content) - len(content.lstrip()) <= len(key[1])


def reveal(value: str, inside: Sequence[Placeholder], style: str, line: int) -> str:
    """The value of a scalar with its placeholders in place of what hides them.

    Args:
        value: as parsed.
        inside: the placeholders in the scalar, in order.
        style: of the scalar.
        line: where it stands, 0-based.

    Raises:
        EditRefusedError: an escape in a placeholder that cannot be resolved.
    """
    at = 0
    for one in inside:
        at = value.find(one.seen, at)
        written = one.written
        if style == "'":
            written = written.replace("''", "'")
        elif style == '"':
            unclear = re.search(r'\\[^"\\/]', re.sub(r"\\\\", "", written))
            if unclear is not None:
                raise EditRefusedError(f"the placeholder {one.written} has an escape", line=line + 1)
            written = re.sub(r'\\(["\\/])', r"\1", written)
        value = value[:at] + written + value[at + len(one.seen) :]
        at += len(written)
    return value


def between(placeholders: Sequence[Placeholder], start: int, end: int) -> Sequence[Placeholder]:
    """Those that stand between two offsets, in part at least."""
    low = bisect_left(placeholders, start + 1, key=lambda one: one.end)
    high = bisect_left(placeholders, end, lo=low, key=lambda one: one.start)
    return placeholders[low:high]


def open_blocks(placeholders: Sequence[Placeholder], at: int) -> list[Placeholder]:
    """The template blocks (``if``, ``range``, …) that are open at an offset, each by its last ``if`` or ``else``."""
    stack: list[Placeholder] = []
    for one in placeholders:
        if one.start >= at:
            break
        if one.word in _OPENING:
            stack.append(one)
        elif one.word == "else" and stack:
            stack[-1] = one
        elif one.word == "end" and stack:
            stack.pop()
    return stack


def refuse_touching(
    text: str, placeholders: Sequence[Placeholder], changes: Sequence[tuple[int, int, str]], place: int
) -> None:
    """Refuse changes of text that would touch a placeholder, or land in another branch of a template.

    One that is the host in front of a path (``${REGISTRY}/acme/app``) may go with all of that: what it becomes does
    not depend on what fills it in.

    Args:
        text: the whole old text.
        placeholders: of the old text.
        changes: (start, end, new text).
        place: where the edited value begins, or would begin.

    Raises:
        EditRefusedError: with the placeholder's text; without a line.
    """
    for start, end, _ in changes:
        touched = between(placeholders, start, end)
        if touched and not (len(touched) == 1 and _is_registry(text, touched[0], start, end)):
            raise _refused(f"the text here holds the placeholder {touched[0].written}")
        here, there = open_blocks(placeholders, start), open_blocks(placeholders, place)
        if start == end and here != there:
            block = next(one for one in [*here, *there] if one not in here or one not in there)
            raise _refused(f"the new text would stand on the other side of {block.written}")


def _is_registry(text: str, one: Placeholder, start: int, end: int) -> bool:
    """Whether a placeholder begins a plain text from one offset to another, with a path behind it."""
    before, behind = text[start : one.start], text[one.end : end]
    quote = before if before in ("'", '"') else ""
    return (before == quote and not one.is_line and one.word not in _CONTROL) and (
        re.fullmatch(rf"/[\w./@:-]*[a-z][\w./@:-]*{quote}", behind) is not None
    )


def refuse_below(text: str, placeholders: Sequence[Placeholder], place: int, own: int) -> None:
    """Refuse to fill a value that seems empty because template directives alone stand below its key.

    Args:
        text: the whole text.
        placeholders: in it.
        place: an offset on the key's line.
        own: the key's column, -1 for the document itself.

    Raises:
        EditRefusedError: there is such a directive.
    """
    at = place if own < 0 else next_line(text, place)
    for one in placeholders[bisect_left(placeholders, at, key=lambda one: one.start) :]:
        above = text[at : line_start(text, one.start)].splitlines()
        content = any(line.strip() and not line.lstrip().startswith("#") for line in above)
        if content or not one.is_line or column(text, one.start) <= own:
            return
        raise _refused(f"the value is made by the placeholder {one.written}")


def _refused(message: str) -> EditRefusedError:
    return EditRefusedError(message, help="edit it where the placeholder is filled in")
