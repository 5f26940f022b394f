"""Values beside the word ``imagePullSecrets`` in the templates, and the switches that stand in front of them.

Some charts name the secret in a value of any name, and read it only where a boolean says so:
``{{- if .Values.registryLogin.enabled }} … - name: {{ .Values.registryLogin.existingSecret }}``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.helm.tree import ChartNode
from migrate_dhi.kube.manifests import value_at
from migrate_dhi.trace.unlisted import named, prefixes

_FIELD = re.compile(r"^\s*-?\s*imagePullSecrets:")
_CONDITION = re.compile(r"\{\{-?\s*(?:else\s+)?if\s")
_BEFORE, _AFTER = 3, 8


def guarded(
    nodes: Iterable[ChartNode], values: Mapping[str, Any]
) -> Iterator[tuple[tuple[ValuesPath, ...], tuple[ValuesPath, ...]]]:
    """The values read near each ``imagePullSecrets:`` that booleans, false now, keep out: (values, switches)."""
    seen = set()
    for node in nodes:
        for _, text in node.templates:
            lines = text.splitlines()
            for number, line in enumerate(lines):
                if _FIELD.match(line):
                    near = lines[max(0, number - _BEFORE) : number + _AFTER]
                    for prefix in prefixes(node):
                        found = _read(near, prefix, values)
                        if all(found) and found not in seen:
                            seen.add(found)
                            yield found


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
            elif not condition and (value is None or isinstance(value, str | list)):
                names.setdefault(path)
    return tuple(names), tuple(switches)
