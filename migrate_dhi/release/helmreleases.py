"""The way ``helmrelease``: Flux HelmReleases, as every build of the repository deploys them."""

import hashlib
from collections.abc import Iterator

from migrate_dhi.edit import ValuesPath
from migrate_dhi.kube.manifests import value_at
from migrate_dhi.release.declared import Declared
from migrate_dhi.release.flux_sources import Sources
from migrate_dhi.release.layer import Layer
from migrate_dhi.release.patches import Patch, pointer
from migrate_dhi.release.placed import Placed
from migrate_dhi.release.release import AfterHelm, Release, Unresolved, WayName
from migrate_dhi.release.stacked import map_layers
from migrate_dhi.release.values_from import values_from
from migrate_dhi.untyped import mapping, sequence, text_at

_LONGEST = 53
_POST_RENDERERS: ValuesPath = ("spec", "postRenderers")
_VALUES: ValuesPath = ("spec", "values")


def find(declared: Declared) -> Iterator[Release | Unresolved]:
    """Every HelmRelease that has a chart, in every build that leads to it; one without a chart is a patch."""
    sources = Sources(declared.contents, declared.placed)
    for placed in declared.kind("HelmRelease"):
        spec = mapping(placed.data.get("spec"))
        if not text_at(spec, "chart", "spec", "chart") and not mapping(spec.get("chartRef")):
            continue
        yield _release(declared, sources, placed)
    yield from _patches_of_what_is_elsewhere(declared)
    for file, line, reason in declared.contents.broken("HelmRelease"):
        yield Unresolved("helmrelease", file.rpartition("/")[2], file, line, reason)


def _release(declared: Declared, sources: Sources, placed: Placed) -> Release | Unresolved:
    resource = placed.resource
    if placed.build is None and declared.only_a_component(resource.file):
        reason = "it stands in a component that nothing in this repository builds"
        return Unresolved("helmrelease", placed.name, resource.file, resource.line, reason)
    charted = sources.charted(placed)
    replaced = _replaced(placed)
    if charted.origin is None or replaced == "chart":
        reason = charted.reason or "a kustomize replacement changes its chart"
        return Unresolved("helmrelease", placed.name, resource.file, resource.line, reason)
    name = _name(placed)
    layers = [*values_from(declared.contents, placed), *map_layers(declared.contents, placed, _VALUES)]
    if replaced:
        reason = "a kustomize replacement sets values"
        layers.append(Layer("unread", replaced, writable=False, reason=reason))
    return Release(
        "helmrelease",
        namespace=text_at(placed.data, "spec", "targetNamespace") or placed.namespace,
        name=name,
        file=resource.file,
        document=resource.document,
        line=resource.line,
        origin=charted.origin,
        layers=tuple(layers),
        object=placed.name if placed.name != name else "",
        revision=placed.revision or charted.revision,
        notes=(*placed.notes, *charted.notes, *_notes(placed, layers)),
        by_version=charted.by_version,
        build=placed.start,
        after=tuple(_after(placed)),
        version_at=charted.version_at,
    )


def _name(placed: Placed) -> str:
    """The name of the Helm release as Flux makes it; a long one is cut and gets a hash."""
    spec = mapping(placed.data.get("spec"))
    target = text_at(spec, "targetNamespace")
    name = text_at(spec, "releaseName") or (f"{target}-{placed.name}" if target else placed.name)
    if len(name) <= _LONGEST:
        return name
    return f"{name[:40]}-{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def _notes(placed: Placed, layers: list[Layer]) -> Iterator[str]:
    spec = mapping(placed.data.get("spec"))
    if placed.variables:
        written = "".join(key for layer in layers for key in layer.fill)
        for name in placed.variables.unknown(written):
            sources = ", ".join(placed.variables.hidden)
            yield f"${{{name}}} may be from {sources}, which is not read: a stand-in is rendered"
    if mapping(spec.get("kubeConfig")):
        yield "it is deployed to another cluster"


def _after(placed: Placed) -> Iterator[AfterHelm]:
    renderers = sequence(mapping(placed.data.get("spec")).get("postRenderers"))
    if renderers:
        given = (patch.file for patch in reversed(placed.object.patches) if _gives(patch, _POST_RENDERERS))
        file = next(given, placed.resource.file)
        yield AfterHelm("spec.postRenderers", file)
        if any(value_at(mapping(one), ("kustomize", "images")) for one in renderers):
            yield AfterHelm("spec.postRenderers.kustomize.images", file)


def _gives(patch: Patch, path: ValuesPath) -> bool:
    if patch.operations:
        return any(pointer(one.get("path"))[: len(path)] == path for one in patch.operations)
    return value_at(patch.data, path) is not None


def _replaced(placed: Placed) -> str:
    """``chart`` where a replacement changes what is deployed; the kustomization where it sets values."""
    found = ""
    for file, target, fields in placed.build.replacements if placed.build else ():
        if target.selects(placed.data, placed.object.names):
            if not all(field.startswith("spec.values.") for field in fields):
                return "chart"
            found = file
    return found


def _patches_of_what_is_elsewhere(declared: Declared) -> Iterator[Unresolved]:
    """Patches of releases whose base is in another repository: what they deploy is not known here."""
    seen = set()
    for build in {id(one.build): one.build for one in declared.placement.built}.values():
        for patch in build.unused if build.remote else ():
            if patch.target and not patch.target.name:
                # It changes all of a kind, and tells of none that the base brings.
                continue
            name = text_at(patch.data, "metadata", "name") or (patch.target.name if patch.target else "")
            kind = text_at(patch.data, "kind") or (patch.target.kind if patch.target else "")
            if (patch.file, patch.document) not in seen:
                seen.add((patch.file, patch.document))
                reason = f"it patches what a remote base brings ({', '.join(build.remote)})"
                way: WayName = "helmrelease" if kind == "HelmRelease" else "application"
                yield Unresolved(way, name, patch.file, patch.line, reason)
