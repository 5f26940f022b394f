"""Values to YAML text in a given style; lines without line breaks, relative to column 0."""

from typing import Any

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.yamledit.scalars import (
    double_quoted,
    literal_block,
    plain_is_safe,
    single_quoted,
    write_number,
)
from migrate_dhi.yamledit.style import Style


def check_value(value: Any) -> None:
    """Refuse what YAML as Helm reads it cannot hold: other types, keys that are no texts.

    Raises:
        EditRefusedError: the value cannot be written.
    """
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise EditRefusedError(f"a key must be a text, not {key!r}")
            check_value(item)
    elif isinstance(value, list):
        for item in value:
            check_value(item)
    elif value is not None and not isinstance(value, (str, int, float)):
        raise EditRefusedError(f"a value of type {type(value).__name__} cannot be written as YAML")


def scalar_text(value: Any, style: Style, *, flow: bool = False, quote: str = "") -> str:
    """A scalar, ``{}`` or ``[]`` on one line.

    Args:
        value: what to write.
        style: of the neighbours.
        flow: it stands inside brackets.
        quote: the quote character of the text that it replaces, kept where it can hold the new one.
    """
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, list):
        return "[]"
    if not isinstance(value, str):
        return write_number(value)
    wanted = quote or style.quote
    if not quote and not style.quote_texts and plain_is_safe(value, flow=flow):
        return value
    return (single_quoted(value) if wanted == "'" else None) or double_quoted(value)


def key_name(key: str, style: Style, *, flow: bool = False) -> str:
    """A key, quoted where any reader could take it for something else."""
    if style.quote_keys:
        return double_quoted(key)
    if plain_is_safe(key, flow=flow):
        return key
    return (single_quoted(key) if style.quote == "'" else None) or double_quoted(key)


def flow_text(value: Any, style: Style) -> str:
    """Any value on one line, in brackets."""
    if isinstance(value, dict) and value:
        inner = ", ".join(
            f"{key_name(key, style, flow=True)}: {flow_text(item, style)}" for key, item in value.items()
        )
        return f"{{{style.padding}{inner}{style.padding}}}"
    if isinstance(value, list) and value:
        return f"[{', '.join(flow_text(item, style) for item in value)}]"
    return scalar_text(value, style, flow=True)


def is_block(value: Any, style: Style) -> bool:
    """The value takes lines of its own below its key: a filled map or list, or a text for a literal block."""
    if isinstance(value, (dict, list)):
        return bool(value)
    return isinstance(value, str) and style.literal and literal_block(value) is not None


def block_lines(value: Any, style: Style) -> list[str]:
    """The lines of a filled map or list."""
    if isinstance(value, dict):
        return [line for key, item in value.items() for line in entry_lines(key, item, style)]
    return [line for item in value for line in item_lines(item, style)]


def entry_lines(key: str, value: Any, style: Style) -> list[str]:
    """The lines of one map entry."""
    head, rest = value_lines(value, style)
    shift = style.dash if isinstance(value, list) else style.step
    first = f"{key_name(key, style)}:{' ' if head else ''}{head}"
    return [first, *indented(rest, shift)]


def item_lines(value: Any, style: Style) -> list[str]:
    """The lines of one list item."""
    if isinstance(value, (dict, list)) and value:
        first, *rest = block_lines(value, style)
    else:
        first, rest = value_lines(value, style)
    return ["-" + " " * (style.gap - 1) + first, *indented(rest, style.gap)]


def value_lines(value: Any, style: Style) -> tuple[str, list[str]]:
    """What stands behind the colon, and the lines below it (not yet indented)."""
    if isinstance(value, (dict, list)) and value:
        return "", block_lines(value, style)
    literal = literal_block(value) if isinstance(value, str) and style.literal else None
    return literal if literal is not None else (scalar_text(value, style), [])


def indented(lines: list[str], by: int) -> list[str]:
    """The lines shifted to the right; blank ones stay blank."""
    return [" " * by + line if line else line for line in lines]
