"""What a drain, a rollout and more replicas would do to a backend."""

import pytest

from migrate_dhi.audit.operation import statements
from migrate_dhi.audit.server import Server
from migrate_dhi.dhi.playbook import load_playbooks
from tests.audit.grounds import clients_of

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: cache}\nspec: {selector: {app: cache}, ports: [{port: 6379}]}\n"
BUDGET = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: b}\nspec: {selector: {matchLabels: {app: cache}}, %s}\n"
CLAIM = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {accessModes: [%s]}\n"


def workload(kind="Deployment", spec="", pod="", container=""):
    return (
        f"apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: cache}}\nspec:\n  {spec or 'paused: false'}\n"
        "  template:\n    metadata: {labels: {app: cache}}\n    spec:\n"
        f"      {pod or 'hostNetwork: false'}\n"
        f"      containers: [{{name: cache, image: valkey/valkey:9, {container or 'stdin: false'}}}]\n"
    )


def said(topic, *texts, service=SERVICE):
    clients = clients_of(service, *texts)
    [backend] = clients._backends.values()
    server = Server(clients.ground, backend, clients.readers)
    found = statements(clients.ground, server, (), load_playbooks())
    return [(one.verdict, one.text) for one in found if one.topic == topic]


@pytest.mark.parametrize(
    ("budget", "replicas", "verdict"),
    [
        ("minAvailable: 1", 1, "warning"),
        ("minAvailable: 1", 2, "good"),
        ("minAvailable: 2", 2, "warning"),
        ("minAvailable: 0", 1, "good"),
        ("minAvailable: 100%", 3, "warning"),
        # Rounded up: half of one pod is one pod, two thirds of two are two.
        ("minAvailable: 50%", 1, "warning"),
        ("minAvailable: 50%", 2, "good"),
        ("minAvailable: 51%", 2, "warning"),
        ("minAvailable: 0%", 1, "good"),
        ("maxUnavailable: 0", 3, "warning"),
        ("maxUnavailable: 0%", 3, "warning"),
        ("maxUnavailable: 1%", 3, "good"),
        ("maxUnavailable: 1", 1, "good"),
        ("unhealthyPodEvictionPolicy: AlwaysAllow", 1, "good"),
    ],
)
def test_budgets(budget, replicas, verdict):
    [(found, text)] = said("budget", workload(spec=f"replicas: {replicas}"), BUDGET % budget)

    assert found == verdict
    assert ("waits for ever" in text) is (verdict == "warning")
    assert "None" not in text


@pytest.mark.parametrize(
    ("selector", "count"),
    [
        ("{matchLabels: {app: cache}}", 1),
        ("{}", 1),
        ("{matchExpressions: [{key: app, operator: In, values: [cache]}]}", 1),
        ("{matchLabels: {app: other}}", 0),
        ("{matchExpressions: [{key: app, operator: NotIn, values: [cache]}]}", 0),
    ],
)
def test_a_budget_that_selects_its_pods(selector, count):
    budget = (BUDGET % "minAvailable: 1").replace("{matchLabels: {app: cache}}", selector)

    [(verdict, text)] = said("budget", workload(), budget)

    assert (verdict == "warning", "no disruption budget" in text) == (bool(count), not count)


def test_a_budget_of_another_namespace_holds_nothing_up():
    budget = (BUDGET % "minAvailable: 1").replace("name: b", "name: b, namespace: other")

    assert said("budget", workload()) == said("budget", workload(), budget)
    assert said("budget", workload())[0][0] == "good"


def test_two_budgets_over_one_pod_refuse_every_eviction():
    budget = BUDGET % "maxUnavailable: 1"

    found = said("budget", workload(spec="replicas: 3"), budget, budget.replace("name: b", "name: c"))

    assert [verdict for verdict, _ in found] == ["good", "good", "warning"]
    assert "more than one budget" in found[-1][1]


def scaler(kind, spec):
    return f"apiVersion: example/v1\nkind: {kind}\nmetadata: {{name: s}}\nspec: {{{spec}}}\n"


HORIZONTAL = "scaleTargetRef: {kind: Deployment, name: cache}"


@pytest.mark.parametrize(
    ("spec", "scaler", "verdict"),
    [
        ("paused: false", "", "warning"),
        (
            "paused: false",
            scaler("HorizontalPodAutoscaler", f"{HORIZONTAL}, minReplicas: 2"),
            "good",
        ),
        ("replicas: 5", scaler("HorizontalPodAutoscaler", HORIZONTAL), "warning"),
        (
            "paused: false",
            scaler("HorizontalPodAutoscaler", "scaleTargetRef: {kind: Deployment, name: b}, minReplicas: 2"),
            "warning",
        ),
        (
            "paused: false",
            scaler(
                "HorizontalPodAutoscaler", "scaleTargetRef: {kind: StatefulSet, name: cache}, minReplicas: 2"
            ),
            "warning",
        ),
        (
            "paused: false",
            scaler("ScaledObject", "scaleTargetRef: {name: cache}, minReplicaCount: 2"),
            "good",
        ),
        # Down to none where nothing asks for it: then no pod waits.
        ("replicas: 1", scaler("ScaledObject", "scaleTargetRef: {name: cache}"), "good"),
    ],
)
def test_what_scales_a_workload_says_how_many_pods_there_are(spec, scaler, verdict):
    assert said("budget", workload(spec=spec), BUDGET % "minAvailable: 1", scaler)[0][0] == verdict


@pytest.mark.parametrize(
    ("strategy", "claim", "verdict", "text"),
    [
        (
            "strategy: {type: Recreate}",
            "ReadWriteOnce",
            "note",
            "Recreate on the ReadWriteOnce volume data: every",
        ),
        ("strategy: {type: Recreate}", "ReadWriteMany", "note", "Recreate: every rollout stops"),
        ("paused: false", "ReadWriteOnce", "warning", "the new pod waits for the old one"),
        ("paused: false", "ReadWriteOncePod", "warning", "the new pod waits for the old one"),
        (
            "strategy: {rollingUpdate: {maxSurge: 1}}",
            "ReadWriteOnce",
            "warning",
            "the new pod waits for the old one",
        ),
        # Without a surge the old pod goes first: nothing waits.
        ("strategy: {rollingUpdate: {maxSurge: 0}}", "ReadWriteOnce", "note", "without a surge"),
        ("strategy: {rollingUpdate: {maxSurge: 0%}}", "ReadWriteOnce", "note", "without a surge"),
        ("paused: false", "ReadWriteMany", "good", "no volume that only one node may mount"),
        # Nothing is known of a claim that is made elsewhere.
        ("paused: false", "", "note", "data, whose claim is not in this repository"),
    ],
)
def test_strategy_and_volume(strategy, claim, verdict, text):
    pod = "volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]"
    claims = [CLAIM % claim] if claim else []

    [(found, told)] = said("rollout", workload(spec=strategy, pod=pod), *claims)

    assert found == verdict
    assert text in told


def test_a_rollout_without_volumes_is_good_and_a_statefulset_has_none():
    assert said("rollout", workload())[0][0] == "good"
    assert said("rollout", workload("StatefulSet")) == []


def test_replicas_on_one_node():
    apart = "topologySpreadConstraints: [{maxSkew: 1}]"

    assert said("spread", workload(spec="replicas: 3"))[0][0] == "warning"
    assert said("spread", workload(spec="replicas: 3", pod=apart))[0][0] == "good"


@pytest.mark.parametrize(
    ("pod", "mode", "lacks"),
    [
        ("hostNetwork: false", "", "it needs anti-affinity or spread constraints"),
        ("topologySpreadConstraints: [{maxSkew: 1}]", "", "1 replica"),
        ("affinity: {podAntiAffinity: {}}", "", "it needs anti-affinity or spread constraints"),
        (
            "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{}]}}",
            "",
            "1 replica",
        ),
        (
            (
                "topologySpreadConstraints: [{}]\n"
                "      volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]"
            ),
            "ReadWriteOncePod",
            "it needs a volume for each replica (a Deployment shares its one claim)",
        ),
    ],
)
def test_what_a_single_replica_lacks_before_there_are_more(pod, mode, lacks):
    claims = [CLAIM % mode] if mode else []

    [(verdict, text)] = said("spread", workload(pod=pod), *claims)

    assert verdict == "note"
    assert text.endswith(lacks)


@pytest.mark.parametrize(("least", "verdict"), [(1, "good"), (2, "good"), (3, "warning")])
def test_replicas_to_write(least, verdict):
    arguments = f"args: [--min-replicas-to-write, '{least}']"

    [(found, _)] = said("write", workload("StatefulSet", "replicas: 3", container=arguments))

    assert found == verdict


def test_replicas_of_other_releases_do_not_count_for_writing():
    arguments = "args: [--min-replicas-to-write, '1']"
    far = workload("StatefulSet").replace("{name: cache}", "{name: cache, namespace: far}")

    assert said("write", workload("StatefulSet", container=arguments))[0][0] == "warning"
    assert said("write", workload("StatefulSet", container=arguments), far)[0][0] == "warning"


@pytest.mark.parametrize(
    ("kind", "spec", "pod", "verdict", "text"),
    [
        (
            "StatefulSet",
            "volumeClaimTemplates: [{metadata: {name: d}, spec: {accessModes: [ReadWriteOnce]}}]",
            "",
            "good",
            "a volume for each of 1 replica (ReadWriteOnce)",
        ),
        ("StatefulSet", "", "", "note", "no volume that outlives the pod: what it holds is gone with it"),
        ("Deployment", "", "{name: d, emptyDir: {}}", "note", "no volume that outlives the pod"),
        (
            "Deployment",
            "",
            "{name: d, persistentVolumeClaim: {claimName: data}}",
            "good",
            "one volume (ReadWriteMany)",
        ),
        (
            "Deployment",
            "replicas: 2",
            "{name: d, persistentVolumeClaim: {claimName: data}}",
            "warning",
            "one volume (ReadWriteMany), shared by 2 replicas",
        ),
        (
            "Deployment",
            "",
            "{name: d, persistentVolumeClaim: {claimName: other}}",
            "good",
            "one volume (access mode unknown)",
        ),
        # It may well be where the data lies.
        ("Deployment", "", "{name: d, hostPath: {path: /srv}}", "note", "lies in the volume d (hostPath)"),
        ("Deployment", "", "{name: d, nfs: {path: /srv}}", "note", "lies in the volume d (nfs)"),
    ],
)
def test_what_outlives_the_pod(kind, spec, pod, verdict, text):
    volumes = f"volumes: [{pod}]" if pod else ""

    [(found, told)] = said("persistence", workload(kind, spec, volumes), CLAIM % "ReadWriteMany")

    assert found == verdict
    assert text in told


BOTH = workload().replace(
    "containers: [", "containers: [{name: metrics, image: oliver006/redis_exporter:1}, "
)
MONITOR = "apiVersion: monitoring.coreos.com/v1\nkind: %s\nmetadata: {name: m, namespace: %s}\nspec: %s\n"


@pytest.mark.parametrize(
    ("kind", "namespace", "spec", "scraped"),
    [
        ("PodMonitor", "app", "{selector: {matchLabels: {app: cache}}}", True),
        ("PodMonitor", "app", "{selector: {}}", True),
        ("PodMonitor", "app", "{selector: {matchExpressions: [{key: app, operator: Exists}]}}", True),
        ("PodMonitor", "app", "{selector: {matchLabels: {app: other}}}", False),
        ("VMPodScrape", "app", "{selector: {matchLabels: {app: cache}}}", True),
        ("ServiceMonitor", "app", "{selector: {matchLabels: {tier: data}}}", True),
        ("VMServiceScrape", "app", "{selector: {matchLabels: {tier: data}}}", True),
        # The labels of the pods are not those of the Service.
        ("ServiceMonitor", "app", "{selector: {matchLabels: {app: cache}}}", False),
        ("PodMonitor", "app", "{selector: {matchLabels: {tier: data}}}", False),
        # One without namespaces takes what is in its own.
        ("PodMonitor", "metrics", "{selector: {matchLabels: {app: cache}}}", False),
        ("PodMonitor", "metrics", "{selector: {}, namespaceSelector: {any: true}}", True),
        ("PodMonitor", "metrics", "{selector: {}, namespaceSelector: {matchNames: [app]}}", True),
        ("PodMonitor", "app", "{selector: {}, namespaceSelector: {matchNames: [metrics]}}", False),
        ("ScrapeConfig", "app", "{staticConfigs: []}", False),
    ],
)
def test_what_scrapes_an_exporter(kind, namespace, spec, scraped):
    service = SERVICE.replace("{name: cache}", "{name: cache, labels: {tier: data}}")

    [(verdict, _)] = said("monitoring", BOTH, MONITOR % (kind, namespace, spec), service=service)

    assert verdict == ("good" if scraped else "warning")


@pytest.mark.parametrize("place", ["pod", "service"])
@pytest.mark.parametrize(("value", "verdict"), [("true", "good"), ("false", "warning")])
def test_annotations_that_ask_for_a_scrape(place, value, verdict):
    noted = f"annotations: {{prometheus.io/scrape: '{value}'}}"
    pods = BOTH.replace("labels: {app: cache}", f"labels: {{app: cache}}, {noted}")
    service = SERVICE.replace("{name: cache}", f"{{name: cache, {noted}}}")

    found = said("monitoring", pods) if place == "pod" else said("monitoring", BOTH, service=service)

    assert found[0][0] == verdict


def test_a_server_without_an_exporter():
    monitor = MONITOR % ("PodMonitor", "app", "{selector: {}}")

    assert said("monitoring", workload()) == [("note", "no exporter beside it")]
    assert said("monitoring", workload(), monitor) == [
        ("note", "no exporter beside it, though it is scraped")
    ]


@pytest.mark.parametrize(
    ("container", "lacking"),
    [
        ("", ["no requests and no memory limit"]),
        ("resources: {requests: {cpu: 1}}", ["no memory limit"]),
        # What has a limit and no request is given its limit as the request.
        ("resources: {limits: {cpu: 1}}", ["no memory limit"]),
        ("resources: {limits: {memory: 1Gi}}", []),
        ("resources: {requests: {}, limits: {}}", ["no requests and no memory limit"]),
        ("resources: {requests: {cpu: 1}, limits: {memory: 1Gi}}", []),
    ],
)
def test_resources_that_lack(container, lacking):
    found = said("resources", workload(container=container))

    assert found == [("note", f"the container cache has {one}") for one in lacking]


@pytest.mark.parametrize(
    ("pod", "count"),
    [("", 1), ("automountServiceAccountToken: true", 1), ("automountServiceAccountToken: false", 0)],
)
def test_a_token_that_is_mounted(pod, count):
    assert len(said("token", workload(pod=pod))) == count


@pytest.mark.parametrize(
    ("pod", "verdict", "text"),
    [
        # without a volume there is nothing to give
        ("", "note", "runs as 65532"),
        ("securityContext: {fsGroup: 65532}", "note", "runs as 65532"),
        (
            "volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]",
            "warning",
            "and no fsGroup gives it the volume",
        ),
        (
            (
                "securityContext: {fsGroup: 65532}\n"
                "      volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]"
            ),
            "note",
            "runs as 65532",
        ),
    ],
)
def test_a_user_that_is_not_set(pod, verdict, text):
    [(found, told)] = said("user", workload(pod=pod))

    assert (found, told.endswith(text)) == (verdict, True)


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ("", []),
        ("restartPolicy: Always, ", ["side"]),
        ("restartPolicy: OnFailure, ", []),
    ],
)
def test_an_init_container_counts_where_it_goes_on_running(keys, told):
    pod = f"initContainers: [{{name: side, {keys}image: docker.io/acme/side:1}}]"

    found = [text for _, text in said("resources", workload(pod=pod))]

    assert found == [f"the container {name} has no requests and no memory limit" for name in (*told, "cache")]


def test_nothing_is_said_of_jobs():
    job = workload().replace("kind: Deployment", "kind: Job").replace("apps/v1", "batch/v1")

    assert said("spread", workload(), job.replace("{name: cache}", "{name: job}")) == said(
        "spread", workload()
    )


@pytest.mark.parametrize(("user", "verdict"), [(65532, "good"), (1000, "note")])
def test_the_user_against_that_of_the_hardened_image(user, verdict):
    container = f"securityContext: {{runAsUser: {user}}}"

    assert said("user", workload(container=container))[0][0] == verdict
