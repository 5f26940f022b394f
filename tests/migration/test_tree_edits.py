"""Edits of values from one text to another, made in a third one: exactly, once, and nothing but them."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.migration.tree_edits import made, tree_edits
from migrate_dhi.yamledit import MISSING, Document

KEYS = st.sampled_from(["a", "b", "image", "tag"])
SCALARS = st.sampled_from(["x", "8.1", 1, 2, True, False, None, "", "c: 1\nd: 2\n"])
NAMED = st.dictionaries(st.sampled_from("pqr"), SCALARS, max_size=3).map(
    lambda found: [{"name": name, "value": value} for name, value in found.items()]
)
LISTS = st.lists(st.sampled_from("vwx"), max_size=4)
UNNAMED = st.lists(
    st.dictionaries(st.sampled_from(["key", "value"]), st.sampled_from("vw"), min_size=1), max_size=3
)
TREES = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS | NAMED | LISTS | UNNAMED,
        lambda inner: st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=8,
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
        (
            "l:\n- {name: x}\n- {name: w}\n",
            "l:\n- {name: w}\n- {name: x}\n",
            "l:\n- {name: z}\n- {name: x}\n- {name: w}\n",
            "l:\n- {name: z}\n- {name: w}\n- {name: x}\n",
        ),
        (
            "l:\n- {name: x, v: 1}\n",
            "l:\n- {name: x, v: 2}\n",
            "l:\n- text\n- {name: x, v: 1}\n",
            "l:\n- text\n- {name: x, v: 2}\n",
        ),
        # Items without names go by what they hold, wherever they stand now.
        (
            "l:\n- {i: x, t: 1}\n- {i: w, t: 1}\n",
            "l:\n- {i: x, t: 1}\n- {i: w, t: 2}\n",
            "l:\n- {i: z, t: 1}\n- {i: x, t: 1}\n- {i: w, t: 1}\n",
            "l:\n- {i: z, t: 1}\n- {i: x, t: 1}\n- {i: w, t: 2}\n",
        ),
        (
            "l:\n- {i: x, t: 1, u: 1}\n- {i: w}\n",
            "l:\n- {i: x, t: 2, u: 2}\n- {i: w}\n",
            "l:\n- {i: w}\n- {i: x, t: 1, u: 1}\n- {i: w}\n",
            "l:\n- {i: w}\n- {i: x, t: 2, u: 2}\n- {i: w}\n",
        ),
        # One that was changed besides stands where it stood, among the others.
        (
            "l:\n- {i: x, t: 1}\n- {i: w}\n",
            "l:\n- {i: x, t: 2}\n- {i: w}\n",
            "l:\n- {i: x, t: 1, more: 1}\n- {i: w}\n",
            "l:\n- {i: x, t: 2, more: 1}\n- {i: w}\n",
        ),
        ("l: [{t: 1}]\n", "l: [{t: 2}]\n", "l: [{t: 1, more: 1}]\n", "l: [{t: 2, more: 1}]\n"),
        ("l: [[a], [b]]\n", "l: [[a], [c]]\n", "l: [[z], [a], [b]]\n", "l: [[z], [a], [c]]\n"),
        # The same word may stand in a list more than once: options of a program.
        ("l: [-v]\n", "l: [-v, -v]\n", "l: [-v]\n", "l: [-v, -v]\n"),
        ("l: [-v, -v]\n", "l: [-v]\n", "l: [-v, -v]\n", "l: [-v]\n"),
        ("l: [-v, -v]\n", "l: [-v]\n", "l: [-v]\n", "l: [-v]\n"),
        ("l: [-v, -v]\n", "l: [-v]\n", "l: [-q, -v]\n", "l: [-q, -v]\n"),
        ("l: [a, b]\n", "l: [b, a]\n", "l: [a, b]\n", "l: [b, a]\n"),
        ("l: [-f, a]\n", "l: [-f, a, -f, b]\n", "l: [-f, a]\n", "l: [-f, a, -f, b]\n"),
        ("l: [-f, a]\n", "l: [-f, a, -f, b]\n", "l: [-q, -f, a]\n", "l: [-q, -f, a, -f, b]\n"),
        ("l: [-f, a, -f, b]\n", "l: [-f, a]\n", "l: [-q, -f, a, -f, b]\n", "l: [-q, -f, a]\n"),
        # What comes stands beside what it stood beside, and not at a number.
        ("l: [-f, a, -q]\n", "l: [-f, a, -x, -q]\n", "l: [-p, -f, a, -q]\n", "l: [-p, -f, a, -x, -q]\n"),
        ("l: [b, c]\n", "l: [a, b, c]\n", "l: [z, b, c]\n", "l: [z, a, b, c]\n"),
        ("l: [b]\n", "l: [a, b]\n", "l: [c]\n", "l: [a, c]\n"),
        ("l: []\n", "l: [a]\n", "l: [b]\n", "l: [a, b]\n"),
        # A map that goes leaves what others have put into it.
        ("a: {b: {c: 1}}\n", "a: {}\n", "a: {b: {c: 1, d: 2}}\n", "a: {b: {d: 2}}\n"),
        ("a: {b: {c: 1}}\n", "a: {}\n", "a: {b: {d: 2}}\n", "a: {b: {d: 2}}\n"),
        ("a: {b: {c: 1}, x: 1}\n", "a: {x: 1}\n", "a: {b: {c: 1}, x: 2}\n", "a: {x: 2}\n"),
        ("a: {b: 1}\nc: 1\n", "c: 1\n", "c: 2\n", "c: 2\n"),
        # Empty is not absent, and null is neither.
        ("a: {}\nb: 1\n", "b: 1\n", "a: {c: 1}\nb: 1\n", "a: {c: 1}\nb: 1\n"),
        ("a: null\nb: 1\n", "b: 1\n", "a: null\nb: 1\n", "b: 1\n"),
        ("a: null\n", "a: 1\n", "a: null\nb: 1\n", "a: 1\nb: 1\n"),
        # An anchor is edited where all that use it are to change alike.
        (
            "a: &x {t: 1}\nb: *x\n",
            "a: &x {t: 2}\nb: *x\n",
            "a: &x {t: 1}\nb: *x\nc: 1\n",
            "a: &x {t: 2}\nb: *x\nc: 1\n",
        ),
        ("a: &x 1\nb: *x\n", "a: &x 2\nb: *x\n", "# new\na: &x 1\nb: *x\n", "# new\na: &x 2\nb: *x\n"),
        # YAML in a text.
        (
            "t: |\n  a: 1\n  b: 2\n",
            "t: |\n  a: 3\n  b: 2\n",
            "t: |\n  a: 1\n  b: 7\n",
            "t: |\n  a: 3\n  b: 7\n",
        ),
        # What differs in no value of it is a difference of the text all the same.
        (
            "t: |\n  a: 1\n  # x\n",
            "t: |\n  a: 1\n  # y\n",
            "t: |\n  a: 1\n  # x\nb: 1\n",
            "t: |\n  a: 1\n  # y\nb: 1\n",
        ),
        ("t: |\n  a: 1\n  b: 2\n", "t: none\n", "t: |\n  a: 1\n  b: 2\n", "t: none\n"),
        # Another document may have come.
        (
            "kind: A\nmetadata: {name: x}\nv: 1\n",
            "kind: A\nmetadata: {name: x}\nv: 2\n",
            "kind: B\nmetadata: {name: x}\nv: 1\n---\nkind: A\nmetadata: {name: x}\nv: 1\n",
            "kind: B\nmetadata: {name: x}\nv: 1\n---\nkind: A\nmetadata: {name: x}\nv: 2\n",
        ),
        # Without a name it goes by its number; with one, by its namespace, too.
        (
            "a: 1\n---\nb: 1\n",
            "a: 1\n---\nb: 2\n",
            "a: 3\n---\nb: 1\n---\nc: 1\n",
            "a: 3\n---\nb: 2\n---\nc: 1\n",
        ),
        (
            "kind: A\nmetadata: {name: x, namespace: n}\nv: 1\n",
            "kind: A\nmetadata: {name: x, namespace: n}\nv: 2\n",
            "kind: A\nmetadata: {name: x, namespace: m}\nv: 1\n---\nkind: A\nmetadata: {name: x, namespace: n}\nv: 1\n",
            "kind: A\nmetadata: {name: x, namespace: m}\nv: 1\n---\nkind: A\nmetadata: {name: x, namespace: n}\nv: 2\n",
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
        ("t: |\n  a: 1\n  b: 2\n", "t: |\n  a: 3\n  b: 2\n", "b: 7\n", ("t |.a", 1, MISSING)),
        ("t: |\n  a: 1\n  b: 2\n", "t: |\n  a: 3\n  b: 2\n", "t: |\n  a: 9\n  b: 2\n", ("t |.a", 1, 9)),
        # Two items hold what it held, and the list is another one: which is meant cannot be told.
        (
            "l: [{i: x}, {i: w}]\n",
            "l: [{i: x}, {i: z}]\n",
            "l: [{i: w}, {i: x}, {i: w}]\n",
            ("l[1].i", "w", MISSING),
        ),
        # Another one stands where it stood, though it holds the same there.
        (
            "l: [{i: x, t: 1}, {i: w, t: 1}]\n",
            "l: [{i: x, t: 1}, {i: w, t: 2}]\n",
            "l: [{i: z, t: 1}, {i: x, t: 1}]\n",
            ("l[1].t", 1, MISSING),
        ),
        ("l: [{i: x}]\n", "l: [{i: w}]\n", "l: {i: x}\n", ("l[0].i", "x", MISSING)),
        ("l: [{i: x}]\n", "l: [{i: w}]\n", "m: 1\n", ("l[0].i", "x", MISSING)),
        # What comes is there in part, and what goes is, too.
        ("l: [a]\n", "l: [b]\n", "l: [b, a]\n", ("l[0]", "a", MISSING)),
        ("l: [a]\n", "l: [b, c]\n", "l: [b, a]\n", ("l", ["a"], ["b", "a"])),
        # Nothing is left of what it stood between.
        ("l: [a, b]\n", "l: [a, x, b]\n", "l: [c, d]\n", ("l", [], ["c", "d"])),
        ("l: [a]\n", "l: [b, c]\n", "l: a\n", ("l", ["a"], "a")),
        ("a: {b: {c: 1}}\n", "a: {}\n", "a: {b: {c: 2, d: 2}}\n", ("a.b.c", 1, 2)),
        ("a: {b: {c: 1}}\n", "a: {}\n", "a: {b: 1}\n", ("a.b", {"c": 1}, 1)),
        ("a: 1\n", "{}\n", "a: 2\n", ("a", 1, 2)),
        ("{}\n", "a: 1\n", "a: 2\n", ("a", MISSING, 2)),
        ("a.b: {c: 1}\n", "a.b: {c: 2}\n", "a.b: {c: 3}\n", ('"a.b".c', 1, 3)),
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


def test_of_documents_with_one_name_each_is_its_own():
    one = "kind: A\nmetadata: {name: x}\nv: 1\n"

    assert change(f"{one}---\n{one}", f"{one}---\n{one.replace('1', '2')}", f"{one}---\n{one}")[0] == (
        f"{one}---\n{one.replace('1', '2')}"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [("a: [", "a: 1\n"), ("a: 1\n", "a: ["), ("{{ if x }}\na: 1\n{{ end }}\n", "a: 1\n")],
)
def test_what_is_no_yaml_has_no_edits(before, after):
    with pytest.raises(EditRefusedError):
        tree_edits(before, after)


def test_an_edit_in_what_is_no_yaml_any_more_is_refused():
    with pytest.raises(EditRefusedError):
        made("a: [", tree_edits("a: 1\n", "a: 2\n"), name="f")


def test_an_edit_that_would_change_what_shares_an_anchor_is_refused():
    with pytest.raises(EditRefusedError, match="&x"):
        change("a: {t: 1}\n", "a: {t: 2}\n", "a: &x {t: 1}\nb: *x\n")
