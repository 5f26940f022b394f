"""The effective user of a container."""

import pytest

from migrate_dhi.kube.users import effective, numeric_user
from tests.kube.test_manifests import of, workload


@pytest.mark.parametrize(
    ("pod", "own", "user"),
    [
        ("{runAsUser: 1}", "{runAsUser: 2}", 2),
        ("{runAsUser: 1}", "{}", 1),
        ("{runAsUser: 1}", "{runAsUser: 0}", 0),
        ("{}", "{runAsUser: 2}", 2),
        ("null", "null", None),
        ("{runAsUser: 'x'}", "{}", None),
        ("{runAsUser: 1}", "null", 1),
        ("{runAsUser: 1}", "{runAsUser: null}", 1),
        ("{runAsUser: 1}", "{runAsGroup: 2}", 1),
        # as templates write what is above a million
        ("{runAsUser: 1e+06}", "{}", 1_000_000),
        ("{runAsUser: 1.00065e+09}", "{}", 1_000_650_000),
        ("{runAsUser: 1.5}", "{}", None),
        ("{runAsUser: '1000'}", "{}", None),
        ("{runAsUser: true}", "{}", None),
        ("text", "text", None),
    ],
)
def test_its_own_security_context_beats_the_pods(pod, own, user):
    spec = f"{{securityContext: {pod}, containers: [{{name: a, securityContext: {own}}}]}}"
    (container,) = of(workload("Deployment", f"spec: {{template: {{spec: {spec}}}}}")).containers

    assert numeric_user(container) == user
    assert effective(container, "runAsNonRoot") is None


def test_no_container_has_no_user():
    assert numeric_user(None) is None


@pytest.mark.parametrize(
    ("pod", "own", "demands"),
    [("true", "false", False), ("true", "null", True), ("false", "true", True), ("null", "null", None)],
)
def test_a_container_may_take_back_what_its_pod_demands(pod, own, demands):
    spec = f"{{securityContext: {{runAsNonRoot: {pod}}}, containers: [{{securityContext: {{runAsNonRoot: {own}}}}}]}}"
    (container,) = of(workload("Job", f"spec: {{template: {{spec: {spec}}}}}")).containers

    assert effective(container, "runAsNonRoot") is demands


@pytest.mark.parametrize(
    ("field", "pod", "own", "value"),
    [
        ("runAsGroup", "{runAsGroup: 5}", "{}", 5),
        ("runAsGroup", "{runAsGroup: 5}", "{runAsGroup: 0}", 0),
        ("fsGroup", "{fsGroup: 5}", "{runAsUser: 1}", 5),
        ("fsGroup", "null", "null", None),
        ("seccompProfile", "{seccompProfile: {type: A}}", "{seccompProfile: {type: B}}", {"type": "B"}),
        ("runAsUser", "[text]", "[text]", None),
    ],
)
def test_each_field_is_inherited_by_itself(field, pod, own, value):
    spec = f"{{securityContext: {pod}, containers: [{{name: a, securityContext: {own}}}]}}"
    init = spec.replace("containers", "initContainers").replace("[{name", "[{restartPolicy: Always, name")
    both = of(workload("Pod", f"spec: {spec}"), workload("Pod", f"spec: {init[:-1]}, containers: []}}"))

    assert [effective(container, field) for container in both.containers] == [value, value]
