"""Prose beside a probe that changes is told, and stays byte for byte."""

import pytest

from migrate_dhi.edit import Edit
from migrate_dhi.migration.comments_beside import of_comments
from migrate_dhi.migration.plan import StepOutcome

TCP = {"tcpSocket": {"port": "tcp"}}


def notes(text, edit, name="probes"):
    outcome = StepOutcome(name, "Probe", "proven", "", edits=(), chosen=(edit,), files={"values.yaml": text})
    return [(one.line, one.message.split("'")[1]) for one in of_comments([outcome])]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("# asks by valkey-cli\nprobe:\n  tcpSocket: {port: tcp}\n", [(1, "asks by valkey-cli")]),
        ("probe: # asks by valkey-cli\n  tcpSocket: {port: tcp}\n", [(1, "asks by valkey-cli")]),
        ("probe:\n  # by the client\n  tcpSocket: {port: tcp}\n", [(2, "by the client")]),
        ("# of two lines\n# the first is told\nprobe:\n  tcpSocket: {port: tcp}\n", [(1, "of two lines")]),
        # what does not touch it, what is no prose, and what only looks like a comment
        ("# a section\n\nprobe:\n  tcpSocket: {port: tcp}\n", []),
        ("# exec: {command: [sh]}\nprobe:\n  tcpSocket: {port: tcp}\n", []),
        ("# -- Liveness probe\nprobe:\n  tcpSocket: {port: tcp}\n", []),
        ("probe:\n  tcpSocket: {port: 'a #b'}\n", []),
    ],
)
def test_prose_beside_a_probe(text, found):
    assert notes(text, Edit("values.yaml", ("probe", "tcpSocket"), {"port": "tcp"})) == found


def test_of_a_whole_probe_only_its_own_key_counts():
    text = "# the map\nprobes:\n  # the probe\n  live: {tcpSocket: {port: tcp}}\n"

    assert notes(text, Edit("values.yaml", ("probes", "live"), TCP)) == [(3, "the probe")]


@pytest.mark.parametrize(
    "edit",
    [
        Edit("values.yaml", ("probe", "exec"), delete=True),
        Edit("values.yaml", ("probe", 0), template=True),
        Edit("other.yaml", ("probe", "tcpSocket"), TCP),
    ],
)
def test_nothing_is_told_of_what_goes_of_templates_and_of_other_files(edit):
    assert notes("# prose\nprobe:\n  tcpSocket: 1\n", edit) == []


def test_nothing_is_told_of_other_steps():
    edit = Edit("values.yaml", ("image",), "x")

    assert notes("# prose\nimage: x\n", edit, name="registry") == []
