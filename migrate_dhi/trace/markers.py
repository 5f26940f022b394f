"""Markers in rendered texts: numbers of their own, found again in whatever a template made of them."""

import re
from collections.abc import Iterable
from typing import Any

from migrate_dhi.regex import regex
from migrate_dhi.trace.pattern import Pattern, Variable, tokenize
from migrate_dhi.trace.texts import with_words

FIRST_NUMBER = 70_000_001
NUMBER = regex(r"(?<!\d)7\d{7}(?!\d)")


def with_marker(old: Any, variable: Variable, text: str) -> str:
    """What a value becomes with a marker in its place, or in that of one of its words."""
    return text if variable.word is None else with_words(str(old), {variable.word: text})


def pattern_of(text: str, hits: Iterable[tuple[str, Variable]]) -> Pattern:
    """The pattern of a marked text; a marker that a template shortened is found by its number."""
    markers: dict[str, Variable] = {}
    for marker, variable in hits:
        for form in (marker, marker.rstrip("/"), marker.removeprefix("v"), marker.removeprefix("sha256:")):
            if form in text:
                markers[form] = variable
                break
        else:
            number = NUMBER.search(marker)
            whole = re.search(rf"[^/:@]*{number[0]}[^/:@]*", text) if number else None
            if whole:
                markers[whole[0]] = variable
    return tokenize(text, markers)
