"""Charts that make Applications of their values, by a chart that they depend on."""

import pytest

from migrate_dhi.release.addresses import Addresses
from migrate_dhi.release.estate import Estate

MAKER = """\
{{- range $name, $spec := .Values.apps }}
---
apiVersion: argoproj.io/v1alpha1
kind: {{ $spec.kind | default "Application" }}
metadata: {name: {{ $name }}, namespace: argocd}
spec: {{ toYaml $spec.spec | nindent 2 }}
{{- end }}
"""
VALUES = """\
maker:
  apps:
    shop:
      spec:
        destination: {namespace: web}
        source: {repoURL: https://example.com/acme/estate.git, targetRevision: main, path: apps/shop%s}
"""
ROOT = "dependencies:\n- {name: maker, version: 1.0.0, repository: 'https://charts.example'}\n"
TREE = {
    "root/": ROOT,
    "root/values.yaml": VALUES % "",
    "apps/shop/": "",
    "apps/shop/values-eu.yaml": "a: 1\n",
}


@pytest.fixture
def estate(repo, tmp_path):
    """What a repository deploys whose charts may depend on `maker`, which lies elsewhere."""
    folder = tmp_path / "shelf" / "maker"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: maker\nversion: 1.0.0\n")
    (folder / "templates/all.yaml").write_text(MAKER)

    def found(files, *folders):
        repo.root.joinpath("git").mkdir(exist_ok=True)
        repo.root = repo.root / "git"
        repo.write(files)
        urls = Addresses(("https://example.com/acme/estate.git",), ())
        return Estate.of(repo.snapshot(), urls, folders or (tmp_path / "shelf",))

    return found


def told(estate):
    return [(one.way, one.id, one.file, one.line) for one in estate.releases]


def test_what_a_dependency_makes_of_values_is_deployed(estate):
    found = estate({**TREE, "root/values.yaml": VALUES % ", helm: {valueFiles: [values-eu.yaml]}"})

    assert told(found) == [
        ("application", "web/shop", "root/values.yaml", 3),
        ("chart", "default/root", "root/Chart.yaml", 1),
    ]
    # The values file is edited, the Application is not.
    assert [(layer.form, layer.file) for layer in found.releases[0].layers] == [
        ("file", "apps/shop/values-eu.yaml")
    ]


@pytest.mark.parametrize(
    ("helm", "form", "key"),
    [
        ("{valuesObject: {tag: '1'}}", "map", "valuesObject"),
        ("{values: \"tag: '1'\\n\"}", "text", "values"),
    ],
)
def test_values_inside_of_it_are_read_and_written_where_they_stand(estate, helm, form, key):
    files = {**TREE, "root/values.yaml": VALUES % f", helm: {helm}"}
    (layer,) = estate(files).releases[0].layers

    assert (layer.writable, layer.values(files)) == (True, {"tag": "1"})
    assert (layer.form, layer.file) == (form, "root/values.yaml")
    assert layer.path == ("maker", "apps", "shop", "spec", "source", "helm", key)
    assert layer.through == "root/charts/maker/templates/all.yaml#shop"


def test_values_inside_of_it_that_are_changed_on_the_way_are_read_and_not_written(estate, tmp_path):
    maker = tmp_path / "shelf/maker/templates/all.yaml"
    maker.write_text(MAKER.replace("toYaml $spec.spec", 'toYaml $spec.spec | replace "tag" "image"'))
    found = estate({**TREE, "root/values.yaml": VALUES % ", helm: {valuesObject: {tag: '1'}}"})

    (layer,) = found.releases[0].layers
    assert (layer.writable, layer.values({})) == (False, {"image": "1"})
    assert "depends on makes it of values" in layer.reason
    assert (layer.file, layer.sources) == ("root/values.yaml", ("root/Chart.yaml",))


def test_a_chart_that_deploys_itself_is_looked_at_once(estate):
    own = VALUES % "" + (
        "    root:\n      spec:\n        destination: {namespace: argocd}\n"
        "        source: {repoURL: https://example.com/acme/estate.git, targetRevision: main, path: root}\n"
    )
    seed = "maker: {apps: {shop: {spec: {source: {targetRevision: seed, repoURL: https://example.com/x.git}}}}}\n"
    found = estate({**TREE, "root/values.yaml": own, "root/values-seed.yaml": seed})

    assert [one.id for one in found.releases] == ["argocd/root", "web/shop"]


def test_environments_count_where_its_own_values_make_none(estate):
    files = {**TREE, "root/values.yaml": "# targetRevision: repoURL:\n", "root/values-eu.yaml": VALUES % ""}
    (one, _) = estate(files).releases

    assert (one.id, one.file, one.object) == ("web/shop", "root/values-eu.yaml", "")
    assert "root/values-eu.yaml, though nothing here says" in one.notes[0]


def test_a_chart_that_is_not_at_hand_is_told(estate, tmp_path):
    found = estate(TREE, tmp_path / "nowhere")

    (one,) = found.unresolved
    assert (one.way, one.name) == ("application", "root")
    assert "maker 1.0.0 from https://charts.example is not at hand" in one.reason


@pytest.mark.parametrize("text", ["repoURL: x\n", "targetRevision: x\n", "a: {tag: '1'}\n"])
def test_other_values_are_not_rendered(estate, tmp_path, text):
    found = estate({**TREE, "root/values.yaml": text}, tmp_path / "nowhere")

    assert found.unresolved == ()


def test_a_vendored_dependency_makes_them_too_and_none_by_itself(estate):
    vendored = {"root/charts/maker/": "", "root/charts/maker/templates/all.yaml": MAKER}
    found = estate({**TREE, **vendored})

    assert [one.id for one in found.releases] == ["web/shop", "default/root"]
    assert found.releases[0].file == "root/values.yaml"
    assert not found.unresolved


APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: alerts, namespace: argocd}
spec:
  source:
    repoURL: https://charts.example
    chart: alerts
    targetRevision: 1.0.0
    helm:
      %s
        tag: '1'
        text: |
          {{ "{{" }} if eq .Status "up" {{ "}}" }}good{{ "{{" }} end {{ "}}" }} in {{ .Values.zone }}
          {{`{{ range .Alerts }}`}}{{ "{{" }} .Name {{ "}}" }}{{`{{ end }}`}}
  destination: {namespace: web, server: {{ .Values.server }}}
"""


@pytest.mark.parametrize("key", ["valuesObject:", "values: |"])
def test_braces_that_something_else_reads_are_no_conditions_of_the_template(estate, key):
    files = {
        "root/": "",
        "root/values.yaml": "server: https://in\nzone: eu\n",
        "root/templates/alerts.yaml": APPLICATION % key,
    }
    (layer,) = next(one for one in estate(files).releases if one.name == "alerts").layers

    assert (layer.writable, layer.reason) == (True, "")
    assert layer.values(files) == {
        "tag": "1",
        "text": '{{ if eq .Status "up" }}good{{ end }} in eu\n{{ range .Alerts }}{{ .Name }}{{ end }}\n',
    }
