"""The estate: every way in one list, in a fixed order, and the JSON of the contract."""

from pathlib import Path

import pytest

from migrate_dhi.release import ways
from migrate_dhi.release.release import WayName

FOLDER = Path(ways.__file__).parent


def test_every_way_is_one_module_with_find_and_one_line_in_the_list():
    listed = [find.__module__.rpartition(".")[2] for find in ways.WAYS]

    assert listed == ["applications", "helmreleases", "inflated", "fleet", "helmfiles", "charts"]
    with_find = {
        path.stem for path in FOLDER.glob("*.py") if "\ndef find(declared: Declared)" in path.read_text()
    }
    assert with_find == set(listed)
    assert len(listed) == len(WayName.__args__)


@pytest.mark.parametrize("name", ["applications", "helmreleases", "inflated", "fleet", "helmfiles", "charts"])
def test_every_way_has_a_test_file(name):
    assert (Path(__file__).parent / f"test_{name}.py").is_file()


def test_empty_repository_deploys_nothing(repo):
    estate = repo.estate({"README.md": "nothing\n"})

    assert estate.to_json() == {
        "schema": "migrate-dhi/releases/1",
        "releases": [],
        "unresolved": [],
        "dependencies": [],
    }


@pytest.mark.parametrize(
    "text",
    [
        "\x00",
        "a: [\n",
        "kind: HelmRelease\napiVersion: helm.toolkit.fluxcd.io/v2\n",
        "- 1\n",
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: []\n",
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nspec: {generators: [1, {git: {}}, {}], template: 3}\n",
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: 3}\nspec: {chart: {spec: {chart: [x], sourceRef: 7}}, chartRef: 1}\n",
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec: {path: ../.., patches: [1, {patch: [}]}\n",
    ],
)
def test_odd_files_are_no_error(repo, text):
    repo.write(
        {
            "odd.yaml": text,
            "kustomization.yaml": "resources: odd.yaml\npatches: {}\n",
            "fleet.yaml": "helm: 3\n",
            "helmfile.yaml": "releases: {a: 1}\n",
        }
    )

    assert repo.estate().releases == ()


BOILERPLATE = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: charts, namespace: a}
spec: {url: "https://charts.example"}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: app, namespace: a}
spec:
  chart:
    spec:
      chart: {{ .chart }}
      version: 1.0.0
      sourceRef: {kind: HelmRepository, name: charts}
"""


@pytest.mark.parametrize(
    "text", [BOILERPLATE, BOILERPLATE.replace("{{ .chart }}", "plain").replace("1.0.0", "{{ .version }}")]
)
def test_a_file_to_begin_a_release_with_hides_its_chart(repo, text):
    estate = repo.estate({"boilerplate/app.yaml": text})

    assert estate.releases == ()
    assert [(one.name, one.reason) for one in estate.unresolved] == [("app", "a placeholder hides the chart")]


def test_a_placeholder_beside_the_chart_hides_nothing(repo):
    text = BOILERPLATE.replace("{{ .chart }}", "plain").replace("{name: app, ", '{name: "{{ .name }}", ')

    assert [one.origin.name for one in repo.estate({"app.yaml": text}).releases] == ["plain"]
