"""The texts that a hand-over is made from."""

import pytest

from migrate_dhi.migration.handover.ground import Handed, numbered
from tests.migration.handover import grounds


@pytest.mark.parametrize(
    ("before", "after", "moves"),
    [
        ("valkey/valkey:8", "dhi.io/valkey:8", True),
        ("nginx", "dhi.io/nginx:1", True),
        # The tag alone, or another way to write the name.
        ("dhi.io/valkey:8", "dhi.io/valkey:9", False),
        ("nginx:1", "docker.io/library/nginx:2", False),
        ("valkey/valkey:8", "", False),
    ],
)
def test_the_images_that_get_another_name(before, after, moves):
    assert [str(new) for new in grounds.ground(images=((before, after),)).moving.values()] == [after] * moves


def test_a_text_is_as_the_last_who_wrote_it_left_it():
    one = grounds.ground("at first", files={"b.yaml": "b"}, now="by the steps")

    assert [one.text(name) for name in ("values.yaml", "b.yaml", "absent.yaml")] == ["by the steps", "b", ""]
    one.replace_line("values.yaml", 1, "steps", "bots")
    assert one.text("values.yaml") == one.changed["values.yaml"] == "by the bots"


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_one_line_is_replaced_and_no_other_byte(end):
    one = grounds.ground(f"a b a{end}x: é{end}a b{end}")

    one.replace_line("values.yaml", 1, "a", "c")

    assert one.text("values.yaml") == f"c b a{end}x: é{end}a b{end}"


def test_lines_are_counted_from_one():
    assert list(numbered("a\n\nb")) == [(1, "a"), (2, ""), (3, "b")]


def test_an_edit_in_the_form_of_a_plan():
    edit = Handed("f.yaml", 3, "old", "new", path="a.b", document=1).edit

    assert edit.to_json() == {
        "file": "f.yaml",
        "document": 1,
        "line": 3,
        "path": "a.b",
        "before": "old",
        "after": "new",
    }
