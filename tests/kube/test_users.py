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
    ],
)
def test_its_own_security_context_beats_the_pods(pod, own, user):
    spec = f"{{securityContext: {pod}, containers: [{{name: a, securityContext: {own}}}]}}"
    (container,) = of(workload("Deployment", f"spec: {{template: {{spec: {spec}}}}}")).containers

    assert numeric_user(container) == user
    assert effective(container, "runAsNonRoot") is None
