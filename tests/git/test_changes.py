from __future__ import annotations

import os

import pytest

from migrate_dhi.git.repository import Repository

CHART = "apps/cluster/valkey"
VALUES = f"{CHART}/values.yaml"


def kinds(repo, *paths, commit="HEAD"):
    found = Repository.discover(repo.root).changed(commit, paths or [CHART])
    return {change.path: change.kind for change in found}


def test_clean(repo):
    assert kinds(repo) == {}


def test_no_paths_are_no_question(repo):
    repo.write("README.md", "changed\n")
    assert Repository.discover(repo.root).changed("HEAD", []) == []


def test_change_elsewhere_does_not_count(repo):
    repo.write("README.md", "changed\n")
    repo.write("apps/cluster/valkey-2/values.yaml", "x\n")
    assert kinds(repo) == {}


def test_modified(repo):
    repo.write(VALUES, "other\n")
    assert kinds(repo) == {VALUES: "modified"}


def test_same_size_and_time_but_other_content(repo):
    file = repo.root / VALUES
    stat = file.stat()
    file.write_bytes(file.read_bytes().replace(b"9.0.1", b"9.0.2"))
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns + 5_000_000_000))
    assert kinds(repo) == {VALUES: "modified"}


def test_touched_but_the_same(repo):
    os.utime(repo.root / VALUES, (1, 1))
    assert kinds(repo) == {}


def test_staged(repo):
    repo.write(VALUES, "other\n")
    repo.git("add", VALUES)
    assert kinds(repo) == {VALUES: "modified"}


def test_staged_and_then_put_back_in_the_worktree(repo):
    before = (repo.root / VALUES).read_bytes()
    repo.write(VALUES, "other\n")
    repo.git("add", VALUES)
    repo.write(VALUES, before)
    assert kinds(repo) == {VALUES: "modified"}


def test_deleted(repo):
    (repo.root / VALUES).unlink()
    assert kinds(repo) == {VALUES: "deleted"}


def test_removed_from_the_index_only(repo):
    repo.git("rm", "-q", "--cached", VALUES)
    assert kinds(repo) == {VALUES: "deleted"}


def test_added(repo):
    repo.write(f"{CHART}/new.yaml", "")
    repo.git("add", f"{CHART}/new.yaml")
    assert kinds(repo) == {f"{CHART}/new.yaml": "added"}


def test_untracked(repo):
    repo.write(f"{CHART}/templates/new.yaml", "")
    assert kinds(repo) == {f"{CHART}/templates/new.yaml": "untracked"}


def test_name_that_begins_with_blanks(repo):
    repo.write("  x.yaml", "a\n")
    assert kinds(repo, ".") == {"  x.yaml": "untracked"}
    repo.commit("blanks")
    repo.git("update-index", "--assume-unchanged", "  x.yaml")
    repo.write("  x.yaml", "b\n")
    assert kinds(repo, ".") == {"  x.yaml": "modified"}


def test_ignored(repo):
    repo.write(".gitignore", "*.tgz\n")
    repo.commit("ignore")
    repo.write(f"{CHART}/charts/valkey-0.9.3.tgz", "")
    assert kinds(repo) == {}


def test_mode(repo):
    (repo.root / CHART / "run.sh").chmod(0o644)
    assert kinds(repo) == {f"{CHART}/run.sh": "mode"}


@pytest.mark.parametrize("path", ['"quoted".yaml', "line\nbreak.yaml", 'back\\slash"\n', "ünï code.yaml"])
def test_odd_name_touched_but_the_same(repo, path):
    file = repo.write(path, "x\n")
    repo.commit("odd")
    os.utime(file, (1, 1))
    assert kinds(repo, ".") == {}
    repo.write(path, "y\n")
    assert kinds(repo, ".") == {path: "modified"}


def test_link_touched_but_the_same(repo):
    (repo.root / CHART / "linked.yaml").symlink_to("values.yaml")
    repo.commit("link")
    (repo.root / CHART / "linked.yaml").unlink()
    (repo.root / CHART / "linked.yaml").symlink_to("values.yaml")
    os.utime(repo.root / CHART / "linked.yaml", (1, 1), follow_symlinks=False)
    assert kinds(repo) == {}
    (repo.root / CHART / "linked.yaml").unlink()
    (repo.root / CHART / "linked.yaml").symlink_to("Chart.yaml")
    assert kinds(repo) == {f"{CHART}/linked.yaml": "modified"}


def test_file_that_became_a_link(repo):
    (repo.root / VALUES).unlink()
    (repo.root / VALUES).symlink_to("Chart.yaml")
    assert kinds(repo) == {VALUES: "type"}


def test_conflict(repo):
    repo.git("switch", "-qc", "other")
    repo.write(VALUES, "theirs\n")
    repo.commit("theirs")
    repo.git("switch", "-q", "main")
    repo.write(VALUES, "ours\n")
    repo.commit("ours")
    repo.git("merge", "-q", "other", check=False)
    assert kinds(repo) == {VALUES: "unmerged"}


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_file_that_git_was_told_not_to_see_and_the_commit_does_not_have(repo, flag):
    start = repo.git("rev-parse", "HEAD")
    repo.write(f"{CHART}/new.yaml", "x\n")
    repo.write(f"{CHART}/Chart.yaml", "y\n")
    repo.commit("more")
    repo.git("update-index", flag, f"{CHART}/new.yaml", f"{CHART}/Chart.yaml", f"{CHART}/run.sh")
    assert kinds(repo, commit=start) == {
        f"{CHART}/Chart.yaml": "modified",
        f"{CHART}/new.yaml": "added",
    }


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_change_that_git_was_told_not_to_see(repo, flag):
    repo.git("update-index", flag, VALUES)
    assert kinds(repo) == {}
    repo.write(VALUES, "hidden\n")
    assert repo.git("status", "--porcelain") == ""
    assert kinds(repo) == {VALUES: "modified"}


def test_chart_outside_a_sparse_checkout(repo):
    repo.git("sparse-checkout", "set", "other")
    assert not (repo.root / CHART).exists()
    assert kinds(repo) == {}


def test_line_endings_that_git_converts(repo):
    repo.git("config", "core.autocrlf", "true")
    (repo.root / VALUES).unlink()
    repo.git("checkout", "-q", "--", VALUES)
    assert b"\r\n" in (repo.root / VALUES).read_bytes()
    assert kinds(repo) == {}


def test_stored_line_endings_touched_but_the_same(repo):
    repo.write(VALUES, b"a: 1\r\nb: 2\r\n")
    repo.commit("crlf in the blob")
    repo.git("config", "core.autocrlf", "true")
    os.utime(repo.root / VALUES, (1, 1))
    assert kinds(repo) == {}
    repo.write(VALUES, b"a: 1\r\nb: 3\r\n")
    assert kinds(repo) == {VALUES: "modified"}


def test_dirty_submodule_below_the_chart(repo, make):
    other = make("other")
    repo.git("submodule", "--quiet", "add", str(other.root), f"{CHART}/charts/sub")
    repo.commit("submodule")
    assert kinds(repo) == {}
    repo.write(f"{CHART}/charts/sub/README.md", "dirty\n")
    assert kinds(repo) == {f"{CHART}/charts/sub": "modified"}


def test_index_of_a_submodule_is_not_refreshed(repo, make):
    other = make("other")
    repo.git("submodule", "--quiet", "add", str(other.root), f"{CHART}/charts/sub")
    repo.commit("submodule")
    os.utime(repo.root / CHART / "charts/sub/README.md", (1, 1))
    before = repo.picture()
    assert kinds(repo) == {}
    assert repo.picture() == before


def test_against_an_older_commit(repo):
    repo.write(VALUES, "newer\n")
    repo.commit("newer")
    assert kinds(repo, commit="HEAD") == {}
    assert kinds(repo, commit="HEAD^") == {VALUES: "modified"}


def test_one_file_outside_the_chart(repo):
    repo.write("README.md", "changed\n")
    assert kinds(repo, CHART, "README.md") == {"README.md": "modified"}


def test_configured_diff_options_do_not_mislead(repo):
    for option in ("diff.noprefix", "diff.mnemonicPrefix", "diff.relative", "color.ui", "diff.wordRegex"):
        repo.git("config", option, "always" if option == "color.ui" else "true")
    repo.git("config", "diff.external", "false")
    repo.git("config", "diff.renames", "copies")
    repo.git("mv", VALUES, f"{CHART}/moved.yaml")
    assert kinds(repo) == {VALUES: "deleted", f"{CHART}/moved.yaml": "added"}
