"""Layers of a map in an object that kustomize composes: the document that it stands in, then each patch over it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.kube.manifests import value_at
from migrate_dhi.release.contents import Contents
from migrate_dhi.release.layer import Layer, lifted, standing
from migrate_dhi.release.patches import Patch, merge_patch, operate, pointer
from migrate_dhi.release.placed import Placed
from migrate_dhi.release.streams import data_of, parts
from migrate_dhi.untyped import mapping


def map_layers(contents: Contents, placed: Placed, path: ValuesPath) -> list[Layer]:
    """The layers of the map at a path of an object, weakest first; the first one can always be written."""
    resource = placed.resource
    found = [Layer("map", resource.file, resource.document, path)]
    whole: Mapping[str, Any] | None = None
    patches = [patch for patch in placed.object.patches if _reaches(patch, path)]
    if any(patch.operations or _directs(value_at(patch.data, path)) for patch in patches):
        whole = resource.whole
    files = [resource.file]
    for patch in placed.object.patches:
        files += (*patch.sources, patch.file)
        for layer, after in _of_patch(patch, path, whole):
            if layer is None:
                found = [_fixed(patch, after, path, files)]
            else:
                found.append(layer)
        whole = _applied(whole, patch)
    return [filled_in(contents, placed, layer) for layer in found]


def _reaches(patch: Patch, path: ValuesPath) -> bool:
    """Whether a patch changes something at or below a path, or takes away what is above."""
    if not patch.operations:
        return isinstance(value_at(patch.data, path), dict)
    changed = (pointer(one.get("path"))[: len(path)] for one in patch.operations)
    return any(one == path[: len(one)] for one in changed)


def _directs(data: Any) -> bool:
    """Whether a strategic patch says how it is to be merged (``$patch``, ``$setElementOrder``)."""
    if isinstance(data, dict):
        return any(str(key).startswith("$") or _directs(value) for key, value in data.items())
    return isinstance(data, list) and any(_directs(item) for item in data)


def _applied(whole: Mapping[str, Any] | None, patch: Patch) -> Mapping[str, Any] | None:
    if whole is None:
        return None
    if not patch.operations:
        return merge_patch(whole, mapping(patch.data))
    data: Any = whole
    for operation in patch.operations:
        data = operate(data, operation)
    return mapping(data)


def _of_patch(
    patch: Patch, path: ValuesPath, before: Mapping[str, Any] | None
) -> Iterator[tuple[Layer | None, Any]]:
    """The layers of one patch, each with the object after it; None for what no layer can say."""
    if not _reaches(patch, path):
        return
    if not patch.operations:
        directs = _directs(value_at(patch.data, path))
        yield None if directs else _layer(patch, path, removes=True), _applied(before, patch)
        return
    data: Any = before
    for index, operation in enumerate(patch.operations):
        steps = pointer(operation.get("path"))
        values, data = value_at(data, path), operate(data, operation)
        if operation.get("op") == "test":
            continue
        if steps[: len(path)] == path:
            at = _at(values, steps[len(path) :], insert=operation.get("op") == "add")
            yield _of_operation(patch, index, operation, at), data
        elif path[: len(steps)] == steps:
            yield None, data


def _of_operation(
    patch: Patch, index: int, operation: Mapping[str, Any], at: ValuesPath | None
) -> Layer | None:
    kind = operation.get("op")
    if at is None or kind not in ("add", "replace", "remove"):
        return None
    if kind == "remove":
        if not at or any(isinstance(step, int) for step in at):
            return None
        reason = f"a JSON patch in {patch.file} takes it away"
        return _read(patch, (*patch.path, index), lifted(None, at), reason, patch.sources, removes=True)
    return replace(_layer(patch, (index, "value")), at=at, sets=True)


def _at(values: Any, steps: ValuesPath, *, insert: bool) -> ValuesPath | None:
    """The path that a pointer means in these values; None where it puts an item into a list."""
    found: list[str | int] = []
    for number, step in enumerate(steps):
        if isinstance(values, list):
            last = number == len(steps) - 1
            if not str(step).isdigit() or (insert and last) or int(step) >= len(values):
                return None
            found.append(int(step))
            values = values[int(step)]
        else:
            found.append(step)
            values = values.get(step) if isinstance(values, dict) else None
    return tuple(found)


def _layer(patch: Patch, path: ValuesPath, *, removes: bool = False) -> Layer:
    if not patch.writable:
        reason = f"{patch.file} holds it in a text inside a text"
        held = value_at(patch.data, path)
        return _read(patch, (*patch.path, *path), held, reason, patch.sources, removes=removes)
    if patch.path:
        return Layer("text", patch.file, patch.document, patch.path, inner=path, removes=removes)
    return Layer("map", patch.file, patch.document, path, removes=removes)


def _fixed(patch: Patch, whole: Mapping[str, Any] | None, path: ValuesPath, files: Iterable[str]) -> Layer:
    """What the object holds after a patch that cannot be taken apart: read, and not written."""
    reason = f"a patch in {patch.file} changes it in a way that layers cannot say"
    return _read(patch, (*patch.path, *path), value_at(whole, path) or {}, reason, besides(patch.file, files))


def _read(
    patch: Patch,
    place: ValuesPath,
    values: Any,
    reason: str,
    sources: tuple[str, ...],
    *,
    removes: bool = False,
) -> Layer:
    """Values at a place of a patch that is not written, for a reason."""
    return Layer(
        "map",
        patch.file,
        patch.document,
        place,
        writable=False,
        reason=reason,
        text=standing(values, place, patch.document),
        removes=removes,
        sources=sources,
    )


def besides(file: str, others: Iterable[str]) -> tuple[str, ...]:
    """The files that something frozen is composed of, without the one that it is shown in."""
    return tuple(one for one in dict.fromkeys(others) if one != file)


def filled_in(contents: Contents, placed: Placed, layer: Layer) -> Layer:
    """The layer with what Flux fills in, and unread where its file is sealed."""
    if layer.text:
        return layer
    seal = sealed(contents, layer)
    if seal:
        return Layer(
            "unread", layer.file, layer.document, layer.path, at=layer.at, writable=False, reason=seal
        )
    if placed.variables is None:
        return layer
    text = contents.text(layer.file)
    return replace(layer, fill=placed.variables.fill(text, quoted=layer.form == "map"))


def sealed(contents: Contents, layer: Layer) -> str:
    """Why a layer may not be read, where SOPS seals its file; empty where it may be.

    The seal covers plain values too, unless it says ``mac_only_encrypted``.
    """
    text = contents.text(layer.file)
    if "sops:" not in text:
        return ""
    found = parts(text)
    part = found[layer.document].text if layer.document < len(found) and layer.form != "file" else text
    data = mapping(data_of(part))
    seal = data.get("sops")
    if not isinstance(seal, dict):
        return ""
    if layer.form == "text":
        held = str(value_at(data, layer.path))
    else:
        own = value_at(data, layer.path) if layer.form == "map" else {**data, "sops": None}
        held = json.dumps(own, default=str)
    if seal.get("mac_only_encrypted") is True and "ENC[" not in held:
        return ""
    return f"{layer.file} is sealed with SOPS"
