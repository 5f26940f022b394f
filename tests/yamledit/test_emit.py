"""Values as YAML text in a style: which form each takes, so that Helm reads back what was meant."""

from dataclasses import replace

import pytest

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.helm.engine import read_values
from migrate_dhi.yamledit.emit import (
    check_value,
    entry_lines,
    flow_text,
    is_block,
    item_lines,
    key_name,
    scalar_text,
)
from migrate_dhi.yamledit.style import Style

PLAIN = Style()
SINGLE = Style(quote="'")
QUOTING = Style(quote="'", quote_texts=True)
JSON = Style(quote_keys=True, quote_texts=True)
FLUSH = Style(dash=0)
WIDE = Style(step=4, dash=4, gap=4)


@pytest.mark.parametrize(
    ("value", "style", "text"),
    [
        ("a", PLAIN, "a"),
        ("a", QUOTING, "'a'"),
        ("1", PLAIN, '"1"'),
        ("1", SINGLE, "'1'"),
        ("it's", QUOTING, "'it''s'"),
        ("a\nb", SINGLE, '"a\\nb"'),
        (1, QUOTING, "1"),
        (True, QUOTING, "true"),
        (None, QUOTING, "null"),
        ({}, QUOTING, "{}"),
        ([], QUOTING, "[]"),
        (1.0, PLAIN, "1.0"),
        ("", PLAIN, '""'),
        ("a: b", SINGLE, "'a: b'"),
    ],
)
def test_a_value_on_one_line(value, style, text):
    assert scalar_text(value, style) == text


def test_the_quotes_that_were_there_are_kept():
    assert scalar_text("a", PLAIN, quote="'") == "'a'"
    assert scalar_text("a", SINGLE, quote='"') == '"a"'
    assert scalar_text("a\tb", PLAIN, quote="'") == '"a\\tb"'


@pytest.mark.parametrize(
    ("key", "style", "flow", "text"),
    [
        ("a", PLAIN, False, "a"),
        ("a", JSON, False, '"a"'),
        ("a.b/c-d", PLAIN, False, "a.b/c-d"),
        ("on", PLAIN, False, '"on"'),
        ("80", SINGLE, False, "'80'"),
        ("a b", PLAIN, False, "a b"),
        ("a:b", PLAIN, False, "a:b"),
        ("a:b", PLAIN, True, '"a:b"'),
        ("a,b", SINGLE, True, "'a,b'"),
        ("", PLAIN, False, '""'),
        ("# a", PLAIN, False, '"# a"'),
    ],
)
def test_a_key(key, style, flow, text):
    assert key_name(key, style, flow=flow) == text


@pytest.mark.parametrize(
    ("value", "style", "text"),
    [
        ({"a": 1, "b": [1, "x"]}, PLAIN, "{a: 1, b: [1, x]}"),
        ({"a": {"b": {}}}, replace(PLAIN, padding=" "), "{ a: { b: {} } }"),
        ([{"a": "x"}, []], PLAIN, "[{a: x}, []]"),
        ({"a": "x, y"}, PLAIN, '{a: "x, y"}'),
        ({"a": "x:1"}, SINGLE, "{a: 'x:1'}"),
        ({"a": "x"}, JSON, '{"a": "x"}'),
        (["80"], PLAIN, '["80"]'),
    ],
)
def test_a_value_in_brackets(value, style, text):
    assert flow_text(value, style) == text


@pytest.mark.parametrize(
    ("value", "style", "lines"),
    [
        ("x", PLAIN, ["k: x"]),
        (None, PLAIN, ["k: null"]),
        ({}, PLAIN, ["k: {}"]),
        ({"a": 1}, PLAIN, ["k:", "  a: 1"]),
        ({"a": {"b": 1}}, WIDE, ["k:", "    a:", "        b: 1"]),
        ([1, "x"], PLAIN, ["k:", "  - 1", "  - x"]),
        ([1], FLUSH, ["k:", "- 1"]),
        ([{"a": 1, "b": 2}], PLAIN, ["k:", "  - a: 1", "    b: 2"]),
        ([{"a": [1]}], FLUSH, ["k:", "- a:", "  - 1"]),
        ([[1, 2], []], PLAIN, ["k:", "  - - 1", "    - 2", "  - []"]),
        ([{"a": 1}], WIDE, ["k:", "    -   a: 1"]),
        ([{}], PLAIN, ["k:", "  - {}"]),
        ("a\nb\n", PLAIN, ["k: |", "  a", "  b"]),
        ("a\nb", PLAIN, ["k: |-", "  a", "  b"]),
        ("a\n\nb\n", WIDE, ["k: |", "    a", "", "    b"]),
        ("a\nb\n", replace(PLAIN, literal=False), ['k: "a\\nb\\n"']),
        # What a block cannot hold as it is.
        (" a\nb\n", PLAIN, ['k: " a\\nb\\n"']),
        ("a \nb\n", PLAIN, ['k: "a \\nb\\n"']),
        ("a\n\n", PLAIN, ['k: "a\\n\\n"']),
        ({"a": ["x\ny\n"]}, PLAIN, ["k:", "  a:", "    - |", "      x", "      y"]),
    ],
)
def test_an_entry(value, style, lines):
    assert entry_lines("k", value, style) == lines
    assert read_values("\n".join([*lines, ""])) == {"k": value}
    assert is_block(value, style) is (len(lines) > 1)


@pytest.mark.parametrize(
    ("value", "style", "lines"),
    [
        ("x", PLAIN, ["- x"]),
        ({"a": 1, "b": {"c": 2}}, PLAIN, ["- a: 1", "  b:", "    c: 2"]),
        ({"a": 1, "b": 2}, WIDE, ["-   a: 1", "    b: 2"]),
        ([1, [2]], PLAIN, ["- - 1", "  - - 2"]),
        ("a\nb\n", PLAIN, ["- |", "  a", "  b"]),
        ("a\nb\n", WIDE, ["-   |", "    a", "    b"]),
        ({}, PLAIN, ["- {}"]),
    ],
)
def test_an_item(value, style, lines):
    assert item_lines(value, style) == lines
    assert read_values("\n".join(["k:", *lines, ""])) == {"k": [value]}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({1: "a"}, "a key must be a text, not 1"),
        ([{"a": {None: 1}}], "a key must be a text, not None"),
        ({"a": (1, 2)}, "a value of type tuple cannot be written as YAML"),
        ([{"a": b"x"}], "a value of type bytes cannot be written as YAML"),
        (object(), "a value of type object cannot be written as YAML"),
    ],
)
def test_what_is_no_value_is_refused(value, message):
    with pytest.raises(EditRefusedError) as caught:
        check_value(value)

    assert caught.value.message == message


def test_every_value_of_json_is_one():
    check_value({"a": [None, True, 1, 1.5, "x", {}, []]})
