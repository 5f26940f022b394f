"""What Flux makes of ``${VAR}``: after kustomize, in every object, from a Kustomization's ``postBuild``."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.release.streams import data_of, parts

# Defaults may hold one more variable.
_VARIABLE = regex(
    r"\$?\$\{(?P<length>#)?(?P<name>[A-Za-z_]\w*)(?P<rest>(?:[^{}]|\$\{[^{}]*\})*)\}",
)
# Flux takes all of these for a default (fluxcd/pkg, envsubst, read in August 2026), the rest as a shell does.
_DEFAULT = regex(r":?[-=+?](?P<text>.*)", re.DOTALL)
_SLICE = regex(r":\s*(?P<start>-?\d+)(?::\s*(?P<length>-?\d+))?")
_CASES: Mapping[str, Callable[[str], str]] = {
    "^^": str.upper,
    ",,": str.lower,
    "^": lambda text: text[:1].upper() + text[1:],
    ",": lambda text: text[:1].lower() + text[1:],
}
_TRIM = regex(r"(?P<how>##?|%%?)(?P<pattern>.+)", re.DOTALL)
# A slash behind a backslash is part of what is looked for.
_REPLACE = regex(r"/(?P<how>[/#%]?)(?P<old>(?:\\/|[^/])+)(?:/(?P<new>.*))?", re.DOTALL)
# Such a text keeps its quotes when Flux writes the object down before it fills in.
_QUOTED = regex(r": |\s#|\n|:$|^[\s!&*%@`|>'\"{\[\],#?-]|^$")


@record
class Variables:
    """The variables of one Flux Kustomization.

    Args:
        values: what is known.
        hidden: where more may come from that is not read here (``Secret/name``); a variable that nothing gives
            is then rendered as a stand-in, and else empty, as Flux has it.
    """

    values: Mapping[str, str]
    hidden: tuple[str, ...] = ()

    def filled(self, text: str) -> str:
        """The text as Flux makes it."""
        return _VARIABLE.sub(self._one, text)

    def data(self, data: Any) -> Any:
        """Data with every string filled; types that a text would get are not looked at."""
        if isinstance(data, dict):
            return {key: self.data(value) for key, value in data.items()}
        if isinstance(data, list):
            return [self.data(item) for item in data]
        return self.filled(data) if isinstance(data, str) and "${" in data else data

    def unknown(self, text: str) -> tuple[str, ...]:
        """The variables in a text that only something which is not read here could give."""
        if not self.hidden:
            return ()
        names = (found["name"] for found in _VARIABLE.finditer(text) if not found[0].startswith("$$"))
        return tuple(dict.fromkeys(name for name in names if name not in self.values))

    def fill(self, text: str, *, quoted: bool) -> dict[str, str]:
        """Placeholder as it stands in a text → what it becomes.

        Flux fills in the object as it writes it down again, where a text like ``"${PORT}"`` has lost its
        quotes: 8080 becomes a number. ``quoted`` is for the text of objects: there such scalars are filled whole.
        """
        if "${" not in text:
            return {}
        found = {match[0]: self._one(match) for match in _VARIABLE.finditer(text)}
        if quoted:
            found |= dict(self._scalars(text))
        return found

    def _scalars(self, text: str) -> Iterator[tuple[str, str]]:
        for token in (token for part in parts(text) for token in _quoted_scalars(part.text)):
            value = data_of(token)
            if not isinstance(value, str) or _QUOTED.search(value):
                continue
            filled = self.filled(value)
            typed = data_of(filled)
            plain = typed if isinstance(typed, str | int | float | bool | None) else filled
            yield token, json.dumps(plain, ensure_ascii=False)

    def _one(self, found: re.Match[str]) -> str:
        if found[0].startswith("$$"):
            # Only the sign is kept from being taken: what stands inside is filled in.
            return found[0][1 : found.start("rest") - found.start()] + self.filled(found["rest"]) + "}"
        name, rest = found["name"], found["rest"]
        value = self.values.get(name, "")
        if found["length"]:
            return str(len(value.encode()))
        default = _DEFAULT.fullmatch(rest)
        if default:
            return value or self.filled(default["text"])
        if name not in self.values and self.hidden:
            return name.lower().replace("_", "-")
        return _CASES[rest](value) if rest in _CASES else _cut(value, self.filled(rest))


def _cut(value: str, rest: str) -> str:
    """A value with a part of it taken, taken away, or replaced."""
    if found := _SLICE.fullmatch(rest):
        start = int(found["start"])
        start = max(len(value) + start, 0) if start < 0 else start
        length = int(found["length"]) if found["length"] else len(value)
        end = len(value) + length if length < 0 else start + length
        return value[start : max(end, start)]
    if found := _TRIM.fullmatch(rest):
        return _trimmed(value, found["how"], found["pattern"])
    if found := _REPLACE.fullmatch(rest):
        old, new = found["old"].replace("\\/", "/"), (found["new"] or "").replace("\\/", "/")
        if found["how"] in ("#", "%") and not new:
            # By nothing Flux replaces neither a beginning nor an end.
            return value
        if found["how"] == "#":
            return new + value.removeprefix(old) if value.startswith(old) else value
        if found["how"] == "%":
            return value.removesuffix(old) + new if value.endswith(old) else value
        return value.replace(old, new, -1 if found["how"] == "/" else 1)
    return value


def _trimmed(value: str, how: str, pattern: str) -> str:
    """A value without the shortest or longest beginning (``#``, ``##``) or end (``%``, ``%%``) that fits a pattern."""
    begins = how.startswith("#")
    sizes = range(1, len(value) + 1)
    for size in sizes if len(how) == 1 else reversed(sizes):
        part = value[:size] if begins else value[len(value) - size :]
        if fnmatchcase(part, pattern):
            return value[size:] if begins else value[: len(value) - size]
    return value


def _quoted_scalars(text: str) -> Iterator[str]:
    """The quoted scalars of a document that hold a variable, as they stand."""
    import yaml  # noqa: PLC0415 - only where Flux substitutes

    if not re.search(r"[\"'].*\$\{", text):
        return
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if isinstance(event, yaml.ScalarEvent) and event.style in ("'", '"') and "${" in event.value:
                start: Any = event.start_mark
                end: Any = event.end_mark
                # The event begins at the anchor or tag, which stays as it is.
                token = text[start.index : end.index]
                yield token[token.index(event.style) :] if event.anchor or event.tag else token
    except yaml.YAMLError:
        return
