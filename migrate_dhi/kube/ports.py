"""Ports of a container: those that it declares, those that Services target, and the one that a probe may use."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeGuard

from migrate_dhi.kube.manifests import Container, Manifests, Pod, value_at
from migrate_dhi.regex import regex
from migrate_dhi.untyped import maps

Port = str | int

# The handlers of a probe that ask a port (Kubernetes API, Probe).
HANDLERS = ("httpGet", "tcpSocket", "grpc")
# Beside the port that serves, charts declare those of their monitoring, sometimes first.
_ASIDE = regex(r"metric|prom|monitor|exporter|debug|pprof|admin|cluster|gossip|peer", re.IGNORECASE)


def declared(container: Container) -> list[Mapping[str, Any]]:
    """The ports that a container declares by their number."""
    return [port for port in maps(container.spec.get("ports")) if _is_number(port.get("containerPort"))]


def port_to_probe(container: Container, likely: Sequence[int], probes: Sequence[str]) -> Port | None:
    """The port by its name, or by its number where it has none; None where the container tells of none.

    Best first: the port that another probe asks at the pod, declared or not, the likely ones, the first one whose
    name does not say that it is there for something else, the first one.

    Args:
        container: the container that is probed.
        likely: numbers that its program listens on, best first.
        probes: the keys of probes in a container.
    """
    own = [port for port in declared(container) if _is_tcp(port)]
    known = {port["containerPort"]: port for port in reversed(own)}
    named = {name: port for port in reversed(own) if isinstance(name := port.get("name"), str)}
    for port in _probed(container, probes):
        found = named.get(port) if isinstance(port, str) else known.get(port, {"containerPort": port})
        if found:
            return _shown(found)
    for number in likely:
        if number in known:
            return _shown(known[number])
    serving = [port for port in own if not _ASIDE.search(str(port.get("name") or ""))]
    return next((_shown(port) for port in (*serving, *own)), None)


def port_of_service(container: Container, likely: Sequence[int], manifests: Manifests) -> Port | None:
    """The number of a port at which a Service of the chart expects a container that declares none.

    A port that is declared informs and opens nothing (Kubernetes API, Container.ports), so charts leave it out.
    One of the likely ones is taken first; any other only where no other container of the pod may listen there.
    """
    if not container.lasts or container.spec.get("ports"):
        return None
    found = _targets(container.pod, manifests)
    targets = [port for name, port in found if _is_number(port) and not _ASIDE.search(name)]
    alone = sum(other.lasts for other in container.pod.containers) == 1
    known = [number for number in likely if number in targets]
    return next(iter(known), next(iter(targets), None) if alone else None)


def pointed_at(
    container: Container, manifests: Manifests, probes: Sequence[str]
) -> tuple[set[int], set[int]]:
    """The numbers of the container's ports that its probes ask, and those that Services send to.

    The containers of a pod share its ports: what another one declares, or may listen on, is left out.
    """
    names: dict[Port, Port] = {
        name: port["containerPort"]
        for port in declared(container)
        if isinstance(name := port.get("name"), str)
    }
    others = [other for other in container.pod.containers if other.lasts and other.name != container.name]
    elsewhere = {port["containerPort"] for other in others for port in declared(other)}
    own = {port["containerPort"] for port in declared(container)}

    def numbers(ports: Iterable[Any]) -> set[int]:
        found = {names.get(port, _number(port)) for port in ports if isinstance(port, str | int)}
        return {number for number in found if isinstance(number, int)} - elsewhere

    asked = numbers(_probed(container, probes))
    sent = numbers(target for _, target in _targets(container.pod, manifests))
    return asked, sent & own if others else sent


def _number(port: Port) -> Port:
    return int(port) if isinstance(port, str) and port.isdecimal() else port


def _probed(container: Container, probes: Sequence[str]) -> Iterator[Port]:
    """The ports of the handlers of probes; one that names its host asks somewhere else."""
    for kind in probes:
        for handler in HANDLERS:
            asked = value_at(container.spec, (kind, handler))
            port = asked.get("port") if isinstance(asked, dict) and not asked.get("host") else None
            if isinstance(port, str) or _is_number(port):
                yield port


def _targets(pod: Pod, manifests: Manifests) -> Iterator[tuple[str, Any]]:
    """The name and the target of each TCP port of the Services that choose a pod; the default is their own port."""
    labels = value_at(pod.object.data, (*pod.path[:-1], "metadata", "labels"))
    for item in manifests.objects:
        spec = item.data.get("spec") if item.kind == "Service" and item.beside(pod.object) else None
        if not isinstance(spec, dict) or spec.get("type") == "ExternalName":
            continue
        selector, ports = spec.get("selector"), spec.get("ports")
        if not isinstance(selector, dict) or not isinstance(labels, dict):
            continue
        if not selector or not selector.items() <= labels.items():
            continue
        for port in maps(ports):
            if _is_tcp(port):
                yield str(port.get("name") or ""), port.get("targetPort") or port.get("port")


def _is_number(port: Any) -> TypeGuard[int]:
    return isinstance(port, int) and not isinstance(port, bool) and 0 < port < 65536


def _is_tcp(port: Mapping[str, Any]) -> bool:
    return (port.get("protocol") or "TCP") == "TCP"


def _shown(port: Mapping[str, Any]) -> Port:
    name = port.get("name")
    return name if isinstance(name, str) and name else int(port["containerPort"])
