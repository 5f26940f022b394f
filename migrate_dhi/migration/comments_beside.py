"""Comments beside a probe that gets another handler: prose is never edited, and may tell of the old command still."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from migrate_dhi.edit import Edit
from migrate_dhi.findings import Finding
from migrate_dhi.migration.editing import read
from migrate_dhi.migration.plan import StepOutcome
from migrate_dhi.regex import regex
from migrate_dhi.steps.rungs import HANDLERS
from migrate_dhi.yamledit import MISSING
from migrate_dhi.yamledit.layout import is_prose

_STEP = "probes"
# A comment behind a key; a value that holds the sign is no key alone.
_BEHIND = regex(r":\s+(#.*)$")


def of_comments(outcomes: Iterable[StepOutcome]) -> list[Finding]:
    """A note for each key of a probe that changes, with the first line of prose that stays right above or behind it."""
    found: dict[tuple[str, int], Finding] = {}
    for outcome in outcomes:
        for edit in outcome.chosen if outcome.name == _STEP else ():
            for key in _keys(edit, outcome.files):
                for number, text in _prose(outcome.files[edit.file].split("\n"), key):
                    found.setdefault((edit.file, number), _finding(edit.file, number, text))
    return list(found.values())


def _keys(edit: Edit, texts: Mapping[str, str]) -> Iterator[int]:
    """The 1-based lines of the key that is written, and of the probe around it; none of a template."""
    if edit.template or edit.delete or edit.file not in texts:
        return
    path = edit.path if edit.inner is None else edit.inner
    for inside in (path, path[:-1]) if path[-1:] and path[-1] in HANDLERS else (path,):
        place = replace(edit, path=inside) if edit.inner is None else replace(edit, inner=inside)
        at, there = read(texts, place)
        if at and there is not MISSING:
            yield at


def _prose(lines: list[str], key: int) -> Iterator[tuple[int, str]]:
    """The prose behind a key, and the first line of that which touches it from above."""
    behind = _BEHIND.search(lines[key - 1])
    if behind and is_prose(behind[1]):
        yield key, behind[1]
    first = key - 1
    while first and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    above = ((at, lines[at - 1].strip()) for at in range(first + 1, key))
    yield from [(at, text) for at, text in above if is_prose(text)][:1]


def _finding(file: str, line: int, text: str) -> Finding:
    return Finding(
        "comment-beside",
        "info",
        f"the comment {text.lstrip('# ')!r} stands beside a probe that changes, and stays as it is",
        file=file,
        line=line,
        help="look whether it still holds, and change it on the branch",
    )
