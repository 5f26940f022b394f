"""What could not be resolved and may read what a plan edits: which texts of it are taken for paths."""

from types import SimpleNamespace

import pytest

from migrate_dhi.migration.unresolved import of_unresolved
from migrate_dhi.release.release import Unresolved


class Files:
    """The texts of a repository."""

    def __init__(self, **texts):
        self.texts = texts

    def read_all(self, names):
        assert set(names) <= self.texts.keys()

    def text(self, name):
        return self.texts[name]


def told(text, *edited, file="clusters/all.yaml", line=1, chart="apps/web", editable=True):
    """(file, line) and the path of each finding on an object with this text."""
    unresolved = Unresolved("application", "all", file, line, "it is from a cluster")
    source = SimpleNamespace(
        estate=SimpleNamespace(unresolved=(unresolved,)),
        files=Files(**{file: text}),
        chart=SimpleNamespace(path=chart, editable=editable),
    )
    found = of_unresolved(source, edited)
    reason = "could not be resolved: it is from a cluster"
    assert all(one.code == "reader-unresolved" and one.message.endswith(reason) for one in found)
    return [(one.file, one.line, one.message.split()[2]) for one in found]


VALUES = "apps/web/values.yaml"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("source: {path: apps/web}", "apps/web"),
        ("source: {path: ./apps/web/}", "apps/web"),
        ("source: {path: '../apps/web'}", "apps/web"),
        ("valueFiles: [apps/web/values.yaml]", VALUES),
        ("valueFiles: ['../apps/web/values.yaml']", VALUES),
        # What is not known stands for anything.
        ("source: {path: 'apps/{{name}}'}", "apps/web"),
        ("source: {path: 'apps/{{ .path.basename }}'}", "apps/web"),
        ("source: {path: 'apps/${app}'}", "apps/web"),
        ("source: {path: 'apps/<path:kv/data#app>'}", "apps/web"),
        ("valueFiles: ['apps/{{name}}/values.yaml']", VALUES),
        ("valueFiles: ['apps/web/{{file}}.yaml']", VALUES),
        ("generators: [{git: {directories: [{path: apps/*}]}}]", "apps/web"),
        ("generators: [{git: {files: [{path: 'apps/**/values.yaml'}]}}]", VALUES),
        ("text: |\n  none\nlist: [[{deep: apps/web}]]", "apps/web"),
    ],
)
def test_what_names_an_edited_file_or_the_folder_of_the_chart(text, path):
    assert told(text, VALUES) == [("clusters/all.yaml", 1, path)]


@pytest.mark.parametrize(
    "text",
    [
        "source: {path: apps/website}",
        "source: {path: apps}",
        "source: {path: my/apps/web}",
        "source: {path: 'apps/web/{{name}}.d'}",
        "source: {path: 'other/{{name}}'}",
        # All of it is unknown, or nothing of it is a path.
        "source: {path: '{{path}}'}",
        "source: {path: '*'}",
        "schedule: '*/5 * * * *'",
        "name: web",
        "url: https://example.com/apps/web",
        "apps/web: 1",
        "# apps/web",
        "a: [",
        "",
    ],
)
def test_what_names_another_place_or_none(text):
    assert told(text, VALUES) == []


@pytest.mark.parametrize(
    ("key", "found"), [("path", True), ("chart", True), ("name", False), ("namespace", False)]
)
def test_a_word_alone_is_a_path_only_where_one_is_expected(key, found):
    assert bool(told(f"{key}: web", "web/values.yaml", chart="web")) is found


def test_one_document_of_a_stream_is_looked_at():
    text = "path: apps/web\n---\npath: other\n"

    assert told(text, VALUES, line=1) == [("clusters/all.yaml", 1, "apps/web")]
    assert told(text, VALUES, line=3) == []


def test_of_a_chart_of_others_only_edited_files_count():
    assert told("path: apps/web", "x.yaml", editable=False) == []
    assert told("path: ./x.yaml", "x.yaml", file="x/all.yaml", editable=False) == []
    assert told("path: ../x.yaml", "x.yaml", file="x/all.yaml", editable=False) == [
        ("x/all.yaml", 1, "x.yaml")
    ]


def test_where_nothing_is_edited_nothing_is_told():
    assert told("path: apps/web") == []


def test_the_root_of_the_repository_says_nothing():
    assert told("path: .", "values.yaml", chart=".") == []
