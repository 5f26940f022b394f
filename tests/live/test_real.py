"""`--live` against a real registry with TLS and a login, filled by skopeo."""

import json

import pytest

from tests.dhi.apps import definition
from tests.live.conftest import FACTS, Scene, after, found
from tests.oci.conftest import log_in
from tests.oci.real import PASSWORD, USER


@pytest.fixture
def scene(workshop, encrypted, filled, tmp_path, clean_home):
    """A chart that may move to a real registry, whose authority nobody knows, by a login that docker keeps."""
    encrypted.fill(filled.layout, "9.0.2", "dhi/valkey:9.0.2-debian13")
    workshop.add("plain-chart")
    log_in({"HOME": str(clean_home)}, encrypted.host, username=USER, password=PASSWORD)
    scene = Scene(workshop, encrypted, tmp_path)
    scene.listed(definition("9.0", "9.0.2-debian13", **FACTS))
    return scene


def words(scene):
    return "--ca", scene.registry.ca, "--within", "major"


def test_plan_with_the_digest(scene, filled):
    plan = scene.plan(*words(scene), "--platform", "linux/arm64", "--pin-digest")

    assert scene.host(after(plan)) == f"valkey:9.0.2-debian13@{filled.digest}"
    # The image has a label for bash, which the small catalog does not list.
    assert "shell bash (catalog: none)" in found(plan, "facts-differ")[0]["message"]


def test_label_that_cannot_hold_a_digest_is_said(scene):
    plan = scene.plan(*words(scene), "--pin-digest")

    assert [f["severity"] for f in found(plan, "label-invalid")] == ["error"]


def test_branch(scene):
    ran = scene.run("--yes", "--pull-secret", "x", *words(scene))

    assert ran.code == 0, ran.err
    assert "9.0.2-debian13" in scene.workshop.git("show", "dhi/apps-plain-chart:apps/plain-chart/values.yaml")


def test_authority_that_nobody_knows(scene):
    [unconfirmed] = found(scene.plan("--within", "major"), "live-unconfirmed")

    assert "is not trusted" in unconfirmed["message"]
    assert "--ca FILE" in unconfirmed["help"]


def test_file_of_certificates_that_is_none(scene):
    ran = scene.run("--plan", "--ca", scene.catalog)

    assert (ran.code, ran.error["help"]) == (4, "correct --ca")
    assert scene.run("--plan", "--ca", "nowhere.pem").code == 2


def test_no_secret_comes_out(scene, clean_home):
    outputs = [
        scene.run("--plan", "--verbose", *words(scene)),
        scene.run("--plan", "--format", "markdown", *words(scene)),
        scene.run("--yes", "--pull-secret", "x", *words(scene)),
    ]
    log_in({"HOME": str(clean_home)}, scene.registry.host, username=USER, password="0ther-passw0rd")
    outputs.append(scene.run("--plan", *words(scene)))

    told = "".join(ran.out + ran.err for ran in outputs)
    assert "refuses the login" in told
    assert PASSWORD not in told
    assert "0ther-passw0rd" not in told
    assert PASSWORD not in scene.workshop.git("log", "--all", "--format=%B", "-p")


def test_show_holds_the_catalog_against_the_registry(scene):
    scene.listed(
        definition("9.0", "9.0.2-debian13", **{**FACTS, "shells": ["bash"]}),
        definition("8.1", "8.1.5-debian13", **FACTS),
    )
    flags = ["--catalog", scene.catalog, "--live", "--target", scene.target, "--ca", scene.registry.ca]

    shown = scene.workshop.run("catalog", "show", "valkey", *flags, "--format", "json")
    live = json.loads(shown.out)["live"]
    first, second = live["images"]
    assert (first["tag"], first["there"], first["differences"]) == ("9.0.2-debian13", True, [])
    assert (second["tag"], second["there"]) == ("8.1.5-debian13", False)
    assert live["tags_missing"] == ["8.1.5-debian13"]

    text = scene.workshop.run("catalog", "show", "valkey", *flags).out
    assert f"{scene.registry.host}/dhi/valkey, asked now" in text
    assert "there, as the catalog says" in text
    assert "has no such tag" in text


def test_show_without_a_login_says_so(scene, clean_home):
    (clean_home / ".docker/config.json").unlink()
    flags = ["--catalog", scene.catalog, "--live", "--target", scene.target, "--ca", scene.registry.ca]

    ran = scene.workshop.run("catalog", "show", "valkey", *flags)
    told = " ".join(ran.out.split())
    assert (ran.code, f"`docker login {scene.registry.host}`" in told) == (0, True)
    assert told.count("none is kept here") == 1


def test_target_without_live_means_nothing(scene):
    assert scene.workshop.run("catalog", "show", "valkey", "--target", "x/{name}").code == 2
