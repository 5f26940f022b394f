"""What is stronger than the edits: overlays, applications, write-back files, update bots."""

import pytest

from migrate_dhi.migration.applications import applications, helm_overrides
from tests.conftest import plan_of

CODES = {"overlay-undoes", "write-back-file", "application-overrides", "bot-overwrites", "bot-comment-stale"}

APPLICATION = """\
apiVersion: v1
kind: Namespace
metadata: {name: cache}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: cache
spec:
  source:
    repoURL: https://git.acme.example/gitops
    path: apps/environment-overlay
    helm:
      parameters:
        - name: replicas
          value: "2"
        - name: image.tag
          value: 8.1.3
"""


def told(plan):
    return [(f.code, f.file, f.line) for f in plan.findings if f.code in CODES]


@pytest.fixture
def plain(workshop):
    """A repository with a chart that nothing undoes; the function plans it once a file is added."""
    chart = workshop.add("environment-overlay")
    (chart / "values-prod.yaml").unlink()

    def plan(values=(), **files):
        for name, text in files.items():
            path = workshop.root / name.replace("__", "/")
            path = path.with_name(path.name.replace("_yaml", ".yaml"))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        workshop.commit("add")
        return plan_of(chart, values=values)

    return plan


def test_overlay_beside_the_values(planned):
    assert told(planned("environment-overlay")) == [("overlay-undoes", "values-prod.yaml", 3)]


def test_overlay_that_is_planned_with(planned):
    assert told(planned("environment-overlay", values=("values-prod.yaml",))) == []


def test_overlay_that_sets_something_else(plain):
    other = {"apps__environment-overlay__values-prod_yaml": "replicas: 3\nimage: {pullPolicy: Always}\n"}

    assert told(plain(**other)) == []


def test_overlay_in_a_folder(plain):
    texts = {"apps__environment-overlay__prod__values_yaml": "\nimage:\n  repository: docker.io/acme/x\n"}

    assert told(plain(**texts)) == [("overlay-undoes", "apps/environment-overlay/prod/values.yaml", 3)]


@pytest.mark.parametrize("name", ["ci__test-values_yaml", "templates__values_yaml", "notes_yaml"])
def test_file_that_no_cluster_gets(plain, name):
    text = "image: {tag: 8.1.3}\n"

    assert told(plain(**{f"apps__environment-overlay__{name}": text})) == []


def test_values_of_another_chart_inside_the_folder(plain):
    other = "apps__environment-overlay__other"
    texts = {f"{other}__values_yaml": "image: {tag: 8.1.3}\n", f"{other}__Chart_yaml": "name: other\n"}

    assert told(plain(**texts)) == []


def test_overlay_that_replaces_the_whole_map(plain):
    texts = {"apps__environment-overlay__values-prod_yaml": "image: docker.io/acme/x\n"}

    assert set(told(plain(**texts))) == {
        ("overlay-undoes", "apps/environment-overlay/values-prod.yaml", 1),
    }


def test_overlay_that_is_no_yaml(plain):
    texts = {"apps__environment-overlay__values-prod_yaml": "image: {{ tag }}\n\t- x\n"}

    assert told(plain(**texts)) == []


def test_write_back_file(planned):
    assert told(planned("write-back-file")) == [("write-back-file", ".argocd-source-cache.yaml", 3)]


def test_parameter_of_an_application(plain):
    assert told(plain(clusters__cache_yaml=APPLICATION)) == [
        ("application-overrides", "clusters/cache.yaml", 17)
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("apps/environment-overlay", "apps/other"),
        ("name: image.tag", "name: metrics.image.tag"),
        ("value: 8.1.3", "value: 8.1.9-debian13"),
        ("kind: Application", "kind: AppProject"),
        ("argoproj.io/v1alpha1", "acme.example/v1"),
    ],
)
def test_application_that_undoes_nothing(plain, old, new):
    assert old in APPLICATION

    assert told(plain(clusters__cache_yaml=APPLICATION.replace(old, new))) == []


@pytest.mark.parametrize("folder", ["charts__vendored", "lib__templates"])
def test_application_of_a_vendored_chart_or_template(plain, folder):
    assert told(plain(**{f"{folder}__cache_yaml": APPLICATION})) == []


def test_values_that_an_application_passes(plain):
    files = "      valueFiles: [values.yaml, ../../envs/prod.yaml]\n"
    text = APPLICATION.partition("      parameters:")[0] + files

    plan = plain(clusters__cache_yaml=text, envs__prod_yaml="image: {tag: 8.1.3}\n")

    assert told(plan) == [("overlay-undoes", "envs/prod.yaml", 1)]
    assert "application cache" in next(f.message for f in plan.findings if f.code == "overlay-undoes")


def test_image_updater_that_follows_the_upstream_image(plain):
    note = "argocd-image-updater.argoproj.io/image-list"
    text = APPLICATION.partition("    helm:")[0].replace(
        "  name: cache\nspec",
        f"  name: cache\n  annotations:\n    {note}: cache=docker.io/valkey/valkey\nspec",
    )

    assert told(plain(clusters__cache_yaml=text)) == [("bot-overwrites", "clusters/cache.yaml", 10)]
    assert told(plain(clusters__cache_yaml=text.replace("valkey/valkey", "acme/x"))) == []


def test_comments_of_an_update_bot(planned):
    assert told(planned("update-bot-comment")) == [
        ("bot-comment-stale", "values.yaml", 2),
        ("bot-comment-stale", "values.yaml", 4),
    ]


@pytest.mark.parametrize(
    ("comment", "code"),
    [
        ('# {"$imagepolicy": "flux-system:valkey:tag"}', ["bot-overwrites"]),
        ("# renovate: datasource=docker depName=valkey/valkey", ["bot-comment-stale"]),
        ("# renovate: datasource=docker depName=acme/other", []),
        ("# the tag of docker.io/valkey/valkey", []),
    ],
)
def test_comment_beside_a_value(plain, comment, code):
    text = f"image:\n  repository: docker.io/valkey/valkey\n  tag: 8.1.4 {comment}\n"

    found = told(plain(**{"apps__environment-overlay__values_yaml": text}))

    assert [name for name, _, _ in found] == code


def test_application_set_over_folders():
    text = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: all}
spec:
  generators:
    - matrix:
        generators:
          - git: {directories: [{path: apps/*}]}
  template:
    spec:
      source:
        path: '{{ .path.path }}'
        helm:
          valuesObject: {image: {tag: "1", pull: [x]}}
"""

    (found,) = applications(text, "all.yaml", "apps/cache")

    assert [(o.text, o.value, o.line) for o in found.overrides] == [
        ("image.tag", "1", 14),
        ("image.pull", ["x"], 14),
    ]
    assert not list(applications(text, "all.yaml", "apps/cluster/cache"))
    named = text.replace("{{ .path.path }}", "apps/cluster/{{ name }}")
    assert list(applications(named, "all.yaml", "apps/cluster/cache"))
    assert not list(applications(named, "all.yaml", "apps/cache"))


def test_values_as_a_text():
    text = "helm:\n  values: |\n    a: 1\n    b:\n      c: 2\n  parameters:\n    - name: x.y\\.z[0].w\n      value: v\n"

    found = {override.path: override.line for override in helm_overrides(text, "f")}

    assert found == {("a",): 3, ("b", "c"): 5, ("x", "y.z", 0, "w"): 7}


def test_several_sources():
    text = (
        "kind: Application\nmetadata: {name: a}\nspec:\n  sources:\n    - {repoURL: x, ref: values}\n"
        "    - path: apps/a\n      helm: {valueFiles: [$values/envs/a.yaml, https://x/y.yaml, '{{ z }}.yaml']}\n"
    )

    (found,) = applications(text, "f", "apps/a")

    assert found.value_files == ("envs/a.yaml",)
