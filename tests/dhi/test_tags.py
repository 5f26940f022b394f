"""Reading upstream and hardened tags."""

import pytest

from migrate_dhi.dhi.tags import parse_hardened, parse_upstream, same_line, same_version


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
