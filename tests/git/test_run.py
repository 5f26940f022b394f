from __future__ import annotations

import os
import subprocess
import sys

import pytest

from migrate_dhi.errors import RepositoryError, WriteError
from migrate_dhi.git.plumbing import do
from migrate_dhi.git.repository import Repository
from migrate_dhi.git.run import MISLEADING, Output, ask, ask_all


def test_text_loses_one_line_end():
    assert Output(0, b"a\n\n", "").text == "a\n"


def test_fields_between_nul_bytes():
    assert Output(0, b"a\nb\0\xff\0", "").fields == ["a\nb", "\udcff"]
    assert Output(0, b"", "").fields == []


def test_complaint_is_the_first_error_else_the_last_line_else_the_status():
    assert Output(128, b"", "hint: x\nerror: no\nfatal: more\n").complaint == "no"
    assert Output(1, b"", "one\n two \n").complaint == "two"
    assert Output(3, b"", "").complaint == "exit status 3"
    assert Output(1, b"", "one\nhint: two\n").complaint == "one"
    assert Output(1, b"", "hint: two\n").complaint == "exit status 1"


@pytest.mark.parametrize(("run", "error"), [(ask, RepositoryError), (do, WriteError)])
def test_command_that_fails(repo, run, error):
    with pytest.raises(error, match="git cat-file failed: Not a valid object name nothing"):
        run(repo.root, "cat-file", "blob", "nothing")


@pytest.mark.parametrize("run", [ask, do])
def test_status_that_is_an_answer(repo, run):
    assert run(repo.root, "merge-base", "--is-ancestor", "HEAD", "HEAD", accept=(0, 1)).status == 0
    assert run(repo.root, "symbolic-ref", "--quiet", "refs/nothing", accept=(0, 1)).status == 1


@pytest.mark.parametrize("run", [ask, do])
def test_input_and_output_are_bytes(repo, run):
    blob = run(repo.root, "hash-object", "-w", "--stdin", stdin=b"\xff\r\n\0\n").text
    assert run(repo.root, "cat-file", "blob", blob).stdout == b"\xff\r\n\0\n"


def test_all_variables_that_git_calls_local_are_removed_or_set():
    listed = subprocess.run(
        ["git", "rev-parse", "--local-env-vars"], check=True, capture_output=True, text=True
    )
    meant = {
        "GIT_CONFIG_PARAMETERS",
        "GIT_CONFIG_COUNT",
        "GIT_NO_REPLACE_OBJECTS",
        "GIT_GRAFT_FILE",
        "GIT_INTERNAL_SUPER_PREFIX",
    }
    assert set(listed.stdout.split()) - set(MISLEADING) - meant == set()


def test_configuration_in_the_environment_is_kept(repo, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.name")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "From The Environment")
    assert ask(repo.root, "config", "user.name").text == "From The Environment"
    assert do(repo.root, "config", "user.name").text == "From The Environment"


def test_commands_side_by_side_are_answered_in_their_order(repo):
    # More than a pipe holds, so that the first is read while the others wait.
    repo.write("large", "line\n" * 100_000)
    blob = ask(repo.root, "hash-object", "-w", "large").text

    first, second, third = ask_all(
        repo.root, ("rev-parse", "--git-dir"), ("cat-file", "blob", blob), ("cat-file", "-s", blob)
    )

    assert (first.text, len(second.stdout), third.text) == (".git", 500_000, "500000")
    assert ask_all(repo.root) == []


def test_one_of_several_commands_that_fails(repo):
    with pytest.raises(RepositoryError, match="git cat-file failed: Not a valid object name nothing"):
        ask_all(repo.root, ("rev-parse", "HEAD"), ("cat-file", "blob", "nothing"), ("rev-parse", "--git-dir"))


RUNS = [ask, do, lambda root, *args: ask_all(root, args)]


@pytest.mark.parametrize("run", RUNS)
def test_without_git(repo, monkeypatch, run):
    monkeypatch.setenv("PATH", str(repo.root / "nothing"))
    with pytest.raises(RepositoryError, match="git is not installed"):
        run(repo.root, "rev-parse", "HEAD")


@pytest.mark.parametrize("run", RUNS)
def test_git_that_is_no_program(repo, monkeypatch, run):
    repo.write("bin/git", b"\0\1\2").chmod(0o755)
    monkeypatch.setenv("PATH", str(repo.root / "bin"))
    with pytest.raises(RepositoryError, match="git cannot be run") as caught:
        run(repo.root, "rev-parse", "HEAD")
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("run", RUNS)
def test_directory_that_is_gone(repo, run):
    with pytest.raises(RepositoryError, match="this directory is gone"):
        run(repo.root / "gone", "rev-parse", "HEAD")


def test_gitpython_in_a_process_that_finds_no_git(repo):
    # Its import fails there, before it is asked anything.
    script = (
        "from pathlib import Path; from migrate_dhi.git.plumbing import do\n"
        "from migrate_dhi.errors import RepositoryError\n"
        "try: do(Path('.'), 'version')\nexcept RepositoryError as error: print(error.message)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PATH": str(repo.root / "nothing")},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "git is not installed\n"


def test_git_that_says_nothing(repo, monkeypatch):
    repo.write("bin/git", "#!/bin/sh\n").chmod(0o755)
    monkeypatch.setenv("PATH", f"{repo.root}/bin")
    with pytest.raises(RepositoryError) as caught:
        Repository.discover(repo.root)
    assert caught.value.message == "what PATH finds as git gives no answer"
    assert (caught.value.where, caught.value.help) == (str(repo.root), "see what `git --version` says")


def test_planning_does_not_import_gitpython(repo):
    script = (
        "import sys; from pathlib import Path; from migrate_dhi.git.repository import Repository\n"
        f"r = Repository.discover(Path({str(repo.root)!r})); c = r.resolve('HEAD'); r.read(c, 'README.md')\n"
        "r.changed(c, ['.']); r.files(c, '.'); r.branches(); r.checked_out('main')\n"
        "sys.exit('git' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
