"""Reach: which network policies select a backend, which clients they let in, and what it is open to."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from migrate_dhi.audit.ground import Ground, Item, maps_at, under
from migrate_dhi.audit.labels import matches
from migrate_dhi.audit.ports import Lead, admits, leads, of_role, of_use
from migrate_dhi.audit.services import Backend, mates
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
    rules = [rule for item in ingress for rule in maps_at(item.data, ("spec", "ingress"))]
    listed = leads(ground, backend)
    allowed = tuple(
        (use, _allowed(use, [rule for rule in rules if admits(rule, of_use(use, listed))], ground, backend))
        if ingress
        else (use, "yes")
        for use in uses
    )
    meant = of_role(backend.role.ports, listed)
    return Reach(
        policies,
        foreign,
        allowed,
        _open_to(backend, ingress, [rule for rule in rules if admits(rule, meant)], foreign),
        _proposal(backend, first.selector if first else {}, uses, listed, mates(ground, backend)),
    )


def _selects_pods(policy: Item, labels: Mapping[str, Any]) -> bool:
    selector = under(policy.data, ("spec", "podSelector"))
    return bool(labels) and matches(selector, labels) is not False


def _is_ingress(policy: Item) -> bool:
    types = value_at(policy.data, ("spec", "policyTypes"))
    return "Ingress" in types if isinstance(types, list) else True


def _allowed(use: Use, rules: Sequence[Mapping[str, Any]], ground: Ground, backend: Backend) -> Allowed:
    """Whether one of the rules that are about its port lets a client in."""
    return _best([_rule(rule, use, ground, backend) for rule in rules])


def _rule(rule: Mapping[str, Any], use: Use, ground: Ground, backend: Backend) -> Allowed:
    peers = maps_at(rule, ("from",))
    return _best([_peer(peer, use, ground, backend) for peer in peers]) if peers else "yes"


def _best(verdicts: Sequence[Allowed]) -> Allowed:
    return "yes" if "yes" in verdicts else "unknown" if "unknown" in verdicts else "no"


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
                **(under(known.data, ("metadata", "labels")) if known else {}),
                _NAME: workload.namespace,
            }
            space = matches(peer["namespaceSelector"], labels, all_known=known is not None)
        pods = matches(under(peer, ("podSelector",)), workload.pod_labels)
        results.append(False if False in (space, pods) else None if None in (space, pods) else True)
    return "yes" if all(results) else "no" if False in results else "unknown"


def _open_to(
    backend: Backend,
    ingress: Sequence[Item],
    rules: Sequence[Mapping[str, Any]],
    foreign: Sequence[Item],
) -> str:
    """Who gets to the port that clients use; ``rules`` are those about it."""
    if ingress:
        names = ", ".join(item.name for item in ingress)
        if any(not maps_at(rule, ("from",)) for rule in rules):
            return f"everyone: {names} selects it and lets everyone in"
        if any(_is_every_pod(peer) for rule in rules for peer in maps_at(rule, ("from",))):
            return f"every pod of the cluster, as {names} says"
        return f"what {names} lets in" if rules else f"nobody, since no rule of {names} is about its port"
    if not backend.workloads:
        return "not known: its pods are not rendered here"
    named = f"; {', '.join(str(item) for item in foreign)} may, and is not read" if foreign else ""
    return f"every pod of the cluster, since no NetworkPolicy selects it{named}"


def _is_every_pod(peer: Mapping[str, Any]) -> bool:
    return peer.get("namespaceSelector") == {} and not peer.get("podSelector")


def _proposal(
    backend: Backend,
    labels: Mapping[str, Any],
    uses: Sequence[Use],
    listed: Sequence[Lead],
    own: Sequence[Item],
) -> str:
    """A policy that lets in the clients that were found, and nobody else; those whose pods are not known it names.

    The backend's own pods (``own``) are let in where there are several: replicas, sentinels and members of a cluster
    talk to each other, on ports that no Service lists. Empty where it would shut out every client that was found.
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
    rules: list[str] = []
    if len(own) > 1 or any(value_at(item.data, ("spec", "replicas")) not in (None, 0, 1) for item in own):
        rules += ["    - from:", *dict.fromkeys("\n".join(_from(item)) for item in own)]
    peers = list(dict.fromkeys("\n".join(_from(item)) for use in awake for item in use.workloads))
    if peers:
        rules += ["    - from:", *peers, "      ports:", *_ports(listed)]
    return "\n".join([*lines, *(["  ingress:", *rules] if rules else ["  ingress: []"]), ""])


def _ports(listed: Sequence[Lead]) -> Iterator[str]:
    """The ports of a policy: numbers, and a name where no number of it is known."""
    numbers = {port for lead in listed for port in lead.pods if isinstance(port, int)}
    names = {str(port) for lead in listed for port in lead.pods if not numbers & lead.pods}
    yield from (f"        - port: {one}" for one in (*sorted(numbers), *sorted(names)))


def _from(item: Item) -> Iterator[str]:
    yield "        - namespaceSelector:"
    yield f"            matchLabels: {{{_NAME}: {json.dumps(item.namespace)}}}"
    if item.selector:
        yield "          podSelector:"
        yield "            matchLabels:"
        yield from _labels(item.selector, "              ")


def _labels(labels: Mapping[str, Any], indent: str) -> Iterator[str]:
    yield from (f"{indent}{key}: {json.dumps(str(value))}" for key, value in labels.items())
