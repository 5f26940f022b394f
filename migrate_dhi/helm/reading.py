"""Check an edit against Helm's own reading of the file: no Python parser reads ``0644`` or ``on`` as Helm does."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from migrate_dhi.errors import InvalidChartError
from migrate_dhi.helm.engine import read_values

Changed = tuple[tuple[str | int, ...], Any, bool]


def misread(before: str, after: str, changes: Iterable[Changed]) -> str:
    """Why Helm reads more (or less) than the edit into the new text; empty where it reads just that.

    Args:
        before: the text before.
        after: the text after.
        changes: (path, new value, is a deletion), in the order in which they were made.
    """
    wanted: Any = seen_values(before)
    for path, value, delete in changes:
        wanted = _put(wanted, path, value, delete=delete)
    found = seen_values(after)
    place = _difference(_bare(wanted), _bare(found), "")
    return f"Helm would read {place or 'the file'} differently" if place is not None else ""


def seen_values(text: str, *, where: str = "") -> Mapping[str, Any]:
    """A values document as :func:`read_values` reads it, read once for each text; callers do not change it."""
    try:
        return _seen(text)
    except InvalidChartError:
        # Once more, for the error to name the file.
        return read_values(text, where=where)


# What one step leaves is what the next one begins with, and what is merged for the render in between.
_seen = lru_cache(maxsize=128)(read_values)


def _put(data: Any, path: tuple[str | int, ...], value: Any, *, delete: bool) -> Any:
    """The data with a value put in or taken out at a path; what was given stays as it is."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        items = list(data) if isinstance(data, list) else []
        while len(items) <= step:
            items.append(None)
        if delete and not rest:
            del items[step]
        else:
            items[step] = _put(items[step], rest, value, delete=delete)
        return items
    mapping = dict(data) if isinstance(data, dict) else {}
    if delete and not rest:
        mapping.pop(step, None)
    else:
        mapping[step] = _put(mapping.get(step), rest, value, delete=delete)
    return mapping


def _bare(value: Any) -> Any:
    """An emptied map and a map that was never there are the same to a template."""
    if isinstance(value, dict):
        return {str(key): inner for key, item in value.items() if (inner := _bare(item)) != {}}
    return value


def _difference(wanted: Any, found: Any, path: str) -> str | None:
    """The first place that differs, or None."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key in dict.fromkeys([*wanted, *found]):
            place = _difference(wanted.get(key), found.get(key), f"{path}.{key}" if path else key)
            if place is not None:
                return place
        return None
    if type(wanted) is bool or type(found) is bool:
        return None if wanted is found else path
    return None if wanted == found else path
