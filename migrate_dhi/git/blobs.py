"""Contents and sizes of Git's blobs, many in one call."""

from collections.abc import Iterable
from pathlib import Path

from migrate_dhi.errors import RepositoryError
from migrate_dhi.git import moment
from migrate_dhi.git.run import ask


def blob_sizes(root: Path, blobs: Iterable[str]) -> dict[str, int]:
    """Their sizes in bytes by their ids, in one call of Git; raises RepositoryError where one is not there."""
    sizes = {}
    for line in _answers(root, blobs, content=False).decode().splitlines():
        name, kind, *size = line.split(" ")
        if kind == "missing":
            raise _missing(root, name)
        sizes[name] = int(size[0])
    return sizes


def read_blobs(root: Path, blobs: Iterable[str]) -> dict[str, bytes]:
    """Contents by their ids, many in one call of Git; raises RepositoryError where one is not there."""
    stream = _answers(root, blobs, content=True)
    contents, place = {}, 0
    while place < len(stream):
        end = stream.index(b"\n", place)
        name, kind, *size = stream[place:end].decode().split(" ")
        if kind == "missing":
            raise _missing(root, name)
        start, place = end + 1, end + 1 + int(size[0]) + 1
        contents[name] = stream[start : place - 1]
    return contents


def _answers(root: Path, blobs: Iterable[str], *, content: bool) -> bytes:
    """What ``git cat-file`` says of blobs: in one call, or by the process of this moment."""
    asked = list(blobs)
    batch = moment.batch(root, content=content) if asked else None
    if batch:
        return b"".join(batch.ask(asked))
    lines = "".join(f"{blob}\n" for blob in asked).encode()
    return (
        ask(root, "cat-file", "--batch" if content else "--batch-check", stdin=lines).stdout if lines else b""
    )


def _missing(root: Path, blob: str) -> RepositoryError:
    return RepositoryError(
        f"the object {blob[:12]} is not in this clone",
        where=str(root),
        help="fetch the whole history (git fetch --unshallow, or git fetch --refetch), and run this again",
    )
