"""One HelmRelease that two overlays build: both together, or the one whose overlay is named."""

import json

import pytest

from tests.charts import copy_case

TO = "dhi.io/valkey:8.1.9-debian13"
BASE = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: charts, namespace: flux-system}
spec: {url: "https://charts.example"}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: cache, namespace: data}
spec:
  chart:
    spec:
      chart: plain-chart
      version: 1.4.0
      sourceRef: {kind: HelmRepository, name: charts, namespace: flux-system}
  values:
    image:
      registry: docker.io
"""
PATCH = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: cache, namespace: data}}
spec:
{more}  values:
    replicaCount: {count}
"""
VERSION = "  chart:\n    spec:\n      version: '>=1.0.0'\n"


@pytest.fixture
def estate(workshop, tmp_path):
    copy_case("plain-chart", tmp_path / "charts" / "plain-chart")
    files = {"base/kustomization.yaml": "resources: [cache.yaml]\n", "base/cache.yaml": BASE}
    for count, name in enumerate(("staging", "production"), 1):
        files[f"{name}/kustomization.yaml"] = "resources: [../base]\npatches: [{path: cache.yaml}]\n"
        files[f"{name}/cache.yaml"] = PATCH.format(more="", count=count)
    for name, text in files.items():
        (workshop.root / name).parent.mkdir(exist_ok=True)
        (workshop.root / name).write_text(text)
    workshop.commit("one release, built twice")
    workshop.charts = str(tmp_path / "charts")
    return workshop


def ran(estate, *words):
    return estate.run(*words, "--chart-dir", estate.charts, "--to", TO, "--offline", "--pull-secret", "dhi")


def plan(estate, argument):
    found = ran(estate, argument, "--plan", "--format", "json")
    assert found.out, found
    return json.loads(found.out)


def files(found):
    return {edit["file"] for step in found["steps"] for edit in step["edits"]}


@pytest.mark.parametrize("argument", ["data/cache", "base/cache.yaml", "base/cache.yaml#cache"])
def test_the_builds_of_one_object_are_planned_together(estate, argument):
    found = plan(estate, argument)

    assert [one["role"] for one in found["releases"]] == ["target", "target"]
    assert (found["status"], files(found)) == ("ready", {"base/cache.yaml"})
    assert found["branch"] == "dhi/data-cache"


@pytest.mark.parametrize("argument", ["staging/cache.yaml", "base/cache.yaml#cache@staging"])
def test_a_build_is_named_by_its_overlay_and_edited_there_alone(estate, argument):
    found = plan(estate, argument)

    assert [one["role"] for one in found["releases"]] == ["target"]
    assert (found["status"], files(found)) == ("ready", {"staging/cache.yaml"})
    assert found["branch"] == "dhi/data-cache-staging-cache.yaml"


def test_builds_of_different_charts_are_told_apart_by_their_overlays(estate):
    (estate.root / "staging/cache.yaml").write_text(PATCH.format(more=VERSION, count=1))
    estate.commit("staging takes what comes")

    refused = ran(estate, "data/cache", "--plan")
    written = ran(estate, "base/cache.yaml", "--yes")

    assert refused.code == 2
    assert (
        refused.error["help"] == "name one of base/cache.yaml#cache@production, base/cache.yaml#cache@staging"
    )
    assert written.code == 0, written
    branches = {"dhi/data-cache-production-cache.yaml", "dhi/data-cache-staging-cache.yaml"}
    there = estate.git("for-each-ref", "--format=%(refname:short)", "refs/heads/dhi").split()
    assert set(there) == branches
    for branch in branches:
        [file] = estate.git("diff", "--name-only", "main", branch).split()
        assert file.startswith(branch.removeprefix("dhi/data-cache-").partition("-")[0])
