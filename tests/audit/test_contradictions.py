"""What does not fit together: secrets that nothing makes, releases that are not deployed, services from elsewhere."""

import shutil

import pytest

from tests.audit.conftest import ESTATE, audited, committed


@pytest.fixture
def own(tmp_path):
    """A copy of the estate to change."""
    shutil.copytree(ESTATE, tmp_path / "own")
    return tmp_path / "own"


def found(root, capsys, code, *words):
    [backend] = audited(root, capsys, "cache/valkey", *words)["backends"]
    return [one for one in backend["findings"] if one["code"] == code]


def wants(own, name, *, key="password", optional=False):
    """Let netbox want a Secret."""
    template = own / "apps/netbox/charts/netbox/templates/all.yaml"
    reference = f"{{name: {name}, key: {key}, optional: {str(optional).lower()}}}"
    template.write_text(
        template.read_text().replace(
            "          volumeMounts:",
            f"          env:\n            - {{name: X, valueFrom: {{secretKeyRef: {reference}}}}}\n          volumeMounts:",
        )
    )


def makes(own, text):
    (own / "secrets" / "more.yaml").write_text(text)


def test_a_secret_that_nothing_makes(own, capsys):
    wants(own, "gone")
    committed(own)

    [one] = found(own, capsys, "audit-secret-undefined")

    assert "wants the Secret netbox/gone, and nothing in this repository makes it" in one["message"]


def test_an_optional_secret_may_be_gone(own, capsys):
    wants(own, "gone", optional=True)
    committed(own)

    assert found(own, capsys, "audit-secret-undefined") == []


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: Secret\nmetadata: {name: there, namespace: netbox}\nstringData: {password: canary-plain}\n",
        (
            "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: there, namespace: netbox}\n"
            "spec: {encryptedData: {password: canary}}\n"
        ),
        (
            "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: other, namespace: netbox}\n"
            "spec: {target: {name: there}}\n"
        ),
        (
            "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: other, namespace: netbox}\n"
            "spec: {secretName: there}\n"
        ),
    ],
    ids=["plain", "sealed", "external", "certificate"],
)
def test_a_secret_that_something_makes(own, capsys, text):
    wants(own, "there")
    makes(own, text)
    committed(own)

    assert found(own, capsys, "audit-secret-undefined") == []


def test_a_secret_of_another_namespace_is_another_one(own, capsys):
    wants(own, "there")
    makes(own, "apiVersion: v1\nkind: Secret\nmetadata: {name: there, namespace: else}\n")
    committed(own)

    assert len(found(own, capsys, "audit-secret-undefined")) == 1


def test_a_key_that_a_secret_lacks(own, capsys):
    wants(own, "there", key="word")
    makes(
        own,
        "apiVersion: v1\nkind: Secret\nmetadata: {name: there, namespace: netbox}\nstringData: {password: x}\n",
    )
    committed(own)

    [one] = found(own, capsys, "audit-secret-undefined")

    assert "wants the key word of the Secret there" in one["message"]


def test_a_server_with_a_password_and_clients_without(own, capsys):
    values = own / "apps/valkey/values.yaml"
    values.write_text(values.read_text() + "  auth: {enabled: true, password: canary-of-values}\n")
    committed(own)

    said = [one["message"] for one in found(own, capsys, "audit-auth-one-sided")]

    assert len(said) == 5
    assert all("sends no password to cache/valkey, which asks for one" in text for text in said)
    assert found(own, capsys, "audit-would-fail") == []
    assert len(found(own, capsys, "audit-not-deployed")) == 1


def test_a_value_that_a_template_reads_is_not_said_to_be_unread(own, capsys):
    values = own / "apps/harbor/values.yaml"
    values.write_text(values.read_text().replace("existingKey: harbor-valkey", "password: canary-of-harbor"))
    committed(own)

    assert found(own, capsys, "audit-value-unread") == []


def test_what_a_kustomization_does_not_list_is_not_deployed(own, capsys):
    (own / "argocd/kustomization.yaml").write_text("resources: [valkey.yaml, harbor.yaml, authentik.yaml]\n")
    committed(own)

    [backend] = audited(own, capsys, "cache/valkey")["backends"]

    tasks = next(one for one in backend["clients"] if one["client"] == "netbox tasks")
    assert tasks["not_deployed_because"] == "argocd/kustomization.yaml does not list netbox.yaml"


def test_a_chart_that_is_not_at_hand_is_listed_and_its_values_looked_at(own, capsys):
    (own / "argocd/more.yaml").write_text(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: more, namespace: argocd}\n"
        "spec:\n  destination: {namespace: more}\n  source:\n    repoURL: https://charts.example\n    chart: more\n"
        "    targetRevision: 1.0.0\n    helm:\n      valuesObject:\n"
        "        redis: {host: valkey.cache.svc.cluster.local, db: 7, password: canary-inline}\n"
    )
    committed(own)

    data = audited(own, capsys, "cache/valkey")

    [missing] = data["not_rendered"]
    assert missing["release"] == "more/more"
    assert "not at hand" in missing["reason"]
    [one] = [one for one in data["backends"][0]["clients"] if one["release"] == "more/more"]
    assert (one["database"], one["evidence"], one["authentication"]) == ("7", "values", "yes")
    assert "canary" not in str(data)


def test_a_service_that_is_not_there_is_an_error_with_what_is(own, capsys, monkeypatch):
    from migrate_dhi.cli import run

    committed(own)
    monkeypatch.chdir(own)

    assert run(["audit", "cache/gone", "--offline"]) == 2
    assert "the services here: cache/valkey" in capsys.readouterr().err


def test_a_release_is_a_name_for_its_services(own, capsys):
    committed(own)

    [backend] = audited(own, capsys, "cache/valkey", "--base", "HEAD")["backends"]

    assert backend["release"] == "cache/valkey"


@pytest.mark.parametrize(
    ("kind", "api", "name"),
    [
        ("Cluster", "postgresql.cnpg.io/v1", "pg-app"),
        ("PostgresCluster", "postgres-operator.crunchydata.com/v1beta1", "pg-pguser-netbox"),
    ],
)
def test_a_secret_that_an_operator_makes(own, capsys, kind, api, name):
    wants(own, name)
    makes(own, f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: pg, namespace: netbox}}\nspec: {{}}\n")
    committed(own)

    assert found(own, capsys, "audit-secret-undefined") == []
