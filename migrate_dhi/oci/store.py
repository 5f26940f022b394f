"""What registries have said, kept on disk: by digest for good, lists of tags for a few minutes.

A file that does not have its digest is as good as absent, and so is one that cannot be read or written: nothing
depends on the store but time.
"""

import hashlib
import json
import time
from pathlib import Path

from migrate_dhi.scratch import replacing

MINUTES = 10


class Store:
    """Files below a folder; None keeps nothing."""

    def __init__(self, folder: Path | None, minutes: float = MINUTES) -> None:
        self._folder = folder
        self._seconds = minutes * 60

    def content(self, digest: str) -> bytes | None:
        """What has a digest, if it is kept."""
        data = self._read(self._by_digest(digest))
        return data if data is not None and has_digest(data, digest) else None

    def keep(self, digest: str, data: bytes) -> None:
        """Keep what has a digest."""
        if has_digest(data, digest):
            self._write(self._by_digest(digest), data)

    def tags(self, repository: str) -> tuple[str, ...] | None:
        """The tags of a repository (with its registry), if they were asked for a moment ago."""
        place = self._by_name(repository)
        try:
            if place is None or not 0 <= time.time() - place.stat().st_mtime < self._seconds:
                return None
            data = json.loads(self._read(place) or b"")
        except (OSError, ValueError):
            return None
        if not isinstance(data, dict) or data.get("repository") != repository:
            return None
        tags = data.get("tags")
        return tuple(map(str, tags)) if isinstance(tags, list) else None

    def keep_tags(self, repository: str, tags: tuple[str, ...]) -> None:
        """Keep the tags of a repository."""
        data = {"repository": repository, "tags": list(tags)}
        self._write(self._by_name(repository), json.dumps(data).encode())

    def _by_digest(self, digest: str) -> Path | None:
        algorithm, _, text = digest.partition(":")
        # A digest comes from outside: it must not name another place.
        if self._folder is None or algorithm != "sha256" or not (len(text) == 64 and text.isalnum()):
            return None
        return self._folder / algorithm / text[:2] / text

    def _by_name(self, repository: str) -> Path | None:
        name = hashlib.sha256(repository.encode()).hexdigest()
        return self._folder / "tags" / f"{name}.json" if self._folder else None

    def _read(self, place: Path | None) -> bytes | None:
        try:
            return place.read_bytes() if place else None
        except OSError:
            return None

    def _write(self, place: Path | None, data: bytes) -> None:
        if place is None:
            return
        try:
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with replacing(place) as file:
                file.write(data)
        except OSError:
            return


def has_digest(data: bytes, digest: str) -> bool:
    """Whether bytes have a digest; of SHA-256 and SHA-512 alone, as the image specification registers them."""
    algorithm, _, text = digest.partition(":")
    if algorithm not in ("sha256", "sha512"):
        return False
    return hashlib.new(algorithm, data).hexdigest() == text
