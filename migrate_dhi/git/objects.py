"""Objects of Git by their bytes: read through one process for all, named and written aside without any.

A branch of four commits has two dozen blobs and trees. They are written as loose objects into a scratch folder, and
get into the repository only through Git, which reads each of them, checks its name and packs it.
"""

import hashlib
import zlib
from pathlib import Path

from migrate_dhi.errors import WriteError
from migrate_dhi.git.run import Batch


def read(batch: Batch, name: str) -> tuple[str, bytes]:
    """The id and the content of an object; raises WriteError where it is not there."""
    (answer,) = batch.ask([name])
    head, _, content = answer.partition(b"\n")
    words = head.split(b" ")
    if len(words) != 3:
        raise WriteError(f"git cat-file failed: {name} is missing", help="see what `git fsck` says here")
    return words[0].decode(), content[:-1]


def store(folder: Path, kind: str, content: bytes, *, like: str) -> str:
    """Write an object into a folder of loose objects; its id, made as the repository makes that of `like`."""
    whole = f"{kind} {len(content)}\0".encode() + content
    made = hashlib.new("sha1" if len(like) == 40 else "sha256", whole, usedforsecurity=False).hexdigest()
    place = folder / made[:2] / made[2:]
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(zlib.compress(whole, 1))
    return made
