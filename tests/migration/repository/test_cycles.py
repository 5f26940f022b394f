"""What makes the pull secret and is itself to be pulled with it."""

from dataclasses import replace

import pytest

from migrate_dhi.kube.start import Reader, Start
from tests.migration.repository.states import entry, found, secret

EXTERNAL = "spec: {target: {name: dhi}}\n"
ACTS = (("external-secrets.io", "externalsecrets"), ("external-secrets.io", "secretstores"))


def made(reconciles, text):
    maker = replace(entry("secrets"), start=Start(reconciles))
    codes = found({"s.yaml": text}, maker, entry("data"))
    return [one for one in codes.values() if one.code == "pull-secret-cycle"]


def external(kind="ExternalSecret"):
    return secret(kind, "maker", namespace="secrets", more=EXTERNAL).replace(
        "v1", "external-secrets.io/v1", 1
    )


def test_the_release_that_acts_on_the_kind():
    (one,) = made(ACTS, external())

    assert one.severity == "warning"
    assert one.message.startswith("secrets/x acts on ExternalSecret, which makes the pull secret dhi")


@pytest.mark.parametrize(
    ("reconciles", "text"),
    [
        ((), external()),
        ((("other.io", "externalsecrets"),), external()),
        ((("external-secrets.io", "pushsecrets"),), external()),
        (ACTS, external() + "---\n" + secret("Secret", namespace="secrets")),
    ],
    ids=["no role", "a kind of another group", "another kind", "a Secret beside it"],
)
def test_no_cycle(reconciles, text):
    assert not made(reconciles, text)


def test_a_controller_whose_own_pods_want_no_secret():
    maker = replace(entry("secrets", secret=""), start=Start(ACTS))

    assert "pull-secret-cycle" not in {
        code for code, *_ in found({"s.yaml": external()}, maker, entry("data"))
    }


# Through a store: what the maker reads from is a Service of a release that will want the secret.

STORED = "spec: {secretStoreRef: {name: vault, kind: ClusterSecretStore}, target: {name: dhi}}\n"
STORE = """apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: vault}
spec: {provider: {vault: {server: "SERVER", path: secret}}}
"""


def served(store, serves=(("vault", "secrets"),), maker=None, reads=()):
    text = maker or external().replace(EXTERNAL, STORED)
    server = replace(entry("secrets"), start=Start(serves=serves, reads=reads))
    codes = found({"s.yaml": f"{text}---\n{store}"}, server, entry("data"))
    return [one.message for one in codes.values() if one.code == "pull-secret-cycle"]


@pytest.mark.parametrize(
    "server",
    [
        "http://vault.secrets.svc:8200",
        "https://vault.secrets.svc.cluster.local:8200",
        "http://vault.secrets:8200",
        "https://vault-0.vault.secrets.svc:8200",
    ],
)
def test_the_release_that_serves_the_store(server):
    (message,) = served(STORE.replace("SERVER", server))

    assert message.startswith(
        "secrets/x serves vault.secrets to ExternalSecret maker (through ClusterSecretStore vault), which makes the pull"
    )


@pytest.mark.parametrize(
    "server",
    ["https://vault.example.com", "http://vault.other.svc:8200", "http://vault:8200", "vault.secrets"],
)
def test_a_store_elsewhere_is_no_cycle(server):
    assert served(STORE.replace("SERVER", server)) == []


def test_a_store_of_another_name_or_kind_is_no_cycle():
    store = STORE.replace("SERVER", "http://vault.secrets:8200")

    assert served(store.replace("name: vault}", "name: other}")) == []
    assert served(store.replace("kind: ClusterSecretStore", "kind: SecretStore")) == []


def test_a_chain_of_objects_that_name_each_other():
    group = "apiVersion: secrets.hashicorp.com/v1beta1\n"
    maker = (
        f"{group}kind: VaultStaticSecret\nmetadata: {{name: pull, namespace: data}}\n"
        "spec: {vaultAuthRef: secrets/auth, destination: {name: dhi}}\n"
    )
    chain = (
        f"{group}kind: VaultAuth\nmetadata: {{name: auth, namespace: secrets}}\nspec: {{vaultConnectionRef: conn}}\n---\n"
        f"{group}kind: VaultConnection\nmetadata: {{name: conn, namespace: secrets}}\nspec: {{address: 'http://vault:8200'}}\n"
    )

    (message,) = served(chain, maker=maker)
    assert "to VaultStaticSecret pull (through VaultConnection conn)" in message


def test_a_store_that_a_release_renders():
    rendered = Reader("external-secrets.io", "ClusterSecretStore", "vault", (), (("vault", "secrets"),))

    assert served("", reads=(rendered,))
    assert served("", (), reads=(rendered,)) == []
