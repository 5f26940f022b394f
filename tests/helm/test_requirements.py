"""Charts of ``apiVersion: v1``: what they depend on stands in requirements.yaml, and is there, fetched, or told."""

import json

import pytest

from migrate_dhi.errors import DependencyError, InvalidChartError
from migrate_dhi.helm.chart import Chart, with_requirements
from migrate_dhi.helm.engine import RenderOptions
from migrate_dhi.helm.lock import locked
from migrate_dhi.helm.renderer import Renderer
from migrate_dhi.helm.shelf import Shelf
from tests.charts import pack
from tests.helm.served import make_chart

URL = "https://charts.example.org"
WANTED = {"name": "node", "version": "^1.0.0", "repository": URL, "alias": "n", "condition": "n.enabled"}


@pytest.fixture
def chart(tmp_path):
    """A chart of old in a folder, with these files besides."""

    def made(*declared, **files):
        folder = tmp_path / "top"
        folder.mkdir()
        texts = {"Chart.yaml": "apiVersion: v1\nname: top\nversion: 1.0.0\n"}
        if declared:
            texts["requirements.yaml"] = json.dumps({"dependencies": declared})
        for name, text in {**texts, **files}.items():
            (folder / name).write_text(text)
        return folder

    return made


def rendered(folder, *held, values=None):
    """The templates that come out, and what it is made of, with charts held in some folder."""
    chart = Chart.read(folder, ".", {"Chart.yaml": (folder / "Chart.yaml").read_text()})
    shelf = Shelf(folders=held, offline=True)
    with Renderer(chart, RenderOptions("r"), shelf=shelf) as renderer:
        manifests = renderer.render(chart.texts, values)
        return sorted(manifests.files), [node.prefix for node in renderer.nodes]


def test_one_that_is_missing_is_not_rendered_as_nothing(chart):
    with pytest.raises(DependencyError) as caught:
        rendered(chart(WANTED))

    assert caught.value.message == f"not in charts/, and --offline forbids fetching: node ^1.0.0 from {URL}"


@pytest.mark.parametrize("packed", [False, True])
def test_one_that_is_vendored_stands_under_its_alias(chart, packed):
    folder = chart(WANTED)
    inner = make_chart(folder / "charts", "node", "1.2.0")
    if packed:
        pack(inner, folder / "charts")
        for path in sorted(inner.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        inner.rmdir()

    assert rendered(folder) == (["top/charts/n/templates/c.yaml"], [(), ("n",)])
    assert rendered(folder, values={"n": {"enabled": False}}) == ([], [(), ("n",)])


@pytest.mark.parametrize("name", ["node-1.2.0.tgz", "node-1.2.0.tar.gz"])
def test_one_that_a_folder_holds_is_taken_under_whatever_ending(chart, tmp_path, name):
    """Helm loads what ends in .tgz, and refuses a chart with other files below charts/."""
    held = tmp_path / "held"
    pack(make_chart(tmp_path / "work", "node", "1.2.0"), held).rename(held / name)

    assert rendered(chart(WANTED), held)[0] == ["top/charts/n/templates/c.yaml"]


def test_without_the_file_there_are_none(chart):
    assert rendered(chart()) == ([], [()])


@pytest.mark.parametrize(
    ("metadata", "text", "names"),
    [
        ({}, "dependencies: [{name: a}]", ["a"]),
        ({"dependencies": [{"name": "b"}]}, "dependencies: [{name: a}]", ["a"]),
        ({"dependencies": [{"name": "b"}]}, "dependencies: []", []),
        ({"dependencies": [{"name": "b"}]}, "", ["b"]),
        ({"dependencies": [{"name": "b"}]}, "# none\n", ["b"]),
        ({}, "other: 1", None),
    ],
)
def test_the_file_takes_the_place_of_what_the_chart_says(metadata, text, names):
    found = with_requirements(metadata, text, "requirements.yaml").get("dependencies")

    assert (found if found is None else [one["name"] for one in found]) == names


@pytest.mark.parametrize("text", ["dependencies: x", "dependencies: {a: 1}", "dependencies: ["])
def test_a_file_that_helm_does_not_read_is_named(text):
    with pytest.raises(InvalidChartError) as caught:
        with_requirements({}, text, "c/requirements.yaml")

    assert caught.value.where.startswith("c/requirements.yaml")


# --- requirements.lock


LOCK = json.dumps({"dependencies": [{**WANTED, "version": "1.4.2"}], "digest": "sha256:of-another-time"})


def versions(folder):
    chart = Chart.read(folder, "c", {"c/Chart.yaml": (folder / "Chart.yaml").read_text()})
    return [one.version for one in locked(chart.as_declared(folder), folder).values()]


def test_its_lock_file_names_the_versions_whatever_its_digest(chart):
    assert versions(chart(WANTED, **{"requirements.lock": LOCK})) == ["1.4.2"]


def test_chart_lock_counts_first_and_without_any_the_range_does(chart):
    folder = chart(WANTED, **{"requirements.lock": LOCK})
    (folder / "Chart.lock").write_text(json.dumps({"dependencies": [{**WANTED, "version": "1.5.0"}]}))
    assert versions(folder) == ["1.5.0"]

    for name in ("requirements.lock", "Chart.lock"):
        (folder / name).unlink()
    assert versions(folder) == ["^1.0.0"]


@pytest.mark.parametrize("change", [{"version": "2.0.0"}, {"name": "other"}])
def test_a_lock_file_of_other_dependencies_is_refused_by_its_name(chart, change):
    lock = json.loads(LOCK)
    lock["dependencies"][0].update(change)

    with pytest.raises(DependencyError) as caught:
        versions(chart(WANTED, **{"requirements.lock": json.dumps(lock)}))

    assert caught.value.where == "c/requirements.lock"
    assert caught.value.message.startswith("requirements.lock was made for other dependencies")
