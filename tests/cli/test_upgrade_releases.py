"""``--upgrade-dependency`` for a chart of others: the version is raised where the object that deploys it names it."""

import json

import pytest

from tests.charts import pack
from tests.cli.test_upgrade_dependency import Upgrades
from tests.cli.test_via_chart import DEPLOYMENT, chart_of, errors, step
from tests.helm.oci_served import ChartRegistry
from tests.helm.served import ChartServer

HELM_RELEASE = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {{name: charts, namespace: shop}}
spec: {{url: "{url}"}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: store, namespace: shop}}
spec:
  chart:
    spec:
      chart: store
      version: 1.0.0 # renovate
      sourceRef: {{kind: HelmRepository, name: charts}}
  values:
    mode: fast
    replicas: 2
"""
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: store, namespace: argocd}}
spec:
  destination: {{namespace: shop}}
  source:
    repoURL: "{url}"
    chart: store
    targetRevision: 1.0.0 # renovate
    helm:
      valuesObject: {{mode: fast, replicas: 2}}
"""
OCI = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {{name: store, namespace: shop}}
spec:
  url: oci://{host}/charts/store
  ref: {{tag: 1.0.0}}
"""
REFERRING = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: {name}, namespace: shop}}
spec:
  chartRef: {{kind: OCIRepository, name: store}}
  values: {{mode: fast}}
"""


class Releases(Upgrades):
    """A repository whose objects name the chart itself."""

    def object(self, text, file="store.yaml", name="store"):
        told = text.format(url=self.server.url, host=self.registry.host, name=name)
        (self.workshop.root / file).write_text(told)
        self.workshop.commit(f"an object {file}")

    def run(self, *words, flag="--upgrade-dependency"):
        common = ["--catalog", self.catalog, "--pull-secret", "x", *([flag] if flag else [])]
        return self.workshop.run("shop/store", *common, *words)

    def published(self, version, tag):
        chart = chart_of(self.folder / f"oci-{version}", "store", version, ("docker.io", "acme/store", tag))
        archive = pack(chart, self.folder / "oci")
        self.registry.publish("charts/store", version, archive.read_bytes())


@pytest.fixture
def scene(workshop, tmp_path):
    with ChartServer(tmp_path / "served").running() as server, ChartRegistry().running() as registry:
        found = Releases(workshop, server, registry, tmp_path)
        workshop.git("rm", "-r", "--quiet", "apps")
        yield found


@pytest.mark.parametrize("text", [HELM_RELEASE, APPLICATION])
def test_the_version_is_raised_where_the_object_names_it(scene, text):
    scene.serve("1.0.0", "0.9.0")
    scene.serve("1.1.0", "0.9.5")
    scene.serve("1.2.0", "1.1.0")
    scene.object(text)
    before = (scene.workshop.root / "store.yaml").read_text()
    assert scene.run("--plan", flag="").code == 5

    plan = scene.plan()

    assert plan["status"] == "ready", plan["findings"]
    assert [one["after"] for one in step(plan, "dependency")["edits"]] == ["1.2.0"]
    assert plan["chart"]["version"] == "1.0.0"
    assert {one["object"] for one in step(plan, "dependency")["effects"]} == {"Deployment/store-store"}
    assert [one["after"] for one in plan["images"]] == ["dhi.io/store:1.1.0-debian13"]
    assert scene.run("--yes").code == 0
    shop = scene.workshop
    first, *others = shop.git("log", "--reverse", "--format=%H %s", "main..dhi/shop-store").splitlines()
    assert first.endswith("feat(store): raise store to 1.2.0")
    assert len(others) == 3
    assert shop.git("show", f"{first.split()[0]}:store.yaml") + "\n" == before.replace(
        "1.0.0 # renovate", "1.2.0 # renovate"
    )
    shop.git("merge", "--quiet", "dhi/shop-store")
    again = scene.run("--yes")
    assert (again.code, "nothing to do" in (again.out + again.err).lower()) == (0, True), again


def test_a_value_that_the_newer_chart_reads_no_more_is_an_error(scene):
    scene.serve("1.0.0", "0.9.0")
    scene.serve(
        "1.2.0", "1.1.0", templates={"deployment.yaml": DEPLOYMENT.replace(".Values.mode", ".Values.style")}
    )
    scene.object(HELM_RELEASE)

    [found] = [one for one in scene.plan()["findings"] if one["code"] == "value-lost"]

    assert found["message"].startswith("mode is read no more")
    assert (found["file"], found["line"]) == ("store.yaml", 16)


def test_the_tag_of_an_oci_repository(scene):
    scene.published("1.0.0", "0.9.0")
    scene.published("1.2.0", "1.1.0")
    scene.object(OCI, "source.yaml")
    scene.object(REFERRING)

    plan = scene.plan()

    assert plan["status"] == "ready", plan["findings"]
    [edit] = step(plan, "dependency")["edits"]
    assert (edit["file"], edit["path"], edit["after"]) == ("source.yaml", "spec.ref.tag", "1.2.0")


def test_a_source_that_others_share_is_not_raised_for_one(scene):
    scene.published("1.0.0", "0.9.0")
    scene.published("1.2.0", "1.1.0")
    scene.object(OCI, "source.yaml")
    scene.object(REFERRING)
    scene.object(REFERRING, "other.yaml", "other")

    assert "is shared with shop/other" in errors(scene.plan())["chart-not-own"]


def test_a_range_is_not_raised(scene):
    scene.serve("1.0.0", "0.9.0")
    scene.serve("1.2.0", "1.1.0")
    scene.object(HELM_RELEASE.replace("1.0.0 # renovate", '"~1.0.0"'))

    assert "no exact version" in errors(scene.plan())["chart-not-own"]


def test_hardened_charts_are_for_wrapper_charts_alone(scene):
    scene.serve("1.0.0", "1.1.0")
    scene.object(APPLICATION)

    plan = json.loads(scene.run("--plan", "--format", "json", "--via", "chart", flag="").out)

    assert "only a wrapper chart has dependencies" in errors(plan)["chart-not-own"]


def test_a_version_that_a_patch_sets_is_not_raised_in_the_base(scene):
    scene.serve("1.0.0", "0.9.0")
    scene.serve("1.2.0", "1.1.0")
    root = scene.workshop.root / "flux"
    root.mkdir()
    scene.object(HELM_RELEASE.replace("1.0.0 # renovate", "0.9.0"), "flux/base.yaml")
    (root / "patch.yaml").write_text(
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: store, namespace: shop}\n"
        "spec: {chart: {spec: {version: 1.0.0}}}\n"
    )
    (root / "kustomization.yaml").write_text("resources: [base.yaml]\npatches: [{path: patch.yaml}]\n")
    scene.workshop.commit("patched")

    assert "no exact version that can be edited" in errors(scene.plan())["chart-not-own"]


def test_an_object_that_is_reached_by_a_link_is_planned_and_not_raised(scene):
    scene.published("1.0.0", "0.9.0")
    scene.published("1.2.0", "1.1.0")
    scene.object(OCI, "source.txt")
    (scene.workshop.root / "source.yaml").symlink_to("source.txt")
    scene.object(REFERRING)

    plan = scene.plan()

    assert "no exact version that can be edited" in errors(plan)["chart-not-own"]
    assert "image-undecided" in errors(plan)


def test_an_object_that_differs_from_the_base_is_not_written(scene):
    scene.published("1.0.0", "0.9.0")
    scene.published("1.2.0", "1.1.0")
    scene.object(OCI, "source.yaml")
    scene.object(REFERRING)
    file = scene.workshop.root / "source.yaml"
    file.write_text(file.read_text() + "# mine\n")

    ran = scene.run("--yes")

    assert (ran.code, ran.error["error"]) == (4, "source.yaml: the file differs from HEAD: modified")
