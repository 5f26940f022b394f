"""Images that do not render now because a value switches their part of the chart off.

Found without rendering: values that name an image, that no marker brought out, and that lie beside or below
a boolean which is false, or below a dependency whose condition is.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.errors import LimitError, MigrateDhiError
from migrate_dhi.helm.chart import merge
from migrate_dhi.helm.renderer import Renderer
from migrate_dhi.helm.tree import ChartNode, off_by
from migrate_dhi.kube.manifests import value_at
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.trace.candidates import Candidate, image_like
from migrate_dhi.trace.marking import lay
from migrate_dhi.trace.pattern import Variable
from migrate_dhi.untyped import mapping

_SWITCH = regex(r"enable|install|create|deploy", re.IGNORECASE)


@record
class Dormant:
    """One image that is switched off: its text as the values have it, where, and by which value."""

    image: str
    path: ValuesPath
    switch: ValuesPath

    def __str__(self) -> str:
        return self.image


def find_dormant(
    values: Mapping[str, Any],
    nodes: Sequence[ChartNode],
    reached: Iterable[Variable],
    listed: Sequence[Candidate] | None = None,
) -> list[Dormant]:
    """The images that are switched off, each once for each place, in the order of the values.

    Args:
        values: the merged values that the templates saw.
        nodes: the chart's tree, disabled dependencies included.
        reached: the values that came out in some image.
        listed: the values that look like a part of an image, where they were looked for already.
    """
    seen = {variable.path[:-1] for variable in reached}
    candidates = image_like(values) if listed is None else listed
    found = list(_switched_off(values, candidates, seen))
    for node in nodes:
        off = off_by(values, node)
        if not off:
            continue
        # Helm leaves a disabled dependency's defaults out of the merged values.
        own = merge(node.defaults, mapping(value_at(values, node.prefix)))
        found += [
            Dormant(image, (*node.prefix, *path), off) for path, image in _images(own, image_like(own), set())
        ]
    return list({(item.path, item.switch): item for item in found}.values())


def switches(found: Iterable[Dormant]) -> dict[ValuesPath, Any]:
    """The values that switch dormant images on."""
    return dict.fromkeys((item.switch for item in found), True)


def awake(
    trials: Renderer,
    texts: Mapping[str, str],
    values: Mapping[str, Any],
    wished: Mapping[ValuesPath, Any],
    over: Mapping[ValuesPath, Any] | None = None,
    *,
    most: int | None = None,
    refused: bool = False,
) -> dict[ValuesPath, Any]:
    """As much of what is wished as the chart renders with, tried together, then in halves of what it refuses.

    Args:
        trials: what renders.
        texts: the chart as it is.
        values: its merged values.
        wished: what values should be.
        over: what is set besides; the result has it, too.
        most: how many are tried but together.
        refused: whether the chart is known not to render with all of it.
    """
    held = dict(over or {})

    def take(some: Sequence[ValuesPath], *, refused: bool) -> bool:
        """Hold as many of these as it renders with, and tell whether it does with all."""
        more = {path: wished[path] for path in some}
        if not refused and _renders(trials, texts, lay({**held, **more}, values)):
            held.update(more)
            return True
        if len(some) > 1:
            middle = len(some) // 2
            # What it refuses of both halves, and not of the first, it refuses of the second.
            take(some[middle:], refused=take(some[:middle], refused=False))
        return False

    if not wished or (not refused and _renders(trials, texts, lay({**held, **wished}, values))):
        return {**held, **wished}
    some = list(wished)[:most]
    take(some, refused=len(some) == len(wished))
    return held


def _renders(trials: Renderer, texts: Mapping[str, str], extra: Mapping[str, Any]) -> bool:
    try:
        trials.render(texts, extra)
    except LimitError:
        # It still takes what any other render would need.
        raise
    except MigrateDhiError:
        return False
    return True


def _switched_off(
    values: Mapping[str, Any], listed: Sequence[Candidate], seen: set[ValuesPath]
) -> Iterator[Dormant]:
    for path, image in _images(values, listed, seen):
        switch = _nearest_switch(values, path)
        if switch:
            yield Dormant(image, path, switch)


def _images(
    values: Mapping[str, Any], listed: Sequence[Candidate], seen: set[ValuesPath]
) -> Iterator[tuple[ValuesPath, str]]:
    """Values that name an image, with the image put together from their neighbours."""
    for candidate in listed:
        if candidate.role not in {"repository", "image"} or not isinstance(candidate.value, str):
            continue
        if candidate.path[:-1] in seen or candidate.is_global or not candidate.value:
            continue
        if candidate.variable.word is not None:
            yield from ((candidate.path, candidate.value) for _ in [0] if candidate.role == "image")
            continue
        holder = mapping(value_at(values, candidate.path[:-1]))
        image = _put_together(candidate, holder)
        if image:
            yield candidate.path, image


def _put_together(candidate: Candidate, holder: Mapping[str, Any]) -> str:
    roles: dict[str, str] = {}
    for key, value in holder.items():
        if isinstance(value, str | int | float) and not isinstance(value, bool) and value != "":
            role = Candidate(Variable((*candidate.path[:-1], key)), value).role
            if role in {"registry", "tag"} and re.search(r"registry|^hub|tag|version", key, re.IGNORECASE):
                roles.setdefault(role, str(value))
    name = str(candidate.value)
    text = f"{roles['registry'].rstrip('/')}/{name}" if "registry" in roles else name
    if candidate.role == "repository" and "tag" in roles:
        text = f"{text}:{roles['tag']}"
    reference = Reference.try_parse(text)
    return str(reference) if reference and ("/" in text or reference.tag) else ""


def _nearest_switch(values: Mapping[str, Any], path: ValuesPath) -> ValuesPath | None:
    """The closest boolean beside the path, or above it, that is false and reads like a switch."""
    for end in range(len(path) - 1, -1, -1):
        holder = mapping(value_at(values, path[:end]))
        for key, value in holder.items():
            if value is False and _SWITCH.search(str(key)):
                return (*path[:end], key)
    return None
