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


FILES = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: one}
spec:
  destination: {namespace: shop}
  source:
    repoURL: https://example.com/acme/shop.git
    path: charts/web
    helm:
      values: |
        {{- VALUES | nindent 8 }}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: two}
spec:
  destination: {namespace: shop}
  source:
    repoURL: https://example.com/acme/shop.git
    path: charts/web
    helm:
      values: |
        {{- toYaml (fromYaml (.Files.Get "two.yaml")) | nindent 8 }}
"""
GET, READ = '.Files.Get "values/one.yaml"', '(fromYaml (.Files.Get "values/one.yaml"))'
BASE = '(fromYaml (.Files.Get "base.yaml"))'
ONE = "# of one\nreplicaCount: 2   # enough\nimage: {registry: docker.io}\n"


def read(apps, given, **files):
    own = {
        "apps/templates/apps.yaml": FILES.replace("VALUES", given),
        "apps/values/one.yaml": ONE,
        "apps/two.yaml": "replicaCount: 3\n",
        **{f"apps/{name}.yaml": text for name, text in files.items()},
    }
    return apps(values="env: prod\n", **own)


@pytest.mark.parametrize(
    "given", [GET, f"toYaml {READ}", f"toYaml (merge {READ} {BASE})"], ids=["text", "map", "over"]
)
def test_a_file_of_the_chart_that_its_template_reads_is_edited(apps, given):
    plan = planned(read(apps, given, base="replicaCount: 1\nservice: {type: ClusterIP}\n"), "shop/one")

    assert plan["status"] == "ready", plan["findings"]
    assert {file for file, _ in edits(plan)} == {"apps/values/one.yaml"}
    roles = {one["name"]: one["role"] for one in plan["releases"]}
    assert roles["one"] == "target"
    assert roles["apps"] == "witness"


def test_the_weaker_of_two_files_is_edited_where_it_alone_holds_the_value(apps):
    given = f"toYaml (merge {READ} {BASE})"
    workshop = read(apps, given, base="image: {repository: valkey/valkey}\n")

    plan = planned(workshop, "shop/one")

    assert plan["status"] == "ready"
    assert ("apps/base.yaml", "image.repository") in edits(plan)


def test_the_other_order_counts_as_the_template_has_it(apps):
    plan = planned(
        read(apps, f"toYaml (merge {BASE} {READ})", base="image: {registry: docker.io}\n"), "shop/one"
    )

    assert plan["status"] == "ready"
    assert ("apps/base.yaml", "image.registry") in edits(plan)


@pytest.mark.parametrize(
    "given",
    [
        # What is changed on the way is no layer of values.
        f'toYaml (omit {READ} "replicaCount")',
        f'toYaml (dict "replicaCount" {READ}.replicaCount)',
        # Nor is one of three told.
        f'toYaml (merge {READ} {BASE} (fromYaml (.Files.Get "more.yaml")))',
        'tpl (.Files.Get "of.tpl") .',
    ],
    ids=["without", "a part", "three", "a template"],
)
def test_what_is_no_whole_file_is_read_and_not_written(apps, given):
    files = {"base": "replicaCount: 1\n", "more": "replicaCount: 4\n"}
    workshop = read(apps, given, **files)
    (workshop.root / "apps/of.tpl").write_text(
        'replicaCount: {{ 2 }}\nimage: {registry: "{{ print "docker.io" }}"}\n'
    )
    workshop.commit("a template")

    plan = planned(workshop, "shop/one")

    assert plan["status"] == "blocked"
    assert edits(plan) == set()


def test_a_file_that_two_applications_read_is_not_edited_for_one(apps):
    workshop = read(apps, GET)
    template = workshop.root / "apps/templates/apps.yaml"
    template.write_text(template.read_text().replace("two.yaml", "values/one.yaml"))
    workshop.commit("both read it")

    plan = planned(workshop, "shop/one")

    assert plan["status"] == "blocked"


def test_what_the_template_adds_to_a_file_comes_over_it(apps):
    workshop = read(apps, GET)
    template = workshop.root / "apps/templates/apps.yaml"
    text = template.read_text()
    whole = 'values: |\n        {{- .Files.Get "values/one.yaml" | nindent 8 }}\n        service: {port: 6380}\n---'
    template.write_text(f"{text[: text.index('values: |')]}{whole}{text.partition('---')[2]}")
    workshop.commit("more")

    plan = planned(workshop, "shop/one")

    assert plan["status"] == "ready"
    assert ("apps/values/one.yaml", "image.registry") in edits(plan)
