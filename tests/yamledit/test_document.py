"""The thread through the whole package: one realistic file, every kind of edit, exact text after it."""

import pytest

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.yamledit import MISSING, Document, parse_path

VALUES = """\
# Values of the wrapper
valkey:
  image:
    registry: docker.io
    repository: "valkey/valkey" # upstream
    # tag: 9.0.0
    tag: 9.0.1-alpine3.23
  # -- the probe
  livenessProbe:
    exec:
      command: [sh, -c, valkey-cli ping]
    initialDelaySeconds: 10
  resources: {}
    # limits:
    #   cpu: 1
other:
- a
- b
"""


def edited(path, value):
    before = Document(VALUES, name="values.yaml")
    after = before.set(parse_path(path), value)
    assert before.text == VALUES
    assert after.get(parse_path(path)) == value
    old, new = VALUES.splitlines(), after.text.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


def test_scalar_changes_one_line():
    assert edited("valkey.image.tag", "9.0.2-debian13") == (
        ["    tag: 9.0.1-alpine3.23"],
        ["    tag: 9.0.2-debian13"],
    )


def test_quotes_and_trailing_comment_stay():
    assert edited("valkey.image.repository", "valkey")[1] == ['    repository: "valkey" # upstream']


def test_number_like_tag_is_quoted():
    assert edited("valkey.image.tag", "9.10")[1] == ['    tag: "9.10"']


def test_pull_secret_follows_the_image_in_the_list_style_of_the_file():
    after = Document(VALUES).set(parse_path("valkey.imagePullSecrets"), [{"name": "dhi"}])
    head, tail = VALUES.split("  # -- the probe")
    assert after.text == f"{head}  imagePullSecrets:\n  - name: dhi\n  # -- the probe{tail}"


def test_handler_of_a_probe_is_swapped_in_its_place():
    probe = {"tcpSocket": {"port": 6379}, "initialDelaySeconds": 10}
    assert edited("valkey.livenessProbe", probe) == (
        ["    exec:", "      command: [sh, -c, valkey-cli ping]"],
        ["    tcpSocket:", "      port: 6379"],
    )


def test_child_of_an_empty_map_stands_above_its_commented_children():
    after = Document(VALUES).set(parse_path("valkey.resources.limits"), {"cpu": 1})
    assert "  resources:\n    limits:\n      cpu: 1\n    # limits:\n" in after.text


def test_same_value_changes_nothing():
    document = Document(VALUES)
    assert document.set(parse_path("valkey.image.registry"), "docker.io") is document


def test_absent_path_is_missing_and_has_the_line_of_its_parent():
    document = Document(VALUES)
    assert document.get(parse_path("valkey.image.digest")) is MISSING
    assert document.line(parse_path("valkey.image.digest")) == 3


def test_template_is_refused_with_its_line():
    with pytest.raises(EditRefusedError, match="template") as caught:
        Document("a: 1\n{{- if .x }}\nb: 2\n", name="v.yaml")
    assert caught.value.line == 2
    assert caught.value.where == "v.yaml:2"


@pytest.mark.parametrize(
    ("path", "value", "line", "users"),
    [
        (("c", "x"), 1, 3, (("a", "x"), ("c", "x"))),
        (("c", "z"), 3, 3, (("a", "z"), ("c", "z"))),
        (("c", "v"), 2, 3, (("b", "v"), ("c", "v"))),
        (("c", "w"), 1, 5, ()),
        (("c", "u"), None, 3, ()),
    ],
)
def test_a_list_of_merged_maps_is_read_first_to_last(path, value, line, users):
    document = Document("a: &a {x: 1, z: 3}\nb: &b {v: 2, x: 5}\nc:\n  <<: [*a, *b]\n  w: 1\n")

    assert (document.get(path, None), document.line(path), document.shared(path)) == (value, line, users)


@pytest.mark.parametrize(
    ("below", "value", "line"),
    [
        # new lines stand where commented-out ones of their kind do
        ("    # a: 1\n", {"new": 1}, "    new: 1\n"),
        ("\n      # a: 1\n", {"new": 1}, "      new: 1\n"),
        ("    # - a\n", ["new"], "    - new\n"),
        ("    #- a\n", ["new"], "    - new\n"),
        ("        # a: 1\n", {"new": 1}, "        new: 1\n"),
        # not those of the other kind, further in than any indentation, or right below the key
        ("    # a: 1\n", ["new"], "  - new\n"),
        ("    # - a\n", {"new": 1}, "  new: 1\n"),
        ("         # a: 1\n", {"new": 1}, "  new: 1\n"),
        ("# a: 1\n", {"new": 1}, "  new: 1\n"),
    ],
)
def test_a_first_child_stands_where_commented_out_ones_do(below, value, line):
    text = f"key:\n{below}other: 1\n"

    assert Document(text).set(("key",), value).text == f"key:\n{line}{below}other: 1\n"


def test_lines_of_items_in_brackets_and_behind_dashes():
    document = Document("a: [\n  1,\n  2\n]\nb:\n- 3\n\n- 4\n")

    assert [document.line(path) for path in (("a", 0), ("a", 1), ("b", 0), ("b", 1))] == [2, 3, 6, 8]


def test_a_commented_item_behind_a_blank_line_belongs_to_what_follows():
    text = "a:\n- x\n\n# - y\nb: 1\n"

    assert Document(text).set(("a", 1), "z").text == "a:\n- x\n- z\n\n# - y\nb: 1\n"
    assert Document(text).delete(("a",)).text == "\n# - y\nb: 1\n"


def test_a_file_without_a_name_is_told_by_its_line_alone():
    with pytest.raises(EditRefusedError) as caught:
        Document("a: 1\nb: *x\n")

    assert (caught.value.where, Document("a: 1\n").name) == ("", "")


def test_a_file_may_begin_with_blank_lines():
    text = "\n\na:\n  - x\n"

    assert Document(text).set(("b",), 2).text == f"{text}b: 2\n"
    assert Document(text).set(("a", 1), "w").text == f"{text}  - w\n"
    assert Document("\n# c\n").set(("a",), 1).text == "\n# c\na: 1\n"


@pytest.mark.parametrize(
    ("text", "path", "value", "after"),
    [
        # Behind a comma at the end there is one again, and none where there was none.
        ("a: {\n  x: 1,  # c\n}\n", ("a", "u"), 2, "a: {\n  x: 1,  # c\n  u: 2,\n}\n"),
        ("a: {\n  x: 1  # c\n}\n", ("a", "u"), 2, "a: {\n  x: 1,  # c\n  u: 2\n}\n"),
        ("a: [\n  1,  # c\n]\n", ("a", 1), 2, "a: [\n  1,  # c\n  2,\n]\n"),
        # A key takes the place of one of its own kind, before others that go.
        ("m:\n  a: 1\n  z: 2\n  b:\n    - 1\n", ("m",), {"z": 2, "c": [2]}, "m:\n  z: 2\n  c:\n    - 2\n"),
        (
            "m:\n  a: 1\n  z: 2\n  b: {x: 1}\n",
            ("m",),
            {"z": 2, "c": {"u": 1}},
            "m:\n  z: 2\n  c:\n    u: 1\n",
        ),
        ("m:\n  b: [1]\n  z: 2\n  a: 1\n", ("m",), {"z": 2, "c": 3}, "m:\n  z: 2\n  c: 3\n"),
        # One block for another, on the line of its dash.
        ("l:\n  - a: 1\n    b: 2\n  - x\n", ("l", 0), ["u"], "l:\n  - - u\n  - x\n"),
        ("l:\n  - - 1\n    - 2\n", ("l", 0), {"u": 1, "v": 2}, "l:\n  - u: 1\n    v: 2\n"),
        ("l:\n  - a: 1\n    b: 2\n", ("l", 0), "u", "l:\n  - u\n"),
    ],
)
def test_one_form_takes_the_place_of_another(text, path, value, after):
    assert Document(text).set(path, value).text == after


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("l:\n  - a: &x 1\n    b: 2\nz: *x\n", ("l", 0, "a")),
        ("l:\n  - a: 1\n    b: &x 2\nz: *x\n", ("l", 0, "b")),
        ("l:\n  - a: {c: &x 1}\n    b: 2\nz: *x\n", ("l", 0, "a")),
        ("a: {c: &x 1, d: 2}\nz: *x\n", ("a", "c")),
    ],
)
def test_what_is_used_elsewhere_is_not_deleted(text, path):
    with pytest.raises(EditRefusedError, match="used elsewhere"):
        Document(text).delete(path)
