"""Changes that follow from a changed image or version, and so need no announcement of their own.

Version labels, checksum annotations, and other places that repeat the image: charts derive them from the
very value that a step sets. Anything else that changes is a surprise.
"""

import base64
import re
from collections.abc import Iterable, Sequence
from typing import Any

from migrate_dhi.kube.compare import ABSENT, Change, differences
from migrate_dhi.kube.documents import structure
from migrate_dhi.kube.manifests import Path, value_at

Pairs = Iterable[tuple[str, str]]

# A digest in hex or base64, as sha256sum, sha1sum, adler32sum and toJson | b64enc give it.
_HASH = re.compile(r"^(?:sha\d+[:-])?(?:[0-9a-f]{8,128}|[0-9]{8,10}|[A-Za-z0-9+/]{27,}={0,2})$")


def follows(change: Change, pairs: Pairs) -> bool:
    """True where a change repeats one of the replacements (old, new), or hashes something that does."""
    before, after = change.before, change.after
    if not isinstance(before, str) or not isinstance(after, str):
        return False
    if _hashes(change.path) and _HASH.match(before) and _HASH.match(after):
        return True
    if change.object.kind == "Secret" and change.path[:1] == ("data",):
        before, after = _decoded(before), _decoded(after)
    listed = [(old, new) for old, new in pairs if old and old != new]
    if in_labels(change.path) or change.path[-2:-1] == ("annotations",):
        return any(_stands_for(before, old) and _stands_for(after, new) for old, new in listed)
    return _repeats(before, after, listed)


def echoes(change: Change, written: Sequence[tuple[Path, Any]]) -> bool:
    """True where a text of the manifests holds the chart's own values, and shows just what was written.

    Some charts put all their values into a Secret or ConfigMap for their application to read.

    Args:
        change: a changed string.
        written: the values written, as (path, value); None for a deleted one.
    """
    before, after = change.before, change.after
    if not isinstance(before, str) or not isinstance(after, str):
        return False
    old, new = _values(before), _values(after)
    if not isinstance(old, dict) or not isinstance(new, dict):
        return False
    # Helm leaves a null out, or hands it on, by whether anything is set beside it: both say nothing.
    places = [
        place
        for place, was, becomes in differences(old, new)
        if not (_says_nothing(was) and _says_nothing(becomes))
    ]
    return bool(places) and all(
        any(_is_written(place, new, path, value) for path, value in written) for place in places
    )


def _is_written(place: Path, new: Any, path: Path, value: Any) -> bool:
    """The place ends in the written path (it may lie deeper), and holds the written value there.

    A text may hold the values under a root of its own, or those of one dependency: then they share the last
    three keys. One key alone will do for a text or a list: charts lay maps of defaults over the top of their values.
    """
    least = 1 if isinstance(value, str | list) and value else 2
    for end in range(1, len(place) + 1):
        shared = _common_end(place[:end], path)
        if shared >= min(end, len(path), 3) and shared >= min(least, len(path)):
            return bool(value_at(new, place[:end]) == value)
    return False


def _says_nothing(value: Any) -> bool:
    return (
        value is None
        or value is ABSENT
        or (isinstance(value, dict) and all(map(_says_nothing, value.values())))
    )


def _common_end(one: Path, other: Path) -> int:
    pairs = zip(reversed(one), reversed(other), strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _values(text: str) -> Any:
    """The data of a text, which may be wrapped in base64: in a Secret, or in a variable of the environment."""
    data = structure(text)
    return data if isinstance(data, dict) else structure(_decoded(text))


def _hashes(path: Path) -> bool:
    """Annotations, and fields that say of themselves that they hold a hash."""
    return "annotations" in path or bool(
        re.search(r"checksum|hash|sha\d*(?:sum)?\b", str(path[-1:]), re.IGNORECASE)
    )


def _decoded(text: str) -> str:
    """What a Secret holds, or the text itself where it is no base64 of a text."""
    try:
        return base64.b64decode(text, validate=True).decode("utf-8")
    except ValueError:
        return text


def in_labels(path: Path) -> bool:
    """Labels proper, and the selectors and templates that repeat them."""
    return any(step in {"labels", "matchLabels", "selector"} for step in path)


# Short names and tags stand in any text; beyond this many places no one can say which of them were meant.
_MOST_PLACES = 200


def _repeats(before: str, after: str, pairs: Iterable[tuple[str, str]]) -> bool:
    """True where some of the old texts, here and there, were replaced, and nothing else changed.

    Not all of them: ``postgres`` is an image, and a part of other words.
    """
    table: dict[str, list[str]] = {}
    for old, new in pairs:
        table.setdefault(old, []).append(new)
    if not table:
        return False
    longest_first = "|".join(re.escape(old) for old in sorted(table, key=len, reverse=True))
    pieces = re.split(f"({longest_first})", before)
    if len(pieces) > 2 * _MOST_PLACES:
        return False
    either = (
        f"(?:{'|'.join(map(re.escape, [*table[piece], piece]))})" if piece in table else re.escape(piece)
        for piece in pieces
    )
    return re.fullmatch("".join(either), after) is not None


def _stands_for(label: str, text: str) -> bool:
    """A label holds a text, perhaps without its `v`, cut short, or with other signs than labels allow."""
    plain, wanted = _plain(label), _plain(text)
    return bool(plain and wanted) and (
        wanted in plain or wanted.startswith(plain) or plain.endswith(wanted[:40])
    )


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.").removeprefix("v")
