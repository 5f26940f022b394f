"""Values files that helmfile renders: what becomes of them where that is known, and where nothing is guessed."""

import pytest

from migrate_dhi.release.contents import Contents
from migrate_dhi.release.gotmpl import State

VALUES = {"a": {"b": "one", "on": True, "n": 3, "empty": ""}, "list": ["x", "z"], "version": "1.20"}


def state(repo, files=None, entries=None, *, known=True):
    repo.write(files or {})
    given = (("env", {"values": [VALUES]}),) if entries is None else entries
    return State(Contents(repo.snapshot()), "prod", "web", "shop", given, known)


@pytest.mark.parametrize(
    ("template", "word"),
    [
        (".Values.a.b", "one"),
        (".StateValues.a.b", "one"),
        (".Environment.Values.a.b", "one"),
        (".Values.a.b | upper | quote", '"ONE"'),
        (".Values.version", "1.20"),
        (".Values.a.n", "3"),
        (".Environment.Name", "prod"),
        ('eq .Environment.Name "prod"', "true"),
        ('ternary "x" "y" (eq .Environment.Name "dev")', "y"),
        (".Release.Name", "web"),
        (".Release.Namespace", "shop"),
        ("first .Values.list", "x"),
        ('.Values.none | default "x"', "x"),
        ('printf "%s-%s" .Release.Name .Values.a.b', "web-one"),
        # What no value gives is not known; an empty text of a value is none either.
        (".Values.none", None),
        (".Values.a.empty", None),
        # Of the process, of fields that helmfile alone has, and of what it runs nothing is known.
        ('env "HOME"', None),
        ('requiredEnv "HOME"', None),
        ('env "HOME" | default "x"', None),
        (".Environment.KubeContext", None),
        (".HelmfileCommand", None),
        (".Release.Labels.app", None),
        ('exec "date" (list)', None),
        ("nosuchfunction .Values.a", None),
        # Nobody is assumed to pass --namespace.
        ('.Namespace | default "x"', "x"),
    ],
)
def test_a_word(repo, template, word):
    assert state(repo).word(template) == word


@pytest.mark.parametrize(
    ("entries", "word"),
    [
        ([("", {"values": ["a.yaml"]})], "file"),
        ([("", {"values": ["a.yaml", {"v": "map"}]})], "map"),
        ([("", {"values": [{"v": "map"}, "a.yaml"]})], "file"),
        ([("", {"values": [{"v": "one"}]}), ("", {"values": [{"v": "two"}]})], "two"),
        # A file that may be missing and is gives nothing; one outside of the repository may be there.
        ([("", {"values": ["a.yaml", "none.yaml"], "missingFileHandler": "Warn"})], "file"),
        ([("", {"values": ["a.yaml", "none.yaml"]})], None),
        ([("", {"values": ["a.yaml", "/etc/none.yaml"], "missingFileHandler": "Warn"})], None),
        ([("", {"values": ["a.yaml", "../none.yaml"], "missingFileHandler": "Warn"})], None),
        # A file is named from the folder of its document.
        ([("sub", {"values": ["b.yaml"]})], "below"),
        ([("sub", {"values": ["../a.yaml"]})], "file"),
        # A template sees what came before it.
        ([("", {"values": [{"x": "seen"}, "t.yaml.gotmpl"]})], "seen"),
        ([("", {"values": [{"v": "map"}, "empty.yaml"]})], "map"),
        # All of them must be known.
        ([("", {"values": ["gone.yaml", {"v": "map"}]})], None),
        ([("", {"values": [{"v": "map"}], "secrets": ["s.yaml"]})], None),
        ([("", {"values": ["broken.yaml", {"v": "map"}]})], None),
        ([("", {"values": ["t2.yaml.gotmpl", {"v": "map"}]})], None),
        ([("", None)], None),
        ([], None),
    ],
)
def test_where_the_values_of_an_environment_are_from(repo, entries, word):
    files = {
        "a.yaml": "v: file\n",
        "sub/b.yaml": "v: below\n",
        "t.yaml.gotmpl": "v: {{ .Values.x }}\n",
        "t2.yaml.gotmpl": 'v: {{ exec "date" (list) }}\n',
        "empty.yaml": "",
        "broken.yaml": "a: b: c\n",
    }

    assert state(repo, files, tuple(entries)).word(".Values.v") == word


def test_values_that_others_may_lie_over_are_not_known(repo):
    assert state(repo, known=False).word(".Values.a.b") is None
    assert state(repo, known=False).word(".Release.Name") == "web"


@pytest.mark.parametrize(
    ("text", "values", "writable"),
    [
        ("image:\n  tag: {{ .Values.version }}\n", {"image": {"tag": 1.2}}, True),
        ("image:\n  tag: {{ .Values.version | quote }}\n", {"image": {"tag": "1.20"}}, True),
        ("name: {{ .Release.Name }}-{{ .Environment.Name }}\n", {"name": "web-prod"}, True),
        ("a: 1\n", {"a": 1}, True),
        # What a condition or a block makes cannot be told place by place.
        ("{{ if .Values.a.on }}\na: 1\n{{ else }}\nb: 2\n{{ end }}\n", {"a": 1}, False),
        ("a:\n  {{- toYaml .Values.list | nindent 2 }}\n", {"a": ["x", "z"]}, False),
        ("{{ range .Values.list }}\n{{ . }}: 1\n{{ end }}\n", {"x": 1, "z": 1}, False),
        # A word stands in for a variable of the process, which decides nothing.
        ('a: {{ env "KEY" | quote }}\nb: 1\n', {"a": "zq-variable-qz", "b": 1}, True),
        ('a: {{ env "KEY" | default "x" }}\n', {"a": "x"}, True),
    ],
)
def test_a_file_that_is_rendered(repo, text, values, writable):
    made = state(repo, {"v.yaml.gotmpl": text})

    layer = made.layer("v.yaml.gotmpl")

    assert layer.values({"v.yaml.gotmpl": text}) == values
    assert (layer.form, layer.writable, bool(layer.reason)) == ("map", writable, not writable)


@pytest.mark.parametrize(
    "text",
    [
        '{{ if env "KEY" }}\na: 1\n{{ end }}\n',
        '{{ $key := requiredEnv "KEY" }}\na: {{ $key }}\n',
        'a: {{ exec "date" (list) }}\n',
        "a: {{ .Values.none.deeper }}\n",
        'a: {{ required "no" .Values.none }}\n',
        "a: {{ .Chart.Name }}\n",
        "a: {{ .Values.a.b\n",
        "{{ .Values.a.b }}: : c\n",
    ],
)
def test_a_file_of_which_nothing_is_known(repo, text):
    assert state(repo, {"v.yaml.gotmpl": text}).layer("v.yaml.gotmpl") is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('a: {{ env "KEY" }}\n', True),
        ('a: {{ requiredEnv "KEY" | quote }}\n', True),
        ("a: {{ env `KEY` }}\n", True),
        ('a: {{ env "KEY" | default "x" }}\n', False),
        ('a: {{ coalesce (env "KEY") "x" }}\n', False),
        ('a: {{ .Values.env }}\nb: env "KEY"\n', False),
    ],
)
def test_where_a_word_stands_in_for_the_process(repo, text, told):
    assert state(repo, {"v.yaml.gotmpl": text}).stands_in("v.yaml.gotmpl") is told
