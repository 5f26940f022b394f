"""The overview of a repository as one page that needs nothing else: no network, no other file.

The data are JSON in the page, and the page's script writes them as text alone: nothing of a repository is ever read as
HTML. A policy in the page forbids every script but that one, whose hash it names.
"""

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from migrate_dhi import __version__, redact
from migrate_dhi.migration.scan import Scan, ScanEntry
from migrate_dhi.regex import regex
from migrate_dhi.ui.scan_text import TITLES

_TEMPLATE = Path(__file__).with_name("scan_page.html")
_SCRIPT = regex(r"<script>(.*?)</script>", re.DOTALL)


def scan_html(scan: Scan, flags: Sequence[str] = ()) -> str:
    """The whole page, in ASCII; ``flags`` are repeated in the commands that it shows."""
    page = _template()
    script = _SCRIPT.search(page)
    if script is None:
        raise AssertionError("the page has no script")
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    # In a script element only `</` and `<!--` mean something; as an escape of JSON they mean nothing.
    data = redact.text(json.dumps({**page_data(scan), "flags": list(flags)}, separators=(",", ":"))).replace(
        "<", "\\u003c"
    )
    return page.replace("{{HASH}}", digest).replace("{{DATA}}", data)


@cache
def _template() -> str:
    return _TEMPLATE.read_text(encoding="ascii")


def page_data(scan: Scan) -> dict[str, Any]:
    """What the page shows; what several releases of one plan share is in it once."""
    details: dict[str, int] = {}
    kept: list[Any] = []

    def detail(entry: ScanEntry) -> int:
        if entry.detail is None:
            return -1
        if entry.argument not in details:
            details[entry.argument] = len(kept)
            kept.append(entry.detail)
        return details[entry.argument]

    releases = [
        {
            **entry.to_json(),
            "id": entry.label,
            "chartName": entry.chart_name,
            "asks": [image.before for image in entry.images if image.asks],
            "detail": detail(entry),
        }
        for entry in scan.entries
    ]
    return {
        **scan.to_json(),
        "releases": releases,
        "details": kept,
        "titles": dict(TITLES),
        "version": __version__,
        "name": Path(scan.root).name,
        "root": "",
    }
