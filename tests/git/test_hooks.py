"""The user's hooks look at each commit in a worktree of their own, on request."""

from __future__ import annotations

import os

import pytest

from migrate_dhi.errors import WriteError
from migrate_dhi.git.commits import CommitDraft
from migrate_dhi.git.hooks import hooks
from migrate_dhi.git.repository import Repository
from tests.git.test_commits import BRANCH, CHART, VALUES

MESSAGE = "feat: x\n\nWhy.\n\nDHI-Step: tag\nDHI-Chart: a\n"


def hook(repo, text, name="pre-commit", folder=".git/hooks"):
    repo.write(f"{folder}/{name}", f"#!/bin/sh\n{text}\n").chmod(0o755)


def write(repo, *files, run_hooks=True):
    repository = Repository.discover(repo.root)
    drafts = [CommitDraft(MESSAGE, one) for one in files or ({VALUES: b"one\n"},)]
    return repository.write_branch(BRANCH, repository.resolve("HEAD"), drafts, run_hooks=run_hooks)


def refused(repo, *files):
    refs, before = repo.refs(), repo.picture()
    with pytest.raises(WriteError) as caught:
        write(repo, *files)
    after = repo.picture()
    assert repo.refs() == refs
    assert {path: after.get(path) for path in before} == before
    assert not list((repo.root / ".git").glob("worktrees/*"))
    return caught.value


def test_which_hooks_there_are(repo):
    assert hooks(repo.root) == ()
    repo.write(".git/hooks/pre-commit", "not executable")
    repo.write(".git/hooks/commit-msg.sample", "x").chmod(0o755)
    assert hooks(repo.root) == ()
    hook(repo, "exit 0", "commit-msg")
    hook(repo, "exit 0")
    assert hooks(repo.root) == ("pre-commit", "commit-msg")


def test_hooks_of_another_folder(repo):
    repo.git("config", "core.hooksPath", "tools/hooks")
    hook(repo, "exit 0", folder="tools/hooks")
    assert hooks(repo.root) == ("pre-commit",)
    write(repo)


def test_without_the_flag_none_runs(repo):
    hook(repo, f"touch {repo.root}/ran; exit 1")
    write(repo, run_hooks=False)
    assert not (repo.root / "ran").exists()


def test_without_hooks_the_commits_are_the_same(repo, monkeypatch):
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_DATE", "2026-01-01T00:00:00Z")
    first = write(repo, run_hooks=False)
    repo.git("update-ref", "-d", f"refs/heads/{BRANCH}")
    hook(repo, "exit 0")
    hook(repo, "exit 0", "commit-msg")
    assert write(repo) == first


def test_hook_sees_what_git_commit_would_show_it(repo):
    seen = repo.root / "seen"
    hook(
        repo,
        f"git diff --cached --name-only -- '*.yaml' >>{seen}; git rev-parse HEAD HEAD^{{tree}} >>{seen}\n"
        f"cat {VALUES} README.md >>{seen}; git status --porcelain >>{seen}",
    )
    head, tree = repo.git("rev-parse", "HEAD"), repo.git("rev-parse", "HEAD^{tree}")
    write(repo, {VALUES: b"one\n"})
    assert seen.read_text() == f"{VALUES}\n{head}\n{tree}\none\nhello\nM  {VALUES}\n"


def test_each_commit_is_looked_at_on_top_of_the_one_before(repo):
    hook(repo, f"git show HEAD:{VALUES} | head -1 >>{repo.root}/seen; head -1 {VALUES} >>{repo.root}/seen")
    write(repo, {VALUES: b"one\n"}, {VALUES: b"two\n", "new/x": b"x\n"}, {"new/x": None})
    assert (repo.root / "seen").read_text() == "image:\none\none\ntwo\ntwo\ntwo\n"


def test_hook_that_refuses(repo):
    hook(repo, "echo checking; echo the secret scanner found something >&2; exit 3")
    error = refused(repo)
    assert (
        "a hook refuses the commit 'feat: x': checking | the secret scanner found something" in error.message
    )
    assert (error.exit_code, "--run-hooks" in error.help) == (1, True)


def test_hook_that_refuses_the_second_commit(repo):
    hook(repo, f"! grep two {VALUES}")
    refused(repo, {VALUES: b"one\n"}, {VALUES: b"two\n"})


def test_message_that_a_hook_adds_to(repo):
    hook(repo, 'echo "Change-Id: I1" >>"$1"', "commit-msg")
    (commit,) = write(repo)
    assert repo.git("log", "-1", "--format=%B", commit) == MESSAGE + "Change-Id: I1\n"


def test_message_that_a_hook_refuses(repo):
    hook(repo, 'grep -q JIRA "$1" || { echo "no ticket"; exit 1; }', "commit-msg")
    assert "no ticket" in refused(repo).message


def test_hook_that_takes_trailers_away(repo):
    hook(repo, 'grep -v DHI-Step "$1" >x; cat x >"$1"; rm x', "commit-msg")
    assert "takes trailers out" in refused(repo).message


def test_hook_that_changes_files(repo):
    hook(repo, f"echo more >>{VALUES}; git add {VALUES}")
    assert "would not be what was proven" in refused(repo).message


def test_other_hooks_do_not_run(repo):
    hook(repo, "exit 0")
    for name in ("post-commit", "post-checkout", "prepare-commit-msg", "pre-push"):
        hook(repo, f"touch {repo.root}/ran", name)
    write(repo)
    assert not (repo.root / "ran").exists()


def test_hook_finds_its_neighbours_and_may_lie_at_an_odd_path(make):
    repo = make("it's a place")
    repo.write(".git/hooks/lib.sh", "ok() { exit 0; }\n")
    hook(repo, '. "$(dirname "$0")/lib.sh"; ok; exit 1')
    write(repo)


def test_index_head_and_worktree_stay(repo):
    hook(repo, "git add -A; exit 0")
    repo.write(VALUES, "dirty\n")
    repo.write("staged", "x\n")
    repo.git("add", "staged")
    before = repo.picture()
    write(repo)
    after = repo.picture()
    assert {path: after.get(path) for path in before} == before
    assert "worktrees" not in {path.split("/")[1] for path in after if path.startswith(".git/")} or not list(
        (repo.root / ".git/worktrees").iterdir()
    )


def test_signing_does_not_disturb_the_trial(repo, home):
    hook(repo, "exit 0")
    repo.git("config", "commit.template", "/nothing")
    repo.git("config", "commit.cleanup", "strip")
    repo.git("config", "commit.verbose", "true")
    (commit,) = write(repo)
    assert repo.git("log", "-1", "--format=%B", commit) == MESSAGE


def test_branch_that_exists_is_told_before_a_hook_runs(repo):
    hook(repo, f"touch {repo.root}/ran")
    repo.git("branch", BRANCH)
    with pytest.raises(Exception, match="exists already"):
        write(repo)
    assert not (repo.root / "ran").exists()
    assert CHART


def test_name_and_message_that_are_no_utf_8(repo):
    hook(repo, "exit 0")
    name = os.fsdecode(b"\xff.yaml")
    repository = Repository.discover(repo.root)
    draft = CommitDraft(f"feat: x\n\nOf {name}.\n\nDHI-Step: tag\n", {name: b"one\n"})
    (commit,) = repository.write_branch(BRANCH, repository.resolve("HEAD"), [draft], run_hooks=True)
    # Git takes such bytes for Latin-1.
    assert repo.git("log", "-1", "--format=%B", commit) == "feat: x\n\nOf ÿ.yaml.\n\nDHI-Step: tag\n"
    assert repository.read(commit, name) == b"one\n"
