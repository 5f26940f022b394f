"""Which dependencies are to be taken in a newer version: the nearest one that solves what the chart as it is cannot.

Solved is what a plan of the chart with that version leaves open less of: an image whose line the catalog has no more,
one that a template fixes, a goal of a step that no value reaches. It must bring nothing of that kind that is new.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from migrate_dhi.edit import Edit
from migrate_dhi.errors import DependencyError, EditRefusedError, InvalidChartError, RenderError
from migrate_dhi.findings import Finding
from migrate_dhi.helm.chart import Dependency
from migrate_dhi.helm.lock import locked_versions
from migrate_dhi.helm.shelf import newer_minors
from migrate_dhi.helm.sources import is_source, versions_of
from migrate_dhi.helm.swap import Swap
from migrate_dhi.migration.editing import edited
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.plan import Plan
from migrate_dhi.migration.survey import Survey
from migrate_dhi.migration.swappable import Found, NotHadError, check_vendored, gathered, refusal, refused
from migrate_dhi.oci.reference import Reference
from migrate_dhi.steps.swaps import sets_of

STEP = "dependency"
# Each is a whole plan.
_MOST_LOOKED_AT = 12
# By these rules an image gets another tag than a line that is listed now has for it.
_GONE = frozenset({"tag-past", "line-newer", "major-newer"})
# What is counted as an image or as a step.
_TOLD = frozenset({"image-undecided", "step-blocked"})
Troubles = Counter[tuple[str, str]]


def newer(survey: Survey, options: Options, plan_of: Callable[[Survey], Plan]) -> Found:
    """The dependencies that a newer version of solves something; ``plan_of`` plans a chart as it is."""
    chart = survey.source.chart
    stopped = refused(survey.source, STEP)
    if stopped:
        return stopped
    now = troubles(plan_of(survey))
    if not now:
        return Found(reason="each image has a line that is listed, and no template fixes what is to change")
    swaps: list[Swap] = []
    findings: list[Finding] = []
    reasons: list[str] = []
    versions = locked_versions(chart, survey.source.lock)
    for at, dependency in enumerate(chart.dependencies):
        if not is_source(dependency.repository):
            continue
        try:
            check_vendored(chart, dependency, STEP)
            listed = _listed(survey, dependency, options)
        except NotHadError as error:
            findings.append(error.finding)
            reasons.append(error.finding.message)
            continue
        begun = Swap(at, dependency, replace(dependency, version=versions[at]), "")
        swap, told = _solving(begun, newer_minors(versions[at], listed), now, survey, plan_of)
        swaps += [swap] if swap else []
        findings += told if swap else []
        reasons.append(told[0].message if told else f"there is no newer version of {dependency.key}")
    return gathered(swaps, findings, reasons)


def _listed(survey: Survey, dependency: Dependency, options: Options) -> Sequence[str]:
    """The versions at hand and those that the source lists; raises NotHadError where it does not."""
    try:
        there = versions_of(dependency, options.shelf.store, offline=options.offline)
    except DependencyError as error:
        chart = survey.source.chart
        message = f"the versions of {dependency.key} cannot be asked for: {error.message}"
        raise refusal(chart, "chart-unreached", message, error.help) from error
    return [*there, *options.shelf.versions(dependency.name)]


def _solving(
    begun: Swap, versions: Sequence[str], now: Troubles, survey: Survey, plan_of: Callable[[Survey], Plan]
) -> tuple[Swap | None, list[Finding]]:
    """The first version that solves something, and what was looked at."""
    looked: list[str] = []
    name, file = begun.before.key, survey.source.chart.chart_file
    for version in versions[:_MOST_LOOKED_AT]:
        swap = replace(begun, after=replace(begun.after, version=version))
        try:
            then = troubles(plan_of(survey.with_texts(_texts(survey, swap))))
        except (RenderError, InvalidChartError, DependencyError, EditRefusedError) as error:
            looked.append(f"{version} ({error.message})")
            continue
        solved = now - then
        if solved and not then - now:
            what = ", ".join(f"{subject} ({kind})" for kind, subject in solved)
            said = f"{name} {version} is the nearest newer version that solves what is open: {what}"
            others = f"; looked at {', '.join(looked)}" if looked else ""
            return swap, [Finding("dependency-newer", "info", said + others, file=file)]
        looked.append(version)
    message = f"no newer version of {name} solves what is open: looked at {', '.join(looked)}"
    return None, [Finding("dependency-newer", "info", message, file=file)] if looked else []


def _texts(survey: Survey, swap: Swap) -> dict[str, str]:
    """The texts of the chart with one dependency exchanged; raises EditRefusedError."""
    source = survey.source
    texts = dict(source.chart.texts)
    if source.lock is not None:
        texts[source.chart.lock_file] = source.lock
    wanted = sets_of(source.chart, texts, (swap,))
    edits: Sequence[Edit] = source.target.edits(wanted, texts, {})
    return edited(texts, edits)


def troubles(plan: Plan) -> Troubles:
    """What a plan leaves open that another version of a chart may solve, each with how often."""
    found: Troubles = Counter()
    for image in plan.images:
        if image.asks or image.rule in _GONE:
            found["its line is listed no more", Reference.parse(image.before).canonical().image] += 1
    for finding in plan.findings:
        if finding.code == "image-fixed":
            found["an image is fixed in its template", finding.object] += 1
        elif finding.severity == "error" and finding.code not in _TOLD:
            found[f"error {finding.code}", finding.object] += 1
    for step in plan.steps:
        left = max(1, step.of - step.done) if step.status == "blocked" else step.of - step.done
        if left and step.status in {"blocked", "proven"}:
            found["not reached", f"the step {step.name}"] += left
    return found
