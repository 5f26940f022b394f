"""All that is found of a repository."""

from tests.migration.repository.states import STAYS, entry, secret, told

FILES = {
    "a/sa.yaml": "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default, namespace: data}\n"
    "imagePullSecrets: [{name: regcred}]\n",
    "a/secret.yaml": secret(),
    "README.md": "valkey/valkey\n",
    "renovate.json": '{"ignoreDeps": ["valkey/valkey"]}\n',
    "k3s/registries.yaml": 'mirrors:\n  dhi.io:\n    endpoint: ["https://harbor.example"]\n',
}


def test_what_changes_where_images_come_from_is_told_first_and_copies_last():
    assert [one.code for one in told(FILES)] == [
        "registry-rewrite",
        "pull-secret-made",
        "pull-secret-displaced",
        "bot-rule",
        "image-copies",
    ]


def test_nothing_is_said_where_no_release_changes():
    assert told(FILES, entry("data", STAYS, secret="")) == []


def test_pods_that_will_want_a_secret_are_a_change_of_their_own():
    """Their images are hardened already."""
    assert [one.code for one in told(FILES, entry("data", STAYS))] == [
        "pull-secret-made",
        "pull-secret-displaced",
    ]


def test_a_release_that_stays_wants_nothing_for_those_that_change():
    assert "regcred" in told(FILES, entry("data"), entry("web", STAYS, secret=""))[2].message
