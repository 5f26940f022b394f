"""Whether two renders of a chart may differ by themselves, and whether they may a second later alone."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.helm.tree import ChartNode, texts_below
from migrate_dhi.regex import regex

# The functions of templates that ask for it; `date` does so where it is given no time. What makes certificates does,
# too, but with another serial number each time: the whole text differs at once.
# Each looks back from its own letters: what begins with a look back is tried at every place of all files.
_ASKS = regex(
    r"(?:now(?<![.\w$]now)|ago(?<![.\w$]ago)|date(?<![.\w$]date)\w*|mustDate(?<![.\w$]mustDate)\w*"
    r"|htmlDate(?<![.\w$]htmlDate)\w*|durationRound(?<![.\w$]durationRound))\b"
)
# What an action is made of: comments, texts and single characters, its end, and what calls something.
_TOKEN = regex(
    r"/\*.*?\*/|(?P<text>`[^`]*`|\"(?:\\.|[^\"\\\n])*\")|'(?:\\[^']{1,9}|[^'\\\n])'|(?P<end>\}\})|[^`\"'/}]+|.",
    re.DOTALL,
)
# Functions of templates whose result is another one each time (Sprig: crypto, random, dates, UUIDs).
_VARYING = regex(
    r"\b(?:gen(?:CA|SelfSigned|Signed|PrivateKey)|rand(?:Alpha|Ascii|Numeric|Bytes|Int)|shuffle|uuidv4|htpasswd|bcrypt"
    r"|encryptAES|now\b)"
)
# What makes a template of a text that is none: of values, and of files.
_EVALUATES = regex(r"\btpl\b")
_FILES = regex(r"\.Files\b")


def may_vary(nodes: Iterable[ChartNode]) -> bool:
    """Whether a template calls what gives another result each time; whether that is rendered is not known."""
    return any(_VARYING.search(text) for node in nodes for _, text in node.templates)


def tells_time(nodes: Iterable[ChartNode], directory: Path) -> bool | None:
    """Whether the time may come out in a render; None where values that are laid over those of the charts tell.

    Args:
        nodes: the chart and its dependencies.
        directory: where the chart lies, for the files that its templates may read.
    """
    every = tuple(nodes)
    templates = [text for node in every for _, text in node.templates]
    if any(map(asks, templates)):
        return True
    if not any(map(_EVALUATES.search, templates)):
        return False
    # Some chart may make a template of one of its files.
    if any(map(_FILES.search, templates)) and _files_ask(directory):
        return True
    return any(asks(node.source.read("values.yaml")) for node in every) or None


def _files_ask(directory: Path) -> bool:
    try:
        return any(map(asks, texts_below(directory)))
    except (MigrateDhiError, OSError, EOFError):
        # What cannot be read may ask.
        return True


def asks(text: str) -> bool:
    """Whether the text asks for the time where a template is made of it."""
    if not _ASKS.search(text):
        return False
    return any(_ASKS.search(code) or any(map(asks, inside)) for code, inside in _actions(text))


def _actions(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each action without its comments and texts, and these texts: a template may be made of one of them."""
    at = text.find("{{")
    while at >= 0:
        code, inside, end = [], [], len(text)
        for token in _TOKEN.finditer(text, at + 2):
            if token["end"]:
                end = token.end()
                break
            if token["text"]:
                inside.append(token["text"][1:-1])
            elif not token[0].startswith("/*"):
                code.append(token[0])
        yield "".join(code), inside
        at = text.find("{{", end)
