"""The way ``kustomize``: charts that a kustomization inflates (``helmCharts``, ``HelmChartInflationGenerator``).

Values: the chart's < ``valuesFile`` < ``valuesInline`` < ``additionalValuesFiles``; with ``valuesMerge: merge`` the
file beats the inline ones, with ``replace`` it is not read (kustomize 5.6, run).
"""

import posixpath
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.helm.engine import expand
from migrate_dhi.release.contents import Contents
from migrate_dhi.release.declared import Declared
from migrate_dhi.release.elsewhere import at_registry
from migrate_dhi.release.kustomize import AFTER, INFLATED
from migrate_dhi.release.layer import Layer
from migrate_dhi.release.placed import Placed
from migrate_dhi.release.release import AfterHelm, Origin, Release, Unresolved
from migrate_dhi.release.stacked import sealed
from migrate_dhi.release.streams import parts
from migrate_dhi.untyped import mapping, sequence, text_at

_UNNAMED = "release-name"


def find(declared: Declared) -> Iterator[Release | Unresolved]:
    """Every chart that a kustomization inflates, in every build that leads to it."""
    over, reached = _of_applications(declared), set()
    for placed in declared.kind(INFLATED):
        reached.add(placed.resource.file)
        yield _release(declared.contents, placed, over)
    yield from _unbuilt(declared.contents, reached)
    for file, line, reason in declared.contents.broken_kustomizations():
        told = f"{reason}; what it lists is taken as if nothing changed it"
        yield Unresolved("kustomize", posixpath.dirname(file) or ".", file, line, told)


def _unbuilt(contents: Contents, reached: Collection[str]) -> Iterator[Unresolved]:
    """The charts of kustomizations that no build leads to: of components that nothing here uses."""
    for folder in contents.kustomizations:
        file = str(contents.kustomization(folder))
        for entry in sequence(contents.data(file).get("helmCharts")) if file not in reached else ():
            line = parts(contents.text(file))[0].line
            yield Unresolved(
                "kustomize", text_at(entry, "name"), file, line, "nothing here builds its component"
            )


def _of_applications(declared: Declared) -> dict[str, list[AfterHelm]]:
    """Folder → what the Applications that deploy it tell kustomize to change there."""
    found: dict[str, list[AfterHelm]] = {}
    for placed in declared.kind("Application"):
        spec = mapping(placed.data.get("spec"))
        named = [("spec.source", spec.get("source"))]
        named += [(f"spec.sources[{at}]", one) for at, one in enumerate(sequence(spec.get("sources")))]
        for key, source in named:
            for inner in mapping(mapping(source).get("kustomize")):
                if inner in AFTER:
                    folder = posixpath.normpath(text_at(source, "path").strip("/") or ".")
                    told = AfterHelm(f"{key}.kustomize.{inner}", placed.resource.file)
                    found.setdefault(folder, []).append(told)
    return found


def _release(contents: Contents, placed: Placed, over: Mapping[str, list[AfterHelm]]) -> Release | Unresolved:
    resource = placed.resource
    entry = mapping(resource.data.get("spec"))
    where: ValuesPath = tuple(sequence(resource.data.get("path")))
    name = text_at(entry, "releaseName") or _made_name(text_at(entry, "nameTemplate")) or _UNNAMED
    origin = _origin(contents, resource.file, entry)
    if isinstance(origin, str):
        return Unresolved("kustomize", text_at(entry, "name") or name, resource.file, resource.line, origin)
    return Release(
        "kustomize",
        namespace=text_at(entry, "namespace") or placed.namespace,
        name=name,
        file=resource.file,
        document=resource.document,
        line=resource.line,
        origin=origin,
        layers=tuple(_layers(contents, placed, entry, where)),
        object=text_at(entry, "name") if text_at(entry, "name") != name else "",
        kube_version=text_at(entry, "kubeVersion"),
        api_versions=tuple(str(one) for one in sequence(entry.get("apiVersions"))),
        revision=placed.revision,
        notes=(*placed.notes, *_notes(placed, entry, name)),
        build=placed.start,
        after=(*placed.object.after, *over.get(placed.start, ())),
    )


def _made_name(template: str) -> str:
    """What ``nameTemplate`` makes of nothing; empty where it is no template, or makes another one each time."""
    if "{{" not in template:
        return template
    try:
        (first,), (second,) = expand([template], [{}, {}])
    except MigrateDhiError:
        return ""
    return first.strip() if first == second else ""


def _origin(contents: Contents, file: str, entry: Mapping[str, Any]) -> Origin | str:
    """Where the chart is from: a folder beside the kustomization is used unchecked, before its source."""
    name, version, repo = (text_at(entry, key) for key in ("name", "version", "repo"))
    if not name:
        return "it names no chart"
    data = contents.data(str(contents.kustomization(posixpath.dirname(file) or ".") or file))
    home = text_at(data, "helmGlobals", "chartHome") or text_at(entry, "chartHome") or "charts"
    folder = posixpath.normpath(posixpath.join(posixpath.dirname(file), home))
    inner = f"{name}-{version}/{name}" if repo and version else name
    chart = contents.charts.get(posixpath.normpath(posixpath.join(folder, inner)))
    if chart is not None:
        return chart.origin
    if not repo:
        return f"there is no chart at {posixpath.join(folder, inner)}"
    if repo.startswith("oci://"):
        return at_registry(f"{repo.rstrip('/')}/{name}", version)
    return Origin("repository", name, version, repo)


def _layers(
    contents: Contents, placed: Placed, entry: Mapping[str, Any], where: ValuesPath
) -> Iterator[Layer]:
    resource = placed.resource
    inline = Layer("map", resource.file, resource.document, (*where, "valuesInline"))
    merging = text_at(entry, "valuesMerge") or "override"
    named = text_at(entry, "valuesFile") if merging != "replace" else ""
    base = [_file(contents, resource.file, named)] if named else []
    yield from [inline, *base] if merging == "merge" else [*base, inline]
    for name in sequence(entry.get("additionalValuesFiles")):
        yield _file(contents, resource.file, str(name))


def _file(contents: Contents, file: str, name: str) -> Layer:
    if "://" in name:
        return Layer("unread", file, writable=False, reason=f"the values file {name} is fetched by kustomize")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(file), name))
    layer = Layer("file", path)
    reason = sealed(contents, layer) if path in contents.files else f"{path} is not there"
    return Layer("unread", path, writable=False, reason=reason) if reason else layer


def _notes(placed: Placed, entry: Mapping[str, Any], name: str) -> Iterator[str]:
    if not text_at(entry, "namespace") and placed.namespace:
        yield "kustomize before 5.8 renders it for the namespace default, and puts it into its own afterwards"
    if (template := text_at(entry, "nameTemplate")) and name == _UNNAMED:
        yield f"its nameTemplate {template} makes another name each time: {_UNNAMED} is rendered"
    if _has_null(entry.get("valuesInline")):
        yield "a null in valuesInline is lost where the file holds the key"


def _has_null(data: Any) -> bool:
    return isinstance(data, dict) and any(one is None or _has_null(one) for one in data.values())
