"""A plan as lines for people: images, the net diff, steps, what to know, and what would be written."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from migrate_dhi.dhi.wish import BLOCKED
from migrate_dhi.findings import Finding
from migrate_dhi.migration.branch import EXISTS
from migrate_dhi.migration.plan import Plan, StepOutcome
from migrate_dhi.migration.releases import SHARED
from migrate_dhi.migration.step_texts import net_diff
from migrate_dhi.migration.witnesses import NOT_RENDERED
from migrate_dhi.migration.worktree import BEFORE_YES, NOT_A_REPOSITORY
from migrate_dhi.regex import regex
from migrate_dhi.steps import EXCHANGES, STEPS
from migrate_dhi.ui.changes_text import diff_lines, effect_lines, file_lines
from migrate_dhi.ui.images_text import image_lines, pasted, reference_words
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
from migrate_dhi.ui.remarks_text import counts, first_names, remark_lines
from migrate_dhi.wording import counted, some_of

_COMMIT = regex(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# Lines of context that a person needs who has the files; a diff to apply has three.
_CONTEXT = 1
_SHOWN = 3


def plan_lines(look: Look, plan: Plan, *, verbose: bool = False, command: Sequence[str] = ()) -> list[Line]:
    """The whole plan; ``command`` is the command line as given, without ``--plan``, to be shown again."""
    return [*body_lines(look, plan, verbose=verbose), *closing_lines(look, plan, command)]


def body_lines(look: Look, plan: Plan, *, verbose: bool = False, more: str = "-v") -> list[Line]:
    """The plan without its end: what changes and what to know of it, and the sum of both, with where ``more`` is."""
    lines = chart_lines(look, plan, verbose=verbose)
    lines += [*heading("Images"), *image_lines(look, plan.images, verbose=verbose)]
    changes = [file_lines(look, file, diff) for file, diff in net_diff(plan, context=_CONTEXT)]
    if changes:
        lines += heading("Changes, all steps together")
        lines += [line for file in changes for line in file]
    lines += [line for one in plan.findings if one.code == SHARED for line in _shared_lines(look, one)]
    lines += [line for step in exchanges(plan) for line in _vendored_lines(step)]
    for step in () if verbose else exchanges(plan):
        lines += [
            *heading(f"In the manifests, by the step {step.name}"),
            *effect_lines(look, step, verbose=False)[1:],
        ]
    lines += [*_steps_heading(look, plan), *step_lines(look, plan.steps, verbose=verbose)]
    for step in plan.editing_steps if verbose else ():
        lines += change_lines(look, step, verbose=verbose)
    lines += remark_lines(look, plan.findings, plan.accepted, verbose=verbose)
    hint = () if verbose else (Span(f"(more with {more})", "faint"),)
    return [*lines, BLANK, *look.wrap((), [Span(summary_words(plan), "title"), *hint], hang=2)]


def _shared_lines(look: Look, finding: Finding) -> list[Line]:
    """That a file which several releases read is left as it is, and what edits it."""
    pieces = [Span(one_line(finding.message)), Span(look.glyphs.arrow, "faint"), Span(finding.help)]
    return look.wrap((Span(f"  {look.glyphs.info} ", "faint"),), pieces, hang=4)


def exchanges(plan: Plan) -> tuple[StepOutcome, ...]:
    """The steps that exchange dependencies: what they change in the manifests is told in full."""
    names = {step.name for step in EXCHANGES}
    return tuple(step for step in plan.editing_steps if step.name in names)


def _vendored_lines(step: StepOutcome) -> list[Line]:
    """The archives and folders below ``charts/`` that go and come with a step."""
    tops: dict[tuple[str, str], int] = {}
    for file, content in step.vendored.items():
        folder, charts, inside = f"/{file}".rpartition("/charts/")
        top = f"{folder}{charts}{inside.partition('/')[0]}".removeprefix("/")
        what = "goes" if content is None else "comes"
        tops[top, what] = tops.get((top, what), 0) + 1
    return [
        (
            Span("  "),
            Span(top, "name"),
            Span(f" {what}{f' ({count} files)' if count > 1 else ''}", "faint"),
        )
        for (top, what), count in tops.items()
    ]


def summary_words(plan: Plan) -> str:
    """``5 images move, 4 commits, 1 warning, 12 notes; proven for 2 releases``."""
    move = sum(image.status == "migrate" for image in plan.images)
    wait = len(plan.open_images)
    found = counts(plan.findings)
    does = f"move{'s' * (move == 1)}" if plan.editing_steps else "would move"
    words = [f"{counted(move, 'image')} {does}" if move else "no image moves"]
    words += [f"{wait} wait{'s' * (wait == 1)} for a choice"] if wait else []
    words.append(counted(len(plan.editing_steps), "commit"))
    open_ = counts(plan.open_errors)["error"]
    words += [counted(open_, "error")] if open_ else []
    words += [counted(found["error"] - open_, "accepted error")] if found["error"] > open_ else []
    words += [counted(found["warning"], "warning")] if found["warning"] else []
    words += [counted(found["info"], "note")] if found["info"] else []
    targets = [release for release in plan.releases if release.role == "target"]
    proven = f"; proven for {counted(len(targets), 'release')}" if plan.editing_steps and targets else ""
    unproven = sum(finding.code == NOT_RENDERED for finding in plan.findings)
    others = len(plan.releases) - len(targets) - unproven
    stay = "reads its files stays as it is" if others == 1 else "read its files stay as they are"
    return (
        ", ".join(words)
        + proven
        + (f", {counted(others, 'other')} that {stay}" if proven and others > 0 else "")
    )


def chart_lines(look: Look, plan: Plan, *, verbose: bool = False) -> list[Line]:
    """Which chart this is and what is deployed from it; with ``verbose`` what it was rendered with."""
    chart, engine, dot = plan.chart, plan.engine, f" {look.glyphs.dot} "
    version = f"{chart.name} {chart.version}".strip()
    app = f"app {chart.app_version}" if chart.app_version else ""
    release = _releases(plan, verbose=verbose)
    about = Span(dot.join(part for part in (version, app, release) if part))
    lines = look.wrap((Span(plan.title or chart.path, "title"), Span("  ")), [about], hang=2)
    if not verbose:
        return lines
    if chart.dependencies:
        names = ", ".join(_dependency(dependency) for dependency in chart.dependencies)
        lines += look.wrap((Span("  "),), [Span(f"depends on {names}", "faint")], hang=4)
    rendered = f"rendered by {engine.name} {engine.version}, Kubernetes {engine.kube_version}"
    where = f"release {plan.release}, namespace {plan.namespace}"
    facts = f"image facts: {plan.catalog_source} of {plan.catalog_date}"
    lines += look.wrap((Span("  "),), [Span(f"{rendered}, {where}", "faint")], hang=4)
    return lines + look.wrap((Span("  "),), [Span(facts, "faint")], hang=4)


def _releases(plan: Plan, *, verbose: bool) -> str:
    """The releases that the plan is for; those of one name in several places are counted."""
    targets = Counter(f"{one.namespace}/{one.name}" for one in plan.releases if one.role == "target")
    names = [name if count == 1 else f"{name} ({count} places)" for name, count in targets.items()]
    shown = some_of(names, len(names) if verbose else _SHOWN)
    return f"release{'s' * (len(names) > 1)} {shown}" if names else ""


def _dependency(dependency: object) -> str:
    fields = dict(dependency)  # type: ignore[call-overload]
    alias = fields.get("alias")
    name = f"{fields.get('name', '')} {fields.get('version', '')}".strip()
    return f"{name} as {alias}" if alias and alias != fields.get("name") else name


def _steps_heading(look: Look, plan: Plan) -> list[Line]:
    if not plan.editing_steps:
        return heading("Steps")
    branch, base = Span(plan.branch, "name"), Span(f"on {revision_words(plan.base)}")
    parts = not all(step.deployable for step in plan.editing_steps)
    whole = (Span("(* does not run alone: merge all)", "faint"),) if parts else ()
    return [
        BLANK,
        *look.wrap(
            (Span("Steps", "title"), Span(" ")), [Span("are commits of"), branch, base, *whole], hang=2
        ),
    ]


def step_lines(look: Look, steps: Sequence[StepOutcome], *, verbose: bool = False) -> list[Line]:
    """One row for each step: sign, name, status, how much of its goal is reached, and its commit, or why none.

    With ``verbose`` the reason stands below the commit, and what was tried below that.
    """
    if not steps:
        return []
    names = max(cells(safe(step.name)) for step in steps)
    reached = max(len(_reached(step)) for step in steps)
    lines: list[Line] = []
    for step in steps:
        sign, style = step_sign(look, step)
        prefix: Line = (
            Span(f"  {sign} ", style),
            Span(pad(step.name, names + 2), "name"),
            Span(pad(_status(step), 12), style),
            *(
                [Span(pad(_reached(step), reached + 2), style if _partly(step) else "plain")]
                if reached
                else []
            ),
        )
        hang = sum(cells(span.text) for span in prefix)
        pieces = list(_what(step))
        lines += look.wrap(prefix, pieces, hang=hang) if verbose else look.short(prefix, pieces, hang=hang)
        if verbose and step.edits:
            lines += look.wrap((Span("      "),), [Span(one_line(step.reason), "faint")], hang=8)
        if verbose:
            lines += _tried_lines(look, step)
    return lines


def _what(step: StepOutcome) -> Iterator[Span]:
    """The commit of a step, or why there is none."""
    if not step.edits:
        yield Span(first_names(one_line(step.reason)).removeprefix(f"{step.status} "))
        return
    yield Span(step.commit.subject if step.commit else step.title)
    if not step.deployable:
        yield Span("*", "warn")


def _status(step: StepOutcome) -> str:
    return step.status.replace("-", " ")


def step_sign(look: Look, step: StepOutcome) -> tuple[str, Style]:
    """The sign and colour of a step's status; a goal reached in part is a warning."""
    if step.status == "blocked":
        return look.glyphs.bad, "bad"
    if step.status == "waiting":
        return look.glyphs.ask, "warn"
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


def revision_words(revision: str) -> str:
    """A revision for people: a full commit id by its first twelve digits, a name as it is."""
    return revision[:12] if _COMMIT.fullmatch(revision) else revision


def closing_lines(look: Look, plan: Plan, command: Sequence[str] = ()) -> list[Line]:
    """How to write the branch; or what stands in the way; or that there is nothing to do."""
    words = list(command) or ["migrate-dhi", plan.title]
    if plan.status == "nothing-to-do":
        return [(Span(f"{look.glyphs.good} ", "good"), Span("Nothing to do: no step changes a file."))]
    if plan.status == "blocked":
        return _blocked_lines(look, plan, [value for flag, value in pairwise(words) if flag == "--only"])
    taken = next((finding for finding in plan.findings if finding.code == EXISTS), None)
    if taken:
        said = (
            f"This was a dry run: nothing was changed. --yes would stop, since {taken.message}: {taken.help}."
        )
        return look.wrap((), [Span(said)], hang=2)
    barred = next((finding for finding in plan.findings if finding.code == NOT_A_REPOSITORY), None)
    if barred:
        said = f"This was a dry run: nothing was changed. {barred.message[:1].upper()}{barred.message[1:]}"
        return look.wrap((), [Span(f"{said}: {barred.help}." if barred.help else f"{said}.")], hang=2)
    aside = [finding.file for finding in plan.findings if finding.help == BEFORE_YES]
    first = (
        f"commit or put aside {aside[0]}{f' and {len(aside) - 1} more' * (len(aside) > 1)}, and then"
        if aside
        else ""
    )
    said = f"This was a dry run: nothing was changed. To write the branch{', ' * bool(first)}{first}:"
    return [*look.wrap((), [Span(said)], hang=2), *command_lines(look, [*words, "--yes"], indent=2)]


def _blocked_lines(look: Look, plan: Plan, only: Collection[str]) -> list[Line]:
    """What stops ``--yes``, each with the flag that decides it; ``only`` are the steps that were asked for by name."""
    ways: list[tuple[str, list[list[str]]]] = []
    for image in plan.open_images:
        to = pasted(image.before, image.candidates)
        offered = (
            f" ({', '.join(image.candidates)})" if to not in image.candidates and image.candidates else ""
        )
        said = f"{reference_words(look, image.before)} waits for a choice{offered}; to decide it"
        ways.append((said, [["--to", f"{image.before}={to}"]]))
    if plan.open_images:
        ways.append(("leave them as they are, and move the rest", [["--accept", "image-undecided"]]))
    # What accepting would not help against, or has a flag of its own, is told elsewhere.
    besides = {"step-blocked", *(["image-undecided"] if plan.open_images else [])}
    ways += _ways_of_errors([finding for finding in plan.open_errors if finding.code not in besides])
    ways += [
        (f"{what}; to decide it" if flags else what, [flags]) for what, flags in _ways_around(plan, only)
    ]
    if plan.keepable:
        which = plan.keepable[0] if len(plan.keepable) == 1 else f"these {len(plan.keepable)} images"
        ways.append((f"keep {which}, and move the rest", [["--keep", BLOCKED]]))
    lines = look.wrap((), [Span("Blocked:", "bad"), Span("no branch is written yet.")], hang=2)
    for reason, several in ways:
        flags = [words for words in several if words]
        said = f"{reason}:" if flags else f"{reason}: leave it out of --only"
        lines += look.wrap((Span("  "),), [Span(said)], hang=4)
        for words in flags:
            lines += command_lines(look, words, indent=4)
    return lines


def _ways_of_errors(errors: Sequence[Finding]) -> Iterator[tuple[str, list[list[str]]]]:
    """What settles each kind of error, and what accepts it; those that are settled in different ways are told apart."""
    by_code: dict[str, dict[tuple[tuple[str, ...], ...], Finding]] = {}
    for error in errors:
        by_code.setdefault(error.code, {}).setdefault(error.ways, error)
    for code, different in by_code.items():
        for ways, error in different.items():
            place = ", ".join(part for part in (error.object, error.container) if part)
            of = f" ({place})" if len(different) > 1 and place else ""
            flags = [list(words) for words in ways]
            if flags:
                decide = "to decide it, one of"
            else:
                decide = "follow its help, or take it as it is" if error.help else "to decide it"
            yield f"error {code}{of} is not accepted; {decide}", [*flags, ["--accept", code]]


def _ways_around(plan: Plan, only: Collection[str]) -> Iterator[tuple[str, list[str]]]:
    """What decides the blocked steps that no other code covers: those that lack the same step at once.

    What follows from another blocked step is decided there.
    """
    for step in plan.blocked_steps:
        errors = [finding for finding in step.findings if finding.severity == "error"]
        codes = {finding.code for finding in errors if finding in plan.open_errors}
        if codes - {"step-blocked"} or ((errors or step.lacks) and not codes):
            continue
        alike = [one for one in plan.blocked_steps if one is step or (step.lacks and one.lacks == step.lacks)]
        words = [word for one in alike for word in _way_around(one.name, only)]
        pairs = dict.fromkeys(zip(words[::2], words[1::2], strict=True))
        names = ", ".join(one.name for one in alike)
        what = f"steps {names} are blocked" if len(alike) > 1 else f"step {names} is blocked"
        yield what, [word for pair in pairs for word in pair]


def _way_around(step: str, only: Collection[str]) -> list[str]:
    """The flags that decide a blocked step; none where it is to be asked for no more: --only excludes --skip."""
    if step not in only:
        return ["--skip", step]
    needed = next(one.requires for one in (*EXCHANGES, *STEPS) if one.name == step)
    return [word for name in needed if name not in only for word in ("--only", name)]
