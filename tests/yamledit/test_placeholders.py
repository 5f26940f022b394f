"""Placeholders of templates and substitutions: kept as they are, read as text, never edited."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.yamledit import MISSING, Stream
from tests.yamledit.test_properties import SETTINGS, VALUES, blocks, changed_lines

TEXT = """\
spec:
  replicas: {{ .replicas }}
  image: repo/{{ .name }}:1 # c
  {{- if .z }}
  extra: 1
  {{- else }}
  other: 2
  {{- end }}
  labels:
    {{ toYaml .labels | nindent 4 }}
  double: "{{ index .x \\"a\\" }}"
  single: 'it''s {{ ''k'' }}'
  flux: ${VAR:=1.2}
  list: [${A}, {b: "${C}"}, {{ q }}]
  vault: <path:secret/data#key>
  {{ .key }}: v
  text: |
    {{- with .x }}
    a: {{ .b }}
    in: {c: 1}
    {{- end }}
    m: 1
  ranged:
    {{- range .x }}
    - {{ . }}
    {{- end }}
  chosen:
    {{- if .x }}
    {{ toYaml .y | nindent 4 }}
    {{- end }}
{{/* a
   b */}}
  escaped: $${VAR}
  last: 1
"""


def opened(text=TEXT, **options):
    return Stream(text, name="app.yaml", placeholders=True, **options).documents[0]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("replicas", "{{ .replicas }}"),
        ("image", "repo/{{ .name }}:1"),
        ("extra", 1),
        ("other", 2),
        ("labels", "{{ toYaml .labels | nindent 4 }}"),
        ("double", '{{ index .x "a" }}'),
        ("single", "it's {{ 'k' }}"),
        ("flux", "${VAR:=1.2}"),
        ("list", ["${A}", {"b": "${C}"}, "{{ q }}"]),
        ("vault", "<path:secret/data#key>"),
        ("{{ .key }}", "v"),
        ("text", "{{- with .x }}\na: {{ .b }}\nin: {c: 1}\n{{- end }}\nm: 1\n"),
        ("ranged", ["{{ . }}"]),
        ("chosen", None),
        ("last", 1),
        ("{{- if .z }}", MISSING),
    ],
)
@pytest.mark.parametrize("break_", ["\n", "\r\n"])
def test_read(path, value, break_):
    assert opened(TEXT.replace("\n", break_)).get(("spec", path)) == value


def test_read_inside_a_text():
    nested = opened().nested(("spec", "text"))
    assert nested.get(()) == {"a": "{{ .b }}", "in": {"c": 1}, "m": 1}
    assert nested.line(("m",)) == 22


@pytest.mark.parametrize(
    ("path", "words", "line"),
    [
        (("replicas",), "holds the placeholder {{ .replicas }}", 2),
        (("image",), "holds the placeholder {{ .name }}", 3),
        (("labels",), "holds the placeholder {{ toYaml", 9),
        (("labels", "x"), "is a plain value", 10),
        (("double",), "holds the placeholder {{ index", 11),
        (("single",), "holds the placeholder {{ ''k'' }}", 12),
        (("flux",), "holds the placeholder ${VAR:=1.2}", 13),
        (("list",), "holds the placeholder ${A}", 14),
        (("list", 1, "b"), "holds the placeholder ${C}", 14),
        (("vault",), "holds the placeholder <path:secret/data#key>", 15),
        (("text",), "holds the placeholder {{- with .x }}", 17),
        (("ranged",), "holds the placeholder", 23),
        (("ranged", 1), "other side of {{- range .x }}", 23),
        (("chosen",), "made by the placeholder {{- if .x }}", 27),
        (("chosen", "x"), "made by the placeholder {{- if .x }}", 27),
    ],
)
def test_edit_of_a_placeholder_is_refused(path, words, line):
    with pytest.raises(EditRefusedError, match=re.escape(words)) as caught:
        opened().set(("spec", *path), 5)
    assert (caught.value.line, caught.value.where) == (line, f"app.yaml:{line}")


@pytest.mark.parametrize("key", ["replicas", "image", "flux", "labels", "text", "list"])
def test_deletion_of_a_placeholder_is_refused(key):
    with pytest.raises(EditRefusedError, match="holds the placeholder"):
        opened().delete(("spec", key))


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (("extra",), "extra: 1", "extra: 5"),
        (("other",), "other: 2", "other: 5"),
        (("last",), "last: 1", "last: 5"),
        (("{{ .key }}",), "{{ .key }}: v", "{{ .key }}: 5"),
        (("list", 1, "z"), '{b: "${C}"}', '{b: "${C}", z: 5}'),
        (("escaped",), "$${VAR}", "5"),
        (("new",), "last: 1", "last: 1\n  new: 5"),
    ],
)
def test_edit_beside_placeholders(path, old, new):
    assert opened().set(("spec", *path), 5).text == TEXT.replace(old, new)


def test_new_key_stands_outside_of_the_branches():
    assert "# c\n  imageNew: 5\n" in opened().set(("spec", "imageNew"), 5).text
    with pytest.raises(EditRefusedError, match=r"other side of \{\{- else \}\}"):
        opened().set(("spec", "otherNew"), 5)
    with pytest.raises(EditRefusedError, match=r"other side of \{\{- if .z \}\}"):
        opened().set(("spec", "extraNew"), 5)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (("m",), "    m: 1\n", "    m: 5\n"),
        (("in", "c"), "{c: 1}", "{c: 5}"),
        (("in", "d"), "{c: 1}", "{c: 1, d: 5}"),
        (("new",), "    m: 1\n", "    m: 1\n    new: 5\n"),
    ],
)
def test_edit_inside_a_text(path, old, new):
    document = opened()
    nested = document.nested(("spec", "text"))
    assert document.with_nested(("spec", "text"), nested.set(path, 5)).text == TEXT.replace(old, new)
    with pytest.raises(EditRefusedError, match=r"holds the placeholder \{\{ .b \}\}") as caught:
        nested.set(("a",), 1)
    assert caught.value.line == 19


def test_a_new_value_may_be_a_placeholder():
    for value in ["{{ x }}", '{{ "x" }}\n{{ end }}\n', "${X}", "a ${X} {{ y }}", '"{{ x }}"', "it's {{ x }}"]:
        assert opened().set(("spec", "last"), value).get(("spec", "last")) == value


def test_without_the_option_a_template_is_no_yaml():
    assert "template" in str(Stream(TEXT).documents[0].refusal)
    assert Stream("a: ${X}\n").documents[0].set(("a",), 1).text == "a: 1\n"


def test_the_stream_after_an_edit_hides_placeholders_too():
    stream = Stream("a: {{ x }}\nb: 1\n---\nc: {{ z }}\nd: 1\n", placeholders=True)
    after = stream.replaced(0, stream.documents[0].set(("b",), 2))
    assert (
        after.replaced(1, after.documents[1].set(("d",), 2)).text
        == "a: {{ x }}\nb: 2\n---\nc: {{ z }}\nd: 2\n"
    )


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("a: {{ x }}{{ y }}\n", ("a",), "{{ x }}{{ y }}"),
        ("a: 1{{ y }}\n", ("a",), "1{{ y }}"),
        ("{{ x }}a: 1\n", ("{{ x }}a",), 1),
        ("a: ${X:-{}}\n", ("a",), "${X:-{}}"),
        ("a: $X\n", ("a",), "$X"),
        ("a: x\ue000\nb: {{ y }}\ue001\n", ("b",), "{{ y }}\ue001"),
        ("a:\n  {{ x }}\nb: 1\n", ("a",), "{{ x }}"),
        ("a:\n  {{ x }}\n  b: 1\n", ("a", "b"), 1),
        ("a:\n{{ x }}\nb: 1\n", ("a",), None),
        ("- a:\n    {{ x }}\n", (0, "a"), "{{ x }}"),
        ("a: # c: d\n  {{ x }}\n", ("a",), "{{ x }}"),
        ("# a:\n  {{ x }}\nb: 1\n", ("b",), 1),
        ("a: |\n  {{ x }}\n  {{ y }} {{ z }}\n", ("a",), "{{ x }}\n{{ y }} {{ z }}\n"),
        ("a:\n  {{ $x := 1 }}\nb: 1\n", ("a",), None),
        ("a:\n  {{- /* c */}}\nb: 1\n", ("a",), None),
        ("a: >-\n  l {{ x }}\n  m {{ y }}\n", ("a",), "l {{ x }} m {{ y }}"),
        ("a: l {{ x }}\n  m {{ y }}\nb: 1\n", ("a",), "l {{ x }} m {{ y }}"),
        ("a: [x:{{ y }}, http://{{ z }}:1]\n", ("a",), ["x:{{ y }}", "http://{{ z }}:1"]),
        ('a: "\\\\ {{ x \\"\\\\y\\" }}"\n', ("a",), '\\ {{ x "\\y" }}'),
        # over several lines
        ("a: {{ x\n  }}\nb: 1\n", ("b",), 1),
        ('a:\n  {{- include "x"\n      (dict "k" .v)\n      | nindent 2 }}\n  b: 1\n', ("a", "b"), 1),
        ("a: x }}\nb: '{{ y'\nc: '{{ z }}'\n", ("c",), "{{ z }}"),
    ],
)
def test_forms(text, path, value):
    assert opened(text).get(path) == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: {{ x\nb: 1\n", "template"),
        ('a: "{{ x \\n }}"\n', "has an escape"),
        ("a: |\n{{- if x }}\n  b\n{{- end }}\n", "no YAML"),
        ("a: [l:{{ x }}\n  m]\n", "cannot be read exactly"),
        ("".join(chr(code) for code in range(0xE000, 0xE100)) + ": {{ x }}\n", "private"),
    ],
)
def test_forms_that_are_refused(text, words):
    assert words in str(opened(text).refusal)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('{{- include "x" . }}\n', ("a",)),
        ('# why\n\n{{- include "x" . }}\n', ("a",)),
        ('a:\n  # why\n  {{- include "x" . }}\nb: 1\n', ("a", "c")),
    ],
)
def test_what_a_placeholder_makes_is_not_filled(text, path):
    with pytest.raises(EditRefusedError, match="made by the placeholder"):
        opened(text).set(path, 1)


def test_a_placeholder_below_other_content_makes_it_not():
    text = 'a:\n  b: 1\n  {{- include "x" . }}\n'

    assert opened(text).set(("a", "c"), 1).get(("a", "c")) == 1


def test_blank_lines_below_a_placeholder_leave_it_the_value_of_its_key():
    text = 'a:\n  {{- include "x" . }}\n\n\nb: 1\n'

    assert opened(text).get(("a",)) == '{{- include "x" . }}'
    assert opened(text.replace("b:", "  b:")).get(("a",)) != '{{- include "x" . }}'


def test_a_placeholder_below_another_key_makes_no_value_above_it():
    text = 'a:\nb:\n  c: 1\n  {{- include "x" . }}\n'

    assert opened(text).set(("a", "z"), 1).text == text.replace("a:\n", "a:\n  z: 1\n")


def test_a_form_that_is_refused_is_told_with_its_line():
    assert opened('b: 1\na: "{{ x \\n }}"\n').refusal.line == 2


PLACEHOLDERS = ["{{ .x }}", "${VAR}", "${VAR:=a b}", "<path:a/b#c>", "{{ x | default 1 }}:{{ y }}", "a{{x}}"]
LINES = ["{{- with .x }}", "{{ end }}", "{{/* c */}}", "{{- $a := 1 -}}"]


@st.composite
def templates(draw):
    """A document with placeholders for values and lines of directives."""
    lines = draw(blocks())
    out = []
    for line in lines:
        found = re.fullmatch(r"( *[\w\"]+: )(\w+)( #.*)?", line)
        filled = found and draw(st.booleans())
        out.append(found[1] + draw(st.sampled_from(PLACEHOLDERS)) + (found[3] or "") if filled else line)
        if draw(st.integers(0, 9)) == 0:
            out.append(" " * draw(st.integers(0, 6)) + draw(st.sampled_from(LINES)))
    return draw(st.sampled_from(["\n", "\r\n"])).join([*out, ""])


@SETTINGS
@given(templates(), st.data())
def test_untouched_bytes_stay(text, data):
    document = opened(text)
    assume(document.refusal is None)
    assume(isinstance(document.get(()), dict))
    keys = list(document.get(()))
    path = (data.draw(st.sampled_from([*keys, "new", "other"])),)
    old = document.get(path)
    try:
        after = document.set(path, data.draw(VALUES))
    except EditRefusedError:
        assume(False)
    hidden = re.compile(r"\{\{.*?\}\}|\$\{.*?\}|<path:.*?>")
    assert hidden.findall(after.text) == hidden.findall(text)
    for removed, added in changed_lines(text, after.text):
        if old is MISSING:
            assert not "".join(removed).strip()
        elif not isinstance(old, (dict, list)) and "\n" not in str(old):
            assert len(removed) <= 1
        assert not hidden.search("".join(removed)) or hidden.findall("".join(removed)) == hidden.findall(
            "".join(added)
        )


@pytest.mark.parametrize(
    "old",
    [
        "${REGISTRY}/acme/app",
        "'${REGISTRY}/acme/app:1.0'",
        '"${REGISTRY:=docker.io}/app"',
        "'{{ .registry }}/acme/app'",
        "<path:secret/data#registry>/acme/app",
    ],
)
def test_a_registry_that_is_filled_in_may_go_with_the_name_behind_it(old):
    text = f"a: 1\nimage: {old} # why\nb: ${{X}}\n"
    new = f"{old[0]}dhi.io/app{old[0]}" if old[0] in "'\"" else "dhi.io/app"

    assert opened(text).set(("image",), "dhi.io/app").text == text.replace(old, new)


@pytest.mark.parametrize(
    "old",
    [
        "${IMAGE}",
        "${NAME}:1.0",
        "${REGISTRY}/acme/app:${TAG}",
        "docker.io/${NAME}",
        "${REGISTRY}/8080",
        "${REGISTRY}/a b",
        "http://${HOST}/app",
    ],
)
def test_other_texts_with_a_placeholder_stay(old):
    with pytest.raises(EditRefusedError, match="holds the placeholder"):
        opened(f"image: {old}\n").set(("image",), "dhi.io/app")
