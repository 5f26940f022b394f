"""A folder in memory for what tests write, where the system has one: thousands of small files wait for no disk there."""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
_PREFIX = "migrate-dhi-tests-"
# Several times what a run of all tests writes.
_ROOM = 2 * 1024**3


def folder(memory=MEMORY):
    """A new folder for this process; None where there is no room, or where nothing may be executed."""
    try:
        state = os.statvfs(memory)
        if state.f_bavail * state.f_frsize < _ROOM or state.f_flag & os.ST_NOEXEC:
            return None
        for left in memory.glob(f"{_PREFIX}*"):
            if not _runs(int(left.name.removeprefix(_PREFIX).partition("-")[0])):
                shutil.rmtree(left, ignore_errors=True)
        return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=memory))
    except OSError:
        return None


def _runs(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
