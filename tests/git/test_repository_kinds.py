"""Every kind of repository is written to alike."""

from __future__ import annotations

import shutil

import pytest

from migrate_dhi.errors import BranchExistsError, RepositoryError, WriteError
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


# one table of kinds: each is written to, looked at, taken back and restored, and nothing else of it changes


def _clone(*options):
    def kind(repo, tmp_path):
        repo.commit("second")
        repo.git("config", "uploadpack.allowFilter", "true")
        repo.git("clone", "-q", *options, f"file://{repo.root}", str(tmp_path / "clone"))
        return tmp_path / "clone"

    return kind


def _here(*commands):
    def kind(repo, tmp_path):
        for command in commands:
            repo.git(*command.split(), check=False)
        return repo.root

    return kind


def _worktree_of_a_bare_repository(repo, tmp_path):
    repo.git("clone", "-q", "--bare", str(repo.root), str(tmp_path / "bare.git"))
    type(repo)(tmp_path / "bare.git").git("worktree", "add", "-q", "-b", "work", str(tmp_path / "work"))
    return tmp_path / "work"


def _submodule_itself(repo, tmp_path):
    outer = type(repo)(tmp_path / "outer")
    outer.root.mkdir()
    outer.git("init", "-q", "--template=")
    outer.git("submodule", "--quiet", "add", str(repo.root), "inner")
    return outer.root / "inner"


def _with_a_submodule(repo, tmp_path):
    repo.git("clone", "-q", str(repo.root), str(tmp_path / "other"))
    repo.git("submodule", "--quiet", "add", str(tmp_path / "other"), "other")
    repo.commit("submodule")
    return repo.root


def _nested(repo, tmp_path):
    outer = type(repo)(tmp_path / "around")
    outer.root.mkdir()
    outer.git("init", "-q", "--template=")
    shutil.move(str(repo.root), outer.root / "inner")
    return outer.root / "inner"


def _separate_folder(repo, tmp_path):
    repo.git("init", "-q", f"--separate-git-dir={tmp_path / 'away.git'}")
    return repo.root


def _linked_git_folder(repo, tmp_path):
    shutil.move(str(repo.root / ".git"), tmp_path / "real.git")
    (repo.root / ".git").symlink_to(tmp_path / "real.git")
    return repo.root


def _linked_root(repo, tmp_path):
    (tmp_path / "link").symlink_to(repo.root)
    return tmp_path / "link"


def _odd_path(repo, tmp_path):
    place = tmp_path / "ünï cödé; $x 'y'"
    shutil.move(str(repo.root), place)
    return place


def _replaced(repo, tmp_path):
    head = repo.git("rev-parse", "HEAD")
    repo.write("README.md", "other\n")
    other = repo.commit("other")
    repo.git("reset", "-q", "--hard", head)
    repo.git("replace", head, other)
    return repo.root


def _grafted(repo, tmp_path):
    repo.commit("second")
    repo.write(".git/info/grafts", repo.git("rev-parse", "HEAD") + "\n")
    return repo.root


def _merging(repo, tmp_path):
    repo.git("switch", "-qc", "side")
    repo.write("README.md", "side\n")
    repo.commit("side")
    repo.git("switch", "-q", "main")
    repo.write("README.md", "main\n")
    repo.commit("main")
    repo.git("merge", "-q", "side", check=False)
    assert (repo.root / ".git/MERGE_HEAD").exists()
    return repo.root


def _rebasing(repo, tmp_path):
    _merging(repo, tmp_path)
    repo.git("merge", "--abort")
    repo.git("rebase", "-q", "side", check=False)
    assert (repo.root / ".git/rebase-merge").exists()
    return repo.root


def _picking(repo, tmp_path):
    _merging(repo, tmp_path)
    repo.git("merge", "--abort")
    repo.git("cherry-pick", "side", check=False)
    assert (repo.root / ".git/CHERRY_PICK_HEAD").exists()
    return repo.root


def _borrowing(repo, tmp_path):
    repo.git("clone", "-q", "--shared", str(repo.root), str(tmp_path / "borrower"))
    return tmp_path / "borrower"


def _git_crypt_elsewhere(repo, tmp_path):
    repo.write(".gitattributes", "secrets/** filter=git-crypt diff=git-crypt\n")
    repo.commit("attributes")
    return repo.root


def _hooked(repo, tmp_path):
    repo.write(".git/hooks/reference-transaction", "#!/bin/sh\nexit 0\n").chmod(0o755)
    repo.write(".git/hooks/post-checkout", "#!/bin/sh\nexit 1\n").chmod(0o755)
    return repo.root


KINDS = {
    "plain": _here(),
    "worktree of a bare repository": _worktree_of_a_bare_repository,
    "submodule itself": _submodule_itself,
    "with a submodule": _with_a_submodule,
    "nested in another": _nested,
    "separate git folder": _separate_folder,
    "linked git folder": _linked_git_folder,
    "linked root": _linked_root,
    "odd path": _odd_path,
    "shallow": _clone("--depth=1"),
    "without blobs": _clone("--filter=blob:none", "--no-checkout"),
    "without trees": _clone("--filter=tree:0", "--no-checkout"),
    "single branch": _clone("--single-branch"),
    "borrowed objects": _borrowing,
    "replaced commit": _replaced,
    "grafts": _grafted,
    "merge in progress": _merging,
    "rebase in progress": _rebasing,
    "cherry-pick in progress": _picking,
    "bisect": _here("bisect start", "bisect bad"),
    "detached": _here("switch -q --detach"),
    "sparse": _here("sparse-checkout set --sparse-index nothing"),
    "split index": _here("update-index --split-index"),
    "index of version 4": _here("update-index --index-version 4"),
    "untracked cache": _here("update-index --untracked-cache"),
    "packed": _here("gc -q --prune=now", "pack-refs --all"),
    "commit graph": _here("commit-graph write --reachable", "multi-pack-index write"),
    "autocrlf": _here("config core.autocrlf true", "config core.safecrlf true"),
    "configuration for each worktree": _here("config extensions.worktreeConfig true"),
    "shared with a group": _here("config core.sharedRepository group"),
    "no reflogs": _here("config core.logAllRefUpdates false"),
    "objects are checked": _here("config transfer.fsckObjects true", "config fetch.fsckObjects true"),
    "deltas and packs of its own": _here(
        "config pack.threads 1", "config pack.depth 0", "config core.compression 0"
    ),
    "git-crypt elsewhere": _git_crypt_elsewhere,
    "hooks": _hooked,
}


@pytest.mark.parametrize("kind", KINDS)
def test_kind(repo, tmp_path, kind):
    place = KINDS[kind](repo, tmp_path)
    found = type(repo)(place)
    repository = Repository.discover(place)
    base = repository.resolve("HEAD")
    found.git("status", "--porcelain")
    before, refs, head = found.picture(), found.refs(), found.git("rev-parse", "HEAD")

    drafts = [CommitDraft(f"{n}\n\nDHI-Step: tag\nDHI-Chart: a\n", {VALUES: b"%d\n" % n}) for n in range(2)]
    ids = repository.write_branch(BRANCH, base, drafts)

    assert repository.read(BRANCH, VALUES) == b"1\n"
    assert [commit.id for commit in repository.log(base, BRANCH)] == ids[::-1]
    assert changes(found, ids[1]) == [f"M\t{VALUES}"]
    backup = repository.delete_branch(BRANCH, ids[1])
    found.git("branch", BRANCH, backup)
    assert repository.branches()[BRANCH] == ids[1]
    found.git("update-ref", "-d", f"refs/heads/{BRANCH}")
    found.git("update-ref", "-d", backup)
    after = found.picture()
    changed = {path for path in before if before[path] != after.get(path)}
    assert {path for path in changed if "packed-refs" not in path and "sharedindex" not in path} == set()
    assert (found.refs(), found.git("rev-parse", "HEAD")) == (refs, head)
    if "without" not in kind and kind != "grafts":
        found.git("fsck", "--no-dangling")


def test_at_least_twenty_five_kinds():
    assert len(KINDS) >= 25


def test_bare(repo, tmp_path):
    repo.git("clone", "-q", "--bare", str(repo.root), str(tmp_path / "bare.git"))
    with pytest.raises(RepositoryError, match="no worktree"):
        Repository.discover(tmp_path / "bare.git")


def test_no_commit_yet(repo, tmp_path):
    empty = type(repo)(tmp_path / "empty")
    empty.root.mkdir()
    empty.git("init", "-q")
    with pytest.raises(RepositoryError, match="no commit"):
        Repository.discover(empty.root).resolve("HEAD")


@pytest.mark.parametrize("filter_", ["lfs", "git-crypt"])
def test_file_that_a_filter_stores(repo, filter_):
    repo.write(".gitattributes", f"*.yaml filter={filter_} diff={filter_} -text\n")
    repo.commit("attributes")
    with pytest.raises(RepositoryError, match=f"filter={filter_}"):
        write(repo, {VALUES: b"one\n"})


def test_objects_that_cannot_be_written(repo):
    packs = repo.root / ".git/objects/pack"
    packs.rmdir()
    packs.write_text("")
    refs = repo.refs()
    with pytest.raises(WriteError):
        write(repo, {VALUES: b"one\n"})
    assert repo.refs() == refs


def test_refs_as_tables(repo, tmp_path):
    place = tmp_path / "tables"
    made = type(repo)(tmp_path)
    made.git("init", "-q", "--ref-format=reftable", str(place), check=False)
    if not (place / ".git/reftable").exists():
        pytest.skip("this Git has no reftable")
    tables = type(repo)(place)
    tables.write(VALUES, "x: 1\n")
    tables.commit("start")
    (commit,) = write(tables, {VALUES: b"one\n"})
    assert tables.git("rev-parse", BRANCH) == commit
