"""Texts of a step's outcome."""

import pytest

from migrate_dhi.kube.compare import ABSENT, Change
from migrate_dhi.kube.manifests import Identity, Object
from migrate_dhi.migration.step_texts import listed, shown, unified_diff

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


HEAD = "-server\n" + 9 * "-Dkey=value\n"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (1, 2, "1 -> 2"),
        (ABSENT, "x", f"{ABSENT} -> x"),
        (f"{HEAD}# why\n-XX:a\n-Dfile=1\n", f"{HEAD}-Dfile=1\n", "...# why -XX:a -> nothing"),
        (f"{HEAD}-Dfile=1\n", f"{HEAD}# why\n-XX:a\n-Dfile=1\n", "nothing -> ...# why -XX:a"),
        (f"{HEAD}  a: 1\n", f"{HEAD}  b:\n  - x\n  a: 1\n", "nothing -> ...b: - x a: 1"),
        (f"{HEAD}port: 80\n", f"{HEAD}port: 8080\n", "...port: 80 -> ...port: 8080"),
        (f"{80 * 'x'} 1 {80 * 'y'}", f"{80 * 'x'} 2 {80 * 'y'}", f"...{19 * 'x'} 1 {19 * 'y'} -> ...{19 * 'x'} 2 {19 * 'y'}"),
        ("x" * 70, "y" * 70, f"{57 * 'x'}... -> {57 * 'y'}..."),
        ("", f"{HEAD}", f"nothing -> {HEAD.replace(chr(10), ' ')[:57]}..."),
    ],
)  # fmt: skip
def test_of_long_texts_it_is_told_what_differs(before, after, told):
    item = Object(Identity("", "ConfigMap", "", "x"), "t.yaml", 0, {"data": {"x": before}})

    assert shown(Change(item, item, ("data", "x"), before, after)) == f" ({told})"
