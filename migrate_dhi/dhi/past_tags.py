"""Tags that the catalog listed once: read from the Git history of the public catalog repository.

Docker rebuilds tags and lists only the newest patch of each line; an older tag can often still be pulled. For
each tag of a runtime image that names its full distro (``9.0.2-debian13``) the days are kept on which a
commit first listed it and last dropped it.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from migrate_dhi.git.run import ask
from migrate_dhi.regex import regex

_DEFINITION = regex(r"image/([^/]+)/(?:debian|alpine)-[\d.]+/[^/]+\.yaml")
_TAGS = re.compile(rb"^tags:\s*\n((?:[ \t]*-[^\n]*\n)+)", re.MULTILINE)
_SPECIFIC = regex(r"\d+\.\d[^\s]*-(?:debian\d|alpine\d+\.\d)[^\s]*")
_BATCH = 4000

# A change of one definition: the day, the image, the object before and the object after (zeros: none).
_Change = tuple[str, str, str, str]


def past_tags(repository: Path, revision: str = "HEAD") -> dict[str, dict[str, list[str]]]:
    """For each image its tags of all time with the days first and last listed, oldest first.

    Args:
        repository: a checkout or a bare repository with its whole history.
        revision: the newest commit.
    """
    changes = list(_changes(repository, revision))
    tags = _tags_of(repository, {blob for _, _, *blobs in changes for blob in blobs if blob.strip("0")})
    seen: dict[str, dict[str, list[str]]] = {}
    for day, image, before, after in changes:
        known = seen.setdefault(image, {})
        for tag in tags.get(after, ()):
            known.setdefault(tag, [day, day])[1] = day
        for tag in tags.get(before, ()):
            known.setdefault(tag, [day, day])[1] = day
    return seen


def changed_definitions(repository: Path, revision: str) -> set[str]:
    """The ids of all definitions that the history has."""
    return {blob for _, _, *blobs in _changes(repository, revision) for blob in blobs if blob.strip("0")}


def is_specific(tag: str) -> bool:
    """Whether a tag names a version and the full distro, and is of a runtime image: the days of such ones are kept."""
    return bool(_SPECIFIC.fullmatch(tag)) and not tag.endswith("-dev")


def _changes(repository: Path, revision: str) -> Iterator[_Change]:
    """Every change of a definition, oldest first."""
    log = ask(
        repository,
        *("log", "--reverse", "--raw", "--no-renames", "--no-abbrev", "--date-order"),
        *("--format=@%cs", revision, "--", "image"),
    )
    day = ""
    for line in log.stdout.decode(errors="replace").splitlines():
        if line.startswith("@"):
            day = line[1:]
            continue
        facts, _, path = line.partition("\t")
        match = _DEFINITION.fullmatch(path)
        if match:
            _, _, before, after, _ = facts.split(" ")
            yield day, match[1], before, after


def _tags_of(repository: Path, blobs: set[str]) -> dict[str, tuple[str, ...]]:
    """The specific runtime tags that each object lists."""
    found: dict[str, tuple[str, ...]] = {}
    ids = sorted(blobs)
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        output = ask(repository, "cat-file", "--batch", stdin="\n".join(batch).encode() + b"\n").stdout
        position = 0
        for blob in batch:
            head, _, _ = output[position : position + 200].partition(b"\n")
            fields = head.split()
            position += len(head) + 1
            if len(fields) == 3:  # otherwise the object is missing
                size = int(fields[2])
                found[blob] = _listed(output[position : position + size])
                position += size + 1
    return found


def _listed(definition: bytes) -> tuple[str, ...]:
    match = _TAGS.search(definition)
    if match is None:
        return ()
    items = (
        line.strip().lstrip("-").strip().strip("\"'")
        for line in match[1].decode(errors="replace").splitlines()
    )
    return tuple(tag for tag in items if is_specific(tag))
