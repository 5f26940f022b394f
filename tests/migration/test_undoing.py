"""What would undo the edits, beside what is known to be deployed: overlays, write-back files, update bots."""

import pytest

from tests.conftest import plan_of

CODES = {"overlay-undoes", "write-back-file", "bot-overwrites", "bot-comment-stale"}


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


def test_write_back_file_of_an_application_elsewhere(plain):
    texts = {"apps__environment-overlay__.argocd-source-cache.yaml": "helm: {parameters: []}\n"}

    assert told(plain(**texts)) == [
        ("write-back-file", "apps/environment-overlay/.argocd-source-cache.yaml", 0)
    ]


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
