"""Changes that follow from a changed image or version, and so need no announcement of their own.

Labels and annotations that show the image or its version, hashes of what holds it, and complete references to
the image, wherever they stand. A bare name or tag outside of those may mean the image or something else that
was built from the same value: that is for the user to say. Anything else that changes is a surprise.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from migrate_dhi.kube.compare import ABSENT, Change, differences
from migrate_dhi.kube.documents import decoded, structure
from migrate_dhi.kube.manifests import Path, is_builtin, value_at
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.trace.texts import gaps_of, words_of

# A digest in hex or base64, as sha256sum, sha1sum, adler32sum and toJson | b64enc give it.
_HASH = regex(r"^(?:sha\d+[:-])?(?:[0-9a-f]{8,128}|[0-9]{8,10}|[A-Za-z0-9+/]{27,}={0,2})$")
_SAYS_HASH = regex(r"checksum|hash|sha\d*(?:sum)?\b", re.IGNORECASE)


@record
class Move:
    """One image that a step moves, as it is rendered before the step and after it."""

    before: Reference
    after: Reference

    def makes(self, before: str, after: str) -> bool:
        """True where one text is the whole reference before, with a tag or digest, and the other the one after.

        A text may name the tag alone where the image has a digest besides.
        """
        old, new = Reference.try_parse(before), Reference.try_parse(after)
        if old is None or new is None or not (old.tag or old.digest):
            return False
        pair = (old.canonical(), new.canonical())
        mine = (self.before.canonical(), self.after.canonical())
        plain = tuple(one.with_tag(one.tag) for one in mine)
        return pair == mine or (bool(old.tag and new.tag) and pair == plain)


def follows(change: Change, moves: Collection[Move] = (), shown: Iterable[tuple[str, str]] = ()) -> bool:
    """True where a change repeats a move of an image, or hashes something that does.

    Args:
        change: a changed field.
        moves: the images that move.
        shown: names, tags and versions (old, new) that labels and annotations may show of them.
    """
    before, after = change.before, change.after
    if not isinstance(before, str) or not isinstance(after, str):
        return False
    if hashes(change):
        return True
    if is_label(change.path) or is_annotation(change.path):
        images = [(str(move.before), str(move.after)) for move in moves]
        listed = [(old, new) for old, new in (*images, *shown) if old and old != new]
        if any(_stands_for(before, old) and _stands_for(after, new) for old, new in listed):
            return True
    whole = all(
        old == new or any(move.makes(old, new) for move in moves) for old, new in words_beside(change)
    )
    return whole or _tells_version(change, moves)


def _tells_version(change: Change, moves: Collection[Move]) -> bool:
    """The version that a custom resource names in the very map that holds the image: its tag, for the operator."""
    if is_builtin(change.identity.api) or not re.search(
        r"(?:version|tag)$", str(change.path[-1]), re.IGNORECASE
    ):
        return False
    objects = (change.before_object, change.after_object)
    old, new = (value_at(item.data, change.path[:-1]) if item else None for item in objects)
    if not isinstance(old, dict) or not isinstance(new, dict):
        return False
    for key in old.keys() & new.keys():
        images = [Reference.try_parse(str(owner[key])) for owner in (old, new)]
        tags = [image.tag if image else "" for image in images]
        if tags == [change.before, change.after] and any(
            m.makes(str(old[key]), str(new[key])) for m in moves
        ):
            return True
    return False


def derived_value(change: Change, images: Iterable[tuple[Collection[str], Collection[str]]]) -> bool:
    """True where bare parts of an image, and nothing else, became parts of what it moves to.

    Args:
        change: a changed field that nothing announces.
        images: for each image that moves, its parts as they were, and the parts of its target.
    """
    if any(
        isinstance(value, dict | list) or value in (None, ABSENT) for value in (change.before, change.after)
    ):
        return False
    parts = list(images)
    return all(
        old == new or any(old in before and new in after for before, after in parts)
        for old, new in words_beside(change)
    )


def hashes(change: Change) -> bool:
    """True for a hash that becomes another one, in an annotation or in a field that says that it holds one."""
    before, after = change.before, change.after
    if not (isinstance(before, str) and isinstance(after, str)):
        return False
    if not (_HASH.match(before) and _HASH.match(after)):
        return False
    owner = value_at(change.object.data, change.path[:-1])
    named = owner.get("name") if isinstance(owner, dict) and change.path[-1:] == ("value",) else ""
    told = (str(change.path[-1:]), str(named or ""))
    return is_annotation(change.path) or any(map(_SAYS_HASH.search, told))


def is_label(path: Path) -> bool:
    """A label, or one that a selector asks for."""
    return path[-2:-1] in {("labels",), ("matchLabels",), ("selector",)} or (
        path[-2:-1] == ("values",) and path[-4:-3] == ("matchExpressions",)
    )


def is_annotation(path: Path) -> bool:
    """An annotation."""
    return path[-2:-1] == ("annotations",)


def words_beside(change: Change) -> list[tuple[str, str]]:
    """The words of both texts side by side; one pair, of the whole texts, where they do not match word by word."""
    before, after = str(change.before), str(change.after)
    if change.object.kind == "Secret" and change.path[:1] == ("data",):
        before, after = _decoded(before), _decoded(after)
    old, new = words_of(before), words_of(after)
    if len(old) != len(new) or gaps_of(before) != gaps_of(after):
        return [(before, after)]
    return list(zip(old, new, strict=True))


def echoes(change: Change, written: Sequence[tuple[Path, Any]], values: Mapping[str, Any]) -> bool:
    """True where a text of the manifests holds the chart's own values, and shows just what was written.

    Some charts put all their values into a Secret or ConfigMap for their application to read.

    Args:
        change: a changed string.
        written: the values written, as (path, value); None for a deleted one.
        values: the chart's merged values.
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
        any(_is_written(place, new, path, value, values) for path, value in written) for place in places
    )


def _is_written(place: Path, new: Any, path: Path, value: Any, values: Mapping[str, Any]) -> bool:
    """The place ends in the written path (it may lie deeper), and holds the written value there.

    A text may hold the values under a root of its own, or those of one dependency: then they share the last
    three keys. One key alone will do for a text or a list where the text holds nothing but values of the
    chart: charts lay maps of defaults over the top of their values.
    """
    above = [value_at(values, path[:end]) for end in range(len(path))]
    own = {"global"}.union(*(one.keys() for one in above if isinstance(one, dict)))
    least = 1 if isinstance(value, str | list) and value and len(new) > 1 and new.keys() <= own else 2
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


def _decoded(text: str) -> str:
    """What a Secret holds, or the text itself where it is no base64 of a text."""
    found = decoded(text)
    return text if found is None else found


def _stands_for(label: str, text: str) -> bool:
    """A label holds a text, perhaps without its `v`, cut short, or with other signs than labels allow."""
    plain, wanted = _plain(label), _plain(text)
    return bool(plain and wanted) and (
        wanted in plain or wanted.startswith(plain) or plain.endswith(wanted[:40])
    )


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.").removeprefix("v")
