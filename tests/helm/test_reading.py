"""Whether an edit reads to Helm as it was meant, and what it reads instead."""

import pytest

from migrate_dhi.errors import InvalidChartError
from migrate_dhi.helm.reading import misread, seen_values

IMAGE = ("image", "tag")


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ("image: {tag: a}\n", "image: {tag: b}\n", [(IMAGE, "b", False)]),
        ("image: {tag: '1'}\n", "image: {tag: '1.10'}\n", [(IMAGE, "1.10", False)]),
        # Comments, order and blanks are none of Helm's business.
        ("a: 1\nb: 2\n", "# new\nb:   2\n\na: 3\n", [(("a",), 3, False)]),
        ("", "image:\n  tag: b\n", [(IMAGE, "b", False)]),
        ("image:\n", "image: {tag: b}\n", [(IMAGE, "b", False)]),
        ("image: text\n", "image: {tag: b}\n", [(IMAGE, "b", False)]),
        # Deletions, and maps that are empty then or were never there.
        ("image: {tag: a, x: 1}\n", "image: {x: 1}\n", [(IMAGE, None, True)]),
        ("image: {tag: a}\n", "image: {}\n", [(IMAGE, None, True)]),
        ("image: {tag: a}\n", "{}\n", [(IMAGE, None, True)]),
        ("a: 1\n", "a: 1\nimage: {}\n", []),
        ("a: 1\n", "a: 1\n", [(IMAGE, None, True)]),
        # Items of lists.
        ("l: [a, b]\n", "l: [a, c]\n", [(("l", 1), "c", False)]),
        ("l: [a]\n", "l: [a, b]\n", [(("l", 1), "b", False)]),
        ("l: [a, b, c]\n", "l: [a, c]\n", [(("l", 1), None, True)]),
        ("l: [{k: a}]\n", "l: [{k: b}]\n", [(("l", 0, "k"), "b", False)]),
        ("l:\n", "l: [x]\n", [(("l", 0), "x", False)]),
        ("{}\n", "s: [{name: x}]\n", [(("s",), [{"name": "x"}], False)]),
        # In the order in which they were made.
        (
            "a: 1\n",
            "a: 3\n",
            [(("a",), 2, False), (("a",), None, True), (("a",), 3, False)],
        ),
        ("a: 1\n", "b: 2\n", [((), {"b": 2}, False)]),
        # A null is a value, and a number what Helm takes it for.
        ("a: 1\n", "a: null\n", [(("a",), None, False)]),
        ("a: 1\n", "a: 0644\n", [(("a",), 420, False)]),
    ],
)
def test_what_helm_reads_is_what_was_meant(before, after, changes):
    assert misread(before, after, changes) == ""


@pytest.mark.parametrize(
    ("before", "after", "changes", "place"),
    [
        # What Helm takes for another value than was meant.
        ("image: {tag: a}\n", "image: {tag: 1.10}\n", [(IMAGE, "1.10", False)], "image.tag"),
        ("image: {tag: a}\n", "image: {tag: on}\n", [(IMAGE, "on", False)], "image.tag"),
        ("image: {tag: a}\n", "image: {tag: 0644}\n", [(IMAGE, "0644", False)], "image.tag"),
        ("image: {tag: a}\n", "image: {tag: 1e3}\n", [(IMAGE, "1e3", False)], "image.tag"),
        ("image: {tag: a}\n", "image: {tag: }\n", [(IMAGE, "", False)], "image.tag"),
        # True is no 1, and false no 0.
        ("a: x\n", "a: true\n", [(("a",), 1, False)], "a"),
        ("a: x\n", "a: 0\n", [(("a",), False, False)], "a"),
        ("a: true\n", "a: 1\n", [], "a"),
        # More or less than was meant.
        ("a: 1\nb: 1\n", "a: 2\n", [(("a",), 2, False)], "b"),
        ("a: 1\n", "a: 2\nb: 1\n", [(("a",), 2, False)], "b"),
        ("x: &x {a: 1}\nz: *x\n", "x: &x {a: 2}\nz: *x\n", [(("x", "a"), 2, False)], "z.a"),
        ("a: {b: 1}\n", "a: {b: 1, b: 2}\n", [], "a.b"),
        ("a: {b: 1}\n", "{}\n", [(("a", "c"), None, True)], "a"),
        ("l: [a, b]\n", "l: [b, a]\n", [], "l"),
        ("a: null\n", "a: ''\n", [], "a"),
    ],
)
def test_what_helm_reads_otherwise_is_named(before, after, changes, place):
    assert misread(before, after, changes) == f"Helm would read {place} differently"


def test_a_null_and_a_key_that_is_not_there_are_told_apart_where_a_map_is():
    """A null deletes a default, and an empty map does not."""
    assert misread("a: {b: null}\n", "a: {}\n", []) != ""
    assert misread("a: {b: {}}\n", "a: {}\n", []) == ""


def test_a_text_that_is_no_yaml_names_the_file_that_is_asked_for():
    for name in ("one.yaml", "other.yaml"):
        with pytest.raises(InvalidChartError) as caught:
            seen_values("a: 1\nb: [\n", where=name)
        assert caught.value.where.startswith(f"{name}:")


def test_what_is_read_once_is_shared():
    assert seen_values("a: {b: 1}\n") is seen_values("a: {b: 1}\n")
