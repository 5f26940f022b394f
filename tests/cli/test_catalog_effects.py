"""`catalog diff --for DIR`: what a newer catalog changes for the releases of this repository."""

import json

import pytest

from tests.cli.test_catalog import catalog_file


def image(*definitions):
    return {"image": "valkey", "definitions": list(definitions)}


def line(line, version, **more):
    tags = [f"{version}-debian13"]
    base = {"line": line, "version": version, "distro": "debian-13", "tags": tags, "user": "nonroot"}
    return {**base, "uid": 65532, "shells": ["bash"], "ports": ["6379/tcp"], **more}


@pytest.fixture
def shop(workshop):
    """A chart with docker.io/valkey/valkey:8.1.4, and one that is hardened already."""
    workshop.add("plain-chart")
    return workshop


def diff(shop, tmp_path, old, new, *words):
    files = (catalog_file(tmp_path, "2026-01-01", *old), catalog_file(tmp_path, "2026-05-01", *new))
    return shop.run("catalog", "diff", *files, "--for", ".", "--offline", *words)


def effects(ran):
    assert ran.code == 0, ran
    (one,) = json.loads(ran.out)["repository"]["affected"]
    return {effect["kind"]: effect["text"] for effect in one["effects"]}


def test_a_step_that_became_possible(shop, tmp_path):
    ran = diff(shop, tmp_path, [], [image(line("8.1", "8.1.9"))], "--format", "json")

    found = effects(ran)
    assert found["step-possible"].startswith("the step ")
    assert found["image-possible"] == (
        "docker.io/valkey/valkey:8.1.4 can become dhi.io/valkey:8.1.9-debian13"
    )


def test_a_tag_that_a_newer_one_takes_the_place_of(shop, tmp_path):
    ran = diff(
        shop, tmp_path, [image(line("8.1", "8.1.8"))], [image(line("8.1", "8.1.9"))], "--format", "json"
    )

    assert effects(ran) == {
        "image-other": "docker.io/valkey/valkey:8.1.4 becomes dhi.io/valkey:8.1.9-debian13, "
        "and not dhi.io/valkey:8.1.8-debian13"
    }


def test_an_image_that_is_gone(shop, tmp_path):
    found = effects(diff(shop, tmp_path, [image(line("8.1", "8.1.9"))], [], "--format", "json"))

    assert found["image-lost"].startswith("docker.io/valkey/valkey:8.1.4 would no more become")
    assert found["line-gone"] == "the line 8.1 of valkey is listed no more (since 2026-05-01)"


def test_a_line_that_ended(shop, tmp_path):
    lived = image(line("8.1", "8.1.9"))
    ended = image(line("8.1", "8.1.9", end_of_life="2026-03-01"))

    found = effects(diff(shop, tmp_path, [lived], [ended], "--format", "json"))

    assert found == {"line-ended": "the line 8.1 of valkey ended on 2026-03-01"}


def test_what_does_not_concern_this_repository_is_not_told(shop, tmp_path):
    other = {**image(line("1", "1.0.0")), "image": "other"}

    ran = diff(shop, tmp_path, [image(line("8.1", "8.1.9"))], [image(line("8.1", "8.1.9")), other])

    assert ran.code == 0
    assert ran.out == "No release sees a difference from the catalog of 2026-01-01 to that of 2026-05-01.\n"


def test_it_is_told_release_by_release_and_nothing_is_changed(shop, tmp_path):
    before = shop.picture()

    ran = diff(shop, tmp_path, [], [image(line("8.1", "8.1.9"))])

    assert "default/plain-chart  apps/plain-chart/Chart.yaml:1" in ran.out
    assert "+ the step tag became possible" in ran.out
    assert ran.out.endswith(
        "1 of 1 releases see a difference from the catalog of 2026-01-01 to that of 2026-05-01.\n"
    )
    assert shop.picture() == before
