"""What the wizard at a root shows besides the overview: what answers changed, the proof, and the rows of a choice."""

from collections.abc import Sequence
from dataclasses import replace

from migrate_dhi.migration.many import Branch
from migrate_dhi.migration.scan import Scan, ScanEntry
from migrate_dhi.ui.lines import BLANK, Line, Look, Span, heading, one_line, pad
from migrate_dhi.ui.plan_text import summary_words
from migrate_dhi.ui.scan_text import entry_lines, image_words, total_lines, warning_words


def change_lines(look: Look, scan: Scan, changed: Sequence[ScanEntry]) -> list[Line]:
    """The releases whose status an answer changed, and the totals anew."""
    return [BLANK, *entry_lines(look, replace(scan, entries=tuple(changed))), BLANK, *total_lines(look, scan)]


def proof_lines(look: Look, branches: Sequence[Branch]) -> list[Line]:
    """Each branch that could be written with the plans on it, and what stands in the way of the others."""
    good = [branch for branch in branches if branch.draft or branch.tip]
    failed = [one for branch in branches for one in branch.told if one.error]
    idle = [one for branch in branches for one in branch.told if one.plan and not one.plan.editing_steps]
    lines: list[Line] = []
    if good:
        lines += heading(f"Proven, and nothing is written yet ({len(good)})")
    for branch in good:
        plans = [one.plan for one in branch.told if one.plan and not one.error and one.plan.editing_steps]
        lines += look.wrap((Span("  "),), [Span(branch.name, "name")], hang=4)
        for plan in plans:
            words = [Span(f"{plan.title}:"), Span(summary_words(plan), "faint")]
            lines += look.wrap((Span("    "),), words, hang=6)
    if failed:
        lines += [BLANK, (Span(f"Not to be written ({len(failed)})", "bad"),)]
    for one in failed:
        message = one_line(str(one.error.message)) if one.error else ""
        lines += look.wrap(
            (Span("  "), Span(one.group.argument, "name"), Span("  ")), [Span(message)], hang=6
        )
    if idle:
        names = ", ".join(one.group.argument for one in idle)
        lines += [BLANK, (Span(f"Nothing to do ({len(idle)})", "faint"),)]
        lines += look.wrap((Span("  "),), [Span(names, "faint")], hang=2)
    return lines


def row_of(argument: str, column: int, entries: Sequence[ScanEntry]) -> str:
    """A plan as a row of a list: what names it, its status where it is not ready, its chart and images."""
    first = entries[0]
    status = "" if first.status == "ready" else f"{first.status}: "
    chart = "" if first.chart_name == argument else f"{first.chart_name}  "
    told = [image_words(first.images), warning_words(first)]
    return f"{pad(argument, column)}  {status}{chart}{', '.join(word for word in told if word)}"
