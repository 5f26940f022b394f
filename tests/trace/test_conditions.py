"""Conditions of templates that keep an image out of the render, and what would let it in."""

from types import SimpleNamespace

import pytest

from migrate_dhi.trace.conditions import labels, settings, unshown

POD = "containers:\n  - name: x\n    image: docker.io/acme/x:1\n"


def found(text, values, prefix=()):
    node = SimpleNamespace(prefix=prefix, metadata={}, templates=(("c/templates/x.yaml", text),))
    return settings([node], values)[0]


def turned(text, values):
    """What lets an image in by being off, and what has to be on beside it."""
    node = SimpleNamespace(prefix=(), metadata={}, templates=(("c/templates/x.yaml", text),))
    return settings([node], values)[1]


@pytest.mark.parametrize(
    ("condition", "values", "wanted"),
    [
        ("if .Values.side.run", {"side": {"run": False}}, {("side", "run"): True}),
        ("- if $.Values.side.run -", {"side": {"run": False}}, {("side", "run"): True}),
        ("if and .Values.a .Values.b", {"a": False, "b": True}, {("a",): True}),
        ("if or .Values.a (.Values.b).c", {"a": False, "b": {"c": False}}, {("a",): True, ("b", "c"): True}),
        ("if .Values.job.enabled", {"job": {}}, {("job", "enabled"): True}),
        ('if (index .Values "a-b").enabled', {"a-b": {"enabled": False}}, {("a-b", "enabled"): True}),
        ('if index .Values "a-b" "on"', {"a-b": {"on": False}}, {("a-b", "on"): True}),
        ('if eq .Values.mode "full"', {"mode": "slim"}, {("mode",): "full"}),
        ('if eq "full" .Values.mode', {"mode": "slim"}, {("mode",): "full"}),
        ("if eq `full` ($.Values.a.mode)", {"a": {"mode": ""}}, {("a", "mode"): "full"}),
        ('if and .Values.on1 (eq "x" .Values.mode)', {"on1": False, "mode": "x"}, {("on1",): True}),
        (
            'if and .Values.on1 (eq .Values.a.mode "x")',
            {"on1": False, "a": {"mode": "y"}},
            {("on1",): True, ("a", "mode"): "x"},
        ),
    ],
)
def test_what_would_let_an_image_in(condition, values, wanted):
    assert found(f"{{{{{condition}}}}}\n{POD}{{{{ end }}}}\n", values) == wanted


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (f"{{{{ if .Values.a }}}}\n{POD}{{{{ end }}}}", {"a": True}),
        (f"{{{{ if .Values.extra }}}}\n{POD}{{{{ end }}}}", {}),
        (f"{{{{ if not .Values.a }}}}\n{POD}{{{{ end }}}}", {"a": False}),
        (f'{{{{ if ne .Values.a "x" }}}}\n{POD}{{{{ end }}}}', {"a": False}),
        ("{{ if .Values.a }}\nlabel: image\n{{ end }}\n" + POD, {"a": False}),
        (f"{{{{ if .Values.a }}}}\nx: 1\n{{{{ else }}}}\n{POD}{{{{ end }}}}", {"a": False}),
        (f'{{{{ if eq .Values.mode "x" }}}}\n{POD}{{{{ end }}}}', {"mode": "x"}),
        (f"{{{{ end }}}}{{{{ end }}}}\n{POD}", {"a": False}),
        # what stands in a comment is no template
        (f"{{{{/* {{{{ if .Values.a }}}} */}}}}\n{POD}{{{{/* {{{{ end }}}} */}}}}", {"a": False}),
        (f"{{{{ if .Values.a }}}}\n{{{{- /*\n{POD}*/ -}}}}{{{{ end }}}}", {"a": False}),
        (
            f"{{{{- /* {{{{ if .Values.a }}}}\n*/ -}}}}\n{POD}{{{{ if .Values.a }}}}{{{{ end }}}}",
            {"a": False},
        ),
        (f"{{{{ with .Values.a }}}}\n{POD}{{{{ end }}}}", {"a": False}),
        (f"{{{{ range .Values.a }}}}\n{POD}{{{{ end }}}}", {"a": False}),
    ],
)
def test_what_keeps_no_image_out_is_left_alone(text, values):
    assert found(text, values) == {}


def test_conditions_around_each_other_and_branches():
    text = f"""{{{{- if .Values.outer }}}}
{{{{ range .Values.list }}}}{{{{ end }}}}
{{{{- if .Values.inner }}}}
a: 1
{{{{- else if .Values.other }}}}
{POD}
{{{{- end }}}}
{{{{- end }}}}"""

    assert found(text, dict.fromkeys(("outer", "inner", "other"), False)) == {
        ("other",): True,
        ("outer",): True,
    }


def test_values_of_a_dependency_have_its_prefix():
    text = f"{{{{ if .Values.side.run }}}}\n{POD}{{{{ end }}}}\n"

    assert found(text, {"sub": {"side": {"run": False}}}, ("sub",)) == {("sub", "side", "run"): True}


@pytest.mark.parametrize(
    ("before", "values", "wanted"),
    [
        ("{{ if not .Values.a }}", {"a": True}, {("a",): False}),
        ("{{ if (not .Values.a) }}", {"a": True}, {("a",): False}),
        ("{{ if not (.Values.a).b }}", {"a": {"b": True}}, {("a", "b"): False}),
        ("{{ if not (or .Values.a .Values.b) }}", {"a": True, "b": True}, {("a",): False, ("b",): False}),
        ("{{ if not (and .Values.a .Values.b) }}", {"a": True, "b": True}, {("a",): False}),
        ("{{ if not (and .Values.a .Values.b) }}", {"a": True, "b": False}, {}),
        ("{{ if or .Values.c (not .Values.a) }}", {"a": True, "c": True}, {}),
        ("{{ if and .Values.c (not .Values.a) }}", {"a": True, "c": False}, {("c",): True, ("a",): False}),
        ('{{ if ne .Values.mode "x" }}', {"mode": "x"}, {("mode",): ""}),
        ('{{ if ne .Values.mode "x" }}', {"mode": "y"}, {}),
        ('{{ if ne "x" .Values.mode }}', {"mode": "x"}, {("mode",): ""}),
        ("{{ if ne `x` .Values.mode }}", {"mode": "x"}, {("mode",): ""}),
        ("{{ if ne .Values.mode `x` }}", {"mode": "x"}, {("mode",): ""}),
        ("{{ if not (eq `y` .Values.mode) }}", {"mode": "x"}, {}),
        ("{{ if ne (.Values.mode) `x` }}", {"mode": True}, {}),
        ('{{ if eq .Values.mode "" }}', {"mode": "x"}, {("mode",): ""}),
        ('{{ if eq "" .Values.mode }}', {"mode": "x"}, {("mode",): ""}),
        ('{{ if not (eq "x" .Values.mode) }}', {"mode": "x"}, {("mode",): ""}),
        ("{{ if ne .Values.a .Values.b }}", {"a": "x", "b": "x"}, {}),
        ('{{ if ne "x" "x" }}', {"a": "x"}, {}),
        ('{{ if not (eq .Values.mode "x" "y") }}', {"mode": "x"}, {}),
        ('{{ if not (eq (.Values.mode | lower) "x") }}', {"mode": "x"}, {}),
        ('{{ if ne .Values.mode "" }}', {"mode": ""}, {}),
        ('{{ if not (eq .Values.mode "x") }}', {"mode": "x"}, {("mode",): ""}),
        ("{{ if .Values.a }}x: 1{{ else }}", {"a": True}, {("a",): False}),
        ("{{ if .Values.a }}x: 1{{ else }}", {"a": False}, {}),
        (
            "{{ if .Values.a }}x: 1{{ else if .Values.b }}",
            {"a": True, "b": False},
            {("a",): False, ("b",): True},
        ),
        (
            "{{ if .Values.a }}{{ else if .Values.b }}{{ else }}",
            {"a": True, "b": True},
            {("a",): False, ("b",): False},
        ),
        ('{{ if .Values.a }}{{ else if eq .Values.m "x" }}{{ else }}', {"a": False, "m": "x"}, {("m",): ""}),
        # What is no boolean says more than whether: a registry, a digest.
        ("{{ if .Values.digest }}x: 1{{ else }}", {"digest": "sha256:1"}, {}),
        ('{{ if not (include "x" .) }}', {}, {}),
        ("{{ if not (.Values.a | default false) }}", {"a": True}, {}),
        ("{{ if not () }}", {"a": True}, {}),
        ("{{ if not .Values.a) }}", {"a": True}, {}),
        ("{{ with .Values.a }}x: 1{{ else }}", {"a": True}, {}),
    ],
)
def test_what_lets_an_image_in_by_being_off(before, values, wanted):
    assert turned(f"{before}\n{POD}{{{{ end }}}}\n", values) == wanted


@pytest.mark.parametrize(
    ("begins", "condition", "wanted"),
    [
        (["with .Values.a"], ".run", ("a", "run")),
        (["with $x := $.Values.a"], ".run", ("a", "run")),
        (["with .Values.a", "with .b"], ".run", ("a", "b", "run")),
        (["with .Values.a"], "$.Values.run", ("run",)),
        (["with .Values.a", "if .c"], "and .run", ("a", "run")),
        (["with .Values.a", "range .list"], ".run", None),
        (["with .Values.a", "range .list", "with .b"], ".run", None),
        (["range .Values.list"], ".run", None),
        # a named template is called with the root for the most part, and what it opens is its own
        (['define "x"', "with .Values.a"], ".run", ("a", "run")),
        (["with .Values.a", 'define "x"'], "$.Values.run", ("run",)),
        (["with .Values.a", "with $.Values.a.b"], ".run", ("a", "b", "run")),
        (["range .Values.list", "with $.Values.a"], ".run", ("a", "run")),
        (["with .Values.a.gone"], ".run", None),
        (['with (include "x" .)'], ".run", None),
    ],
)
def test_fields_of_what_with_makes_the_dot(begins, condition, wanted):
    open_ = "".join(f"{{{{ {one} }}}}" for one in begins)
    text = f"{open_}{{{{ if {condition} }}}}\n{POD}{{{{ end }}}}" + "{{ end }}" * len(begins)
    values = {"run": False, "a": {"run": False, "c": 1, "b": {"run": False}}}

    assert found(text, values) == ({wanted: True} if wanted else {})


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("image: docker.io/acme/side:1.2", "docker.io/acme/side"),
        ('  - image: "{{ .Values.registry }}/acme/side:{{ .Values.tag }}" # why', "acme/side"),
        ("image: 'busybox:1.37'", "busybox"),
        ("image: localhost:5000/side", "localhost:5000/side"),
        ("image: acme/side@sha256:abc", "acme/side"),
        ("containers: [{name: x, image: acme/side:1.2, args: [a]}]", "acme/side"),
        ('- {"image": "{{ .Values.registry }}/acme/side:1.2"}', "acme/side"),
        ("{{- if .Values.x }}image: acme/side:1.2{{ end }}", "acme/side"),
        ("{name: x, images: acme/side:1.2}", ""),
        ("image: {{ .Values.image }}:{{ .Values.tag }}", ""),
        ("image: docker.io/{{ .Values.name }}:1", ""),
        ('image: {{ printf "%s/acme/side" .Values.registry }}', ""),
        ("image: busybox", ""),
        ("images: acme/side:1", ""),
    ],
)
def test_an_image_that_no_render_shows_is_told_by_its_name(line, name):
    node = SimpleNamespace(folder="c", templates=(("c/templates/x.yaml", f"a: 1\n{line}\n"),))
    files = {"c/templates/y.yaml": "a: 1"}

    assert list(unshown([node], [files], {})) == ([("c/templates/x.yaml", 2, name)] if name else [])
    assert list(unshown([node], [files, {"c/templates/x.yaml": f"image: {name or 'x'}:1"}], {})) == []
    assert list(unshown([node], [{"c/templates/x.yaml": "\n", "d/templates/y.yaml": "a: 1"}], {})) == []
    assert list(unshown([node], [files], {"c/templates/x.yaml": "a: 1"})) == []
    assert list(unshown([node], [files], {"c/templates/x.yaml": f"{{{{/*\n{line}\n*/}}}}"})) == []
    after = f"{{{{- /* two\nlines */ -}}}}\n{line}"
    assert [number for _, number, _ in unshown([node], [files], {"c/templates/x.yaml": after})] == (
        [3] if name else []
    )


@pytest.mark.parametrize("name", ["c/templates/NOTES.txt", "c/templates/sub/NOTES.txt"])
def test_notes_are_for_people(name):
    text = f"{{{{ if .Values.a }}}}\n{POD}{{{{ end }}}}"
    node = SimpleNamespace(prefix=(), metadata={}, folder="c", templates=((name, text),))

    assert settings([node], {"a": False}) == ({}, {})
    assert list(unshown([node], [{"c/templates/y.yaml": "a: 1"}], {})) == []


def test_a_named_template_may_hold_an_image():
    text = f'{{{{ define "x" }}}}{{{{ if .Values.a }}}}\n{POD}{{{{ end }}}}{{{{ end }}}}'
    node = SimpleNamespace(prefix=(), metadata={}, folder="c", templates=(("c/templates/_x.tpl", text),))

    assert settings([node], {"a": False}) == ({("a",): True}, {})
    assert list(unshown([node], [{"c/templates/y.yaml": "a: 1"}], {})) == [
        ("c/templates/_x.tpl", 4, "docker.io/acme/x")
    ]


def test_the_branch_begins_behind_its_condition_and_ends_before_the_next():
    """An image line before the condition, behind its end, or in another branch is none of its own."""
    image = "image: docker.io/acme/x:1\n"

    assert found(f"{image}{{{{ if .Values.a }}}}x: 1\n{{{{ end }}}}", {"a": False}) == {}
    assert found(f"{{{{ if .Values.a }}}}x: 1\n{{{{ end }}}}\n{image}", {"a": False}) == {}
    assert found(f"{{{{ if .Values.a }}}}\n{image}{{{{ else }}}}\nx: 1\n{{{{ end }}}}", {"a": False}) == {
        ("a",): True
    }
    assert found(f"{{{{ if .Values.a }}}}\n{image}{{{{ else }}}}\n{image}{{{{ end }}}}", {"a": True}) == {}
    assert turned(f"{{{{ if .Values.a }}}}\n{image}{{{{ else }}}}\n{image}{{{{ end }}}}", {"a": True}) == {
        ("a",): False
    }


@pytest.mark.parametrize(
    ("held", "text"),
    [
        ({("a", "x"): True}, "with a.x on"),
        ({("b",): True, ("a",): True, ("m",): "full"}, "with a and b on and m=full"),
        ({("c",): True, ("b",): True, ("a",): True}, "with a and b and c on"),
        (
            dict.fromkeys([("e",), ("d",), ("c",), ("b",), ("a",)], True),
            "with a, b, c and 2 more switches on",
        ),
        (dict.fromkeys([("d",), ("c",), ("b",), ("a",)], True), "with a, b, c and 1 more switch on"),
        ({("m",): ""}, 'with m=""'),
        ({("m",): False}, "with m=false"),
        ({("n",): 1, ("m",): "x"}, "with m=x and n=1"),
    ],
)
def test_how_they_are_told(held, text):
    assert labels(held) == text
