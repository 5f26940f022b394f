"""Values that an app-of-apps chart hands on whole: maps of its own values that come out in the Applications it makes.

``values: |`` over ``{{ toYaml .values | nindent 8 }}``, whatever the chart calls them. A map that equals what came out
is marked, the chart is rendered once more, and where the mark comes out in one Application is that one's place. So are
files of the chart that its templates read (``.Files.Get``), alone or one laid over another.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.grouping import grouped
from migrate_dhi.helm.chart import merge
from migrate_dhi.helm.renderer import Renderer
from migrate_dhi.kube.manifests import Object, value_at
from migrate_dhi.regex import regex
from migrate_dhi.release.layer import Form, Layer, merged
from migrate_dhi.release.streams import data_of
from migrate_dhi.trace.marking import lay
from migrate_dhi.untyped import mapping, sequence, walk

_MARK = "zq{}qz"
# A mark that files have in common: which of them comes out is the stronger one.
_OVER = "zqqz"
# How many files are told apart as layers of one another.
_MOST_FILES = 2
# The first key of a map in lines.
_FIRST = regex(r"""^["']?([^\s#"'{\[-][^:\n"']*)["']?:(?=\s)""", re.MULTILINE)
Handed = Mapping[ValuesPath, tuple[Layer, ...]]
"""The place of inline values in an object → the layers of the app-of-apps chart that hold them, weakest first."""


def handed_on(
    renderer: Renderer, texts: Mapping[str, str], objects: Sequence[Object], layers: Sequence[Layer]
) -> dict[tuple[str, str], Handed]:
    """By namespace and name of each Application: where the values stand that it is given.

    Args:
        renderer: what renders the chart.
        texts: its texts, and those of the layers.
        objects: what it made.
        layers: what its values are composed of, weakest first, its own values.yaml as the first.
    """
    try:
        values = merged(layers, texts)
        paths = grouped((_shown(held), path) for path, held in _maps(values))
        wanted = {
            path: None for one in objects for _, given in _given(one) for path in paths.get(_shown(given), ())
        }
        marks = {_MARK.format(number): path for number, path in enumerate(wanted)}
        if not marks:
            return {}
        over = lay(dict(_marked(path, mark, value_at(values, path)) for mark, path in marks.items()), values)
        marked = renderer.render(texts, merge(values, over)).objects
    except MigrateDhiError:
        return {}

    def holder(given: Mapping[str, Any]) -> tuple[Layer, ...]:
        come = [path for mark, path in marks.items() if mark in given]
        layer = _holder(layers, texts, come[0], value_at(values, come[0])) if len(come) == 1 else None
        return (layer,) if layer else ()

    return _by_application(marked, holder)


def files_handed_on(
    renderer: Renderer,
    texts: Mapping[str, str],
    values: Mapping[str, Any],
    objects: Sequence[Object],
    files: Mapping[str, str],
) -> dict[tuple[str, str], Handed]:
    """By namespace and name of each Application: the files of the chart that it is given as values.

    Args:
        renderer: what renders the chart.
        texts: the texts that it was rendered with.
        values: the values that it was rendered with.
        objects: what it made.
        files: the files of the chart that its templates may read, by their paths.
    """
    keys = {key for one in objects for _, given in _given(one) for key in given}
    # Most files are none of these, and long: their first key tells that before they are read.
    likely = {file: text for file, text in files.items() if (key := _FIRST.search(text)) and key[1] in keys}
    read = {file: mapping(data_of(text)) for file, text in likely.items()}
    named = [file for file, data in read.items() if data and data.keys() <= keys]
    marks = {file: _MARK.format(number) for number, file in enumerate(named)}
    marked = {
        file: f"{files[file].rstrip()}\n{mark}: {mark}\n{_OVER}: {mark}\n" for file, mark in marks.items()
    }
    # What is no block of lines at its root takes none more.
    held = {
        f: text
        for f, text in marked.items()
        if data_of(text) == {**read[f], marks[f]: marks[f], _OVER: marks[f]}
    }
    if not held:
        return {}
    try:
        after = renderer.render({**texts, **held}, values).objects
    except MigrateDhiError:
        return {}

    def holders(given: Mapping[str, Any]) -> tuple[Layer, ...]:
        come = [file for file in held if given.get(marks[file]) == marks[file]]
        come.sort(key=lambda file: marks[file] == given.get(_OVER))
        return tuple(Layer("file", file) for file in come) if len(come) <= _MOST_FILES else ()

    return _by_application(after, holders)


def _by_application(
    objects: Sequence[Object], holders: Callable[[Mapping[str, Any]], tuple[Layer, ...]]
) -> dict[tuple[str, str], Handed]:
    """By namespace and name of each Application: what holds its values, by the place where they are given."""
    found: dict[tuple[str, str], Handed] = {}
    for one in objects:
        places = {place: layers for place, given in _given(one) if (layers := holders(given))}
        if places:
            found[one.identity.namespace, one.identity.name] = places
    return found


def _marked(path: ValuesPath, mark: str, held: Any) -> tuple[ValuesPath, str]:
    """What to set for a mark in a map, or in a text that is one."""
    return (path, f"{held.rstrip()}\n{mark}: {mark}\n") if isinstance(held, str) else ((*path, mark), mark)


def _maps(data: Any) -> Iterator[tuple[ValuesPath, dict[str, Any]]]:
    """Every map below the top that holds something, and every text that reads as one."""
    for path, value in walk(data):
        if isinstance(value, str) and "\n" in value and isinstance(read := data_of(value), dict):
            yield path, read
        elif isinstance(value, dict) and value:
            yield path, value


def _given(one: Object) -> Iterator[tuple[ValuesPath, Mapping[str, Any]]]:
    """The inline values of an Application, each by its place."""
    if one.kind != "Application":
        return
    spec = mapping(one.data.get("spec"))
    paths: list[ValuesPath] = [("spec", "source")]
    paths += [("spec", "sources", index) for index, _ in enumerate(sequence(spec.get("sources")))]
    for path in paths:
        for key in ("valuesObject", "values"):
            given = value_at(one.data, (*path, "helm", key))
            data = data_of(given) if isinstance(given, str) else given
            if isinstance(data, dict) and data:
                yield (*path, "helm", key), data


def _shown(data: Any) -> str:
    return json.dumps(data, sort_keys=True, default=str)


def _holder(layers: Sequence[Layer], texts: Mapping[str, str], path: ValuesPath, whole: Any) -> Layer | None:
    """The strongest layer that holds something there, as a layer of its own, if it holds all that came out."""
    for layer in reversed(layers):
        held = value_at(layer.values(texts), path)
        if held is None:
            continue
        plain = (
            layer.form in ("file", "map") and layer.writable and not (layer.at or layer.text or layer.fill)
        )
        if plain and held == whole:
            form: Form = "text" if isinstance(held, str) else "map"
            return Layer(form, layer.file, layer.document, (*layer.path, *path))
        return None
    return None
