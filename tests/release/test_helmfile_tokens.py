"""Templates in a helmfile: which become a token, which a line of their own and so nothing, and what is said of them."""

import pytest
import yaml

from migrate_dhi.release.filling import is_alone
from migrate_dhi.release.helmfile_tokens import (
    CHOSEN,
    NAMED,
    SPACED,
    TOKEN,
    inner,
    said,
    shown,
    tokens_of,
)


@pytest.mark.parametrize(
    ("placeholder", "template"),
    [
        ("{{ .Values.a }}", ".Values.a"),
        ("{{- .Values.a -}}", ".Values.a"),
        ("{{.Values.a}}", ".Values.a"),
        # What stands between backticks is evaluated once more, for each release.
        ("{{`{{ .Release.Name }}`}}", ".Release.Name"),
        ("{{- `{{ .Release.Name }}` }}", ".Release.Name"),
        ("{{ `plain` }}", "`plain`"),
        ("{{ printf `%s` .a }}", "printf `%s` .a"),
    ],
)
def test_the_template_in_a_placeholder(placeholder, template):
    assert inner(placeholder) == template


@pytest.mark.parametrize(
    ("text", "placeholder", "alone"),
    [
        ("{{ if .a }}\nb: 1\n{{ end }}\n", "{{ if .a }}", True),
        ("a:\n  {{ toYaml .b | nindent 2 }}\n", "{{ toYaml .b | nindent 2 }}", True),
        ("a: {{ .b }}\n", "{{ .b }}", False),
        # Once as a line and once in one: it is a value.
        ("{{ .b }}\na: {{ .b }}\n", "{{ .b }}", False),
        ("- {{ .b }}\n", "{{ .b }}", False),
        ("{{ .b }} # said\n", "{{ .b }}", False),
        ("\t{{ .b }}  ", "{{ .b }}", True),
    ],
)
def test_what_has_lines_of_its_own(text, placeholder, alone):
    assert is_alone(text, placeholder) is alone


def test_each_placeholder_has_a_token_of_its_own_and_the_same_template_the_same():
    text = """\
    {{ if eq .Environment.Name "x" }}
    a: {{ .Release.Name }}-{{ .Release.Namespace }}
    b: {{`{{ .Release.Name }}`}}
    c: {{ .Environment.Name }}
    d: {{ .Values.one }}
    e: '{{.Values.one}}'
    f: {{ .Values.two }}
    {{ end }}
    """
    tokens = tokens_of(text)

    assert tokens["{{ end }}"] == tokens['{{ if eq .Environment.Name "x" }}'] == ""
    assert tokens["{{ .Release.Name }}"] == tokens["{{`{{ .Release.Name }}`}}"] == NAMED
    assert (tokens["{{ .Release.Namespace }}"], tokens["{{ .Environment.Name }}"]) == (SPACED, CHOSEN)
    assert tokens["{{ .Values.one }}"] == tokens["{{.Values.one}}"] != tokens["{{ .Values.two }}"]
    for placeholder, token in sorted(tokens.items(), key=lambda one: -len(one[0])):
        text = text.replace(placeholder, token)
    data = yaml.safe_load(text)
    assert data["a"] == f"{NAMED}-{SPACED}"
    assert data["d"] == data["e"] != data["f"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (f"a-{NAMED}", "a-web"),
        ({f"{NAMED}": [f"{NAMED}/{SPACED}", 1, None]}, {f"{NAMED}": ["web/shop", 1, None]}),
        (CHOSEN, CHOSEN),
        ("plain", "plain"),
        (5, 5),
    ],
)
def test_words_in_place_of_tokens(data, expected):
    assert said(data, {NAMED: "web", SPACED: "shop"}) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{NAMED}-{CHOSEN}.yaml", "…-….yaml"),
        (f"env/{TOKEN}h1a2bq.yaml", "env/….yaml"),
        (TOKEN, "…"),
        ("plain", "plain"),
    ],
)
def test_a_text_for_people(text, expected):
    assert shown(text) == expected
