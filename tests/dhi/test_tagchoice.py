"""The rule for tags, on one image of our own."""

import pytest

from migrate_dhi.dhi.playbook import Member
from migrate_dhi.dhi.rule import Bounds
from migrate_dhi.dhi.tagchoice import Wanted, _ranked, choose
from migrate_dhi.dhi.tags import parse_upstream
from migrate_dhi.findings import Finding
from tests.dhi.apps import catalog_of, definition, image

APP = catalog_of(
    image(
        "app",
        definition("1.2", "1.2.9-debian13", "1.2-debian13"),
        definition("1.2", "1.2.9-alpine3.23", distro="alpine-3.23"),
        definition("1.3", "1.3.0-debian13", end_of_life="2028-04-30", shells=["bash"], user="app", uid=70),
        definition("1.3", "1.3.0-debian13-compat", flavor="compat", shells=["bash"]),
        definition("1.3", "1.3.0-debian13-dev", variant="dev"),
        definition("1.3", "1.3.0-debian13-fips", flavor="fips"),
        definition("1.4", "1.4.2-debian13"),
        definition("2.0", "2.0.1-debian13"),
        past={
            "1.1.4-debian13": ["2025-12-30", "2026-01-05"],
            "1.1.3-debian13": ["2025-12-01", "2025-12-30"],
            "1.1.4-debian13-compat": ["2025-12-30", "2026-01-05"],
            "1.2.8-debian13": ["2025-12-30", "2026-01-05"],
        },
    )
)


def chosen(tag, bounds=None, catalog=APP, **wanted):
    """(rule, tag) of the choice; both empty where it is a question."""
    option = choose(catalog, "app", Wanted(tag, bounds=bounds or Bounds(), **wanted)).option
    return (option.rule, option.tag) if option else ("", "")


@pytest.mark.parametrize(
    ("upstream", "rule", "tag"),
    [
        ("1.3.0", "same-version", "1.3.0-debian13"),
        ("1.3.0-compat", "same-version", "1.3.0-debian13-compat"),
        ("v1.2.3", "newest-patch", "1.2.9-debian13"),
        ("1.2.3-alpine3.20", "newest-patch", "1.2.9-debian13"),
        ("1.2", "newest-patch", "1.2.9-debian13"),
        ("1", "newest-patch", "1.4.2-debian13"),
        ("release-1-2", "newest-patch", "1.2.9-debian13"),
        ("app-1.2.3", "newest-patch", "1.2.9-debian13"),
        ("app-1", "newest-patch", "1.4.2-debian13"),
        ("1.1.3", "tag-past", "1.1.3-debian13"),
        ("1.1.1", "tag-past", "1.1.4-debian13"),
        ("1.1", "tag-past", "1.1.4-debian13"),
        ("1.1.4-compat", "tag-past", "1.1.4-debian13-compat"),
        ("1.0.0", "line-newer", "1.2.9-debian13"),
        ("1.1.5", "line-newer", "1.2.9-debian13"),
        ("1.2.12", "line-newer", "1.3.0-debian13"),
        ("latest", "floating", "2.0.1-debian13"),
        ("", "floating", "2.0.1-debian13"),
        ("alpine3.20", "floating", "2.0.1-debian13"),
        ("main-171db75", "floating", "2.0.1-debian13"),
        ("17b1956c", "floating", "2.0.1-debian13"),
        ("v20230312-a1b2c3d", "floating", "2.0.1-debian13"),
        ("0.0.0", "floating", "2.0.1-debian13"),
        ("lts", "supported", "1.3.0-debian13"),
        ("stable-slim", "supported", "1.3.0-debian13"),
    ],
)
def test_the_first_rule_that_serves_is_taken(upstream, rule, tag):
    assert chosen(upstream) == (rule, tag)


@pytest.mark.parametrize("upstream", ["1.4.3", "1.5.0", "2.0.2", "2.1", "3.0.0", "2.0.1.1"])
def test_nothing_lower_is_taken_or_offered(upstream):
    choice = choose(APP, "app", Wanted(upstream))

    assert choice.option is None
    assert not any(tag.startswith("1.") and upstream.startswith(("2", "3")) for tag in choice.offers)
    assert not any(tag.startswith(("1.2", "1.3", "1.1")) for tag in choice.offers)


def test_where_the_catalog_ends_below_that_is_the_reason():
    assert (
        choose(APP, "app", Wanted("2.1")).reason == "the catalog ends at app 2.0.1, which is older than 2.1"
    )


@pytest.mark.parametrize("upstream", ["1.3.0-rc1", "1.2.10-beta.1"])
def test_a_pre_release_is_a_question_with_its_line_on_offer(upstream):
    choice = choose(APP, "app", Wanted(upstream))

    assert choice.option is None
    assert "1.3.0-debian13" in choice.offers


def test_another_major_version_is_a_question_unless_the_flag_goes_so_far():
    assert chosen("1.5.0") == ("", "")
    assert chosen("1.5.0", Bounds("major")) == ("major-newer", "2.0.1-debian13")


def test_within_patch_goes_to_no_other_line():
    assert chosen("1.0.0", Bounds("patch")) == ("", "")
    assert chosen("1.1.3", Bounds("patch")) == ("tag-past", "1.1.3-debian13")


def test_without_past_tags_the_newer_line_is_taken():
    assert chosen("1.1.3", Bounds(past=False)) == ("line-newer", "1.2.9-debian13")


def test_newest_prefers_the_line_that_gets_updates():
    assert chosen("1.1.3", Bounds(newest=True)) == ("line-newer", "1.2.9-debian13")
    assert chosen("1.2.8", Bounds(newest=True)) == ("newest-patch", "1.2.9-debian13")


def test_facts_of_a_past_tag_are_those_of_the_nearest_line():
    option = choose(APP, "app", Wanted("1.1.3")).option

    assert (option.assumed, option.definition.version) == (True, "1.2.9")


def test_a_past_tag_is_said_with_its_day_and_what_gets_updates():
    [note] = choose(APP, "app", Wanted("1.1.3")).notes

    assert (note.code, note.severity) == ("tag-past", "warning")
    assert "last listed on 2025-12-30" in note.message
    assert "1.2.9-debian13" in note.message


def test_a_newer_line_is_said_with_what_differs():
    [note] = choose(APP, "app", Wanted("1.2.12")).notes

    assert (note.code, note.severity) == ("line-newer", "warning")
    assert "end of life 2028-04-30" in note.message
    assert "since 1.2.9-debian13: user None became app, shell none became bash" in note.message


def test_a_floating_tag_is_said():
    [note] = choose(APP, "app", Wanted("latest")).notes

    assert note.code == "tag-floating"
    assert "'latest' names no version" in note.message


@pytest.mark.parametrize(
    "upstream",
    [
        "1.3.0-apache",
        "1.3-fips",
        "1.3.0-jdk-jammy",
        "apache",
        "1.3.0-server",
        "server-12",
        "server-1-25-latest",
    ],
)
def test_a_word_that_nothing_explains_is_a_question(upstream):
    choice = choose(APP, "app", Wanted(upstream))

    assert choice.option is None
    assert choice.offers
    assert any(word in choice.reason for word in ("apache", "fips", "jdk", "server"))


@pytest.mark.parametrize(
    "upstream",
    ["1.3.0-bookworm-slim", "1.3.0-debian-12-r3", "1.3.0-distroless-libc", "1.3.0-ubi9", "1.3.0-g66a760794"],
)
def test_distro_size_and_revision_may_go(upstream):
    assert chosen(upstream)[1] == "1.3.0-debian13"


def test_a_word_of_the_revision_that_was_built_is_explained():
    catalog = catalog_of(
        image(
            "app",
            definition("1", "1.3.0-debian13", sources=["git+https://example.org/app.git#v1.3.0-cluster"]),
        )
    )

    assert chosen("1.3.0-cluster", catalog=catalog) == ("same-version", "1.3.0-debian13")


def test_the_java_that_the_image_brings_is_explained():
    catalog = catalog_of(image("app", definition("1", "1.3.0-debian13", packages=["eclipse-temurin-21-jre"])))

    assert chosen("1.3.0-jdk21", catalog=catalog)[1] == "1.3.0-debian13"
    assert chosen("1.3.0-jdk17", catalog=catalog)[1] == ""


def test_a_java_image_is_no_other_java():
    catalog = catalog_of(image("app", definition("1", "21.0.1-debian13", packages=["app-21-jre"])))

    assert chosen("21-jre", catalog=catalog)[1] == "21.0.1-debian13"
    assert chosen("21-jdk", catalog=catalog)[1] == ""


def test_a_tag_that_the_image_has_too_says_its_distro():
    catalog = catalog_of(
        image(
            "app",
            definition("1", "1.2.9-debian13", "1.2-debian13", "1.2"),
            definition("1", "1.2.9-alpine3.23", "1.2-alpine", distro="alpine-3.23"),
        )
    )

    assert chosen("1.2-alpine", catalog=catalog) == ("newest-patch", "1.2.9-alpine3.23")
    assert chosen("1.2.9-alpine", catalog=catalog) == ("same-version", "1.2.9-debian13")
    assert chosen("1.2-alpine", catalog=catalog, distro="debian")[1] == "1.2.9-debian13"


def test_builds_that_count_up_have_no_major_version():
    catalog = catalog_of(image("app", definition("latest", "483-debian13")))

    assert chosen("480", catalog=catalog) == ("line-newer", "483-debian13")
    assert chosen("483", catalog=catalog) == ("same-version", "483-debian13")
    assert chosen("484", catalog=catalog) == ("", "")
    assert chosen("20", catalog=catalog) == ("", "")


def test_a_build_number_behind_the_version_is_none_of_it():
    catalog = catalog_of(image("app", definition("26", "26.7.0-debian13")))

    assert chosen("26.7.0.124771", catalog=catalog) == ("same-version", "26.7.0-debian13")
    assert chosen("26.8.0.124771", catalog=catalog) == ("", "")


def test_days_are_versions():
    catalog = catalog_of(image("app", definition("stable", "2026-05-11-debian13", version="2026-05-11")))

    assert chosen("2026-05-11", catalog=catalog)[0] == "same-version"
    assert chosen("2026-03-01", catalog=catalog)[0] == "line-newer"
    assert chosen("2026-06-01", catalog=catalog) == ("", "")


def test_a_line_that_is_called_stable_is_what_lts_means():
    catalog = catalog_of(
        image("app", definition("regular", "2.578-debian13"), definition("stable", "2.568.2-debian13"))
    )

    assert chosen("lts", catalog=catalog)[1] == "2.568.2-debian13"
    assert chosen("latest", catalog=catalog)[1] == "2.578-debian13"


def lacks_a_shell(definition):
    return [] if definition.shells else [Finding("shell-missing", "error", "a probe needs a shell")]


def test_the_flavor_that_can_run_it_is_taken_with_the_reason():
    catalog = catalog_of(
        image(
            "app",
            definition("1.3", "1.3.0-debian13"),
            definition("1.3", "1.3.0-debian13-compat", flavor="compat", shells=["bash"]),
        )
    )
    choice = choose(catalog, "app", Wanted("1.3.0"), lacks_a_shell)

    assert choice.option.tag == "1.3.0-debian13-compat"
    assert "flavor compat, because with 1.3.0-debian13 a probe needs a shell" in choice.reason


@pytest.mark.parametrize("flavor", ["fips", "fpm", "dev"])
def test_no_other_flavor_is_taken_for_need(flavor):
    facts = {"variant": "dev"} if flavor == "dev" else {"flavor": flavor}
    catalog = catalog_of(
        image(
            "app",
            definition("1.3", "1.3.0-debian13"),
            definition("1.3", f"1.3.0-debian13-{flavor}", shells=["bash"], **facts),
        )
    )

    assert choose(catalog, "app", Wanted("1.3.0"), lacks_a_shell).option.tag == "1.3.0-debian13"


def test_wished_distro_is_taken():
    assert chosen("1.2.3", distro="alpine")[1] == "1.2.9-alpine3.23"


def test_distro_that_is_missing_is_said():
    choice = choose(APP, "app", Wanted("2.0.1", distro="alpine"))

    assert choice.option.tag == "2.0.1-debian13"
    assert choice.notes == (
        Finding(
            "distro-differs",
            "warning",
            "app 2.0.1 does not come on alpine; debian-13 is taken",
            help="see `migrate-dhi catalog show app`",
        ),
    )


MEMBER = Member(images=("x",), target="app", flavor="compat", reason="it needs a shell")


def test_playbooks_flavor_is_preferred_with_its_reason():
    choice = choose(APP, "app", Wanted("1.3.0", member=MEMBER))

    assert choice.option.tag == "1.3.0-debian13-compat"
    assert "it needs a shell" in choice.reason


def test_flavor_that_lacks_the_line_gives_way():
    choice = choose(APP, "app", Wanted("1.2.3", member=MEMBER))

    assert choice.option.tag == "1.2.9-debian13"
    assert choice.notes == (
        Finding(
            "flavor-missing",
            "warning",
            "app 1.2.9 has no flavor compat, which is preferred (it needs a shell); the plain image is taken",
            help="choose a line that has it with --to",
        ),
    )


def test_dev_is_not_chosen_where_nothing_else_is():
    catalog = catalog_of(image("app", definition("1", "1.0.0-debian13-dev", variant="dev")))

    assert chosen("1.0.0", catalog=catalog) == ("", "")


def test_several_flavors_without_a_plain_one_are_a_question():
    catalog = catalog_of(
        image(
            "app",
            definition("1", "1.0.0-debian13-core", flavor="core"),
            definition("1", "1.0.0-debian13-full", flavor="full"),
        )
    )

    assert "core, full" in choose(catalog, "app", Wanted("1.0.0")).reason


def test_several_builds_are_a_question_unless_the_tag_says():
    catalog = catalog_of(
        image(
            "app",
            definition("10", "10.0.1-jdk17-debian13"),
            definition("10", "10.0.1-jdk21-debian13"),
            definition("10.1", "10.1.0-debian13"),
        )
    )

    assert chosen("10.0.1", catalog=catalog) == ("", "")
    assert chosen("10.0.1-jdk21", catalog=catalog)[1] == "10.0.1-jdk21-debian13"


def test_two_part_versions_have_patches_in_the_second_part(catalog):
    for tag in ("17.2-bookworm", "17.2.0-debian-12-r3"):
        assert choose(catalog, "postgres", Wanted(tag)).option.tag.startswith("17.")
    assert choose(catalog, "postgres", Wanted("12.3")).option is None


def test_nearest_is_offered_first():
    assert choose(APP, "app", Wanted("1.0.0")).offers == (
        "1.2.9-debian13",
        "1.3.0-debian13",
        "1.4.2-debian13",
        "2.0.1-debian13",
    )


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
    assert chosen("1.3.0", name=name)[1] == tag


def test_the_version_of_a_family_is_the_only_one_that_counts():
    assert chosen("1.2.3", version=(1, 3, 0)) == ("line-newer", "1.3.0-debian13")
    assert chosen("1.2.3", version=(1, 2, 8)) == ("tag-past", "1.2.8-debian13")
    assert chosen("1.2.3", version=(1, 9, 9)) == ("", "")


def test_a_flavor_that_is_named_after_a_version_is_found_among_the_tags_that_were_listed_once():
    known = catalog_of(
        image(
            "app",
            definition("1-db-4.3", "1.2.0-debian13-db-4.3.1", flavor="db-4.3.1"),
            definition("1-db-4.2", "1.2.0-debian13-db-4.2.1", flavor="db-4.2.1"),
            past={
                "1.1.0-debian13-db-4.2.0": ["2025-12-30", "2026-01-05"],
                "1.1.0-debian13-db-4.1.0": ["2025-12-30", "2026-01-05"],
            },
        )
    )

    assert chosen("1.1.0-db-4.2.0", catalog=known) == ("tag-past", "1.1.0-debian13-db-4.2.0")
    assert chosen("1.2.0-db-4.3.1", catalog=known) == ("same-version", "1.2.0-debian13-db-4.3.1")
    # of another database none was ever made
    assert chosen("1.1.0-db-4.0.0", catalog=known) == ("", "")


@pytest.mark.parametrize(
    ("upstream", "reason", "codes"),
    [
        ("1.3.0", "1.3.0-debian13 is the same version", []),
        ("1.2.3", "1.2.9-debian13 is the newest patch release of the line of 1.2.3", []),
        ("1.2", "1.2.9-debian13 is what 1.2 stands for now", []),
        ("1.1.3", "1.1.3-debian13 is the same version, listed until 2025-12-30", ["tag-past"]),
        ("1.1.1", "1.1.4-debian13 is the newest patch of its line, listed until 2026-01-05", ["tag-past"]),
        ("1.0.0", "1.2.9-debian13 is the nearest newer line that is listed, for 1.0.0", ["line-newer"]),
        ("0.9", "1.2.9-debian13 is the nearest newer major version that is listed, for 0.9", ["line-newer"]),
        ("latest", "2.0.1-debian13 is the newest current version, for latest", ["tag-floating"]),
        ("", "2.0.1-debian13 is the newest current version, for an image without a tag", ["tag-floating"]),
        (
            "lts",
            "1.3.0-debian13 is the current line with the longest support, for lts",
            ["tag-floating"],
        ),
    ],
)
def test_the_reason_says_by_which_rule(upstream, reason, codes):
    choice = choose(APP, "app", Wanted(upstream, bounds=Bounds(within="major")))

    assert (choice.reason, [note.code for note in choice.notes]) == (reason, codes)


@pytest.mark.parametrize(
    ("distro", "codes"), [("debian", []), ("alpine", []), ("", []), ("ubuntu", ["distro-differs"])]
)
def test_a_distro_that_is_taken_as_wished_needs_no_word(distro, codes):
    assert [note.code for note in choose(APP, "app", Wanted("1.2.3", distro=distro)).notes] == codes


def of(distro, *tags, flavor=""):
    (only,) = catalog_of(image("app", definition("1", *tags, distro=distro, flavor=flavor))).definitions(
        "app"
    )
    return only


DEBIAN_12, DEBIAN_13, ALPINE = (
    of("debian-12", "1.0.0-debian12"),
    of("debian-13", "1.0.0-debian13"),
    of("alpine-3.22", "1.0.0-alpine3.22"),
)
JAVA = of("debian-13", "1.0.0-jdk25-debian13")


@pytest.mark.parametrize(
    ("found", "tag", "wanted", "order"),
    [
        # The very release that is wanted, then others of its family with the newest first, then the rest.
        ([ALPINE, DEBIAN_12, DEBIAN_13], "1.0.0", "debian", [DEBIAN_13, DEBIAN_12, ALPINE]),
        ([ALPINE, DEBIAN_13, DEBIAN_12], "1.0.0", "debian-12", [DEBIAN_12, DEBIAN_13, ALPINE]),
        ([DEBIAN_13, DEBIAN_12, ALPINE], "1.0.0", "alpine", [ALPINE, DEBIAN_13, DEBIAN_12]),
        ([DEBIAN_13, ALPINE], "1.0.0", "alpine-3.21", [ALPINE, DEBIAN_13]),
        # A word that the upstream tag does not have stands behind what has none.
        ([JAVA, DEBIAN_13], "1.0.0", "debian", [DEBIAN_13, JAVA]),
        ([JAVA, DEBIAN_12], "1.0.0", "debian", [DEBIAN_12, JAVA]),
        ([JAVA, DEBIAN_12], "1.0.0-jdk25", "debian", [JAVA, DEBIAN_12]),
        ([JAVA, DEBIAN_12], "1.0.0", "debian-13", [JAVA, DEBIAN_12]),
    ],
)
def test_which_of_one_version_comes_first(found, tag, wanted, order):
    assert _ranked(found, parse_upstream(tag), wanted) == order
