"""The command ``findings``: every code, or one of them."""

from migrate_dhi.finding_codes import Code, code_named, codes
from migrate_dhi.ui import console
from migrate_dhi.ui.lines import Line, Look, Span, cells, pad

SCHEMA = "migrate-dhi/findings/1"
_STYLES = {"error": "bad", "warning": "warn", "info": "faint"}


def show_findings(name: str, *, as_json: bool) -> int:
    """Print all codes, or the one that is named; raises UsageError with the near ones."""
    found = [code_named(name)] if name else list(codes().values())
    if as_json:
        console.print_json({"schema": SCHEMA, "findings": [code.to_json() for code in found]})
    elif name:
        console.show_lines(code_lines(console.look(), found[0]))
    else:
        console.show_lines(list_lines(console.look(), found))
    return 0


def list_lines(look: Look, found: list[Code]) -> list[Line]:
    """A row for each code: name, severities, meaning."""
    width = max(cells(code.name) for code in found) + 2
    grave = max(cells(_severities(code)) for code in found) + 2
    lines: list[Line] = []
    for code in found:
        prefix: Line = (
            Span(pad(code.name, width), "name"),
            Span(pad(_severities(code), grave), _STYLES[code.severities[0]]),  # type: ignore[arg-type]
        )
        lines += look.wrap(prefix, [Span(code.meaning)], hang=width + grave)
    return lines


def code_lines(look: Look, code: Code) -> list[Line]:
    """One code: its meaning, what to do, and how it is accepted."""
    style = _STYLES[code.severities[0]]
    lines: list[Line] = [(Span(code.name, "title"), Span("  "), Span(_severities(code), style))]  # type: ignore[arg-type]
    for label, text in (("meaning", code.meaning), ("help", code.remedy), ("accept", accept_words(code))):
        lines += look.wrap((Span(f"  {label:<9}", "faint"),), [Span(text)], hang=11)
    return lines


def accept_words(code: Code) -> str:
    """How an error of this code is accepted."""
    if not code.stops:
        return "it stops nothing"
    besides = "; --accept all does not cover it" if code.by_name else " or --accept all"
    return f"--accept {code.name}{besides}"


def _severities(code: Code) -> str:
    return ", ".join(code.severities)
