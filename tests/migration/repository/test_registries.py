"""A registry that did not answer, and settings that take its images elsewhere."""

from dataclasses import replace

from tests.migration.repository.states import entry, found


def test_a_registry_that_did_not_answer_is_told_once():
    silent = [replace(entry(name, secret=""), findings={"live-unconfirmed": 1}) for name in ("data", "web")]

    (one,) = found({}, *silent, entry("ops", secret="")).values()

    assert (one.code, one.severity) == ("live-unconfirmed", "warning")
    assert "2 of 3 releases" in one.message
    assert "data/x, web/x" in one.message


def test_a_mirror_of_the_nodes_is_told_once_for_all():
    text = 'mirrors:\n  dhi.io:\n    endpoint: ["https://harbor.example"]\n    rewrite: {"(.*)": "dhi/$1"}\n'

    (one,) = found({"k3s/registries.yaml": text}, *(entry(name, secret="") for name in "ab")).values()

    assert (one.code, one.severity) == ("registry-rewrite", "info")
    assert one.message.startswith("a registry mirror of the nodes takes dhi.io from harbor.example/dhi")


def test_a_mirror_of_another_registry_is_none_of_it():
    text = 'mirrors:\n  quay.io:\n    endpoint: ["https://harbor.example"]\n'

    assert not found({"k3s/registries.yaml": text}, entry("a", secret=""))


def test_a_mirror_of_every_registry_is_one_of_it_too():
    text = 'mirrors:\n  "*":\n    endpoint: ["https://harbor.example"]\n'

    (one,) = found({"k3s/registries.yaml": text}, entry("a", secret="")).values()

    assert one.message == (
        "a registry mirror of the nodes takes dhi.io from harbor.example: the manifests keep the name"
    )
