"""Flux's image automation behind a marker."""

import re

import pytest

from migrate_dhi.migration.handover.flux import of_flux
from tests.migration.handover import grounds

OBJECTS = """\
apiVersion: image.toolkit.fluxcd.io/v1beta2
kind: ImageRepository
metadata: {name: cache, namespace: flux-system}
spec:
  image: docker.io/valkey/valkey # what is scanned
  interval: 1h
---
apiVersion: image.toolkit.fluxcd.io/v1beta2
kind: ImagePolicy
metadata: {name: cache, namespace: flux-system}
spec:
  imageRepositoryRef: {name: cache}
  policy: {semver: {range: 8.x}}
"""
MARKER = '      tag: 8.1.4 # {"$imagepolicy": "flux-system:cache:tag"}\n'
OTHER = OBJECTS.partition("---\n")[2].replace("{name: cache, namespace", "{name: other, namespace")


@pytest.fixture
def follows(shop):
    return shop.edit("apps/cache.yaml", "      tag: 8.1.4\n", MARKER).write("images/cache.yaml", OBJECTS)


def test_repository_and_policy_follow_the_hardened_image(follows):
    plan = follows.plan()
    step = plan["steps"][-1]

    suffix = step["reason"].partition("fits ")[2].partition("-")[2]
    assert step["status"] == "proven"
    assert follows.changed(step) == [
        "-  image: docker.io/valkey/valkey # what is scanned",
        "+  image: dhi.io/valkey # what is scanned",
        "+  filterTags:",
        rf"+    pattern: ^(?P<version>\d+(?:\.\d+)*)-{suffix}$",
        "+    extract: $version",
    ]
    assert "with a login of its own" in step["reason"]
    assert "bot-overwrites" not in {finding["code"] for finding in plan["findings"]}


def test_what_others_use_or_cannot_be_known_stays_and_is_told(follows):
    plan = follows.write("images/other.yaml", OTHER).plan()

    assert plan["steps"][-1]["status"] == "not-needed"
    assert "bot-overwrites" in {finding["code"] for finding in plan["findings"]}


# the objects, read from the plan alone


def marked(marker="flux-system:cache:tag", objects=OBJECTS, image=grounds.VALKEY, **files):
    """What is handed over of a tag with a marker: (file, line, path, before, after) of each edit, and the ground."""
    text = f'image:\n  tag: 8.1.4 # {{"$imagepolicy": "{marker}"}}\n'
    one = grounds.ground(text, (2, "8.1.4"), images=(image,), files={"images.yaml": objects, **files})
    return [(edit.line, edit.path, edit.before, edit.after) for edit in of_flux(one)], one


PATTERN = r"^(?P<version>\d+(?:\.\d+)*)-debian13$"
BOTH = [
    (1, "spec.image", "docker.io/valkey/valkey", "dhi.io/valkey"),
    (8, "spec.filterTags", "", PATTERN),
]


def test_both_objects_are_edited_and_nothing_else_of_them():
    edits, one = marked()

    assert edits == BOTH
    assert one.text("images.yaml") == OBJECTS.replace("docker.io/valkey/valkey #", "dhi.io/valkey #") + (
        f"  filterTags:\n    pattern: {PATTERN}\n    extract: $version\n"
    )


@pytest.mark.parametrize(
    "marker", ["flux-system:cache", "flux-system:cache:name", "flux-system:cache:digest"]
)
def test_whatever_part_a_marker_writes(marker):
    assert marked(marker)[0] == BOTH


@pytest.mark.parametrize(
    "marker", ["other:cache:tag", "flux-system:other:tag", "cache", "", ":", '", "x": "', '"', "\\", "}"]
)
def test_a_marker_of_no_policy_that_is_known(marker):
    edits, one = marked(marker)

    assert (edits, one.changed) == ([], {})


@pytest.mark.parametrize(
    ("after", "pattern"),
    [
        ("dhi.io/valkey:8.1.9-debian13", PATTERN),
        ("dhi.io/valkey:8-alpine3.22", r"^(?P<version>\d+(?:\.\d+)*)-alpine3\.22$"),
        ("dhi.io/valkey:8.1.9-debian13-fips", r"^(?P<version>\d+(?:\.\d+)*)-debian13-fips$"),
    ],
)
def test_the_pattern_fits_the_tag_and_no_other_suffix(after, pattern):
    edits, _ = marked(image=("valkey/valkey:8.1.4", after))

    assert edits[1][3] == pattern
    found = re.compile(pattern).match(after.rpartition(":")[2])
    assert found["version"] == after.rpartition(":")[2].partition("-")[0]
    assert not re.compile(pattern).match(after.rpartition(":")[2] + "-dev")


def test_a_tag_without_a_suffix_needs_no_filter():
    plain = ("valkey/valkey:8.1.4", "dhi.io/valkey:8.1.9")

    assert marked(image=plain)[0] == BOTH[:1]
    # One that takes its suffix away would let none in.
    filtered = OBJECTS + "  filterTags: {pattern: '^(?P<v>.*)-alpine$', extract: $v}\n"
    assert [edit[1:] for edit in marked(image=plain, objects=filtered)[0]] == [
        BOTH[0][1:],
        ("spec.filterTags", "^(?P<v>.*)-alpine$", r"^(?P<version>\d+(?:\.\d+)*)$"),
    ]


@pytest.mark.parametrize("tag", ["v8.1.9-debian13", "latest", "8.1.9_debian13", "debian13"])
def test_a_tag_that_does_not_begin_with_a_version_is_the_users_to_word(tag):
    edits, one = marked(image=("valkey/valkey:8.1.4", f"dhi.io/valkey:{tag}"))

    assert (edits, one.changed) == ([], {})


@pytest.mark.parametrize("policy", ["alphabetical: {}", "numerical: {order: asc}", "{}"])
def test_a_policy_that_decides_by_something_else_is_the_users_to_word(policy):
    objects = OBJECTS.replace(
        "policy: {semver: {range: 8.x}}", f"policy: {{{policy}}}" if policy != "{}" else "x: 1"
    )
    edits, one = marked(objects=objects)

    assert (edits, one.changed) == ([], {})


def test_a_repository_in_another_namespace_than_its_policy():
    elsewhere = OBJECTS.replace(
        "imageRepositoryRef: {name: cache}", "imageRepositoryRef: {name: cache, namespace: images}"
    )

    assert marked(objects=elsewhere)[0] == []
    there = elsewhere.replace("namespace: flux-system}", "namespace: images}", 1)
    assert marked(objects=there)[0] == BOTH


def test_what_another_policy_scans_too_stays():
    assert marked(objects=OBJECTS + "---\n" + OTHER)[0] == []
    of_another = OTHER.replace("imageRepositoryRef: {name: cache}", "imageRepositoryRef: {name: third}")
    assert marked(objects=OBJECTS + "---\n" + of_another)[0] == BOTH


@pytest.mark.parametrize(
    ("line", "edited"),
    [
        ('x: valkey/valkey:8 # {"$imagepolicy": "flux-system:cache"}', False),
        ('x: valkey/valkey:8 # {"$imagepolicy": "flux-system:other"}', True),
        ('x: valkey/valkey:8 # {"$imagepolicy": 1}', True),
    ],
)
def test_what_another_place_is_written_by_stays(line, edited):
    assert marked(**{"more.yaml": f"{line}\n"})[0] == (BOTH if edited else [])


def test_both_or_none_of_the_objects():
    """An object that cannot be edited exactly leaves the other one as it is, too."""
    objects = OBJECTS.replace("spec:\n  imageRepositoryRef", "spec: &s\n  imageRepositoryRef") + "x: *s\n"

    edits, one = marked(objects=objects)

    assert (edits, one.changed) == ([], {})


def test_the_markers_of_a_policy_are_settled_together():
    text = (
        'image:\n  repository: valkey/valkey # {"$imagepolicy": "flux-system:cache:name"}\n'
        '  tag: 8.1.4 # {"$imagepolicy": "flux-system:cache:tag"}\n'
    )
    one = grounds.ground(text, (2, "valkey/valkey"), (3, "8.1.4"), files={"images.yaml": OBJECTS})

    found = list(of_flux(one))

    assert [edit.settles for edit in found] == [(("values.yaml", 2), ("values.yaml", 3))] * 2


def test_without_a_repository_there_are_no_objects():
    one = grounds.ground('tag: 8.1.4 # {"$imagepolicy": "flux-system:cache:tag"}\n', (1, "8.1.4"))
    one.source.files = None

    assert list(of_flux(one)) == []
