"""Charts in other Git repositories: a folder at a revision, from a partial clone in the cache."""

import json
import posixpath
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from migrate_dhi.errors import DependencyError, RepositoryError
from migrate_dhi.git.clones import Clone, Found
from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.git.trees import LINK
from migrate_dhi.helm.chart import GitChart, below, join
from migrate_dhi.helm.engine import read_values
from migrate_dhi.helm.shelf import fits, sortable
from migrate_dhi.helm.store import Store
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.untyped import maps

# A branch is asked for anew after that many seconds.
_FRESH = 600.0


# A part of a version is a range, too; such a tag or branch was looked for before.
_PART = regex(r"v?\d+(?:\.\d+)?")


@record
class _Pinned:
    """What a revision was taken for, and on which day."""

    commit: str
    ref: str
    day: str


def lay_out(chart: GitChart, store: Store, scratch: Path, *, offline: bool) -> tuple[Path, str] | None:
    """The folder of a chart, written below ``scratch``, with the charts beside it that it depends on.

    Returns it with what a revision that moves was taken for (a sentence, or empty); None where ``offline`` forbids to
    fetch what is not in the cache.

    Raises DependencyError, with what Git said.
    """
    place = store.clone(chart.url)
    if offline and not place.is_dir():
        return None
    try:
        with store.locked(chart.url):
            clone = Clone(chart.url, place)
            pinned = _pinned(chart, clone, offline=offline)
            folders = _brought(chart, clone, pinned, offline=offline) if pinned else ()
        if not folders or not pinned:
            return None
        files = Snapshot.of_commit(place, pinned.commit)
        for folder in folders:
            files.lay_out(folder, scratch / "tree" / folder)
    except RepositoryError as error:
        raise DependencyError(error.message, help=error.help) from error
    return scratch / "tree" / chart.path, _sentence(chart, pinned)


def _brought(chart: GitChart, clone: Clone, pinned: _Pinned, *, offline: bool) -> tuple[str, ...]:
    """The folders that a chart is rendered from, their contents at hand; none where they may not be fetched."""
    listed = clone.files(pinned.commit)
    if join(chart.path, "Chart.yaml") not in listed:
        raise DependencyError(f"there is no chart at {chart.named}", help="correct the path or the revision")

    def bring(paths: Iterable[str]) -> bool:
        blobs = {listed[path][1] for path in paths if path in listed}
        if offline and clone.missing(blobs):
            return False
        clone.bring_files(blobs)
        return True

    inside = below(chart.path)
    links = [path for path, (mode, _) in listed.items() if mode == LINK]
    # Where links lead is known once they are read.
    if not bring([*links, *(path for path in listed if path.startswith(inside))]):
        return ()
    files = Snapshot.of_commit(clone.root, pinned.commit)
    folders = (chart.path, *_beside(chart.path, files))
    real = [files.real(path) for folder in folders for path in files.under(folder)]
    return folders if bring(real) else ()


def _beside(path: str, files: Snapshot) -> Iterator[str]:
    """The folders of charts in the same repository that a chart names with ``file://``."""
    metadata = read_values(files.text(join(path, "Chart.yaml")) or "", where=join(path, "Chart.yaml"))
    for entry in maps(metadata.get("dependencies")):
        repository = str(entry.get("repository") or "")
        if repository.startswith("file://"):
            folder = posixpath.normpath(posixpath.join(path, repository.removeprefix("file://")))
            if join(folder, "Chart.yaml") in files:
                yield folder


def _pinned(chart: GitChart, clone: Clone, *, offline: bool) -> _Pinned | None:
    """The commit of a revision, as it was looked up before or as the remote says now."""
    note = clone.root / f"revision-{quote(chart.revision, safe='') or 'HEAD'}.json"
    known, age = _read(note)
    if known and clone.has(known.commit):
        moves = Found(known.commit, known.ref).moves or _is_range(chart.revision, known)
        if offline or not moves or age < _FRESH:
            return known
    if offline:
        return None
    found = clone.find(chart.revision) or _newest(chart.revision, clone)
    if found is None:
        raise DependencyError(
            f"{chart.url} has no revision {chart.revision}",
            help="name a branch, a tag, a range of tags, or the whole id of a commit",
        )
    commit = found.commit if clone.has(found.commit) else clone.bring(found)
    pinned = _Pinned(commit, found.ref, datetime.now(tz=UTC).date().isoformat())
    note.write_text(json.dumps({"commit": pinned.commit, "ref": pinned.ref, "day": pinned.day}), "utf-8")
    return pinned


def _read(note: Path) -> tuple[_Pinned | None, float]:
    with suppress(OSError, ValueError, KeyError, TypeError):
        said: Mapping[str, Any] = json.loads(note.read_text("utf-8"))
        return _Pinned(
            str(said["commit"]), str(said["ref"]), str(said["day"])
        ), time.time() - note.stat().st_mtime
    return None, 0.0


def _newest(revision: str, clone: Clone) -> Found | None:
    """The newest tag in a range of versions."""
    if not (_PART.fullmatch(revision) or set(revision) & set("<>=^~*xX| ")):
        return None
    tags = clone.tags()
    fitting = (tag for tag in sorted(tags, key=sortable, reverse=True) if fits(revision, tag))
    name = next(fitting, None)
    return tags[name] if name else None


def _is_range(revision: str, known: _Pinned) -> bool:
    return known.ref.startswith("refs/tags/") and known.ref not in (revision, f"refs/tags/{revision}")


def _sentence(chart: GitChart, pinned: _Pinned) -> str:
    if not Found(pinned.commit, pinned.ref).moves and not _is_range(chart.revision, pinned):
        return ""
    tag = f"the tag {pinned.ref.removeprefix('refs/tags/')}, " if pinned.ref.startswith("refs/tags/") else ""
    return (
        f"the chart is asked for at {chart.revision or 'HEAD'} of {chart.url}, and was taken at {tag}"
        f"commit {pinned.commit[:12]}, which that was on {pinned.day}"
    )
