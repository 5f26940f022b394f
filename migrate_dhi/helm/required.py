"""A chart that does not render with the values it has: which value it asks for, and what would do.

`required` and `fail` speak to people, and not all of them name the value. The template line that refused
names what it reads; and the values files under ``ci/``, which chart-testing installs charts with, are tried.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from migrate_dhi.errors import InvalidChartError, RenderError
from migrate_dhi.helm.engine import DEFAULT_KUBE_VERSION, read_values
from migrate_dhi.helm.lookups import looks_up
from migrate_dhi.helm.renderer import Renderer
from migrate_dhi.helm.tree import ChartNode, lacking, line_of
from migrate_dhi.regex import regex

# Each costs a render, and the first that holds is enough.
_MOST_EXAMPLES = 6

# No value helps a template that is no template, or that calls what is not there.
_BROKEN = regex(r"parse error at|no template |(?:template|function) \"[^\"]*\" not defined")
_READ = regex(r"\.Values((?:\.[A-Za-z_][\w-]*)+)")


def advised(error: RenderError, trials: Renderer) -> RenderError:
    """The same error, its help naming the values that are asked for and an example that renders."""
    asked = list(dict.fromkeys(_asked(error, trials)))
    version = trials.options.kube_version or DEFAULT_KUBE_VERSION
    advice = (
        "mend the template that the message names"
        if _BROKEN.search(error.text)
        else f"it is rendered for Kubernetes {version}: name what the cluster has with --kube-version"
        if version.removeprefix("v") in error.text
        else "it reads what only a cluster has, and `helm template` and Argo CD do not render it either: "
        "give values with --values FILE with which it needs none of that"
        if looks_up(line_of(trials.nodes, error.where))
        else f"set {' and '.join(asked[:4])} in a file and give it with --values FILE"
        if asked
        else "mend what the message names; what the chart asks for is given with --values FILE"
    )
    absent = _absent(error, trials)
    if absent:
        advice = f"bring {absent} with `migrate-dhi fetch` or --chart-dir: templates of it may be missed"
    example = "" if absent or _BROKEN.search(error.text) else _example(trials)
    if example:
        advice += f"; {example}"
    return RenderError(error.message, where=error.where, help=advice, text=error.text)


def _absent(error: RenderError, trials: Renderer) -> str:
    """What charts below the root declare and lack, where a template is not defined by any of them."""
    if "no template " not in error.text:
        return ""
    found = [
        f"{entry.get('name')} {entry.get('version') or ''}".strip()
        for _, entry, _ in lacking(trials.nodes, {})
    ]
    return ", ".join(dict.fromkeys(found))


def rendering_examples(trials: Renderer) -> tuple[dict[str, str], tuple[str, ...]]:
    """The chart's own values files under ``ci/``: those with which it renders, with their texts, and the others tried.

    Of many the first ones are tried.
    """
    node = trials.nodes[0]
    tried = dict(list(node.examples.items())[:_MOST_EXAMPLES])
    rendering = {name: text for name, text in tried.items() if _renders(trials, node, text)}
    return rendering, tuple(name for name in tried if name not in rendering)


def _asked(error: RenderError, trials: Renderer) -> Iterator[str]:
    """The values that the refusing line reads, as paths from the root."""
    for node in trials.nodes:
        for found in _READ.finditer(line_of([node], error.where)):
            path = found[1].removeprefix(".")
            yield path if path.startswith("global.") else ".".join((*node.prefix, path))


def _example(trials: Renderer) -> str:
    """The first values file under ``ci/`` with which the chart renders, in words; or empty."""
    tried = 0
    for node in trials.nodes:
        for name, text in node.examples.items():
            tried += 1
            if tried > _MOST_EXAMPLES:
                return ""
            if _renders(trials, node, text):
                return _told(trials, node, name)
    return ""


def _renders(trials: Renderer, node: ChartNode, text: str) -> bool:
    try:
        values: dict[str, Any] = read_values(text)
        for key in reversed(node.prefix):
            values = {key: values}
        trials.render(trials.chart.texts, values)
    except (RenderError, InvalidChartError):
        return False
    return True


def _told(trials: Renderer, node: ChartNode, name: str) -> str:
    if not node.prefix:
        file = Path(os.path.relpath(trials.chart.directory / name)).as_posix()
        return f"it renders with --values {file}"
    return f"it renders with what {node.folder}/{name} sets, put under `{'.'.join(node.prefix)}:`"
