"""``--upgrade-dependency``: the nearest newer chart that solves what values cannot, as a step before the others."""

import json

import pytest

from tests.charts import pack
from tests.cli.test_via_chart import DEPLOYMENT, Scene, chart_of, errors, step
from tests.helm.oci_served import ChartRegistry
from tests.helm.served import ChartServer

FIXED = DEPLOYMENT.replace(
    '"{{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag }}"',
    "docker.io/acme/store:1.1.0",
)


class Upgrades(Scene):
    """The same wrapper; its repository has further versions of the dependency."""

    def serve(self, version, tag, **options):
        chart = chart_of(
            self.folder / f"v{version}", "store", version, ("docker.io", "acme/store", tag), **options
        )
        pack(chart, self.server.folder)
        self.server.list()

    def run(self, *words, flag="--upgrade-dependency"):
        common = ["--catalog", self.catalog, "--pull-secret", "x", *([flag] if flag else [])]
        return self.workshop.run("apps/store", *common, *words)

    def edits(self, plan, name="dependency"):
        return {
            one["path"]: one["after"]
            for one in step(plan, name)["edits"]
            if one["file"].endswith("Chart.yaml")
        }


@pytest.fixture
def scene(workshop, tmp_path):
    with ChartServer(tmp_path / "served").running() as server, ChartRegistry().running() as registry:
        yield Upgrades(workshop, server, registry, tmp_path)


def test_the_nearest_version_whose_image_has_a_current_line_is_taken(scene):
    scene.serve("1.0.0", "0.9.0")
    for version, tag in {
        "1.0.4": "0.9.1",
        "1.1.0": "0.9.5",
        "1.2.0": "1.1.0",
        "1.2.3": "1.1.0",
        "1.3.0": "1.1.0",
    }.items():
        scene.serve(version, tag)
    scene.serve("1.4.0-rc.1", "1.1.0")
    assert scene.run("--plan", flag="").code == 5

    plan = scene.plan()

    assert plan["status"] == "ready", plan["findings"]
    assert scene.edits(plan) == {"dependencies[0].version": "1.2.3"}
    assert [one["after"] for one in plan["images"]] == ["dhi.io/store:1.1.0-debian13"]
    [told] = [one["message"] for one in plan["findings"] if one["code"] == "dependency-newer"]
    assert told.endswith("is open: store (its line is listed no more); looked at in vain: 1.0.4, 1.1.0")
    assert scene.run("--yes").code == 0
    subjects = scene.workshop.git("log", "--reverse", "--format=%s", "main..dhi/apps-store").splitlines()
    assert subjects[:3] == [
        "feat(shop): raise store to 1.2.3",
        "feat(shop): pull from dhi.io/store",
        "feat(shop): use dhi.io/store:1.1.0-debian13",
    ]
    scene.workshop.git("merge", "--quiet", "dhi/apps-store")
    assert scene.plan()["status"] == "nothing-to-do"


def test_a_version_that_reads_a_value_for_what_a_template_fixes(scene):
    scene.serve("1.0.0", "1.1.0", templates={"deployment.yaml": FIXED})
    scene.serve("1.0.2", "1.1.0")
    assert json.loads(scene.run("--plan", "--format", "json", flag="").out)["images"][0]["status"] == "fixed"

    plan = scene.plan()

    assert scene.edits(plan) == {"dependencies[0].version": "1.0.2"}
    assert [step(plan, name)["status"] for name in ("registry", "tag", "pull-secret")] == ["proven"] * 3


def test_nothing_is_raised_where_nothing_is_open(scene):
    scene.serve("1.0.0", "1.1.0")
    scene.serve("1.1.0", "1.1.0")

    plan = scene.plan()

    assert (step(plan, "dependency")["status"], plan["status"]) == ("not-needed", "ready")
    assert not scene.edits(plan)
    assert "dependency" not in {
        one["name"] for one in json.loads(scene.run("--plan", "--format", "json", flag="").out)["steps"]
    }


def test_where_no_version_solves_it_the_plan_is_the_one_without(scene):
    scene.serve("1.0.0", "0.9.0")
    scene.serve("1.1.0", "0.9.5")
    scene.serve("1.2.0", "1.1.0", templates={"deployment.yaml": '{{ fail "moved" }}'})

    plan = scene.plan()

    assert step(plan, "dependency")["status"] == "not-needed"
    assert "looked at in vain: 1.1.0, 1.2.0 (" in step(plan, "dependency")["reason"]
    plain = json.loads(scene.run("--plan", "--format", "json", flag="").out)
    assert [one for one in plan["steps"] if one["name"] != "dependency"] == plain["steps"]


def test_a_value_that_the_newer_version_reads_no_more_is_an_error(scene):
    scene.serve("1.0.0", "0.9.0")
    scene.serve(
        "1.2.0", "1.1.0", templates={"deployment.yaml": DEPLOYMENT.replace(".Values.mode", ".Values.style")}
    )

    plan = scene.plan("--accept", "all")

    assert plan["status"] == "blocked"
    assert errors(plan)["value-lost"].endswith("store 1.0.0 has it, and store 1.2.0 has not")


def test_a_version_that_solves_one_thing_and_brings_another_is_not_taken(scene):
    second = FIXED.replace("name: {{ .Release.Name }}-{{ .Chart.Name }}", "name: second")
    scene.serve("1.0.0", "0.9.0")
    scene.serve("1.1.0", "1.1.0", templates={"second.yaml": second})
    scene.serve("1.2.0", "1.1.0")

    assert scene.edits(scene.plan()) == {"dependencies[0].version": "1.2.0"}


def test_offline_what_was_listed_and_fetched_before_is_looked_at(scene):
    scene.serve("1.0.0", "0.9.0")
    scene.serve("1.2.0", "1.1.0")
    plan = scene.plan()

    scene.server.answers = {"/index.yaml": lambda handler: handler.send_error(500)}

    assert scene.plan("--offline") == plan


def test_a_newer_chart_and_then_the_hardened_one(scene):
    scene.serve("1.0.0", "0.9.0")
    scene.serve("1.1.0", "1.1.0")
    scene.publish("1.1.0")

    plan = scene.plan("--via", "chart", "--target", f"{scene.registry.host}/dhi/{{name}}")

    assert [(one["name"], one["status"]) for one in plan["steps"]][:2] == [
        ("dependency", "proven"),
        ("chart", "proven"),
    ]
    assert plan["chart"]["dependencies"][0]["version"] == "1.0.0"
    assert scene.edits(plan, "chart")["dependencies[0].name"] == "store-chart"
    assert plan["status"] == "ready"


def test_of_many_versions_the_nearest_is_searched_by_halves(scene):
    scene.serve("1.0.0", "0.9.0")
    for minor in range(1, 40):
        scene.serve(f"1.{minor}.0", "0.9.0" if minor < 23 else "1.1.0")

    plan = scene.plan()

    assert scene.edits(plan) == {"dependencies[0].version": "1.23.0"}
    fetched = [path for path in scene.server.asked if path.startswith("/store-")]
    assert len(fetched) <= 12
