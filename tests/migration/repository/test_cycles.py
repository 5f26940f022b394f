"""What makes the pull secret and is itself to be pulled with it."""

from dataclasses import replace

import pytest

from tests.migration.repository.states import entry, found, secret

EXTERNAL = "spec: {target: {name: dhi}}\n"
ACTS = (("external-secrets.io", "externalsecrets"), ("external-secrets.io", "secretstores"))


def made(tmp_path, reconciles, text):
    maker = replace(entry("secrets"), reconciles=reconciles)
    codes = found(tmp_path, {"s.yaml": text}, maker, entry("data"))
    return [one for one in codes.values() if one.code == "pull-secret-cycle"]


def external(kind="ExternalSecret"):
    return secret(kind, "maker", namespace="secrets", more=EXTERNAL).replace(
        "v1", "external-secrets.io/v1", 1
    )


def test_the_release_that_acts_on_the_kind(tmp_path):
    (one,) = made(tmp_path, ACTS, external())

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
def test_no_cycle(tmp_path, reconciles, text):
    assert not made(tmp_path, reconciles, text)


def test_a_controller_whose_own_pods_want_no_secret(tmp_path):
    maker = replace(entry("secrets", secret=""), reconciles=ACTS)

    assert "pull-secret-cycle" not in {
        code for code, *_ in found(tmp_path, {"s.yaml": external()}, maker, entry("data"))
    }
