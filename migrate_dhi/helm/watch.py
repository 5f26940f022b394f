"""Calls of the engine under control: in a thread of its own, with a limit on time and on memory.

The engine cannot be stopped from outside while it works, and a signal that arrives meanwhile is handled only when
the call returns. So the caller waits while one thread works (the engine releases Python's lock): it sees Ctrl-C at
once, and looks at the clock and at the memory of the process. What takes too much is *abandoned*: the thread works
on until the process ends, which then must not wait for it (:func:`abandoned`).

What the engine writes to file descriptor 2 can be told to be of one call only where that is made alone: the
redirection is the whole process's. So two calls work at a time only where nothing is written. To hand a call over
costs 20 microseconds.
"""

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import Any, BinaryIO, Generic, TypeVar, cast

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
    (outcome,), notices = _guarded([call], seconds, what)
    return outcome.given(), notices


def side_by_side(
    calls: Sequence[Callable[[], _Result]],
    *,
    seconds: float,
    what: str,
    tells: Callable[[Sequence[str]], object],
) -> list[_Result | None]:
    """The results of several calls, two at a time; None for those that fail, and for those that are to be made alone.

    Those are all of them where a line that one wrote to file descriptor 2 tells anything, since nothing says which
    call it is of, and then of this process all that come later; and where there is no second processor for them.

    Raises:
        LimitError: as :func:`watched`.
    """
    if len(calls) < 2 or not in_pairs():
        return [None] * len(calls)
    outcomes, notices = _guarded(calls, seconds, what)
    _state.one_by_one = bool(tells(notices))
    return [None if _state.one_by_one or outcome.errors else outcome.given() for outcome in outcomes]


def in_pairs() -> bool:
    """Whether two calls may work at a time, so that it is worth preparing several."""
    return not _state.one_by_one and _processors() > 1


def alone() -> None:
    """Have every call of this process made alone, as one of several processes that share the machine does."""
    _state.one_by_one = True


def abandoned() -> bool:
    """Whether a call was given up that still works: the process has to leave without waiting for it."""
    return _state.abandoned and bool(_state.working)


class _Outcome(Generic[_Result]):
    """A call, when it began, and how it ended."""

    def __init__(self, call: Callable[[], _Result]) -> None:
        self.call = call
        self.began = 0.0
        self.results: list[_Result] = []
        self.errors: list[BaseException] = []
        self.done = Event()

    def work(self) -> None:
        """Make the call; one that waited while another of its company was given up is not made any more."""
        self.began = time.monotonic()
        try:
            if not _state.abandoned:
                self.results.append(self.call())
        except BaseException as error:  # noqa: BLE001 - it is raised where the call was asked for
            self.errors.append(error)
        finally:
            _state.working.discard(self)
            self.done.set()

    def given(self) -> _Result:
        """The result; raises what the call did."""
        if self.errors:
            raise self.errors[0]
        return self.results[0]


class _State:
    """The threads of this process, and what they do."""

    def __init__(self) -> None:
        self.queue: SimpleQueue[_Outcome[Any]] = SimpleQueue()
        self.threads = 0
        self.working: set[_Outcome[Any]] = set()
        self.abandoned = False
        self.one_by_one = False
        self.reason = LimitError("")

    def work(self) -> None:
        """Make one call after the other, as long as the process lives."""
        while True:
            self.queue.get().work()


_state = _State()
_one_at_a_time = Lock()


@cache
def _processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _guarded(
    calls: Sequence[Callable[[], _Result]], seconds: float, what: str
) -> tuple[list[_Outcome[_Result]], list[str]]:
    with _one_at_a_time, _captured_stderr() as notices:
        if abandoned():
            # It still takes what this call would need; whoever passed over that error has it once more.
            raise LimitError(_state.reason.message, help=_state.reason.help)
        _state.abandoned = False
        try:
            outcomes = _watched(calls, seconds, what)
        except BaseException as error:
            _state.abandoned = bool(_state.working)
            _state.reason = error if isinstance(error, LimitError) else LimitError("interrupted")
            raise
    return outcomes, notices


def _watched(calls: Sequence[Callable[[], _Result]], seconds: float, what: str) -> list[_Outcome[_Result]]:
    while _state.threads < min(len(calls), 2):
        Thread(target=_state.work, name="helm", daemon=True).start()
        _state.threads += 1
    most = resident() + _most_memory()
    outcomes = [_Outcome(call) for call in calls]
    _state.working.update(outcomes)
    for outcome in outcomes:
        _state.queue.put(outcome)
    for outcome in outcomes:
        while not outcome.done.wait(_TICK):
            if any(one.began and time.monotonic() > one.began + seconds for one in [*_state.working]):
                raise LimitError(
                    f"{what} takes more than {seconds:g} seconds",
                    help="see with `helm template` whether it ends at all; "
                    "--render-timeout SECONDS gives it more time",
                )
            if resident() > most:
                raise LimitError(
                    f"{what} takes more than {_most_memory() // 1024**2} MiB of memory",
                    help="see with `helm template` what becomes so large: a template that repeats without end, "
                    "or values",
                )
    return outcomes


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
