"""Flux's image automation behind a marker."""

import pytest

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


def test_a_policy_that_writes_name_and_tag_is_settled_at_both(follows):
    follows.edit(
        "apps/cache.yaml",
        "      repository: valkey/valkey\n",
        '      repository: valkey/valkey # {"$imagepolicy": "flux-system:cache:name"}\n',
    )

    assert "bot-overwrites" not in {finding["code"] for finding in follows.plan()["findings"]}


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("images/other.yaml", OTHER),
        ("apps/more.yaml", 'image: valkey/valkey:8 # {"$imagepolicy": "flux-system:cache"}\n'),
        ("images/cache.yaml", OBJECTS.replace("semver: {range: 8.x}", "alphabetical: {}")),
        ("images/cache.yaml", OBJECTS.replace("valkey/valkey", "acme/own")),
    ],
    ids=["another policy", "another marker", "no range of versions", "another image"],
)
def test_what_others_use_or_cannot_be_known_stays_and_is_told(follows, file, text):
    plan = follows.write(file, text).plan()

    assert plan["steps"][-1]["status"] == "not-needed"
    assert "bot-overwrites" in {finding["code"] for finding in plan["findings"]}
