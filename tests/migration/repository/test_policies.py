"""Admission policies that would refuse a hardened image."""

import pytest

from tests.migration.repository.states import entry, found

KYVERNO = """\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: registries, annotations: {policies.kyverno.io/title: From docker.io alone}}
spec:
  validationFailureAction: ACTION
  rules:
  - name: registries
    validate: {message: "only docker.io", pattern: {spec: {containers: [{image: "LIST"}]}}}
"""
GATEKEEPER = """\
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sAllowedRepos
metadata: {name: repos}
spec: {enforcementAction: ACTION, parameters: {repos: LIST}}
"""
NATIVE = """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: cel}
spec:
  validations:
  - expression: object.spec.containers.all(c, LIST)
"""
SIGNED = """\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: signed}
spec:
  validationFailureAction: Enforce
  rules:
  - name: signed
    verifyImages: [{imageReferences: ["LIST"], attestors: []}]
"""


def told(tmp_path, text, listed, action="Enforce"):
    file = {"policy.yaml": text.replace("LIST", listed).replace("ACTION", action)}
    return [
        (one.code, one.severity, one.message)
        for one in found(tmp_path, file, entry("data", secret="")).values()
    ]


@pytest.mark.parametrize(
    ("text", "listed", "action"),
    [
        (KYVERNO, "docker.io/* | ghcr.io/acme/*", "Enforce"),
        (GATEKEEPER, "[docker.io/, ghcr.io/acme]", "deny"),
    ],
)
def test_a_list_that_does_not_let_it_in(tmp_path, text, listed, action):
    ((code, severity, message),) = told(tmp_path, text, listed, action)

    assert (code, severity) == ("policy-refuses", "warning")
    assert "lets in docker.io/" in message
    assert message.endswith("and not dhi.io")


@pytest.mark.parametrize(
    ("text", "listed", "action"), [(KYVERNO, "docker.io/*", "Audit"), (GATEKEEPER, "[docker.io/]", "dryrun")]
)
def test_a_policy_that_only_tells_is_a_note(tmp_path, text, listed, action):
    assert [severity for _, severity, _ in told(tmp_path, text, listed, action)] == ["info"]


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        (KYVERNO, "docker.io/* | dhi.io/*"),
        (KYVERNO, "*"),
        (KYVERNO, "!docker.io/*"),
        (KYVERNO, "!*:latest"),
        (GATEKEEPER, "[docker.io/, dhi.io/valkey]"),
        (GATEKEEPER, "[app.kubernetes.io/name]"),
        (NATIVE, "c.image.startsWith('docker.io/') || c.image.startsWith('dhi.io/')"),
        (NATIVE, "!c.image.endsWith(':latest')"),
        (SIGNED, "ghcr.io/acme/*"),
    ],
)
def test_what_lets_it_in_or_is_not_about_registries(tmp_path, text, listed):
    assert not told(tmp_path, text, listed)


def test_a_list_that_keeps_it_out(tmp_path):
    ((code, severity, message),) = told(tmp_path, KYVERNO, "!dhi.io/*")

    assert (code, severity, message) == (
        "policy-refuses",
        "warning",
        "ClusterPolicy registries refuses dhi.io",
    )


def test_an_expression_is_named_and_not_decided(tmp_path):
    ((code, severity, message),) = told(tmp_path, NATIVE, "c.image.startsWith('docker.io/')")

    assert (code, severity) == ("policy-refuses", "info")
    assert "names docker.io/ in an expression" in message


@pytest.mark.parametrize("listed", ["*", "dhi.io/*", "dhi.io/valkey*"])
def test_a_signature_that_is_wanted(tmp_path, listed):
    ((code, severity, message),) = told(tmp_path, SIGNED, listed)

    assert (code, severity) == ("policy-signature", "warning")
    assert "wants a signature of dhi.io/valkey:8.1.9" in message
