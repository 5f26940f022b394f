"""The audit as it is read: what is long is folded where there are several backends, and places stand apart."""

import re
from dataclasses import replace

from migrate_dhi.ui.audit_lines import audit_lines
from migrate_dhi.ui.lines import Look, plain
from tests.audit.conftest import shown
from tests.audit.grounds import SERVER
from tests.audit.test_report import CLIENT, audited


def lines(found, look=Look()):  # noqa: B008 - a record that nothing changes
    return [plain(line) for line in audit_lines(look, found)]


def test_a_policy_is_shown_for_one_backend_and_told_for_several():
    found = audited(SERVER, CLIENT)
    one, two = lines(found), lines(replace(found, backends=found.backends * 2))

    at = one.index("  A policy for the clients that were found:") + 1
    policy = one[at : one.index("", at)]
    assert "    kind: NetworkPolicy" in policy
    assert "    kind: NetworkPolicy" not in two
    told = f"A policy for the clients that were found ({len(policy)} lines): migrate-dhi audit data/cache shows it"
    assert f"  {told}" in two or told in " ".join(" ".join(two).split())
    assert "  A policy that lets in nobody, as no client was found:" in lines(audited(SERVER))


def test_a_place_stands_in_parentheses_and_once(estate, capsys):
    rows = " ".join(shown(estate, capsys).split())

    assert re.search(r"\(\S+\.yaml:\d+\)", rows)
    assert not re.search(r"(\S+\.yaml:\d+)\b.{0,400}\(\1\)", rows.partition("Not rendered")[2])


def test_no_line_is_wider_than_the_terminal_that_it_is_for(estate, capsys):
    found = audited(SERVER, CLIENT)

    for width in (80, 110):
        assert [line for line in lines(found, Look(width, fit=True)) if len(line) > width] == []
    head = next(line for line in shown(estate, capsys).splitlines() if "set in" in line)
    assert "authentication" in head
