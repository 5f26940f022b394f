"""The pull secrets that this repository already uses for a registry: names only."""

import re
from collections.abc import Iterator
from typing import Any

from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.migration.source import Source
from migrate_dhi.steps.context import parsed

_KEY = re.compile(r"pull_?-?secrets?", re.IGNORECASE)
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")


def known_pull_secrets(source: Source, hosts: set[str]) -> list[str]:
    """Names under pull-secret keys in the values files that mention one of the registries, most used first."""
    outside = source.repository is None
    texts = list(source.chart.texts.items()) if outside else list(_mentioning(source, hosts))
    count: dict[str, int] = {}
    for name, text in texts:
        if not any(host in text for host in hosts) or not _KEY.search(text):
            continue
        try:
            data = parsed(text, name).get(())
        except MigrateDhiError:
            # Another chart's values that are no YAML are not this plan's concern.
            continue
        for found in _names(data):
            count[found] = count.get(found, 0) + 1
    return sorted(count, key=lambda name: (-count[name], name))


def _mentioning(source: Source, hosts: set[str]) -> Iterator[tuple[str, str]]:
    repository = source.repository
    if repository is None:
        return
    for name in repository.files(source.commit, "."):
        if not name.endswith((".yaml", ".yml")) or "/charts/" in f"/{name}" or "values" not in name:
            continue
        path = repository.root / name
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        if any(host in text for host in hosts):
            yield name, text


def _names(data: Any, inside: bool = False) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            if inside and key == "name" and isinstance(value, str):
                yield from _names(value, inside=True)
            else:
                yield from _names(value, inside=bool(_KEY.search(str(key))))
    elif isinstance(data, list):
        for item in data:
            yield from _names(item, inside=inside)
    elif inside and isinstance(data, str) and _NAME.fullmatch(data):
        yield data
