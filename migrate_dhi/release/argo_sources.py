"""The sources of an Argo CD Application, and the places that their Helm settings stand in.

A setting may be given in the Application itself, in a patch of it, in an ApplicationSet's ``templatePatch``, and in the
write-back files beside the chart (``.argocd-source.yaml``); each later place is a JSON merge patch over the earlier.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.helm.chart import join
from migrate_dhi.kube.manifests import value_at
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.release.argo_templates import Template, is_control
from migrate_dhi.release.build_environment import fill_of
from migrate_dhi.release.contents import Contents
from migrate_dhi.release.layer import Layer, merged, path_or_root, standing
from migrate_dhi.release.patches import merge_patch, operate
from migrate_dhi.release.placed import Placed
from migrate_dhi.release.stacked import besides
from migrate_dhi.release.streams import data_of, parts
from migrate_dhi.untyped import mapping, sequence, text_at, walk

# Where a source is from.
_WHERE = ("repoURL", "chart", "path", "targetRevision")
# A placeholder that begins a value without quotes: no YAML before it is filled.
_UNQUOTED = regex(r"(?:^|[:\-,\[])[ \t]*\{\{", re.MULTILINE)


@record
class Place:
    """Where the ``helm`` map of a source stands.

    Args:
        file: the file; ``document`` its index there.
        path: where in the document: the ``helm`` map, or with ``inner`` the text that holds it deeper.
        data: what stands there.
        template: what fills its placeholders, or None.
        reason: why nothing is written there; empty where it may be.
        sources: the files that what stands there is composed of besides.
    """

    file: str
    document: int
    path: ValuesPath
    data: Mapping[str, Any]
    inner: ValuesPath | None = None
    template: Template | None = None
    reason: str = ""
    sources: tuple[str, ...] = ()


@record
class AppSource:
    """One source of an Application, with everything laid over it.

    Args:
        data: the source, its placeholders filled.
        written: the same as it is written.
        places: where its Helm settings stand, weakest first; the first one is the Application's own.
        index: its place among several sources, or None.
    """

    data: Mapping[str, Any]
    written: Mapping[str, Any]
    places: tuple[Place, ...]
    index: int | None = None

    @property
    def helm(self) -> Mapping[str, Any]:
        """The effective Helm settings."""
        return mapping(self.data.get("helm"))


def layers_of(contents: Contents, source: AppSource, variables: Mapping[str, str]) -> Iterator[Layer]:
    """The layers of a source's inline values, weakest first: text or map, then parameters.

    With ``valuesObject``, also an empty one, the text of ``values`` is ignored. Where neither is, the map is added, so
    that an edit has a place. ``variables`` are filled into the values of parameters, and into nothing else of these.
    """
    given = source.helm
    if isinstance(given.get("valuesObject"), dict) or not given.get("values"):
        yield from _maps(contents, source)
    else:
        place = _last(source, "values")
        yield from _checked(contents, place, "values", place.data.get("values"))
    if sequence(given.get("parameters")):
        place = _last(source, "parameters")
        (layer,) = _checked(contents, place, "parameters", place.data.get("parameters"))
        fill = fill_of(place.data.get("parameters"), variables)
        yield replace(layer, fill={**layer.fill, **fill}) if fill else layer
    for entry in sequence(given.get("fileParameters")):
        place = _last(source, "fileParameters")
        reason = f"fileParameters: {text_at(entry, 'name')} is the content of {text_at(entry, 'path')}"
        at = path_or_root(text_at(entry, "name"))
        yield Layer("unread", place.file, place.document, at=at, writable=False, reason=reason)


def _maps(contents: Contents, source: AppSource) -> Iterator[Layer]:
    holding = [place for place in source.places if mapping(place.data.get("valuesObject"))]
    # Where nothing may be written, an empty place says nothing.
    for at, place in enumerate(holding or [one for one in source.places[:1] if not one.reason]):
        yield from _checked(contents, place, "valuesObject", place.data.get("valuesObject"), removes=at > 0)


def _last(source: AppSource, key: str) -> Place:
    return next(place for place in reversed(source.places) if place.data.get(key))


def _checked(
    contents: Contents, place: Place, key: str, given: Any, *, removes: bool = False
) -> tuple[Layer, ...]:
    """The layer of a setting, if its text reads as what it becomes; else that, read as it is and not written.

    Where a chart hands it on, the layers that it is handed on from, and over them what its template adds.
    """
    form: Any = {"valuesObject": "map", "values": "text", "parameters": "parameters"}[key]
    reason = place.reason
    template = place.template
    # What Helm rendered has no placeholders any more: braces in it are of what reads it next.
    if template and not template.whole and not reason and any(map(is_control, _texts(given))):
        reason = "its placeholders are conditions or loops"
    if place.inner is not None and form != "map":
        reason = reason or "it is a text inside a text"
    if not reason:
        path = (*place.path, key) if place.inner is None else place.path
        layer = Layer(
            "map" if place.inner is None and form == "map" else "text" if form == "map" else form,
            place.file,
            place.document,
            path,
            inner=(*place.inner, key) if place.inner is not None else (),
            fill=_fill(contents, place, given),
            removes=removes,
        )
        if place.inner is None and not layer.fill:
            return (layer,)
        fixed = _fixed(place, key, form, given, removes=removes, reason="")
        texts = {place.file: contents.text(place.file)}
        try:
            if layer.values(texts) == fixed.values(texts):
                return (layer,)
            reason = "its placeholders cannot be told by themselves"
        except MigrateDhiError:
            reason = "it is not read as it stands"
    fixed = _fixed(place, key, form, given, removes=removes, reason=reason)
    handed = template.handed_at((*place.path, key)) if template else ()
    if template and handed and place.inner is None and place.reason in ("", template.reason):
        # What stands in the template beside what it hands on comes over that.
        own = Layer(form, place.file, place.document, (*place.path, key), fill=_fill(contents, place, given))
        over = replace(own, through=handed[0].through)
        whole = next((one for one in (handed, (*handed, over)) if _is(contents, one, fixed)), ())
        if whole:
            return tuple(replace(one, removes=removes) for one in whole)
    return (fixed,)


def _is(contents: Contents, layers: tuple[Layer, ...], fixed: Layer) -> bool:
    """Whether layers are together what came out."""
    texts = {one.file: contents.text(one.file) for one in layers}
    try:
        return merged(layers, texts) == fixed.values(texts)
    except MigrateDhiError:
        return False


def _fill(contents: Contents, place: Place, given: Any) -> Mapping[str, str]:
    """What fills the placeholders of a place's file; nothing where none is in the way of what is read."""
    text = contents.text(place.file)
    if place.template is None or "{{" not in text:
        return {}
    needed = (
        place.inner is not None
        or place.template.whole
        or _UNQUOTED.search(text)
        or any("{{" in one for one in _texts(given))
    )
    return place.template.fill(text) if needed else {}


def _texts(data: Any) -> Iterator[str]:
    """Every text in some data, keys too."""
    for path, value in [((), data), *walk(data)]:
        yield from (one for one in (*path[-1:], value) if isinstance(one, str))


def _fixed(place: Place, key: str, form: Any, given: Any, *, removes: bool, reason: str) -> Layer:
    """A setting as it becomes, read from a text of its own."""
    value = place.template.data(given) if place.template else given
    path = (*place.path, key)
    return Layer(
        form,
        place.file,
        place.document,
        path,
        writable=False,
        reason=reason,
        text=standing(value or ({} if form == "map" else value), path, place.document),
        removes=removes,
        sources=besides(place.file, (*place.sources, *(place.template.files if place.template else ()))),
        alone=not place.sources,
    )


def places_of(placed: Placed, path: ValuesPath, template: Template | None) -> list[Place]:
    """The places of a source's ``helm`` map in an object and the patches that kustomize applied to it."""
    resource = placed.resource
    own = mapping(value_at(resource.data, path))
    reason = ""
    if placed.made:
        reason = "a template of a chart makes the ApplicationSet" if template else placed.made.reason
        template = template or placed.made
    made = placed.made.files if placed.made else ()
    found = [Place(resource.file, resource.document, path, own, None, template, reason, made)]
    for patch in placed.object.patches:
        if patch.operations:
            composed = mapping(value_at(_patched(placed), path))
            if composed != mapping(value_at(resource.whole, path)):
                reason = f"a JSON patch in {patch.file} changes it"
                files = (one.file for one in placed.object.patches)
                held = besides(patch.file, (resource.file, *files))
                return [Place(patch.file, 0, path, composed, None, template, reason, held)]
            continue
        data = value_at(patch.data, path)
        if not isinstance(data, dict):
            continue
        # A list replaces the one of the base: what stood there is gone.
        found = [] if any(isinstance(step, int) for step in path) else found
        reason = "" if patch.writable else "a patch inside another one"
        at, inner = (patch.path, path) if patch.path else (path, None)
        found.append(Place(patch.file, patch.document, at, data, inner, template, reason, patch.sources))
    return found


def _patched(placed: Placed) -> Any:
    """All of an object's data with its patches applied."""
    data: Any = placed.resource.whole
    for patch in placed.object.patches:
        if not patch.operations:
            data = merge_patch(mapping(data), mapping(patch.data))
        for operation in patch.operations:
            data = operate(data, operation)
    return data


def with_written_back(contents: Contents, source: AppSource, folder: str, names: list[str]) -> AppSource:
    """A source with the write-back files beside its chart laid over it; none says where the chart is from.

    Argo CD: reposerver, mergeSourceParameters.
    """
    data, places = source.data, list(source.places)
    for name in names:
        file = join(folder, name)
        if file not in contents.files:
            continue
        found = mapping(data_of(parts(contents.text(file))[0].text))
        data = {**merge_patch(data, found), **{key: source.data.get(key) for key in _WHERE}}
        places.append(Place(file, 0, ("helm",), mapping(found.get("helm"))))
    return AppSource(data, source.written, tuple(places), source.index)
