"""The cache of charts on disk: archives by their digest, shared by charts, runs and processes.

``archives/SHA256.tgz`` are the archives, whose digest is looked at whenever one is taken; ``known/`` says which of
them a repository calls NAME in VERSION; ``indexes/`` holds what repositories list, ``git/`` clones. Every file is
written beside its place and moved there, so that no reader sees half of one; a lock per item lets one process fetch
while the others wait for what it brings.
"""

import contextlib
import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import IO
from urllib.parse import quote, unquote

from migrate_dhi.record import record
from migrate_dhi.scratch import kept, replacing

_SCRATCH = ".fetch-"
_LEFT_BEHIND = 3600.0


@record
class Kept:
    """An archive that is kept, the exact version of its chart, and for a range the day on which it meant that."""

    archive: Path
    version: str
    day: str = ""


@record
class Access:
    """How registries are asked for charts: ``ca`` is trusted besides the system's, ``plain`` are those without TLS."""

    ca: Path | None = None
    plain: tuple[str, ...] = ()


def user_cache() -> Path:
    """Where fetched charts are kept: in the platform's cache folder."""
    from platformdirs import user_cache_path  # noqa: PLC0415 - only where something may be fetched

    return Path(user_cache_path("migrate-dhi")) / "charts"


class Store:
    """The cache in a folder; without one, or where it cannot be written, in a folder of this process alone.

    ``access`` is how registries are asked for what it has not.
    """

    def __init__(self, folder: Path | None, access: Access | None = None) -> None:
        self.folder = folder if folder and _writable(folder) else _own_folder()
        self.access = access or Access()

    def find(self, repository: str, name: str, version: str) -> Kept | None:
        """The archive that was kept under these names, or None; one that is damaged is thrown away.

        ``version`` may be a range, which is what it was when it was kept.
        """
        try:
            said = json.loads(self._pointer(repository, name, version).read_bytes())
            # What is damaged is thrown away below, and nothing else may be.
            sha256 = f"{int(said['sha256'], 16):064x}"
            kept = Kept(self._archive(sha256), str(said["version"]), str(said["day"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if digest_of(kept.archive) == said["sha256"]:
            return kept
        with contextlib.suppress(OSError):
            kept.archive.unlink(missing_ok=True)
        return None

    def keep(self, repository: str, name: str, version: str, archive: Path) -> Kept:
        """Take over an archive, a file of ours on this disk, under these names."""
        sha256 = digest_of(archive)
        place = self._archive(sha256)
        place.parent.mkdir(parents=True, exist_ok=True)
        archive.replace(place)
        kept = Kept(place, version)
        self.name(repository, name, version, kept)
        return kept

    def name(self, repository: str, name: str, version: str, kept: Kept) -> Kept:
        """Keep an archive under these names too: what a range means today."""
        said = {"sha256": kept.archive.stem, "version": kept.version, "day": kept.day}
        with self.writing(self._pointer(repository, name, version)) as file:
            file.write(json.dumps(said).encode())
        return kept

    def versions(self, repository: str, name: str) -> tuple[str, ...]:
        """The names under which archives of a chart are kept: versions, ranges, digests."""
        folder = self._pointer(repository, name, "").parent
        return tuple(sorted(unquote(file.stem) for file in folder.glob("*.json")))

    def index(self, repository: str) -> Path:
        """Where the index of a repository is kept."""
        return self.folder / "indexes" / _short(repository)

    def clone(self, url: str) -> Path:
        """Where the clone of a Git repository is kept."""
        return self.folder / "git" / f"{_short(url)}.git"

    @contextlib.contextmanager
    def writing(self, place: Path) -> Iterator[IO[bytes]]:
        """A file that is moved to its place at the end of the block; nothing is left of it if that fails."""
        place.parent.mkdir(parents=True, exist_ok=True)
        with replacing(place) as file:
            yield file

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder on the same disk as the cache, for the time of the block."""
        for left in self.folder.glob(f"{_SCRATCH}*"):
            # A process that was interrupted waits for no download.
            with contextlib.suppress(OSError):
                if time.time() - left.stat().st_mtime > _LEFT_BEHIND:
                    shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(
            dir=self.folder, prefix=_SCRATCH, ignore_cleanup_errors=True
        ) as name:
            yield Path(name)

    @contextlib.contextmanager
    def locked(self, *item: str) -> Iterator[None]:
        """Held by one thread of one process at a time, for what these texts name together."""
        file = self.folder / "locks" / _short("\n".join(item))
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as held:
            _lock(held)
            yield

    def _archive(self, sha256: str) -> Path:
        return self.folder / "archives" / f"{sha256}.tgz"

    def _pointer(self, repository: str, name: str, version: str) -> Path:
        told = quote(version.removeprefix("v"), safe="+") or "any"
        return self.folder / "known" / _short(f"{repository}\n{name}") / f"{told}.json"


def _lock(file: IO[bytes]) -> None:
    """Wait for the lock on an open file; it ends with the file. Where there are none, the moves are what counts."""
    try:
        import fcntl  # noqa: PLC0415 - not on every system
    except ImportError:
        return
    fcntl.flock(file, fcntl.LOCK_EX)


def digest_of(file: Path) -> str:
    """The sha256 of a file in hexadecimal digits; empty where it cannot be read."""
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return ""


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _writable(folder: Path) -> bool:
    """Whether it can be written: a cache that cannot costs time, and never the plan."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


@cache
def _own_folder() -> Path:
    return kept()
