"""URLs in texts: their parts, and that no password is kept."""

import pytest

from migrate_dhi.audit.urls import is_hole, split_port, urls


def parts(text):
    return [(one.scheme, one.host, one.port, one.database, one.user, one.password) for one in urls(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("redis://cache", ("redis", "cache", None, "", False, False)),
        ("redis://cache/3", ("redis", "cache", None, "3", False, False)),
        ("REDIS://cache:6379/3", ("redis", "cache", 6379, "3", False, False)),
        ("redis://:pw@cache:6379/3", ("redis", "cache", 6379, "3", False, True)),
        ("redis://u@cache", ("redis", "cache", None, "", True, False)),
        ("redis://u:@cache", ("redis", "cache", None, "", True, False)),
        ("postgres://u:pw@db/app?sslmode=require", ("postgres", "db", None, "app", True, True)),
        ("postgres://db/app?password=pw", ("postgres", "db", None, "app", False, True)),
        ("jdbc:postgresql://db:5432/app", ("jdbc:postgresql", "db", 5432, "app", False, False)),
        ("mongodb+srv://db/app/x", ("mongodb+srv", "db", None, "app", False, False)),
        ("postgres://$(USER):$(PW)@$(HOST):5432/$(DB)", ("postgres", "$(HOST)", 5432, "$(DB)", True, True)),
        ("redis://u:${PW}@cache/0", ("redis", "cache", None, "0", True, True)),
        ("url = 'redis://cache/0', next", ("redis", "cache", None, "0", False, False)),
        ("(redis://cache/0)", ("redis", "cache", None, "0", False, False)),
        ("postgres://db/my%20app", ("postgres", "db", None, "my app", False, False)),
        ("postgres://db/{{ .name }}", ("postgres", "db", None, "", False, False)),
        ("redis://[::1]:6379/0", ("redis", "[::1]", 6379, "0", False, False)),
    ],
)
def test_a_url(text, expected):
    assert parts(text) == [expected]


@pytest.mark.parametrize("text", ["", "cache:6379", "://x", "redis:/x", "redis:// x"])
def test_no_url(text):
    assert parts(text) == []


def test_a_url_with_several_hosts_and_a_text_with_several_urls():
    hosts = [(one.host, one.port, one.database) for one in urls("mongodb://a:1,b:2,c/x and redis://d/4")]

    assert hosts == [("a", 1, "x"), ("b", 2, "x"), ("c", None, "x"), ("d", None, "4")]


def test_what_a_query_says_is_kept_without_the_password():
    [url] = urls("postgres://db/x?Database=y&amp;sslpassword=pw&schema=z")

    assert url.query == {"database": "y", "sslpassword": "", "schema": "z"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:1", ("a", 1)),
        (" a:1 ", ("a", 1)),
        ("a", ("a", None)),
        ("a:", ("a", None)),
        ("a:b", ("a:b", None)),
        ("a:1:2", ("a:1", 2)),
    ],
)
def test_host_and_port(text, expected):
    assert split_port(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$(A)", True),
        (" ${A} ", True),
        ("{{ .a }}", True),
        ("%(a)s", True),
        ("<host>", True),
        ("a$(A)", False),
        ("$(A)$(B)", False),
        ("", False),
    ],
)
def test_a_placeholder(text, expected):
    assert is_hole(text) is expected


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("cache:6379", "cache", 6379),
        (" cache.data.svc:6379 ", "cache.data.svc", 6379),
        ("cache", "cache", None),
        ("cache:", "cache", None),
        ("cache:tcp", "cache:tcp", None),
        ("[fd00::1]:6379", "[fd00::1]", 6379),
        ("", "", None),
        (":6379", ":6379", None),
    ],
)
def test_a_host_and_its_port(text, host, port):
    assert split_port(text) == (host, port)
