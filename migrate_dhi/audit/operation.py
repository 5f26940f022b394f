"""Operation: what a drain, a rollout, a lost node or a raised replica count would do to a backend."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from migrate_dhi.audit.ground import Ground, Item, maps_at, under
from migrate_dhi.audit.server import Server
from migrate_dhi.audit.services import Backend, selects
from migrate_dhi.audit.uses import Use
from migrate_dhi.dhi.playbook import Playbooks
from migrate_dhi.dhi.roles import plain, words_of
from migrate_dhi.kube.manifests import Container, Pod, value_at
from migrate_dhi.kube.users import effective
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record

Verdict = Literal["good", "note", "warning"]
_ASIDE = {"exporter", "metrics"}
_SCRAPING = ("ServiceMonitor", "PodMonitor", "VMServiceScrape", "VMPodScrape", "ScrapeConfig")


@record
class Statement:
    """One sentence on how a backend is run: ``topic`` names the matter, ``object`` what it is about."""

    topic: str
    verdict: Verdict
    text: str
    object: str


def statements(
    ground: Ground, server: Server, uses: Sequence[Use], playbooks: Playbooks
) -> tuple[Statement, ...]:
    """Everything that the manifests tell of a backend's operation."""
    found: list[Statement] = []
    for workload in server.backend.workloads:
        if workload.kind in ("Job", "CronJob") or not workload.object.pods:
            continue
        look = _Look(ground, server, workload)
        for topic in (look.budget, look.rollout, look.spread, look.write, look.persistence, look.monitoring):
            found += topic()
        found += look.containers(playbooks)
    if server.told("users"):
        found += _users(server.backend, uses)
    return tuple(found)


class _Look:
    """One workload, looked at topic by topic."""

    def __init__(self, ground: Ground, server: Server, workload: Item) -> None:
        self.ground = ground
        self.server = server
        self.workload = workload
        self.pod: Pod = workload.object.pods[0]
        spec = under(workload.data, ("spec",))
        self.spec = spec
        replicas = spec.get("replicas", 1)
        self.replicas = replicas if isinstance(replicas, int) else 1

    def _say(self, topic: str, verdict: Verdict, text: str) -> Statement:
        return Statement(topic, verdict, text, str(self.workload))

    def budget(self) -> Iterator[Statement]:
        budgets = [
            item
            for item in self.ground.kind("PodDisruptionBudget")
            if item.namespace == self.workload.namespace
            and selects(under(item.data, ("spec", "selector", "matchLabels")), self.workload.pod_labels)
        ]
        for item in budgets:
            least = value_at(item.data, ("spec", "minAvailable"))
            most = value_at(item.data, ("spec", "maxUnavailable"))
            told = f"minAvailable {least}" if least is not None else f"maxUnavailable {most}"
            if blocks(least, most, self.replicas):
                text = f"{item} ({told}) with {_count(self.replicas)} lets no pod be evicted: a drain waits for ever"
                yield self._say("budget", "warning", text)
            else:
                yield self._say(
                    "budget", "good", f"{item} ({told}) with {_count(self.replicas)} lets a drain go on"
                )
        if not budgets:
            verdict: Verdict = "note" if self.replicas > 1 else "good"
            yield self._say(
                "budget", verdict, f"no disruption budget over {_count(self.replicas)}: a drain goes through"
            )
        if len(budgets) > 1:
            yield self._say(
                "budget", "warning", "more than one budget selects its pods: evictions are refused"
            )

    def rollout(self) -> Iterator[Statement]:
        claims = self._claims()
        strategy = str(value_at(self.spec, ("strategy", "type")) or "RollingUpdate")
        if self.workload.kind != "Deployment":
            return
        single = [name for name, modes in claims if set(modes) & {"ReadWriteOnce", "ReadWriteOncePod"}]
        if single and strategy == "RollingUpdate":
            volume = f"the {_modes(claims)} volume {', '.join(single)}"
            text = f"RollingUpdate with {volume}: on another node the new pod waits for the old one to let go of it"
            yield self._say("rollout", "warning", text)
        elif strategy == "Recreate":
            volume = f" on the {_modes(claims)} volume {', '.join(single)}" if single else ""
            text = f"Recreate{volume}: every rollout stops the service until the new pod is ready"
            yield self._say("rollout", "note", text)
        else:
            yield self._say("rollout", "good", f"{strategy}, and no volume that only one node may mount")

    def spread(self) -> Iterator[Statement]:
        apart = bool(value_at(self.pod.spec, ("affinity", "podAntiAffinity")))
        apart = apart or bool(self.pod.spec.get("topologySpreadConstraints"))
        if self.replicas > 1:
            text = "its replicas are kept apart" if apart else "nothing keeps its replicas on different nodes"
            yield self._say("spread", "good" if apart else "warning", text)
            return
        lacks = [] if apart else ["anti-affinity or spread constraints"]
        if self.workload.kind == "Deployment" and any(
            "ReadWriteOnce" in modes for _, modes in self._claims()
        ):
            lacks.append("a volume for each replica (a Deployment shares its one claim)")
        text = f"1 replica; before more are set it needs {' and '.join(lacks)}" if lacks else "1 replica"
        yield self._say("spread", "note", text)

    def write(self) -> Iterator[Statement]:
        for one in self.server.settings:
            names = self.server.backend.role.server.get("replicas_to_write", ())
            if plain(one.key) in {plain(name) for name in names} and one.value.isdecimal():
                followers = self._followers()
                short = int(one.value) > followers
                text = f"{one.key} {one.value} with {followers} replicas behind the primary"
                yield self._say(
                    "write",
                    "warning" if short else "good",
                    text + (": nothing can be written" if short else ""),
                )

    def _followers(self) -> int:
        """The pods besides the one that is written to, of all workloads of the release."""
        release = self.workload.release
        mates = [
            i
            for i in self.ground.workloads
            if i.release == release and i.kind in ("StatefulSet", "Deployment")
        ]
        role = set(self.server.backend.role.words)
        counts = [
            n
            for i in mates
            if any(role & set(words_of(c.image)) for pod in i.object.pods for c in pod.containers)
            for n in [under(i.data, ("spec",)).get("replicas", 1)]
            if isinstance(n, int)
        ]
        return max(sum(counts) - 1, 0)

    def persistence(self) -> Iterator[Statement]:
        if self.server.backend.role.database_kind == "none":
            return
        claims = self._claims()
        templates = maps_at(self.spec, ("volumeClaimTemplates",))
        if templates:
            yield self._say(
                "persistence", "good", f"a volume for each of {_count(self.replicas)} ({_modes(claims)})"
            )
        elif claims:
            shared = f", shared by {_count(self.replicas)}" if self.replicas > 1 else ""
            text = f"one volume ({_modes(claims)}){shared}"
            yield self._say("persistence", "warning" if self.replicas > 1 else "good", text)
        else:
            text = "no volume that outlives the pod: what it holds is gone with it"
            yield self._say(
                "persistence", "warning" if self.server.backend.role.database_kind == "name" else "note", text
            )

    def monitoring(self) -> Iterator[Statement]:
        exporters = [
            c
            for c in self.pod.containers
            if _ASIDE & {*words_of(c.name), *words_of(c.image.partition(":")[0])}
        ]
        scraped = [item for item in self.ground.kind(*_SCRAPING) if self._is_scraped(item)]
        noted = any(
            str(value).lower() == "true" and key.endswith("/scrape")
            for key, value in under(
                self.workload.data, (*self.pod.path[:-1], "metadata", "annotations")
            ).items()
        )
        if not exporters:
            yield self._say(
                "monitoring", "note", "no exporter beside it" + (", though it is scraped" if scraped else "")
            )
        elif scraped or noted:
            yield self._say("monitoring", "good", f"the exporter {exporters[0].name} is scraped")
        else:
            yield self._say(
                "monitoring", "warning", f"the exporter {exporters[0].name} is there, and nothing scrapes it"
            )

    def _is_scraped(self, item: Item) -> bool:
        selector = under(item.data, ("spec", "selector", "matchLabels"))
        services = [i for i in self.ground.kind("Service") if i.namespace == self.workload.namespace]
        reached = [
            i for i in services if selects(under(i.data, ("spec", "selector")), self.workload.pod_labels)
        ]
        labels = [under(i.data, ("metadata", "labels")) for i in reached]
        return any(selects(selector, one) for one in (*labels, self.workload.pod_labels))

    def containers(self, playbooks: Playbooks) -> Iterator[Statement]:
        if self.pod.spec.get("automountServiceAccountToken") is not False:
            yield self._say(
                "token",
                "note",
                "the service account's token is mounted (automountServiceAccountToken is not false)",
            )
        for container in self.pod.containers:
            if container.init:
                continue
            yield from self._resources(container)
            yield from self._user(container, playbooks)

    def _resources(self, container: Container) -> Iterator[Statement]:
        lacking = [
            what
            for what, path in (("requests", ("requests",)), ("memory limit", ("limits", "memory")))
            if not value_at(container.spec.get("resources"), path)
        ]
        if lacking:
            yield self._say(
                "resources", "note", f"the container {container.name} has no {' and no '.join(lacking)}"
            )

    def _user(self, container: Container, playbooks: Playbooks) -> Iterator[Statement]:
        image = Reference.try_parse(container.image)
        found = playbooks.match(image) if image else None
        user = effective(container, "runAsUser")
        if found is None or found[1].uid is None:
            return
        member = found[1]
        group = effective(container, "fsGroup")
        if user is None:
            text = f"{container.name} runs as its image says; the hardened image {member.target} runs as {member.uid}"
            verdict: Verdict = "note" if group is not None or not self._claims() else "warning"
            yield self._say(
                "user", verdict, text + ("" if group is not None else ", and no fsGroup gives it the volume")
            )
        elif user == member.uid:
            yield self._say(
                "user", "good", f"{container.name} runs as {user}, as the hardened image {member.target}"
            )
        else:
            other = f"the hardened image {member.target} has {member.uid}"
            text = f"{container.name} is set to run as {user}; {other}: what is set stays and decides"
            yield self._say("user", "note", text)

    def _claims(self) -> list[tuple[str, list[str]]]:
        """Name and access modes of the claims of its pods."""
        found = [
            (str(value_at(claim, ("metadata", "name"))), _strings(value_at(claim, ("spec", "accessModes"))))
            for claim in maps_at(self.spec, ("volumeClaimTemplates",))
        ]
        for volume in maps_at(self.pod.spec, ("volumes",)):
            name = value_at(volume, ("persistentVolumeClaim", "claimName"))
            if isinstance(name, str):
                claim = self.ground.by_key.get(("PersistentVolumeClaim", self.workload.namespace, name))
                modes = _strings(value_at(claim.data, ("spec", "accessModes"))) if claim else []
                found.append((name, modes))
        return found


def blocks(least: Any, most: Any, replicas: int) -> bool:
    """Whether a budget lets no pod be evicted."""
    if least is not None:
        return least == "100%" or (isinstance(least, int) and least >= replicas > 0)
    return most in (0, "0%", "0")


def _users(backend: Backend, uses: Sequence[Use]) -> Iterator[Statement]:
    names = sorted({use.who for use in uses})
    if names:
        text = f"it has users of its own: one is needed for each of {', '.join(names)}"
        yield Statement("users", "note", text, str(backend.item))


def _count(number: int) -> str:
    return f"{number} replica" + ("" if number == 1 else "s")


def _modes(claims: Sequence[tuple[str, Sequence[str]]]) -> str:
    return ", ".join(dict.fromkeys(mode for _, modes in claims for mode in modes)) or "access mode unknown"


def _strings(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def shown(labels: Mapping[str, Any]) -> str:
    """Labels as a selector of kubectl."""
    return ",".join(f"{key}={value}" for key, value in labels.items())
