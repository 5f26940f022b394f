"""Lines and columns: where an entry begins and ends, and which comments belong to it."""

import re
from typing import Final

from migrate_dhi.regex import regex

_TRIVIA: Final = regex(r"(?:[ \t\r\n]+|(?<![^ \t\r\n])#[^\n]*)*")
_COMMENTED_YAML: Final = regex(
    r"#+\s*(?:- \S|-$|[\"']?[\w./-]+[\"']?:(?:$| +(?:[\"'\[{&|>].*|[^\s#]+)(?: +#.*)?$))"
)
_DOC_MARK: Final = regex(r"#+ (?:--|@param\b|@skip\b|@extra\b)")


def line_start(text: str, at: int) -> int:
    """Offset of the first character of the line."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """Offset behind the last character of the line, before its line break."""
    end = text.find("\n", at)
    if end < 0:
        end = len(text)
    return end - 1 if end > 0 and text[end - 1] == "\r" else end


def next_line(text: str, at: int) -> int:
    """Offset of the next line, or the length of the text."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def column(text: str, at: int) -> int:
    """How many characters stand before it on its line."""
    return at - line_start(text, at)


def line_number(text: str, at: int) -> int:
    """The 1-based number of the line."""
    return text.count("\n", 0, at) + 1


def first_on_line(text: str, at: int) -> bool:
    """Nothing but blanks stands before it on its line."""
    return not text[line_start(text, at) : at].strip()


def skip_trivia(text: str, at: int) -> int:
    """The next character that is neither blank nor in a comment."""
    found = _TRIVIA.match(text, at)
    return found.end() if found else at


def comment_column(text: str, start: int) -> int | None:
    """The column of ``#`` in a line that holds a comment alone, else None."""
    line = text[start : line_end(text, start)]
    content = line.lstrip(" \t")
    return len(line) - len(content) if content.startswith("#") else None


def is_prose(comment: str) -> bool:
    """A comment that begins with ``#`` and says something: no commented-out YAML, no mark of a documentation tool."""
    told = comment.lstrip("# \t")
    return bool(told) and not (
        _COMMENTED_YAML.match(comment) or _DOC_MARK.match(comment) or "@section" in comment
    )


def is_blank(text: str, start: int) -> bool:
    """The line that starts here is blank."""
    return not text[start : line_end(text, start)].strip()


def region_end(text: str, end: int, own: int, limit: int, *, dashed: bool) -> int:
    """The end of an entry's last line, comments that are indented below it included.

    Args:
        text: the whole text.
        end: the end of the entry's content.
        own: the entry's column.
        limit: the end of the document.
        dashed: the entry is an unindented list, so ``# - item`` right below belongs to it too.
    """
    last = line_end(text, end)
    at = next_line(text, end)
    while at < limit:
        where = comment_column(text, at)
        if where is None:
            if not is_blank(text, at):
                break
            dashed = False
        elif where > own or (dashed and where == own and re.match(r"#\s*- ", text[at + where :])):
            last = line_end(text, at)
        else:
            break
        at = next_line(text, at)
    return last


def own_comments_end(text: str, end: int, own: int, limit: int) -> int:
    """The end of an entry's last line with the comment lines right below it that are indented deeper.

    Args:
        text: the whole text.
        end: the end of the entry's content.
        own: the entry's column.
        limit: the end of the document.
    """
    last = line_end(text, end)
    at = next_line(text, end)
    while at < limit:
        where = comment_column(text, at)
        if where is None or where <= own:
            break
        last = line_end(text, at)
        at = next_line(text, at)
    return last


def header_start(text: str, start: int, begin: int, own: int, key: str, *, alone: bool) -> int:
    """Where the comment lines begin that stand right above an entry and clearly belong to it.

    A line belongs to the entry if it touches it, has its column, is no commented-out YAML, and the block
    does not open the file. If the next entry follows without blank or comment (not `alone`), the comment
    may be the title of several entries: then it must name the key or be a documentation mark (``# --``,
    ``## @param``).

    Args:
        text: the whole text.
        start: the start of the entry's line.
        begin: where the document's content may start.
        own: the entry's column.
        key: the entry's key, or empty.
        alone: the next entry is set off by a blank line or a comment, or there is none.
    """
    at = start
    while at > begin:
        above = line_start(text, at - 1)
        if comment_column(text, above) != own or above < begin:
            break
        line = text[above + own : line_end(text, above)]
        if _COMMENTED_YAML.match(line) or "@section" in line:
            break
        at = above
    if at <= begin:
        return start
    block = text[at:start]
    if alone or (key and key in block) or _DOC_MARK.search(block):
        return at
    return start
