"""The overview of a repository as lines for people: releases by what is next, totals, and the commands to come."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from migrate_dhi.dhi.wish import BLOCKED
from migrate_dhi.grouping import grouped
from migrate_dhi.migration.scan import ImageTotal, Scan, ScanEntry, ScannedImage, ScanStatus
from migrate_dhi.oci.reference import Reference
from migrate_dhi.ui.catalog_text import table_rows
from migrate_dhi.ui.images_text import pasted
from migrate_dhi.ui.lines import BLANK, Line, Look, Span, Style, command_lines, heading, one_line
from migrate_dhi.ui.remarks_text import finding_lines
from migrate_dhi.wording import counted

TITLES: Mapping[ScanStatus, str] = {
    "ready": "Ready: proven, a branch can be written",
    "ask": "Needs an answer: it is not decided what an image becomes",
    "blocked": "Blocked: an error stands in the way",
    "error": "Could not be planned",
    "unresolved": "Cannot be resolved: the chart or its values are not known from this repository",
    "nothing-to-do": "Nothing to do",
}
"""The groups in the order in which they are told."""
_LOOKS: Mapping[ScanStatus, Style] = {
    "ready": "good", "ask": "warn", "blocked": "bad", "error": "bad", "unresolved": "warn", "nothing-to-do": "faint",
}  # fmt: skip
_HEAD = ("release", "kind", "chart", "images", "findings", "file")
_FOUND = _HEAD.index("findings")
_ASKED = 12
# Seconds of a plan that are worth a word.
_SLOW = 3.0
_LONG = 60


def scan_lines(look: Look, scan: Scan, command: Sequence[str], *, verbose: bool = False) -> list[Line]:
    """The whole overview; ``command`` is the given command line, whose flags the commands at the end repeat."""
    return [
        *entry_lines(look, scan, verbose=verbose),
        *_questions(look, scan.questions),
        *end_lines(look, scan),
        *_next(look, scan, command),
    ]


def entry_lines(look: Look, scan: Scan, *, verbose: bool = False) -> list[Line]:
    """The releases by what is next for each."""
    lines: list[Line] = []
    for status, title in TITLES.items():
        found = [entry for entry in scan.entries if entry.status == status]
        if found:
            lines += [*([BLANK] if lines else []), (Span(f"{title} ({len(found)})", _LOOKS[status]),)]
            short = status == "nothing-to-do" and not verbose
            lines += _short(look, found) if short else _rows(look, found)
    if not lines:
        none = not (scan.left or scan.hidden)
        lines = [(Span("Nothing here deploys a chart." if none else "Nothing to show."),)]
    return lines


def end_lines(look: Look, scan: Scan) -> list[Line]:
    """What is found of the repository as a whole, and the totals."""
    lines: list[Line] = []
    if scan.findings:
        lines += [*heading("In the repository"), *finding_lines(look, scan.findings)]
    return [*lines, BLANK, *total_lines(look, scan)]


def image_words(images: Iterable[ScannedImage]) -> str:
    """How many images are ready, ask, are hardened already, and have no counterpart or stay."""
    count = Counter(_word(image) for image in images)
    return (
        ", ".join(f"{count[word]} {word}" for word in ("ready", "ask", "hardened", "none") if count[word])
        or "-"
    )


def warning_words(entry: ScanEntry) -> str:
    """How many warnings the plan of a release has; empty where it has none."""
    return counted(entry.warnings, "warning") if entry.warnings else ""


def _word(image: ScannedImage) -> str:
    words = {"migrate": "ready", "already-dhi": "hardened"}
    return "ask" if image.asks else words.get(image.status, "none")


# What stands among the commands that come next is said once, and not beside each release.
_FETCH = "`migrate-dhi fetch`"


def _help_of(entry: ScanEntry) -> str:
    return str((entry.error or {}).get("help") or "")


def _rows(look: Look, entries: Sequence[ScanEntry]) -> list[Line]:
    rows = [
        (
            entry.label,
            entry.way,
            entry.chart_name,
            image_words(entry.images),
            warning_words(entry),
            f"{entry.file}:{entry.line}",
        )
        for entry in entries
    ]
    keep = [at for at in range(len(_HEAD)) if at != _FOUND or any(row[_FOUND] for row in rows)]
    laid = iter(table_rows(look, [[row[at] for at in keep] for row in rows], head=[_HEAD[at] for at in keep]))
    lines = next(laid)
    told: dict[str, str] = {}
    for entry, row in zip(entries, laid, strict=True):
        lines += row
        for reason in entry.blocks:
            # What one missing chart or source does to many is told once.
            first = told.setdefault(reason, entry.id)
            new = first == entry.id
            text = one_line(reason) if new or len(reason) < _LONG else f"as for {first}"
            help_ = one_line(_help_of(entry)) if new and _FETCH not in _help_of(entry) else ""
            way = [Span(look.glyphs.arrow, "faint"), Span(help_, "faint")] if help_ else []
            lines += look.wrap((Span("      "),), [Span(text, "faint"), *way], hang=8)
    return lines


def _short(look: Look, entries: Sequence[ScanEntry]) -> list[Line]:
    """Releases with nothing to do, by why."""
    why = grouped((_why(entry), entry.label) for entry in entries)
    lines: list[Line] = []
    for reason, ids in why.items():
        words = [Span(f"{reason} ({len(ids)})"), Span(", ".join(ids), "faint")]
        lines += look.wrap((Span("  "),), words, hang=4)
    return lines


def _why(entry: ScanEntry) -> str:
    statuses = {image.status for image in entry.images if image.runs}
    if not entry.images:
        return "no image is rendered"
    if statuses <= {"already-dhi"}:
        return "hardened already"
    if "already-dhi" in statuses:
        return "hardened already, as far as there are counterparts"
    if statuses <= {"no-counterpart"}:
        return "no hardened image is known"
    return "no image moves (kept, fixed in a template, or without a counterpart)"


def _questions(look: Look, questions: Sequence[ImageTotal]) -> list[Line]:
    """Each image that is asked for once, with what it could become and who uses it."""
    if not questions:
        return []
    lines = heading(f"Questions: {len(questions)}")
    for total in questions[:_ASKED]:
        image = total.image
        could = f"could become {', '.join(image.choices[:3])}" if image.choices else image.reason
        users = f"{counted(len(total.releases), 'release')}: {', '.join(total.releases[:4])}"
        more = " and others" if len(total.releases) > 4 else ""
        lines += look.wrap(
            (Span("  "), Span(image.before, "name"), Span("  ")),
            [Span(one_line(could)), Span(f"({users}{more})", "faint")],
            hang=6,
        )
    left = len(questions) - _ASKED
    return lines + ([(Span(f"  and {left} more: --format json has all", "faint"),)] if left > 0 else [])


def total_lines(look: Look, scan: Scan) -> list[Line]:
    """How many releases have which status, and what is not shown."""
    count = len(scan.entries)
    words = [f"{number} {status.replace('-', ' ')}" for status, number in scan.summary.items() if number]
    text = f"{counted(count, 'release')}: {', '.join(words)}" if count else "No release is shown."
    lines = look.wrap((), [Span(text, "title"), Span(f"({scan.seconds:.1f} s)", "faint")], hang=2)
    lines += _slowest(look, scan)
    for reason, number in scan.hidden.items():
        lines += look.wrap((Span("  "),), [Span(f"{number} not shown: {reason}", "faint")], hang=4)
    if scan.left:
        text = f"Interrupted: {scan.left} were not planned, and are not in this overview."
        lines += look.wrap((), [Span(text, "warn")], hang=2)
    return lines


def _slowest(look: Look, scan: Scan) -> list[Line]:
    """The plans that took long, each with its renders: a heavy chart is heavy for whatever renders it."""
    plans = {entry.argument: entry for entry in scan.entries if entry.renders and entry.seconds >= _SLOW}
    if not plans:
        return []
    some = sorted(plans.values(), key=lambda entry: -entry.seconds)[:3]
    told = ", ".join(f"{entry.argument} {entry.seconds:.1f} s in {entry.renders} renders" for entry in some)
    return look.wrap((Span("  "),), [Span(f"took longest: {told}", "faint")], hang=4)


def _next(look: Look, scan: Scan, command: Sequence[str]) -> list[Line]:
    found = list(next_commands(scan, command))
    if not found:
        return []
    lines = heading("Next")
    for what, words in found:
        lines += look.wrap((Span("  "),), [Span(what)], hang=4)
        lines += command_lines(look, words, indent=4)
    return lines


def next_commands(scan: Scan, flags: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """At most five commands, each with what it is for; ``flags`` are repeated in all of them."""
    # Of one whose branch is there already none can be written.
    ready = [entry for entry in scan.entries if entry.status == "ready" and not entry.blocks]
    asked = [total for total in scan.questions if total.image.choices]
    blocked = [entry for entry in scan.entries if entry.status == "blocked"]
    if any(_FETCH in _help_of(entry) for entry in scan.entries):
        how = "bring the charts that are not at hand, where the network is, or name their folder with --chart-dir:"
        yield how, ["migrate-dhi", "fetch"]
    if asked:
        words = [
            word
            for total in asked[:2]
            for word in ("--to", f"{total.image.before}={pasted(total.image.before, total.image.choices)}")
        ]
        yield "answer a question for all releases at once:", ["migrate-dhi", "scan", *words, *flags]
    elif blocked:
        own = _of_one(blocked[0], flags)
        yield "see what blocks one:", ["migrate-dhi", here(scan, blocked[0].argument), "--plan", *own]
    stopped = [entry for entry in scan.entries if entry.keepable]
    if stopped:
        images = {image for entry in stopped for image in entry.keepable}
        few = f"{counted(len(images), 'image')} that stop{'s' * (len(images) == 1)}"
        of = counted(len(stopped), "release")
        yield f"keep {few} {of}, and see what else moves:", ["migrate-dhi", "scan", "--keep", BLOCKED, *flags]
    if ready:
        first, own = here(scan, ready[0].argument), _of_one(ready[0], flags)
        yield "read the first plan that is ready:", ["migrate-dhi", first, "--plan", *own]
        yield "write its branch:", ["migrate-dhi", first, "--yes", *own]


def _of_one(entry: ScanEntry, flags: Sequence[str]) -> list[str]:
    """The flags without those that are about images which this release has not: they would be an error there."""
    images = [(Reference.try_parse(one.before), Reference.try_parse(one.after)) for one in entry.images]
    before = {
        name for one, _ in images if one for name in (str(one), one.image, one.canonical().image, one.name)
    }
    after = {one.name for _, one in images if one} | before
    found: list[str] = []
    skipped = False
    for flag, value in zip_longest(flags, flags[1:], fillvalue=""):
        if skipped:
            skipped = False
            continue
        if flag in {"--to", "--keep"}:
            source, equals, image = value.rpartition("=")
            named = Reference.try_parse(source if equals else image)
            known = before if equals or flag == "--keep" else after
            skipped = value != BLOCKED and (
                named is None or not {str(named), named.canonical().image, named.name} & known
            )
            if skipped:
                continue
        found.append(flag)
    return found


def here(scan: Scan, argument: str) -> str:
    """An argument as it is meant from the current directory: its path is told from the root of the repository."""
    root, cwd = Path(scan.root), Path.cwd()
    file, mark, name = argument.partition("#")
    if cwd == root or not (root / file).exists():
        return argument
    return f"{Path(os.path.relpath(root / file, cwd)).as_posix()}{mark}{name}"
