"""Findings that are not one step's own: of the chart, the images, and what would change."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from migrate_dhi.dhi.naming import DIRECT
from migrate_dhi.edit import Edit
from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.findings import Finding, Severity
from migrate_dhi.helm.renderers import Renderers
from migrate_dhi.helm.tree import lacking
from migrate_dhi.kube.compare import Change
from migrate_dhi.migration.comments_beside import of_comments
from migrate_dhi.migration.editing import read
from migrate_dhi.migration.plan import StepOutcome, Tried
from migrate_dhi.migration.plan_image import RUNS
from migrate_dhi.migration.planned_images import template_line
from migrate_dhi.migration.source import Source
from migrate_dhi.migration.step_texts import shown
from migrate_dhi.oci.reference import Reference
from migrate_dhi.release.rewrites import rewrites
from migrate_dhi.steps.context import Context, Image
from migrate_dhi.steps.derived import words_beside
from migrate_dhi.trace.dormant import Dormant
from migrate_dhi.trace.slots import Slot
from migrate_dhi.wording import some_of


def of_chart(context: Context, trials: Renderers) -> list[Finding]:
    """What the engine does not say aloud, which versions ranges were taken for, and what was assumed to be there."""
    unchecked, granted = trials.unchecked, ", ".join(trials.granted)
    found = [
        Finding(
            "version-resolved",
            "info",
            f"{one}: the plan is proven for that version",
            file=context.chart.own_file,
        )
        for one in trials.pinned
    ]
    found += [
        Finding(
            "dependency-assumed",
            "warning",
            f"{one}: nothing is proven for what is published, if that differs",
            file=context.chart.own_file,
            help="bring what is published with `migrate-dhi fetch`, or vendor it",
        )
        for one in trials.stand_ins
    ]
    found += [
        Finding(
            "dependency-left-out",
            "warning",
            f"{one.name} cannot be had, and {one.dependency.condition} switches it off: what it would add, and which "
            "values it shares with others, was not looked at",
            file=context.chart.own_file,
            help="bring it with `migrate-dhi fetch` or --chart-dir",
        )
        for one in trials.left_out
    ]
    found += _lacking(context)
    if granted:
        found.append(
            Finding(
                "api-assumed",
                "info",
                f"the chart refuses to render where the cluster has no {granted}: it is assumed to be there",
                help="name what the cluster has with --api-versions",
            )
        )
    found += [
        Finding(
            "lookup-assumed",
            "warning",
            f"{place} reads what a cluster has, and does not render without: a text stands in for it here",
            help="Flux and `helm install` ask the cluster; Argo CD and `helm template` need other values",
        )
        for place in trials.looked_up
    ]
    if str(context.chart.metadata.get("type") or "") == "library":
        found.append(
            Finding(
                "library-chart",
                "info",
                "a library chart renders nothing of its own",
                file=context.chart.chart_file,
            )
        )
    elif not context.baseline.objects:
        found.append(Finding("no-manifests", "info", "the chart renders no object with these values"))
    elif not context.baseline.pods:
        found.append(Finding("no-workloads", "info", "the chart renders no pod with these values"))
    found += [Finding("engine-warning", "warning", warning) for warning in context.baseline.warnings]
    if unchecked:
        found.append(
            Finding(
                "schema-unchecked",
                "warning",
                f"the schema of the values refers to {some_of(unchecked, 1)}, which was not looked at: "
                "the values are held against the rest of the schema alone",
                help="plan once more where that address can be reached, without --offline",
            )
        )
    return found


def _lacking(context: Context) -> list[Finding]:
    """What vendored charts declare and do not hold, whatever release would have it."""
    found: dict[str, Finding] = {}
    for trace in context.traces.values():
        for node, entry, held in lacking(trace.nodes, trace.values):
            name = entry.get("name")
            wanted = f"{name} {entry.get('version') or ''}".strip()
            said = f"{'.'.join(node.prefix)} depends on {wanted}, "
            if held:
                key, own = (".".join((*node.prefix, str(one))) for one in (node.key_of(entry), name))
                other = f", without its alias: what is set under `{key}` is read by nothing, what is under `{own}` is"
                said += f"and holds {name} {held}"
                told = f"Helm takes that one without a word{other if key != own else ''}"
            else:
                said += "which it does not hold"
                told = "Helm renders nothing of it and says nothing, so nothing of it was looked at"
            found[said] = Finding(
                "dependency-lacking",
                "warning",
                f"{said}: {told}",
                file=context.chart.own_file,
                help=f"look whether it is meant to run: `helm dependency build` in {node.metadata.get('name')}, "
                "and vendor it anew",
            )
    return list(found.values())


def of_images(context: Context) -> list[Finding]:
    """Notes of the decisions, images that stand in templates, and questions that are open."""
    found: list[Finding] = []
    for image in context.images:
        decision = image.decision
        # What no value reaches is not moved, so that nothing of the move is worth a word.
        stays = decision.status in {"migrate", "undecided"} and not image.reachable
        found += () if stays else decision.notes
        if decision.status == "undecided" and not stays:
            found.append(_undecided(image))
        if decision.status == "migrate" or stays:
            found += [_fixed(image, slot, context) for slot in image.fixed]
    return found


def _undecided(image: Image) -> Finding:
    """A question; what stands in settings or tests alone keeps nothing else from moving."""
    offers = ", ".join(str(candidate) for candidate in image.decision.candidates[:4])
    runs = any(slot.role in RUNS for slot in image.slots)
    where = "" if runs else " (it runs in no container of this chart, so the rest moves without it)"
    return Finding(
        "image-undecided",
        "error" if runs else "warning",
        f"{image.before}: {image.decision.reason}{where}",
        help=f"choose with --to {image.before.image}=IMAGE:TAG"
        + (f" ({offers})" if offers else "")
        + ", or leave it out with --keep",
        ways=(("--keep", str(image.before)),),
    )


def _fixed(image: Image, slot: Slot, context: Context) -> Finding:
    literal = template_line(context, slot.template, image.before.repository)
    line = (
        literal
        or template_line(context, slot.template, image.before.name)
        or template_line(context, slot.template, "image:")
    )
    does = "runs" if slot.runs else "names"
    own = context.own_template(slot.template)
    beside = context.template_beside(slot.template)
    # That nothing was found is no proof; that it stands there is one.
    why = (
        "which no value reaches: it is fixed in the template"
        if literal
        else "and no value was found that sets it"
    )
    return Finding(
        "image-fixed",
        "warning",
        f"{slot} {does} {image.before}, {why}",
        object=str(slot.identity),
        container=slot.container,
        file=own or beside or slot.template,
        line=line,
        help="it stays as it is; the template is yours: write the image there as one plain line (image: NAME:TAG), or "
        "read it from a value"
        if own
        else "it stays as it is; the template is of this repository, and of a chart that others may depend on: write "
        "the hardened image there by hand"
        if beside
        else "it stays as it is; ask the chart's authors for a value, or patch it in Git",
    )


def of_rewrites(source: Source, context: Context, target: str) -> list[Finding]:
    """Registry rewrites in the repository's own settings: a note, with the flag that writes the place itself.

    Nothing is said where the user names a ``target``, or nothing is hardened.
    """
    asked = source.files is not None and not target and any(image.hardened for image in context.images)
    notes = []
    for one in rewrites(source.files, DIRECT) if asked and source.files else ():
        where = "the manifests keep the name" if one.unseen else "the name in the manifests decides"
        notes.append(
            Finding(
                "registry-rewrite",
                "info",
                f"{one.how} takes {one.source} from {one.place}: {where}",
                file=one.file,
                line=one.line,
                help=f"nothing is to be done; --target {one.place}/{{name}} writes that place into the values",
            )
        )
    return notes


def of_places(outcomes: Iterable[StepOutcome], texts: Mapping[str, str]) -> list[Finding]:
    """Notes on where the plan edits: each template of the user's own, and prose beside what changes."""
    steps = list(outcomes)
    return [*_of_templates(steps, texts), *of_comments(steps)]


def _of_templates(outcomes: Iterable[StepOutcome], texts: Mapping[str, str]) -> list[Finding]:
    edits = [edit for outcome in outcomes for edit in outcome.chosen if edit.template]
    return [
        Finding(
            "template-edited",
            "info",
            f"{file} holds what no value reaches, and the template is yours: this plan edits its literal lines",
            file=file,
            line=min(read(texts, edit)[0] for edit in edits if edit.file == file),
        )
        for file in dict.fromkeys(edit.file for edit in edits)
    ]


def unreadable(slot: Slot) -> Finding:
    """A container whose image is no reference."""
    return Finding(
        "image-unreadable",
        "warning",
        f"{slot} has the image {slot.text!r}, which is no image reference",
        object=str(slot.identity),
        container=slot.container,
        file=slot.template,
        help="give the chart the values it needs with --values",
    )


def of_demands(context: Context, edits: Sequence[Edit]) -> list[Finding]:
    """A check of the chart that an edit switches off, because the chart refuses the image otherwise."""
    found = []
    for variable in context.demands:
        place = context.place(variable)
        where = place and (place.file, place.document, place.path, place.inner)
        if place and any((edit.file, edit.document, edit.path, edit.inner) == where for edit in edits):
            found.append(
                Finding(
                    "image-check",
                    "warning",
                    f"the chart refuses images that it does not know unless {variable} is true: this plan sets it, "
                    "and the chart then checks no image any more",
                    file=place.file,
                    line=read(context.texts, place)[0],
                    help="nothing is to be done; leave the images out with --keep if the check must stay",
                )
            )
    return found


def of_dormant(
    asleep: Sequence[Dormant], shows: Callable[[Dormant], bool | None], *, assumed: bool
) -> list[Finding]:
    """Images that a value switches off: left alone, or migrated as if they were on.

    ``shows`` tells whether one renders once its switch is on, None where the chart does not render then. One that
    renders neither way is no image of the chart.
    """
    by_switch: dict[tuple[str, str], list[str]] = {}
    for item in asleep:
        shown = True if assumed else shows(item)
        what = "is false; what does not render stays as it is"
        if assumed:
            what = "looked at as if it were true"
        elif shown is None:
            what = "is false, and the chart does not render with it on: what edits do to it then is not known"
        if shown is not False:
            by_switch.setdefault((".".join(map(str, item.switch)), what), []).append(item.image)
    return [
        Finding(
            "image-dormant",
            "info",
            f"{', '.join(dict.fromkeys(images))}: {switch} {what}",
            help="" if assumed else "--dormant migrates them too, without switching them on",
        )
        for (switch, what), images in by_switch.items()
    ]


def unrendered(label: str, error: MigrateDhiError) -> Finding:
    """The planned chart does not render in another view, in which the chart renders as it is."""
    return Finding(
        "render-unseen",
        "error",
        f"{label}, the planned chart does not render: {error.message}",
        file=error.where,
        help="leave the step that does it out with --skip",
    )


def several_secrets(names: Sequence[str]) -> Finding:
    """Several pull secrets are used for the registry in this repository; none is chosen silently."""
    return Finding(
        "pull-secret-several",
        "info",
        f"this repository uses several pull secrets for the registry: {', '.join(names)}",
        help="name one with --pull-secret",
    )


def of_surprises(
    surprises: Iterable[Change], derived: Iterable[Change] = (), *, where: str = "", switched: bool = False
) -> list[Finding]:
    """Changes that nobody announced: such as the user accepts, and such as repeat a bare part of an image.

    ``where`` names the view that shows them, if it is not the plain render; ``switched``: a value is on there that is
    off now. An image that a container pulls without a tag then is a warning: it is none that runs.
    """
    head = f"{where}: " if where else ""
    found = [
        _surprise("unannounced-change", change, f"{head}{change} changes as well{shown(change)}, unannounced")
        for change in surprises
    ]
    return found + [
        _surprise(
            "derived-value",
            change,
            f"{head}{change} becomes {_words(change)}: it follows the image by its bare name or tag, and may "
            "mean something else",
            "see what reads it: accept it with --accept derived-value, or leave the image out with --keep",
        )
        if not (switched and _loses_tag(change))
        else _surprise(
            "derived-value",
            change,
            f"{head}{change} becomes {change.after}, without a tag, and no hardened image is there by that",
            "leave that switch as it is",
            "warning",
        )
        for change in derived
    ]


def _loses_tag(change: Change) -> bool:
    """Whether it is the image of a container, which names neither tag nor digest, as it did not before."""
    images = {(*container.path, "image") for pod in change.object.pods for container in pod.containers}
    read = [Reference.try_parse(str(text)) for text in (change.before, change.after)]
    return change.path in images and all(one and not (one.tag or one.digest) for one in read)


def _words(change: Change) -> str:
    """What of a text changes besides whole images: ``17.11-debian13 (17 before)``."""
    if change.object.kind == "Secret":
        return "another"
    pairs = dict.fromkeys(
        (old, new)
        for old, new in words_beside(change)
        if old != new and not ((image := Reference.try_parse(old)) and (image.tag or image.digest))
    )
    return ", ".join(f"{new} ({old or 'empty'} before)" for old, new in pairs)


def _surprise(
    code: str, change: Change, message: str, advice: str = "", severity: Severity = "error"
) -> Finding:
    item = change.object
    return Finding(code, severity, message, str(item.identity), file=item.template, help=advice)


def of_tried(step: str, tried: Iterable[Tried]) -> list[Finding]:
    """The first proposal that a step could take if the user accepted what it changes besides."""
    for attempt in tried:
        if attempt.accept:
            message = f"{step} could {attempt.reason}, which {attempt.verdict}"
            advice = f"take it as it is with --accept {attempt.accept}, or leave it out with --skip {step}"
            return [Finding(attempt.accept, "error", message, help=advice)]
    return []
