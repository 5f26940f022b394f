"""Findings as lines: errors in full, warnings in two lines each, notes as a count; or all of them in full."""

import re
from collections.abc import Iterable, Mapping, Sequence

from migrate_dhi.findings import Finding, is_accepted
from migrate_dhi.regex import regex
from migrate_dhi.ui.lines import BLANK, Line, Look, Span, Style, cells, heading, one_line
from migrate_dhi.wording import counted, some_of

SEVERITIES = ("error", "warning", "info")
# Names of releases, images and files: of more than three in a row the first three are told.
_ONE = r"[^\s,;:]*(?:[/:][^\s,;:]+)+(?: \([^)]*\))?"
_NAME = rf"{_ONE}(?: (?:of|for the release) {_ONE})?"
_NAMES = regex(rf"({_NAME}(?:, {_NAME}){{2}})((?:, {_NAME})+)( and {_NAME})?")
_WARNING_LINES = 2
# Of a message so many cells are left at least, and so many a line may lose where a long word does not fit.
_LEAST, _BREAK = 60, 12
# The flags of a help, with what they take; so many of them are told where it does not fit.
_FLAG = regex(r"--[a-z][a-z-]*(?: [A-Z][A-Z:=]*\b| (?:newest|patch|strong|keep)\b)?")
_FLAGS = 2
_PLACES = 3


def remark_lines(
    look: Look, findings: Iterable[Finding], accepted: Iterable[str] = (), *, verbose: bool = False
) -> list[Line]:
    """What a person has to read, below its headings; with ``verbose`` every finding in full."""
    told, allowed = list(findings), frozenset(accepted)
    if verbose:
        return [*heading("Findings"), *finding_lines(look, told, allowed)] if told else []
    errors = [finding for finding in told if finding.severity == "error"]
    lines = [*heading("Errors"), *finding_lines(look, errors, allowed, short=True)] if errors else []
    warnings = folded(finding for finding in told if finding.severity == "warning")
    if warnings:
        lines += heading("Warnings")
    for equal in warnings:
        lines += _warning(look, equal)
    return lines


def told_lines(look: Look, findings: Iterable[Finding], accepted: Iterable[str]) -> list[Line]:
    """What must be read wherever something is written: as in a plan, and the notes as a count."""
    told = list(findings)
    lines = remark_lines(look, told, accepted)
    notes = counts(told)["info"]
    if notes:
        text = f"{counted(notes, 'note')} of less weight: see --plan -v."
        lines += [*([] if lines else [BLANK]), *look.wrap((Span("  "),), [Span(text, "faint")], hang=2)]
    return lines


def counts(findings: Iterable[Finding]) -> dict[str, int]:
    """How many different findings there are of each severity."""
    different = dict.fromkeys((one.severity, one.code, one.message) for one in findings)
    severities: list[str] = [severity for severity, *_ in different]
    return {severity: severities.count(severity) for severity in SEVERITIES}


def folded(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Findings that say the same of several objects, together: of one code and with one advice."""
    alike: dict[tuple[str, str], dict[str, Finding]] = {}
    for finding in findings:
        alike.setdefault((finding.code, finding.help), {}).setdefault(finding.message, finding)
    return [list(equal.values()) for equal in alike.values()]


def first_names(text: str) -> str:
    """The text with the first three names alone where many are told in a row."""

    def shorter(found: re.Match[str]) -> str:
        return f"{found[1]} and {found[2].count(', ') + bool(found[3])} more"

    return _NAMES.sub(shorter, text)


def finding_lines(
    look: Look, findings: Iterable[Finding], accepted: Iterable[str] = (), *, short: bool = False
) -> list[Line]:
    """Findings in full, the gravest first, with their places and what can be done.

    Equal ones are told once, and what can be done once for all of one code. With ``short`` those are equal, too, that
    differ in the release alone, and of many names the first three are told.
    """
    allowed = frozenset(accepted)
    alike: dict[tuple[int, str, str], dict[str, list[Finding]]] = {}
    for finding in findings:
        message = _in_any_release(finding) if short else finding.message
        group = alike.setdefault((SEVERITIES.index(finding.severity), finding.code, finding.help), {})
        group.setdefault(message, []).append(finding)
    lines: list[Line] = []
    for key in sorted(alike, key=lambda key: key[0]):
        lines += _findings(look, alike[key], allowed, short=short)
    return lines


def place_words(finding: Finding) -> str:
    """Where a finding stands: object, container, file and line, as far as they are known."""
    container = f"container {finding.container}" if finding.container else ""
    file = f"{finding.file}:{finding.line}" if finding.file and finding.line else finding.file
    return ", ".join(part for part in (finding.object, container, file) if part)


def short_place(finding: Finding) -> str:
    """Where a finding stands, as far as its message does not tell: a line of a file, else an object."""
    if finding.file and finding.line:
        return f"{finding.file}:{finding.line}"
    return finding.object if finding.object not in finding.message else ""


def _in_any_release(finding: Finding) -> str:
    """The message without which of several releases its object is of."""
    release = finding.object.partition(" of ")[2]
    return finding.message.replace(f" of {release}", "") if release else finding.message


def _warning(look: Look, equal: Sequence[Finding]) -> list[Line]:
    """What is wrong, then what can be done, in two lines; how many are alike, and the flags, are never cut off."""
    finding, more = equal[0], len(equal) - 1
    sign, style = _sign(look, finding)
    message = first_names(one_line(_in_any_release(finding) if more else finding.message))
    help_text = first_names(one_line(finding.help))
    behind = [Span(f"(and {more} more alike)", "warn")] if more else []
    if finding.file and finding.line:
        behind.append(Span(f"({finding.file}:{finding.line})", "faint"))
    prefix, arrow = (Span(f"  {sign} ", style),), Span(look.glyphs.arrow, "faint")
    pieces = [Span(finding.code, "name"), Span(message), *behind]
    pieces += [arrow, Span(help_text, "faint")] if help_text else []
    flags = list(dict.fromkeys(_FLAG.findall(help_text)))[:_FLAGS]
    if (flags or more) and len(look.wrap(prefix, pieces, hang=6)) > _WARNING_LINES:
        tail = [*behind, *([arrow, Span(", ".join(flags), "faint")] if flags else [])]
        # A long word may leave the end of a line empty.
        taken = sum(cells(one.text) + 1 for one in (pieces[0], *tail)) + _BREAK
        room = _WARNING_LINES * (look.width - 6) - taken
        pieces = [pieces[0], Span(look.shorter(message, max(room, _LEAST))), *tail]
    return look.short(prefix, pieces, hang=6, most=_WARNING_LINES)


def _findings(
    look: Look, alike: Mapping[str, Sequence[Finding]], accepted: frozenset[str], *, short: bool
) -> list[Line]:
    """What is said of one code with one advice: by message the findings that say it."""
    finding = next(iter(alike.values()))[0]
    sign, style = _sign(look, finding)
    taken = finding.severity == "error" and is_accepted(finding.code, accepted)
    prefix = (Span(f"  {sign} ", style), Span(f"{finding.severity:<9}", style), Span(finding.code, "name"))
    lines: list[Line] = [(*prefix, Span("  (accepted)", "faint")) if taken else prefix]
    for message, equal in alike.items():
        several = len({one.message for one in equal}) > 1
        whole = message if several else equal[0].message
        lines += look.wrap(
            (Span("      "),), [Span(one_line(first_names(whole) if short else whole))], hang=6
        )
        lines += _places(look, equal, short=short)
    if finding.help:
        lines += look.wrap((Span("      "),), [Span("help:", "name"), Span(one_line(finding.help))], hang=12)
    return lines


def _places(look: Look, equal: Sequence[Finding], *, short: bool) -> list[Line]:
    words = short_place if short and len(equal) == 1 else place_words
    places = list(dict.fromkeys(place for place in map(words, equal) if place))
    if not places:
        return []
    shown = some_of(places, _PLACES if short else len(places), "; ")
    return look.wrap((Span("      "),), [Span("at", "faint"), Span(shown, "faint")], hang=8)


def _sign(look: Look, finding: Finding) -> tuple[str, Style]:
    signs: dict[str, tuple[str, Style]] = {
        "error": (look.glyphs.bad, "bad"),
        "warning": (look.glyphs.warn, "warn"),
    }
    return signs.get(finding.severity, (look.glyphs.info, "faint"))
