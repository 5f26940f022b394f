"""Runs the git commands that write, read back and undo branches, through GitPython's command interface.

GitPython's own object database and index are not used: they ignore filters and signing, do not know every
index format, and take time with the size of the repository. GitPython is imported on the first call.
"""

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from migrate_dhi.errors import WriteError
from migrate_dhi.git.locks import lock_help
from migrate_dhi.git.run import FIXED, MISLEADING, OPTIONS, Output, no_git

_ENVIRONMENT = threading.Lock()


class OutOfTimeError(Exception):
    """A command with a time limit was stopped; never reaches the user as it is."""


@contextmanager
def _without_misleading_variables() -> Iterator[None]:
    # GitPython copies os.environ and can only add to it, so what must go has to go from there, for the
    # moment in which the process starts.
    with _ENVIRONMENT:
        removed = {name: os.environ.pop(name) for name in MISLEADING if name in os.environ}
        try:
            yield
        finally:
            os.environ.update(removed)


def _stop(process: subprocess.Popen[bytes]) -> None:
    # SIGTERM lets git remove its lock files. The whole group is then killed, for the signing program that
    # git started would go on waiting.
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def do(
    root: Path,
    *args: str,
    stdin: bytes = b"",
    accept: Sequence[int] = (0,),
    seconds: float | None = None,
    variables: Mapping[str, str] | None = None,
    options: Sequence[str] = OPTIONS,
) -> Output:
    """Run one git command in the directory `root`, which may write.

    It runs in a session of its own: a signing program cannot read the terminal that the program draws on.

    Args:
        root: the directory that git starts in.
        args: the command and its arguments, without ``git`` and global options.
        stdin: what the command reads.
        accept: the exit statuses that are an answer.
        seconds: the time limit, or None for none.
        variables: further environment variables.
        options: global options of git.

    Raises:
        RepositoryError: git cannot be started.
        WriteError: git ended with another status.
        OutOfTimeError: the time limit was reached; the command and all that it started are stopped.
    """
    # Held while it runs: GitPython ends a process whose holder is gone.
    holder = _started(root, (*options, *args), {**FIXED, **(variables or {})})
    process: subprocess.Popen[bytes] = holder.proc
    try:
        stdout, stderr = process.communicate(stdin, timeout=seconds)
    except subprocess.TimeoutExpired as error:
        _stop(process)
        raise OutOfTimeError from error
    except BaseException:
        _stop(process)
        raise
    output = Output(process.returncode, stdout, os.fsdecode(stderr))
    if output.status not in accept:
        raise WriteError(
            f"git {args[0]} failed: {output.complaint}", where=str(root), help=lock_help(root, output.stderr)
        )
    return output


def _started(root: Path, args: Sequence[str], variables: Mapping[str, str]) -> Any:
    if not root.is_dir():
        # GitPython would run the command in the current directory.
        raise no_git(root, FileNotFoundError())
    try:
        # Without git on the PATH already the import fails.
        from git import Git  # noqa: PLC0415 - 55 ms
        from git.exc import GitCommandNotFound  # noqa: PLC0415
    except ImportError as error:
        raise no_git(root, FileNotFoundError() if shutil.which("git") is None else error) from error
    try:
        with _without_misleading_variables():
            return Git(root).execute(
                ["git", *args],
                as_process=True,
                istream=subprocess.PIPE,
                env=dict(variables),
                start_new_session=True,
            )
    except GitCommandNotFound as error:
        raise no_git(root, FileNotFoundError()) from error
    except OSError as error:
        raise no_git(root, error) from error
