"""A forked run shows what a process of its own shows: else the tests that use one would prove nothing."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests import forked
from tests.charts import copy_case


@pytest.mark.parametrize(
    "words",
    [
        ("chart", "--plan", "--offline", "--pull-secret", "x"),
        ("chart", "--plan", "--format", "json", "--offline"),
        ("chart", "--yes"),
        ("nowhere", "--plan"),
        ("--no-such-flag",),
        ("catalog", "list"),
        ("scan",),
    ],
    ids=" ".join,
)
def test_a_forked_run_says_what_a_process_says(clean_home, tmp_path, words):
    copy_case("plain-chart", tmp_path / "chart")
    command = [sys.executable, "-m", "migrate_dhi", *words]
    process = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )

    ran = forked.run(words, cwd=tmp_path)

    assert (ran.returncode, ran.stdout, ran.stderr) == (process.returncode, process.stdout, process.stderr)


@pytest.fixture
def waiting(clean_home, tmp_path, monkeypatch):
    """A run that waits for a Helm which never answers."""
    monkeypatch.setenv("TMPDIR", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    copy_case("plain-chart", tmp_path / "chart")
    (tmp_path / "helm").write_text(f"#!/bin/sh\ntouch {tmp_path}/started\nexec sleep 30\n")
    (tmp_path / "helm").chmod(0o755)
    process = forked.Program(["chart", "--plan", "--helm", "./helm"], cwd=tmp_path, env=dict(os.environ))
    end = time.monotonic() + 20
    while not (tmp_path / "started").exists() and time.monotonic() < end:
        time.sleep(0.02)
    yield process
    process.kill()
    process.wait(20)


def test_it_can_be_waited_for(waiting):
    assert waiting.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(0.1)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_it_takes_signals_and_cleans_up_as_it_ends(waiting, tmp_path, number, code):
    waiting.send_signal(number)

    assert waiting.wait(20) == code
    assert waiting.poll() == code
    assert bool(list((tmp_path / "scratch").iterdir())) == (code < 0)


def test_it_has_no_other_variables_than_those_given(tmp_path):
    """Nor those of the process that is forked: without a PATH there is no Git."""
    ran = forked.run(["chart", "--plan"], cwd=tmp_path, env={"PATH": str(tmp_path), "HOME": str(tmp_path)})

    assert ran.returncode == 2
    assert forked.run(["status"], cwd=tmp_path, env={"PATH": str(tmp_path)}).returncode == 4
