"""Every release of a repository planned: what becomes of each, as data and as the JSON of ``scan``.

The JSON keys are a contract (``docs/scan.schema.json``): keys may be added, never changed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, Literal

from migrate_dhi import __version__, redact
from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.findings import Finding
from migrate_dhi.kube.start import Start
from migrate_dhi.migration.branch import EXISTS
from migrate_dhi.migration.groups import Group
from migrate_dhi.migration.plan import Plan
from migrate_dhi.migration.plan_image import RUNS, ImageStatus, PlannedImage
from migrate_dhi.migration.pullsecret_names import wanted_secrets
from migrate_dhi.migration.step_texts import net_diff
from migrate_dhi.record import record
from migrate_dhi.release.release import Release, Unresolved

SCHEMA = "migrate-dhi/scan/1"

ScanStatus = Literal["ready", "ask", "blocked", "nothing-to-do", "unresolved", "error"]
_STAYS = ("no-counterpart", "kept", "fixed")
STATUSES: tuple[ScanStatus, ...] = ("ready", "ask", "blocked", "nothing-to-do", "unresolved", "error")


@record
class ScannedImage:
    """One image of a release: what it is, what it becomes (empty: it stays), and by which rule.

    ``asks`` tells that somebody has to decide; ``choices`` are what it could become, best first, ``confidence`` how
    sure its counterpart is.
    """

    before: str
    after: str
    status: ImageStatus
    rule: str = ""
    reason: str = ""
    runs: bool = True
    asks: bool = False
    choices: tuple[str, ...] = ()
    confidence: str = ""

    def to_json(self) -> dict[str, Any]:
        """The image in the JSON contract."""
        return {
            "before": self.before,
            "after": self.after or None,
            "status": self.status,
            "rule": self.rule or None,
        }


@record
class ScanEntry:
    """One release, or what deploys one and cannot be resolved.

    ``argument`` means its plan on the command line; releases of one plan have the same. ``build`` tells apart what
    several builds make of one object. ``blocks`` says, for people, what stands in the way; ``errors`` are the codes of
    all error findings, accepted or not; ``warnings`` counts the different ones. ``secrets`` are the pull secrets that
    its pods will want, each as (namespace, name); ``start`` is what matters of it when a cluster begins.
    ``keepable`` are the images with which all errors in the way would go, were they kept (``--keep blocked``).
    ``detail`` has the diffs, steps and findings of the plan where they were asked for.
    """

    way: str
    namespace: str
    name: str
    file: str
    line: int
    status: ScanStatus
    argument: str = ""
    build: str = ""
    chart: Mapping[str, str | None] | None = None
    images: tuple[ScannedImage, ...] = ()
    steps: Mapping[str, str] = field(default_factory=dict)
    findings: Mapping[str, int] = field(default_factory=dict)
    errors: tuple[str, ...] = ()
    warnings: int = 0
    secrets: tuple[tuple[str, str], ...] = ()
    start: Start = Start()
    branch: str = ""
    blocks: tuple[str, ...] = ()
    error: Mapping[str, str | None] | None = None
    exit_code: int = 0
    seconds: float = 0.0
    renders: int = 0
    detail: Mapping[str, Any] | None = None
    keepable: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """``namespace/name``; the name alone of what is not resolved."""
        return self.name if self.status == "unresolved" else f"{self.namespace or 'default'}/{self.name}"

    @property
    def label(self) -> str:
        """The release for people, with its build where there are several."""
        return f"{self.id} ({self.build})" if self.build else self.id

    @property
    def chart_name(self) -> str:
        """The chart for people: its folder in the repository, or its name and version."""
        chart = self.chart or {}
        if chart.get("kind") == "directory":
            return str(chart.get("path") or ".")
        return f"{chart.get('name') or ''} {chart.get('version') or ''}".strip()

    def to_json(self) -> dict[str, Any]:
        """The release in the JSON contract."""
        return {
            "way": self.way,
            "namespace": self.namespace,
            "name": self.name,
            "file": self.file,
            "line": self.line,
            "chart": dict(self.chart) if self.chart else None,
            "status": self.status,
            "images": [image.to_json() for image in self.images],
            "steps": dict(self.steps),
            "findings": dict(self.findings),
            "branch": self.branch or None,
            "error": dict(self.error) if self.error else None,
            "seconds": round(self.seconds, 3),
            "argument": self.argument or None,
            "build": self.build or None,
            "blocks": list(self.blocks),
            "renders": self.renders,
            "warnings": self.warnings,
            "keepable": list(self.keepable),
        }


@record
class ImageTotal:
    """One image of the repository, with the releases that use it."""

    image: ScannedImage
    releases: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The image in the JSON contract."""
        image = self.image
        return {
            "before": image.before,
            "after": image.after or None,
            "status": image.status,
            "used_by": len(self.releases),
            "releases": list(self.releases),
            "choices": list(image.choices),
        }


@record
class Scan:
    """The overview of a repository: ``hidden`` counts what is not among the entries, by the reason.

    ``dirty`` tells that the worktree was read, and differs from the commit.
    """

    root: str
    commit: str
    catalog_source: str
    catalog_date: str
    entries: tuple[ScanEntry, ...]
    hidden: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0
    left: int = 0

    @property
    def images(self) -> tuple[ImageTotal, ...]:
        """Every image with each thing that becomes of it, those used most first."""
        found: dict[tuple[str, str, str], tuple[ScannedImage, dict[str, None]]] = {}
        for entry in self.entries:
            for image in entry.images:
                key = (image.before, image.after, image.status)
                first, users = found.setdefault(key, (image, {}))
                if image.asks and not first.asks:
                    found[key] = (image, users)
                users[entry.id] = None
        totals = [ImageTotal(image, tuple(users)) for image, users in found.values()]
        return tuple(sorted(totals, key=lambda total: (-len(total.releases), total.image.before)))

    @property
    def questions(self) -> tuple[ImageTotal, ...]:
        """The images that somebody has to decide on, each once."""
        return tuple(total for total in self.images if total.image.asks)

    @property
    def summary(self) -> dict[str, int]:
        """How many entries have each status; all statuses are named."""
        count = Counter(entry.status for entry in self.entries)
        return {status: count[status] for status in STATUSES}

    @property
    def exit_code(self) -> int:
        """3 for a bug, 4 where something could not be planned, 5 where something asks or is blocked, else 0."""
        codes = {entry.exit_code for entry in self.entries}
        return next((code for code in (3, 1, 4, 2, 5) if code in codes), 0)

    def to_json(self) -> dict[str, Any]:
        """The JSON of ``scan``."""
        return {
            "schema": SCHEMA,
            "tool": {"version": __version__},
            "root": self.root,
            "commit": self.commit or None,
            "catalog": {"source": self.catalog_source, "date": self.catalog_date},
            "releases": [entry.to_json() for entry in self.entries],
            "images": [total.to_json() for total in self.images],
            "findings": [finding.to_json() for finding in self.findings],
            "summary": self.summary,
            "hidden": dict(self.hidden),
            "left": self.left,
            "seconds": round(self.seconds, 3),
        }


def unresolved_entry(one: Unresolved) -> ScanEntry:
    """The entry of what deploys a chart that cannot be known here."""
    reason = redact.text(one.reason)
    return ScanEntry(
        one.way, "", one.name, one.file, one.line, "unresolved", blocks=(reason,), exit_code=4,
        error={"message": reason, "where": f"{one.file}:{one.line}", "help": None},
    )  # fmt: skip


def failed_entries(group: Group, error: MigrateDhiError, seconds: float = 0.0) -> tuple[ScanEntry, ...]:
    """The entries of releases that could not be planned."""
    message = redact.text(error.message)
    told = {
        "message": message,
        "where": redact.text(error.where) or None,
        "help": redact.text(error.help) or None,
    }
    return tuple(
        _entry(one, group, "error", blocks=(message,), error=told, exit_code=error.exit_code, seconds=seconds)
        for one in group.releases
    )


def planned_entries(
    group: Group, plan: Plan, labels: Sequence[str], seconds: float, *, detail: bool
) -> tuple[ScanEntry, ...]:
    """The entries of the releases that a plan migrates; ``labels`` name them in it, in their order.

    Of several, those without an image that moves or asks have nothing to do, whatever stands in the way of the others.
    """
    status = status_of(plan)
    told = _detail(plan) if detail else None
    open_images = {id(image) for image in plan.open_images}
    images = [_images_of(plan, labels[at] if at < len(labels) else "") for at in range(len(group.releases))]
    idle = [all(image.status in _STAYS for image in some) for some in images]
    warnings = len({(one.code, one.message) for one in plan.findings if one.severity == "warning"})
    found = []
    for one, some, rests in zip(group.releases, images, idle, strict=True):
        rest = rests and not all(idle)
        found.append(
            _entry(
                one, group, "nothing-to-do" if rest else status, seconds=seconds, renders=plan.renders,
                images=tuple(_image(image, asks=id(image) in open_images) for image in some),
                branch="" if rest else plan.branch,
                steps={step.name: step.to_json()["status"] for step in plan.steps},
                findings=dict(sorted(Counter(finding.code for finding in plan.findings).items())),
                errors=tuple(dict.fromkeys(one.code for one in plan.findings if one.severity == "error")),
                warnings=0 if rest else warnings,
                secrets=tuple(
                    (namespace, name)
                    for namespace, name in wanted_secrets(plan)
                    if namespace == (one.namespace or "default")
                ),
                start=plan.start,
                blocks=() if rest else tuple(map(redact.text, blocks_of(plan))),
                exit_code=5 if plan.status == "blocked" and not rest else 0,
                detail=told,
                keepable=() if rest else plan.keepable,
            )
        )  # fmt: skip
    return tuple(found)


def _images_of(plan: Plan, label: str) -> list[PlannedImage]:
    """The images of the release of a label."""
    return [one for one in plan.images if not one.releases or label in one.releases or "" in one.releases]


def status_of(plan: Plan) -> ScanStatus:
    """What is next for a plan: an answer comes before an error, which the answer may take away."""
    if plan.open_images:
        return "ask"
    return plan.status


def blocks_of(plan: Plan) -> Iterable[str]:
    """What stands in the way of a plan, for people."""
    for image in plan.open_images:
        yield f"what becomes of {image.before}?"
    if plan.status == "ready":
        yield from (finding.message for finding in plan.findings if finding.code == EXISTS)
    found: dict[str, list[Finding]] = {}
    for finding in plan.open_errors:
        if finding.code != "image-undecided":
            found.setdefault(finding.code, []).append(finding)
    if len(found) > 1:
        # What blocks a step is told by another error, which says more.
        found.pop("step-blocked", None)
    for code, findings in found.items():
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        yield f"{code}: {findings[0].message}{more}"


def _entry(one: Release, group: Group, status: ScanStatus, **more: Any) -> ScanEntry:
    return ScanEntry(
        one.way,
        one.namespace,
        one.name,
        one.file,
        one.line,
        status,
        group.argument,
        one.object.partition("@")[2],
        _chart(one),
        **more,
    )


def _chart(one: Release) -> dict[str, str | None]:
    return {key: redact.text(value) if value else value for key, value in one.origin.to_json().items()}


def _image(image: PlannedImage, *, asks: bool) -> ScannedImage:
    runs = any(use.role in RUNS for use in image.used_by)
    return ScannedImage(
        image.before,
        image.after,
        image.status,
        image.rule,
        image.reason,
        runs,
        asks,
        image.candidates,
        image.confidence,
    )


def _detail(plan: Plan) -> dict[str, Any]:
    """What a page shows of one plan, without secrets."""
    told: dict[str, Any] = redact.texts(
        {
            "title": plan.title,
            "engine": f"{plan.engine.name} {plan.engine.version}, Kubernetes {plan.engine.kube_version}",
            "images": [image.to_json() for image in plan.images],
            "steps": [
                {
                    "name": step.name,
                    "title": step.title,
                    "status": step.status,
                    "reason": step.reason,
                    "done": step.done,
                    "of": step.of,
                    "tried": [tried.to_json() for tried in step.tried],
                }
                for step in plan.steps
            ],
            "findings": [finding.to_json() for finding in plan.findings],
            "witnesses": [f"{one.namespace}/{one.name}" for one in plan.releases if one.role == "witness"],
            "renders": plan.renders,
        }
    )
    return {**told, "diffs": [{"file": file, "diff": redact.text(diff)} for file, diff in net_diff(plan)]}
