"""What differs between two texts as edits of their values, and those edits made backwards in a third text.

A file that went on since a step was written is not as the step left it, so no line of a patch need fit. The
edits are found by values path: in the documents of a file (by kind and name, so that another document may
have come), in lists by the ``name`` of their items, and in YAML that a block of text holds.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.record import record
from migrate_dhi.yamledit import MISSING, Document, Stream, format_path
from migrate_dhi.yamledit.data import common_ends, same


@record
class _Named:
    """The item of a list that has this name."""

    name: str


@record
class _Item:
    """The item of a list that stood here among these items, and stands among those after the step."""

    index: int
    old: list[Any] = field(compare=False)
    new: list[Any] = field(compare=False)

    def among(self, items: Any) -> int | None:
        """Where it stands among other items; None where that cannot be told.

        That is where one alone holds what it held before or after the step, else where it stood if all others stand
        there still.
        """
        if not isinstance(items, list):
            return None
        pairs = list(zip(self.old, self.new, strict=True))
        like = [at for at, item in enumerate(items) if _is_either(item, *pairs[self.index])]
        if len(like) == 1:
            return like[0]
        others = [_is_either(item, *pair) for item, pair in zip(items, pairs, strict=False)]
        del others[self.index : self.index + 1]
        return self.index if len(items) == len(pairs) and all(others) else None


@record
class _Inner:
    """Into the YAML that a text holds."""


_Difference = tuple[Any, ...]
"""Way, old, new; and of lists where, and the whole ones: what an edit has behind its document."""
Way = tuple[str | _Item | _Named | _Inner, ...]
"""A values path in which items of lists go by their names or by what they hold, and which may lead into YAML in a text.
"""


@record
class TreeEdit:
    """One difference: at `way` of a document stands `old` before and `new` after, or MISSING.

    Where `at` is an index, both are runs of items of the list at `way` that begin there: the first goes, and the
    second comes in its place. `lists` are then the whole lists.
    """

    document: str
    way: Way
    old: Any
    new: Any
    at: int | None = None
    lists: tuple[list[Any], list[Any]] = field(default=([], []), compare=False)

    @property
    def place(self) -> str:
        """The path for people."""
        return _shown(self.way)


@record
class Conflict:
    """A place that does not hold what the step left there, with what it holds."""

    place: str
    wanted: Any
    found: Any


def tree_edits(before: str, after: str) -> list[TreeEdit]:
    """The edits that make the data of one YAML text those of another.

    Raises:
        EditRefusedError: one of them is no YAML.
    """
    old, new = _documents(before), _documents(after)
    edits: list[TreeEdit] = []
    for name in [*old, *(name for name in new if name not in old)]:
        left, right = (_data(found.get(name)) for found in (old, new))
        edits += (TreeEdit(name, *found) for found in _differ((), left, right))
    return edits


def made(text: str, edits: list[TreeEdit], *, name: str) -> tuple[str, list[Conflict]]:
    """The text with the edits made that it does not have yet, and those that do not fit, which are left out.

    Raises:
        EditRefusedError: the text is no YAML, or an edit cannot be made exactly.
    """
    conflicts: list[Conflict] = []
    for edit in edits:
        stream = Stream(text, name=name)
        index = next((n for n, key in enumerate(_keys(stream)) if key == edit.document), None)
        if index is None:
            conflicts.append(Conflict(edit.place, edit.old, MISSING))
            continue
        beside = [other for other in edits if other.document == edit.document]
        document, fault = _made(stream.documents[index], edit, beside)
        conflicts += [fault] if fault else []
        if document.text != stream.documents[index].text:
            text = stream.replaced(index, document).text
    return text, conflicts


def _documents(text: str) -> dict[str, Document]:
    stream = Stream(text)
    return dict(zip(_keys(stream), stream.documents, strict=True))


def _keys(stream: Stream) -> list[str]:
    """A key for each document: kind, namespace and name where it is an object, else its number."""
    keys: list[str] = []
    for number, document in enumerate(stream.documents):
        if document.refusal is not None:
            raise document.refusal
        data = _data(document)
        meta = data.get("metadata") if isinstance(data, dict) else None
        own = [str(meta.get(key) or "") for key in ("namespace", "name")] if isinstance(meta, dict) else []
        key = "/".join([str(data.get("kind") or ""), *own]) if "".join(own) else str(number)
        keys.append(key if key not in keys else f"{key}#{number}")
    return keys


def _data(document: Document | None) -> Any:
    return MISSING if document is None else document.get(())


def _differ(way: Way, old: Any, new: Any) -> Iterator[_Difference]:
    if old is MISSING or new is MISSING:
        if old is not new:
            yield way, old, new
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            yield from _differ((*way, key), old.get(key, MISSING), new.get(key, MISSING))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _differ_lists(way, old, new)
    elif not same(old, new):
        inner = [_inner(text) for text in (old, new)]
        inside = list(_differ((*way, _Inner()), *inner)) if None not in inner else []
        # Texts that hold the same data may differ in what is none of it, such as comments.
        yield from inside or [(way, old, new)]


def _differ_lists(way: Way, old: list[Any], new: list[Any]) -> Iterator[_Difference]:
    names = [_names(old), _names(new)]
    if names[0] is not None and names[0] == names[1]:
        for name, left, right in zip(names[0], old, new, strict=True):
            yield from _differ((*way, _Named(name)), left, right)
    elif len(old) == len(new) and not any(names):
        for index, (left, right) in enumerate(zip(old, new, strict=True)):
            yield from _differ((*way, _Item(index, old, new)), left, right)
    else:
        head, tail = common_ends(old, new)
        yield way, old[head : len(old) - tail], new[head : len(new) - tail], head, (old, new)


def _names(items: list[Any]) -> list[str] | None:
    names = [item.get("name") if isinstance(item, dict) else None for item in items]
    found = [name for name in names if isinstance(name, str)]
    return found if found and len(set(found)) == len(items) else None


def _inner(text: Any) -> Any:
    """The map that a text of several lines holds as YAML, or None."""
    if not isinstance(text, str) or "\n" not in text.rstrip("\n"):
        return None
    try:
        data = Document(text).get(())
    except EditRefusedError:
        return None
    return data if isinstance(data, dict) and data else None


def _made(
    document: Document, edit: TreeEdit, beside: Sequence[TreeEdit] = ()
) -> tuple[Document, Conflict | None]:
    if any(isinstance(key, _Inner) for key in edit.way):
        return _made_inside(document, edit)
    path = _path(document, edit.way)
    found = document.get(path) if path is not None else MISSING
    if path is None:
        return document, None if edit.new is MISSING else Conflict(edit.place, edit.old, found)
    if edit.at is not None and isinstance(found, list):
        return _replaced(document, path, edit, found)
    if edit.at is None and same(found, edit.new):
        return document, None
    if edit.at is None and same(found, edit.old):
        return (
            document.delete(path) if edit.new is MISSING else _set(document, path, edit.new, beside)
        ), None
    if edit.new is MISSING and isinstance(found, dict) and isinstance(edit.old, dict):
        return _without(document, path, edit, found)
    return document, Conflict(edit.place, edit.old, found)


def _set(document: Document, path: tuple[str | int, ...], new: Any, beside: Sequence[TreeEdit]) -> Document:
    """The document with a value set; with an anchor edited where all that use it are to change alike."""
    users = document.shared(path)
    alike = {_path(document, one.way) for one in beside if one.at is None and same(one.new, new)}
    return (
        document.set(path, new, together=users)
        if users and alike.issuperset(users)
        else document.set(path, new)
    )


def _made_inside(document: Document, edit: TreeEdit) -> tuple[Document, Conflict | None]:
    """An edit of the YAML in a text."""
    at = edit.way.index(_Inner())
    path = _path(document, edit.way[:at])
    text = document.get(path) if path is not None else MISSING
    if path is None or not isinstance(text, str):
        return document, Conflict(edit.place, edit.old, text)
    inner, fault = _made(Document(text), replace(edit, way=edit.way[at + 1 :]))
    if fault:
        fault = replace(fault, place=f"{_shown(edit.way[: at + 1])}.{fault.place}")
    return document if inner.text == text else document.set(path, inner.text), fault


def _replaced(
    document: Document, path: tuple[str | int, ...], edit: TreeEdit, found: list[Any]
) -> tuple[Document, Conflict | None]:
    """The list with one run of items in the place of another, which must stand in it once; a new one at its place."""
    before, after = edit.lists
    if same(found, before):
        return document.set(path, after), None
    went, came = _more(edit.old, edit.new), _more(edit.new, edit.old)
    left = [item for item in went if _count(found, item) > _count(after, item)]
    missing = [item for item in came if _count(found, item) < _count(after, item)]
    if (went or came) and not left and not missing:
        return document, None
    size = len(edit.old)
    places = _places(found, edit.old) if size else _gap(found, before, edit.at or 0)
    if len(places) != 1 or missing != came:
        # What comes is there in part, or where it goes cannot be told.
        return document, Conflict(edit.place, edit.old, found)
    at = places[0]
    return document.set(path, [*found[:at], *edit.new, *found[at + size :]]), None


def _more(items: list[Any], others: list[Any]) -> list[Any]:
    """The items that stand in a list more often than in another one."""
    return [item for item in items if _count(items, item) > _count(others, item)]


def _gap(items: list[Any], before: list[Any], at: int) -> list[int]:
    """Where a new item goes that came at an index of other items: beside most of what stood beside it there."""

    def beside(here: int) -> int:
        # What stands there tells more than the end of the list does.
        return sum(
            same(one, other) + (same(one, other) and bool(one))
            for one, other in (
                (items[here - 1 : here] if here else [], before[at - 1 : at] if at else []),
                (items[here : here + 1], before[at : at + 1]),
            )
        )

    best = max(range(len(items) + 1), key=lambda here: (beside(here), -abs(here - at)))
    return [best] if beside(best) else []


def _count(items: list[Any], item: Any) -> int:
    return len(_places(items, [item]))


def _places(items: list[Any], run: list[Any]) -> list[int]:
    """Where a run of items stands in a list; nowhere if it has none."""
    size = len(run)
    return [at for at in range(len(items) - size + 1) if size and same(items[at : at + size], run)]


def _without(
    document: Document, path: tuple[str | int, ...], edit: TreeEdit, found: Mapping[str, Any]
) -> tuple[Document, Conflict | None]:
    """Without what a step put into a map that it made, where others have put more into it since."""
    for way, old, *_ in _differ(edit.way, edit.old, {}):
        document, fault = _made(document, TreeEdit(edit.document, way, old, MISSING))
        if fault:
            return document, fault
    rest = document.get(path)
    return (document.delete(path) if rest in ({}, MISSING) and found else document), None


def _path(document: Document, way: Way) -> tuple[str | int, ...] | None:
    """The values path of a way in a document; None where an item of that name is not there."""
    path: tuple[str | int, ...] = ()
    for key in way:
        if isinstance(key, _Named):
            items = document.get(path)
            names = (
                [item.get("name") if isinstance(item, dict) else None for item in items]
                if isinstance(items, list)
                else []
            )
            if names.count(key.name) != 1:
                return None
            path = (*path, names.index(key.name))
        elif isinstance(key, _Item):
            index = key.among(document.get(path))
            if index is None:
                return None
            path = (*path, index)
        elif not isinstance(key, _Inner):
            path = (*path, key)
    return path


def _is_either(item: Any, old: Any, new: Any) -> bool:
    """Whether an item holds in each place what one of two items holds there."""
    if isinstance(item, dict) and isinstance(old, dict) and isinstance(new, dict):
        return all(
            _is_either(*(one.get(key, MISSING) for one in (item, old, new)))
            for key in item.keys() | old.keys() | new.keys()
        )
    return same(item, old) or same(item, new)


def _shown(way: Way) -> str:
    text = ""
    for key in way:
        if isinstance(key, _Named):
            text += f"[{key.name}]"
        elif isinstance(key, _Item):
            text += f"[{key.index}]"
        elif isinstance(key, _Inner):
            text += " |"
        else:
            part = format_path((key,))
            text += part if not text or part.startswith("[") else f".{part}"
    return text
