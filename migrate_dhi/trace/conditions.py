"""Conditions of templates that keep an image out of the render now, and the values that would let it in.

Found in the template's text alone: an ``if`` around a line with an image, whose condition reads a value that is false,
or another word than the one it is compared with. Whether the chart renders so is for who asks.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.helm.tree import ChartNode
from migrate_dhi.kube.manifests import value_at
from migrate_dhi.regex import regex
from migrate_dhi.trace.unlisted import named, prefixes

_TAG = regex(
    r"\{\{-?\s*(?:(?P<begins>if|with|range|define|block)\b(?P<of>[^}]*)|else(?:\s+if\b(?P<also>[^}]*))?|(?P<ends>end))"
    r"\s*-?\}\}"
)
_IMAGE = regex(r"^\s*(?:- +)?[\"']?image[\"']?:", re.MULTILINE)
_EQUAL = regex(r"\beq\s+\(?\$?\.Values\.([\w.]+)\)?\s+[\"`]([^\"`]*)[\"`]")
_SWITCH = regex(r"enable|install|create|deploy")
_NOT = regex(r"\bnot\b|\bne\b")


def settings(nodes: Sequence[ChartNode], values: Mapping[str, Any]) -> dict[ValuesPath, Any]:
    """Value → what it would have to be for an image to render that does not now.

    Args:
        nodes: the chart's tree.
        values: its merged values.
    """
    found: dict[ValuesPath, Any] = {}
    for node in nodes:
        for _, text in node.templates:
            for condition in _around_images(text) if "image" in text else ():
                for prefix in prefixes(node):
                    for path, value in _met(condition, prefix, values):
                        found.setdefault(path, value)
    return found


def _around_images(text: str) -> Iterator[str]:
    """The conditions of the branches that hold a line with an image."""
    # Where each branch that is open begins, with its condition; None for what is no `if`, and for a plain `else`.
    open_: list[tuple[int, str] | None] = []
    for tag in _TAG.finditer(text):
        if tag["begins"]:
            open_.append((tag.end(), tag["of"]) if tag["begins"] == "if" else None)
            continue
        branch = open_.pop() if open_ else None
        if branch and _IMAGE.search(text, branch[0], tag.start()):
            yield branch[1]
        if not tag["ends"]:
            open_.append((tag.end(), tag["also"]) if tag["also"] else None)


def _met(condition: str, prefix: ValuesPath, values: Mapping[str, Any]) -> Iterator[tuple[ValuesPath, Any]]:
    """What makes a condition hold that does not now, as far as its text tells; nothing for one that is negated."""
    if _NOT.search(condition):
        return
    equal = {(*prefix, *found[1].split(".")): found[2] for found in _EQUAL.finditer(condition)}
    for path, word in equal.items():
        now = value_at(values, path)
        if isinstance(now, str) and now != word:
            yield path, word
    for own in named(condition):
        path = (*prefix, *own)
        now = value_at(values, path)
        if path not in equal and (now is False or (now is None and _SWITCH.search(own[-1]))):
            yield path, True


def labels(held: Mapping[ValuesPath, Any]) -> str:
    """What is set, for people, as the end of a sentence: ``with a.enabled and b.enabled on``."""
    on = sorted(_shown(path) for path, value in held.items() if value is True)
    others = sorted(
        f"{_shown(path)}={str(value).lower()}" for path, value in held.items() if value is not True
    )
    parts = [f"{_listed(on)} on"] if on else []
    return "with " + " and ".join([*parts, *([_listed(others)] if others else [])])


def _listed(names: Iterable[str]) -> str:
    told = list(names)
    more = f" and {len(told) - 3} more switches" if len(told) > 3 else ""
    return (", ".join(told[:3]) + more) if more else " and ".join(told)


def _shown(path: ValuesPath) -> str:
    return ".".join(map(str, path))
