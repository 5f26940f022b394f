"""Commands that only look: for exactly these objects, run by a real kubectl against a server on loopback."""

import os
from pathlib import Path

import pytest

from migrate_dhi.audit.kubectl import Kubectl, refusal
from migrate_dhi.cli import run
from migrate_dhi.errors import UsageError
from tests.audit.cluster import Cluster
from tests.audit.conftest import audited

FOLDER = Path(os.environ.get("MIGRATE_DHI_TEST_HELM") or Path.home() / ".cache/migrate-dhi-test/helm")
KUBECTLS = sorted(FOLDER.glob("kubectl-of-*"))
LABELS = {"app.kubernetes.io/name": "valkey", "app.kubernetes.io/instance": "valkey"}
IMAGE = "docker.io/valkey/valkey:9.0.2"


def running(**changes):
    """The objects of the cluster as the estate's manifests have them, with a server's defaults."""
    template = {
        "metadata": {"labels": LABELS},
        "spec": {
            "securityContext": {"fsGroup": 1000, "runAsUser": 1000},
            "dnsPolicy": "ClusterFirst",
            "containers": [
                {
                    "name": "valkey",
                    "image": IMAGE,
                    "command": ["valkey-server", "/etc/valkey/valkey.conf"],
                    "ports": [{"name": "tcp", "containerPort": 6379, "protocol": "TCP"}],
                    "readinessProbe": {
                        "exec": {"command": ["sh", "-c", "valkey-cli ping"]},
                        "periodSeconds": 10,
                    },
                    "volumeMounts": [
                        {"name": "data", "mountPath": "/data"},
                        {"name": "config", "mountPath": "/etc/valkey"},
                    ],
                }
            ],
            "volumes": [
                {"name": "data", "persistentVolumeClaim": {"claimName": "valkey-data"}},
                {"name": "config", "configMap": {"name": "valkey-config", "defaultMode": 420}},
            ],
        },
    }
    named = {"name": "valkey", "namespace": "cache"}
    objects = {
        "deployments/cache/valkey": {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": named,
            "spec": {
                "replicas": 1,
                "strategy": {"type": "Recreate"},
                "selector": {"matchLabels": LABELS},
                "template": template,
            },
            "status": {"readyReplicas": 1},
        },
        "pods/cache/valkey-1": {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "valkey-1", "namespace": "cache", "labels": LABELS},
            "spec": {"containers": [{"name": "valkey", "image": changes.get("image", IMAGE)}]},
            "status": {
                "phase": "Running",
                "containerStatuses": [
                    {"name": "valkey", "ready": True, "restartCount": changes.get("restarts", 0)}
                ],
            },
        },
        "services/cache/valkey": {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": named,
            "spec": {
                "selector": LABELS,
                "clusterIP": "10.0.0.1",
                "ports": [
                    {"name": "tcp", "port": changes.get("port", 6379), "targetPort": "tcp", "protocol": "TCP"}
                ],
            },
        },
        "persistentvolumeclaims/cache/valkey-data": {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "valkey-data", "namespace": "cache"},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}},
            "status": {"phase": "Bound"},
        },
        "poddisruptionbudgets/cache/valkey": {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": named,
            "spec": {"minAvailable": 1, "selector": {"matchLabels": LABELS}},
            "status": {"disruptionsAllowed": 0},
        },
        "configmaps/cache/valkey-config": {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "valkey-config", "namespace": "cache"},
            "data": {"valkey.conf": "requirepass canary-in-the-cluster"},
        },
        "secrets/cache/valkey": {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": named,
            "data": {"password": "Y2FuYXJ5"},
        },
    }
    return {key: value for key, value in objects.items() if key not in changes.get("without", ())}


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    """Start a cluster, and make kubectl know it."""
    started = []

    def start(logs="Ready to accept connections", **changes):
        one = Cluster(running(**changes), {"valkey-1": logs})
        started.append(one)
        monkeypatch.setenv("KUBECONFIG", str(one.kubeconfig(tmp_path / "config")))
        monkeypatch.setenv("HOME", str(tmp_path))
        return one

    yield start
    for one in started:
        one.close()


def answers(estate, capsys, kubectl):
    found = audited(
        estate, capsys, "cache/valkey", "--run-checks", "--context", "here", "--kubectl", str(kubectl)
    )
    [backend] = found["backends"]
    return {one["command"].partition("kubectl ")[2]: one for one in backend["answers"]}, backend


needs_kubectl = pytest.mark.skipif(not KUBECTLS, reason="tests/install_helm.sh brings kubectl")


@needs_kubectl
def test_what_runs_as_planned(estate, capsys, cluster):
    here = cluster()

    found, _ = answers(estate, capsys, KUBECTLS[-1])

    assert found["get deployment valkey -n cache"]["verdict"] == "as planned"
    assert found["get service valkey -n cache"]["verdict"] == "as planned"
    assert found["get pvc valkey-data -n cache"]["verdict"] == "as planned"
    pods = next(one for words, one in found.items() if words.startswith("get pods -n cache -l"))
    assert (pods["verdict"], pods["found"]) == ("as planned", [])
    assert found["get pdb valkey -n cache"]["found"] == ["no disruption is allowed now: a drain waits"]
    assert found["get deployment netbox-web -n netbox"]["verdict"] == "not there"
    assert {method for method, _ in here.asked} == {"GET"}
    assert not [path for _, path in here.asked if "/secrets" in path]


@pytest.mark.skipif(len(KUBECTLS) < 2, reason="tests/install_helm.sh 3.11.1 was not run")
def test_an_older_kubectl_takes_every_form_of_command(estate, capsys, cluster):
    here = cluster()
    [backend] = audited(estate, capsys, "cache/valkey")["backends"]
    listed = [one["command"].split()[1:] for one in backend["checks"] if one["kind"] == "command"]
    # One of each verb, kind and set of options.
    forms = {tuple(words[:2] + [one for one in words if one.startswith("-")]): words for words in listed}
    assert {words[0] for words in forms.values()} >= {"get", "describe", "logs", "top"}

    for words in forms.values():
        answer = Kubectl("here", str(KUBECTLS[0])).ask(words)

        # What this server lacks is not there; an option that is not known would be told before.
        assert answer.ok or "not found" in answer.stderr.lower() or "Metrics API" in answer.stderr, answer

    assert {method for method, _ in here.asked} == {"GET"}


@needs_kubectl
def test_what_runs_otherwise_is_said_and_what_is_gone(estate, capsys, cluster):
    cluster(
        image="docker.io/valkey/valkey:8.0.0",
        port=6380,
        restarts=3,
        logs="x NOAUTH y canary-in-the-log",
        without=("persistentvolumeclaims/cache/valkey-data",),
    )

    found, backend = answers(estate, capsys, KUBECTLS[-1])

    pods = next(one for words, one in found.items() if words.startswith("get pods -n cache -l"))
    assert pods["found"] == [
        f"valkey-1 runs docker.io/valkey/valkey:8.0.0, and {IMAGE} is in the manifests",
        "valkey-1: valkey was restarted 3 times",
    ]
    assert found["get service valkey -n cache"]["found"] == [
        "spec.ports[tcp].port is 6380, and 6379 in the manifests"
    ]
    logs = next(one for words, one in found.items() if words.startswith("logs deployment/valkey"))
    assert logs["found"] == ["1 line holds NOAUTH"]
    assert "canary" not in str(backend)
    assert found["get pvc valkey-data -n cache"]["verdict"] == "not there"


def test_every_check_of_the_estate_only_reads(estate, capsys):
    [backend] = audited(estate, capsys, "cache/valkey")["backends"]

    commands = [one["command"].split()[1:] for one in backend["checks"] if one["kind"] == "command"]
    assert len(commands) > 15
    assert [refusal(words) for words in commands] == [""] * len(commands)


@pytest.mark.parametrize(
    "words",
    [
        "delete pod x",
        "apply -f x",
        "edit deployment x",
        "exec pod/x -- sh",
        "port-forward svc/x 1",
        "cp a b",
        "proxy",
        "rollout restart deployment/x",
        "config view --raw",
        "get secret",
        "get secrets -A",
        "get secret/x",
        "get SECRETS",
        "get secrets.v1.",
        "get pods,secrets",
        "get pod/x secret/y",
        "get -n a secrets",
        "get -o json secrets",
        "get --namespace=a secret x",
        "describe secret x",
        "describe pods,secret",
        "auth can-i get secrets",
        "auth reconcile -f x",
        "auth can-i --list",
        "get --raw /api/v1/secrets",
        "get --raw=/api",
        "get pods --raw /x",
        "get -f file",
        "get pods --kubeconfig x",
        "get pods --context other",
        "get pods --as admin",
        "get pods --token x",
        "get pods --server http://x",
        "get pods -w",
        "get pods --watch",
        "logs pod/x -f",
        "get pods -o go-template-file=x",
        "get pods -o jsonpath-file=x",
        "get pods -ojson",
        "get pods -n",
        "get pods -n --raw",
        "get pods -- secrets",
        "get",
        "",
    ],
)
def test_everything_else_is_refused(words):
    assert refusal(words.split())
    with pytest.raises(UsageError):
        Kubectl("here", "/bin/false").ask(words.split())


@pytest.mark.parametrize(
    "words",
    ["get pods -n a -l app=x -o json", "describe pvc x -n a", "logs deployment/x --tail=5", "top pods -A",
     "auth can-i get pods", "get externalsecrets -n a"],
)  # fmt: skip
def test_what_reads_is_let_through(words):
    assert refusal(words.split()) == ""


@pytest.mark.parametrize(
    "words", [["--run-checks"], ["--run-checks", "--context", "-x"], ["--context", "here"]]
)
def test_a_cluster_is_asked_by_name_or_not_at_all(estate, capsys, monkeypatch, words):
    monkeypatch.chdir(estate)

    assert run(["audit", *words]) == 2
    assert "--run-checks" in capsys.readouterr().err


def test_a_program_that_is_not_there(estate, capsys, monkeypatch):
    monkeypatch.chdir(estate)
    flags = ["--offline", "--run-checks", "--context", "a", "--kubectl", "/nowhere/kubectl"]

    assert run(["audit", *flags]) == 2
    assert "/nowhere/kubectl" in capsys.readouterr().err


@pytest.fixture
def program(tmp_path):
    """A program in kubectl's place that runs a line of shell."""

    def make(line):
        file = tmp_path / "kubectl"
        file.write_text(f"#!/bin/sh\n{line}\n")
        file.chmod(0o755)
        return Kubectl("here", str(file))

    return make


@pytest.mark.parametrize(
    ("line", "ok", "stdout", "stderr"),
    [
        (
            'echo "$@"; echo " said " >&2',
            True,
            "--context=here --request-timeout=30s get pods -n a\n",
            "said",
        ),
        ("printf out; exit 3", False, "out", ""),
        ("cat", True, "", ""),
        ("printf '\\377'", True, "\ufffd", ""),
    ],
)
def test_what_a_command_gives(program, line, ok, stdout, stderr):
    answer = program(line).ask(["get", "pods", "-n", "a"])

    assert (answer.ok, answer.stdout, answer.stderr) == (ok, stdout, stderr)


def test_a_program_that_cannot_be_run_is_an_answer_that_says_so(program):
    kubectl = program("exit 0")
    Path(kubectl.program).write_text("no program")

    answer = kubectl.ask(["get", "pods"])

    assert (answer.ok, answer.stdout, answer.stderr) == (False, "", f"OSError: {kubectl.program}")
    with pytest.raises(UsageError) as refused:
        kubectl.ask(["delete", "pods"])
    assert refused.value.help == "run it yourself if you mean it"
