"""The plan as data, and as the JSON of ``--plan --format json``.

Everything a person or a program is shown comes from these classes; nothing here renders, edits or
prints. The JSON keys are a contract (``docs/plan.schema.json``): keys may be added, never changed.
"""

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal

from migrate_dhi import __version__
from migrate_dhi.findings import Finding, is_accepted
from migrate_dhi.kube.start import Start
from migrate_dhi.migration.plan_image import PlannedImage
from migrate_dhi.record import record

if TYPE_CHECKING:
    from migrate_dhi.edit import Edit

# What waits for the choice of an image is told to people alone: to programs it is not needed so far.
StepStatus = Literal["proven", "done", "not-needed", "waiting", "skipped", "blocked"]
PlanStatus = Literal["ready", "nothing-to-do", "blocked"]

SCHEMA = "migrate-dhi/plan/1"
SCHEMA_MANY = "migrate-dhi/plans/1"


@record
class PlannedEdit:
    """One value that a step changes: ``line`` is 1-based and counts in the file before this step.

    ``path`` leads through a text that holds YAML as through a map; ``document`` is the index in the file.
    """

    file: str
    line: int
    path: str
    before: Any
    after: Any
    document: int = 0

    def to_json(self) -> dict[str, Any]:
        """The edit in the JSON contract."""
        return {
            "file": self.file,
            "document": self.document,
            "line": self.line,
            "path": self.path,
            "before": self.before,
            "after": self.after,
        }


@record
class Effect:
    """One field of a rendered object that changes: ``object`` is ``Kind/name``."""

    object: str
    path: str
    before: Any
    after: Any

    def to_json(self) -> dict[str, Any]:
        """The effect in the JSON contract."""
        return {"object": self.object, "path": self.path, "before": self.before, "after": self.after}


@record
class Tried:
    """A proposal that did not hold: what it was, and what the render showed.

    ``accept`` is the code with which it would hold (``--accept``), where it reaches its goal; else empty. ``beside``
    tells that it holds for what is planned, and changes another release; that is not in the JSON.
    """

    reason: str
    verdict: str
    accept: str = ""
    beside: bool = False

    def to_json(self) -> dict[str, Any]:
        """The attempt in the JSON contract."""
        return {"reason": self.reason, "verdict": self.verdict, "accept": self.accept or None}


@record
class Alternative:
    """Another way to the goals of a step that holds too: what it does, and all edits of the step that way."""

    reason: str
    edits: tuple["Edit", ...]


@record
class CommitText:
    """The commit of one step: subject, body, and trailers (each name with its values in order)."""

    subject: str
    body: str
    trailers: Mapping[str, tuple[str, ...]]

    def to_json(self) -> dict[str, Any]:
        """The commit in the JSON contract."""
        return {
            "subject": self.subject,
            "body": self.body,
            "trailers": {name: list(values) for name, values in self.trailers.items()},
        }


@record
class StepOutcome:
    """What became of one step.

    ``done`` of ``of`` goals are reached (containers, pods, probes or versions, as the step counts them).
    ``files`` maps repository paths to their full text after this step, only files that this step changes.
    ``deployable`` is false where the commit alone would not run (a registry before its tag).
    ``chosen`` are the step's edits as they can be pinned, ``findings`` those of the plan that this step
    made, and ``alternatives`` are filled where they were asked for; ``lacks`` are the steps that it needs and that
    did not move what it is about. None of the four is in the JSON. ``vendored`` are files below ``charts/`` that it
    brings, or takes away (None).
    """

    name: str
    title: str
    status: StepStatus
    reason: str
    done: int = 0
    of: int = 0
    edits: tuple[PlannedEdit, ...] = ()
    diff: str = ""
    effects: tuple[Effect, ...] = ()
    tried: tuple[Tried, ...] = ()
    commit: CommitText | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    deployable: bool = True
    chosen: tuple["Edit", ...] = ()
    findings: tuple[Finding, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    lacks: tuple[str, ...] = ()
    vendored: Mapping[str, bytes | None] = field(default_factory=dict)

    @property
    def written(self) -> dict[str, bytes | None]:
        """All files of its commit: their content, or None for one that goes."""
        return {**{file: text.encode() for file, text in self.files.items()}, **self.vendored}

    def to_json(self) -> dict[str, Any]:
        """The step in the JSON contract."""
        return {
            "name": self.name,
            "title": self.title,
            "status": "not-needed" if self.status == "waiting" else self.status,
            "reason": self.reason,
            "reached": {"done": self.done, "of": self.of},
            "edits": [edit.to_json() for edit in self.edits],
            "diff": self.diff,
            "effects": [effect.to_json() for effect in self.effects],
            "tried": [tried.to_json() for tried in self.tried],
            "deployable": self.deployable,
            "commit": self.commit.to_json() if self.commit else None,
            "vendored": [
                {"file": file, "change": "written" if content is not None else "removed"}
                for file, content in self.vendored.items()
            ],
        }


@record
class Check:
    """A read-only command for after the rollout, and what it should show."""

    command: str
    expect: str = ""

    def to_json(self) -> dict[str, Any]:
        """The check in the JSON contract."""
        return {"command": self.command, "expect": self.expect or None}


@record
class ChartSummary:
    """The chart that the plan is for.

    ``path`` is relative to the repository root (``.`` is the root), and empty for a chart from elsewhere.
    """

    path: str
    name: str
    version: str
    app_version: str
    dependencies: tuple[Mapping[str, str], ...] = ()
    values_files: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The chart in the JSON contract."""
        return {
            "path": self.path or None,
            "name": self.name,
            "version": self.version,
            "app_version": self.app_version,
            "dependencies": [dict(dependency) for dependency in self.dependencies],
            "values_files": list(self.values_files),
        }


@record
class ReleaseSummary:
    """A release that the plan was proven for (``target``), or that must not change by it (``witness``).

    ``layers`` are (form, file, path in the document) of its values, weakest first.
    """

    way: str
    namespace: str
    name: str
    file: str
    line: int
    layers: tuple[tuple[str, str, str], ...]
    role: Literal["target", "witness"] = "target"

    def to_json(self) -> dict[str, Any]:
        """The release in the JSON contract."""
        return {
            "way": self.way,
            "namespace": self.namespace,
            "name": self.name,
            "file": self.file,
            "line": self.line,
            "layers": [{"form": form, "file": file, "path": path} for form, file, path in self.layers],
            "role": self.role,
        }


@record
class EngineSummary:
    """The Helm engine that rendered, and the Kubernetes version it was told."""

    name: str
    version: str
    kube_version: str

    def to_json(self) -> dict[str, Any]:
        """The engine in the JSON contract."""
        return {"name": self.name, "version": self.version, "kube_version": self.kube_version}


@record
class Plan:
    """The whole staged migration of one chart, proven and ready to be written as a branch."""

    engine: EngineSummary
    catalog_source: str
    catalog_date: str
    chart: ChartSummary
    images: tuple[PlannedImage, ...]
    steps: tuple[StepOutcome, ...]
    findings: tuple[Finding, ...]
    branch: str
    base: str
    release: str
    namespace: str
    title: str = ""
    releases: tuple["ReleaseSummary", ...] = ()
    accepted: frozenset[str] = frozenset()
    renders: int = 0
    unseen_renders: int = 0
    checks: tuple[Check, ...] = ()
    start: Start = Start()  # what matters when a cluster begins; not in the JSON
    originals: Mapping[str, str] = field(
        default_factory=dict
    )  # the base's texts of the files that steps edit
    # The images, as they are, that the errors are about; one that is about none of those that move is not in it.
    stops: Mapping[Finding, tuple[str, ...]] = field(default_factory=dict, hash=False)

    @property
    def status(self) -> PlanStatus:
        """Blocked beats ready beats nothing to do."""
        if self.open_images or self.open_errors:
            return "blocked"
        return "ready" if self.editing_steps else "nothing-to-do"

    @property
    def editing_steps(self) -> tuple[StepOutcome, ...]:
        """The steps that change a file, in order: one commit each."""
        return tuple(step for step in self.steps if step.edits)

    @property
    def blocked_steps(self) -> tuple[StepOutcome, ...]:
        """The steps of which nothing can be reached; each has an error finding, which can be accepted."""
        return tuple(step for step in self.steps if step.status == "blocked")

    @property
    def open_images(self) -> tuple[PlannedImage, ...]:
        """The images that somebody has to decide on, unless it is accepted that they stay."""
        if not self.accepted.isdisjoint({"all", "image-undecided"}):
            return ()
        return tuple(image for image in self.images if image.asks)

    @property
    def open_errors(self) -> tuple[Finding, ...]:
        """The error findings that no ``--accept`` names."""
        return tuple(
            f for f in self.findings if f.severity == "error" and not is_accepted(f.code, self.accepted)
        )

    @property
    def keepable(self) -> tuple[str, ...]:
        """The images with which all that stands in the way would go, were they kept, while others move; else none."""
        stops = [self.stops.get(error, ()) for error in self.open_errors]
        found = tuple(dict.fromkeys(image for images in stops for image in images)) if all(stops) else ()
        others = any(image.status == "migrate" and image.before not in found for image in self.images)
        return found if others else ()

    def to_json(self) -> dict[str, Any]:
        """The plan in the JSON contract."""
        return {
            "schema": SCHEMA,
            "tool": {"version": __version__},
            "engine": self.engine.to_json(),
            "catalog": {"source": self.catalog_source, "date": self.catalog_date},
            "chart": self.chart.to_json(),
            "status": self.status,
            "images": [image.to_json() for image in self.images],
            "steps": [step.to_json() for step in self.steps],
            "findings": [finding.to_json() for finding in self.findings],
            "branch": self.branch,
            "base": self.base,
            "releases": [release.to_json() for release in self.releases],
            "release": self.release,
            "namespace": self.namespace,
            "renders": self.renders,
            "unseen_renders": self.unseen_renders,
            "checks": [check.to_json() for check in self.checks],
            "keepable": list(self.keepable),
        }
