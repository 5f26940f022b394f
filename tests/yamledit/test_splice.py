"""Pieces of new text: put in their places at once, with the line breaks of the lines that they stand in."""

import pytest

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.yamledit.nodes import Standing
from migrate_dhi.yamledit.parse import parse
from migrate_dhi.yamledit.splice import Splices


def splices(text):
    return Splices(parse(text, Standing(first_line=10)))


@pytest.mark.parametrize(
    ("changes", "after"),
    [
        ([], "a: 1\nb: 2\n"),
        ([(3, 4, "9")], "a: 9\nb: 2\n"),
        ([(8, 9, "9"), (3, 4, "8")], "a: 8\nb: 9\n"),
        ([(3, 4, ""), (8, 9, "")], "a: \nb: \n"),
        # Two insertions at one place stand in their order; one before a replacement stands before it.
        ([(3, 3, "x"), (3, 3, "y")], "a: xy1\nb: 2\n"),
        ([(3, 4, "9"), (3, 3, "x")], "a: x9\nb: 2\n"),
        ([(0, 3, "A: "), (3, 4, "9")], "A: 9\nb: 2\n"),
        ([(10, 10, "c: 3\n")], "a: 1\nb: 2\nc: 3\n"),
    ],
)
def test_changes_are_made_at_once(changes, after):
    made = splices("a: 1\nb: 2\n")
    for change in changes:
        made.put(*change)

    assert made.apply() == after


def test_the_same_text_is_no_change():
    made = splices("a: 1\n")
    made.put(3, 4, "1")

    assert made.changes == []


@pytest.mark.parametrize(
    "changes", [[(0, 4, "x"), (3, 5, "y")], [(3, 5, "y"), (0, 4, "x")], [(0, 8, ""), (2, 3, "z")]]
)
def test_changes_that_overlap_are_refused_with_the_line(changes):
    made = splices("a: 1\nb: 2\n")
    for change in changes:
        made.put(*change)

    with pytest.raises(EditRefusedError, match="overlap") as caught:
        made.apply()

    assert caught.value.line == 11


@pytest.mark.parametrize(
    ("text", "at", "after"),
    [
        ("a: 1\nb: 2\n", 4, "a: 1\nx: 1\ny: 2\nb: 2\n"),
        ("a: 1\r\nb: 2\r\n", 4, "a: 1\r\nx: 1\r\ny: 2\r\nb: 2\r\n"),
        # Each line has an ending of its own; the last one without an ending has that of the line before.
        ("a: 1\r\nb: 2\n", 4, "a: 1\r\nx: 1\r\ny: 2\r\nb: 2\n"),
        ("a: 1\r\nb: 2\n", 10, "a: 1\r\nb: 2\nx: 1\ny: 2\n"),
        ("a: 1\r\nb: 2", 10, "a: 1\r\nb: 2\r\nx: 1\r\ny: 2"),
        ("a: 1", 4, "a: 1\nx: 1\ny: 2"),
    ],
)
def test_lines_end_as_their_neighbours_do(text, at, after):
    made = splices(text)
    made.insert_lines(at, ["x: 1", "y: 2"])

    assert made.apply() == after
