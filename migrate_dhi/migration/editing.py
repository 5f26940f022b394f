"""Make edits in the texts: exactly, or not at all."""

from collections.abc import Iterable, Mapping
from typing import Any

from migrate_dhi.edit import Edit, ValuesPath
from migrate_dhi.errors import EditRefusedError
from migrate_dhi.helm.reading import misread
from migrate_dhi.steps.context import parsed


def edited(texts: Mapping[str, str], edits: Iterable[Edit]) -> dict[str, str]:
    """The texts with the edits made.

    Raises EditRefusedError where an edit cannot be made exactly, or where Helm would read anything else
    differently afterwards.
    """
    after = dict(texts)
    by_file: dict[str, list[Edit]] = {}
    for edit in edits:
        by_file.setdefault(edit.file, []).append(edit)
    for file, own in by_file.items():
        document = parsed(after.get(file, ""), file)
        changes: list[tuple[ValuesPath, Any, bool]] = []
        for edit in own:
            document = document.delete(edit.path) if edit.delete else document.set(edit.path, edit.value)
            changes.append((edit.path, edit.value, edit.delete))
        reason = misread(after.get(file, ""), document.text, changes)
        if reason:
            raise EditRefusedError(reason, where=file)
        after[file] = document.text
    return after
