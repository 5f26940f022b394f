"""What deploys a chart, could not be resolved, and may read what a plan edits: named, since nothing is rendered."""

import posixpath
import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Any

from migrate_dhi.findings import Finding
from migrate_dhi.migration.source import Source
from migrate_dhi.regex import regex
from migrate_dhi.release.release import Unresolved
from migrate_dhi.release.streams import data_of, parts

# `{{ .path }}`, `${cluster}`, `<path:…>`, `*`: what is not known here stands for anything.
_UNKNOWN = regex(r"\{\{.*?\}\}|\$\{.*?\}|<[^>]*>|\*+")


def of_unresolved(source: Source, edited: Collection[str]) -> list[Finding]:
    """A warning for each such object that names the chart's folder, or a file that the plan edits.

    Its texts are compared as paths from the repository's root and from its own folder; one of which a part is not
    known counts where it begins with a folder.
    """
    estate, files = source.estate, source.files
    if estate is None or files is None or not edited:
        return []
    paths = {*edited, *([source.chart.path] if source.chart.editable else ())} - {"."}
    # In one batch: each call of Git is a process.
    files.read_all(one.file for one in estate.unresolved)
    found = []
    for one in estate.unresolved:
        named = next((path for path in sorted(paths) if _names(files.text(one.file) or "", one, path)), None)
        if named:
            found.append(
                Finding(
                    "reader-unresolved",
                    "warning",
                    f"{one.file} names {named} and could not be resolved: {one.reason}",
                    file=one.file,
                    line=one.line,
                    help="what it deploys from there was not rendered: look at it by hand",
                )
            )
    return found


def _names(text: str, one: Unresolved, path: str) -> bool:
    folder = posixpath.dirname(one.file)
    return any(
        pattern.fullmatch(path) or pattern.fullmatch(posixpath.relpath(path, folder or "."))
        for pattern in _patterns(text, one.line)
    )


@lru_cache(maxsize=1024)
def _patterns(text: str, line: int) -> tuple[re.Pattern[str], ...]:
    """The paths that a document names, as patterns."""
    documents = [part.text for part in parts(text) if part.line == line] or [text]
    return tuple(
        re.compile(".+".join(map(re.escape, known)))
        for document in documents
        for key, said in _strings(data_of(document))
        if "/" in (known := _UNKNOWN.split(said.removeprefix("./").rstrip("/")))[0]
        # A word alone is a path where one is expected, and a name elsewhere.
        or (key in {"path", "chart"} and known == [said])
    )


def _strings(data: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text, with the key that it stands under."""
    if isinstance(data, dict):
        for name, one in data.items():
            yield from _strings(one, str(name))
    elif isinstance(data, list):
        for one in data:
            yield from _strings(one, key)
    elif isinstance(data, str):
        yield key, data
