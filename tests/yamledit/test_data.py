"""Nodes as data: what a key, an alias, a tag and a merge key become, and which data counts as the same."""

import pytest

from migrate_dhi.helm.engine import read_values
from migrate_dhi.yamledit.data import common_ends, places, same, to_data
from migrate_dhi.yamledit.nodes import Standing
from migrate_dhi.yamledit.parse import parse

NAN = float("nan")


def data(text):
    return to_data(parse(text, Standing()).root)


@pytest.mark.parametrize(
    "text",
    [
        # Keys become texts.
        "{80: a, 0x10: b, 1.5: c, 2.0: d, true: e, on: f}\n",
        "? a\n: 1\n",
        "{y: 1, N: 2, 010: 3}\n",
        # Of equal keys the last one counts. (Where they are equal as texts alone, Helm takes one at random.)
        "a: 1\na: 2\n",
        # Tags.
        "a: !!str 1\nb: !!int '2'\nc: !!float 3\nd: !!bool 'yes'\ne: !!null ''\n",
        "a: !!binary aGVsbG8=\n",
        # Aliases, also of what holds one.
        "a: &x [1, &y {b: 2}]\nc: *x\nd: *y\n",
        "a: &x 1\nb: &x 2\nc: *x\n",
        # Merge keys: at their place, of several the first, and those inside a merged map.
        "x: &x {a: 1, b: 1}\ny: {b: 0, <<: *x, a: 9}\n",
        "x: &x {a: 1, b: 1}\ny: {a: 9, <<: *x}\n",
        "x: &x {a: 1}\ny: &y {a: 2, b: 2}\nz: {<<: [*x, *y]}\n",
        "x: &x {a: 1}\ny: &y {<<: *x, b: 2}\nz:\n  <<: *y\n  c: 3\n",
        "a: {'<<': 1}\n",
        # Nothing at all.
        "a:\nb: []\nc: {}\nd: ''\n",
        "# nothing\n",
    ],
)
def test_read_as_helm_reads_it(text):
    assert same(data(text) or {}, read_values(text))


@pytest.mark.parametrize(
    ("one", "two", "alike"),
    [
        (1, 1, True),
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        (True, True, True),
        (True, False, False),
        (None, None, True),
        (None, 0, False),
        (None, "", False),
        ("1", 1, False),
        ("a", "a", True),
        ("a", "b", False),
        (NAN, float("nan"), True),
        (NAN, 1.0, False),
        ([], {}, False),
        ([1, "a"], [1, "a"], True),
        ([1, "a"], ["a", 1], False),
        ([1], [1, 1], False),
        ({"a": 1}, {"a": 1.0}, True),
        ({"a": 1}, {"a": True}, False),
        ({"a": 1}, {"b": 1}, False),
        ({"a": 1}, {"a": 1, "b": None}, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": [{"b": 0}]}, {"a": [{"b": False}]}, False),
    ],
)
def test_the_same_data(one, two, alike):
    assert same(one, two) is alike
    assert same(two, one) is alike


@pytest.mark.parametrize(
    ("old", "new", "ends"),
    [
        ([1, 2, 3], [1, 2, 3], (3, 0)),
        ([1, 2, 3], [1, 9, 3], (1, 1)),
        ([1, 2, 3], [1, 3], (1, 1)),
        ([1, 3], [1, 2, 3], (1, 1)),
        ([1], [2], (0, 0)),
        ([], [1], (0, 0)),
        # An item counts once: the second of two equal ones is not also the first.
        ([1, 1], [1], (1, 0)),
        ([1], [1, 1], (1, 0)),
        ([1, 1, 1], [1, 1], (2, 0)),
        ([True], [1], (0, 0)),
        ([1, 2], [3, 2], (0, 1)),
    ],
)
def test_what_two_lists_share_at_their_ends(old, new, ends):
    assert common_ends(old, new) == ends


def test_the_last_of_equal_keys_is_the_one_that_counts():
    root = parse("a: 1\n<<: {c: 1}\nb: 2\n'a': 3\n", Standing()).root

    assert places(root) == {"a": 3, "b": 2}
