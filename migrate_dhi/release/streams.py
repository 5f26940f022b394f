"""The documents of a file, each as its text with the line where it begins, and their data."""

import re
from functools import lru_cache
from typing import Any

from migrate_dhi.errors import InvalidChartError
from migrate_dhi.helm.engine import read_values
from migrate_dhi.kube.documents import structure
from migrate_dhi.record import record
from migrate_dhi.regex import regex

# As kubectl, kustomize, Argo CD and Flux split a file; `yamledit.Stream` counts the same way.
_MARKER = regex(r"^\ufeff?---(?=[ \t\r\n#]|\Z)", re.MULTILINE)
_EMPTY_LINE = regex(r"[ \t\r]*(?:[#%].*)?", re.ASCII)
_PLACEHOLDER = regex(r"\{\{.*?\}\}")

# Aliases of aliases make billions of values out of a few lines.
_LARGEST = 1_000_000


@record
class Part:
    """One document of a file: its text without the marker, and the 1-based line of its first content."""

    text: str
    line: int


@lru_cache(maxsize=4096)
def parts(text: str) -> tuple[Part, ...]:
    """The documents of a file; comments before the first ``---`` are no document."""
    marks = [(found.start(), found.end()) for found in _MARKER.finditer(text)]
    if not marks:
        return (Part(text.removeprefix("\ufeff"), 1 + _blank_lines(text)),)
    found: list[Part] = []
    head = text[: marks[0][0]]
    if not all(_EMPTY_LINE.fullmatch(line) for line in head.removeprefix("\ufeff").split("\n")):
        found.append(Part(head.removeprefix("\ufeff"), 1 + _blank_lines(head)))
    ends = [start for start, _ in marks[1:]] + [len(text)]
    line, at = 1, 0
    for (_, start), end in zip(marks, ends, strict=True):
        line += text.count("\n", at, start)
        at = start
        body = text[start:end]
        found.append(Part(body, line + _blank_lines(body)))
    return tuple(found)


def _blank_lines(text: str) -> int:
    """How many lines hold nothing before the first that does; 0 where none does."""
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n")):
        if not _EMPTY_LINE.fullmatch(line):
            return number
    return 0


@lru_cache(maxsize=4096)
def data_of(text: str) -> Any:
    """The data of a document, or None where it is no YAML; callers do not change it.

    An unquoted ``{{ … }}`` breaks the YAML around it; then it is read once more with every placeholder masked
    at equal length, and put back into the strings that came out.
    """
    data = structure(text)
    if data is None and "&" in text:
        data = _as_helm_reads(text)
    if "&" in text and _size(data, {}) > _LARGEST:
        return None
    if data is not None or "{{" not in text:
        return data
    masked: dict[str, str] = {}

    def mask(found: re.Match[str]) -> str:
        token = f"\ue000{len(masked)}".ljust(len(found[0]) - 1, "\ue002") + "\ue001"
        masked[token] = found[0]
        return token

    return _unmasked(structure(_PLACEHOLDER.sub(mask, text)), masked)


def _size(data: Any, known: dict[int, int]) -> int:
    """How many values data holds, each counted as often as an alias repeats it."""
    if not isinstance(data, dict | list):
        return 1
    if id(data) not in known:
        known[id(data)] = 0
        inner = data.values() if isinstance(data, dict) else data
        known[id(data)] = 1 + sum(_size(one, known) for one in inner)
    return known[id(data)]


def _as_helm_reads(text: str) -> Any:
    """The data as Helm reads it: an anchor may be given twice, which PyYAML refuses."""
    try:
        return read_values(text) or None
    except InvalidChartError:
        return None


def _unmasked(data: Any, masked: dict[str, str]) -> Any:
    if isinstance(data, dict):
        return {_unmasked(key, masked): _unmasked(value, masked) for key, value in data.items()}
    if isinstance(data, list):
        return [_unmasked(item, masked) for item in data]
    if isinstance(data, str) and "\ue000" in data:
        for token, text in masked.items():
            data = data.replace(token, text)
    return data
