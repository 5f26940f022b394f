"""Values that templates read beside the name of a field, whatever they are called, and the switches in front of them.

Some charts name the secret in a value of any name, and read it only where a boolean says so:
``{{- if .Values.registryLogin.enabled }} … - name: {{ .Values.registryLogin.existingSecret }}``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.helm.tree import ChartNode
from migrate_dhi.kube.manifests import value_at
from migrate_dhi.regex import regex
from migrate_dhi.trace.unlisted import named, prefixes

_CONDITION = regex(r"\{\{-?\s*(?:else\s+)?if\s")
_DEFINED = regex(r"\{\{-?\s*define\s+\"([^\"]+)\"")
_INCLUDED = regex(r"\b(?:include|template)\s+\"([^\"]+)\"")
_BEFORE, _AFTER = 3, 8
# Lines of a template that another one includes beside the field.
_MOST_INCLUDED = 40


def near(
    nodes: Sequence[ChartNode], values: Mapping[str, Any], field: str
) -> Iterator[tuple[tuple[ValuesPath, ...], tuple[ValuesPath, ...]]]:
    """The values read near each line with a field: (values, booleans, false now, that keep them out)."""
    line_of = re.compile(rf"^\s*(?:-\s*)?{field}:")
    included: dict[str, list[str]] | None = None
    seen = set()
    for node in nodes:
        for _, text in node.templates:
            lines = text.splitlines() if f"{field}:" in text else []
            for number, line in enumerate(lines):
                if not line_of.match(line):
                    continue
                included = _defined(nodes) if included is None else included
                around = lines[max(0, number - _BEFORE) : number + _AFTER]
                around += [
                    inner for name in _INCLUDED.findall("\n".join(around)) for inner in included.get(name, ())
                ]
                for prefix in prefixes(node):
                    found = _read(around, prefix, values)
                    if found[0] and found not in seen:
                        seen.add(found)
                        yield found


def _defined(nodes: Iterable[ChartNode]) -> dict[str, list[str]]:
    """The first lines of each named template."""
    found: dict[str, list[str]] = {}
    for node in nodes:
        for _, text in node.templates:
            if "define" in text:
                lines = text.splitlines()
                starts = [
                    (number, match[1])
                    for number, line in enumerate(lines)
                    if (match := _DEFINED.search(line))
                ]
                ends = [number for number, _ in starts[1:]] + [len(lines)]
                for (start, name), end in zip(starts, ends, strict=False):
                    found[name] = lines[start : min(end, start + _MOST_INCLUDED)]
    return found


def _read(
    lines: Iterable[str], prefix: ValuesPath, values: Mapping[str, Any]
) -> tuple[tuple[ValuesPath, ...], tuple[ValuesPath, ...]]:
    names: dict[ValuesPath, None] = {}
    switches: dict[ValuesPath, None] = {}
    for line in lines:
        condition = _CONDITION.search(line) is not None
        for own in named(line):
            path = (*prefix, *own)
            value = value_at(values, path)
            if condition and value is False and "not " not in line:
                switches.setdefault(path)
            elif not isinstance(value, bool | dict | float) and not (
                condition and value is not None and value != []
            ):
                names.setdefault(path)
    return tuple(names), tuple(switches)
