"""Texts of a step's outcome."""

import pytest

from migrate_dhi.migration.step_texts import listed, unified_diff

RELEASES = ("n/a (x)", "n/b (y)", "n/c")


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["Pod/a: app", "Pod/a: app"], "Pod/a: app"),
        ([f"Pod/{n}" for n in range(6)], "Pod/0, Pod/1, Pod/2, Pod/3 and 2 more"),
        (["Pod/a of n/a (x): app probe"], "Pod/a of n/a (x): app probe"),
        (["Pod/a of n/a (x): app", "Pod/a of n/b (y): app"], "Pod/a: app (in 2 releases)"),
        (["Pod/a of n/a (x): app", "Pod/b of n/c: app"], "Pod/a of n/a (x): app, Pod/b of n/c: app"),
    ],
)
def test_of_many_names_four_are_told_and_what_several_releases_have_is_told_once(names, told):
    assert listed(names, RELEASES) == told


@pytest.mark.parametrize(("context", "lines"), [(0, ["-b", "+x"]), (1, [" a", "-b", "+x", " c"])])
def test_a_diff_has_as_much_context_as_is_asked_for(context, lines):
    diff = unified_diff("f", "z\na\nb\nc\nd\n", "z\na\nx\nc\nd\n", context)

    assert diff.splitlines()[3:] == lines
