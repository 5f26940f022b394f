"""The catalog's file: compressed lines of JSON in members that are read one by one.

The file is a series of gzip members, so `zcat` shows it whole. The first member is the head: one line with
format, source, date, commit and ``members``, the list of ``[size in bytes, [record keys]]`` of the members
that follow. Each of those holds some records, one a line, in the order of their keys. A record's key is its
first pair: ``{"image":"app",…}`` has the key ``image:app``.
"""

import json
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from migrate_dhi.errors import CatalogError

FORMAT = 1
REBUILD = "build a new one with `migrate-dhi catalog build --from CHECKOUT`, or use the bundled catalog"

_RECORDS_PER_MEMBER = 16
_HEAD_KEYS = ("source", "date", "commit")

Record = dict[str, Any]


def pack(head: Record, records: Iterable[Record]) -> bytes:
    """The bytes of a file with these records; the same input gives the same bytes."""
    keyed = [(":".join(map(str, next(iter(record.items())))), record) for record in records]
    groups = [keyed[i : i + _RECORDS_PER_MEMBER] for i in range(0, len(keyed), _RECORDS_PER_MEMBER)]
    members = [_member([_line(record) for _, record in group]) for group in groups]
    index = [[len(member), [key for key, _ in group]] for member, group in zip(members, groups, strict=True)]
    return b"".join([_member([_line({**head, "members": index})]), *members])


def _line(record: Record) -> str:
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False)


def _member(lines: Sequence[str]) -> bytes:
    press = zlib.compressobj(9, wbits=31)
    return press.compress(("\n".join(lines) + "\n").encode()) + press.flush()


class CatalogFile:
    """A file's head, its keys, and its records as they are asked for.

    Raises CatalogError where the bytes are no such file, or of a newer format than this program knows.
    """

    def __init__(self, data: bytes, origin: str) -> None:
        self._origin = origin
        self._lines: dict[str, bytes] = {}
        try:
            unpack = zlib.decompressobj(wbits=31)
            head: Record = json.loads(unpack.decompress(data))
            written = int(head["format"])
            if written > FORMAT:
                raise CatalogError(
                    f"the catalog has format {written}, and this program reads up to {FORMAT}",
                    where=origin,
                    help="install a newer migrate-dhi",
                )
            self.source, self.date, self.commit = (str(head[key]) for key in _HEAD_KEYS)
            self._body = unpack.unused_data
            self._places = self._index(head["members"])
        except (zlib.error, ValueError, KeyError, TypeError, AttributeError) as error:
            raise CatalogError("this is no catalog file", where=origin, help=REBUILD) from error

    def _index(self, members: Any) -> dict[str, tuple[int, int, list[str]]]:
        """For each key the start and end of its member, and the keys in it."""
        places: dict[str, tuple[int, int, list[str]]] = {}
        start = 0
        for size, keys in members:
            places.update(dict.fromkeys(map(str, keys), (start, start + int(size), keys)))
            start += int(size)
        if start != len(self._body):
            raise ValueError("cut off")
        return places

    def keys(self) -> Iterable[str]:
        """The keys of all records, in the file's order."""
        return self._places.keys()

    def read(self, key: str) -> Record:
        """One record, or an empty one where the file has none of that key."""
        if key not in self._places:
            return {}
        start, end, keys = self._places[key]
        try:
            if key not in self._lines:
                lines = zlib.decompress(self._body[start:end], wbits=31).splitlines()
                self._lines.update(zip(keys, lines, strict=True))
            record: Record = json.loads(self._lines[key])
        except (zlib.error, ValueError) as error:
            name = key.replace(":", " ")
            raise CatalogError(
                f"the record of {name} is damaged", where=self._origin, help=REBUILD
            ) from error
        return record
