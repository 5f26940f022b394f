"""What each refusal says: what is wrong, where, and what to do next; to the letter, since people act on it."""

from __future__ import annotations

import errno
import os
import signal
import sys
from pathlib import Path

import pytest

from migrate_dhi.errors import (
    BranchExistsError,
    BranchInUseError,
    IdentityError,
    NoWorktreeError,
    PathNotFoundError,
    RaceLostError,
    RepositoryError,
    UsageError,
    WriteError,
)
from migrate_dhi.git import hooks
from migrate_dhi.git.blobs import blob_sizes, read_blobs
from migrate_dhi.git.branches import require_free, require_valid
from migrate_dhi.git.clones import Clone
from migrate_dhi.git.commits import CommitDraft, publish, require_identity, require_plain
from migrate_dhi.git.plumbing import do
from migrate_dhi.git.quarantine import require_whole
from migrate_dhi.git.repository import Repository
from migrate_dhi.git.retire import delete_branch, how_to_leave, move_branch
from migrate_dhi.git.run import Batch, ask, no_git
from migrate_dhi.git.snapshot import LARGEST, read_regular
from migrate_dhi.git.trees import not_writable, repository_path
from tests.git.test_commits import BRANCH, CHART, VALUES, write

NO_BLOB = "1" * 40


def refused(error, action, *args, **options):
    """Message, place and help of what an action raises, of just this class."""
    with pytest.raises(error) as caught:
        action(*args, **options)
    assert type(caught.value) is error
    return caught.value.message, caught.value.where, caught.value.help


def told(error):
    return error.message, error.where, error.help


# Git itself


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), "Permission denied"),
        (ImportError(" Bad git executable.\nmore\n"), "Bad git executable."),
        (OSError("odd"), "odd"),
    ],
)
def test_git_that_cannot_be_run(tmp_path, error, reason):
    help_ = "mend what PATH finds as git (see: git --version)"
    assert told(no_git(tmp_path, error)) == (f"git cannot be run ({reason})", "", help_)


def test_git_that_is_not_there_and_a_directory_that_is_not(tmp_path):
    gone = tmp_path / "gone"
    assert told(no_git(tmp_path, FileNotFoundError())) == (
        "git is not installed",
        "",
        "install Git and run this again",
    )
    assert told(no_git(gone, FileNotFoundError())) == (
        "this directory is gone",
        str(gone),
        "go to one that exists",
    )


def test_gitpython_that_cannot_be_imported(repo, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "git", None)
    assert refused(RepositoryError, do, repo.root, "version")[0].startswith("git cannot be run (")
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert refused(RepositoryError, do, repo.root, "version")[0] == "git is not installed"
    where = refused(RepositoryError, do, tmp_path / "gone", "version")[1]
    assert where == str(tmp_path / "gone")


def test_command_that_fails_says_where(repo):
    message = "git rev-parse failed: Needed a single revision"
    args = ("rev-parse", "--verify", "nothing")
    assert refused(RepositoryError, ask, repo.root, *args) == (message, str(repo.root), "")
    assert refused(WriteError, do, repo.root, *args) == (message, str(repo.root), "")


def test_process_of_many_answers_that_ends_says_so_and_another_takes_its_place(repo):
    blob = repo.git("rev-parse", f"HEAD:{VALUES}")
    batch = Batch(repo.root, content=True)
    (answer,) = batch.ask([blob])
    assert answer.split(b"\n", 1)[1] == (repo.root / VALUES).read_bytes() + b"\n"
    batch._process.kill()
    batch._process.wait()
    assert refused(RepositoryError, list, batch.ask([blob])) == ("git cat-file ended", str(repo.root), "")
    assert list(batch.ask([blob, NO_BLOB])) == [answer, f"{NO_BLOB} missing\n".encode()]
    batch.close()
    batch.close()


def test_process_of_many_answers_that_does_not_end_is_ended(repo, tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").write_text("#!/bin/sh\nread -r name\necho $name missing\nexec sleep 60\n")
    (tmp_path / "bin/git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    batch = Batch(repo.root, content=False)
    assert list(batch.ask([NO_BLOB])) == [f"{NO_BLOB} missing\n".encode()]
    process = batch._process
    batch.close()
    assert process.returncode == -signal.SIGKILL


# what is read


def test_repository_that_cannot_be_used(repo, tmp_path):
    nothing, plain = tmp_path / "nothing", tmp_path / "plain"
    plain.mkdir()
    discover = Repository.discover
    assert refused(PathNotFoundError, discover, nothing) == ("no such file or folder", str(nothing), "")
    message, where, help_ = refused(RepositoryError, discover, plain)
    assert message.startswith("no usable Git repository (not a git repository")
    assert (where, help_) == (str(plain), "run this inside a Git repository, or make one with git init")
    message, where, help_ = refused(NoWorktreeError, discover, repo.root / ".git")
    assert message == "this Git repository has no worktree here"
    assert help_ == "run this in a clone, or in a worktree of it (git worktree add)"
    (repo.root / ".git/config").write_text("[broken\n")
    message, where, help_ = refused(RepositoryError, discover, repo.root / CHART)
    assert (where, help_) == (str(repo.root / CHART), "see what `git status` says there")


def test_text_that_names_no_commit(repo, tmp_path):
    resolve = Repository.discover(repo.root).resolve
    assert refused(UsageError, resolve, "nowhere") == (
        "'nowhere' names no commit",
        "",
        "see git log, or git branch --all",
    )
    repo.git("update-ref", "-d", "HEAD")
    empty = ("there is no commit here yet", str(repo.root), "commit the chart first")
    assert refused(RepositoryError, resolve, "HEAD") == empty
    assert refused(RepositoryError, resolve, "main") == empty


def test_content_that_is_not_in_the_clone(repo):
    said = (
        f"the object {NO_BLOB[:12]} is not in this clone",
        str(repo.root),
        "fetch the whole history (git fetch --unshallow, or git fetch --refetch), and run this again",
    )
    blob = repo.git("rev-parse", f"HEAD:{VALUES}")
    assert refused(RepositoryError, read_blobs, repo.root, [blob, NO_BLOB]) == said
    assert refused(RepositoryError, blob_sizes, repo.root, [blob, NO_BLOB]) == said
    assert blob_sizes(repo.root, [blob]) == {blob: (repo.root / VALUES).stat().st_size}
    assert read_blobs(repo.root, []) == blob_sizes(repo.root, []) == {}


def test_file_that_is_not_read(tmp_path):
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(OSError, match="it is too large to be read") as caught:
        read_regular(large)
    assert (caught.value.errno, caught.value.filename) == (errno.EFBIG, str(large))
    assert caught.value.strerror == "it is too large to be read (5 MiB, and 5 are read)"
    opened = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(OSError, match="it is no regular file") as caught:
        read_regular(tmp_path)
    assert len(list(Path("/proc/self/fd").iterdir())) == opened
    assert (caught.value.errno, caught.value.filename) == (errno.EINVAL, str(tmp_path))
    (tmp_path / "small").write_text("x")
    (tmp_path / "link").symlink_to("small")
    assert read_regular(tmp_path / "link") == b"x"
    with pytest.raises(OSError, match="link") as caught:
        read_regular(tmp_path / "link", follow=False)
    assert caught.value.errno == errno.ELOOP


def test_remote_that_cannot_be_asked(tmp_path):
    url = f"file://{tmp_path}/nothing"
    message, where, help_ = refused(RepositoryError, Clone(url, tmp_path / "clone").find, "main")
    assert message.startswith(f"{url} cannot be read with Git: ")
    assert (where, help_) == (
        "",
        f"see what `git ls-remote {url}` says; the address, a login, or the network",
    )


# what is written


@pytest.mark.parametrize(
    ("mode", "name"),
    [
        ("120000", "a symbolic link"),
        ("160000", "a submodule"),
        ("040000", "a folder"),
        ("100644", "a file"),
        ("100755", "a file"),
        ("", "no file"),
    ],
)
def test_entry_that_is_not_written_to(mode, name):
    assert told(not_writable("a/b", mode)) == (
        f"this is {name} in the repository, and is not written to",
        "a/b",
        "let the chart use a regular file here, or leave this edit out (--skip)",
    )


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("../x", "this is outside the repository"),
        ("/x", "this is outside the repository"),
        ("a/../../x", "this is outside the repository"),
        (".git/config", "this is inside Git's own folder"),
        ("a/.GIT", "this is inside Git's own folder"),
    ],
)
def test_path_that_is_not_written_to(path, message):
    assert refused(UsageError, repository_path, path) == (message, path, "")


@pytest.mark.parametrize(
    ("path", "shortest"),
    [("./a//b/", "a/b"), ("a/../b", "b"), ("", "."), (".gitignore", ".gitignore"), ("..a", "..a")],
)
def test_path_in_its_shortest_form(path, shortest):
    assert repository_path(path) == shortest


def test_nobody_who_commits(repo, home):
    (home / ".gitconfig").write_text("[user]\n\tuseConfigOnly = true\n")
    message, _, help_ = refused(IdentityError, require_identity, repo.root)
    assert message.startswith("Git does not know who you are (")
    assert help_ == "run: git config --global user.name NAME && git config --global user.email ADDRESS"


def test_file_that_is_stored_converted(repo):
    repo.write(
        ".gitattributes", "values.yaml filter=lfs\nREADME.md working-tree-encoding=UTF-16\n*.sh -filter\n"
    )
    require_plain(repo.root, [f"{CHART}/run.sh", f"{CHART}/Chart.yaml"])
    for path, attribute, value in (
        (VALUES, "filter", "lfs"),
        ("README.md", "working-tree-encoding", "UTF-16"),
    ):
        assert refused(RepositoryError, require_plain, repo.root, [f"{CHART}/run.sh", path]) == (
            f"Git stores this file converted (attribute {attribute}={value}), so it is not written to",
            path,
            f"take the file out of the pattern in .gitattributes: {path} -{attribute}",
        )


def test_trial_signature_leaves_nothing(repo):
    program = repo.write(
        ".git/sign", "#!/bin/sh\ncat >/dev/null; echo '[GNUPG:] SIG_CREATED ' >&2; echo signed\n"
    )
    program.chmod(0o755)
    repo.git("config", "commit.gpgSign", "true")
    repo.git("config", "gpg.program", str(program))
    before, objects = repo.picture(), repo.git("count-objects", "-v")
    Repository.discover(repo.root).check_writable(BRANCH, [VALUES])
    assert (repo.picture(), repo.git("count-objects", "-v")) == (before, objects)
    program.write_text("#!/bin/sh\nexit 1\n")
    message, where, help_ = refused(
        IdentityError, Repository.discover(repo.root).check_writable, BRANCH, [VALUES]
    )
    assert message.startswith("the commit could not be signed (")
    assert (where, help_) == (
        "",
        "unlock the key (ssh-add, gpg-agent) until this works: git commit-tree -S HEAD^{tree} </dev/null",
    )


def test_object_that_is_missing(repo):
    tree = repo.git("mktree", "--missing", stdin=f"100644 blob {NO_BLOB}\tx\n".encode())
    commit = repo.git("commit-tree", tree, stdin=b"x\n")
    message, where, help_ = refused(WriteError, require_whole, repo.root, commit)
    assert message.startswith("an object of the branch is missing, so the branch was not created (")
    assert NO_BLOB in message
    assert where == str(repo.root)
    assert help_ == "see what `git fsck` says of this repository, and run this again"
    require_whole(repo.root, "HEAD")


# branches


def test_branch_that_cannot_be_created(repo):
    other = "pass another name with --branch"
    repo.git("branch", "dhi/a b".replace(" ", "'"))
    free = (require_free, repo.root)
    assert refused(BranchExistsError, *free, "dhi/a'b") == (
        "the branch dhi/a'b exists already",
        "",
        f"merge it, delete it, or {other}",
    )
    assert refused(BranchExistsError, *free, "dhi/a'b/c") == (
        "the branch dhi/a'b/c cannot be created beside the branch dhi/a'b",
        "",
        f"rename that branch (git branch -m 'dhi/a'\"'\"'b' NEW-NAME), or {other}",
    )
    assert refused(BranchExistsError, *free, "dhi")[0] == (
        "the branch dhi cannot be created beside the branch dhi/a'b"
    )
    write(repo, {VALUES: b"one\n"}, branch="dhi/x'y", message="x\n\nDHI-Chart: apps/x\n")
    assert refused(BranchExistsError, *free, "dhi/x'y") == (
        "the branch dhi/x'y exists already (of the chart apps/x)",
        "",
        f"merge it, take it back first (migrate-dhi rollback 'dhi/x'\"'\"'y'), or {other}",
    )
    # A reversal is not rolled back by its name.
    write(repo, {VALUES: b"two\n"}, branch="dhi/r", message="x\n\nDHI-Chart: apps/x\nDHI-Reverts: 1234\n")
    assert (
        refused(BranchExistsError, *free, "dhi/r")[2]
        == f"merge it, delete it (git branch -D dhi/r), or {other}"
    )


@pytest.mark.parametrize(
    "name", ["-x", "refs/heads/x", "HEAD", "a..b", "a b", "x.lock", "dhi/x.lock", "dhi/", ""]
)
def test_name_that_is_none_for_a_branch(repo, name):
    said = (f"{name!r} is no name for a branch", "", "see git help check-ref-format")
    assert refused(UsageError, require_valid, repo.root, name) == said


def test_branch_that_someone_else_created_meanwhile(repo):
    head = repo.git("rev-parse", "HEAD")
    publish(repo.root, BRANCH, head)
    with pytest.raises(RaceLostError) as caught:
        publish(repo.root, BRANCH, head)
    assert told(caught.value) == (
        f"the branch {BRANCH} was created by someone else meanwhile",
        "",
        "merge it, delete it, or pass another name with --branch",
    )
    assert caught.value.state == "nothing was changed; the commits that were written are on no branch"


def test_branch_that_git_does_not_create(repo):
    message, where, help_ = refused(WriteError, publish, repo.root, "dhi/x y".replace(" ", "'"), NO_BLOB)
    assert message.startswith("the branch dhi/x'y could not be created (")
    assert where == str(repo.root)
    assert help_ == (
        "`git branch 'dhi/x'\"'\"'y'` should say the same: see to the hook or the disk, and run this again"
    )


def test_branch_that_cannot_be_taken_back(repo):
    (tip,) = write(repo, {VALUES: b"one\n"})
    head = repo.git("rev-parse", "HEAD")
    refs = repo.refs()
    moved = (f"the branch {BRANCH} is not at {head[:12]} any more", "", "look at it and run this again")
    assert refused(RaceLostError, delete_branch, repo.root, BRANCH, head) == moved
    assert refused(RaceLostError, move_branch, repo.root, BRANCH, head, tip) == moved
    message, where, help_ = refused(WriteError, move_branch, repo.root, BRANCH, tip, NO_BLOB)
    assert message.startswith(f"the branch {BRANCH} could not be changed (")
    assert (where, help_) == (str(repo.root), "")
    assert repo.refs() == refs
    repo.git("switch", "-q", BRANCH)
    assert refused(BranchInUseError, delete_branch, repo.root, BRANCH, tip) == (
        f"the branch {BRANCH} is checked out",
        str(repo.root),
        f"leave it first: git -C {repo.root} switch --detach",
    )
    assert refused(UsageError, delete_branch, repo.root, "--all", tip)[0] == "'--all' is no name for a branch"


def test_how_to_leave_a_worktree(tmp_path):
    folder = tmp_path / "a tree"
    assert how_to_leave(folder) == "that worktree is gone, so forget it first: git worktree prune"
    folder.mkdir()
    assert how_to_leave(folder) == f"leave it first: git -C '{folder}' switch --detach"
    assert how_to_leave(folder, "m n") == f"leave it first: git -C '{folder}' switch 'm n'"


# hooks


@pytest.mark.parametrize(
    ("name", "script", "message", "help_"),
    [
        (
            "pre-commit",
            "for n in 1 2 3 4 5 6 7 8 9; do echo $n; done; echo 'hint: no' >&2; echo bad >&2; exit 1",
            "a hook refuses the commit 'feat: x': 3 | 4 | 5 | 6 | 7 | 8 | 9 | bad",
            "mend what it names, or leave --run-hooks out",
        ),
        (
            "pre-commit",
            "exit 1",
            "a hook refuses the commit 'feat: x': exit status 1",
            "mend what it names, or leave --run-hooks out",
        ),
        (
            "pre-commit",
            "echo x >>README.md; git add README.md",
            "a hook changes the files of the commit 'feat: x', which would not be what was proven",
            "leave --run-hooks out, and run the hook on the branch",
        ),
        (
            "commit-msg",
            'echo "feat: x" >"$1"',
            "a hook takes trailers out of the message of the commit 'feat: x'",
            "leave --run-hooks out: without them neither status nor rollback finds the commit",
        ),
    ],
)
def test_hook_that_stops_all(repo, name, script, message, help_):
    repo.write(f".git/hooks/{name}", f"#!/bin/sh\n{script}\n").chmod(0o755)
    draft = CommitDraft("feat: x\n\nDHI-Step: tag\n", {VALUES: b"one\n"})
    said = refused(WriteError, hooks.checked, repo.root, repo.git("rev-parse", "HEAD"), [draft])
    assert said == (message, str(repo.root / ".git/hooks"), help_)
