"""Scratch folders, each gone when it is done with; what a killed process left behind, a later run removes.

All of a process lie in one folder, with a file that the process keeps locked. The system drops the lock with the
process, however that ends: a folder whose lock can be taken belongs to nobody any more. Where the system or the
folder knows no such locks, nothing of others is removed.
"""

import atexit
import contextlib
import os
import shutil
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

fcntl: Any
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

_PREFIX = "migrate-dhi-"
_LOCK = "in-use"
# Seconds between the making of a lock and the locking, many times over.
_YOUNG = 60


class _Own:
    """The folder of this process below one folder for temporary files, and how many scratch folders are in it."""

    def __init__(self, top: str) -> None:
        self.path = tempfile.mkdtemp(prefix=_PREFIX, dir=top)
        self.lock = _locked(Path(self.path, _LOCK)) if fcntl else None
        self.count = 0

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        if self.lock is not None:
            os.close(self.lock)
            self.lock = None


_own: dict[tuple[int, str], _Own] = {}
_swept: set[str] = set()
_guard = threading.Lock()


@contextlib.contextmanager
def folder() -> Iterator[str]:
    """A folder that is gone when this ends."""
    key = os.getpid(), tempfile.gettempdir()
    with _guard:
        if key[1] not in _swept:
            _swept.add(key[1])
            sweep(key[1])
        own = _own.get(key) or _own.setdefault(key, _Own(key[1]))
        own.count += 1
    try:
        name = tempfile.mkdtemp(dir=own.path)
        try:
            yield name
        finally:
            _remove(name)
    finally:
        with _guard:
            own.count -= 1
            if not own.count:
                _own.pop(key, None)
                own.remove()


def _remove(path: str) -> None:
    """Remove a folder of ours, links in it not followed; what has no rights for that, with all that can be done."""
    try:
        with os.scandir(path) as entries:
            found = list(entries)
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                _remove(entry.path)
            else:
                os.unlink(entry.path)  # noqa: PTH108 - what scandir gives, many times
        os.rmdir(path)  # noqa: PTH106 - as above
    except OSError:
        shutil.rmtree(path, ignore_errors=True)


def kept() -> Path:
    """A folder that stays as long as the process."""
    stack = contextlib.ExitStack()
    found = Path(stack.enter_context(folder()))
    atexit.register(stack.close)
    return found


def sweep(top: str) -> None:
    """Remove the folders of dead processes of this user below a folder for temporary files."""
    if fcntl is None:
        return
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(top)):
            if entry.name.startswith(_PREFIX) and entry.is_dir(follow_symlinks=False):
                # In use, of another user, no folder of ours, or gone meanwhile.
                with contextlib.suppress(OSError):
                    _remove_dead(entry.path)


def _remove_dead(path: str) -> None:
    """Remove one folder, through what was opened: whatever takes the place of its path is not touched."""
    with contextlib.ExitStack() as stack:
        here = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        stack.callback(os.close, here)
        lock = os.open(_LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=here)
        stack.callback(os.close, lock)
        about = os.fstat(lock)
        old = time.time() - about.st_mtime > _YOUNG
        if os.fstat(here).st_uid != os.getuid() or not stat.S_ISREG(about.st_mode) or not old:
            return
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with os.scandir(here) as entries:
            for entry in [entry for entry in entries if entry.name != _LOCK]:
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry.name, dir_fd=here, ignore_errors=True)
                else:
                    os.unlink(entry.name, dir_fd=here)
        os.unlink(_LOCK, dir_fd=here)
        Path(path).rmdir()


def _locked(file: Path) -> int | None:
    """The descriptor of a locked file; None, and no file, where nothing can be locked there."""
    number = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(number)
        file.unlink(missing_ok=True)
        return None
    return number


def _at_end() -> None:
    """What is open still when the process ends."""
    for (process, _), own in list(_own.items()):
        if process == os.getpid():
            own.remove()


atexit.register(_at_end)


@contextlib.contextmanager
def replacing(place: Path) -> Iterator[IO[bytes]]:
    """A file beside a place, moved there at the end of the block: no reader sees half of it, no failure leaves any."""
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=".", suffix=".partial")
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
        Path(name).replace(place)
    finally:
        Path(name).unlink(missing_ok=True)
