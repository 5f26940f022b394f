"""Reading upstream and hardened tags."""

import pytest

from migrate_dhi.dhi.tags import (
    distance,
    is_build,
    line_depth,
    older,
    parse_hardened,
    parse_upstream,
    release_of,
    same_line,
    same_version,
)


@pytest.mark.parametrize(
    ("tag", "release"),
    [
        ("v1.2.3", (1, 2, 3)),
        ("9.0.1-alpine3.23", (9, 0, 1)),
        ("8.1.3-debian-12-r3", (8, 1, 3)),
        ("17", (17,)),
        ("1.27.3-bookworm-perl", (1, 27, 3)),
        ("controller-v1.6.0", (1, 6, 0)),
        ("v1.150.0-cluster", (1, 150, 0)),
        ("1.31.2-cli-1.8.2", (1, 31, 2)),
    ],
)
def test_version_is_read(tag, release):
    assert parse_upstream(tag).release == release


@pytest.mark.parametrize(
    "tag",
    [
        "latest",
        "",
        "main-171db75",
        "stable",
        "bookworm",
        "alpine-3.20",
        "RELEASE.2024-01-02T03-04-05Z",
        "sha-1234567",
        "20260101",
        "nightly-2026",
    ],
)
def test_no_version_is_invented(tag):
    assert parse_upstream(tag).release == ()


@pytest.mark.parametrize("tag", ["1.2.3-rc.1", "1.2.3rc1", "v2.0.0-beta2", "1.0.0-alpha"])
def test_prerelease_is_one(tag):
    assert parse_upstream(tag).prerelease


@pytest.mark.parametrize(
    "tag", ["1.2.3-alpine", "1.2.3-debian-12-r0", "1.2.3-bookworm", "1.2.3-distroless-libc"]
)
def test_suffix_is_no_prerelease(tag):
    assert not parse_upstream(tag).prerelease


def test_hardened_tag_is_taken_apart():
    tag = parse_hardened("8.10.1-debian13-compat-dev", ["", "compat"])

    assert (tag.release, tag.distro, tag.flavor, tag.dev) == ((8, 10, 1), "debian-13", "compat", True)


def test_second_product_in_a_version_is_extra():
    tag = parse_hardened("1.31.2-cli-1.8.2-debian13")

    assert (tag.release, tag.extra) == ((1, 31, 2), ("cli", "1.8.2"))


@pytest.mark.parametrize(
    ("upstream", "version", "line"),
    [
        ("9.1.0", (9, 1, 1), (9, 1)),
        ("17.5", (17, 11), (17,)),
        ("17", (17, 11), (17,)),
        ("17.5.0-debian-12-r3", (17, 11), (17,)),
        ("1.85.1", (1, 85, 3), (1,)),
    ],
)
def test_patch_release_is_of_the_same_line(upstream, version, line):
    assert same_line(parse_upstream(upstream), version, line)


@pytest.mark.parametrize(
    ("upstream", "version", "line"),
    [
        ("9.0.1", (9, 1, 1), (9, 1)),
        ("3.18", (3, 22), (3, 22)),
        ("1.85.1", (1, 89, 0), (1,)),
        ("latest", (1, 0), (1,)),
        ("3.5.1", (3, 6), (3,)),
    ],
)
def test_minor_jump_is_another_line(upstream, version, line):
    assert not same_line(parse_upstream(upstream), version, line)


def test_floating_tag_is_not_the_same_version():
    assert not same_version(parse_upstream("9.1"), (9, 1, 1))


@pytest.mark.parametrize(
    "tag", ["v20221220-controller-v1.5.1-58-g787ea74b6", "v20230312-helm-chart-4.5.2-28-g66a760794"]
)
def test_what_git_describe_says_names_no_variant(tag):
    parsed = parse_upstream(tag)

    assert (parsed.release, parsed.words, parsed.kind) == ((), frozenset(), "floating")


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ("1.2.3", (1, 2, 3)),
        ("v1.2.3-1", (1, 2, 3)),
        ("2024-01-31", (2024, 1, 31)),
        ("v2024-01-31-x", (2024, 1, 31)),
        ("2024-01-311", (2024,)),
        ("17", (17,)),
        ("x1.2", ()),
        ("", ()),
    ],
)
def test_numbers_that_a_version_begins_with(text, release):
    assert release_of(text) == release


@pytest.mark.parametrize(
    ("tag", "kind", "words"),
    [
        ("latest", "floating", {"latest"}),
        ("lts", "supported", {"lts"}),
        ("stable-slim", "supported", {"stable", "slim"}),
        ("alpine3.20", "floating", {"alpine3.20"}),
        ("main-171db75", "build", {"main", "171db75"}),
        ("20260101", "build", {"20260101"}),
        ("0.0.0", "build", {"0.0.0"}),
        ("v0.0.1", "build", {"v0.0.1"}),
        ("17b1956c", "build", {"17b1956c"}),
        ("deadbeef", "floating", {"deadbeef"}),
        ("", "floating", set()),
    ],
)
def test_what_a_tag_without_a_version_says(tag, kind, words):
    parsed = parse_upstream(tag)

    assert (parsed.release, parsed.version, parsed.kind, parsed.words) == ((), "", kind, words)


@pytest.mark.parametrize(
    ("tag", "version", "words"),
    [
        ("8.1.3-debian-12-r3", "8.1.3", {"debian", "12", "r3"}),
        ("17.5.0-debian-12-r3", "17.5.0", {"debian", "12", "r3", "padded"}),
        ("17.5.1-debian-12-r3", "17.5.1", {"debian", "12", "r3"}),
        ("17.5.0-debian-12", "17.5.0", {"debian", "12"}),
        ("1.2.3+Build_4", "1.2.3", {"build", "4"}),
        ("2024-01-31-slim", "2024.1.31", {"slim"}),
        ("v1", "1", set()),
        ("12345", "12345", set()),
    ],
)
def test_words_behind_a_version(tag, version, words):
    parsed = parse_upstream(tag)

    assert (parsed.version, parsed.words, parsed.kind, parsed.text) == (version, words, "version", tag)


@pytest.mark.parametrize(
    ("tag", "flavors", "parts"),
    [
        ("9.0.2", [], ((9, 0, 2), (), "", "", False)),
        ("9.0.2-debian13-dev", [], ((9, 0, 2), (), "debian-13", "", True)),
        ("9.0.2-alpine3.23", [], ((9, 0, 2), (), "alpine-3.23", "", False)),
        ("9.0.2-debian", [], ((9, 0, 2), (), "debian", "", False)),
        ("9.0.2-debian13-own-kind", [], ((9, 0, 2), (), "debian-13", "own-kind", False)),
        ("9.0.2-compat", ["compat"], ((9, 0, 2), (), "", "compat", False)),
        ("9.0.2-compat", [], ((9, 0, 2), ("compat",), "", "", False)),
        # the longest flavor that it ends with
        ("9.0.2-debian13-a-b", ["b", "a-b", ""], ((9, 0, 2), (), "debian-13", "a-b", False)),
        ("10-jdk25-debian13", [], ((10,), ("jdk25",), "debian-13", "", False)),
        ("2024-01-31-debian13", [], ((2024, 1, 31), ("01", "31"), "debian-13", "", False)),
    ],
)
def test_parts_of_a_hardened_tag(tag, flavors, parts):
    read = parse_hardened(tag, flavors)

    assert (read.release, read.extra, read.distro, read.flavor, read.dev) == parts
    assert read.text == tag


@pytest.mark.parametrize(
    ("version", "than", "lower"),
    [
        ((1, 2, 3), (1, 2, 4), True),
        ((1, 2, 4), (1, 2, 4), False),
        ((1, 2, 5), (1, 2, 4), False),
        ((1, 10, 0), (1, 9, 9), False),
        # as far as both are written out
        ((8, 1, 9), (8, 1), False),
        ((8, 0, 9), (8, 1), True),
        ((17, 4), (17, 5, 0), True),
        ((17, 5), (17, 5, 1), False),
        # a fourth number counts unless it counts builds
        ((26, 7, 0), (26, 7, 0, 5), True),
        ((26, 7, 0), (26, 7, 0, 124771), False),
        ((), (1,), False),
    ],
)
def test_lower_as_far_as_both_are_written_out(version, than, lower):
    assert older(version, than) is lower


@pytest.mark.parametrize(
    ("upstream", "version", "same"),
    [
        ("1.2.3", (1, 2, 3), True),
        ("1.2", (1, 2, 0), False),
        ("1.2.0", (1, 2), False),
        ("17.5.0-debian-12-r3", (17, 5), True),
        ("17.5.0-debian-12-r3", (17, 5, 0), True),
        ("17.5.0", (17, 5), False),
        ("26.7.0.124771", (26, 7, 0), True),
        ("26.7.0.5", (26, 7, 0), False),
        ("latest", (), False),
    ],
)
def test_the_same_version_to_the_last_number(upstream, version, same):
    assert same_version(parse_upstream(upstream), version) is same


@pytest.mark.parametrize(
    ("release", "build"), [((99,), False), ((100,), True), ((100, 1), False), ((), False)]
)
def test_a_plain_number_counts_builds_from_a_hundred_on(release, build):
    assert is_build(release) is build


@pytest.mark.parametrize(
    ("version", "line", "depth"),
    [
        ((1, 2, 3), (1,), 2),
        ((1, 2, 3, 4), (1, 2), 2),
        ((17, 11), (17,), 1),
        ((3, 22), (3, 22), 2),
        ((5,), (), 1),
    ],
)
def test_how_many_numbers_a_line_has(version, line, depth):
    assert line_depth(version, line) == depth


def test_the_nearest_is_the_one_whose_first_numbers_are():
    here = (1, 2, 3)
    others = [(2, 2, 3), (1, 2, 5), (1, 1, 3), (1, 2), (1, 2, 3, 1)]

    assert sorted(others, key=lambda other: distance(here, other)) == [
        (1, 2, 3, 1),
        (1, 2, 5),
        (1, 2),
        (1, 1, 3),
        (2, 2, 3),
    ]
    assert distance((1,), (1, 0, 0)) == (0, 0, 0)
