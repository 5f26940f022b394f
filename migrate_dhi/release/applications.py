"""The way ``application``: Argo CD Applications with a Helm source, also of ApplicationSets and app-of-apps charts."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.release.addresses import is_filled_in
from migrate_dhi.release.app_of_apps import AppCharts
from migrate_dhi.release.argo_instances import Application, applications, in_this_repository
from migrate_dhi.release.argo_sources import AppSource, layers_of, with_written_back
from migrate_dhi.release.build_environment import build_environment, leading, substituted, unknown_in
from migrate_dhi.release.contents import Contents
from migrate_dhi.release.declared import Declared
from migrate_dhi.release.elsewhere import at_registry
from migrate_dhi.release.layer import Layer
from migrate_dhi.release.placed import Placed
from migrate_dhi.release.release import NO_FOLDER, Origin, Release, Unresolved
from migrate_dhi.release.stacked import sealed
from migrate_dhi.untyped import mapping, sequence, text_at

_ELSEWHERE = ("kustomize", "directory")


def find(declared: Declared) -> Iterator[Release | Unresolved]:
    """Every Application whose source is a chart, those of app-of-apps charts included."""
    charts = AppCharts(declared.contents, declared.shelf)
    waiting: list[Placed | Unresolved] = list(declared.kind("Application", "ApplicationSet"))
    left = list(charts.paths)
    while waiting or left:
        for found in _releases(declared.contents, waiting):
            yield found
            if (
                isinstance(found, Release)
                and found.origin.kind == "directory"
                and found.origin.path in charts.paths
            ):
                left = [path for path in left if path != found.origin.path]
                waiting += charts.of_release(found)
        if not waiting and left:
            waiting += charts.of_folder(left.pop(0))
    yield from charts.never_rendered()
    for file, line, reason in declared.contents.broken("Application", "ApplicationSet"):
        yield Unresolved("application", posixpath.basename(file), file, line, reason)


def _releases(contents: Contents, waiting: list[Placed | Unresolved]) -> Iterator[Release | Unresolved]:
    """What the waiting ones deploy; more may be put behind them meanwhile."""
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, Unresolved):
            yield one
            continue
        for application in applications(contents, one):
            yield from releases_of(contents, application)


def releases_of(contents: Contents, application: Application) -> Iterator[Release | Unresolved]:
    """The releases of one Application: one for each source that is a chart."""
    if application.broken:
        yield _unresolved(application, application.broken)
        return
    sources = application.sources()
    if not sources:
        yield _unresolved(application, "it names no source")
    found = [
        (source, one) for source in sources for one in _of_source(contents, application, sources, source)
    ]
    several = sum(isinstance(one, Release) for _, one in found) > 1
    for source, one in found:
        # Several charts of one Application share the name of the release.
        if several and isinstance(one, Release):
            yield replace(one, object=f"{application.name}[{source.index}]")
        else:
            yield one


def _of_source(
    contents: Contents, application: Application, sources: list[AppSource], source: AppSource
) -> Iterator[Release | Unresolved]:
    hidden = [
        key
        for key in ("chart", "targetRevision", "path", "repoURL")
        if application.hides(source.written.get(key))
    ]
    if hidden and (source.data.get("chart") or source.data.get("path")):
        yield _unresolved(application, f"its {hidden[0]} is not known: {_asked(application)} gives it")
        return
    if source.data.get("plugin") is not None:
        if source.data.get("chart") or _chart_at(contents, source.data):
            yield _unresolved(application, "a plugin of Argo CD renders the chart")
        return
    if source.data.get("ref") and not (text_at(source.data, "path") or text_at(source.data, "chart")):
        # It only lends its files to others (Argo CD: reposerver, GenerateManifest).
        return
    folder = in_this_repository(contents, source.data)
    if folder is not None:
        space = text_at(application.data, "metadata", "namespace")
        owners = (f"-{application.name}", f"-{space}_{application.name}")
        names = [".argocd-source.yaml", *(f".argocd-source{owner}.yaml" for owner in owners)]
        source = with_written_back(contents, source, folder, names)
    origin = _origin(contents, source.data, folder)
    if isinstance(origin, str):
        if origin:
            yield _unresolved(application, origin)
        return
    if application.hides(source.written and mapping(source.written.get("helm")).get("valueFiles")):
        yield _unresolved(application, f"a values file is not known: {_asked(application)} names it")
        return
    variables = build_environment(application.data, source.data)
    layers = [
        *_value_files(contents, sources, source, folder, variables),
        *layers_of(contents, source, variables),
    ]
    yield _release(contents, application, source, origin, layers)


def _asked(application: Application) -> str:
    template = application.template
    return f"the generator {', '.join(template.parameters.unknown)}" if template else "a generator"


def _chart_at(contents: Contents, data: Mapping[str, Any]) -> bool:
    folder = in_this_repository(contents, data)
    return folder is not None and folder in contents.charts


def _origin(contents: Contents, data: Mapping[str, Any], folder: str | None) -> Origin | str:
    """Where a source's chart is from; a reason where it is not known, an empty one where there is none."""
    url, name, version = (text_at(data, key) for key in ("repoURL", "chart", "targetRevision"))
    path = text_at(data, "path")
    told = f"{url} {name} {version} {path}"
    if "{{" in told or "<path:" in told:
        return "a placeholder hides the chart" if name or data.get("helm") else ""
    if name:
        if "://" not in url or url.startswith("oci://"):
            return at_registry(f"{_oci(url)}/{name}", version)
        return Origin("repository", name, version, url)
    if url.startswith("oci://"):
        return at_registry(url, version)
    if folder is not None:
        return _local(contents, data, folder)
    if not path:
        return ""
    here = contents.addresses.is_here(url)
    if here:
        return f"{NO_FOLDER}{path}" if not any(key in data for key in _ELSEWHERE) else ""
    if data.get("helm"):
        chart = posixpath.basename(path) if path.strip("./") else posixpath.basename(url).removesuffix(".git")
        return Origin("git", chart, version, url, posixpath.normpath(path))
    if any(key in data for key in _ELSEWHERE):
        return ""
    return f"whether {path} of {url} is a chart is not known here"


def _oci(url: str) -> str:
    return url.rstrip("/") if url.startswith("oci://") else f"oci://{url.rstrip('/')}"


def _local(contents: Contents, data: Mapping[str, Any], folder: str) -> Origin | str:
    """A folder of this repository: a chart, unless a kustomization is beside it and nothing says Helm."""
    chart = contents.charts.get(folder)
    if chart is None:
        return f"there is no chart at {folder}" if data.get("helm") else ""
    if "helm" not in data and (contents.kustomization(folder) or any(key in data for key in _ELSEWHERE)):
        return ""
    return chart.origin


def _release(
    contents: Contents, application: Application, source: AppSource, origin: Origin, layers: list[Layer]
) -> Release:
    placed, helm = application.placed, source.helm
    name = text_at(helm, "releaseName") or application.name
    url, revision = text_at(source.data, "repoURL"), text_at(source.data, "targetRevision")
    notes = [*placed.notes]
    if origin.kind == "directory":
        revision = contents.addresses.other_revision(revision)
        if not contents.addresses.is_here(url):
            notes.append(f"{url} is taken for this repository: it has the chart {origin.path}")
    else:
        revision = ""
    spec = application.spec
    revisions = [
        text_at(one, "targetRevision") for one in (spec.get("source"), *sequence(spec.get("sources")))
    ]
    filled = next(filter(is_filled_in, revisions), "")
    if filled:
        notes.append(f"{filled} is filled in elsewhere: it is taken for the revision that is planned")
    template = application.template
    if template and template.parameters.unknown:
        kinds = ", ".join(template.parameters.unknown)
        notes.append(f"what the generator {kinds} gives is not known here: stand-ins are rendered")
    return Release(
        "application",
        namespace=text_at(helm, "namespace") or text_at(application.spec, "destination", "namespace"),
        name=name,
        file=placed.resource.file,
        document=placed.resource.document,
        line=placed.resource.line,
        origin=origin,
        layers=tuple(layers),
        object=application.name if name != application.name else "",
        kube_version=text_at(helm, "kubeVersion"),
        api_versions=tuple(str(one) for one in sequence(helm.get("apiVersions"))),
        revision=revision or application.revision or placed.revision,
        notes=tuple(notes),
        build=placed.start,
        version_at=_version_at(source),
        maker=placed.resource.name if placed.resource.kind == "ApplicationSet" else "",
    )


def _version_at(source: AppSource) -> tuple[str, int, ValuesPath] | None:
    """Where the version of the chart stands: beside the Helm settings of the Application itself."""
    own = next((place for place in source.places if place.inner is None and not place.reason), None)
    return (own.file, own.document, (*own.path[:-1], "targetRevision")) if own and own.path else None


def _unresolved(application: Application, reason: str) -> Unresolved:
    resource = application.placed.resource
    return Unresolved("application", application.name, resource.file, resource.line, reason)


def _value_files(
    contents: Contents,
    sources: list[AppSource],
    source: AppSource,
    folder: str | None,
    variables: Mapping[str, str],
) -> Iterator[Layer]:
    """The layers of the values files that a source passes, in order."""
    ignored = source.helm.get("ignoreMissingValueFiles") is True
    last = source.places[-1] if source.places else None
    for entry in sequence(source.helm.get("valueFiles")):
        named = _named(contents, sources, str(entry), folder, variables)
        file = last.file if last else ""
        if isinstance(named, str):
            if named:
                yield Layer("unread", file, writable=False, reason=named)
            continue
        for path in named:
            layer = Layer("file", path)
            seal = sealed(contents, layer) if path in contents.files else ""
            if seal:
                yield Layer("unread", path, writable=False, reason=seal)
            elif path in contents.files:
                yield layer
            elif not ignored:
                yield Layer("unread", path, writable=False, reason=f"{path} is not there")


def _named(
    contents: Contents,
    sources: list[AppSource],
    entry: str,
    folder: str | None,
    variables: Mapping[str, str],
) -> list[str] | str:
    """The repository paths that an entry of ``valueFiles`` names, or why they are none; empty for no layer at all.

    Variables are filled in, behind the source that an entry begins with where it refers to one.
    """
    if hidden := unknown_in(entry):
        return f"the values file {entry} has {hidden}, which is not known here"
    refers = next((one for one in sources if _refers(entry, one)), None)
    # What begins with another name than that of a variable means a source that is not there.
    if refers is None and leading(entry) in {"", *variables}:
        entry = substituted(entry, variables)
    if "{{" in entry or "<path:" in entry:
        return f"the values file {entry} has a placeholder that is not known here"
    if "://" in entry:
        return f"the values file {entry} is fetched by Argo CD"
    if entry.startswith("$"):
        if refers is None:
            return f"the values file {entry} refers to no source"
        source, inner = refers, substituted(entry.partition("/")[2], variables)
        url = text_at(source.data, "repoURL")
        path = posixpath.normpath(inner)
        if not contents.addresses.is_here(url) and not contents.matching(path):
            return f"the values file {inner} is in {url}"
        other = contents.addresses.other_revision(text_at(source.data, "targetRevision"))
        return f"the values file {inner} is read from {other}" if other else contents.matching(path) or [path]
    if folder is None:
        # The chart's own file says nothing new; others are not known before the chart is at hand.
        return "" if entry == "values.yaml" else f"the values file {entry} is inside the chart"
    start = "" if entry.startswith("/") else folder
    path = posixpath.normpath(posixpath.join(start, entry.lstrip("/")))
    return contents.matching(path) or [path]


def _refers(entry: str, source: AppSource) -> bool:
    name = text_at(source.data, "ref")
    return bool(name) and entry.startswith(f"${name}/")
