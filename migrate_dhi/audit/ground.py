"""What the audit stands on: every object that a repository deploys, with the release that it is of.

What could not be rendered is part of it, with the reason and the values that Git has of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from typing import Any

from migrate_dhi.helm.chart import merge
from migrate_dhi.helm.engine import read_values
from migrate_dhi.helm.renderer import Renderer
from migrate_dhi.kube.documents import api_group, decoded
from migrate_dhi.kube.manifests import Identity, Manifests, Object, Path, value_at
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.release.deployed import Deployed
from migrate_dhi.release.raw import RawObject
from migrate_dhi.untyped import mapping, maps

_CHANGING = ("/version", "/chart", "/managed-by", "chart", "heritage")
# Where custom resources name the Secret that is made of them.
_DEFINING = (
    ("spec", "target", "name"),
    ("spec", "secretName"),
    ("spec", "destination", "name"),
    ("spec", "managedSecretReference", "secretName"),
)
# The kinds of which a Secret of their own name is made, where they name none.
_SECRET = regex(r"(?!Push).*Secret|OnePasswordItem")


@record
class Item:
    """One object of the ground.

    ``release`` is the id of its release, or empty; ``file`` its template by Helm's name or its file, with the line
    of its document where it stands in Git; ``sources`` the files that it is generated of.
    """

    object: Object
    namespace: str
    release: str
    file: str
    line: int = 0
    sources: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """Its kind."""
        return self.object.kind

    @property
    def name(self) -> str:
        """Its name."""
        return self.object.identity.name

    @property
    def data(self) -> Mapping[str, Any]:
        """All of it."""
        return self.object.data

    @property
    def key(self) -> tuple[str, str, str]:
        """Kind, namespace and name."""
        return self.kind, self.namespace, self.name

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"

    @cached_property
    def pod_labels(self) -> Mapping[str, Any]:
        """The labels of its pods; empty where it has none."""
        pods = self.object.pods
        if not pods:
            return {}
        above = pods[0].path[:-1]
        labels = value_at(self.data, (*above, "metadata", "labels"))
        return mapping(labels)

    @cached_property
    def selector(self) -> Mapping[str, Any]:
        """The labels that select its pods and stay: its own selector, else those of its pods without versions."""
        own = under(self.data, ("spec", "selector", "matchLabels"))
        if own and self.object.pods:
            return own
        return {key: value for key, value in self.pod_labels.items() if not key.endswith(_CHANGING)}

    def decoded(self) -> "Item":
        """A Secret that a chart renders, with its data as text."""
        data = self.data.get("data")
        if self.kind != "Secret" or not isinstance(data, dict):
            return self
        texts = {key: decoded(str(value)) or "" for key, value in data.items()}
        whole = {**self.data, "data": texts}
        return replace(self, object=replace(self.object, data=whole))


@record
class Rendered:
    """A release as it renders.

    ``asleep`` is why it is not deployed, or empty. ``values`` are the merged values; ``renderer`` renders it again.
    """

    id: str
    namespace: str
    deployed: Deployed
    items: tuple[Item, ...]
    values: Mapping[str, Any] = field(default_factory=dict)
    asleep: str = ""
    renderer: Renderer | None = None

    @cached_property
    def written(self) -> Mapping[str, Any]:
        """The values that stand in Git: those over the chart, and its own where it lies in the repository."""
        chart = self.deployed.chart
        own = chart.texts.get(chart.values_file, "") if self.deployed.own else ""
        return merge(
            read_values(own, where=chart.values_file) if own else {}, self.deployed.user_values(chart.texts)
        )


@record
class Unrendered:
    """What could not be rendered, and why; ``values`` are those over its chart, which Git has all the same."""

    id: str
    namespace: str
    file: str
    line: int
    reason: str
    values: Mapping[str, Any] = field(default_factory=dict)
    asleep: str = ""
    files: tuple[str, ...] = ()

    @property
    def item(self) -> Item:
        """Its values as an object, to be looked at in place of what they would render to."""
        name = self.id.partition("/")[2] or self.id
        identity = Identity("", "Values", self.namespace, name)
        return Item(
            Object(identity, self.file, 0, self.values), self.namespace, self.id, self.file, self.line
        )

    def to_json(self) -> dict[str, Any]:
        """The entry in the JSON of ``audit``."""
        return {"release": self.id, "file": self.file, "line": self.line, "reason": self.reason}


@record
class Ground:
    """Everything that a repository deploys."""

    rendered: tuple[Rendered, ...]
    raw: tuple[Item, ...] = ()
    unrendered: tuple[Unrendered, ...] = ()

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Every object."""
        return (*(item for one in self.rendered for item in one.items), *self.raw)

    @cached_property
    def missing(self) -> Mapping[str, Unrendered]:
        """What could not be rendered, by id."""
        return {one.id: one for one in self.unrendered}

    @cached_property
    def by_key(self) -> Mapping[tuple[str, str, str], Item]:
        """Every object by kind, namespace and name."""
        return {item.key: item for item in reversed(self.items)}

    @cached_property
    def by_id(self) -> Mapping[str, Rendered]:
        """Each release by its id; of several with one id the deployed one."""
        return {one.id: one for one in sorted(self.rendered, key=lambda one: not one.asleep)}

    def kind(self, *kinds: str) -> tuple[Item, ...]:
        """The objects of some kinds."""
        return tuple(item for item in self.items if item.kind in kinds)

    @cached_property
    def workloads(self) -> tuple[Item, ...]:
        """What runs pods."""
        return tuple(item for item in self.items if item.object.pods)

    def replicas(self, item: Item) -> int:
        """How many pods of a workload there are at least: as it says, or as what scales it says."""
        scaled = self._least.get(item.key)
        told = value_at(item.data, ("spec", "replicas")) if scaled is None else scaled
        return told if isinstance(told, int) else 1

    def is_scaled(self, item: Item) -> bool:
        """Whether something in the cluster decides how many pods a workload has."""
        return item.kind == "DaemonSet" or item.key in self._least

    @cached_property
    def _least(self) -> Mapping[tuple[str, str, str], int]:
        """Kind, namespace and name of the workloads that are scaled → the fewest pods that they may have."""
        found = {}
        for item in self.kind("HorizontalPodAutoscaler", "ScaledObject"):
            target = under(item.data, ("spec", "scaleTargetRef"))
            least = value_at(item.data, ("spec", "minReplicas"))
            least = value_at(item.data, ("spec", "minReplicaCount")) if least is None else least
            kind = str(target.get("kind") or "Deployment")
            fewest = 0 if item.kind == "ScaledObject" else 1
            found[kind, item.namespace, str(target.get("name"))] = least if isinstance(least, int) else fewest
        return found

    @cached_property
    def secret_names(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """(namespace, name) of every Secret that something here makes → its keys as far as they are known."""
        found: dict[tuple[str, str], set[str]] = {}
        for item in self.items:
            named = [value_at(item.data, place) for place in _DEFINING]
            if _SECRET.fullmatch(item.kind) and not any(isinstance(one, str) for one in named):
                keys = found.setdefault((item.namespace, item.name), set())
                for place in (("data",), ("stringData",), ("spec", "encryptedData")):
                    listed = value_at(item.data, place)
                    keys |= set(map(str, listed)) if isinstance(listed, dict) else set()
            for name in named:
                if isinstance(name, str) and item.kind not in ("Ingress", "Pod"):
                    found.setdefault((item.namespace, name), set())
        return {key: frozenset(keys) for key, keys in found.items()}


def items_of(manifests: Manifests, namespace: str, release: str) -> tuple[Item, ...]:
    """The objects of a render; those without a namespace of their own are of the release's."""
    return tuple(
        Item(one, one.identity.namespace or namespace, release, one.template).decoded()
        for one in manifests.objects
    )


def item_of(raw: RawObject) -> Item:
    """An object that stands in a file."""
    metadata = value_at(raw.data, ("metadata",))
    name = str(mapping(metadata).get("name") or "")
    identity = Identity(api_group(raw.data), str(raw.data.get("kind") or ""), raw.namespace, name)
    one = Object(identity, raw.file, raw.document, raw.data)
    return Item(one, raw.namespace or "default", "", raw.file, raw.line, raw.sources)


def under(data: Any, path: Path) -> Mapping[str, Any]:
    """The map at a path; empty where there is none."""
    found = value_at(data, path)
    return mapping(found)


def maps_at(data: Any, path: Path) -> Sequence[Mapping[str, Any]]:
    """The maps of the list at a path."""
    return maps(value_at(data, path))
