"""Many tasks side by side, in processes of their own, each of which may end without harm to the others.

The Helm engine does not survive ``fork``, and cannot be stopped while it renders; so workers are spawned, load what
they need once, and are ended by force: the one whose render exceeds its limits (its thread works on), the one that
has grown too large, and all of them on Ctrl-C. What a worker leaves behind lies in a scratch folder of this process.
"""

import gc
import os
import pickle
import signal
import tempfile
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from migrate_dhi import redact
from migrate_dhi.errors import LimitError, MigrateDhiError
from migrate_dhi.helm.watch import abandoned, alone, resident
from migrate_dhi.record import record
from migrate_dhi.scratch import folder as scratch_folder
from migrate_dhi.scratch import kept

if TYPE_CHECKING:
    from multiprocessing import connection

LARGEST = 320 * 1024 * 1024
"""Bytes of memory with which a worker is replaced after its task: a plain one has 110 MiB, of which half is shared."""

# The engine is written in Go, whose runtime collects garbage whenever its heap has doubled: a fifth of the time of
# renders of small charts, for megabytes. Where the heap is large it is as frugal as ever.
_ENGINE = {"GOGC": "400", "GOMEMLIMIT": "384MiB"}
# Objects that come to life between two collections of Python's youngest; see :mod:`migrate_dhi.ui.process`.
_RARE = 100_000

_FEW = 4  # tasks for each worker that it takes to be worth half a second of its start

Call = Callable[[Any], Any]
Begin = Callable[[], Call]
"""Makes the call for one worker, once in each: a record or a function that can be pickled."""


@record
class Outcome:
    """What became of the task at a place of the list: its result, or the error that it ended with.

    ``secrets`` are the texts that were learned to be hidden in a worker; ``memory`` is what its process has, in bytes.
    """

    number: int
    result: Any = None
    error: MigrateDhiError | None = None
    secrets: tuple[str, ...] = ()
    seconds: float = 0.0
    memory: int = 0


def worker_count(tasks: int, wanted: int = 0) -> int:
    """How many workers tasks are worth: one for each processor that this process may use, none idle."""
    if wanted:
        return max(1, min(wanted, tasks))
    affinity = getattr(os, "sched_getaffinity", None)
    processors = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, min(processors, tasks // _FEW))


def run(
    begin: Begin, tasks: Sequence[Any], *, workers: int = 1, told: Callable[[Exception], MigrateDhiError]
) -> Generator[Outcome, None, None]:
    """Do all tasks; outcomes as they come. One worker is this process itself, as long as no render exceeds its limits.

    Args:
        begin: makes what does a task; what it raises is raised here.
        tasks: what is done, each picklable, as its result has to be.
        workers: how many at once.
        told: what no part of the program expected, as an error for people.
    """
    rest = list(enumerate(tasks))
    if workers == 1:
        call = begin()
        while rest and not abandoned():
            number, task = rest.pop(0)
            yield _done(call, number, task, told)
    if rest:
        with scratch_folder() as scratch:
            yield from _Crew(begin, rest, workers, told, Path(scratch)).outcomes()


def in_order(outcomes: Iterator[Outcome]) -> Iterator[Outcome]:
    """Outcomes in the order of their tasks, each as soon as those before it are there."""
    early: dict[int, Outcome] = {}
    expected = 0
    for outcome in outcomes:
        early[outcome.number] = outcome
        while expected in early:
            yield early.pop(expected)
            expected += 1


def _done(call: Call, number: int, task: Any, told: Callable[[Exception], MigrateDhiError]) -> Outcome:
    began = time.monotonic()
    try:
        result, error = call(task), None
    except MigrateDhiError as raised:
        result, error = None, raised
    except Exception as raised:  # noqa: BLE001 - a bug in one task is told as one, and the others go on
        result, error = None, told(raised)
    return Outcome(number, result, error, (), time.monotonic() - began, resident())


class _Worker:
    """One process, and what it works on."""

    def __init__(self, begin: bytes, told: Any, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.task: tuple[int, Any] | None = None
        self.began = 0.0
        from multiprocessing import get_context  # noqa: PLC0415 - a single plan needs no process but its own

        context = get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=_serve, args=(other, begin, told, str(folder)), daemon=True)
        with _ignoring_interrupts(), _environment(_ENGINE):
            self.process.start()
        other.close()

    def give(self, task: tuple[int, Any]) -> None:
        self.task, self.began = task, time.monotonic()
        # A worker that is gone is found where its answer is waited for.
        with suppress(OSError):
            self.pipe.send(task)

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()
        _remove(self.folder)


class _Crew:
    """Workers and the tasks that are left for them."""

    def __init__(
        self,
        begin: Begin,
        tasks: Sequence[tuple[int, Any]],
        count: int,
        told: Callable[[Exception], MigrateDhiError],
        scratch: Path,
    ) -> None:
        self.begin = pickle.dumps(begin)
        self.told = told
        self.left = deque(tasks)
        self.count = min(count, len(tasks))
        self.scratch = scratch
        self.started = 0
        self.workers: list[_Worker] = []

    def outcomes(self) -> Iterator[Outcome]:
        """All outcomes; however this ends, no worker is left."""
        from multiprocessing.connection import wait  # noqa: PLC0415 - as above

        try:
            while self.left or self.workers:
                while self.left and len(self.workers) < self.count:
                    self.workers.append(self._started())
                ready = wait([worker.pipe for worker in self.workers])
                for worker in [worker for worker in self.workers if worker.pipe in ready]:
                    yield self._answer(worker)
        finally:
            for worker in self.workers:
                worker.end()

    def _started(self) -> _Worker:
        self.started += 1
        worker = _Worker(self.begin, self.told, self.scratch / str(self.started))
        worker.give(self.left.popleft())
        return worker

    def _answer(self, worker: _Worker) -> Outcome:
        """The outcome of a worker's task; the worker has the next task then, or is gone."""
        number = worker.task[0] if worker.task else 0
        try:
            outcome: Outcome | MigrateDhiError = worker.pipe.recv()
        except (EOFError, OSError, pickle.UnpicklingError):
            outcome = Outcome(number, error=_lost(), seconds=time.monotonic() - worker.began)
        if isinstance(outcome, MigrateDhiError):
            # What no worker can begin with, none can.
            raise outcome
        spent = outcome.error is not None and isinstance(outcome.error, LimitError)
        if self.left and not spent and worker.process.is_alive() and outcome.memory < LARGEST:
            worker.give(self.left.popleft())
        else:
            self.workers.remove(worker)
            worker.end()
        return outcome


@contextmanager
def _ignoring_interrupts() -> Iterator[None]:
    """What starts meanwhile takes this over from its first moment: Ctrl-C in its imports would show a traceback."""
    try:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # not the main thread: no signal is handled here
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """What starts meanwhile has these variables, where it has no others: Go reads them as its process begins."""
    new = {} if variables.keys() & os.environ.keys() else variables
    os.environ.update(new)
    try:
        yield
    finally:
        for name in new:
            del os.environ[name]


def _lost() -> MigrateDhiError:
    return LimitError(
        "the process that worked on it ended by itself: the system took its memory, or the engine broke",
        help="plan it alone to see more",
    )


def _serve(
    pipe: "connection.Connection", begin: bytes, told: Callable[[Exception], MigrateDhiError], folder: str
) -> None:
    """What a worker does: one task after the other, as long as there is someone to answer."""
    # Ctrl-C reaches all processes of the terminal, and it is for the parent to end the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tempfile.tempdir = folder
    # The processors are taken by the other workers.
    alone()
    gc.set_threshold(_RARE, *gc.get_threshold()[1:])
    # One folder for all tasks: else each makes, locks and removes one.
    kept()
    try:
        call = pickle.loads(begin)()  # noqa: S301 - the parent's own
    except MigrateDhiError as error:
        pipe.send(error)
        return
    with suppress(EOFError, OSError):
        while True:
            number, task = pipe.recv()
            # Another task has other secrets, and to look for those of all would take longer with each.
            redact.forget()
            outcome = _done(call, number, task, told)
            pipe.send(_with_secrets(outcome))


def _with_secrets(outcome: Outcome) -> Outcome:
    from dataclasses import replace  # noqa: PLC0415 - in a worker alone

    return replace(outcome, secrets=redact.learned())


def _remove(folder: Path) -> None:
    import shutil  # noqa: PLC0415 - where there are workers alone

    shutil.rmtree(folder, ignore_errors=True)
