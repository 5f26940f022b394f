"""A chart directory as Helm sees it: its metadata, what lies where, and what other texts make of it."""

import json
from pathlib import Path

import pytest

from migrate_dhi.errors import InvalidChartError
from migrate_dhi.helm.chart import Chart, Dependency, GitChart, join, merge, release_name, remove
from migrate_dhi.helm.engine import EmbeddedEngine, RenderOptions
from tests.helm.served import make_chart

TEXT = "apiVersion: v2\nname: shop\nversion: 1.0.0\n"


def chart(text=TEXT, path="apps/shop", **texts):
    return Chart.read(Path("shop"), path, {join(path, "Chart.yaml"): text, **texts})


# --- metadata


@pytest.mark.parametrize(
    ("text", "where", "says"),
    [
        ("version: 1.0.0\n", "apps/shop/Chart.yaml", "`name` is missing"),
        ("name: ''\nversion: 1.0.0\n", "apps/shop/Chart.yaml", "`name` is missing"),
        ("name: shop\nversion:\n", "apps/shop/Chart.yaml", "`version` is missing"),
        (TEXT + "dependencies: {a: 1}\n", "apps/shop/Chart.yaml", "`dependencies` is not a list"),
        (TEXT + "dependencies: text\n", "apps/shop/Chart.yaml", "`dependencies` is not a list"),
        ("name: [\n", "apps/shop/Chart.yaml", "not YAML that Helm reads"),
        ("- name\n", "apps/shop/Chart.yaml", "not YAML that Helm reads"),
    ],
)
def test_a_chart_that_helm_does_not_take_is_refused(text, where, says):
    with pytest.raises(InvalidChartError, match=says) as caught:
        chart(text)

    assert caught.value.where.startswith(where)


@pytest.mark.parametrize(
    ("line", "version", "app_version"),
    [
        ("appVersion: '1.10'", "1.0.0", "1.10"),
        # As Helm reads it, which takes it for a number.
        ("appVersion: 1.10", "1.0.0", "1.1"),
        ("appVersion: 8", "1.0.0", "8"),
        ("appVersion:", "1.0.0", ""),
        ("description: x", "1.0.0", ""),
    ],
)
def test_versions_are_texts(line, version, app_version):
    found = chart(f"{TEXT}{line}\n")

    assert (found.name, found.version, found.app_version) == ("shop", version, app_version)


def test_dependencies_stand_under_their_alias_and_what_is_no_map_is_none():
    found = chart(
        TEXT
        + "dependencies:\n- {name: valkey, version: 1.x, repository: r, alias: cache, condition: 'a,b'}\n"
        "- text\n- {name: other}\n- {version: 2}\n"
    )

    assert found.dependencies == (
        Dependency("valkey", "cache", "1.x", "r", "a,b"),
        Dependency("other", "", "", ""),
        Dependency("", "", "2", ""),
    )
    assert [one.key for one in found.dependencies] == ["cache", "other", ""]
    assert found.dependencies[0].to_json() == {
        "name": "valkey",
        "alias": "cache",
        "version": "1.x",
        "repository": "r",
    }


@pytest.mark.parametrize(
    ("path", "files"),
    [
        ("apps/shop", ("apps/shop/Chart.yaml", "apps/shop/Chart.lock", "apps/shop/values.yaml")),
        (".", ("Chart.yaml", "Chart.lock", "values.yaml")),
        ("", ("Chart.yaml", "Chart.lock", "values.yaml")),
    ],
)
def test_where_its_files_are(path, files):
    found = chart(path=path)

    assert (found.chart_file, found.lock_file, found.values_file) == files


def test_its_own_templates_are_those_that_may_be_edited():
    own = {
        "apps/shop/templates/a.yaml": "a",
        "apps/shop/templates/deep/b.yaml": "b",
        "apps/shop/charts/sub/templates/c.yaml": "c",
        "apps/shop/charts/sub/charts/deep/templates/d.yaml": "d",
    }
    others = {
        "apps/shop/values.yaml": "v",
        "apps/shop/files/templates/e.yaml": "e",
        "apps/shop/mytemplates/f.yaml": "f",
        "apps/shopping/templates/g.yaml": "g",
        "templates/h.yaml": "h",
    }

    assert chart(**own, **others).templates == tuple(own)


@pytest.mark.parametrize(
    ("chart", "text"),
    [
        (GitChart("https://x.example/r.git", "v1", "charts/a"), "charts/a of https://x.example/r.git at v1"),
        (GitChart("u", "", "."), ". of u at HEAD"),
    ],
)
def test_a_chart_in_another_repository_for_people(chart, text):
    assert chart.named == text


# --- names


@pytest.mark.parametrize(
    ("path", "name", "told"),
    [
        ("apps/shop", "chart", "shop"),
        ("apps/Shop_Two", "chart", "shop-two"),
        # A folder that is a version, or none, does not tell.
        ("charts/1.2.3", "chart", "chart"),
        ("charts/v2", "chart", "chart"),
        ("charts/2", "chart", "chart"),
        ("charts/1.0.0-rc.1", "chart", "chart"),
        (".", "chart", "chart"),
        ("", "chart", "chart"),
        ("apps/v2ray", "chart", "v2ray"),
        ("apps/1password", "chart", "1password"),
        # As far as Helm takes it.
        ("apps/--a--", "chart", "a"),
        ("apps/" + "a" * 60, "chart", "a" * 53),
        ("apps/" + "a" * 52 + "--b", "chart", "a" * 52),
        (".", "___", "release"),
        ("apps/ümlaut", "chart", "mlaut"),
    ],
)
def test_what_a_chart_is_called_as_a_release(path, name, told):
    assert release_name(path, name) == told


@pytest.mark.parametrize(
    ("folder", "name", "path"),
    [("a/b", "c", "a/b/c"), (".", "c", "c"), ("", "c", "c"), ("a", "b/c", "a/b/c")],
)
def test_a_path_below_a_folder(folder, name, path):
    assert join(folder, name) == path


# --- values


MERGES = [
    ({}, {}),
    ({"a": 1}, {"a": 2}),
    ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}}),
    ({"a": {"b": 1}}, {"a": {}}),
    ({"a": {"b": {"c": 1}}}, {"a": {"b": {"d": 2}}, "e": 3}),
    ({"a": [1, 2]}, {"a": [3]}),
    ({"a": {"b": 1}}, {"a": "text"}),
    ({"a": "text"}, {"a": {"b": 1}}),
    ({"a": 1}, {"b": {"c": [{"d": 1}]}}),
    ({"a": [{"b": 1}]}, {"a": [{"c": 2}]}),
    ({"a": False}, {"a": 0}),
    ({"a": ""}, {"a": "x"}),
]


@pytest.mark.parametrize(("base", "over"), MERGES)
def test_values_are_merged_as_helm_merges_them(base, over, tmp_path):
    (make_chart(tmp_path, "shop") / "values.yaml").write_text(json.dumps(base))

    told = EmbeddedEngine().render(tmp_path / "shop", over, RenderOptions("r"), merged=True).values

    assert merge(base, over) == told


@pytest.mark.parametrize(
    ("base", "over", "merged"),
    [
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}}, {"a": {"b": 3, "c": 2}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": {"b": 1}}, {"a": "x"}, {"a": "x"}),
        ({"a": "x"}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a": {"b": 1}}, {"a": {}}, {"a": {"b": 1}}),
        # A null is a deletion, which Helm itself makes of it.
        ({"a": {"b": 1}}, {"a": None}, {"a": None}),
        ({"a": {"b": 1}}, {"a": {"b": None}}, {"a": {"b": None}}),
        ({"a": None}, {"a": {"b": 1}}, {"a": {"b": 1}}),
    ],
)
def test_maps_merge_deeply_and_all_else_is_replaced(base, over, merged):
    before = repr((base, over))

    assert merge(base, over) == merged
    assert repr((base, over)) == before


# --- in a repository


def files_of(root, *names):
    """A snapshot that lists these paths: what it is asked here needs no contents."""

    class Listed:
        def __init__(self):
            self.root = root

        def under(self, folder):
            return tuple(name for name in names if name.startswith(f"{folder}/"))

    return Listed()


@pytest.mark.parametrize(
    ("path", "repository", "folder"),
    [
        ("apps/shop", "file://../base", "apps/base"),
        ("apps/shop", "file://./charts/base", "apps/shop/charts/base"),
        ("apps/shop", "file://../../libs/base/", "libs/base"),
        ("apps/shop", "file://../..", "."),
        ("apps/shop", "file://../../..", None),
        ("apps/shop", "file://../../../other", None),
        (".", "file://base", "base"),
        (".", "file://../base", None),
        ("apps/shop", "file:///repo/libs/base", "libs/base"),
        ("apps/shop", "file:///elsewhere/base", None),
    ],
)
def test_where_a_chart_beside_it_is(path, repository, folder):
    own = Chart(Path("/repo") / path, path, {}, files=files_of(Path("/repo")))

    assert own.beside(Dependency("base", "", "1.0.0", repository)) == folder
    assert Chart(Path("x"), path, {}).beside(Dependency("base", "", "1.0.0", repository)) is None


def test_what_is_vendored_for_a_dependency_is_its_archives_and_its_folder():
    own = ("node-1.0.0.tgz", "node-v2.0.0.tgz", "node/Chart.yaml", "node/templates/a.yaml")
    others = ("node-agent-1.0.0.tgz", "node-exporter/Chart.yaml", "anode-1.0.0.tgz", "node-1.0.0.tgz.prov")
    files = files_of(Path("/repo"), *(f"apps/shop/charts/{name}" for name in (*own, *others)))

    found = Chart(Path("x"), "apps/shop", {}, files=files).vendored("node")

    assert found == tuple(f"apps/shop/charts/{name}" for name in own)


BOTH = "dependencies:\n- {name: node, version: 1.0.0}\n- {name: other, version: 2.0.0}\n"


TWO = "dependencies:\n- {name: node, version: 1.0.0, alias: a}\n- {name: node, version: 2.0.0, alias: b}\n"


@pytest.mark.parametrize(
    ("dependencies", "dropped"),
    [
        (TWO, set()),
        (TWO.replace("2.0.0", "2.1.0"), {"node-v2.0.0.tgz"}),
        (TWO.replace("1.0.0", "1.1.0"), {"node-1.0.0.tgz"}),
        (TWO.replace("name: node, version: 1.0.0", "name: knot, version: 1.0.0"), {"node-1.0.0.tgz"}),
        (TWO.replace("name: node", "name: knot"), {"node-1.0.0.tgz", "node-v2.0.0.tgz"}),
        ("dependencies: []\n", {"node-1.0.0.tgz", "node-v2.0.0.tgz"}),
    ],
)
def test_of_one_chart_in_two_versions_only_the_archive_of_what_went_is_left_out(dependencies, dropped):
    names = ("node-1.0.0.tgz", "node-v2.0.0.tgz")
    files = files_of(Path("/repo"), *(f"apps/shop/charts/{name}" for name in names))
    file = "apps/shop/Chart.yaml"
    before = Chart.read(Path("x"), "apps/shop", {file: TEXT + TWO})

    after = Chart(before.directory, before.path, before.texts, before.metadata, files=files).with_texts(
        {file: TEXT + dependencies}
    )

    assert after.dropped == {f"apps/shop/charts/{name}" for name in dropped}


@pytest.mark.parametrize(
    ("dependencies", "dropped"),
    [
        (BOTH, set()),
        (BOTH.replace("1.0.0", "1.1.0"), {"node-1.0.0.tgz"}),
        (BOTH.replace("name: node", "name: knot"), {"node-1.0.0.tgz"}),
        ("dependencies: []\n", {"node-1.0.0.tgz", "other/Chart.yaml"}),
        # The same under another alias or from elsewhere is what is vendored.
        (BOTH.replace("version: 1.0.0", "version: 1.0.0, alias: n, repository: u"), set()),
    ],
)
def test_what_other_texts_do_not_depend_on_is_not_laid_out(dependencies, dropped):
    names = ("node-1.0.0.tgz", "other/Chart.yaml")
    files = files_of(Path("/repo"), *(f"apps/shop/charts/{name}" for name in names))
    before = Chart.read(Path("x"), "apps/shop", {"apps/shop/Chart.yaml": TEXT + BOTH, "more.yaml": "a: 1\n"})
    text = TEXT.replace("1.0.0", "1.0.1") + dependencies

    after = Chart(before.directory, before.path, before.texts, before.metadata, files=files).with_texts(
        {
            "apps/shop/Chart.yaml": text,
            "more.yaml": "a: 1\n",
            "apps/shop/Chart.lock": "l",
            "foreign.yaml": "x",
        }
    )

    assert after.version == "1.0.1"
    assert after.dropped == {f"apps/shop/charts/{name}" for name in dropped}
    # What is the same, and what is no file of the chart, is not written.
    assert after.edited == {"apps/shop/Chart.yaml": text, "apps/shop/Chart.lock": "l"}
    assert set(after.texts) == {"apps/shop/Chart.yaml", "more.yaml", "apps/shop/Chart.lock"}


def test_a_file_goes_with_the_folders_that_are_empty_without_it(tmp_path):
    for name in ("charts/a/templates/t.yaml", "charts/b/Chart.yaml", "charts/b/x.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")

    for name in ("charts/a/templates/t.yaml", "charts/b/x.yaml", "charts/none"):
        remove(tmp_path / name)

    left = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*"))
    assert left == ["charts", "charts/b", "charts/b/Chart.yaml"]
