"""Values that templates read beside the name of a field, and the switches in front of them."""

import pytest

from migrate_dhi.trace.guarded import near
from tests.trace.in_python import node

SECRET = "imagePullSecrets:\n  - name: {{ .Values.login.secret }}\n"


def found(text, values, *others, prefix=()):
    """(values, switches) of each place, as texts."""
    pairs = near([node(text, prefix=prefix), *others], values, "imagePullSecrets")
    return [tuple([".".join(path) for path in paths] for paths in pair) for pair in pairs]


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        (SECRET, {"login": {"secret": ""}}, [(["login.secret"], [])]),
        (SECRET, {"login": {"secret": "x"}}, [(["login.secret"], [])]),
        (SECRET, {}, [(["login.secret"], [])]),
        (f"  - {SECRET}", {}, [(["login.secret"], [])]),
        # what is no name of a secret
        (SECRET, {"login": {"secret": True}}, []),
        (SECRET, {"login": {"secret": {"a": 1}}}, []),
        (SECRET, {"login": {"secret": 1.5}}, []),
        (SECRET, {"login": {"secret": ["x"]}}, [(["login.secret"], [])]),
        # another field, a longer name, a comment on one
        (SECRET.replace("imagePull", "pull"), {}, []),
        ("xImagePullSecrets:\n  - {{ .Values.a }}\n", {}, []),
        ("# imagePullSecrets: {{ .Values.a }}\n", {}, []),
        ("imagePullSecrets:\n", {}, []),
        # a switch that is off, that is on, and one that is asked to be off
        (
            f"{{{{ if .Values.login.on }}}}\n{SECRET}",
            {"login": {"on": False}},
            [(["login.secret"], ["login.on"])],
        ),
        (f"{{{{- if .Values.login.on }}}}\n{SECRET}", {"login": {"on": True}}, [(["login.secret"], [])]),
        (f"{{{{ if not .Values.login.on }}}}\n{SECRET}", {"login": {"on": False}}, [(["login.secret"], [])]),
        (
            f"{{{{ else if .Values.login.on }}}}\n{SECRET}",
            {"login": {"on": False}},
            [(["login.secret"], ["login.on"])],
        ),
        (
            f"{{{{ if and .Values.a .Values.b }}}}\n{SECRET}",
            {"a": False, "b": False},
            [(["login.secret"], ["a", "b"])],
        ),
        # a condition on the value itself: empty it may be what is asked for, filled it is something else
        (f"{{{{ if .Values.login.secret }}}}\n{SECRET}", {}, [(["login.secret"], [])]),
        (f"{{{{ if .Values.mode }}}}\n{SECRET}", {"mode": "full"}, [(["login.secret"], [])]),
        (f"{{{{ if .Values.list }}}}\n{SECRET}", {"list": []}, [(["list", "login.secret"], [])]),
        (f"{{{{ if .Values.list }}}}\n{SECRET}", {"list": ["x"]}, [(["login.secret"], [])]),
        # lines further away
        ("{{ .Values.far }}\n\n\n\n" + SECRET, {}, [(["login.secret"], [])]),
        ("{{ .Values.close }}\n\n\n" + SECRET, {}, [(["close", "login.secret"], [])]),
        ("imagePullSecrets:\n" + "\n" * 6 + "{{ .Values.close }}", {}, [(["close"], [])]),
        ("imagePullSecrets:\n" + "\n" * 7 + "{{ .Values.far }}", {}, []),
        # each place once
        (SECRET + "\n" * 12 + SECRET, {}, [(["login.secret"], [])]),
    ],
)
def test_values_read_near_a_field(text, values, expected):
    assert found(text, values) == expected


INCLUDED = 'imagePullSecrets: {{ include "secrets" . }}\n'
DEFINED = '{{ define "other" }}{{ .Values.other }}{{ end }}\n{{ define "secrets" }}\n- name: {{ .Values.login }}\n{{ end }}\n'


@pytest.mark.parametrize(
    ("text", "other", "expected"),
    [
        (INCLUDED + "\n" * 12 + DEFINED, "", [(["login"], [])]),
        # a named template may stand in any chart, and is told by its last word
        (INCLUDED, DEFINED, [(["login"], [])]),
        (INCLUDED.replace("include", "template"), DEFINED, [(["login"], [])]),
        (INCLUDED.replace('secrets"', 'none"'), DEFINED, []),
        (INCLUDED, '{{ define "secrets" }}' + "\n" * 39 + "{{ .Values.login }}{{ end }}", [(["login"], [])]),
        (INCLUDED, '{{ define "secrets" }}' + "\n" * 40 + "{{ .Values.login }}{{ end }}", []),
        (INCLUDED, '{{ define "secrets" }}\n{{ end }}\n{{ define "b" }}{{ .Values.login }}{{ end }}', []),
    ],
)
def test_values_of_a_named_template_that_is_included_there(text, other, expected):
    assert found(text, {}, node(other, prefix=("sub",))) == expected


def test_values_of_a_dependency_and_of_a_library():
    assert found(SECRET, {}, prefix=("sub",)) == [(["sub.login.secret"], [])]
    pairs = near([node(SECRET, prefix=("lib",), kind="library")], {}, "imagePullSecrets")
    assert [paths for paths, _ in pairs] == [(("lib", "login", "secret"),), (("login", "secret"),)]


@pytest.mark.parametrize("field", ["runAsUser", "imagePullSecrets"])
def test_another_field_is_looked_for_by_its_own_name(field):
    text = f"{field}: {{{{ .Values.x }}}}\n"

    assert bool(list(near([node(text)], {}, "runAsUser"))) is (field == "runAsUser")
