"""Whole plans of fixture charts, as a person and a program read them: ``make golden`` writes them anew; read the diff.

To add one: an empty file ``plans/CASE.txt`` for the chart ``tests/charts/CASE``, and ``make golden``.
"""

import json
import os
from pathlib import Path

import pytest

from migrate_dhi.migration.step_texts import net_diff
from migrate_dhi.ui.lines import Look, plain
from migrate_dhi.ui.plan_text import plan_lines
from tests.conftest import SECRET

PLANS = Path(__file__).parent / "plans"
CASES = sorted(path.stem for path in PLANS.glob("*.txt"))
RENEW = bool(os.environ.get("MIGRATE_DHI_RENEW"))


def written(plan):
    """The plan in a terminal without colours, its findings in the JSON without what is null, and its diff."""
    command = ["migrate-dhi", plan.title, "--pull-secret", SECRET]
    lines = plan_lines(Look(width=100, fit=True), plan, command=command)
    findings = [{key: part for key, part in one.to_json().items() if part} for one in plan.findings]
    return "\n".join(
        [
            f"$ {' '.join(command)} --plan",
            *map(plain, lines),
            "\nFINDINGS",
            json.dumps(findings, indent=1, ensure_ascii=False),
            "\nDIFF",
            *(diff for _, diff in net_diff(plan)),
        ]
    )


@pytest.mark.parametrize("case", CASES)
def test_a_plan_reads_as_it_did(case, estate):
    now, file = written(estate.first), PLANS / f"{case}.txt"
    if RENEW:
        file.write_bytes(now.encode())

    assert now == file.read_bytes().decode(), "`make golden` writes it anew; then read the diff"


def test_there_are_plans_of_all_sorts():
    assert len(CASES) >= 25
