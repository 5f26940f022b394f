"""Renders that are begun before they are asked for: the plan is the same, and no render is made for nothing."""

import pytest

from migrate_dhi.helm import watch
from migrate_dhi.helm.engine import EmbeddedEngine
from migrate_dhi.migration import survey
from migrate_dhi.migration.source import open_source
from migrate_dhi.migration.survey import Survey
from tests.charts import copy_case
from tests.conftest import options_of, plan_of
from tests.steps.reading import TO


@pytest.fixture
def begun(monkeypatch):
    """What is begun on a machine with two processors, where every chart counts as one that takes long."""
    monkeypatch.setattr(watch, "_processors", lambda: 2)
    monkeypatch.setattr(watch._state, "one_by_one", False)
    monkeypatch.setattr(survey, "_WORTH_BEGINNING", 0.0)
    begun, plain = [], EmbeddedEngine.begin

    def begin(self, directory, values, options):
        begun.append(plain(self, directory, values, options))
        return begun[-1]

    monkeypatch.setattr(EmbeddedEngine, "begin", begin)
    return begun


@pytest.mark.parametrize(
    "case",
    [
        "upgrade-job",
        "sidecar-off",
        "custom-probe",
        "probe-deep-merge",
        "run-as-nonroot",
        "operator-reads-version",
    ],
)
def test_a_plan_whose_renders_are_begun_is_the_plan_of_renders_made_alone(tmp_path, monkeypatch, begun, case):
    chart = copy_case(case, tmp_path / case)
    if case == "operator-reads-version":
        # The object of the operator lists pull secrets, which no values file does.
        with (chart / "templates" / "cluster.yaml").open("a") as file:
            file.write("  imagePullSecrets: {{ toJson .Values.cluster.pullSecrets }}\n")
    ahead = plan_of(chart, to=TO, pull_secret="x")
    found = len(begun)
    monkeypatch.setattr(watch, "_processors", lambda: 1)
    alone = plan_of(chart, to=TO, pull_secret="x")

    assert ahead.to_json() == alone.to_json()
    assert found
    # Nothing was rendered in vain, and nobody works after the plan.
    assert ahead.renders == alone.renders
    assert not watch._state.company


def test_where_no_image_moves_nothing_is_begun(tmp_path, begun):
    plan_of(copy_case("no-counterpart", tmp_path / "chart"))

    assert not begun


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ('{{ $ca := genCA "x" 365 }}', 1),
        ("{{ randAlphaNum 8 }}", 1),
        ("{{ now | unixEpoch }}", 1),
        ("{{ .Values.known }}", 0),
        ("{{ .Values.renown }}", 0),
    ],
)
def test_what_differs_by_itself_is_looked_at_while_the_images_are_traced(tmp_path, begun, text, begins):
    chart = copy_case("plain-chart", tmp_path / "chart")
    (chart / "templates/more.yaml").write_text(f"kind: ConfigMap\ndata:\n  a: {text}\n")
    with Survey(open_source(chart), options_of()):
        assert len(begun) == begins


def test_the_views_begin_to_look_at_the_result_beside_the_last_trial(tmp_path, monkeypatch, begun):
    chart = copy_case("sidecar-off", tmp_path / "chart")
    before = (chart / "Chart.yaml").read_text()
    calls, render = [], EmbeddedEngine.render
    begin = EmbeddedEngine.begin

    def noted(name, call):
        def noting(self, directory, *values, **more):
            if (directory / "Chart.yaml").read_text() != before:
                calls.append(name)
            return call(self, directory, *values, **more)

        return noting

    monkeypatch.setattr(EmbeddedEngine, "render", noted("rendered", render))
    monkeypatch.setattr(EmbeddedEngine, "begin", noted("begun", begin))
    plan = plan_of(chart, to=TO, pull_secret="x")

    assert plan.steps[-1].edits
    assert calls[:2] == ["begun", "rendered"]
