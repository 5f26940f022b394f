"""Pull secrets that pods get without naming them."""

import pytest

from tests.migration.repository.states import found

ACCOUNT = """\
apiVersion: v1
kind: ServiceAccount
metadata: {name: NAME, namespace: data}
imagePullSecrets: [{name: SECRET}]
"""
POLICY = """\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: adds}
spec:
  rules:
  - name: add
    mutate: {patchStrategicMerge: {spec: {"+(imagePullSecrets)": [{name: SECRET}]}}}
"""
JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: patch, namespace: data}
spec:
  template:
    spec:
      containers:
      - name: main
        args:
        - kubectl patch serviceaccount default -p '{"imagePullSecrets": [{"name": "SECRET"}]}'
"""


def codes_of(tmp_path, text, name):
    some = found(tmp_path, {"a.yaml": text.replace("SECRET", name).replace("NAME", "default")})
    return {one.code: one.message for one in some.values() if one.code != "pull-secret-nowhere"}


@pytest.mark.parametrize("text", [ACCOUNT, POLICY, JOB], ids=["account", "policy", "job"])
def test_another_secret_is_lost_by_pods_that_name_one(tmp_path, text):
    (code, message), *more = codes_of(tmp_path, text, "regcred").items()

    assert (code, more) == ("pull-secret-displaced", [])
    assert "gives pods in data the pull secret regcred: a pod that names dhi itself" in message


@pytest.mark.parametrize("text", [ACCOUNT, POLICY, JOB], ids=["account", "policy", "job"])
def test_the_wanted_secret_is_given_already(tmp_path, text):
    assert list(codes_of(tmp_path, text, "dhi")) == ["pull-secret-given"]


WEB = "  - name: add\n    match: {any: [{resources: {kinds: [Pod], namespaces: [web]}}]}\n"


@pytest.mark.parametrize(
    "text",
    [
        ACCOUNT.replace("NAME", "other"),
        ACCOUNT.replace("namespace: data", "namespace: web"),
        POLICY.replace("  - name: add\n", WEB),
    ],
)
def test_what_those_pods_do_not_get(tmp_path, text):
    assert not codes_of(tmp_path, text, "regcred")
