"""The estate: every way in one list, in a fixed order, and the JSON of the contract."""

from pathlib import Path

import pytest

from migrate_dhi.release import ways
from migrate_dhi.release.release import WayName

FOLDER = Path(ways.__file__).parent


def test_every_way_is_one_module_with_find_and_one_line_in_the_list():
    listed = [find.__module__.rpartition(".")[2] for find in ways.WAYS]

    assert listed == ["applications", "helmreleases", "inflated", "fleet", "helmfiles", "k3s", "charts"]
    with_find = {
        path.stem for path in FOLDER.glob("*.py") if "\ndef find(declared: Declared)" in path.read_text()
    }
    assert with_find == set(listed)
    assert len(listed) == len(WayName.__args__)


@pytest.mark.parametrize(
    "name", ["applications", "helmreleases", "inflated", "fleet", "helmfiles", "k3s", "charts"]
)
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


APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: %s, namespace: argocd}
spec:
  destination: {namespace: shop}
  source: {repoURL: 'https://example.com/a.git', path: %s, targetRevision: HEAD, helm: {valueFiles: [%s]}}
"""


def readers(estate, file):
    return [one.name for one in estate.readers(file)]


def test_who_reads_a_file(repo):
    files = {
        "web.yaml": APPLICATION % ("web", "apps/web", "../../env/prod.yaml"),
        "db.yaml": APPLICATION % ("db", "apps/db", "../../env/prod.yaml"),
        "mq.yaml": APPLICATION % ("mq", "apps/mq", "own.yaml"),
        "apps/web/": "dependencies: [{name: lib, repository: 'file://../lib'}]\n",
        "apps/web/values.yaml": "a: 1\n",
        "apps/db/": "",
        "apps/mq/": "",
        "apps/mq/own.yaml": "a: 1\n",
        "apps/lib/": "dependencies: [{name: deep, repository: 'file://../deep'}]\n",
        "apps/deep/": "",
        "env/prod.yaml": "a: 1\n",
        "none.yaml": "a: 1\n",
    }

    estate = repo.estate(files)

    assert readers(estate, "env/prod.yaml") == ["db", "web"]
    assert readers(estate, "apps/web/values.yaml") == ["web"]
    assert readers(estate, "apps/web/templates/new.yaml") == ["web"]
    assert readers(estate, "apps/deep/values.yaml") == ["web"]
    assert readers(estate, "apps/mq/own.yaml") == ["mq"]
    assert readers(estate, "none.yaml") == []
    assert [one.name for one in estate.of_chart("apps/db")] == ["db"]
    assert estate.of_chart("apps/lib") == ()
    assert [one.path for one in estate.dependencies] == ["apps/deep", "apps/lib"]
    assert {key: [one.name for one in found] for key, found in estate.by_file.items()} == {
        "db.yaml": ["db"],
        "mq.yaml": ["mq"],
        "web.yaml": ["web"],
    }
    assert sorted(estate.by_id) == ["shop/db", "shop/mq", "shop/web"]


def test_who_reads_a_file_by_a_link(repo):
    repo.write(
        {
            "web.yaml": APPLICATION % ("web", "apps/web", "linked.yaml"),
            "db.yaml": APPLICATION % ("db", "apps/db", "values.yaml"),
            "apps/web/": "",
            "apps/db/": "",
            "env/prod.yaml": "a: 1\n",
        }
    )
    (repo.root / "apps/web/linked.yaml").symlink_to("../../env/prod.yaml")
    (repo.root / "apps/db/values.yaml").symlink_to("../../env/prod.yaml")

    estate = repo.estate()

    web, db = (next(one for one in estate.releases if one.name == name) for name in ("web", "db"))
    assert readers(estate, "env/prod.yaml") == ["db", "web"]
    assert web.files == ("env/prod.yaml", "web.yaml")
    assert [estate.reads_blindly(one, "env/prod.yaml") for one in (web, db)] == [True, False]
    assert estate.reads_blindly(web, "apps/web/Chart.yaml") is False


def test_what_stands_behind_a_link_is_told_by_the_file_itself(repo):
    text = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web}\nspec: {destination: {namespace: shop}, "
        "source: {repoURL: 'https://charts.example.com', chart: web, targetRevision: '1'}}\n"
    )
    repo.write({"real/app.txt": text})
    (repo.root / "app.yaml").symlink_to("real/app.txt")

    found = repo.estate().releases[0]

    assert (found.file, found.layers[0].file) == ("real/app.txt", "real/app.txt")
    assert found.version_at == ("real/app.txt", 0, ("spec", "source", "targetRevision"))
