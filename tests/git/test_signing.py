from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

from migrate_dhi.errors import IdentityError
from migrate_dhi.git.commits import CommitDraft
from migrate_dhi.git.repository import Repository

VALUES = "apps/cluster/valkey/values.yaml"
BRANCH = "dhi/x"


def write(repo, seconds=20.0):
    repository = replace(Repository.discover(repo.root), signing_seconds=seconds)
    drafts = [CommitDraft(f"step {number}\n", {VALUES: b"%d" % number}) for number in range(2)]
    return repository.write_branch(BRANCH, repository.resolve("HEAD"), drafts)


def check(repo, seconds=20.0):
    replace(Repository.discover(repo.root), signing_seconds=seconds).check_writable(BRANCH, [VALUES])


def refused(repo, action, **options):
    refs, before = repo.refs(), repo.picture()
    with pytest.raises(IdentityError) as caught:
        action(repo, **options)
    assert (repo.refs(), repo.picture()) == (refs, before)
    assert caught.value.exit_code == 4
    return caught.value


def program(repo, text, option="gpg.program"):
    file = repo.write(".git/sign", f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    repo.git("config", "commit.gpgSign", "true")
    repo.git("config", option, str(file))


@pytest.fixture
def ssh(repo, home):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(home / "key")], check=True)
    public = (home / "key.pub").read_text()
    (home / "allowed").write_text(f"user@example.com {public}")
    repo.git("config", "commit.gpgSign", "true")
    repo.git("config", "gpg.format", "ssh")
    repo.git("config", "user.signingKey", str(home / "key"))
    repo.git("config", "gpg.ssh.allowedSignersFile", str(home / "allowed"))
    return home


@pytest.fixture
def gpg(monkeypatch):
    # Not in tmp_path: the agent's socket must have a short name.
    folder = Path(tempfile.mkdtemp(prefix="gpg", dir="/tmp"))
    monkeypatch.setenv("GNUPGHOME", str(folder))
    quiet = ["gpg", "--batch", "--quiet", "--passphrase", ""]
    subprocess.run(
        [*quiet, "--quick-gen-key", "A User <user@example.com>", "ed25519"], check=True, capture_output=True
    )
    yield folder
    subprocess.run(["gpgconf", "--kill", "all"], check=True)
    shutil.rmtree(folder)


def test_unsigned_unless_configured(repo):
    program(repo, "exit 1")
    repo.git("config", "commit.gpgSign", "false")
    check(repo)
    assert all("gpgsig" not in repo.git("cat-file", "commit", commit) for commit in write(repo))


def test_ssh_key(repo, ssh):
    check(repo)
    for commit in write(repo):
        repo.git("verify-commit", commit)


def test_gpg_key(repo, gpg):
    repo.git("config", "commit.gpgSign", "true")
    check(repo)
    for commit in write(repo):
        repo.git("verify-commit", commit)


def test_x509_program(repo):
    program(repo, "cat >/dev/null\necho '\n[GNUPG:] SIG_CREATED x' >&2\necho signed", "gpg.x509.program")
    repo.git("config", "gpg.format", "x509")
    check(repo)
    assert all("gpgsig signed" in repo.git("cat-file", "commit", commit) for commit in write(repo))


def test_signature_shown_in_logs_by_configuration_is_not_read_as_a_commit(repo, ssh):
    repo.git("config", "log.showSignature", "true")
    ids = write(repo)
    assert [commit.id for commit in Repository.discover(repo.root).log("main", BRANCH)] == ids[::-1]


def test_check_leaves_no_object(repo, ssh):
    before, objects = repo.picture(), repo.git("count-objects", "-v")
    check(repo)
    assert (repo.picture(), repo.git("count-objects", "-v")) == (before, objects)


@pytest.mark.parametrize("action", [check, write])
def test_key_that_is_missing(repo, ssh, action):
    (ssh / "key").unlink()
    (ssh / "key.pub").unlink()
    assert "could not be signed" in refused(repo, action).message


@pytest.mark.parametrize("action", [check, write])
def test_key_with_a_passphrase_and_no_agent(repo, ssh, action):
    subprocess.run(["ssh-keygen", "-q", "-p", "-P", "", "-N", "secret", "-f", str(ssh / "key")], check=True)
    assert "ssh-add" in refused(repo, action, seconds=3.0).help


@pytest.mark.parametrize("action", [check, write])
def test_program_that_hangs_is_stopped_with_all_that_it_started(repo, action):
    program(repo, "echo $$ >pid\nsleep 300 &\necho $! >>pid\nwait")
    refs = repo.refs()
    with pytest.raises(IdentityError, match="signing a commit took more than"):
        action(repo, seconds=0.5)
    assert repo.refs() == refs
    pids = [int(line) for line in (repo.root / "pid").read_text().split()]
    wait_until(lambda: not any(_runs(pid) for pid in pids))


def test_interrupted_while_a_key_is_waited_for(repo):
    program(repo, "echo $$ >pid\nsleep 300 &\necho $! >>pid\nwait")
    script = (
        "import signal, sys; from pathlib import Path; from migrate_dhi.git.repository import Repository\n"
        # What runs in the background of a script has it ignored, and hands that on.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"Repository.discover(Path(sys.argv[1])).check_writable({BRANCH!r}, [])"
    )
    refs = repo.refs()
    child = subprocess.Popen([sys.executable, "-c", script, str(repo.root)], stderr=subprocess.PIPE)
    wait_until(lambda: (repo.root / "pid").exists() and (repo.root / "pid").read_text().count("\n") == 2)
    child.send_signal(signal.SIGINT)
    assert b"KeyboardInterrupt" in child.communicate(timeout=20)[1]
    pids = [int(line) for line in (repo.root / "pid").read_text().split()]
    wait_until(lambda: not any(_runs(pid) for pid in pids))
    assert repo.refs() == refs


def test_program_that_fails_at_the_second_commit_publishes_nothing(repo):
    program(
        repo,
        "cat >/dev/null\n[ -e once ] && exit 1\ntouch once\necho '\n[GNUPG:] SIG_CREATED x' >&2\necho signed",
    )
    refs = repo.refs()
    with pytest.raises(IdentityError):
        write(repo)
    assert (repo.refs(), (repo.root / "once").exists()) == (refs, True)


def test_branch_that_someone_makes_while_we_sign(repo):
    program(repo, f"cat >/dev/null\ngit branch {BRANCH}\necho '\n[GNUPG:] SIG_CREATED x' >&2\necho signed")
    with pytest.raises(Exception, match="meanwhile") as caught:
        write(repo)
    assert (type(caught.value).__name__, caught.value.exit_code) == ("RaceLostError", 1)
    assert repo.git("rev-parse", BRANCH) == repo.git("rev-parse", "main")


def wait_until(happened, seconds=10.0) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_this_process_keeps_its_environment(repo, ssh, monkeypatch):
    monkeypatch.setenv("GIT_NAMESPACE", "mine")
    before = dict(os.environ)
    check(repo)
    assert dict(os.environ) == before
