"""What curl and wget are told on their command line; what is not known is refused and not guessed."""

import pytest

from migrate_dhi.kube.clients import NotNativeError, told

URL = "http://localhost/"


@pytest.mark.parametrize(
    ("client", "line", "options", "addresses"),
    [
        ("curl", URL, [], [URL]),
        ("curl", f"-f {URL}", [("fail", "")], [URL]),
        (
            "curl",
            f"-fsSkm5 {URL}",
            [("fail", ""), ("silent", ""), ("show-error", ""), ("insecure", ""), ("max-time", "5")],
            [URL],
        ),
        ("curl", f"-m 5 {URL}", [("max-time", "5")], [URL]),
        ("curl", f"--max-time=5 --retry 3 {URL}", [("max-time", "5"), ("retry", "3")], [URL]),
        ("curl", f"--header= {URL}", [("header", "")], [URL]),
        (
            "curl",
            f"-o /dev/null -w %{{http_code}} {URL}",
            [("output", "/dev/null"), ("write-out", "%{http_code}")],
            [URL],
        ),
        ("curl", f"-HA:b --url {URL}", [("header", "A:b"), ("url", URL)], [URL]),
        ("curl", f"-- {URL} -", [], [URL, "-"]),
        ("curl", f"--ipv4 -6 {URL}", [("ipv4", ""), ("ipv6", "")], [URL]),
        ("wget", f"-qO- {URL}", [("quiet", ""), ("output-document", "-")], [URL]),
        ("wget", f"-nv --spider -T 5 {URL}", [("spider", ""), ("timeout", "5")], [URL]),
        ("wget", f"-q -t1 {URL}", [("quiet", ""), ("tries", "1")], [URL]),
        ("wget", f"--no-verbose --dns-timeout=2 {URL}", [("no-verbose", ""), ("dns-timeout", "2")], [URL]),
        ("wget", "", [], []),
    ],
)
def test_options_and_addresses(client, line, options, addresses):
    asked = told(client, line.split())

    assert asked.options == tuple(options)
    assert asked.addresses == tuple(addresses)
    assert all(name in asked and value in asked.values(name) for name, value in options)


@pytest.mark.parametrize(
    ("client", "line", "given"),
    [
        ("curl", "-d x", "-d"),
        ("curl", "-fd x", "-d"),
        ("curl", "--data x", "--data"),
        ("curl", "--silent=yes x", "--silent"),
        ("curl", "--max-time", "--max-time"),
        ("curl", "-m", "-m"),
        ("curl", "--failing x", "--failing"),
        ("curl", "-nv x", "-n"),
        ("wget", "--post-data=x y", "--post-data"),
        ("wget", "-nvq x", "-n"),
        ("wget", "-X x", "-X"),
    ],
)
def test_what_is_not_known_is_refused(client, line, given):
    with pytest.raises(NotNativeError) as refused:
        told(client, line.split())

    assert str(refused.value) == f"{client} is given {given}"


def test_values_are_in_their_order_and_only_of_that_name():
    asked = told("curl", ["-H", "a", "--header", "b", "-X", "GET"])

    assert (asked.values("header"), asked.values("request"), asked.values("url")) == (["a", "b"], ["GET"], [])
    assert "url" not in asked
