"""Data of strangers: what stands where, and nothing raised for what does not."""

import pytest

from migrate_dhi.untyped import child, children, mapping, scalar_text, sequence, text_at, walk


@pytest.mark.parametrize("data", [None, 1, "text", [{"a": 1}], {"a": [1]}])
def test_a_map_or_a_list_is_itself_and_all_else_an_empty_one(data):
    assert mapping(data) == (data if isinstance(data, dict) else {})
    assert sequence(data) == (data if isinstance(data, list) else [])


@pytest.mark.parametrize(
    ("path", "text"),
    [(("a", "b"), "1"), (("a",), ""), (("a", "c"), ""), (("a", "b", "c"), ""), (("l",), ""), (("n",), "")],
)
def test_the_text_at_a_path(path, text):
    assert text_at({"a": {"b": 1}, "l": ["x"], "n": None}, *path) == text


@pytest.mark.parametrize(
    ("data", "step", "found"),
    [
        ({"a": 1}, "a", 1),
        ({"a": 1}, "b", "-"),
        ([1, 2], 1, 2),
        ([1, 2], 2, "-"),
        ([1, 2], "a", "-"),
        ("a", 0, "-"),
    ],
)
def test_what_stands_at_a_step(data, step, found):
    assert child(data, step, "-") == found


def test_everything_below_the_outer_before_the_inner():
    assert list(walk({"a": [{"b": 1}], "c": 2})) == [
        (("a",), [{"b": 1}]),
        (("a", 0), {"b": 1}),
        (("a", 0, "b"), 1),
        (("c",), 2),
    ]
    assert list(walk("text")) == list(children(None)) == []


@pytest.mark.parametrize(("value", "text"), [(True, "true"), (False, "false"), (1, "1"), ("True", "True")])
def test_a_scalar_as_yaml_writes_it(value, text):
    assert scalar_text(value) == text
