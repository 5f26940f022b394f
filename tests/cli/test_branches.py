"""Branches as the command line shows them: taken names, and a Git that does not work."""

import json

import pytest


@pytest.fixture
def shop(workshop):
    workshop.add("values-comments", "apps/cache")
    return workshop


FLAGS = ("apps/cache",)


def test_a_plan_whose_branch_exists_says_so_and_what_to_do(shop):
    assert shop.run(*FLAGS, "--yes").code == 0
    planned = shop.run(*FLAGS, "--plan")
    assert planned.code == 0
    assert "To write the branch:" not in planned.out
    told = " ".join(planned.out.split())
    assert "--yes would stop, since the branch dhi/apps-cache exists already" in told
    assert "migrate-dhi rollback dhi/apps-cache" in told
    found = json.loads(shop.run(*FLAGS, "--plan", "--format", "json").out)["findings"]
    (finding,) = (one for one in found if one["code"] == "branch-exists")
    assert (finding["severity"], "--branch" in finding["help"]) == ("warning", True)
    assert shop.run(*FLAGS, "--yes").code == 4


def test_a_plan_whose_branch_has_another_above_it_says_so(shop):
    shop.git("branch", "dhi")
    assert "cannot be created beside the branch dhi" in " ".join(shop.run(*FLAGS, "--plan").out.split())


def test_a_plan_with_nothing_to_write_says_nothing_of_its_branch(shop):
    shop.run(*FLAGS, "--yes")
    shop.git("merge", "--quiet", "dhi/apps-cache")
    assert "branch-exists" not in shop.run(*FLAGS, "--plan").out


@pytest.mark.parametrize("words", [("status",), ("rollback", "x", "--yes"), (*FLAGS, "--yes")])
@pytest.mark.parametrize("content", [None, b"\0\1\2", b"#!/bin/sh\n", b"#!/bin/sh\nexit 127\n"])
def test_without_a_git_that_works_the_repository_is_not_ready(shop, tmp_path, monkeypatch, words, content):
    (tmp_path / "bin").mkdir()
    if content is not None:
        (tmp_path / "bin" / "git").write_bytes(content)
        (tmp_path / "bin" / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    ran = shop.run(*words)
    assert (ran.code, ran.out) == (4, "")
    assert ran.error["help"]


def test_hooks_that_do_not_run_are_told_and_run_on_request(shop):
    hook = shop.root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    assert "hooks-not-run" not in shop.run(*FLAGS, "--plan", "--format", "json").out
    hook.write_text("#!/bin/sh\ngit diff --cached --name-only >>seen.txt; pwd\necho no; exit 1\n")
    hook.chmod(0o755)
    planned = json.loads(shop.run(*FLAGS, "--plan", "--format", "json").out)
    (note,) = (one for one in planned["findings"] if one["code"] == "hooks-not-run")
    assert (note["severity"], "pre-commit" in note["message"]) == ("info", True)
    assert "hooks-not-run" not in shop.run(*FLAGS, "--plan", "--run-hooks", "--format", "json").out
    refused = shop.run(*FLAGS, "--yes", "--run-hooks")
    assert (refused.code, shop.branches()) == (1, ["main"])
    assert "a hook refuses the commit" in refused.error["error"]
    written = shop.run(*FLAGS, "--yes")
    assert written.code == 0
    assert "The hook pre-commit of this repository does not run on the commits of the branch" in " ".join(
        written.out.split()
    )
    shop.git("merge", "--quiet", "dhi/apps-cache")
    assert "hooks-not-run" in shop.run("rollback", "apps/cache", "--yes", "--offline").out
    shop.git("branch", "-D", "dhi/apps-cache-reversal")
    assert shop.run("rollback", "apps/cache", "--yes", "--offline", "--run-hooks").code == 1
