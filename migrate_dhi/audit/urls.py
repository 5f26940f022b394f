"""Addresses in texts: URLs of any scheme, their parts, and whether they carry a password."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, unquote

from migrate_dhi.record import record
from migrate_dhi.regex import regex

# A placeholder may stand anywhere: $(NAME), ${NAME}, {{ .name }}, %(NAME)s, <name>.
_HOLE = r"\$\([^)\s]*\)|\$\{[^}\s]*\}|\{\{[^}]*\}\}|%\([^)\s]*\)s|<[\w.-]+>"
_URL = regex(
    rf"(?P<scheme>(?:jdbc:)?[a-z][a-z0-9+.-]*)://(?:(?P<user>(?:{_HOLE}|[^\s/@'\"<>])*)@)?"
    rf"(?P<hosts>(?:{_HOLE}|[A-Za-z0-9_.\-:,\[\]])+)(?:/(?P<path>(?:{_HOLE}|[^\s?'\"<>,;|)\]}}])*))?(?:\?(?P<query>(?:{_HOLE}|[^\s'\"<>])*))?",
    re.IGNORECASE,
)
# The addresses of Go's driver for MySQL: user:password@tcp(host:port)/database?…
_DSN = regex(
    r"(?P<user>[^\s:@'\"]*)(?::(?P<password>[^\s'\"]*))?@tcp[46]?\((?P<host>[^)\s]+)\)/(?P<path>[^\s'\"]*)"
)
_PORT = regex(r"(?P<host>.+?):(?P<port>\d+)$")
_WHOLE_HOLE = regex(_HOLE)


@record
class Url:
    """A URL: one host of it. ``user`` and ``password`` tell that it carries them; neither is kept."""

    scheme: str
    host: str
    port: int | None
    database: str
    user: bool
    password: bool
    query: Mapping[str, str]


def urls(text: str) -> Iterator[Url]:
    """Every URL of a text, once for each host that it lists."""
    for match in _DSN.finditer(text) if "@tcp" in text else ():
        host, port = split_port(match["host"])
        database = match["path"].partition("?")[0]
        yield Url("mysql", host, port, database, bool(match["user"]), bool(match["password"]), {})
    for match in _URL.finditer(text) if "://" in text else ():
        user, colon, password = (match["user"] or "").partition(":")
        query = dict(parse_qsl((match["query"] or "").replace("&amp;", "&")))
        secret = bool(colon and password) or any("pass" in key.lower() for key in query)
        path = unquote(match["path"] or "").strip("/")
        for part in match["hosts"].split(","):
            host, port = split_port(part)
            if host:
                yield Url(
                    match["scheme"].lower(),
                    host,
                    port,
                    path.partition("/")[0] if "{{" not in path else "",
                    bool(user) or any(key.lower() in ("user", "username") for key in query),
                    secret,
                    {key.lower(): "" if "pass" in key.lower() else value for key, value in query.items()},
                )


def split_port(text: str) -> tuple[str, int | None]:
    """Host and port of ``host:port``."""
    match = _PORT.match(text.strip())
    return (match["host"], int(match["port"])) if match else (text.strip().rstrip(":"), None)


def is_hole(text: str) -> bool:
    """Whether a text is nothing but a placeholder."""
    return bool(_WHOLE_HOLE.fullmatch(text.strip()))
