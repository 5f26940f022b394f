"""What makes a Secret, and for which namespaces."""

import pytest
import yaml

from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.kube.secrets_made import rendered_secrets, secrets_made

REFLECTS = "reflector.v1.k8s.emberstack.com/reflection-"
ALLOWED = f'{REFLECTS}allowed: "true"'
NAME = "kubernetes.io/metadata.name"
AUTO = f'{REFLECTS}auto-enabled: "true"'


def made(kind, text="", *notes, name="maker", api="x.example/v1"):
    annotations = "".join(f"    {note}\n" for note in notes)
    head = f"apiVersion: {api}\nkind: {kind}\nmetadata:\n  name: {name}\n  annotations:\n{annotations}"
    return list(secrets_made(yaml.safe_load(f"{head}{text}"), "data"))


@pytest.mark.parametrize(
    ("kind", "text", "name", "namespace"),
    [
        ("Secret", "", "maker", "data"),
        # Its controller heeds its own name alone.
        ("SealedSecret", "spec: {template: {metadata: {name: dhi, namespace: other}}}", "maker", "data"),
        ("ExternalSecret", "spec: {target: {name: dhi}}", "dhi", "data"),
        ("ExternalSecret", "spec: {target: {creationPolicy: Owner}}", "maker", "data"),
        ("VaultStaticSecret", "spec: {destination: {name: dhi, create: true}}", "dhi", "data"),
        ("OnePasswordItem", "spec: {itemPath: x}", "maker", "data"),
        ("SopsSecret", "spec: {secretTemplates: [{name: dhi}]}", "dhi", "data"),
        ("BitwardenSecret", "spec: {secretName: dhi}", "dhi", "data"),
        (
            "InfisicalSecret",
            "spec: {managedSecretReference: {secretName: dhi, secretNamespace: web}}",
            "dhi",
            "web",
        ),
        ("DopplerSecret", "spec: {managedSecret: {name: dhi}}", "dhi", "data"),
    ],
)
def test_its_name_and_namespace(kind, text, name, namespace):
    (one,) = made(kind, text)

    assert (one.kind, one.name, one.namespaces, one.by_labels) == (kind, name, (namespace,), False)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("ConfigMap", ""),
        ("ExternalSecret", "spec: {target: {name: dhi, creationPolicy: Merge}}"),
        ("ExternalSecret", "spec: {target: {name: dhi, creationPolicy: None}}"),
        ("ClusterPolicy", "spec: {rules: [{generate: {kind: ConfigMap, name: dhi}}, x]}"),
        ("SopsSecret", "spec: {secretTemplates: [x, {}]}"),
    ],
)
def test_what_makes_none(kind, text):
    assert made(kind, text) == []


@pytest.mark.parametrize(
    ("notes", "reached", "left"),
    [
        ((), {"data"}, {"web"}),
        # Both are needed; a list alone copies nothing.
        ((AUTO,), {"data"}, {"web"}),
        ((ALLOWED,), {"data"}, {"web"}),
        ((f"{REFLECTS}allowed-namespaces: web",), {"data"}, {"web"}),
        ((ALLOWED, f"{REFLECTS}auto-namespaces: web"), {"data"}, {"web"}),
        ((ALLOWED, AUTO), {"data", "web", "ops"}, set()),
        ((ALLOWED, AUTO.replace("true", "false")), {"data"}, {"web"}),
        ((ALLOWED, AUTO, f'{REFLECTS}auto-namespaces: "web,tea.*"'), {"data", "web", "team-a"}, {"ops"}),
        ((ALLOWED, AUTO, f"{REFLECTS}allowed-namespaces: ^web$"), {"data", "web"}, {"ops", "web2"}),
        # The list of what is copied counts as far as that of what is allowed goes.
        (
            (
                ALLOWED,
                AUTO,
                f'{REFLECTS}auto-namespaces: "web,ops"',
                f'{REFLECTS}allowed-namespaces: "web,x"',
            ),
            {"data", "web"},
            {"ops", "x"},
        ),
        (('replicator.v1.mittwald.de/replicate-to: "web, team-.*"',), {"data", "web", "team-a"}, {"ops"}),
    ],
)
@pytest.mark.parametrize("kind", ["Secret", "SealedSecret", "ExternalSecret"])
def test_copied_by_annotations(kind, notes, reached, left):
    (one,) = made(kind, "", *notes)

    assert {name for name in reached | left if one.reaches(name)} == reached
    assert not one.by_labels


@pytest.mark.parametrize("where", ["spec: {template", "spec: {target: {template"])
def test_annotations_that_the_secret_gets(where):
    closing = "}" * where.count("{")
    notes = ", ".join(f"{note.partition(': ')[0]}: 'true'" for note in (ALLOWED, AUTO))
    text = f"{where}: {{metadata: {{annotations: {{{notes}}}}}}}{closing}"

    (one,) = made("SealedSecret" if "target" not in where else "ExternalSecret", text)

    assert one.reaches("anywhere")


@pytest.mark.parametrize(
    ("spec", "reached", "by_labels"),
    [
        ("namespaces: [web, ops]", {"web", "ops"}, False),
        ("namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: web}}", {"web"}, False),
        (
            f"namespaceSelectors: [{{matchExpressions: [{{key: {NAME}, operator: In, values: [web, ops]}}]}}]",
            {"web", "ops"},
            False,
        ),
        ("namespaceSelector: {}", {"web", "ops", "x"}, False),
        ("namespaceSelector: {matchLabels: {team: a}}", {"web", "ops", "x"}, True),
        ("namespaces: [web], namespaceSelectors: [{matchLabels: {team: a}}]", {"web", "ops", "x"}, True),
    ],
)
def test_for_namespaces_of_a_cluster(spec, reached, by_labels):
    text = f"spec: {{externalSecretSpec: {{target: {{name: dhi}}}}, {spec}}}"

    (one,) = made("ClusterExternalSecret", text)

    assert (one.name, {name for name in ("web", "ops", "x") if one.reaches(name)}) == ("dhi", reached)
    assert one.by_labels is by_labels


def test_copied_to_labels_that_are_not_known():
    (one,) = made("Secret", "", "replicator.v1.mittwald.de/replicate-to-matching: team=a")

    assert one.by_labels


TEXT = """\
apiVersion: v1
kind: Secret
metadata: {name: regcred}
type: kubernetes.io/dockerconfigjson
---
apiVersion: v1
kind: Secret
metadata: {name: password}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: dhi, namespace: web}
"""


def test_what_a_release_renders():
    found = rendered_secrets(Manifests({"a/templates/x.yaml": TEXT}), {"": "data"})

    assert [(one.kind, one.name, one.namespaces) for one in found] == [
        ("Secret", "regcred", ("data",)),
        ("ExternalSecret", "dhi", ("web",)),
    ]
