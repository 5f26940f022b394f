"""What does not fit together: secrets that nothing makes, releases that are not deployed, services from elsewhere."""

import shutil

import pytest

from migrate_dhi.audit.contradictions import of_secrets
from migrate_dhi.audit.readers import Readers
from tests.audit.conftest import ESTATE, audited, committed
from tests.audit.grounds import ROLES, ground_of, pod


@pytest.fixture
def own(tmp_path):
    """A copy of the estate to change."""
    shutil.copytree(ESTATE, tmp_path / "own")
    return tmp_path / "own"


def found(root, capsys, code, *words):
    [backend] = audited(root, capsys, "cache/valkey", *words)["backends"]
    return [one for one in backend["findings"] if one["code"] == code]


def wants(own, name):
    """Let netbox want a Secret."""
    template = own / "apps/netbox/charts/netbox/templates/all.yaml"
    reference = f"{{name: {name}, key: password}}"
    template.write_text(
        template.read_text().replace(
            "          volumeMounts:",
            f"          env:\n            - {{name: X, valueFrom: {{secretKeyRef: {reference}}}}}\n          volumeMounts:",
        )
    )


def test_a_secret_that_nothing_makes(own, capsys):
    wants(own, "gone")
    committed(own)

    [one] = found(own, capsys, "audit-secret-undefined")

    assert "wants the Secret netbox/gone, and nothing in this repository makes it" in one["message"]


def undefined(*texts, env="env: [{name: X, valueFrom: {secretKeyRef: {name: there, key: word}}}]"):
    """What is said of the Secrets that a Deployment in the namespace ``app`` wants."""
    ground = ground_of(pod(env), *texts)
    [item] = [one for one in ground.items if one.kind == "Deployment"]
    return [one.message for one in of_secrets(ground, Readers(ground), [item], ROLES)]


def made(kind, spec="", name="there", api="example/v1", namespace="app"):
    return f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}, namespace: {namespace}}}\n{spec}"


@pytest.mark.parametrize(
    "text",
    [
        made("Secret"),
        made("Secret", "stringData: {word: canary-plain}\n"),
        made("Secret", "data: {word: Y2FuYXJ5}\n"),
        made("SealedSecret", "spec: {encryptedData: {word: canary}}\n"),
        made("ExternalSecret", "spec: {target: {name: there}}\n", name="other"),
        made("ExternalSecret", "spec: {data: []}\n"),
        made("Certificate", "spec: {secretName: there}\n", name="other"),
        made("VaultStaticSecret", "spec: {destination: {name: there}}\n", name="other"),
        made("InfisicalSecret", "spec: {managedSecretReference: {secretName: there}}\n", name="other"),
        made("OnePasswordItem"),
        made("Cluster", name="pg", api="postgresql.cnpg.io/v1") + "---\n" + made("Secret"),
    ],
)
def test_a_secret_that_something_makes(text):
    assert undefined(text) == []


@pytest.mark.parametrize(
    "text",
    [
        made("Secret", namespace="else"),
        made("Secret", name="other"),
        made("ConfigMap"),
        # These read one, and make none of their name.
        made("SecretStore"),
        made("ClusterSecretStore"),
        made("SecretProviderClass"),
        made("PushSecret"),
        made("ExternalSecret", "spec: {target: {name: other}}\n"),
        made("Ingress", "spec: {secretName: there}\n", name="other"),
    ],
)
def test_a_secret_that_nothing_makes_is_told(text):
    assert undefined(text) == [
        "Deployment/web wants the Secret app/there, and nothing in this repository makes it"
    ]


@pytest.mark.parametrize(
    ("kind", "api", "name"),
    [
        ("Cluster", "postgresql.cnpg.io/v1", "pg-app"),
        ("Cluster", "postgresql.cnpg.io/v1", "pg-superuser"),
        ("PostgresCluster", "postgres-operator.crunchydata.com/v1beta1", "pg-pguser-netbox"),
        ("RabbitmqCluster", "rabbitmq.com/v1beta1", "pg-default-user"),
    ],
)
def test_a_secret_that_an_operator_makes(kind, api, name):
    env = f"envFrom: [{{secretRef: {{name: {name}}}}}]"

    assert undefined(made(kind, name="pg", api=api), env=env) == []
    assert len(undefined(made(kind, name="pg", api=api, namespace="else"), env=env)) == 1
    assert len(undefined(made(kind, name="pg", api="example/v1"), env=env)) == 1


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ("{word: x}", []),
        (
            "{password: x}",
            [
                "Deployment/web wants the key word of the Secret there, and nothing in this repository makes it"
            ],
        ),
        # Nothing is known of the keys.
        ("{}", []),
    ],
)
def test_a_key_that_a_secret_lacks(keys, told):
    assert undefined(made("Secret", f"stringData: {keys}\n")) == told


@pytest.mark.parametrize(
    ("env", "count"),
    [
        ("env: [{name: X, valueFrom: {secretKeyRef: {name: gone, key: k, optional: true}}}]", 0),
        ("env: [{name: X, valueFrom: {secretKeyRef: {name: gone, key: k, optional: false}}}]", 1),
        ("envFrom: [{secretRef: {name: gone}}]", 1),
        ("envFrom: [{secretRef: {name: gone, optional: true}}]", 0),
        ("env: [{name: X, valueFrom: {configMapKeyRef: {name: gone, key: k}}}]", 0),
        # Each is told once.
        ("envFrom: [{secretRef: {name: gone}}, {secretRef: {name: gone}}]", 1),
        ("envFrom: [{secretRef: {name: gone}}, {secretRef: {name: lost}}]", 2),
    ],
)
def test_how_a_secret_is_wanted(env, count):
    assert len(undefined(env=env)) == count


@pytest.mark.parametrize(
    ("volume", "count"),
    [
        ("{name: v, secret: {secretName: gone}}", 1),
        ("{name: v, secret: {secretName: gone, optional: true}}", 0),
        ("{name: v, projected: {sources: [{secret: {name: gone}}]}}", 1),
        ("{name: v, configMap: {name: gone}}", 0),
    ],
)
def test_volumes_of_secrets(volume, count):
    text = pod("tty: false").replace("    spec:\n", f"    spec:\n      volumes: [{volume}]\n")
    ground = ground_of(text)

    assert len(list(of_secrets(ground, Readers(ground), ground.items, ROLES))) == count
    assert list(of_secrets(ground, Readers(ground), [], ROLES)) == []


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
