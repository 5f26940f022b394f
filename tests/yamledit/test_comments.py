"""No comment is lost by any edit, but for those that belong to a deleted entry."""

import re
from collections import Counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.yamledit import Document, parse_path
from tests.yamledit.test_properties import SETTINGS

FLOW = "a: [\n  1, # one\n  # two\n  2, # 2\n  # three\n  3 # 3\n]\n"
BLOCK = "a:\n  # x: 1\n  - 1 # one\n  # q: 2\n  - 2\n  # z: 3\nb: 1\n"

KEPT = [
    ("empty_list", "a: [\n  # old\n]\nb: 1\n", "a", ["x"], "a: [\n  # old\n  x\n]\nb: 1\n"),
    ("first_item_of_an_empty_list", "a: [\n  # old\n]\n", "a[0]", {"k": 1}, "a: [\n  # old\n  {k: 1}\n]\n"),
    ("several_items", "a: [ # old\n]\nb: 1\n", "a", ["x", "z"], "a: [ # old\n  x,\n  z\n]\nb: 1\n"),
    ("empty_map", "a: { # old\n  # c: 1\n  } # z\n", "a.c", 2, "a: { # old\n  # c: 1\n  c: 2\n  } # z\n"),
    ("empty_map_in_brackets", "a: [{\n  # old\n  }, 2]\n", "a[0].k", 1, "a: [{\n  # old\n  k: 1\n  }, 2]\n"),
    ("list_to_text", BLOCK, "a", "s", "a: s\n  # x: 1\n  # q: 2\n  # z: 3\nb: 1\n"),
    ("list_to_map", BLOCK, "a", {"k": [1]}, "a:\n  # x: 1\n  k:\n    - 1\n  # q: 2\n  # z: 3\nb: 1\n"),
    ("list_to_lines", BLOCK, "a", "p\nq\n", 'a: "p\\nq\\n"\n  # x: 1\n  # q: 2\n  # z: 3\nb: 1\n'),
    ("list_to_nothing", BLOCK, "a", [], "a: []\n  # x: 1\n  # q: 2\n  # z: 3\nb: 1\n"),
    ("list_to_another", BLOCK, "a", [5], "a:\n  # x: 1\n  - 5 # one\n  # q: 2\n  # z: 3\nb: 1\n"),
    ("one_item_less", FLOW, "a", [2, 3], "a: [\n  # two\n  2, # 2\n  # three\n  3 # 3\n]\n"),
    ("two_items_less", FLOW, "a", [1], "a: [\n  1 # one\n  # two\n  # three\n]\n"),
    ("behind_a_key", "a: # k\n  - 5\n", "a", {"x": 1}, "a: # k\n  x: 1\n"),
    ("below_a_key", "a:\n  # k\n  5\n", "a", {"x": 1}, "a:\n  # k\n  x: 1\n"),
    ("behind_an_anchor", "a: &x # c\n  - 1\n", "a", {"b": 1}, "a: &x # c\n  b: 1\n"),
    ("behind_a_block_header", "a: | # c\n  b\n  # d\n", "a", {"b": 1}, "a: # c\n  b: 1\n"),
    ("behind_an_item", "a: [1 # c\n  ]\n", "a[1]", 2, "a: [1, 2 # c\n  ]\n"),
    ("before_a_comma", "a: {x: 1 # c\n  , q: 2}\n", "a.z", 3, "a: {x: 1 # c\n  , q: 2, z: 3}\n"),
    ("items_comment_behind_its_dash", "- # k\n  a: 1\n- 2\n", "[0]", 3, "- 3 # k\n- 2\n"),
    ("of_deleted_items", "a: [\n  1, # one\n  2 # 2\n]\n", "a", {"k": 1}, "a:\n  k: 1\n"),
    ("of_swapped_entries", "a:\n  exec: # d\n    cmd: [sh] # c\n    # note\n  x: 1\n", "a", {"tcp": 1, "x": 1},
     "a:\n  tcp: 1\n    # note\n  x: 1\n"),
    ("no_comment_in_a_text", 'a:\n  - "x # c" # d\nb: 1\n', "a", 1, "a: 1\nb: 1\n"),
]  # fmt: skip

LOST = [
    ("empty_list_to_text", "b: 1\na: [\n  # old\n]\n", "a", "x", "# old", 3),
    ("empty_list_to_map", "a: [\n  # old\n]\n", "a", {"k": 1}, "# old", 2),
    ("empty_list_to_nothing", "a: [\n  # old\n]\n", "a", None, "# old", 2),
    ("behind_a_bracket", "a: [ # old\n  1]\n", "a", 2, "# old", 1),
    ("behind_a_brace", "a: { # old\n  x: 1}\n", "a", 2, "# old", 1),
    ("between_items", "a: [\n  1, # one\n  # q: 3\n  2 # 2\n]\n", "a", {"k": 1}, "# q: 3", 3),
    ("before_a_bracket", "a: [\n  1\n  # q\n]\n", "a", "x", "# q", 3),
    ("in_a_map_on_a_dash", "- a: 1\n  # c: 1\n  d: 2\n- 2\n", "[0]", 3, "# c: 1", 2),
    ("in_the_document", "# h\na: 1 # c\n# q: 1\nb: 2\n", "", [1], "# q: 1", 3),
    ("the_same_twice", "a: [ # c\n  1, # c\n  2\n]\n", "a", 2, "# c", 1),
]  # fmt: skip

DELETED = [
    ("in_a_list_first", FLOW, "a[0]", "a: [\n  # two\n  2, # 2\n  # three\n  3 # 3\n]\n"),
    ("in_a_list_middle", FLOW, "a[1]", "a: [\n  1, # one\n  # two\n  # three\n  3 # 3\n]\n"),
    ("in_a_list_last", FLOW, "a[2]", "a: [\n  1, # one\n  # two\n  2 # 2\n  # three\n]\n"),
    ("last_comma_stays", FLOW.replace("3 #", "3, #"), "a[2]", "a: [\n  1, # one\n  # two\n  2, # 2\n  # three\n]\n"),
    ("map_in_braces", "a: {\n  p: 1, # c\n  q: 2 # d\n}\n", "a.q", "a: {\n  p: 1 # c\n}\n"),
    ("on_the_brackets_line", "a: {p: 1, # c\n  q: 2}\n", "a.p", "a: {q: 2}\n"),
    ("whole_entry", "a: [\n  # old\n]\nb: 1\n", "a", "b: 1\n"),
    ("last_entry", "a: # k\n  # q: 1\n  x: 1 # one\n", "a.x", "a: {} # k\n  # q: 1\n"),
    ("last_item", BLOCK.replace("  - 2\n", ""), "a[0]", "a: []\n  # x: 1\n  # q: 2\n  # z: 3\nb: 1\n"),
    ("one_of_two_alike", "# h\n\n# -- d\na: {}\n\n# -- d\nb: 1\n", "a", "# h\n\n# -- d\nb: 1\n"),
    ("with_its_header", "a:\n  # of x\n  x: 1\nb: 1\n", "a.x", "a: {}\nb: 1\n"),
]  # fmt: skip


@pytest.mark.parametrize("break_", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("text", "path", "value", "after"), [case[1:] for case in KEPT], ids=[case[0] for case in KEPT]
)
def test_kept(text, path, value, after, break_):
    document = Document(text.replace("\n", break_)).set(parse_path(path), value)
    assert document.text == after.replace("\n", break_)


@pytest.mark.parametrize(
    ("text", "path", "value", "comment", "line"), [case[1:] for case in LOST], ids=[case[0] for case in LOST]
)
def test_refused(text, path, value, comment, line):
    with pytest.raises(EditRefusedError, match=f"lose the comment '{comment}'") as caught:
        Document(text, name="values.yaml").set(parse_path(path), value)
    assert (caught.value.line, caught.value.where) == (line, f"values.yaml:{line}")


@pytest.mark.parametrize(
    ("text", "path", "after"), [case[1:] for case in DELETED], ids=[case[0] for case in DELETED]
)
def test_deleted(text, path, after):
    assert Document(text).delete(parse_path(path)).text == after


def test_comment_between_entries_of_a_line_stays_or_is_refused():
    with pytest.raises(EditRefusedError, match="lose the comment '# c'"):
        Document("a: {p: 1, # c\n  q: 2}\n").delete(("a", "q"))


@st.composite
def brackets(draw):
    """A flow list or map over lines, every comment in it another one."""
    number = iter(range(1000))

    def comment():
        return draw(st.sampled_from(["", f" # c{next(number)}"]))

    def lines():
        return "".join(f"    # l{next(number)}\n" for _ in range(draw(st.integers(0, 2))))

    keyed = draw(st.booleans())
    count = draw(st.integers(0, 3))
    text = ("{" if keyed else "[") + comment() + "\n"
    for n in range(count):
        comma = "," if n < count - 1 or draw(st.booleans()) else ""
        item = draw(st.sampled_from([str(n), "'# no'", "[1, 2]", "{k: '#'}"]))
        text += lines() + f"    {f'k{n}: ' if keyed else ''}{item}{comma}{comment()}\n"
    text += lines() + ("  }" if keyed else "  ]") + comment() + "\n"
    return f"top:\n  a: {text}  b: 1 # end\n", keyed, count


@SETTINGS
@given(brackets(), st.data())
def test_comments_in_brackets(case, data):
    text, keyed, count = case
    document = Document(text)
    path = ("top", "a", f"k{count}" if keyed else count)
    kind = data.draw(st.sampled_from(["append", "delete", "item", "other"]))
    assume(kind == "append" or kind == "other" or count)
    at = data.draw(st.integers(0, max(count - 1, 0)))
    child = (*path[:2], f"k{at}" if keyed else at)
    line = text.split("\n")[document.line(child) - 1] if kind == "delete" else ""
    try:
        if kind == "append":
            after = document.set(path, data.draw(st.sampled_from([1, "x", [1], {"q": "#"}])))
        elif kind == "delete":
            after = document.delete(child)
        elif kind == "item":
            after = document.set(child, data.draw(st.sampled_from([7, "x", [1, 3], {"k": 5}])))
        else:
            after = document.set(path[:2], data.draw(st.sampled_from([7, "x", ["z"], {"k": 5}])))
    except EditRefusedError:
        assert kind in ("other", "delete")
        assume(False)
    comments = re.compile(r"# [cle]\w+")
    lost = Counter(comments.findall(text)) - Counter(comments.findall(after.text))
    if kind in ("append", "item"):
        assert not lost
    elif kind == "delete":
        assert not lost - Counter(comments.findall(line)) or count == 1
    assert not Counter(comments.findall(after.text)) - Counter(comments.findall(text))
