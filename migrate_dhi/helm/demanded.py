"""What a chart demands that the cluster can do, and refuses to render without.

Offline the engine knows the API versions of Kubernetes alone. A chart that is deployed with a `ServiceMonitor` is
deployed where that kind is there; Argo CD and Flux tell Helm so.
"""

from collections.abc import Iterator, Sequence

from migrate_dhi.errors import RenderError
from migrate_dhi.helm.tree import ChartNode
from migrate_dhi.regex import regex

_VERSION = regex(r"[a-z0-9][a-z0-9.-]*/v\d+(?:(?:alpha|beta)\d+)?(?:/[A-Z]\w*)?")
_ASKED = regex(r"APIVersions\.Has\s+[\"']([^\"'\s]+)[\"']")
# So far above a line that refuses its condition may stand.
_ABOVE = 4


def demanded(error: RenderError, nodes: Sequence[ChartNode]) -> tuple[str, ...]:
    """The API versions for want of which a chart refuses to render.

    Its templates ask for each by ``.Capabilities.APIVersions.Has``; the message names it, or the refusing line
    stands below the condition.
    """
    texts = {name: text for node in nodes for name, text in node.templates}
    asked = dict.fromkeys(version for text in texts.values() for version in _ASKED.findall(text))
    named = {*_VERSION.findall(error.text), *_VERSION.findall(error.message), *_above(error.where, texts)}
    return tuple(one for one in asked if any(one == name or one.startswith(f"{name}/") for name in named))


def _above(where: str, texts: dict[str, str]) -> Iterator[str]:
    """What the lines right above a refusing one ask for and find lacking."""
    template, _, number = where.rpartition(":")
    lines = texts.get(template, "").splitlines()
    if not number.isdigit() or "fail" not in "".join(lines[int(number) - 1 : int(number)]):
        return
    for line in lines[max(int(number) - 1 - _ABOVE, 0) : int(number)]:
        if "not " in line:
            yield from _ASKED.findall(line)
