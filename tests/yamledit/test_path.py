"""Paths as text and as data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate_dhi.errors import UsageError
from migrate_dhi.yamledit import format_path, parse_path

FORMS = [
    ("", ()),
    ("a", ("a",)),
    ("valkey.image.tag", ("valkey", "image", "tag")),
    ("list[0].name", ("list", 0, "name")),
    ("[2]", (2,)),
    ("a[0][10]", ("a", 0, 10)),
    ('a."b.c"', ("a", "b.c")),
    ('"a[0]".b', ("a[0]", "b")),
    (r'"a\"b\\c"', ('a"b\\c',)),
    ('""', ("",)),
    ("app.kubernetes_io/name", ("app", "kubernetes_io/name")),
    ("with blank.ü", ("with blank", "ü")),
    ("8080", ("8080",)),
]


@pytest.mark.parametrize(("text", "path"), FORMS)
def test_reads(text, path):
    assert parse_path(text) == path


@pytest.mark.parametrize(("text", "path"), FORMS)
def test_writes(text, path):
    assert format_path(path) == text


@pytest.mark.parametrize(
    "text", [".a", "a.", "a..b", "a[x]", "a[", "a[-1]", 'a."b', 'a"b"', "a.[0]", 'a."b"c', "a[0]b", "]"]
)
def test_refuses(text):
    with pytest.raises(UsageError, match="no values path"):
        parse_path(text)


@pytest.mark.parametrize(("text", "at"), [(".a", 1), ("a..b", 2), ("ab[x]", 3), ("a[0]b", 5), ("a.]", 2)])
def test_a_refusal_names_the_character(text, at):
    with pytest.raises(UsageError) as caught:
        parse_path(text)

    assert caught.value.message == f"{text!r} is no values path (character {at})"
    assert (
        caught.value.help
        == "join keys with dots, write list positions as [0], and quote keys that have a dot"
    )


@given(st.lists(st.text(min_size=0, max_size=8) | st.integers(0, 99), max_size=6))
def test_any_path_survives_the_text(parts):
    assert parse_path(format_path(tuple(parts))) == tuple(parts)
