"""Releases that one object makes of one chart with the very same values: no edit tells them apart."""

import json
import shutil

import pytest

from tests.charts import copy_case, pack

SET = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: web, namespace: argocd}
spec:
  generators:
    - list:
        elements:
          - {env: staging, version: STAGING}
          - {env: prod, version: 1.0.0}
  template:
    metadata: {name: "web-{{env}}"}
    spec:
      destination: {namespace: "{{env}}", server: https://kubernetes.default.svc}
      source:
        repoURL: https://charts.example.org
        chart: web
        targetRevision: "{{version}}"
        helm:
          values: |
            image: {registry: docker.io, repository: valkey/valkey, tag: 8.1.3}
"""
FILE = "apps/web.yaml"


@pytest.fixture
def shop(workshop, tmp_path):
    for version in ("1.0.0", "1.1.0"):
        chart = copy_case("plain-chart", tmp_path / "web")
        text = (chart / "Chart.yaml").read_text()
        text = text.replace("name: plain-chart", "name: web").replace("version: 1.4.0", f"version: {version}")
        (chart / "Chart.yaml").write_text(text)
        if version == "1.1.0":
            workload = chart / "templates/deployment.yaml"
            workload.write_text(workload.read_text().replace("kind: Deployment", "kind: StatefulSet"))
        pack(chart, tmp_path / "packed")
        shutil.rmtree(chart)
    (workshop.root / "apps").mkdir()
    workshop.flags = ("--offline", "--pull-secret", "dhi", "--chart-dir", tmp_path / "packed")
    return workshop


def write(shop, text=SET, staging="1.0.0"):
    (shop.root / FILE).write_text(text.replace("STAGING", staging))
    shop.commit("deploy it")


def plans(shop, what=FILE):
    ran = shop.run(what, "--plan", "--format", "json", *shop.flags)
    found = json.loads(ran.out)
    return found.get("plans", [found])


@pytest.mark.parametrize("staging", ["1.0.0", "1.1.0"])
def test_they_are_planned_together(shop, staging):
    write(shop, staging=staging)

    (plan,) = plans(shop)

    assert plan["status"] == "ready"
    assert {one["status"] for one in plan["steps"]} <= {"proven", "not-needed"}
    assert [(one["name"], one["role"]) for one in plan["releases"]] == [
        ("web-staging", "target"),
        ("web-prod", "target"),
    ]
    assert shop.run(FILE, "--yes", *shop.flags).code == 0
    (branch,) = [name for name in shop.branches() if name != "main"]
    assert "image: {registry: dhi.io, repository: valkey, tag: 8.1.9-debian13}" in shop.git(
        "show", f"{branch}:{FILE}"
    )


def test_each_is_rendered_with_its_own_version(shop):
    write(shop, staging="1.1.0")

    (plan,) = plans(shop)

    registry = plan["steps"][0]
    assert {one["object"] for one in registry["effects"]} == {
        "StatefulSet/web-staging of staging/web-staging",
        "Deployment/web-prod of prod/web-prod",
    }


def test_a_scan_plans_them_once_and_names_the_file(shop):
    write(shop)

    found = json.loads(shop.run("scan", "--format", "json", *shop.flags).out)

    assert {one["argument"] for one in found["releases"]} == {FILE}
    assert {one["status"] for one in found["releases"]} == {"ready"}


def test_beside_others_in_their_file_they_are_named_by_what_makes_them(shop):
    other = SET.replace("name: web,", "name: other,").replace('"web-{{env}}"', '"other-{{env}}"')
    write(shop, f"{SET}---\n{other.replace('8.1.3', '8.1.4')}")

    found = json.loads(shop.run("scan", "--format", "json", *shop.flags).out)["releases"]

    assert {(one["argument"], one["status"]) for one in found} == {
        (f"{FILE}#web", "ready"),
        (f"{FILE}#other", "ready"),
    }
    (plan,) = plans(shop, f"{FILE}#other")
    assert [one["name"] for one in plan["releases"] if one["role"] == "target"] == [
        "other-staging",
        "other-prod",
    ]


def test_a_release_of_the_name_of_what_makes_it_is_meant_by_it(shop):
    write(shop, SET.replace("name: web,", "name: web-prod,"))

    (plan,) = plans(shop, f"{FILE}#web-prod")

    assert [one["name"] for one in plan["releases"] if one["role"] == "target"] == ["web-prod"]


def test_one_of_them_alone_is_blocked_with_what_it_would_change_and_the_way(shop):
    write(shop)

    (plan,) = plans(shop, "staging/web-staging")

    (error,) = [one for one in plan["findings"] if one["severity"] == "error"]
    assert "prod/web-prod" in error["message"]
    assert "both together" in error["help"]


def test_those_with_values_of_their_own_stay_plans_of_their_own(shop):
    own = "        helm:\n          valueFiles: ['values-{{env}}.yaml']\n"
    write(shop, SET.replace("        helm:\n", own))

    assert len(plans(shop)) == 2
