"""What would undo the edits, beside what is known to be deployed: overlays, write-back files, update bots."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from migrate_dhi.edit import Edit
from migrate_dhi.migration.plan import PlannedEdit
from migrate_dhi.migration.undoing import listed_images, of_undoing, spelled
from migrate_dhi.oci.reference import Reference
from migrate_dhi.steps.context import parsed
from tests.texts import Texts

CODES = {"overlay-undoes", "write-back-file", "bot-overwrites", "bot-comment-stale"}


# Nothing is there: what a checkout leaves out is asked of Git.
ROOT = Path("/nowhere")
CHART = "apps/environment-overlay"
VALUES = f"{CHART}/values.yaml"
BEFORE = "image:\n  repository: docker.io/valkey/valkey\n  tag: 8.1.4\n"
AFTER = SimpleNamespace(after=Reference.parse("dhi.io/valkey:8.1.9"))
_REPOSITORY, _TAG = re.compile(r"repository: (\S+)"), re.compile(r"tag: (\S+)")


def told(plan):
    return [(f.code, f.file, f.line) for f in plan.findings if f.code in CODES]


def undone(*, chart=CHART, application="", image="valkey/valkey:8.1.4", document=None, read=True, **files):
    """What is found of a plan that moves the image of a chart, all of it in memory: files by their path."""
    values = f"{chart}/values.yaml".removeprefix("./")
    text = files.get(values, BEFORE)
    after = _TAG.sub(
        "tag: 8.1.9-debian13", _REPOSITORY.sub("repository: dhi.io/valkey", text, count=1), count=1
    )
    edits, chosen = [], []
    for path, found in (("repository", _REPOSITORY.search(text)), ("tag", _TAG.search(text))):
        # The step before has put a registry above the tag.
        line = text.count("\n", 0, found.start()) + 1 + (path == "tag")
        edits.append(PlannedEdit(values, line, f"image.{path}", found[1], "x"))
        chosen.append(Edit(values, ("image", path), "x", document=document))
    source = SimpleNamespace(
        chart=SimpleNamespace(path=chart, directory=ROOT / chart, texts={values: text}, editable=True),
        repository=SimpleNamespace(root=ROOT),
        files=Texts({values: text, f"{chart}/Chart.yaml".removeprefix("./"): "name: x\n", **files}),
        target=SimpleNamespace(
            layers=(),
            releases=[SimpleNamespace(way="application", file=application, id="argocd/x")]
            * bool(application),
        ),
    )
    context = SimpleNamespace(
        moving=[SimpleNamespace(before=Reference.parse(image), decision=AFTER)],
        target=SimpleNamespace(files=(values,) * read),
        document=lambda file: parsed({values: after}[file], file),
    )
    return SimpleNamespace(
        findings=of_undoing(source, context, [SimpleNamespace(edits=edits, chosen=chosen)])
    )


def plain(**files):
    """The same of files as keywords: ``__`` for a slash, ``_yaml`` for the ending."""
    return undone(
        **{re.sub("_yaml$", ".yaml", name.replace("__", "/")): text for name, text in files.items()}
    )


def test_overlay_beside_the_values(planned):
    assert told(planned("environment-overlay")) == [("overlay-undoes", "values-prod.yaml", 3)]


def test_overlay_that_is_planned_with(planned):
    assert told(planned("environment-overlay", values=("values-prod.yaml",))) == []


@pytest.mark.parametrize(("more", "found"), [({}, 1), ({"document": 0}, 0), ({"read": False}, 0)])
def test_only_values_of_files_are_overlaid(more, found):
    """What stands in an object is stronger than any file, and a template is no value."""
    assert len(told(undone(**more, **{f"{CHART}/values-prod.yaml": "image: {tag: 8.1.3}\n"}))) == found


def test_overlay_that_sets_something_else():
    other = {"apps__environment-overlay__values-prod_yaml": "replicas: 3\nimage: {pullPolicy: Always}\n"}

    assert told(plain(**other)) == []


def test_overlay_in_a_folder():
    texts = {"apps__environment-overlay__prod__values_yaml": "\nimage:\n  repository: docker.io/acme/x\n"}

    assert told(plain(**texts)) == [("overlay-undoes", "apps/environment-overlay/prod/values.yaml", 3)]


@pytest.mark.parametrize("name", ["ci__test-values_yaml", "templates__values_yaml", "notes_yaml"])
def test_file_that_no_cluster_gets(name):
    text = "image: {tag: 8.1.3}\n"

    assert told(plain(**{f"apps__environment-overlay__{name}": text})) == []


def test_values_of_another_chart_inside_the_folder():
    other = "apps__environment-overlay__other"
    texts = {f"{other}__values_yaml": "image: {tag: 8.1.3}\n", f"{other}__Chart_yaml": "name: other\n"}

    assert told(plain(**texts)) == []


def test_overlay_that_replaces_the_whole_map():
    texts = {"apps__environment-overlay__values-prod_yaml": "image: docker.io/acme/x\n"}

    assert set(told(plain(**texts))) == {
        ("overlay-undoes", "apps/environment-overlay/values-prod.yaml", 1),
    }


def test_overlay_that_is_no_yaml():
    texts = {"apps__environment-overlay__values-prod_yaml": "image: {{ tag }}\n\t- x\n"}

    assert told(plain(**texts)) == []


def test_write_back_file_of_an_application_elsewhere():
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
        ("# renovate: datasource=docker depName=valkey/valkey # pinned", ["bot-comment-stale"]),
        ("# renovate: datasource=docker depName=acme/other", []),
        ("# the tag of docker.io/valkey/valkey", []),
    ],
)
def test_comment_beside_a_value(comment, code):
    text = f"image:\n  repository: docker.io/valkey/valkey\n  tag: 8.1.4 {comment}\n"

    found = told(plain(**{"apps__environment-overlay__values_yaml": text}))

    assert [name for name, _, _ in found] == code


# --- overlays: what counts, and what is laid over what


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("image: {repository: docker.io/valkey/valkey}\n", ["image.repository"]),
        ("image: {repository: docker.io/x, tag: 1}\n", ["image.repository", "image.tag"]),
        ("image: {tag: 8.1.4-debian13}\n", ["image.tag"]),
        ("image: {repository: dhi.io/valkey}\n", []),
        ("image: {tag: 8.1.9-debian13}\n", []),
        ("image: {repository: dhi.io/valkey, tag: 8.1.9-debian13}\n", []),
        ("image: {}\n", []),
        ("image: null\n", ["image"]),
        ("image: text\n", ["image"]),
        ("{}\n", []),
        ("", []),
        ("# nothing\n", []),
        ("- image\n", [""]),
        ("other: {repository: x}\n", []),
    ],
)
def test_an_overlay_undoes_what_it_sets_otherwise(text, found):
    plan = plain(**{"apps__environment-overlay__values-prod_yaml": text})

    messages = [f.message for f in plan.findings if f.code == "overlay-undoes"]
    assert [
        one.removeprefix("apps/environment-overlay/values-prod.yaml sets ").split(",")[0] for one in messages
    ] == found
    assert all("it undoes the edit of apps/environment-overlay/values.yaml" in one for one in messages)


@pytest.mark.parametrize("name", ["my-values_yaml", "VALUES-prod_yaml", "values.prod.yml", "values_yml"])
def test_what_a_values_file_is_called(name):
    text = "image: {tag: 8.1.3}\n"

    assert len(told(plain(**{f"apps__environment-overlay__{name}".replace("_yml", ".yml"): text}))) == 1


@pytest.mark.parametrize("name", [".hidden__values_yaml", "deep__er__values_yaml", "charts__values_yaml"])
def test_where_no_values_file_is_looked_for(name):
    assert told(plain(**{f"apps__environment-overlay__{name}": "image: {tag: 8.1.3}\n"})) == []


@pytest.mark.parametrize("chart", ["apps/ci", "charts", "x/templates", "."])
def test_a_chart_may_be_called_as_a_folder_of_charts_is(chart):
    file = f"{chart}/values-prod.yaml".removeprefix("./")

    assert told(undone(chart=chart, **{file: "image: {tag: 8.1.3}\n"})) == [("overlay-undoes", file, 1)]


def test_the_same_files_are_looked_at_on_disk(tmp_path, monkeypatch):
    """Of a file that Git does not know, too: it may be passed from here."""
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    for name in (
        "values-a.yaml",
        "prod/values.yaml",
        "ci/values.yaml",
        "sub/values.yaml",
        "sub/Chart.yaml",
        ".x/values.yaml",
    ):
        (tmp_path / CHART / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / CHART / name).write_text("image: {tag: 8.1.3}\n")

    assert [file for _, file, _ in told(undone())] == [f"{CHART}/prod/values.yaml", f"{CHART}/values-a.yaml"]


# --- bots


@pytest.mark.parametrize(
    ("chart", "file", "found"),
    [
        (".", ".argocd-source.yaml", True),
        (".", "apps/.argocd-source-x.yaml", False),
        (CHART, f"{CHART}/.argocd-source.yaml", True),
        (CHART, f"{CHART}/.argocd-source-data_cache.yaml", True),
        (CHART, f"{CHART}/deep/.argocd-source.yaml", False),
        (CHART, ".argocd-source.yaml", False),
        (CHART, f"{CHART}/argocd-source.yaml", False),
        (CHART, f"{CHART}/.argocd-source.yaml.bak", False),
    ],
)
def test_where_a_write_back_file_is_read(chart, file, found):
    assert told(undone(chart=chart, **{file: "helm: {}\n"})) == [("write-back-file", file, 0)] * found


APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: cache
  annotations:
    argocd-image-updater.argoproj.io/{key}: {image}
spec:
  destination: {{namespace: cache, server: https://kubernetes.default.svc}}
  source: {{repoURL: https://github.com/acme/gitops, path: apps/environment-overlay}}
"""


def test_a_bot_names_an_official_image_without_its_library():
    text = "image:\n  repository: docker.io/library/valkey\n  tag: 8.1.4 # renovate: image=valkey\n"

    found = told(undone(image="valkey:8.1.4", **{VALUES: text}))

    assert found == [("bot-comment-stale", VALUES, 3)]


@pytest.mark.parametrize(
    ("key", "image", "found"),
    [
        ("image-list", "cache=docker.io/valkey/valkey", [("bot-overwrites", "app.yaml", 6)]),
        ("image-list", "cache=docker.io/acme/other", []),
        ("image-list", "a=acme/other, b=valkey/valkey:~8", [("bot-overwrites", "app.yaml", 6)]),
        # Another image whose name has that of this one in it.
        ("image-list", "cache=docker.io/valkey/valkey-bundle, b=acme/valkey/valkey", []),
        (
            "image-list",
            ">-\n      a=acme/other,\n      b=valkey/valkey:~8",
            [("bot-overwrites", "app.yaml", 8)],
        ),
        ("cache.update-strategy", "docker.io/valkey/valkey", []),
    ],
)
def test_an_image_updater_that_follows_the_image_of_the_release(key, image, found):
    text = APPLICATION.format(key=key, image=image)

    some = undone(application="app.yaml", **{"app.yaml": text}).findings

    assert [(f.code, f.file, f.line) for f in some] == found
    assert all("let it follow dhi.io/valkey" in f.help for f in some)
    # Of an Application that deploys something else nothing is known here.
    assert told(undone(**{"app.yaml": text})) == []


@pytest.mark.parametrize(
    ("image", "comment", "is_it"),
    [
        ("valkey/valkey:8", "renovate: depName=valkey/valkey", True),
        ("valkey/valkey:8", "renovate: depName=docker.io/valkey/valkey", True),
        ("valkey/valkey:8", "renovate: registryUrl=https://docker.io depName=valkey/valkey", True),
        ("valkey/valkey:8", "renovate: datasource=github-releases depName=valkey/valkey", True),
        # Of another registry it is another image.
        ("valkey/valkey:8", "renovate: depName=quay.io/valkey/valkey", False),
        ("valkey/valkey:8", "renovate: depName=acme/valkey/valkey", False),
        ("quay.io/acme/app:1", "renovate: depName=quay.io/acme/app", True),
        ("quay.io/acme/app:1", "renovate: registryUrl=https://quay.io depName=acme/app", True),
        ("quay.io/acme/app:1", "renovate: depName=acme/app", False),
        ("quay.io/acme/app:1", "renovate: registryUrl=https://quay.io depName=acme/app-extra", False),
        ("nginx:1", "renovate: depName=nginx", True),
        ("nginx:1", "renovate: depName=acme/nginx", False),
    ],
)
def test_which_image_a_comment_of_a_bot_names(image, comment, is_it):
    text = f"image:\n  repository: x\n  # {comment}\n  tag: 8.1.4\n"

    assert told(undone(image=image, **{VALUES: text})) == [("bot-comment-stale", VALUES, 3)] * is_it


@pytest.mark.parametrize(
    ("above", "lines"),
    [
        ("# renovate: image=valkey/valkey\n", [3]),
        ("# renovate: image=valkey/valkey\n  # two lines\n", [3]),
        ("# renovate: image=valkey/valkey\n\n", []),
        ("# renovate: image=valkey/valkey-extra\n", []),
        ("# renovate: image=x-valkey/valkey\n", []),
        ("# RENOVATE valkey/valkey\n", [3]),
    ],
)
def test_a_comment_above_a_value_is_found_where_it_was_though_lines_came_above_it(above, lines):
    """The registry step adds a line: the comment stands where the user has it."""
    text = f"image:\n  repository: valkey/valkey\n  {above}  tag: 8.1.4\nother: 1\n"

    found = told(plain(**{"apps__environment-overlay__values_yaml": text}))

    assert [(code, line) for code, _, line in found] == [("bot-comment-stale", line) for line in lines]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("image-updater.argoproj.io/image-list: a=b", [(1, ": a=b")]),
        ("x:\n  argocd-image-updater.argoproj.io/image-list: a=b\n  other: c", [(2, ": a=b")]),
        (
            "  image-updater.argoproj.io/image-list: |\n    a=b,\n\n    c=d\n  other: e=f\n",
            [(1, ": |"), (2, "    a=b,"), (3, ""), (4, "    c=d")],
        ),
        ("image-updater.argoproj.io/write-back-method: git", []),
        ("", []),
    ],
)
def test_the_lines_of_a_list_of_images(text, found):
    assert [(number, line[start:]) for number, line, start in listed_images(text)] == found


@pytest.mark.parametrize(
    ("image", "text", "is_it"),
    [
        ("valkey/valkey:8", "a=valkey/valkey", True),
        ("valkey/valkey:8", "a=docker.io/valkey/valkey:~8", True),
        ("docker.io/valkey/valkey:8", "valkey/valkey", True),
        ("valkey/valkey:8", "quay.io/valkey/valkey", False),
        ("valkey/valkey:8", "valkey/valkey-bundle", False),
        ("valkey/valkey:8", "valkey/valkey/x", False),
        ("valkey/valkey:8", "my-valkey/valkey", False),
        ("nginx:1", "a=nginx", True),
        ("nginx:1", "library/nginx", True),
        ("nginx:1", "docker.io/nginx", True),
        ("nginx:1", "docker.io/library/nginx:1.x", True),
        ("nginx:1", "acme/nginx", False),
        ("nginx:1", "nginx-unprivileged", False),
        ("nginx:1", "nginx.example", False),
        ("nginx:1", "the tag of nginx.", True),
        # Another registry is another image.
        ("quay.io/acme/app:1", "acme/app", False),
        ("quay.io/acme/app:1", "x=quay.io/acme/app", True),
        ("localhost:5000/app:1", "localhost:5000/app", True),
    ],
)
def test_how_an_image_is_spelled(image, text, is_it):
    assert bool(spelled(Reference.parse(image)).search(text)) is is_it
