"""What Argo CD fills in for placeholders, in its old notation and in Go templates, and what hides something."""

import pytest

from migrate_dhi.release.argo_templates import Parameters, Template, Templates, is_control
from migrate_dhi.release.filling import Filling

VALUES = {
    "name": "web",
    "tag": 1.5,
    "port": 80,
    "on": True,
    "none": None,
    "empty": "",
    "deep": {"a": {"b": "c"}, "list": ["x", "y"]},
    "dotted.key": "d",
    "path": {"path": "apps/web", "basename": "web", "0": "apps"},
}


def filled(text, *, go, unknown=()):
    return Template(Parameters(VALUES, unknown), go=go).text(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a-{{ .name }}-b", "a-web-b"),
        ("{{.name}}", "web"),
        ("{{- .name -}}", "web"),
        ("{{ .port }}", "80"),
        ("{{ .on }}", "true"),
        ("{{ .deep.a.b }}", "c"),
        ("{{ .tag }}", "1.5"),
        ("{{ .name | upper }}", "WEB"),
        ("{{ .name }}-{{ .name | upper }}", "web-WEB"),
        ("{{ index .deep.list 1 }}", "y"),
        ('{{ index . "dotted.key" }}', "d"),
        ('{{ default "x" .gone }}', "x"),
        ('{{ if eq .name "web" }}yes{{ else }}no{{ end }}', "yes"),
        ("{{ nosuch .name }}", None),
        ("{{ .name", None),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_go_templates(text, expected):
    assert filled(text, go=True) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a-{{name}}-b", "a-web-b"),
        ("{{ name }}", "web"),
        ("{{port}}", "80"),
        ("{{on}}", "true"),
        ("{{deep.a.b}}", "c"),
        ("{{deep.list[1]}}", "y"),
        ("{{deep.list[7]}}", "{{deep.list[7]}}"),
        ("{{dotted.key}}", "d"),
        ("{{path}}", "apps/web"),
        ("{{path.basename}}", "web"),
        ("{{path[0]}}", "apps"),
        # What is not known stays as it is.
        ("{{gone}}", "{{gone}}"),
        ("{{deep}}", "{{deep}}"),
        ("{{name}}-{{gone}}", "web-{{gone}}"),
        ("plain", "plain"),
    ],
)
def test_the_old_notation(text, expected):
    assert filled(text, go=False) == expected


@pytest.mark.parametrize(
    ("go", "text", "expected"),
    [
        (True, "{{ .name }}", False),
        (True, "{{ .gone }}", True),
        (True, "{{ .metadata.labels.env }}", True),
        (True, '{{ index .metadata.annotations "example.com/x" }}', True),
        (True, "{{ .gone | upper }}-x", True),
        (True, '{{ if eq .name "web" }}a{{ end }}', False),
        (True, "plain", False),
        (False, "{{name}}", False),
        (False, "{{gone}}", True),
        (False, "{{metadata.labels.env}}", True),
    ],
)
def test_what_depends_on_what_is_not_known(go, text, expected):
    template = Template(Parameters(VALUES, ("clusters",)), go=go)

    assert template.hides(text) is expected
    assert Template(Parameters(VALUES), go=go).hides(text) is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{gone}}", "gone"),
        ("{{metadata.labels.My_Env}}", "my-env"),
        ("{{server}}", "https://server"),
        ("{{ ... }}", "unknown"),
    ],
)
def test_a_word_stands_in_for_what_is_not_known(text, expected):
    assert filled(text, go=False, unknown=("clusters",)) == expected


def test_the_server_of_another_generator_is_a_word():
    assert filled("{{server}}", go=False, unknown=("plugin",)) == "server"


def test_keys_and_texts_of_data_are_filled_and_the_rest_stays():
    template = Template(Parameters(VALUES), go=True)
    data = {"{{ .name }}": ["{{ .port }}", 5, None, True, {"a": "{{ nosuch }}"}]}

    assert template.data(data) == {"web": ["80", 5, None, True, {"a": "{{ nosuch }}"}]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: {{ .name }}\nb: {{ .name }}\n", {"{{ .name }}": "web"}),
        (
            "a: {{ .name }}\n{{ if .on }}\nb: 1\n{{ end }}\n",
            {"{{ .name }}": "web", "{{ if .on }}": "", "{{ end }}": ""},
        ),
        ('a: "{{ index . \\"dotted.key\\" }}"\n', {'{{ index . \\"dotted.key\\" }}': "d"}),
        ("a: {{ nosuch }}\n", {"{{ nosuch }}": ""}),
        ("a: 1\n", {}),
    ],
)
def test_what_each_placeholder_of_a_text_becomes(text, expected):
    assert Template(Parameters(VALUES), go=True).fill(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ if .a }}", True),
        ("{{- else }}", True),
        ("{{range .a}}", True),
        ("{{ with .a }}", True),
        ("{{ $x := 1 }}", True),
        ("{{/* said */}}", True),
        ('{{ define "a" }}', True),
        ("{{ .a }}", False),
        ("{{ ifx .a }}", True),
        ("{{ .if }}", False),
        ("if", False),
    ],
)
def test_conditions_and_loops(text, expected):
    assert is_control(text) is expected


def test_all_sets_are_expanded_together_and_one_that_fails_alone():
    sets = [Parameters({"a": "x"}), Parameters({"a": {"b": 1}}), Parameters({"a": "z"})]

    found = [one.text("{{ .a | upper }}") for one in Templates(sets, go=True).each()]

    assert (found[0], found[2]) == ("X", "Z")
    assert found[1] is None or "map" in found[1].lower()


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 1, "c": 2}}),
        ({"a": 1}, {"a": 2}, {"a": 2}),
    ],
)
def test_parameters_over_others(one, other, expected):
    found = Parameters(one, ("x",), "r", ("f",)).over(Parameters(other, ("x", "y"), "", ("g", "f")))

    assert found == Parameters(expected, ("x", "y"), "r", ("f", "g"))


# --- what a template of a chart rendered


@pytest.mark.parametrize(
    ("text", "source", "rendered", "expected"),
    [
        ("a: {{ .x }}\n", {"a": "zq0qz"}, {"a": "web"}, {"{{ .x }}": '"web"'}),
        ("a: {{ .x }}\n", {"a": "zq0qz"}, {"a": 5}, {"{{ .x }}": "5"}),
        ("a: {{ .x }}\n", {"a": "zq0qz"}, {"a": {"b": [1]}}, {"{{ .x }}": '{"b": [1]}'}),
        ('a: "{{ .x }}"\n', {"a": "zq0qz"}, {"a": "web"}, {"{{ .x }}": "web"}),
        ("a: x-{{ .x }}-y\n", {"a": "x-zq0qz-y"}, {"a": "x-web-y"}, {"{{ .x }}": "web"}),
        (
            "a: {{ .x }}/{{ .y }}\n",
            {"a": "zq0qz/zq1qz"},
            {"a": "web/1"},
            {"{{ .x }}": "web", "{{ .y }}": "1"},
        ),
        # What cannot be told keeps a word of its own.
        ("a: x-{{ .x }}\n", {"a": "x-zq0qz"}, {"a": "other"}, {"{{ .x }}": "zq0qz"}),
        ("a: {{ .x }}\n", {"a": "zq0qz"}, {"b": 1}, {"{{ .x }}": "zq0qz"}),
        ("a: [{{ .x }}]\n", {"a": ["zq0qz"]}, {"a": [1, 2]}, {"{{ .x }}": "zq0qz"}),
        ("a: [{{ .x }}]\n", {"a": ["zq0qz"]}, {"a": [7]}, {"{{ .x }}": "7"}),
        # A text in braces is known without that, also where it has braces.
        (
            'a: {{ "{{" }} b {{ "}}" }}/{{ .x }}{{`{{ c }}`}}\n',
            {"a": "zq0qz b zq1qz/zq2qzzq3qz"},
            {"a": "{{ b }}/web{{ c }}"},
            {'{{ "{{" }}': "{{", '{{ "}}" }}': "}}", "{{ .x }}": "web", "{{`{{ c }}`}}": "{{ c }}"},
        ),
        # What has a line of its own becomes nothing.
        ("{{ if .x }}\na: 1\n{{ end }}\n", {"a": 1}, {"a": 1}, {"{{ if .x }}": "", "{{ end }}": ""}),
    ],
)
def test_what_placeholders_became_is_learned_from_what_was_rendered(text, source, rendered, expected):
    filling = Filling(text)
    filling.learn(source, rendered)

    assert filling.fill == expected


def test_a_masked_text_is_yaml():
    filling = Filling("{{ if .x }}\na: {{ .x }}\nb: '{{ .y }}'\n{{ end }}\n")

    assert (
        filling.masked("{{ if .x }}\na: {{ .x }}\nb: '{{ .y }}'\n{{ end }}\n") == "\na: zq1qz\nb: 'zq2qz'\n\n"
    )
    assert filling.masked("{{ .other }}") == "zqz"
