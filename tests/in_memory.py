"""A folder in memory for what tests write, where the system has one: thousands of small files wait for no disk there."""

import os
import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")
# Short: what is shown of paths depends on the room.
_PREFIX = "dhi-test-"
# Several times what a run of all tests writes.
_ROOM = 2 * 1024**3


def folder(memory=MEMORY):
    """A new folder for this process; None where there is no room, or where nothing may be executed."""
    try:
        state = os.statvfs(memory)
        if state.f_bavail * state.f_frsize < _ROOM or state.f_flag & os.ST_NOEXEC:
            return None
        for left in memory.glob(f"{_PREFIX}*"):
            owner = int(left.name.removeprefix(_PREFIX))
            if owner == os.getpid() or not _runs(owner):
                shutil.rmtree(left, ignore_errors=True)
        made = memory / f"{_PREFIX}{os.getpid()}"
        made.mkdir(mode=0o700)
    except (OSError, ValueError):
        return None
    return made


def _runs(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
