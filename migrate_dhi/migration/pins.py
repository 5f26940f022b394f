"""Edits of the user's own: one that no template reads is refused by name, since it would be a dead key in Git."""

import re
from collections.abc import Iterator, Mapping, Sequence

from migrate_dhi.edit import Edit
from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.findings import Finding
from migrate_dhi.helm.renderers import AnyRenderer
from migrate_dhi.helm.tree import ChartNode
from migrate_dhi.migration.editing import edited, read
from migrate_dhi.steps.context import Context
from migrate_dhi.yamledit import format_path

# What Helm reads of Chart.yaml: that counts, whether a template names it or not.
_METADATA = {
    *("apiVersion", "name", "version", "kubeVersion", "description", "type", "keywords", "home", "sources"),
    *("dependencies", "maintainers", "icon", "appVersion", "deprecated", "annotations", "condition", "tags"),
}


def of_pins(step: str, context: Context, renderer: AnyRenderer) -> list[Finding]:
    """An error for each pinned edit of a step without which the chart renders the same.

    A value that a template names, though it changes nothing now (what reads it is switched off), is read.
    """
    pins = context.choices.pinned.get(step, ())
    values = [p for p in pins if p.file != context.chart.chart_file or str(p.path[0]) not in _METADATA]
    return [_unread(context, pin) for pin in values if not _is_read(pin, pins, context, renderer)]


def _unread(context: Context, pin: Edit) -> Finding:
    path = format_path((*pin.path, *(pin.inner or ())))
    return Finding(
        "value-unread",
        "error",
        f"no template reads {path}, which was to be set in {pin.file}: the manifests are the same without it",
        file=pin.file,
        line=read(context.texts, pin)[0],
        help="correct the path, or leave the edit out",
    )


def _is_read(pin: Edit, pins: Sequence[Edit], context: Context, renderer: AnyRenderer) -> bool:
    if any(named.search(text) for node, named in _names(pin, context) for _, text in node.templates):
        return True
    try:
        after = edited(context.texts, pins)
        without = edited(context.texts, [other for other in pins if other is not pin])
        # An edit that changes no text sets what is there; one that cannot be made or rendered is judged elsewhere.
        return after == without or _differ(after, without, renderer)
    except MigrateDhiError:
        return True


def _differ(after: Mapping[str, str], without: Mapping[str, str], renderer: AnyRenderer) -> bool:
    """Whether two states render otherwise, in a file that is the same in each render of one state."""
    here, there = renderer.render(after).files, renderer.render(without).files
    differing = [name for name in here.keys() | there.keys() if here.get(name) != there.get(name)]
    if not differing:
        return False
    again = renderer.render(without, again=True).files
    return any(there.get(name) == again.get(name) for name in differing)


def _names(pin: Edit, context: Context) -> Iterator[tuple[ChartNode, re.Pattern[str]]]:
    """The value as the templates of the chart, and of the dependency whose values it is among, name it."""
    places = (member.layer_of(pin) for member in context.target.members.values())
    path = next((path for layer, path in places if layer), pin.inner or pin.path)
    words = tuple(map(str, path))
    for node in context.nodes:
        size = len(node.prefix)
        if words[:size] == node.prefix and len(words) > size:
            yield node, re.compile(re.escape(f".Values.{'.'.join(words[size:])}") + r"(?![\w.])")
