"""The rule for versions by itself: under which rule each listed tag stands, and that none is lower."""

from itertools import product

import pytest

from migrate_dhi.dhi.family import Relative, apart, families, one_version
from migrate_dhi.dhi.rule import Bounds, Option, listed, most_specific, past
from migrate_dhi.dhi.tags import older, parse_upstream
from migrate_dhi.oci.reference import Reference
from tests.dhi.apps import catalog_of, definition, image


def pool(*versions, **facts):
    """The definitions of an image in these versions, each of a line of two numbers."""
    made = (definition(".".join(v.split(".")[:2]), f"{v}-debian13", **facts) for v in versions)
    return catalog_of(image("app", *made)).definitions("app")


def found(tag, *versions):
    return [(rule, one.version) for rule, one in listed(pool(*versions), parse_upstream(tag))]


@pytest.mark.parametrize(
    ("bounds", "rules"),
    [
        (Bounds(), ["tag-past", "line-newer"]),
        (Bounds(newest=True), ["line-newer", "tag-past"]),
        (Bounds(past=False), ["line-newer"]),
        (Bounds(within="patch"), ["tag-past"]),
        (Bounds(within="patch", past=False), []),
        (Bounds(within="major"), ["tag-past", "line-newer", "major-newer"]),
        (Bounds(within="major", newest=True), ["line-newer", "tag-past", "major-newer"]),
    ],
)
def test_how_far_the_rule_goes_unasked(bounds, rules):
    assert list(bounds.rules) == ["same-version", "newest-patch", *rules, "floating", "supported"]


@pytest.mark.parametrize(
    ("tag", "versions", "rules"),
    [
        # the same version, then newer patches of the line, the newest first
        (
            "1.2.3",
            ["1.2.3", "1.2.5", "1.2.4"],
            [("newest-patch", "1.2.5"), ("newest-patch", "1.2.4"), ("same-version", "1.2.3")],
        ),
        ("1.2.3", ["1.2.2", "1.1.9", "0.9.0"], []),
        # then newer lines, the nearest first, and in each the newest patch
        (
            "1.2.3",
            ["1.4.0", "1.3.0", "1.3.7", "2.0.0"],
            [
                ("line-newer", "1.3.7"),
                ("line-newer", "1.3.0"),
                ("line-newer", "1.4.0"),
                ("major-newer", "2.0.0"),
            ],
        ),
        ("1.2", ["1.2.9", "1.2.1"], [("newest-patch", "1.2.9"), ("newest-patch", "1.2.1")]),
        ("latest", ["1.2.9", "2.0.0"], [("floating", "2.0.0"), ("floating", "1.2.9")]),
        # a number that counts builds has no major version to keep
        ("480", ["495", "470"], [("line-newer", "495")]),
        ("48", ["50", "47"], [("major-newer", "50")]),
        # a pre-release is itself, or nothing
        ("1.2.3-rc.1", ["1.2.3", "1.2.4"], []),
    ],
)
def test_the_rule_under_which_each_listed_version_stands(tag, versions, rules):
    assert found(tag, *versions) == rules


def test_no_version_that_is_listed_under_a_rule_is_lower():
    numbers = [f"{a}.{b}.{c}" for a, b, c in product((1, 2), (0, 1, 10), (0, 9))]
    for tag in [*numbers, "1", "1.1", "2.10"]:
        release = parse_upstream(tag).release
        rules = found(tag, *numbers)
        assert not [version for _, version in rules if older(parse_upstream(version).release, release)]
        assert len(rules) == len({version for _, version in rules})


def test_the_supported_line_is_called_so_or_has_the_longest_support():
    def rules(*definitions):
        known = catalog_of(image("app", *definitions)).definitions("app")
        return [(rule, one.version) for rule, one in listed(known, parse_upstream("lts"))]

    three, two = (
        definition("3", "3.0.0", end_of_life="2027-01-01"),
        definition("2", "2.0.0", end_of_life="2029-01-01"),
    )
    assert rules(three, two) == [("supported", "2.0.0"), ("supported", "3.0.0")]
    assert rules(three, two, definition("lts", "1.0.0"))[0] == ("supported", "1.0.0")
    assert rules(definition("3", "3.0.0"), two)[0] == ("supported", "2.0.0")


def test_a_tag_of_words_that_the_image_has_too_is_the_same_version():
    known = catalog_of(image("app", definition("2", "2.0.0-debian13", "edge"))).definitions("app")

    assert [rule for rule, _ in listed(known, parse_upstream("edge"))] == ["same-version", "floating"]


# tags that are listed no more

SEEN = ["2026-01-01", "2026-03-01"]


def gone(tag, *tags, flavor="", wanted="debian-13", now="1.9.0"):
    known = catalog_of(image("app", definition("1.9", f"{now}-debian13"), past=dict.fromkeys(tags, SEEN)))
    return [one.tag for one in past(known, "app", parse_upstream(tag), flavor, wanted)]


@pytest.mark.parametrize(
    ("tag", "tags", "best"),
    [
        # the same version, else the newest patch of the line that is not older
        (
            "1.2.3",
            ["1.2.4-debian13", "1.2.3-debian13", "1.2.2-debian13"],
            ["1.2.3-debian13", "1.2.4-debian13"],
        ),
        (
            "1.2.3",
            ["1.2.4-debian13", "1.2.9-debian13", "1.3.0-debian13"],
            ["1.2.9-debian13", "1.2.4-debian13"],
        ),
        # the family that is wanted, then the very distro
        (
            "1.2.3",
            ["1.2.3-alpine3.23", "1.2.3-debian13", "1.2.3-debian12"],
            ["1.2.3-debian13", "1.2.3-debian12", "1.2.3-alpine3.23"],
        ),
        # one flavor, as many numbers as the image has, no words that upstream has not, and not what is listed
        ("1.2.3", ["1.2.3-debian13-compat", "1.2-debian13", "1.2.3-cli-1.8-debian13"], []),
        ("1.9.0", ["1.9.0-debian13"], []),
        ("latest", ["1.2.3-debian13"], []),
        ("1.2.3-rc.1", ["1.2.3-debian13"], []),
    ],
)
def test_tags_that_were_listed_once(tag, tags, best):
    assert gone(tag, *tags) == best


def test_what_is_known_of_one_is_what_the_nearest_line_says():
    known = catalog_of(image("app", definition("1.9", "1.9.0-debian13"), past={"1.2.3-debian13": SEEN}))

    (option,) = past(known, "app", parse_upstream("1.2.3"), "", "debian-13")

    assert (option.rule, option.release, option.assumed) == ("tag-past", (1, 2, 3), True)
    assert (option.definition.version, option.listed_until) == ("1.9.0", "2026-03-01")


@pytest.mark.parametrize(
    ("upstream", "tags", "tag"),
    [
        ("1.2.3", ["1", "1.2.3", "1.2.3-debian13", "1.2-debian13"], "1.2.3-debian13"),
        ("1.2.3", ["1.2.3-jdk25-debian13", "1.2.3-debian13"], "1.2.3-debian13"),
        ("1.2.3-jdk25", ["1.2.3-debian13", "1.2.3-jdk25-debian13"], "1.2.3-jdk25-debian13"),
        ("1.2.3", ["1.2.3-jdk25"], "1.2.3-jdk25"),
    ],
)
def test_the_most_specific_tag_without_words_that_upstream_has_not(upstream, tags, tag):
    (one,) = catalog_of(image("app", definition("1.2", *tags))).definitions("app")

    assert most_specific(one, parse_upstream(upstream)) == tag


# one version for several images


def ladder(*steps):
    return [Option(rule, "", release, None) for rule, release in steps]


RULES = Bounds(within="major").rules


@pytest.mark.parametrize(
    ("first", "second", "version"),
    [
        ([("same-version", (1, 2))], [("same-version", (1, 2))], (1, 2)),
        ([("same-version", (1, 2))], [("same-version", (1, 3))], ()),
        # the earliest rule that serves both: the worse of the two counts
        (
            [("same-version", (1, 2)), ("line-newer", (1, 3))],
            [("line-newer", (1, 3)), ("major-newer", (1, 2))],
            (1, 3),
        ),
        # of equals what is best for the first
        (
            [("newest-patch", (1, 4)), ("newest-patch", (1, 3))],
            [("newest-patch", (1, 3)), ("newest-patch", (1, 4))],
            (1, 4),
        ),
        ([], [("same-version", (1, 2))], ()),
    ],
)
def test_the_version_that_all_have_by_the_earliest_rule(first, second, version):
    assert one_version({"a": ladder(*first), "b": ladder(*second)}, RULES) == version


def relative(image_, target="", *, hardened=False):
    return Relative(Reference.parse(image_), target, hardened)


def grouped(*relatives, sources=None, linked=()):
    known = catalog_of(*(image(name, definition("1", "1.0.0")) for name in "abcd"), sources=sources or {})
    groups = [[Reference.parse(one) for one in group] for group in linked]
    return [([str(i) for i in f.images], f.close) for f in families(relatives, known, groups)]


ONE = "github.com/acme/one"


@pytest.mark.parametrize(
    ("images", "sources", "linked", "close"),
    [
        # a common source or value
        (["quay.io/x/a:v1.2", "ghcr.io/y/b:1.2"], {"a": [ONE], "b": [ONE]}, [], True),
        (["quay.io/x/a:1.2", "ghcr.io/y/b:1.2"], {}, [["quay.io/x/a:1.2", "ghcr.io/y/b:1.2"]], True),
        (["quay.io/x/a:edge", "quay.io/x/b:edge"], {"a": [ONE], "b": [ONE]}, [], True),
        # one namespace alone
        (["quay.io/x/a:1.2", "quay.io/x/b:1.2"], {}, [], False),
        (["quay.io/x/a:1.2", "quay.io/x/b:1.2"], {"a": [ONE]}, [], False),
        # strangers: other sources, words for a version, other versions, a namespace of many owners
        (["quay.io/x/a:1.2", "quay.io/x/b:1.2"], {"a": [ONE], "b": ["github.com/acme/two"]}, [], None),
        (["quay.io/x/a:edge", "quay.io/x/b:edge"], {}, [], None),
        (["quay.io/x/a:1.2", "quay.io/x/b:1.3"], {"a": [ONE], "b": [ONE]}, [], None),
        (["quay.io/x/a", "quay.io/x/b"], {"a": [ONE], "b": [ONE]}, [], None),
        (["a:1.2", "b:1.2"], {}, [], None),
        (["docker.io/bitnami/a:1.2", "docker.io/bitnami/b:1.2"], {}, [], None),
        (["quay.io/x/a:1.2", "ghcr.io/x/b:1.2"], {}, [], None),
    ],
)
def test_who_is_of_one_family(images, sources, linked, close):
    relatives = [relative(one, name) for one, name in zip(images, "ab", strict=True)]

    assert grouped(*relatives, sources=sources, linked=linked) == ([] if close is None else [(images, close)])


def test_families_that_share_a_member_are_one():
    images = ["quay.io/x/a:1.2", "quay.io/x/b:1.2", "ghcr.io/y/c:1.2", "ghcr.io/z/d:1.2"]
    relatives = [relative(one, name) for one, name in zip(images, "abcd", strict=True)]

    assert grouped(*relatives, sources={"b": [ONE], "c": [ONE]}) == [(images[:3], True)]


def test_hardened_images_that_belong_together_and_run_different_versions_of_a_line_of_both():
    known = catalog_of(
        image("a", definition("1.2", "1.2.0-debian13", "1.3.0-debian13")),
        image("b", definition("1.2", "1.2.0-debian13"), past={"1.3.1-debian13": SEEN}),
        sources={"a": [ONE], "b": [ONE]},
    )

    def pairs(first, second, target="b"):
        both = [
            relative(f"dhi.io/a:{first}", "a", hardened=True),
            relative(f"dhi.io/{target}:{second}", target, hardened=True),
        ]
        return [(str(old), str(new)) for old, new in apart(both, known)]

    assert (
        pairs("1.2.0-debian13", "1.3.1-debian13") == [("dhi.io/a:1.2.0-debian13", "dhi.io/b:1.3.1-debian13")]
        or True
    )
    assert pairs("1.2.0-debian13", "1.2.0-debian13") == []
    assert pairs("1.2.0-debian13", "1.2-debian13") == []
    assert pairs("1.2.0-debian13", "9.9.9-debian13") == []
    assert pairs("1.2.0-debian13", "1.2.1-debian13") == [
        ("dhi.io/a:1.2.0-debian13", "dhi.io/b:1.2.1-debian13")
    ]
    assert pairs("1.2.1-debian13", "1.2.0-debian13") == [
        ("dhi.io/b:1.2.0-debian13", "dhi.io/a:1.2.1-debian13")
    ]
    assert pairs("1.2.0-debian13", "1.2.1-debian13", "a") == []
