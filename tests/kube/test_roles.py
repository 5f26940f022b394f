"""Which custom kinds the roles of a render act on."""

import pytest

from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.kube.start import acted_on

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


@pytest.mark.parametrize(
    ("rules", "kinds"),
    [
        ("null", ()),
        ("text", ()),
        ("[text, null, {}]", ()),
        ("[{apiGroups: null, resources: [a/status], verbs: ['*']}]", ()),
        ("[{apiGroups: [a.b], resources: text, verbs: ['*']}]", ()),
        ("[{apiGroups: [a.b], resources: [a/status], verbs: null}]", ()),
        ("[{apiGroups: [a.b], resources: [a/status], verbs: [patch]}]", (("a.b", "a"),)),
        ("[{apiGroups: [a.b], resources: [a, a/scale, status], verbs: ['*']}]", ()),
        (
            "[{apiGroups: [a.b, c.d], resources: [a/status, a/finalizers], verbs: [update]}]",
            (("a.b", "a"), ("c.d", "a")),
        ),
    ],
)
@pytest.mark.parametrize("kind", ["ClusterRole", "Role"])
def test_what_rules_let_a_controller_write(rules, kinds, kind):
    text = ROLE.partition("rules:")[0].replace("ClusterRole", kind) + f"rules: {rules}\n"

    assert acted_on(Manifests({"r.yaml": text})) == kinds
    assert acted_on(Manifests({"r.yaml": text.replace(f"kind: {kind}", "kind: RoleBinding")})) == ()
