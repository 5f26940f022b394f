"""Runs the git commands that write, read back and undo branches."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from migrate_dhi.errors import WriteError
from migrate_dhi.git.locks import lock_help
from migrate_dhi.git.run import OPTIONS, Output, popen


class OutOfTimeError(Exception):
    """A command with a time limit was stopped; never reaches the user as it is."""


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
    with popen(root, args, options=options, variables=variables or {}, apart=True) as process:
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
