"""The chart and what is packed in it, as a tree."""

import io
import itertools
import json
import tarfile

import pytest

from migrate_dhi.errors import InvalidChartError, LimitError
from migrate_dhi.helm import tree
from migrate_dhi.helm.engine import EmbeddedEngine, RenderOptions
from migrate_dhi.helm.reading import seen_values
from migrate_dhi.helm.tree import off_by, read_nodes


def archive(name, files):
    """A packed chart of that name with these files besides its Chart.yaml, as bytes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as packed:
        chart = f"apiVersion: v2\nname: {name}\nversion: 1.0.0\n".encode()
        for path, content in {"Chart.yaml": chart, **files}.items():
            info = tarfile.TarInfo(f"{name}/{path}")
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def nodes(tmp_path):
    """The nodes of a chart with one packed dependency, by prefix."""

    def read(content):
        (tmp_path / "charts").mkdir(exist_ok=True)
        (tmp_path / "charts/outer-1.0.0.tgz").write_bytes(content)
        return {node.prefix: node for node in read_nodes(tmp_path, "shop", {})}

    return read


def test_an_archive_inside_of_an_archive_is_a_node_with_templates_and_defaults(nodes):
    inner = archive("inner", {"values.yaml": b"tag: '1'\n", "templates/a.yaml": b"x: {{ .Values.tag }}\n"})
    found = nodes(archive("outer", {"charts/inner-1.0.0.tgz": inner}))

    assert list(found) == [(), ("outer",), ("outer", "inner")]
    assert found["outer", "inner"].defaults == {"tag": "1"}
    assert found["outer", "inner"].templates == (
        ("shop/charts/outer/charts/inner/templates/a.yaml", "x: {{ .Values.tag }}\n"),
    )


def test_what_is_no_list_of_dependencies_in_an_archive_declares_none(nodes):
    chart = b"name: outer\nversion: 1.0.0\ndependencies: 5\n"

    assert nodes(archive("outer", {"Chart.yaml": chart}))["outer",].declared == []


def test_tags_that_are_no_list_switch_nothing(nodes):
    chart = b"name: outer\nversion: 1.0.0\ndependencies: [{name: inner, version: 1.0.0, tags: 5}]\n"
    found = nodes(archive("outer", {"Chart.yaml": chart, "charts/inner-1.0.0.tgz": archive("inner", {})}))

    assert found["outer", "inner"].tags == ()


def test_templates_in_linked_folders_are_found_and_a_circle_ends(tmp_path):
    chart = tmp_path / "shop"
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/b.yaml").write_text("b")
    (chart / "templates").mkdir(parents=True)
    (chart / "templates/c.yaml").write_text("c")
    (chart / "templates/a").symlink_to(tmp_path / "elsewhere")
    (chart / "templates/circle").symlink_to(chart / "templates")

    (node,) = read_nodes(chart, "shop", {})

    assert node.templates == (("shop/templates/a/b.yaml", "b"), ("shop/templates/c.yaml", "c"))


def test_the_size_counts_through_all_archives(nodes, monkeypatch):
    monkeypatch.setattr(tree, "_MOST_UNPACKED", 1000)
    inner = archive("inner", {"values.yaml": b"# " + b"x" * 2000})

    with pytest.raises(LimitError):
        nodes(archive("outer", {"charts/inner-1.0.0.tgz": inner}))


def test_a_broken_archive_inside_is_named(nodes):
    with pytest.raises(InvalidChartError) as raised:
        nodes(archive("outer", {"charts/inner-1.0.0.tgz": b"not packed"}))

    assert raised.value.where == "inner-1.0.0.tgz"


# --- what Helm itself takes of a folder, and what the tree says


def chart_of(name, version="1.0.0", more=""):
    return f"apiVersion: v2\nname: {name}\nversion: {version}\n{more}"


@pytest.fixture
def both(tmp_path):
    """The templates of a chart of these files as Helm renders them with some values, and the tree's nodes."""

    def read(files, values=None):
        root = tmp_path / "top"
        for path, content in {"Chart.yaml": chart_of("top"), **files}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content if isinstance(content, bytes) else content.encode())
        rendering = EmbeddedEngine().render(root, values or {}, RenderOptions("r"), merged=True)
        metadata = seen_values((root / "Chart.yaml").read_text())
        return rendering, read_nodes(root, "top", metadata)

    return read


INNER = {"charts/sub/Chart.yaml": chart_of("sub"), "charts/sub/templates/a.yaml": "a: 1\n"}


def inner(version, template):
    return archive("sub", {"Chart.yaml": chart_of("sub", version).encode(), template: b"a: 1\n"})


@pytest.mark.parametrize(
    "files",
    [
        INNER,
        {"charts/x/Chart.yaml": chart_of("sub"), "charts/x/templates/a.yaml": "a: 1\n"},
        {"charts/.x/Chart.yaml": chart_of("sub"), "charts/.x/templates/a.yaml": "a: 1\n"},
        {"charts/_x/Chart.yaml": chart_of("sub"), "charts/_x/templates/a.yaml": "a: 1\n"},
        {"charts/sub-1.0.0.tgz": inner("1.0.0", "templates/a.yaml")},
        {"charts/_sub-1.0.0.tgz": inner("1.0.0", "templates/a.yaml")},
        {
            "charts/outer.tgz": archive(
                "outer",
                {
                    "charts/_sub-1.0.0.tgz": inner("1.0.0", "templates/a.yaml"),
                    "charts/.x/Chart.yaml": b"name: x\nversion: 1.0.0\n",
                    "charts/.x/templates/b.yaml": b"b: 1\n",
                    "charts/z/Chart.yaml": b"apiVersion: v2\nname: z\nversion: 1.0.0\n",
                    "charts/z/templates/b.yaml": b"b: 1\n",
                },
            )
        },
        {
            **INNER,
            "Chart.yaml": chart_of("top", more="dependencies: [{name: sub, version: 1.x, alias: q}]\n"),
        },
        {
            **INNER,
            "Chart.yaml": chart_of(
                "top",
                more="dependencies: [{name: sub, version: 1.0.0, alias: q}, {name: sub, version: 1.0.0}]\n",
            ),
        },
        # Two versions of one chart: each entry takes the one that it asks for, and what no entry asks for stays.
        {
            "Chart.yaml": chart_of(
                "top",
                more="dependencies: [{name: sub, version: ^1, alias: a}, {name: sub, version: 2.0.0, alias: b}]\n",
            ),
            "charts/sub-1.0.0.tgz": inner("1.0.0", "templates/one.yaml"),
            "charts/sub-2.0.0.tgz": inner("2.0.0", "templates/two.yaml"),
        },
        {
            "Chart.yaml": chart_of("top", more="dependencies: [{name: sub, version: 1.0.0, alias: a}]\n"),
            "charts/sub-1.0.0.tgz": inner("1.0.0", "templates/one.yaml"),
            "charts/sub-2.0.0.tgz": inner("2.0.0", "templates/two.yaml"),
        },
        # What no entry asks for in its version stays, under its own name.
        {
            **INNER,
            "Chart.yaml": chart_of("top", more="dependencies: [{name: sub, version: 2.0.0, alias: q}]\n"),
        },
        {**INNER, "Chart.yaml": chart_of("top", more="dependencies: [{name: sub, version: 2.0.0}]\n")},
        # Aliases below a chart that declares nothing are nothing to Helm.
        {
            **INNER,
            "charts/sub/Chart.yaml": chart_of(
                "sub", more="dependencies: [{name: deep, version: 1.0.0, alias: d}]\n"
            ),
            "charts/sub/charts/deep/Chart.yaml": chart_of("deep"),
            "charts/sub/charts/deep/templates/a.yaml": "a: 1\n",
        },
        # Charts of old name their dependencies in a file of its own.
        {
            **INNER,
            "Chart.yaml": chart_of("top", more="dependencies: []\n"),
            "charts/sub/Chart.yaml": "apiVersion: v1\nname: sub\nversion: 1.0.0\n",
            "charts/sub/requirements.yaml": "dependencies: [{name: deep, version: 1.0.0, alias: d}]\n",
            "charts/sub/charts/deep/Chart.yaml": chart_of("deep"),
            "charts/sub/charts/deep/templates/a.yaml": "a: 1\n",
        },
        {
            "Chart.yaml": chart_of("top", more="dependencies: []\n"),
            "charts/sub-1.0.0.tgz": archive(
                "sub",
                {
                    "Chart.yaml": b"apiVersion: v1\nname: sub\nversion: 1.0.0\n",
                    "requirements.yaml": b"dependencies: [{name: deep, version: 1.0.0, alias: d}]\n",
                    "charts/deep/Chart.yaml": b"apiVersion: v2\nname: deep\nversion: 1.0.0\n",
                    "charts/deep/templates/a.yaml": b"a: 1\n",
                },
            ),
        },
    ],
)
def test_the_tree_has_the_templates_that_helm_has(both, files):
    rendering, nodes = both({"templates/t.yaml": "t: 1\n", **files})

    found = [name for node in nodes for name, _ in node.templates]
    assert sorted(found) == sorted(rendering.files)


ON = ({}, {"a": {"on": True}}, {"a": {"on": False}}, {"a": {"on": "false"}}, {"a": True})
OTHER = ({}, {"b": {"on": False}}, {"b": {"on": True}})
TAGS = ({}, {"tags": {"x": False}}, {"tags": {"x": False, "y": True}}, {"tags": {"x": "false"}}, {"tags": []})


@pytest.mark.parametrize("condition", ["", "a.on", ",a.on,b.on", "a.on, b.on", " a.on ,b.on"])
@pytest.mark.parametrize("tags", [(), ("x", "y")])
def test_a_dependency_is_off_where_helm_leaves_it_out(both, condition, tags):
    entry = {"name": "sub", "version": "1.0.0", "condition": condition, "tags": tags}
    chart = chart_of("top", more=f"dependencies: [{json.dumps(entry)}]\n")
    wrong = []
    for on, other, told in itertools.product(ON, OTHER, TAGS):
        values = {**on, **other, **told}
        rendering, nodes = both({**INNER, "Chart.yaml": chart}, values)
        if bool(rendering.files) == bool(off_by(rendering.values, nodes[-1])):
            wrong.append(values)

    assert wrong == []


@pytest.mark.parametrize(
    ("top", "sub", "values"),
    [
        ("{}", "enabled: false", {}),
        ("{}", "enabled: true", {}),
        ("{}", "other: 1", {}),
        ("sub: {other: 1}", "enabled: false", {}),
        ("sub: {enabled: true}", "enabled: false", {}),
        ("{}", "enabled: false", {"sub": {"enabled": True}}),
        ("{}", "enabled: true", {"sub": {"enabled": False}}),
    ],
)
def test_the_default_of_a_dependency_itself_may_switch_it_off(both, top, sub, values):
    more = "dependencies: [{name: sub, version: 1.0.0, condition: sub.enabled}]\n"
    rendering, nodes = both(
        {
            **INNER,
            "Chart.yaml": chart_of("top", more=more),
            "values.yaml": top,
            "charts/sub/values.yaml": sub,
        },
        values,
    )

    assert off_by(rendering.values, nodes[-1]) == (() if rendering.files else ("sub", "enabled"))


@pytest.mark.parametrize(
    ("condition", "values", "off"),
    [
        ("use", {"mid": {"use": False}}, ("mid", "use")),
        ("use", {"use": False}, ()),
        ("use", {"tags": {"x": False}}, ("tags", "x")),
        ("use", {"mid": {"tags": {"x": False}}}, ()),
        ("use", {"mid": {"use": True}, "tags": {"x": False}}, ()),
    ],
)
def test_a_condition_is_meant_from_the_chart_that_names_it_and_tags_from_the_root(
    both, condition, values, off
):
    entry = f"{{name: sub, version: 1.0.0, condition: {condition}, tags: [x]}}"
    rendering, nodes = both(
        {
            "Chart.yaml": chart_of("top", more="dependencies: [{name: mid, version: 1.0.0}]\n"),
            "charts/mid/Chart.yaml": chart_of("mid", more=f"dependencies: [{entry}]\n"),
            **{f"charts/mid/{path}": text for path, text in INNER.items()},
        },
        values,
    )

    assert bool(rendering.files) == (not off)
    assert off_by(rendering.values, nodes[-1]) == off


def test_a_first_condition_that_is_on_leaves_nothing_to_the_others(both):
    more = "dependencies: [{name: sub, version: 1.0.0, condition: 'a.on,b.on'}]\n"
    rendering, nodes = both(
        {**INNER, "Chart.yaml": chart_of("top", more=more)}, {"a": {"on": True}, "b": {"on": False}}
    )

    assert rendering.files
    assert off_by(rendering.values, nodes[-1]) == ()


MISSING = "dependencies: [{name: deep, version: 1.0.0, alias: d, condition: deep.on, tags: [x]}]\n"


@pytest.mark.parametrize("alias", ["", "sub", "q"])
def test_a_dependency_of_another_version_is_off_where_helm_leaves_it_out(both, alias):
    entry = {"name": "sub", "version": "2.0.0", "condition": "a.on", **({"alias": alias} if alias else {})}
    chart = chart_of("top", more=f"dependencies: [{json.dumps(entry)}]\n")
    wrong = []
    for values in ON:
        rendering, nodes = both({**INNER, "Chart.yaml": chart}, values)
        if bool(rendering.files) == bool(off_by(rendering.values, nodes[-1])):
            wrong.append(values)

    assert wrong == []


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({}, [("sub", "deep")]),
        ({"sub": {"deep": {"on": True}}, "tags": {"x": False}}, [("sub", "deep")]),
        ({"sub": {"deep": {"on": False}}}, []),
        ({"tags": {"x": False}}, []),
        # Not even the one that declares it is there.
        ({"sub": {"enabled": False}}, []),
    ],
)
def test_what_a_vendored_chart_declares_and_does_not_hold_is_lacking(both, values, found):
    more = "dependencies: [{name: sub, version: 1.0.0, condition: sub.enabled}]\n"
    files = {**INNER, "Chart.yaml": chart_of("top", more=more)}
    rendering, nodes = both({**files, "charts/sub/Chart.yaml": chart_of("sub", more=MISSING)}, values)

    told = [(node.prefix[-1], entry["name"]) for node, entry, _ in tree.lacking(nodes, rendering.values)]
    assert told == found


def test_what_is_held_below_a_chart_that_declares_nothing_is_not_lacking(both):
    files = {
        **INNER,
        "charts/sub/Chart.yaml": chart_of("sub", more=MISSING),
        "charts/sub/charts/deep/Chart.yaml": chart_of("deep"),
    }
    rendering, nodes = both(files)

    assert [node.prefix for node in nodes] == [(), ("sub",), ("sub", "deep")]
    assert tree.lacking(nodes, rendering.values) == []


def test_what_a_vendored_chart_holds_or_the_root_lacks_is_not_lacking(both):
    files = {
        **INNER,
        "charts/sub/Chart.yaml": chart_of("sub", more=MISSING),
        "charts/sub/charts/deep/Chart.yaml": chart_of("deep"),
        "Chart.yaml": chart_of("top", more="dependencies: [{name: gone, version: 1.0.0}]\n"),
    }
    rendering, nodes = both(files)

    assert tree.lacking(nodes, rendering.values) == []


def test_examples_are_values_files_alone(tmp_path):
    for name in ("ci/test-values.yaml", "ci/deep/values.yaml", "ci/notes.yaml", "ci/values.yml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)

    (node,) = read_nodes(tmp_path, "shop", {})

    assert node.examples == {name: name for name in ("ci/deep/values.yaml", "ci/test-values.yaml")}


def test_a_chart_without_values_has_no_defaults_and_broken_ones_are_named(tmp_path):
    (node,) = read_nodes(tmp_path, "shop", {})
    assert node.defaults == {}

    (tmp_path / "values.yaml").write_text("a: 1\nb: [\n")
    (node,) = read_nodes(tmp_path, "shop", {})
    with pytest.raises(InvalidChartError) as caught:
        _ = node.defaults
    assert caught.value.where.startswith("shop/values.yaml")


@pytest.mark.parametrize("content", [b"", b"not packed", b"\x1f\x8b broken"])
def test_an_archive_that_cannot_be_read_is_named(nodes, content):
    with pytest.raises(InvalidChartError) as raised:
        nodes(content)

    assert raised.value.where == "outer-1.0.0.tgz"
    assert raised.value.help == "run `helm dependency build` again"
