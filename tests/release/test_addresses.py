"""By which addresses a repository is known, and which revisions are its base."""

import pytest

from migrate_dhi.release.addresses import Addresses, checked_out, plain_url


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/acme/shop",
        "https://example.com/acme/shop.git/",
        "https://user:token@example.com:443/acme/shop.git",
        "git@example.com:acme/shop.git",
        "ssh://git@example.com:2222/acme/Shop",
        "example.com/acme/shop",
    ],
)
def test_one_repository_has_many_addresses(url):
    assert plain_url(url) == "example.com/acme/shop"
    assert Addresses(("git@example.com:acme/shop.git",)).is_here(url) is True


def test_other_repository_is_known_only_where_this_one_is():
    assert Addresses(("https://example.com/acme/shop",)).is_here("https://example.com/acme/other") is False
    assert Addresses().is_here("https://example.com/acme/other") is None


@pytest.mark.parametrize(
    ("branches", "revision", "expected"),
    [
        ((), "HEAD", ""),
        ((), "main", ""),
        ((), "production", "production"),
        (("trunk",), "trunk", ""),
        (("trunk",), "main", "main"),
        (("trunk",), "refs/heads/trunk", ""),
        (("trunk",), "<BRANCH>", ""),
        ((), "<path:secret/data#branch>", "<path:secret/data#branch>"),
    ],
)
def test_revision_that_is_not_the_base_is_named(branches, revision, expected):
    assert Addresses((), branches).other_revision(revision) == expected


@pytest.mark.parametrize(
    ("ref", "revision"),
    [
        (None, ""),
        ({}, ""),
        ({"branch": "main"}, "main"),
        ({"branch": "main", "tag": "v1"}, "v1"),
        ({"branch": "main", "commit": "8f3e"}, "8f3e"),
        ({"tag": "v1", "semver": "1.x"}, "1.x"),
        ({"semver": "1.x", "name": "refs/pull/1/head"}, "refs/pull/1/head"),
        ({"name": "refs/tags/v1", "commit": "8f3e"}, "8f3e"),
        ("main", ""),
    ],
)
def test_what_flux_checks_out(ref, revision):
    assert checked_out({"spec": {"ref": ref}}) == revision
    assert checked_out({}) == ""


def test_clone_knows_its_remotes_and_their_main_branch(workshop):
    assert Addresses.of_clone(workshop.root) == Addresses((), ("main", "master"))

    workshop.git("remote", "add", "origin", "git@example.com:acme/shop.git")
    workshop.git("update-ref", "refs/remotes/origin/trunk", "HEAD")
    workshop.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")

    known = Addresses.of_clone(workshop.root, ["https://mirror.example.com/shop"])

    assert known.urls == ("https://mirror.example.com/shop", "git@example.com:acme/shop.git")
    assert known.branches == ("main", "trunk")
