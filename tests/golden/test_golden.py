"""Charts before and after, whole: to add a case, add a folder with `before/` and the files that differ in `after/`.

All are migrated to the same image, with the same pull secret, and with probes by TCP.
"""

import shutil
from pathlib import Path

import pytest

from tests.conftest import SECRET, plan_of

HERE = Path(__file__).parent
CASES = sorted(path.parent.name for path in HERE.glob("*/before"))


def files(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.mark.parametrize("case", CASES)
def test_before_becomes_after(tmp_path, case):
    chart = shutil.copytree(HERE / case / "before", tmp_path / case)
    plan = plan_of(chart, to=("dhi.io/valkey:8.1.9-debian13",), pull_secret=SECRET, probes="tcp")

    assert plan.status == "ready", [(step.name, step.reason) for step in plan.blocked_steps]
    for step in plan.steps:
        for name, text in step.files.items():
            (chart / name).write_bytes(text.encode())

    assert files(chart) == {**files(HERE / case / "before"), **files(HERE / case / "after")}


def test_there_are_cases():
    assert len(CASES) >= 3
