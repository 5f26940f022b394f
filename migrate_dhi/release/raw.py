"""The manifests of a repository that no chart renders, each with the namespace that it is deployed to.

Resources of kustomizations and plain files of objects; of patches and replacements nothing is applied to them. Of a
Secret the names of its keys are kept, and no value.
"""

import json
import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from migrate_dhi.kube.documents import api_group
from migrate_dhi.record import record
from migrate_dhi.release.contents import GROUPS, KUSTOMIZATIONS
from migrate_dhi.release.declared import Declared
from migrate_dhi.release.generators import Generated, generated
from migrate_dhi.release.kustomize import Build
from migrate_dhi.release.placed import Built
from migrate_dhi.release.release import Release
from migrate_dhi.release.streams import data_of, parts
from migrate_dhi.untyped import mapping, sequence, text_at

SECRET_KINDS = ("Secret", "SealedSecret")
"""The kinds whose data is a secret, sealed or not."""


@record
class RawObject:
    """An object as it stands in a file: ``line`` is where its document begins, ``namespace`` where it goes.

    ``sources`` are the files that a generated object is made of.
    """

    file: str
    document: int
    line: int
    namespace: str
    data: Mapping[str, Any]
    sources: tuple[str, ...] = ()


def raw_objects(declared: Declared) -> Iterator[RawObject]:
    """Every object outside of charts that deploys no chart itself, and the ConfigMaps that are generated."""
    contents = declared.contents
    namespaces = _Namespaces(declared)
    outside = [path for path in contents.holding("kind:") if _is_outside(declared, path)]
    # In one batch: each call of Git is a process, and a worktree that has the files is not always there.
    contents.files.read_all(outside)
    there = [path for path in outside if "apiVersion" in contents.text(path)]
    builds: dict[str, list[Built]] = {path: [] for path in there}
    for one in declared.placement.built:
        for path in one.build.files & builds.keys():
            builds[path].append(one)
    for path in there:
        seen: set[str] = set()
        named = [one for one in builds[path] if one.named]
        for built in named or builds[path] or (None,):
            for found in _read(declared, path, namespaces, built):
                state = json.dumps((found.namespace, found.document, found.data), default=str, sort_keys=True)
                if state not in seen:
                    seen.add(state)
                    yield found
    for folder in contents.kustomizations:
        file = str(contents.kustomization(folder))
        for made in generated(contents, file, contents.data(file), ()):
            yield _of_generated(made, declared, namespaces)


def asleep(declared: Declared, release: Release, others: bool) -> str:
    """Why a release is not deployed, for people; empty where it is.

    ``others`` tells whether the repository deploys anything else by an object.
    """
    if release.way == "chart":
        return "nothing in this repository deploys the chart" if others else ""
    contents = declared.contents
    for one in declared.placed:
        if (one.resource.file, one.resource.document) != (release.file, release.document):
            continue
        if mapping(one.data.get("spec")).get("suspend") is True:
            return "its object is suspended"
        folder = posixpath.dirname(release.file) or "."
        own = contents.kustomization(folder)
        if own and one.build is None and one.root == release.file:
            return f"{own} does not list {posixpath.basename(release.file)}"
    return ""


def _is_outside(declared: Declared, path: str) -> bool:
    return posixpath.basename(path) not in KUSTOMIZATIONS and not declared.contents.inside_chart(path)


def _read(
    declared: Declared, path: str, namespaces: "_Namespaces", built: Built | None
) -> Iterator[RawObject]:
    """The objects of a file as one build deploys them, or as they stand."""
    for index, part in enumerate(parts(declared.contents.text(path))):
        for data in _objects(data_of(part.text)):
            filled = built.variables.data(data) if built and built.variables else data
            space = namespaces.of(path, filled, built.build if built else None)
            yield RawObject(path, index, part.line, space, _without_secrets(filled))


def _objects(data: Any) -> Iterator[dict[str, Any]]:
    item = mapping(data)
    kind, group = str(item.get("kind") or ""), api_group(item)
    if kind == "List":
        for inner in sequence(item.get("items")):
            yield from _objects(inner)
    elif (
        kind
        and item.get("apiVersion")
        and kind not in GROUPS.get(group, ())
        and text_at(item, "metadata", "name")
    ):
        yield item


def _without_secrets(data: dict[str, Any]) -> dict[str, Any]:
    if data.get("kind") not in SECRET_KINDS:
        return {key: value for key, value in data.items() if key != "sops"}
    kept = dict(data)
    for key in ("data", "stringData"):
        if key in kept:
            kept[key] = dict.fromkeys(mapping(kept[key]), "")
    spec = mapping(kept.get("spec"))
    if spec:
        kept["spec"] = {**spec, "encryptedData": dict.fromkeys(mapping(spec.get("encryptedData")), "")}
    return kept


def _of_generated(one: Generated, declared: Declared, namespaces: "_Namespaces") -> RawObject:
    texts = {}
    for name, key in one.keys.items():
        whole = "" if key.text or key.path else declared.contents.text(key.file)
        texts[name] = "" if one.kind == "Secret" else key.text or whole
    data = {
        "apiVersion": "v1",
        "kind": one.kind,
        "metadata": {"name": one.name, "namespace": one.namespace},
        "data": texts,
    }
    sources = tuple(dict.fromkeys(key.file for key in one.keys.values()))
    return RawObject(one.file, 0, 1, one.namespace or namespaces.of(one.file, {}), data, sources)


class _Namespaces:
    """Where what lies in a folder is deployed to."""

    def __init__(self, declared: Declared) -> None:
        self.contents = declared.contents
        self.folders: dict[str, str] = {}
        for one in declared.kind("Kustomization", "Application"):
            spec = mapping(one.data.get("spec"))
            to = text_at(spec, "targetNamespace") or text_at(spec, "destination", "namespace")
            sources = [spec, mapping(spec.get("source")), *map(mapping, sequence(spec.get("sources")))]
            for source in sources:
                path = text_at(source, "path").strip("/").removeprefix("./")
                if path and to:
                    self.folders.setdefault(posixpath.normpath(path), to)

    def of(self, path: str, data: Mapping[str, Any], build: Build | None = None) -> str:
        """The namespace of an object in a file; empty where nothing says.

        A build says which one its kustomizations give; without one those of the folders above do.
        """
        folder = posixpath.dirname(path)
        own = text_at(data, "metadata", "namespace")
        if build:
            given = build.spaces.get(path) or own or self.folders.get(build.folder)
            if given:
                return given
        while True:
            file = self.contents.kustomization(folder or ".") if build is None else None
            named = text_at(self.contents.data(file), "namespace") if file else ""
            if named:
                return named
            if not own and folder in self.folders:
                return self.folders[folder]
            if not folder:
                return own
            folder = posixpath.dirname(folder)
