"""No secret in any output: which names tell a secret, which values are one, and how they are hidden.

A name tells a secret (``password``, ``apiKey``, ``DB_TOKEN``); the name of a place that keeps one (``existingSecret``,
``imagePullSecrets``, ``passwordKey``) tells none. What stands under such names in a file that is read (:func:`learn`)
is hidden wherever it turns up again: in a message of a template or a schema, in a traceback, in a commit. Every output
passes :func:`text`; what knows its keys is hidden where it is made (:func:`data`, :func:`lines`).

A secret that is also the name of a chart, a file, an image or a key (:func:`names`) stands in plain sight: to hide it
there would tell that it is one, and make the output unreadable. It is hidden where it stands as a secret, and in what
Helm says of values (:func:`said`).
"""

import base64
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from migrate_dhi.regex import regex

HIDDEN: Final = "(hidden)"

_LETTERS = regex(r"[^a-z]")
# The letters of a key, in small ones, end in this.
_SECRET = regex(
    r"(?:password|passwd|passphrase|pwd|token|secret|credential|htpasswd|requirepass|masterauth|connectionstring"
    r"|(?:api|private|secret|access|encryption|signing|master|auth|license|ssh|shared|account|storage|session)key)s?$"
)
_LAST_WORDS = frozenset({"pass", "dsn", "jwt", "dockerconfigjson"})
# A place that keeps a secret, a switch, or a number of tokens.
_PLACE = regex(
    r"(?:pull|existing|tls|ssl|cert|certificate|ca|password|passwd|token|credential|credentials|registry|users?|auth"
    r"|sealed|external|from|use|create|generate|enabled?|mount)secret(?:key)?s?$"
    r"|^(?:create|generate|enable|use|auto|max|min|num|disable|require|allow)\w*(?:tokens?|passwords?|secrets?)$"
)
# Below one of these each plain value is one, unless its key is that of a place.
_OF_SECRETS = frozenset({"secret", "secrets", "passwords", "tokens", "credentials", "stringdata"})
_OF_PLACES = frozenset(
    [
        "name",
        "key",
        "ref",
        "enabled",
        "create",
        "type",
        "path",
        "mountpath",
        "namespace",
        "annotations",
        "labels",
        "username",
        "user",
        "kind",
    ]
)
_PLACEHOLDER = regex(r"\{\{|\$[({]|^<|^ENC\[|^(?:ref\+|vault:|secretref)")
_NO_VALUES = frozenset({"", "true", "false", "null", "~", "none", "yes", "no", "on", "off", "{}", "[]"})

_LINE = regex(
    r"""(?P<lead>\s*(?:\#\s*)?(?:-\s+)*)(?P<quote>["']?)(?P<key>[A-Za-z_][\w.\-/]*)(?P=quote)\s*:(?:\s+(?P<value>\S.*))?$"""
)
# What a file names in plain sight: its keys, and what stands under those that name something.
_KEY = regex(r"^[ \t]*(?:- +)*[\"']?([A-Za-z_][\w.-]*)[\"']?[ \t]*:", re.MULTILINE)
_NAMED = regex(
    r"^[ \t]*(?:- +)*[\"']?(?:image|repository|registry|hub|tag|chart|name|alias|namespace)[\"']?[ \t]*:"
    r"[ \t]+[\"']?([\w./:@-]+)",
    re.MULTILINE,
)
_PARTS = regex(r"[/:@]+")
_ITEM = regex(r"(?P<lead>\s*-\s+)(?P<value>[^\s\[{&*!|>].*)$")
_PAIR = regex(
    r"""(?P<key>[A-Za-z_][\w.\-]*)["']?\s*[:=]\s*(?P<value>"(?:[^"\\]|\\.)+"|'(?:[^']|'')+'|[^\s,;&}\]"'{\[|>][^\s,;&}\]"']*)"""
)
# A line without one of these holds none, unless something above it is open.
_HINT = regex(
    r"pass|pwd|token|secret|cred|key|auth|dsn|jwt|connection|value|BEGIN|dockerconfig|data", re.IGNORECASE
)
_BLOCK = regex(r"[|>][-+0-9]*\s*(?:#.*)?$")
_COMMENT = regex(r"\s+#.*$")
_PEM = regex(r"-----(?P<at>BEGIN|END) [A-Z ]*PRIVATE KEY-----")
# A line of a key: a header (RFC 1421), or base64, as it may stand in a comment or a text in quotes. Of a comment that
# only says how a key begins, the next line is none.
_OF_KEY = regex(
    r"[\s#>|\"'-]*+(?:(?:Proc-Type|DEK-Info|Comment|Subject): .*|[A-Za-z0-9+/=.…]*+(?:\\[nrt]|[\s\\\"',])*)"
)
_ADDRESS = regex(r"(?P<scheme>[A-Za-z][\w+.\-]*://)(?P<user>[^\s/@'\"<>]+)@")
_QUERY = regex(
    r"(?P<key>[?&](?:[\w.-]*(?:token|key|password|secret|sig|signature))=)[^&\s'\"#]+", re.IGNORECASE
)

_Match = re.Match[str] | None
Span = tuple[int, int, int]
"""Line (from 0), and the columns of a secret in it."""


class _Known:
    """What was learned: texts that are hidden anywhere, and such as are ordinary words and hidden in quotes alone.

    ``names`` are words that stand outside of secrets, too.
    """

    def __init__(self) -> None:
        self.anywhere: set[str] = set()
        self.quoted: set[str] = set()
        self.names: set[str] = set()
        self._made: tuple[tuple[int, int], _Patterns] = ((0, 0), (None, None))

    def add(self, value: str) -> None:
        value = value.strip()
        if value.lower() in _NO_VALUES or len(value) < 3 or _PLACEHOLDER.search(value):
            return
        word = value.isalpha() and value.islower()
        if len(value) >= (12 if word else 6):
            self.anywhere |= {value, base64.b64encode(value.encode()).decode()}
        else:
            self.quoted.add(value)

    def patterns(self) -> "_Patterns":
        """What hides secrets that are no names, and what hides those that are; None where there are none."""
        count = len(self.anywhere) + len(self.quoted), len(self.names)
        if self._made[0] != count:
            # Copies: another thread may learn meanwhile.
            anywhere, quoted, names = set(self.anywhere), set(self.quoted), set(self.names)
            whole, within, named = (
                "|".join(sorted(map(re.escape, found), key=len, reverse=True)) or r"(?!)"
                for found in (anywhere - names, quoted - names, (anywhere | quoted) & names)
            )
            plain = re.compile(rf"(?<!\w)(?:{whole})(?!\w)|(?<=[\"'`])(?:{within})(?=[\"'`])")
            # By itself, and no part of a path, an address or a reference.
            alone = re.compile(rf"(?<![\w/.:@-])(?:{named})(?![\w/:@-]|\.\w)")
            self._made = (count, (plain, alone) if anywhere or quoted else (None, None))
        return self._made[1]


_Patterns = tuple[re.Pattern[str] | None, re.Pattern[str] | None]


_known = _Known()


def forget() -> None:
    """Begin anew: another run has other secrets."""
    _known.__init__()  # type: ignore[misc]
    for kept in (learn, _hints, _taken_apart, _pairs):
        kept.cache_clear()


def learned() -> tuple[str, ...]:
    """What was learned since the last :func:`forget`, for another process to learn it too (:func:`learn_value`).

    Without what is a name here: it may be none there.
    """
    return tuple((_known.anywhere | _known.quoted) - _known.names)


@lru_cache(maxsize=4096)
def names_secret(key: str) -> bool:
    """Whether what stands under a key is a secret by its name.

    >>> [names_secret(key) for key in ("redisPassword", "API_KEY", "existingSecret", "passwordKey", "secretName")]
    [True, True, False, False, False]
    """
    squashed = _LETTERS.sub("", key.lower())
    if _PLACE.search(squashed):
        return False
    last = re.split(r"[^A-Za-z]+|(?<=[a-z])(?=[A-Z])", key)[-1].lower()
    return bool(_SECRET.search(squashed)) or last in _LAST_WORDS


@lru_cache(maxsize=4096)
def learn(content: str) -> None:
    """Remember the secrets of a file's text, to hide them wherever they turn up again."""
    texts = content.split("\n")
    for line, start, end in _spans(content):
        learn_value(texts[line][start:end].strip("\r"))
    names(*_KEY.findall(content))
    for found in _NAMED.findall(content):
        image, _, digest = found.partition("@")
        # The user of an address is no name.
        if "://" not in image and (not digest or digest.startswith("sha256:")):
            names(image, *_PARTS.split(image))


def learn_value(value: str) -> None:
    """Remember one secret; of one with several lines each line."""
    for part in value.splitlines():
        _known.add(_unquoted(part.strip()))


def names(*texts: str) -> None:
    """Say what names or paths a repository calls its releases by: a password that repeats one hides it nowhere else.

    Under its own key it is hidden all the same. A name that were hidden would be missing in paths and commands.
    """
    for part in texts:
        if part in _known.names and "." not in part:
            continue
        for word in part.split("/"):
            _known.names |= {word, word.rpartition(".")[0] or word}


def text(content: str) -> str:
    """A text for an output: without what was learned, the user part of addresses, and keys in their queries."""
    pattern, _ = _known.patterns()
    if pattern is not None:
        content = pattern.sub(HIDDEN, content)
    if "://" in content:
        content = _ADDRESS.sub(_without_user, content)
        content = _QUERY.sub(rf"\g<key>{HIDDEN}", content)
    return content


def said(content: str) -> str:
    """What Helm says of values, for an output: a secret is hidden there though it is a name elsewhere, too."""
    _, alone = _known.patterns()
    return text(alone.sub(HIDDEN, content) if alone else content)


def texts(value: Any) -> Any:
    """Data with each text in it as :func:`text` gives it."""
    if isinstance(value, dict):
        return {key: texts(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [texts(item) for item in value]
    return text(value) if isinstance(value, str) else value


def lines(content: str) -> str:
    """A text of a file for an output, line by line the same, with its secrets hidden."""
    found = content.split("\n")
    for line, start, end in sorted(_spans(content), reverse=True):
        if not found[line]:
            # An empty line hides nothing, and behind the last line break is none at all.
            continue
        found[line] = f"{found[line][:start]}{HIDDEN}{found[line][end:]}"
    return text("\n".join(found))


def data(value: Any, key: str = "") -> Any:
    """A value for an output, with the secrets in it hidden; ``key`` is what it stands under."""
    if isinstance(value, dict):
        return {name: data(item, _told_by(value, str(name), key)) for name, item in value.items()}
    if isinstance(value, list):
        return [data(item, key) for item in value]
    if names_secret(key) and not isinstance(value, bool) and value not in (None, ""):
        return HIDDEN
    if isinstance(value, str):
        return lines(value) if "\n" in value or "=" in value else text(value)
    return value


def _told_by(owner: dict[Any, Any], key: str, above: str) -> str:
    """The name that tells what a value is: of ``{name: X, value: y}`` it is X, of plain values below `secrets` that."""
    if key == "value" and isinstance(owner.get("name"), str):
        return str(owner["name"])
    return above if _all_below(above) and key.lower() not in _OF_PLACES and not names_place(key) else key


def names_place(key: str) -> bool:
    """Whether a key names a place that keeps a secret."""
    return bool(_PLACE.search(_LETTERS.sub("", key.lower())))


def _all_below(key: str) -> bool:
    return _LETTERS.sub("", key.lower()) in _OF_SECRETS


def _without_user(match: re.Match[str]) -> str:
    scheme, user = match["scheme"], match["user"]
    # The user of an address by SSH is part of the address: git@github.com.
    plain = "ssh" in scheme and ":" not in user
    return match[0] if plain else f"{scheme}{HIDDEN}@"


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


@lru_cache(maxsize=256)
def _spans(content: str) -> tuple[Span, ...]:
    """Where the secrets of a text in YAML, JSON or ``key=value`` stand; the text need not be sound."""
    scan = _Scan(content)
    found: list[Span] = []
    for number, line in enumerate(scan.lines):
        if scan.open or scan.pem or _hints(line):
            found += scan.line(number)
    return tuple(found)


# A text is looked at again after each edit, which leaves nearly all of its lines as they were.


@lru_cache(maxsize=8192)
def _hints(line: str) -> bool:
    return _HINT.search(line) is not None


@lru_cache(maxsize=8192)
def _taken_apart(line: str) -> tuple[str, int, _Match, _Match, _Match]:
    """A line without its end, the length of its content, and what is seen in it: a key's border, a pair, an item."""
    line = line.rstrip("\r")
    return line, len(line.lstrip()), _PEM.search(line), _LINE.match(line), _ITEM.match(line)


class _Scan:
    """One pass over the lines: what is open above a line, by its column."""

    def __init__(self, content: str) -> None:
        self.lines = content.split("\n")
        self.secret = bool(re.search(r"^kind:\s*[\"']?Secret\b", content, re.MULTILINE))
        self.pem = False
        # A key whose block scalar, list or map stands below it: its column, and what of it is secret.
        self.open: tuple[int, str] | None = None

    def line(self, number: int) -> Iterator[Span]:
        """The secrets of a line that has a hint, or something open above it."""
        line, content, marker, match, item = _taken_apart(self.lines[number])
        indent = len(line) - content
        self.pem = self.pem and bool(marker or _OF_KEY.fullmatch(line))
        if marker or self.pem:
            yield from ((number, *span) for span in self._of_key(line, indent, marker))
            return
        if not content:
            return
        if self.open and (indent < self.open[0] or (indent == self.open[0] and not item)):
            self.open = None
        if self.open and self.open[1] == "block":
            yield (number, indent, len(line))
        elif self.open and item and not match:
            yield (number, item.start("value"), _end(line, item.start("value")))
        elif match:
            yield from self._keyed(number, line, match)
        else:
            yield from ((number, *span) for span in _pairs(line, 0))

    def _of_key(self, line: str, indent: int, marker: _Match) -> Iterator[tuple[int, int]]:
        """The columns of a private key in a line: the whole line, or what stands behind its begin, before its end."""
        start, end = indent, len(line)
        if marker and marker["at"] == "BEGIN":
            start, marker = marker.end(), _PEM.search(line, marker.end())
            self.pem = marker is None
        elif marker:
            self.pem = False
        if marker:
            end = marker.start()
        if line[start:end].strip(" \t\"'#"):
            yield start, end

    def _keyed(self, number: int, line: str, match: re.Match[str]) -> Iterator[Span]:
        column, key, value = match.start("key"), match["key"], match["value"] or ""
        below = self.open and self.open[1] == "map" and key.lower() not in _OF_PLACES and not names_place(key)
        secret = names_secret(key) or bool(below) or (key == "value" and self._named(number, column))
        plain = value.lstrip()
        if plain.startswith("#"):
            plain = ""
        if secret and _BLOCK.fullmatch(plain):
            self.open = (column, "block") if column else (1, "block")
        elif not plain and (_all_below(key) or (self.secret and key == "data")):
            self.open = (column, "map")
        elif not plain and secret and not below:
            self.open = (column, "list")
        elif secret and plain and plain[0] not in "{[&*!|>" and _unquoted(plain).lower() not in _NO_VALUES:
            yield (number, match.start("value"), _end(line, match.start("value")))
        elif plain:
            yield from ((number, *span) for span in _pairs(line, match.start("value")))

    def _named(self, number: int, column: int) -> bool:
        """Whether a ``name`` beside a ``value`` tells a secret."""
        for other in (*range(number - 1, number - 4, -1), *range(number + 1, number + 4)):
            match = _taken_apart(self.lines[other])[3] if 0 <= other < len(self.lines) else None
            if match and match["key"] == "name" and match.start("key") == column:
                return names_secret(_unquoted(_COMMENT.sub("", match["value"] or "")))
        return False


def _end(line: str, start: int) -> int:
    """Where a plain or quoted value ends: before a comment."""
    value = line[start:]
    if value[:1] in "\"'":
        close = value.rfind(value[0])
        return start + close + 1 if close > 0 else len(line)
    return start + len(_COMMENT.sub("", value).rstrip())


@lru_cache(maxsize=8192)
def _pairs(line: str, start: int) -> tuple[tuple[int, int], ...]:
    """Where the secrets of ``key: value`` and ``key=value`` stand within a line."""
    named, found = "", []
    for match in _PAIR.finditer(line, start):
        key, value = match["key"], _unquoted(match["value"])
        if names_secret(key) or (key == "value" and names_secret(named)):
            if value.lower() not in _NO_VALUES:
                quoted = value != match["value"]
                found.append((match.start("value") + quoted, match.end("value") - quoted))
        elif key == "name":
            named = value
    return tuple(found)
