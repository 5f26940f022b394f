"""Data that strangers wrote: anything may stand anywhere, and nothing is raised for it."""

from collections.abc import Iterable, Iterator
from typing import Any


def mapping(data: Any) -> dict[str, Any]:
    """The data where it is a map, else an empty one."""
    return data if isinstance(data, dict) else {}


def sequence(data: Any) -> list[Any]:
    """The data where it is a list, else an empty one."""
    return data if isinstance(data, list) else []


def maps(data: Any) -> list[dict[str, Any]]:
    """The maps of a list; none where there is no list."""
    return [item for item in sequence(data) if isinstance(item, dict)]


def text_at(data: Any, *path: str) -> str:
    """The text at a path of maps; empty where there is none or it is a map or a list."""
    for step in path:
        data = data.get(step) if isinstance(data, dict) else None
    return "" if data is None or isinstance(data, dict | list) else str(data)


def child(data: Any, step: str | int, default: Any = None) -> Any:
    """What stands at one step: at a key of a map, or at an index of a list."""
    if isinstance(data, dict):
        return data.get(step, default)
    if isinstance(data, list) and isinstance(step, int) and step < len(data):
        return data[step]
    return default


def children(data: Any) -> Iterable[tuple[Any, Any]]:
    """The steps into a map or a list, each with what stands there; nothing else has any."""
    return data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()


def walk(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Everything below a map or a list with its path, what is around before what is in it."""
    for step, value in children(data):
        here = (*path, step)
        yield here, value
        yield from walk(value, here)


def scalar_text(value: Any) -> str:
    """A scalar as YAML and Go write it."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
