"""Several edits at once: the same as one after another, or none."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.yamledit import DELETE, Document, parse_path
from migrate_dhi.yamledit.data import same
from tests.yamledit.test_document import VALUES
from tests.yamledit.test_properties import KEYS, SETTINGS, documents, paths
from tests.yamledit.test_properties import VALUES as ANY


def test_edits_of_a_migration():
    edits = [
        ("valkey.image.registry", "dhi.io"),
        ("valkey.image.repository", "valkey"),
        ("valkey.image.tag", "9.0.1-debian13"),
        ("valkey.imagePullSecrets", [{"name": "dhi"}]),
        ("valkey.livenessProbe.tcpSocket.port", 6379),
        ("valkey.livenessProbe.exec", DELETE),
        ("other[2]", "c"),
    ]
    after = Document(VALUES).apply([(parse_path(path), value) for path, value in edits])
    assert after.text == (
        VALUES.replace("docker.io", "dhi.io")
        .replace("valkey/valkey", "valkey")
        .replace("9.0.1-alpine3.23", "9.0.1-debian13\n  imagePullSecrets:\n  - name: dhi")
        .replace("exec:\n      command: [sh, -c, valkey-cli ping]", "tcpSocket:\n      port: 6379")
        .replace("- b\n", "- b\n- c\n")
    )


def test_one_edit_no_edit_and_edits_that_change_nothing():
    document = Document("a: 1\nb: [1, 2, 3]\n")
    assert document.apply([]) is document
    assert document.apply([(("a",), 1), (("b", 0), 1)]) is document
    assert document.apply([(("a",), 2)]).text == "a: 2\nb: [1, 2, 3]\n"
    assert document.apply([(("b", 2), DELETE), (("b", 0), DELETE), (("a",), 2)]).text == "a: 2\nb: [2]\n"
    assert (
        document.apply([(("c", "d"), 1), (("c", "e"), 2)]).text == "a: 1\nb: [1, 2, 3]\nc:\n  d: 1\n  e: 2\n"
    )
    assert document.apply([((), {"a": 5}), (("b",), 6)]).get(()) == {"a": 5, "b": 6}


@pytest.mark.parametrize(
    ("text", "edits", "words"),
    [
        ("a: &x {p: 1}\nb: *x\nc: 1\n", [("b.p", 2), ("c", 2)], "is an alias"),
        ("a: &x {p: 1}\nb: *x\nc: 1\n", [("a.p", 2), ("c", 2)], "used elsewhere"),
        ("a: &x {p: 1}\nb: *x\nc: 1\n", [("c", 2), ("a.p", DELETE)], "used elsewhere"),
        ("a: &x {p: {q: 1, r: 1}}\nb: *x\n", [("a.p.q", 2), ("a.p.r", 2)], "used elsewhere"),
        ("a: 1\nc: 1\n", [("c", 2), ("b", DELETE)], "does not exist"),
        ("a: 1\nc: 1\n", [("c", 2), ("a.b", 2)], "plain value"),
        ("a: 1\na: 1\nc: 1\n", [("c", 2), ("a", 2)], "twice"),
        ("a: 1\nc: 1\n", [("c", 2), ("a", object())], "type object"),
        ("a: 1\nc: 1\n", [("", DELETE), ("a", 1)], "whole document"),
    ],
)
def test_none_is_made_if_one_cannot_be(text, edits, words):
    document = Document(text, name="values.yaml")
    with pytest.raises(EditRefusedError, match=words):
        document.apply([(parse_path(path), value) for path, value in edits])


@SETTINGS
@given(documents(), st.data())
def test_as_one_after_another(text, data):
    document = Document(text)
    expected, edits = document, []
    try:
        for _ in range(data.draw(st.integers(2, 4))):
            path = data.draw(st.sampled_from(list(paths(expected.get(())))))
            if isinstance(expected.get(path), dict) and data.draw(st.booleans()):
                path = (*path, data.draw(KEYS))
            assume(path)
            value = DELETE if expected.has(path) and data.draw(st.booleans()) else data.draw(ANY)
            expected = expected.delete(path) if value is DELETE else expected.set(path, value)
            edits.append((path, value))
        after = document.apply(edits)
    except EditRefusedError:
        assume(False)
    assert same(after.get(()), expected.get(()))
