"""Rendered manifests as objects: pods, containers, hooks.

Documents are parsed only when asked for; a text that was parsed before is not parsed again, and what one template
renders alike in two renders is the same objects in both. So comparing two renders costs what differs between them.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, Literal, TypeVar

from migrate_dhi.grouping import grouped
from migrate_dhi.kube.documents import MOST_PARSED, api_group, documents, is_manifest
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.untyped import child, children, mapping, sequence

# Where each workload kind keeps its pod spec (Kubernetes API reference).
_POD_SPECS: Mapping[str, tuple[str, ...]] = {
    "Pod": ("spec",),
    "PodTemplate": ("template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
}
_TEMPLATE_SPEC = ("spec", "template", "spec")
# Kinds whose pods are replaced when their template changes (`kubectl rollout status`).
ROLLED_OUT = ("Deployment", "StatefulSet", "DaemonSet")
# Kinds that hold no pods and may be large.
_WITHOUT_PODS = {"ConfigMap", "CustomResourceDefinition", "Secret"}

Step = str | int
Path = tuple[Step, ...]
Role = Literal["container", "init", "hook", "test"]
_Found = TypeVar("_Found")


@record
class Identity:
    """What makes two rendered objects the same one; ``ordinal`` tells apart objects rendered twice.

    ``release`` names the release that an object belongs to, where several are looked at together; else it is empty.
    """

    api: str
    kind: str
    namespace: str
    name: str
    ordinal: int = 0
    release: str = ""

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}" + (f" of {self.release}" if self.release else "")


@record
class Object:
    """One rendered Kubernetes object.

    ``template`` is the path by which Helm names its template, ``index`` its place among the documents of
    that template.
    """

    identity: Identity
    template: str
    index: int
    data: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """The object's kind, like ``Deployment``."""
        return self.identity.kind

    @cached_property
    def hooks(self) -> frozenset[str]:
        """The values of ``helm.sh/hook``, like ``pre-upgrade`` or ``test``; empty for ordinary objects."""
        annotations = mapping(mapping(self.data.get("metadata")).get("annotations"))
        text = annotations.get("helm.sh/hook")
        return frozenset(part.strip().lower() for part in str(text).split(",")) if text else frozenset()

    @property
    def is_test(self) -> bool:
        """True for what only ``helm test`` runs."""
        return bool(self.hooks) and all(hook.startswith("test") for hook in self.hooks)

    def once(self, work: Callable[["Object"], _Found]) -> _Found:
        """What a function finds in this object alone: looked for once, however many renders show the object."""
        if work not in self._found:
            self._found[work] = work(self)
        found: _Found = self._found[work]
        return found

    @cached_property
    def _found(self) -> dict[Callable[["Object"], Any], Any]:
        return {}

    def beside(self, other: "Object") -> bool:
        """True where one may name the other: of one release, and in one namespace as far as they write theirs."""
        own, their = self.identity, other.identity
        apart = own.namespace and their.namespace and own.namespace != their.namespace
        return own.release == their.release and not apart

    @cached_property
    def pods(self) -> tuple["Pod", ...]:
        """The pod specs of this object: at most one for the built-in kinds; custom ones may hold several."""
        path = _POD_SPECS.get(self.kind, _TEMPLATE_SPEC)
        spec = self.data
        for key in path:
            spec = mapping(spec.get(key))
        if isinstance(spec.get("containers"), list):
            return (Pod(self, path, spec),)
        # Custom kinds start jobs and replicas of their own.
        if self.kind in _WITHOUT_PODS:
            return ()
        return tuple(Pod(self, place, spec) for place, spec in _pod_templates(self.data, ()))


@record
class Pod:
    """A pod spec inside an object."""

    object: Object
    path: Path
    spec: Mapping[str, Any]

    @cached_property
    def containers(self) -> tuple["Container", ...]:
        """Init containers first, as they run."""
        found = []
        for key in ("initContainers", "containers"):
            for index, spec in enumerate(sequence(self.spec.get(key))):
                if isinstance(spec, dict):
                    name = str(spec.get("name") or index)
                    found.append(
                        Container(self, key == "initContainers", name, (*self.path, key, index), spec)
                    )
        return tuple(found)

    @property
    def pull_secrets(self) -> list[Any]:
        """``imagePullSecrets`` as rendered: a list of maps where it is well-formed."""
        return sequence(self.spec.get("imagePullSecrets"))

    @property
    def service_account(self) -> str:
        """The service account that the pod names; Kubernetes takes ``default`` where it names none."""
        return str(self.spec.get("serviceAccountName") or self.spec.get("serviceAccount") or "default")

    def __str__(self) -> str:
        return str(self.object.identity)


@record
class Container:
    """One container of a pod; ``path`` leads to it inside the object."""

    pod: Pod
    init: bool
    name: str
    path: Path
    spec: Mapping[str, Any]

    @property
    def lasts(self) -> bool:
        """True for what runs as long as its pod: an init container too that restarts always, a native sidecar."""
        return not self.init or self.spec.get("restartPolicy") == "Always"

    @property
    def image(self) -> str:
        """The image as rendered, or empty."""
        return str(self.spec.get("image") or "").strip()

    @property
    def key(self) -> tuple[Identity, Path]:
        """What names this container in every render of the chart."""
        return (self.pod.object.identity, self.path)

    @property
    def role(self) -> Role:
        """Test and hook beat init: they say when the container runs at all."""
        if self.pod.object.is_test:
            return "test"
        if self.pod.object.hooks:
            return "hook"
        return "init" if self.init else "container"

    def __str__(self) -> str:
        return f"{self.pod}: {self.name}"


OF = " for the release "
"""Between a template and the release that it is rendered for, where several are looked at together."""

# Template and text → its objects, kept as long as what they were parsed from.
_OBJECTS: dict[tuple[str, str], tuple[Object, ...]] = {}


class Manifests:
    """All objects of one render, or of the renders of several releases.

    Args:
        files: template path → rendered text, as the engine returns it; of several releases each path ends with
            ``OF`` and what names the release.
        values: the merged values that the templates saw, where they were asked for.
        warnings: what the engine said on the side.
        made: when that began and ended, of a clock that only goes on (``time.monotonic``); now, if not told.
    """

    def __init__(
        self,
        files: Mapping[str, str],
        values: Mapping[str, Any] | None = None,
        warnings: tuple[str, ...] = (),
        made: tuple[float, float] | None = None,
    ) -> None:
        self.files = {name: text for name, text in files.items() if is_manifest(name.partition(OF)[0])}
        self.values = values or {}
        self.warnings = warnings
        self.made = made or (time.monotonic(),) * 2

    def is_same(self, item: Object, identity: Identity, template: str, index: int) -> bool:
        """True for the object of these manifests that another render knows by this identity and place.

        The place tells only where the name is gone: some charts render their objects in another order each time.
        """
        place = (item.template, item.index, item.kind) == (template, index, identity.kind)
        return item.identity == identity or (place and identity not in self.by_identity)

    @cached_property
    def objects(self) -> tuple[Object, ...]:
        """Every object, in the order of the template names; raises RenderError where a document is no YAML."""
        return tuple(self._read())

    def of(self, templates: Iterable[str]) -> Iterator[Object]:
        """The objects of some templates only."""
        for template in templates:
            yield from self._by_template.get(template, ())

    @cached_property
    def _by_template(self) -> Mapping[str, list[Object]]:
        return grouped((item.template, item) for item in self.objects)

    def _read(self) -> Iterator[Object]:
        # Objects that render twice are counted over all templates: what names one must not depend on who asks.
        seen: dict[Identity, int] = {}
        for template in sorted(self.files):
            for item in _objects(template, self.files[template]):
                seen[item.identity] = seen.get(item.identity, -1) + 1
                again = seen[item.identity]
                yield replace(item, identity=replace(item.identity, ordinal=again)) if again else item

    @cached_property
    def by_identity(self) -> Mapping[Identity, Object]:
        """Every object by what makes it the same one in another render."""
        return {item.identity: item for item in self.objects}

    def find(self, identity: Identity, template: str, index: int) -> Object | None:
        """An object of another render: by identity, or by its place where charts make up a name each time."""
        same = (one for one in self.of([template]) if (one.index, one.kind) == (index, identity.kind))
        return self.by_identity.get(identity) or next(same, None)

    def find_pod(self, pod: Pod) -> Pod | None:
        """The pod of another render in this one."""
        item = self.find(pod.object.identity, pod.object.template, pod.object.index)
        return next((own for own in item.pods if own.path == pod.path), None) if item else None

    def find_container(self, container: Container) -> Container | None:
        """The container of another render in this one."""
        pod = self.find_pod(container.pod)
        return next((own for own in pod.containers if own.path == container.path), None) if pod else None

    @cached_property
    def pods(self) -> tuple[Pod, ...]:
        """Every pod spec of every object."""
        return tuple(pod for item in self.objects for pod in item.pods)

    @cached_property
    def containers(self) -> tuple[Container, ...]:
        """Every container of every pod."""
        return tuple(container for pod in self.pods for container in pod.containers)

    def service_account(self, pod: Pod) -> Object | None:
        """The service account object that a pod names, where this chart renders it."""
        place = pod.object.identity.namespace
        named = (one for one in self._accounts if one.identity.name == pod.service_account)
        near = (one for one in named if one.beside(pod.object))
        return max(near, key=lambda one: one.identity.namespace == place, default=None)

    @cached_property
    def _accounts(self) -> list[Object]:
        return [item for item in self.objects if item.kind == "ServiceAccount"]


def _objects(template: str, text: str) -> tuple[Object, ...]:
    """What a template rendered: the same objects for the same text."""
    known = _OBJECTS.get((template, text))
    if known is None:
        release = template.partition(OF)[2]
        read = enumerate(documents(template, text))
        known = tuple(_object(template, index, data, release) for index, data in read)
        if len(_OBJECTS) >= MOST_PARSED:
            _OBJECTS.clear()
        _OBJECTS[template, text] = known
    return known


def _object(template: str, index: int, data: Mapping[str, Any], release: str) -> Object:
    metadata = mapping(data.get("metadata"))
    identity = Identity(
        api_group(data),
        str(data.get("kind") or ""),
        str(metadata.get("namespace") or ""),
        str(metadata.get("name") or metadata.get("generateName") or ""),
        release=release,
    )
    return Object(identity, template, index, data)


def value_at(data: Any, path: Path) -> Any:
    """What stands at a path of a rendered object, or None."""
    for step in path:
        if isinstance(data, dict):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data


def strings(data: Any) -> Iterator[tuple[Path, str]]:
    """Every string of a rendered object with its path."""
    found: list[tuple[Path, str]] = []
    _add_strings(data, (), found)
    return iter(found)


def _add_strings(data: Any, path: Path, found: list[tuple[Path, str]]) -> None:
    # A list that is filled: a generator within a generator for each level takes thrice as long.
    if isinstance(data, str):
        found.append((path, data))
    elif isinstance(data, dict):
        for key, value in data.items():
            _add_strings(value, (*path, key), found)
    elif isinstance(data, list):
        for index, value in enumerate(data):
            _add_strings(value, (*path, index), found)


def show_path(path: Path, data: Any = None) -> str:
    """A path for people: ``spec.template.spec.containers[valkey].image``.

    Items are named by their ``name`` where ``data`` (the object) shows one, else by their index.
    """
    text = ""
    for step in path:
        inner = child(data, step)
        if isinstance(step, int):
            name = child(inner, "name")
            text += f"[{name if isinstance(name, str) else step}]"
        elif "." in step or "/" in step:
            text += f'["{step}"]'
        else:
            text += f".{step}" if text else step
        data = inner
    return text


# API groups of Kubernetes itself have no dot, or end like this; all else is a custom resource.
_BUILTIN = regex(r"[a-z]*|(?:[a-z0-9-]+\.)*k8s\.io")


def is_builtin(api: str) -> bool:
    """True for an API group of Kubernetes itself; what an object of another one means, its operator knows."""
    return bool(_BUILTIN.fullmatch(api))


def _pod_templates(data: Any, path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Pod templates anywhere in a custom object, like those of jobs that it starts; also under ``podTemplate``."""
    for step, value in children(data):
        here = (*path, step)
        inside = step == "spec" and "".join(map(str, path[-1:])).lower().endswith("template")
        if inside and isinstance(mapping(value).get("containers"), list):
            yield here, value
        else:
            yield from _pod_templates(value, here)
