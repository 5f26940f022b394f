"""What a chart repository lists: its ``index.yaml``, read once, and of that only what is needed kept on disk.

Large repositories list twenty thousand versions in twenty megabytes, of which a tenth says where the archives are.
The rest is left out line by line before Helm's own reader takes the text: 20 MB cost 2.7 seconds and 680 MB of
memory in whole. A text that is not laid out as Helm writes it is read in whole.

The kept file is one line of JSON, then one line for each chart, at the place that the first line names.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from migrate_dhi.errors import DependencyError, InvalidChartError
from migrate_dhi.helm.engine import read_values
from migrate_dhi.helm.shelf import sortable
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.untyped import maps, sequence

_FORMAT = 1
_KEY = regex(r"[A-Za-z][\w.-]*:(?:\s|$)")
_WANTED = regex(r"(?:version|appVersion|digest|urls):")
_NAME = regex(r"""[^\s#'"\-&*!|>%@`{\[][^:]*:\s*(?:#.*)?$""")
# Small ones are not worth it.
_LARGE = 256 * 1024


@record
class Listed:
    """One version of a chart as a repository lists it; ``digest`` is sha256 in hexadecimal digits, or empty."""

    version: str
    app_version: str
    digest: str
    urls: tuple[str, ...]


class Index:
    """A kept index.

    Attributes:
        about: what was said of it when it was kept.
    """

    def __init__(self, file: Path) -> None:
        # At once: another process may put a newer one in its place.
        head, _, self._body = file.read_bytes().partition(b"\n")
        said = json.loads(head)
        if said["format"] != _FORMAT:
            raise ValueError(said["format"])
        self.about: Mapping[str, Any] = said["about"]
        self._places: Mapping[str, tuple[int, int]] = said["charts"]

    @classmethod
    def open(cls, file: Path) -> "Index | None":
        """The index in a file, or None where there is none, or none that can be read."""
        try:
            return cls(file)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    @property
    def names(self) -> tuple[str, ...]:
        """All charts."""
        return tuple(self._places)

    def versions(self, name: str) -> tuple[Listed, ...]:
        """The versions of a chart, newest first; none where it is not listed."""
        if name not in self._places:
            return ()
        start, size = self._places[name]
        rows = json.loads(self._body[start : start + size])
        found = [Listed(version, app, digest, tuple(urls)) for version, app, digest, urls in rows]
        return tuple(sorted(found, key=lambda one: sortable(one.version), reverse=True))


def write(raw: IO[str], into: IO[bytes], about: Mapping[str, Any], *, size: int, where: str) -> None:
    """Keep what is needed of an ``index.yaml``.

    Args:
        raw: its text.
        into: the file to write.
        about: what :attr:`Index.about` is to say.
        size: how large the text is.
        where: its address, for errors.

    Raises DependencyError where it is no index of a chart repository.
    """
    lines, places, start = [], {}, 0
    for name, versions in _entries(raw, size, where).items():
        rows = [_row(one) for one in maps(versions) if one.get("version")]
        line = json.dumps(rows, separators=(",", ":")).encode() + b"\n"
        places[str(name)] = (start, len(line))
        start += len(line)
        lines.append(line)
    head = {"format": _FORMAT, "about": about, "charts": places}
    into.write(json.dumps(head, separators=(",", ":")).encode() + b"\n")
    into.writelines(lines)


def _row(entry: Mapping[str, Any]) -> list[Any]:
    digest = str(entry.get("digest") or "").removeprefix("sha256:").lower()
    urls = [str(url) for url in sequence(entry.get("urls"))]
    return [str(entry["version"]), str(entry.get("appVersion") or ""), digest, urls]


def _entries(raw: IO[str], size: int, where: str) -> Mapping[str, Any]:
    """The charts of an index by name, each with a list of versions."""
    try:
        start = raw.read(1)
        raw.seek(0)
        if start == "{":
            content = json.load(raw)
        else:
            content = (size > _LARGE and _thinned(raw)) or {}
            raw.seek(0)
            content = content or read_values(raw.read(), where=where)
        entries = content.get("entries")
    except (InvalidChartError, ValueError, AttributeError, UnicodeDecodeError) as error:
        reason = error.message if isinstance(error, InvalidChartError) else str(error)
        raise DependencyError(
            f"the index at {where} cannot be read, or is cut off: {reason}", help="run this again"
        ) from error
    if not isinstance(entries, dict):
        raise DependencyError(
            f"what is at {where} is no index of a chart repository: it has no entries",
            help="correct the address of the repository",
        )
    return entries


def _thinned(raw: Iterable[str]) -> dict[str, Any]:
    """The index without the lines that are not needed; empty where it is laid out in another way than Helm does."""
    try:
        content = read_values("".join(_needed(raw)))
    except (InvalidChartError, _OddLayoutError):
        return {}
    entries = content.get("entries")
    whole = isinstance(entries, dict) and all(
        isinstance(one, dict) and one.get("version") and isinstance(one.get("urls"), list)
        for versions in entries.values()
        for one in sequence(versions)
    )
    return content if whole else {}


class _OddLayoutError(Exception):
    """A line is where Helm puts none; never reaches the user."""


def _needed(raw: Iterable[str]) -> Iterator[str]:
    """The lines of ``entries:`` that hold what is wanted."""
    lines = iter(raw)
    opening = next((line for line in lines if line.startswith("entries:")), "")
    if opening.strip() != "entries:":
        raise _OddLayoutError
    yield opening
    layout = _Layout()
    wanted, due = False, ""
    for line in lines:
        kind, text = layout.place(line)
        if kind == "end":
            return
        if kind == "chart":
            yield line
        elif kind in ("version", "key"):
            wanted = bool(_WANTED.match(text))
            if kind == "version" and not wanted:
                # The dash is due where the first line of this version is that is wanted.
                due = line[: line.index("-")] + "- "
            elif wanted:
                yield due + text if due else line
                due = ""
        elif wanted and kind == "deeper":
            yield line


class _Layout:
    """Where the lines of an index stand, as Helm writes it.

    Charts stand at one depth, the dashes of their versions at one, and the keys of a version two columns behind
    the dash; what is deeper belongs to the key above it, whatever it looks like.
    """

    def __init__(self) -> None:
        self._chart = self._dash = -1

    def place(self, line: str) -> tuple[str, str]:
        """What a line is, and its text from its key on."""
        text = line.lstrip(" ")
        at, item = len(line) - len(text), text.startswith("- ")
        if not text.strip() or text.startswith("#"):
            return "nothing", ""
        if at == 0 and not item:
            return "end", ""
        if self._chart < 0:
            self._chart = at
        if at == self._chart and not item:
            if not _NAME.match(text):
                raise _OddLayoutError
            return "chart", text
        if self._dash < 0 and item and at >= self._chart:
            self._dash = at
        kind = (
            "version"
            if item and at == self._dash
            else "key"
            if at == self._dash + 2 and not item
            else "deeper"
        )
        text = text[2:] if kind == "version" else text
        if self._dash < 0 or at < self._dash or (kind != "deeper" and not _KEY.match(text)):
            raise _OddLayoutError
        return kind, text
