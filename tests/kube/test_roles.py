"""Which custom kinds the roles of a render act on."""

from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.kube.roles import acted_on

ROLE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: x}
rules:
- {apiGroups: [a.example.com], resources: [things, things/status], verbs: [get, update]}
- {apiGroups: [a.example.com], resources: [others/status], verbs: [get, list]}
- {apiGroups: [a.example.com, ""], resources: [more/finalizers], verbs: ["*"]}
- {apiGroups: [apps], resources: [deployments/status], verbs: [update]}
- {apiGroups: ["*"], resources: ["*"], verbs: ["*"]}
- {nonResourceURLs: [/metrics], verbs: [get]}
"""


def test_the_kinds_whose_status_or_finalizers_may_be_written():
    assert acted_on(Manifests({"r.yaml": ROLE})) == (("a.example.com", "things"), ("a.example.com", "more"))


def test_roles_without_rules():
    assert acted_on(Manifests({"r.yaml": ROLE.partition("rules:")[0] + "rules: null\n"})) == ()
