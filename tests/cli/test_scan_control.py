"""A scan under control: one release that never ends harms no other, Ctrl-C shows what is done, and nothing is left behind."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.test_control import DEPLOYMENT, LOOP, VALUES

GIT = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_CONFIG_NOSYSTEM": "1"}


@pytest.fixture
def estate(tmp_path):
    """A repository with charts, of which some may never end."""

    def make(**templates):
        root = tmp_path / "repo"
        for name, template in templates.items():
            folder = root / name
            (folder / "templates").mkdir(parents=True)
            (folder / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: 0.1.0\n")
            (folder / "values.yaml").write_text(VALUES)
            (folder / "templates/deployment.yaml").write_text(DEPLOYMENT)
            (folder / "templates/trap.yaml").write_text(template)
        for words in (
            ["init", "-q"],
            ["add", "-A"],
            ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"],
        ):
            subprocess.run(["git", *words], cwd=root, check=True, env={**os.environ, **GIT})
        (tmp_path / "scratch").mkdir()
        return root

    return make


def started(root, *args):
    scratch = root.parent / "scratch"
    environment = {**os.environ, "TMPDIR": str(scratch), "XDG_CACHE_HOME": str(root.parent / "cache")}
    command = [sys.executable, "-m", "migrate_dhi", "scan", "--offline", *args]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, cwd=root, env=environment, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    )


def below(pid):
    """The processes that a process has started."""
    files = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(one) for file in files for one in file.read_text().split()]


def workers(pid):
    """Those among them that plan."""
    found = []
    for one in below(pid):
        with contextlib.suppress(OSError):
            found += [one] if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes() else []
    return found


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_release_that_never_ends_is_told_and_the_others_are_planned(estate, workers):
    root = estate(a="", trap=LOOP, b="", c="")

    process = started(root, "--workers", workers, "--render-timeout", "1", "--format", "json")
    out, err = process.communicate(timeout=120)

    found = {one["name"]: one for one in json.loads(out)["releases"]}
    assert {name: one["status"] for name, one in found.items()} == {
        "a": "ready", "b": "ready", "c": "ready", "trap": "error",
    }  # fmt: skip
    assert "takes more than 1 seconds" in found["trap"]["error"]["message"]
    assert process.returncode == 4, err
    assert list((root.parent / "scratch").iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for processes in /proc")
def test_interrupted_it_shows_what_is_done_and_leaves_no_process(estate):
    root = estate(a="", trap=LOOP, b="", c="")
    process = started(root, "--workers", "2")
    # Where one of two workers is caught, the other does all that is left, and ends.
    end = time.monotonic() + 60
    most = 0
    while time.monotonic() < end and not (most == 2 and len(workers(process.pid)) == 1):
        time.sleep(0.05)
        most = max(most, len(workers(process.pid)))
    time.sleep(1)
    left = below(process.pid)

    os.killpg(process.pid, signal.SIGINT)
    began = time.monotonic()
    out, err = process.communicate(timeout=30)

    assert process.returncode == 130, err
    assert time.monotonic() - began < 8
    assert "Traceback" not in err
    assert "Interrupted: 1 were not planned, and are not in this overview." in out
    assert "3 ready" in out
    time.sleep(0.5)
    assert not [one for one in left if alive(one)]
    assert list((root.parent / "scratch").iterdir()) == []
