"""How the process meets the system: streams that are closed, a request to end, and what the system refuses."""

import atexit
import errno
import gc
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from migrate_dhi import __version__
from migrate_dhi.errors import InvalidChartError, MigrateDhiError, NotReadyError, WriteError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}
_REFUSED = {
    errno.EACCES,
    errno.EPERM,
    errno.EISDIR,
    errno.ENOTDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.EMFILE,
    errno.ENFILE,
}


# Objects that come to life between two collections of the youngest: more than a small plan makes in all.
_RARE = 100_000


def prepare() -> None:
    """Give each closed stream a null device, let a request to end clean up as Ctrl-C does, collect garbage rarely."""
    # What the imports make is never garbage, and to look through it 80 times takes 9 ms.
    gc.set_threshold(_RARE, *gc.get_threshold()[1:])
    # In the order of the descriptors: each file that is opened takes the lowest free one, which is its own.
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115 - as long as the process
            os.set_inheritable(stream.fileno(), True)
            setattr(sys, name, stream)
    # The terminal that is closed (SIGHUP) wants the same; under nohup it is ignored.
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _interrupt)
    sys.unraisablehook = _quiet_interrupt


def must_not_wait() -> bool:
    """Whether the engine still works on what was given up; then scratch is removed here, and the process is to end.

    The interpreter would wait for nobody, but would run into the engine while it takes itself down.
    """
    watch = sys.modules.get("migrate_dhi.helm.watch")
    if watch is None or not watch.abandoned():
        return False
    # What is left to be removed at the end: no one does it when the process ends by force.
    atexit._run_exitfuncs()  # noqa: SLF001 - what the interpreter itself would call
    return True


def settle(code: int) -> int:
    """Write out what is buffered, and return the exit code: 1 instead of 0 where the system takes no more.

    What it refuses is thrown away here: the interpreter would try once more as it leaves, and exit with 120.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            sink = os.open(os.devnull, os.O_WRONLY)
            os.dup2(sink, stream.fileno())
            os.close(sink)
            code = code or 1
    # Else the interpreter looks for cycles among all objects while it takes them down one by one: 15 ms for nothing.
    gc.freeze()
    return code


def told(error: Exception) -> MigrateDhiError:
    """What no part of the program expected, as an error for people: a refusal of the system, else a bug.

    With ``MIGRATE_DHI_DEBUG`` its traceback is printed here, in the process that it is of.
    """
    if os.environ.get("MIGRATE_DHI_DEBUG"):
        from migrate_dhi.ui import console  # noqa: PLC0415 - for bugs alone

        console.print_trace(error)
    if isinstance(error, OSError) and error.errno in _FULL:
        return WriteError(
            f"the system takes no more output: {error.strerror}",
            where=str(error.filename2 or error.filename or ""),
            help="free some space, or name another folder for scratch files with TMPDIR, and run this again",
            state="a branch is complete or was not written: `migrate-dhi status` shows which",
        )
    if isinstance(error, OSError) and error.errno in _REFUSED:
        return NotReadyError(
            f"the system refuses it: {error.strerror}",
            where=str(error.filename or ""),
            help="mend what is there, or its permissions",
        )
    if isinstance(error, RecursionError):
        return InvalidChartError(
            "the values or the manifests are nested too deeply to be read", help="nest them less"
        )
    import traceback  # noqa: PLC0415 - for bugs alone

    place = traceback.extract_tb(error.__traceback__)[-1]
    return MigrateDhiError(
        f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})",
        help=f"this is a bug in migrate-dhi {__version__}; MIGRATE_DHI_DEBUG=1 shows more; please report it",
        state="no branch was changed unless it is named above",
    )


def _quiet_interrupt(problem: "sys.UnraisableHookArgs") -> None:
    """Ctrl-C in a callback of the interpreter is lost there; it needs no traceback."""
    if not isinstance(problem.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(problem)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
