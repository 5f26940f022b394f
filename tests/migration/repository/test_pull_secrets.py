"""Where pull secrets are made, and whom they do not reach."""

from dataclasses import replace

import pytest

from migrate_dhi.kube.secrets_made import MadeSecret
from migrate_dhi.kube.start import Start
from tests.migration.repository.states import KUSTOMIZATION, STAYS, entry, found, secret


def test_made_for_all(tmp_path):
    codes = found(tmp_path, {"s.yaml": secret()}, entry("data"))

    assert list(codes) == [("pull-secret-made", "s.yaml", 1)]


def test_namespaces_that_lack_it(tmp_path):
    codes = found(tmp_path, {"s.yaml": secret()}, entry("data"), entry("web"), entry("ops"))

    (one,) = codes.values()
    assert one.code == "pull-secret-lacking"
    assert "does not reach the namespaces web, ops," in one.message


def test_made_nowhere(tmp_path):
    codes = found(tmp_path, {"s.yaml": secret(name="other")}, entry("data"))

    (one,) = codes.values()
    assert one.code == "pull-secret-nowhere"
    assert "the namespace data will need" in one.message


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("ExternalSecret", "spec: {target: {name: dhi}}\n"),
        ("VaultStaticSecret", "spec: {destination: {name: dhi}}\n"),
    ],
)
def test_the_name_that_the_object_gives_it(tmp_path, kind, more):
    codes = found(tmp_path, {"s.yaml": secret(kind, "maker", more=more)}, entry("data"))

    assert {code for code, *_ in codes} == {"pull-secret-made"}


def test_another_name_than_that_of_the_object_is_what_counts(tmp_path):
    codes = found(tmp_path, {"s.yaml": secret("ExternalSecret", "dhi", more="spec: {target: {name: x}}\n")})

    assert {code for code, *_ in codes} == {"pull-secret-nowhere"}


def test_copied_by_reflector(tmp_path):
    notes = "".join(
        f"    reflector.v1.k8s.emberstack.com/reflection-{note}\n"
        for note in ('allowed: "true"', 'auto-enabled: "true"', "auto-namespaces: web")
    )
    text = secret().replace("metadata:\n", f"metadata:\n  annotations:\n{notes}")

    (one,) = found(tmp_path, {"s.yaml": text}, entry("web")).values()
    (other,) = found(tmp_path, {"s.yaml": text}, entry("web"), entry("ops")).values()

    assert (one.code, other.code) == ("pull-secret-made", "pull-secret-lacking")
    assert "does not reach the namespace ops," in other.message


def test_made_for_namespaces_by_labels(tmp_path):
    spec = "spec: {externalSecretName: dhi, namespaceSelector: {matchLabels: {team: a}}}\n"

    (one,) = found(tmp_path, {"s.yaml": secret("ClusterExternalSecret", "x", more=spec)}).values()

    assert one.code == "pull-secret-made"
    assert "by their labels, which are not known here" in one.message
    assert "the namespace data" in one.help


def test_made_by_a_release(tmp_path):
    makes = (MadeSecret("ExternalSecret", "external-secrets.io", "dhi", ("data",)),)
    maker = replace(entry("data", STAYS, secret=""), name="base", start=Start(makes=makes))

    (one,) = found(tmp_path, {}, maker, entry("data")).values()

    assert one.code == "pull-secret-made"
    assert "made by ExternalSecret that data/base renders" in one.message


def test_the_namespace_of_a_kustomization(tmp_path):
    text = secret().replace("  namespace: data\n", "")

    codes = found(
        tmp_path,
        {"a/secret.yaml": text, "a/kustomization.yaml": KUSTOMIZATION.format("web")},
        entry("web"),
    )

    assert {code for code, *_ in codes} == {"pull-secret-made"}


POLICY = """\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: copies}
spec:
  rules:
  - name: copy
    match: {any: [{resources: {kinds: [Namespace]NAMES}}]}
    generate: {apiVersion: v1, kind: Secret, name: dhi, namespace: "{{request.object.metadata.name}}", clone: {name: dhi, namespace: a}}
"""


@pytest.mark.parametrize(
    ("names", "code"), [("", "made"), (", names: [data]", "made"), (", names: [web]", "lacking")]
)
def test_generated_by_a_policy(tmp_path, names, code):
    codes = found(tmp_path, {"p.yaml": POLICY.replace("NAMES", names)}, entry("data"))

    assert {code for code, *_ in codes} == {f"pull-secret-{code}"}


def test_releases_for_which_no_secret_is_named(tmp_path):
    some = [replace(entry(name, secret=""), findings={"pull-secret-none": 1}) for name in "abcdef"]

    (one,) = found(tmp_path, {}, *some[:1]).values()
    (other,) = found(tmp_path, {}, *some).values()

    assert (one.code, one.severity) == ("pull-secret-none", "warning")
    assert one.message.startswith("no pull secret is named for a/x: its pods can pull only")
    assert other.message.startswith("no pull secrets are named for a/x, b/x, c/x, d/x and 2 more: their pods")
