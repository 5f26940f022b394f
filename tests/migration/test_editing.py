"""Edits in texts: of one document or of one among several, and where several values are one node."""

import pytest

from migrate_dhi.edit import Edit
from migrate_dhi.errors import EditRefusedError
from migrate_dhi.migration.editing import edited, read
from migrate_dhi.yamledit import MISSING

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
