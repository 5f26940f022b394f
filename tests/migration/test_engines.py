"""Plans proven by a Helm binary, and held against further ones."""

from dataclasses import replace

import pytest

from migrate_dhi.errors import PathNotFoundError, RenderError
from migrate_dhi.helm.binary import BinaryEngine
from migrate_dhi.helm.engine import EmbeddedEngine, RenderOptions
from migrate_dhi.kube.compare import compare
from migrate_dhi.kube.manifests import Manifests
from tests.charts import copy_case
from tests.conftest import plan_of
from tests.helm.binaries import REAL, stand_in

FLAGS = {"pull_secret": "kubernetes-dhi"}


def of_engines(plan):
    return {finding.code: finding for finding in plan.findings if finding.code.startswith("engine-")}


@pytest.fixture
def first(tmp_path):
    """The engine that proves."""
    return stand_in(tmp_path / "first", version="v3.9.1")


@pytest.fixture
def chart(tmp_path):
    return copy_case("plain-chart", tmp_path / "plain-chart")


def test_the_binary_proves_in_place_of_the_embedded_engine(chart, tmp_path):
    helm = stand_in(tmp_path / "bin")
    plan = plan_of(chart, helm=(helm,), **FLAGS)
    embedded = plan_of(chart, **FLAGS)
    assert (plan.engine.name, plan.engine.version) == ("helm", "3.9.9")
    assert [s.diff for s in plan.steps] == [s.diff for s in embedded.steps]
    assert plan.steps[0].commit.trailers["DHI-Proof"] == ("Helm 3.9.9",)
    assert embedded.steps[0].commit.trailers["DHI-Proof"] == (EmbeddedEngine().label,)
    assert of_engines(plan) == {}


@pytest.mark.parametrize(
    "case", ["plain-chart", "umbrella", "random-output", "default-digest", "cronjob-and-tests"]
)
def test_versions_agree(case, first, tmp_path):
    chart = copy_case(case, tmp_path / case)
    found = of_engines(plan_of(chart, helm=(*(REAL or [first]), stand_in(tmp_path / "bin")), **FLAGS))
    assert set(found) == {"engine-checked"}
    assert "Helm 3.9.9" in found["engine-checked"].message
    assert EmbeddedEngine().label in found["engine-checked"].message


def test_the_same_binary_twice_is_one(chart, tmp_path):
    helm = stand_in(tmp_path / "bin")
    assert of_engines(plan_of(chart, helm=(helm, helm), **FLAGS)) == {}


def test_an_edit_with_another_effect_there_is_an_error(chart, first, tmp_path):
    other = stand_in(tmp_path / "other", version="v3.9.2", replaced=[("dhi.io/", "docker.io/dhi.io/")])
    plan = plan_of(chart, helm=(first, other), **FLAGS)
    found = of_engines(plan)
    assert set(found) == {"engine-dependent"}
    assert found["engine-dependent"].severity == "error"
    assert found["engine-dependent"].object.startswith("Deployment/")
    assert f"with {BinaryEngine.open(first).label}" in found["engine-dependent"].message
    assert "docker.io/dhi.io/" in found["engine-dependent"].message
    assert "with Helm 3.9.2" in found["engine-dependent"].message
    assert plan.status == "blocked"
    assert replace(plan, accepted=frozenset({"engine-dependent"})).status == "ready"


def test_what_differed_before_and_stays_is_no_finding(chart, first, tmp_path):
    other = stand_in(
        tmp_path / "other", replaced=[("containerPort:", "hostPort:"), ("labels:", "annotations:")]
    )
    plan = plan_of(chart, helm=(first, other), skip=["versions"], **FLAGS)
    assert set(of_engines(plan)) == {"engine-checked"}


def test_an_image_that_differed_before_and_still_does_is_an_error(chart, first, tmp_path):
    other = stand_in(tmp_path / "other", replaced=[("docker.io/", "ghcr.io/"), ("dhi.io/", "ghcr.io/dhi/")])
    plan = plan_of(chart, helm=(first, other), **FLAGS)
    assert set(of_engines(plan)) == {"engine-dependent"}


def test_the_contents_of_a_secret_are_not_told(chart, first, tmp_path):
    (chart / "templates" / "secret.yaml").write_text(
        "kind: Secret\nmetadata:\n  name: told\nstringData:\n  image: {{ .Values.image.registry }}/{{ .Values.image.repository }}\n"
    )
    other = stand_in(tmp_path / "other", replaced=[("image: dhi.io/valkey", "image: dhi.io/hidden")])
    found = of_engines(plan_of(chart, helm=(first, other), **FLAGS))["engine-dependent"]
    assert found.object == "Secret/told"
    assert "stringData.image is one value with" in found.message
    assert "another value with Helm 3.9.9" in found.message
    assert "dhi.io" not in found.message


def test_a_plan_that_renders_there_no_more_is_an_error(chart, first, tmp_path):
    other = stand_in(tmp_path / "other", version="v3.9.2", refused=["dhi.io/"])
    found = of_engines(plan_of(chart, helm=(first, other), **FLAGS))
    assert (
        "not with Helm 3.9.2: the chart does not render: dhi.io/ is refused"
        in found["engine-dependent"].message
    )


def test_a_chart_that_does_not_render_there_at_all_is_not_ready(chart, first, tmp_path):
    other = stand_in(tmp_path / "other", version="v3.9.2", refused=["Deployment"])
    with pytest.raises(
        RenderError, match=r"with Helm 3\.9\.2, the chart does not render: Deployment is refused"
    ) as caught:
        plan_of(chart, helm=(first, other), **FLAGS)
    assert caught.value.help.startswith("Helm 3.9.2 cannot render this chart as it is")
    with pytest.raises(RenderError, match="Deployment is refused"):
        plan_of(chart, helm=(other,), **FLAGS)


def test_nothing_to_do_is_not_checked(first, tmp_path):
    chart = copy_case("no-counterpart", tmp_path / "no-counterpart")
    assert of_engines(plan_of(chart, helm=(first, stand_in(tmp_path / "bin")), **FLAGS)) == {}


def test_a_binary_that_is_not_there(chart, tmp_path):
    with pytest.raises(PathNotFoundError):
        plan_of(chart, helm=(tmp_path / "helm",), **FLAGS)


@pytest.mark.parametrize("name", ["stand-in", *(path.name for path in REAL)])
def test_a_null_that_versions_read_differently_is_made_one_thing(name, first, tmp_path):
    """Helm 3.17 and 4.1 delete the dependency's default digest; 3.11 and 4.2 keep it, and it must be emptied."""
    chart = copy_case("default-digest", tmp_path / "default-digest")
    with (chart / "values.yaml").open("a") as values:
        values.write("    digest: null\n")
    standing_in = stand_in(tmp_path / "bin")
    helm = {path.name: path for path in REAL}.get(name, standing_in)
    engines = (BinaryEngine.open(helm), EmbeddedEngine())
    before = [Manifests(engine.render(chart, {}, RenderOptions("r")).files) for engine in engines]
    agree = not compare(*before)
    assert agree == (not name.startswith(("helm-3.17", "helm-4.1")))
    # The plan empties it by name, which is the same to all of them.
    plan = plan_of(chart, helm=(standing_in, helm, first), **FLAGS)
    assert set(of_engines(plan)) == {"engine-checked"}
    assert any(edit.path == "node.image.digest" for step in plan.steps for edit in step.edits)
    # Proven by one that deletes it, nothing is there to empty, and the others keep the old digest.
    plan = plan_of(chart, helm=(helm, standing_in), only=["registry", "tag"], **FLAGS)
    assert {step.name for step in plan.steps if step.status == "proven"} == {"registry", "tag"}
    if not agree:
        message = of_engines(plan)["engine-dependent"].message
        assert f"dhi.io/valkey:8.1.9-debian13 with {engines[0].label}, " in message
        assert f"with Helm 3.9.9 and {EmbeddedEngine().label}" in message


def test_the_command_line_takes_several(workshop, first, tmp_path):
    chart = workshop.add("plain-chart")
    second = stand_in(tmp_path / "other", replaced=[("dhi.io/", "x.io/")])
    told = ["--plan", "--offline", "--pull-secret", "kubernetes-dhi", "--helm", first]
    assert workshop.run(chart, *told).code == 0
    ran = workshop.run(chart, *told, "--helm", second)
    assert ran.code == 5
    assert "engine-dependent" in ran.out
    assert f"--helm {first}" in " ".join(workshop.run(chart, *told).out.split())
    missing = workshop.run(chart, *told, "--helm", tmp_path / "nowhere")
    assert (missing.code, missing.out) == (2, "")
    assert "there is no such Helm binary" in missing.error["error"]


def test_yes_writes_nothing_where_versions_differ(workshop, first, tmp_path):
    chart = workshop.add("plain-chart")
    second = stand_in(tmp_path / "other", replaced=[("dhi.io/", "x.io/")])
    told = ["--yes", "--offline", "--pull-secret", "kubernetes-dhi", "--helm", first]
    before = workshop.refs()
    assert workshop.run(chart, *told, "--helm", second).code == 5
    assert workshop.refs() == before
    assert workshop.run(chart, *told).code == 0
    assert workshop.branches() == ["dhi/apps-plain-chart", "main"]
