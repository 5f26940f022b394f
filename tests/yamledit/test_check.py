"""The check of every edit: whatever the editor has written, what was not meant is refused with its line."""

import pytest

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.yamledit.check import check_edit
from migrate_dhi.yamledit.data import to_data
from migrate_dhi.yamledit.nodes import Standing
from migrate_dhi.yamledit.parse import parse
from migrate_dhi.yamledit.path import parse_path


def tree(text):
    return parse(text, Standing())


def at(data, path):
    for part in path:
        data = data[part]
    return data


@pytest.mark.parametrize(
    ("before", "after", "path", "line"),
    [
        ("b: 1\na: {x: 1}\n", "b: 1\na:\n  x: 1\n  y: 2\n", "a", 2),
        ("b: 1\na:\n  x: 1\n", "b: 1\na: {x: 1, y: 2}\n", "a", 3),
        ("b: 1\na: [x]\n", "b: 1\na:\n  - x\n  - y\n", "a", 2),
        ("a:\n  - x\n  - 'b'\n", "a:\n  - new\n  - x\n  - b\n", "a", 3),
        ("a:\n  - x\n  - 'b'\n", "a:\n  - x\n  - b\n  - new\n", "a", 3),
        ("a:\n  - 'x'\n  - y\n", "a:\n  - x\n  - new\n", "a", 2),
        ("a:\n  - 'x'\n  - y\n  - 'z'\n", "a:\n  - 'x'\n  - new\n  - z\n", "a", 4),
        ("a:\n  x: '1'\n  y: 1\n", 'a:\n  x: "1"\n  y: 2\n', "a", 2),
        ("a:\n  'x': 1\n", "a:\n  x: 2\n", "a", 2),
        ("a:\n  x: 1\n", "a:\n  x: &x 2\n", "a", 2),
        ("a:\n  x: &x 1\n", "a:\n  x: 2\n", "a", 2),
        ("a: 1\nb: 'c'\n", "a: 2\nb: c\n", "a", 2),
        ("a: 1\n'b': c\n", "a: 2\nb: c\n", "a", 1),
        ("a: 1\nb: 1\n", "a: 2\n", "a", 1),
        ("a: 1\n", "a: 2\nb: 1\n", "a", 1),
        ("- 1\n- '2'\n", "- 3\n- 2\n", "[0]", 2),
        ("- 1\n- 2\n", "- 3\n", "[0]", 1),
        ("z: 1\na: {b: 1}\n", "z: 1\na:\n  b: 2\n", "a.b", 2),
    ],
)
def test_what_was_not_meant_is_refused(before, after, path, line):
    wanted = at(to_data(tree(after).root), parse_path(path))

    with pytest.raises(EditRefusedError, match="something else") as caught:
        check_edit(tree(before), tree(after), parse_path(path), wanted)
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("before", "after", "path"),
    [
        ("a: {x: 1}\n", "a: {x: 1, y: 2}\n", "a"),
        ("a: {}\n", "a:\n  x: 1\n", "a"),
        ("a:\n  x: 1\n", "a: {}\n", "a"),
        ("a: []\n", "a:\n  - x\n", "a"),
        ("a:\n  - x\n  - 'y'\n", "a:\n  - new\n  - x\n  - 'y'\n", "a"),
        ("a:\n  - x\n  - y: 1\n  - z\n", "a:\n  - x\n  - y: 2\n  - z\n", "a"),
        ("a: 'x'\nb: 1\n", "a: y\nb: 1\n", "a"),
        ("a: &x {b: 1}\nc: *x\n", "a: &x {b: 1, d: 2}\nc: *x\n", "a"),
        ("a:\n  <<: {x: 1}\n  y: 1\n", "a:\n  <<: {x: 1}\n  y: 2\n", "a"),
    ],
)
def test_what_was_meant_is_not(before, after, path):
    check_edit(tree(before), tree(after), parse_path(path), at(to_data(tree(after).root), parse_path(path)))


def test_other_data_than_was_wanted_is_refused():
    with pytest.raises(EditRefusedError) as caught:
        check_edit(tree("b: 1\na: 1\n"), tree("b: 1\na: 2\n"), ("a",), 3)
    assert caught.value.line == 2
