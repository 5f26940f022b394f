"""The templates that are the user's own to edit: of a chart, and of charts of its own below ``charts/``."""

import posixpath
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from migrate_dhi.errors import InvalidChartError
from migrate_dhi.git.snapshot import Snapshot, read_regular
from migrate_dhi.helm.chart import join
from migrate_dhi.helm.reading import seen_values
from migrate_dhi.regex import regex
from migrate_dhi.untyped import maps, text_at
from migrate_dhi.yamledit.literal import KEYS, places

TEMPLATES = "templates"
_KEYS = "|".join(sorted({*KEYS.values()}))
_ABOUT = regex(rf"^ *(?:- +)?(?:{_KEYS}):", re.MULTILINE)


def templates_of(path: str, tree: Snapshot, files: Snapshot, changed: Collection[str]) -> dict[str, str]:
    """The texts of the templates with containers, images or probes that may be edited, as far as they are plain text.

    What is unchanged has the bytes of the blob in ``tree``.
    """
    folders = _own_charts(path, files)
    names = [n for folder in folders for n in files.under(join(folder, TEMPLATES)) if not files.is_link(n)]
    tree.read_all(name for name in names if name not in changed)
    texts = {name: (files if name in changed else tree).text(name) for name in names}
    return {name: text for name, text in texts.items() if text and _is_about(text)}


def templates_here(directory: Path, path: str) -> dict[str, str]:
    """The same of a chart in no repository."""
    found = {}
    for file in sorted((directory / TEMPLATES).rglob("*")):
        try:
            text = read_regular(file, follow=False).decode("utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        if _is_about(text):
            found[join(path, file.relative_to(directory).as_posix())] = text
    return found


def _is_about(text: str) -> bool:
    """Whether an edit of a template can be about anything in it."""
    return _ABOUT.search(text) is not None or any(
        places(text, name) for name in ("word", "name", "prefix", "path", "version")
    )


def charts_below(path: str, files: Snapshot) -> list[str]:
    """The Chart.yaml of each chart in the folder ``charts/`` of a chart."""
    below = join(path, "charts/")
    found = files.under(below[:-1])
    return [file for file in found if file.endswith("/Chart.yaml") and file.count("/", len(below)) == 1]


def _own_charts(path: str, files: Snapshot) -> list[str]:
    """The folder of a chart, and those of charts below its ``charts/`` that no dependency brings from elsewhere."""
    found = [path]
    for folder in found:
        charts = charts_below(folder, files)
        declared = [
            entry
            for name in ("Chart.yaml", "requirements.yaml")
            for entry in (maps(_metadata(files, join(folder, name)).get("dependencies")) if charts else ())
        ]
        fetched = {
            text_at(entry, "name")
            for entry in declared
            if not str(entry.get("repository") or "file://").startswith("file://")
        }
        found += [
            posixpath.dirname(file)
            for file in charts
            if text_at(_metadata(files, file), "name") not in fetched
        ]
    return found


def _metadata(files: Snapshot, file: str) -> Mapping[str, Any]:
    try:
        return seen_values(files.text(file) or "")
    except InvalidChartError:
        return {}
