"""The proof after an edit: everything but the edited values is the same node as before, and no comment is lost."""

from typing import Any

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.yamledit.comments import check_comments
from migrate_dhi.yamledit.data import common_ends, is_merge, key_text, same, to_data
from migrate_dhi.yamledit.nodes import YamlNode, YamlTree, shape
from migrate_dhi.yamledit.path import Path


def check_edit(before: YamlTree, after: YamlTree, path: Path, wanted: Any) -> None:
    """Hold the new nodes against the old ones.

    Args:
        before: the tree before the edit.
        after: the tree of the new text.
        path: where the edit took place: a node that exists before.
        wanted: the data that must be there now.

    Raises:
        EditRefusedError: the text would not say exactly what the edit meant.
    """
    old, new = before.root, after.root
    for part in path:
        if old is None or new is None:
            raise _refused(old)
        old, new = _descend(old, new, part)
    if not same(to_data(new), wanted):
        raise _refused(old)
    _compare(old, new, wanted)
    check_comments(before, after, old, wanted)


def _refused(node: YamlNode | None) -> EditRefusedError:
    return EditRefusedError(
        "the edit cannot be made without changing something else here", line=node.line + 1 if node else 0
    )


def _descend(old: YamlNode, new: YamlNode, part: str | int) -> tuple[YamlNode, YamlNode]:
    """Step down one level, after proving that all the other children are untouched."""
    if old.shape() != new.shape():
        raise _refused(old)
    if old.kind == "list":
        if len(old.items) != len(new.items) or not isinstance(part, int):
            raise _refused(old)
        pairs = list(zip(old.items, new.items, strict=True))
        chosen = part
    else:
        if len(old.entries) != len(new.entries):
            raise _refused(old)
        keys = list(zip(old.entries, new.entries, strict=True))
        if not all(identical(one[0], two[0]) for one, two in keys):
            raise _refused(old)
        pairs = [(one[1], two[1]) for one, two in keys]
        chosen = next(
            n for n, (key, _) in enumerate(old.entries) if not is_merge(key) and key_text(key) == part
        )
    for n, (one, two) in enumerate(pairs):
        if n != chosen and not identical(one, two):
            raise _refused(one)
    return pairs[chosen]


def identical(old: YamlNode, new: YamlNode) -> bool:
    """The same kind, tag, anchor, style and value, all the way down."""
    stack = [(old, new)]
    while stack:
        one, two = stack.pop()
        if shape(one) != shape(two):
            return False
        # Each edit compares all of a file, and most of its nodes have no children.
        if one.kind in {"map", "list"}:
            children, others = one.children(), two.children()
            if len(children) != len(others):
                return False
            stack.extend(zip(children, others, strict=True))
    return True


def _compare(old: YamlNode | None, new: YamlNode | None, wanted: Any) -> None:
    """Below the edited place: what keeps its data keeps its form."""
    if old is None or new is None:
        return
    if identical(old, new):
        return
    if same(to_data(old), wanted):
        raise _refused(old)
    if old.anchor != new.anchor and old.kind != "alias":
        raise _refused(old)
    if old.kind == "map" == new.kind and isinstance(wanted, dict):
        _compare_maps(old, new, wanted)
    elif old.kind == "list" == new.kind and isinstance(wanted, list):
        _compare_lists(old, new, wanted)


def _compare_maps(old: YamlNode, new: YamlNode, wanted: dict[str, Any]) -> None:
    if old.entries and wanted and old.flow != new.flow:
        raise _refused(old)
    names = [key_text(key) for key, _ in old.entries]
    kept = [(key, value) for key, value in old.entries if is_merge(key) or key_text(key) in wanted]
    now = [(key, value) for key, value in new.entries if is_merge(key) or key_text(key) in names]
    if len(kept) != len(now):
        raise _refused(old)
    for (key, value), (new_key, new_value) in zip(kept, now, strict=True):
        if not identical(key, new_key):
            raise _refused(key)
        if is_merge(key) or names.count(key_text(key)) > 1:
            if not identical(value, new_value):
                raise _refused(key)
        else:
            _compare(value, new_value, wanted[key_text(key)])


def _compare_lists(old: YamlNode, new: YamlNode, wanted: list[Any]) -> None:
    if old.items and wanted and old.flow != new.flow:
        raise _refused(old)
    present = [to_data(item) for item in old.items]
    head, tail = common_ends(present, wanted)
    for n in range(head):
        _compare(old.items[n], new.items[n], wanted[n])
    for n in range(-tail, 0):
        _compare(old.items[n], new.items[n], wanted[n])
    if len(present) == len(wanted):
        for n in range(head, len(present) - tail):
            _compare(old.items[n], new.items[n], wanted[n])
