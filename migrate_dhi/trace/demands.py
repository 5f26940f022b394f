"""A boolean value that a chart names when it refuses to render: "… set security.allowOthers to true".

Charts look at their images and refuse those that they do not know, unless told otherwise. They do it with
`fail`, and name the value; so no list of such values is needed, only the message.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.errors import MigrateDhiError, RenderError
from migrate_dhi.helm.tree import ChartNode
from migrate_dhi.kube.manifests import value_at
from migrate_dhi.regex import regex

# Two names at least: a single word of a message is a word, not a value.
_NAME = regex(r"(?<![\w/.-])(?:\.?Values\.)?([A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)+)(?![\w/])")


def demanded(
    error: MigrateDhiError, values: Mapping[str, Any], nodes: Sequence[ChartNode]
) -> ValuesPath | None:
    """The value that is false now and that a refusal names, as a path from the root; or None.

    Args:
        error: what a render failed with.
        values: the merged values of the root chart.
        nodes: the chart and its dependencies; a message names values as its own chart sees them.
    """
    if not isinstance(error, RenderError):
        return None
    for found in _NAME.finditer(error.text):
        path = tuple(found[1].split("."))
        for prefix in _owners(error.where, path, nodes):
            if value_at(values, (*prefix, *path)) is False:
                return (*prefix, *path)
    return None


def _owners(where: str, path: ValuesPath, nodes: Sequence[ChartNode]) -> Iterator[tuple[str, ...]]:
    """Where the values of the refusing chart stand: its own prefix first, or its parents' for globals.

    Helm hands globals down, and those of a parent win.
    """
    inside = [node.prefix for node in nodes if where.startswith(f"{node.folder}/")]
    inside.sort(key=len, reverse=path[0] != "global")
    yield from dict.fromkeys([*inside, *(node.prefix for node in nodes)])
