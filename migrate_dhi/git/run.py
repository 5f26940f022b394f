"""Runs the git command for read-only questions, in an environment that cannot mislead it.

Questions go through ``subprocess`` and not through GitPython, because planning needs them and importing
GitPython costs more (about 55 ms) than all questions of a plan together. What writes a branch, reads its
history back or undoes it goes through :mod:`migrate_dhi.git.plumbing`, which has the same signature.
Nothing here needs a newer Git than 2.30.
"""

import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from migrate_dhi.errors import RepositoryError
from migrate_dhi.record import record

OPTIONS = (
    "--no-replace-objects",
    "--literal-pathspecs",
    "-c",
    "core.quotePath=off",
    # A file system monitor would start a daemon that outlives this program.
    "-c",
    "core.fsmonitor=false",
)
"""Global options of every call: no replacements, no pathspec magic, no daemon."""

# What points git at another repository, index or object store than the one found from the directory
# (a hook or an alias sets some of these). The list of `git rev-parse --local-env-vars`, less the
# configuration that a user may pass in the environment (`git -c`, GIT_CONFIG_COUNT), which is meant.
MISLEADING = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_ATTR_SOURCE",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_DIR",
    "GIT_EXTERNAL_DIFF",
    "GIT_GLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
)
"""Variables that are removed from the environment of every call."""

FIXED = {
    "LC_ALL": "C",
    "LANGUAGE": "C",
    # Questions do not rewrite the index to refresh it.
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_GRAFT_FILE": os.devnull,
}
"""Variables that are set in the environment of every call."""

_ENDING = 0.5  # seconds; Ctrl-C is not to wait for a Git that waits for a network


@record
class Output:
    """What one git command gave: exit status, bytes of stdout, text of stderr."""

    status: int
    stdout: bytes
    stderr: str

    @property
    def text(self) -> str:
        """Stdout as text without its last line end; bytes that are no UTF-8 survive a way back."""
        return os.fsdecode(self.stdout).removesuffix("\n")

    @property
    def lines(self) -> list[str]:
        """Stdout as lines; only a line feed ends one, since names may hold all else that Python splits at."""
        return self.text.split("\n") if self.stdout else []

    @property
    def fields(self) -> list[str]:
        """Stdout of a command with ``-z``: the texts between the NUL bytes."""
        return [os.fsdecode(field) for field in self.stdout.split(b"\0")[:-1]]

    @property
    def complaint(self) -> str:
        """What Git complains of, for people only: its first error, else its last line, else the status."""
        lines = [line.strip() for line in self.stderr.splitlines() if line.strip()]
        # A hint is no reason: Git gives one of its own accord, as about the graft file of FIXED.
        lines = [line for line in lines if not line.startswith("hint:")]
        errors = [line for line in lines if line.startswith(("error: ", "fatal: "))]
        chosen = errors[0].partition(" ")[2] if errors else lines[-1] if lines else ""
        return chosen or f"exit status {self.status}"


def ask(root: Path, *args: str, stdin: bytes = b"", accept: Sequence[int] = (0,)) -> Output:
    """Run one read-only git command in the directory `root`.

    Args:
        root: the directory that git starts in.
        args: the command and its arguments, without ``git`` and global options.
        stdin: what the command reads.
        accept: the exit statuses that are an answer.

    Raises:
        RepositoryError: git is not installed, or ended with another status.
    """
    with _started(root, args) as process:
        return _output(root, args, process, stdin, accept)


def ask_all(root: Path, *questions: Sequence[str], accept: Sequence[int] = (0,)) -> list[Output]:
    """Run several read-only git commands side by side; their outputs, as :func:`ask` gives them for each."""
    with ExitStack() as stack:
        running = [(args, stack.enter_context(_started(root, args))) for args in questions]
        return [_output(root, args, process, accept=accept) for args, process in running]


class Batch:
    """One ``git cat-file`` that answers for one object after the other; where many are asked for, one by one.

    Args:
        root: the directory that git starts in.
        content: whether the contents are wanted, or their sizes alone.
    """

    def __init__(self, root: Path, *, content: bool) -> None:
        self._content = content
        self._root = root
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, names: Iterable[str]) -> Iterator[bytes]:
        """The answer for each object, as ``git cat-file`` writes it; raises RepositoryError where git ends."""
        process = self._process or _popen(
            self._root, ("cat-file", "--batch" if self._content else "--batch-check")
        )
        self._process = process
        if process.stdin is None or process.stdout is None:
            raise AssertionError("its streams are pipes")
        for name in names:
            try:
                process.stdin.write(f"{name}\n".encode())
                process.stdin.flush()
                head = process.stdout.readline()
                size = int(head.split(b" ")[2]) + 1 if self._content and head.count(b" ") > 1 else 0
                yield head + process.stdout.read(size)
            except OSError:
                head = b""
            if not head:
                self.close()
                raise RepositoryError("git cat-file ended", where=str(self._root))

    def close(self) -> None:
        """End the process, if there is one: by itself as its input ends, or where it does not answer by force."""
        process, self._process = self._process, None
        if process:
            try:
                process.communicate(timeout=_ENDING)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()


def no_git(root: Path, error: Exception) -> RepositoryError:
    """The error where git could not even be started."""
    if not root.is_dir():
        return RepositoryError("this directory is gone", where=str(root), help="go to one that exists")
    if isinstance(error, FileNotFoundError):
        return RepositoryError("git is not installed", help="install Git and run this again")
    reason = getattr(error, "strerror", None) or str(error).strip().partition("\n")[0]
    return RepositoryError(
        f"git cannot be run ({reason})", help="mend what PATH finds as git (see: git --version)"
    )


@contextmanager
def _started(root: Path, args: Sequence[str]) -> "Iterator[subprocess.Popen[bytes]]":
    """A git command that runs; it is ended where whoever waits for it is interrupted."""
    process = _popen(root, args)
    with process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def _popen(root: Path, args: Sequence[str]) -> "subprocess.Popen[bytes]":
    environment = {name: value for name, value in os.environ.items() if name not in MISLEADING} | FIXED
    pipe = subprocess.PIPE
    try:
        return subprocess.Popen(
            ["git", *OPTIONS, *args],  # noqa: S607 - the user's git, found as the user finds it
            cwd=root,
            env=environment,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
        )
    except OSError as error:
        raise no_git(root, error) from error


def _output(
    root: Path,
    args: Sequence[str],
    process: "subprocess.Popen[bytes]",
    stdin: bytes = b"",
    accept: Sequence[int] = (0,),
) -> Output:
    stdout, stderr = process.communicate(stdin)
    output = Output(process.returncode, stdout, os.fsdecode(stderr))
    if output.status not in accept:
        raise RepositoryError(f"git {args[0]} failed: {output.complaint}", where=str(root))
    return output
