"""Images that a custom resource spells in several fields of one map, for its operator to put together.

``{repository: nvcr.io/acme, image: driver, version: 1.2.3}`` or ``{registry: …, repository: …, tag: …}``.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

# In the order of an image reference; a key holds a part only where its value reads like one.
_PLACES = (
    re.compile(r"registry|hub", re.IGNORECASE),
    re.compile(r"repo(?:sitory)?", re.IGNORECASE),
    re.compile(r"image(?:name)?|name", re.IGNORECASE),
    re.compile(r"(?:image)?tag|version", re.IGNORECASE),
)
_TAG = 3
_TEXT = re.compile(r"[\w.:/-]*")


def pieces_of(data: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys of a map that together spell an image, in the order of a reference; nothing where they do not.

    It takes a repository and a tag at least: an ``image`` with a tag of its own is whole, whatever stands beside.
    """
    found: dict[int, str] = {}
    for key, value in data.items():
        place = next((n for n, words in enumerate(_PLACES) if words.fullmatch(str(key))), None)
        if place is not None and isinstance(value, str) and value and _TEXT.fullmatch(value):
            found.setdefault(place, str(key))
    repository = found.get(1) or (found.get(2) if 0 in found else None)
    whole = any(":" in data[found[n]].rpartition("/")[2] for n in (1, 2) if n in found)
    if repository is None or _TAG not in found or whole or "//" in joined(data, (found[_TAG], repository)):
        return ()
    return tuple(found[place] for place in sorted(found))


def joined(data: Any, keys: Sequence[str]) -> str:
    """The image that the pieces of a map spell now; a piece that is gone or empty counts as nothing."""
    parts = [str(data.get(key) or "") for key in keys] if isinstance(data, Mapping) else []
    name = "/".join(part for part in parts[:-1] if part)
    return f"{name}:{parts[-1]}" if name and parts[-1] else name
