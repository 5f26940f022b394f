"""The tag rule: same version, newest patch of the line, or a question."""

import pytest

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.catalog_file import pack
from migrate_dhi.dhi.playbook import Member
from migrate_dhi.dhi.tagchoice import choose


def definition(line, *tags, distro="debian-13", **facts):
    release = tags[0].split("-")[0]
    return {"line": line, "version": release, "distro": distro, "tags": list(tags), **facts}


def catalog_of(*definitions, past=None):
    record = {"image": "app", "definitions": list(definitions), "past": past or {}}
    return Catalog(pack({"format": 1, "source": "s", "date": "2026-01-01", "commit": ""}, [record]), "test")


APP = catalog_of(
    definition("1.2", "1.2.9-debian13"),
    definition("1.2", "1.2.9-alpine3.23", distro="alpine-3.23"),
    definition("1.3", "1.3.0-debian13"),
    definition("1.3", "1.3.0-debian13-compat", flavor="compat"),
    definition("1.3", "1.3.0-debian13-dev", variant="dev"),
    definition("1.3", "1.3.0-debian13-fips", flavor="fips"),
    definition("2", "2.0.1-debian13"),
    past={"1.1.4-debian13": ["2025-12-30", "2026-01-05"], "1.2.8-debian13": ["2025-12-30", "2026-01-05"]},
)


@pytest.mark.parametrize(
    ("upstream", "tag"),
    [
        ("1.3.0", "1.3.0-debian13"),
        ("v1.2.3", "1.2.9-debian13"),
        ("1.2.3-alpine3.20", "1.2.9-debian13"),
        ("1.2", "1.2.9-debian13"),
        ("1", "1.3.0-debian13"),
        ("1.3.0-compat", "1.3.0-debian13-compat"),
    ],
)
def test_tag_is_chosen(upstream, tag):
    assert choose(APP, "app", upstream).tag == tag


@pytest.mark.parametrize("upstream", ["latest", "", "1.1.0", "1.4.0", "3.0.0", "1.3.0-rc1", "1.2.10-beta.1"])
def test_tag_is_not_chosen(upstream):
    choice = choose(APP, "app", upstream)

    assert (choice.tag, choice.definition) == ("", None)
    assert choice.offers


def test_nearest_lines_are_offered_first_and_past_tags_last():
    assert choose(APP, "app", "1.1.0").offers == (
        "1.2.9-debian13",
        "1.3.0-debian13",
        "2.0.1-debian13",
        "1.1.4-debian13",
    )


def test_past_tags_are_marked():
    [note] = choose(APP, "app", "1.1.0").notes

    assert note.code == "tags-past"
    assert "1.1.4-debian13 (until 2026-01-05)" in note.message


def test_wished_distro_is_taken():
    assert choose(APP, "app", "1.2.3", distro="alpine").tag == "1.2.9-alpine3.23"


def test_distro_that_is_missing_is_said():
    choice = choose(APP, "app", "2.0.1", distro="alpine")

    assert choice.tag == "2.0.1-debian13"
    assert [note.code for note in choice.notes] == ["distro-differs"]


def test_older_patch_is_said():
    choice = choose(APP, "app", "1.2.12")

    assert choice.tag == "1.2.9-debian13"
    assert [note.code for note in choice.notes] == ["tag-older"]


def test_playbooks_flavor_is_preferred_with_its_reason():
    member = Member(images=("x",), target="app", flavor="compat", reason="it needs a shell")

    choice = choose(APP, "app", "1.3.0", member)

    assert choice.tag == "1.3.0-debian13-compat"
    assert "it needs a shell" in choice.reason


def test_flavor_that_lacks_the_line_gives_way():
    member = Member(images=("x",), target="app", flavor="compat", reason="it needs a shell")

    choice = choose(APP, "app", "1.2.3", member)

    assert choice.tag == "1.2.9-debian13"
    assert [note.code for note in choice.notes] == ["flavor-missing"]


def test_paid_flavor_is_not_chosen_even_if_the_upstream_tag_has_its_word():
    assert choose(APP, "app", "1.3.0-fips").tag == "1.3.0-debian13"


def test_dev_is_not_chosen_where_nothing_else_is():
    choice = choose(catalog_of(definition("1", "1.0.0-debian13-dev", variant="dev")), "app", "1.0.0")

    assert choice.definition is None


def test_several_flavors_without_a_plain_one_are_a_question():
    catalog = catalog_of(
        definition("1", "1.0.0-debian13-core", flavor="core"),
        definition("1", "1.0.0-debian13-full", flavor="full"),
    )

    assert "core, full" in choose(catalog, "app", "1.0.0").reason


def test_builds_for_several_platforms_are_a_question_unless_the_tag_says():
    catalog = catalog_of(definition("10", "10.0.1-jdk17-debian13"), definition("10", "10.0.1-jdk21-debian13"))

    assert choose(catalog, "app", "10.0.1").definition is None
    assert choose(catalog, "app", "10.0.1-jdk21-temurin").tag == "10.0.1-jdk21-debian13"


def test_two_part_versions_have_patches_in_the_second_part(catalog):
    assert choose(catalog, "postgres", "17.2-bookworm").tag.startswith("17.")
    assert choose(catalog, "postgres", "17.2.0-debian-12-r3").tag.startswith("17.")
    assert choose(catalog, "postgres", "12.3").definition is None


def test_past_tags_of_another_flavor_are_not_offered():
    past = {
        "1.1.4-debian13-compat": ["2025-12-30", "2026-01-05"],
        "1.1.4-debian13": ["2025-12-30", "2026-01-05"],
    }
    catalog = catalog_of(
        definition("1.2", "1.2.9-debian13"),
        definition("1.2", "1.2.9-debian13-compat", flavor="compat"),
        past=past,
    )

    assert choose(catalog, "app", "1.1.4").offers == ("1.2.9-debian13", "1.1.4-debian13")
    assert choose(catalog, "app", "1.1.4-compat").offers == ("1.2.9-debian13-compat", "1.1.4-debian13-compat")


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("app-compat", "1.3.0-debian13-compat"),
        ("app", "1.3.0-debian13"),
        ("app-tools", "1.3.0-debian13"),
        ("app-fips", "1.3.0-debian13"),
        ("compat", "1.3.0-debian13-compat"),
    ],
)
def test_a_flavor_is_what_the_upstream_image_has_in_its_name(name, tag):
    assert choose(APP, "app", "1.3.0", upstream_name=name).tag == tag
