"""get, has and line: Helm's reading of the data, and where it stands."""

import helm_python
import pytest

from migrate_dhi.yamledit import MISSING, Document, parse_path

TEXT = """\
# head
base: &base
  registry: docker.io
  port: 0x10
image:
  <<: *base
  tag: 9.10
alias: *base
list:
  - a
  -
    name: b
  - - nested
flow: {x: [1, {z: on}]}
empty:
8080: port
on: switch
last:
  twice: 1
  twice: 2
"""


def at(path):
    return Document(TEXT).get(parse_path(path))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("base.port", 16),
        ("image.registry", "docker.io"),
        ("image.tag", 9.1),
        ("image", {"registry": "docker.io", "port": 16, "tag": 9.1}),
        ("alias.registry", "docker.io"),
        ("list[1].name", "b"),
        ("list[2][0]", "nested"),
        ("flow.x[1].z", True),
        ("empty", None),
        ("8080", "port"),
        ("true", "switch"),
        ("last.twice", 2),
    ],
)
def test_get(path, value):
    assert at(path) == value
    assert Document(TEXT).has(parse_path(path))


@pytest.mark.parametrize(
    "path",
    [
        "nope",
        "base.nope",
        "base.port.deeper",
        "list[3]",
        "list.name",
        "flow.x[2]",
        "on",
        "empty.x",
        "image[0]",
    ],
)
def test_absent(path):
    assert at(path) is MISSING
    assert not Document(TEXT).has(parse_path(path))
    assert Document(TEXT).get(parse_path(path), 7) == 7


def test_negative_position_is_absent():
    assert Document("a: [1]\n").get(("a", -1)) is MISSING


def test_whole_document():
    assert Document(TEXT).get(()) == helm_python.values_from_yaml(TEXT)


def test_changing_what_get_returned_changes_no_document():
    document = Document(TEXT)
    document.get(("base",))["registry"] = "changed"
    assert document.get(("base", "registry")) == "docker.io"
    assert document.text == TEXT


@pytest.mark.parametrize("text", ["", "# c\n", "---\n", "---\n# c\n...\n", "null\n", "~", "{}\n"])
def test_document_without_content_is_an_empty_map(text):
    assert Document(text).get(()) == {}
    assert Document(text).get(("a",)) is MISSING
    assert Document(text).line(("a",)) >= 1


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("base", 2),
        ("base.registry", 3),
        ("base.nope", 2),
        ("nope", 2),
        ("image.tag", 7),
        ("list[0]", 10),
        ("list[1]", 11),
        ("list[1].name", 12),
        ("list[2][0]", 13),
        ("flow.x[1].z", 14),
        ("8080", 16),
        ("last.twice", 20),
    ],
)
def test_line(path, line):
    assert Document(TEXT).line(parse_path(path)) == line
    assert Document("\ufeff" + TEXT.replace("\n", "\r\n")).line(parse_path(path)) == line


@pytest.mark.parametrize(
    "text",
    [
        "a: &a {x: 1, z: 2}\nb: {<<: *a, x: 3}\nc: {x: 3, <<: *a}\nd: {<<: [*a, {x: 9, q: 1}]}\n",
        "a: &x 1\nb: *x\na: 3\n",
        "a: &x [1]\nb: &x 2\nc: *x\n",
        '"<<": {a: 1}\n',
        "a: 'x\n\n  z'\n",
        "a: [x:1, http://z, {b:c: d}]\n",
        "a: !!set {x, z}\n",
        "? a\n: b\n",
        "1: a\n1.5: b\n1e3: c\n0x10: d\n2024-01-01: e\ntrue: f\n",
        "%YAML 1.1\n---\na: on\n",
        "a: |2\n   x\n  z\n",
        "a: >-\n  x\n  z\n\n  w\n",
        "a: é😀\nb: [ü]\n",
        "a: 1\r\nb: |\r\n  x\r\n  z\r\n",
    ],
)
def test_odd_forms_are_read_as_helm_reads_them(text):
    assert Document(text).get(()) == helm_python.values_from_yaml(text)
