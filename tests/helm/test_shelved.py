"""Dependencies that lie as folders where the user says: they stand for what is published, with all that this holds."""

import tarfile

import pytest

from migrate_dhi.errors import DependencyError
from migrate_dhi.helm.chart import Chart
from migrate_dhi.helm.dependencies import fetch, unready
from migrate_dhi.helm.shelf import Shelf

FAR = "https://charts.example"


def write_chart(folder, name, *depends, version="1.0.0"):
    """A chart without templates that depends on others, each NAME or NAME=REPOSITORY."""
    entries = [one.partition("=") for one in depends]
    listed = "".join(
        f"- {{name: {other}, version: 1.0.0, repository: {source or FAR!r}}}\n"
        for other, _, source in entries
    )
    folder.mkdir(parents=True)
    head = f"apiVersion: v2\nname: {name}\nversion: {version}\n"
    (folder / "Chart.yaml").write_text(head + (f"dependencies:\n{listed}" if listed else ""))
    return folder


def brought(tmp_path):
    """What `app`, which depends on `a`, gets from the folder `shelf`: the members of the archive in its charts/."""
    app = write_chart(tmp_path / "app", "app", "a")
    chart = Chart.read(app, "app", {"app/Chart.yaml": (app / "Chart.yaml").read_text()})
    shelf = Shelf((tmp_path / "shelf",), tmp_path / "cache", offline=True)
    fetch(chart, unready(chart, app), app, shelf)
    with tarfile.open(app / "charts" / "a-1.0.0.tgz") as packed:
        return sorted(packed.getnames())


def test_a_folder_brings_what_it_depends_on_itself(tmp_path):
    write_chart(tmp_path / "shelf" / "a", "a", "b")
    write_chart(tmp_path / "shelf" / "b", "b", "c")
    write_chart(tmp_path / "shelf" / "c", "c")

    names = brought(tmp_path)

    assert names == ["a/Chart.yaml", "a/charts/b/Chart.yaml", "a/charts/b/charts/c/Chart.yaml"]
    assert sorted(path.name for path in (tmp_path / "shelf" / "a").iterdir()) == ["Chart.yaml"]


def test_a_folder_beside_it_is_meant_from_where_it_lies(tmp_path):
    write_chart(tmp_path / "shelf" / "a", "a", "b=file://../../beside/b")
    write_chart(tmp_path / "beside" / "b", "b")

    assert "a/charts/b/Chart.yaml" in brought(tmp_path)


def test_what_cannot_be_had_is_named_with_the_chart_that_lacks_it(tmp_path):
    folder = write_chart(tmp_path / "shelf" / "a", "a", "b")

    with pytest.raises(DependencyError, match=r"a 1\.0\.0.*--offline forbids fetching: b 1\.0\.0") as raised:
        brought(tmp_path)

    assert raised.value.where == str(folder / "Chart.yaml")
    assert f"helm dependency build {folder}" in raised.value.help


def test_charts_that_depend_on_each_other_end(tmp_path):
    write_chart(tmp_path / "shelf" / "a", "a", "b")
    write_chart(tmp_path / "shelf" / "b", "b", "a")

    with pytest.raises(DependencyError, match="the chart depends on itself"):
        brought(tmp_path)
