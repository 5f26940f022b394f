"""Releases of charts from elsewhere: planned, written where they are declared, and refused with what is there."""

import json
import shutil

import pytest

from tests.charts import copy_case
from tests.conftest import SECRET

FILE = "apps/db/cache.yaml"
RELEASE = """\
# where the charts are from
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {{name: charts, namespace: flux-system}}
spec: {{url: "https://charts.example"}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: {name}, namespace: data}}
spec:
  interval: 1h
  chart:
    spec:
      chart: plain-chart
      version: {version}
      sourceRef: {{kind: HelmRepository, name: charts, namespace: flux-system}}
  values:
    image:
      tag: 8.1.4   # newest
      registry: docker.io
      # the upstream's
      repository: valkey/valkey
    replicaCount: ${{REPLICAS:=1}}
"""
TO = "dhi.io/valkey:8.1.9-debian13"


def release(name="cache", version="1.4.0"):
    return RELEASE.format(name=name, version=version)


@pytest.fixture
def estate(workshop, tmp_path):
    """A repository with one HelmRelease, and a folder with its chart beside it."""
    copy_case("plain-chart", tmp_path / "charts" / "plain-chart")
    place = workshop.root / FILE
    place.parent.mkdir(parents=True)
    place.write_text(release())
    workshop.commit("a release")
    workshop.charts = str(tmp_path / "charts")
    return workshop


def plan(estate, *arguments):
    ran = estate.run(
        *arguments, "--plan", "--format", "json", "--chart-dir", estate.charts, "--to", TO, "--offline"
    )
    return ran, json.loads(ran.out) if ran.out else None


def test_a_release_is_written_where_it_is_declared_and_nothing_else_changes(estate):
    ran = estate.run(
        "data/cache", "--yes", "--chart-dir", estate.charts, "--to", TO, "--offline", "--pull-secret", SECRET
    )

    assert ran.code == 0, ran
    after = estate.git("show", f"dhi/data-cache:{FILE}")
    expected = release().replace("registry: docker.io", "registry: dhi.io")
    expected = expected.replace("repository: valkey/valkey", "repository: valkey")
    expected = expected.replace("tag: 8.1.4   # newest", "tag: 8.1.9-debian13   # newest")
    expected = expected.replace(
        "    replicaCount", f"    imagePullSecrets:\n      - name: {SECRET}\n    replicaCount"
    )
    assert after == expected.rstrip("\n")
    assert estate.git("diff", "--name-only", "main", "dhi/data-cache") == FILE
    trailers = estate.git("log", "-1", "--format=%(trailers:key=DHI-Release,valueonly)", "dhi/data-cache")
    assert trailers.strip() == "data/cache"


@pytest.mark.parametrize("argument", ["data/cache", FILE, f"{FILE}#cache"])
def test_a_release_has_several_names(estate, argument):
    ran, found = plan(estate, argument)

    assert ran.code == 0, ran
    assert (found["namespace"], found["release"], found["chart"]["path"]) == ("data", "cache", None)
    (proven,) = found["releases"]
    assert proven == {
        "way": "helmrelease",
        "namespace": "data",
        "name": "cache",
        "file": FILE,
        "line": 7,
        "layers": [{"form": "map", "file": FILE, "path": "spec.values"}],
        "role": "target",
    }


def test_edits_name_the_document_the_line_and_a_path_that_can_be_read_back(estate):
    _, found = plan(estate, "data/cache")

    edits = [edit for step in found["steps"] for edit in step["edits"]]
    assert {edit["document"] for edit in edits} == {1}
    assert {(edit["path"], edit["line"]) for edit in edits} == {
        ("spec.values.image.registry", 20),
        ("spec.values.image.repository", 22),
        ("spec.values.image.tag", 19),
    }


def test_the_versions_of_a_chart_from_elsewhere_are_not_ours(estate):
    _, found = plan(estate, "data/cache")

    versions = next(step for step in found["steps"] if step["name"] == "versions")
    assert (versions["status"], versions["edits"]) == ("not-needed", [])
    assert FILE in versions["reason"]


def test_a_chart_that_is_not_at_hand_is_not_ready_and_says_what_would_bring_it(estate):
    (estate.root / FILE).write_text(release(version="1.5.0"))
    estate.commit("another version")

    ran, found = plan(estate, "data/cache")

    assert (ran.code, found) == (4, None)
    assert ran.error["error"].startswith(f"{FILE}:7: the chart plain-chart 1.5.0 from https://charts.example")
    assert "--chart-dir holds plain-chart 1.4.0" in ran.error["error"]
    assert "plain-chart-1.5.0.tgz" in ran.error["help"]


def test_of_a_range_the_newest_chart_at_hand_is_taken(estate, tmp_path):
    newer = tmp_path / "charts" / "newer"
    shutil.copytree(tmp_path / "charts" / "plain-chart", newer)
    chart = (newer / "Chart.yaml").read_text()
    (newer / "Chart.yaml").write_text(chart.replace("version: 1.4.0", "version: 1.10.0"))
    (estate.root / FILE).write_text(release(version='">=1.4.0 <2.0.0"'))
    estate.commit("a range")

    _, found = plan(estate, "data/cache")

    assert found["chart"]["version"] == "1.10.0"


@pytest.mark.parametrize(
    ("argument", "help_text"),
    [("data/cahce", "near it: data/cache"), (f"{FILE}#other", "near it: data/cache")],
)
def test_a_release_that_is_not_there_is_named_with_the_near_ones(estate, argument, help_text):
    ran, _ = plan(estate, argument)

    assert ran.code == 2
    assert ran.error["help"] == help_text


def test_of_several_releases_each_has_its_plan(estate):
    (estate.root / "apps/db/second.yaml").write_text(release("second", "9.9.9"))
    estate.commit("second")

    ran, found = plan(estate, "data/second", "data/cache")

    assert ran.code == 4
    failed, planned = found["plans"]
    assert (failed["argument"], planned["release"]) == ("data/second", "cache")
    assert "9.9.9" in failed["error"]["message"]


def test_a_placeholder_inside_of_the_edited_value_is_refused_and_said(estate):
    (estate.root / FILE).write_text(release().replace("tag: 8.1.4   # newest", "tag: ${TAG:=8.1.4}"))
    (estate.root / "flux.yaml").write_text(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
        "metadata: {name: db, namespace: flux-system}\n"
        "spec:\n  path: ./apps/db\n  postBuild: {substitute: {REPLICAS: '2'}}\n"
        "  sourceRef: {kind: GitRepository, name: flux-system}\n"
    )
    estate.commit("a placeholder")

    ran, found = plan(estate, "data/cache")

    assert ran.code == 5
    tag = next(step for step in found["steps"] if step["name"] == "tag")
    assert tag["status"] == "blocked"
    assert "placeholder" in json.dumps(tag["tried"])


def test_a_folder_of_charts_that_is_not_there_is_an_error(estate):
    ran = estate.run("data/cache", "--plan", "--chart-dir", "nowhere")

    assert (ran.code, ran.error["error"]) == (2, "nowhere: there is no such folder")


APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: cache
  namespace: argocd
{more}spec:
  destination: {{namespace: prod, server: "https://kubernetes.default.svc"}}
  source:
    repoURL: https://github.com/acme/gitops.git
    path: apps/app
    helm:
{helm}"""


@pytest.fixture
def application(workshop):
    """A chart that an Application deploys; the function writes the Application and plans the chart."""
    workshop.git("remote", "add", "origin", "git@github.com:acme/gitops")
    copy_case("plain-chart", workshop.root / "apps" / "app")

    def planned(helm, more="", **files):
        for name, text in files.items():
            (workshop.root / name.replace("__", "/").replace("_yaml", ".yaml")).write_text(text)
        (workshop.root / "cache.yaml").write_text(APPLICATION.format(helm=helm, more=more))
        workshop.commit("an application")
        ran = workshop.run("apps/app", "--plan", "--format", "json", "--to", TO, "--pull-secret", SECRET)
        return json.loads(ran.out)

    return planned


def edits_of(found):
    return {(e["file"], e["path"]): e["after"] for step in found["steps"] for e in step["edits"]}


def test_a_parameter_that_decides_is_edited_in_the_application(application):
    found = application("      parameters:\n        - {name: image.tag, value: 8.1.3}   # pinned\n")

    assert edits_of(found)["cache.yaml", "spec.source.helm.parameters[0].value"] == "8.1.9-debian13"
    assert ("apps/app/values.yaml", "image.registry") in edits_of(found)


def test_a_text_of_values_is_edited_line_by_line(application):
    found = application("      values: |\n        # pinned\n        image:\n          tag: 8.1.3   # why\n")

    (diff,) = (step["diff"] for step in found["steps"] if step["name"] == "tag")
    assert "-          tag: 8.1.3   # why\n+          tag: 8.1.9-debian13   # why\n" in diff
    assert edits_of(found)["cache.yaml", "spec.source.helm.values.image.tag"] == "8.1.9-debian13"


def test_a_digest_in_a_file_that_an_application_passes_is_not_left_behind(workshop):
    """T2 of a kind: the release that is deployed is the one that is proven."""
    workshop.git("remote", "add", "origin", "git@github.com:acme/gitops")
    chart = copy_case("digest-beside-tag", workshop.root / "apps" / "app")
    (chart / "values-prod.yaml").write_text(f"image:\n  digest: sha256:{'0' * 64}   # production\n")
    text = APPLICATION.format(more="", helm="      valueFiles: [values-prod.yaml]\n")
    (workshop.root / "cache.yaml").write_text(text)
    workshop.commit("an application")

    ran = workshop.run("apps/app", "--plan", "--format", "json", "--to", TO)

    found = json.loads(ran.out)
    assert found["status"] == "ready"
    assert edits_of(found)["apps/app/values-prod.yaml", "image.digest"] == ""
    images = [e["after"] for step in found["steps"] for e in step["effects"] if e["path"].endswith(".image")]
    assert images[-1] == TO


def test_an_image_updater_that_follows_the_upstream_image_is_said(application):
    note = "  annotations:\n    argocd-image-updater.argoproj.io/image-list: cache=docker.io/valkey/valkey\n"

    found = application("      releaseName: cache\n", more=note)

    (bot,) = (finding for finding in found["findings"] if finding["code"] == "bot-overwrites")
    assert (bot["file"], bot["line"]) == ("cache.yaml", 7)


def test_two_applications_of_one_file_are_edited_apart(estate):
    one = APPLICATION.format(more="", helm="      values: |\n        image: {tag: 8.1.4}\n")
    one = one.replace("path: apps/app", "chart: plain-chart\n    targetRevision: 1.4.0")
    one = one.replace("https://github.com/acme/gitops.git", "https://charts.example")
    (estate.root / "both.yaml").write_text(
        one + "---\n" + one.replace("name: cache", "name: other").replace("prod", "stage")
    )
    estate.commit("two applications")

    _, found = plan(estate, "both.yaml#other")

    assert found["status"] == "ready"
    assert {(e["file"], e["document"]) for step in found["steps"] for e in step["edits"]} == {
        ("both.yaml", 1)
    }


SECRET_VALUES = "  valuesFrom:\n    - {kind: Secret, name: hidden}\n"


def test_what_lies_below_values_that_are_not_read_is_written_above_them(estate):
    """What a Secret sets lies over the ConfigMap's values; inline values lie over both."""
    text = release().partition("  values:\n")[0]
    text += "  valuesFrom:\n    - {kind: ConfigMap, name: shown}\n    - {kind: Secret, name: hidden}\n"
    shown = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: shown, namespace: data}\ndata:\n  values.yaml: |\n"
    shown += "    image: {registry: docker.io, repository: valkey/valkey, tag: 8.1.4}\n"
    (estate.root / FILE).write_text(text + shown)
    estate.commit("values from elsewhere")

    ran, found = plan(estate, "data/cache")

    assert ran.code == 0
    assert {path.rpartition(".")[0] for _, path in edits_of(found)} == {"spec.values.image"}


def test_an_edit_below_values_that_are_not_read_is_an_error_that_can_be_accepted(application):
    helm = "      valuesObject: {image: {tag: 8.1.3}}\n      fileParameters:\n        - {name: image.tag, path: tag.txt}\n"

    found = application(helm)

    assert found["status"] == "blocked"
    errors = [f for f in found["findings"] if f["severity"] == "error"]
    assert {finding["code"] for finding in errors} == {"layer-unread"}
    assert "image.tag is the content of tag.txt" in errors[0]["message"]


def test_inline_values_lie_over_a_secret_and_are_proven(estate):
    (estate.root / FILE).write_text(release().replace("  values:\n", SECRET_VALUES + "  values:\n"))
    estate.commit("a secret below")

    ran, found = plan(estate, "data/cache")

    assert ran.code == 0
    codes = {finding["code"] for finding in found["findings"]}
    assert ("values-unread" in codes, "layer-unread" in codes) == (True, False)


CHART_OF_TOP_KEYS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: cache}
spec:
  selector: {matchLabels: {app: cache}}
  template:
    metadata: {labels: {app: cache}}
    spec:
      containers:
        - {name: main, image: '{{ .Values.hub | default "docker.io" }}/{{ .Values.image }}:{{ .Values.tag }}'}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: values}
data:
  values: {{ .Values | toJson | quote }}
"""


def test_a_text_that_holds_the_values_may_show_what_is_written_at_their_top(estate, tmp_path):
    """A key that no values file lists, in a map that stands deep in a document: it is the values' path that counts."""
    chart = tmp_path / "charts" / "plain-chart"
    shutil.rmtree(chart / "templates")
    (chart / "templates").mkdir()
    (chart / "templates/all.yaml").write_text(CHART_OF_TOP_KEYS)
    (chart / "values.yaml").write_text("image: valkey/valkey\ntag: 8.1.3\n")
    (chart / "values.schema.json").unlink(missing_ok=True)
    declared = release()[: release().index("  values:")]
    (estate.root / FILE).write_text(declared)
    estate.commit("values at the top")

    _, found = plan(estate, "data/cache")

    edits = {edit["path"]: edit["after"] for step in found["steps"] for edit in step["edits"]}
    assert edits == {
        "spec.values.hub": "dhi.io",
        "spec.values.image": "valkey",
        "spec.values.tag": "8.1.9-debian13",
    }
    assert {step["name"]: step["status"] for step in found["steps"]}["tag"] == "proven"


def test_a_chart_in_another_git_repository_is_named_and_taken_from_a_folder(estate, tmp_path):
    declared = release().replace("kind: HelmRepository", "kind: GitRepository")
    declared = declared.replace("https://charts.example", "https://git.example/acme/charts")
    (estate.root / FILE).write_text(declared.replace("chart: plain-chart", "chart: charts/plain-chart"))
    estate.commit("a chart from Git")

    taken, found = plan(estate, "data/cache")
    shutil.rmtree(tmp_path / "charts" / "plain-chart")
    missing, _ = plan(estate, "data/cache")

    assert (taken.code, found["chart"]["name"]) == (0, "plain-chart")
    assert missing.code == 4
    assert missing.error["error"] == (
        f"{FILE}:7: the chart plain-chart at charts/plain-chart of https://git.example/acme/charts at HEAD "
        "is not at hand, and --offline forbids fetching it"
    )
    assert "--chart-dir" in missing.error["help"]


APPLICATION_SET = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: caches, namespace: argocd}
spec:
  goTemplate: true
  generators: [{list: {elements: [{name: cache, big: "yes"}]}}]
  template:
    metadata: {name: "{{ .name }}"}
    spec:
      source:
        repoURL: https://charts.example
        chart: plain-chart
        targetRevision: 1.4.0
        helm:
          values: |
            {{ if .big }}
            replicaCount: 3
            {{ end }}
      destination: {namespace: data}
"""


def test_what_no_layer_can_hold_says_why(estate):
    (estate.root / FILE).write_text(APPLICATION_SET)
    estate.commit("values with a condition")

    ran, found = plan(estate, "data/cache")

    assert (ran.code, found["status"]) == (5, "blocked")
    registry = next(step for step in found["steps"] if step["name"] == "registry")
    assert {tried["verdict"] for tried in registry["tried"]} == {
        f"nothing that can be edited holds this value ({FILE}: its placeholders are conditions or loops)"
    }


INFLATED = """\
helmCharts:
  - name: plain-chart
    repo: https://charts.example
    version: 1.4.0
    releaseName: cache
    namespace: data
    valuesFile: values.yaml
{inline}  - name: other
    repo: https://charts.example
    version: 9.9.9
    releaseName: other
    namespace: data
"""
INLINE = "    valuesInline:\n      image: {tag: 8.1.4}\n"


@pytest.mark.parametrize(
    ("inline", "edited"), [("", {"values.yaml"}), (INLINE, {"values.yaml", "kustomization.yaml"})]
)
def test_a_chart_beside_in_one_kustomization_that_is_not_at_hand_holds_nothing_up(estate, inline, edited):
    """New keys go where values are, not into a map that is not there yet."""
    folder = (estate.root / FILE).parent
    (estate.root / FILE).unlink()
    (folder / "kustomization.yaml").write_text(INFLATED.format(inline=inline))
    (folder / "values.yaml").write_text("image:\n  registry: docker.io\nreplicaCount: 2\n")
    estate.commit("charts that a kustomization inflates")

    ran, found = plan(estate, "data/cache", "--pull-secret", SECRET)

    assert (ran.code, found["status"]) == (0, "ready")
    files = {edit["file"] for step in found["steps"] for edit in step["edits"]}
    assert files == {f"apps/db/{name}" for name in edited}
    warned = [one["message"] for one in found["findings"] if one["code"] == "witness-unproven"]
    assert len(warned) == len(edited) - 1
