"""What a cluster answers, held against what was rendered: each kind of answer, without a cluster."""

import json

import pytest

from migrate_dhi.audit.answers import run_checks
from migrate_dhi.audit.checks import Check, checks
from migrate_dhi.audit.kubectl import Answer, refusal
from tests.audit.grounds import SERVER, clients_of, ground_of, pod


class Told:
    """A cluster that gives one answer to everything, and remembers what it was asked."""

    def __init__(self, stdout="", stderr="", *, ok=True):
        self.answer = Answer(ok, stdout if isinstance(stdout, str) else json.dumps(stdout), stderr)
        self.asked = []

    def ask(self, words):
        self.asked.append(words)
        return self.answer


def answered(check, *args, **kwargs):
    [found] = run_checks((check,), Told(*args, **kwargs))
    return found.verdict, list(found.found)


GET = ("get", "deployment", "web", "-n", "app")


def of_object(text, live):
    [item] = ground_of(text).items
    return answered(Check("rollout", GET, "", item=item), live)


def deployment(spec):
    return f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  template:\n    spec: {spec}\n"


@pytest.mark.parametrize(
    ("wanted", "there", "same"),
    [
        ("500m", "500m", True),
        ("0.5", "500m", True),
        (".5", "500m", True),
        ("1000m", "1", True),
        ("1.0", "1", True),
        ("1000M", "1G", True),
        ("1024Mi", "1Gi", True),
        ("1.5Gi", "1536Mi", True),
        ("0.1", "100m", True),
        ("1Gi", "1G", False),
        ("1Gi", "2Gi", False),
        ("500m", "5", False),
        ("1Mi", "1", False),
    ],
)
def test_quantities_are_compared_as_numbers(wanted, there, same):
    text = deployment(f"{{containers: [{{name: a, resources: {{limits: {{memory: '{wanted}'}}}}}}]}}")
    live = {"containers": [{"name": "a", "resources": {"limits": {"memory": there}}}]}

    verdict, found = of_object(text, {"spec": {"template": {"spec": live}}})

    assert verdict == ("as planned" if same else "different")
    assert found == (
        []
        if same
        else [
            (
                f"spec.template.spec.containers[a].resources.limits.memory is {json.dumps(there)}, "
                f"and {json.dumps(wanted)} in the manifests"
            )
        ]
    )


@pytest.mark.parametrize(
    ("wanted", "there", "same"),
    [
        # What a server adds or leaves out is no difference.
        ("{a: x}", {"a": "x", "b": "y"}, True),
        ("{a: ''}", {}, True),
        ("{a: false}", {}, True),
        ("{a: 0}", {}, True),
        ("{a: null}", {"a": 1}, True),
        ("{a: {}}", {}, True),
        ("{a: []}", {}, True),
        ("{a: '8080'}", {"a": 8080}, True),
        ("{a: true}", {}, False),
        ("{a: x}", {}, False),
        ("{a: x}", {"a": "y"}, False),
        ("{a: true}", {"a": False}, False),
        ("{a: [1]}", {}, False),
        ("{a: [1, 2]}", {"a": [1]}, False),
        ("{a: []}", {"a": [1]}, False),
        ("{a: [{b: 1}]}", {"a": [{"b": 2}]}, False),
        ("{a: {b: c}}", {"a": "b"}, False),
        ("{a: b}", {"a": {"b": "c"}}, False),
    ],
)
def test_fields_of_an_object(wanted, there, same):
    verdict, found = of_object(deployment(wanted), {"spec": {"template": {"spec": there}}})

    assert (verdict, bool(found)) == (("as planned", False) if same else ("different", True))


def test_an_object_without_a_spec_differs_and_a_secret_is_not_shown():
    verdict, found = of_object(deployment("{password: canary-one}"), {"spec": None})

    assert verdict == "different"
    assert "canary" not in str(found)


def test_no_more_than_six_differences_are_told():
    wanted = "{" + ", ".join(f"k{n}: {n + 1}" for n in range(9)) + "}"

    assert len(of_object(deployment(wanted), {})[1]) == 6


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ({"readyReplicas": 2}, []),
        ({"readyReplicas": 1}, ["1 of 2 ready"]),
        ({}, ["0 of 2 ready"]),
        ({"readyReplicas": 2, "phase": "Bound"}, []),
        ({"readyReplicas": 2, "phase": "Lost"}, ["its phase is Lost"]),
        ({"readyReplicas": 2, "disruptionsAllowed": 1}, []),
        ({"readyReplicas": 2, "disruptionsAllowed": 0}, ["no disruption is allowed now: a drain waits"]),
    ],
)
def test_what_a_status_says(status, found):
    text = deployment("{containers: [{name: a}]}").replace("spec:\n", "spec:\n  replicas: 2\n", 1)
    live = {"spec": {"replicas": 2, "template": {"spec": {"containers": [{"name": "a"}]}}}, "status": status}

    assert of_object(text, live) == ("different" if found else "as planned", found)


def one(name="p", image="example/web:1", phase="Running", **status):
    listed = [{"name": "main", "ready": True, "restartCount": 0, **status}]
    return {
        "metadata": {"name": name},
        "spec": {"containers": [{"name": "main", "image": image}, {"name": "mesh", "image": "mesh:1"}]},
        "status": {"phase": phase, "containerStatuses": listed},
    }


@pytest.mark.parametrize(
    ("pods", "found"),
    [
        ([one()], []),
        ([], ["0 pods, and 1 in the manifests"]),
        ([one("p"), one("q")], ["2 pods, and 1 in the manifests"]),
        ([one(phase="Pending")], ["p is Pending"]),
        (
            [one(image="example/web:2")],
            ["p runs example/web:2, and example/web:1 is in the manifests"],
        ),
        ([one(ready=False)], ["p: main is not ready"]),
        (
            [one(ready=False, state={"waiting": {"reason": "CrashLoopBackOff"}})],
            ["p: main waits: CrashLoopBackOff"],
        ),
        ([one(restartCount=3)], ["p: main was restarted 3 times"]),
    ],
)
def test_pods(pods, found):
    [item] = ground_of(pod("tty: false")).items

    assert answered(Check("pods", GET, "", pods=item, count=1), {"items": pods}) == (
        "different" if found else "as planned",
        found,
    )


def test_pods_whose_number_the_cluster_decides_are_not_counted():
    [item] = ground_of(pod("tty: false")).items

    assert answered(Check("pods", GET, "", pods=item), {"items": [one("p"), one("q")]})[0] == "as planned"


@pytest.mark.parametrize(
    ("check", "answer", "verdict"),
    [
        ({"query": True, "words": ("up",)}, {}, "not run"),
        ({"words": ("delete", "pod", "x")}, {}, "not run"),
        ({"words": ("get", "secret", "x")}, {}, "not run"),
        ({}, {"stderr": 'deployments.apps "web" not found', "ok": False}, "not there"),
        ({}, {"stderr": "Error from server (NotFound): x", "ok": False}, "not there"),
        ({}, {"stderr": "connection refused", "ok": False}, "not run"),
        ({}, {"stdout": "web 1/1"}, "answered"),
        ({"complaints": ("NOAUTH",)}, {"stdout": "fine"}, "as planned"),
        ({"complaints": ("NOAUTH",)}, {"stdout": "a\nNOAUTH\nNOAUTH"}, "different"),
        ({"item": True}, {"stdout": "<html>"}, "not run"),
    ],
)
def test_verdicts(check, answer, verdict):
    item = ground_of(pod("tty: false")).items[0] if check.pop("item", False) else None
    cluster = Told(**answer)

    [found] = run_checks((Check("x", check.pop("words", GET), "", item=item, **check),), cluster)

    assert found.verdict == verdict
    assert bool(cluster.asked) is (not refusal(found.check.words) and not found.check.query)
    assert found.to_json()["verdict"] == verdict


def test_lines_of_a_log_are_counted_and_not_repeated():
    check = Check("logs", GET, "", complaints=("NOAUTH", "[Rr]ead-only", "MISCONF"))

    _, found = answered(check, "NOAUTH canary\nNOAUTH read-only\nRead-only\nfine")

    assert found == ["2 lines hold NOAUTH", "2 lines hold [Rr]ead-only"]


def test_a_long_answer_is_cut():
    _, found = answered(Check("x", GET, ""), "\n".join(f"row  {n}" for n in range(9)))

    assert found == [*(f"row {n}" for n in range(6)), "and 3 more lines"]


def test_what_stands_beside_an_empty_answer_is_told():
    assert answered(Check("x", GET, ""), "", "No resources found") == ("answered", ["No resources found"])


# --- what is asked


def listed(*texts):
    clients = clients_of(*texts)
    backend = clients.backend(clients.uses[0].address)
    return checks(clients.ground, backend, clients.uses)


CLIENT = pod("env: [{name: REDIS_HOST, value: cache.data.svc}]")
SCALER = (
    "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: s, namespace: data}\n"
    "spec: {scaleTargetRef: {kind: StatefulSet, name: cache}, minReplicas: 2}\n"
)


@pytest.mark.parametrize(
    ("change", "scaler", "ready", "count"),
    [
        (("", ""), "", "1 of 1 ready", 1),
        (("spec:\n  template", "spec:\n  replicas: 3\n  template"), "", "3 of 3 ready", 3),
        (("spec:\n  template", "spec:\n  replicas: 0\n  template"), "", "0 of 0 ready", 0),
        (("kind: StatefulSet", "kind: DaemonSet"), "", "a pod ready on each node", None),
        (("", ""), SCALER, "at least 2 ready", None),
    ],
)
def test_how_many_pods_are_good(change, scaler, ready, count):
    found = {check.topic: check for check in listed(SERVER.replace(*change), CLIENT, scaler)}

    assert found["rollout"].expect == ready
    assert found["pods"].count == count
    assert found["pods"].expect.startswith("all " if count is None else f"{count} ")


def test_everything_of_a_server_is_looked_at():
    volume = """
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: d-cache-1, namespace: data}
spec: {accessModes: [ReadWriteOnce]}
"""
    budget = """
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: b, namespace: data}
spec: {minAvailable: 1, selector: {}}
"""
    elsewhere = budget.replace("namespace: data", "namespace: app")
    server = SERVER.replace("spec:\n  template", "spec:\n  replicas: 2\n  template").replace(
        "    spec: {containers",
        "    spec: {volumes: [{name: c, configMap: {name: conf}}, {name: e, emptyDir: {}},"
        " {name: x, persistentVolumeClaim: {claimName: extra}}], containers",
    )
    server = server.replace(
        "  template:", "  volumeClaimTemplates: [{metadata: {name: d}, spec: {}}]\n  template:"
    )

    found = listed(server, CLIENT, volume, budget, elsewhere)

    commands = [(check.topic, " ".join(check.words)) for check in found]
    assert commands == [
        ("rollout", "get statefulset cache -n data"),
        ("pods", "get pods -n data -l app=cache"),
        ("logs", "logs statefulset/cache -n data --tail=200 --all-containers"),
        ("memory", "top pods -n data -l app=cache"),
        ("trouble", "describe pods -n data -l app=cache"),
        ("volume", "get pvc extra -n data"),
        ("volume", "get pvc d-cache-0 -n data"),
        ("volume", "get pvc d-cache-1 -n data"),
        (
            "usage",
            (
                'kubelet_volume_stats_used_bytes{namespace="data",persistentvolumeclaim=~"extra|d-cache-0|d-cache-1"} / '
                'kubelet_volume_stats_capacity_bytes{namespace="data",persistentvolumeclaim=~"extra|d-cache-0|d-cache-1"}'
            ),
        ),
        ("budget", "get pdb b -n data"),
        ("settings", "get configmap conf -n data"),
        ("service", "get service cache -n data"),
        ("endpoints", "get endpointslices -n data -l kubernetes.io/service-name=cache"),
        ("images", "get events -n data --field-selector reason=Failed"),
        ("pending", "get pods -n data --field-selector status.phase=Pending"),
        ("reach", "get networkpolicies -n data"),
        ("client", "get deployment web -n app"),
        ("client logs", "logs deployment/web -n app --tail=200 --all-containers"),
    ]
    assert [check.item.name for check in found if check.topic == "volume" and check.item] == ["d-cache-1"]
    assert [refusal(check.words) for check in found if not check.query] == [""] * (len(found) - 1)


def test_what_an_operator_makes_is_asked_for_by_its_kind():
    cluster = (
        "apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: pg, namespace: data}\nspec: {}\n"
    )
    client = pod("env: [{name: DATABASE_URL, value: 'postgres://u@pg-rw.data.svc/app'}]")

    [service] = [check for check in listed(cluster, client) if check.topic == "service"]

    assert service.words == ("get", "cluster.postgresql.cnpg.io", "pg", "-n", "data")
    assert service.item is None


def test_only_eight_clients_are_looked_at():
    clients = [CLIENT.replace("name: web", f"name: web{n}") for n in range(10)]

    assert sum(check.topic == "client" for check in listed(SERVER, *clients)) == 8


@pytest.mark.parametrize(
    ("init", "images"),
    [
        ("", "example/cache:1"),
        ("initContainers: [{name: first, image: 'example/first:1'}], ", "example/cache:1"),
        # What goes on running beside the others is one of them.
        (
            "initContainers: [{name: side, image: 'example/side:1', restartPolicy: Always}], ",
            "example/side:1, example/cache:1",
        ),
    ],
)
def test_the_images_of_what_runs_are_looked_for(init, images):
    old, new = (
        "containers: [{name: cache, image: valkey/valkey:9}]",
        "containers: [{name: c, image: 'example/cache:1'}]",
    )

    found = listed(SERVER.replace(old, init + new), CLIENT)

    [pods] = [check for check in found if check.topic == "pods"]

    assert pods.expect.endswith(f", images {images}")
