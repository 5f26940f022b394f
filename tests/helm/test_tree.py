"""The chart and what is packed in it, as a tree."""

import io
import tarfile

import pytest

from migrate_dhi.errors import InvalidChartError, LimitError
from migrate_dhi.helm import tree
from migrate_dhi.helm.tree import read_nodes


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
