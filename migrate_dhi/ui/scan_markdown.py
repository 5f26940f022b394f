"""The overview of a repository as the body of an issue: boxes to tick, which the next run keeps.

What is written lies between two marks; what a person writes above or below them stays. A box belongs to a release,
by its kind, file and name, wherever the release stands in the next run.
"""

import re
from collections.abc import Collection, Iterator, Sequence

from migrate_dhi.migration.scan import Scan, ScanEntry
from migrate_dhi.regex import regex
from migrate_dhi.ui.lines import safe
from migrate_dhi.ui.markdown import code, prose
from migrate_dhi.ui.scan_text import TITLES, image_words, warning_words
from migrate_dhi.wording import some_of

BEGIN, END = "<!-- migrate-dhi scan: begin -->", "<!-- migrate-dhi scan: end -->"
MOST = 65_000
"""Characters that an issue holds at the most, with some room for what people write."""

_BOX = regex(r"^- \[(?P<mark>[ xX])\] .*<!-- dhi:(?P<key>[^>]+) -->$", re.MULTILINE)
_STAYS = ("unresolved", "nothing-to-do")


def checked_boxes(text: str) -> frozenset[str]:
    """The keys of the boxes that are checked in an issue."""
    return frozenset(match["key"] for match in _BOX.finditer(text) if match["mark"] != " ")


def renewed(text: str, scan: Scan) -> str:
    """An issue's text with the overview of now in place of the one that it holds, or at its end."""
    body = scan_markdown(scan, checked_boxes(text), room=MOST - _outside(text))
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        return f"{text.rstrip()}\n\n{body}".lstrip("\n") if text.strip() else body
    return f"{head}{body.rstrip()}{tail}"


def scan_markdown(scan: Scan, checked: Collection[str] = (), *, room: int = MOST) -> str:
    """The overview, at most so many characters: what does not fit is counted."""
    lines = [BEGIN, *_head(scan)]
    for status, title in TITLES.items():
        found = [entry for entry in scan.entries if entry.status == status]
        if found:
            folded = status in _STAYS
            lines += ["", f"### {title} ({len(found)})", ""]
            lines += ["<details><summary>Show</summary>", ""] if folded else []
            lines += [_line(entry, checked, box=status != "unresolved" and not folded) for entry in found]
            lines += ["", "</details>"] if folded else []
        if status == "blocked":
            lines += _questions(scan)
    return "\n".join([*_cut(lines, room - len(END) - 200), END]) + "\n"


def _outside(text: str) -> int:
    head, begin, rest = text.partition(BEGIN)
    return len(head) + len(rest.partition(END)[2]) if begin else len(text)


def _head(scan: Scan) -> Iterator[str]:
    words = [f"**{number}** {status.replace('-', ' ')}" for status, number in scan.summary.items() if number]
    yield "## Docker Hardened Images: every release"
    yield ""
    yield f"{len(scan.entries)} releases: {', '.join(words) or 'none'}."
    for reason, number in scan.hidden.items():
        yield f"{number} not shown: {prose(reason)}."
    if scan.left:
        yield f"Interrupted: {scan.left} were not planned."
    commit = f" at {code(scan.commit[:12])}" if scan.commit else ""
    yield f"Planned{commit} with the catalog of {prose(scan.catalog_date)}. Tick what is merged: the next run keeps it."
    for finding in scan.findings:
        yield f"- **{finding.severity}** {code(finding.code)}: {prose(finding.message)}"


def _line(entry: ScanEntry, checked: Collection[str], *, box: bool) -> str:
    moves = [f"{code(image.before)} → {code(image.after)}" for image in entry.images if image.after]
    parts = [
        f"{code(entry.label)} ({entry.way}, {code(entry.chart_name)})" if entry.chart else code(entry.label),
        image_words(entry.images) if entry.images else "",
        some_of(moves, 3, "; "),
        warning_words(entry),
        "; ".join(map(prose, entry.blocks[:3])),
        f"branch {code(entry.branch)}" if entry.branch and entry.status == "ready" else "",
        code(f"{entry.file}:{entry.line}"),
    ]
    text = " · ".join(part for part in parts if part)
    if not box:
        return f"- {text}"
    key = key_of(entry)
    return f"- [{'x' if key in checked else ' '}] {text} <!-- dhi:{key} -->"


def key_of(entry: ScanEntry) -> str:
    """What tells a release from all others in an issue, in a form that a comment may hold."""
    return re.sub(r"[^\w./#@:+-]", "_", safe(f"{entry.way}:{entry.file}#{entry.label}")).replace("--", "__")


def _questions(scan: Scan) -> Sequence[str]:
    if not scan.questions:
        return ()
    lines = ["", f"### Questions ({len(scan.questions)})", ""]
    for total in scan.questions:
        choices = ", ".join(map(code, total.image.choices[:4])) or prose(total.image.reason)
        users = some_of(map(code, total.releases), 5)
        lines.append(f"- {code(total.image.before)}: {choices} (used by {users})")
    return lines


def _cut(lines: Sequence[str], room: int) -> list[str]:
    """The lines that fit; a fold that is open where they end is closed."""
    kept: list[str] = []
    for at, line in enumerate(lines):
        room -= len(line) + 1
        if room < 0:
            open_ = sum("<details>" in one for one in kept) > sum("</details>" in one for one in kept)
            return [*kept, *(["", "</details>"] if open_ else []), "", f"… and {len(lines) - at} more lines."]
        kept.append(line)
    return kept
