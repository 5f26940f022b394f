"""Literal lines of a text that is filled in before it is YAML (a template): found by their key, edited byte for byte.

Such a text cannot be parsed, so nothing here claims to know what its lines mean: whoever edits renders before and
after. Of a line that holds an action (``{{``) nothing is edited but a word that reads like an image, and nothing that
stands in the way of an action.

A place is a name and a number: ``("image", 2)`` is the third line of the text with the key ``image``, ``("word", 2)``
the third word that reads like a whole image, also within an action: ``{{ define "image" }}docker.io/a/b:1{{ end }}``,
``{{ .Values.image | default "docker.io/a/b:1" }}``. ``("name", 0)`` is the first name of an image whose tag an action
gives: ``docker.io/a/b:{{ .Values.tag }}``, and ``("prefix", 0)`` what stands before the first such action, which may
be nothing: the ``v`` of ``:v{{ .Values.tag }}``. ``("path", 0)`` is the first name of an image whose registry an
action gives: ``{{ .Values.registry }}/a/b:1``, and ``("version", 0)`` the first tag behind such a name or action.
Edits add no such line or word, so a place stays what it is whatever is edited.
"""

import re
from collections.abc import Iterator
from itertools import islice, takewhile
from typing import Any

from migrate_dhi.errors import EditRefusedError, MigrateDhiError
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.yamledit.document import Document
from migrate_dhi.yamledit.emit import block_lines, indented, scalar_text
from migrate_dhi.yamledit.path import MISSING
from migrate_dhi.yamledit.style import Style

Place = tuple[str, int]
"""What is to be written, and which of the lines with its key (``KEYS``) tells where, from 0."""

KEYS = {
    "image": "image",
    "imagePullSecrets": "containers",
    "securityContext": "image",
    **{name: name for name in ("startupProbe", "livenessProbe", "readinessProbe")},
}
"""What can be written → the key of the line that tells where: in its stead, beside it, or below it."""

_LINE = regex(r"(?P<lead> *(?:- +)*)(?P<key>[A-Za-z][\w.-]*):(?:[ \t]+(?P<value>\S.*?))?[ \t\r]*")
_SCALAR = regex(
    r"(?P<quote>[\"']?)(?P<text>[^\s\"'#{}&*!|>%@`,\[\]][^\s\"'#{},\[\]]*)(?P=quote)(?P<rest>\s+#.*)?"
)
_ACTION = "{{"
_STAND_IN = "migrate-dhi-action-"
_NAME = r"(?<![\w./:@-])(?:[a-z0-9][\w.-]*(?::\d+)?/)+[a-z0-9](?:[\w.-]*\w)?"
# Without a path it is one only behind the key.
_BARE = r"(?:(?<=image: )|(?<=image: \")|(?<=image: '))[a-z0-9](?:[\w.-]*\w)?"
# What an action puts in; one that opens or ends a block puts in nothing itself.
_GIVEN = r"(?:\{\{(?!-?\s*(?:if|else|end|with|range)\b)|%[sv])"
_BEFORE = rf"(?:[\w.-]+(?={_GIVEN})|(?=\{{\{{|%[sv]))"
_WHOLE = rf"{_NAME}:\w[\w.-]*(?:@sha256:[0-9a-f]{{64}})?(?![\w/:@-])"
_ACTED = r"(?:\}\}|%[sv])"
_PATH = r"[a-z0-9](?:[\w.-]*\w)?(?:/[a-z0-9](?:[\w.-]*\w)?)*"
# What stands in the text itself, by the group, and what all of a new text must be.
_WORDS = {
    "word": (regex(rf"(?P<word>{_WHOLE})(?!{_GIVEN})"), regex(_WHOLE)),
    "name": (
        regex(rf"(?P<name>{_NAME}|{_BARE})(?=:{_BEFORE})"),
        regex(rf"{_NAME}|[a-z0-9](?:[\w.-]*\w)?"),
    ),
    "prefix": (
        regex(rf"(?:{_NAME}|{_BARE}|\}}\}}|%[sv]):(?P<prefix>{_BEFORE})"),
        regex(r"[\w.-]*"),
    ),
    "path": (regex(rf"{_ACTED}/(?P<path>{_PATH})(?=:(?:\w|{_GIVEN}))"), regex(_PATH)),
    "version": (
        regex(rf"{_ACTED}(?:/{_PATH})?:(?P<version>\w[\w.-]*)(?!{_GIVEN})(?![\w.:/@-])"),
        regex(r"\w[\w.-]*"),
    ),
}


@record
class _Line:
    """A line with a key: its number from 0, the column of the key, and what stands behind the colon."""

    number: int
    column: int
    first: bool
    key: str
    value: str


def places(text: str, name: str) -> list[Place]:
    """The places of a text where something could be written; whether it can is another question.

    A word that is all of a literal line is the place of that line.
    """
    if name in _WORDS:
        lines = text.split("\n")
        whole = {
            line.number
            for line in _lines_with(lines, "image")
            if _SCALAR.fullmatch(line.value) and _ACTION not in lines[line.number]
        }
        words = enumerate(_WORDS[name][0].finditer(text))
        return [(name, n) for n, word in words if text.count("\n", 0, word.start()) not in whole]
    return [(name, number) for number, _ in enumerate(_lines_with(text.split("\n"), KEYS[name]))]


def held(text: str, place: Place) -> tuple[int, Any]:
    """The 1-based line of a place, and what stands there; MISSING where nothing literal does."""
    if place[0] in _WORDS:
        word = _word(text, place)
        return text.count("\n", 0, word.start()) + 1, word[place[0]]
    lines = text.split("\n")
    line = _line(lines, place)
    if place[0] == "image":
        match = _SCALAR.fullmatch(line.value) if _ACTION not in lines[line.number] else None
        return line.number + 1, match["text"] if match else MISSING
    own = line if place[0] == KEYS[place[0]] else _sibling(lines, line, place[0])
    if own is None:
        return line.number + 1, MISSING
    return own.number + 1, _data(lines[own.number : _end(lines, own)])


def written(text: str, place: Place, value: Any) -> str:
    """The text with something written at a place; raises EditRefusedError where a line there is not literal."""
    if place[0] in _WORDS:
        word = _word(text, place)
        if not isinstance(value, str) or not _WORDS[place[0]][1].fullmatch(value):
            raise _refused(f"{value} does not read like what stands there", text.count("\n", 0, word.start()))
        return text[: word.start(place[0])] + value + text[word.end(place[0]) :]
    lines = text.split("\n")
    line = _line(lines, place)
    style = _style(lines)
    if place[0] == "image":
        _set_scalar(lines, line, value)
    elif place[0] == "imagePullSecrets":
        _extend(lines, line, value, style)
    elif place[0] == "securityContext":
        _fill(lines, line, place[0], value, style)
    else:
        _handle(lines, line, value, style)
    return "\n".join(lines)


def marked(text: str, place: Place, mark: str) -> str:
    """The text with a line ``mark`` (a key and a value) that stands where the place's map is."""
    lines = text.split("\n")
    line = _line(lines, place)
    if place[0] == "securityContext":
        _insert(lines, _behind(lines, line), line.column, [mark])
    elif place[0] == KEYS[place[0]] and _is_flow(line):
        start = lines[line.number].index(line.value, line.column + len(line.key))
        lines[line.number] = f"{lines[line.number][:start]}{{{mark}, {lines[line.number][start + 1 :]}"
    elif place[0] == KEYS[place[0]]:
        number, column = _first_below(lines, line)
        _insert(lines, number, column, [mark])
    else:
        _insert(lines, _above(lines, line), line.column, [mark])
    return "\n".join(lines)


def _lines_with(lines: list[str], key: str) -> Iterator[_Line]:
    return (line for n, _ in enumerate(lines) if (line := _read(lines, n)) and line.key == key)


def _read(lines: list[str], number: int) -> _Line | None:
    match = _LINE.fullmatch(lines[number])
    if match is None:
        return None
    return _Line(number, len(match["lead"]), "-" in match["lead"], match["key"], match["value"] or "")


def _line(lines: list[str], place: Place) -> _Line:
    found = list(_lines_with(lines, KEYS[place[0]]))
    if place[1] >= len(found):
        raise EditRefusedError(f"there is no such line with {KEYS[place[0]]}: in the template any more")
    return found[place[1]]


def _word(text: str, place: Place) -> re.Match[str]:
    found = next(islice(_WORDS[place[0]][0].finditer(text), place[1], None), None)
    if found is None:
        raise EditRefusedError("there is no such image in the template any more")
    return found


def _refused(what: str, number: int) -> EditRefusedError:
    return EditRefusedError(what, line=number + 1)


def _set_scalar(lines: list[str], line: _Line, value: str) -> None:
    match = _SCALAR.fullmatch(line.value)
    if match is None or _ACTION in lines[line.number]:
        raise _refused("the line is not literal", line.number)
    whole = lines[line.number]
    start = whole.index(line.value, line.column + len(line.key) + 1)
    new = scalar_text(value, Style(), quote=match["quote"])
    end = start + len(match["text"]) + 2 * len(match["quote"])
    lines[line.number] = whole[:start] + new + whole[end:]


def _extend(lines: list[str], line: _Line, value: list[Any], style: Style) -> None:
    """A list beside a line with a key: made above it, or what is new put behind a literal one that is there."""
    there = _sibling(lines, line, "imagePullSecrets")
    if there is None:
        _insert(lines, _above(lines, line), line.column, block_lines({"imagePullSecrets": value}, style))
        return
    end = _end(lines, there)
    items = _data(lines[there.number : end])
    dash = re.match(r" *", lines[there.number + 1]) if there.number + 1 < end else None
    if not isinstance(items, list) or there.value or dash is None or value[: len(items)] != items:
        raise _refused("the list of pull secrets is not literal", there.number)
    _insert(lines, end, dash.end(), block_lines(value[len(items) :], style))


def _fill(lines: list[str], line: _Line, name: str, value: dict[str, Any], style: Style) -> None:
    """Keys of a map beside a line: added to a literal one that is there, or the map is made below the line."""
    there = _sibling(lines, line, name)
    if there is None:
        _insert(lines, _behind(lines, line), line.column, block_lines({name: value}, style))
        return
    _, column = _first_below(lines, there)
    _insert(lines, _end(lines, there), column, block_lines(value, style))


def _handle(lines: list[str], line: _Line, value: dict[str, Any], style: Style) -> None:
    """Another handler in place of a literal ``exec`` below a line, or in the flow map on it; comment lines stay."""
    if _is_flow(line):
        _handle_in_flow(lines, line, value)
        return
    end, (number, column) = _end(lines, line), _first_below(lines, line)
    below = (_read(lines, n) for n in range(number, end))
    own = next((one for one in below if one and one.key == "exec" and one.column == column), None)
    if own is None:
        raise _refused("no literal exec stands there", line.number)
    block = lines[own.number : _end(lines, own)]
    if any(_ACTION in each for each in block) or _data(block) is MISSING:
        raise _refused("the exec handler is not literal", own.number)
    comments = [each.strip() for each in block if each.lstrip().startswith("#")]
    # In a text of several lines what begins with the sign may be no comment.
    texts = any(re.search(r"[|>][+-]?\s*$", each) for each in block)
    if (comments and texts) or any(re.search(r"\S.*\s#\s", each) for each in block):
        raise _refused("a comment stands in the exec handler, and would be lost", own.number)
    del lines[own.number : own.number + len(block)]
    _insert(lines, own.number, column, [*comments, *block_lines(value, style)])


def _is_flow(line: _Line) -> bool:
    """Whether a line holds a map in braces: what begins with two of them is an action."""
    return line.value.startswith("{") and not line.value.startswith(_ACTION)


def _handle_in_flow(lines: list[str], line: _Line, value: dict[str, Any]) -> None:
    """Another handler in place of a literal ``exec`` in a map that begins and ends on its line."""
    whole = lines[line.number].rstrip("\r")
    start = whole.index(f"{line.key}:", line.column)
    actions = re.findall(r"\{\{.*?\}\}", whole[start:])
    stand_ins = {f"{_STAND_IN}{number}z": action for number, action in enumerate(actions)}
    text = whole[start:]
    for name, action in stand_ins.items():
        text = text.replace(action, name, 1)
    try:
        document = Document(text)
        before = document.get((line.key, "exec"), MISSING)
        for key, handler in value.items():
            document = document.set((line.key, key), handler)
        after = document.delete((line.key, "exec")).text if before is not MISSING else ""
    except MigrateDhiError as error:
        raise _refused(f"{line.key} is no map on its line", line.number) from error
    if not after or _STAND_IN in str(before):
        raise _refused("no literal exec stands there", line.number)
    for name, action in stand_ins.items():
        after = after.replace(name, action, 1)
    lines[line.number] = whole[:start] + after + lines[line.number][len(whole) :]


def _sibling(lines: list[str], line: _Line, key: str) -> _Line | None:
    """The line with another key of the same map, where one is to be seen."""
    above = takewhile(lambda n: not _opens(lines, n + 1, line), range(line.number - 1, -1, -1))
    below = takewhile(lambda n: not _opens(lines, n, line), range(line.number + 1, len(lines)))
    for numbers in (above, below):
        for number in numbers:
            text = lines[number]
            if not text.strip() or text.lstrip().startswith((_ACTION, "#")):
                continue
            if len(text) - len(text.lstrip(" -")) < line.column:
                break
            own = _read(lines, number)
            if own and own.key == key and own.column == line.column:
                return own
    return None


def _opens(lines: list[str], number: int, line: _Line) -> bool:
    """True for the first line of the list item that a line belongs to."""
    own = _read(lines, number)
    return own is not None and own.first and own.column == line.column


def _end(lines: list[str], line: _Line) -> int:
    """The number behind the last line that belongs to a key: those further in, and a list right below it."""
    last = line.number
    for number in range(line.number + 1, len(lines)):
        text = lines[number]
        if not text.strip():
            continue
        column = len(text) - len(text.lstrip(" "))
        dash = text.lstrip(" ").startswith("- ") and not line.first
        if column < line.column or (column == line.column and not dash):
            break
        last = number
    return last + 1


def _first_below(lines: list[str], line: _Line) -> tuple[int, int]:
    """Where the first line below a key stands that opens a block: its number and column."""
    if line.value and not line.value.startswith("#"):
        raise _refused(f"{line.key} is no block of literal lines", line.number)
    for number in range(line.number + 1, len(lines)):
        text = lines[number]
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        own = _read(lines, number)
        if own is None or own.column <= line.column or own.first:
            break
        return number, own.column
    raise _refused(f"what stands below {line.key} is not literal", line.number)


def _behind(lines: list[str], line: _Line) -> int:
    """The number of the line behind one whose value ends on it."""
    whole = lines[line.number]
    if not line.value or re.match(r"[|>\[&*]|\{(?!\{)", line.value):
        raise _refused(f"{line.key} does not end on its line", line.number)
    if whole.count(_ACTION) != whole.count("}}"):
        raise _refused("an action does not end on its line", line.number)
    return line.number + 1


def _above(lines: list[str], line: _Line) -> int:
    """The number of a line, or of the comments right above it."""
    if line.first:
        raise _refused(f"{line.key} begins the item of a list", line.number)
    number = line.number
    while number and re.fullmatch(rf" {{{line.column}}}#[^{{]*", lines[number - 1]):
        number -= 1
    return number


def _insert(lines: list[str], number: int, column: int, new: list[str]) -> None:
    """Put lines in at a number, with the line ending of the text; behind its last line that one needs none."""
    ending = "\r" if len(lines) > 1 and lines[0].endswith("\r") else ""
    added = [each + ending for each in indented(new, column)]
    if number == len(lines) and ending:
        lines[-1] = lines[-1].removesuffix(ending) + ending
        added[-1] = added[-1].removesuffix(ending)
    lines[number:number] = added


def _data(block: list[str]) -> Any:
    """What literal lines hold below their first key; MISSING where they are not literal."""
    if any(_ACTION in line for line in block):
        return MISSING
    lead = len(block[0]) - len(block[0].lstrip(" -"))
    text = "\n".join([block[0][lead:], *(line[lead:] for line in block[1:])])
    try:
        data = Document(text).get((), MISSING)
    except MigrateDhiError:
        return MISSING
    return next(iter(data.values()), MISSING) if isinstance(data, dict) and len(data) == 1 else MISSING


def _style(lines: list[str]) -> Style:
    """Lists as the text has them below ``containers:``, further in than their key or not."""
    for line in _lines_with(lines, "containers"):
        following = next((each for each in lines[line.number + 1 :] if each.strip()), "")
        dash = len(following) - len(following.lstrip(" "))
        if following.lstrip(" ").startswith("- ") and dash >= line.column:
            return Style(dash=dash - line.column)
    return Style()
