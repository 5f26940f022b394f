"""Scalars: read as Helm reads them, written so that every reader agrees."""

import math
import re
import string
import sys

import helm_python
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.helm.engine import read_values
from migrate_dhi.yamledit import Document
from migrate_dhi.yamledit.data import same
from migrate_dhi.yamledit.scalars import literal_block, plain_is_safe, reads_as_text, single_quoted

PLAIN = [
    "y",
    "Y",
    "n",
    "N",
    "yes",
    "Yes",
    "YES",
    "no",
    "on",
    "On",
    "off",
    "OFF",
    "true",
    "True",
    "TRUE",
    "false",
    "FALSE",
    "tRue",
    "yEs",
    "null",
    "Null",
    "NULL",
    "~",
    "nULL",
    "0",
    "1",
    "-1",
    "+12",
    "0644",
    "08",
    "0999",
    "0o17",
    "0O17",
    "0o8",
    "0x1F",
    "-0x1f",
    "0X1f",
    "0xG",
    "0b11",
    "0B11",
    "0b2",
    "-0b11",
    "1_000",
    "1__0",
    "_1",
    "0_7",
    "0x_1",
    "1.0",
    "1.5",
    ".5",
    "5.",
    "+.5",
    "-.5",
    "1e3",
    "1E3",
    "1e+3",
    "+1e3",
    "1.e3",
    ".5e1",
    "0.1e-2",
    "12e03",
    "1e",
    ".e3",
    ".1_0",
    "1_0.5",
    "1._5",
    "._",
    "-0",
    "-0.0",
    "12:30",
    "1:2:3",
    "2024-01-01",
    "2024-01-01T10:00:00Z",
    "1.2.3",
    "9.10",
    "18.1",
    "v1.2.3",
    "9.0.1-alpine3.23",
    "=",
    "<<",
    "1e400",
    "0x1p4",
    "18446744073709551615",
    "9223372036854775808",
    "-9223372036854775808",
    "latest",
    "a:b",
    "http://x/y",
    "@x",
    "a,b",
    "a]b",
    ",x",
]

TRAPS = [
    *PLAIN, "", " ", " x", "x ", "a: b", "a:", "a #b", "#a", "- a", "-", "--- x", "---", "...", "? a", "?", ": a", "[x]",
    "{x}", "{{ .x }}", "&a", "*a", "!t", "|", ">", "'", '"', "it's", 'say "x"', "%x", "`x`", "a\\nb", "a\tb", "a\nb",
    "a\nb\n", "a\n\n", "\n", "\na", " a\nb\n", "a \nb\n", "a\n b\n", "a\r\nb", "\x07", "\x85", "\u2028", "\ufeff", "\u00a0",
    "é", "😀", "key: value # comment", ".inf", "-.INF", ".nan", ".Nan", "1,000", "190:20:30", "2001-1-1", "0.0.0.0", "1.2.3.4",
]  # fmt: skip


def helm(text):
    return helm_python.values_from_yaml(text)["a"]


def outside(version, text):
    """What another YAML library reads, for YAML 1.1 and 1.2."""
    yaml = YAML(typ="safe", pure=True)
    yaml.version = version
    return yaml.load(text)["a"]


@pytest.mark.parametrize("text", ["9007199254740992", "-9007199254740992"])
def test_the_last_exact_number_is_an_integer(text):
    value = Document(f"a: {text}\n").get(("a",))

    assert (type(value), value) == (int, int(text))
    assert type(Document(f"a: {text[:-1]}3\n").get(("a",))) is float


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN"])
def test_no_number(text):
    assert math.isnan(Document(f"a: {text}\n").get(("a",)))


@pytest.mark.parametrize("text", [one for one in PLAIN if one not in ("@x", ",x")])
def test_plain_is_read_as_helm_reads_it(text):
    source = f"a: {text}\n"
    mine, theirs = Document(source).get(("a",)), helm(source)
    if isinstance(mine, float) and abs(mine) > 2**53:
        theirs = float(theirs)
    assert same(mine, theirs)


@pytest.mark.parametrize(
    "text",
    [
        "!!str 9",
        "!!int '9'",
        "!foo 9",
        "!!float 3",
        "!!binary aGk=",
        "!!bool 'yes'",
        "! 12",
        "!!null ''",
        "'9'",
        '"on"',
        '"\\x41"',
    ],
)
def test_tags_and_quotes_are_read_as_helm_reads_them(text):
    source = f"a: {text}\n"
    assert same(Document(source).get(("a",)), helm(source))


@pytest.mark.parametrize(
    "before", ["a: x\n", "a:\n", "a: 'x'\n", 'a: "x"\n', "a: |\n  x\n", "- x\n", "a: [x]\n"]
)
@pytest.mark.parametrize("value", TRAPS)
def test_text_is_read_back_whatever_it_replaces(before, value):
    path = (0,) if before.startswith("-") else ("a", 0) if "[" in before else ("a",)
    after = Document(before).set(path, value)
    assert after.get(path) == value
    if before.startswith("a"):
        read = helm(after.text)
        assert (read[0] if "[" in before else read) == value


@pytest.mark.parametrize("value", [one for one in TRAPS if one.isprintable()])
def test_other_readers_agree(value):
    after = Document("a: x\n").set(("a",), value).text
    assert outside((1, 1), after) == value
    assert outside((1, 2), after) == value


@pytest.mark.parametrize(
    "value",
    ["9.1.0", "latest", "dhi.io/x", "9.0.1-alpine3.23", "a_b", "1.2.3.4", "--flag", "x=y", "a'b", "ü"],
)
def test_harmless_text_is_not_quoted(value):
    assert Document("a: x\n").set(("a",), value).text == f"a: {value}\n"


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_what_helm_refuses_is_not_written(value):
    with pytest.raises(EditRefusedError, match="Helm refuses"):
        Document("a: x\n").set(("a",), value)


@pytest.mark.parametrize("value", [2**53 + 1, -(2**60), 10**400])
def test_what_helm_would_round_is_not_written(value):
    with pytest.raises(EditRefusedError, match="round"):
        Document("a: x\n").set(("a",), value)


@pytest.mark.parametrize("value", [b"x", {1}, object(), (1,)])
def test_what_is_no_yaml_value_is_not_written(value):
    with pytest.raises(EditRefusedError, match="cannot be written"):
        Document("a: x\n").set(("a",), value)


def test_keys_must_be_texts():
    with pytest.raises(EditRefusedError, match="key must be a text"):
        Document("a: x\n").set(("a",), {1: 2})


def test_half_a_character_is_not_written():
    with pytest.raises(EditRefusedError, match="surrogate"):
        Document("a: x\n").set(("a",), "\ud83d")


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ("a\nb\n", ("|", ["a", "b"])),
        ("a\nb", ("|-", ["a", "b"])),
        ("a\n", ("|", ["a"])),
        ("a\n\nb", ("|-", ["a", "", "b"])),
        ("a\n b\n", ("|", ["a", " b"])),
        ("a", None),
        ("", None),
        # what a block would not bring back: blanks at an edge or an end, blank lines at the end, tabs, odd signs
        (" a\nb", None),
        ("\na", None),
        ("a\nb\n\n", None),
        ("a\n ", None),
        ("a \nb", None),
        ("a\n\tb", None),
        ("a\n\x07b", None),
    ],
)
def test_block_header_says_whether_the_last_line_ends(text, block):
    assert literal_block(text) == block


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(alphabet=string.digits + "._-+:eExXoObBnNyYtTzZ~ ", min_size=1, max_size=8))
def test_number_like_text_is_text_to_helm_when_left_plain(text):
    if plain_is_safe(text, flow=False):
        assert helm(f"a: {text}\n") == text
        assert outside((1, 1), f"a: {text}\n") == text
        assert outside((1, 2), f"a: {text}\n") == text


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(max_size=20))
def test_any_text_is_read_back(text):
    for before in ("a: x\n", "a: 'x'\n", "a: [x]\n"):
        path = ("a", 0) if "[" in before else ("a",)
        assert Document(before).set(path, text).get(path) == text


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53))
def test_any_number_is_read_back(number):
    after = Document("a: x\n").set(("a",), number)
    assert same(after.get(("a",)), number)
    assert reads_as_text(after.text[3:-1]) is False


def test_what_is_escaped_is_all_that_yaml_does_not_print():
    # YAML 1.2, section 5.1, without the no-break area and the breaks that only some readers know.
    printable = re.compile(
        "[\t\n\x20-\x7e\xa1-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
    )
    every = map(chr, range(sys.maxunicode + 1))

    assert not [
        c for c in every if (single_quoted(c) is None) == bool(printable.match(c)) and c not in "\t\n"
    ]


@pytest.mark.parametrize("text", ["0_o7", "0_x1F", "0x_1f", "0_b1", "1_0", "_1", "1_", "1__0.5", "+_1"])
def test_underscores_hide_no_number(text):
    after = Document("a: x\n").set(("a",), text).text

    assert after == f'a: "{text}"\n'
    assert read_values(after) == {"a": text}
