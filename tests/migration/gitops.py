"""A GitOps repository with two charts, and branches as apply writes them."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from migrate_dhi.git.commits import CommitDraft
from migrate_dhi.git.repository import Repository
from migrate_dhi.git.trailers import format_message
from migrate_dhi.migration.status import BranchStatus, read_status

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pytest

VALKEY, REDIS = "apps/cluster/valkey", "apps/cluster/redis"
CONFIG = "[user]\n\tname = A\n\temail = a@example.com\n[init]\n\tdefaultBranch = main\n"


class Gitops:
    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.git("init", "-q", "--template=")
        for chart in (VALKEY, REDIS):
            (root / chart).mkdir(parents=True)
            (root / chart / "Chart.yaml").write_text("name: x\n")
            (root / chart / "values.yaml").write_text("step: none\n")
        self.base = self.commit("start")

    def git(self, *args: str, cwd: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *args], cwd=cwd or self.root, check=True, capture_output=True, text=True
        )
        return done.stdout.removesuffix("\n")

    def commit(self, message: str) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    @property
    def repository(self) -> Repository:
        return Repository.discover(self.root)

    def migrate(
        self,
        chart: str,
        *steps: str,
        branch: str = "",
        base: str = "HEAD",
        needs: Mapping[str, str] | None = None,
    ) -> list[str]:
        name = branch or "dhi/" + chart.replace("/", "-")
        drafts = []
        for step in steps:
            images = ["a:1 -> dhi.io/a:1", "b:1 -> dhi.io/b:1"] if step == "registry" else []
            trailers = {"DHI-Step": step, "DHI-Chart": chart, "DHI-Image": images, "DHI-Proof": "helm 4"}
            trailers |= {"DHI-Needs": (needs or {})[step]} if step in (needs or {}) else {}
            message = format_message(f"{step} of {chart}", "", trailers)
            drafts.append(
                CommitDraft(message, {f"{chart}/values.yaml": f"step: {step} on {name}\n".encode()})
            )
        return self.repository.write_branch(name, self.repository.resolve(base), drafts)

    def status(self, **options: str) -> dict[str, BranchStatus]:
        return {branch.branch: branch for branch in read_status(self.repository, **options).branches}

    def refs(self) -> list[str]:
        return self.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()


def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gitops:
    for name in [name for name in os.environ if name.startswith(("GIT_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    (tmp_path / ".gitconfig").write_text(CONFIG)
    return Gitops(tmp_path / "repo")
