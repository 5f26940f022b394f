"""Commit messages whose trailers say what was done: written here, read by Git's own rules."""

from collections.abc import Mapping, Sequence

from migrate_dhi import redact
from migrate_dhi.regex import regex

STEP, CHART, IMAGE, PROOF = "DHI-Step", "DHI-Chart", "DHI-Image", "DHI-Proof"
"""The trailers of a step's commit: its name, the chart's path, ``old -> new`` for each image, the engine."""

RELEASE, NEEDS = "DHI-Release", "DHI-Needs"
"""What a step's commit is for, ``namespace/name`` (repeatable); and the step without which it does not run."""

REVERTS = "DHI-Reverts"
"""The trailer of a commit that takes a step back: the step's name."""

PLACEHOLDER = "%(trailers:only,unfold)"
"""The format placeholder whose output :func:`parse_trailers` reads."""

_TOLD = regex(r"[ \t>*-]*(?P<key>DHI-[A-Z][a-z]+): (?P<value>.+)")

READING = ("-c", "trailer.separators=:")
"""Global options for reading: a user's own separators would hide ours."""


def format_message(subject: str, body: str, trailers: Mapping[str, str | Sequence[str]]) -> str:
    """A commit message: subject, blank line, body, blank line, one ``Key: value`` line for each trailer.

    >>> print(format_message("fix: x", "Why.", {"DHI-Step": "tag", "DHI-Image": ["a -> b", "c -> d"]}))
    fix: x
    <BLANKLINE>
    Why.
    <BLANKLINE>
    DHI-Step: tag
    DHI-Image: a -> b
    DHI-Image: c -> d
    <BLANKLINE>

    What is known to be a secret is hidden. Line breaks in the subject and in values become spaces, since each of
    them is one line to Git.
    """
    lines = [
        f"{key}: {_one_line(value)}"
        for key, values in trailers.items()
        for value in ([values] if isinstance(values, str) else values)
    ]
    parts = [redact.text(_one_line(subject)), redact.text(body.strip()), "\n".join(lines)]
    return "\n\n".join(part for part in parts if part) + "\n"


def parse_trailers(block: str) -> dict[str, list[str]]:
    """The trailers of a commit by key, in their order, from what Git prints for :data:`PLACEHOLDER`."""
    found: dict[str, list[str]] = {}
    for line in block.split("\n"):
        key, separator, value = line.partition(": ")
        if separator:
            found.setdefault(key, []).append(value.strip())
    return found


def told_in(body: str) -> list[dict[str, list[str]]]:
    """The trailers of several commits whose messages were put together to one, as a squash does.

    One entry for each step that was made or taken back, in the order of the text. Such lines are trailers to
    nobody any more: other text follows them, or they are indented or quoted.
    """
    found: list[dict[str, list[str]]] = []
    for line in body.split("\n"):
        match = _TOLD.match(line)
        if match is None:
            continue
        if match["key"] in (STEP, REVERTS):
            found.append({})
        if found:
            found[-1].setdefault(match["key"], []).append(match["value"].strip())
    return found


def _one_line(text: str) -> str:
    return " ".join(line.strip() for line in text.splitlines() if line.strip())
