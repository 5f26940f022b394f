"""What a release reads in ways that are easily missed, and what other releases read of what it edits."""

import json

import pytest

from migrate_dhi.git import moment, run
from tests.charts import copy_case
from tests.cli.test_releases_planned import APPLICATION, edits_of

TO = "dhi.io/valkey:8.1.9-debian13"
CHART = "apps/app"


@pytest.fixture
def estate(workshop):
    workshop.git("remote", "add", "origin", "git@github.com:acme/gitops")
    copy_case("plain-chart", workshop.root / CHART)
    copy_case("plain-chart", workshop.root / "apps" / "other")
    return workshop


def application(name, files, path=CHART, more=""):
    text = APPLICATION.format(more="", helm=f"      valueFiles: {files}\n{more}")
    text = text.replace("name: cache", f"name: {name}").replace("path: apps/app", f"path: {path}")
    return text.replace("namespace: prod", f"namespace: {name}")


def plan(estate, *arguments):
    estate.commit("state")
    ran = estate.run(*arguments, "--plan", "--format", "json", "--to", TO, "--pull-secret", "x")
    assert ran.out, ran
    return json.loads(ran.out)


def write(estate, **files):
    for name, text in files.items():
        path = estate.root / name.replace("__", "/").replace("_yaml", ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_files_that_take_the_place_of_the_charts_values_are_what_is_edited(estate):
    """Flux ``valuesFiles`` replace values.yaml, which is not read then."""
    values = (estate.root / CHART / "values.yaml").read_text()
    write(
        estate,
        apps__app__prod_yaml=values + "\n# production\n",
        hr_yaml="apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: g, namespace: data}\n"
        "spec: {url: 'https://github.com/acme/gitops'}\n---\n"
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: cache, namespace: data}\n"
        "spec:\n  chart:\n    spec:\n      chart: apps/app\n      valuesFiles: [apps/app/prod.yaml]\n"
        "      sourceRef: {kind: GitRepository, name: g}\n",
    )

    found = plan(estate, "data/cache")

    assert found["status"] == "ready"
    assert ("apps/app/prod.yaml", "image.registry") in edits_of(found)
    assert not any(file == "apps/app/values.yaml" for file, _ in edits_of(found))


@pytest.mark.parametrize("way", ["a values file", "the chart's values.yaml", "the folder of the chart"])
def test_what_another_release_reads_through_a_link_is_not_edited(estate, way):
    values = "image: {registry: docker.io, repository: valkey/valkey, tag: 8.1.3}\n"
    write(estate, common_yaml=values, a_yaml=application("a", "[../../common.yaml]"))
    path, files = "apps/other", "[values.yaml]"
    if way == "a values file":
        (estate.root / "env").mkdir()
        (estate.root / "env/b.yaml").symlink_to("../common.yaml")
        files = "[../../env/b.yaml]"
    elif way == "the chart's values.yaml":
        (estate.root / "apps/other/values.yaml").unlink()
        (estate.root / "apps/other/values.yaml").symlink_to("../../common.yaml")
    else:
        (estate.root / "apps/linked").symlink_to("app")
        path, files = "apps/linked", "[values.yaml]"
    write(estate, b_yaml=application("b", files, path))

    edited = {file for file, _ in edits_of(plan(estate, "a/a"))}

    shared = "apps/app/values.yaml" if way == "the folder of the chart" else "common.yaml"
    assert edited
    assert shared not in edited


def test_a_file_of_values_that_a_template_shows_is_rendered_as_it_is_edited(estate):
    template = estate.root / CHART / "templates" / "shown.yaml"
    template.write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shown}\n"
        'data: {n: {{ .Files.Get "prod.yaml" | len | quote }}}\n'
    )
    write(estate, apps__app__prod_yaml="image: {tag: 8.1.3}\n", a_yaml=application("a", "[prod.yaml]"))

    tag = next(step for step in plan(estate, CHART)["steps"] if step["name"] == "tag")

    # A number that changes along is no repetition of the image.
    assert (tag["status"], "ConfigMap/shown" in json.dumps(tag["tried"])) == ("blocked", True)


def test_values_of_the_users_own_do_not_hide_the_releases_that_read_them(estate):
    write(
        estate,
        common_yaml="image: {registry: docker.io, repository: valkey/valkey, tag: 8.1.3}\n",
        b_yaml=application("b", "[../../common.yaml]", "apps/other"),
    )

    found = plan(estate, CHART, "--values", "common.yaml")

    registry = next(step for step in found["steps"] if step["name"] == "registry")
    assert (registry["status"], "b/b" in json.dumps(registry["tried"])) == ("blocked", True)


def test_a_parameter_of_one_item_leaves_the_others_of_a_list(estate):
    deployment = estate.root / CHART / "templates" / "deployment.yaml"
    text = deployment.read_text()
    deployment.write_text(
        text.replace(
            "      containers:",
            "      initContainers: {{ toYaml .Values.more | nindent 8 }}\n      containers:",
        )
    )
    more = "      parameters:\n        - {name: 'more[0].workingDir', value: /tmp}\n"
    write(
        estate,
        prod_yaml="more:\n  - {name: one, image: docker.io/valkey/valkey:8.1.3}\n  - {name: two, image: postgres:16}\n",
        a_yaml=application("a", "[../../prod.yaml]", more=more),
    )

    images = {image["before"] for image in plan(estate, CHART)["images"]}

    assert {"docker.io/valkey/valkey:8.1.3", "postgres:16"} <= images


@pytest.mark.parametrize(
    ("kustomize", "told"),
    [
        ("{patches: [{patch: x}]}", [("warning", "spec.postRenderers")]),
        (
            "{images: [{name: valkey, newTag: old}]}",
            [("warning", "spec.postRenderers"), ("error", "spec.postRenderers.kustomize.images")],
        ),
    ],
)
def test_what_changes_the_manifests_after_helm_is_said(estate, kustomize, told):
    """What sets an image afterwards stops the plan: the image that is proven is not the one that runs."""
    write(
        estate,
        hr_yaml="apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: g, namespace: data}\n"
        "spec: {url: 'https://github.com/acme/gitops'}\n---\n"
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: cache, namespace: data}\n"
        f"spec:\n  postRenderers: [{{kustomize: {kustomize}}}]\n  chart:\n    spec:\n      chart: apps/app\n"
        "      sourceRef: {kind: GitRepository, name: g}\n",
    )

    found = plan(estate, "data/cache")

    said = [one for one in found["findings"] if one["code"] == "post-rendered"]
    assert [(one["severity"], one["message"].split()[1]) for one in said] == told
    assert found["status"] == ("blocked" if told[-1][0] == "error" else "ready")


HANDED_ON = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: cache, namespace: argocd}
spec:
  project: default
  source:
    repoURL: git@github.com:acme/gitops
    path: apps/app
    helm:
      values: |
        image: {registry: docker.io, repository: valkey/valkey, tag: 8.1.3}
  destination: {server: "{{ .Values.server }}", namespace: data}
"""


def app_of_apps(estate, template=HANDED_ON):
    write(
        estate,
        root__Chart_yaml="apiVersion: v2\nname: root\nversion: 0.1.0\n",
        root__values_yaml="server: https://kubernetes.default.svc\n",
        root__templates__cache_yaml=template,
        clusters__a__root_yaml=application("root", "[values.yaml]", "root"),
    )


@pytest.mark.parametrize("argument", ["data/cache", CHART])
def test_values_in_a_template_of_an_app_of_apps_chart_are_edited_there(estate, argument):
    """The chart that makes the Application hands its values on, and deploys nothing else with them."""
    app_of_apps(estate)

    found = plan(estate, argument)

    assert found["status"] == "ready", found["findings"]
    assert ("root/templates/cache.yaml", "spec.source.helm.values.image.registry") in edits_of(found)
    assert [one["name"] for one in found["releases"] if one["role"] == "witness"] == ["root"]


def test_what_an_app_of_apps_chart_shows_besides_is_no_handing_on(estate):
    app_of_apps(estate)
    write(
        estate,
        root__templates__shown_yaml="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shown}\n"
        'data: {n: {{ include (print $.Template.BasePath "/cache.yaml") . | len | quote }}}\n',
    )

    found = plan(estate, "data/cache")

    registry = next(step for step in found["steps"] if step["name"] == "registry")
    assert (registry["status"], "changes the release root/root" in json.dumps(registry["tried"])) == (
        "blocked",
        True,
    )


def test_who_only_hands_values_on_is_not_named_as_their_reader(estate):
    app_of_apps(estate, HANDED_ON.replace("{name: cache,", "{name: '{{ .Values.name }}',"))
    write(
        estate,
        clusters__b__root_yaml=application("other", "[b.yaml]", "root"),
        root__values_yaml="server: https://kubernetes.default.svc\nname: cache\n",
        root__b_yaml="name: again\n",
    )

    registry = next(step for step in plan(estate, "data/cache")["steps"] if step["name"] == "registry")

    assert "every file that could hold it is read by data/again, too" in json.dumps(registry["tried"])


def test_git_is_asked_nothing_twice_of_what_nobody_changes_meanwhile(estate, monkeypatch):
    write(estate, argocd__app_yaml=application("app", "[values.yaml]"))
    asked, start = [], run._popen
    monkeypatch.setattr(run, "_popen", lambda root, words: asked.append(words) or start(root, words))
    plan(estate, CHART)

    assert len(asked) == len(set(asked))
    # The worktree and the index are compared with the base once, for all files that are looked at.
    assert [words[0] for words in asked].count("diff-index") == 2
    assert "cat-file" not in {words[0] for words in asked}
    # What was said holds for one command alone.
    assert not moment.holds()
