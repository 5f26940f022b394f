"""Pull secrets through service accounts: they count only for a pod that lists none of its own."""

import pytest

from tests.conftest import SECRET, findings_of, plan_of, steps_of
from tests.steps.reading import TO, values_of

POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: {name}
spec:
  serviceAccountName: cache
  {listed}
  containers:
    - name: main
      image: {image}
---
"""
ACCOUNT = """\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: cache
imagePullSecrets: {{ toJson .Values.account.imagePullSecrets }}
"""
HARDENED = "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
OF_POD = "{{ with .Values.imagePullSecrets }}imagePullSecrets: {{ toJson . }}{{ end }}"
VALUES = "image:\n  repository: docker.io/valkey/valkey\n  tag: 8.1.4\n"


@pytest.fixture
def step(tmp_path):
    """The pull-secret step, and the plan, of a chart with these pods and values."""

    def plan(pods, values):
        chart = tmp_path / "cache"
        (chart / "templates").mkdir(parents=True)
        (chart / "Chart.yaml").write_text("apiVersion: v2\nname: cache\nversion: 0.1.0\n")
        (chart / "values.yaml").write_text(VALUES + values)
        (chart / "templates" / "pods.yaml").write_text("".join(POD.format(**pod) for pod in pods) + ACCOUNT)
        found = plan_of(chart, to=TO, pull_secret=SECRET)
        return steps_of(found)["pull-secret"], found

    return plan


def test_a_pod_without_a_list_takes_that_of_its_account(step):
    pods = [{"name": "a", "listed": "", "image": HARDENED}]
    found, _ = step(pods, f"account:\n  imagePullSecrets: [{{name: {SECRET}}}]\n")

    assert (found.status, found.done) == ("done", 1)


def test_a_list_of_the_pod_keeps_that_of_its_account_out(step):
    pods = [{"name": "a", "listed": OF_POD, "image": HARDENED}]
    found, _ = step(
        pods, f"imagePullSecrets: [{{name: own}}]\naccount:\n  imagePullSecrets: [{{name: {SECRET}}}]\n"
    )

    assert (found.status, found.done) == ("proven", 1)
    assert values_of(found) == {"imagePullSecrets": [{"name": "own"}, {"name": SECRET}]}


def test_a_fixed_list_of_the_pod_cannot_be_reached_through_its_account(step):
    pods = [
        {"name": "a", "listed": "imagePullSecrets: [{name: own}]", "image": HARDENED},
        {"name": "b", "listed": "", "image": HARDENED},
    ]
    found, plan = step(pods, "account:\n  imagePullSecrets: []\n")

    assert (found.done, found.of) == (1, 2)
    unreached = [finding for finding in plan.findings if finding.code == "pull-secret-unreached"]
    assert [finding.object for finding in unreached] == ["Pod/a"]
    assert "patch the pod" in unreached[0].help


@pytest.mark.parametrize("image", [HARDENED, "acme/other:1"])
def test_no_pod_gets_a_list_that_keeps_out_what_its_account_has(step, image):
    """The narrower value would give the pods lists of their own, and take `regcred` from them."""
    pods = [
        {"name": "a", "listed": OF_POD, "image": HARDENED},
        {"name": "b", "listed": OF_POD, "image": image},
    ]
    found, plan = step(pods, "imagePullSecrets: []\naccount:\n  imagePullSecrets: [{name: regcred}]\n")

    assert found.status == "proven"
    assert values_of(found) == {"account.imagePullSecrets": [{"name": "regcred"}, {"name": SECRET}]}
    assert any("takes a pull secret from Pod/" in tried.verdict for tried in found.tried)
    assert "pull-secret-unreached" not in findings_of(plan)


def test_settings_whose_comment_alone_changes_do_not_pass_for_the_secret(step):
    """Read as data both are the same; a comment may be what a program goes by."""
    note = "{{ if .Values.imagePullSecrets }}on{{ else }}off{{ end }}"
    config = (
        f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  s: |\n    a: 1\n    # {note}\n---\n"
    )
    pods = [{"name": "a", "listed": OF_POD, "image": HARDENED + "\n---\n" + config.removesuffix("---\n")}]
    found, _ = step(pods, "imagePullSecrets: []\naccount:\n  imagePullSecrets: [{name: x}]\n")

    assert all(effect.object != "ConfigMap/c" for effect in found.effects)
    assert any("ConfigMap/c" in tried.verdict for tried in found.tried)
