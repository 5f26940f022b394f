"""How a rendered image is put together from values: variables between fixed text.

Tracing turns ``docker.io/valkey/valkey:9.0.1`` into ``{image.registry}/{image.repository}:{image.tag}``.
Solving such a pattern for another image gives the values to write, whatever the chart's own shape:
split keys, one repository key with the registry inside, a whole image string.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice, pairwise
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.record import record
from migrate_dhi.regex import regex


@record
class Variable:
    """A value of the chart: ``source`` is ``values``, or ``chart`` for appVersion in Chart.yaml.

    With ``template`` it is a literal line of one of the chart's own templates: its path is the file, what is written
    there, and which of the lines of that kind it is (``yamledit/literal.py``).

    ``release`` names the release whose value it is, where several are planned together. ``word`` is the number of
    the word that is meant, where the value is a longer text.
    """

    path: ValuesPath
    source: str = "values"
    release: str = ""
    word: int | None = None

    def __str__(self) -> str:
        if self.source == "template":
            file, name, number = self.path
            return f"{name}[{number}] of {file}"
        return ".".join(map(str, self.path))


_VERSION = regex(r"v?\d+\.\d|v?\d+$|v?\d+-")

Token = str | Variable
Pattern = tuple[Token, ...]
Assignment = Mapping[Variable, str]


def tokenize(text: str, markers: Mapping[str, Variable]) -> Pattern:
    """Cut a rendered text at the markers that stand in it, longest markers first."""
    tokens: list[Token] = [text]
    for marker in sorted(markers, key=len, reverse=True):
        pieces: list[Token] = []
        for token in tokens:
            if not isinstance(token, str):
                pieces.append(token)
                continue
            for index, part in enumerate(token.split(marker)):
                if index:
                    pieces.append(markers[marker])
                if part:
                    pieces.append(part)
        tokens = pieces
    return tuple(tokens)


def variables(pattern: Pattern) -> tuple[Variable, ...]:
    """The variables in order, each once."""
    return tuple(dict.fromkeys(token for token in pattern if isinstance(token, Variable)))


def split_at_tag(pattern: Pattern) -> tuple[Pattern, Pattern, Pattern]:
    """Cut a pattern into name, tag and digest, as an image reference is cut.

    A variable that holds the whole reference is its name part, and the other parts are empty.
    """
    name, digest = _cut(pattern, "@", last=True)
    slash = max((i for i, token in enumerate(name) if isinstance(token, str) and "/" in token), default=-1)
    head, tail = name[: slash + 1], name[slash + 1 :]
    if slash >= 0:
        token = str(head[-1])
        cut = token.rindex("/") + 1
        head, tail = (*head[:-1], token[:cut]), (*((token[cut:],) if token[cut:] else ()), *tail)
    base, tag = _cut(tail, ":", last=False)
    return (*head, *base), tag, digest


def _cut(pattern: Pattern, mark: str, *, last: bool) -> tuple[Pattern, Pattern]:
    places = [i for i, token in enumerate(pattern) if isinstance(token, str) and mark in token]
    if not places:
        return pattern, ()
    place = places[-1] if last else places[0]
    left, _, right = str(pattern[place]).rpartition(mark) if last else str(pattern[place]).partition(mark)
    before = (*pattern[:place], *((left,) if left else ()))
    after = (*((right,) if right else ()), *pattern[place + 1 :])
    return before, after


def complete(pattern: Pattern) -> bool:
    """True where values decide both the whole name (from its first letter on) and the tag.

    With a slash in front, as where nothing fills a registry that was emptied, it is no image.
    """
    if len(pattern) == 1 and isinstance(pattern[0], Variable):
        return True
    name, tag, digest = split_at_tag(pattern)
    free_name = bool(name) and not any(isinstance(token, str) and token.strip("/") for token in name)
    free_name = free_name and isinstance(name[0], Variable)
    # A text beside the tag is a suffix or a default digest that the chart adds of its own accord.
    free_tag = bool(tag) and all(isinstance(token, Variable) for token in (*tag, *digest))
    return free_name and free_tag


def unite(patterns: Sequence[Pattern], text: str, current: Mapping[Variable, Any]) -> list[Pattern]:
    """Patterns that take from each of several what it knows of the same text, the first ones first.

    One render may show what sets the registry, another what sets the tag. Each known pattern in turn is
    filled up with the parts of the text that others know and it does not.
    """
    spans = [found for pattern in patterns if (found := _spans(pattern, text, current))]
    united = []
    for index, own in enumerate(spans):
        taken = list(own)
        for other in (*spans[:index], *spans[index + 1 :]):
            taken += [span for span in other if not any(_overlap(span, known) for known in taken)]
        whole = _assemble(sorted(taken, key=lambda span: span[:2]), text)
        if whole not in united and whole not in patterns:
            united.append(whole)
    return united


_Span = tuple[int, int, Variable]


def _spans(pattern: Pattern, text: str, current: Mapping[Variable, Any]) -> list[_Span]:
    """Where in a text each variable of a pattern stands: start, end, variable.

    A marker brings in what a template leaves out beside an empty value (``{registry}/`` in front of a name).
    """
    for shape in (pattern, _without_empty(pattern, current)):
        solutions = _cheapest(_match(shape, text, {}, current), current)[:1]
        if solutions:
            return _places(shape, solutions[0])
    return []


def _without_empty(pattern: Pattern, current: Mapping[Variable, Any]) -> Pattern:
    """The pattern without its empty values that a slash follows, and without that slash.

    Other empty values may stand for a default (a tag for appVersion), and stay.
    """
    tokens: list[Token] = []
    rest = list(pattern)
    while rest:
        token = rest.pop(0)
        following = rest[0] if rest else None
        empty = isinstance(token, Variable) and current.get(token) in (None, "")
        if empty and isinstance(following, str) and following.startswith("/"):
            rest[0] = following.removeprefix("/")
        else:
            tokens.append(token)
    return tuple(token for token in tokens if token != "")


def _places(pattern: Pattern, solution: Assignment) -> list[_Span]:
    place, found = 0, []
    for token in pattern:
        length = len(token) if isinstance(token, str) else len(solution[token])
        if isinstance(token, Variable):
            found.append((place, place + length, token))
        place += length
    return found


def _overlap(one: _Span, other: _Span) -> bool:
    """Two empty values at one place overlap, too: either may be what fills it."""
    return (one[0] < other[1] and other[0] < one[1]) or one[:2] == other[:2]


def _assemble(spans: Sequence[_Span], text: str) -> Pattern:
    tokens: list[Token] = []
    place = 0
    for start, end, variable in spans:
        tokens += [text[place:start], variable]
        place = end
    return _glue((*tokens, text[place:]))


def _glue(pattern: Pattern) -> Pattern:
    """Neighbouring texts as one token."""
    tokens: list[Token] = []
    for token in pattern:
        if tokens and isinstance(token, str) and isinstance(tokens[-1], str):
            tokens[-1] += token
        elif token != "":
            tokens.append(token)
    return tuple(tokens)


def solve(
    pattern: Pattern, goal: str, current: Mapping[Variable, Any], *, most: int = 12
) -> list[Assignment]:
    """The assignments under which the pattern reads as ``goal``, best first.

    Best is: fewest values changed, then each value in the shape that it has today (as many path
    components, a slash or a ``v`` where it has one). Last come those that hold only if the template drops
    what it put between the values: a registry, its own or another value, in front of a name that brings one, or the
    slash beside an empty value.
    """
    exact = _cheapest(_match(pattern, goal, {}, current), current)
    loose = _cheapest(_match_loosely(pattern, goal, current), current)
    beside = _cheapest(_match_beside(pattern, goal, current), current)
    found: list[Assignment] = []
    for assignment in (*exact, *loose, *beside):
        if assignment not in found:
            found.append(assignment)
    return found[:most]


def _cheapest(
    assignments: Iterator[dict[Variable, str]], current: Mapping[Variable, Any]
) -> list[Assignment]:
    found: list[Assignment] = []
    for assignment in islice(assignments, 400):
        if assignment not in found:
            found.append(assignment)
    return sorted(found, key=lambda assignment: _cost(assignment, current))


def _match_loosely(
    pattern: Pattern, goal: str, current: Mapping[Variable, Any]
) -> Iterator[dict[Variable, str]]:
    first = pattern[0] if pattern else None
    if isinstance(first, str) and first.endswith("/"):
        yield from _match(pattern[1:], goal, {}, current)
    for index, (left, right) in enumerate(pairwise(pattern)):
        rest = (*pattern[:index], *pattern[index + 2 :])
        if isinstance(left, Variable) and right == "/":
            yield from _match(rest, goal, {left: ""}, current)
        elif isinstance(right, Variable) and left == "/":
            yield from _match(rest, goal, {right: ""}, current)


def _match_beside(
    pattern: Pattern, goal: str, current: Mapping[Variable, Any]
) -> Iterator[dict[Variable, str]]:
    """The first value stays, and the template drops it: a name behind it brings its own registry."""
    first, *rest = pattern or ("",)
    if not rest or not isinstance(first, Variable) or not current.get(first):
        return
    head, *others = rest
    behind = head.removeprefix("/") if isinstance(head, str) else head
    yield from _match((*([behind] if behind else []), *others), goal, {first: str(current[first])}, current)


def _match(
    pattern: Pattern, goal: str, bound: dict[Variable, str], current: Mapping[Variable, Any]
) -> Iterator[dict[Variable, str]]:
    if not pattern:
        if not goal:
            yield dict(bound)
        return
    token, rest = pattern[0], pattern[1:]
    if isinstance(token, str):
        if goal.startswith(token):
            yield from _match(rest, goal.removeprefix(token), bound, current)
        return
    if token in bound:
        if goal.startswith(bound[token]):
            yield from _match(rest, goal.removeprefix(bound[token]), bound, current)
        return
    if not rest:
        yield {**bound, token: goal}
        return
    now = str(current.get(token) or "")
    # Values end where an image reference has a joint, or where they end now.
    ends: Iterable[int] = _joints(goal)
    if now and goal.startswith(now) and len(now) not in ends:
        ends = sorted([*ends, len(now)])
    following = rest[0] if isinstance(rest[0], str) else ""
    for end in ends:
        if goal.startswith(following, end):
            yield from _match(rest, goal[end:], {**bound, token: goal[:end]}, current)


@lru_cache(maxsize=1024)
def _joints(goal: str) -> tuple[int, ...]:
    """Where an image reference has a joint, its ends included."""
    inside = (at for at in range(1, len(goal)) if goal[at - 1] in "/:@-" or goal[at] in "/:@-")
    return tuple(dict.fromkeys((0, *inside, len(goal))))


def _cost(assignment: Mapping[Variable, str], current: Mapping[Variable, Any]) -> tuple[int, int, int]:
    changed = shape = emptied = 0
    for variable, value in assignment.items():
        old = "" if current.get(variable) is None else str(current[variable])
        changed += value != old
        # A version in the place of a word (a prefix, a variant), or the other way round, is worse than nothing there.
        emptied += 2 * _is_other_kind(old, value) if value else 1
        if old:
            shape += abs(value.count("/") - old.count("/")) + 2 * (value.endswith("/") != old.endswith("/"))
            shape += 2 * ((":" in value) != (":" in old)) + 2 * (
                ("." in value.split("/")[0]) != _has_host(old)
            )
        else:
            # An empty registry key in front of a repository is meant for the registry alone.
            shape += value.count("/")
    return (emptied, shape, changed)


def _is_other_kind(old: str, new: str) -> bool:
    return bool(old) and (
        (bool(_VERSION.match(old)) and not _VERSION.match(new))
        or (not any(map(str.isdigit, old)) and bool(_VERSION.match(new)) and "/" not in old)
    )


def _has_host(text: str) -> bool:
    first = text.split("/", maxsplit=1)[0]
    return "." in first


def width(pattern: Pattern) -> tuple[bool, bool]:
    """A value under ``global`` moves more than is meant, one under ``_defaults`` is the chart's own: the last ones."""
    steps = [step for variable in variables(pattern) for step in variable.path[:-1]]
    return "global" in steps, any(str(step).startswith("_") for step in steps)
