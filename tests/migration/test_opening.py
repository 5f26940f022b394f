"""Which chart a release asks for, and which releases an argument means: told without opening any."""

import json
from types import SimpleNamespace

import pytest

from migrate_dhi.errors import InvalidChartError, UsageError
from migrate_dhi.helm.chart import Chart, Dependency, GitChart
from migrate_dhi.migration import target
from migrate_dhi.release.layer import Layer
from migrate_dhi.release.release import Origin


@pytest.mark.parametrize(
    ("origin", "wanted"),
    [
        (
            Origin("repository", "cache", "1.2.3", "https://charts.example.org"),
            Dependency("cache", "", "1.2.3", "https://charts.example.org"),
        ),
        (
            Origin("oci", "cache", "1.2.3", "oci://r.example/charts/cache"),
            Dependency("cache", "", "1.2.3", "oci://r.example/charts"),
        ),
        # Its name is the last part of its place, whatever it is called.
        (
            Origin("oci", "other", "1.x", "oci://r.example/charts/cache/"),
            Dependency("cache", "", "1.x", "oci://r.example/charts"),
        ),
        (
            Origin("git", "cache", "v1", "https://git.example/r.git", "charts/cache"),
            GitChart("https://git.example/r.git", "v1", "charts/cache"),
        ),
    ],
)
def test_what_is_to_be_fetched_for_a_chart_from_elsewhere(origin, wanted):
    assert target.wanted_of(origin) == wanted


@pytest.mark.parametrize(
    ("path", "url", "name"),
    [
        ("charts/cache", "https://git.example/r.git", "cache"),
        (".", "https://git.example/acme/r.git", "r"),
        ("", "https://git.example/acme/r", "r"),
    ],
)
def test_what_a_chart_in_another_repository_is_called(path, url, name):
    assert target._chart_name(Origin("git", "", "", url, path)) == name


@pytest.mark.parametrize(
    ("editable", "files", "layers"),
    [
        (True, (), ()),
        (True, ("values.yaml", "../shared.yaml"), ("apps/web/values.yaml", "apps/shared.yaml")),
        # Of a chart of others they are part of what is fetched.
        (False, ("values.yaml",), ()),
    ],
)
def test_files_in_place_of_the_values_are_layers(tmp_path, editable, files, layers):
    chart = Chart(tmp_path, "apps/web", {}, editable=editable)
    release = SimpleNamespace(origin=Origin("directory", "web", "", "", "apps/web", files))

    assert target._in_place_of_values(chart, release) == tuple(Layer("file", name) for name in layers)


# --- values files of a chart that is fetched


def of_files(*names, lenient=False):
    return Origin("repository", "web", "1", "https://charts.example.com", values_files=names, lenient=lenient)


@pytest.mark.parametrize(
    ("names", "values"),
    [
        (("gone.yaml", "values.yaml"), {"a": {"b": 1, "c": 1}, "l": [1]}),
        # Those that are there, even none of them, take the place of the chart's own values.
        (("gone.yaml",), {}),
    ],
)
def test_values_files_that_may_be_missing_are_passed_over(tmp_path, names, values):
    chart = chart_with(tmp_path)

    made = target._with_values(chart, of_files(*names, lenient=True), tmp_path / "scratch", "r.yaml:1")

    assert json.loads((made / "values.yaml").read_text()) == values


def chart_with(tmp_path, **files):
    chart = tmp_path / "cache"
    (chart / "env").mkdir(parents=True)
    for name, text in {"values.yaml": "a: {b: 1, c: 1}\nl: [1]\n", **files}.items():
        (chart / name).write_text(text)
    return chart


@pytest.mark.parametrize(
    ("names", "values"),
    [
        (("values.yaml",), {"a": {"b": 1, "c": 1}, "l": [1]}),
        # They take the place of values.yaml, which counts only where it is named.
        (("env/prod.yaml",), {"a": {"b": 2}, "l": [2]}),
        (("values.yaml", "env/prod.yaml"), {"a": {"b": 2, "c": 1}, "l": [2]}),
        (("env/prod.yaml", "values.yaml"), {"a": {"b": 1, "c": 1}, "l": [1]}),
    ],
)
def test_later_values_files_lie_over_earlier_ones(tmp_path, names, values):
    chart = chart_with(tmp_path, **{"env/prod.yaml": "a: {b: 2}\nl: [2]\n"})

    made = target._with_values(chart, of_files(*names), tmp_path / "scratch", "r.yaml:1")

    assert json.loads((made / "values.yaml").read_text()) == values
    assert (chart / "values.yaml").read_text().startswith("a: {b: 1")


@pytest.mark.parametrize("name", ["gone.yaml", "../outside.yaml", "env"])
def test_a_values_file_that_the_chart_has_not_is_refused_by_its_name(tmp_path, name):
    (tmp_path / "outside.yaml").write_text("a: 1\n")

    with pytest.raises(InvalidChartError) as caught:
        target._with_values(chart_with(tmp_path), of_files(name), tmp_path / "scratch", "r.yaml:1")

    assert (caught.value.message, caught.value.where, caught.value.help) == (
        f"the chart has no file {name}",
        "r.yaml:1",
        "correct valuesFiles",
    )


# --- which release is meant


def release(ident, *, file="apps/web.yaml", revision="", path="", name=""):
    kind = "directory" if path else "repository"
    return SimpleNamespace(
        id=ident,
        file=file,
        object="",
        name=name or ident.rpartition("/")[2],
        revision=revision,
        origin=SimpleNamespace(kind=kind, path=path),
    )


def test_what_another_revision_deploys_is_left_out_where_anything_else_is_there():
    here, there = release("a/web"), release("a/web", revision="next")

    assert target._deployed_from_here([here, there]) == [here]
    assert target._deployed_from_here([there]) == [there]


@pytest.mark.parametrize(
    ("argument", "names"),
    [
        ("a/wep", "a/web, b/web, apps/web"),
        ("apps/web", "apps/web, a/web, b/web"),
        ("zzz", "a/web, b/web, c/other, apps/web"),
    ],
)
def test_what_is_like_an_argument_is_named(argument, names):
    there = [release("a/web", path="apps/web"), release("b/web"), release("c/other"), release("a/web")]

    found = target._near(argument, there)

    assert set(names.split(", ")) >= set(found.partition(": ")[2].split(", ")) >= {names.split(", ")[0]}


def test_where_nothing_is_there_the_command_that_tells_is_named():
    assert target._near("a/web", []) == "see what there is with `migrate-dhi releases`"


def test_a_name_that_several_objects_have_is_refused_with_what_tells_them_apart(monkeypatch):
    two = [release("a/web", file="eu.yaml"), release("a/web", file="us.yaml")]
    monkeypatch.setattr(target, "plans_of", lambda found: [(one,) for one in found])

    with pytest.raises(UsageError) as caught:
        target._only(two, "a/web")

    assert caught.value.message == "a/web is deployed more than once"
    assert caught.value.help == "name one of eu.yaml#web, us.yaml#web"
    assert target._only(two[:1], "a/web") == (two[0],)
