"""Changes that follow from a changed image or version, and so need no announcement of their own.

Version labels, checksum annotations, and other places that repeat the image: charts derive them from the
very value that a step sets. Anything else that changes is a surprise.
"""

import re
from collections.abc import Iterable

from migrate_dhi.helm.compare import Change
from migrate_dhi.helm.manifests import Path

Pairs = Iterable[tuple[str, str]]

# A digest in hex or base64, as sha256sum, sha1sum, adler32sum and toJson | b64enc give it.
_HASH = re.compile(r"^(?:sha\d+[:-])?(?:[0-9a-f]{8,128}|[0-9]{8,10}|[A-Za-z0-9+/]{27,}={0,2})$")


def follows(change: Change, pairs: Pairs) -> bool:
    """True where a change repeats one of the replacements (old, new), or hashes something that does."""
    before, after = change.before, change.after
    if not isinstance(before, str) or not isinstance(after, str):
        return False
    if "annotations" in change.path and _HASH.match(before) and _HASH.match(after):
        return True
    listed = [(old, new) for old, new in pairs if old and old != new]
    if in_labels(change.path) or change.path[-2:-1] == ("annotations",):
        return any(_stands_for(before, old) and _stands_for(after, new) for old, new in listed)
    return _replaced(before, listed) == after


def in_labels(path: Path) -> bool:
    """Labels proper, and the selectors and templates that repeat them."""
    return any(step in {"labels", "matchLabels", "selector"} for step in path)


def _replaced(text: str, pairs: Iterable[tuple[str, str]]) -> str:
    """All replacements at once, the longest old text first, so that none works on another's result."""
    ordered = sorted(dict(pairs).items(), key=lambda pair: -len(pair[0]))
    if not ordered:
        return text
    table = dict(ordered)
    return re.sub("|".join(re.escape(old) for old, _ in ordered), lambda found: table[found[0]], text)


def _stands_for(label: str, text: str) -> bool:
    """A label holds a text, perhaps without its `v`, cut short, or with other signs than labels allow."""
    plain, wanted = _plain(label), _plain(text)
    return bool(plain and wanted) and (
        wanted in plain or wanted.startswith(plain) or plain.endswith(wanted[:40])
    )


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.").removeprefix("v")
