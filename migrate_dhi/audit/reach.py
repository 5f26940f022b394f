"""Reach: which network policies select a backend, which clients they let in, and what it is open to."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from migrate_dhi.audit.ground import Ground, Item, maps_at, under
from migrate_dhi.audit.services import Backend, selects
from migrate_dhi.audit.uses import Use
from migrate_dhi.kube.manifests import value_at
from migrate_dhi.record import record

Allowed = Literal["yes", "no", "unknown"]
_FOREIGN = ("CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy", "GlobalNetworkPolicy")
_NAME = "kubernetes.io/metadata.name"


@record
class Reach:
    """Who gets to a backend.

    ``policies`` are those that select it; ``foreign`` policies of other kinds that may, which are named and not read.
    ``allowed`` tells of each client; ``open_to`` is a sentence; ``proposal`` a policy as YAML, empty where nothing
    is known of its pods.
    """

    policies: tuple[Item, ...]
    foreign: tuple[Item, ...]
    allowed: tuple[tuple[Use, Allowed], ...]
    open_to: str
    proposal: str


def reach(ground: Ground, backend: Backend, uses: Sequence[Use]) -> Reach:
    """What the manifests say of a backend's reach."""
    first = backend.workloads[0] if backend.workloads else None
    labels = first.pod_labels if first else {}
    foreign = tuple(
        item
        for item in ground.items
        if (
            item.kind in _FOREIGN
            or (item.kind == "NetworkPolicy" and item.object.identity.api != "networking.k8s.io")
        )
        and (item.namespace == backend.namespace or "Cluster" in item.kind or "Global" in item.kind)
    )
    policies = tuple(
        item
        for item in ground.kind("NetworkPolicy")
        if item not in foreign and item.namespace == backend.namespace and _selects_pods(item, labels)
    )
    ingress = [item for item in policies if _is_ingress(item)]
    allowed = tuple((use, _allowed(use, ingress, ground, backend)) for use in uses)
    return Reach(
        policies,
        foreign,
        allowed,
        _open_to(backend, ingress, foreign),
        _proposal(backend, first.selector if first else {}, uses),
    )


def _selects_pods(policy: Item, labels: Mapping[str, Any]) -> bool:
    selector = under(policy.data, ("spec", "podSelector"))
    return bool(labels) and _matches(selector, labels) is not False


def _matches(selector: Mapping[str, Any], labels: Mapping[str, Any]) -> bool | None:
    """Whether a selector matches labels; None where it has expressions besides that match what is known."""
    wanted = under(selector, ("matchLabels",))
    if wanted and not selects(wanted, labels):
        return False
    return None if selector.get("matchExpressions") else True


def _is_ingress(policy: Item) -> bool:
    types = value_at(policy.data, ("spec", "policyTypes"))
    return "Ingress" in types if isinstance(types, list) else True


def _allowed(use: Use, ingress: Sequence[Item], ground: Ground, backend: Backend) -> Allowed:
    if not ingress:
        return "yes"
    verdicts = [
        _rule(rule, use, ground, backend)
        for item in ingress
        for rule in maps_at(item.data, ("spec", "ingress"))
    ]
    return "yes" if "yes" in verdicts else "unknown" if "unknown" in verdicts else "no"


def _rule(rule: Mapping[str, Any], use: Use, ground: Ground, backend: Backend) -> Allowed:
    ports = [port.get("port") for port in maps_at(rule, ("ports",))]
    numbers = [port for port in ports if isinstance(port, int)]
    if ports and len(numbers) == len(ports) and not set(numbers) & {*_targets(backend), use.port}:
        return "no"
    peers = maps_at(rule, ("from",))
    if not peers:
        return "yes"
    verdicts = [_peer(peer, use, ground, backend) for peer in peers]
    return "yes" if "yes" in verdicts else "unknown" if "unknown" in verdicts else "no"


def _targets(backend: Backend) -> set[Any]:
    ports = maps_at(backend.item.data, ("spec", "ports"))
    return {*backend.ports, *(port.get("targetPort") for port in ports)}


def _peer(peer: Mapping[str, Any], use: Use, ground: Ground, backend: Backend) -> Allowed:
    if "ipBlock" in peer or not use.workloads:
        return "unknown"
    results = []
    for workload in use.workloads:
        space: bool | None = workload.namespace == backend.namespace
        if isinstance(peer.get("namespaceSelector"), dict):
            known = ground.by_key.get(("Namespace", workload.namespace, workload.namespace))
            known = known or next((i for i in ground.kind("Namespace") if i.name == workload.namespace), None)
            labels = {
                _NAME: workload.namespace,
                **(under(known.data, ("metadata", "labels")) if known else {}),
            }
            space = _matches(peer["namespaceSelector"], labels)
            if (
                space is False
                and known is None
                and set(under(peer, ("namespaceSelector", "matchLabels"))) != {_NAME}
            ):
                space = None
        pods = _matches(under(peer, ("podSelector",)), workload.pod_labels) if "podSelector" in peer else True
        results.append(False if False in (space, pods) else None if None in (space, pods) else True)
    return "yes" if all(results) else "no" if False in results else "unknown"


def _open_to(backend: Backend, ingress: Sequence[Item], foreign: Sequence[Item]) -> str:
    if ingress:
        rules = [rule for item in ingress for rule in maps_at(item.data, ("spec", "ingress"))]
        if any(not maps_at(rule, ("from",)) for rule in rules):
            return "a network policy selects it and lets everyone in"
        return (
            f"what {', '.join(item.name for item in ingress)} lets in"
            if rules
            else "nobody, since no policy has a rule"
        )
    if not backend.workloads:
        return "not known: its pods are not rendered here"
    named = f"; {', '.join(str(item) for item in foreign)} may, and is not read" if foreign else ""
    return f"every pod of the cluster, since no NetworkPolicy selects it{named}"


def _proposal(backend: Backend, labels: Mapping[str, Any], uses: Sequence[Use]) -> str:
    """A policy that lets in the clients that were found, and nobody else; those whose pods are not known it names.

    Empty where it would shut out every client that was found.
    """
    awake = [use for use in uses if not use.asleep]
    if not labels or (awake and not any(use.workloads for use in awake)):
        return ""
    unknown = dict.fromkeys(use.who for use in awake if not use.workloads)
    lines = [
        *(f"# not let in yet: {json.dumps(who)}, whose pods are not known here" for who in unknown),
        "apiVersion: networking.k8s.io/v1",
        "kind: NetworkPolicy",
        "metadata:",
        f"  name: {backend.name}-clients",
        f"  namespace: {backend.namespace}",
        "spec:",
        "  podSelector:",
        "    matchLabels:",
        *_labels(labels, "      "),
        "  policyTypes: [Ingress]",
    ]
    peers = list(dict.fromkeys("\n".join(_from(item)) for use in awake for item in use.workloads))
    if not peers:
        return "\n".join([*lines, "  ingress: []", ""])
    ports = sorted(port for port in _targets(backend) if isinstance(port, int))
    return "\n".join(
        [
            *lines,
            "  ingress:",
            "    - from:",
            *peers,
            "      ports:",
            *(f"        - port: {port}" for port in ports),
            "",
        ]
    )


def _from(item: Item) -> Iterator[str]:
    yield "        - namespaceSelector:"
    yield f"            matchLabels: {{{_NAME}: {json.dumps(item.namespace)}}}"
    if item.selector:
        yield "          podSelector:"
        yield "            matchLabels:"
        yield from _labels(item.selector, "              ")


def _labels(labels: Mapping[str, Any], indent: str) -> Iterator[str]:
    yield from (f"{indent}{key}: {json.dumps(str(value))}" for key, value in labels.items())
