"""Scratch folders: gone with their process, also with one that was killed, and no other folder is touched."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from migrate_dhi import scratch

pytestmark = pytest.mark.skipif(scratch.fcntl is None, reason="no locks of this kind here")
LONG_AGO = time.time() - 3600
HOLD = "from migrate_dhi import scratch; import pathlib, time\nwith scratch.folder() as f:\n pathlib.Path(f, 'x').touch(); print(f, flush=True); time.sleep(60)"


@pytest.fixture
def top(tmp_path, monkeypatch):
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    monkeypatch.setattr(scratch, "_swept", set())
    return folder


@pytest.fixture
def other(top):
    """Another process, with a scratch folder that looks old."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        env={**os.environ, "TMPDIR": str(top)},
        stdout=subprocess.PIPE,
        text=True,
    )
    process.folder = Path(process.stdout.readline().strip())
    age(process.folder.parent)
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def age(folder):
    os.utime(folder / "in-use", (LONG_AGO, LONG_AGO))


def left_behind(top, name="migrate-dhi-left"):
    """What a killed process leaves."""
    folder = top / name
    (folder / "inner/chart").mkdir(parents=True)
    (folder / "inner/chart/values.yaml").touch()
    (folder / "inner/chart/templates").symlink_to(top.parent)
    (folder / "in-use").touch()
    age(folder)
    return folder


def use():
    with scratch.folder() as name:
        assert Path(name).is_dir()


def test_a_folder_is_gone_with_its_last_user(top):
    with scratch.folder() as first, scratch.folder() as second:
        assert Path(first).parent == Path(second).parent
        assert first != second

    assert list(top.iterdir()) == []


def test_what_a_killed_process_left_is_removed_by_a_later_run(top, other):
    other.send_signal(signal.SIGKILL)
    other.wait()
    assert (other.folder / "x").exists()

    use()

    assert list(top.iterdir()) == []


def test_what_a_living_process_uses_stays(top, other):
    use()

    assert (other.folder / "x").exists()


def test_it_is_removed_without_what_its_links_lead_to(top):
    kept = top.parent / "kept"
    kept.touch()
    left_behind(top)

    use()

    assert list(top.iterdir()) == []
    assert kept.exists()


@pytest.mark.parametrize("change", ["young", "no lock", "lock is a link", "lock is a pipe", "other name"])
def test_what_is_not_known_to_be_left_behind_stays(top, change):
    folder = left_behind(top, "migrate-it" if change == "other name" else "migrate-dhi-left")
    lock = folder / "in-use"
    if change == "young":
        os.utime(lock)
    elif change != "other name":
        lock.unlink()
    if change == "lock is a link":
        (top / "elsewhere").touch()
        os.utime(top / "elsewhere", (LONG_AGO, LONG_AGO))
        lock.symlink_to(top / "elsewhere")
    if change == "lock is a pipe":
        os.mkfifo(lock)
        age(folder)

    use()

    assert (folder / "inner/chart/values.yaml").exists()


def test_a_link_to_a_folder_is_no_folder(top):
    folder = left_behind(top.parent, "elsewhere")
    (top / "migrate-dhi-link").symlink_to(folder)

    use()

    assert (folder / "inner/chart/values.yaml").exists()
    assert (top / "migrate-dhi-link").is_symlink()


def test_the_folder_of_another_user_stays(top, monkeypatch):
    folder = left_behind(top)
    monkeypatch.setattr(os, "getuid", lambda: folder.stat().st_uid + 1)

    use()

    assert folder.exists()


def test_where_nothing_can_be_locked_scratch_works_and_nothing_is_swept(top, monkeypatch):
    def refused(*_):
        raise OSError(45, "not supported")

    folder = left_behind(top)
    monkeypatch.setattr(scratch.fcntl, "flock", refused)

    use()

    assert list(top.iterdir()) == [folder]


def test_two_that_sweep_at_once_and_one_that_begins_do_not_meet(top):
    """Many processes begin and sweep at the same time: no one loses its folder, and none is left."""
    for number in range(20):
        left_behind(top, f"migrate-dhi-{number}")
    each = "from migrate_dhi import scratch; import pathlib\nfor _ in range(30):\n with scratch.folder() as f: pathlib.Path(f, 'x').touch()"
    running = [
        subprocess.Popen([sys.executable, "-c", each], env={**os.environ, "TMPDIR": str(top)})
        for _ in range(4)
    ]

    assert [process.wait() for process in running] == [0, 0, 0, 0]
    assert list(top.iterdir()) == []
