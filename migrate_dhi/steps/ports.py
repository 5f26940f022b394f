"""Which port of a container a probe may connect to: one that the container declares, and that serves."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from migrate_dhi.helm.manifests import Container, value_at

Port = str | int

# Beside the port that serves, charts declare those of their monitoring, sometimes first.
_ASIDE = re.compile(r"metric|prom|monitor|exporter|debug|pprof|admin|cluster|gossip|peer", re.IGNORECASE)


def port_to_probe(container: Container, likely: Sequence[int], probes: Sequence[str]) -> Port | None:
    """The port by its name, or by its number where it has none; None where the container declares none.

    Best first: the port of another probe of the container, the likely ones, the first one whose name does not
    say that it is there for something else, the first one.

    Args:
        container: the container that is probed.
        likely: numbers that its program listens on, best first.
        probes: the keys of probes in a container.
    """
    listed = container.spec.get("ports")
    declared = [port for port in listed if _is_tcp(port)] if isinstance(listed, list) else []
    known = {port["containerPort"]: port for port in reversed(declared)}
    named = {port.get("name"): port for port in reversed(declared)}
    for kind in probes:
        for handler in ("httpGet", "tcpSocket"):
            port = value_at(container.spec, (kind, handler, "port"))
            if isinstance(port, str | int) and (port in known or port in named):
                return _shown(known.get(port) or named[port])
    for number in likely:
        if number in known:
            return _shown(known[number])
    serving = [port for port in declared if not _ASIDE.search(str(port.get("name") or ""))]
    return next((_shown(port) for port in (*serving, *declared)), None)


def _is_tcp(port: Any) -> bool:
    return (
        isinstance(port, dict)
        and isinstance(port.get("containerPort"), int)
        and port.get("protocol") in (None, "TCP")
    )


def _shown(port: Mapping[str, Any]) -> Port:
    name = port.get("name")
    return name if isinstance(name, str) and name else int(port["containerPort"])
