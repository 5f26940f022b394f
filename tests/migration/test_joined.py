"""Which releases are planned together, and which of a file a name means."""

from dataclasses import replace

import pytest

from migrate_dhi.migration.joined import are_alike, named, plans_of
from migrate_dhi.release.layer import Layer
from migrate_dhi.release.release import Origin, Release

FAR = Origin("repository", "app", "1.0.0", "https://charts.example.org")
HERE = Origin("directory", "app", path="charts/app")
VALUES = Layer("map", "set.yaml", 0, ("spec", "template", "spec"))


def release(name, namespace="ns", *, file="set.yaml", document=0, origin=FAR, layers=(VALUES,), **more):
    return Release("application", namespace, name, file, document, 1, origin, layers, **more)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("web", ["web"]),
        ("ns/web", ["web"]),
        ("web-prod", ["web"]),
        # What makes them means all of them, where none is called so itself.
        ("apps", ["web", "job"]),
        ("job", ["job"]),
        ("other/web", []),
        ("", []),
    ],
)
def test_a_name_behind_a_file_is_that_of_a_release_its_object_or_what_makes_them(name, found):
    here = [release("web", object="web-prod", maker="apps"), release("job", object="job", maker="apps")]

    assert [one.name for one in named(here, name)] == found


def test_a_release_that_is_called_as_what_makes_others_is_meant_itself():
    here = [release("apps", maker="x"), release("web", maker="apps")]

    assert [one.name for one in named(here, "apps")] == ["apps"]


ONE, TWO = replace(FAR, version="1.0.0"), replace(FAR, version="2.0.0")
OTHER_VALUES = Layer("map", "set.yaml", 0, ("spec", "other"))


@pytest.mark.parametrize(
    ("found", "plans"),
    [
        ([], []),
        ([release("a")], [["a"]]),
        # All that one object makes with the very same values: an edit is one for all.
        ([release("a"), release("b")], [["a", "b"]]),
        ([release("a"), release("b", "other")], [["a", "b"]]),
        ([release("a", origin=ONE), release("b", origin=TWO)], [["a", "b"]]),
        # Of other values, another chart, another document or file: a plan of its own.
        ([release("a"), release("b", layers=(OTHER_VALUES,))], [["a"], ["b"]]),
        ([release("a"), release("b", layers=(VALUES, OTHER_VALUES))], [["a"], ["b"]]),
        ([release("a"), release("b", origin=replace(FAR, name="b"))], [["a"], ["b"]]),
        ([release("a"), release("b", origin=replace(FAR, url="https://else.example"))], [["a"], ["b"]]),
        ([release("a"), release("b", document=1)], [["a"], ["b"]]),
        ([release("a"), release("b", file="other.yaml")], [["a"], ["b"]]),
        # Without values there is nothing that both read.
        ([release("a", layers=()), release("b", layers=())], [["a"], ["b"]]),
        # A chart in the repository may be edited for one of them alone.
        ([release("a", origin=HERE), release("b", origin=HERE)], [["a"], ["b"]]),
        # The builds of one object, whatever their values: what is behind the sign is the build.
        (
            [release("a", object="a@one"), release("a", object="a@two", layers=(OTHER_VALUES,))],
            [["a", "a"]],
        ),
        (
            [release("a", object="a@one", origin=HERE), release("a", object="a@two", origin=HERE)],
            [["a", "a"]],
        ),
        (
            [release("a", object="a@one"), release("a", "else", object="a@two", layers=(OTHER_VALUES,))],
            [["a"], ["a"]],
        ),
        (
            [
                release("a", object="a@x", origin=ONE, layers=(OTHER_VALUES,)),
                release("a", object="a@z", origin=TWO),
            ],
            [["a"], ["a"]],
        ),
        # In the order in which the first of each stands.
        (
            [release("z", document=1), release("a"), release("y", document=1), release("b")],
            [["z", "y"], ["a", "b"]],
        ),
    ],
)
def test_releases_that_no_edit_can_tell_apart_are_planned_together(found, plans):
    assert [[one.name for one in plan] for plan in plans_of(found)] == plans


@pytest.mark.parametrize(
    ("found", "alike"),
    [
        ([release("a"), release("b")], True),
        ([release("a", origin=ONE), release("b", origin=TWO)], True),
        ([release("a"), release("b", file="other.yaml")], True),
        ([release("a"), release("a")], False),
        ([release("a")], False),
        ([], False),
        ([release("a"), release("b", origin=HERE)], False),
        ([release("a"), release("b", origin=replace(FAR, name="b"))], False),
        ([release("a"), release("b", revision="v1")], False),
    ],
)
def test_one_plan_can_hold_several_releases_of_one_chart_in_this_revision(found, alike):
    assert are_alike(found) is alike
