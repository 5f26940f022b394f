"""The layers of a HelmRelease's ``valuesFrom``: ConfigMaps of the repository, generated or as they stand; no Secret."""

import posixpath
from collections.abc import Iterator
from dataclasses import replace

from migrate_dhi.edit import ValuesPath
from migrate_dhi.errors import InvalidChartError
from migrate_dhi.release.contents import Contents, Resource
from migrate_dhi.release.generators import Generated
from migrate_dhi.release.layer import Layer, set_path, standing
from migrate_dhi.release.placed import Placed
from migrate_dhi.release.stacked import besides, sealed
from migrate_dhi.untyped import mapping, sequence, text_at


def values_from(contents: Contents, release: Placed) -> Iterator[Layer]:
    """One layer for each entry, in order; what cannot be read is named.

    An optional key that a ConfigMap of the repository does not have is passed over, as Flux passes it over.
    """
    for entry in sequence(mapping(release.data.get("spec")).get("valuesFrom")):
        kind, name = text_at(entry, "kind"), text_at(entry, "name")
        key = text_at(entry, "valuesKey") or "values.yaml"
        try:
            at = set_path(text_at(entry, "targetPath")) if text_at(entry, "targetPath") else ()
        except InvalidChartError:
            yield _unread(release, f"{kind} {name}: its targetPath is none that Helm takes", ())
            continue
        layer = _layer(contents, release, (kind, name, key), at)
        if not (layer.reason == _lacks(name, key) and mapping(entry).get("optional") is True):
            yield _filled(contents, release, layer)


def _layer(contents: Contents, release: Placed, meant: tuple[str, str, str], at: ValuesPath) -> Layer:
    kind, name, key = meant
    made = _generated(release, kind, name)
    if kind != "ConfigMap":
        secrets = [one for one in contents.config_maps(name) if one.kind == kind]
        file = made.file if made else secrets[0].file if secrets else release.resource.file
        return Layer("unread", file, at=at, writable=False, reason=f"{kind} {name}, which is never read")
    if made:
        return _of_generated(contents, release, made, (name, key), at)
    one = _nearest(contents, release, name)
    if one is None:
        return _unread(release, f"ConfigMap {name} is not in this repository", at)
    patched = _patched(release, one, key)
    if patched:
        return replace(patched, at=at)
    if not isinstance(mapping(one.data.get("data")).get(key), str):
        return Layer(
            "unread",
            one.file,
            one.document,
            at=at,
            writable=False,
            reason=_lacks(name, key),
        )
    return Layer("text", one.file, one.document, ("data", key), at=at)


def _generated(release: Placed, kind: str, name: str) -> Generated | None:
    """The generated object that a name means: as it comes out, or as it was where kustomize follows the name."""
    if release.build is None:
        return None
    followed = kind in release.build.follows
    known = [
        one
        for one in release.build.generated
        if one.kind == kind and (name == one.name or (followed and name in one.names))
    ]
    # Flux looks in the release's own namespace; where none is told, it is the same one.
    known.sort(key=lambda one: one.namespace != release.namespace)
    fitting = (one for one in known if not release.namespace or one.namespace in ("", release.namespace))
    return next(fitting, None)


def _lacks(name: str, key: str) -> str:
    return f"ConfigMap {name} has no key {key}"


def _of_generated(
    contents: Contents, release: Placed, made: Generated, meant: tuple[str, str], at: ValuesPath
) -> Layer:
    name, key = meant
    followed = release.build is not None and made.kind in release.build.follows
    if made.hashed and not followed:
        return Layer(
            "unread",
            made.file,
            at=at,
            writable=False,
            reason=f"ConfigMap {made.name} gets a hash behind its name that nothing follows",
        )
    place = made.keys.get(key)
    if place is None:
        return Layer("unread", made.file, at=at, writable=False, reason=_lacks(name, key))
    if not place.path and not place.text:
        if place.file not in contents.files:
            return Layer("unread", place.file, at=at, writable=False, reason=f"{place.file} is not there")
        if not at:
            return Layer("file", place.file)
    # One value, or a literal of the generator: read, and not written.
    text = place.text or contents.text(place.file)
    reason = f"{place.file} gives it as one text"
    held = standing(text, place.path or (key,))
    return Layer(
        "text",
        place.file,
        path=place.path or (key,),
        at=at,
        writable=False,
        reason=reason,
        text=held,
        sources=besides(place.file, (made.file,)),
    )


def _nearest(contents: Contents, release: Placed, name: str) -> Resource | None:
    """The ConfigMap of a name that the same build reads, else of the same namespace, else the nearest one."""
    files = release.build.files if release.build else frozenset()
    known = [one for one in contents.config_maps(name) if one.kind == "ConfigMap"]
    known = [one for one in known if one.file in files or one.namespace in ("", release.namespace)]
    known.sort(
        key=lambda one: (
            one.file not in files,
            one.namespace != release.namespace,
            -len(posixpath.commonprefix([one.file, release.resource.file])),
        )
    )
    return known[0] if known else None


def _patched(release: Placed, one: Resource, key: str) -> Layer | None:
    """The layer of a patch that gives a ConfigMap's text anew."""
    found = None
    for patch in release.build.maps if release.build else ():
        text = mapping(mapping(patch.data).get("data")).get(key) if not patch.operations else None
        if isinstance(text, str) and patch.selects(one.data, ((one.namespace, one.name),)):
            path: ValuesPath = ("data", key)
            if patch.path:
                whole = (*patch.path, *path)
                reason = f"a text inside the text of a patch in {patch.file}"
                held = standing(text, whole)
                found = Layer(
                    "text",
                    patch.file,
                    path=whole,
                    writable=False,
                    reason=reason,
                    text=held,
                    sources=patch.sources,
                )
            else:
                found = Layer("text", patch.file, patch.document, path)
    return found


def _unread(release: Placed, reason: str, at: ValuesPath) -> Layer:
    resource = release.resource
    return Layer("unread", resource.file, resource.document, at=at, writable=False, reason=reason)


def _filled(contents: Contents, release: Placed, layer: Layer) -> Layer:
    """The layer with Flux's variables; unread where its file is sealed."""
    if layer.form == "unread":
        return layer
    if not layer.text:
        seal = sealed(contents, layer)
        if seal:
            return Layer("unread", layer.file, layer.document, at=layer.at, writable=False, reason=seal)
    if release.variables is None:
        return layer
    text = layer.text or contents.text(layer.file)
    return replace(layer, fill=release.variables.fill(text, quoted=False))
