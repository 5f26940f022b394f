"""Writing the branch: as it was shown, once, and either whole or not at all."""

import json
import os
import shutil
import signal
import time

import pytest

from tests import forked

CHART = "apps/values-comments"
BRANCH = "dhi/apps-values-comments"
FLAGS = ("--pull-secret", "kubernetes-dhi")


@pytest.fixture
def shop(workshop):
    workshop.add("values-comments")
    return workshop


def planned(shop, *more):
    ran = shop.run(CHART, "--plan", "--format", "json", *FLAGS, *more)
    return ran.code, json.loads(ran.out)


def test_one_commit_for_each_step_that_edits(shop):
    _, plan = planned(shop)
    ran = shop.run(CHART, "--yes", *FLAGS)

    subjects = shop.git("log", "--reverse", "--format=%s", f"main..{BRANCH}").splitlines()

    assert ran.code == 0
    assert subjects == [step["commit"]["subject"] for step in plan["steps"] if step["edits"]]
    assert len(subjects) == 4


def test_the_trailers_say_what_ran(shop):
    shop.run(CHART, "--yes", *FLAGS)

    steps = shop.git(
        "log", "--reverse", "--format=%(trailers:key=DHI-Step,valueonly)", f"main..{BRANCH}"
    ).split()
    charts = set(shop.git("log", "--format=%(trailers:key=DHI-Chart,valueonly)", f"main..{BRANCH}").split())

    assert steps == ["registry", "tag", "pull-secret", "versions"]
    assert charts == {CHART}


def test_no_credential_is_written(shop):
    shop.run(CHART, "--yes", *FLAGS)

    diff = shop.git("diff", "main", BRANCH)

    assert "kubernetes-dhi" in diff
    assert "password" not in diff.lower()


def test_again_while_the_branch_stands(shop):
    shop.run(CHART, "--yes", *FLAGS)
    refs = shop.refs()

    ran = shop.run(CHART, "--yes", *FLAGS)

    assert ran.code == 4
    assert BRANCH in ran.error["error"]
    assert ran.out == ""
    assert shop.refs() == refs


@pytest.mark.parametrize("way", ["checkout", "merge", "squash"])
def test_again_on_the_branch_or_after_the_merge(shop, way):
    shop.run(CHART, "--yes", *FLAGS)
    if way == "checkout":
        shop.git("checkout", "--quiet", BRANCH)
    elif way == "merge":
        shop.git("merge", "--quiet", "--no-edit", "--no-ff", BRANCH)
    else:
        shop.git("merge", "--quiet", "--squash", BRANCH)
        shop.git("commit", "--quiet", "--message", "squashed")
        shop.git("branch", "--quiet", "-D", BRANCH)
    refs = shop.refs()

    code, plan = planned(shop)
    ran = shop.run(CHART, "--yes", *FLAGS)

    assert (code, plan["status"]) == (0, "nothing-to-do")
    assert ran.code == 0
    assert f"Nothing to do in {CHART}" in ran.out
    assert "Wrote" not in ran.out
    assert shop.refs() == refs


def test_two_charts_write_two_branches(shop):
    shop.add("plain-chart")

    ran = shop.run(CHART, "apps/plain-chart", "--yes", *FLAGS)

    assert ran.code == 0
    assert shop.branches() == ["dhi/apps-plain-chart", BRANCH, "main"]
    assert shop.git("merge-base", BRANCH, "dhi/apps-plain-chart") == shop.git("rev-parse", "main")


def test_a_chart_that_fails_does_not_stop_the_other(shop):
    shop.add("required-value")
    shop.remove("apps/required-value/ci")

    ran = shop.run("apps/required-value", CHART, "--yes", *FLAGS)

    assert ran.code == 4
    assert shop.branches() == [BRANCH, "main"]
    assert "error: " in ran.err
    assert "required-value" in ran.err


def test_a_branch_of_the_users_own_name(shop):
    assert shop.run(CHART, "--yes", "--branch", "feature/hardened", *FLAGS).code == 0

    assert shop.branches() == ["feature/hardened", "main"]


def test_the_users_hooks_are_not_run(shop):
    hooks = shop.root / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("pre-commit", "commit-msg", "post-commit", "prepare-commit-msg"):
        hook = hooks / name
        hook.write_text("#!/bin/sh\ntouch ../ran\nexit 1\n")
        hook.chmod(0o755)

    assert shop.run(CHART, "--yes", *FLAGS).code == 0
    assert not (shop.root.parent / "ran").exists()


@pytest.mark.parametrize("share", [0.3, 0.6, 0.8, 0.95])
def test_killed_in_the_middle_the_repository_is_as_before_or_the_branch_is_complete(shop, tmp_path, share):
    """The time of the kill is a share of what one whole run takes here."""
    command = [CHART, "--yes", *FLAGS]
    spare = tmp_path / "spare"
    shutil.copytree(shop.root, spare)
    started = time.monotonic()
    assert forked.run(command, cwd=spare).returncode == 0
    whole = time.monotonic() - started
    complete = len(shop.git("rev-list", f"main..{BRANCH}", cwd=spare).split())
    files = {name: value for name, value in shop.picture().items() if not name.startswith(".git/objects")}

    process = forked.Program(command, cwd=shop.root)
    time.sleep(whole * share)
    process.send_signal(signal.SIGKILL)
    process.wait()

    after = {name: value for name, value in shop.picture().items() if not name.startswith(".git/objects")}
    new = {name for name in after.keys() - files.keys() if not name.endswith(".lock")}
    assert {name: after[name] for name in files} == files
    if BRANCH in shop.branches():
        assert len(shop.git("rev-list", f"main..{BRANCH}").split()) == complete
        assert new <= {f".git/refs/heads/{BRANCH}", f".git/logs/refs/heads/{BRANCH}"}
    else:
        assert not new
        assert shop.run(CHART, "--yes", *FLAGS).code == 0
    shop.git("fsck", "--strict", "--no-dangling")


def test_the_scratch_folder_is_gone_afterwards(shop, tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environment = {**os.environ, "TMPDIR": str(scratch)}

    assert forked.run([CHART, "--yes", *FLAGS], cwd=shop.root, env=environment).returncode == 0
    assert list(scratch.iterdir()) == []
