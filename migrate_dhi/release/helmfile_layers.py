"""The layers of values of a helmfile's release: those of the templates that it inherits come first, of each kind.

Values: ``values`` in order < ``valuesTemplate`` < ``secrets`` < ``set`` < ``setTemplate`` < ``setString``.
"""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.record import record
from migrate_dhi.release.contents import Contents
from migrate_dhi.release.gotmpl import ENDING, State, is_gone
from migrate_dhi.release.helmfile_tokens import TOKEN, shown
from migrate_dhi.release.layer import Layer, path_or_root, standing
from migrate_dhi.release.stacked import sealed
from migrate_dhi.untyped import maps, sequence, text_at

VALUES = ("values", "valuesTemplate")
"""The lists of values of a release: the second is filled in once more, for the release itself."""


@record
class Helmfile:
    """A helmfile: its placeholders filled with a token of their own, so that it is YAML.

    ``cut`` counts the lines ``---`` before it: parts between such lines are laid over one another.
    """

    file: str
    data: Mapping[str, Any]
    fill: Mapping[str, str]
    document: int
    line: int
    cut: int = 0


Held = tuple[Helmfile, ValuesPath, Mapping[str, Any]]
"""What holds values (a template, a release): its helmfile, its place there, and its data."""


def layers_of(state: State, held: Sequence[Held], *, lenient: bool) -> Iterator[Layer]:
    """The layers of a release behind the templates that it inherits: their lists are joined, key by key."""
    for one in held:
        yield from _values(state, *one, "values", lenient=lenient)
    helmfile, where, entry = held[-1]
    values = sequence(entry.get("values"))
    if not any(isinstance(one, dict) for one in values):
        place = (*where, "values", len(values))
        yield Layer("map", helmfile.file, helmfile.document, place, fill=helmfile.fill)
    for one in held:
        yield from _values(state, *one, "valuesTemplate", lenient=lenient)
    for helmfile, _, entry in held:
        yield from _secrets(state.contents, helmfile, entry, lenient=lenient)
    for key in ("set", "setTemplate"):
        for one in held:
            yield from _set(*one, key)
    for one in held:
        yield from _set_string(*one)


def _values(
    state: State, helmfile: Helmfile, where: ValuesPath, entry: Mapping[str, Any], key: str, *, lenient: bool
) -> Iterator[Layer]:
    contents = state.contents
    for index, one in enumerate(sequence(entry.get(key))):
        if isinstance(one, dict):
            yield Layer("map", helmfile.file, helmfile.document, (*where, key, index), fill=helmfile.fill)
            continue
        name = str(one)
        pattern = beside(helmfile, name)
        if lenient and _is_gone(contents, pattern):
            continue
        if TOKEN in name:
            reason = f"the values file {shown(name)} is named by a template of helmfile"
            yield Layer("unread", helmfile.file, writable=False, reason=reason)
            continue
        # A pattern stands for all files that it names, in the order of their names.
        for path in sorted(contents.matching(pattern)) or [pattern]:
            yield _file(state, path)


def _file(state: State, path: str) -> Layer:
    """The layer of a values file, rendered where it is a template; unread where it cannot be read."""
    contents, layer = state.contents, Layer("file", path)
    made = state.layer(path) if path.endswith(ENDING) and path in contents.files else None
    if made:
        return made
    reason = (
        f"{path} is a template of helmfile"
        if path.endswith(ENDING)
        else f"{path} is outside of this repository"
        if path.startswith(("/", "../"))
        else f"{path} is not there"
        if path not in contents.files
        else sealed(contents, layer)
    )
    return Layer("unread", path, writable=False, reason=reason) if reason else layer


def beside(helmfile: Helmfile, name: str) -> str:
    """The path of the repository that a helmfile names from its folder."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(helmfile.file), name))


def _is_gone(contents: Contents, path: str) -> bool:
    """Whether a file of the repository is not there; what a template names may be."""
    return TOKEN not in path and is_gone(contents, path)


def _secrets(
    contents: Contents, helmfile: Helmfile, entry: Mapping[str, Any], *, lenient: bool
) -> Iterator[Layer]:
    for name in map(str, sequence(entry.get("secrets"))):
        if not (lenient and _is_gone(contents, beside(helmfile, name))):
            reason = f"secrets: {shown(name)}"
            yield Layer("unread", helmfile.file, helmfile.document, writable=False, reason=reason)


def _set(helmfile: Helmfile, where: ValuesPath, entry: Mapping[str, Any], key: str) -> Iterator[Layer]:
    items = sequence(entry.get(key))
    if items:
        yield Layer("parameters", helmfile.file, helmfile.document, (*where, key), fill=helmfile.fill)
    for one in items:
        if text_at(one, "file"):
            at = path_or_root(text_at(one, "name"))
            reason = f"set: {text_at(one, 'name')} is what the file {text_at(one, 'file')} holds"
            yield Layer("unread", helmfile.file, helmfile.document, at=at, writable=False, reason=reason)


def _set_string(helmfile: Helmfile, where: ValuesPath, entry: Mapping[str, Any]) -> Iterator[Layer]:
    texts = maps(entry.get("setString"))
    if texts:
        path: ValuesPath = (*where, "setString")
        held = standing([{**one, "forceString": True} for one in texts], path, helmfile.document)
        reason = "setString is read, and not written"
        yield Layer(
            "parameters", helmfile.file, helmfile.document, path, writable=False, reason=reason, text=held
        )
