"""Calls of the engine under control: in threads of their own, with a limit on time and on memory.

The engine cannot be stopped from outside while it works, and a signal that arrives meanwhile is handled only when
the call returns. So the caller waits while a thread works (the engine releases Python's lock): it sees Ctrl-C at
once, and looks at the clock and at the memory of the process. What takes too much is *abandoned*: the thread works
on until the process ends, which then must not wait for it (:func:`abandoned`).

A call whose result is wanted later is *begun* (:func:`begin`): it works while the caller goes on, beside the one that
the caller waits for. What the engine writes to file descriptor 2 can be told to be of one call only where that works
alone, since the redirection is the whole process's: where calls that worked at a time have written something, they
are made once more, one by one. Until what was begun has ended (:func:`settled`) the descriptor is not the caller's.
To hand a call over costs 20 microseconds.
"""

import contextlib
import os
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from queue import SimpleQueue
from threading import Event, Lock, RLock, Thread
from typing import Any, BinaryIO, Generic, TypeVar, cast

from migrate_dhi.errors import LimitError
from migrate_dhi.regex import regex

_Result = TypeVar("_Result")

MOST_MEMORY = 1024**3
"""Bytes by which the process may grow in one call; of a small machine's memory half as much."""

# How often clock and memory are looked at: a template fills some 50 MB in that time.
_TICK = 0.05
# How old the measure of what the process has before a call may be: small renders take a millisecond.
_RECENT = 0.5
# Go's log puts the time in front: the same plan would read differently each time.
_STAMP = regex(r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d+)? ")


def evidence(lines: Sequence[str]) -> tuple[str, ...]:
    """The notices that are evidence: one line per symbolic link of the scratch copy is not."""
    plain = (_STAMP.sub("", line).strip() for line in lines)
    return tuple(dict.fromkeys(line for line in plain if line and "symbolic link" not in line))


def watched(call: Callable[[], _Result], *, seconds: float, what: str) -> tuple[_Result, tuple[str, ...]]:
    """The result of a call of the engine, and the evidence that it wrote to file descriptor 2.

    Args:
        call: what is called, and called again where something was written while it had company; what it raises is
            raised here.
        seconds: the time that it may take.
        what: what is done, for people: ``the render``.

    Raises:
        LimitError: it takes too much time or memory, or an earlier call did, and still does.
    """
    with _state.lock:
        if abandoned():
            # It still takes what this call would need; whoever passed over that error has it once more.
            raise LimitError(_state.reason.message, help=_state.reason.help)
        outcome = _Call(call, seconds, what)
        with _all_given_up_on_error():
            _state.add(outcome)
            _state.hand_over(outcome)
            notices = _waited_for(outcome)
    if outcome.spoiled:
        return watched(call, seconds=seconds, what=what)
    return outcome.given(), notices


class Begun(Generic[_Result]):
    """A call that works while the caller goes on."""

    def __init__(self, outcome: "_Call[_Result]") -> None:
        self._outcome = outcome

    def result(self) -> _Result | None:
        """Its result once it has ended; None where it is to be made alone, as what fails or writes something is.

        Raises LimitError as :func:`watched` does.
        """
        outcome = self._outcome
        with _state.lock:
            if outcome in _state.company:
                with _all_given_up_on_error():
                    if _state.dequeued(outcome):
                        # It goes before all that is not asked for so far.
                        _state.hand_over(outcome)
                    if not outcome.done.is_set():
                        _state.hand_over_next()
                    if _waited_for(outcome):
                        outcome.spoiled = _state.one_by_one = True
        return outcome.results[0] if outcome.results and not outcome.spoiled else None


def begin(call: Callable[[], _Result], *, seconds: float, what: str) -> Begun[_Result] | None:
    """Have a call made while the caller goes on, one after the other; takes what :func:`watched` takes.

    None where it is to be made alone: there is no second processor for it, a call of this process has written
    something while it had company, or one that was given up still works.
    """
    with _state.lock:
        if not in_pairs() or abandoned():
            return None
        outcome = _Call(call, seconds, what)
        _state.add(outcome)
        _state.enqueue(outcome)
        return Begun(outcome)


@contextlib.contextmanager
def settled() -> Iterator[None]:
    """See to it that nothing that is begun in this block works after it; raises LimitError as :func:`watched` does.

    What is interrupted waits for nothing: it abandons what works.
    """
    try:
        yield
    except Exception:
        _settle()
        raise
    except BaseException:
        with _state.lock:
            _give_up(LimitError("interrupted"))
        raise
    _settle()


def in_pairs() -> bool:
    """Whether two calls may work at a time, so that it is worth beginning one."""
    return not _state.one_by_one and _processors() > 1


def alone() -> None:
    """Have every call of this process made alone, as one of several processes that share the machine does."""
    _state.one_by_one = True


def abandoned() -> bool:
    """Whether a call was given up that still works: the process has to leave without waiting for it."""
    return _state.abandoned and bool(_state.working)


class _Call(Generic[_Result]):
    """A call, when it began, and how it ended; ``spoiled``: what it wrote may be of another one."""

    def __init__(self, call: Callable[[], _Result], seconds: float, what: str) -> None:
        self.call = call
        self.seconds = seconds
        self.what = what
        self.began = 0.0
        self.results: list[_Result] = []
        self.errors: list[BaseException] = []
        self.spoiled = False
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
            _state.next_begun(self)

    def given(self) -> _Result:
        """The result; raises what the call did."""
        if self.errors:
            raise self.errors[0]
        return self.results[0]


class _State:
    """The threads of this process, and what they do.

    ``company`` are the calls of which nobody has looked yet at what they wrote: as long as there is one, file
    descriptor 2 leads to a file. ``waiting`` are those of them that were begun, and that no thread has yet;
    ``begun`` is the one that a thread has.
    """

    def __init__(self) -> None:
        self.lock = RLock()
        self.queue: SimpleQueue[_Call[Any]] = SimpleQueue()
        self.threads = 0
        self.working: set[_Call[Any]] = set()
        self.company: list[_Call[Any]] = []
        self.waiting: deque[_Call[Any]] = deque()
        self.begun: _Call[Any] | None = None
        self._of_begun = Lock()
        self.descriptor: int | None = None
        self.most, self.measured = 0, -_RECENT
        self.abandoned = False
        self.one_by_one = False
        self.reason = LimitError("")

    def work(self) -> None:
        """Make one call after the other, as long as the process lives."""
        while True:
            self.queue.get().work()

    def add(self, outcome: _Call[Any]) -> None:
        """Take a call into the company; it may be made from now on."""
        self.abandoned = False
        if self.descriptor is None:
            self.descriptor = os.dup(2)
            os.dup2(_sink().fileno(), 2)
            if time.monotonic() > self.measured + _RECENT:
                self.most, self.measured = resident() + _most_memory(), time.monotonic()
        self.company.append(outcome)

    def hand_over(self, outcome: _Call[Any]) -> None:
        """Give a call to a thread."""
        while self.threads < min(len(self.working) + 1, 2):
            Thread(target=self.work, name="helm", daemon=True).start()
            self.threads += 1
        self.working.add(outcome)
        self.queue.put(outcome)

    def enqueue(self, outcome: _Call[Any]) -> None:
        """Have a call made once no other one that was begun works: the second thread is the caller's."""
        with self._of_begun:
            if self.begun:
                self.waiting.append(outcome)
                return
            self.begun = outcome
        self.hand_over(outcome)

    def hand_over_next(self) -> None:
        """Have the next call made that was begun, beside the one that the caller waits for."""
        with self._of_begun:
            if len(self.working) > 1 or not self.waiting:
                return
            following = self.waiting.popleft()
        self.hand_over(following)

    def dequeued(self, outcome: _Call[Any]) -> bool:
        """Whether a call waits; it does no more."""
        with self._of_begun:
            if outcome not in self.waiting:
                return False
            self.waiting.remove(outcome)
            return True

    def next_begun(self, ended: _Call[Any]) -> None:
        """Have the next call made that was begun, where this one was."""
        with self._of_begun:
            if ended is not self.begun:
                return
            self.begun = self.waiting.popleft() if self.waiting else None
            if self.begun:
                self.working.add(self.begun)
                self.queue.put(self.begun)

    def forget(self) -> None:
        """Make none of the calls that no thread has yet."""
        with self._of_begun:
            self.company = [one for one in self.company if one not in self.waiting]
            self.waiting.clear()

    def written(self) -> list[str]:
        """What was written since somebody looked; where no call works, descriptor 2 is given back."""
        if self.descriptor is None:
            return []
        sink = _sink()
        # Where the two descriptors stand, as those of one open file: what is behind was read before.
        size = sink.tell()
        if not self.company:
            os.dup2(self.descriptor, 2)
            os.close(self.descriptor)
            self.descriptor = None
        if not size:
            return []
        sink.seek(0)
        lines = sink.read(size).decode("utf-8", "replace").splitlines()
        sink.seek(0)
        return lines


_state = _State()


@cache
def _processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _waited_for(outcome: _Call[Any]) -> tuple[str, ...]:
    """Wait for the end of a call; the evidence that it wrote, or none where it is spoiled."""
    _wait(outcome)
    company = [*_state.company]
    _state.company = [one for one in company if not one.done.is_set()]
    notices = evidence(_state.written())
    if not notices or len(company) == 1:
        return notices
    _state.one_by_one = True
    _state.forget()
    for one in company:
        one.spoiled = True
    for one in [*_state.company]:
        _wait(one)
    _state.company.clear()
    _state.written()
    return ()


def _wait(outcome: _Call[Any]) -> None:
    while not outcome.done.wait(_TICK):
        now = time.monotonic()
        for one in [*_state.working]:
            if one.began and now > one.began + one.seconds:
                raise LimitError(
                    f"{one.what} takes more than {one.seconds:g} seconds",
                    help="see with `helm template` whether it ends at all; "
                    "--render-timeout SECONDS gives it more time",
                )
        if resident() > _state.most:
            raise LimitError(
                f"{outcome.what} takes more than {_most_memory() // 1024**2} MiB of memory",
                help="see with `helm template` what becomes so large: a template that repeats without end, or values",
            )


def _settle() -> None:
    with _state.lock, _all_given_up_on_error():
        _state.forget()
        for one in [*_state.company]:
            if one in _state.company:
                _waited_for(one)


@contextlib.contextmanager
def _all_given_up_on_error() -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        _give_up(error if isinstance(error, LimitError) else LimitError("interrupted"))
        raise


def _give_up(reason: LimitError) -> None:
    """Wait for nothing any more: what works is abandoned."""
    _state.forget()
    _state.abandoned = bool(_state.working)
    _state.reason = reason
    for one in _state.company:
        one.spoiled = True
    _state.company.clear()
    _state.written()


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


@cache
def _sink() -> BinaryIO:
    """A file without a name, one for all calls of this process."""
    return cast("BinaryIO", tempfile.TemporaryFile(buffering=0))
