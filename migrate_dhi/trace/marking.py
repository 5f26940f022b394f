"""Render with markers in many values at once, and narrow down where a template refuses some of them."""

import copy
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from migrate_dhi.edit import ValuesPath
from migrate_dhi.errors import InvalidChartError, RenderError
from migrate_dhi.kube.manifests import Manifests, Object, Path, value_at
from migrate_dhi.regex import regex
from migrate_dhi.untyped import child

T = TypeVar("T")

# Renders that one narrowing may cost; a chart that refuses more markers than this is traced in part.
MOST_RENDERS = 48


def lay(assignments: Mapping[ValuesPath, Any], merged: Mapping[str, Any]) -> dict[str, Any]:
    """Values that set just these paths; a list is copied whole first, since Helm replaces lists.

    Of a path and one below it the later one stays.
    """
    root: dict[str, Any] = {}
    for path, value in assignments.items():
        holder: Any = root
        seen: Any = merged
        for step, following in zip(path, [*path[1:], None], strict=True):
            seen = child(seen, step)
            if following is None:
                _put(holder, step, value)
            else:
                if not isinstance(child(holder, step), list if isinstance(following, int) else dict):
                    fresh = (
                        copy.deepcopy(seen) if isinstance(following, int) and isinstance(seen, list) else {}
                    )
                    _put(holder, step, fresh)
                holder = child(holder, step)
    return root


def apart(paths: Iterable[ValuesPath]) -> Iterator[list[ValuesPath]]:
    """The paths in groups of which none holds a path and one below it, the deepest first."""
    rest = list(paths)
    while rest:
        above = {path[:length] for path in rest for length in range(len(path))}
        yield [path for path in rest if path not in above]
        rest = [path for path in rest if path in above]


def render_narrowing(
    items: Sequence[T],
    render: Callable[[Sequence[T]], Manifests],
    concede: Callable[[RenderError | InvalidChartError], bool] = lambda _: False,
    *,
    sign: Callable[[T], str] = lambda _: "",
    refuse: Callable[[T], None] = lambda _: None,
) -> Iterator[tuple[Manifests, Sequence[T]]]:
    """Render all items at once; where that fails, without those that the failure names or shows, else halves of them.

    Yields each render that worked with the items in it. Items that fail alone are left out.

    Args:
        items: what to mark.
        render: renders with some of them marked.
        concede: asked first what a failure demands; true means that the same items are worth another try.
        sign: the text that an item's marker has to itself; a chart may quote it where it refuses the value.
        refuse: told of each item that is left out.
    """
    budget = MOST_RENDERS
    bare = False
    pending: list[Sequence[T]] = [items] if items else []
    while pending and budget:
        group = pending.pop(0)
        budget -= 1
        try:
            manifests = render(group)
            # Documents are parsed when asked for: a marker may have made one that is no YAML.
            _ = manifests.objects
        except (RenderError, InvalidChartError) as error:
            if concede(error):
                pending.insert(0, group)
                continue
            innocent = _without_blamed(group, error, sign)
            near = getattr(error, "near", "")
            suspects = [item for item in group if sign(item) and sign(item) in near] or _of_chart(
                group, error
            )
            if innocent and len(innocent) < len(group):
                pending.insert(0, innocent)
                for item in group:
                    if item not in innocent:
                        refuse(item)
            elif 0 < len(suspects) < len(group):
                # A line that is no YAML shows them, or they are of the chart that fails: one of them is at fault.
                pending[:0] = [[item for item in group if item not in suspects], suspects]
            elif len(group) > 1 and not bare and _fails(lambda: render([])):
                # No marker is at fault: none of them renders with what is set besides.
                for item in (item for some in (group, *pending) for item in some):
                    refuse(item)
                return
            elif len(group) > 1:
                bare = True
                half = len(group) // 2
                pending[:0] = [group[:half], group[half:]]
            else:
                refuse(group[0])
        else:
            yield manifests, group


def _fails(render: Callable[[], Manifests]) -> bool:
    try:
        _ = render().objects
    except (RenderError, InvalidChartError):
        return True
    return False


# A schema names the place and the key that it refuses: - at '/image': additional properties 'a', 'b' not allowed
_REFUSED = regex(r"- at '([^']*)': (?:additional properties? (?P<keys>'[^\n]*') not allowed|.*)")


def _without_blamed(group: Sequence[T], error: Exception, sign: Callable[[T], str]) -> Sequence[T]:
    """The items that neither a chart nor its schema complains of; all of them where the complaint names none."""
    text = str(error.__cause__ or error)
    quoted = [item for item in group if sign(item) and sign(item) in text]
    if quoted:
        return [item for item in group if item not in quoted]
    blamed: list[T] = []
    for chart, place in _refused(text):
        touched = [item for item in group if _touches(path_of(item), place)]
        # A key of the chart itself (`tag`) is one of the images of others, too: meant is the one that the chart has.
        own = [item for item in touched if _is_below(chart, place, path_of(item))]
        blamed += own or [item for item in touched if path_of(item)[: len(place)] == place] or touched
    return [item for item in group if item not in blamed]


# As templates of dependencies are named: outer/charts/inner/templates/service.yaml:5:7
_DEPENDENCY = regex(r"((?:/charts/[^/\s]+)+)/templates/")


def _of_chart(group: Sequence[T], error: Exception) -> Sequence[T]:
    """The items in the values of the dependency whose template fails first; none where that is the chart itself."""
    named = _DEPENDENCY.search(str(error.__cause__ or error))
    steps = tuple(named[1].split("/charts/")[1:]) if named else ()
    return [item for item in group if steps and _touches(path_of(item), steps)]


def _refused(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What a schema complains of: the name of the chart that has the schema, and the place in that one's values."""
    chart = ""
    for line in text.splitlines():
        match = _REFUSED.search(line)
        if match is None:
            chart = line.strip().removesuffix(":")
            continue
        place = tuple(step for step in match[1].split("/") if step)
        keys = re.findall(r"'([^']*)'", match["keys"] or "")
        yield from ((chart, one) for one in ([(*place, key) for key in keys] if keys else [place]) if one)


def path_of(item: Any) -> ValuesPath:
    """The values path of an item to mark: a path itself, or something that has one."""
    return item if isinstance(item, tuple) else getattr(item, "path", ())


def _touches(path: ValuesPath, place: tuple[str, ...]) -> bool:
    """A complaint names its place from the chart that has the schema, which may be a dependency."""
    steps = tuple(map(str, path))
    return any(steps[start : start + len(place)] == place for start in range(len(steps)))


def _is_below(chart: str, place: tuple[str, ...], path: ValuesPath) -> bool:
    """Whether a path leads to a place in the values of a dependency, which bear its name or an alias."""
    return _touches(path, (chart, *place))


def aligned(before: Manifests, after: Manifests) -> Iterator[tuple[Object, Object]]:
    """The objects of both renders in pairs, from templates whose text differs.

    By identity, since charts that range over unsorted keys render their objects in another order each time. A
    marker may stand in an object's name: those left over are paired by their place, where as many are left of
    each kind.
    """
    for template, text in after.files.items():
        if before.files.get(template) == text:
            continue
        old = {item.identity: item for item in before.of([template])}
        new = {item.identity: item for item in after.of([template])}
        yield from ((item, new[identity]) for identity, item in old.items() if identity in new)
        gone = [item for identity, item in old.items() if identity not in new]
        come = [item for identity, item in new.items() if identity not in old]
        if [item.kind for item in gone] == [item.kind for item in come]:
            yield from zip(gone, come, strict=True)


def is_shifted(before: Object, after: Object, path: Path) -> bool:
    """Whether a text is an item of a list that has more items now, or fewer: which it was then cannot be told."""
    if not isinstance(path[-1], int):
        return False
    old, new = value_at(before.data, path[:-1]), value_at(after.data, path[:-1])
    return isinstance(old, list) and isinstance(new, list) and len(old) != len(new)


def _put(holder: Any, step: str | int, value: Any) -> None:
    if isinstance(holder, list) and isinstance(step, int):
        while len(holder) <= step:
            holder.append({})
        holder[step] = value
    else:
        holder[step] = value
