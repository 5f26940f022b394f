"""Something that is no regular file where a file of the repository is looked for: neither waited for nor read on and on."""

import os

import pytest

from tests import forked

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


@pytest.mark.parametrize(
    "file", [".migrate-dhi.yaml", ".migrate-dhi/playbooks/x.yaml", "apps/web/values.yaml", "web.yaml"]
)
def test_it_is_told_or_passed_over(workshop, put, file):
    workshop.add("plain-chart", "apps/web")
    put(workshop.root / file)

    for command in (("apps/web", "--plan"), ("scan",), ("apps/web", "--yes")):
        # In a process of its own, which can be ended.
        ran = forked.run(command, cwd=workshop.root)

        assert ran.returncode in {0, 2, 4}
        assert "Traceback" not in ran.stderr
        assert "a bug in" not in ran.stderr


@pytest.mark.parametrize("flag", ["--answers", "--values"])
def test_a_file_of_a_flag(workshop, put, flag):
    workshop.add("plain-chart", "apps/web")
    put(workshop.root.parent / "file.yaml")

    ran = forked.run(["apps/web", "--plan", flag, "../file.yaml"], cwd=workshop.root)

    assert ran.returncode in {2, 4}
    assert "a bug in" not in ran.stderr
