"""Repositories that many tests start from, made once and copied."""

import shutil
import subprocess


def become(root, made):
    """Let a repository be a copy of another one with the same files; its folder stays, since someone may be in it."""
    shutil.rmtree(root / ".git")
    shutil.copytree(made, root, symlinks=True, dirs_exist_ok=True)
    subprocess.run(["git", "update-index", "-q", "--refresh"], cwd=root, check=True)
