"""The program is killed at every call of Git, and at random times: the repository is as before, or all is done.

A few points run with the suite; ``MIGRATE_DHI_CRASHES=400 python -m pytest tests/test_crashes.py -n 2`` tries so many,
every call of every operation first (``docs/promises.md``).
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.charts import copy_case
from tests.conftest import GIT_CONFIG
from tests.forked import Program
from tests.git.wrapped import Wrapped

COUNT = int(os.environ.get("MIGRATE_DHI_CRASHES", "12"))
CHART, BRANCH = "apps/cache", "dhi/apps-cache"
OPERATIONS = {
    "apply": (CHART, "--yes", "--offline"),
    "delete": ("rollback", CHART, "--yes"),
    "move": ("rollback", CHART, "--to", "registry", "--yes"),
    "reversal": ("rollback", CHART, "--yes", "--offline"),
    "hooks": (CHART, "--yes", "--offline", "--run-hooks"),
}
KILL = "kill -9 $PPID"


class Lab:
    """Repositories in the state before each operation, what each is after it, and how many calls it makes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.wrapped = Wrapped(folder / "wrapped")
        (folder / "home").mkdir()
        (folder / "home" / ".gitconfig").write_text(GIT_CONFIG)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "XDG_"))}
        date = "2026-01-01T00:00:00Z"
        dates = {f"GIT_{who}_DATE": date for who in ("AUTHOR", "COMMITTER")}
        self.environment = {**kept, **dates, "HOME": str(folder / "home"), "GIT_CONFIG_NOSYSTEM": "1"}
        self.calls: dict[str, int] = {}
        self.before: dict[str, bytes] = {}
        self.refs: dict[str, tuple[list[str], list[str]]] = {}
        self.seconds: dict[str, float] = {}

    def prepare(self, name: str) -> None:
        """Make what one operation starts from, once."""
        if name not in self.calls:
            self._prepare(name)

    def git(self, root: Path, *words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=root, env=self.environment, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def start(self, root: Path, name: str, **wrap: object) -> Program:
        variables = self.wrapped.variables(os.environ["PATH"], **wrap) if wrap else {}
        return Program(OPERATIONS[name], cwd=root, env={**self.environment, **variables})

    def copy(self, name: str) -> Path:
        root = self.folder / "copy"
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(self.folder / name, root, symlinks=True)
        self.git(root, "update-index", "-q", "--refresh")
        self.before = self.picture(root)
        return root

    def refs_of(self, root: Path) -> list[str]:
        found = self.git(root, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return [re.sub(r"/\d{8}T\d{6}Z-", "/TIME-", ref) for ref in found]

    def picture(self, root: Path) -> dict[str, bytes]:
        """The worktree, the index, HEAD and the stash; not objects, and no refs and what is noted of them."""
        found = {}
        for path in sorted(root.rglob("*")):
            inside = path.relative_to(root).as_posix()
            if path.is_file() and not re.match(r"\.git/(objects|refs|logs|packed-refs|worktrees)", inside):
                found[inside] = path.read_bytes()
        return found

    def _prepare(self, name: str) -> None:
        root = self.folder / name
        root.mkdir()
        self.git(root, "init", "-q", "--template=")
        (root / "apps").mkdir()
        copy_case("values-comments", root / CHART)
        self.git(root, "add", "--all", "--force")
        self.git(root, "commit", "-qm", "start")
        if name in ("delete", "move", "reversal"):
            process = self.start(root, "apply")
            said = process.communicate()
            assert process.returncode == 0, said
        if name == "reversal":
            self.git(root, "merge", "-q", "--no-ff", "-m", "merge", BRANCH)
        if name == "hooks":
            (root / ".git/hooks").mkdir()
            (root / ".git/hooks/pre-commit").write_text("#!/bin/sh\nexit 0\n")
            (root / ".git/hooks/pre-commit").chmod(0o755)
        (root / "dirty").write_text("by the user\n")
        self.git(root, "add", "dirty")
        copy = self.copy(name)
        before = self.refs_of(copy)
        began = time.monotonic()
        process = self.start(copy, name, at=0)
        out, err = process.communicate()
        self.seconds[name] = time.monotonic() - began
        assert process.returncode == 0, (out, err)
        self.calls[name] = len(self.wrapped.calls)
        self.refs[name] = (before, self.refs_of(copy))
        assert before != self.refs[name][1]

    def check(self, root: Path, name: str, point: str) -> bool:
        """Whether all is done; else all must be as it was."""
        for _ in range(100):  # a git that was under way ends by itself
            locks = list((root / ".git").rglob("*.lock"))
            if not locks:
                break
            time.sleep(0.02)
        assert not locks, point
        refs = self.refs_of(root)
        assert refs in self.refs[name], point
        assert self.picture(root) == self.before, point
        assert self.git(root, "fsck", "--no-dangling") == "", point
        return refs == self.refs[name][1]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    return Lab(tmp_path_factory.mktemp("crashes"))


@pytest.mark.parametrize("name", OPERATIONS)
def test_killed_at_a_call_of_git(lab, name):
    lab.prepare(name)
    points = [(at, when) for at in range(1, lab.calls[name] + 1) for when in ("before", "after")]
    chosen = random.Random(name).sample(points, min(len(points), max(1, COUNT // 6)))
    outcomes = []
    for at, when in sorted(chosen):
        root = lab.copy(name)
        process = lab.start(root, name, at=at, when=when, do=KILL)
        process.communicate()
        done = lab.check(root, name, f"{name}: killed {when} call {at}")
        # Calls that run side by side may take one number between them.
        assert process.returncode == -signal.SIGKILL or done
        outcomes += [done] if process.returncode == -signal.SIGKILL else []
    sys.stdout.write(
        f"{name}: {len(outcomes)} points at {lab.calls[name]} calls, {sum(outcomes)} of them done\n"
    )
    # What can be repeated is repeated: nothing that a crash left is in the way.
    if not done:
        again = lab.start(root, name)
        assert again.communicate()[1] is not None
        assert again.returncode == 0


@pytest.mark.parametrize("name", ["apply", "delete", "reversal"])
def test_killed_at_a_random_time(lab, name):
    lab.prepare(name)
    moments = random.Random(name)
    count = max(1, COUNT // 18)
    done = 0
    for number in range(count):
        root = lab.copy(name)
        process = lab.start(root, name)
        time.sleep(moments.uniform(0, lab.seconds[name] * 0.8))
        process.kill()
        process.communicate()
        done += lab.check(root, name, f"{name}: killed at random, {number}")
    sys.stdout.write(f"{name}: {count} random times, {done} of them done\n")
