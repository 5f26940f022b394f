"""What stands in for the placeholders of a template, learned from what it rendered."""

import json
import re
from collections.abc import Iterator
from typing import Any

from migrate_dhi.release.argo_templates import LITERAL, PLACEHOLDER


class Filling:
    """The placeholders of a text, and the text that each became.

    What has lines of its own everywhere, a condition or what is included as a block, becomes nothing.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = {one: f"zq{at}qz" for at, one in enumerate(dict.fromkeys(PLACEHOLDER.findall(text)))}
        self._alone = {one for one in self._tokens if is_alone(text, one)}
        literal = {one: _content(one) for one in self._tokens if LITERAL.fullmatch(one)}
        self._given = {self._tokens[one]: content for one, content in literal.items()}
        self._known = dict.fromkeys(self._alone, "") | literal

    @property
    def fill(self) -> dict[str, str]:
        """Placeholder → text; what nothing was learned of keeps a word of its own."""
        return {one: self._known.get(one, token) for one, token in self._tokens.items()}

    def masked(self, text: str) -> str:
        """A part of the text with a token for each placeholder, so that it is YAML."""
        return PLACEHOLDER.sub(
            lambda found: "" if found[0] in self._alone else self._tokens.get(found[0], "zqz"), text
        )

    def learn(self, source: Any, rendered: Any) -> None:
        """Learn from each place of the masked data what its placeholders became."""
        for place, became in _aligned(source, rendered):
            self._read_off(place, became)

    def _read_off(self, source: str, rendered: Any) -> None:
        named = {token: one for one, token in self._tokens.items()}
        pieces = re.split(r"(zq\d+qz)", source)
        if len(pieces) == 3 and not pieces[0] and not pieces[2] and pieces[1] in named:
            placeholder = named[pieces[1]]
            quoted = f'"{placeholder}"' in self._text or f"'{placeholder}'" in self._text
            self._known[placeholder] = str(rendered) if quoted else _scalar(rendered)
            return
        learned = [piece for piece in pieces[1::2] if piece not in self._given]
        pattern = "".join(
            "(.*)" if piece in learned else re.escape(self._given.get(piece, piece)) for piece in pieces
        )
        found = re.fullmatch(pattern, str(rendered), re.DOTALL)
        if found:
            for token, value in zip(learned, found.groups(), strict=True):
                if token in named:
                    self._known[named[token]] = value


def _aligned(source: Any, rendered: Any) -> Iterator[tuple[str, Any]]:
    """Each text of the source that holds a placeholder, with what stands in its place."""
    if isinstance(source, dict) and isinstance(rendered, dict):
        for key, value in source.items():
            if key in rendered:
                yield from _aligned(value, rendered[key])
    elif isinstance(source, list) and isinstance(rendered, list) and len(source) == len(rendered):
        for one, other in zip(source, rendered, strict=True):
            yield from _aligned(one, other)
    elif isinstance(source, str) and "zq" in source:
        yield source, rendered


def _content(literal: str) -> str:
    """What a text in braces becomes."""
    inner = literal[2:-2].strip()
    return inner[1:-1] if inner.startswith("`") else str(json.loads(inner))


def _scalar(value: Any) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)


def is_alone(text: str, placeholder: str) -> bool:
    """Whether a placeholder has lines of its own everywhere: a condition, or what is included as a block."""
    whole = rf"^[ \t]*{re.escape(placeholder)}[ \t]*$"
    return len(re.findall(whole, text, re.MULTILINE)) == text.count(placeholder)
