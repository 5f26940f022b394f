"""Values that no values file lists: what templates name, what stands beside an image, what a library lends."""

from types import SimpleNamespace

import pytest

from migrate_dhi.regex import regex
from migrate_dhi.trace.fragments import maps_like
from migrate_dhi.trace.guarded import near
from migrate_dhi.trace.unlisted import leaves, lifted, named, neighbours, nulls, prefixes, references

SECRET = regex(r"pullSecrets?$")


def chart(*templates, prefix=(), defaults=None, kind="application", name="c"):
    texts = tuple((f"{name}/templates/{number}.yaml", text) for number, text in enumerate(templates))
    return SimpleNamespace(
        prefix=prefix, metadata={"name": name, "type": kind}, defaults=defaults or {}, templates=texts
    )


def test_every_scalar_has_a_path_and_empty_maps_have_none():
    values = {"a": {"b": 1, "c": [None, {"d": "x"}]}, "e": {}, "f": []}

    assert list(leaves(values)) == [(("a", "b"), 1), (("a", "c", 0), None), (("a", "c", 1, "d"), "x")]
    assert list(leaves(7)) == [((), 7)]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ('{{ .Values.a | get "b" }}', [("a", "b")]),
        ('{{ .Values | dig "a" "b" "none" }}', [("a", "b", "none")]),
        ('{{ index $.Values.a "b" "c" }}{{ .Values.d }}', [("d",), ("a", "b", "c")]),
        ("{{ .Values.a.b }} {{ .Values.a.b }}", [("a", "b"), ("a", "b")]),
        ("{{ (((.Values.a)).b).c }}", [("a", "b", "c")]),
        # below a key that is no word
        ('{{ (index .Values "a-b").c.d }}', [("a-b", "c", "d")]),
        ('{{ ((index $.Values.x "a-b")).c }}', [("x", "a-b", "c")]),
        ('{{ if (index .Values "a-b").on }}{{ .Values.e }}', [("e",), ("a-b", "on")]),
        ('{{ (get .Values "a").b | default .c }}', [("a", "b")]),
        ('{{ index .Values "a-b" }}.c', [("a-b",)]),
        ('{{ f (index .Values "a-b") .c }}', [("a-b",)]),
        ('{{ index .Values.a "b" 0 "c" }}', [("a", "b")]),
        ('{{ if hasKey .Values.a "b" }}', [("a", "b")]),
        ('{{ .Values | dig "a" "none" }}', [("a", "none")]),
        ('{{ dig "a" "b" "" .Values.x }}', [("x", "a", "b")]),
        ("{{ .context.Values.a.b }} {{ $root.Values.c }}", [("a", "b"), ("c",)]),
        ("{{ .Values.a.b | default .Values.c }}", [("a", "b"), ("c",)]),
        ("{{ .Values.a-b }}", [("a",)]),
        ("{{ .Valuesa.b }} {{ .Values }}", []),
        ("{{ Values.a }} {{ .values.b }}", []),
        ('{{ index .Values "with space" }}', []),
    ],
)
def test_values_that_templates_name(text, paths):
    assert list(named(text)) == paths


def test_a_text_too_long_to_be_kept_says_the_same():
    text = "{{ .Values.a.b }}" + " " * 50_000

    assert list(named(text)) == [("a", "b")]


def test_a_null_is_meant_to_be_set_and_the_root_is_no_value():
    nodes = [
        chart(defaults={"a": None, "b": {"c": None, "d": ""}}),
        chart(prefix=("sub",), defaults={"e": [None]}),
        SimpleNamespace(prefix=(), defaults=None),
    ]

    assert list(nulls(nodes)) == [("a",), ("b", "c"), ("sub", "e", 0)]


def test_references_are_what_nothing_sets_by_the_last_two_keys_only():
    nodes = [
        chart(
            "{{ .Values.own.pullSecrets }} {{ .Values.set.pullSecret }} {{ .Values.pullSecrets.name }}"
            "{{ .Values.pullSecrets.a.b }} {{ .Values.own.pullSecrets }} {{ .Values.other }}",
            defaults={"gone": {"pullSecret": None}, "more": None},
        ),
        chart("{{ .Values.pullSecret }}", prefix=("sub",)),
    ]
    values = {"set": {"pullSecret": ""}, "pullSecret": "x"}

    assert references(nodes, values, SECRET) == [
        ("gone", "pullSecret"),
        ("own", "pullSecrets"),
        ("pullSecrets", "name"),
        ("sub", "pullSecret"),
    ]


def test_the_values_of_a_library_are_those_of_its_caller_too():
    library = chart("{{ .Values.pullSecret }}", prefix=("app", "lib"), kind="library")
    plain = chart(prefix=("app",))
    root = chart(kind="library")

    assert prefixes(library) == [("app", "lib"), ("app",)]
    assert prefixes(plain) == [("app",)]
    assert prefixes(root) == [()]
    assert references([library], {"app": {"pullSecret": "x"}}, SECRET) == [("app", "lib", "pullSecret")]
    assert lifted(("app", "lib", "a", "b"), [root, plain, library]) == ("app", "a", "b")
    assert lifted(("app", "a"), [root, plain, library]) == ("app", "a")
    assert lifted(("app", "libs", "a"), [root, plain, library]) == ("app", "libs", "a")


READS = '{{ .container.pullSecrets }} {{ get . "pullSecret" }} {{ .other }} {{ .pullSecretsX }}'


def test_neighbours_are_nearest_first_and_stop_at_the_charts_own_values():
    values = {
        "sub": {"controllers": {"main": {"containers": {"app": {"image": {"tag": "1"}}}, "pullSecrets": []}}}
    }
    nodes = [chart(), chart(READS, prefix=("sub",))]
    holder = ("sub", "controllers", "main", "containers", "app", "image")

    found = neighbours(values, nodes, [holder, holder], SECRET)

    assert found == [
        (*holder[:end], name)
        for end in (6, 5, 4, 3, 2, 1)
        for name in ("pullSecret", "pullSecrets")
        if (end, name) != (3, "pullSecrets")
    ]


@pytest.mark.parametrize(
    ("kind", "prefix", "found"),
    [
        (
            "library",
            ("lib",),
            [("image", "pullSecret"), ("image", "pullSecrets"), ("pullSecret",), ("pullSecrets",)],
        ),
        # A dependency reads its own values, and a library of a dependency those of that one.
        ("application", ("lib",), []),
        ("library", ("sub", "lib"), []),
    ],
)
def test_neighbours_are_read_by_the_chart_itself_or_by_its_library(kind, prefix, found):
    nodes = [chart("{{ .Values.image }}"), chart(READS, prefix=prefix, kind=kind)]

    assert neighbours({"image": {"tag": "1"}}, nodes, [("image",)], SECRET) == found


def test_neighbours_stand_in_maps_only():
    nodes = [chart("{{ .pullSecrets }}")]

    assert neighbours({"list": [{"image": "x"}]}, nodes, [("list", 0)], SECRET) == [
        ("list", 0, "pullSecrets"),
        ("pullSecrets",),
    ]


# maps that rendered maps are made of


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ({"a": 1, "b": 2}, [("x",), ("list", 0)]),
        # a switch is left out, or something is added for all
        ({"a": 1}, [("x",), ("list", 0)]),
        ({"a": 1, "b": 2, "c": 3, "more": 4}, [("x",), ("list", 0)]),
        ({"a": 2}, []),
        ({"a": 1, "b": 3}, []),
        ({}, []),
        (None, []),
        ([1], []),
    ],
)
def test_one_map_holds_all_of_the_other(content, found):
    values = {"x": {"a": 1, "b": 2}, "y": {}, "z": 1, "list": [{"a": 1, "b": 2, "c": 3}]}

    assert list(maps_like(values, [content])) == found


# values beside a field


@pytest.mark.parametrize(
    ("lines", "values", "found"),
    [
        (["{{ with .Values.login }}", "imagePullSecrets: x"], {}, [((("login",),), ())]),
        (["- imagePullSecrets: {{ .Values.a.b }}"], {"a": {"b": "x"}}, [((("a", "b"),), ())]),
        # a switch that is off keeps the value out; one that is on says nothing, and no value decides a condition
        (
            ["{{- if .Values.on }}", "imagePullSecrets:", "- name: {{ .Values.name }}"],
            {"on": False},
            [((("name",),), (("on",),))],
        ),
        (
            ["{{- if .Values.on }}", "imagePullSecrets: {{ .Values.name }}"],
            {"on": True},
            [((("name",),), ())],
        ),
        (
            ["{{- if not .Values.on }}", "imagePullSecrets: {{ .Values.name }}"],
            {"on": False},
            [((("name",),), ())],
        ),
        (
            ["{{- else if .Values.on }}", "imagePullSecrets: {{ .Values.name }}"],
            {"on": False},
            [((("name",),), (("on",),))],
        ),
        (["{{- if .Values.names }}", "imagePullSecrets:"], {"names": []}, [((("names",),), ())]),
        (["{{- if .Values.names }}", "imagePullSecrets:"], {"names": ["x"]}, []),
        # maps and decimals name no secret
        (
            ["imagePullSecrets: {{ .Values.m }} {{ .Values.f }} {{ .Values.n }}"],
            {"m": {}, "f": 1.5, "n": 1},
            [((("n",),), ())],
        ),
        # three lines before and seven after
        (["{{ .Values.far }}", "", "", "", "imagePullSecrets:"], {}, []),
        (["{{ .Values.near }}", "", "", "imagePullSecrets:"], {}, [((("near",),), ())]),
        (["imagePullSecrets:", *[""] * 6, "{{ .Values.near }}"], {}, [((("near",),), ())]),
        (["imagePullSecrets:", *[""] * 7, "{{ .Values.far }}"], {}, []),
        (["myimagePullSecrets: {{ .Values.a }}", "# imagePullSecrets: {{ .Values.a }}"], {}, []),
    ],
)
def test_what_is_read_near_a_field(lines, values, found):
    assert list(near([chart("\n".join(lines))], values, "imagePullSecrets")) == found


def test_what_an_included_template_reads_counts_and_once():
    use = 'imagePullSecrets: {{ include "c.secrets" . }}'
    helpers = '{{ define "c.other" }}{{ .Values.other }}{{ end }}\n{{- define "c.secrets" }}\n{{ .Values.a }}\n{{ end }}'

    assert list(near([chart(use, use, helpers)], {}, "imagePullSecrets")) == [((("a",),), ())]


def test_of_an_included_template_the_first_forty_lines_count():
    use = '  imagePullSecrets: {{ template "c.s" . }}'

    def read(gap):
        helper = '{{ define "c.s" }}' + "\n" * gap + "{{ .Values.a }}\n{{ end }}"
        return list(near([chart(use, helper)], {}, "imagePullSecrets"))

    assert read(39) == [((("a",),), ())]
    assert read(40) == []


def test_a_dependency_reads_its_own_values_there():
    nodes = [chart("imagePullSecrets: {{ .Values.a }}", prefix=("sub",))]

    assert list(near(nodes, {"a": True, "sub": {"a": "x"}}, "imagePullSecrets")) == [((("sub", "a"),), ())]
