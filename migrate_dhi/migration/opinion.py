"""A second opinion: Docker's own values for a public chart, held against the planned ones.

Docker lays values of its own over the public charts that it hardens (``chart/*/config/values.yaml`` of the
public catalog repository). The plan does not follow them; it says where both agree and where they do not.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.overlays import Overlay, overlay_for
from migrate_dhi.dhi.tags import release_of
from migrate_dhi.edit import ValuesPath
from migrate_dhi.findings import Finding
from migrate_dhi.helm.tree import ChartNode
from migrate_dhi.kube.manifests import value_at
from migrate_dhi.migration.known import hardened_target, rendering
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.steps.context import Context, Image
from migrate_dhi.untyped import scalar_text
from migrate_dhi.wording import some_of
from migrate_dhi.yamledit import format_path

_PART = regex(r"\[(\d+)\]|((?:[^.\[\\]|\\.)+)")
# Parts of images: the slots and the steps tell of them.
_IMAGE_KEYS = frozenset({"image", "registry", "repository", "tag", "digest", "sha", "pullPolicy"})
_USER = regex(r"runAs|fsGroup|[ug]id$")
_MOST = 6


@record
class _Opinion:
    """Docker's values for one chart, compared: keys that agree, answers to what is undecided here, sentences
    where they differ, values beyond.
    """

    same: tuple[str, ...]
    unsure: tuple[str, ...]
    other: tuple[str, ...]
    beyond: Mapping[ValuesPath, Any]


def second_opinions(context: Context, catalog: Catalog) -> list[Finding]:
    """For each chart that renders after all steps and that Docker has values for, in about this version: a finding."""
    found = []
    for node in rendering(context):
        overlay = overlay_for(catalog, str(node.metadata.get("name")))
        version = _near(overlay, str(node.metadata.get("version"))) if overlay else ""
        if overlay and version:
            opinion = _compare(context, node, overlay)
            if opinion.same or opinion.unsure or opinion.other:
                found.append(_finding(node, overlay, version, opinion, catalog))
    return found


def _near(overlay: Overlay, version: str) -> str:
    """The version nearest to the chart's that Docker's values are for, of the same major version; else empty."""
    here = release_of(version)
    alike = [text for text in overlay.versions if here and release_of(text)[:1] == here[:1]]
    return min(alike, key=lambda text: _gap(release_of(text), here), default="")


def _gap(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(abs(a - b) for a, b in zip(one, other, strict=False))


def _compare(context: Context, node: ChartNode, overlay: Overlay) -> _Opinion:
    same, unsure, other = [], [], []
    for text, target in overlay.slots.items():
        path = (*node.prefix, *read_path(text))
        for image in _images_at(context, path):
            word = _disagreement(context, image, path, target)
            if image.decision.status == "undecided":
                unsure.append(f"{target} at {format_path(path)}")
            elif word:
                other.append(f"{format_path(path)}: {word}")
            else:
                same.append(format_path(path))
    beyond = _beyond(context, node, overlay)
    return _Opinion(_unique(same), _unique(unsure), _unique(other), beyond)


def _unique(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def read_path(text: str) -> ValuesPath:
    r"""A path as the catalog writes it: ``a\.b.list[0]`` is ``("a.b", "list", 0)``."""
    return tuple(int(index) if index else re.sub(r"\\(.)", r"\1", key) for index, key in _PART.findall(text))


def _images_at(context: Context, path: ValuesPath) -> Iterator[Image]:
    """The images of this chart that a value reaches."""
    variable = context.variable(path)
    for image in context.images:
        if any(variable in slot.variables for slot in image.slots):
            yield image


def _disagreement(context: Context, image: Image, path: ValuesPath, target: str) -> str:
    """What the plan does otherwise with the image at a key; empty where both agree."""
    reference = image.decision.after if image.moves else image.before if image.hardened else None
    if reference is None:
        return f"{target} there, and {image.before} stays here"
    if target not in _names(image):
        return f"{target} there, and {reference} here"
    value = str(context.value(context.variable(path)) or "")
    held = Reference.try_parse(value)
    if not value or (held and reference.repository.endswith(held.repository)):
        # An empty key leaves the word to another one, which sets the same image.
        return ""
    return f"{target} there; here another key sets it"


def _names(image: Image) -> set[str]:
    """How Docker's values call what an image becomes: by its name, a flavor behind it or not."""
    name, definition = hardened_target(image), image.decision.definition
    return {name, f"{name}-{definition.flavor}"} if definition and definition.flavor else {name}


def _beyond(context: Context, node: ChartNode, overlay: Overlay) -> dict[ValuesPath, Any]:
    """The other values that Docker sets and that this chart does not have so."""
    differing = {}
    off = {path.removesuffix("enabled") for path, value in overlay.values.items() if _is_switch(path, value)}
    for text, value in overlay.values.items():
        path = (*node.prefix, *read_path(text))
        key = next((part for part in reversed(path) if isinstance(part, str)), "")
        if value in (None, "") or key in _IMAGE_KEYS:
            continue
        if text.startswith(tuple(off)) and not _is_switch(text, value):
            continue
        if context.value(context.variable(path)) != value and not _switched_off(context, path):
            differing[path] = value
    return differing


def _is_switch(path: str, value: object) -> bool:
    return path.endswith(".enabled") and value is False


def _switched_off(context: Context, path: ValuesPath) -> bool:
    """Whether the part of the chart that a value belongs to is disabled."""
    values = context.trace_of("").values
    return any(value_at(values, (*path[:n], "enabled")) is False for n in range(1, len(path)))


def _finding(node: ChartNode, overlay: Overlay, version: str, opinion: _Opinion, catalog: Catalog) -> Finding:
    name, here = node.metadata.get("name"), str(node.metadata.get("version"))
    subject = f"Docker's own values for {name} {version}" + (
        f" (here: {here})" if release_of(here) != release_of(version) else ""
    )
    parts = []
    if opinion.same:
        parts.append(f"put the same hardened images at {some_of(opinion.same, _MOST)}")
    if opinion.unsure:
        parts.append(f"put {some_of(opinion.unsure, _MOST)}, which is undecided here")
    if opinion.other:
        parts.append(f"differ at {'; '.join(opinion.other)}")
    beyond = some_of(_grouped(opinion.beyond), _MOST)
    parts.append(f"also set {beyond}" if beyond else "set nothing that is not so here")
    return Finding(
        "second-opinion",
        "info",
        f"{subject} {'; they '.join(parts)}",
        help=f"see chart/{overlay.name}/config of {catalog.source} at {catalog.commit[:12]}; "
        "the plan follows the proof, not these values",
    )


def _grouped(values: Mapping[ValuesPath, Any]) -> list[str]:
    """``a.securityContext (runAsUser 65532, runAsGroup 65532)``: values by the map they are in, users first."""
    groups: dict[ValuesPath, list[str]] = {}
    for path, value in sorted(values.items(), key=lambda item: not _USER.match(str(item[0][-1]))):
        length = next((n for n, part in enumerate(path) if isinstance(part, int)), len(path))
        *parent, key = path[:length]
        groups.setdefault(tuple(parent), []).append(
            f"{format_path((key, *path[length:]))} {scalar_text(value)}"
        )
    return [
        f"{format_path(path)} ({', '.join(texts)})" if path else ", ".join(texts)
        for path, texts in groups.items()
    ]
