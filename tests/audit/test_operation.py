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


def said(topic, *texts):
    clients = clients_of(SERVICE, *texts)
    [backend] = clients._backends.values()
    server = Server(clients.ground, backend, clients.readers)
    found = statements(clients.ground, server, (), load_playbooks())
    return [(one.verdict, one.text) for one in found if one.topic == topic]


@pytest.mark.parametrize(
    ("budget", "replicas", "verdict"),
    [
        ("minAvailable: 1", 1, "warning"),
        ("minAvailable: 1", 2, "good"),
        ("minAvailable: 100%", 3, "warning"),
        ("maxUnavailable: 0", 3, "warning"),
        ("maxUnavailable: 1", 1, "good"),
    ],
)
def test_budgets(budget, replicas, verdict):
    [(found, _)] = said("budget", workload(spec=f"replicas: {replicas}"), BUDGET % budget)

    assert found == verdict


@pytest.mark.parametrize(
    ("strategy", "mode", "verdict"),
    [
        ("strategy: {type: Recreate}", "ReadWriteOnce", "note"),
        ("paused: false", "ReadWriteOnce", "warning"),
        ("paused: false", "ReadWriteMany", "good"),
    ],
)
def test_strategy_and_volume(strategy, mode, verdict):
    pod = "volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]"

    [(found, text)] = said("rollout", workload(spec=strategy, pod=pod), CLAIM % mode)

    assert found == verdict
    assert verdict == "good" or "data" in text


def test_replicas_on_one_node():
    apart = "topologySpreadConstraints: [{maxSkew: 1}]"

    assert said("spread", workload(spec="replicas: 3"))[0][0] == "warning"
    assert said("spread", workload(spec="replicas: 3", pod=apart))[0][0] == "good"


@pytest.mark.parametrize(("least", "verdict"), [(1, "good"), (2, "good"), (3, "warning")])
def test_replicas_to_write(least, verdict):
    arguments = f"args: [--min-replicas-to-write, '{least}']"

    [(found, _)] = said("write", workload("StatefulSet", "replicas: 3", container=arguments))

    assert found == verdict


def test_a_volume_for_each_replica():
    spec = "volumeClaimTemplates: [{metadata: {name: d}, spec: {accessModes: [ReadWriteOnce]}}]"

    assert said("persistence", workload("StatefulSet", spec))[0][0] == "good"
    assert said("persistence", workload("StatefulSet"))[0][0] == "note"


def test_an_exporter_that_nothing_scrapes():
    both = workload().replace(
        "containers: [", "containers: [{name: metrics, image: oliver006/redis_exporter:1}, "
    )
    monitor = (
        "apiVersion: monitoring.coreos.com/v1\nkind: PodMonitor\nmetadata: {name: m}\n"
        "spec: {selector: {matchLabels: {app: cache}}}\n"
    )

    assert said("monitoring", workload()) == [("note", "no exporter beside it")]
    assert said("monitoring", both)[0][0] == "warning"
    assert said("monitoring", both, monitor)[0][0] == "good"


@pytest.mark.parametrize(("user", "verdict"), [(65532, "good"), (1000, "note")])
def test_the_user_against_that_of_the_hardened_image(user, verdict):
    container = f"securityContext: {{runAsUser: {user}}}"

    assert said("user", workload(container=container))[0][0] == verdict
