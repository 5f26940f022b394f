"""What tests write lies in memory where that can be, and killed runs leave none of it there."""

import os
import subprocess
from types import SimpleNamespace

import pytest

from tests import in_memory


def test_what_dead_processes_left_goes_and_what_lives_stays(tmp_path):
    dead = subprocess.Popen(["true"])
    dead.wait()
    left, used = (tmp_path / f"dhi-test-{pid}" for pid in (dead.pid, os.getppid()))
    for folder in (left, used, tmp_path / "other"):
        folder.mkdir()

    made = in_memory.folder(tmp_path)

    assert made.is_dir()
    assert {*tmp_path.iterdir()} == {made, used, tmp_path / "other"}


@pytest.mark.parametrize(("free", "flag"), [(1024**2, 0), (1024**4, os.ST_NOEXEC)])
def test_where_there_is_no_room_or_nothing_runs_there_is_none(tmp_path, monkeypatch, free, flag):
    state = SimpleNamespace(f_bavail=free, f_frsize=1, f_flag=flag)
    monkeypatch.setattr(os, "statvfs", lambda _: state)

    assert in_memory.folder(tmp_path) is None


def test_a_system_without_such_a_place_has_none(tmp_path):
    assert in_memory.folder(tmp_path / "nowhere") is None
