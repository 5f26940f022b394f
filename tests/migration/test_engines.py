"""Plans proven by a Helm binary, and held against further ones."""

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from migrate_dhi.errors import PathNotFoundError, RenderError
from migrate_dhi.helm.binary import BinaryEngine
from migrate_dhi.helm.engine import EmbeddedEngine, RenderOptions
from migrate_dhi.kube.compare import compare
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.migration import engines as module
from migrate_dhi.migration.engines import check_engines
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


@pytest.mark.parametrize("case", ["umbrella", "random-output"])
def test_versions_agree(case, first, tmp_path):
    chart = copy_case(case, tmp_path / case)
    found = of_engines(plan_of(chart, helm=(*(REAL or [first]), stand_in(tmp_path / "bin")), **FLAGS))
    assert set(found) == {"engine-checked"}
    assert "Helm 3.9.9" in found["engine-checked"].message
    assert EmbeddedEngine().label in found["engine-checked"].message


def test_the_same_binary_twice_is_one(chart, tmp_path):
    helm = stand_in(tmp_path / "bin")
    assert of_engines(plan_of(chart, helm=(helm, helm), **FLAGS)) == {}


def test_nothing_to_do_is_not_checked(first, tmp_path):
    chart = copy_case("no-counterpart", tmp_path / "no-counterpart")
    assert of_engines(plan_of(chart, helm=(first, stand_in(tmp_path / "bin")), **FLAGS)) == {}


def test_a_binary_that_is_not_there(chart, tmp_path):
    with pytest.raises(PathNotFoundError):
        plan_of(chart, helm=(tmp_path / "helm",), **FLAGS)


@pytest.mark.parametrize("name", [path.name for path in REAL] or ["stand-in"])
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


# what another engine makes of the chart as it was, and as it is planned


@dataclass
class Context:
    """The states before and after all steps, as the proving engine renders them."""

    baseline: Manifests
    manifests: Manifests
    texts: dict
    edited: bool = True
    chart = SimpleNamespace(texts={"state": "old"})


class Renders:
    """An engine, and what renders with it: a text for each state, or an error."""

    def __init__(self, label, old, new, *more):
        self.label, self.shown, self.more, self.count = label, {"old": old, "new": new}, more, 0
        self.engine = self

    def under(self, engine):
        return engine

    def tells_time(self, _):
        return False

    def render(self, texts, **_):
        self.count += 1
        shown = self.shown[texts["state"]]
        if isinstance(shown, Exception):
            raise shown
        return Manifests({"c/templates/d.yaml": shown.replace("COUNT", str(self.count))})


def shows(image, kind="Deployment", key="data", more=""):
    return f"kind: {kind}\nmetadata: {{name: x}}\n{key}: {{image: {image}}}\n{more}"


def checked(monkeypatch, *others, mine=(), edited=True):
    """What is found where the proving engine shows these, and others theirs."""
    monkeypatch.setattr(module.time, "sleep", lambda _: None)
    own = Renders("Helm 1", *(mine or (shows("a:1"), shows("b:2"))))
    states = [own.render({"state": state}) for state in ("old", "new")]
    found = check_engines(Context(*states, {"state": "new"}, edited), own, others)
    return [(one.code, one.severity, one.object, one.message.partition(": ")[2]) for one in found]


AGREE = [("engine-checked", "info", "", "")]


def depends(message, item="Deployment/x"):
    return [("engine-dependent", "error", item, message)]


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (shows("a:1"), shows("b:2"), AGREE),
        # The edit has another effect there.
        (shows("a:1"), shows("c:2"), depends("data.image is b:2 with Helm 1, c:2 with Helm 2")),
        (shows("a:1"), shows("a:1"), depends("data.image is b:2 with Helm 1, a:1 with Helm 2")),
        (
            shows("a:1"),
            shows("b:2", more="immutable: true\n"),
            depends("immutable is absent with Helm 1, True with Helm 2"),
        ),
        (shows("a:1"), "", depends("the object is rendered with Helm 1, absent with Helm 2")),
        # What differed before, and no edit moved, is nobody's matter here.
        (shows("a:1", more="immutable: true\n"), shows("b:2", more="immutable: true\n"), AGREE),
        (
            shows("a:1", more="x: 1\n"),
            shows("b:2", more="x: 2\n"),
            depends("x is absent with Helm 1, 2 with Helm 2"),
        ),
        # An image that differed before and is moved still runs another one there.
        (shows("z:1"), shows("z:2"), depends("data.image is b:2 with Helm 1, z:2 with Helm 2")),
        # What differs in each render of one input says nothing.
        (shows("a:1", more="x: COUNT\n"), shows("b:2", more="x: COUNT\n"), AGREE),
        (shows("a:1"), RenderError("no"), depends("no", "")),
    ],
)
def test_what_another_engine_makes_of_an_edit(monkeypatch, old, new, found):
    told = checked(monkeypatch, Renders("Helm 2", old, new))

    assert told == found


def test_a_checksum_that_differed_before_moves_with_every_edit():
    mine = tuple(
        shows(x * 64, key="metadata: {name: x, annotations: {checksum/config: KEY}}\ndata").replace(
            "KEY", x * 64
        )
        for x in "ab"
    )

    with pytest.MonkeyPatch.context() as patch:
        theirs = (mine[0].replace("a" * 64, "c" * 64), mine[1].replace("b" * 64, "d" * 64))
        own = [text.replace("image: ", "x: ") for text in mine]
        told = checked(
            patch, Renders("Helm 2", *[text.replace("image: ", "x: ") for text in theirs]), mine=own
        )

    # In an annotation it says nothing; elsewhere it may be anything.
    assert told == depends(f"data.x is {'b' * 57}... with Helm 1, {'d' * 57}... with Helm 2")


def test_engines_that_agree_with_each_other_are_named_together_and_what_a_secret_holds_is_not(monkeypatch):
    mine = (shows("a:1", "Secret"), shows("b:2", "Secret"))
    others = [Renders(f"Helm {n}", shows("a:1", "Secret"), shows("c:2", "Secret")) for n in (2, 3)]
    told = checked(
        monkeypatch, *others, Renders("Helm 4", shows("a:1", "Secret"), shows("d:2", "Secret")), mine=mine
    )

    # Their values differ, and neither is told.
    assert told == depends(
        "data.image is one value with Helm 1, another value with Helm 2 and Helm 3 and Helm 4", "Secret/x"
    )


def test_of_many_places_three_are_told(monkeypatch):
    mine, theirs = (
        [shows("a:1"), shows("b:2", more="".join(f"x{n}: {word}\n" for n in range(5)))] for word in ("k", "l")
    )
    ((*_, message),) = checked(monkeypatch, Renders("Helm 2", *theirs), mine=mine)

    assert message.count(" with Helm 2") == 3
    assert message.endswith("; and 2 more")


def test_an_engine_that_does_not_render_the_chart_as_it_is_cannot_check_it(monkeypatch):
    with pytest.raises(RenderError, match=r"with Helm 2, no") as error:
        checked(monkeypatch, Renders("Helm 2", RenderError("no"), shows("b:2")))
    assert error.value.help.startswith("Helm 2 cannot render this chart as it is: leave its --helm out")


def test_nothing_is_rendered_where_nothing_is_edited(monkeypatch):
    other = Renders("Helm 2", RenderError("no"), RenderError("no"))

    assert checked(monkeypatch, other, edited=False) == []
    assert checked(monkeypatch) == []
