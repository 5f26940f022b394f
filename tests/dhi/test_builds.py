"""Images of several builds, and images that are named after a distro's release: offered, and never called behind."""

import pytest

from migrate_dhi.dhi.playbook import load_playbooks
from migrate_dhi.dhi.tagchoice import Wanted, choose
from migrate_dhi.dhi.target import Wishes, decide
from migrate_dhi.oci.reference import Reference
from tests.dhi.apps import catalog_of, definition, image


def build(line, version, java, distro):
    name = distro.replace("-", "")
    tags = (f"{version}-jdk{java}-{name}", f"{version}-jdk{java}", f"{line}-jdk{java}-{name}")
    return definition(f"{line}-jdk{java}", *tags, distro=distro)


SERVER = catalog_of(
    image(
        "server",
        *(build("10", "10.1.5", java, "debian-13") for java in (17, 21)),
        *(build("10", "10.1.5", java, "alpine-3.23") for java in (17, 21)),
        *(build("11", "11.0.2", java, "debian-13") for java in (21, 25)),
    ),
    image("tool", definition("3", "3.9.1-debian13-dev", variant="dev")),
    image("gone"),
    sources={name: [f"github.com/acme/{name}"] for name in ("server", "tool", "gone")},
)


def choice(tag, name="server", **wanted):
    return choose(SERVER, name, Wanted(tag, **wanted))


TEN = ("10.1.5-jdk17-debian13", "10.1.5-jdk21-debian13")
ELEVEN = ("11.0.2-jdk21-debian13", "11.0.2-jdk25-debian13")


@pytest.mark.parametrize(
    ("tag", "offers"),
    [
        ("10.1.3", (*TEN, *ELEVEN)),
        ("10", (*TEN, *ELEVEN)),
        ("10.1.5-jammy", (*TEN, *ELEVEN)),
        ("11.0.1", ELEVEN),
        ("latest", (*ELEVEN, *TEN)),
        # A word that nothing explains, and the build besides that the tag names.
        ("10.1.3-jre17", (*TEN, *ELEVEN)),
    ],
)
def test_each_build_is_offered_where_the_tag_names_none(tag, offers):
    found = choice(tag)

    assert found.option is None
    assert found.offers == offers
    assert not found.behind


@pytest.mark.parametrize(
    ("tag", "taken"),
    [
        ("10.1.3-jdk17", "10.1.5-jdk17-debian13"),
        ("10-jdk21-jammy", "10.1.5-jdk21-debian13"),
        ("11.0.1-jdk25", "11.0.2-jdk25-debian13"),
    ],
)
def test_the_build_that_the_tag_names_is_taken(tag, taken):
    assert choice(tag).option.tag == taken


def test_builds_are_offered_on_the_wanted_distro():
    offers = choice("10.1.3", distro="alpine").offers

    assert offers[:2] == ("10.1.5-jdk17-alpine3.23", "10.1.5-jdk21-alpine3.23")


@pytest.mark.parametrize(
    ("tag", "behind"),
    [("12.0.0", True), ("11.0.3", True), ("11.0.1", False), ("latest", False), ("11.1", True)],
)
def test_the_catalog_is_behind_where_all_of_it_is_older(tag, behind):
    assert choice(tag).behind is behind


# --- named after a distro's release


@pytest.mark.parametrize(
    ("tag", "taken"),
    [
        ("trixie", "trixie-debian13"),
        ("12", "bookworm-debian12"),
        ("12.5", "bookworm-debian12"),
        ("12-slim", "bookworm-debian12"),
        ("13", "trixie-debian13"),
        ("latest", "trixie-debian13"),
        ("", "trixie-debian13"),
    ],
)
def test_the_line_is_the_version_of_an_image_that_has_none(base, tag, taken):
    assert choose(base, "base", Wanted(tag)).option.tag == taken


@pytest.fixture
def base():
    """Its definitions say no version, as the catalog's builder reads such tags."""
    rows = [
        {**definition("12", "bookworm-debian12", "bookworm", distro="debian-12"), "version": ""},
        {**definition("13", "trixie-debian13", "trixie", distro="debian-13"), "version": ""},
    ]
    return catalog_of(image("base", *rows))


def test_an_older_release_is_a_question(base):
    found = choose(base, "base", Wanted("11"))

    assert (found.option, found.behind) == (None, False)
    assert found.offers == ("bookworm-debian12", "trixie-debian13")


# --- what is said of an image that stays


def decided(text):
    reference = Reference.parse(text)
    return decide([reference], Wishes(), SERVER, load_playbooks())[reference]


@pytest.mark.parametrize(
    ("text", "status", "codes", "reason"),
    [
        ("quay.io/acme/server:10.1.3", "undecided", [], "server 10.1.5 comes in several builds"),
        (
            "quay.io/acme/server:12.0.0",
            "no-counterpart",
            ["catalog-behind"],
            "the catalog ends at server 11.0.2, which is older than 12.0.0",
        ),
        (
            "quay.io/acme/tool:3.9",
            "no-counterpart",
            ["catalog-missing"],
            "tool has no runtime image in the catalog",
        ),
        (
            "quay.io/acme/gone:1.0",
            "no-counterpart",
            ["catalog-missing"],
            "gone has no runtime image in the catalog",
        ),
    ],
)
def test_only_what_is_older_is_called_behind(text, status, codes, reason):
    decision = decided(text)

    assert decision.status == status
    assert decision.reason == f"{reason} (catalog of 2026-06-01)"
    assert [note.code for note in decision.notes] == codes
    assert all(note.message == f"{text} stays as it is: {decision.reason}" for note in decision.notes)
