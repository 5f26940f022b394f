"""Whether every value that the user sets and the old chart reads is read by the one in its place.

A value is read where a render with another value differs. Each is tried by itself in the new chart, and in the old one
where the new one does not read it.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.errors import RenderError
from migrate_dhi.findings import Finding
from migrate_dhi.helm.chart import merge
from migrate_dhi.helm.engine import read_values
from migrate_dhi.helm.renderer import Renderer
from migrate_dhi.helm.swap import Swap
from migrate_dhi.kube.compare import compare
from migrate_dhi.migration.editing import read
from migrate_dhi.migration.survey import Survey
from migrate_dhi.release.deployed import Deployed
from migrate_dhi.steps.swaps import made_by
from migrate_dhi.yamledit import format_path

_GLOBAL = "global"
# What an error of the engine says where it is the schema of the values that refuses them.
_SCHEMA = "schema"


def lost_values(before: Survey, after: Survey, swaps: Sequence[Swap]) -> list[Finding]:
    """One finding for each value that the user sets and that is read no more."""
    return list(
        {
            (finding.code, finding.message): finding
            for label, member in before.source.target.members.items()
            for finding in _of_release(label, member, before, after, swaps)
        }.values()
    )


def _of_release(
    label: str, member: Deployed, before: Survey, after: Survey, swaps: Sequence[Swap]
) -> Iterator[Finding]:
    old, new = (_Reader(survey, label, [swap.key for swap in swaps]) for survey in (before, after))
    texts, keys = before.source.chart.texts, {swap.key: swap for swap in swaps}
    own = member.own and texts.get(member.own.file)
    values = merge(read_values(own) if own else {}, member.user_values(texts))
    for path, value in _leaves(values):
        if not {path[0], ""} & keys.keys() and path[0] != _GLOBAL:
            continue
        if new.reads(path, value):
            continue
        swap = keys.get(str(path[0])) or swaps[0]
        if old.reads(path, value):
            yield _finding("value-lost", "error", "is read no more", path, swap, member, before)
        elif old.lists(path) and not new.lists(path):
            yield _finding("value-unlisted", "warning", "is not listed any more", path, swap, member, before)


def _finding(
    code: str, severity: Any, what: str, path: ValuesPath, swap: Swap, member: Deployed, survey: Survey
) -> Finding:
    texts = survey.source.chart.texts
    place = member.place(path, texts)
    return Finding(
        code,
        severity,
        f"{format_path(path)} {what}: {swap.before.name} {swap.before.version} has it, and "
        f"{swap.after.name} {swap.after.version} has not",
        file=place.file if place else "",
        line=read(texts, place)[0] if place else 0,
        help="set what takes its place in the new chart, or take it out, before the swap",
    )


class _Reader:
    """What dependencies of a chart, by their keys, read of the values of a release."""

    def __init__(self, survey: Survey, label: str, keys: Sequence[str]) -> None:
        self._renderer: Renderer = next(one for one in survey.renderer.members if one.label == label)
        self._texts = survey.source.chart.texts
        self._keys, self._chart = keys, survey.source.chart.name
        self._before = self._renderer.render(self._texts)
        again = self._renderer.render(self._texts, again=True)
        self._noise = {(change.identity, change.path) for change in compare(self._before, again)}

    def reads(self, path: ValuesPath, value: Any) -> bool:
        """Whether what they make differs with any other value there; a template that fails with one reads it, too.

        Where the schema refuses every other value, the chart knows it.
        """
        refused = True
        for other in _others(value):
            try:
                after = self._renderer.render(self._texts, _nested(path, other))
            except RenderError as error:
                if _SCHEMA in error.text:
                    continue
                return True
            refused = False
            # A condition may ask only whether there is one, so that one of its kind changes nothing.
            if any(
                (change.identity, change.path) not in self._noise
                and any(made_by(key, self._chart, change) for key in self._keys)
                for change in compare(self._before, after)
            ):
                return True
        return refused and self.lists(path)

    def lists(self, path: ValuesPath) -> bool:
        """Whether the values.yaml of the chart that it is for lists the value, or something around it that is open."""
        for node in self._renderer.nodes:
            if not node.prefix and "" in self._keys:
                return _listed(node.defaults, path)
            if len(node.prefix) == 1 and path[0] == node.prefix[0]:
                return _listed(node.defaults, path[1:])
        return False


def _listed(defaults: Mapping[str, Any], path: ValuesPath) -> bool:
    here: Any = defaults
    for step in path:
        if here is None or (here == {} and here is not defaults):
            return True
        if not isinstance(here, dict) or step not in here:
            return False
        here = here[step]
    return True


def _leaves(values: Mapping[str, Any], path: ValuesPath = ()) -> Iterator[tuple[ValuesPath, Any]]:
    """The values with their paths; a list, and an empty map, is one."""
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), value


def _others(value: Any) -> Iterator[Any]:
    """Values in place of one, of its type first, then its absence."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield value + 1
    elif isinstance(value, str):
        yield f"{value}0" if value else "x"
    elif isinstance(value, list):
        yield [*value, copy.deepcopy(value[-1])] if value else ["x"]
        if value:
            yield value[:-1]
    elif isinstance(value, dict):
        yield {"x": "x"}
    yield None


def _nested(path: ValuesPath, value: Any) -> dict[str, Any]:
    for step in reversed(path):
        value = {step: value}
    return dict(value)
