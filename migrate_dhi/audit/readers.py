"""Which workloads read a ConfigMap or a Secret, by name."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from migrate_dhi.audit.ground import Ground, Item
from migrate_dhi.grouping import grouped
from migrate_dhi.kube.manifests import value_at
from migrate_dhi.record import record

_NAMING: Mapping[str, str] = {
    "configMapRef": "ConfigMap",
    "configMapKeyRef": "ConfigMap",
    "configMap": "ConfigMap",
    "secretRef": "Secret",
    "secretKeyRef": "Secret",
    "secret": "Secret",
}


@record
class Wanted:
    """A Secret that a pod wants: ``key`` may be empty, ``optional`` that the pod starts without it."""

    namespace: str
    name: str
    key: str
    optional: bool
    item: Item


class Readers:
    """Who reads what, in all workloads."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def of(self, item: Item) -> tuple[Item, ...]:
        """What runs with an object: itself where it has pods, else those that read it."""
        if item.object.pods:
            return (item,)
        kind = "ConfigMap" if item.kind == "ConfigMap" else "Secret"
        names = {item.name} | {
            str(value_at(item.data, place)) for place in (("spec", "target", "name"), ("spec", "secretName"))
        }
        found = (one for name in names for one in self._by_name.get((kind, item.namespace, name), ()))
        return tuple({one.key: one for one in found}.values())

    def takes_secrets(self, workloads: Sequence[Item]) -> bool:
        """Whether one of them reads any Secret."""
        keys = {one.key for one in workloads}
        return any(one.item.key in keys for one in self.wanted)

    @cached_property
    def rendered_secrets(self) -> frozenset[tuple[str, str]]:
        """The Secrets that charts render, whose templates were read."""
        return frozenset(
            (i.namespace, i.name) for i in self._ground.items if i.kind == "Secret" and i.release
        )

    @cached_property
    def wanted(self) -> tuple[Wanted, ...]:
        """Every Secret that a pod names."""
        return tuple(one for kind, one in self._references if kind == "Secret")

    @cached_property
    def _references(self) -> tuple[tuple[str, Wanted], ...]:
        return tuple(
            one
            for item in self._ground.workloads
            for pod in item.object.pods
            for one in _named(pod.spec, item)
        )

    @cached_property
    def _by_name(self) -> Mapping[tuple[str, str, str], list[Item]]:
        return grouped(((kind, one.namespace, one.name), one.item) for kind, one in self._references)


def _named(data: Any, item: Item) -> Iterator[tuple[str, Wanted]]:
    if isinstance(data, list):
        for one in data:
            yield from _named(one, item)
    elif isinstance(data, dict):
        for key, value in data.items():
            kind = _NAMING.get(key)
            name = (
                (value.get("name") or value.get("secretName")) if kind and isinstance(value, dict) else None
            )
            if kind and isinstance(name, str):
                inner = str(value.get("key") or "")
                yield kind, Wanted(item.namespace, name, inner, bool(value.get("optional")), item)
            else:
                yield from _named(value, item)
