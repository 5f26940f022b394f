from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from migrate_dhi.errors import PathNotFoundError, RepositoryError, UsageError
from migrate_dhi.git.repository import Repository

CHART = "apps/cluster/valkey"


# discover


def test_from_a_subdirectory(repo):
    assert Repository.discover(repo.root / CHART).root == repo.root


def test_from_a_file(repo):
    assert Repository.discover(repo.root / CHART / "values.yaml").root == repo.root


def test_from_a_relative_path(repo, monkeypatch):
    monkeypatch.chdir(repo.root / "apps")
    assert Repository.discover(Path("cluster")).root == repo.root


def test_from_a_linked_worktree(repo, tmp_path):
    repo.git("worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    assert Repository.discover(tmp_path / "linked" / CHART).root == tmp_path / "linked"


def test_through_a_symbolic_link_to_the_repository(repo, tmp_path):
    (tmp_path / "link").symlink_to(repo.root)
    found = Repository.discover(tmp_path / "link" / "apps")
    assert found.relative(tmp_path / "link" / CHART) == CHART


def test_root_with_a_line_break_and_blanks_in_its_name(make):
    repo = make("odd\nname ")
    assert Repository.discover(repo.root / CHART).root == repo.root


def test_folder_outside_any_repository(tmp_path):
    with pytest.raises(RepositoryError, match=r"not a git repository") as caught:
        Repository.discover(tmp_path)
    assert caught.value.exit_code == 4
    assert "git init" in caught.value.help


def test_bare_repository(repo, tmp_path):
    repo.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    with pytest.raises(RepositoryError, match="no worktree"):
        Repository.discover(tmp_path / "bare.git")


def test_inside_the_git_folder(repo):
    with pytest.raises(RepositoryError):
        Repository.discover(repo.root / ".git" / "refs")


def test_path_that_does_not_exist(repo):
    with pytest.raises(PathNotFoundError):
        Repository.discover(repo.root / "nothing")


def test_without_git_installed(repo, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RepositoryError, match="git is not installed"):
        Repository.discover(repo.root)


def test_inherited_variables_do_not_mislead(repo, make, monkeypatch):
    other = make("other")
    other.commit("a commit that only the other one has")
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.root))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.root / "no-index"))
    repository = Repository.discover(repo.root / CHART)
    assert repository.root == repo.root
    assert repository.changed(repository.resolve("HEAD"), ["."]) == []
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name)
    assert repository.resolve("HEAD") == repo.git("rev-parse", "HEAD")


# relative


def test_root_itself(repo):
    assert Repository.discover(repo.root).relative(repo.root) == "."


def test_relative_to_the_current_directory(repo, monkeypatch):
    monkeypatch.chdir(repo.root / "apps")
    assert Repository.discover(Path()).relative(Path("../README.md")) == "README.md"


def test_chart_behind_a_link_is_its_real_folder(repo):
    (repo.root / "short").symlink_to(CHART)
    assert Repository.discover(repo.root).relative(repo.root / "short") == CHART
    assert (
        Repository.discover(repo.root).relative(repo.root / "short" / "values.yaml") == f"{CHART}/values.yaml"
    )


def test_file_that_is_a_link_stays_the_link(repo):
    (repo.root / "linked.yaml").symlink_to(f"{CHART}/values.yaml")
    assert Repository.discover(repo.root).relative(repo.root / "linked.yaml") == "linked.yaml"


def test_path_outside_the_repository(repo, tmp_path):
    with pytest.raises(UsageError, match="outside"):
        Repository.discover(repo.root).relative(tmp_path)


# resolve


@pytest.mark.parametrize("revision", ["HEAD", "main", "refs/heads/main", "HEAD^0", "@"])
def test_names_of_the_same_commit(repo, revision):
    assert Repository.discover(repo.root).resolve(revision) == repo.git("rev-parse", "HEAD")


def test_annotated_tag_is_its_commit(repo):
    repo.git("tag", "-a", "-m", "x", "v1")
    assert Repository.discover(repo.root).resolve("v1") == repo.git("rev-parse", "HEAD")


@pytest.mark.parametrize(
    "revision", ["nowhere", "", "--all", "-h", "HEAD..HEAD", "HEAD:README.md", "HEAD^{tree}", "\n"]
)
def test_text_that_names_no_commit(repo, revision):
    with pytest.raises(UsageError) as caught:
        Repository.discover(repo.root).resolve(revision)
    assert caught.value.exit_code == 2


def test_branch_without_a_commit(repo):
    repo.git("switch", "-q", "--orphan", "new")
    with pytest.raises(RepositoryError, match="no commit"):
        Repository.discover(repo.root).resolve("HEAD")


def test_repository_without_a_commit(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path / "new")], check=True)
    with pytest.raises(RepositoryError, match="no commit"):
        Repository.discover(tmp_path / "new").resolve("HEAD")


# read and files


def test_bytes_as_they_are_stored(repo):
    repo.write("odd.yaml", b"a: \xff\r\n\0b\n\n")
    repo.git("-c", "core.autocrlf=false", "add", "odd.yaml")
    repo.git("commit", "-qm", "odd")
    assert Repository.discover(repo.root).read("HEAD", "odd.yaml") == b"a: \xff\r\n\0b\n\n"


@pytest.mark.parametrize(
    "path",
    [
        "dir with blank/ünï.yaml",
        "*.yaml",
        ":(top)x",
        "a:b",
        "-x",
        'quo"te',
        "tab\tx",
        "line\nbreak",
        os.fsdecode(b"lat\xe9in"),
    ],
)
def test_paths_that_git_could_take_for_something_else(repo, path):
    repo.write(path, "odd\n")
    repo.commit("odd")
    repository = Repository.discover(repo.root)
    assert repository.read("HEAD", path) == b"odd\n"
    assert path in repository.files("HEAD", ".")
    assert repository.changed("HEAD", [path]) == []
    repo.write(path, "other\n")
    assert [change.path for change in repository.changed("HEAD", [path])] == [path]


@pytest.mark.parametrize("path", ["nothing.yaml", "apps", "README.md/below", "*.md"])
def test_path_that_is_no_file(repo, path):
    assert Repository.discover(repo.root).read("HEAD", path) is None


def test_link_is_not_read_as_a_file(repo):
    (repo.root / "linked.yaml").symlink_to("README.md")
    repo.commit("link")
    with pytest.raises(RepositoryError, match="symbolic link"):
        Repository.discover(repo.root).read("HEAD", "linked.yaml")


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "apps/../../x"])
def test_path_out_of_the_repository_is_not_read(repo, path):
    with pytest.raises(UsageError, match="outside"):
        Repository.discover(repo.root).read("HEAD", path)


def test_files_below_a_folder(repo):
    repo.write("apps/cluster/valkey-2/values.yaml", "")
    repo.commit("sibling whose name starts alike")
    names = [f"{CHART}/{name}" for name in ("Chart.yaml", "run.sh", "values.yaml")]
    assert Repository.discover(repo.root).files("HEAD", CHART) == names


def test_no_files_below_a_folder_that_is_not_there(repo):
    assert Repository.discover(repo.root).files("HEAD", "nothing") == []


def test_replace_refs_and_grafts_do_not_mislead(repo):
    old = repo.git("rev-parse", "HEAD")
    repo.write("README.md", "replaced\n")
    new = repo.commit("new")
    repo.git("replace", old, new)
    (repo.root / ".git" / "info").mkdir(exist_ok=True)
    (repo.root / ".git" / "info" / "grafts").write_text(f"{new}\n")
    repository = Repository.discover(repo.root)
    assert repository.read(old, "README.md") == b"hello\n"
    assert [commit.id for commit in repository.log((), new)] == [new, old]


def test_questions_change_nothing_and_start_no_monitor(repo, tmp_path):
    monitor = repo.write(".git/monitor", f"#!/bin/sh\ntouch {tmp_path}/monitored\n")
    monitor.chmod(0o755)
    repo.git("config", "core.fsmonitor", str(monitor))
    repo.write("README.md", "changed\n")
    os.utime(repo.root / CHART / "values.yaml", (1, 1))
    before = repo.picture()
    repository = Repository.discover(repo.root / CHART)
    commit = repository.resolve("HEAD")
    repository.read(commit, "README.md")
    repository.files(commit, ".")
    assert [change.path for change in repository.changed(commit, ["."])] == ["README.md"]
    repository.branches()
    repository.checked_out("main")
    repository.log((), commit)
    repository.merged(commit, commit)
    assert repo.picture() == before
    assert not (tmp_path / "monitored").exists()


# objects by name and by id


def test_ids_by_name_and_contents_by_id(repo):
    repo.write("a b\n.txt", "odd\n")
    repo.write("empty", "")
    repo.commit("more")
    repository = Repository.discover(repo.root)
    names = ["HEAD:README.md", "HEAD:nothing", "HEAD:a b\n.txt", "HEAD:empty", "HEAD:README.md"]
    readme, none, odd, empty, again = repository.ids(names)
    assert readme == again == repo.git("rev-parse", "HEAD:README.md")
    assert (none, odd) == ("", "")
    assert repository.blobs([readme, empty, readme]) == {readme: b"hello\n", empty: b""}
    assert (repository.ids([]), repository.blobs([])) == ([], {})


def test_ids_of_many_names_are_one_question(repo):
    # More than a pipe holds, both ways.
    assert Repository.discover(repo.root).ids([f"HEAD:none-{n}" for n in range(6_000)]) == [""] * 6_000


def test_a_folder_is_no_file_and_hides_none(repo):
    repo.write("A/x", "x\n")
    commit = repo.commit("a folder that is listed first")
    repository = Repository.discover(repo.root)
    assert repository.read_all(commit, ["A", "README.md", "none"]) == {"README.md": b"hello\n"}


def test_other_refs_by_their_prefix(repo):
    repo.git("tag", "v1")
    head = repo.git("rev-parse", "HEAD")
    repository = Repository.discover(repo.root)
    assert repository.branches() == {"main": head}
    assert repository.branches("refs/tags/") == {"v1": head}
    assert repository.branches("refs/none/") == {}
