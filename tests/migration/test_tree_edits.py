"""Edits of values from one text to another, made in a third one: exactly, once, and nothing but them."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate_dhi.migration.tree_edits import made, tree_edits
from migrate_dhi.yamledit import MISSING, Document

KEYS = st.sampled_from(["a", "b", "image", "tag"])
SCALARS = st.sampled_from(["x", "8.1", 1, 2, True, False, None, "", "c: 1\nd: 2\n"])
NAMED = st.dictionaries(st.sampled_from("pqr"), SCALARS, max_size=3).map(
    lambda found: [{"name": name, "value": value} for name, value in found.items()]
)
LISTS = st.lists(st.sampled_from("vwxz"), min_size=1, max_size=3, unique=True)
TREES = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS | NAMED | LISTS, lambda inner: st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
    ),
    max_size=4,
)


def text_of(data):
    return yaml.safe_dump(data, sort_keys=False)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(TREES, TREES)
def test_the_edits_between_two_texts_make_the_one_of_the_other_and_once_made_are_none(before, after):
    edits = tree_edits(text_of(before), text_of(after))

    text, conflicts = made(text_of(before), edits, name="f")

    assert conflicts == []
    assert (Document(text).get(()) or {}) == after
    assert made(text, edits, name="f") == (text, [])


def change(before, after, now):
    """A text after the edits between two others were made in it, and the places of those that do not fit."""
    text, conflicts = made(now, tree_edits(before, after), name="f")
    return text, [(one.place, one.wanted, one.found) for one in conflicts]


@pytest.mark.parametrize(
    ("before", "after", "now", "then"),
    [
        # What others have changed stays.
        ("a: 1\nb: 1\n", "a: 2\nb: 1\n", "a: 1\nb: 9\nc: 3\n", "a: 2\nb: 9\nc: 3\n"),
        ("a: 1\n", "a: 2\n", "# new\na: 1 # kept\n", "# new\na: 2 # kept\n"),
        # An item that comes or goes stands where it stood.
        ("l: [a, c]\n", "l: [a, b, c]\n", "l: [a, c]\n", "l: [a, b, c]\n"),
        ("l: [b]\n", "l: [a, b]\n", "l: [b]\n", "l: [a, b]\n"),
        ("l: [a]\n", "l: [a, b]\n", "l: [a, z]\n", "l: [a, b, z]\n"),
        ("l: [a, b]\n", "l: [a]\n", "l: [z, a, b]\n", "l: [z, a]\n"),
        ("l: [b]\n", "l: [a, b, c]\n", "l: [b]\n", "l: [a, b, c]\n"),
        # What is there already is not made again.
        ("l: [b]\n", "l: [a, b, c]\n", "l: [a, b, c]\n", "l: [a, b, c]\n"),
        ("l: [b]\n", "l: [a, b, c]\n", "l: [a, b, c, z]\n", "l: [a, b, c, z]\n"),
        ("l: [a, b, c]\n", "l: [b]\n", "l: [a, b, c]\n", "l: [b]\n"),
        ("l: [a, b, c]\n", "l: [b]\n", "l: [b]\n", "l: [b]\n"),
        ("l: [a, b]\n", "l: [b, a]\n", "l: [b, a]\n", "l: [b, a]\n"),
        ("a: 1\n", "a: 2\n", "a: 2\n", "a: 2\n"),
        # Items of a list go by their names.
        (
            "l:\n- {name: x, v: 1}\n- {name: w, v: 1}\n",
            "l:\n- {name: x, v: 2}\n- {name: w, v: 1}\n",
            "l:\n- {name: w, v: 5}\n- {name: x, v: 1}\n",
            "l:\n- {name: w, v: 5}\n- {name: x, v: 2}\n",
        ),
        # A map that goes leaves what others have put into it.
        ("a: {b: {c: 1}}\n", "a: {}\n", "a: {b: {c: 1, d: 2}}\n", "a: {b: {d: 2}}\n"),
        # YAML in a text.
        (
            "t: |\n  a: 1\n  b: 2\n",
            "t: |\n  a: 3\n  b: 2\n",
            "t: |\n  a: 1\n  b: 7\n",
            "t: |\n  a: 3\n  b: 7\n",
        ),
        # Another document may have come.
        (
            "kind: A\nmetadata: {name: x}\nv: 1\n",
            "kind: A\nmetadata: {name: x}\nv: 2\n",
            "kind: B\nmetadata: {name: x}\nv: 1\n---\nkind: A\nmetadata: {name: x}\nv: 1\n",
            "kind: B\nmetadata: {name: x}\nv: 1\n---\nkind: A\nmetadata: {name: x}\nv: 2\n",
        ),
    ],
)
def test_an_edit_is_made_in_a_file_that_went_on(before, after, now, then):
    assert change(before, after, now) == (then, [])


@pytest.mark.parametrize(
    ("before", "after", "now", "conflict"),
    [
        ("a: 1\n", "a: 2\n", "a: 3\n", ("a", 1, 3)),
        ("a: 1\n", "a: 2\n", "b: 1\n", ("a", 1, MISSING)),
        # One is no true, and no text.
        ("a: 1\n", "a: 2\n", "a: true\n", ("a", 1, True)),
        ("a: 1\n", "a: 2\n", "a: '1'\n", ("a", 1, "1")),
        ("l: [a, b]\n", "l: [a]\n", "l: [b, a, b]\n", ("l", ["b"], ["b", "a", "b"])),
        ("l: [a, b]\n", "l: [c, d]\n", "l: [a]\n", ("l[1]", "b", MISSING)),
        (
            "l: [{name: x, v: 1}]\n",
            "l: [{name: x, v: 2}]\n",
            "l: [{name: w, v: 1}]\n",
            ("l[x].v", 1, MISSING),
        ),
        ("t: |\n  a: 1\n  b: 2\n", "t: |\n  a: 3\n  b: 2\n", "t: 7\n", ("t |.a", 1, 7)),
    ],
)
def test_what_does_not_fit_is_left_as_it_is_and_told(before, after, now, conflict):
    text, conflicts = change(before, after, now)

    assert conflicts[-1] == conflict
    if len(conflicts) == len(tree_edits(before, after)):
        assert text == now


def test_a_document_that_is_gone_is_told():
    before = "kind: A\nmetadata: {name: x}\nv: 1\n"

    assert change(before, before.replace("1", "2"), "kind: A\nmetadata: {name: w}\nv: 1\n")[1] == [
        ("v", 1, MISSING)
    ]
