"""Our playbooks against schema and catalog, and files that are refused."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from migrate_dhi.dhi.facts import contradictions
from migrate_dhi.dhi.playbook import Playbooks, bundled_folder, load_playbooks, read_file
from migrate_dhi.errors import CatalogError, PathNotFoundError
from migrate_dhi.oci.reference import Reference

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/playbook.schema.json").read_text())
FILES = sorted(bundled_folder().glob("*.yaml"))
GOOD = """\
name: app
title: App
images: [docker.io/acme/app]
target: {image: valkey}
"""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_playbook_agrees_with_schema_and_catalog(file, playbooks, catalog):
    data = YAML(typ="safe").load(file.read_text())

    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(data)] == []
    assert contradictions(playbooks.get(file.stem), catalog) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_playbook_is_found_by_its_images(file, playbooks):
    playbook = playbooks.get(file.stem)

    for member in playbook.members:
        for image in member.images:
            assert playbooks.match(Reference.parse(image)) == (playbook, member)


@pytest.mark.parametrize(
    ("image", "target", "known"),
    [
        ("redis", "redis", True),
        ("docker.io/library/redis", "redis", True),
        # A mirror keeps owner and name.
        ("harbor.example/proxy/library/redis", "redis", True),
        ("public.ecr.aws/docker/library/redis", "redis", True),
        ("123.dkr.ecr.eu-west-1.amazonaws.com/hub/hashicorp/vault", "vault", True),
        # Another name, owner or product is none of it.
        ("harbor.example/proxy/redis", "redis", False),
        ("harbor.example/proxy/acme/redis", "redis", False),
        ("harbor.example/proxy/mylibrary/redis", "redis", False),
        ("harbor.example/proxy/library/redis", "valkey", False),
        ("redis", "valkey", False),
        ("acme/other", "nothing", False),
    ],
)
def test_what_is_known_of_an_image_that_becomes_another(playbooks, image, target, known):
    found = playbooks.member(Reference.parse(image), target)

    assert (found is not None and found.target == target) is known


def test_first_users_systems_are_covered():
    assert len(FILES) >= 40


def test_wrong_fact_is_a_contradiction(playbooks, catalog):
    playbook = playbooks.get("valkey")
    wrong = replace(playbook, members=(replace(playbook.members[0], uid=1),))

    assert any(
        "uid of valkey:9.1.1-debian13 is 65532, not 1" in text for text in contradictions(wrong, catalog)
    )


def test_unknown_target_is_a_contradiction(playbooks, catalog):
    playbook = playbooks.get("valkey")
    wrong = replace(playbook, members=(replace(playbook.members[0], target="nothing"),))

    assert "no image nothing" in contradictions(wrong, catalog)[0]


@pytest.mark.parametrize(
    ("version", "covered"),
    [("0.9.3", True), ("v0.10.1", True), ("0.11.0", False), ("0.12.0", False), ("", False)],
)
def test_chart_fact_covers_its_versions(playbooks, version, covered):
    fact = next(f for f in playbooks.get("valkey").charts if f.versions == "<0.11.0")

    assert fact.covers("valkey", version) == covered
    assert not fact.covers("other", version)


def test_users_playbook_wins(tmp_path):
    (tmp_path / "valkey.yaml").write_text(GOOD.replace("name: app", "name: valkey"))

    assert load_playbooks([tmp_path]).get("valkey").title == "App"
    assert load_playbooks().get("valkey").title == "Valkey"


def test_missing_folder_is_refused(tmp_path):
    with pytest.raises(PathNotFoundError, match="no such folder"):
        load_playbooks([tmp_path / "none"])


def test_playbook_that_is_not_asked_for_is_not_read(tmp_path):
    (tmp_path / "broken.yaml").write_text("[")

    assert Playbooks([tmp_path]).match(Reference.parse("acme/app")) is None


def test_numbers_in_handlers_stay_numbers(playbooks):
    assert playbooks.get("valkey").members[0].probes[0].handler == {"tcpSocket": {"port": 6379}}


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("", "empty", None),
        ("name: [", "no valid YAML", 2),
        (GOOD + "colour: red\n", "`colour` is no key", 5),
        (GOOD + "title: again\n", "`title` is given twice", 5),
        (GOOD.replace("name: app", "name: other"), "`name` is 'other'", 1),
        (GOOD.replace("title: App\n", ""), "lacks the key `title`", 1),
        (GOOD.replace("target: {image: valkey}\n", ""), "lacks the key `target`", 1),
        (GOOD + "members: []\n", "`members`", 1),
        (GOOD.replace("docker.io/acme/app", "'docker.io/acme/app:1'"), "without tag", 3),
        (GOOD.replace("{image: valkey}", "{image: valkey, flavor: compat}"), "target.reason", 1),
        (GOOD + "facts: {uid: one, source: s}\n", "`facts.uid` must be a whole number", 5),
        (GOOD + "facts: {uid: 1}\n", "lacks the key `source`", 5),
        (GOOD + "notes:\n  - text: no source\n", "lacks the key `source`", 6),
        (GOOD + "checks:\n  - {run: kubectl delete pod x, expect: y}\n", "only reads", 6),
        (GOOD + "checks:\n  - {run: kubectl get pods; rm x, expect: y}\n", "only reads", 6),
        (GOOD + "charts:\n  - {chart: a, versions: newer, text: t, source: s}\n", "bounds", 6),
        (GOOD + "probes: {alternatives: [{handler: {a: 1}, text: t, source: s}]}\n", "exactly one", 5),
    ],
)
def test_file_that_is_not_in_order_is_refused_with_its_line(tmp_path, text, message, line):
    file = tmp_path / "app.yaml"
    file.write_text(text)

    with pytest.raises(CatalogError) as error:
        Playbooks([tmp_path]).get("app")

    assert message in error.value.message
    assert error.value.where == (f"{file}:{line}" if line else str(file))


def test_single_file_is_read(tmp_path):
    file = tmp_path / "app.yaml"
    file.write_text(GOOD)

    assert read_file(file).members[0].target == "valkey"


def test_single_file_that_is_missing_is_refused(tmp_path):
    with pytest.raises(CatalogError, match="cannot be read"):
        read_file(tmp_path / "none.yaml")
