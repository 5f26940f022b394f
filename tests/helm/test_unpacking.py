"""Packed dependencies lie as folders in the scratch copy, where they render as they do packed."""

import pytest

from migrate_dhi.helm.chart import Chart
from migrate_dhi.helm.engine import EmbeddedEngine, RenderOptions
from migrate_dhi.helm.laid import Laid
from migrate_dhi.helm.shelf import Shelf
from tests.charts import pack

OPTIONS = RenderOptions("x")


@pytest.fixture
def chart(tmp_path):
    """A chart with one packed in it, in which another one is packed."""
    for name, below in (("root", "outer"), ("outer", "inner"), ("inner", "")):
        depends = f"dependencies: [{{name: {below}, version: 1.0.0}}]\n" if below else ""
        files = {
            "Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: 1.0.0\n{depends}",
            "values.yaml": f"own: {name}\n",
            "templates/own.yaml": "own: {{ .Values.own }}\n",
            "templates/tests/own.yaml": f"test: {name}\n",
        }
        for file, text in files.items():
            (tmp_path / name / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / file).write_text(text)
    pack(tmp_path / "inner", tmp_path / "outer" / "charts")
    pack(tmp_path / "outer", tmp_path / "root" / "charts")
    return tmp_path / "root"


def laid_out(chart):
    return Laid(Chart.read(chart, ".", {"Chart.yaml": (chart / "Chart.yaml").read_text()}), Shelf())


def test_what_is_packed_in_what_is_packed_renders_the_same_as_folders(chart):
    packed = EmbeddedEngine().render(chart, {}, OPTIONS)

    with laid_out(chart) as laid:
        assert not list(laid.directory.rglob("*.tgz"))
        opened = EmbeddedEngine().render(laid.directory, {}, OPTIONS)
        assert (laid.archives / "outer-1.0.0.tgz").read_bytes() == (
            chart / "charts/outer-1.0.0.tgz"
        ).read_bytes()

    assert len(opened.files) == 6
    assert opened.files == packed.files


@pytest.mark.parametrize(
    ("ignored", "kept"),
    [
        ("# tests/\n*.swp\n", False),
        ("tests/\n", True),
        ("charts/*/templates/own.yaml\n", True),
        ("own.yaml\n", True),
        ("!/Chart.yaml\n", True),
    ],
)
def test_what_the_chart_ignores_stays_where_it_is_packed(chart, ignored, kept):
    """Helm heeds the `.helmignore` of the chart for folders, and not for what is in archives."""
    (chart / ".helmignore").write_text(ignored)

    with laid_out(chart) as laid:
        assert (laid.directory / "charts/outer-1.0.0.tgz").exists() == kept
        if not ignored.startswith("!"):
            files = EmbeddedEngine().render(laid.directory, {}, OPTIONS).files
            assert len([name for name in files if "/outer/" in name]) == 4


def test_a_folder_in_the_place_is_left_alone(chart):
    (chart / "charts/outer-1.0.0").mkdir()
    (chart / "charts/outer-1.0.0/Chart.yaml").write_text("apiVersion: v2\nname: mine\nversion: 2.0.0\n")

    with laid_out(chart) as laid:
        assert (laid.directory / "charts/outer-1.0.0.tgz").exists()
        assert "name: mine" in (laid.directory / "charts/outer-1.0.0/Chart.yaml").read_text()


def test_what_is_too_large_to_be_unpacked_is_left_to_helm(chart, monkeypatch):
    monkeypatch.setattr("migrate_dhi.helm.shelf._LARGEST", 10)

    with laid_out(chart) as laid:
        assert (laid.directory / "charts/outer-1.0.0.tgz").exists()
        assert len(EmbeddedEngine().render(laid.directory, {}, OPTIONS).files) == 6
