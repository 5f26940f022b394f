"""One moment of a repository, for plans of many releases: what Git said once is not asked again.

A plan of one release asks Git a dozen questions, each a process of 3 to 5 ms; of a thousand releases most of them are
the same, or one answer for the whole repository holds for all. Nothing is remembered unless a moment was begun: between
two commands anything may change.
"""

import os
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, TypeVar

from migrate_dhi.git.run import Batch

_Answer = TypeVar("_Answer")


class _Moment:
    """What is remembered; None where no moment was begun. ``refs`` tells whether branches are, too."""

    def __init__(self) -> None:
        self.answers: dict[Hashable, Any] | None = None
        self.refs = False
        self.roots: set[Path] = set()
        self.batches: dict[tuple[Path, bool], Batch] = {}


_now = _Moment()


def begin(*, refs: bool) -> None:
    """Remember from now on; branches only where this process writes none meanwhile."""
    end()
    _now.answers, _now.refs = {}, refs


def end() -> None:
    """Forget all, and remember nothing from now on."""
    for batch in _now.batches.values():
        batch.close()
    _now.__init__()  # type: ignore[misc]


def holds() -> bool:
    """Whether a moment was begun."""
    return _now.answers is not None


def keeps_refs() -> bool:
    """Whether branches are remembered, too."""
    return _now.refs


def remembered(key: Hashable, answer: Callable[[], _Answer]) -> _Answer:
    """What was answered before in this moment, else what is answered now; outside a moment always that."""
    if _now.answers is None:
        return answer()
    if key not in _now.answers:
        _now.answers[key] = answer()
    found: _Answer = _now.answers[key]
    return found


def batch(root: Path, *, content: bool) -> Batch | None:
    """A process of Git that answers for objects as long as the moment lasts; None where none was begun."""
    if _now.answers is None:
        return None
    return _now.batches.setdefault((root, content), Batch(root, content=content))


def root_above(folder: Path) -> Path | None:
    """The root that a folder belongs to, if it was found in this moment and no other repository lies between."""
    for place in (folder, *folder.parents):
        if place in _now.roots:
            return place
        if os.path.lexists(place / ".git"):
            return None
    return None


def found_root(root: Path) -> None:
    """Remember that a repository begins here."""
    if _now.answers is not None:
        _now.roots.add(root)
