"""Edits that the user pins are proven like proposals; other ways to the same goal are found on request."""

from dataclasses import replace

import pytest

from migrate_dhi.edit import Edit
from migrate_dhi.errors import UnknownStepError, UsageError
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.planning import plan_chart
from migrate_dhi.migration.source import open_source
from migrate_dhi.steps.context import Choices
from tests.charts import copy_case

VALUES, CHART = "values.yaml", "Chart.yaml"


def planned(directory, **choices):
    return plan_chart(open_source(directory), Options(choices=Choices(pull_secret="dhi", **choices)))


def step(plan, name):
    return next(outcome for outcome in plan.steps if outcome.name == name)


@pytest.fixture
def nonroot(tmp_path):
    return copy_case("run-as-nonroot", tmp_path / "chart")


def test_the_other_ways_that_hold_are_kept_where_they_are_asked_for(nonroot):
    outcome = step(planned(nonroot, explore="run-as-user"), "run-as-user")

    assert len(outcome.alternatives) > 1
    assert all(way.edits != outcome.chosen for way in outcome.alternatives)


def test_no_step_is_explored_unasked(nonroot):
    assert [
        outcome.alternatives for outcome in planned(nonroot, explore="tag").steps if outcome.name != "tag"
    ] == [()] * 5


def test_exploring_changes_neither_plan_nor_json(nonroot):
    plain, explored = planned(nonroot).to_json(), planned(nonroot, explore="run-as-user").to_json()

    assert {**explored, "renders": 0} == {**plain, "renders": 0}


def test_every_other_way_is_proven_when_it_is_pinned(nonroot):
    for way in step(planned(nonroot, explore="run-as-user"), "run-as-user").alternatives:
        outcome = step(planned(nonroot, pinned={"run-as-user": way.edits}), "run-as-user")

        assert outcome.status == "proven"
        assert outcome.chosen == way.edits


def test_the_chosen_edits_pinned_give_the_same_plan(nonroot):
    plan = planned(nonroot)
    pinned = planned(nonroot, pinned={outcome.name: outcome.chosen for outcome in plan.editing_steps})

    assert [outcome.diff for outcome in pinned.steps] == [outcome.diff for outcome in plan.steps]


def test_a_pinned_edit_that_also_changes_something_else_is_refused(tmp_path):
    chart = copy_case("plain-chart", tmp_path / "chart")
    chosen = step(planned(chart), "registry").chosen
    besides = Edit(VALUES, ("replicaCount",), 7)
    outcome = step(planned(chart, pinned={"registry": (*chosen, besides)}), "registry")

    assert outcome.status == "blocked"
    assert "also changes" in outcome.tried[-1].verdict
    assert outcome.edits == ()


def test_a_pinned_edit_that_misses_the_goal_is_refused(tmp_path):
    chart = copy_case("plain-chart", tmp_path / "chart")
    outcome = step(planned(chart, pinned={"registry": (Edit(VALUES, ("image", "unread"), "x"),)}), "registry")

    assert outcome.status == "blocked"
    assert "does not reach" in outcome.tried[-1].verdict


def test_a_typed_version_is_the_goal_of_its_step(nonroot):
    chosen = step(planned(nonroot), "versions").chosen
    typed = tuple(replace(edit, value="4.5.6") if edit.path == ("version",) else edit for edit in chosen)
    outcome = step(planned(nonroot, pinned={"versions": typed}), "versions")

    assert outcome.status == "proven"
    assert "+version: 4.5.6" in outcome.diff
    assert "4.5.6" in outcome.commit.subject


def test_a_version_that_helm_does_not_take_is_refused(nonroot):
    outcome = step(planned(nonroot, pinned={"versions": (Edit(CHART, ("version",), "soon"),)}), "versions")

    assert outcome.status == "blocked"


def test_a_file_that_is_not_the_charts_is_an_error(nonroot):
    with pytest.raises(UsageError, match=r"no file other\.yaml"):
        planned(nonroot, pinned={"tag": (Edit("other.yaml", ("a",), "b"),)})


def test_a_step_that_does_not_exist_is_an_error(nonroot):
    with pytest.raises(UnknownStepError):
        planned(nonroot, pinned={"tags": (Edit(VALUES, ("a",), "b"),)})


# --- T7: a value that no template reads


def errors(plan):
    return {finding.code: finding for finding in plan.open_errors}


@pytest.mark.parametrize("name", ["registry", "tag", "versions", "probes"])
def test_a_pinned_value_that_no_template_reads_is_refused_by_name(tmp_path, name):
    chart = copy_case("plain-chart", tmp_path / "chart")
    chosen = step(planned(chart), name).chosen
    plan = planned(chart, pinned={name: (*chosen, Edit(VALUES, ("nosuch", "key"), "x"))})

    assert "nosuch.key" in errors(plan)["value-unread"].message
    assert plan.status == "blocked"
    accepted = planned(
        chart, pinned={name: (*chosen, Edit(VALUES, ("nosuch", "key"), "x"))}, accept={"value-unread"}
    )
    assert "value-unread" not in errors(accepted)


@pytest.mark.parametrize(("path", "unread"), [("nosuch", True), ("description", False), ("home", False)])
def test_a_pinned_field_of_chart_yaml_is_one_that_helm_knows(tmp_path, path, unread):
    chart = copy_case("plain-chart", tmp_path / "chart")
    chosen = step(planned(chart), "registry").chosen

    plan = planned(chart, pinned={"registry": (*chosen, Edit("Chart.yaml", (path,), "x"))})

    assert ("value-unread" in errors(plan)) is unread


def test_a_pinned_value_that_is_read_is_none_of_those(nonroot):
    plan = planned(nonroot)
    pinned = planned(nonroot, pinned={outcome.name: outcome.chosen for outcome in plan.editing_steps})

    assert "value-unread" not in errors(pinned)


def test_random_output_hides_no_unread_value(tmp_path):
    chart = copy_case("random-output", tmp_path / "chart")
    chosen = step(planned(chart), "registry").chosen
    assert chosen
    assert "value-unread" not in errors(planned(chart, pinned={"registry": chosen}))

    plan = planned(chart, pinned={"registry": (*chosen, Edit(VALUES, ("nosuch",), "x"))})
    assert "value-unread" in errors(plan)


def test_a_value_that_a_switched_off_part_reads_is_read(tmp_path):
    chart = copy_case("plain-chart", tmp_path / "chart")
    template = "{{ if .Values.later }}\na: {{ .Values.nosuch.key }}\n{{ end }}\n"
    (chart / "templates" / "later.yaml").write_text(template)
    chosen = step(planned(chart), "registry").chosen
    plan = planned(chart, pinned={"registry": (*chosen, Edit(VALUES, ("nosuch", "key"), "x"))})

    assert "value-unread" not in errors(plan)
