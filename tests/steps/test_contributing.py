"""The walk of CONTRIBUTING.md, "add a step", with the very lines that stand there."""

import pytest

from migrate_dhi.migration import choices, planning
from tests.charts import copy_case
from tests.conftest import plan_of, steps_of
from tests.walks import blocks, cases_of, module

STEP, TESTS = blocks("Add a step")
NAMES = ["test_a_policy_that_is_right_already_is_left", "test_the_policy_is_set_beside_the_image"]


@pytest.fixture
def walked(monkeypatch):
    """The program with the step of the walk in its list."""
    made = module("migrate_dhi.steps.pull_policy", STEP, monkeypatch)
    steps = (*planning.STEPS[:-1], made.PullPolicyStep(), planning.STEPS[-1])
    monkeypatch.setattr(planning, "STEPS", steps)
    monkeypatch.setattr(choices, "NAMES", tuple(step.name for step in steps))


@pytest.mark.parametrize("name", NAMES)
def test_the_cases_of_the_walk_pass(walked, name, tmp_path):
    chart = copy_case("plain-chart", tmp_path / "chart")
    found = cases_of(TESTS)

    assert sorted(found) == NAMES
    found[name](chart, lambda folder: steps_of(plan_of(folder, to=["dhi.io/valkey:8.1.9-debian13"])))


def test_what_no_template_reads_is_not_taken(walked, tmp_path):
    """The judge holds for a new step as for any: here the template fixes the policy."""
    chart = copy_case("plain-chart", tmp_path / "chart")
    template = chart / "templates" / "deployment.yaml"
    text = template.read_text()
    template.write_text(text.replace("{{ .Values.image.pullPolicy }}", "Always"))
    assert template.read_text() != text

    outcome = steps_of(plan_of(chart, to=["dhi.io/valkey:8.1.9-debian13"]))["pull-policy"]

    assert (outcome.edits, outcome.status) == ((), "not-needed")
    assert outcome.tried
