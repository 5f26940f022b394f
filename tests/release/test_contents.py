"""What counts in a repository: which files are objects, charts, kustomizations, and what is said of those that are not read."""

import pytest

from migrate_dhi.release.contents import Contents
from migrate_dhi.release.folders import folders_above

RELEASE = (
    "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: a}\nspec:\n  chart: {}\n"
)
SET = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: a}\nspec:\n"


def contents(repo, files):
    repo.write(files)
    return Contents(repo.snapshot())


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (RELEASE, ["HelmRelease"]),
        (RELEASE.replace("HelmRelease", '"HelmRelease"'), ["HelmRelease"]),
        (f"# said\n---\n{RELEASE}---\n{SET}", ["HelmRelease", "ApplicationSet"]),
        (RELEASE.replace("helm.toolkit", "other.toolkit"), []),
        (RELEASE.replace("HelmRelease", "HelmThing"), []),
        # Of another group it is another kind.
        (RELEASE.replace("HelmRelease", "Application"), []),
        ("apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: a}\n", []),
        ("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n", []),
        (
            "apiVersion: v1\nkind: ConfigMap\ndata:\n  a: |\n    kind: HelmRelease\n    x: helm.toolkit.fluxcd.io/\n",
            [],
        ),
        (f"{RELEASE}---\nbroken: [\n", ["HelmRelease"]),
    ],
)
def test_objects_that_matter(repo, text, kinds):
    assert [one.kind for one in contents(repo, {"a.yaml": text}).resources] == kinds


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("a.yaml", True),
        ("deep/er/a.yml", True),
        ("a.json", False),
        ("a.yaml.txt", False),
        ("chart/templates/a.yaml", False),
        ("chart/charts/sub/a.yaml", False),
        ("chart/crds/a.yaml", False),
        ("chart/a.yaml", True),
        ("chart/templatesx/a.yaml", True),
    ],
)
def test_files_that_may_hold_objects(repo, path, counts):
    assert len(contents(repo, {path: RELEASE, "chart/": ""}).resources) == counts


@pytest.mark.parametrize(
    ("more", "spec"),
    [
        ("  values:\n    a: 1\n  interval: 5m\n", {"interval": "5m"}),
        (
            "  values: # said\n    a: |\n      x\n\n      y\n# out\n    b: 2\n  interval: 5m\n",
            {"interval": "5m"},
        ),
        ("  values: {a: 1}\n  interval: 5m\n", {"interval": "5m"}),
        ("  values:\n    a: 1", {}),
        ("  interval: 5m\n  values:\n  # said\n    a: 1\n", {"interval": "5m"}),
        ("  values: &v\n    a: 1\n  interval: 5m\n", {"interval": "5m"}),
        # What stands in the values is needed around them.
        ("  values:\n    a: &x 1\n  interval: *x\n", {"interval": 1}),
        (
            "  valuesFrom:\n    - {kind: ConfigMap}\n  values:\n    a: 1\n",
            {"valuesFrom": [{"kind": "ConfigMap"}]},
        ),
    ],
)
def test_values_are_passed_over_and_nothing_around_them(repo, more, spec):
    [one] = contents(repo, {"a.yaml": RELEASE + more}).resources

    assert {key: value for key, value in one.data["spec"].items() if key != "values"} == {"chart": {}, **spec}
    assert one.whole["spec"]["values"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (RELEASE, []),
        (RELEASE + "  bad: [\n", [(1, "it is no YAML (line 7: ")]),
        (f"a: 1\n---\n{RELEASE}  bad: [\n", [(3, "it is no YAML (line ")]),
        (RELEASE + "  bad: [{{ if }}\n", [(1, "it is a template, and no YAML")]),
        (
            "apiVersion: v1\nkind: List\nitems:\n- apiVersion: helm.toolkit.fluxcd.io/v2\n  kind: HelmRelease\n",
            [(1, "it is an item of a List, which is not read")],
        ),
        (SET + "  bad: [\n", []),
        ("a: [\n# HelmRelease helm.toolkit.fluxcd.io/\n", []),
    ],
)
def test_objects_that_are_not_read_have_a_reason(repo, text, expected):
    found = list(contents(repo, {"a.yaml": text}).broken("HelmRelease"))

    assert [(file, line) for file, line, _ in found] == [("a.yaml", line) for line, _ in expected]
    assert all(reason.startswith(told) for (*_, reason), (_, told) in zip(found, expected, strict=True))


def test_a_file_that_is_no_text_has_a_reason(repo):
    repo.write({"b.yaml": RELEASE})
    (repo.root / "a.yaml").write_bytes(RELEASE.encode() + b"\nx: \xff\n")

    found = Contents(repo.snapshot())

    assert list(found.broken("HelmRelease")) == [("a.yaml", 7, "it is not UTF-8 text")]
    assert list(found.broken("Application")) == []
    assert [one.file for one in found.resources] == ["b.yaml"]


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("resources: []\n", False),
        ("", False),
        ("# nothing\n", False),
        ("resources: [\n", True),
        ("a: b: c\n", True),
    ],
)
def test_kustomizations_that_are_not_read(repo, text, broken):
    found = contents(repo, {"a/kustomization.yaml": text})

    assert [(file, line) for file, line, _ in found.broken_kustomizations()] == (
        [("a/kustomization.yaml", 1)] if broken else []
    )


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("kustomization.yaml", "."),
        ("a/kustomization.yml", "a"),
        ("a/b/Kustomization", "a/b"),
        ("a/kustomization.json", None),
        ("a/my-kustomization.yaml", None),
        ("chart/templates/kustomization.yaml", None),
    ],
)
def test_folders_with_a_kustomization(repo, path, folder):
    found = contents(repo, {path: "{}\n", "chart/": ""})

    assert found.kustomizations == ((folder,) if folder else ())
    assert (found.kustomization(folder) == path) if folder else True


def test_of_two_kustomizations_of_a_folder_the_first_name_counts(repo):
    found = contents(repo, {"a/Kustomization": "{}\n", "a/kustomization.yaml": "{}\n"})

    assert found.kustomization("a") == "a/kustomization.yaml"
    assert found.kustomization("b") is None


def test_folders_and_files_beside_others(repo):
    found = contents(repo, {"a/b/c.yaml": "x: 1\n", "d.yaml": "x: 2\n"})

    assert found.folders == {".", "a", "a/b"}
    assert (found.beside("a/b/c.yaml", "../../d.yaml"), found.beside("d.yaml", "none.yaml")) == (
        "d.yaml",
        None,
    )
    assert (found.data("d.yaml"), found.data("none.yaml"), found.text("none.yaml")) == ({"x": 2}, {}, "")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/b/c.yaml", ["a/b", "a", "."]),
        ("c.yaml", ["."]),
        ("/out/c.yaml", ["/out"]),
    ],
)
def test_folders_above_a_file(path, expected):
    assert list(folders_above(path)) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a/x.yaml", ["a/x.yaml"]),
        ("a/*.yaml", ["a/x.yaml", "a/y.yaml"]),
        ("a/[x].yaml", ["a/x.yaml"]),
        ("*/x.yaml", ["a/x.yaml"]),
        ("**/x.yaml", ["a/b/x.yaml", "a/x.yaml"]),
        ("a/**/x.yaml", ["a/b/x.yaml", "a/x.yaml"]),
        ("a/none.yaml", []),
        ("a/z*", []),
    ],
)
def test_files_that_a_pattern_names(repo, pattern, expected):
    files = dict.fromkeys(("a/x.yaml", "a/y.yaml", "a/b/x.yaml"), "")

    assert sorted(contents(repo, files).matching(pattern)) == expected


@pytest.mark.parametrize(
    ("metadata", "name", "version", "library"),
    [
        ("name: web\nversion: 1.0.0\n", "web", "1.0.0", False),
        ("name: web\nversion: 1.10\n", "web", "1.1", False),
        ("name: web\ntype: library\n", "web", "", True),
        ("version: 1\n", "chart", "1", False),
        ("broken: [\n", "chart", "", False),
        ("- a\n", "chart", "", False),
    ],
)
def test_what_a_chart_says_of_itself(repo, metadata, name, version, library):
    one = contents(repo, {"apps/chart/Chart.yaml": metadata}).charts["apps/chart"]

    assert (one.name, one.version, one.library, one.file) == (name, version, library, "apps/chart/Chart.yaml")
    assert one.origin.path == "apps/chart"


@pytest.mark.parametrize(
    ("files", "users"),
    [
        ({"a/": "dependencies: [{name: b, repository: 'file://../b'}]\n", "b/": ""}, {"b": ("a",)}),
        ({"a/": "dependencies: [{name: b, repository: 'file://./b/'}]\n", "a/b/": ""}, {"a/b": ("a",)}),
        ({"a/": "dependencies: [{name: b, repository: 'file://../none'}]\n", "b/": ""}, {}),
        ({"a/": "dependencies: [{name: b, repository: 'https://x.example'}]\n", "b/": ""}, {}),
        ({"a/": "dependencies: [{name: a, repository: 'file://.'}]\n"}, {}),
        ({"a/": "dependencies: text\n", "b/": ""}, {}),
        ({"a/": "", "a/charts/b/": ""}, {"a/charts/b": ("a",)}),
        ({"charts/b/": ""}, {}),
        ({"Chart.yaml": "name: top\n", "charts/b/": ""}, {"charts/b": (".",)}),
        (
            {"a/": "", "a/charts/b/": "", "a/charts/b/charts/c/": ""},
            {"a/charts/b": ("a",), "a/charts/b/charts/c": ("a/charts/b",)},
        ),
        (
            {
                "a/": "dependencies: [{name: c, repository: 'file://../c'}]\n",
                "b/": "dependencies: [{name: c, repository: 'file://../c'}, {name: c, alias: d, repository: 'file://../c'}]\n",
                "c/": "",
            },
            {"c": ("a", "b")},
        ),
    ],
)
def test_which_charts_depend_on_which(repo, files, users):
    charts = contents(repo, files).charts

    assert {path: one.of for path, one in charts.items() if one.of} == users
    assert {path for path, one in charts.items() if one.vendored} == {
        path for path in users if "charts/" in path
    }


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", ["ConfigMap"]),
        ("apiVersion: v1\nkind: 'Secret'\nmetadata: {name: a}\n", ["Secret"]),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n# a\n", []),
        ("apiVersion: v1\nkind: ConfigMapList\nmetadata: {name: a}\n", []),
        ("x: 1\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", ["ConfigMap"]),
    ],
)
def test_config_maps_of_a_name(repo, text, names):
    found = contents(repo, {"m.yaml": text, "chart/": "", "chart/templates/m.yaml": text})

    assert [one.kind for one in found.config_maps("a")] == names
