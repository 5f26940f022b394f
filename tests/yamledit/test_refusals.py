"""What is refused: with the line, the other places, a message that names the cause, and nothing changed."""

import pytest

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.yamledit import Document, parse_path

UNREADABLE = [
    ("template_line", "a: 1\n{{- if .x }}\nb: 2\n", 2, "template"),
    ("template_value", "a: 1\nb: {{ .x }}\n", 2, "template"),
    ("template_item", "a:\n  - {{ .x }}\n", 2, "template"),
    ("tab", "a:\n\tb: 1\n", 2, "tab"),
    ("open_bracket", "a: [1\nb: 2\n", 2, "no YAML"),
    ("open_quote", "a: 'x\nb: 2\n", 3, "no YAML"),
    ("bad_indentation", "a:\n  b: 1\n c: 2\n", 3, "no YAML"),
    ("two_documents", "a: 1\n---\nb: 2\n", 2, "several documents: Helm 3 reads the first alone, and Helm 4 all"),
    ("empty_first_document", "---\n---\nb: 2\n", 2, "first document is empty"),
    ("unknown_alias", "a: 1\nb: *x\n", 2, "no anchor"),
    ("alias_in_its_own_anchor", "a: &x\n  b: *x\n", 2, "its own alias"),
    ("map_as_key", "a: 1\n? {b: 1}\n: 2\n", 2, "as a key"),
    ("alias_of_a_map_as_key", "a: &x {b: 1}\n*x : 2\n", 2, "as a key"),
    ("control_character", "a: \x07\n", 0, "no YAML"),
    ("late_byte_order_mark", "a: 1\n\ufeffb: 2\n", 2, "byte order mark"),
    ("too_deep", "a: " + "[" * 5000 + "]" * 5000, 0, "too deeply"),
    ("exploding_aliases", "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
        f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 8)), 6, "explode"),
]  # fmt: skip

UNEDITABLE = [
    ("anchored_scalar", "a: &x 1\nb: *x\n", "a", 2, 1, "used elsewhere", ("line 2",)),
    ("inside_an_anchored_map", "a: &x\n  p: 1\nb: *x\nc: *x\n", "a.p", 2, 1, "used elsewhere", ("line 3", "line 4")),
    ("new_key_in_an_anchored_map", "a: &x\n  p: 1\nb: *x\n", "a.q", 2, 1, "used elsewhere", ("line 3",)),
    ("anchored_by_merge", "a: &x {p: 1}\nb: {<<: *x}\n", "a.p", 2, 1, "used elsewhere", ("line 2",)),
    ("map_that_holds_a_used_anchor", "a:\n  p: &x 1\nb: *x\n", "a", 2, 2, "used elsewhere", ("line 3",)),
    ("through_an_alias", "a: &x\n  p: 1\nb: *x\n", "b.p", 2, 3, "alias", ("line 1", "line 3")),
    ("new_key_through_an_alias", "a: &x\n  p: 1\nb: *x\n", "b.q", 2, 3, "alias", ("line 1", "line 3")),
    ("through_a_merge_key", "a: &x {p: {q: 1}}\nb:\n  <<: *x\n", "b.p.q", 2, 3, "merge key", ("line 1", "line 3")),
    ("merge_key_that_wins", "a: &x {p: 1}\nb:\n  p: 5\n  <<: *x\n", "b.p", 2, 3, "overrides", ()),
    ("duplicate_key", "a: 1\nb: 0\na: 2\n", "a", 3, 3, "twice", ("line 1", "line 3")),
    ("through_a_duplicate_key", "a:\n  p: 1\na:\n  p: 2\n", "a.p", 3, 3, "twice", ("line 1", "line 3")),
    ("duplicate_key_of_equal_value", "a: 1\na: 1\n", "a", 1, 2, "twice", ("line 1", "line 2")),
    ("below_a_text", "a: x\n", "a.b", 1, 1, "plain value", ()),
    ("below_an_empty_text", 'a: ""\n', "a.b", 1, 1, "plain value", ()),
    ("key_of_a_list", "b: 1\na:\n  - x\n", "a.b", 1, 3, "is a list", ()),
    ("item_of_a_map", "b: 1\na:\n  p: x\n", "a[0]", 1, 3, "is a map", ()),
    ("item_of_the_document", "a: 1\n", "[0]", 1, 1, "the document is a map", ()),
    ("behind_the_end_of_a_list", "a: [1]\n", "a[3]", 1, 1, "no place for item 3", ()),
    ("second_item_of_no_list", "a: {}\n", "a[1]", 1, 0, "no list yet", ()),
    ("unknown_tag", "a: !vault x\n", "a", "z", 1, "tag !vault", ()),
    ("new_key_among_question_marks", "? a\n: b\n", "c", 1, 1, "'? '", ()),
    ("last_break_of_a_text", "a: |\n  text", "b", 1, 1, "without changing something else", ()),
    ("scalar_for_an_empty_file", "# c\n", "", "x", 1, "empty file", ()),
]  # fmt: skip


# Message and help, to the letter; what the parser says in its own words is not ours.
SAID = {
    "template_line": ("this is a template, no YAML: {{- if .x }}", "edit the file that the template makes, or its values"),
    "template_value": ("this is a template, no YAML", "edit the file that the template makes, or its values"),
    "template_item": ("this is a template, no YAML", "edit the file that the template makes, or its values"),
    "tab": ("this is no YAML: a tab is used for indentation", "correct the file first"),
    "two_documents": ("the file has several documents: Helm 3 reads the first alone, and Helm 4 all of them", "split the file"),
    "empty_first_document": ("the first document is empty: Helm 3 reads the first alone, and Helm 4 all of them", "split the file"),
    "unknown_alias": ("the alias *x has no anchor above it", ""),
    "alias_in_its_own_anchor": ("the anchor &x contains its own alias", ""),
    "map_as_key": ("a map or list as a key cannot be edited", ""),
    "alias_of_a_map_as_key": ("a map or list as a key cannot be edited", ""),
    "late_byte_order_mark": ("a byte order mark stands in the middle of the file", ""),
    "too_deep": ("the maps and lists are nested too deeply", ""),
    "exploding_aliases": ("the aliases make the data explode", ""),
    "anchored_scalar": ("the anchor &x is used elsewhere (line 2), so the edit would change that too", "write the value out where the alias stands"),
    "inside_an_anchored_map": ("a.p: the anchor &x is used elsewhere (line 3, 4), so the edit would change that too", "write the value out where the alias stands"),
    "new_key_in_an_anchored_map": ("a.q: the anchor &x is used elsewhere (line 3), so the edit would change that too", "write the value out where the alias stands"),
    "anchored_by_merge": ("a.p: the anchor &x is used elsewhere (line 2), so the edit would change that too", "write the value out where the alias stands"),
    "map_that_holds_a_used_anchor": ("the anchor &x is used elsewhere (line 3), so the edit would change that too", "write the value out where the alias stands"),
    "through_an_alias": ("b.p: b is an alias of &x (line 1), so the edit would change other places too", "write the value out in place of the alias, or edit the anchor"),
    "new_key_through_an_alias": ("b.q: b is an alias of &x (line 1), so the edit would change other places too", "write the value out in place of the alias, or edit the anchor"),
    "through_a_merge_key": ("b.p.q: b.p comes from the merge key, so the edit would change other places too", "write the value out beside the merge key, or edit the anchor"),
    "merge_key_that_wins": ("b.p: a merge key below overrides 'p', so an edit would not count", ""),
    "duplicate_key": ("the key 'a' stands here twice (lines 1 and 3)", "remove one of the two"),
    "through_a_duplicate_key": ("a.p: the key 'a' stands here twice (lines 1 and 3)", "remove one of the two"),
    "duplicate_key_of_equal_value": ("the key 'a' stands here twice (lines 1 and 2)", "remove one of the two"),
    "below_a_text": ("a.b: a is a plain value, so 'b' cannot stand below it", ""),
    "below_an_empty_text": ("a.b: a is a plain value, so 'b' cannot stand below it", ""),
    "key_of_a_list": ("a.b: a is a list, it has no key 'b'", ""),
    "item_of_a_map": ("a[0]: a is a map, it has no item 0", ""),
    "item_of_the_document": ("[0]: the document is a map, it has no item 0", ""),
    "behind_the_end_of_a_list": ("a[3]: a has 1 items, so there is no place for item 3", ""),
    "second_item_of_no_list": ("a[1]: there is no list yet, so its first item is 0, not 1", ""),
    "unknown_tag": ("the value has the tag !vault", ""),
    "new_key_among_question_marks": ("c: the map is written with '? ' keys", ""),
    "last_break_of_a_text": ("the edit cannot be made without changing something else here", ""),
    "scalar_for_an_empty_file": ("a single value cannot become the content of an empty file", ""),
}  # fmt: skip


@pytest.mark.parametrize(
    "case", [case for case in (*UNREADABLE, *UNEDITABLE) if case[0] in SAID], ids=lambda case: case[0]
)
def test_what_is_said_and_what_to_do(case):
    name, text, path, value, *_ = (*case[:2], "a", 1) if case in UNREADABLE else case
    with pytest.raises(EditRefusedError) as caught:
        Document(text, name="values.yaml").set(parse_path(path), value)
    assert (caught.value.message, caught.value.help) == SAID[name]


@pytest.mark.parametrize(
    ("text", "line", "words"), [case[1:] for case in UNREADABLE], ids=[case[0] for case in UNREADABLE]
)
def test_unreadable(text, line, words):
    with pytest.raises(EditRefusedError, match=words) as caught:
        Document(text, name="values.yaml")
    assert caught.value.line == line
    assert caught.value.where == (f"values.yaml:{line}" if line else "values.yaml")


@pytest.mark.parametrize(
    ("text", "path", "value", "line", "words", "places"),
    [case[1:] for case in UNEDITABLE],
    ids=[case[0] for case in UNEDITABLE],
)
def test_uneditable(text, path, value, line, words, places):
    document = Document(text, name="values.yaml")
    with pytest.raises(EditRefusedError, match=words) as caught:
        document.set(parse_path(path), value)
    assert (caught.value.line, caught.value.places) == (line, places)
    assert caught.value.where == (f"values.yaml:{line}" if line else "values.yaml")
    assert caught.value.exit_code == 5
    assert document.text == text


@pytest.mark.parametrize("case", UNEDITABLE, ids=[case[0] for case in UNEDITABLE])
def test_lines_of_refusals_do_not_depend_on_the_line_endings(case):
    _, text, path, value, line, words, _ = case
    with pytest.raises(EditRefusedError, match=words) as caught:
        Document("\ufeff# c\r\n" + text.replace("\n", "\r\n")).set(parse_path(path), value)
    assert caught.value.line == (line + 1 if line > 0 and words != "empty file" else line)


@pytest.mark.parametrize("path", [("b",), ("a", "b"), ("a", 0)])
def test_delete_refuses_what_is_absent(path):
    with pytest.raises(EditRefusedError):
        Document("a: {c: 1}\n").delete(path)


def test_delete_refuses_the_document():
    with pytest.raises(EditRefusedError, match="whole document"):
        Document("a: 1\n").delete(())


def test_delete_refuses_an_anchor_in_use():
    with pytest.raises(EditRefusedError, match="used elsewhere") as caught:
        Document("z: 0\na:\n  p: &x 1\nb: *x\n").delete(("a",))
    assert (caught.value.line, caught.value.places) == (3, ("line 4",))


def test_delete_refuses_a_key_of_a_merge():
    with pytest.raises(EditRefusedError, match="merge key"):
        Document("a: &x {p: 1}\nb: {<<: *x, q: 2}\n").delete(("b", "p"))


def test_map_without_a_merged_key_is_refused():
    with pytest.raises(EditRefusedError, match="merge key"):
        Document("a: &x {p: 1}\nb:\n  <<: *x\n  q: 2\n").set(("b",), {"q": 2})


@pytest.mark.parametrize(
    "text",
    [
        "a: {x: 1}\na: 2\nb: 3\n",
        "a: &x 1\nc: *x\nb: 3\n",
        "a: !t x\nb: 3\n",
        "? a\n: 1\nb: 3\n",
        "a: &x {p: 1}\nc: {<<: *x}\nb: 3\n",
    ],
)
def test_what_the_edit_does_not_touch_is_no_reason_to_refuse(text):
    assert Document(text).set(("b",), 4).text == text.replace("b: 3", "b: 4")
