"""One diff of each file, as the merged branch will have it."""

import subprocess
from dataclasses import replace

import pytest

from migrate_dhi.migration.step_texts import net_diff
from tests.charts import copy_case
from tests.conftest import SECRET, plan_of

TO = ("dhi.io/valkey:8.1.9-debian13",)


@pytest.mark.parametrize("case", ["plain-chart", "umbrella", "crlf", "values-missing", "sidecar-off"])
def test_the_diffs_applied_to_the_base_give_the_files_of_the_last_step(tmp_path, case):
    chart = tmp_path / case
    copy_case(case, chart)
    plan = plan_of(chart, pull_secret=SECRET, accept=("all", "image-undecided"))
    wanted = {file: text for step in plan.steps for file, text in step.files.items()}
    assert wanted

    patch = "".join(diff for _, diff in net_diff(plan))
    subprocess.run(["git", "apply", "-"], cwd=chart, input=patch.encode(), check=True)

    assert {file: (chart / file).read_bytes().decode() for file in wanted} == wanted


def test_a_value_that_several_steps_change_is_told_once(planned):
    plan = planned("plain-chart", to=TO, pull_secret=SECRET)
    steps = [step for step in plan.editing_steps if "values.yaml" in step.files]
    diffs = dict(net_diff(plan))

    assert len(steps) > 1
    assert diffs["values.yaml"].count("\n--- ") == 0
    assert diffs["values.yaml"].startswith("--- a/values.yaml\n+++ b/values.yaml\n")


def test_what_a_later_step_takes_back_is_no_difference(planned):
    plan = planned("plain-chart", to=TO)
    back = replace(plan.steps[-1], files=dict(plan.originals))

    assert net_diff(replace(plan, steps=(*plan.steps, back))) == ()


def test_a_file_that_is_made_comes_from_nothing(planned):
    plan = planned("plain-chart", to=TO)
    new = replace(plan.steps[-1], files={"new.yaml": "a: 1\n"})

    assert dict(net_diff(replace(plan, steps=(new,))))["new.yaml"].startswith("--- /dev/null\n")


def test_a_plan_that_edits_nothing_has_none(planned):
    assert net_diff(planned("already-hardened")) == ()
