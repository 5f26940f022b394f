"""Real repositories to work on, and a home of their own for each test."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

CONFIG = """\
[user]
\tname = A User
\temail = user@example.com
[init]
\tdefaultBranch = main
[maintenance]
\tauto = false
[protocol "file"]
\tallow = always
"""
CHART = "apps/cluster/valkey"


@dataclass
class Repo:
    """A repository in a temporary folder, driven by the git command."""

    root: Path

    def git(self, *args: str, stdin: bytes = b"", check: bool = True) -> str:
        done = subprocess.run(["git", *args], cwd=self.root, input=stdin, capture_output=True, check=False)
        assert not (check and done.returncode), done.stderr.decode()
        return done.stdout.decode(errors="surrogateescape").removesuffix("\n")

    def write(self, path: str, content: str | bytes) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def commit(self, message: str) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def refs(self) -> list[str]:
        return self.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()

    def picture(self) -> dict[str, tuple[int, int, bytes]]:
        """Every file of worktree and .git but the objects: mode, time of change, content."""
        found = {}
        for folder, folders, names in os.walk(self.root):
            if Path(folder).name == ".git" and "objects" in folders:
                folders.remove("objects")
            for name in names:
                path = Path(folder, name)
                stat = path.lstat()
                content = bytes(path.readlink()) if path.is_symlink() else path.read_bytes()
                found[str(path.relative_to(self.root))] = (stat.st_mode, stat.st_mtime_ns, content)
        return found


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(CONFIG)
    for name in [name for name in os.environ if name.startswith(("GIT_", "XDG_", "SSH_", "GPG_", "GNUPG"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return home


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Each kind of repository is made once, and copied for each test."""
    made: dict[tuple[str, ...], Path] = {}

    def template(*options: str) -> Path:
        if options not in made:
            repo = Repo(tmp_path_factory.mktemp("template"))
            repo.git("init", "-q", "--template=", *options)
            repo.write(f"{CHART}/values.yaml", "image:\n  tag: 9.0.1  # pinned\n")
            repo.write(f"{CHART}/Chart.yaml", "name: valkey\nversion: 0.2.1\n")
            repo.write(f"{CHART}/run.sh", "#!/bin/sh\n").chmod(0o755)
            repo.write("README.md", "hello\n")
            repo.commit("start")
            made[options] = repo.root
        return made[options]

    return template


@pytest.fixture
def make(tmp_path: Path, template: Callable[..., Path]) -> Callable[..., Repo]:
    def make(name: str = "repo", *options: str) -> Repo:
        repo = Repo(tmp_path / name)
        shutil.copytree(template(*options), repo.root)
        repo.git("update-index", "-q", "--refresh")
        return repo

    return make


@pytest.fixture
def repo(make: Callable[..., Repo]) -> Repo:
    return make()
