"""The documents of a file: where they begin, and data with unquoted placeholders."""

import pytest

from migrate_dhi.release.streams import Part, data_of, parts
from migrate_dhi.yamledit import Document


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\n", [Part("a: 1\n", 1)]),
        ("\n# said\na: 1\n", [Part("\n# said\na: 1\n", 3)]),
        ("# said\n---\na: 1\n---\nb: 2\n", [Part("\na: 1\n", 3), Part("\nb: 2\n", 5)]),
        ("a: 1\r\n---\r\nb: 2\r\n", [Part("a: 1\r\n", 1), Part("\r\nb: 2\r\n", 3)]),
        ("---# said\na: 1\n", [Part("# said\na: 1\n", 2)]),
        ("---\n---\na: 1\n", [Part("\n", 1), Part("\na: 1\n", 3)]),
        ("\ufeff---\na: 1\n", [Part("\na: 1\n", 2)]),
    ],
)
def test_documents_begin_where_every_tool_splits(text, expected):
    assert list(parts(text)) == expected


def test_dashes_inside_a_text_are_no_marker():
    assert len(parts("a: |\n  ---\n  b\n---x: 1\n")) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("path: {{ path }}\n", {"path": "{{ path }}"}),
        ("a: apps/{{ .path.basename }}/x\nb: {{x}}\n", {"a": "apps/{{ .path.basename }}/x", "b": "{{x}}"}),
        ('a: {{ index .x "k: v" }}  # said\n', {"a": '{{ index .x "k: v" }}'}),
        ("a: '{{ x }}'\n", {"a": "{{ x }}"}),
        ("- {{ x }}: {{ y }}\n", [{"{{ x }}": "{{ y }}"}]),
        ("a: &x 1\nb: &x 2\nc: *x\n", {"a": 1, "b": 2, "c": 2}),
        ("a: [\n", None),
        ("{{ if x }}\na: [\n", None),
    ],
)
def test_placeholders_without_quotes_are_read_as_texts(text, expected):
    assert data_of(text) == expected


def test_lines_agree_with_the_editor():
    text = "# head\n---\n# one\n\na: 1\n---\nb: 2\n"

    second = parts(text)[1]

    assert second.line == 7
    assert Document(second.text).get(("b",)) == 2


def test_aliases_of_aliases_are_not_unfolded():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]

    assert data_of("\n".join(lines[:3])) is not None
    assert data_of("\n".join(lines)) is None
