"""`make demo`: the example from plan to rollback, on two screens."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINES = 80


def test_the_demonstration_shows_plan_branch_log_diff_and_rollback_in_eighty_lines():
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "demo.py")], check=True, capture_output=True, text=True
    )
    lines = done.stdout.splitlines()

    assert len(lines) <= LINES, done.stdout
    commands = [line for line in lines if line.startswith("$ ")]
    assert [" ".join(command.split()[1:3]) for command in commands] == [
        "migrate-dhi apps/cluster/valkey",
        "migrate-dhi apps/cluster/valkey",
        "git log",
        "git diff",
        "migrate-dhi rollback",
    ]
    text = done.stdout
    assert "1 image moves, 4 commits" in text
    assert "+    registry: dhi.io" in text
    assert "Wrote dhi/apps-cluster-valkey with 4 commits" in text
    assert "Deleted dhi/apps-cluster-valkey" in text
