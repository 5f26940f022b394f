"""Something that is no regular file where a file of the repository is looked for: neither waited for nor read on and on."""

import os
import subprocess
import sys

import pytest

ODD = ["device", "pipe", "folder", "loop"]


@pytest.fixture(params=ODD)
def put(request):
    def put(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if request.param == "device":
            path.symlink_to("/dev/zero")
        elif request.param == "pipe":
            os.mkfifo(path)
        elif request.param == "folder":
            path.mkdir()
        else:
            path.symlink_to(path.name)

    return put


def run(root, *args):
    """In a process of its own, which can be ended."""
    command = [sys.executable, "-m", "migrate_dhi", *args]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    "file", [".migrate-dhi.yaml", ".migrate-dhi/playbooks/x.yaml", "apps/web/values.yaml", "web.yaml"]
)
def test_it_is_told_or_passed_over(workshop, put, file):
    workshop.add("plain-chart", "apps/web")
    put(workshop.root / file)

    for command in (("apps/web", "--plan"), ("scan",), ("apps/web", "--yes")):
        ran = run(workshop.root, *command)

        assert ran.returncode in {0, 2, 4}
        assert "Traceback" not in ran.stderr
        assert "a bug in" not in ran.stderr


@pytest.mark.parametrize("flag", ["--answers", "--values"])
def test_a_file_of_a_flag(workshop, put, flag):
    workshop.add("plain-chart", "apps/web")
    put(workshop.root.parent / "file.yaml")

    ran = run(workshop.root, "apps/web", "--plan", flag, "../file.yaml")

    assert ran.returncode in {2, 4}
    assert "a bug in" not in ran.stderr
