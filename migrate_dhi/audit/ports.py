"""The ports of its pods that a backend's Services lead to: network policies tell those, not the Services' own."""

from collections.abc import Mapping
from typing import Any

from migrate_dhi.audit.ground import Ground, Item, maps_at
from migrate_dhi.audit.services import Backend
from migrate_dhi.audit.uses import Use
from migrate_dhi.kube.manifests import value_at
from migrate_dhi.record import record

Port = int | str
"""A number; or the name of one, where no container that is known here says which number it has."""


@record
class Lead:
    """A port of a Service, and the ports of the pods that it leads to (by number and by name, as far as known)."""

    port: int
    pods: frozenset[Port]


def leads(ground: Ground, backend: Backend) -> tuple[Lead, ...]:
    """Where each port of a backend's Services leads."""
    names = _named(backend)
    found: list[Lead] = []
    for name in backend.services:
        service = ground.by_key.get(("Service", backend.namespace, name))
        for port in maps_at(service.data, ("spec", "ports")) if service else ():
            number = port.get("port")
            if isinstance(number, int):
                found.append(Lead(number, _pods(service, port, number, names)))
    return tuple(found) or tuple(Lead(port, frozenset((port,))) for port in backend.ports)


def of_use(use: Use, listed: tuple[Lead, ...]) -> frozenset[Port]:
    """The ports of the pods that a client gets to: by the port that it writes, else by the role's, else by any."""
    if use.port is not None:
        # What no Service lists is a port of the pods themselves, behind a headless one.
        known = [lead.pods for lead in listed if lead.port == use.port]
        return frozenset().union(*known) if known else frozenset((use.port,))
    return of_role(use.role.ports, listed)


def of_role(ports: tuple[int, ...], listed: tuple[Lead, ...]) -> frozenset[Port]:
    """The ports of the pods that serve what the role is about; all where no number tells."""
    told = [lead.pods for lead in listed if {lead.port, *lead.pods} & set(ports)]
    return frozenset().union(*(told or (lead.pods for lead in listed)))


def admits(rule: Mapping[str, Any], ports: frozenset[Port]) -> bool:
    """Whether a rule of a network policy is about one of these ports; one that lists none is about all."""
    listed = maps_at(rule, ("ports",))
    return not listed or any(_admits(one, ports) for one in listed)


def _admits(listed: Mapping[str, Any], ports: frozenset[Port]) -> bool:
    if listed.get("protocol", "TCP") != "TCP":
        return False
    first, last = listed.get("port"), listed.get("endPort")
    if isinstance(first, int) and isinstance(last, int):
        return any(isinstance(port, int) and first <= port <= last for port in ports)
    return first is None or (isinstance(first, int | str) and first in ports)


def _pods(
    service: Item | None, port: Mapping[str, Any], number: int, names: Mapping[str, int]
) -> frozenset[Port]:
    if service and value_at(service.data, ("spec", "clusterIP")) == "None":
        # Nothing stands between a client and the pods.
        target: Any = number
    else:
        target = port.get("targetPort", number)
    if isinstance(target, str):
        known = names.get(target)
        return frozenset((target,) if known is None else (target, known))
    return frozenset((target, *(name for name, one in names.items() if one == target)))


def _named(backend: Backend) -> dict[str, int]:
    """The ports of its containers by their names."""
    return {
        str(port["name"]): port["containerPort"]
        for workload in backend.workloads
        for pod in workload.object.pods
        for container in pod.containers
        for port in maps_at(container.spec, ("ports",))
        if "name" in port and isinstance(port.get("containerPort"), int)
    }
