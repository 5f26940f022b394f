"""What to do about a lock file that Git finds in its way."""

import time
from pathlib import Path
from shlex import quote

from migrate_dhi.regex import regex
from migrate_dhi.wording import counted

_FOUND = regex(r"[Uu]nable to create '(?P<file>.+?\.lock)': File exists")
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def lock_help(root: Path, complaint: str) -> str:
    """When the lock that Git complains of may be removed, and how; empty if it complains of none."""
    found = _FOUND.search(complaint)
    if found is None:
        return ""
    file = root / found["file"]
    try:
        age = max(0.0, time.time() - file.lstat().st_mtime)
    except OSError:
        return "the lock is gone by now: run this again"
    return (
        f"the lock is {_words(age)} old: while a git command, an editor or another run of this program works here, "
        f"wait for it; if none does (see ps), a crash left it, and it is safe to remove: rm {quote(str(file))}"
    )


def _words(seconds: float) -> str:
    for size, name in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute"), (1, "second")):
        count = int(seconds // size)
        if count:
            return counted(count, name)
    return "less than a second"
