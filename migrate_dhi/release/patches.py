"""Patches of kustomize: where each stands, what it is for, and what it makes of an object.

Kinds that kustomize has no schema of, as all that deploy charts, are merged as JSON merge patches do: maps deeply,
lists replaced, a ``null`` takes a key away (kustomize 5.5, run).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.kube.documents import api_group
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.release.contents import Contents
from migrate_dhi.release.streams import data_of, parts
from migrate_dhi.untyped import mapping, maps, sequence, text_at

_DEFAULT = "default"


@record
class Target:
    """What a patch is for, as kustomize selects: regular expressions for names, lists of labels."""

    group: str = ""
    version: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""
    labels: str = ""
    annotations: str = ""

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Target":
        """The ``target:`` of a patch."""
        keys = ("group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector")
        return cls(*(text_at(data, key) for key in keys))

    def selects(self, data: Mapping[str, Any], names: tuple[tuple[str, str], ...]) -> bool:
        """Whether an object is meant; ``names`` are the (namespace, name) pairs that it has or had in this build.

        The first and the last count, the name of one with the namespace of the other too; an object without a
        namespace is in ``default`` (kustomize 5.6, run).
        """
        api, _, version = str(data.get("apiVersion") or "").rpartition("/")
        metadata = mapping(data.get("metadata"))
        own = (names[0], names[-1])
        return (
            _matches(self.group, api)
            and _matches(self.version, version)
            and _matches(self.kind, str(data.get("kind") or ""))
            and any(_matches(self.name, name) for _, name in own)
            and any(_matches(self.namespace, space or _DEFAULT) for space, _ in own)
            and _selected(self.labels, mapping(metadata.get("labels")))
            and _selected(self.annotations, mapping(metadata.get("annotations")))
        )


def _matches(pattern: str, text: str) -> bool:
    try:
        return not pattern or re.fullmatch(pattern, text) is not None
    except re.error:
        return pattern == text


_REQUIREMENT = regex(
    r"\s*(?:(?P<not>!)?\s*(?P<key>[\w./-]+)\s*(?:(?P<sign>==|=|!=)\s*(?P<value>[\w.-]*)"
    r"|(?P<word>in|notin)\s*\((?P<list>[^)]*)\))?)\s*(?:,|$)"
)


def _selected(selector: str, labels: Mapping[str, Any]) -> bool:
    """Whether labels satisfy a selector in Kubernetes' own notation."""
    for found in _REQUIREMENT.finditer(selector):
        value = labels.get(found["key"])
        if found["sign"] or found["word"]:
            wanted = [found["value"]] if found["sign"] else [one.strip() for one in found["list"].split(",")]
            negative = found["sign"] == "!=" or found["word"] == "notin"
            if (str(value) in wanted if value is not None else False) is negative:
                return False
        elif (value is None) is not bool(found["not"]):
            return False
    return True


@record
class Patch:
    """A patch as it stands.

    Args:
        file: the file that holds it.
        document: the index of the document there.
        line: the line of that document.
        path: where in the document its text stands; empty for a document that is the patch itself.
        data: what it holds: an object (strategic) or a list of operations (JSON 6902).
        target: what it is for; None: the object that it names itself.
        writable: whether an edit may land in it; not where it came out of another patch.
        sources: the files of the patches that it came out of.
    """

    file: str
    document: int
    line: int
    path: ValuesPath
    data: Any
    target: Target | None = None
    writable: bool = True
    sources: tuple[str, ...] = ()

    @property
    def operations(self) -> list[dict[str, Any]]:
        """The operations of a JSON patch; empty for a strategic one."""
        return maps(self.data)

    def selects(self, data: Mapping[str, Any], names: tuple[tuple[str, str], ...]) -> bool:
        """Whether an object is patched."""
        if self.target is not None:
            return self.target.selects(data, names)
        own = mapping(self.data)
        space = text_at(own, "metadata", "namespace")
        wanted = text_at(own, "metadata", "name")
        return (
            own.get("kind") == data.get("kind")
            and api_group(own) == api_group(data)
            and any(wanted == name and space in ("", has or _DEFAULT) for has, name in names)
        )


def patches_of(
    contents: Contents, file: str, data: Mapping[str, Any], below: ValuesPath = ()
) -> Iterator[Patch]:
    """The patches that a kustomization (or a Flux one, ``below`` its spec) lists, in the order in which they apply.

    JSON patches of the old field come last; callers that care apply them after the names are changed.
    """
    for index, entry in enumerate(sequence(data.get("patchesStrategicMerge"))):
        yield from _patches(contents, file, str(entry), (*below, "patchesStrategicMerge", index), None)
    for key in ("patches", "patchesJson6902"):
        for index, entry in enumerate(sequence(data.get(key))):
            target = mapping(mapping(entry).get("target"))
            meant = Target.read(target) if target else None
            where = (*below, key, index, "patch")
            text = text_at(entry, "path") or text_at(entry, "patch")
            yield from _patches(contents, file, text, where, meant)


def _patches(
    contents: Contents, file: str, entry: str, where: ValuesPath, target: Target | None
) -> Iterator[Patch]:
    """The patches of one entry: a file below the kustomization's folder, or the text itself."""
    named = contents.beside(file, entry) if "\n" not in entry else None
    if named is not None:
        for index, part in enumerate(parts(contents.text(named))):
            data = data_of(part.text)
            if data:
                yield Patch(named, index, part.line, (), data, target)
        return
    found = [data for part in parts(entry) if (data := data_of(part.text))]
    for data in found:
        # Of an inline text with several documents none can be edited by its place.
        if isinstance(data, dict | list):
            yield Patch(file, 0, 1, where, data, target, writable=len(found) == 1)


_ABSENT = object()


def merge_patch(data: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """An object with a merge patch applied; a ``null`` for a key that is not there leaves nothing."""
    merged = dict(data)
    for key, value in patch.items():
        old = merged.get(key, _ABSENT)
        if value is None or (isinstance(value, dict) and value.get("$patch") == "delete"):
            merged.pop(key, None)
        elif isinstance(value, dict):
            replaces = value.get("$patch") == "replace" or not isinstance(old, dict)
            inner = {name: item for name, item in value.items() if name != "$patch"}
            merged[key] = merge_patch({} if replaces else old, inner)
        else:
            merged[key] = value
    return merged


def pointer(path: Any) -> ValuesPath:
    """The steps of a JSON pointer; digits are places in lists only where a list stands."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in str(path or "").split("/")[1:])


def operate(data: Any, operation: Mapping[str, Any]) -> Any:
    """The data with one operation of a JSON patch applied; what it cannot find stays as it is."""
    path = pointer(operation.get("path"))
    kind = operation.get("op")
    if kind in ("add", "replace"):
        return _put(data, path, operation.get("value"), insert=kind == "add")
    if kind == "remove":
        return _without(data, path) if path else data
    if kind in ("move", "copy"):
        origin = pointer(operation.get("from"))
        value = found_at(data, origin)
        return (
            data
            if value is _ABSENT
            else _put(_without(data, origin) if kind == "move" and origin else data, path, value, insert=True)
        )
    return data


def found_at(data: Any, path: ValuesPath) -> Any:
    """What stands at a pointer; a marker of its own where there is nothing."""
    for step in path:
        if isinstance(data, dict) and step in data:
            data = data[step]
        elif isinstance(data, list) and str(step).isdigit() and int(step) < len(data):
            data = data[int(step)]
        else:
            return _ABSENT
    return data


def _put(data: Any, path: ValuesPath, value: Any, *, insert: bool) -> Any:
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(data, list):
        items = list(data)
        if step == "-":
            return [*items, value]
        at = int(step) if str(step).isdigit() else len(items)
        if rest or not insert:
            return [_put(one, rest, value, insert=insert) if n == at else one for n, one in enumerate(items)]
        return [*items[:at], value, *items[at:]]
    kept: dict[Any, Any] = mapping(data)
    return {**kept, step: _put(kept.get(step), rest, value, insert=insert)}


def _without(data: Any, path: ValuesPath) -> Any:
    """The data without what stands at a path, of one step at least."""
    step, rest = path[0], path[1:]
    if isinstance(data, list):
        at = int(step) if str(step).isdigit() else len(data)
        return [_without(one, rest) if n == at else one for n, one in enumerate(data) if rest or n != at]
    if not isinstance(data, dict) or step not in data:
        return data
    if rest:
        return {**data, step: _without(data[step], rest)}
    return {key: value for key, value in data.items() if key != step}
