from __future__ import annotations

import pytest

from migrate_dhi.errors import BranchInUseError, RaceLostError, UsageError, WriteError
from migrate_dhi.git.repository import Repository
from migrate_dhi.git.retire import BACKUPS, how_to_leave


@pytest.fixture
def branch(repo):
    repo.git("switch", "-qc", "dhi/a")
    repo.write("README.md", "one\n")
    repo.commit("one")
    repo.write("README.md", "two\n")
    tip = repo.commit("two")
    repo.git("switch", "-q", "main")
    return tip


def test_deleted_branch_is_kept_as_a_backup(repo, branch):
    before = repo.picture()
    backup = Repository.discover(repo.root).delete_branch("dhi/a", branch)
    assert backup.startswith(f"{BACKUPS}dhi/a/")
    assert repo.refs() == [f"refs/heads/main {repo.git('rev-parse', 'main')}", f"{backup} {branch}"]
    after = repo.picture()
    gone = {path for path in before if before[path] != after.get(path)}
    assert gone == {".git/refs/heads/dhi/a", ".git/logs/refs/heads/dhi/a"}


def test_deleted_branch_can_be_restored(repo, branch):
    backup = Repository.discover(repo.root).delete_branch("dhi/a", branch)
    repo.git("branch", "dhi/a", backup)
    assert repo.git("rev-parse", "dhi/a") == branch


def test_backup_survives_garbage_collection(repo, branch):
    backup = Repository.discover(repo.root).delete_branch("dhi/a", branch)
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("gc", "-q", "--prune=now")
    assert repo.git("show", f"{backup}:README.md") == "two"


def test_same_branch_twice_in_a_second(repo, branch):
    repository = Repository.discover(repo.root)
    first = repository.delete_branch("dhi/a", branch)
    repo.git("branch", "dhi/a", first)
    second = repository.delete_branch("dhi/a", branch)
    assert first != second
    assert {repo.git("rev-parse", first), repo.git("rev-parse", second)} == {branch}


def test_branches_below_one_another_one_after_the_other(repo, branch):
    repository = Repository.discover(repo.root)
    first = repository.delete_branch("dhi/a", branch)
    repo.git("branch", "dhi/a/b", first)
    second = repository.delete_branch("dhi/a/b", branch)
    assert repo.refs() == [
        f"refs/heads/main {repo.git('rev-parse', 'main')}",
        *sorted([f"{first} {branch}", f"{second} {branch}"]),
    ]


def test_moved_branch(repo, branch):
    one = repo.git("rev-parse", "dhi/a^")
    backup = Repository.discover(repo.root).move_branch("dhi/a", branch, one)
    assert (repo.git("rev-parse", "dhi/a"), repo.git("rev-parse", backup)) == (one, branch)


def test_packed_branch(repo, branch):
    repo.git("pack-refs", "--all")
    Repository.discover(repo.root).delete_branch("dhi/a", branch)
    assert "dhi/a" not in Repository.discover(repo.root).branches()


def test_sha256(make):
    repo = make("long", "--object-format=sha256")
    repo.git("branch", "dhi/a")
    tip = repo.git("rev-parse", "HEAD")
    backup = Repository.discover(repo.root).delete_branch("dhi/a", tip)
    assert repo.refs() == [f"refs/heads/main {tip}", f"{backup} {tip}"]


def test_branch_that_is_another_name_for_one_leaves_that_one(repo, branch):
    repo.git("symbolic-ref", "refs/heads/dhi/b", "refs/heads/dhi/a")
    Repository.discover(repo.root).delete_branch("dhi/b", branch)
    assert repo.git("rev-parse", "dhi/a") == branch
    assert repo.git("symbolic-ref", "-q", "refs/heads/dhi/b", check=False) == ""


def refused(repo, error, action):
    refs = repo.refs()
    with pytest.raises(error) as caught:
        action(Repository.discover(repo.root))
    assert repo.refs() == refs
    return caught.value


def test_checked_out_here(repo, branch):
    repo.git("switch", "-q", "dhi/a")
    error = refused(repo, BranchInUseError, lambda repository: repository.delete_branch("dhi/a", branch))
    assert (error.exit_code, error.where) == (4, str(repo.root))


def test_checked_out_in_a_linked_worktree(repo, branch, tmp_path):
    repo.git("worktree", "add", "-q", str(tmp_path / "my tree"), "dhi/a")
    error = refused(
        repo, BranchInUseError, lambda repository: repository.move_branch("dhi/a", branch, "main")
    )
    assert f"git -C '{tmp_path}/my tree' switch" in error.help


def test_how_to_leave_a_worktree(repo):
    assert how_to_leave(repo.root) == f"leave it first: git -C {repo.root} switch --detach"
    assert how_to_leave(repo.root, "a;b") == f"leave it first: git -C {repo.root} switch 'a;b'"
    assert "worktree prune" in how_to_leave(repo.root / "gone", "main")


def test_branch_that_went_on_meanwhile(repo, branch):
    old = repo.git("rev-parse", "dhi/a^")
    refused(repo, RaceLostError, lambda repository: repository.delete_branch("dhi/a", old))
    refused(repo, RaceLostError, lambda repository: repository.move_branch("dhi/a", old, old))


def test_branch_that_is_gone(repo, branch):
    refused(repo, RaceLostError, lambda repository: repository.delete_branch("dhi/b", branch))


def test_branch_whose_name_is_an_option(repo, branch):
    refused(repo, UsageError, lambda repository: repository.delete_branch("--stdin", branch))


def test_hook_that_refuses_takes_the_backup_along(repo, branch):
    repo.write(".git/hooks/reference-transaction", "#!/bin/sh\n[ $1 != prepared ]\n").chmod(0o755)
    refused(repo, WriteError, lambda repository: repository.delete_branch("dhi/a", branch))
