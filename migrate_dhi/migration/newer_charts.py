"""Which dependencies are to be taken in a newer version: the nearest one that solves what the chart as it is cannot.

Solved is what a plan of the chart with that version leaves open less of: an image whose line the catalog has no more,
one that a template fixes, a goal of a step that no value reaches. It must bring nothing of that kind that is new.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from migrate_dhi.edit import Edit
from migrate_dhi.errors import DependencyError, EditRefusedError, InvalidChartError, RenderError
from migrate_dhi.findings import Finding
from migrate_dhi.helm.chart import Dependency
from migrate_dhi.helm.shelf import is_source, newer_minors
from migrate_dhi.helm.sources import versions_of
from migrate_dhi.helm.swap import Swap
from migrate_dhi.migration.editing import edited
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.plan import Plan
from migrate_dhi.migration.survey import Survey
from migrate_dhi.migration.swappable import (
    Found,
    NotHadError,
    check_vendored,
    gathered,
    in_use,
    refusal,
    refused,
)
from migrate_dhi.oci.reference import Reference
from migrate_dhi.steps.swaps import sets_of

STEP = "dependency"
_FEW, _MOST_LOOKED_AT = 3, 12
# By these rules an image gets another tag than a line that is listed now has for it.
_GONE = frozenset({"tag-past", "line-newer", "major-newer"})
# What is counted as an image or as a step.
_TOLD = frozenset({"image-undecided", "step-blocked"})
Troubles = Counter[tuple[str, str]]


def newer(survey: Survey, options: Options, plan_of: Callable[[Survey], Plan]) -> Found:
    """The dependencies that a newer version of solves something; ``plan_of`` plans a chart as it is."""
    stopped = refused(survey.source, STEP, itself=True)
    if stopped:
        return stopped
    for member in survey.renderer.members:
        member.follows_version = True
    now = troubles(plan_of(survey))
    if not now:
        return Found(reason="each image has a line that is listed, and no template fixes what is to change")
    swaps: list[Swap] = []
    findings: list[Finding] = []
    reasons: list[str] = []
    for begun in _begun(survey):
        try:
            if not begun.versioned:
                check_vendored(survey.source.chart, begun.before, STEP)
            listed = _listed(survey, begun.before, options)
        except NotHadError as error:
            findings.append(error.finding)
            reasons.append(error.finding.message)
            continue

        def looked(other: Survey, name: str = begun.before.key) -> Plan:
            options.progress(f"looking at newer versions of {name}")
            return plan_of(other)

        swap, told = _solving(begun, newer_minors(begun.after.version, listed), now, survey, looked)
        swaps += [swap] if swap else []
        findings += told if swap else []
        reasons.append(told[0].message if told else f"there is no newer version of {begun.before.key}")
    return gathered(swaps, findings, reasons)


def _begun(survey: Survey) -> Iterator[Swap]:
    """The dependencies that are from a source, or the chart itself where it is; still in their own version."""
    chart = survey.source.chart
    if chart.versioned:
        place = chart.versioned
        itself = Dependency(place.name, "", place.version, place.repository)
        yield Swap(-1, itself, itself, "", place)
        return
    nodes = next(iter(survey.traces.values())).nodes
    for at, dependency in enumerate(in_use(chart, survey.source.lock, nodes)):
        if is_source(dependency.repository):
            yield Swap(at, dependency, dependency, "")


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
    """The nearest version that solves what can be solved, and what was looked at in vain."""

    def other(version: str) -> Survey:
        return survey.with_texts(_texts(survey, replace(begun, after=replace(begun.after, version=version))))

    search = Search(versions, now, lambda version: troubles(plan_of(other(version))))
    version, said = search.nearest(), search.told(begun.before.key)
    told = (
        [Finding("dependency-newer", "info", said, file=begun.file_of(survey.source.chart))] if said else []
    )
    return replace(begun, after=replace(begun.after, version=version)) if version else None, told


class Search:
    """Looks for the nearest of some newer versions that solves troubles; each look is a whole plan.

    The newest says what can be solved. The first few are looked at one after the other, and between these and the
    newest it is searched by halves: what one version solves, later ones are taken to solve as well. Where the newest
    solves nothing, or brings troubles of its own, the nearest of the first versions that solves anything is taken.
    """

    def __init__(self, versions: Sequence[str], now: Troubles, then: Callable[[str], Troubles]) -> None:
        self._versions = versions
        self._now = now
        self._then = then
        self._solved: dict[str, Troubles] = {}
        self._why: dict[str, str] = {}
        self._found = ""

    def nearest(self) -> str:
        """The version; empty where none solves anything."""
        if not self._versions:
            return ""
        wanted = self._look(self._versions[-1])
        near = self._versions[: _FEW if wanted else _MOST_LOOKED_AT]
        self._found = next((one for one in near if self._solves(one, wanted)), "")
        rest = self._versions[len(near) :] if wanted and not self._found else ()
        low, high = 0, len(rest) - 1
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self._solves(rest[middle], wanted) else (middle + 1, high)
        self._found = self._found or (rest[high] if rest else "")
        return self._found

    def told(self, name: str) -> str:
        """What was found, and what was looked at in vain, for people; empty where there was nothing to look at."""
        looked = [
            f"{one} ({self._why[one]})" if one in self._why else one
            for one in self._versions
            if one in self._solved
            and one != self._found
            and not self._solves(one, self._solved.get(self._found))
        ]
        others = f"looked at in vain: {', '.join(looked)}" if looked else ""
        if not self._found:
            return f"no newer version of {name} solves what is open; {others}" if looked else ""
        what = ", ".join(f"{subject} ({kind})" for kind, subject in self._solved[self._found])
        said = f"{name} {self._found} is the nearest newer version that solves what is open: {what}"
        return f"{said}; {others}" if others else said

    def _solves(self, version: str, wanted: Troubles | None) -> bool:
        """Whether a version solves all of these, or without such anything."""
        solved = self._look(version)
        return bool(solved) and not (wanted or Troubles()) - solved

    def _look(self, version: str) -> Troubles:
        """What a version solves; nothing where it does not render, or brings troubles of its own."""
        if version not in self._solved:
            try:
                then = self._then(version)
            except (RenderError, InvalidChartError, DependencyError, EditRefusedError) as error:
                self._why[version] = error.message
                then = self._now
            self._solved[version] = self._now - then if not then - self._now else Troubles()
        return self._solved[version]


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
            # Another registry of the same image is no other trouble.
            found["its line is listed no more", Reference.parse(image.before).name] += 1
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
