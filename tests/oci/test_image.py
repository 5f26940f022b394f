"""What a registry answers is read, or refused; it never breaks the program."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate_dhi.dhi.observed import label, observed
from migrate_dhi.errors import RegistryError
from migrate_dhi.oci.image import (
    Manifest,
    Platform,
    is_digest,
    is_for,
    read_configuration,
    read_manifest,
    read_tags,
)
from migrate_dhi.oci.tokens import read_challenges
from tests.dhi.apps import catalog_of, definition, image
from tests.oci.images import Blobs, digest_of, hardened

_NAMES = st.sampled_from(
    [
        "config",
        "manifests",
        "digest",
        "platform",
        "os",
        "architecture",
        "variant",
        "tags",
        "User",
        "Env",
        "Entrypoint",
        "Cmd",
        "ExposedPorts",
        "Labels",
        "WorkingDir",
        "com.docker.dhi.date.end-of-life",
    ]
)
_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.just("sha256:" + "0" * 64),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=6),
    max_leaves=25,
)
APP = catalog_of(image("app", definition("1.2", "1.2.9-debian13"))).definitions("app")[0]


@given(_ANYTHING)
def test_any_json_is_read_or_refused(data):
    body = json.dumps(data).encode()
    for read in (read_tags, read_configuration, lambda *words: read_manifest(words[0], "sha256:0", words[1])):
        with suppress(RegistryError):
            found = read(body, "here")
            if read is read_configuration:
                assert observed(APP, found).image == "app"
                label(found, "name")


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(["Bearer ", "realm=", '"', "a", ",", "\\", " Basic "])).map("".join)
)
def test_any_challenge_is_read(text):
    assert isinstance(read_challenges(text), dict)


@pytest.mark.parametrize("digest", ["", "../../x", "sha256:xyz", "md5:" + "0" * 32, 7, None])
def test_what_has_no_digest_is_not_fetched(digest):
    with pytest.raises(RegistryError):
        read_manifest(json.dumps({"config": {"digest": digest}}).encode(), "sha256:0", "here")
    index = {"manifests": [{"platform": {"os": "linux", "architecture": "amd64"}, "digest": digest}]}
    assert read_manifest(json.dumps(index).encode(), "sha256:0", "here").platforms == ()


def test_configuration_of_a_hardened_image():
    blobs = Blobs()
    manifest = json.loads(blobs.content[blobs.image("linux/arm/v7", **hardened("app", "1.2.9"))["digest"]])
    body = blobs.content[manifest["config"]["digest"]]

    found = read_configuration(body, "here")
    assert (found.platform, found.user, label(found, "name")) == ("linux/arm/v7", "nonroot", "app")
    assert digest_of(body) == manifest["config"]["digest"]


@pytest.mark.parametrize(
    ("platform", "wanted", "fits"),
    [
        ("linux/amd64", "linux/amd64", True),
        ("linux/amd64", "linux/arm64", False),
        ("linux/arm64/v8", "linux/arm64", True),
        ("linux/arm64", "linux/arm64/v8", True),
        ("linux/arm64/v9", "linux/arm64", True),
        ("linux/arm64", "linux/arm64/v9", False),
        ("linux/arm/v7", "linux/arm", True),
        ("linux/arm/v7", "linux/arm/v6", False),
        ("linux/arm", "linux/arm/v7", False),
        # arm is no beginning of arm64.
        ("linux/arm64", "linux/arm", False),
        ("windows/amd64", "linux/amd64", False),
    ],
)
def test_whether_an_image_is_of_the_wanted_kind(platform, wanted, fits):
    assert is_for(platform, wanted) is fits


def test_the_very_platform_comes_before_one_that_fits():
    digests = [f"sha256:{n}{'0' * 63}" for n in range(3)]
    names = ("linux/arm/v7", "linux/arm/v6", "linux/arm")
    manifest = Manifest("sha256:x", tuple(map(Platform, names, digests)))

    assert manifest.platform("linux/arm").digest == digests[2]
    assert manifest.platform("linux/arm/v6").digest == digests[1]
    assert manifest.platform("linux/s390x") is None


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("sha256:" + "a" * 64, True),
        ("sha512:" + "0" * 128, True),
        ("sha256:" + "A" * 64, False),
        ("sha256:" + "a" * 63, False),
        ("sha512:" + "a" * 64, False),
        ("sha256:" + "g" * 64, False),
        ("sha256:" + "a" * 64 + "\n", False),
        ("", False),
        (None, False),
        (5, False),
    ],
)
def test_a_digest_that_can_be_checked(text, is_one):
    assert is_digest(text) is is_one
