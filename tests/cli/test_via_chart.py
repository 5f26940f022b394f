"""``--via chart``: a dependency becomes Docker's hardened chart, from a real registry, with every difference told."""

import hashlib
import json
import shutil

import pytest

from migrate_dhi.helm.engine import read_values
from migrate_dhi.helm.lock import digest_of
from tests.charts import pack
from tests.conftest import SECRET
from tests.dhi.apps import definition, image, packed
from tests.helm.oci_served import ChartRegistry
from tests.helm.served import ChartServer
from tests.ui.test_plan_schema import VALIDATOR

HARDENED = f"dhi/store:1.1.0-debian13@sha256:{hashlib.sha256(b'store').hexdigest()}"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-{{ .Chart.Name }}
  labels: {helm.sh/chart: "{{ .Chart.Name }}-{{ .Chart.Version }}"}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: {{ .Chart.Name }}}}
  template:
    metadata:
      labels: {app: {{ .Chart.Name }}}
    spec:
      {{- with .Values.imagePullSecrets }}
      imagePullSecrets: {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: store
          image: "{{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag }}"
          env:
            - {name: MODE, value: "{{ .Values.mode }}"}
"""
VALUES = """\
image: {{registry: {0}, repository: {1}, tag: "{2}"}}
mode: plain
replicas: 1
imagePullSecrets: []
"""
SERVICE = (
    "apiVersion: v1\nkind: Service\nmetadata: {name: {{ .Release.Name }}-extra}\nspec: {ports: [{port: 1}]}\n"
)
OWN = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own}\ndata: {mode: {{ .Values.store.mode | default "x" }}}\n'


def chart_of(folder, name, version, image, more="", templates=None, values=""):
    """A chart of one deployment."""
    chart = folder / name
    (chart / "templates").mkdir(parents=True)
    source = "sources: [https://github.com/acme/charts]\n"
    (chart / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: {version}\n{source}{more}")
    (chart / "values.yaml").write_text(VALUES.format(*image) + values)
    for file, text in {"deployment.yaml": DEPLOYMENT, **(templates or {})}.items():
        (chart / "templates" / file).write_text(text)
    return chart


class Scene:
    """A wrapper chart whose dependency a repository serves, and a registry for its hardened form."""

    def __init__(self, workshop, server, registry, folder):
        self.workshop, self.server, self.registry, self.folder = workshop, server, registry, folder
        self.catalog = folder / "catalog.jsonl.gz"
        self.listed()
        old = chart_of(folder / "old", "store", "1.0.0", ("docker.io", "acme/store", "1.0.0"))
        pack(old, server.folder)
        server.list()
        self.chart = workshop.root / "apps/store"
        self.write("store:\n  mode: fast # ours\n  replicas: 3\n")

    def listed(self, **more):
        record = {
            "chart": "store",
            "versions": ["1.1.0"],
            "sources": ["acme/charts"],
            "folders": ["store"],
            "slots": {},
            "values": {},
            **more,
        }
        sources = {"store": ["github.com/acme/store"]}
        known = image(
            "store",
            definition("1.1", "1.1.0-debian13", "1.1", user="nonroot", uid=65532, entrypoint=["/store"]),
        )
        self.catalog.write_bytes(packed(known, record, sources=sources))

    def write(self, values, dependency="", lock=True):
        self.chart.mkdir(parents=True, exist_ok=True)
        entry = f"  - name: store # the store\n    version: 1.0.0\n    repository: {self.server.url}\n{dependency}"
        text = f"apiVersion: v2\nname: shop\nversion: 0.1.0\ndependencies:\n{entry}"
        (self.chart / "Chart.yaml").write_text(text)
        (self.chart / "values.yaml").write_text(values)
        (self.chart / "templates").mkdir(exist_ok=True)
        (self.chart / "templates/own.yaml").write_text(OWN)
        (self.chart / "Chart.lock").unlink(missing_ok=True)
        if lock:
            declared = read_values(text)["dependencies"]
            keys = ("name", "repository", "version")
            entries = [{key: one[key] for key in keys} for one in declared]
            form = "- name: {name}\n  repository: {repository}\n  version: {version}\n"
            lines = [form.format(**one) for one in entries]
            (self.chart / "Chart.lock").write_text(
                f"dependencies:\n{''.join(lines)}"
                f'digest: {digest_of(declared, entries)}\ngenerated: "2026-03-02T09:14:51.208113+01:00"\n'
            )
        self.workshop.commit("a wrapper")

    def publish(self, version="1.1.0", images=HARDENED, **options):
        notes = f"annotations:\n  dhi.docker.com/helm.images: |\n    - {images}\n" if images else ""
        tag = HARDENED.partition(":")[2]
        new = chart_of(
            self.folder / f"new-{version}", "store-chart", version, ("dhi.io", "store", tag), notes, **options
        )
        archive = pack(new, self.folder / "packed")
        self.registry.publish("dhi/store-chart", version, archive.read_bytes())

    def run(self, *words):
        target = f"{self.registry.host}/dhi/{{name}}"
        common = ["--catalog", self.catalog, "--target", target, "--via", "chart", "--pull-secret", SECRET]
        return self.workshop.run("apps/store", *common, *words)

    def plan(self, *words):
        ran = self.run("--plan", "--format", "json", *words)
        assert ran.out, ran.err
        plan = json.loads(ran.out)
        VALIDATOR.validate(plan)
        return plan


def step(plan, name="chart"):
    return next(one for one in plan["steps"] if one["name"] == name)


def errors(plan):
    return {one["code"]: one["message"] for one in plan["findings"] if one["severity"] == "error"}


@pytest.fixture
def scene(workshop, tmp_path):
    with ChartServer(tmp_path / "served").running() as server, ChartRegistry().running() as registry:
        yield Scene(workshop, server, registry, tmp_path)


def test_the_dependency_becomes_the_hardened_chart_and_only_the_pull_secret_is_left(scene):
    scene.publish()

    plan = scene.plan()

    assert plan["status"] == "ready", plan["findings"]
    assert {one["name"]: one["status"] for one in plan["steps"]} == {
        "chart": "proven",
        "registry": "not-needed",
        "tag": "not-needed",
        "pull-secret": "proven",
        "probes": "not-needed",
        "run-as-user": "not-needed",
        "versions": "proven",
    }
    assert [(one["before"], one["after"], one["status"]) for one in plan["images"]] == [
        ("docker.io/acme/store:1.0.0", f"dhi.io/{HARDENED[4:]}", "migrate")
    ]
    assert [one["name"] for one in plan["chart"]["dependencies"]] == ["store"]
    ran = scene.run("--yes")
    assert ran.code == 0, ran
    shop = scene.workshop
    assert shop.git("show", "dhi/apps-store:apps/store/Chart.yaml") == (
        "apiVersion: v2\nname: shop\nversion: 0.1.1\ndependencies:\n"
        "  - name: store-chart # the store\n    version: 1.1.0\n"
        f"    repository: oci://{scene.registry.host}/dhi\n    alias: store"
    )
    lock = read_values(shop.git("show", "dhi/apps-store:apps/store/Chart.lock"))
    declared = read_values(shop.git("show", "dhi/apps-store:apps/store/Chart.yaml"))["dependencies"]
    assert lock["dependencies"] == [
        {"name": "store-chart", "repository": f"oci://{scene.registry.host}/dhi", "version": "1.1.0"}
    ]
    assert lock["digest"] == digest_of(declared, lock["dependencies"])
    assert f"docker.io/acme/store:1.0.0 -> dhi.io/{HARDENED[4:]}" in shop.git("log", "dhi/apps-store")


def test_of_a_range_the_version_that_renders_counts(scene):
    """No chart that is older than it comes in its place, and what comes is told by what it takes the place of."""
    scene.publish("0.9.0")
    scene.publish("2.0.0")
    scene.write("store: {}\n", lock=False)
    file = scene.chart / "Chart.yaml"
    file.write_text(file.read_text().replace("version: 1.0.0", 'version: ">=0.5.0"'))
    scene.workshop.commit("a range")

    plan = scene.plan()

    found = {one["path"]: one["after"] for one in step(plan)["edits"]}
    assert found["dependencies[0].version"] == "2.0.0"
    assert [one["message"] for one in plan["findings"] if one["code"] == "chart-major"] == [
        "store goes from 1.0.0 to 2.0.0: another major version"
    ]


def test_the_repository_may_answer_it(scene):
    scene.publish()
    (scene.workshop.root / ".migrate-dhi.yaml").write_text("releases: {apps/*: {via: chart}}\n")
    scene.workshop.commit("hardened charts here")
    target = f"{scene.registry.host}/dhi/{{name}}"

    def steps(*words):
        common = ("--catalog", scene.catalog, "--target", target, "--pull-secret", SECRET)
        ran = scene.workshop.run("apps/store", *common, "--plan", "--format", "json", *words)
        plan = json.loads(ran.out)
        used = [one["message"] for one in plan["findings"] if one["code"] == "answers-used"]
        return [one["name"] for one in plan["steps"] if one["status"] == "proven"], used

    names, used = steps()
    assert names[0] == "chart"
    assert "via chart" in used[0]
    names, used = steps("--via", "values")
    assert "chart" not in names
    assert used == []


def test_the_branch_is_the_plan_and_a_second_run_finds_nothing(scene):
    scene.publish()
    shown = [line for one in scene.plan()["steps"] for line in one["diff"].splitlines()]

    assert scene.run("--yes").code == 0

    shop = scene.workshop
    written = shop.git("log", "--reverse", "--patch", "--format=", "main..dhi/apps-store").splitlines()
    assert [line for line in written if line[:1] in {"+", "-"}] == [
        line for line in shown if line[:1] in {"+", "-"}
    ]
    shop.git("merge", "--quiet", "dhi/apps-store")
    assert scene.plan()["status"] == "nothing-to-do"


def test_each_difference_of_the_manifests_is_told(scene):
    scene.publish(templates={"extra.yaml": SERVICE})

    effects = {(one["object"], one["path"]): one["after"] for one in step(scene.plan())["effects"]}
    text, markdown = scene.run("--plan").out, scene.run("--plan", "--format", "markdown").out

    assert effects[("Service/store-extra", "")] == "object"
    assert (
        effects[("Deployment/store-store", "spec.template.spec.containers[store].image")]
        == f"dhi.io/{HARDENED[4:]}"
    )
    assert effects[("Deployment/store-store", 'metadata.labels["helm.sh/chart"]')] == "store-1.1.0"
    assert "    Service/store-extra\n      appears\n" in text
    assert "- `Service/store-extra` appears\n" in markdown
    assert '  - `metadata.labels["helm.sh/chart"]`: `store-1.0.0` → `store-1.1.0`\n' in markdown


def test_a_value_that_is_read_no_more_is_an_error_that_its_name_alone_accepts(scene):
    scene.publish(templates={"deployment.yaml": DEPLOYMENT.replace(".Values.mode", ".Values.style")})

    plan = scene.plan("--accept", "all")

    assert plan["status"] == "blocked"
    [message] = [text for code, text in errors(plan).items() if code == "value-lost"]
    assert message.startswith("store.mode is read no more")
    [found] = [one for one in plan["findings"] if one["code"] == "value-lost"]
    assert (found["file"], found["line"]) == ("apps/store/values.yaml", 2)
    assert scene.plan("--accept", "value-lost")["status"] == "ready"


def test_an_object_of_the_wrapper_must_not_change(scene):
    text = OWN.replace(".Values.store.mode", ".Values.store.hidden")
    (scene.chart / "templates/own.yaml").write_text(text)
    scene.workshop.commit("own")
    scene.publish(values="hidden: newer\n")

    plan = scene.plan()

    assert step(plan)["status"] == "blocked"
    assert "also changes ConfigMap/own data.mode" in step(plan)["tried"][0]["verdict"]
    assert set(errors(plan)) == {"unannounced-change"}
    assert step(plan, "registry")["status"] == "proven"


def test_an_older_hardened_chart_is_not_taken(scene):
    scene.publish("0.9.0")

    assert "0.9.0, which is older than store 1.0.0" in errors(scene.plan())["chart-older"]


def test_the_same_version_is_preferred(scene):
    for version in ("1.0.0", "1.0.5", "1.1.0"):
        scene.publish(version)

    assert {one["path"]: one["after"] for one in step(scene.plan())["edits"]}[
        "dependencies[0].name"
    ] == "store-chart"
    assert "dependencies[0].version" not in {one["path"] for one in step(scene.plan())["edits"]}


def test_a_chart_of_that_name_from_elsewhere_must_be_accepted(scene):
    scene.listed(sources=["other/charts"])
    scene.publish()

    assert set(errors(scene.plan())) == {"chart-by-name"}
    assert scene.plan("--accept", "chart-by-name")["status"] == "ready"


def test_a_chart_without_the_list_of_images_must_be_accepted(scene):
    scene.publish(images="")

    assert set(errors(scene.plan())) == {"chart-not-hardened"}


def test_a_registry_that_has_no_such_chart_blocks_and_skip_leaves_it_out(scene):
    plan = scene.plan()

    assert (step(plan)["status"], set(errors(plan))) == ("blocked", {"chart-unreached"})
    plan = scene.plan("--skip", "chart")
    assert (step(plan)["status"], errors(plan)) == ("skipped", {})


def test_a_dependency_without_a_hardened_chart_goes_by_its_values(scene):
    scene.listed(chart="other", folders=[])

    plan = scene.plan()

    assert (step(plan)["status"], plan["status"]) == ("not-needed", "ready")
    assert step(plan)["reason"] == "the catalog knows no hardened chart of store"


def test_offline_the_hardened_chart_comes_from_a_folder(scene):
    scene.publish()
    scene.run("--plan")  # the dependency is in the cache

    plan = scene.plan("--offline", "--chart-dir", scene.folder / "packed")

    assert step(plan)["status"] == "proven"


@pytest.mark.parametrize("form", ["an archive", "a folder"])
def test_a_vendored_dependency_is_exchanged_with_chart_lock_and_back(scene, form):
    scene.publish()
    shop, charts = scene.workshop, scene.chart / "charts"
    if form == "an archive":
        pack(scene.folder / "old/store", charts)
    else:
        shutil.copytree(scene.folder / "old/store", charts / "store")
    shop.commit("vendored")
    old = shop.git("ls-tree", "-r", "--name-only", "main", "apps/store/charts").splitlines()

    plan = scene.plan()

    assert (step(plan)["status"], plan["status"]) == ("proven", "ready"), plan["findings"]
    changes = {one["file"]: one["change"] for one in step(plan)["vendored"]}
    assert [file for file, change in changes.items() if change == "removed"] == old
    assert {one["path"] for one in step(plan)["effects"] if one["object"] == "Deployment/store-store"} == {
        "spec.template.spec.containers[store].image",
        'metadata.labels["helm.sh/chart"]',
    }
    top = {"an archive": "store-1.0.0.tgz", "a folder": "store"}[form]
    new = {"an archive": "store-chart-1.1.0.tgz", "a folder": "store-chart"}[form]
    text = scene.run("--plan").out
    assert f"  apps/store/charts/{top} goes" in text
    assert f"  apps/store/charts/{new} comes" in text
    assert scene.run("--yes").code == 0
    there = shop.git("ls-tree", "-r", "--name-only", "dhi/apps-store", "apps/store/charts").splitlines()
    assert there == [file for file, change in changes.items() if change == "written"]
    assert f"apps/store/charts/{new} in place of apps/store/charts/{top}" in shop.git("log", "dhi/apps-store")
    shop.git("merge", "--quiet", "dhi/apps-store")
    # What Git has is all that is rendered.
    assert scene.plan("--offline")["status"] == "nothing-to-do"
    ran = shop.run("rollback", "apps/store", "--yes")
    assert ran.code == 0, ran
    branches = shop.branches()
    [back] = [one for one in branches if one.endswith("reversal")]
    assert shop.git("ls-tree", "-r", back, "apps/store/charts") == shop.git(
        "ls-tree", "-r", "main~3", "apps/store/charts"
    )


def test_a_dependency_that_git_ignores_below_charts_is_not_in_the_way(scene):
    scene.publish()
    pack(scene.folder / "old/store", scene.chart / "charts")
    (scene.chart / ".gitignore").write_text("charts/\n")
    scene.workshop.git("add", "apps/store/.gitignore")
    scene.workshop.git("commit", "--quiet", "--message", "fetched")

    plan = scene.plan()

    assert (plan["status"], step(plan)["vendored"]) == ("ready", [])


def test_outside_git_a_vendored_dependency_is_not_exchanged(scene, tmp_path):
    scene.publish()
    chart = tmp_path / "outside/store"
    shutil.copytree(scene.chart, chart)
    pack(scene.folder / "old/store", chart / "charts")
    words = ["--catalog", scene.catalog, "--target", f"{scene.registry.host}/dhi/{{name}}", "--via", "chart"]

    plan = json.loads(scene.workshop.run(chart, *words, "--plan", "--format", "json").out)

    assert "chart-vendored" in errors(plan)


def test_a_release_of_the_chart_of_others_is_refused_with_the_way_out(scene):
    scene.publish()
    release = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop}\nspec:\n"
        "  destination: {namespace: shop}\n"
        f"  source: {{repoURL: {scene.server.url}, chart: store, targetRevision: 1.0.0}}\n"
    )
    (scene.workshop.root / "apps/app.yaml").write_text(release)
    scene.workshop.commit("an application")
    ran = scene.workshop.run(
        "apps/app.yaml", "--plan", "--format", "json", "--via", "chart", "--catalog", scene.catalog
    )

    plan = json.loads(ran.out)

    assert "shop/shop deploys the chart store of others" in errors(plan)["chart-not-own"]


def test_a_value_of_a_part_that_is_off_is_told_where_the_new_chart_lists_it_no_more(scene):
    old = chart_of(
        scene.folder / "again",
        "store",
        "1.0.0",
        ("docker.io", "acme/store", "1.0.0"),
        values="backup: {keep: 1}\n",
    )
    pack(old, scene.server.folder)
    scene.server.list()
    scene.write("store: {backup: {keep: 7}}\n")
    scene.publish()

    plan = scene.plan()

    [found] = [one for one in plan["findings"] if one["code"] == "value-unlisted"]
    assert found["message"].startswith("store.backup.keep is not listed any more")
    assert plan["status"] == "ready"


def test_a_merged_exchange_is_taken_back_with_its_dependency(scene):
    scene.publish()
    scene.run("--yes")
    shop = scene.workshop
    before = shop.git("show", "main:apps/store/Chart.yaml"), shop.git("show", "main:apps/store/Chart.lock")
    shop.git("merge", "--quiet", "dhi/apps-store")
    shop.git("branch", "-D", "dhi/apps-store")

    ran = shop.run("rollback", "apps/store", "--yes")

    assert ran.code == 0, ran
    branch = "dhi/apps-store-reversal"
    assert (
        shop.git("show", f"{branch}:apps/store/Chart.yaml"),
        shop.git("show", f"{branch}:apps/store/Chart.lock"),
    ) == before
    assert "Reversal" not in ran.err


APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd}}
spec:
  destination: {{namespace: {name}}}
  source:
    repoURL: https://github.com/acme/gitops
    path: apps/store
    targetRevision: main
    helm: {{releaseName: store, valueFiles: [values.yaml, ../../{name}.yaml]}}
"""


def deployed_twice(scene, staging="store: {mode: slow}\n", production="store: {mode: fast}\n"):
    root = scene.workshop.root
    for name, values in {"staging": staging, "production": production}.items():
        (root / f"{name}.yaml").write_text(values)
        (root / f"apps/{name}-app.yaml").write_text(APPLICATION.format(name=name))
    scene.workshop.commit("deployed")


REPO = ("--repo-url", "https://github.com/acme/gitops")


def test_all_releases_of_the_chart_are_proven_together(scene):
    deployed_twice(scene)
    scene.publish()

    plan = scene.plan(*REPO)

    assert (step(plan)["status"], plan["status"]) == ("proven", "ready"), plan["findings"]
    assert {one["object"] for one in step(plan)["effects"]} == {
        f"Deployment/store-store of {name}/store" for name in ("staging", "production")
    }


def test_a_value_of_one_release_that_is_lost_is_an_error_of_the_plan(scene):
    deployed_twice(scene, production="store: {extra: 1}\n")
    old = DEPLOYMENT.replace("env:", 'env:\n            - {name: EXTRA, value: "{{ .Values.extra }}"}')
    pack(
        chart_of(
            scene.folder / "with-extra",
            "store",
            "1.0.0",
            ("docker.io", "acme/store", "1.0.0"),
            templates={"deployment.yaml": old},
        ),
        scene.server.folder,
    )
    scene.server.list()
    scene.publish()

    [found] = [one for one in scene.plan(*REPO)["findings"] if one["code"] == "value-lost"]

    assert (found["file"], found["line"]) == ("production.yaml", 1)
    assert found["message"].startswith("store.extra is read no more")


def test_one_release_alone_does_not_change_the_chart_of_the_other(scene):
    deployed_twice(scene)
    scene.publish()
    words = ["--plan", "--format", "json", "--via", "chart", "--catalog", scene.catalog, *REPO]

    plan = json.loads(scene.workshop.run("apps/staging-app.yaml", *words).out)

    assert "is shared with production/store" in errors(plan)["chart-not-own"]


def test_another_major_version_is_told(scene):
    scene.publish("2.0.0")

    told = [one["message"] for one in scene.plan()["findings"] if one["code"] == "chart-major"]

    assert told == ["store goes from 1.0.0 to 2.0.0: another major version"]


def test_a_chart_that_brings_an_older_image_is_an_error(scene):
    old = chart_of(scene.folder / "newest", "store", "1.0.0", ("docker.io", "acme/store", "1.2.0"))
    pack(old, scene.server.folder)
    scene.server.list()
    scene.publish()

    told = errors(scene.plan())["downgrade"]

    assert told.startswith("docker.io/acme/store would go down from 1.2.0 to 1.1.0-debian13")


def second(scene, name="cache", alias="", **options):
    """A further dependency of the wrapper, and its hardened chart."""
    old = chart_of(scene.folder / f"{name}-old", name, "2.0.0", ("docker.io", "acme/store", "1.0.0"))
    pack(old, scene.server.folder)
    scene.server.list()
    notes = "annotations:\n  dhi.docker.com/helm.images: |\n    - dhi/store:1.1.0-debian13\n"
    tag = HARDENED.partition(":")[2]
    new = chart_of(
        scene.folder / f"{name}-new", f"{name}-chart", "2.1.0", ("dhi.io", "store", tag), notes, **options
    )
    scene.registry.publish(f"dhi/{name}-chart", "2.1.0", pack(new, scene.folder / "packed").read_bytes())
    more = f"    alias: {alias}\n    condition: {alias}.enabled\n" if alias else ""
    return f"  - name: {name}\n    version: 2.0.0\n    repository: {scene.server.url}\n{more}"


def both(scene):
    catalog = [
        {
            "chart": name,
            "versions": ["1"],
            "sources": ["acme/charts"],
            "folders": [],
            "slots": {},
            "values": {},
        }
        for name in ("cache", "store")
    ]
    known = image(
        "store", definition("1.1", "1.1.0-debian13", "1.1", user="nonroot", uid=65532, entrypoint=["/s"])
    )
    scene.catalog.write_bytes(packed(known, *catalog, sources={"store": ["github.com/acme/store"]}))


def edited(scene, plan, name):
    """A file of the chart as the branch has it."""
    assert scene.run("--yes").code == 0
    text = scene.workshop.git("show", f"{plan['branch']}:apps/store/{name}")
    scene.workshop.git("branch", "-D", plan["branch"])
    return text


def test_two_dependencies_are_exchanged_together_and_an_alias_stays(scene):
    both(scene)
    scene.publish()
    entry = second(scene, alias="front")
    scene.write("store: {mode: a}\nfront: {enabled: true, mode: b}\n", entry)

    plan = scene.plan()

    assert (step(plan)["reached"], plan["status"]) == ({"done": 2, "of": 2}, "ready"), plan["findings"]
    edits = {one["path"]: one["after"] for one in step(plan)["edits"]}
    assert edits["dependencies[0].alias"] == "store"
    assert edits["dependencies[1].name"] == "cache-chart"
    assert "dependencies[1].alias" not in edits
    assert step(plan)["commit"]["subject"] == "feat(shop): use store-chart 1.1.0, cache-chart 2.1.0"
    lock = read_values(edited(scene, plan, "Chart.lock"))
    declared = read_values(edited(scene, plan, "Chart.yaml"))["dependencies"]
    assert lock["digest"] == digest_of(declared, lock["dependencies"])
    assert [one["name"] for one in lock["dependencies"]] == ["store-chart", "cache-chart"]


def test_one_that_cannot_be_exchanged_stays_and_is_an_error(scene):
    both(scene)
    scene.publish()
    entry = second(scene, templates={"deployment.yaml": '{{ fail "not today" }}'})
    scene.write("store: {mode: a}\n", entry, lock=False)

    plan = scene.plan()

    assert "the hardened chart cannot take the place of cache" in errors(plan)["chart-unreached"]
    assert step(plan)["commit"]["subject"] == "feat(shop): use store-chart 1.1.0"
    assert {one["path"] for one in step(plan)["edits"]} == {
        f"dependencies[0].{key}" for key in ("name", "version", "repository", "alias")
    }
    assert scene.plan("--accept", "chart-unreached")["status"] == "ready"


def test_one_chart_under_two_names(scene):
    scene.publish()
    again = f"  - name: store\n    version: 1.0.0\n    repository: {scene.server.url}\n    alias: other\n"
    scene.write("store: {mode: a}\nother: {mode: b}\n", again, lock=False)

    plan = scene.plan()

    assert (step(plan)["reached"], plan["status"]) == ({"done": 2, "of": 2}, "ready"), plan["findings"]


def test_a_chart_with_windows_line_endings_keeps_them(scene):
    scene.publish()
    for name in ("Chart.yaml", "Chart.lock"):
        file = scene.chart / name
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    scene.workshop.git("config", "core.autocrlf", "false")
    scene.workshop.commit("windows")

    assert scene.run("--yes").code == 0

    for name in ("Chart.yaml", "Chart.lock"):
        text = scene.workshop.git("show", f"dhi/apps-store:apps/store/{name}")
        assert text.count("\r\n") >= text.count("\n") - 1
        assert "store-chart" in text


def test_a_scan_and_all_branches_go_the_same_way(scene):
    scene.publish()
    target = f"{scene.registry.host}/dhi/{{name}}"
    words = ["--catalog", scene.catalog, "--target", target, "--via", "chart", "--pull-secret", SECRET]

    scanned = json.loads(scene.workshop.run("scan", *words, "--format", "json").out)

    assert [one["status"] for one in scanned["releases"]] == ["ready"]
    assert scene.workshop.run("--yes", "--all", *words).code == 0
    assert scene.workshop.git("log", "--format=%s", "main..dhi/apps-store").splitlines()[-1] == (
        "feat(shop): use store-chart 1.1.0"
    )


def test_offline_the_version_that_was_taken_before_is_taken_again(scene):
    for version in ("1.0.0", "1.1.0"):
        scene.publish(version)
    scene.listed(versions=["1.1.0"])
    online = scene.plan()

    assert scene.plan("--offline") == online


def test_offline_what_was_never_fetched_is_told_with_what_brings_it(scene):
    scene.publish()
    assert scene.workshop.run("apps/store", "--plan", "--catalog", scene.catalog).out

    [found] = [one for one in scene.plan("--offline")["findings"] if one["code"] == "chart-unreached"]

    assert found["help"].startswith("plan once with --via chart where the network is")
