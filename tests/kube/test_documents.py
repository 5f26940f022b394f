"""Text as data: what is built of plain nodes is what PyYAML builds, and all else is left to it."""

import math
import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate_dhi.errors import RenderError
from migrate_dhi.kube.documents import _loader, _parts, api_group, decoded, documents, fault, structure

PLAIN = """\
kind: ConfigMap
numbers: [1, 0x1f, 0o14, 1_000, 1.5, .inf, -3, 1e3, 12:30]
words: [yes, Off, ~, null, "1", '', "", plain, 2001-01-01, =]
1: one
true: two
null: three
1.5: four
twice: first
twice: second
text: |
  {a: b}
nested: [{a: [{}, []]}, [[x]], {}]
bytes: !!binary aGVsbG8=
own: !thing value
number: !!int "3"
"""


def same(one, other):
    """Equal, and of the same types all through, keys and their order included."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        keys = [list(map(repr, data)) for data in (one, other)]
        return keys[0] == keys[1] and all(
            same(a, b) for a, b in zip(one.values(), other.values(), strict=True)
        )
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other or (isinstance(one, float) and math.isnan(one) and math.isnan(other))


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        "",
        "# nothing\n",
        "a: &x {b: 1}\nc: *x\n",
        "a: &x [*x]\n",
        "base: &b {a: 1}\nmore: {<<: *b, c: 2}\n",
        "{<<: {a: 1}, c: 2}\n",
        "a: !mine {b: 1}\nc: !mine [1, {d: 2}]\n",
        "a: !!set {b, c}\n",
        "a: !!omap [b: 1]\n",
        "a: '&'\n",
        "- 1\n- {}\n",
    ],
)
def test_the_data_of_a_text_is_what_the_loader_makes(text):
    found, expected = structure(text), yaml.load(text, Loader=_loader())

    assert repr(found) == repr(expected)
    if "*x]" not in text:
        assert same(found, expected)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        # as Helm 4.1.4 has them
        ("12:30", "12:30"),
        ("190:20:30", "190:20:30"),
        ("1e3", 1000.0),
        ("1e+06", 1_000_000.0),
        ("1.00065e+09", 1_000_650_000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1_0.5", 10.5),
        ("08", 8.0),
        ("010", 8),
        ("0o14", 12),
        ("0x1F", 31),
        ("0b11", 3),
        ("-0x10", -16),
        ("1_000", 1000),
        ("0", 0),
        ("-3", -3),
        ("+4", 4),
        ("12345678901234567890", 12345678901234567890),
        # too large for a number: the short hash of a commit
        ("12e4567", "12e4567"),
        ("-12e4567", "-12e4567"),
        (".inf", float("inf")),
        ("-.Inf", float("-inf")),
        ("_1", "_1"),
        ("1.2.3", "1.2.3"),
        ("1e", "1e"),
        ("e3", "e3"),
        (".", "."),
        ("'1'", "1"),
    ],
)
def test_numbers_are_those_of_helm(text, data):
    assert same(structure(f"a: {text}\n"), {"a": data})


@pytest.mark.parametrize(
    "text", ["{[a]: 1}\n", "{{a: b}: 1}\n", "a: !!int x\n", "a: [\n", "a: 1\n---\nb: 2\n"]
)
def test_what_the_loader_refuses_is_no_data(text):
    assert structure(text) is None
    with pytest.raises((yaml.YAMLError, ValueError)):
        yaml.load(text, Loader=_loader())


def test_a_text_deeper_than_python_calls_is_read_as_before_or_refused():
    deep = "[" * 400 + "]" * 400

    assert repr(structure(deep)) == deep


def test_a_manifest_that_is_no_yaml_is_told_with_its_line():
    with pytest.raises(RenderError) as caught:
        documents("chart/templates/a.yaml", "a: 1\nb: [\n")

    assert caught.value.where.startswith("chart/templates/a.yaml:")


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a: 1\nb: [\n", 3, "expected node content"),
        ("a: 1\n  b: 2\n", 2, "mapping values"),
        ("a: 'x\n", 2, "end of stream"),
        ("a: *none\n", 1, "undefined alias"),
        ("a: !!int x\n", 0, "invalid literal"),
        ("a:\tb\n\t- c\n", 2, ""),
    ],
)
def test_the_line_and_the_reason_of_a_fault(text, line, reason):
    found = fault(text)

    assert found is not None
    assert found[0] == line
    assert reason in found[1]


@pytest.mark.parametrize(
    "text", ["", "a: 1", "- a", "text", "{}", "# only a comment", "a: *x".replace("*", "")]
)
def test_a_text_without_fault(text):
    assert fault(text) is None


@pytest.mark.parametrize(
    ("data", "group"),
    [
        ({"apiVersion": "v1"}, ""),
        ({"apiVersion": "apps/v1"}, "apps"),
        ({"apiVersion": "helm.toolkit.fluxcd.io/v2"}, "helm.toolkit.fluxcd.io"),
        ({"apiVersion": None}, ""),
        ({}, ""),
    ],
)
def test_the_group_of_an_object(data, group):
    assert api_group(data) == group


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # Helm cuts the text first, and reads each part on its own
        ("a: 1\n---\na: 2\n", [{"a": 1}, {"a": 2}]),
        ("a: 1\n---\n---\n", [{"a": 1}]),
        ("--- \na: 1\n", [{"a": 1}]),
        ("a: 1\n--- # note\nb: 2\n", [{"a": 1}, {"b": 2}]),
        ("a: |\n  x\n  ---\n  y\n", [{"a": "x\n---\ny"}]),
        ("a: |\n  x\n---\n  y: 1\n", [{"a": "x"}, {"y": 1}]),
        ("a: [\n---\nb: 1\n", None),
        ("a: 'b --- c'\n", [{"a": "b --- c"}]),
        ("{}\n---\n[]\n---\nnull\n---\ntext\n", []),
        # of a key that comes twice the last counts
        ("a: 1\na: 2\n", [{"a": 2}]),
        ("a: {b: 1, b: 2}\n", [{"a": {"b": 2}}]),
        ("base: &b {x: 1}\nown: {<<: *b, y: 2}\n", [{"base": {"x": 1}, "own": {"x": 1, "y": 2}}]),
    ],
)
def test_the_documents_of_a_text(text, found):
    if found is None:
        with pytest.raises(RenderError):
            documents("t", text)
    else:
        assert list(documents("t", text)) == found


def test_a_text_that_was_parsed_is_not_parsed_again():
    assert documents("one", "kind: A\nonly: here\n") is documents("two", "kind: A\nonly: here\n")


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.lists(
        st.sampled_from(["---", "\n", "\r\n", " ", "\t", "-", "a", "# c", "\u2003", "\x1c"]), max_size=12
    )
)
def test_a_text_is_split_where_the_pattern_of_helm_does(words):
    text = "".join(words)

    assert list(_parts(text)) == re.split(r"(?:^|\s*\n)---\s*", text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", [""]),
        ("---", ["", ""]),
        ("a\n--- \n\n---\nb", ["a", "---\nb"]),
        ("---# x\na", ["", "# x\na"]),
        ("a: |\n  x\n  ---\n\t\n---b", ["a: |\n  x\n  ---", "b"]),
    ],
)
def test_parts_of_a_text(text, parts):
    assert list(_parts(text)) == parts


@pytest.mark.parametrize(
    ("text", "found"),
    # Long base64 is written over several lines, as base64(1) prints it.
    [("YWJj\nZGVm\n", "abcdef"), ("YWJj", "abc"), ("", ""), ("no base64", None), ("/w==", None)],
)
def test_what_a_secret_holds(text, found):
    assert decoded(text) == found
