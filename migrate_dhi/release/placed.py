"""The objects of a repository as they are deployed: composed by every build that leads to them.

The builds begin at the Flux Kustomizations that no other one deploys, and at the kustomizations that nothing names;
what no build reaches counts as it stands.
"""

import json
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from migrate_dhi.record import record
from migrate_dhi.release.addresses import checked_out
from migrate_dhi.release.argo_templates import Template
from migrate_dhi.release.contents import Contents, Resource
from migrate_dhi.release.kustomize import Build, Builder, Composed, Over
from migrate_dhi.release.patches import Patch, patches_of
from migrate_dhi.release.substitution import Variables
from migrate_dhi.untyped import mapping, sequence, text_at

_OFF = "kustomize.toolkit.fluxcd.io/substitute"


@record
class Placed:
    """An object as one build deploys it.

    Args:
        object: the object as kustomize makes it, and where its parts stand.
        data: the same with variables filled in.
        build: the build that led to it; None where it counts as it stands.
        variables: what Flux fills in, or None.
        root: where the chain of builds begins; objects of one root are of one cluster.
        revision: the branch or tag that the build reads, where it is not the base.
        notes: what was assumed on the way.
        made: what fills the placeholders of the chart's template that makes the object; None elsewhere.
    """

    object: Composed
    data: Mapping[str, Any]
    build: Build | None = None
    variables: Variables | None = None
    root: str = ""
    revision: str = ""
    notes: tuple[str, ...] = ()
    made: Template | None = None

    @property
    def start(self) -> str:
        """The folder where the chain of builds begins; of an app-of-apps chart what it was rendered with."""
        file, mark, _ = self.root.partition("#")
        return (posixpath.dirname(file) or ".") if mark else self.root

    @property
    def resource(self) -> Resource:
        """The object as it stands in its file."""
        return self.object.resource

    @property
    def kind(self) -> str:
        """Its kind."""
        return self.object.kind

    @property
    def name(self) -> str:
        """Its name."""
        return text_at(self.data, "metadata", "name")

    @property
    def namespace(self) -> str:
        """Its namespace, or empty."""
        return text_at(self.data, "metadata", "namespace")


@record
class Built:
    """A build that is deployed, and what Flux fills in, or None.

    ``named`` tells that an object deploys it; else it is a kustomization that nothing names.
    """

    build: Build
    variables: Variables | None
    named: bool = True


@record
class _Chain:
    """The way to a build: where it began, what was read, and the files that the builds above read."""

    root: str = ""
    files: frozenset[str] = frozenset()
    revision: str = ""
    notes: tuple[str, ...] = ()


class Placement:
    """All objects that deploy charts or say where one is from, as they are deployed."""

    def __init__(self, contents: Contents) -> None:
        self.contents = contents
        self.builder = Builder(contents)
        self._seen: set[str] = set()
        self._built: list[Built] = []

    @cached_property
    def placed(self) -> tuple[Placed, ...]:
        """Every object, once for each build that makes another one of it."""
        found: list[Placed] = []
        for one in self._flux_roots():
            found += self._built_by_flux(Composed.of(one), _Chain(root=f"{one.file}#{one.name}"))
        for folder in self._plain_roots({file for one in found if one.build for file in one.build.files}):
            build = self.builder.build(folder)
            self._built.append(Built(build, None, named=False))
            found += [Placed(one, one.data, build, root=folder) for one in build.objects]
        reached = {(one.resource.file, one.resource.document) for one in found}
        # A patch is a part of what it changes, and no object of its own.
        parts = {patch.file for one in found for patch in one.object.patches}
        parts |= {patch.file for built in self._built for patch in built.build.unused}
        for one in self.contents.resources:
            if (one.file, one.document) not in reached and one.file not in parts:
                found.append(Placed(Composed.of(one), one.data, root=one.file))
        return tuple(found)

    @property
    def built(self) -> tuple[Built, ...]:
        """Every build that led to the objects, also those that hold none of their kinds."""
        _ = self.placed  # which builds them
        return tuple(self._built)

    @cached_property
    def _flux(self) -> tuple[Resource, ...]:
        return tuple(one for one in self.contents.resources if one.kind == "Kustomization")

    def _flux_roots(self) -> list[Resource]:
        """The Flux Kustomizations that no other one deploys; where they deploy each other, the first one."""
        reached: dict[tuple[str, int], set[tuple[str, int]]] = {}
        for one in self._flux:
            folder = self._folder(one, one.data)
            objects = self.builder.build(folder).objects if folder else ()
            reached[one.file, one.document] = {
                (other.resource.file, other.resource.document)
                for other in objects
                if other.kind == "Kustomization"
            }
        below: set[tuple[str, int]] = set()
        roots = []
        for one in self._flux:
            key = (one.file, one.document)
            if not any(key in found for other, found in reached.items() if other != key):
                roots.append(one)
                below |= _everything_below(key, reached)
        for one in self._flux:
            key = (one.file, one.document)
            if key not in below:
                roots.append(one)
                below |= _everything_below(key, reached)
        return roots

    def _plain_roots(self, reached: set[str]) -> Iterator[str]:
        """The folders with a kustomization that no build read and no other kustomization names."""
        named = set()
        folders = self.contents.kustomizations
        for folder in folders:
            data = self.contents.data(str(self.contents.kustomization(folder)))
            for key in ("resources", "bases", "components"):
                for entry in sequence(data.get(key)):
                    named.add(posixpath.normpath(posixpath.join(folder, str(entry))))
        for folder in folders:
            file = str(self.contents.kustomization(folder))
            if folder in named or file in reached or self.contents.data(file).get("kind") == "Component":
                continue
            yield folder

    def _folder(self, resource: Resource, data: Mapping[str, Any]) -> str | None:
        """The folder that a Flux Kustomization builds; None where it is not in this repository."""
        path = posixpath.normpath(text_at(data, "spec", "path").strip("/") or ".")
        if text_at(data, "spec", "sourceRef", "kind") == "ExternalArtifact":
            path = self._in_artifact(text_at(data, "spec", "sourceRef", "name"), path, resource.file)
        if path == ".":
            return path if self._is_home(data) else None
        if path in self.contents.folders:
            return path
        # What a source holds may be a folder of the repository (`flux push artifact --path`): one above the object.
        above = posixpath.dirname(resource.file)
        while above:
            inside = posixpath.join(above, path)
            if inside in self.contents.folders:
                return inside
            above = posixpath.dirname(above)
        return None

    def _is_home(self, data: Mapping[str, Any]) -> bool:
        """Whether a source is this repository, of which the path says nothing: the root is in every one."""
        source = _source_of(data)
        if source in self._homes:
            return True
        known = [one for one in self.contents.resources if (one.kind, one.name) == source]
        return any(self.contents.addresses.is_here(text_at(one.data, "spec", "url")) for one in known)

    @cached_property
    def _homes(self) -> set[tuple[str, str]]:
        """Kind and name of the sources from which folders are built that are in this repository."""
        found = set()
        for one in self._flux:
            path = posixpath.normpath(text_at(one.data, "spec", "path").strip("/") or ".")
            if path != "." and path in self.contents.folders:
                found.add(_source_of(one.data))
        return found

    def _in_artifact(self, name: str, path: str, near: str) -> str:
        """The folder of the repository that an artifact holds under a path (an ArtifactGenerator copies it there)."""
        generators = [one for one in self.contents.resources if one.kind == "ArtifactGenerator"]
        generators.sort(key=lambda one: -len(posixpath.commonprefix([one.file, near])))
        for one in generators:
            for artifact in sequence(mapping(one.data.get("spec")).get("artifacts")):
                if text_at(artifact, "name") != name:
                    continue
                for copy in sequence(mapping(artifact).get("copy")):
                    origin = text_at(copy, "from").partition("/")[2].partition("*")[0].strip("/")
                    to = text_at(copy, "to").partition("/")[2].strip("/")
                    inner = posixpath.relpath(path, to or ".")
                    if not inner.startswith(".."):
                        return posixpath.normpath(posixpath.join(origin, inner))
        return path

    def _built_by_flux(self, one: Composed, chain: _Chain) -> Iterator[Placed]:
        """What a Flux Kustomization deploys, and what those deploy that are among it."""
        state = json.dumps(one.data, default=str, sort_keys=True)
        seen = f"{one.resource.file} {one.resource.document} {chain.root} {state}"
        folder = self._folder(one.resource, one.data)
        if seen in self._seen:
            return
        self._seen.add(seen)
        if not chain.files:
            # Nothing above it: it is deployed as it stands.
            yield Placed(one, one.data, root=chain.root)
        if folder is None:
            return
        over = self._over(one)
        build = self.builder.build(folder, over)
        chain = self._further(one, build, chain)
        variables = self._variables(one, chain)
        self._built.append(Built(build, variables))
        for made in build.objects:
            filled = variables if variables and not _switched_off(made.data) else None
            data = filled.data(made.data) if filled else made.data
            yield Placed(made, data, build, filled, chain.root, chain.revision, chain.notes)
            if made.kind == "Kustomization":
                yield from self._built_by_flux(_with_data(made, data), chain)

    def _further(self, one: Composed, build: Build, chain: _Chain) -> _Chain:
        """The chain with one more build."""
        revision, notes = chain.revision, chain.notes
        source = self._source(one, chain)
        if source is not None:
            url = text_at(source.data, "spec", "url")
            if url and self.contents.addresses.is_here(url) is False:
                notes = (*notes, f"{url} is taken for this repository: it has the folder {build.folder}")
            revision = self.contents.addresses.other_revision(checked_out(source.data)) or revision
        return _Chain(chain.root, chain.files | build.files, revision, tuple(dict.fromkeys(notes)))

    def _source(self, one: Composed, chain: _Chain) -> Resource | None:
        """The GitRepository that a Flux Kustomization reads: of several of this name the nearest.

        None where it is that of another cluster: Flux Kustomizations beside it read it, in a folder beside the one
        in which this build begins. The source of this cluster is then made elsewhere.
        """
        wanted = mapping(mapping(one.data.get("spec")).get("sourceRef"))
        home = posixpath.dirname(chain.root.partition("#")[0]).split("/")
        named = [
            other
            for other in self.contents.resources
            if other.kind == wanted.get("kind") == "GitRepository" and other.name == wanted.get("name")
        ]
        found = max(named, key=lambda other: _shared(other.file, home), default=None)
        if found is None:
            return None
        depth = _shared(found.file, home)
        branch = posixpath.dirname(found.file).split("/")[: depth + 1]
        if depth == len(home) or depth == len(branch):
            return found
        beside = (other for other in self._flux if other.file.split("/")[: depth + 1] == branch)
        apart = any(mapping(mapping(other.data.get("spec")).get("sourceRef")) == wanted for other in beside)
        return None if apart else found

    def _over(self, one: Composed) -> Over:
        """What a Flux Kustomization lays over the folder's own kustomization."""
        spec = mapping(one.data.get("spec"))
        return Over(
            namespace=text_at(spec, "targetNamespace"),
            prefix=text_at(spec, "namePrefix"),
            suffix=text_at(spec, "nameSuffix"),
            patches=tuple(self._patches(one, spec)),
            components=tuple(str(entry) for entry in sequence(spec.get("components"))),
            images=one.resource.file if spec.get("images") else "",
        )

    def _patches(self, one: Composed, spec: Mapping[str, Any]) -> Iterator[Patch]:
        resource = one.resource
        own = mapping(resource.data.get("spec"))
        for patch in patches_of(self.contents, "", spec, ("spec",)):
            key = str(patch.path[1])
            # A patch that a patch brought stands in no file as it is.
            writable = patch.writable and own.get(key) == spec.get(key)
            yield Patch(
                resource.file,
                resource.document,
                resource.line,
                patch.path,
                patch.data,
                patch.target,
                writable=writable,
                sources=() if writable else tuple(above.file for above in one.patches),
            )

    def _variables(self, one: Composed, chain: _Chain) -> Variables | None:
        """The variables that a Flux Kustomization fills in; None where it fills in nothing."""
        after = mapping(mapping(one.data.get("spec")).get("postBuild"))
        values: dict[str, str] = {}
        hidden: list[str] = []
        for entry in sequence(after.get("substituteFrom")):
            kind, name = text_at(entry, "kind"), text_at(entry, "name")
            data = self._map_data(name, one, chain) if kind == "ConfigMap" else None
            if data is None:
                hidden.append(f"{kind}/{name}")
            else:
                values |= {key: _plain(value) for key, value in data.items()}
        values |= {key: _plain(value) for key, value in mapping(after.get("substitute")).items()}
        always = text_at(after, "substituteStrategy") == "Always"
        return Variables(values, tuple(hidden)) if values or hidden or always else None

    def _map_data(self, name: str, near: Composed, chain: _Chain) -> Mapping[str, Any] | None:
        """The data of a ConfigMap that this chain of builds deploys, else of the nearest one of that name.

        Flux looks in the namespace of the Kustomization; many name none, and get one when they are built.
        """
        found = [
            one
            for one in self.contents.config_maps(name)
            if one.kind == "ConfigMap" and not isinstance(one.data.get("sops"), dict)
        ]
        space = near.namespace
        found.sort(
            key=lambda one: (
                bool(space and one.namespace) and one.namespace != space,
                one.file not in chain.files,
                -len(posixpath.commonprefix([one.file, near.resource.file])),
            )
        )
        return mapping(found[0].data.get("data")) if found else None


def _plain(value: Any) -> str:
    """The value of a variable: Flux joins its lines."""
    return json.dumps(value) if isinstance(value, bool) else str(value).replace("\n", "")


def _with_data(one: Composed, data: Mapping[str, Any]) -> Composed:
    return replace(one, data=data)


def _switched_off(data: Mapping[str, Any]) -> bool:
    metadata = mapping(data.get("metadata"))
    return any(mapping(metadata.get(key)).get(_OFF) == "disabled" for key in ("labels", "annotations"))


def _everything_below(
    start: tuple[str, int], reached: Mapping[tuple[str, int], set[tuple[str, int]]]
) -> set[tuple[str, int]]:
    found = {start}
    todo = [start]
    while todo:
        for key in reached.get(todo.pop(), ()):
            if key not in found:
                found.add(key)
                todo.append(key)
    return found


def _shared(file: str, folder: Sequence[str]) -> int:
    """How many folders a file's path and a folder have in common, from the root."""
    pairs = zip(posixpath.dirname(file).split("/"), folder, strict=False)
    return next(
        (n for n, (one, other) in enumerate(pairs) if one != other), min(file.count("/"), len(folder))
    )


def _source_of(data: Mapping[str, Any]) -> tuple[str, str]:
    """Kind and name of the source that an object of Flux names."""
    return text_at(data, "spec", "sourceRef", "kind"), text_at(data, "spec", "sourceRef", "name")
