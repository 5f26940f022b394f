"""Files of several documents: how they are counted, and that an edit of one leaves the others byte for byte."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.yamledit import Stream
from tests.yamledit.test_properties import SETTINGS, VALUES, blocks

FILE = """\
# of the cluster
---
apiVersion: v1
kind: Namespace
metadata: {name: web}
---  # the release
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
spec:
  values:
    image:
      tag: 9.0.1 # now
...
# between
---
---
# nothing here
---
kind: Last
"""


def with_crlf(text):
    return "\ufeff" + text.replace("\n", "\r\n")


@pytest.mark.parametrize("form", [str, with_crlf])
def test_documents_are_counted_and_their_lines_are_lines_of_the_file(form):
    stream = Stream(form(FILE))
    kinds = [document.get(("kind",), None) for document in stream.documents]

    assert kinds == ["Namespace", "HelmRelease", None, None, "Last"]
    assert stream.documents[1].line(("spec", "values", "image", "tag")) == 12
    assert stream.documents[4].line(("kind",)) == 19
    assert "".join(document.text for document in stream.documents) == form(FILE)


@pytest.mark.parametrize("form", [str, with_crlf])
def test_one_line_of_one_document_changes(form):
    stream = Stream(form(FILE))
    edited = stream.documents[1].set(("spec", "values", "image", "tag"), "9.0.2")

    assert stream.replaced(1, edited).text == form(FILE.replace("9.0.1", "9.0.2"))


def test_the_edited_document_has_its_place_in_the_new_stream():
    stream = Stream(FILE)
    after = stream.replaced(0, stream.documents[0].set(("more",), {"a": 1}))

    assert after.documents[1].line(("spec",)) == stream.documents[1].line(("spec",)) + 2
    assert after.documents[0].get(("more", "a")) == 1
    assert after.documents[1].text == stream.documents[1].text


def test_what_stays_in_its_lines_is_not_parsed_again():
    stream = Stream(FILE)
    edited = stream.documents[1].set(("spec", "values", "image", "tag"), "x")
    after = stream.replaced(1, edited)
    assert after.documents == (stream.documents[0], edited, *stream.documents[2:])
    grown = after.replaced(-4, edited.set(("a",), 1))
    assert grown.documents[0] is stream.documents[0]
    assert [one.line(("kind",)) for one in grown.documents[2:]] == [16, 17, 20]
    with pytest.raises(IndexError):
        stream.replaced(5, edited)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", [""]),
        ("# c\n", ["# c\n"]),
        ("a: 1\n", ["a: 1\n"]),
        ("---\na: 1\n", ["---\na: 1\n"]),
        ("---\na: 1\n---\n", ["---\na: 1\n", "---\n"]),
        ("a: 1\n---", ["a: 1\n", "---"]),
        ("# c\n\n---\na: 1\n", ["# c\n\n---\na: 1\n"]),
        ("a: 1\n---# c\nb: 1\n", ["a: 1\n", "---# c\nb: 1\n"]),
        ("a: 1\n---\t\nb: 1\n", ["a: 1\n", "---\t\nb: 1\n"]),
        ("a: 1\n ---\n", ["a: 1\n ---\n"]),
        ("a: |\n  ---\n  x\n", ["a: |\n  ---\n  x\n"]),
        ("---\n---\n---\n", ["---\n", "---\n", "---\n"]),
        ("%YAML 1.1\n---\na: 1\n", ["%YAML 1.1\n---\na: 1\n"]),
        ("a: 1\n...\n# c\n%YAML 1.1\n---\nb: 1\n", ["a: 1\n...\n", "# c\n%YAML 1.1\n---\nb: 1\n"]),
        ("a: 1\n...\n# c\n---\nb: 1\n", ["a: 1\n...\n# c\n", "---\nb: 1\n"]),
        ("\ufeff---\na: 1\n---\nb: 1\n", ["\ufeff---\na: 1\n", "---\nb: 1\n"]),
        ("\ufeff# c\n---\na: 1\n", ["\ufeff# c\n---\na: 1\n"]),
    ],
)
def test_where_a_file_is_split(text, parts):
    stream = Stream(text)

    assert [document.text for document in stream.documents] == parts
    assert all(document.refusal is None for document in stream.documents)
    for index, document in enumerate(stream.documents):
        edited = document.set(("zzz",), "x")
        after = stream.replaced(index, edited)
        assert [one.text for one in after.documents] == [*parts[:index], edited.text, *parts[index + 1 :]]
        assert after.documents[index].get(("zzz",)) == "x"


def test_an_edit_that_changes_nothing_gives_the_same_text():
    stream = Stream(FILE)

    assert stream.replaced(1, stream.documents[1].set(("kind",), "HelmRelease")).text == FILE


BROKEN = "a: 1\n---\nkind: {{ .kind }}\n{{- if .x }}\n---\nb: 1\n"


def test_a_broken_document_does_not_hinder_its_neighbours():
    stream = Stream(BROKEN, name="all.yaml")
    for index, path in ((0, "a"), (2, "b")):
        after = stream.replaced(index, stream.documents[index].set((path,), 2))
        assert after.text == BROKEN.replace(f"{path}: 1", f"{path}: 2")


def test_a_broken_document_tells_file_and_line_however_it_is_used():
    broken = Stream(BROKEN, name="all.yaml").documents[1]
    for use in (
        lambda: broken.get(()),
        lambda: broken.line(()),
        lambda: broken.set(("a",), 1),
        lambda: broken.delete(("a",)),
        lambda: broken.has(("a",)),
    ):
        with pytest.raises(EditRefusedError, match="template") as caught:
            use()
        assert (caught.value.line, caught.value.where) == (3, "all.yaml:3")
    assert broken.refusal is caught.value


@pytest.mark.parametrize(
    ("text", "index", "line", "words"),
    [
        ("a: 1\n...\nb: 1\n---\nc: 1\n", 0, 3, "no YAML"),
        ("a: 1\n--- {b: 1}\n---\nc: 1\n", 1, 2, "behind '---'"),
        ("a: 1\n--- |\n  b\n---\nc: 1\n", 1, 2, "behind '---'"),
        ("a: 1\n--- !x\nb: 1\n---\nc: 1\n", 1, 2, "behind '---'"),
        ("a: 1\n---\nb: 1\nb:\tx: 1\n---\nc: 1\n", 1, 4, "no YAML"),
        ("a: 1\n---\nb: *x\n", 1, 3, "no anchor"),
        ("a: &x 1\n---\nb: *x\n", 1, 3, "no anchor"),
        ("a: 1\n---\n\ufeffb: 1\n", 1, 3, "byte order mark"),
    ],
)
def test_a_document_that_tools_read_differently_is_refused(text, index, line, words):
    stream = Stream(text, name="all.yaml")
    with pytest.raises(EditRefusedError, match=words) as caught:
        stream.documents[index].set(("z",), 1)
    assert (caught.value.line, caught.value.where) == (line, f"all.yaml:{line}")
    assert [n for n, document in enumerate(stream.documents) if document.refusal is not None] == [index]


@pytest.mark.parametrize(
    ("text", "path", "index", "line", "words"),
    [
        ("x: 1\n---\na: &x 1\nb: *x\n", "a", 1, 3, "used elsewhere"),
        ("x: 1\n---\na: 1\na: 2\n", "a", 1, 4, "lines 3 and 4"),
        ("x: 1\n---\n# c\na:\n  - 1\n", "a", 1, 5, "is a list"),
    ],
)
def test_refused_edits_name_lines_of_the_file(text, path, index, line, words):
    with pytest.raises(EditRefusedError, match=words) as caught:
        Stream(text, name="all.yaml").documents[index].set((path, "z") if "list" in words else (path,), 3)
    assert (caught.value.line, caught.value.where) == (line, f"all.yaml:{line}")


@pytest.mark.parametrize(
    ("text", "certain", "doubtful"),
    [
        ("a: |\n  x\n---\n  y\n---\nc: 1\n", [2], [0, 1]),
        ("a:\n  b: >-\n    x\n---\n    y: 1\nc: 1\n---\nd: 1\n---\ne: 1\n", [2, 3], [0]),
        ('a: "x\n---\nb: y"\n---\nc: 1\n', [2], [1]),
        ("a: 'x\n---\n\n---\nc: 1\n", [2], [1]),
        ("a: {{ x }}\n---\n  b: 1\n---\nc: 1\n", [2], [1]),
        ("a: 1\n---\n  b: 1\n---\nc: 1\n", [0, 1, 2], []),
        ("a: |\n  x\n---\nb: 1\n---\nc: 1\n", [0, 1, 2], []),
    ],
)
def test_a_marker_in_the_middle_of_a_text_is_no_certain_end(text, certain, doubtful):
    stream = Stream(text, name="all.yaml")
    for index in certain:
        edited = stream.documents[index].set(("z",), 1)
        assert stream.replaced(index, edited).documents[index].get(("z",)) == 1
    for index in doubtful:
        with pytest.raises(EditRefusedError, match="not certain") as caught:
            stream.replaced(index, stream.documents[index])
        assert caught.value.line == 1 + text[: text.index("\n---") + 1].count("\n")


def test_a_line_that_only_some_tools_take_for_a_marker_is_refused():
    with pytest.raises(EditRefusedError, match="some tools split") as caught:
        Stream("a: 1\nb: |\n  x\n---foo: 1\n", name="all.yaml")
    assert (caught.value.line, caught.value.where) == (4, "all.yaml:4")
    assert caught.value.help == "put a blank behind '---', or indent the line"


@pytest.mark.parametrize("index", [1, 2])
def test_a_doubtful_end_is_refused_on_both_sides_of_it_alone(index):
    stream = Stream("a: 1\n---\nb: |\n  x\n---\n  c: 1\n---\nd: 1\n", name="all.yaml")

    with pytest.raises(EditRefusedError) as caught:
        stream.replaced(index, stream.documents[index])
    assert (caught.value.line, caught.value.message, caught.value.help) == (
        5,
        "the line '---' stands in the middle of a text, so it is not certain where the document ends",
        "correct the file first",
    )
    for other in (0, 3):
        assert stream.replaced(other, stream.documents[other]).text == stream.text


def test_a_document_of_another_text_is_not_taken():
    stream = Stream("a: 1\n---\nb: 1\n", name="all.yaml")
    with pytest.raises(EditRefusedError, match="would change where"):
        stream.replaced(0, Stream("a: 2").documents[0])


@st.composite
def files(draw):
    """Several documents with every kind of marker line between them."""
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        marker = draw(st.sampled_from(["---\n", "--- # c\n", "---\n\n# d\n", "---   \n", "---# e\n"]))
        body = draw(st.sampled_from([True, True, False])) and "\n".join(draw(blocks())) + "\n"
        parts.append(marker + (body or "") + draw(st.sampled_from(["", "", "...\n", "# f\n", "\n"])))
    text = draw(st.sampled_from(["", "# head\n"])) + "".join(parts)
    if draw(st.booleans()):
        text = text.removesuffix("\n")
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    return draw(st.sampled_from(["", "\ufeff"])) + text, len(parts)


@SETTINGS
@given(files(), st.data())
def test_untouched_documents_stay_byte_for_byte(file, data):
    text, count = file
    stream = Stream(text)
    assert len(stream.documents) == count
    index = data.draw(st.integers(0, count - 1))
    document = stream.documents[index]
    path = data.draw(st.sampled_from([("image",), ("zzz",), ("on",), ("zzz", "a.b")]))
    try:
        edited = document.set(path, data.draw(VALUES))
    except EditRefusedError:
        assume(False)
    after = stream.replaced(index, edited)
    for n, one in enumerate(after.documents):
        assert n == index or one.text == stream.documents[n].text
    before = "".join(one.text for one in stream.documents[:index])
    assert after.text.startswith(before)
    assert after.text.endswith("".join(one.text for one in stream.documents[index + 1 :]))
    # A line that ended the file without a break gets one, in the file's own form.
    assert re.findall(r"(?m)^---[^\r\n]*", after.text) == re.findall(r"(?m)^---[^\r\n]*", text)
