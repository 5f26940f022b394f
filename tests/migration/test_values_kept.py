"""What of a user's values counts as one, what is tried in its place, and what a chart lists."""

import pytest

from migrate_dhi.migration.values_kept import _leaves, _listed, _nested, _others


@pytest.mark.parametrize(
    ("values", "leaves"),
    [
        ({}, []),
        ({"a": 1, "b": {"c": "x"}}, [(("a",), 1), (("b", "c"), "x")]),
        # A list is one value, and so is an empty map: what is in it replaces or opens the whole.
        ({"a": [{"b": 1}], "c": {}}, [(("a",), [{"b": 1}]), (("c",), {})]),
        ({"a": None, "b": {"c": {"d": None}}}, [(("a",), None), (("b", "c", "d"), None)]),
    ],
)
def test_every_value_with_its_path(values, leaves):
    assert list(_leaves(values)) == leaves


@pytest.mark.parametrize(
    ("value", "others"),
    [
        (True, [False, None]),
        (False, [True, None]),
        (0, [1, None]),
        (1.5, [2.5, None]),
        ("a", ["a0", None]),
        ("", ["x", None]),
        ([], [["x"], [], None]),
        ([{"a": 1}], [[{"a": 1}, {"a": 1}], [], None]),
        ({}, [{"x": "x"}, None]),
        (None, [None]),
    ],
)
def test_what_is_tried_in_place_of_a_value_is_of_its_kind_first(value, others):
    found = list(_others(value))

    assert found == others
    assert [type(one) for one in found] == [type(one) for one in others]


DEFAULTS = {"a": 1, "map": {"open": {}, "b": None, "c": {"d": 1}}, "list": [1]}


@pytest.mark.parametrize(
    ("path", "listed"),
    [
        (("a",), True),
        (("map", "b"), True),
        (("map", "c", "d"), True),
        (("map", "c"), True),
        # A map that is open takes anything.
        (("map", "open", "x"), True),
        (("map", "open", "x", "y"), True),
        (("list",), True),
        (("none",), False),
        (("map", "none"), False),
        (("a", "b"), False),
        (("map", "b", "x"), False),
        (("list", "x"), False),
    ],
)
def test_what_a_chart_lists(path, listed):
    assert _listed(DEFAULTS, path) is listed


def test_a_chart_without_values_lists_none():
    assert not _listed({}, ("a",))


def test_a_value_at_its_path():
    assert _nested(("a", "b"), [1]) == {"a": {"b": [1]}}
