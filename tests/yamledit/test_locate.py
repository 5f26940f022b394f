"""Where a path leads in a text: the entry that counts, its line, its place for a value, and why none may be there."""

import pytest

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.yamledit.data import to_data
from migrate_dhi.yamledit.locate import (
    child_index,
    find,
    holder,
    is_nothing,
    line_of,
    root_slot,
    walk_to_edit,
)
from migrate_dhi.yamledit.nodes import Standing
from migrate_dhi.yamledit.parse import parse
from migrate_dhi.yamledit.path import parse_path

TEXT = """\
# the file
a:
  b: 1
  c: {d: 2, "e f": [3, {g: 4}]}
list:
  - x

  -
    u: 5
  # said
  - - z
    - w
anchor: &k
  p: 6
alias: *k
merge:
  <<: *k
  q: 7
twice: 1
twice: 2
empty:
'quoted': 8
"""


def tree(text=TEXT):
    return parse(text, Standing(first_line=100))


@pytest.mark.parametrize(
    ("path", "line", "data"),
    [
        ("", 102, None),
        ("a", 102, {"b": 1, "c": {"d": 2, "e f": [3, {"g": 4}]}}),
        ("a.b", 103, 1),
        ("a.c.d", 104, 2),
        ('a.c."e f"[1].g', 104, 4),
        ("list", 105, ["x", {"u": 5}, ["z", "w"]]),
        ("list[0]", 106, "x"),
        # An item is where its dash is, also where what it holds begins below.
        ("list[1]", 108, {"u": 5}),
        ("list[1].u", 109, 5),
        ("list[2][0]", 111, "z"),
        ("list[2][1]", 112, "w"),
        ("alias.p", 114, 6),
        ("merge.q", 118, 7),
        # Of two keys the later counts.
        ("twice", 120, 2),
        ("empty", 121, None),
        ("quoted", 122, 8),
    ],
)
def test_a_path_that_exists(path, line, data):
    found = tree()
    steps = list(find(found, parse_path(path)))

    assert line_of(found, parse_path(path)) == line
    assert len(steps) == len(parse_path(path))
    if steps:
        assert to_data(steps[-1][1]) == data


@pytest.mark.parametrize(
    ("path", "line", "deep"),
    [
        # The line of the nearest that is there.
        ("a.none.deeper", 102, 1),
        ("list[3]", 105, 1),
        ("list[1].none", 108, 2),
        ("none", 102, 0),
        ("a[0]", 102, 1),
        ("list.x", 105, 1),
        # What a merge key brings in is no entry of the map itself.
        ("merge.p", 116, 1),
        ("empty.x", 121, 1),
    ],
)
def test_a_path_that_does_not_exist(path, line, deep):
    found = tree()

    assert line_of(found, parse_path(path)) == line
    assert len(list(find(found, parse_path(path)))) == deep


@pytest.mark.parametrize(
    ("text", "part", "value"),
    [
        ("a: 1\nb: 2\n", "b", 2),
        ("a: 1\na: 2\n", "a", 2),
        ("<<: {a: 1}\n", "a", 1),
        ("<<: {a: 1}\na: 2\n", "a", 2),
        ("a: 2\n<<: {a: 1}\n", "a", 1),
        ("<<: [{a: 1}, {a: 2, b: 3}]\n", "a", 1),
        ("<<: [{a: 1}, {a: 2, b: 3}]\n", "b", 3),
        ("<<: {<<: {a: 1}, b: 2}\n", "a", 1),
        ("- x\n- z\n", 1, "z"),
    ],
)
def test_what_holds_the_entry_that_counts(text, part, value):
    root = tree(text).root
    owner = holder(root, part)
    index = child_index(owner, part)

    child = owner.entries[index][1] if owner.kind == "map" else owner.items[index]
    assert to_data(child) == value
    assert (to_data(root)[part]) == value


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("a: 1\n", "b"),
        ("a: 1\n", 0),
        ("- x\n", 1),
        ("- x\n", -1),
        ("- x\n", "x"),
        ("<<: {a: 1}\n", "b"),
        ("'<<': {a: 1}\n", "a"),
    ],
)
def test_nothing_holds_an_entry_that_is_not_there(text, part):
    assert holder(tree(text).root, part) is None


@pytest.mark.parametrize(
    ("text", "nothing"),
    [
        ("a:\n", True),
        ("a: ~\n", True),
        ("a: null # said\n", True),
        ("a: {}\n", True),
        ("a: [ ]\n", True),
        ("a: ''\n", False),
        ("a: 'null'\n", False),
        ("a: !!str\n", False),
        ("a: 0\n", False),
        ("a: false\n", False),
        ("a: nUll\n", False),
        ("a: [1]\n", False),
    ],
)
def test_a_place_that_a_map_may_take(text, nothing):
    assert is_nothing(tree(text).root.entries[0][1]) is nothing


@pytest.mark.parametrize(
    ("path", "text", "missing", "column", "flow"),
    [
        ("", "", "", -1, False),
        ("a.b", " 1", "", 2, False),
        ("a.c.d", " 2", "", 6, True),
        ('a.c."e f"[0]', "3", "", 20, True),
        ("a.new.deep", "\n  b: 1", "new.deep", 0, False),
        ("list[0]", " x", "", 2, False),
        ("list[3]", "\n  - x", "[3]", 0, False),
        ("list[2][1]", " w", "", 4, False),
        ("empty", "\n", "", 0, False),
        ("empty.x.y", "\n", "x.y", 0, False),
        ("none", "# the", "none", -1, False),
    ],
)
def test_the_place_of_a_value(path, text, missing, column, flow):
    found = tree()

    slot, left = walk_to_edit(found, parse_path(path))

    assert (found.text[slot.after :].startswith(text), left) == (True, parse_path(missing))
    assert (slot.column, slot.flow) == (column, flow)


def test_a_key_in_braces_without_a_value_lacks_its_colon():
    found = tree("a: {x, y: 1}\n")

    assert walk_to_edit(found, ("a", "x"))[0].lead == ":"
    assert walk_to_edit(found, ("a", "y"))[0].lead == ""
    assert root_slot(found).lead == ""


@pytest.mark.parametrize(
    ("path", "beside", "line", "words"),
    [
        ("a.b.c", False, 103, "a.b is a plain value, so 'c' cannot stand below it"),
        (
            "alias.p",
            False,
            115,
            "alias is an alias of &k (line 113), so the edit would change other places too",
        ),
        (
            "merge.p",
            False,
            117,
            "merge.p comes from the merge key, so the edit would change other places too",
        ),
        (
            "merge.p.x",
            True,
            117,
            "merge.p comes from the merge key, so the edit would change other places too",
        ),
        ("twice", False, 120, "the key 'twice' stands here twice (lines 119 and 120)"),
        ("twice.x", True, 120, "the key 'twice' stands here twice (lines 119 and 120)"),
        ("list.x", False, 106, "list is a list, it has no key 'x'"),
        ("list[4]", False, 106, "list has 3 items, so there is no place for item 4"),
        ("a[0]", False, 103, "a is a map, it has no item 0"),
        ("[0]", False, 102, "the document is a map, it has no item 0"),
    ],
)
def test_a_place_where_no_value_may_be(path, beside, line, words):
    with pytest.raises(EditRefusedError) as caught:
        walk_to_edit(tree(), parse_path(path), beside=beside)

    assert (caught.value.message, caught.value.line) == (words, line)


def test_a_key_may_come_beside_the_merge_key_that_brings_it():
    slot, left = walk_to_edit(tree(), ("merge", "p"), beside=True)

    assert (slot.key.value, left) == ("merge", ("p",))
