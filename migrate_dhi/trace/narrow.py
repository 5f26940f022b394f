"""Values that move several images at once, that add to a tag, or that no marker could be put into."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.helm.tree import ChartNode, off_by
from migrate_dhi.kube.manifests import Manifests, value_at
from migrate_dhi.oci.reference import Reference
from migrate_dhi.trace.candidates import Candidate, image_like
from migrate_dhi.trace.pattern import Pattern, Variable, complete, split_at_tag, unite, variables
from migrate_dhi.trace.slots import Slot
from migrate_dhi.trace.unlisted import leaves, named, prefixes

_JOINTS = "/:@-"
# Lines of a template above one that adds a suffix, in which the condition for it may stand.
_ABOVE = 3
_MOST_SWITCHES = 6


def shared(
    slots: Iterable[Slot],
    listed: Iterable[Candidate],
    nodes: Iterable[ChartNode] = (),
    values: Mapping[str, Any] | None = None,
) -> list[Variable]:
    """The values in several images, none of which is known to have a way around them.

    A registry or a tag for all of a chart is one, also in one image alone where others that are ``listed``, or that
    dependencies list which the merged ``values`` switch off, do not show; one of its own that an image has beside it
    moves that one alone. So is what takes the place of the host that a whole image holds.
    """
    slots = list(slots)
    reached = {variable for slot in slots for variable in slot.variables}
    found: dict[Variable, set[str]] = {}
    for slot in slots:
        reference = Reference.try_parse(slot.text)
        ways = [set(variables(pattern)) for pattern in slot.patterns if complete(pattern)]
        whole = any(len(pattern) == 1 for pattern in slot.patterns)
        for variable in set.intersection(*ways) if ways and not whole and reference else ():
            found.setdefault(variable, set()).add(reference.repository if reference else "")
    several = [v for v, names in found.items() if len(names) > 1]
    alone = [v for v in found if v not in several and "global" in v.path[:-1]]
    if alone and any(
        candidate.role in {"image", "repository"} and candidate.value and candidate.variable not in reached
        for candidate in (*listed, *_of_what_is_off(nodes, values or {}))
    ):
        several += alone
    several += _in_front(slots)
    return sorted({v for v in several if v.source == "values"}, key=str)


def _in_front(slots: Iterable[Slot]) -> Iterator[Variable]:
    """The values that stand where another value, of which only the rest comes out, would have its own registry."""
    for slot in slots:
        known = slot.patterns
        cut = any(isinstance(pattern[0], str) and variables(pattern) for pattern in known)
        for pattern in known if cut and not any(map(complete, known)) else ():
            if len(pattern) > 1 and isinstance(pattern[0], Variable) and str(pattern[1]).startswith("/"):
                yield pattern[0]


def _of_what_is_off(nodes: Iterable[ChartNode], values: Mapping[str, Any]) -> Iterator[Candidate]:
    """The parts of images that dependencies list whose defaults Helm leaves out of the merged values."""
    for node in nodes:
        if off_by(values, node):
            for one in image_like(node.defaults):
                yield replace(one, variable=replace(one.variable, path=(*node.prefix, *one.path)))


def without_digest(slots: Iterable[Slot], render: Callable[[], Manifests]) -> list[Slot]:
    """The slots, those with a digest in place of a tag with what they are without: the tag says which version it is."""
    found = list(slots)
    known = [Reference.try_parse(slot.text) for slot in found]
    if not any(reference and reference.digest and not reference.tag for reference in known):
        return found
    try:
        manifests = render()
    except MigrateDhiError:
        # A chart may insist on digests: then nothing tells the version.
        return found
    return [
        replace(slot, plain=slot.read(manifests))
        if reference and reference.digest and not reference.tag
        else slot
        for slot, reference in zip(found, known, strict=True)
    ]


def guessed(slot: Slot, refused: Iterable[Candidate], current: Mapping[Variable, Any]) -> list[Pattern]:
    """How a slot may be put together with values that the chart or its schema let no marker into.

    A guess by what stands there now, for the judge: what the chart says of other values is the reason then.
    """
    guesses = [guess for candidate in refused if (guess := _guess(slot.text, candidate))]
    known = [*slot.patterns, *guesses]
    return [*unite(known, slot.text, {**current, **_values(refused)}), *guesses] if guesses else []


def _values(refused: Iterable[Candidate]) -> dict[Variable, Any]:
    return {candidate.variable: candidate.value for candidate in refused}


def _guess(text: str, candidate: Candidate) -> Pattern | None:
    value = str(candidate.value or "")
    if len(value) < 2:
        return None
    place = text.rfind(value) if candidate.role in {"tag", "digest"} else text.find(value)
    end = place + len(value)
    joint = (
        place >= 0
        and (not place or text[place - 1] in _JOINTS)
        and (end == len(text) or text[end] in _JOINTS)
    )
    if not joint or (candidate.role == "registry" and place):
        return None
    return tuple(token for token in (text[:place], candidate.variable, text[end:]) if token != "")


def added(slots: Iterable[Slot]) -> list[str]:
    """The texts that templates add to the tags of these slots, whatever the values are."""
    found: dict[str, None] = {}
    for slot in slots:
        for pattern in slot.patterns:
            _, tag, digest = split_at_tag(pattern)
            if any(isinstance(token, Variable) for token in tag):
                texts = (token.strip("-:@") for token in (*tag, *digest) if isinstance(token, str))
                found |= dict.fromkeys(text for text in texts if len(text) > 1 and not text[0].isdigit())
    return list(found)


def switches(
    nodes: Iterable[ChartNode], values: Mapping[str, Any], texts: Iterable[str]
) -> Iterator[tuple[ValuesPath, Any]]:
    """Values that may be why the templates add these texts, with what each could be instead: the other way, or nothing.

    A value that holds the text, or one that is named near it in a template.
    """
    found: dict[ValuesPath, Any] = {}
    for text in texts:
        found |= {path: "" for path, value in leaves(values) if value == text}
        for node in nodes:
            for _, template in node.templates:
                for path in _named_near(template, text, node):
                    value = value_at(values, path)
                    if isinstance(value, bool) or (isinstance(value, str) and value):
                        found.setdefault(path, not value if isinstance(value, bool) else "")
    yield from list(found.items())[:_MOST_SWITCHES]


def _named_near(template: str, text: str, node: ChartNode) -> Iterator[ValuesPath]:
    lines = template.splitlines() if text in template else []
    for number, line in enumerate(lines):
        if text in line:
            for own in named("\n".join(lines[max(0, number - _ABOVE) : number + 1])):
                yield from ((*prefix, *own) for prefix in prefixes(node))
