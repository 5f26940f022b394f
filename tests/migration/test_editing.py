"""Edits in texts: of one document or of one among several, and where several values are one node."""

from itertools import permutations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from migrate_dhi.edit import Edit
from migrate_dhi.errors import EditRefusedError
from migrate_dhi.migration.editing import edited, read
from migrate_dhi.yamledit import MISSING, Document
from tests.yamledit.test_properties import KEYS, SETTINGS, documents, paths

SHARED = "tag: &tag '1.2'   # of both\napp: {tag: *tag}\njob: {tag: *tag}\n"
STREAM = "a: 1\n---\nspec:\n  values: |\n    image:\n      tag: '1'   # inside\n  name: x\n"


def edit(path, value, **how):
    return Edit("f.yaml", path, value, **how)


def test_an_anchor_is_edited_where_all_its_users_change_alike():
    edits = [edit(path, "2.0") for path in (("tag",), ("app", "tag"), ("job", "tag"))]

    assert edited({"f.yaml": SHARED}, edits)["f.yaml"] == SHARED.replace("1.2", "2.0")


def test_an_anchor_that_others_use_is_refused_and_they_are_named():
    with pytest.raises(EditRefusedError) as refused:
        edited({"f.yaml": SHARED}, [edit(("tag",), "2.0"), edit(("app", "tag"), "2.0")])

    assert "line 2, 3" in str(refused.value)


def test_users_of_an_anchor_that_want_other_values_are_not_edited_together():
    edits = [edit(("tag",), "2.0"), edit(("app", "tag"), "2.0"), edit(("job", "tag"), "3.0")]

    with pytest.raises(EditRefusedError):
        edited({"f.yaml": SHARED}, edits)


def test_a_text_in_one_document_of_several_is_edited_line_by_line():
    inside = edit(("spec", "values"), "2", document=1, inner=("image", "tag"))
    beside = edit(("spec", "name"), "zz", document=1)

    after = edited({"f.yaml": STREAM}, [inside, beside])["f.yaml"]

    assert after == STREAM.replace("tag: '1'", "tag: '2'").replace("name: x", "name: zz")


def test_what_an_edit_is_about_is_read_with_its_line_in_the_file():
    texts = {"f.yaml": STREAM}

    assert read(texts, edit(("spec", "values"), None, document=1, inner=("image", "tag"))) == (6, "1")
    assert read(texts, edit(("spec", "other"), None, document=1))[1] is MISSING
    assert read(texts, edit(("spec",), None, document=7)) == (0, MISSING)


def test_a_document_that_is_gone_is_refused():
    with pytest.raises(EditRefusedError, match="not there any more"):
        edited({"f.yaml": STREAM}, [edit(("a",), 2, document=7)])


def test_values_of_different_places_are_changed_with_one_check(monkeypatch):
    text = "a: 1   # one\nb:\n  c: 2\n  d: [3, 4]\n"
    edits = [Edit("v.yaml", ("a",), 5), Edit("v.yaml", ("b", "e"), 8), Edit("v.yaml", ("b", "d", 1), 7)]
    applied = []
    apply = Document.apply
    monkeypatch.setattr(Document, "apply", lambda self, them: applied.append(them) or apply(self, them))

    assert edited({"v.yaml": text}, edits) == {"v.yaml": "a: 5   # one\nb:\n  c: 2\n  d: [3, 7]\n  e: 8\n"}
    assert applied == [[(("a",), 5), (("b", "e"), 8), (("b", "d", 1), 7)]]


def test_changes_of_one_place_are_made_in_their_order():
    edits = [Edit("v.yaml", ("b",), {"c": 1}), Edit("v.yaml", ("b", "c"), 2), Edit("v.yaml", ("a",), 3)]

    assert edited({"v.yaml": "a: 1\nb: {c: 0}\n"}, edits) == {"v.yaml": "a: 3\nb: {c: 2}\n"}


def test_refusal_of_one_of_several_changes_is_its_own():
    text = "a: 1\nb: 2\nc: {d: 1, d: 2}\n"

    with pytest.raises(EditRefusedError, match=r"c\.d"):
        edited(
            {"v.yaml": text}, [Edit("v.yaml", (key,), 5) for key in "ab"] + [Edit("v.yaml", ("c", "d"), 5)]
        )


@pytest.mark.parametrize(
    ("text", "place"),
    [("a: 1\nb: 2\n", {}), ("a: 1\n---\na: 1\nb: 2\n", {"document": 1})],
    ids=["plain", "stream"],
)
def test_what_an_edit_leaves_is_not_parsed_again(text, place, monkeypatch):
    after = edited({"f.yaml": text}, [edit(("b",), 3, **place)])
    monkeypatch.setattr("migrate_dhi.yamledit.document.parse", lambda *_: pytest.fail("parsed again"))

    assert read(after, edit(("b",), 3, **place)) == (2 if not place else 4, 3)


def test_entries_of_one_map_follow_each_other_as_one_after_another():
    text = "image:\n  registry: r\n  tag: t\n  pullPolicy: x\n\nother: 1\n"
    paths = [("image", "tagSuffix"), ("image", "digest"), ("image", "tagPrefix"), ("image", "probe", "port")]
    edits = [edit(path, "v") for path in (*paths, ("image", "probe", "path"), ("image", "tag"), ("new",))]

    assert edited({"f.yaml": text}, edits)["f.yaml"] == (
        "image:\n  registry: r\n  tag: v\n  tagSuffix: v\n  tagPrefix: v\n  pullPolicy: x\n  digest: v\n"
        "  probe:\n    port: v\n    path: v\n\nother: 1\n\nnew: v\n"
    )


def test_the_same_edits_of_a_text_are_made_once(monkeypatch):
    edits = [edit(("a", "b"), True), edit(("c",), 3)]
    first = edited({"f.yaml": "a: {}\nc: 2\n"}, edits)
    assert edited({"f.yaml": "a: {}\nc: 2\n"}, [edit(("a", "b"), 1), edit(("c",), 3)]) != first
    monkeypatch.setattr("migrate_dhi.yamledit.edits.parse", lambda *_: pytest.fail("parsed again"))

    assert edited({"f.yaml": "a: {}\nc: 2\n"}, edits) == first


@SETTINGS
@given(documents(), st.data())
def test_several_edits_leave_the_bytes_that_one_after_another_leaves(text, data):
    there = Document(text)
    wanted, number = {}, st.integers(0, 99)
    filled = number | st.dictionaries(KEYS, number, min_size=1, max_size=3) | st.lists(number, max_size=3)
    for path in data.draw(st.lists(st.sampled_from(list(paths(there.get(())))), min_size=2, max_size=6)):
        new = data.draw(st.lists(KEYS, min_size=isinstance(there.get(path), (dict, list)), max_size=2))
        wanted[(*path, *new)] = data.draw(filled if new else number)
    edits = [edit(path, value) for path, value in wanted.items()]
    assume(not any(one.path == two.path[: len(one.path)] for one, two in permutations(edits, 2)))
    try:
        expected = text
        for one in edits:
            expected = edited({"f.yaml": expected}, [one])["f.yaml"]
            # The quotes and the indentation of a new text are those of most of the file, so nothing of that goes.
            assume(Document(expected)._style == there._style)
        after = edited({"f.yaml": text}, edits)["f.yaml"]
    except EditRefusedError:
        assume(False)

    assert after == expected


# edits of several places, files and forms


def value(*path, to=2, **more):
    return Edit("v.yaml", path, to, **more)


@pytest.mark.parametrize(
    ("texts", "edits", "after"),
    [
        ({"v.yaml": "a: 1\n"}, [], {"v.yaml": "a: 1\n"}),
        # A file that is not there comes into being, and others stay what they are.
        ({}, [value("a", "b")], {"v.yaml": "a:\n  b: 2\n"}),
        ({"w.yaml": "x: 1\n"}, [value("a")], {"w.yaml": "x: 1\n", "v.yaml": "a: 2\n"}),
        ({"v.yaml": "a: 1 # one\nb: 1\n"}, [value("b"), value("a")], {"v.yaml": "a: 2 # one\nb: 2\n"}),
        ({"v.yaml": "a: 1\nb: 1\n"}, [value("a", delete=True), value("c")], {"v.yaml": "b: 1\nc: 2\n"}),
        ({"v.yaml": "a: {b: 1}\n"}, [value("a", to={}), value("a", "c")], {"v.yaml": "a:\n  c: 2\n"}),
        # Of one place the last one counts.
        ({"v.yaml": "a: 1\n"}, [value("a", to=3), value("a")], {"v.yaml": "a: 2\n"}),
        # Documents of one file each by itself, by number.
        (
            {"v.yaml": "a: 1\n---\na: 1\n---\na: 1\n"},
            [value("a", document=2), value("a", to=3, document=0)],
            {"v.yaml": "a: 3\n---\na: 1\n---\na: 2\n"},
        ),
        # Inside of a text, and beside it.
        (
            {"v.yaml": "t: |\n  a: 1\n  b: 1\nc: 1\n"},
            [value("c"), value("t", inner=("b",)), value("t", to=3, inner=("a",))],
            {"v.yaml": "t: |\n  a: 3\n  b: 2\nc: 2\n"},
        ),
        (
            {"v.yaml": "t: |\n  a: 1\n  b: 1\n"},
            [value("t", inner=("a",), delete=True)],
            {"v.yaml": "t: |\n  b: 1\n"},
        ),
        # A text that Helm cannot read before its placeholders are filled in.
        (
            {"v.yaml": "a: 1\nb: {{ .x }}\n"},
            [value("a", document=0)],
            {"v.yaml": "a: 2\nb: {{ .x }}\n"},
        ),
        # A literal line of a template, among edits of values.
        (
            {"t.yaml": "{{ if .x }}\nimage: a/b:1\n{{ end }}\nimage: a/b:1\n", "v.yaml": "a: 1\n"},
            [Edit("t.yaml", ("image", 1), "c/d:2", template=True), value("a")],
            {"t.yaml": "{{ if .x }}\nimage: a/b:1\n{{ end }}\nimage: c/d:2\n", "v.yaml": "a: 2\n"},
        ),
    ],
)
def test_edits_are_made_each_in_its_place_and_nowhere_else(texts, edits, after):
    before = dict(texts)

    assert edited(texts, edits) == after
    assert texts == before


@pytest.mark.parametrize(
    ("text", "edit", "told"),
    [
        ("a: 1\n", value("a", "b"), "a"),
        ("a: [1]\n", value("a", 3), "a"),
        ("a: [\n", value("a"), ""),
        ("a: &x {b: 1}\nc: *x\n", value("a", "b"), "&x"),
        ("a: 1\n", value("a", document=1), "not there any more"),
        ("t: text\n", value("t", inner=("a",)), ""),
        ("t: 1\n", value("t", inner=("a",)), ""),
        ("a: 1\n", Edit("v.yaml", ("image", 0), "x", template=True), ""),
        ("image: {{ .x }}\n", Edit("v.yaml", ("image", 0), "x", template=True), ""),
    ],
)
def test_what_cannot_be_edited_exactly_is_refused_with_its_file(text, edit, told):
    with pytest.raises(EditRefusedError) as error:
        edited({"v.yaml": text}, [edit])

    assert error.value.where.startswith("v.yaml")
    assert told in error.value.message


@pytest.mark.parametrize(
    ("text", "edit", "found"),
    [
        ("# x\na:\n  b: 1\n", value("a", "b"), (3, 1)),
        # Where nothing is yet, the line is that of the nearest place above it.
        ("# x\na:\n  b: 1\n", value("a", "c"), (2, MISSING)),
        ("", value("a"), (1, MISSING)),
        ("a: 1\n---\na: 2\n", value("a", document=1), (3, 2)),
        ("a: 1\n", value("a", document=1), (0, MISSING)),
        ("x: 1\nt: |\n  a: 1\n  b: 5\n", value("t", inner=("b",)), (4, 5)),
        ("x\nimage: a/b:1\n", Edit("v.yaml", ("image", 0), None, template=True), (2, "a/b:1")),
    ],
)
def test_what_stands_there_is_read_with_its_line(text, edit, found):
    assert read({"v.yaml": text}, edit) == found
