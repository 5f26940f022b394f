"""Make edits in the texts: exactly, or not at all."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

from migrate_dhi.edit import Edit, ValuesPath
from migrate_dhi.errors import EditRefusedError, InvalidChartError
from migrate_dhi.helm.reading import misread
from migrate_dhi.steps.context import known, parsed
from migrate_dhi.yamledit import MISSING, Document, Stream
from migrate_dhi.yamledit.literal import Place, held, written
from migrate_dhi.yamledit.nodes import Standing

_Change = tuple[ValuesPath, Any, bool]
"""Where, what, and whether it goes."""


def edited(texts: Mapping[str, str], edits: Iterable[Edit]) -> dict[str, str]:
    """The texts with the edits made.

    Raises EditRefusedError where an edit cannot be made exactly, or where Helm would read anything else
    differently afterwards.
    """
    after = dict(texts)
    by_document: dict[tuple[str, int | None], list[Edit]] = {}
    for edit in edits:
        if edit.template:
            after[edit.file] = _template(after, edit)
            continue
        by_document.setdefault((edit.file, edit.document), []).append(edit)
    for (file, index), own in by_document.items():
        text = after.get(file, "")
        if index is None:
            after[file] = known(_document(parsed(text, file), own)).text
        else:
            stream = streamed(text, file)
            after[file] = _kept(stream.replaced(index, _document(_at(stream, index, file), own))).text
    return after


def read(texts: Mapping[str, str], edit: Edit) -> tuple[int, Any]:
    """The 1-based line in the file of what an edit is about, and the data there; MISSING where nothing is.

    Where nothing is yet, the line is that of the nearest place above it.
    """
    text = texts.get(edit.file, "")
    if edit.template:
        return held(text, _place(edit))
    if edit.document is None:
        document = parsed(text, edit.file)
    else:
        stream = streamed(text, edit.file)
        if edit.document >= len(stream.documents):
            return 0, MISSING
        document = stream.documents[edit.document]
    if edit.inner is None:
        return document.line(edit.path), document.get(edit.path, MISSING)
    inner = document.nested(edit.path)
    return inner.line(edit.inner), inner.get(edit.inner, MISSING)


def _template(texts: Mapping[str, str], edit: Edit) -> str:
    try:
        return written(texts[edit.file], _place(edit), edit.value)
    except EditRefusedError as error:
        error.where = edit.file
        raise


def _place(edit: Edit) -> Place:
    name, number = edit.path
    return str(name), int(number)


def _at(stream: Stream, index: int, file: str) -> Document:
    if index >= len(stream.documents):
        raise EditRefusedError("the document is not there any more", where=file, help="look at the file")
    return stream.documents[index]


def _document(document: Document, edits: Sequence[Edit]) -> Document:
    """A document with its edits: those inside of a text first, each text once."""
    texts: dict[ValuesPath, list[Edit]] = {}
    plain: list[Edit] = []
    for edit in edits:
        if edit.inner is None:
            plain.append(edit)
        else:
            texts.setdefault(edit.path, []).append(edit)
    for path, inside in texts.items():
        changes = [(edit.inner or (), edit.value, edit.delete) for edit in inside]
        document = document.with_nested(path, _changed(document.nested(path), changes))
    return _changed(document, [(edit.path, edit.value, edit.delete) for edit in plain])


def _changed(document: Document, changes: Sequence[_Change]) -> Document:
    """A document with changes; the last ones are kept: a step judges its edits one by one, and then together."""
    if not changes:
        return document
    key = document.text, document.name, document.standing, repr(changes)
    if key not in _made:
        made = _exactly(document, changes)
        if len(_made) >= _MOST_MADE:
            del _made[next(iter(_made))]
        _made[key] = made
    return _made[key]


def _exactly(document: Document, changes: Sequence[_Change]) -> Document:
    before = document.text
    document = _one_by_one(*_together(document, changes))
    try:
        reason = misread(before, document.text, changes)
    except InvalidChartError:
        # A text that Helm cannot read before its placeholders are filled in: the check on the nodes holds.
        if _readable(before):
            raise
        reason = ""
    if reason:
        raise EditRefusedError(reason, where=document.name)
    return document


def _together(document: Document, changes: Sequence[_Change]) -> tuple[Document, list[_Change]]:
    """The document with what can be changed at a time, parsed and checked once each; and what is left to do.

    That is what stands there already, and of what is new one entry of each map: where the next one goes depends on
    the one before.
    """
    left = list(changes)
    if any(_above(one, two) for one, two in combinations(changes, 2)):
        return document, left
    deletes = any(delete for _, _, delete in changes)
    while len(left) > 1:
        batch: dict[ValuesPath, _Change] = {}
        for change in left:
            place = _place_of(document, change, only_there=deletes)
            if place is not None:
                batch.setdefault(place, change)
        if len(batch) < 2:
            break
        try:
            document = document.apply([(path, value) for path, value, _ in batch.values()])
        except EditRefusedError:
            # One by one the refusal is that of a single change.
            break
        done = {path for path, _, _ in batch.values()}
        left = [change for change in left if change[0] not in done]
    return document, left


def _place_of(document: Document, change: _Change, *, only_there: bool) -> ValuesPath | None:
    """What a change has for itself: its own place, or the map that gets a new entry; None where it is made alone."""
    path, _, delete = change
    if delete or document.shared(path):
        return None
    if document.has(path):
        return path
    if only_there:
        return None
    size = next(size for size in range(len(path) - 1, -1, -1) if document.has(path[:size]))
    return path[:size] if isinstance(path[size], str) else None


def _above(one: _Change, two: _Change) -> bool:
    """Whether one change lies in the other: then their order counts."""
    return one[0][: len(two[0])] == two[0] or two[0][: len(one[0])] == one[0]


def _one_by_one(document: Document, changes: Sequence[_Change]) -> Document:
    wanted = {path: value for path, value, delete in changes if not delete}
    for path, value, delete in changes:
        if delete:
            document = document.delete(path)
            continue
        users = document.shared(path)
        # An anchor is edited where all that use it are to change alike; else the refusal names the others.
        alike = bool(users) and all(user in wanted and wanted[user] == value for user in users)
        document = document.set(path, value, together=users) if alike else document.set(path, value)
    return document


def _readable(text: str) -> bool:
    try:
        misread(text, text, ())
    except InvalidChartError:
        return False
    return True


def streamed(text: str, name: str) -> Stream:
    """A file of Kubernetes objects, parsed once for each text."""
    return _streams.get((text, name)) or _kept(Stream(text, name=name, placeholders=True))


def _kept(stream: Stream) -> Stream:
    """The same stream; an edit leaves one that is parsed."""
    if len(_streams) >= _MOST_STREAMS:
        _streams.clear()
    return _streams.setdefault((stream.text, stream.name), stream)


_streams: dict[tuple[str, str], Stream] = {}
_MOST_STREAMS = 64
_made: dict[tuple[str, str, Standing, str], Document] = {}
_MOST_MADE = 16
