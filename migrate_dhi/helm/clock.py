"""Whether two renders of a chart may differ by themselves, and whether they may a second later alone."""

from collections.abc import Iterable

from migrate_dhi.helm.tree import ChartNode
from migrate_dhi.regex import regex

# The functions of templates that ask for it; `date` does so where it is given no time, and certificates begin now.
_ASKS = regex(
    r"(?<![.\w])(?:now|ago|date\w*|mustDate\w*|htmlDate\w*|durationRound|gen(?:CA|\w*SignedCert)\w*)\b"
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


def tells_time(nodes: Iterable[ChartNode], values: str) -> bool:
    """Whether the time may come out in a render.

    Args:
        nodes: the chart and its dependencies.
        values: the text of all values over their own.
    """
    every = tuple(nodes)
    templates = [text for node in every for _, text in node.templates]
    if any(map(_asks, templates)):
        return True
    if not any(map(_EVALUATES.search, templates)):
        return False
    # Files are not read: some chart may make a template of one of them.
    if any(map(_FILES.search, templates)):
        return True
    return _asks(values) or any(_asks(node.source.read("values.yaml")) for node in every)


def _asks(text: str) -> bool:
    """Whether one of the functions stands inside of an action."""
    places = (found.start() for found in _ASKS.finditer(text))
    return any(text.rfind("{{", 0, at) > text.rfind("}}", 0, at) for at in places)
