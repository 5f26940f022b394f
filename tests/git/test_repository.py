from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from migrate_dhi.errors import BranchExistsError, RepositoryError, UsageError
from migrate_dhi.git.commits import CommitDraft
from migrate_dhi.git.repository import Repository


def git(root: Path, *args: str) -> str:
    return subprocess.run(["git", *args], cwd=root, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        "[user]\n\tname = A User\n\temail = user@example.com\n[init]\n\tdefaultBranch = main\n"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    root = tmp_path / "repo"
    chart = root / "apps" / "valkey"
    chart.mkdir(parents=True)
    (chart / "values.yaml").write_text("a: 1\n")
    (chart / "run.sh").write_text("#!/bin/sh\n")
    (chart / "run.sh").chmod(0o755)
    (root / "README.md").write_text("hello\n")
    git(tmp_path, "init", "-q", str(root))
    git(root, "add", "-A")
    git(root, "commit", "-qm", "start")
    return root


def test_branch_with_two_commits(root: Path) -> None:
    repository = Repository.discover(root / "apps" / "valkey")
    base = repository.resolve("HEAD")
    path = "apps/valkey/values.yaml"
    ids = repository.write_branch(
        "dhi/apps-valkey",
        base,
        [
            CommitDraft("one\n", {path: b"a: 2\n"}),
            CommitDraft("two\n", {path: b"a: 3\n", "new/x.yaml": b"x\n"}),
        ],
    )
    assert repository.branches()["dhi/apps-valkey"] == ids[-1]
    assert git(root, "diff", "--name-only", base, ids[0]).split() == [path]
    assert repository.read(ids[1], path) == b"a: 3\n"
    assert git(root, "rev-list", ids[-1]).split() == [ids[1], ids[0], base]
    assert git(root, "status", "--porcelain") == ""
    assert git(root, "fsck", "--strict") is not None


def test_existing_branch_is_refused(root: Path) -> None:
    repository = Repository.discover(root)
    base = repository.resolve("HEAD")
    with pytest.raises(BranchExistsError):
        repository.write_branch("main", base, [CommitDraft("x\n", {"a": b""})])
    with pytest.raises(BranchExistsError):
        repository.write_branch("main/sub", base, [CommitDraft("x\n", {"a": b""})])


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError):
        Repository.discover(tmp_path)


def test_unknown_revision(root: Path) -> None:
    with pytest.raises(UsageError):
        Repository.discover(root).resolve("nowhere")


def test_changed_files_of_every_kind(root: Path) -> None:
    repository = Repository.discover(root)
    assert repository.changed("HEAD", ["apps/valkey"]) == []
    (root / "apps/valkey/values.yaml").write_text("a: 9\n")
    (root / "apps/valkey/run.sh").unlink()
    (root / "apps/valkey/more.yaml").write_text("")
    (root / "README.md").write_text("elsewhere\n")
    found = {change.path: change.kind for change in repository.changed("HEAD", ["apps/valkey"])}
    assert found == {
        "apps/valkey/values.yaml": "modified",
        "apps/valkey/run.sh": "deleted",
        "apps/valkey/more.yaml": "untracked",
    }
