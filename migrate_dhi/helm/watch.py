"""Calls of the engine under control: in a thread of its own, with a limit on time and on memory.

The engine cannot be stopped from outside while it works, and a signal that arrives meanwhile is handled only when
the call returns. So the caller waits while one thread works (the engine releases Python's lock): it sees Ctrl-C at
once, and looks at the clock and at the memory of the process. What takes too much is *abandoned*: the thread works
on until the process ends, which then must not wait for it (:func:`abandoned`).

All calls go through one thread, so that what the engine writes to file descriptor 2 is of one call alone: the
redirection is the whole process's. To hand a call over costs 20 microseconds.
"""

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import BinaryIO, TypeVar, cast

from migrate_dhi.errors import LimitError

_Result = TypeVar("_Result")

MOST_MEMORY = 1024**3
"""Bytes by which the process may grow in one call; of a small machine's memory half as much."""

# How often clock and memory are looked at: a template fills some 50 MB in that time.
_TICK = 0.05


def watched(call: Callable[[], _Result], *, seconds: float, what: str) -> tuple[_Result, list[str]]:
    """The result of a call of the engine, and the lines that it wrote to file descriptor 2.

    Args:
        call: what is called; what it raises is raised here.
        seconds: the time that it may take.
        what: what is done, for people: ``the render``.

    Raises:
        LimitError: it takes too much time or memory, or an earlier call did, and still does.
    """
    with _one_at_a_time, _captured_stderr() as notices:
        if abandoned():
            # It still takes what this call would need; whoever passed over that error has it once more.
            raise LimitError(_state.reason.message, help=_state.reason.help)
        try:
            result = _watched(call, seconds, what)
        except BaseException as error:
            _state.abandoned = _state.working
            _state.reason = error if isinstance(error, LimitError) else LimitError("interrupted")
            raise
    return result, notices


def abandoned() -> bool:
    """Whether a call was given up that still works: the process has to leave without waiting for it."""
    return _state.abandoned and _state.working


class _State:
    """The thread of this process, and what it does."""

    def __init__(self) -> None:
        self.queue: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.started = False
        self.working = False
        self.abandoned = False
        self.reason = LimitError("")

    def work(self) -> None:
        """Do one call after the other, as long as the process lives."""
        while True:
            self.queue.get()()


_state = _State()
_one_at_a_time = Lock()


def _watched(call: Callable[[], _Result], seconds: float, what: str) -> _Result:
    if not _state.started:
        Thread(target=_state.work, name="helm", daemon=True).start()
        _state.started = True
    results: list[_Result] = []
    errors: list[BaseException] = []
    done = Event()

    def work() -> None:
        try:
            results.append(call())
        except BaseException as error:  # noqa: BLE001 - it is raised where the call was asked for
            errors.append(error)
        finally:
            _state.working = False
            done.set()

    end = time.monotonic() + seconds
    most = resident() + _most_memory()
    _state.working = True
    _state.queue.put(work)
    while not done.wait(_TICK):
        if time.monotonic() > end:
            raise LimitError(
                f"{what} takes more than {seconds:g} seconds",
                help="see with `helm template` whether it ends at all; --render-timeout SECONDS gives it more time",
            )
        if resident() > most:
            raise LimitError(
                f"{what} takes more than {_most_memory() // 1024**2} MiB of memory",
                help="see with `helm template` what becomes so large: a template that repeats without end, or values",
            )
    if errors:
        raise errors[0]
    return results[0]


def _most_memory() -> int:
    try:
        return min(MOST_MEMORY, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2)
    except (AttributeError, ValueError, OSError):
        return MOST_MEMORY


def resident() -> int:
    """The memory of this process in bytes: now, on Linux; at its most so far, on other systems that tell it; else 0."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - twenty times a second
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return _peak()


def _peak() -> int:
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return 0
    # macOS tells bytes, and it is the only one of those without /proc that the engine is built for.
    return int(getattr(resource, "getrusage")(getattr(resource, "RUSAGE_SELF")).ru_maxrss)  # noqa: B009


@contextlib.contextmanager
def _captured_stderr() -> Iterator[list[str]]:
    """Collect what is written to file descriptor 2 in this block."""
    notices: list[str] = []
    saved, sink = os.dup(2), _sink()
    try:
        os.dup2(sink.fileno(), 2)
        try:
            yield notices
        finally:
            os.dup2(saved, 2)
            # At the end of what was written: the two descriptors are of one open file.
            if sink.seek(0, os.SEEK_CUR):
                sink.seek(0)
                notices.extend(sink.read().decode("utf-8", "replace").splitlines())
                sink.seek(0)
                sink.truncate()
    finally:
        os.close(saved)


@cache
def _sink() -> BinaryIO:
    """A file without a name, one for all calls of this process: only one call at a time writes to it."""
    return cast("BinaryIO", tempfile.TemporaryFile(buffering=0))
