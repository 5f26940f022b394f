"""Repositories to audit: the fixture estate, and small ones that a test writes."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from migrate_dhi.cli import run

ESTATE = Path(__file__).with_name("estate")


def committed(root):
    """Make a folder a repository with one commit."""
    for words in (["init", "-q", "--template="], ["add", "-A"], ["commit", "-q", "-m", "start"]):
        subprocess.run(
            ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", *words], cwd=root, check=True
        )
    return root


@pytest.fixture(scope="session")
def estate(tmp_path_factory):
    """The fixture estate as a repository."""
    root = tmp_path_factory.mktemp("audit") / "estate"
    shutil.copytree(ESTATE, root)
    return committed(root)


def audited(root, capsys, *words):
    """The JSON of an audit of a repository."""
    text = shown(root, capsys, *words, "--format", "json")
    return json.loads(text)


def shown(root, capsys, *words):
    """What an audit of a repository prints."""
    before = Path.cwd()
    os.chdir(root)
    try:
        code = run(["audit", "--offline", *words])
    finally:
        os.chdir(before)
    said = capsys.readouterr()
    assert code == 0, said.err
    return said.out


@pytest.fixture
def written(tmp_path):
    """Write files, and make a repository of them."""

    def write(**files):
        for name, text in files.items():
            path = tmp_path / name.replace("__", "/").replace("_yaml", ".yaml")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return committed(tmp_path)

    return write
