"""What stays behind when an image moves: containers beside it, and files that name it."""

import json

import pytest

JOB = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: dump}\nspec:\n  template:\n    spec:\n      containers:\n"


def findings(workshop, path, code, *flags):
    plan = json.loads(workshop.run(path, "--plan", "--format", "json", *flags).out)
    return [one for one in plan["findings"] if one["code"] == code]


def write(workshop, path, text):
    file = workshop.root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    workshop.commit("more")


@pytest.mark.parametrize(
    "line",
    [
        "image: docker.io/valkey/valkey:8.1.4",
        "image: valkey/valkey:8.1.4@sha256:" + "0" * 64,
        'image: "valkey/valkey"  # the client',
        "repository: valkey/valkey",
    ],
)
def test_a_file_that_names_the_image(workshop, line):
    workshop.add("values-comments", "apps/cache")
    write(workshop, "jobs/dump.yaml", f"{JOB}        - name: cli\n          {line}\n")

    [one] = findings(workshop, "apps/cache", "image-elsewhere")

    assert (one["file"], one["line"], one["severity"]) == ("jobs/dump.yaml", 9, "info")


@pytest.mark.parametrize(
    "line",
    [
        "# image: valkey/valkey:8",
        "image: valkey/valkey-bundle:8",
        "image: ghcr.io/valkey/valkey:8",
        "name: valkey/valkey",
    ],
)
def test_a_file_that_names_another_image(workshop, line):
    workshop.add("values-comments", "apps/cache")
    write(workshop, "jobs/dump.yaml", f"{JOB}        - name: cli\n          {line}\n")

    assert findings(workshop, "apps/cache", "image-elsewhere") == []


def test_an_image_that_stays_is_no_matter(workshop):
    workshop.add("values-comments", "apps/cache")
    write(workshop, "jobs/dump.yaml", f"{JOB}        - image: valkey/valkey:8\n")

    assert findings(workshop, "apps/cache", "image-elsewhere", "--keep", "valkey") == []


def test_a_container_that_stays_beside_a_hardened_one(workshop):
    workshop.add("extra-containers-list", "apps/shop")

    found = findings(workshop, "apps/shop", "sidecar-stays")

    assert [one["container"] for one in found] == ["shop"]
    assert "keeps docker.io/acme/shop:4.2.0 beside the hardened" in found[0]["message"]


def test_one_container_alone_has_none_beside_it(workshop):
    workshop.add("values-comments", "apps/cache")

    assert findings(workshop, "apps/cache", "sidecar-stays") == []
