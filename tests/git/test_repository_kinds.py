"""Every kind of repository is written to alike."""

from __future__ import annotations

import pytest

from migrate_dhi.errors import BranchExistsError
from migrate_dhi.git.commits import CommitDraft
from migrate_dhi.git.repository import Repository
from tests.git.test_commits import BRANCH, CHART, VALUES, changes, check, write


def test_linked_worktree(repo, tmp_path):
    repo.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    repository = Repository.discover(tmp_path / "linked" / CHART)
    ids = repository.write_branch(
        BRANCH, repository.resolve("HEAD"), [CommitDraft("x\n", {VALUES: b"one\n"})]
    )
    assert repo.git("rev-parse", BRANCH) == ids[-1]


def test_sha256(make):
    repo = make("long", "--object-format=sha256")
    check(repo)
    (commit,) = write(repo, {VALUES: b"one\n"})
    assert len(commit) == 64
    with pytest.raises(BranchExistsError):
        write(repo, {VALUES: b"two\n"})


def test_shallow_clone(repo, tmp_path, make):
    repo.commit("second")
    repo.git("clone", "-q", "--depth=1", f"file://{repo.root}", str(tmp_path / "shallow"))
    clone = type(repo)(tmp_path / "shallow")
    (commit,) = write(clone, {VALUES: b"one\n"})
    assert changes(clone, commit) == [f"M\t{VALUES}"]
    assert len(Repository.discover(clone.root).log((), BRANCH)) == 2


def test_partial_clone_fetches_no_other_file(repo, tmp_path):
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git(
        "clone", "-q", "--filter=blob:none", "--no-checkout", f"file://{repo.root}", str(tmp_path / "partial")
    )
    clone = type(repo)(tmp_path / "partial")
    missing = clone.git("rev-list", "--objects", "--missing=print", "HEAD").count("?")
    assert missing == 4
    write(clone, {VALUES: b"one\n"})
    assert clone.git("rev-list", "--objects", "--missing=print", "HEAD").count("?") == missing


def test_sparse_checkout_without_the_chart(repo):
    repo.git("sparse-checkout", "set", "--sparse-index", "nothing")
    (commit,) = write(repo, {VALUES: b"one\n"})
    assert changes(repo, commit) == [f"M\t{VALUES}"]
    assert not (repo.root / CHART).exists()


@pytest.mark.parametrize("how", [["--index-version", "4"], ["--split-index"]])
def test_other_index_formats(repo, how):
    repo.git("update-index", *how)
    repo.write(VALUES, "changed\n")
    assert [change.path for change in Repository.discover(repo.root).changed("HEAD", ["."])] == [VALUES]
    (commit,) = write(repo, {VALUES: b"one\n"})
    assert changes(repo, commit) == [f"M\t{VALUES}"]


def test_packed_refs(repo):
    repo.git("branch", BRANCH)
    repo.git("pack-refs", "--all")
    with pytest.raises(BranchExistsError):
        write(repo, {VALUES: b"one\n"})


def test_folder_with_files_that_we_did_not_change_costs_nothing_to_keep(repo):
    for number in range(50):
        repo.write(f"{CHART}/templates/{number}.yaml", f"{number}\n")
    repo.commit("many")
    (commit,) = write(repo, {VALUES: b"one\n"})
    assert repo.git("rev-parse", f"{commit}:{CHART}/templates") == repo.git(
        "rev-parse", f"HEAD:{CHART}/templates"
    )
