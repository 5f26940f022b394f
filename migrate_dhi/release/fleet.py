"""The way ``fleet``: bundles of Rancher Fleet (``fleet.yaml``) that are charts, and the customizations of targets.

Values: ``values`` < ``valuesFiles`` < the target's values < its ``valuesFiles`` < ``valuesFrom``; the first one that
fits a cluster counts, so each customization is a release of its own. ``${ … }`` are templates that Fleet fills from
the cluster's labels.
"""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.release.contents import Contents
from migrate_dhi.release.declared import Declared
from migrate_dhi.release.elsewhere import PACKED, at_archive, at_registry
from migrate_dhi.release.generators import generated
from migrate_dhi.release.layer import Layer
from migrate_dhi.release.patches import merge_patch
from migrate_dhi.release.release import AfterHelm, Origin, Release, Unresolved
from migrate_dhi.release.stacked import sealed
from migrate_dhi.release.streams import parts
from migrate_dhi.untyped import mapping, sequence, text_at

_NAMES = ("fleet.yaml", "fleet.yml")
_TEMPLATE = regex(r"\$\{.*?\}")


@record
class _Bundle:
    """A ``fleet.yaml``: its file, folder, line, and what it holds."""

    file: str
    folder: str
    line: int
    data: Mapping[str, Any]


def find(declared: Declared) -> Iterator[Release | Unresolved]:
    """Every bundle that is a chart: once as it is, and once for each customization that changes its Helm settings."""
    contents = declared.contents
    for file in contents.files.paths:
        if not file.endswith(_NAMES) or posixpath.basename(file) not in _NAMES or contents.inside_chart(file):
            continue
        bundle = _Bundle(
            file, posixpath.dirname(file) or ".", parts(contents.text(file))[0].line, contents.data(file)
        )
        for at in (None, *range(len(sequence(bundle.data.get("targetCustomizations"))))):
            found = _release(contents, bundle, at)
            if found is not None:
                yield found


def _release(contents: Contents, bundle: _Bundle, at: int | None) -> Release | Unresolved | None:
    """The bundle, or what a customization makes of it; None where it is no chart, or changes nothing of it."""
    target = mapping(sequence(bundle.data.get("targetCustomizations"))[at]) if at is not None else {}
    own = mapping(target.get("helm"))
    if (at is not None and not own) or target.get("doNotDeploy") is True:
        return None
    helm = merge_patch(mapping(bundle.data.get("helm")), own)
    if not text_at(helm, "chart") and bundle.folder not in contents.charts:
        return None
    origin = _origin(contents, bundle, helm)
    name = text_at(helm, "releaseName") or text_at(bundle.data, "name")
    if isinstance(origin, str):
        return Unresolved(
            "fleet", name or posixpath.basename(bundle.folder), bundle.file, bundle.line, origin
        )
    notes = []
    if not name:
        name = bundle.folder.replace("/", "-")
        notes.append("its name is that of its GitRepo and the folder: the folder alone is rendered")
    layers = list(_layers(contents, bundle, at))
    if any(layer.fill for layer in layers):
        notes.append("what Fleet fills in from the cluster is not known here: stand-ins are rendered")
    label = text_at(target, "name") or (str(at) if at is not None else "")
    return Release(
        "fleet",
        namespace=_namespace(bundle.data, target),
        name=name,
        file=bundle.file,
        document=0,
        line=bundle.line,
        origin=origin,
        layers=tuple(layers),
        object=f"{name}@{label}" if label else "",
        notes=tuple(notes),
        after=(AfterHelm("kustomize", bundle.file),)
        if bundle.data.get("kustomize") or target.get("kustomize")
        else (),
    )


def _namespace(data: Mapping[str, Any], target: Mapping[str, Any]) -> str:
    places = (
        (target, "namespace"),
        (data, "namespace"),
        (target, "defaultNamespace"),
        (data, "defaultNamespace"),
    )
    return next((text_at(one, key) for one, key in places if text_at(one, key)), "")


def _origin(contents: Contents, bundle: _Bundle, helm: Mapping[str, Any]) -> Origin | str:
    chart, version, repo = (text_at(helm, key) for key in ("chart", "version", "repo"))
    if "${" in f"{chart}{version}{repo}":
        return "a template hides the chart: Fleet fills it in for each cluster"
    if not chart:
        return contents.charts[bundle.folder].origin
    if repo.startswith("oci://") or chart.startswith("oci://"):
        url = chart if chart.startswith("oci://") else f"{repo.rstrip('/')}/{chart}"
        return at_registry(url, version)
    if repo:
        return Origin("repository", chart, version, repo)
    archive = at_archive(chart)
    if archive:
        return archive
    path = posixpath.normpath(posixpath.join(bundle.folder, chart))
    if "://" not in chart and path in contents.charts:
        return contents.charts[path].origin
    if path in contents.files:
        return PACKED.format(path)
    return f"the chart {chart} is no folder here and in no repository that it names"


def _layers(contents: Contents, bundle: _Bundle, at: int | None) -> Iterator[Layer]:
    customized: ValuesPath = ("targetCustomizations", at, "helm") if at is not None else ()
    own = mapping(bundle.data.get("helm"))
    yield _filled(contents, Layer("map", bundle.file, 0, ("helm", "values")))
    yield from _files(contents, bundle, own)
    target = mapping(sequence(bundle.data.get("targetCustomizations"))[at]) if at is not None else {}
    helm = mapping(target.get("helm"))
    if customized:
        yield _filled(contents, Layer("map", bundle.file, 0, (*customized, "values")))
        yield from _files(contents, bundle, helm)
    for entry in (*sequence(own.get("valuesFrom")), *sequence(helm.get("valuesFrom"))):
        for kind in ("configMapKeyRef", "secretKeyRef"):
            reference = mapping(mapping(entry).get(kind))
            if reference:
                held = list(_held(contents, reference)) if kind == "configMapKeyRef" else []
                reason = f"{kind.removesuffix('KeyRef')} {text_at(reference, 'name')} of the cluster"
                # Of several each cluster may have another one.
                yield (
                    _filled(contents, held[0])
                    if len(held) == 1
                    else Layer("unread", bundle.file, writable=False, reason=reason)
                )


def _held(contents: Contents, reference: Mapping[str, Any]) -> Iterator[Layer]:
    """The values in ConfigMaps of the repository that a reference may mean: as they stand, or made by kustomize."""
    name, key, space = (text_at(reference, one) for one in ("name", "key", "namespace"))
    key = key or "values.yaml"
    for one in contents.config_maps(name):
        text = mapping(one.data.get("data")).get(key)
        if one.kind == "ConfigMap" and isinstance(text, str) and (not space or one.namespace in ("", space)):
            yield Layer("text", one.file, one.document, ("data", key))
    for folder in contents.kustomizations:
        file = str(contents.kustomization(folder))
        for made in generated(contents, file, contents.data(file), ()) if name in contents.text(file) else ():
            place = made.keys.get(key)
            if (made.kind, made.name, made.hashed) == ("ConfigMap", name, False) and place and not place.path:
                yield Layer("file", place.file)


def _files(contents: Contents, bundle: _Bundle, helm: Mapping[str, Any]) -> Iterator[Layer]:
    for name in sequence(helm.get("valuesFiles")):
        path = posixpath.normpath(posixpath.join(bundle.folder, str(name)))
        if path in contents.files:
            yield _filled(contents, Layer("file", path))
        else:
            yield Layer("unread", path, writable=False, reason=f"{path} is not there")


def _filled(contents: Contents, layer: Layer) -> Layer:
    seal = sealed(contents, layer)
    if seal:
        return Layer("unread", layer.file, path=layer.path, writable=False, reason=seal)
    found = dict.fromkeys(_TEMPLATE.findall(contents.text(layer.file)), "stand-in")
    return replace(layer, fill=found)
