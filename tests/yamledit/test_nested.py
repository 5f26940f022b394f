"""YAML text in a scalar: read and edited as a document, written back into its own lines alone."""

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.yamledit import Document, Stream
from tests.yamledit.test_properties import SETTINGS, VALUES, blocks

APPLICATION = """\
kind: Application
spec:
  source:
    helm:
      values: |
        image:
          tag: 9.0.1 # now

        # below
        config: |
          deep:
            tag: 1.0.0
          last: 1
      releaseName: web
"""
VALUES_PATH = ("spec", "source", "helm", "values")


def edit(text, path, *steps, value="new"):
    """Set a value in the text at a path (or in a text inside of that)."""
    document = Document(text, name="app.yaml")
    return inside(document, [path, *steps], value).text


def inside(document, steps, value):
    path, *rest = steps
    if not rest:
        return document.set(path, value)
    return document.with_nested(path, inside(document.nested(path), rest, value))


def test_one_line_changes():
    after = edit(APPLICATION, VALUES_PATH, ("image", "tag"), value="9.0.2")
    assert after == APPLICATION.replace("9.0.1", "9.0.2")


@pytest.mark.parametrize(
    "text",
    [
        "config: |\n    a: 1\n    b: x/y:1\n    c: 2\nz: 1\n",
        "config: |-  # why\n  a: 1\n\n  b: x/y:1",
        "config: |2\n    a: 1\n  b: x/y:1\n",
        "config: |\r\n  a: 1\r\n  b: x/y:1\r\nz: 1\r\n",
        "config: |+\n  a: 1   \n  b: x/y:1\n\n\nz: 1\n",
        'config: "a: {\\n b: x/y:1\\n"\n',
    ],
)
def test_a_word_of_a_text_is_exchanged_and_the_text_keeps_its_form(text):
    document = Document(text, name="values.yaml")
    wanted = document.get(("config",)).replace("x/y:1", "dhi.io/y:2-debian13")

    after = document.set(("config",), wanted)

    assert after.text == text.replace("x/y:1", "dhi.io/y:2-debian13")
    assert after.get(("config",)) == wanted


def test_text_in_a_text_in_a_stream_with_other_line_endings():
    text = "\ufeff# c\r\n---\r\na: 1\r\n---\r\n" + APPLICATION.replace("\n", "\r\n")
    stream = Stream(text)
    after = stream.replaced(
        1, inside(stream.documents[1], [VALUES_PATH, ("config",), ("deep", "tag")], "1.0.1")
    )
    assert after.text == text.replace("1.0.0", "1.0.1")


def test_lines_are_lines_of_the_file():
    nested = Stream("a: 1\n---\n" + APPLICATION, name="app.yaml").documents[1].nested(VALUES_PATH)
    deeper = nested.nested(("config",))

    assert nested.line(("image", "tag")) == 9
    assert deeper.line(("deep", "tag")) == 14
    with pytest.raises(EditRefusedError, match="plain value") as caught:
        deeper.set(("last", "x"), 1)
    assert (caught.value.line, caught.value.where) == (15, "app.yaml:15")
    grown = nested.set(("image", "more"), {"a": 1})
    assert grown.nested(("config",)).line(("deep", "tag")) == 16


def test_all_lines_of_a_text_in_quotes_are_the_line_of_the_quotes():
    nested = Document('a: 1\nb:\n  c: "x: 1\\ny: {z: 2}\\n"\n').nested(("b", "c"))

    assert [nested.line(path) for path in (("x",), ("y", "z"))] == [3, 3]


CASES = [
    ("clip", "a: |\n  x: 1\n\n\nb: 1\n", "x", "a: |\n  x: new\n\n\nb: 1\n"),
    ("strip", "a: |-\n  x: 1\n\nb: 1\n", "z", "a: |-\n  x: 1\n  z: new\n\nb: 1\n"),
    ("keep", "a: |+\n  x: 1\n\n\nb: 1\n", "x", "a: |+\n  x: new\n\n\nb: 1\n"),
    ("indicator", "a: |2\n  x: 1\n", "x", "a: |2\n  x: new\n"),
    ("indicator_and_indented_text", "a: |2\n    x: 1\n    z: 1\n", "x", "a: |2\n    x: new\n    z: 1\n"),
    ("indicator_and_chomping", "a: |4-\n    x: 1\nb: 1\n", "z", "a: |4-\n    x: 1\n    z: new\nb: 1\n"),
    ("comment_behind_the_header", "a: | # c\n  x: 1\n", "x", "a: | # c\n  x: new\n"),
    ("comment_lines_inside", "a: |\n  # c\n  x: 1 # d\n  # e\n", "x", "a: |\n  # c\n  x: new # d\n  # e\n"),
    ("comment_line_below", "a: |\n  x: 1\n# c\nb: 1\n", "z", "a: |\n  x: 1\n  z: new\n# c\nb: 1\n"),
    ("comment_line_between", "a: |\n  x: 1\n # c\nb: 1\n", "z", "a: |\n  x: 1\n  z: new\n # c\nb: 1\n"),
    ("blank_line_with_blanks", "a: |\n   x: 1\n \n   y: 1\n     \n   z: 1\n", "z", "a: |\n   x: 1\n \n   y: 1\n     \n   z: new\n"),
    ("blank_lines_first", "a: |\n\n \n  x: 1\n", "x", "a: |\n\n \n  x: new\n"),
    ("trailing_blanks", "a: |\n  x: 1  \n  z: 2\t\n", "z", "a: |\n  x: 1  \n  z: new\t\n"),
    ("no_last_break", "a: |\n  x: 1\n  z: 1", "z", "a: |\n  x: 1\n  z: new"),
    ("anchor_and_tag", "a: &q !!str |\n  x: 1\n", "x", "a: &q !!str |\n  x: new\n"),
    ("header_on_its_own_line", "a:\n  |\n  x: 1\n", "x", "a:\n  |\n  x: new\n"),
    ("folded_of_one_line", "a: >\n  x: 1\nb: 1\n", "x", "a: >\n  x: new\nb: 1\n"),
    ("folded_stripped", "a: >-\n  {x: 1}\n", "x", "a: >-\n  {x: new}\n"),
    ("first_line_goes", "a: |\n  x: 1\n  z: 1\n", "-x", "a: |\n  z: 1\n"),
    ("last_line_goes", "a: |\n  x: 1\n  z: 1\nb: 1\n", "-z", "a: |\n  x: 1\nb: 1\n"),
    ("middle_line_goes", "a: |\n  x: 1\n  z: 1\n  y: 1\n", "-z", "a: |\n  x: 1\n  y: 1\n"),
    ("single_quoted_flow", "a: '{\"x\": 1, q: \"it''s\"}' # c\n", "x", "a: '{\"x\": \"new\", q: \"it''s\"}' # c\n"),
    ("double_quoted_flow", 'a: "{x: 1}"\n', "x", 'a: "{x: new}"\n'),
    ("double_quoted_json", 'a: "{\\"x\\": 1}"\n', "x", 'a: "{\\"x\\": \\"new\\"}"\n'),
    ("double_quoted_lines", 'a: "x: 1\\nz: 1\\n"\n', "x", 'a: "x: new\\nz: 1\\n"\n'),
    ("in_flow", "p: {a: '{x: 1}'}\n", "x", "p: {a: '{x: new}'}\n", ("p", "a")),
    ("in_a_list", "- |\n  x: 1\n- 2\n", "x", "- |\n  x: new\n- 2\n", (0,)),
    ("in_a_deep_list", "p:\n  - - |\n      x: 1\n    - 2\n", "x", "p:\n  - - |\n      x: new\n    - 2\n", ("p", 0, 0)),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
@pytest.mark.parametrize("break_", ["\n", "\r\n"])
def test_form_of_the_scalar_stays(case, break_):
    _, text, key, wanted, *where = case
    path = where[0] if where else ("a",)
    document = Document(text.replace("\n", break_))
    nested = document.nested(path)
    nested = nested.delete((key[1:],)) if key.startswith("-") else nested.set((key,), "new")
    after = document.with_nested(path, nested)
    assert after.text == wanted.replace("\n", break_)
    assert after.nested(path).text == nested.text


def test_a_line_that_stood_elsewhere_before_is_written_where_it_is_wanted():
    document = Document("t: |\n  a\n  b\n  z\nb: 1\n")

    assert document.set(("t",), "x\na\nz\n").text == "t: |\n  x\n  a\n  z\nb: 1\n"


def test_same_text_changes_nothing():
    document = Document(APPLICATION)
    assert document.with_nested(VALUES_PATH, document.nested(VALUES_PATH)) is document


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: >\n  x: 1\n  z: 1\n", "no YAML"),
        ("a: >\n  {x: 1,\n  z: 1}\n", "folded"),
        ("a: '{x: 1,\n  z: 1}'\n", "would not stay"),
        ('a: "{x: \\u0031}"\n', "would not stay"),
        ('a: "{x: 1, \\\n  z: 1}"\n', "would not stay"),
        ("a: |\nb: 1\n", "no line"),
        ("a: |\n  \n \nb: 1\n", "no line"),
        ("a: {x: 1}\n", "no text"),
        ("a: 1\n", "no text"),
        ("a:\n", "no text"),
        ("b: 1\n", "does not exist"),
        ("a: !!binary aGFsbG8=\n", "no text"),
        ("a: &q |\n  x: 1\nb: *q\n", "used elsewhere"),
        ("b: &q |\n  x: 1\na: *q\n", "is an alias"),
        ("a: |\n  x: {{ .x }}\n", "template"),
        ("a: |\n  x: 1\n  ---\n  z: 1\n", "several documents"),
        ("a: |\n  x: 1\na: |\n  x: 2\n", "twice"),
    ],
)
def test_refused(text, words):
    with pytest.raises(EditRefusedError, match=words) as caught:
        edit(text, ("a",), ("x",))
    assert 1 <= caught.value.line <= text.count("\n")
    assert caught.value.where == f"app.yaml:{caught.value.line}"


@pytest.mark.parametrize("text", ["x: 1\n\n\n", "\n", " x: 1\n", "x: 1"])
def test_text_that_the_block_cannot_hold(text):
    document = Document("a: |\n  x: 2\nb: 1\n", name="app.yaml")
    with pytest.raises(EditRefusedError):
        document.with_nested(("a",), Document(text))


BLOCK = "write it as a block of lines behind '|'"


@pytest.mark.parametrize(
    ("text", "message", "help_"),
    [
        (
            'a: "{x: \\u0031}"\n',
            "the text is written in a way that would not stay as it is",
            "write it as a block of lines behind '|'",
        ),
        (
            "a: >\n  {x: 1,\n  z: 1}\n",
            "the lines of this text are folded, so it cannot be edited line by line",
            "write '|' in place of '>'",
        ),
        ("a: |\nb: 1\n", "there is no line in this text to go by", ""),
    ],
)
def test_a_form_that_cannot_be_edited_says_what_to_write(text, message, help_):
    with pytest.raises(EditRefusedError) as caught:
        edit(text, ("a",), ("x",))

    assert (caught.value.message.removeprefix("a: "), caught.value.help, caught.value.line) == (
        message,
        help_,
        1,
    )


def test_plain_text():
    assert edit("a: x\n", ("a",), (), value="z") == "a: z\n"
    with pytest.raises(EditRefusedError) as caught:
        edit("a: x\n", ("a",), (), value="9.10")
    assert (caught.value.message, caught.value.help, caught.value.line) == (
        "a: the new text needs quotes",
        BLOCK,
        1,
    )


def test_single_quotes_cannot_hold_lines():
    document = Document("a: '{x: 1}'\n")
    with pytest.raises(EditRefusedError) as caught:
        document.with_nested(("a",), Document("x: 2\n"))
    assert (caught.value.message, caught.value.help, caught.value.line) == (
        "these quotes cannot hold the new text",
        BLOCK,
        1,
    )


@st.composite
def held(draw):
    """A function that puts a text into a block scalar of a file, the path of it there, and a text."""
    lead, step = draw(
        st.sampled_from([(0, "a:"), (4, "p:\n    a:"), (2, "p:\n- a:"), (4, "p:\n  - q: 1\n    a:")])
    )
    indent = " " * (lead + draw(st.sampled_from([1, 2, 4])))
    keep = draw(st.sampled_from(["", "-", "+"]))
    comment = draw(st.sampled_from(["", " # c"]))
    below = draw(st.sampled_from(["", "\n# end\n", "\n\n# end\nzz: 1\n"]))
    break_ = draw(st.sampled_from(["\n", "\r\n"]))
    path = {"a:": ("a",), "p:\n    a:": ("p", "a")}.get(step, ("p", 0, "a"))

    def hold(text):
        lines = [indent + line if line else "" for line in text.split("\n")]
        body = "\n".join(lines)
        head = f"{step} |{keep}{comment}\n"
        return (head + body + (below or "\n")).replace("\n", break_)

    text = "\n".join(draw(blocks()))
    assume(not text.startswith(" "))
    return hold, path, text


@SETTINGS
@given(held(), st.data())
def test_the_file_holds_the_edited_text_and_is_else_as_before(case, data):
    hold, path, text = case
    document = Document(hold(text))
    nested = document.nested(path)
    assert nested.text.rstrip("\n") == text.rstrip("\n")
    key = data.draw(st.sampled_from(["image", "on", "tag", "zzz"]))
    try:
        edited = nested.set((key,), data.draw(VALUES))
        after = document.with_nested(path, edited)
    except EditRefusedError:
        assert "|" in text or not text.strip()
        assume(False)
    assert after.nested(path).text == edited.text
    breaks = len(nested.text) - len(nested.text.rstrip("\n"))
    assert len(edited.text) - len(edited.text.rstrip("\n")) == breaks
    assert after.text == hold(edited.text.rstrip("\n") if text == text.rstrip("\n") else edited.text)


@SETTINGS
@given(VALUES, st.sampled_from(["'", '"']))
def test_json_in_quotes(value, quote):
    text = json.dumps({"x": 1, "z": [1, {"q": "it's"}]})
    inner = text.replace("'", "''") if quote == "'" else text.replace("\\", "\\\\").replace('"', '\\"')
    document = Document(f"a: {quote}{inner}{quote} # c\nb: 1\n")
    nested = document.nested(("a",)).set(("x",), value)
    after = document.with_nested(("a",), nested)
    assert json.loads(after.get(("a",))) == {"x": value, "z": [1, {"q": "it's"}]}
    assert after.text.startswith(f"a: {quote}{{")
    assert after.text.endswith(f"{quote} # c\nb: 1\n")
    assert after.text.count("\n") == 2
