"""Words of a longer text: arguments, configuration, lists in one string. An image may be one of them."""

import re
from collections.abc import Mapping
from typing import Any

from migrate_dhi.oci.reference import Reference
from migrate_dhi.regex import regex

_WORDS = regex(r"[^\s\"'=,;\[\]{}()<>|&`]+")
# A path of two names at least and a tag that holds a number, as in the value of a variable of the environment.
_WHOLE = regex(r"(?:[a-z0-9][\w.-]*(?::\d+)?/)+[a-z0-9][\w.-]*:v?\d+\.[\w.-]*(?:@sha256:[0-9a-f]{64})?")
_HINT = regex(r"/[\w.-]+:v?\d")
_TEMPLATE = regex(r"\{\{.*?\}\}", re.DOTALL)


def words_of(text: str) -> list[str]:
    """The words of a longer text as slots count them."""
    return _WORDS.findall(text)


def word_spans(text: str) -> list[tuple[int, int]]:
    """Where each word of a longer text begins and ends."""
    return [match.span() for match in _WORDS.finditer(text)]


def gaps_of(text: str) -> list[str]:
    """What stands before, between and behind the words of a longer text: one more than there are words."""
    return _WORDS.split(text)


def is_longer(text: str) -> bool:
    """True for a text that is more than one word; what stands in a template's braces is one."""
    plain = _TEMPLATE.sub("x", text) if "{{" in text else text
    found = _WORDS.match(plain)
    return bool(plain) and (found is None or found.end() < len(plain))


def around_templates(text: str) -> list[str]:
    """What is written before, between and behind the templates of a text.

    >>> around_templates("{{ .Values.registry }}/acme/app:{{ .Chart.AppVersion }}")
    ['', '/acme/app:', '']
    """
    return _TEMPLATE.split(text)


def word_at(value: Any, word: int | None) -> Any:
    """A value, or the word of that number in its text; None where it has no such word."""
    if word is None:
        return value
    words = words_of(value) if isinstance(value, str) else []
    return words[word] if word < len(words) else None


def with_words(text: str, new: Mapping[int, str]) -> str:
    """A text with some of its words exchanged.

    >>> with_words("--image=a/b:1 --name=x", {1: "c/d:2"})
    '--image=c/d:2 --name=x'
    """
    words = [new.get(number, word) for number, word in enumerate(words_of(text))]
    return "".join(part for pair in zip(gaps_of(text), [*words, ""], strict=True) for part in pair)


def is_image(word: str) -> bool:
    """True for a word that reads like an image: a path and a tag or digest."""
    reference = Reference.try_parse(word)
    return reference is not None and "/" in word and bool(reference.tag or reference.digest)


def certain_images(text: str) -> list[tuple[int, str]]:
    """The words of a text, with their numbers, that are certainly images."""
    if not _HINT.search(text):
        return []
    return [(number, word) for number, word in enumerate(words_of(text)) if is_certainly_image(word)]


def is_certainly_image(word: str) -> bool:
    """True for a word that can hardly be anything else: a path, and a tag that begins with a version."""
    return _WHOLE.fullmatch(word) is not None
