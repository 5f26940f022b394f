"""Ports: low ones that the image's user may not open, and others than the image listens on."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from migrate_dhi.dhi.catalog import Definition
from migrate_dhi.dhi.readiness.running import Running
from migrate_dhi.findings import Finding
from migrate_dhi.kube.manifests import Manifests, value_at
from migrate_dhi.kube.ports import declared
from migrate_dhi.kube.shell import texts

_FIRST_FREE = 1024
_SYSCTL = "net.ipv4.ip_unprivileged_port_start"


def check(running: Running, manifests: Manifests) -> Iterator[Finding]:
    """Remarks on the ports that a container declares."""
    definition = running.definition
    ports = declared(running.container)
    if definition is None or not ports or not running.moved:
        return
    own = {number for port in definition.ports if (number := _number(port))}
    low = [port for port in ports if port["containerPort"] < _FIRST_FREE]
    if low and running.uid and not _may_open_low(running):
        for port in low[:1]:
            yield _low(running, port["containerPort"], own)
        return
    yield from _elsewhere(running, definition, manifests, ports, own)


def _low(running: Running, number: int, own: set[int]) -> Finding:
    listens = f"; it listens on {_listed(own)} by default" if own and number not in own else ""
    instead = f"set the port to {_listed(own)}" if own and number not in own else "choose a port from 1024 on"
    return running.finding(
        "port-low",
        "warning",
        f"declares port {number}, which the user {running.uid} of the hardened image may not be "
        f"allowed to open{listens}",
        f"{instead}, or add the capability NET_BIND_SERVICE",
    )


def _elsewhere(
    running: Running,
    definition: Definition,
    manifests: Manifests,
    ports: Sequence[Mapping[str, Any]],
    own: set[int],
) -> Iterator[Finding]:
    """The program listens where its configuration says; only where nothing says so, the image decides."""
    numbers = {port["containerPort"] for port in ports}
    if not own or own & numbers or running.command or running.args:
        return
    told = "\n".join(texts(running.container, manifests))
    if running.container.spec.get("envFrom") or any(
        re.search(rf"(?<!\d){number}(?!\d)", told) for number in numbers
    ):
        return
    default = _listed(own)
    yield running.finding(
        "port-differs",
        "warning",
        f"declares port {_listed(numbers)}, and the hardened {definition.image} listens on {default} by default",
        f"set the port, and what probes and services point at, to {default}",
    )


def _may_open_low(running: Running) -> bool:
    added = value_at(running.container.spec, ("securityContext", "capabilities", "add"))
    capabilities = {str(name).upper().removeprefix("CAP_") for name in added or ()}
    sysctls = value_at(running.container.pod.spec, ("securityContext", "sysctls"))
    named = {item.get("name") for item in sysctls or () if isinstance(item, dict)}
    privileged = value_at(running.container.spec, ("securityContext", "privileged")) is True
    return bool(capabilities & {"NET_BIND_SERVICE", "ALL"}) or _SYSCTL in named or privileged


def _number(port: str) -> int:
    text = port.partition("/")[0]
    return int(text) if text.isdecimal() else 0


def _listed(numbers: set[int]) -> str:
    return " or ".join(map(str, sorted(numbers)[:4]))
