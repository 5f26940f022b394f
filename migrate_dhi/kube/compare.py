"""What differs between two renders, field by field.

Objects are matched by kind, namespace and name; list items by their ``name`` where all have one, as
Kubernetes merges them; where their order counts, another order is a change. Templates whose text is the same
are not looked at.
"""

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any, Final

from migrate_dhi.kube.manifests import Identity, Manifests, Object, Path, is_builtin, show_path
from migrate_dhi.record import record


class _Absent:
    def __repr__(self) -> str:
        return "(absent)"


ABSENT: Final = _Absent()


@record
class Change:
    """One field of one object: its value before and after, or ABSENT where there is none.

    An object that came or went has the empty path. Indexes in ``path`` count in the render before, or in
    the one after for what was added.
    """

    before_object: Object | None
    after_object: Object | None
    path: Path
    before: Any
    after: Any

    @property
    def object(self) -> Object:
        """The object, as it was before if it was there."""
        found = self.before_object or self.after_object
        if found is None:
            raise AssertionError("a change belongs to an object")
        return found

    @property
    def identity(self) -> Identity:
        """Which object."""
        return self.object.identity

    @property
    def place(self) -> str:
        """The field for people: ``spec.template.spec.containers[valkey].image``."""
        owner = self.after_object if self.before is ABSENT else self.before_object
        return show_path(self.path, owner.data if owner else None)

    def __str__(self) -> str:
        if not self.path:
            return f"{self.identity} {'appears' if self.before is ABSENT else 'disappears'}"
        return f"{self.identity} {self.place}"


def compare(before: Manifests, after: Manifests) -> list[Change]:
    """Every change from one render to another, in the order of the templates."""
    names = sorted(before.files.keys() | after.files.keys())
    touched = [name for name in names if before.files.get(name) != after.files.get(name)]
    if not touched:
        return []
    old = {item.identity: item for item in before.of(touched)}
    new = {item.identity: item for item in after.of(touched)}
    changes = []
    renamed = _renamed(old, new)
    for identity, item in old.items():
        other = new.get(identity) or renamed.get(identity)
        if other is None:
            changes.append(Change(item, None, (), item.data, ABSENT))
        else:
            own = not is_builtin(item.identity.api)
            found = _differ((), item.data, other.data, ordered=own)
            changes.extend(Change(item, other, *place) for place in found)
    taken = {item.identity for item in renamed.values()}
    added = (item for key, item in new.items() if key not in old and key not in taken)
    changes.extend(Change(None, item, (), ABSENT, item.data) for item in added)
    return changes


def _renamed(old: Mapping[Identity, Object], new: Mapping[Identity, Object]) -> dict[Identity, Object]:
    """Objects that have another name in each render, by their place: some charts make names up."""
    gone = [item for key, item in old.items() if key not in new]
    come = {(item.template, item.index, item.kind): item for key, item in new.items() if key not in old}
    pairs = ((item.identity, come.get((item.template, item.index, item.kind))) for item in gone)
    return {identity: other for identity, other in pairs if other is not None}


def differences(before: Any, after: Any) -> Iterator[tuple[Path, Any, Any]]:
    """The places where two structures differ, with what stands there in each, or ABSENT."""
    return _differ((), before, after, ordered=True)


def _differ(path: Path, before: Any, after: Any, *, ordered: bool) -> Iterator[tuple[Path, Any, Any]]:
    """``ordered``: the order of named items counts, as it may in any object that Kubernetes does not know."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            inner = (*path, str(key))
            yield from _differ(inner, before.get(key, ABSENT), after.get(key, ABSENT), ordered=ordered)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _differ_lists(path, before, after, ordered=ordered)
    elif type(before) is not type(after) or before != after:
        # Python takes 1, 1.0 and True for equal, alone or inside a map; Kubernetes does not.
        yield path, before, after


def _differ_lists(
    path: Path, before: list[Any], after: list[Any], *, ordered: bool
) -> Iterator[tuple[Path, Any, Any]]:
    old, new = _names(before), _names(after)
    if len(before) != len(after) and all(isinstance(item, str) for item in (*before, *after)):
        # Of arguments, one that comes or goes does not change those behind it.
        yield from _differ_words(path, before, after)
        return
    if old is None or new is None:
        for index in range(max(len(before), len(after))):
            left = before[index] if index < len(before) else ABSENT
            right = after[index] if index < len(after) else ABSENT
            yield from _differ((*path, index), left, right, ordered=ordered)
        return
    for name, index in old.items():
        other = after[new[name]] if name in new else ABSENT
        yield from _differ((*path, index), before[index], other, ordered=ordered)
    for name, index in new.items():
        if name not in old:
            yield (*path, index), ABSENT, after[index]
    orders = [[name for name in names if name in old and name in new] for names in (old, new)]
    if orders[0] != orders[1] and (ordered or _in_order(path, after)):
        yield path, orders[0], orders[1]


def _differ_words(path: Path, before: list[str], after: list[str]) -> Iterator[tuple[Path, Any, Any]]:
    for sign, start, end, begin, stop in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        for n in range(max(end - start, stop - begin) if sign != "equal" else 0):
            left = before[start + n] if start + n < end else ABSENT
            right = after[begin + n] if begin + n < stop else ABSENT
            yield (*path, begin + n if left is ABSENT else start + n), left, right


def _in_order(path: Path, items: list[Any]) -> bool:
    """Init containers run one after the other, and a variable may name those that stand before it.

    Kubernetes API reference: initContainers; EnvVar, where ``$(NAME)`` is expanded from earlier variables.
    """
    if path[-1:] == ("initContainers",):
        return True
    return path[-1:] == ("env",) and any("$(" in str(item.get("value") or "") for item in items)


def _names(items: list[Any]) -> dict[str, int] | None:
    """Name → index, or None where the items have no names of their own."""
    found: dict[str, int] = {}
    for index, item in enumerate(items):
        name = item.get("name") if isinstance(item, dict) else None
        if not isinstance(name, str) or name in found:
            return None
        found[name] = index
    return found
