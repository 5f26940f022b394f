"""Services that a repository deploys: what stands behind each, which role it has, and by which names it is reached."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from migrate_dhi.audit.ground import Ground, Item, maps_at, under
from migrate_dhi.dhi.roles import Operator, Role, Roles, words_of
from migrate_dhi.kube.manifests import ROLLED_OUT, value_at
from migrate_dhi.record import record

_MOST_ALIASES = 5


@record
class Backend:
    """A Service, or what an operator makes one of.

    ``item`` is the Service, or the custom object; ``workloads`` what runs its pods as far as it is known here.
    ``services`` are all names in its namespace that lead to the same pods.
    """

    namespace: str
    name: str
    role: Role
    item: Item
    ports: tuple[int, ...]
    workloads: tuple[Item, ...] = ()
    operator: Operator | None = None
    services: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """``namespace/name``."""
        return f"{self.namespace}/{self.name}"

    @cached_property
    def images(self) -> tuple[str, ...]:
        """The images of its pods."""
        found = (c.image for one in self.workloads for pod in one.object.pods for c in pod.containers)
        return tuple(dict.fromkeys(found))


@record
class Address:
    """Where a host name leads: ``pod`` is the pod of a headless service, ``known`` that a Service is known here."""

    namespace: str
    name: str
    pod: str = ""
    known: bool = True


class Names:
    """All names of services in a repository."""

    def __init__(self, ground: Ground, roles: Roles) -> None:
        self._known: set[tuple[str, str]] = set()
        self._aliases: dict[tuple[str, str], str] = {}
        for item in ground.kind("Service"):
            self._known.add((item.namespace, item.name))
            if value_at(item.data, ("spec", "type")) == "ExternalName":
                self._aliases[item.namespace, item.name] = str(
                    value_at(item.data, ("spec", "externalName")) or ""
                )
        for item in ground.items:
            made = roles.by_operated.get((item.object.identity.api, item.kind))
            for name in made[1].services if made else ():
                self._known.add((item.namespace, name.format(name=item.name)))

    def address(self, host: str, namespace: str, depth: int = 0) -> Address | None:
        """Where a host leads from a namespace; None for what is no service by its form, and for unknown short names."""
        found = self._address(host.strip().rstrip(".").lower(), namespace)
        alias = self._aliases.get((found.namespace, found.name)) if found else None
        if found and alias and depth < _MOST_ALIASES:
            return self.address(alias, found.namespace, depth + 1) or found
        return found

    def _address(self, host: str, namespace: str) -> Address | None:
        parts = host.split(".")
        if "svc" in parts[1:]:
            at = parts.index("svc", 1)
            if at == 1:
                return None
            name, space = parts[at - 2], parts[at - 1]
            return Address(space, name, ".".join(parts[: at - 2]), (space, name) in self._known)
        if len(parts) == 1:
            return Address(namespace, host) if (namespace, host) in self._known else None
        tries = [(parts[1], parts[0], "")] if len(parts) == 2 else []
        if len(parts) == 2:
            tries.append((namespace, parts[1], parts[0]))
        elif len(parts) == 3:
            tries.append((parts[2], parts[1], parts[0]))
        return next((Address(s, n, p) for s, n, p in tries if (s, n) in self._known), None)


def backends(ground: Ground, roles: Roles) -> tuple[Backend, ...]:
    """Every Service whose role is known, once for the names that lead to the same pods."""
    found = [*_of_services(ground, roles), *_of_operators(ground, roles)]
    return tuple(_together(found))


def mates(ground: Ground, backend: Backend) -> tuple[Item, ...]:
    """What runs the same kind of server for the same release in the namespace of a backend: primary and replicas."""
    releases = {one.release for one in backend.workloads}
    words = set(backend.role.words)
    own = {one.key for one in backend.workloads}
    return tuple(
        one
        for one in ground.workloads
        if one.key in own
        or (
            one.namespace == backend.namespace
            and one.release in releases
            and one.kind in ROLLED_OUT
            and any(words & set(words_of(c.image)) for pod in one.object.pods for c in pod.containers)
        )
    )


def selects(selector: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    """Whether a map of labels selects others; an empty one selects none here."""
    return bool(selector) and all(labels.get(key) == value for key, value in selector.items())


def _of_services(ground: Ground, roles: Roles) -> Iterator[Backend]:
    for item in ground.kind("Service"):
        spec = under(item.data, ("spec",))
        # A template that no build fills in is no service.
        if spec.get("type") == "ExternalName" or "${" in item.name:
            continue
        ports = maps_at(spec, ("ports",))
        numbers = tuple(port["port"] for port in ports if isinstance(port.get("port"), int))
        selector = under(spec, ("selector",))
        own = (one for one in ground.workloads if one.namespace == item.namespace)
        workloads = tuple({one.key: one for one in own if selects(selector, one.pod_labels)}.values())
        role = _role(ports, workloads, roles)
        if role:
            yield Backend(item.namespace, item.name, role, item, numbers, workloads, services=(item.name,))


def _role(ports: Sequence[Mapping[str, Any]], workloads: Iterable[Item], roles: Roles) -> Role | None:
    """By a port's number, a port's name, or the image; a number that says little counts last."""
    listed = list(workloads)
    if listed and all(one.kind in ("Job", "CronJob") for one in listed):
        return None
    plain: Role | None = None
    for port in ports:
        numbers = [port.get("port"), port.get("targetPort")]
        role = next((roles.by_port[n] for n in numbers if isinstance(n, int) and n in roles.by_port), None)
        named = roles.named(str(port.get("name") or "")) or roles.named(str(port.get("appProtocol") or ""))
        for one in (role, named):
            if one and one.database_kind != "none":
                return one
            plain = plain or one
    return plain


def _of_operators(ground: Ground, roles: Roles) -> Iterator[Backend]:
    for item in ground.items:
        made = roles.by_operated.get((item.object.identity.api, item.kind))
        if made and "${" not in item.name:
            role, operator = made
            names = tuple(name.format(name=item.name) for name in operator.services)
            yield Backend(item.namespace, names[0], role, item, role.ports[:1], (), operator, services=names)


def _together(found: list[Backend]) -> Iterator[Backend]:
    """Services over the same workloads as one backend: the one that clients use most likely gives the name."""
    groups: dict[Any, list[Backend]] = {}
    for one in found:
        pods = tuple(sorted(item.key for item in one.workloads))
        key = (one.namespace, one.role.name, pods) if pods and not one.operator else (one.namespace, one.name)
        groups.setdefault(key, []).append(one)
    for group in groups.values():
        group.sort(key=lambda one: (_aside(one), len(one.name), one.name))
        first = group[0]
        names = tuple(dict.fromkeys(name for one in group for name in one.services))
        ports = tuple(dict.fromkeys(port for one in group for port in one.ports))
        yield Backend(
            first.namespace, first.name, first.role, first.item, ports, first.workloads, first.operator, names
        )


def _aside(one: Backend) -> bool:
    """A headless service, and one of metrics, is not what clients are given first."""
    headless = value_at(one.item.data, ("spec", "clusterIP")) == "None"
    return headless or bool({"headless", "metrics", "exporter"} & set(words_of(one.name)))
