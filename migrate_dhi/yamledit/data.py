"""Nodes to plain Python data, as Helm reads them, and comparison of such data.

Keys are texts (Helm turns ``8080:`` into ``"8080"`` and ``on:`` into ``"true"``); aliases are resolved;
of equal keys the last one counts (of ``80`` and ``"80"`` Helm takes one at random); a
merge key adds its entries at its place, so that keys below it override them and keys above it are overridden
(Helm's order, not the YAML 1.1 merge rule).
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from migrate_dhi.yamledit.nodes import YamlNode
from migrate_dhi.yamledit.scalars import Scalar, read_plain

_CORE = "tag:yaml.org,2002:"


def resolve(node: YamlNode) -> YamlNode:
    """The node itself, or what an alias stands for."""
    while node.target is not None:
        node = node.target
    return node


def to_data(node: YamlNode | None) -> Any:
    """The data of a node; None for no node."""
    if node is None:
        return None
    node = resolve(node)
    if node.kind == "scalar":
        return scalar_value(node)
    if node.kind == "list":
        return [to_data(item) for item in node.items]
    data: dict[str, Any] = {}
    for key, value in node.entries:
        if is_merge(key):
            data.update(merged(value))
        else:
            data[key_text(key)] = to_data(value)
    return data


def is_merge(key: YamlNode) -> bool:
    """The key is ``<<``."""
    return key.kind == "scalar" and key.value == "<<" and not key.style and key.tag in (None, _CORE + "merge")


def merged(value: YamlNode) -> dict[str, Any]:
    """What a merge key adds: the map, or of several maps the entries of the first that has each key."""
    value = resolve(value)
    sources = value.items if value.kind == "list" else [value]
    result: dict[str, Any] = {}
    for source in reversed(sources):
        data = to_data(source)
        if isinstance(data, dict):
            result.update(data)
    return result


def scalar_value(node: YamlNode) -> Scalar:
    """The value of a scalar node as Helm reads it."""
    tag = node.tag
    if tag is None:
        return node.value if node.style else read_plain(node.value)
    short = tag.removeprefix(_CORE)
    if short == "binary":
        try:
            return base64.b64decode(node.value).decode()
        except (binascii.Error, ValueError):
            return node.value
    if short in ("int", "float", "bool", "null"):
        return read_plain(node.value)
    return node.value


def key_text(key: YamlNode) -> str:
    """The key as Helm's JSON has it."""
    if key.text is None:
        key.text = _key_text(key)
    return key.text


def places(node: YamlNode) -> Mapping[str, int]:
    """The position of each key of a map, merge keys left out; of equal keys that of the last one, which counts."""
    if node.places is None:
        node.places = {key_text(key): n for n, (key, _) in enumerate(node.entries) if not is_merge(key)}
    return node.places


def _key_text(key: YamlNode) -> str:
    value = scalar_value(resolve(key))
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    return str(int(value)) if float(value).is_integer() else repr(value)


def same(one: Any, two: Any) -> bool:
    """Equal data of equal kinds: ``1`` is not ``true``, and ``1`` is ``1.0`` (one JSON number)."""
    if one is two:
        return True
    if isinstance(one, bool) or isinstance(two, bool) or one is None or two is None:
        return False
    if isinstance(one, dict) and isinstance(two, dict):
        return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(map(same, one, two))
    if isinstance(one, (int, float)) and isinstance(two, (int, float)):
        return one == two or (one != one and two != two)  # noqa: PLR0124 - not-a-number equals itself here
    return type(one) is type(two) and bool(one == two)


def common_ends(old: list[Any], new: list[Any]) -> tuple[int, int]:
    """How many items two lists share at the start, and (of the rest) at the end."""
    most = min(len(old), len(new))
    head = 0
    while head < most and same(old[head], new[head]):
        head += 1
    tail = 0
    while tail < most - head and same(old[-1 - tail], new[-1 - tail]):
        tail += 1
    return head, tail
