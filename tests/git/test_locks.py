from __future__ import annotations

import os
import time

import pytest

from migrate_dhi.errors import WriteError
from migrate_dhi.git.locks import lock_help
from migrate_dhi.git.repository import Repository
from tests.git.test_commits import BRANCH, VALUES, write

COMPLAINT = "fatal: Unable to create '{file}': File exists.\n\nAnother git process seems to be running\n"


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (0, "less than a second"),
        (1, "1 second"),
        (59.5, "59 seconds"),
        (61, "1 minute"),
        (7300, "2 hours"),
        (90000, "1 day"),
    ],
)
def test_age_of_a_lock(tmp_path, age, words):
    lock = tmp_path / "x y.lock"
    lock.write_text("")
    os.utime(lock, (time.time() - age,) * 2)
    said = lock_help(tmp_path, COMPLAINT.format(file=lock))
    assert said.startswith(f"the lock is {words} old: while a git command")
    assert said.endswith(f"it is safe to remove: rm '{lock}'")


def test_path_from_the_root(tmp_path):
    (tmp_path / "x.lock").write_text("")
    assert str(tmp_path / "x.lock") in lock_help(tmp_path, COMPLAINT.format(file="x.lock"))


def test_lock_that_is_gone(tmp_path):
    said = lock_help(tmp_path, COMPLAINT.format(file=tmp_path / "x.lock"))
    assert said == "the lock is gone by now: run this again"


def test_other_complaints(tmp_path):
    assert lock_help(tmp_path, "fatal: Unable to create 'x.lock': Permission denied") == ""


def test_lock_of_the_new_branch(repo):
    lock = repo.write(f".git/refs/heads/{BRANCH}.lock", "")
    with pytest.raises(WriteError) as caught:
        write(repo, {VALUES: b"one\n"})
    assert f"safe to remove: rm {lock}" in caught.value.help
    lock.unlink()
    write(repo, {VALUES: b"one\n"})


def test_lock_of_the_packed_refs(repo):
    (tip,) = write(repo, {VALUES: b"one\n"})
    repo.git("pack-refs", "--all")
    lock = repo.write(".git/packed-refs.lock", "")
    repo.git("config", "core.packedRefsTimeout", "0")
    refs = repo.refs()
    with pytest.raises(WriteError) as caught:
        Repository.discover(repo.root).delete_branch(BRANCH, tip)
    assert f"safe to remove: rm {lock}" in caught.value.help
    assert repo.refs() == refs
