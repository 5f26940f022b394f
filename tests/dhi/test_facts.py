"""What the catalog and playbook commands show."""

import json

import pytest

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.catalog_file import pack
from migrate_dhi.dhi.facts import (
    catalog_diff,
    catalog_list,
    catalog_match,
    catalog_show,
    playbook_check,
    playbook_list,
    playbook_show,
)
from migrate_dhi.errors import MalformedReferenceError, UnknownImageError

LINE_KEYS = {
    "line",
    "version",
    "distro",
    "variant",
    "flavor",
    "tags",
    "user",
    "uid",
    "gid",
    "shells",
    "packages",
    "entrypoint",
    "cmd",
    "ports",
    "end_of_life",
}


def small(day, **images):
    records = [{"image": name, "definitions": definitions} for name, definitions in images.items()]
    return Catalog(pack({"format": 1, "source": "s", "date": day, "commit": day}, records), "test")


def test_list_holds_every_image(catalog):
    images = {image["name"]: image for image in catalog_list(catalog)}

    assert len(images) == 554
    assert sum(image["tags"] for image in images.values()) == 18095
    assert images["valkey"]["lines"] == ["9.1", "8.1", "8.0", "7.2"]
    assert images["valkey"]["runtime_shells"] == ["bash"]


def test_list_is_filtered(catalog):
    assert {image["name"] for image in catalog_list(catalog, "valkey")} == {"valkey", "valkey-operator"}


def test_show_has_the_promised_keys(catalog):
    shown = catalog_show(catalog, "valkey")

    assert shown["image"] == "valkey"
    assert all(line.keys() >= LINE_KEYS for line in shown["lines"])
    assert (shown["lines"][0]["version"], shown["lines"][0]["variant"]) == ("9.1.1", "runtime")
    assert shown["lines"][0]["end_of_life"] == "2028-10-21"
    assert "9.0.2-debian13" in {tag["tag"] for tag in shown["past_tags"]}


def test_everything_shown_is_json(catalog):
    assert json.loads(json.dumps([catalog_show(catalog, "redis"), catalog_list(catalog)]))


def test_unknown_image_is_an_error_with_names_alike(catalog):
    with pytest.raises(UnknownImageError) as error:
        catalog_show(catalog, "valky")

    assert "valkey" in error.value.help


def test_match_lists_candidates_best_first(catalog, playbooks):
    shown = catalog_match(catalog, playbooks, "redis:8")

    assert [c["confidence"] for c in shown["candidates"]] == ["certain", "weak"]
    assert shown["candidates"][0].keys() >= {"target", "confidence", "source"}


def test_match_says_what_a_plan_would_make_of_it(catalog, playbooks):
    decision = catalog_match(catalog, playbooks, "docker.io/valkey/valkey:9.0.1")["decision"]

    assert (decision["after"], decision["rule"]) == ("dhi.io/valkey:9.0.1-debian13", "tag-past")
    assert [note["code"] for note in decision["findings"]] == ["tag-past"]


def test_match_of_no_image_is_an_error(catalog, playbooks):
    with pytest.raises(MalformedReferenceError):
        catalog_match(catalog, playbooks, "Not an image")


def test_match_of_an_unknown_image_is_empty(catalog, playbooks):
    assert catalog_match(catalog, playbooks, "acme/thing")["candidates"] == []


def test_diff_names_what_changed():
    line = {"line": "1", "distro": "debian-13", "tags": ["1.0-debian13"], "user": "a", "uid": 1}
    old = small("2026-01-01", a=[line], b=[line], same=[line])
    new = small("2026-02-01", a=[line | {"tags": ["1.1-debian13"], "uid": 2}], c=[line], same=[line])

    diff = catalog_diff(old, new)

    assert (diff["images_added"], diff["images_removed"]) == (["c"], ["b"])
    assert diff["images_changed"] == {
        "a": {
            "tags_removed": ["1.0-debian13"],
            "tags_added": ["1.1-debian13"],
            "facts_changed": ["1 debian-13 runtime"],
        }
    }


def test_diff_of_the_same_catalog_is_empty(catalog):
    diff = catalog_diff(catalog, catalog)

    assert (diff["images_added"], diff["images_removed"], diff["images_changed"]) == ([], [], {})


def test_playbooks_are_listed_shown_and_checked(catalog, playbooks):
    assert {"name": "valkey", "title": "Valkey", "targets": ["valkey"]}.items() <= next(
        p for p in playbook_list(playbooks) if p["name"] == "valkey"
    ).items()
    assert playbook_show(playbooks, "valkey")["members"][0]["uid"] == 65532
    assert all(not result["contradictions"] for result in playbook_check(playbooks, catalog))


def test_unknown_playbook_is_an_error(playbooks):
    with pytest.raises(UnknownImageError, match="no playbook"):
        playbook_show(playbooks, "valky")
