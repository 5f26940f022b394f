"""Styled lines: what is shown, before it is known whether there are colours.

A ``Span`` is the only way a text gets to the screen, and it passes every text through ``safe``: a value, a
comment or a file name of somebody's repository cannot move the cursor, change colours, or reorder what
is read. Layout (widths, wrapping, cutting) is done here, so that it is the same with colours and without.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from migrate_dhi import redact
from migrate_dhi.quoting import UNSAFE, shell_word
from migrate_dhi.record import record

Style = Literal[
    "plain", "title", "name", "faint", "good", "bad", "warn", "added", "removed", "hunk", "command"
]

MIN_WIDTH = 60

_SHORT = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}


def safe(text: str) -> str:
    """The text without secrets, and with every character that a terminal would act on, or that hides, as an escape."""
    text = redact.text(text)
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(c) if unicodedata.category(c) in UNSAFE else c for c in text)


def _escape(character: str) -> str:
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def one_line(text: str) -> str:
    """A message of several lines as one: runs of white space that hold a line break become a blank."""
    return " ".join(part.strip() for part in text.splitlines() if part.strip())


def cells(text: str) -> int:
    """How many columns of a terminal a safe text takes."""
    if text.isascii():
        return len(text)
    return sum(_cells_of(character) for character in text)


def _cells_of(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


@record
class Span:
    """A piece of a line in one style; its text is safe whatever was given."""

    text: str
    style: Style = "plain"

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", safe(self.text))


Line = tuple[Span, ...]
BLANK: Line = ()


def plain(line: Line) -> str:
    """A line without its styles, and without blanks at its end."""
    return "".join(span.text for span in line).rstrip()


def line_cells(line: Line) -> int:
    """How many columns a line takes."""
    return sum(cells(span.text) for span in line)


@record
class Glyphs:
    """The few signs that are used; each stands beside a word that says the same."""

    arrow: str
    good: str
    bad: str
    warn: str
    info: str
    neutral: str
    ask: str
    more: str
    dot: str


UNICODE = Glyphs(arrow="→", good="✓", bad="✗", warn="!", info="i", neutral="·", ask="?", more="…", dot="·")
ASCII = Glyphs(arrow="->", good="+", bad="x", warn="!", info="i", neutral="-", ask="?", more="...", dot="|")


@record
class Look:
    """What the place of output can show.

    ``width`` is in columns; ``fit`` says that lines must stay within it, as on a terminal (elsewhere words
    longer than a line and long values are left whole, since a file or a pipe has room); ``glyphs`` are
    ASCII where the terminal may know no others.
    """

    width: int = 100
    fit: bool = False
    glyphs: Glyphs = UNICODE

    def cut(self, text: str, width: int) -> str:
        """The text, shortened at its end to so many columns if lines must fit."""
        return self.shorter(text, width) if self.fit else safe(text)

    def shorter(self, text: str, width: int) -> str:
        """The text, shortened at its end to so many columns."""
        text = safe(text)
        if cells(text) <= width:
            return text
        return _head(text, max(0, width - cells(self.glyphs.more)))[0].rstrip() + self.glyphs.more

    def pieces(self, text: str, width: int) -> list[str]:
        """The text in pieces of so many columns if lines must fit, else whole."""
        rest, pieces = safe(text), []
        while self.fit and cells(rest) > width:
            head, rest = _head(rest, width)
            pieces.append(head)
        return [*pieces, rest]

    def wrap(self, prefix: Line, pieces: Iterable[Span], *, hang: int) -> list[Line]:
        """Lay words out behind ``prefix``; further lines begin ``hang`` columns in.

        Pieces are joined by blanks. A word longer than a line is broken only where lines must fit.
        """
        lines: list[Line] = []
        current, used, empty = list(prefix), line_cells(prefix), True
        for word in self._words(pieces, self.width - hang):
            gap = 0 if empty else 1
            if used + gap + cells(word.text) > self.width and (gap or used > hang):
                lines.append(tuple(current))
                current, used, gap = [Span(" " * hang)], hang, 0
            if gap and current[-1].style == word.style:
                current[-1] = Span(f"{current[-1].text} {word.text}", word.style)
            else:
                current += [Span(" "), word] if gap else [word]
            used += gap + cells(word.text)
            empty = False
        lines.append(tuple(current))
        return lines

    def done(self, pieces: Iterable[Span]) -> list[Line]:
        """Words behind the sign of what is good."""
        return self.wrap((Span(f"{self.glyphs.good} ", "good"),), pieces, hang=2)

    def short(self, prefix: Line, pieces: Iterable[Span], *, hang: int, most: int = 1) -> list[Line]:
        """As :meth:`wrap`, but not more than so many lines: a sign says that there was more."""
        lines = self.wrap(prefix, pieces, hang=hang)
        if len(lines) <= most:
            return lines
        # The last line is filled: the next word may be a long one, whose beginning tells something.
        last, room = (*lines[most - 1], Span(" "), *lines[most][1:]), self.width - cells(self.glyphs.more)
        kept: list[Span] = []
        for span in last:
            kept.append(Span(_head(span.text, room - line_cells(tuple(kept)))[0], span.style))
        while not kept[-1].text.strip():
            kept.pop()
        kept[-1] = Span(kept[-1].text.rstrip() + self.glyphs.more, kept[-1].style)
        return [*lines[: most - 1], tuple(kept)]

    def _words(self, pieces: Iterable[Span], room: int) -> Iterator[Span]:
        for piece in pieces:
            for word in piece.text.split():
                for part in self.pieces(word, room):
                    yield Span(part, piece.style)


def _head(text: str, width: int) -> tuple[str, str]:
    """Split a text after at most ``width`` columns."""
    used = 0
    for index, character in enumerate(text):
        used += _cells_of(character)
        if used > width:
            return text[:index], text[index:]
    return text, ""


def pad(text: str, width: int) -> str:
    """The safe text with blanks up to ``width`` columns."""
    text = safe(text)
    return text + " " * (width - cells(text))


def heading(text: str) -> list[Line]:
    """A blank line and the title of a section."""
    return [BLANK, (Span(text, "title"),)]


def command_lines(look: Look, words: Sequence[str], *, indent: int) -> list[Line]:
    """A command to copy: quoted for a POSIX shell, continued with a backslash where it is too long."""
    return continued_lines(look, _flags_with_values(words), indent=indent)


def continued_lines(look: Look, parts: Iterable[str], *, indent: int) -> list[Line]:
    """The same of parts that are quoted already."""
    lines: list[Line] = []
    current = ""
    for part in parts:
        if current and look.fit and indent + cells(current) + cells(part) + 3 > look.width:
            lines.append((Span(" " * indent), Span(f"{current} \\", "command")))
            current = f"  {part}"
        else:
            current = f"{current} {part}" if current else part
    return [*lines, (Span(" " * indent), Span(current, "command"))]


def word_of(text: str) -> str:
    """One word of a command to copy, without secrets."""
    return shell_word(redact.text(text))


def _flags_with_values(words: Sequence[str]) -> list[str]:
    parts: list[str] = []
    after_flag = False
    for word in words:
        quoted = word_of(word)
        if after_flag and not word.startswith("-"):
            parts[-1] += f" {quoted}"
        else:
            parts.append(quoted)
        after_flag = word.startswith("--") and "=" not in word
    return parts
