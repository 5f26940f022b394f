"""Paths into YAML data: ``valkey.image.tag`` as text, ``("valkey", "image", "tag")`` as data."""

import re
from typing import Final

from migrate_dhi.errors import UsageError
from migrate_dhi.regex import regex

Path = tuple[str | int, ...]
"""Keys (``str``) and list positions (``int``, from 0), outermost first; ``()`` is the whole document."""


class Missing:
    """The type of `MISSING` and `DELETE`."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name

    def __bool__(self) -> bool:
        return False


MISSING: Final = Missing("MISSING")
"""What `Document.get` returns where nothing is; distinct from ``None``, which is a YAML null."""

DELETE: Final = Missing("DELETE")
"""For `Document.apply`: what is at the path goes."""

_PART = regex(
    r"""
      \[(?P<index>\d+)\]
    | (?P<dot>\.)?
      (?: "(?P<quoted>(?:[^"\\]|\\["\\])*)" | (?P<key>[^.\[\]"]+) )
    """,
    re.VERBOSE,
)


def parse_path(text: str) -> Path:
    r"""Read a path: keys joined by dots, list positions in brackets, keys with ``. [ ] "`` quoted.

    >>> parse_path('list[0]."a.b"')
    ('list', 0, 'a.b')

    Raises:
        UsageError: the text is no path.
    """
    parts: list[str | int] = []
    at = 0
    while at < len(text):
        found = _PART.match(text, at)
        named = found is not None and found["index"] is None
        if found is None or (named and bool(found["dot"]) != bool(parts)):
            raise UsageError(
                f"{text!r} is no values path (character {at + 1})",
                help="join keys with dots, write list positions as [0], and quote keys that have a dot",
            )
        if found["index"] is not None:
            parts.append(int(found["index"]))
        elif found["quoted"] is not None:
            parts.append(re.sub(r"\\(.)", r"\1", found["quoted"]))
        else:
            parts.append(found["key"])
        at = found.end()
    return tuple(parts)


def format_path(path: Path) -> str:
    """Write a path so that `parse_path` reads the same path back."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            plain = re.fullmatch(r'[^.\[\]"]+', part)
            escaped = part.replace("\\", "\\\\").replace('"', '\\"')
            text += ("." if text else "") + (part if plain else f'"{escaped}"')
    return text
