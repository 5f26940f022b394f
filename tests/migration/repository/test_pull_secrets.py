"""Where pull secrets are made, and whom they do not reach."""

from dataclasses import replace

import pytest

from migrate_dhi.kube.secrets_made import MadeSecret
from migrate_dhi.kube.start import Start
from tests.migration.repository.states import KUSTOMIZATION, STAYS, entry, found, secret, told


def test_made_for_all():
    codes = found({"s.yaml": secret()}, entry("data"))

    assert list(codes) == [("pull-secret-made", "s.yaml", 1)]


def test_namespaces_that_lack_it():
    codes = found({"s.yaml": secret()}, entry("data"), entry("web"), entry("ops"))

    (one,) = codes.values()
    assert one.code == "pull-secret-lacking"
    assert "does not reach the namespaces web, ops," in one.message


def test_made_nowhere():
    codes = found({"s.yaml": secret(name="other")}, entry("data"))

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
def test_the_name_that_the_object_gives_it(kind, more):
    codes = found({"s.yaml": secret(kind, "maker", more=more)}, entry("data"))

    assert {code for code, *_ in codes} == {"pull-secret-made"}


def test_another_name_than_that_of_the_object_is_what_counts():
    codes = found({"s.yaml": secret("ExternalSecret", "dhi", more="spec: {target: {name: x}}\n")})

    assert {code for code, *_ in codes} == {"pull-secret-nowhere"}


def test_copied_by_reflector():
    notes = "".join(
        f"    reflector.v1.k8s.emberstack.com/reflection-{note}\n"
        for note in ('allowed: "true"', 'auto-enabled: "true"', "auto-namespaces: web")
    )
    text = secret().replace("metadata:\n", f"metadata:\n  annotations:\n{notes}")

    (one,) = found({"s.yaml": text}, entry("web")).values()
    (other,) = found({"s.yaml": text}, entry("web"), entry("ops")).values()

    assert (one.code, other.code) == ("pull-secret-made", "pull-secret-lacking")
    assert "does not reach the namespace ops," in other.message


def test_made_for_namespaces_by_labels():
    spec = "spec: {externalSecretName: dhi, namespaceSelector: {matchLabels: {team: a}}}\n"

    (one,) = found({"s.yaml": secret("ClusterExternalSecret", "x", more=spec)}).values()

    assert one.code == "pull-secret-made"
    assert "by their labels, which are not known here" in one.message
    assert "the namespace data" in one.help


def test_made_by_a_release():
    makes = (MadeSecret("ExternalSecret", "external-secrets.io", "dhi", ("data",)),)
    maker = replace(entry("data", STAYS, secret=""), name="base", start=Start(makes=makes))

    (one,) = found({}, maker, entry("data")).values()

    assert one.code == "pull-secret-made"
    assert "made by ExternalSecret that data/base renders" in one.message


def test_the_namespace_of_a_kustomization():
    text = secret().replace("  namespace: data\n", "")

    codes = found(
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
def test_generated_by_a_policy(names, code):
    codes = found({"p.yaml": POLICY.replace("NAMES", names)}, entry("data"))

    assert {code for code, *_ in codes} == {f"pull-secret-{code}"}


def test_releases_for_which_no_secret_is_named():
    some = [replace(entry(name, secret=""), findings={"pull-secret-none": 1}) for name in "abcdef"]

    (one,) = found({}, *some[:1]).values()
    (other,) = found({}, *some).values()

    assert (one.code, one.severity) == ("pull-secret-none", "warning")
    assert one.message.startswith("no pull secret is named for a/x: its pods can pull only")
    assert other.message.startswith("no pull secrets are named for a/x, b/x, c/x, d/x and 2 more: their pods")


# what is said of a secret that is made


def test_of_a_secret_that_is_made_twice_the_first_place_is_told():
    files = {"a.yaml": secret(namespace="web"), "b.yaml": secret()}

    (one,) = told(files, entry("data"), entry("web"))

    assert (one.file, one.severity) == ("a.yaml", "info")
    assert one.message == (
        "the pull secret dhi is made by SealedSecret in a.yaml:1 and 1 more, and reaches all of the namespaces data, web"
    )


def test_namespaces_that_lack_it_are_named_as_far_as_is_short():
    (one,) = told({"s.yaml": secret()}, *(entry(name) for name in ("data", *"abcdef")))

    assert one.severity == "warning"
    assert one.message == (
        "the pull secret dhi (SealedSecret in s.yaml:1) does not reach the namespaces a, b, c, d and 2 more, where pods "
        "will want it"
    )


def test_each_secret_is_told_of_for_itself():
    some = told(
        {"s.yaml": secret()}, entry("data"), entry("data", secret="mine"), entry("web", secret="mine")
    )

    assert [(one.code, one.message.partition("pull secret ")[2][:4].strip()) for one in some] == [
        ("pull-secret-made", "dhi"),
        ("pull-secret-nowhere", "mine"),
    ]
    assert "which the namespaces data, web will need" in some[1].message


def test_one_that_labels_decide_on_is_sure_where_another_reaches():
    labels = "spec: {externalSecretName: dhi, namespaceSelector: {matchLabels: {team: a}}}\n"
    files = {"a.yaml": secret("ClusterExternalSecret", "x", more=labels), "b.yaml": secret()}

    (sure,) = told(files, entry("data"))
    (unsure,) = told(files, entry("data"), entry("web"))

    assert sure.message.endswith("reaches all of the namespace data")
    assert "by their labels" in unsure.message
    assert unsure.help == "see that the namespace web have them"


def test_a_release_that_changes_nothing_may_make_it_all_the_same():
    """Of another name it makes nothing for them."""
    makes = tuple(MadeSecret("Secret", "", name, ("data",)) for name in ("other", "x"))
    maker = replace(entry("data", STAYS, secret=""), name="base", start=Start(makes=makes))

    assert [one.code for one in told({}, maker, entry("data"))] == ["pull-secret-nowhere"]


@pytest.mark.parametrize("counts", [{}, {"other": 1}, {"pull-secret-none": 0}])
def test_a_release_that_was_told_otherwise_has_one(counts):
    some = told({"s.yaml": secret()}, replace(entry("data"), findings=counts))

    assert [one.code for one in some] == (["pull-secret-none"] if "pull-secret-none" in counts else []) + [
        "pull-secret-made"
    ]
