"""What the roles of rendered manifests let pods do: which custom kinds a controller acts on."""

from collections.abc import Iterator
from typing import Any

from migrate_dhi.kube.manifests import Manifests

_PARTS = ("/status", "/finalizers")
_WRITES = {"update", "patch", "*"}


def acted_on(manifests: Manifests) -> tuple[tuple[str, str], ...]:
    """The custom resources, as (API group, plural), whose status or finalizers a role of the render may write.

    Who writes the status of an object is its controller; a role for everything says nothing.
    """
    return tuple(dict.fromkeys(_of(manifests)))


def _of(manifests: Manifests) -> Iterator[tuple[str, str]]:
    for item in manifests.objects:
        if item.kind not in {"ClusterRole", "Role"}:
            continue
        for rule in (rule for rule in _list(item.data.get("rules")) if isinstance(rule, dict)):
            groups = [str(group) for group in _list(rule.get("apiGroups")) if "." in str(group)]
            if _WRITES.isdisjoint(map(str, _list(rule.get("verbs")))):
                continue
            for resource in map(str, _list(rule.get("resources"))):
                if resource.endswith(_PARTS):
                    yield from ((group, resource.partition("/")[0]) for group in groups)


def _list(data: Any) -> list[Any]:
    return [item for item in data if item] if isinstance(data, list) else []
