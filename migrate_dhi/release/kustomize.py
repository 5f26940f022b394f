"""A small kustomize: what a build makes of the objects that deploy charts, and where each part of them stands.

Of kustomize this knows what reaches those objects: resources, bases, components, patches, namespace, prefix and
suffix, labels and annotations, ConfigMap generators. What else would change them (replacements, remote bases,
plugins) is named.
The order is kustomize's own (api/internal/target, read at 5.6): resources, generators, components; then patches,
namespace, prefix, suffix, labels, annotations, and JSON patches of the old field.
"""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from itertools import takewhile
from typing import Any

from migrate_dhi.record import record
from migrate_dhi.release.contents import KUSTOMIZATIONS, Contents, Resource
from migrate_dhi.release.folders import folders_above
from migrate_dhi.release.generators import Generated, generated
from migrate_dhi.release.patches import Patch, Target, merge_patch, operate, patches_of
from migrate_dhi.release.release import AfterHelm
from migrate_dhi.release.streams import data_of, parts
from migrate_dhi.untyped import mapping, sequence, text_at

INFLATED = "InflatedChart"
"""The kind under which a chart that a kustomization inflates is carried through a build; Kubernetes has none such."""
AFTER = ("patches", "patchesStrategicMerge", "patchesJson6902", "images", "replacements", "transformers")
"""What a kustomization changes of the objects that charts make, so that an image, a secret or a probe may differ."""
_MARKS = ("labels", "commonLabels", "commonAnnotations")
_REMOTE = ("://", "github.com/", "git@", "?ref=", "git::")
_MOST_DEEP = 30


@record
class Composed:
    """An object as a build makes it.

    Args:
        resource: where it stands.
        data: what the build makes of it; ``spec.values`` may be left out as in the resource.
        patches: the patches that were applied, in order.
        names: every (namespace, name) that it had in this build, the present one last.
        after: what changes the manifests of a chart that is inflated.
    """

    resource: Resource
    data: Mapping[str, Any]
    patches: tuple[Patch, ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    after: tuple[AfterHelm, ...] = ()

    @classmethod
    def of(cls, resource: Resource) -> "Composed":
        """An object as it stands."""
        return cls(resource, resource.data, (), ((resource.namespace, resource.name),))

    @property
    def kind(self) -> str:
        """Its kind."""
        return self.resource.kind

    @property
    def name(self) -> str:
        """Its name after the build."""
        return self.names[-1][1]

    @property
    def namespace(self) -> str:
        """Its namespace after the build, or empty."""
        return self.names[-1][0]

    def patched(self, patch: Patch) -> "Composed | None":
        """The object with a patch applied; None where the patch takes it away."""
        if patch.operations:
            data: Any = self.data
            for operation in patch.operations:
                data = operate(data, operation)
            return replace(self, data=mapping(data), patches=(*self.patches, patch))
        own = mapping(patch.data)
        if own.get("$patch") == "delete":
            return None
        # A patch never gives another name, unless it is told that it may.
        change = {key: value for key, value in own.items() if key not in ("apiVersion", "kind")}
        change["metadata"] = {
            key: value
            for key, value in mapping(own.get("metadata")).items()
            if key not in ("name", "namespace")
        }
        return replace(self, data=merge_patch(self.data, change), patches=(*self.patches, patch))

    def renamed(self, *, namespace: str = "", prefix: str = "", suffix: str = "") -> "Composed":
        """The object in another namespace, or under another name."""
        names = (namespace or self.namespace, f"{prefix}{self.name}{suffix}")
        if names == self.names[-1]:
            return self
        metadata = {**mapping(self.data.get("metadata")), "name": names[1]}
        if names[0]:
            metadata["namespace"] = names[0]
        return replace(self, data={**self.data, "metadata": metadata}, names=(*self.names, names))

    def marked(self, data: Mapping[str, Any]) -> "Composed":
        """The object with the labels and annotations that a kustomization gives to all."""
        labels = {**_pairs(data), **mapping(data.get("commonLabels"))}
        given = {"labels": labels, "annotations": mapping(data.get("commonAnnotations"))}
        metadata = mapping(self.data.get("metadata"))
        changed = {key: {**mapping(metadata.get(key)), **value} for key, value in given.items() if value}
        return replace(self, data={**self.data, "metadata": {**metadata, **changed}})


def _pairs(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value
        for one in sequence(data.get("labels"))
        for key, value in mapping(mapping(one).get("pairs")).items()
    }


# Kinds that deploy charts: a patch of one that is not here is told.
_DEPLOYING = {"HelmRelease", "Application", "ApplicationSet"}


@record
class Build:
    """What a folder builds.

    Args:
        folder: the folder.
        objects: the objects of the kinds that matter.
        generated: the ConfigMaps and Secrets that are generated.
        files: every file that was read, and every folder's kustomization.
        follows: kinds whose names are followed into ``spec.valuesFrom`` (a ``nameReference`` configuration).
        unused: patches that found no object here.
        remote: bases that are not in this repository.
        replacements: (file, target) of replacements that would change objects.
        missing: files and folders that are named and not here.
        maps: patches of ConfigMaps and Secrets.
        spaces: file → the namespace that kustomizations give to what stands in it.
    """

    folder: str
    objects: tuple[Composed, ...] = ()
    generated: tuple[Generated, ...] = ()
    files: frozenset[str] = frozenset()
    follows: frozenset[str] = frozenset()
    unused: tuple[Patch, ...] = ()
    remote: tuple[str, ...] = ()
    replacements: tuple[tuple[str, Target, tuple[str, ...]], ...] = ()
    missing: tuple[str, ...] = ()
    maps: tuple[Patch, ...] = ()
    spaces: Mapping[str, str] = field(default_factory=dict)


@record
class Over:
    """What a Flux Kustomization or an Application lays over the kustomization of its folder."""

    namespace: str = ""
    prefix: str = ""
    suffix: str = ""
    patches: tuple[Patch, ...] = ()
    components: tuple[str, ...] = field(default=())
    images: str = ""
    """The file that changes images, or empty."""


class Builder:
    """Builds folders of a repository; each folder by itself once."""

    def __init__(self, contents: Contents) -> None:
        self.contents = contents
        self._built: dict[str, Build] = {}
        self._open: list[str] = []

    def build(self, folder: str, over: Over | None = None) -> Build:
        """What the kustomization of a folder builds; without one, every object below it, as Flux does."""
        if over is None and folder in self._built:
            return self._built[folder]
        if folder in self._open or len(self._open) > _MOST_DEEP:
            return Build(folder, missing=(f"{folder} is part of itself",))
        self._open.append(folder)
        try:
            file = self.contents.kustomization(folder)
            above = over or Over()
            if file:
                built = self._kustomized(Build(folder), file, above)
            else:
                built = self._finished(self._all_below(folder, above), {}, "", above)
        finally:
            self._open.pop()
        if over is None:
            self._built[folder] = built
        return built

    def _all_below(self, folder: str, over: Over) -> Build:
        """Every object of the files below a folder; folders with a kustomization of their own are built."""
        pieces: list[Build] = []
        for path in self.contents.files.under(folder):
            inside, _, name = path.rpartition("/")
            if name in KUSTOMIZATIONS:
                if not self._decided_above(inside, folder):
                    pieces.append(self.build(inside))
            elif name.endswith((".yaml", ".yml")) and not self._decided_above(path, folder):
                pieces.append(self._of_file(path))
        built = _together(Build(folder), pieces)
        for entry in over.components:
            built = self._with_component(built, f"{folder}/{KUSTOMIZATIONS[0]}", entry)
        return built

    def _decided_above(self, path: str, top: str) -> bool:
        """Whether a chart, or a kustomization in a folder between, decides what is taken of a file or folder."""
        between = takewhile(lambda folder: folder not in (top, "."), folders_above(path))
        return any(map(self.contents.kustomization, between)) or self.contents.inside_chart(path)

    def _of_file(self, path: str) -> Build:
        found = tuple(Composed.of(one) for one in self.contents.resources_in(path))
        return Build(path, found, files=frozenset((path,)))

    def _kustomized(self, built: Build, file: str, over: Over) -> Build:
        """A build with a kustomization applied to it: to nothing for a folder of its own, to all for a component."""
        data = self.contents.data(file)
        entries = (*sequence(data.get("resources")), *sequence(data.get("bases")))
        inflated = tuple(Composed.of(one) for one in self._inflated(file, data))
        own = Build(file, inflated, files=frozenset((file,)))
        built = _together(built, [*(self._resource(file, str(entry)) for entry in entries), own])
        if any(data.get(key) for key in ("configMapGenerator", "secretGenerator")):
            built = replace(built, generated=generated(self.contents, file, data, built.generated))
        for entry in (*sequence(data.get("components")), *over.components):
            built = self._with_component(built, file, str(entry))
        return self._finished(built, data, file, over)

    def _inflated(self, file: str, data: Mapping[str, Any]) -> Iterator[Resource]:
        """The charts that a kustomization inflates, in its own list and by generators of files."""
        for index, entry in enumerate(sequence(data.get("helmCharts"))):
            yield _chart(file, 0, _line_of(self.contents.text(file)), ["helmCharts", index], mapping(entry))
        for name in sequence(data.get("generators")):
            path = self.contents.beside(file, str(name))
            for index, part in enumerate(parts(self.contents.text(path)) if path else ()):
                entry = mapping(data_of(part.text))
                if entry.get("kind") == "HelmChartInflationGenerator":
                    yield _chart(str(path), index, part.line, [], entry)

    def _resource(self, file: str, entry: str) -> Build:
        """What an entry of ``resources`` brings."""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(file), entry))
        if path in self.contents.files:
            return self._of_file(path)
        if path in self.contents.folders and self.contents.kustomization(path):
            return self.build(path)
        if any(sign in entry for sign in _REMOTE):
            return Build(path, remote=(entry,))
        return Build(path, missing=(f"{entry} ({file})",))

    def _with_component(self, built: Build, file: str, entry: str) -> Build:
        folder = posixpath.normpath(posixpath.join(posixpath.dirname(file), entry))
        own = self.contents.kustomization(folder)
        if own is None:
            if any(sign in entry for sign in _REMOTE):
                return replace(built, remote=(*built.remote, entry))
            return replace(built, missing=(*built.missing, f"{entry} ({file})"))
        if folder in self._open:
            return replace(built, missing=(*built.missing, f"{folder} is part of itself"))
        self._open.append(folder)
        try:
            return self._kustomized(built, own, Over())
        finally:
            self._open.pop()

    def _finished(self, built: Build, data: Mapping[str, Any], file: str, over: Over) -> Build:
        """The patches, the namespace and the names that a kustomization gives to what it has."""
        listed = list(patches_of(self.contents, file, data)) if file else []
        late = [patch for patch in listed if "patchesJson6902" in patch.path]
        built = _changed_after(built, data, file, over, listed)
        for patch in (*(one for one in listed if one not in late), *over.patches):
            built = _patched(built, patch)
        names = {
            "namespace": over.namespace or text_at(data, "namespace"),
            "prefix": over.prefix or text_at(data, "namePrefix"),
            "suffix": over.suffix or text_at(data, "nameSuffix"),
        }
        if any(names.values()):
            built = replace(
                built,
                objects=tuple(one.renamed(**names) for one in built.objects),
                generated=tuple(_renamed(one, **names) for one in built.generated),
                spaces=dict.fromkeys(built.files, names["namespace"]) if names["namespace"] else built.spaces,
            )
        if any(data.get(key) for key in _MARKS):
            built = replace(built, objects=tuple(one.marked(data) for one in built.objects))
        for patch in late:
            built = _patched(built, patch)
        if not data.get("configurations") and not data.get("replacements"):
            return built
        return replace(
            built,
            follows=built.follows | self._followed(file, data),
            replacements=(*built.replacements, *self._replacements(file, data)),
        )

    def _followed(self, file: str, data: Mapping[str, Any]) -> frozenset[str]:
        """The kinds whose names a configuration follows into the ``valuesFrom`` of a HelmRelease."""
        found = set()
        for name in sequence(data.get("configurations")):
            path = self.contents.beside(file, str(name))
            rules = sequence(self.contents.data(path).get("nameReference")) if path else []
            for rule in rules:
                for place in sequence(mapping(rule).get("fieldSpecs")):
                    if text_at(place, "kind") == "HelmRelease" and "valuesFrom" in text_at(place, "path"):
                        found.add(text_at(rule, "kind"))
        return frozenset(found)

    def _replacements(
        self, file: str, data: Mapping[str, Any]
    ) -> Iterator[tuple[str, Target, tuple[str, ...]]]:
        for entry in sequence(data.get("replacements")):
            path = self.contents.beside(file, text_at(entry, "path")) if text_at(entry, "path") else None
            for target in sequence((self.contents.data(path) if path else mapping(entry)).get("targets")):
                fields = tuple(str(one) for one in sequence(mapping(target).get("fieldPaths")))
                yield file, Target.read(mapping(mapping(target).get("select"))), fields


def _chart(file: str, document: int, line: int, path: list[Any], entry: Mapping[str, Any]) -> Resource:
    metadata = {"name": text_at(entry, "name"), "namespace": text_at(entry, "namespace")}
    data = {"kind": INFLATED, "metadata": metadata, "spec": entry, "path": path}
    return Resource(file, document, line, data)


def _line_of(text: str) -> int:
    return parts(text)[0].line


def _patched(built: Build, patch: Patch) -> Build:
    objects: list[Composed] = []
    used = False
    for one in built.objects:
        if one.kind != INFLATED and patch.selects(one.data, one.names):
            used = True
            changed = one.patched(patch)
            objects += [changed] if changed else []
        else:
            objects.append(one)
    if used:
        return replace(built, objects=tuple(objects))
    kinds = {text_at(patch.data, "kind"), patch.target.kind if patch.target else ""}
    if kinds & {"ConfigMap", "Secret"}:
        return replace(built, maps=(*built.maps, patch))
    return replace(built, unused=(*built.unused, patch)) if kinds & _DEPLOYING else built


def _changed_after(
    built: Build, data: Mapping[str, Any], file: str, over: Over, listed: list[Patch]
) -> Build:
    """A build whose inflated charts know what a kustomization lays over their manifests."""
    own = bool(listed) and all(_is_of_an_object(built, patch) for patch in listed)
    keys = [key for key in AFTER if data.get(key) and not (own and key.startswith("patches"))]
    said = [AfterHelm(key, file) for key in keys]
    if over.images:
        said.append(AfterHelm("spec.images", over.images))
    above = [patch for patch in over.patches if not _is_of_an_object(built, patch)]
    said += [AfterHelm("spec.patches", patch.file) for patch in above]
    return replace(
        built,
        objects=tuple(
            replace(one, after=tuple(dict.fromkeys((*one.after, *said)))) if one.kind == INFLATED else one
            for one in built.objects
        ),
    )


def _is_of_an_object(built: Build, patch: Patch) -> bool:
    """Whether a patch means an object that stands in a file, and by its kind nothing that a chart makes."""
    return any(
        one.kind != INFLATED
        and (patch.target is None or patch.target.kind == one.kind)
        and patch.selects(one.data, one.names)
        for one in built.objects
    )


def _renamed(one: Generated, *, namespace: str, prefix: str, suffix: str) -> Generated:
    name = f"{prefix}{one.name}{suffix}"
    return replace(one, name=name, namespace=namespace or one.namespace, names=(*one.names, name))


def _together(built: Build, pieces: list[Build]) -> Build:
    """A build with everything of others behind what it has."""
    every = [built, *pieces]
    return Build(
        built.folder,
        tuple(one for piece in every for one in piece.objects),
        tuple(one for piece in every for one in piece.generated),
        frozenset().union(*(piece.files for piece in every)),
        frozenset().union(*(piece.follows for piece in every)),
        tuple(one for piece in every for one in piece.unused),
        tuple(one for piece in every for one in piece.remote),
        tuple(one for piece in every for one in piece.replacements),
        tuple(one for piece in every for one in piece.missing),
        tuple(one for piece in every for one in piece.maps),
        dict(pair for piece in every for pair in piece.spaces.items()),
    )
