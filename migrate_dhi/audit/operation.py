"""Operation: what a drain, a rollout, a lost node or a raised replica count would do to a backend."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from migrate_dhi.audit.ground import Ground, Item, maps_at, under
from migrate_dhi.audit.labels import matches
from migrate_dhi.audit.server import Server
from migrate_dhi.audit.services import Backend, mates, selects
from migrate_dhi.audit.uses import Use
from migrate_dhi.dhi.playbook import Playbooks
from migrate_dhi.dhi.roles import plain, words_of
from migrate_dhi.kube.manifests import Container, Pod, value_at
from migrate_dhi.kube.users import effective
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.wording import counted

Verdict = Literal["good", "note", "warning"]
_ASIDE = {"exporter", "metrics"}
_OF_PODS = ("PodMonitor", "VMPodScrape")
# Volumes that come and go with a pod, or hold what others write.
_PASSING = {
    "name",
    "emptyDir",
    "configMap",
    "secret",
    "projected",
    "downwardAPI",
    "ephemeral",
    "csi",
    "image",
    "persistentVolumeClaim",
}
_PERCENT = regex(r"(\d+)%")
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
        self.replicas = ground.replicas(workload)
        self.counted = counted(self.replicas, "replica")

    def _say(self, topic: str, verdict: Verdict, text: str) -> Statement:
        return Statement(topic, verdict, text, str(self.workload))

    def budget(self) -> Iterator[Statement]:
        budgets = [
            item
            for item in self.ground.kind("PodDisruptionBudget")
            if item.namespace == self.workload.namespace
            and matches(under(item.data, ("spec", "selector")), self.workload.pod_labels) is not False
        ]
        for item in budgets:
            least = value_at(item.data, ("spec", "minAvailable"))
            most = value_at(item.data, ("spec", "maxUnavailable"))
            told = f"minAvailable {least}" if least is not None else f"maxUnavailable {most}"
            told = told if (least, most) != (None, None) else "without a number"
            if blocks(least, most, self.replicas):
                text = f"{item} ({told}) with {self.counted} lets no pod be evicted: a drain waits for ever"
                yield self._say("budget", "warning", text)
            else:
                yield self._say("budget", "good", f"{item} ({told}) with {self.counted} lets a drain go on")
        if not budgets:
            verdict: Verdict = "note" if self.replicas > 1 else "good"
            yield self._say(
                "budget", verdict, f"no disruption budget over {self.counted}: a drain goes through"
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
        unknown = [name for name, modes in claims if not modes]
        volume = f" on the {_modes(claims)} volume {', '.join(single)}" if single else ""
        surge = value_at(self.spec, ("strategy", "rollingUpdate", "maxSurge"))
        if strategy == "Recreate":
            text = f"Recreate{volume}: every rollout stops the service until the new pod is ready"
            yield self._say("rollout", "note", text)
        elif single and surge in (0, "0", "0%"):
            text = (
                f"RollingUpdate without a surge{volume}: every rollout stops a pod before its new one starts"
            )
            yield self._say("rollout", "note", text)
        elif single:
            text = f"RollingUpdate{volume}: on another node the new pod waits for the old one to let go of it"
            yield self._say("rollout", "warning", text)
        elif unknown:
            text = f"RollingUpdate on the volume {', '.join(unknown)}, whose claim is not in this repository"
            text += ": where only one node may mount it, the new pod waits for the old one"
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
            set(modes) & {"ReadWriteOnce", "ReadWriteOncePod"} for _, modes in self._claims()
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
        counts = [
            under(one.data, ("spec",)).get("replicas", 1) for one in mates(self.ground, self.server.backend)
        ]
        return max(sum(count for count in counts if isinstance(count, int)) - 1, 0)

    def persistence(self) -> Iterator[Statement]:
        if self.server.backend.role.database_kind == "none":
            return
        claims = self._claims()
        templates = maps_at(self.spec, ("volumeClaimTemplates",))
        if templates:
            yield self._say("persistence", "good", f"a volume for each of {self.counted} ({_modes(claims)})")
        elif claims:
            shared = f", shared by {self.counted}" if self.replicas > 1 else ""
            text = f"one volume ({_modes(claims)}){shared}"
            yield self._say("persistence", "warning" if self.replicas > 1 else "good", text)
        else:
            others = ", ".join(f"{name} ({kind})" for name, kind in self._lasting())
            text = (
                f"no claim: what it holds is gone with the pod, unless it lies in the volume {others}"
                if others
                else "no volume that outlives the pod: what it holds is gone with it"
            )
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
        annotations = under(self.workload.data, (*self.pod.path[:-1], "metadata", "annotations"))
        noted = any(
            str(value).lower() == "true" and key.endswith("/scrape")
            for one in (annotations, *(under(i.data, ("metadata", "annotations")) for i in self._services()))
            for key, value in one.items()
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

    def _services(self) -> list[Item]:
        """The Services that lead to its pods."""
        return [
            item
            for item in self.ground.kind("Service")
            if item.namespace == self.workload.namespace
            and selects(under(item.data, ("spec", "selector")), self.workload.pod_labels)
        ]

    def _is_scraped(self, item: Item) -> bool:
        """Whether a monitor takes its pods, or a Service before them; one without namespaces takes those of its own."""
        selector = value_at(item.data, ("spec", "selector"))
        if not isinstance(selector, dict):
            return False
        spaces = under(item.data, ("spec", "namespaceSelector"))
        named = spaces.get("matchNames")
        own = named if isinstance(named, list) and named else [item.namespace]
        if spaces.get("any") is not True and self.workload.namespace not in own:
            return False
        if item.kind in _OF_PODS:
            return matches(selector, self.workload.pod_labels) is not False
        return any(matches(selector, under(one.data, ("metadata", "labels"))) for one in self._services())

    def containers(self, playbooks: Playbooks) -> Iterator[Statement]:
        if self.pod.spec.get("automountServiceAccountToken") is not False:
            yield self._say(
                "token",
                "note",
                "the service account's token is mounted (automountServiceAccountToken is not false)",
            )
        for container in self.pod.containers:
            if not container.lasts:
                continue
            yield from self._resources(container)
            yield from self._user(container, playbooks)

    def _resources(self, container: Container) -> Iterator[Statement]:
        resources = container.spec.get("resources")
        # What has a limit and no request is given its limit as the request.
        there = {
            "requests": value_at(resources, ("requests",)) or value_at(resources, ("limits",)),
            "memory limit": value_at(resources, ("limits", "memory")),
        }
        lacking = [what for what, found in there.items() if not found]
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
            closed = group is None and bool(self._claims())
            verdict: Verdict = "warning" if closed else "note"
            yield self._say(
                "user", verdict, text + (", and no fsGroup gives it the volume" if closed else "")
            )
        elif user == member.uid:
            yield self._say(
                "user", "good", f"{container.name} runs as {user}, as the hardened image {member.target}"
            )
        else:
            other = f"the hardened image {member.target} has {member.uid}"
            text = f"{container.name} is set to run as {user}; {other}: what is set stays and decides"
            yield self._say("user", "note", text)

    def _lasting(self) -> Iterator[tuple[str, str]]:
        """Name and kind of the volumes that stay where a pod goes, and are no claims."""
        for volume in maps_at(self.pod.spec, ("volumes",)):
            for kind in volume.keys() - _PASSING:
                yield str(volume.get("name")), str(kind)

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
    """Whether a budget lets no pod be evicted; Kubernetes rounds percentages up."""
    if least is None:
        return most in (0, "0%", "0")
    percent = _PERCENT.fullmatch(str(least))
    number = -(-int(percent[1]) * replicas // 100) if percent else least
    return isinstance(number, int) and number >= replicas > 0


def _users(backend: Backend, uses: Sequence[Use]) -> Iterator[Statement]:
    names = sorted({use.who for use in uses})
    if names:
        text = f"it has users of its own: one is needed for each of {', '.join(names)}"
        yield Statement("users", "note", text, str(backend.item))


def _modes(claims: Sequence[tuple[str, Sequence[str]]]) -> str:
    return ", ".join(dict.fromkeys(mode for _, modes in claims for mode in modes)) or "access mode unknown"


def _strings(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
