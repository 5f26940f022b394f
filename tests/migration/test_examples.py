"""Charts that render with the values files for tests in their ci/ folder alone."""

import json

import pytest

from tests.charts import copy_case
from tests.conftest import plan_of, steps_of

DEPLOYED = """apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web}
spec:
  source: {repoURL: "https://git.example/x", path: apps/web, targetRevision: HEAD}
  destination: {namespace: shop}
"""


@pytest.fixture
def chart(tmp_path):
    return copy_case("required-value", tmp_path / "required-value")


def told(plan):
    return [finding for finding in plan.findings if finding.code == "values-of-tests"]


def test_the_plan_names_what_it_is_proven_with(chart):
    plan = plan_of(chart)

    (finding,) = told(plan)
    assert finding.severity == "warning"
    assert "proven with ci/test-values.yaml only" in finding.message
    assert plan.status == "ready"
    assert {edit.file for step in plan.steps for edit in step.edits} == {"values.yaml", "Chart.yaml"}
    assert [layer for release in plan.releases for layer in release.layers] == [
        ("file", "ci/test-values.yaml", "")
    ]


def test_every_file_that_renders_is_a_proof_and_the_others_are_named(chart):
    (chart / "ci/a-values.yaml").write_text("auth: {existingSecret: other}\nimage: {pullPolicy: Always}\n")
    (chart / "ci/b-values.yaml").write_text("image: {pullPolicy: Always}\n")

    plan = plan_of(chart)

    (finding,) = told(plan)
    assert (
        "with ci/a-values.yaml, ci/test-values.yaml only; it does not render with ci/b-values.yaml"
        in finding.message
    )
    assert (plan.status, steps_of(plan)["tag"].done, steps_of(plan)["tag"].of) == ("ready", 2, 2)
    assert len(plan.releases) == 2


def test_what_the_tests_decide_is_not_edited(chart):
    (chart / "ci/test-values.yaml").write_text(
        "auth: {existingSecret: other}\nimage: {repository: docker.io/valkey/valkey, tag: 8.1.3}\n"
    )

    plan = plan_of(chart)

    assert plan.status == "blocked"
    assert not any(edit.file.startswith("ci/") for step in plan.steps for edit in step.edits)
    (error,) = [finding for finding in plan.findings if finding.severity == "error"]
    assert error.code == "image-unreached"


def test_what_the_tests_decide_in_part_is_named(chart):
    template = chart / "templates/deployment.yaml"
    template.write_text(
        template.read_text().replace(
            "{{ .Values.image.repository }}", "{{ .Values.image.host }}/{{ .Values.image.repository }}"
        )
    )
    values = chart / "values.yaml"
    values.write_text(
        values.read_text().replace("repository: docker.io/valkey", "host: docker.io\n  repository: valkey")
    )
    (chart / "ci/test-values.yaml").write_text("auth: {existingSecret: other}\nimage: {host: docker.io}\n")

    plan = plan_of(chart)

    (error,) = [finding for finding in plan.findings if finding.severity == "error"]
    assert "ci/test-values.yaml decides image.host, and is not edited: values for tests" in error.message


def test_values_for_tests_do_not_stand_for_those_of_a_deployment(workshop):
    workshop.add("required-value", "apps/web")
    (workshop.root / "web.yaml").write_text(DEPLOYED)
    workshop.git("remote", "add", "origin", "https://git.example/x")
    workshop.commit("deploy it")

    ran = workshop.run("apps/web", "--plan")
    assert ran.code == 4
    assert "auth.existingSecret" in ran.err


def test_the_branch_is_written(workshop):
    workshop.add("required-value", "apps/web")
    plan = json.loads(workshop.run("apps/web", "--plan", "--format", "json").out)
    assert (plan["status"], plan["releases"][0]["layers"][0]["file"]) == (
        "ready",
        "apps/web/ci/test-values.yaml",
    )

    assert workshop.run("apps/web", "--yes", "--pull-secret", "s").code == 0
    workshop.git("merge", "-q", "dhi/apps-web")
    again = workshop.run("apps/web", "--plan", "--pull-secret", "s")
    assert "Nothing to do" in again.out
