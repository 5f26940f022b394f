"""What is written is held until a ref reaches it, whatever another process clears away meanwhile."""

from __future__ import annotations

import os
import shlex
import time

import pytest

from migrate_dhi.errors import MigrateDhiError, WriteError
from migrate_dhi.git.commits import CommitDraft
from migrate_dhi.git.quarantine import KEEP_NOTE, require_whole
from migrate_dhi.git.repository import Repository
from tests.git.test_commits import BRANCH, CHART, VALUES, write
from tests.git.wrapped import GIT, Wrapped

DRAFTS = ({VALUES: b"one\n", "new/file": b"new\n"}, {VALUES: b"two\n"})
GC = "{git} -C {root} reflog expire --expire=now --all; {git} -C {root} -c gc.auto=1 gc -q --prune=now"


@pytest.fixture
def wrapped(tmp_path):
    return Wrapped(tmp_path / "wrapped")


def each_call(repo, wrapped, monkeypatch, do, when, most=99):
    """Write the branch once for each git call, with `do` at that call; (number, what was raised) for each."""
    path = os.environ["PATH"]

    def attempt(at):
        for name, value in wrapped.variables(path, at, when, do).items():
            monkeypatch.setenv(name, value)
        try:
            write(repo, *DRAFTS)
        except MigrateDhiError as error:
            return error
        finally:
            monkeypatch.setenv("PATH", path)
        return None

    attempt(0)
    calls = len(wrapped.calls)
    assert calls > 12
    for at in range(1, min(calls, most) + 1):
        repo.git("update-ref", "-d", f"refs/heads/{BRANCH}")
        yield at, attempt(at)


def kept(repo):
    return list((repo.root / ".git/objects/pack").glob("*.keep"))


# Of Git nothing happens between two calls: after one is before the next.
@pytest.mark.parametrize(("when", "most"), [("before", 1), ("after", 99)])
def test_collection_of_garbage_at_any_call_leaves_a_whole_branch(repo, wrapped, monkeypatch, when, most):
    gc = GC.format(git=GIT, root=shlex.quote(str(repo.root)))
    for at, error in each_call(repo, wrapped, monkeypatch, gc, when, most):
        assert error is None, f"call {at}"
        assert repo.git("fsck", "--no-dangling") == "", f"call {at}"
        assert repo.git("show", f"{BRANCH}:{VALUES}") == "two"
        assert not kept(repo)


def test_collection_takes_objects_that_were_there_before_unreached(repo, wrapped, monkeypatch):
    # The same content as loose objects that no ref reaches: Git would only touch them.
    def leave():
        # Also the commits of the last attempt, where it was made within the same second.
        for content in (b"one\n", b"two\n", b"new\n"):
            repo.git("hash-object", "-w", "--stdin", stdin=content)

    leave()
    gc = GC.format(git=GIT, root=shlex.quote(str(repo.root)))
    for at, error in each_call(repo, wrapped, monkeypatch, gc, "after"):
        assert error is None, f"call {at}"
        assert repo.git("fsck", "--no-dangling") == ""
        leave()


def test_nothing_is_written_into_the_repository_before_the_pack(repo, wrapped, monkeypatch):
    before = repo.git("count-objects", "-v")
    for at, error in each_call(repo, wrapped, monkeypatch, "exit 9", "before"):
        if error is None or "index-pack" in " ".join(wrapped.calls):
            break
        assert repo.git("count-objects", "-v").splitlines()[0] == before.splitlines()[0], f"call {at}"
        assert BRANCH not in repo.git("branch", "--list", BRANCH)


def test_branch_that_lacks_an_object_does_not_appear(repo, wrapped, monkeypatch):
    missing = repo.git("rev-parse", f"HEAD:{CHART}/Chart.yaml")
    loose = repo.root / ".git/objects" / missing[:2] / missing[2:]
    content = loose.read_bytes()
    # The base has lost a file; nobody but the new branch would reach it, since main is gone too.
    base = repo.git("rev-parse", "HEAD")
    repo.git("switch", "-q", "--orphan", "empty")
    repo.write("other", "x\n")
    repo.commit("empty")
    repo.git("branch", "-D", "main")
    loose.chmod(0o644)
    loose.unlink()
    with pytest.raises(WriteError, match="an object of the branch is missing"):
        write(repo, {VALUES: b"one\n"}, base=base)
    assert (repo.git("branch", "--list", BRANCH), kept(repo)) == ("", [])
    loose.write_bytes(content)
    write(repo, {VALUES: b"one\n"}, base=base)
    assert repo.git("fsck", "--no-dangling") == ""


def test_broken_branch_of_someone_else_is_no_obstacle(repo):
    (repo.root / ".git/refs/heads/broken").write_text("1" * 40 + "\n")
    (commit,) = write(repo, {VALUES: b"one\n"})
    assert repo.git("rev-parse", BRANCH) == commit


def test_missing_commit_is_noticed(repo):
    commit = repo.git("hash-object", "-w", "-t", "commit", "--literally", "--stdin", stdin=_commit(repo))
    with pytest.raises(WriteError, match="missing"):
        require_whole(repo.root, commit)


def _commit(repo):
    tree, who = repo.git("rev-parse", "HEAD^{tree}"), "A <a@example.com> 1700000000 +0000"
    return f"tree {tree}\nparent {'1' * 40}\nauthor {who}\ncommitter {who}\n\nx\n".encode()


@pytest.mark.parametrize("filter_", ["blob:none", "tree:0"])
def test_partial_clone_is_whole_without_what_its_remote_has(repo, tmp_path, filter_):
    repo.git("config", "uploadpack.allowFilter", "true")
    source, place = f"file://{repo.root}", tmp_path / "partial"
    repo.git("clone", "-q", f"--filter={filter_}", "--no-checkout", source, str(place))
    clone = type(repo)(place)
    repository = Repository.discover(place)
    repository.write_branch(BRANCH, repository.resolve("HEAD"), [CommitDraft("x\n", {"new": b"one\n"})])
    assert clone.git("show", f"{BRANCH}:new") == "one"
    assert clone.git("rev-list", "--objects", "--missing=print", "HEAD").count("?")


def test_keep_file_left_by_a_crash_is_released_and_a_users_own_stays(repo):
    write(repo, {VALUES: b"one\n"})
    (pack,) = (repo.root / ".git/objects/pack").glob("pack-*.pack")
    ours, users = pack.with_suffix(".keep"), pack.parent / f"pack-{'0' * 40}.keep"
    ours.write_text(f"{KEEP_NOTE}\n")
    users.write_text("mine\n")
    write(repo, {VALUES: b"two\n"}, branch="dhi/b")
    assert ours.exists()  # another run may be at work
    for file in (ours, users):
        os.utime(file, (time.time() - 7200,) * 2)
    write(repo, {VALUES: b"three\n"}, branch="dhi/c")
    assert (ours.exists(), users.exists()) == (False, True)


def test_pack_is_kept_with_our_note_while_the_branch_appears(repo):
    hook = "#!/bin/sh\ncat .git/objects/pack/pack-*.keep >>noted\n"
    repo.write(".git/hooks/reference-transaction", hook).chmod(0o755)
    write(repo, {VALUES: b"one\n"})
    assert set((repo.root / "noted").read_text().splitlines()) == {KEEP_NOTE}
    assert not kept(repo)


def test_pack_that_is_kept_already_stays_kept(repo, monkeypatch):
    # The same commit twice: the times are fixed, and the branch goes in between.
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_DATE", "2026-01-01T00:00:00Z")
    first = write(repo, {VALUES: b"one\n"})
    (pack,) = (repo.root / ".git/objects/pack").glob("pack-*.pack")
    pack.with_suffix(".keep").write_text("mine\n")
    repo.git("update-ref", "-d", f"refs/heads/{BRANCH}")
    assert write(repo, {VALUES: b"one\n"}) == first
    assert kept(repo) == [pack.with_suffix(".keep")]


@pytest.mark.parametrize("name", ["with blank", 'quo"te', "col:on", "line\nbreak", "ünï", "back\\slash"])
def test_repository_of_an_odd_name(make, name):
    repo = make(name)
    write(repo, *DRAFTS)
    assert repo.git("fsck", "--no-dangling") == ""


def test_alternates_are_read(repo, tmp_path):
    repo.git("clone", "-q", "--shared", str(repo.root), str(tmp_path / "borrower"))
    borrower = type(repo)(tmp_path / "borrower")
    write(borrower, *DRAFTS)
    assert borrower.git("fsck", "--no-dangling") == ""
