"""A YAML document that can be read and edited; every edit returns a new document."""

from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from typing import Any, Self, TypeVar

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.yamledit.data import resolve, to_data
from migrate_dhi.yamledit.edits import TreeEdits
from migrate_dhi.yamledit.locate import child_index, find, holder, line_of
from migrate_dhi.yamledit.nested import text_inside
from migrate_dhi.yamledit.nodes import Standing, YamlTree, last_inside
from migrate_dhi.yamledit.parse import parse
from migrate_dhi.yamledit.path import DELETE, MISSING, Path, format_path
from migrate_dhi.yamledit.sharing import Sharing
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
        node = self._tree.root
        for part in path:
            owner = holder(resolve(node), part) if node is not None else None
            index = child_index(owner, part) if owner is not None else None
            if owner is None or index is None:
                return default
            node = owner.inner(index)
        data = to_data(node)
        return {} if data is None and not path else data

    def has(self, path: Path) -> bool:
        """Whether a path exists, be it with a null."""
        return self.get(path) is not MISSING

    def line(self, path: Path) -> int:
        """The 1-based line of a key or list item, or of its nearest ancestor that exists."""
        return line_of(self._tree, path)

    def shared(self, path: Path) -> tuple[Path, ...]:
        """All paths at which the text that decides a path is read, through anchors, aliases and merge keys.

        For a path that does not exist, those at which it would be read if it were added to the map that stands there.

        Returns:
            the paths in no particular order, this one among them; empty if it is read there alone.

        Raises:
            EditRefusedError: there are over a thousand.
        """
        return self._edit(path, lambda: self._shared(path))

    @cached_property
    def _sharing(self) -> Sharing:
        return Sharing(self._tree)

    def _shared(self, path: Path) -> tuple[Path, ...]:
        if not self._tree.aliases:
            return ()
        node, missing = self._sharing.source(path)
        users = self._sharing.users(node, missing) if node is not None else []
        return tuple(users) if len(users) > 1 else ()

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
        return self._edit(path, lambda: self._with(self._edits.rewrite(path, nested.text)))

    def _nested(self, path: Path) -> "Document":
        node = self._tree.root
        found = list(find(self._tree, path))
        node = resolve(found[-1][1]) if found else node
        if node is None or len(found) < len(path):
            raise EditRefusedError(f"{format_path(path)} does not exist", line=self.line(path))
        text, standing = text_inside(self._tree, node)
        return Document(text, name=self.name, standing=standing)

    # Editing

    def set(self, path: Path, value: Any, *, together: Collection[Path] = ()) -> Self:
        """Make the data at a path equal to a value, with the smallest change of text.

        Missing parents and keys are created. Of a map only the keys that differ are edited, added or
        removed; a list keeps equal items at both ends. A list position equal to the list's length appends.
        A new key stands behind the last sibling whose name begins with the same word, else behind the last one.
        An alias is written out. What a merge key brings in gets a key of its own beside it.

        Args:
            path: where.
            value: dict, list, str, int, float, bool or None.
            together: paths that are to have this value too. If they are all of `shared`, the anchor is edited, and
                with it all of them; the other paths are not edited.

        Raises:
            EditRefusedError: the edit cannot be made exactly; `line` and `places` say why.
        """
        return self._edit(path, lambda: self._with(self._edits.set(path, value, together)))

    def apply(self, edits: Sequence[tuple[Path, Any]]) -> Self:
        """Make several edits as `set` and `delete` would, parsing and checking once.

        Args:
            edits: (path, value) to set, or (path, `DELETE`), in order.

        Raises:
            EditRefusedError: one of them cannot be made; none is then.
        """
        # Of several deleted items the positions would move.
        if len(edits) < 2 or any(
            value is DELETE and path and isinstance(path[-1], int) for path, value in edits
        ):
            document = self
            for path, value in edits:
                document = document.delete(path) if value is DELETE else document.set(path, value)
            return document
        return self._edit((), lambda: self._with(self._edits.apply(edits)))

    def delete(self, path: Path) -> Self:
        """Remove a key or list item, with its trailing comment and comments indented below it.

        Comment lines right above go with it only where they clearly belong to it: at the same column,
        touching it, no commented-out YAML, not opening the file; and if the next entry follows at once,
        only a comment that names the key or is marked as documentation (``# --``, ``## @param``). The last
        key leaves ``{}``, the last item ``[]``.

        Raises:
            EditRefusedError: the path does not exist, or the edit cannot be made exactly.
        """
        return self._edit(path, lambda: self._with(self._edits.delete(path)))

    def _edit(self, path: Path, work: Callable[[], _Result]) -> _Result:
        try:
            return work()
        except EditRefusedError as error:
            raise self._named(error, path) from error.__cause__

    @property
    def _edits(self) -> TreeEdits:
        return TreeEdits(self._tree, self._style)

    def _with(self, tree: YamlTree) -> Self:
        """The document of an edited tree."""
        if tree is self._tree:
            return self
        result = object.__new__(type(self))
        result.text, result.name, result.standing = self._bom + tree.text, self.name, self.standing
        result._bom, result._parsed, result.refusal = self._bom, tree, None
        return result

    def _named(self, error: EditRefusedError, path: Path = ()) -> EditRefusedError:
        """The same refusal with the file's name and line, and the path where there is one."""
        at = f"{self.name}:{error.line}" if error.line and self.name else self.name
        what = format_path(path)
        message = error.message if not what or what in error.message else f"{what}: {error.message}"
        return EditRefusedError(
            message, line=error.line, places=error.places, where=error.where or at, help=error.help
        )
