"""The only module that prints: results on stdout, progress and errors on stderr.

Colours only on a terminal that has them (not with ``NO_COLOR`` or ``TERM=dumb``); signs beyond ASCII only
where the encoding and the locale have them. A reader that goes away (``… | head``) ends the output
quietly. Every text of a repository has passed ``lines.safe`` before it arrives here.
"""

import json
import os
import sys
import time
from collections.abc import Sequence
from typing import Any, TextIO

from migrate_dhi import redact
from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.ui.lines import ASCII, MIN_WIDTH, UNICODE, Line, Look, Span, one_line, plain, safe

# The sixteen named colours follow the user's own theme, so they read on light and on dark.
_COLOURS = {
    "plain": "",
    "title": "bold",
    "name": "bold",
    "faint": "dim",
    "good": "green",
    "bad": "bold red",
    "warn": "yellow",
    "added": "green",
    "removed": "red",
    "hunk": "cyan",
    "command": "cyan",
}
_WIDTH_OF_A_FILE = 100
_WIDTH_UNKNOWN = 80
_ERASE_LINE = "\r\x1b[K"
_HELP = {
    1: "mend what the message names, and run this again",
    4: "mend what the message names, and run this again",
    3: "this is a bug in migrate-dhi; please report it with the command line and this message",
    130: "run the same command again to start over",
}
# Whether the last line of stderr is a progress text that the next output has to wipe out; when the first
# one was given; and how long the program may work without a word where lines cannot be wiped out.
_progress: dict[str, float] = {"shown": False}
_PATIENCE = 1.0


def show_lines(lines: Sequence[Line]) -> None:
    """Print styled lines on stdout."""
    _write(sys.stdout, _rendered(sys.stdout, lines))


def look() -> Look:
    """What stdout can show."""
    return look_of(sys.stdout)


def print_text(text: str) -> None:
    """Print a text of several lines, such as Markdown, on stdout: without colours, and not laid out again."""
    _write(sys.stdout, _safe_lines(text))


def print_json(data: Any) -> None:
    """Print data as JSON on stdout, in ASCII: a terminal acts on no character of it; without secrets."""
    _write(sys.stdout, json_text(data))


def json_text(data: Any) -> str:
    """Data as JSON in ASCII, without secrets."""
    return json.dumps(redact.texts(data), indent=2) + "\n"


def print_error(error: MigrateDhiError) -> None:
    """Print the three lines of an error on stderr; each stays one line whatever the message holds."""
    help_text = error.help or _HELP.get(error.exit_code, "see migrate-dhi --help")
    parts = (("error:", str(error), "bad"), ("help:", help_text, "name"), ("state:", error.state, "name"))
    lines: list[Line] = []
    for label, text, style in parts:
        lines.append((Span(label, style), Span(f" {one_line(text)}")))  # type: ignore[arg-type]
    _write(sys.stderr, _rendered(sys.stderr, lines))


def print_note(text: str) -> None:
    """Print one line on stderr, of what was done besides the result on stdout."""
    _write(sys.stderr, f"{one_line(safe(text))}\n")


def print_trace(error: BaseException) -> None:
    """Print where an error comes from on stderr, for a report of a bug."""
    import traceback  # noqa: PLC0415 - for bugs alone

    _write(sys.stderr, _safe_lines("".join(traceback.format_exception(error))))


def progress(text: str) -> None:
    """Say on stderr what takes time: one line that is written over on a terminal; ``""`` wipes it out.

    Elsewhere, and on a terminal that cannot go back in a line, each text is a line of its own, and nothing
    is said of work that is done within a second.
    """
    now = time.monotonic()
    since = _progress.setdefault("since", now)
    if not _smart(sys.stderr):
        if text and now - since >= _PATIENCE:
            _write(sys.stderr, f"{one_line(safe(text))}\n")
        return
    _wipe_progress()
    if text:
        look = look_of(sys.stderr)
        sys.stderr.write(_encodable(sys.stderr, look.cut(one_line(text), look.width - 1)))
        sys.stderr.flush()
        _progress["shown"] = True


def look_of(stream: TextIO) -> Look:
    """What a stream can show: its width, whether lines must fit, and which signs."""
    glyphs = UNICODE if _unicode(stream) else ASCII
    if not stream.isatty():
        return Look(width=_WIDTH_OF_A_FILE, fit=False, glyphs=glyphs)
    return Look(width=max(MIN_WIDTH, _columns(stream)), fit=True, glyphs=glyphs)


def _columns(stream: TextIO) -> int:
    asked = os.environ.get("COLUMNS", "")
    if asked.isdecimal() and int(asked):
        return int(asked)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _WIDTH_UNKNOWN
    except OSError:
        return _WIDTH_UNKNOWN


def _smart(stream: TextIO) -> bool:
    return stream.isatty() and os.environ.get("TERM", "") not in {"dumb", "unknown"}


def _coloured(stream: TextIO) -> bool:
    return _smart(stream) and not os.environ.get("NO_COLOR")


def _unicode(stream: TextIO) -> bool:
    """Whether signs beyond ASCII come out right: by the encoding, and on a terminal by the locale too.

    Python writes UTF-8 in the C locale whatever the terminal reads, and sets ``LC_CTYPE=C.UTF-8`` itself
    (PEP 538, PEP 540); so where ``LANG`` names another locale, that value of ``LC_CTYPE`` counts for nothing.
    """
    if "utf" not in (stream.encoding or "").lower():
        return False
    names = [os.environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG")]
    if names[1] == "C.UTF-8" and names[2]:
        names[1] = ""
    locale = next((name for name in names if name), "")
    return not stream.isatty() or not locale or "utf" in locale.lower()


def _safe_lines(text: str) -> str:
    return "".join(f"{safe(line)}\n" for line in text.rstrip("\n").split("\n"))


def _rendered(stream: TextIO, lines: Sequence[Line]) -> str:
    if not _coloured(stream):
        return "".join(f"{plain(line)}\n" for line in lines)
    from rich.console import Console  # noqa: PLC0415  (28 ms that only a terminal with colours needs)
    from rich.text import Text  # noqa: PLC0415

    console = Console(
        file=stream, force_terminal=True, highlight=False, markup=False, emoji=False, width=10_000
    )
    with console.capture() as capture:
        for line in lines:
            text = Text.assemble(*((span.text, _COLOURS[span.style]) for span in line))
            text.rstrip()
            console.print(text, soft_wrap=True)
    return capture.get()


def _write(stream: TextIO, text: str) -> None:
    _wipe_progress()
    try:
        stream.write(_encodable(stream, text))
        stream.flush()
    except BrokenPipeError:
        _silence(stream)


def _encodable(stream: TextIO, text: str) -> str:
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _silence(stream: TextIO) -> None:
    """Send the rest to nowhere, so that Python does not complain when it closes the stream."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _wipe_progress() -> None:
    if _progress["shown"]:
        _progress["shown"] = False
        sys.stderr.write(_ERASE_LINE)
        sys.stderr.flush()
