"""Every case of the tables, as written and with CRLF, byte order mark and without the last line break."""

import helm_python
import pytest

from migrate_dhi.yamledit import Document
from tests.yamledit.case import run
from tests.yamledit.tables import ALL

BOM = "\ufeff"


def without_last_break(text):
    return text.removesuffix("\n")


@pytest.mark.parametrize("case", ALL, ids=str)
def test_as_written(case):
    assert run(case.before, case.edits) == case.after


@pytest.mark.parametrize("case", ALL, ids=str)
def test_with_crlf(case):
    assert run(case.before.replace("\n", "\r\n"), case.edits) == case.after.replace("\n", "\r\n")


@pytest.mark.parametrize("case", ALL, ids=str)
def test_with_byte_order_mark(case):
    assert run(BOM + case.before, case.edits) == BOM + case.after


@pytest.mark.parametrize("case", [case for case in ALL if not case.needs_last_break], ids=str)
def test_without_last_line_break(case):
    assert run(without_last_break(case.before), case.edits) == without_last_break(case.after)


@pytest.mark.parametrize("case", ALL, ids=str)
def test_with_comments_around(case):
    """A comment at the end of the file and lines that grow by one: positions must not depend on them."""
    if (
        case.before.startswith(("%", "---", "# Values of a"))
        or "\n..." in case.before
        or "\n---" in case.before
    ):
        lead = ""
    else:
        lead = "# ünï 😀\n"
    assert run(lead + case.before, case.edits) == lead + case.after


@pytest.mark.parametrize("case", ALL, ids=str)
def test_same_edits_again_change_nothing(case):
    again = tuple(edit for edit in case.edits if edit[0] == "set")
    if len(again) == len(case.edits):
        assert run(case.after, again) == case.after
    else:
        assert Document(case.after).text == case.after


@pytest.mark.parametrize("case", [case for case in ALL if not case.before.startswith(("-", "["))], ids=str)
def test_helm_reads_the_same_data(case):
    assert Document(case.after).get(()) == helm_python.values_from_yaml(case.after)
    assert Document(case.before).get(()) == (helm_python.values_from_yaml(case.before) or {})


def test_names_are_unique():
    assert len({case.name for case in ALL}) == len(ALL)
