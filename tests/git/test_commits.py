from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from migrate_dhi.errors import BranchExistsError, IdentityError, RepositoryError, UsageError, WriteError
from migrate_dhi.git.commits import CommitDraft
from migrate_dhi.git.repository import Repository

CHART = "apps/cluster/valkey"
VALUES = f"{CHART}/values.yaml"
BRANCH = "dhi/apps-cluster-valkey"


def write(repo, *files, branch=BRANCH, base="HEAD", message="step\n\nDHI-Step: tag\n"):
    repository = Repository.discover(repo.root)
    drafts = [CommitDraft(message, content) for content in files]
    return repository.write_branch(branch, repository.resolve(base), drafts)


def changes(repo, commit):
    return repo.git("diff-tree", "-r", "--no-commit-id", "--name-status", commit).splitlines()


def check(repo, *paths, branch=BRANCH):
    Repository.discover(repo.root).check_writable(branch, paths or [VALUES])


# what is written


def test_one_commit_for_each_draft(repo):
    base = repo.git("rev-parse", "HEAD")
    ids = write(repo, {VALUES: b"one\n"}, {VALUES: b"two\n", f"{CHART}/Chart.yaml": b"three\n"})
    assert repo.git("rev-list", "--reverse", f"{base}..{BRANCH}").splitlines() == ids
    assert changes(repo, ids[0]) == [f"M\t{VALUES}"]
    assert changes(repo, ids[1]) == [f"M\t{CHART}/Chart.yaml", f"M\t{VALUES}"]
    assert repo.git("fsck", "--strict", "--no-dangling") == ""


def test_message_author_and_committer(repo):
    (commit,) = write(repo, {VALUES: b"one\n"}, message="fix: ünï\n\n# kept\n\nDHI-Step: tag\n")
    assert repo.git("log", "-1", "--format=%an <%ae> %cn%n%B", commit) == (
        "A User <user@example.com> A User\nfix: ünï\n\n# kept\n\nDHI-Step: tag\n"
    )


def test_author_from_the_environment(repo, monkeypatch):
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Someone Else")
    (commit,) = write(repo, {VALUES: b"one\n"})
    assert repo.git("log", "-1", "--format=%an %cn", commit) == "Someone Else A User"


def test_configured_encoding_does_not_mislabel_the_message(repo):
    repo.git("config", "i18n.commitEncoding", "ISO-8859-1")
    (commit,) = write(repo, {VALUES: b"one\n"}, message="grün\n")
    assert "encoding" not in repo.git("cat-file", "commit", commit)


def test_new_file_in_new_folders(repo):
    (commit,) = write(repo, {"new/deep/x.yaml": b"x\n"})
    assert changes(repo, commit) == ["A\tnew/deep/x.yaml"]
    assert repo.git("ls-tree", commit, "new/deep/x.yaml").startswith("100644 blob")


def test_file_that_goes_takes_its_empty_folder_along(repo):
    first, second = write(repo, {"new/deep/x": b"x\n"}, {"new/deep/x": None, "README.md": None})
    assert changes(repo, second) == ["D\tREADME.md", "D\tnew/deep/x"]
    assert "new" not in repo.git("ls-tree", "--name-only", second).splitlines()
    assert repo.git("fsck", "--strict", "--no-dangling") == ""
    assert repo.git("rev-parse", f"{first}^") == repo.git("rev-parse", "HEAD")


@pytest.mark.parametrize("path", ["nothing", "nothing/below", CHART])
def test_file_that_goes_and_is_none(repo, path):
    assert refused(repo, RepositoryError, {path: None}).where == path


def test_executable_file_keeps_its_mode(repo):
    (commit,) = write(repo, {f"{CHART}/run.sh": b"#!/bin/sh\nexit\n"})
    assert repo.git("ls-tree", commit, f"{CHART}/run.sh").startswith("100755 blob")


def test_every_byte_is_kept(repo):
    content = b"\xef\xbb\xbfa: 1\r\nb: \xff\0\nno end"
    repo.git("config", "core.autocrlf", "true")
    repo.git("config", "core.safecrlf", "true")
    (commit,) = write(repo, {VALUES: content})
    assert Repository.discover(repo.root).read(commit, VALUES) == content


def test_one_line_of_a_file_with_crlf_under_autocrlf(repo):
    repo.write(VALUES, b"a: 1\r\nb: 2\r\nc: 3\r\n")
    repo.commit("crlf in the blob")
    repo.git("config", "core.autocrlf", "true")
    (commit,) = write(repo, {VALUES: b"a: 1\r\nb: 9\r\nc: 3\r\n"})
    assert repo.git("show", "--numstat", "--format=", commit) == f"1\t1\t{VALUES}"


@pytest.mark.parametrize(
    "path",
    ["dir with blank/ünï.yaml", "-x", 'quo"te', "tab\tx", "line\nbreak", ":x", os.fsdecode(b"lat\xe9in")],
)
def test_odd_paths(repo, path):
    (commit,) = write(repo, {path: b"x\n"})
    assert Repository.discover(repo.root).read(commit, path) == b"x\n"
    assert repo.git("diff-tree", "-r", "-z", "--no-commit-id", "--name-only", commit) == path + "\0"


def test_names_that_sort_differently_as_folders(repo):
    for path in ("a.b/x", "a/x", "a-b/x"):
        repo.write(path, "x\n")
    repo.commit("names")
    (commit,) = write(repo, {"a/x": b"y\n", "a0/x": b"z\n"})
    assert changes(repo, commit) == ["M\ta/x", "A\ta0/x"]
    assert repo.git("fsck", "--strict", "--no-dangling") == ""


def test_base_that_is_not_head(repo):
    old = repo.git("rev-parse", "HEAD")
    repo.write("README.md", "newer\n")
    repo.commit("newer")
    write(repo, {VALUES: b"one\n"}, base=old)
    assert repo.git("rev-parse", f"{BRANCH}^") == old


# what is not touched


def test_worktree_index_head_and_stash_stay(repo):
    repo.write("README.md", "stashed\n")
    repo.git("stash", "-q")
    repo.write("README.md", "dirty\n")
    repo.write("staged.txt", "staged\n")
    repo.git("add", "staged.txt")
    repo.write("untracked.txt", "untracked\n")
    before, refs = repo.picture(), repo.refs()
    write(repo, {VALUES: b"one\n"})
    after = repo.picture()
    new = {path for path in after if after[path] != before.get(path)}
    assert new == {f".git/refs/heads/{BRANCH}", f".git/logs/refs/heads/{BRANCH}"}
    assert set(before) <= set(after)
    assert [ref for ref in repo.refs() if ref not in refs] == [
        f"refs/heads/{BRANCH} {repo.git('rev-parse', BRANCH)}"
    ]


def test_detached_head_stays_detached(repo):
    repo.git("switch", "-q", "--detach")
    head = (repo.root / ".git" / "HEAD").read_bytes()
    write(repo, {VALUES: b"one\n"})
    assert (repo.root / ".git" / "HEAD").read_bytes() == head


def test_lock_of_someone_elses_index_does_not_matter(repo):
    repo.write(".git/index.lock", "")
    repository = Repository.discover(repo.root)
    assert repository.changed("HEAD", ["."]) == []
    write(repo, {VALUES: b"one\n"})
    assert (repo.root / ".git/index.lock").exists()


def test_inherited_variables_do_not_mislead(repo, make, monkeypatch):
    other = make("other")
    refs = other.refs()
    variables = {
        "GIT_DIR": other.root / ".git",
        "GIT_WORK_TREE": other.root,
        "GIT_INDEX_FILE": other.root / "index",
        "GIT_OBJECT_DIRECTORY": other.root / ".git/objects",
        "GIT_NAMESPACE": "elsewhere",
    }
    with monkeypatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, str(value))
        check(repo)
        (commit,) = write(repo, {VALUES: b"one\n"})
        assert os.environ["GIT_DIR"] == str(other.root / ".git")
    assert other.refs() == refs
    assert repo.git("rev-parse", BRANCH) == commit
    assert not (other.root / "index").exists()


def test_no_hook_for_commits_runs(repo):
    for name in ("pre-commit", "commit-msg", "post-commit", "post-checkout"):
        repo.write(f".git/hooks/{name}", f"#!/bin/sh\ntouch {repo.root}/ran\nexit 1\n").chmod(0o755)
    write(repo, {VALUES: b"one\n"})
    assert not (repo.root / "ran").exists()


# refusals


def refused(repo, error, *files, **options):
    refs = repo.refs()
    with pytest.raises(error) as caught:
        write(repo, *(files or [{VALUES: b"one\n"}]), **options)
    assert repo.refs() == refs
    return caught.value


def test_existing_branch(repo):
    repo.git("branch", BRANCH)
    refused(repo, BranchExistsError)


def test_name_that_stands_for_a_branch_that_does_not_exist_does_not_create_that(repo):
    repo.git("symbolic-ref", f"refs/heads/{BRANCH}", "refs/heads/victim")
    (commit,) = write(repo, {VALUES: b"one\n"})
    assert Repository.discover(repo.root).branches() == {
        "main": repo.git("rev-parse", "main"),
        BRANCH: commit,
    }


def test_branch_above_in_the_name(repo):
    repo.git("branch", "dhi")
    assert "--branch" in refused(repo, BranchExistsError).help


def test_branch_whose_name_is_an_option(repo):
    refused(repo, UsageError, branch="--help")


def test_path_that_is_a_link(repo):
    (repo.root / "linked.yaml").symlink_to(VALUES)
    repo.commit("link")
    assert "symbolic link" in refused(repo, RepositoryError, {"linked.yaml": b""}).message


def test_path_through_a_link(repo):
    (repo.root / "short").symlink_to(CHART)
    repo.commit("link")
    error = refused(repo, RepositoryError, {"short/values.yaml": b""})
    assert (error.where, "symbolic link" in error.message) == ("short", True)


def test_path_in_a_submodule(repo, make):
    other = make("other")
    repo.git("submodule", "--quiet", "add", str(other.root), "sub")
    repo.commit("submodule")
    assert "submodule" in refused(repo, RepositoryError, {"sub/values.yaml": b""}).message
    assert "submodule" in refused(repo, RepositoryError, {"sub": b""}).message


def test_path_that_is_a_folder(repo):
    assert "folder" in refused(repo, RepositoryError, {CHART: b""}).message


def test_path_through_a_file(repo):
    assert "a file" in refused(repo, RepositoryError, {"README.md/x": b""}).message


def test_folder_that_an_earlier_draft_made(repo):
    refused(repo, RepositoryError, {"new/x": b""}, {"new": b""})


@pytest.mark.parametrize("path", ["../x", "/x", "apps/../../x"])
def test_path_out_of_the_repository(repo, path):
    refused(repo, UsageError, {path: b""})


def test_path_into_the_git_folder(repo):
    refused(repo, UsageError, {".git/config": b""})
    refused(repo, UsageError, {"apps/.GIT/config": b""})


@pytest.mark.parametrize("attribute", ["filter=lfs", "working-tree-encoding=UTF-16"])
def test_file_that_git_stores_converted(repo, attribute):
    repo.write(".gitattributes", f"*.yaml {attribute}\n")
    assert attribute in refused(repo, RepositoryError).message
    with pytest.raises(RepositoryError) as caught:
        check(repo, "README.md", VALUES)
    assert caught.value.where == VALUES


@pytest.mark.parametrize("attribute", ["text=auto eol=crlf", "diff=x", "-filter", "ident"])
def test_harmless_attributes(repo, attribute):
    repo.write(".gitattributes", f"*.yaml {attribute}\n")
    check(repo)
    (commit,) = write(repo, {VALUES: b"a\nb\r\n$Id: x$\n"})
    assert Repository.discover(repo.root).read(commit, VALUES) == b"a\nb\r\n$Id: x$\n"


def test_read_only_object_database(repo):
    # Root ignores permissions, so a file stands where the folder of the packs is.
    packs = repo.root / ".git" / "objects" / "pack"
    packs.rmdir()
    packs.write_text("")
    error = refused(repo, WriteError, {VALUES: b"one\n"}, {VALUES: b"two\n"})
    assert error.exit_code == 1


def test_hook_that_refuses_refs(repo):
    repo.write(".git/hooks/reference-transaction", "#!/bin/sh\n[ $1 != prepared ]\n").chmod(0o755)
    assert "could not be created" in refused(repo, WriteError).message


@pytest.mark.parametrize(
    "config", ["[user]\n\tuseConfigOnly = true\n", "[user]\n\tname = Only A Name\n\tuseConfigOnly = true\n"]
)
def test_no_identity(repo, home, config):
    (home / ".gitconfig").write_text(config)
    with pytest.raises(IdentityError) as caught:
        check(repo)
    assert "user.email" in caught.value.help
    assert caught.value.exit_code == 4
    refused(repo, IdentityError)


def test_check_writes_nothing(repo):
    before, objects = repo.picture(), repo.git("count-objects", "-v")
    check(repo, VALUES, "new/file.yaml")
    assert (repo.picture(), repo.git("count-objects", "-v")) == (before, objects)


def test_draft_that_changes_nothing_is_a_bug(repo):
    with pytest.raises(ValueError, match="changes nothing"):
        write(repo, {VALUES: (repo.root / VALUES).read_bytes()})
    with pytest.raises(ValueError, match="needs a commit"):
        write(repo)


# someone else at the same time


def test_race_for_the_branch_is_lost(repo):
    # The hook runs in the middle of our update, as another process would.
    repo.write(
        ".git/hooks/reference-transaction",
        f"#!/bin/sh\n[ -e ran ] && exit\ntouch ran\n"
        f"git rev-parse HEAD >.git/refs/heads/{BRANCH} || (mkdir -p .git/refs/heads/dhi && "
        f"git rev-parse HEAD >.git/refs/heads/{BRANCH})\nexit 1\n",
    ).chmod(0o755)
    with pytest.raises(WriteError) as caught:
        write(repo, {VALUES: b"one\n"})
    assert caught.value.exit_code == 1
    assert type(caught.value).__name__ == "RaceLostError"
    assert repo.git("rev-parse", BRANCH) == repo.git("rev-parse", "HEAD")


def test_killed_at_any_moment_leaves_all_as_before_or_the_whole_branch(repo):
    script = (
        "import sys; from pathlib import Path\n"
        "from migrate_dhi.git.repository import Repository; from migrate_dhi.git.commits import CommitDraft\n"
        "import git; r = Repository.discover(Path(sys.argv[1])); print('go', flush=True)\n"
        f"r.write_branch({BRANCH!r}, r.resolve('HEAD'),"
        f" [CommitDraft(f'step {{n}}\\n', {{{VALUES!r}: b'%d' % n}}) for n in range(5)])\n"
    )
    repository, head = Repository.discover(repo.root), repo.git("rev-parse", "HEAD")
    before = repo.picture()
    outcomes = set()
    for attempt in range(16):
        child = subprocess.Popen([sys.executable, "-c", script, str(repo.root)], stdout=subprocess.PIPE)
        assert child.stdout.readline() == b"go\n"
        time.sleep(attempt * 0.015)
        child.kill()
        child.wait()
        child.stdout.close()
        time.sleep(0.02)  # a git command that was under way ends by itself
        tip = repository.branches().get(BRANCH)
        outcomes.add(tip is not None)
        if tip is not None:
            assert len(repository.log(head, tip)) == 5
            assert repository.read(tip, VALUES) == b"4"
            repo.git("update-ref", "-d", f"refs/heads/{BRANCH}")
        after = repo.picture()
        assert {path: after.get(path) for path in before} == before
        assert not [path for path in after if path.endswith(".lock")]
    assert repo.git("fsck", "--no-dangling") == ""
    assert False in outcomes
