"""The templates in a helmfile itself: each a token in its data, and what a token becomes for one release."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from zlib import crc32

from migrate_dhi.regex import regex
from migrate_dhi.release.filling import is_alone
from migrate_dhi.release.gotmpl import State

TOKEN = "zq-templated-qz"  # noqa: S105 - stands for a template, and is no secret
NAMED, SPACED, CHOSEN = (f"{TOKEN}{number}q" for number in range(3))
_KNOWN = {".Release.Name": NAMED, ".Release.Namespace": SPACED, ".Environment.Name": CHOSEN}
# Helmfile evaluates what stands between backticks once more, for each release.
PLACEHOLDER = regex(r"\{\{(?:`[^`]*`|[^`])*?\}\}", re.DOTALL)
# What a template asks for: a text or a field in it.
_WORD = regex(r"(?<=[\"`.])[A-Za-z][\w-]*")
_NO_NAME = regex(r"[^a-z0-9]+")
_SHOWN = regex(rf"{TOKEN}(?:h?[0-9a-f]+q)?")


def tokens_of(text: str) -> dict[str, str]:
    """What stands for each placeholder of a helmfile, so that it is YAML: nothing for what has lines of its own."""
    found = dict.fromkeys(PLACEHOLDER.findall(text))
    return {one: "" if is_alone(text, one) else _token(inner(one)) for one in found}


def inner(placeholder: str) -> str:
    """The template in a placeholder: that between backticks, where helmfile is to evaluate it for each release."""
    text = placeholder[2:-2].strip("- \t\r\n")
    return inner(text.strip("`")) if text.startswith("`{{") else text


def _token(template: str) -> str:
    return _KNOWN.get(template, f"{TOKEN}h{crc32(template.encode()):x}q")


def said(data: Any, words: Mapping[str, str]) -> Any:
    """The data with words in place of their tokens."""
    if isinstance(data, dict):
        return {key: said(value, words) for key, value in data.items()}
    if isinstance(data, list):
        return [said(value, words) for value in data]
    if isinstance(data, str) and TOKEN in data:
        for token, word in words.items():
            data = data.replace(token, word)
    return data


def templates_of(fills: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The template behind each token."""
    return {token: inner(one) for fill in fills for one, token in fill.items() if token}


def standing_in(text: str, templates: Mapping[str, str]) -> str:
    """A name with a word in place of each token of which nothing is known: the last that its template names."""
    for token in filter(text.__contains__, templates):
        named = _WORD.findall(templates[token])
        text = text.replace(token, _NO_NAME.sub("-", named[-1].lower()).strip("-") if named else "unknown")
    return text


def shown(text: str) -> str:
    """A text with an ellipsis for each token, for people."""
    return _SHOWN.sub("…", text)


def words_of(state: State, fills: Iterable[Mapping[str, str]], data: Any) -> dict[str, str]:
    """What the tokens in the data become; those that nothing is known of are left out.

    What asks for the release itself is not known before its name is.
    """
    text = str(data)
    if f"{TOKEN}h" not in text:
        return {}
    own = _KNOWN.values()
    made = {
        token: state.word(template)
        for token, template in templates_of(fills).items()
        if token in text and token not in own and (state.name or ".Release." not in template)
    }
    return {token: word for token, word in made.items() if word is not None}
