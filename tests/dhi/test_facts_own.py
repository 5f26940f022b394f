"""What the commands show of a catalog of our own: whole, in order, and what changed from one to another."""

import pytest

from migrate_dhi.dhi.facts import catalog_diff, catalog_list, catalog_match, catalog_show
from migrate_dhi.dhi.playbook import Playbooks
from migrate_dhi.errors import UnknownImageError
from tests.dhi.apps import catalog_of, definition, image

APP = catalog_of(
    image(
        "app",
        definition("1.2", "1.2.9-debian13", "1.2", shells=["bash"]),
        definition("1.2", "1.2.9-alpine3.23", distro="alpine-3.23", shells=["busybox"]),
        definition("1.10", "1.10.0-debian13"),
        definition("1.10", "1.10.0-debian12", distro="debian-12"),
        definition("1.10", "1.10.0-debian13-compat", flavor="compat"),
        definition("1.10", "1.10.0-debian13-dev", variant="dev", shells=["dash"]),
        past={"1.1.0-debian13": ["2025-12-01", "2026-01-01"]},
    ),
    image("app-exporter", definition("2", "2.0.0-debian13")),
    image("other", definition("1", "1.0.0-debian13")),
    sources={"app": ["github.com/acme/app"]},
)


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("", ["app", "app-exporter", "other"]),
        ("app", ["app", "app-exporter"]),
        ("x", ["app-exporter"]),
        ("no", []),
    ],
)
def test_a_list_of_what_has_a_word_in_its_name(word, names):
    assert [one["name"] for one in catalog_list(APP, word)] == names


def test_an_overview_has_lines_newest_first_and_the_shells_of_runtime_images():
    assert catalog_list(APP, "app")[0] == {
        "name": "app",
        "lines": ["1.10", "1.2"],
        "tags": 7,
        "runtime_shells": ["bash", "busybox"],
    }


def test_definitions_are_shown_newest_first_runtime_plain_and_debian_before_the_others():
    shown = catalog_show(APP, "app")

    assert [one["tags"][0] for one in shown["lines"]] == [
        "1.10.0-debian13",
        "1.10.0-debian12",
        "1.10.0-debian13-compat",
        "1.10.0-debian13-dev",
        "1.2.9-debian13",
        "1.2.9-alpine3.23",
    ]
    assert shown["past_tags"] == [
        {"tag": "1.1.0-debian13", "first_seen": "2025-12-01", "last_seen": "2026-01-01"}
    ]
    assert shown["catalog"] == {"source": "s", "date": "2026-06-01", "commit": ""}


@pytest.mark.parametrize(
    ("name", "help_text"),
    [
        ("exporter", "do you mean app-exporter?"),
        ("app-exporters", "do you mean app, app-exporter?"),
        ("othr", "do you mean other?"),
        ("zz", "see `migrate-dhi catalog list`"),
    ],
)
def test_names_alike_are_offered(name, help_text):
    with pytest.raises(UnknownImageError) as caught:
        catalog_show(APP, name)

    assert caught.value.message == f"the catalog of 2026-06-01 lists no image {name}"
    assert caught.value.help == help_text


def test_a_match_tells_candidates_and_what_a_plan_would_make_of_it():
    assert catalog_match(APP, Playbooks(()), "quay.io/acme/app:1.2.3") == {
        "image": "quay.io/acme/app:1.2.3",
        "candidates": [
            {
                "target": "app",
                "confidence": "certain",
                "source": "built from github.com/acme/app, whose owner publishes quay.io/acme/app",
                "listed": True,
            }
        ],
        "decision": {
            "status": "migrate",
            "after": "dhi.io/app:1.2.9-debian13",
            "rule": "newest-patch",
            "reason": "built from github.com/acme/app, whose owner publishes quay.io/acme/app; 1.2.9-debian13 is the "
            "newest patch release of the line of 1.2.3",
            "offers": ["dhi.io/app:1.2.9-debian13", "dhi.io/app:1.10.0-debian13"],
            "findings": [],
        },
    }


ONE = definition("1.2", "1.2.9-debian13", user="nonroot", uid=65532, shells=["bash"])


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ([ONE], [ONE], {}),
        (
            [ONE],
            [{**ONE, "tags": ["1.2.10-debian13"]}],
            {"tags_removed": ["1.2.9-debian13"], "tags_added": ["1.2.10-debian13"]},
        ),
        ([ONE], [{**ONE, "user": "app"}], {"facts_changed": ["1.2 debian-13 runtime"]}),
        ([ONE], [{**ONE, "uid": 70}], {"facts_changed": ["1.2 debian-13 runtime"]}),
        ([ONE], [{**ONE, "shells": []}], {"facts_changed": ["1.2 debian-13 runtime"]}),
        # What nobody is told of is no change, and a line that comes has no facts before.
        ([ONE], [{**ONE, "end_of_life": "2027-01-01"}], {}),
        (
            [ONE],
            [ONE, definition("1.3", "1.3.0-debian13-compat", flavor="compat")],
            {"tags_added": ["1.3.0-debian13-compat"]},
        ),
        (
            [{**ONE, "flavor": "compat"}],
            [{**ONE, "flavor": "compat", "uid": 70}],
            {"facts_changed": ["1.2 debian-13 runtime compat"]},
        ),
    ],
)
def test_what_changed_of_an_image(before, after, changed):
    old, new = catalog_of(image("app", *before)), catalog_of(image("app", *after), image("new"))

    found = catalog_diff(old, new)

    assert found["images_changed"] == ({"app": changed} if changed else {})
    assert (found["images_added"], found["images_removed"]) == (["new"], [])
    assert catalog_diff(new, old)["images_removed"] == ["new"]
