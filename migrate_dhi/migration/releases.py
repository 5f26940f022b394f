"""Releases as a plan shows them, and what it has to say of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal, Protocol

from migrate_dhi.findings import Finding
from migrate_dhi.helm.renderer import Renderer
from migrate_dhi.migration.joined import are_alike
from migrate_dhi.migration.plan import ReleaseSummary, StepOutcome
from migrate_dhi.quoting import shell_word
from migrate_dhi.release.deployed import Deployed
from migrate_dhi.release.layer import Layer
from migrate_dhi.release.release import Release, show
from migrate_dhi.release.streams import data_of, parts
from migrate_dhi.release.target import Target
from migrate_dhi.untyped import mapping
from migrate_dhi.wording import some_of
from migrate_dhi.yamledit import format_path


def summary_of(
    deployed: Deployed, namespace: str, name: str, role: Literal["target", "witness"] = "target"
) -> ReleaseSummary:
    """A release, with the namespace and the name that it was rendered for."""
    layers = tuple(_layer(layer) for layer in deployed.layers)
    release = deployed.release
    if release is None:
        return ReleaseSummary("chart", namespace, name, deployed.chart.chart_file, 1, layers, role)
    return ReleaseSummary(release.way, namespace, name, release.file, release.line, layers, role)


def summaries_of(target: Target, members: Sequence[Renderer]) -> tuple[ReleaseSummary, ...]:
    """The releases of a target, with what renders each."""
    pairs = zip(target.members.values(), members, strict=True)
    return tuple(summary_of(one, by.options.namespace, by.options.release) for one, by in pairs)


def _layer(layer: Layer) -> tuple[str, str, str]:
    """Form, file, and path in the document."""
    return layer.form, layer.file, show(layer)


def is_idle(outcomes: Iterable[StepOutcome]) -> bool:
    """Whether a plan changes nothing, and nothing keeps it from that."""
    return not any(outcome.edits or outcome.status in {"blocked", "waiting"} for outcome in outcomes)


def of_releases(target: Target, *, idle: bool = False) -> list[Finding]:
    """What was assumed of the releases, and what of their values was not read.

    Where a plan is ``idle`` nothing has to reach a release: what would be an error is a warning then.
    """
    found = [finding for release in target.releases for finding in _of_release(release)]
    return [replace(one, severity="warning") if idle and one.severity == "error" else one for one in found]


class Beside(Protocol):
    """What is known of the releases beside a target."""

    def sharers(self, layer: Layer) -> Iterator[Release]:
        """Those that read what a layer holds."""


def of_layers(
    target: Target, outcomes: Sequence[StepOutcome], texts: Mapping[str, str], beside: Beside
) -> list[Finding]:
    """What is to be said of the layers that the steps edit, and of those that they leave; ``texts`` are of before."""
    edited = {file for outcome in outcomes for file in outcome.files}
    return [
        *of_unread(target, outcomes),
        *of_shared(target, outcomes, texts, beside),
        *of_sealed(edited, texts),
    ]


def of_unread(target: Target, outcomes: Iterable[StepOutcome]) -> list[Finding]:
    """An error for each edit over which values lie that were not read: nothing shows that it counts."""
    found = []
    for member in target.members.values():
        for edit in (edit for outcome in outcomes for edit in outcome.chosen):
            layer, path = member.layer_of(edit)
            over = member.unread_over(layer, path) if layer else None
            if over and layer:
                release = member.release.id if member.release else ""
                found.append(
                    Finding(
                        "layer-unread",
                        "error",
                        f"{release}: {over.file} lies over the edit of {format_path(path)} and was not read "
                        f"({over.reason or 'not readable here'}): it may set that value, too",
                        file=over.file,
                        help="look whether it does, and take the plan as it is with --accept layer-unread",
                    )
                )
    return list(dict.fromkeys(found))


SHARED = "shared-values"
_PATHS = 3


def of_shared(
    target: Target, outcomes: Iterable[StepOutcome], texts: Mapping[str, str], beside: Beside
) -> list[Finding]:
    """A note for each file that decides a value and is left as it is, since releases beside the target read it."""
    found: dict[str, tuple[Layer, dict[str, None], dict[str, None]]] = {}
    edits = [edit for outcome in outcomes for edit in outcome.chosen if not edit.template]
    for member in target.members.values():
        for edit in edits:
            layer, path = member.layer_of(edit)
            place = member.place(path, texts) if layer else None
            decides = member.layer_of(place)[0] if place else None
            if decides is None or decides.file == edit.file:
                continue
            _, paths, files = found.setdefault(decides.file, (decides, {}, {}))
            paths[format_path(path)] = files[edit.file] = None
    return [
        _shared(target, layer, list(paths), list(files), others)
        for layer, paths, files in found.values()
        if (others := list(beside.sharers(layer)))
    ]


def _shared(
    target: Target, layer: Layer, paths: list[str], files: list[str], others: list[Release]
) -> Finding:
    names = ", ".join(dict.fromkeys(one.id for one in others))
    which = some_of(paths, _PATHS)
    every = [*target.releases, *others]
    place = every[0].origin.path if every[0].origin.kind == "directory" else layer.file
    together = f"`migrate-dhi {shell_word(place)}` plans all of them together, and edits it"
    return Finding(
        SHARED,
        "info",
        f"{layer.file} is the place of {which}, and is left as it is: {names} read{'s' * (len(others) == 1)} it too; "
        f"written is {', '.join(files)}",
        file=layer.file,
        help=together
        if are_alike(every)
        else "they are of other charts, and no plan edits it for all of them",
    )


def of_sealed(edited: Iterable[str], texts: Mapping[str, str]) -> list[Finding]:
    """An error for each edited file that SOPS seals as a whole: the seal covers values that are plain, too."""
    found = []
    for file in sorted(edited):
        text = texts.get(file, "")
        # Each document holds the seal, and it covers all of them (stores/yaml, EmitEncryptedFile).
        held = (mapping(data_of(part.text)) for part in parts(text)) if "sops" in text else ()
        seals = [mapping(data.get("sops")) for data in held]
        if any(seal.get("mac") and seal.get("mac_only_encrypted") is not True for seal in seals):
            found.append(
                Finding(
                    "sealed-file",
                    "error",
                    f"{file} is sealed with SOPS, and its seal covers plain values, too: an edit of them breaks it",
                    file=file,
                    help="move what is no secret to a file of its own, seal with mac_only_encrypted, or accept it and "
                    "seal the file anew on the branch (sops --ignore-mac)",
                )
            )
    return found


def _of_release(release: Release) -> list[Finding]:
    """What was assumed of a release, what of its values was not read, and what changes its manifests afterwards."""
    file, line = release.file, release.line
    found = [
        Finding("release-assumed", "info", f"{release.id}: {note}", file=file, line=line)
        for note in release.notes
    ]
    found += [
        Finding(
            "values-unread",
            "warning",
            f"{release.id}: the values in {layer.file} were not read: {layer.reason or 'not readable here'}",
            file=layer.file,
            help="what they set is not seen by this plan",
        )
        for layer in release.layers
        if layer.form == "unread"
    ]
    found += [
        Finding(
            "post-rendered",
            "error" if after.key.endswith("images") else "warning",
            f"{release.id}: {after.key} in {after.file} changes what Helm renders; what is proven here is what Helm "
            "renders",
            file=file,
            line=line,
            help="look whether it touches an image, a pull secret or a probe that the plan changes",
        )
        for after in release.after
    ]
    if release.revision:
        found.append(
            Finding(
                "foreign-revision",
                "error",
                f"{release.id} deploys the revision {release.revision}, and this plan is for another one",
                help="plan on that revision with --base, or accept that nothing is deployed from here",
                file=file,
                line=line,
            )
        )
    if release.by_version:
        found.append(
            Finding(
                "deployed-by-version",
                "info",
                f"{release.id} takes the chart from Git by its version: an edit of the chart or of its values files "
                "deploys nothing before Chart.yaml's version rises",
                help="leave the step versions in",
                file=file,
                line=line,
            )
        )
    return found
