"""Values that an app-of-apps chart hands on from its own: edited there, and nothing of other applications with them."""

import json

import pytest

from tests.charts import copy_case
from tests.conftest import SECRET

APPS = """\
{{- range $app := .Values.applications }}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: {{ $app.name }}
spec:
  destination: {namespace: shop}
  source:
    repoURL: https://example.com/acme/shop.git
    path: charts/web
    {{- with $app.values }}
    helm:
      HELM
    {{- end }}
{{- end }}
"""
TEXT = "values: |\n        {{- toYaml . | nindent 8 }}"
OBJECT = "valuesObject:\n        {{- toYaml . | nindent 8 }}"
VALUES = """\
# what runs here
applications:
  - name: one
    values:
      replicaCount: 2   # enough
      image: {registry: docker.io}
  - name: two
    values:
      replicaCount: 3
"""
TO = "dhi.io/valkey:8.1.9-debian13"


@pytest.fixture
def apps(workshop):
    """A repository with an app-of-apps chart over one chart."""

    def write(helm=TEXT, values=VALUES, **files):
        copy_case("plain-chart", workshop.root / "charts/web")
        for name, text in {
            "apps/Chart.yaml": "apiVersion: v2\nname: apps\nversion: 0.1.0\n",
            "apps/templates/apps.yaml": APPS.replace("HELM", helm),
            "apps/values.yaml": values,
            **files,
        }.items():
            place = workshop.root / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        workshop.git("remote", "add", "origin", "https://example.com/acme/shop.git")
        workshop.commit("applications")
        return workshop

    return write


def planned(workshop, argument):
    ran = workshop.run(
        argument, "--plan", "--format", "json", "--to", TO, "--offline", "--pull-secret", SECRET
    )
    assert ran.out, ran
    return json.loads(ran.out)


def edits(plan):
    return {(one["file"], one["path"]) for step in plan["steps"] for one in step["edits"]}


@pytest.mark.parametrize("helm", [TEXT, OBJECT], ids=["text", "map"])
def test_what_is_handed_on_is_edited_where_it_stands(apps, helm):
    plan = planned(apps(helm), "shop/one")

    assert plan["status"] == "ready"
    assert {file for file, _ in edits(plan)} == {"apps/values.yaml"}
    assert ("apps/values.yaml", "applications[0].values.image.registry") in edits(plan)
    roles = {one["name"]: one["role"] for one in plan["releases"]}
    assert roles == {"one": "target", "two": "witness", "apps": "witness"}


def test_the_file_that_decides_is_edited(apps):
    other = VALUES.replace("replicaCount: 2", "replicaCount: 4")
    workshop = apps(**{"apps/values-prod.yaml": other})

    plan = planned(workshop, "shop/one")

    assert {file for file, _ in edits(plan)} == {"apps/values-prod.yaml"}


def test_one_that_has_no_values_is_not_given_the_same_as_all(apps):
    """An edit of the template that makes all of them would be one of each."""
    values = VALUES.replace("    values:\n      replicaCount: 3\n", "")
    plan = planned(apps(values=values), "shop/two")

    assert plan["status"] == "blocked"
    assert edits(plan) == set()


def test_what_comes_out_twice_is_read_and_not_written(apps):
    same = "applications:\n  - {name: one, values: &a {replicaCount: 2}}\n  - {name: two, values: *a}\n"
    text = APPS.replace("HELM", TEXT).replace(
        "with $app.values", "with (index $.Values.applications 0).values"
    )

    plan = planned(apps(values=same, **{"apps/templates/apps.yaml": text}), "shop/one")

    assert plan["status"] == "blocked"


MAKER = """\
{{- range $name, $spec := .Values.apps }}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: {{ $name }}, namespace: argocd}
spec: {{ toYaml $spec | nindent 2 }}
{{- end }}
"""
MADE = """\
maker:
  apps:
    one:
      destination: {namespace: shop}
      source:
        repoURL: https://example.com/acme/shop.git
        targetRevision: main
        path: charts/web
        helm:
          values: |
            replicaCount: 2   # enough
    two:
      destination: {namespace: shop}
      source:
        repoURL: https://example.com/acme/shop.git
        targetRevision: main
        path: charts/web
"""


def test_what_a_dependency_hands_on_is_edited_in_the_values_of_its_parent(apps):
    made = {
        "apps/Chart.yaml": "apiVersion: v2\nname: apps\nversion: 0.1.0\ndependencies: [{name: maker, version: 1.0.0}]\n",
        "apps/charts/maker/Chart.yaml": "apiVersion: v2\nname: maker\nversion: 1.0.0\n",
        "apps/charts/maker/templates/all.yaml": MAKER,
        "apps/templates/apps.yaml": "",
    }
    plan = planned(apps(values=MADE, **made), "shop/one")

    assert plan["status"] == "ready"
    assert {file for file, _ in edits(plan)} == {"apps/values.yaml"}
    assert "            replicaCount: 2   # enough\n" in plan["steps"][0]["diff"]
