"""The way ``k3s``: HelmChart objects of K3s and RKE2, with the HelmChartConfig of the same name over each.

Values: ``valuesContent`` (YAML text) < ``values`` < ``valuesSecrets``, those of the HelmChart before those of its
HelmChartConfig, < ``set`` (k3s-io/helm-controller, pkg/controllers/chart, read in July 2026).
"""

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.release.contents import Contents
from migrate_dhi.release.declared import Declared
from migrate_dhi.release.elsewhere import at_archive, at_registry
from migrate_dhi.release.layer import Layer, standing
from migrate_dhi.release.placed import Placed
from migrate_dhi.release.release import Origin, Release, Unresolved
from migrate_dhi.release.stacked import besides, filled_in, map_layers
from migrate_dhi.untyped import mapping, sequence, text_at

GROUP = "helm.cattle.io"
_CONTENT: ValuesPath = ("spec", "valuesContent")
_SET: ValuesPath = ("spec", "set")
# What the controller hands to ``--set``; all other texts go to ``--set-string``.
_TYPED = ("true", "false", "null")


def find(declared: Declared) -> Iterator[Release | Unresolved]:
    """Every HelmChart of that group that has a chart: one without is a patch.

    A HelmChartConfig alone changes a chart that the cluster brings along.
    """
    charts = [one for one in declared.kind("HelmChart") if one.resource.group == GROUP and _has_chart(one)]
    configs = declared.kind("HelmChartConfig")
    for placed in charts:
        yield _release(declared.contents, placed, configs)
    named = {(one.name, one.namespace) for one in charts}
    for placed in configs:
        if (placed.name, placed.namespace) not in named:
            reason = "it changes a chart that the cluster brings along"
            yield Unresolved("k3s", placed.name, placed.resource.file, placed.resource.line, reason)
    for file, line, reason in declared.contents.broken("HelmChart", "HelmChartConfig"):
        yield Unresolved("k3s", posixpath.basename(file), file, line, reason)


def _has_chart(placed: Placed) -> bool:
    return any(text_at(placed.data, "spec", key) for key in ("chart", "chartContent"))


def _release(contents: Contents, placed: Placed, configs: Iterable[Placed]) -> Release | Unresolved:
    resource, spec = placed.resource, mapping(placed.data.get("spec"))
    origin = _origin(spec)
    if isinstance(origin, str):
        return Unresolved("k3s", placed.name, resource.file, resource.line, origin)
    layers = list(_layers(contents, placed))
    config = _config_of(placed, configs)
    if config:
        layers += _layers(contents, config)
    if mapping(spec.get("set")):
        layers.append(_set(placed, spec))
    return Release(
        "k3s",
        namespace=text_at(spec, "targetNamespace") or placed.namespace,
        name=placed.name,
        file=resource.file,
        document=resource.document,
        line=resource.line,
        origin=origin,
        layers=tuple(layers),
        revision=placed.revision,
        notes=placed.notes,
        build=placed.start,
        version_at=(resource.file, resource.document, ("spec", "version"))
        if origin.version == text_at(spec, "version")
        else None,
    )


def _origin(spec: Mapping[str, Any]) -> Origin | str:
    """Where the chart is from; a reason where that is not known."""
    chart, version, repo = (text_at(spec, key) for key in ("chart", "version", "repo"))
    if text_at(spec, "chartContent"):
        return "its chart is in the object itself (chartContent)"
    if chart.startswith("oci://"):
        return at_registry(chart, version)
    archive = at_archive(chart)
    if archive:
        return archive
    if repo.startswith("oci://"):
        return at_registry(f"{repo.rstrip('/')}/{chart}", version)
    if repo and "://" not in chart:
        return Origin("repository", chart, version, repo)
    return f"the chart {chart} is one that the cluster itself knows"


def _config_of(placed: Placed, configs: Iterable[Placed]) -> Placed | None:
    """The HelmChartConfig of the same name and namespace, of the same cluster before others."""
    alike = [one for one in configs if (one.name, one.namespace) == (placed.name, placed.namespace)]
    return min(alike, key=lambda one: one.root != placed.root, default=None)


def _layers(contents: Contents, placed: Placed) -> Iterator[Layer]:
    """The layers of one object, weakest first; the text alone, where there is one and no map."""
    resource, spec = placed.resource, mapping(placed.data.get("spec"))
    if text_at(spec, "valuesContent"):
        yield filled_in(contents, placed, _content(placed))
    if mapping(spec.get("values")) or not text_at(spec, "valuesContent"):
        yield from map_layers(contents, placed, ("spec", "values"))
    for entry in sequence(spec.get("valuesSecrets")):
        reason = f"Secret {text_at(entry, 'name')}, which is never read"
        yield Layer("unread", resource.file, resource.document, writable=False, reason=reason)


def _content(placed: Placed) -> Layer:
    """The text of values where it stands: in the object, or in the last patch that gives it."""
    resource = placed.resource
    text = text_at(placed.object.data, *map(str, _CONTENT))
    places = [(resource.file, resource.document, resource.whole, True)]
    places += [
        (one.file, one.document, mapping(one.data), one.writable and not one.path)
        for one in placed.object.patches
    ]
    file, document, _, writable = next(
        (one for one in reversed(places) if text_at(one[2], *map(str, _CONTENT)) == text),
        (*places[-1][:3], False),
    )
    if writable:
        return Layer("text", file, document, _CONTENT)
    files = (resource.file, *(one.file for one in placed.object.patches))
    reason = f"a patch in {file} gives it"
    held = standing(text, _CONTENT, document)
    return Layer(
        "text",
        file,
        document,
        _CONTENT,
        writable=False,
        reason=reason,
        text=held,
        sources=besides(file, files),
    )


def _set(placed: Placed, spec: Mapping[str, Any]) -> Layer:
    """What ``set`` sets: a map, whose texts stay texts where they are no word of YAML."""
    resource = placed.resource
    items = [
        {"name": name, "value": value, "forceString": isinstance(value, str) and value.lower() not in _TYPED}
        for name, value in mapping(spec.get("set")).items()
    ]
    held = standing(items, _SET, resource.document)
    reason = "set is read, and not written"
    return Layer(
        "parameters", resource.file, resource.document, _SET, writable=False, reason=reason, text=held
    )
