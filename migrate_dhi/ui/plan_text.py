"""A plan as lines for people: images, steps, changes, findings, and what would be written."""

import re
from collections.abc import Iterable, Sequence

from migrate_dhi.findings import Finding, is_accepted
from migrate_dhi.migration.branch import EXISTS
from migrate_dhi.migration.plan import Plan, StepOutcome
from migrate_dhi.ui.changes_text import diff_lines, effect_lines
from migrate_dhi.ui.images_text import image_lines, reference_words
from migrate_dhi.ui.lines import (
    BLANK,
    Line,
    Look,
    Span,
    Style,
    cells,
    command_lines,
    heading,
    one_line,
    pad,
    safe,
)

SEVERITIES = ("error", "warning", "info")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# Below this many columns a reason stands under its step and not beside it.
_REASON_ROOM = 32


def plan_lines(look: Look, plan: Plan, *, verbose: bool = False, command: Sequence[str] = ()) -> list[Line]:
    """The whole plan; ``command`` is the command line as given, without ``--plan``, to be shown again."""
    lines = chart_lines(look, plan)
    lines += [*heading("Images"), *image_lines(look, plan.images, verbose=verbose)]
    lines += [*heading("Steps"), *step_lines(look, plan.steps, verbose=verbose)]
    for step in plan.editing_steps:
        lines += change_lines(look, step, verbose=verbose)
    if plan.findings:
        lines += [*heading("Findings"), *finding_lines(look, plan.findings, plan.accepted)]
    return lines + closing_lines(look, plan, command)


def chart_lines(look: Look, plan: Plan) -> list[Line]:
    """Which chart this is, and what was assumed to render it."""
    chart, engine, dot = plan.chart, plan.engine, f" {look.glyphs.dot} "
    version = f"{chart.name} {chart.version}".strip()
    app = f"app {chart.app_version}" if chart.app_version else ""
    about = Span(dot.join(part for part in (version, app) if part))
    lines = look.wrap((Span(plan.title or chart.path, "title"), Span("  ")), [about], hang=2)
    if chart.dependencies:
        names = ", ".join(_dependency(dependency) for dependency in chart.dependencies)
        lines += look.wrap((Span("  "),), [Span(f"depends on {names}", "faint")], hang=4)
    rendered = f"rendered by {engine.name} {engine.version}, Kubernetes {engine.kube_version}"
    where = f"release {plan.release}, namespace {plan.namespace}"
    facts = f"image facts: {plan.catalog_source} of {plan.catalog_date}"
    lines += look.wrap((Span("  "),), [Span(f"{rendered}, {where}", "faint")], hang=4)
    return lines + look.wrap((Span("  "),), [Span(facts, "faint")], hang=4)


def _dependency(dependency: object) -> str:
    fields = dict(dependency)  # type: ignore[call-overload]
    alias = fields.get("alias")
    name = f"{fields.get('name', '')} {fields.get('version', '')}".strip()
    return f"{name} as {alias}" if alias and alias != fields.get("name") else name


def step_lines(look: Look, steps: Sequence[StepOutcome], *, verbose: bool = False) -> list[Line]:
    """One row for each step: sign, name, status, how much of its goal is reached, and why."""
    if not steps:
        return []
    names = max(cells(safe(step.name)) for step in steps)
    reached = max(len(_reached(step)) for step in steps)
    lines: list[Line] = []
    for step in steps:
        sign, style = step_sign(look, step)
        status = step.status.replace("-", " ")
        prefix: Line = (
            Span(f"  {sign} ", style),
            Span(pad(step.name, names + 2), "name"),
            Span(pad(status, 12), style),
            *(
                [Span(pad(_reached(step), reached + 2), style if _partly(step) else "plain")]
                if reached
                else []
            ),
        )
        hang = sum(cells(span.text) for span in prefix)
        if look.width - hang >= _REASON_ROOM:
            lines += look.wrap(prefix, [Span(one_line(step.reason))], hang=hang)
        else:
            lines += [prefix, *look.wrap((Span("      "),), [Span(one_line(step.reason))], hang=6)]
        if step.tried and (verbose or step.status == "blocked"):
            lines += _tried_lines(look, step)
    return lines


def step_sign(look: Look, step: StepOutcome) -> tuple[str, Style]:
    """The sign and colour of a step's status; a goal reached in part is a warning."""
    if step.status == "blocked":
        return look.glyphs.bad, "bad"
    if _partly(step):
        return look.glyphs.warn, "warn"
    if step.status in {"proven", "done"}:
        return look.glyphs.good, "good"
    return look.glyphs.neutral, "faint"


def _partly(step: StepOutcome) -> bool:
    return step.status == "proven" and step.done < step.of


def _reached(step: StepOutcome) -> str:
    return f"{step.done} of {step.of}" if step.of and step.status in {"proven", "done", "blocked"} else ""


def _tried_lines(look: Look, step: StepOutcome) -> list[Line]:
    lines: list[Line] = []
    for tried in step.tried:
        pieces = [Span(f"{one_line(tried.reason)}:", "faint"), Span(one_line(tried.verdict))]
        lines += look.wrap((Span("      tried "),), pieces, hang=8)
    return lines


def change_lines(look: Look, step: StepOutcome, *, verbose: bool = False) -> list[Line]:
    """The changes of one step that edits: its title, the diff of the files, and the manifests."""
    lines = [BLANK, *look.wrap((), [Span(f"{step.name}:", "title"), Span(step.title, "title")], hang=2)]
    lines += diff_lines(look, step.diff)
    return lines + effect_lines(look, step, verbose=verbose)


def finding_lines(look: Look, findings: Iterable[Finding], accepted: Iterable[str] = ()) -> list[Line]:
    """Findings, the gravest first, with their places and what can be done; equal ones are told once."""
    allowed = frozenset(accepted)
    equal: dict[tuple[int, str, str, str], list[Finding]] = {}
    for finding in findings:
        key = (SEVERITIES.index(finding.severity), finding.code, finding.message, finding.help)
        equal.setdefault(key, []).append(finding)
    lines: list[Line] = []
    for key in sorted(equal, key=lambda key: key[0]):
        lines += _finding(look, equal[key], allowed)
    return lines


def told_lines(look: Look, findings: Iterable[Finding], accepted: Iterable[str]) -> list[Line]:
    """What must be read wherever something is written: errors and warnings in full, notes as a count."""
    told = list(findings)
    grave = [finding for finding in told if finding.severity != "info"]
    lines = [*heading("Findings"), *finding_lines(look, grave, accepted)] if grave else []
    notes = len(dict.fromkeys((note.code, note.message) for note in told if note.severity == "info"))
    if notes:
        text = f"{notes} note{'s' * (notes > 1)} of less weight: see --plan."
        lines += [BLANK, *look.wrap((Span("  "),), [Span(text, "faint")], hang=2)]
    return lines


def _finding(look: Look, equal: Sequence[Finding], accepted: frozenset[str]) -> list[Line]:
    finding = equal[0]
    sign, style = _finding_sign(look, finding)
    taken = finding.severity == "error" and is_accepted(finding.code, accepted)
    prefix = (Span(f"  {sign} ", style), Span(f"{finding.severity:<9}", style), Span(finding.code, "name"))
    lines: list[Line] = [(*prefix, Span("  (accepted)", "faint")) if taken else prefix]
    lines += look.wrap((Span("      "),), [Span(one_line(finding.message))], hang=6)
    places = "; ".join(dict.fromkeys(place for place in map(place_words, equal) if place))
    if places:
        lines += look.wrap((Span("      "),), [Span("at", "faint"), Span(places, "faint")], hang=8)
    if finding.help:
        lines += look.wrap((Span("      "),), [Span("help:", "name"), Span(one_line(finding.help))], hang=12)
    return lines


def _finding_sign(look: Look, finding: Finding) -> tuple[str, Style]:
    signs: dict[str, tuple[str, Style]] = {
        "error": (look.glyphs.bad, "bad"),
        "warning": (look.glyphs.warn, "warn"),
    }
    return signs.get(finding.severity, (look.glyphs.info, "faint"))


def place_words(finding: Finding) -> str:
    """Where a finding stands: object, container, file and line, as far as they are known."""
    container = f"container {finding.container}" if finding.container else ""
    file = f"{finding.file}:{finding.line}" if finding.file and finding.line else finding.file
    return ", ".join(part for part in (finding.object, container, file) if part)


def revision_words(revision: str) -> str:
    """A revision for people: a full commit id by its first twelve digits, a name as it is."""
    return revision[:12] if _COMMIT.fullmatch(revision) else revision


def closing_lines(look: Look, plan: Plan, command: Sequence[str] = ()) -> list[Line]:
    """What would be written and how; or what stands in the way; or that there is nothing to do."""
    words = list(command) or ["migrate-dhi", plan.title]
    if plan.status == "nothing-to-do":
        return [BLANK, (Span(f"{look.glyphs.good} ", "good"), Span("Nothing to do: no step changes a file."))]
    title = "Proven so far" if plan.status == "blocked" else "What would be written"
    lines = [*heading(title), *branch_lines(look, plan)] if plan.editing_steps else []
    if plan.status == "blocked":
        return [*lines, *_blocked_lines(look, plan)]
    taken = next((finding for finding in plan.findings if finding.code == EXISTS), None)
    if taken:
        said = (
            f"This was a dry run: nothing was changed. --yes would stop, since {taken.message}: {taken.help}."
        )
        return [*lines, BLANK, *look.wrap((), [Span(said)], hang=2)]
    lines += [
        BLANK,
        *look.wrap((), [Span("This was a dry run: nothing was changed. To write the branch:")], hang=2),
    ]
    return lines + command_lines(look, [*words, "--yes"], indent=2)


def branch_lines(look: Look, plan: Plan) -> list[Line]:
    """The branch, what it starts from, and the subject of each commit."""
    lines = look.wrap((Span("  branch   "),), [Span(plan.branch, "name")], hang=11)
    lines += look.wrap((Span("  base     "),), [Span(revision_words(plan.base))], hang=11)
    marked = False
    for index, step in enumerate(plan.editing_steps):
        subject = step.commit.subject if step.commit else step.title
        pieces = [Span(subject)]
        if not step.deployable:
            pieces.append(Span("*", "warn"))
            marked = True
        lines += look.wrap((Span("  commits  " if index == 0 else " " * 11),), pieces, hang=13)
    if marked:
        note = "not deployable alone: merge the branch as a whole"
        lines += look.wrap((Span("           "), Span("* ", "warn")), [Span(note)], hang=13)
    return lines


def _blocked_lines(look: Look, plan: Plan) -> list[Line]:
    """What stops ``--yes``, each with the flag that decides it."""
    ways: list[tuple[str, list[str]]] = []
    for image in plan.open_images:
        to = image.candidates[0] if image.candidates else "IMAGE:TAG"
        ways.append(
            (f"{reference_words(look, image.before)} needs a choice", ["--to", f"{image.before}={to}"])
        )
    if plan.open_images:
        ways.append(("leave them as they are, and move the rest", ["--accept", "image-undecided"]))
    # What accepting would not help against, or has a flag of its own, is told elsewhere.
    besides = {"step-blocked", *(["image-undecided"] if plan.open_images else [])}
    codes = dict.fromkeys(finding.code for finding in plan.open_errors if finding.code not in besides)
    ways += [(f"error {code} is not accepted", ["--accept", code]) for code in codes]
    ways += [(f"step {step.name} is blocked", ["--skip", step.name]) for step in plan.blocked_steps]
    lines = [BLANK, *look.wrap((), [Span("Blocked:", "bad"), Span("no branch is written yet.")], hang=2)]
    for reason, flag in ways:
        lines += look.wrap((Span("  "),), [Span(f"{reason}; to decide it:")], hang=4)
        lines += command_lines(look, flag, indent=4)
    return lines
