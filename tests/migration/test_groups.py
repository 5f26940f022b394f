"""The releases of an estate by the plans that are made of them, and the argument that means each."""

from dataclasses import replace

import pytest

from migrate_dhi.migration.groups import groups_of
from migrate_dhi.release.layer import Layer
from tests.migration.releases import estate, group, local, release


def grouped(*releases):
    """(argument, names of the releases) of each group."""
    found = groups_of(estate(*releases))
    assert sum(len(one.releases) + len(one.others) for one in found) == len(releases)
    return [(one.argument, one.names) for one in found]


def test_a_release_is_meant_by_its_namespace_and_name():
    assert grouped(release(), release("web", "shop")) == [
        ("data/cache", "data/cache"),
        ("shop/web", "shop/web"),
    ]
    assert grouped(release(namespace="")) == [("default/cache", "default/cache")]


def test_releases_of_a_chart_here_are_one_plan_in_the_order_of_the_first():
    here = local("apps/web")
    some = (
        release("web", "a", "a.yaml", here, way="application"),
        release("cache", "data"),
        release("web", "b", "b.yaml", here, way="application"),
    )

    assert grouped(*some) == [("apps/web", "a/web, b/web"), ("data/cache", "data/cache")]


def test_charts_in_two_folders_are_two_plans():
    some = [release("web", "a", "a.yaml", local(path)) for path in ("apps/web", "apps/web2")]

    assert [argument for argument, _ in grouped(*some)] == ["apps/web", "apps/web2"]


def test_two_objects_of_one_name_are_told_apart_by_their_files():
    some = release(file="a.yaml"), release(file="b.yaml", origin=replace(release().origin, version="2.0.0"))

    assert grouped(*some) == [("a.yaml#cache", "data/cache"), ("b.yaml#cache", "data/cache")]


def test_in_one_file_by_the_namespace():
    some = release("cache", "a"), release("cache", "b", document=1)

    assert [argument for argument, _ in grouped(*some)] == ["a/cache", "b/cache"]
    twice = *some, release("cache", "a", "c.yaml"), release("cache", "b", "c.yaml", document=1)
    assert [argument for argument, _ in grouped(*twice)] == [
        "apps/x.yaml#a/cache",
        "apps/x.yaml#b/cache",
        "c.yaml#a/cache",
        "c.yaml#b/cache",
    ]


def test_by_the_object_where_it_is_called_otherwise():
    some = release("cache", file="a.yaml", object="app-cache"), release("cache", file="b.yaml")

    assert [argument for argument, _ in grouped(*some)] == ["a.yaml#cache", "b.yaml#cache"]
    both = (
        release("cache", file="a.yaml", object="one"),
        release("cache", file="a.yaml", object="two", document=1, origin=local("x")),
        release("cache", file="b.yaml"),
    )
    assert [argument for argument, _ in grouped(*both)] == ["a.yaml#one", "x", "b.yaml#cache"]


def test_the_builds_of_one_object_are_one_plan():
    some = [release(object=f"cache@clusters/{name}", build=f"clusters/{name}") for name in ("dev", "prod")]

    assert grouped(*some) == [("data/cache", "data/cache")]


VALUES = (Layer("file", "values.yaml"),)


def made(name, namespace, **more):
    return release(name, namespace, "set.yaml", layers=VALUES, maker="all", way="application", **more)


def test_what_one_object_makes_with_the_same_values_is_one_plan():
    some = made("dev", "a"), made("prod", "b")

    assert grouped(*some) == [("set.yaml", "a/dev, b/prod")]
    # Beside others in the file by the name of what makes them.
    other = release("own", "c", "set.yaml", document=1)
    assert grouped(*some, other) == [("set.yaml#all", "a/dev, b/prod"), ("c/own", "c/own")]


def test_without_values_they_cannot_be_edited_together():
    some = [replace(made(name, "a"), layers=()) for name in ("dev", "prod")]

    assert grouped(*some) == [("a/dev", "a/dev"), ("a/prod", "a/prod")]


def test_a_release_of_another_revision_is_beside_and_no_part_of_the_plan():
    here = local("apps/web")
    some = release("web", "a", "a.yaml", here), release("web", "b", "b.yaml", here, revision="staging")

    (one,) = groups_of(estate(*some))

    assert [[each.namespace for each in part] for part in (one.releases, one.others)] == [["a"], ["b"]]


def test_where_all_are_of_another_revision_they_are_the_plan():
    here = local("apps/web")
    some = [release("web", name, f"{name}.yaml", here, revision="staging") for name in "ab"]

    (one,) = groups_of(estate(*some))

    assert (len(one.releases), one.others, one.chart) == (2, (), "apps/web")


def test_one_of_the_base_is_meant_by_a_name_that_it_shares_with_another_revision():
    other = replace(release().origin, version="2.0.0")
    some = release(), release(file="b.yaml", origin=other, revision="staging")

    assert [argument for argument, _ in grouped(*some)] == ["data/cache", "b.yaml#cache"]


def test_where_no_argument_means_one_alone_the_object_is_named():
    """Two objects of one name in one file, which no cluster would take."""
    other = replace(release().origin, name="other")
    some = release(object="app"), release(object="app", origin=other, document=1)

    assert [argument for argument, _ in grouped(*some)] == ["apps/x.yaml#app", "apps/x.yaml#app"]
    plain = release(), release(origin=other, document=1)
    assert [argument for argument, _ in grouped(*plain)] == ["apps/x.yaml#cache", "apps/x.yaml#cache"]


@pytest.mark.parametrize("name", ["a/b", "ns/a/b"])
def test_a_name_with_a_slash_is_no_argument_of_its_own(name):
    """``namespace/name`` is split at the slash."""
    assert grouped(release(name)) == [(f"apps/x.yaml#{name}", f"data/{name}")]


def test_the_builds_of_a_plan_are_named_once():
    assert group(release(), release(), release("web")).names == "data/cache, data/web"
