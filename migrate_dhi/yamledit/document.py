"""A YAML document that can be read and edited; every edit returns a new document."""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any, Self, TypeVar

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.yamledit import emit
from migrate_dhi.yamledit.check import check_edit
from migrate_dhi.yamledit.data import resolve, to_data
from migrate_dhi.yamledit.locate import (
    Location,
    child_index,
    dash_at,
    find,
    is_nothing,
    refuse_alias,
    refuse_shared,
    walk_to_edit,
)
from migrate_dhi.yamledit.nested import rewrite, text_inside
from migrate_dhi.yamledit.nodes import Standing, YamlNode, YamlTree, last_inside
from migrate_dhi.yamledit.parse import parse
from migrate_dhi.yamledit.path import MISSING, Path, format_path
from migrate_dhi.yamledit.placeholders import refuse_below, refuse_touching
from migrate_dhi.yamledit.planner import Planner
from migrate_dhi.yamledit.splice import Splices
from migrate_dhi.yamledit.style import Style, file_style

_BOM = "\ufeff"
_Result = TypeVar("_Result")


class Document:
    """One YAML file, or one document of a `Stream`; immutable.

    Args:
        text: the whole text as in the file (read with ``newline=""``), byte order mark and CRLF included.
        name: the file's name, for error messages.
        standing: how the text stands in its file, where it is not the whole of it.

    Raises:
        EditRefusedError: no YAML (templates and tabs included), or several documents with content. Of a
            document of a stream this is raised by each method in place of the constructor; see `refusal`.
    """

    def __init__(self, text: str, *, name: str = "", standing: Standing | None = None) -> None:
        self.text = text
        self.name = name
        self.standing = standing or Standing()
        self._bom = _BOM if text.startswith(_BOM) else ""
        if not self.standing.part and (refusal := self.refusal) is not None:
            raise refusal from refusal.__cause__

    @cached_property
    def refusal(self) -> EditRefusedError | None:
        """Why this cannot be read, None if it can; each method raises it."""
        try:
            self._parsed = parse(self.text[len(self._bom) :], self.standing)
        except EditRefusedError as error:
            named = self._named(error)
            named.__cause__ = error.__cause__
            return named
        return None

    @property
    def _tree(self) -> YamlTree:
        if self.refusal is not None:
            raise self.refusal
        return self._parsed

    @cached_property
    def _style(self) -> Style:
        return file_style(self._tree)

    @property
    def ends_in_block_of_text(self) -> bool:
        """The last value is a text of the form ``|`` or ``>``."""
        return self._tree.root is not None and last_inside(self._tree.root).style in ("|", ">")

    # Reading

    def get(self, path: Path, default: Any = MISSING) -> Any:
        """The data at a path as Helm reads it: keys as texts, aliases resolved, merge keys applied.

        Returns:
            dict, list, str, int, float, bool or None; `default` where the path does not exist.
        """
        data = None
        node = self._tree.root
        for depth, part in enumerate(path):
            if node is None:
                return default
            node = resolve(node)
            index = child_index(node, part)
            if index is None:
                return self._merged(to_data(node), path[depth:], default)
            node = node.entries[index][1] if node.kind == "map" else node.items[index]
        data = to_data(node)
        return {} if data is None and not path else data

    def _merged(self, data: Any, path: Path, default: Any) -> Any:
        """Look a path up in data, for keys that a merge key brings in."""
        for part in path:
            keyed = isinstance(data, dict) and isinstance(part, str) and part in data
            listed = isinstance(data, list) and isinstance(part, int) and 0 <= part < len(data)
            if not keyed and not listed:
                return default
            data = data[part]
        return data

    def has(self, path: Path) -> bool:
        """Whether a path exists, be it with a null."""
        return self.get(path) is not MISSING

    def line(self, path: Path) -> int:
        """The 1-based line of a key or list item, or of its nearest ancestor that exists."""
        root = self._tree.root
        line = self._tree.line_number(self._tree.begin) if root is None else root.line + 1
        node = self._tree.root
        for part, (pointer, child) in zip(path, find(self._tree, path), strict=False):
            line = pointer.line + 1
            owner = resolve(node) if node is not None else None
            if owner is not None and owner.kind == "list" and not owner.flow and isinstance(part, int):
                line = self._tree.line_number(dash_at(self._tree, owner, part))
            node = child
        return line

    # Text inside

    def nested(self, path: Path) -> "Document":
        """The YAML text that a scalar holds, as a document of its own.

        `get`, `set` and the others work on it as on any document, and so does `nested` for text inside of it. Lines
        are lines of the file. It has the name of this document.

        Raises:
            EditRefusedError: there is no text at the path, or the text is no YAML.
        """
        return self._edit(path, lambda: self._nested(path))

    def with_nested(self, path: Path, nested: "Document") -> Self:
        """Write an edited `nested` document back into its scalar.

        Indentation, indicators, quotes and line endings of the scalar stay, and every line of the file that
        the text's edit did not change.

        Args:
            path: where the text is from.
            nested: an edited form of the document that `nested` gave.

        Raises:
            EditRefusedError: the scalar's form cannot hold the new text exactly, or folds its lines; or as for `set`.
        """
        return self._edit(path, lambda: self._with_text(path, nested.text))

    def _nested(self, path: Path) -> "Document":
        node = self._tree.root
        found = list(find(self._tree, path))
        node = resolve(found[-1][1]) if found else node
        if node is None or len(found) < len(path):
            raise EditRefusedError(f"{format_path(path)} does not exist", line=self.line(path))
        text, standing = text_inside(self._tree, node)
        return Document(text, name=self.name, standing=standing)

    def _with_text(self, path: Path, text: str) -> Self:
        slot, missing = walk_to_edit(self._tree, path)
        node = slot.node
        if missing or node is None:
            raise EditRefusedError(f"{format_path(path)} does not exist", line=self.line(path))
        self._refuse_shared_above(path)
        if node.kind == "alias":
            refuse_alias(self._tree, node, path)
        refuse_shared(self._tree, node)
        return self._applied(rewrite(self._tree, node, text), path, text)

    # Editing

    def set(self, path: Path, value: Any, *, after: str | None = None) -> Self:
        """Make the data at a path equal to a value, with the smallest change of text.

        Missing parents and keys are created. Of a map only the keys that differ are edited, added or
        removed; a list keeps equal items at both ends. A list position equal to the list's length appends.

        Args:
            path: where.
            value: dict, list, str, int, float, bool or None.
            after: the sibling key behind which a new key is placed; where there is none of that name, or
                without it, behind the last sibling whose name begins with the same word, else the last one.

        Raises:
            EditRefusedError: the edit cannot be made exactly; `line` and `places` say why.
        """
        return self._edit(path, lambda: self._set(path, value, after))

    def insert(self, path: Path, value: Any, *, after: str | None = None) -> Self:
        """As `set`, for a path that does not exist yet.

        Raises:
            EditRefusedError: the path exists, or as for `set`.
        """
        if self.has(path):
            raise self._named(EditRefusedError(f"{format_path(path)} exists already", line=self.line(path)))
        return self.set(path, value, after=after)

    def replace(self, path: Path, value: Any) -> Self:
        """As `set`, for a path that exists.

        Raises:
            EditRefusedError: the path does not exist, or as for `set`.
        """
        if not self.has(path):
            raise self._named(EditRefusedError(f"{format_path(path)} does not exist", line=self.line(path)))
        return self.set(path, value)

    def delete(self, path: Path) -> Self:
        """Remove a key or list item, with its trailing comment and comments indented below it.

        Comment lines right above go with it only where they clearly belong to it: at the same column,
        touching it, no commented-out YAML, not opening the file; and if the next entry follows at once,
        only a comment that names the key or is marked as documentation (``# --``, ``## @param``). The last
        key leaves ``{}``, the last item ``[]``.

        Raises:
            EditRefusedError: the path does not exist, or the edit cannot be made exactly.
        """
        return self._edit(path, lambda: self._delete(path))

    def _edit(self, path: Path, work: Callable[[], _Result]) -> _Result:
        try:
            return work()
        except EditRefusedError as error:
            raise self._named(error, path) from error.__cause__

    def _set(self, path: Path, value: Any, after: str | None) -> Self:
        emit.check_value(value)
        slot, missing = walk_to_edit(self._tree, path)
        self._refuse_shared_above(path[: len(path) - len(missing)])
        wanted = self._wanted(slot.node, missing, value)
        above = path[: len(path) - len(missing)]
        style = self._style
        planner = Planner(self._tree, style)
        planner.equalize(slot, wanted, after if missing else None)
        try:
            return self._applied(self._planned(planner, slot), above, wanted)
        except EditRefusedError:
            # Comments right below may have become lines of a literal block: quotes cannot swallow them.
            planner = Planner(self._tree, replace(style, literal=False))
            planner.equalize(slot, wanted, after if missing else None)
            return self._applied(self._planned(planner, slot), above, wanted)

    def _wanted(self, node: YamlNode | None, missing: Path, value: Any) -> Any:
        """The data of the innermost existing node with the value put in at the missing part of the path."""
        present = None if node is None or is_nothing(node) else to_data(node)
        wanted = value
        for depth, part in reversed(list(enumerate(missing))):
            if isinstance(part, int) and part > 0 and (depth > 0 or present is None):
                raise EditRefusedError(f"there is no list yet, so its first item is 0, not {part}")
            wanted = {part: wanted} if isinstance(part, str) else [wanted]
        if not missing or present is None:
            return wanted
        return {**present, **wanted} if isinstance(present, dict) else [*present, *wanted]

    def _delete(self, path: Path) -> Self:
        if not path:
            raise EditRefusedError("a whole document cannot be deleted")
        slot, missing = walk_to_edit(self._tree, path)
        if missing or slot.parent is None or slot.node is None:
            raise EditRefusedError(f"{format_path(path)} does not exist", line=self.line(path))
        above, _ = walk_to_edit(self._tree, path[:-1])
        self._refuse_shared_above(path[:-1])
        index = child_index(slot.parent, path[-1])
        if index is None or above.node is None:
            raise EditRefusedError(f"{format_path(path)} does not exist", line=self.line(path))
        wanted = to_data(above.node)
        del wanted[path[-1]]
        refuse_shared(self._tree, above.node)
        planner = Planner(self._tree, self._style)
        planner.remove(above, path[-1], index)
        return self._applied(self._planned(planner, above), path[:-1], wanted)

    def _refuse_shared_above(self, path: Path) -> None:
        """Refuse an edit inside of something that aliases repeat elsewhere."""
        above = [self._tree.root, *(child for _, child in find(self._tree, path))][:-1]
        for node in above:
            if node is not None:
                refuse_shared(self._tree, node)

    def _applied(self, splices: Splices, path: Path, wanted: Any) -> Self:
        if not splices.changes:
            return self
        text = self._bom + splices.apply()
        try:
            result = type(self)(text, name=self.name, standing=self.standing)
            after = result._tree  # noqa: SLF001 - of the same class
        except EditRefusedError as error:
            line = self.line(path)
            raise EditRefusedError("the edit would leave a file that is no YAML", line=line) from error
        check_edit(self._tree, after, path, wanted)
        return result

    def _planned(self, planner: Planner, slot: Location) -> Splices:
        """What was planned, after proving that no placeholder is in the way."""
        placeholders = self._tree.placeholders
        if placeholders and planner.splices.changes:
            try:
                if slot.node is None or is_nothing(slot.node):
                    refuse_below(self._tree.text, placeholders, slot.after, slot.column)
                refuse_touching(placeholders, planner.splices.changes, slot.after)
            except EditRefusedError as error:
                error.line = self._tree.line_number(slot.after)
                raise
        return planner.splices

    def _named(self, error: EditRefusedError, path: Path = ()) -> EditRefusedError:
        """The same refusal with the file's name and line, and the path where there is one."""
        at = f"{self.name}:{error.line}" if error.line and self.name else self.name
        what = format_path(path)
        message = error.message if not what or what in error.message else f"{what}: {error.message}"
        return EditRefusedError(
            message, line=error.line, places=error.places, where=error.where or at, help=error.help
        )
