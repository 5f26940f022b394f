"""The engine under control: limits on time and memory, Ctrl-C at any moment, and nothing left behind."""

import gzip
import http.server
import io
import os
import signal
import subprocess
import sys
import tarfile
import threading
import time

import pytest

from tests.forked import Program
from tests.serving import serving

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}}
    spec:
      containers: [{name: a, image: "{{ .Values.image }}:{{ .Values.tag }}"}]
"""
VALUES = "image: docker.io/valkey/valkey\ntag: 9.1.0\n"
LOOP = "{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}"


@pytest.fixture
def scratch(tmp_path):
    (tmp_path / "scratch").mkdir()
    return tmp_path / "scratch"


@pytest.fixture
def chart(tmp_path):
    """Make a chart with one more template."""

    def make(template="", values=VALUES, needs="", name="trap"):
        folder = tmp_path / name
        (folder / "templates").mkdir(parents=True)
        (folder / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: 0.1.0\n{needs}")
        (folder / "values.yaml").write_text(values)
        (folder / "templates/deployment.yaml").write_text(DEPLOYMENT)
        (folder / "templates/trap.yaml").write_text(template)
        return folder

    return make


def started(scratch, *args):
    """The program as a process of its own, with a folder of its own for scratch files."""
    environment = {**os.environ, "TMPDIR": str(scratch), "XDG_CACHE_HOME": str(scratch.parent / "cache")}
    return Program(args, cwd=scratch.parent, env=environment)


def refused(scratch, *args):
    """The error that a run ends with, and how long it took."""
    begin = time.monotonic()
    process = started(scratch, *args)
    out, err = process.communicate(timeout=60)

    assert process.returncode == 4, err
    assert out == ""
    assert list(scratch.iterdir()) == []
    return err, time.monotonic() - begin


def interrupted(process, scratch, number=signal.SIGINT):
    """Send a signal, and see the process end soon, in good order."""
    begin = time.monotonic()
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    took = time.monotonic() - begin

    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "error: interrupted" in err
    assert list(scratch.iterdir()) == []
    # A second, and what a busy machine needs.
    assert took < 4
    return err


def rendering(process, scratch):
    """Wait until the program has begun to render."""
    while not list(scratch.glob("migrate-dhi-*")):
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    time.sleep(0.5)


def test_a_template_that_loops_is_given_up_after_the_time_that_is_given(chart, scratch):
    err, took = refused(scratch, chart(LOOP), "--plan", "--offline", "--render-timeout", "1")

    assert err.startswith("error: trap: ")
    assert "the render takes more than 1 seconds" in err
    assert "--render-timeout SECONDS" in err
    assert took < 15


@pytest.mark.parametrize(
    "template",
    ['a: {{ repeat 1000000000 "x" }}', "{{ range until 1000000000 }}{{ end }}"],
    ids=["repeat", "until"],
)
def test_a_template_that_takes_all_memory_is_given_up(chart, scratch, template):
    err, _ = refused(scratch, chart(template), "--plan", "--offline")

    assert "MiB of memory" in err


def test_a_render_that_brings_too_much_is_refused(chart, scratch):
    err, _ = refused(scratch, chart('a: {{ repeat 40000000 "x" }}'), "--plan", "--offline")

    assert "the render brings more than 32 MiB of manifests" in err


def test_an_archive_that_unpacks_to_far_more_is_refused(chart, scratch):
    folder = chart(
        needs="dependencies: [{name: sub, version: 1.0.0, repository: 'https://charts.invalid'}]\n"
    )
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        content = b"{{/*" + b" " * (5 * 1024 * 1024 - 100) + b"*/}}"
        files = {f"sub/templates/{number}.yaml": content for number in range(19)}
        for name, data in {"sub/Chart.yaml": b"apiVersion: v2\nname: sub\nversion: 1.0.0\n", **files}.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    (folder / "charts").mkdir()
    packed = gzip.compress(tar.getvalue(), 9, mtime=0)
    (folder / "charts/sub-1.0.0.tgz").write_bytes(packed)
    assert len(packed) < 120_000

    err, _ = refused(scratch, folder, "--plan", "--offline")

    assert "error: trap: the archive sub-1.0.0.tgz unpacks to more than 64 MiB" in err


def test_values_beyond_number_are_refused(chart, scratch):
    values = VALUES + "".join(f"key{number}: value{number}\n" for number in range(120_000))

    err, _ = refused(scratch, chart(values=values), "--plan", "--offline")

    assert "more than 50,000" in err


def test_of_several_charts_the_others_are_planned_all_the_same(chart, scratch):
    first, second = chart(LOOP, name="first"), chart(name="second")

    process = started(scratch, first, second, "--plan", "--offline", "--render-timeout", "1")
    out, err = process.communicate(timeout=60)

    assert process.returncode == 4, err
    assert "takes more than 1 seconds" in err
    assert "second 0.1.0" in out
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_a_render_at_once(chart, scratch, name):
    process = started(scratch, chart(LOOP), "--plan", "--offline")
    rendering(process, scratch)

    interrupted(process, scratch, getattr(signal, name))


def test_a_closed_terminal_does_not_end_what_is_to_outlive_it(chart, scratch):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process = started(scratch, chart(LOOP), "--plan", "--offline", "--render-timeout", "2")
        rendering(process, scratch)
        process.send_signal(signal.SIGHUP)
        process.communicate(timeout=60)
    finally:
        signal.signal(signal.SIGHUP, before)

    assert process.returncode == 4


def test_ctrl_c_ends_a_download_at_once(chart, scratch):
    asked = threading.Event()
    answer = threading.Event()

    class Slow(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.set()
            answer.wait(30)

    with serving(Slow) as port:
        needs = f"dependencies: [{{name: sub, version: 1.0.0, repository: 'http://127.0.0.1:{port}'}}]\n"
        process = started(scratch, chart(needs=needs), "--plan")
        try:
            assert asked.wait(30)
            interrupted(process, scratch)
        finally:
            answer.set()


SELF_INTERRUPT = """
import os, signal, sys
left = int(sys.argv.pop(1))
def hook(event, args):
    global left
    if event == "import":
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGINT)
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.addaudithook(hook)
from migrate_dhi.__main__ import main
main()
"""


@pytest.mark.parametrize("moment", [5, 10, 40, 80, 120, 160, 200, 300])
def test_ctrl_c_while_the_program_is_loaded_ends_it_without_a_traceback(chart, moment):
    command = [sys.executable, "-c", SELF_INTERRUPT, str(moment), str(chart()), "--plan", "--offline"]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert done.returncode == 130
