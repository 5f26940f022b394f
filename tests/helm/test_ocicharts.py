"""Charts in OCI registries: which tag is meant, fetched once, and every failure one clear error."""

import base64
import json

import pytest

from migrate_dhi.errors import DependencyError
from migrate_dhi.helm import ocicharts, sources
from migrate_dhi.helm.chart import Dependency
from migrate_dhi.helm.shelf import exact
from migrate_dhi.helm.store import Store
from tests.charts import pack
from tests.helm.oci_served import ChartRegistry
from tests.helm.served import make_chart


@pytest.fixture(autouse=True)
def no_configuration(tmp_path, clean_home, monkeypatch):
    monkeypatch.setenv("HELM_REGISTRY_CONFIG", str(tmp_path / "helm.json"))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))


@pytest.fixture
def registry(tmp_path):
    with ChartRegistry().running() as running:
        for version in ("1.0.0", "1.2.0", "1.2.1+build.7", "2.0.0", "2.1.0-rc.1"):
            running.publish("charts/node", version.replace("+", "_"), archive(tmp_path, version))
        yield running


def archive(tmp_path, version, name="node"):
    chart = make_chart(tmp_path / f"{name}-{version}", name, version)
    return pack(chart, tmp_path / "packed").read_bytes()


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "cache")


def wanted(registry, version="1.0.0", name="node"):
    return Dependency(name, "", version, f"oci://{registry.host}/charts")


def refusal(wanted, store):
    with pytest.raises(DependencyError) as caught:
        sources.bring(wanted, store)
    return caught.value


@pytest.mark.parametrize(
    ("asked", "version"),
    [
        ("1.0.0", "1.0.0"),
        ("1.2.1+build.7", "1.2.1+build.7"),
        ("^1.0.0", "1.2.1+build.7"),
        ("1.x", "1.2.1+build.7"),
        ("1.0", "1.0.0"),
        ("", "2.0.0"),
        ("v1.0.0", "1.0.0"),
    ],
)
def test_which_version_is_meant(registry, store, asked, version):
    kept = sources.bring(wanted(registry, asked), store)

    assert kept.version == version
    assert bool(kept.day) == (not exact(asked))


def test_it_is_taken_again_without_the_registry(registry, store):
    for version in ("1.0.0", "^1.0.0"):
        online = sources.bring(wanted(registry, version), store)
        registry.asked.clear()

        assert sources.bring(wanted(registry, version), store, offline=True) == online
        assert not registry.asked


def test_an_archive_is_fetched_once_by_whatever_name(registry, store):
    digest = registry.tags["charts/node"]["2.0.0"]

    for version in ("2.0.0", "^2.0.0", digest, ""):
        assert sources.bring(wanted(registry, version), store).version == "2.0.0"

    blobs = {path: count for path, count in registry.asked.items() if "/blobs/" in path}
    assert list(blobs.values()) == [1]


def test_a_tag_that_is_no_version_is_what_it_names_now(registry, store, tmp_path):
    registry.publish("charts/node", "stable", archive(tmp_path / "a", "1.5.0"))

    kept = sources.bring(wanted(registry, "stable"), store)

    assert (kept.version, bool(kept.day)) == ("1.5.0", True)


@pytest.mark.parametrize("file", ["helm.json", "docker/config.json"])
def test_logins_of_helm_and_of_docker(registry, store, tmp_path, file):
    registry.login = "me:pass-word-1"
    assert "login" in refusal(wanted(registry), Store(tmp_path / "other")).message
    place = tmp_path / file
    place.parent.mkdir(exist_ok=True)
    auth = base64.b64encode(b"me:pass-word-1").decode()
    place.write_text(json.dumps({"auths": {registry.host: {"auth": auth}}}))
    ocicharts._registry.cache_clear()

    assert sources.bring(wanted(registry), store)


def test_a_chart_or_a_version_that_is_not_there(registry, store):
    assert "has nothing of this name" in refusal(wanted(registry, name="other"), store).message
    assert refusal(wanted(registry, "3.0.0"), store).message == (
        "the registry has no version 3.0.0; the newest are 2.1.0-rc.1, 2.0.0, 1.2.1+build.7"
    )


def test_an_image_is_no_chart(registry, store):
    registry.publish("charts/image", "1.0.0", b"layer", "application/vnd.oci.image.layer.v1.tar+gzip")

    assert "is no chart" in refusal(wanted(registry, name="image"), store).message


def test_an_archive_with_another_digest(registry, store):
    (layer,) = [
        d for d, c in registry.contents.items() if c == (registry.contents[d]) and c[:2] == b"\x1f\x8b"
    ][:1]
    registry.contents[layer] = registry.contents[layer] + b"more"

    assert "does not have the digest" in refusal(wanted(registry), store).message


def test_a_registry_that_does_not_answer(store):
    error = refusal(Dependency("node", "", "1.0.0", "oci://127.0.0.1:9/charts"), store)

    assert "127.0.0.1:9" in error.message
