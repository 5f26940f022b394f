"""Challenges of registries as they are written, and what is told where a login is missing or refused."""

import pytest

from migrate_dhi.errors import RegistryError
from migrate_dhi.oci.credentials import Login
from migrate_dhi.oci.tokens import denied, read_challenges
from migrate_dhi.oci.transport import address, is_loopback, origin


@pytest.mark.parametrize(
    ("text", "challenges"),
    [
        ('Bearer realm="https://a/t",service="s"', {"bearer": {"realm": "https://a/t", "service": "s"}}),
        ('bearer REALM="https://a/t"', {"bearer": {"realm": "https://a/t"}}),
        ("Bearer realm=https://a/t, service=s", {"bearer": {"realm": "https://a/t", "service": "s"}}),
        ('Basic realm="a b"', {"basic": {"realm": "a b"}}),
        # A comma within quotes ends nothing, nor does a word with an equals sign.
        (
            'Bearer scope="repository:x:pull,push",realm="https://a/t?x=1,y=2"',
            {"bearer": {"scope": "repository:x:pull,push", "realm": "https://a/t?x=1,y=2"}},
        ),
        ('Basic realm="say \\"hi\\""', {"basic": {"realm": 'say "hi"'}}),
        # Several, in either order.
        (
            'Basic realm="a", Bearer realm="https://b/t"',
            {"basic": {"realm": "a"}, "bearer": {"realm": "https://b/t"}},
        ),
        (
            'Bearer realm="https://b/t",Basic realm="a"',
            {"bearer": {"realm": "https://b/t"}, "basic": {"realm": "a"}},
        ),
        ('Negotiate, Basic realm="a"', {"basic": {"realm": "a"}}),
        ("Basic", {"basic": {}}),
        ("Negotiate", {"negotiate": {}}),
        ('Bearer realm=""', {"bearer": {"realm": ""}}),
        ("", {"": {}}),
    ],
)
def test_a_challenge(text, challenges):
    assert read_challenges(text) == challenges


def test_what_is_told_without_a_login_and_with_one_that_is_refused():
    without = denied("ghcr.io", "acme/web", None)
    refused = denied("ghcr.io", "acme/web", Login("/home/a/config.json", "user", "hidden"))

    assert without.message == "ghcr.io shows acme/web to nobody without a login, and none is kept here"
    assert "docker login ghcr.io" in without.help
    assert refused.message == "ghcr.io refuses the login from /home/a/config.json for acme/web"
    assert "hidden" not in f"{refused} {refused.help}"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://a.example/x", ("https", "a.example", 443)),
        ("http://a.example/x", ("http", "a.example", 80)),
        ("https://a.example:5000/x", ("https", "a.example", 5000)),
        ("https://A.example/x", ("https", "a.example", 443)),
        ("https://user@a.example/x", ("https", "a.example", 443)),
        ("http://[::1]:5000/", ("http", "::1", 5000)),
    ],
)
def test_what_may_see_the_same_credentials(url, told):
    assert origin(url) == told


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", True),
        ("localhost:5000", True),
        ("127.0.0.1", True),
        ("127.8.8.8:5000", True),
        ("[::1]:5000", True),
        ("localhost.example.com", False),
        ("mylocalhost", False),
        ("10.0.0.1", False),
        ("0.0.0.0", False),
        ("127.0.0.1.example.com", False),
        ("", False),
    ],
)
def test_a_registry_on_this_machine(host, here):
    assert is_loopback(host) is here


@pytest.mark.parametrize(
    ("text", "base", "whole"),
    [
        ("https://a/t", "", "https://a/t"),
        ("/v2/x?n=1", "https://a/v2/x", "https://a/v2/x?n=1"),
        ("?n=2", "https://a/v2/x?n=1", "https://a/v2/x?n=2"),
        ("//b/t", "https://a/", "https://b/t"),
        ("http://b/t", "https://a/", "http://b/t"),
    ],
)
def test_an_address_that_a_server_gives(text, base, whole):
    assert address(text, base) == whole


@pytest.mark.parametrize(
    "text", ["", "t", "/t", "ftp://a/t", "file:///etc/passwd", "https://", "https://a:port/", "https://[a"]
)
def test_an_address_that_is_none(text):
    with pytest.raises(RegistryError, match="names an address that is none"):
        address(text)
