"""Commands that only look, for exactly the objects of a backend and its clients, with what a good answer looks like."""

from collections.abc import Iterator, Sequence
from typing import Any

from migrate_dhi.audit.ground import Ground, Item, maps_at, under
from migrate_dhi.audit.labels import matches
from migrate_dhi.audit.services import Backend
from migrate_dhi.audit.uses import Use
from migrate_dhi.kube.manifests import ROLLED_OUT, value_at
from migrate_dhi.record import record

_WAYS = {
    "application": "applications.argoproj.io",
    "helmrelease": "helmreleases.helm.toolkit.fluxcd.io",
}
_MOST_CLIENTS = 8
# Reasons of events that tell of a pod in trouble; what else `describe` shows is not repeated.
_TROUBLE = ("Failed", "BackOff", "Unhealthy", "Evicted", "OOMKilled", "CreateContainerConfigError")


@record
class Check:
    """One command.

    Args:
        topic: what it is about (rollout, pods, service, endpoints, volume, budget, settings, logs, usage, trouble, …).
        words: the arguments of kubectl; of a query for a monitoring system the query alone.
        expect: what a good answer looks like.
        item: the object whose render the answer is held against, where it is one.
        pods: whose pods with which images the answer must have, where it is a list of pods.
        count: how many of them; None where the cluster decides.
        complaints: what a log must not hold (regular expressions).
        query: whether it is a query and no command.
    """

    topic: str
    words: tuple[str, ...]
    expect: str
    item: Item | None = None
    pods: Item | None = None
    count: int | None = None
    complaints: tuple[str, ...] = ()
    query: bool = False

    @property
    def command(self) -> str:
        """The command as a person types it."""
        from shlex import join  # noqa: PLC0415 - only where it is shown

        return self.words[0] if self.query else f"kubectl {join(self.words)}"

    def to_json(self) -> dict[str, Any]:
        """The check in the JSON of ``audit``."""
        kind = "query" if self.query else "command"
        return {"topic": self.topic, "kind": kind, "command": self.command, "expect": self.expect}


def checks(ground: Ground, backend: Backend, uses: Sequence[Use]) -> tuple[Check, ...]:
    """Everything to look at before and after a backend moves."""
    found = [*_deployers(ground, backend), *_of_backend(ground, backend)]
    clients = {item.key: (item, use) for use in uses if not use.asleep for item in use.workloads}
    for item, use in list(clients.values())[:_MOST_CLIENTS]:
        found += _of_client(ground, item, use)
    return tuple({check.words: check for check in found}.values())


def _deployers(ground: Ground, backend: Backend) -> Iterator[Check]:
    """The objects that deploy the backend, by name in all namespaces: where they live is the cluster's matter."""
    releases = dict.fromkeys(item.release for item in (*backend.workloads, backend.item) if item.release)
    for name in releases:
        rendered = ground.by_id.get(name)
        release = rendered.deployed.release if rendered else None
        kind = _WAYS.get(release.way) if release else None
        if release and kind:
            own = (release.object or release.name).partition("@")[0]
            words = ("get", kind, "-A", "--field-selector", f"metadata.name={own}")
            good = "Synced and Healthy" if release.way == "application" else "Ready is True"
            yield Check("release", words, f"{good}, at the revision of your branch")


def _of_backend(ground: Ground, backend: Backend) -> Iterator[Check]:
    space = ("-n", backend.namespace)
    complaints = (*backend.role.complaints, "[Pp]ermission denied", "[Rr]ead-only file system")
    for item in backend.workloads:
        if item.kind not in ROLLED_OUT:
            continue
        labels = _selector(item)
        yield Check("rollout", ("get", item.kind.lower(), item.name, *space), _ready(ground, item), item=item)
        wanted = None if ground.is_scaled(item) else ground.replicas(item)
        yield Check(
            "pods",
            ("get", "pods", *space, "-l", labels),
            f"{'all' if wanted is None else wanted} Running and ready, no restarts since the rollout, "
            f"images {', '.join(_images(item))}",
            pods=item,
            count=wanted,
        )
        yield Check(
            "logs",
            ("logs", f"{item.kind.lower()}/{item.name}", *space, "--tail=200", "--all-containers"),
            "it says that it is ready, and complains of no permission and no password",
            complaints=complaints,
        )
        yield Check("memory", ("top", "pods", *space, "-l", labels), "memory well below the limit")
        yield Check(
            "trouble",
            ("describe", "pods", *space, "-l", labels),
            "no event of Failed, BackOff, FailedScheduling, FailedMount or Unhealthy at the end",
            complaints=_TROUBLE,
        )
        yield from _volumes(ground, item)
        yield from _budgets(ground, item)
        for kind, name in _settings(item):
            yield Check("settings", ("get", kind, name, *space), "it is there")
    if backend.item.kind == "Service":
        yield Check(
            "service",
            ("get", "service", backend.name, *space),
            "the ports and the selector of the plan",
            item=backend.item,
        )
        for name in backend.services:
            words = ("get", "endpointslices", *space, "-l", f"kubernetes.io/service-name={name}")
            yield Check(
                "endpoints", words, "an address for each ready pod; none means that the selector finds no pod"
            )
    else:
        kind = f"{backend.item.kind.lower()}.{backend.item.object.identity.api}"
        yield Check("service", ("get", kind, backend.item.name, *space), "the operator says that it is ready")
    yield Check(
        "images",
        ("get", "events", *space, "--field-selector", "reason=Failed"),
        "no event of a pull that failed; ErrImagePull means a wrong tag, or no pull secret in this namespace",
    )
    yield Check(
        "pending",
        ("get", "pods", *space, "--field-selector", "status.phase=Pending"),
        "no pod; a pending one waits for a volume on another node, for room, or for a node that a budget holds",
    )
    yield Check("reach", ("get", "networkpolicies", *space), "the policies of the plan, and no other")


def _volumes(ground: Ground, item: Item) -> Iterator[Check]:
    space = ("-n", item.namespace)
    claims = [
        str(name)
        for volume in maps_at(item.object.pods[0].spec, ("volumes",))
        if (name := value_at(volume, ("persistentVolumeClaim", "claimName")))
    ]
    names = [
        value_at(one, ("metadata", "name")) for one in maps_at(item.data, ("spec", "volumeClaimTemplates"))
    ]
    claims += [f"{name}-{item.name}-{number}" for name in names for number in range(ground.replicas(item))]
    for claim in claims:
        known = ground.by_key.get(("PersistentVolumeClaim", item.namespace, claim))
        yield Check(
            "volume", ("get", "pvc", claim, *space), "Bound, with the access mode of the plan", item=known
        )
    if claims:
        named = f'{{namespace="{item.namespace}",persistentvolumeclaim=~"{"|".join(claims)}"}}'
        yield Check(
            "usage",
            (f"kubelet_volume_stats_used_bytes{named} / kubelet_volume_stats_capacity_bytes{named}",),
            "well below 1; and not lower after the move than before it, which would be an empty volume",
            query=True,
        )


def _budgets(ground: Ground, item: Item) -> Iterator[Check]:
    for budget in ground.kind("PodDisruptionBudget"):
        selector = under(budget.data, ("spec", "selector"))
        if budget.namespace == item.namespace and matches(selector, item.pod_labels) is not False:
            yield Check(
                "budget",
                ("get", "pdb", budget.name, "-n", item.namespace),
                "ALLOWED DISRUPTIONS is at least 1; with 0 a drain waits",
                item=budget,
            )


def _settings(item: Item) -> Iterator[tuple[str, str]]:
    """The ConfigMaps of its volumes."""
    for volume in maps_at(item.object.pods[0].spec, ("volumes",)):
        name = value_at(volume, ("configMap", "name"))
        if name:
            yield "configmap", str(name)


def _of_client(ground: Ground, item: Item, use: Use) -> Iterator[Check]:
    if item.kind not in ROLLED_OUT:
        return
    space = ("-n", item.namespace)
    words = ("get", item.kind.lower(), item.name, *space)
    good = f"{item.name}: {_ready(ground, item)}, as before the move"
    yield Check("client", words, good, item=item)
    yield Check(
        "client logs",
        ("logs", f"{item.kind.lower()}/{item.name}", *space, "--tail=200", "--all-containers"),
        f"{item.name}: no connection is refused, and no password",
        complaints=(*use.role.complaints, "[Cc]onnection refused", "no such host"),
    )


def _ready(ground: Ground, item: Item) -> str:
    if item.kind == "DaemonSet":
        return "a pod ready on each node"
    count = ground.replicas(item)
    return f"at least {count} ready" if ground.is_scaled(item) else f"{count} of {count} ready"


def _images(item: Item) -> list[str]:
    return [one.image for pod in item.object.pods for one in pod.containers if one.lasts]


def _selector(item: Item) -> str:
    return ",".join(f"{key}={value}" for key, value in item.selector.items())
