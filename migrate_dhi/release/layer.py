"""Layers: the places that a release's values are from, weakest first, each where it stands in Git.

The chart's own values.yaml is no layer of its release: the chart brings it along. Every layer counts as user
values: a ``null`` there deletes a default of the chart.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from functools import lru_cache
from textwrap import indent
from typing import Any, Literal

from migrate_dhi.edit import Edit, ValuesPath
from migrate_dhi.errors import InvalidChartError
from migrate_dhi.helm.chart import merge
from migrate_dhi.helm.engine import read_set, read_values
from migrate_dhi.helm.reading import seen_values
from migrate_dhi.kube.manifests import value_at
from migrate_dhi.record import record
from migrate_dhi.release.streams import data_of, parts
from migrate_dhi.untyped import mapping, maps, sequence

_QUOTES = "'\""
Form = Literal["file", "map", "text", "parameters", "unread"]


@record
class Layer:
    """One source of values.

    Args:
        form: ``file`` (the whole document is values), ``map`` (the map at ``path``: ``spec.values``,
            ``valuesObject``, a kustomize patch's), ``text`` (YAML in the scalar at ``path``), ``parameters``
            (a list of ``{name, value, forceString}`` at ``path``), ``unread`` (a Secret, a sealed or absent file).
        file: repository path.
        document: its index among the documents of the file.
        path: where in the document the values stand; a ``map`` that is not there yet reads as empty, and an
            edit creates it.
        at: where in the release's values they are put (``targetPath`` of Flux); the root for most.
        writable: whether an edit may land here.
        reason: why it is unread, or not writable, for people.
        fill: placeholder as it stands in the text (``${VAR}``, ``{{ .cluster }}``) → the text it becomes.
            Placeholders are filled in before the text is read, and stay in the file.
        text: what is read in place of the file's own text, where something renders the file first.
        inner: where in that text the values stand: an inline patch holds a whole object.
        removes: a ``null`` takes the key of the weaker layers away, so that the chart's default returns
            (a kustomize patch); elsewhere a ``null`` deletes the chart's default.
        sets: the value takes the place of what weaker layers hold at ``at``, and is not merged with it (an
            operation of a JSON patch); ``at`` may lead through lists.
        sources: the files that ``text`` is composed of besides ``file``: it does not follow where they change.
        alone: of ``file`` only what stands at ``path`` is part of ``text``, whatever the sources bring besides.
        through: the template of a chart and the name of the object (``FILE#NAME``) that hands on what stands here;
            the template is one of the ``sources``.
    """

    form: Form
    file: str
    document: int = 0
    path: ValuesPath = ()
    at: ValuesPath = ()
    writable: bool = True
    reason: str = ""
    fill: Mapping[str, str] = field(default_factory=dict, compare=False, hash=False)
    text: str = ""
    inner: ValuesPath = ()
    removes: bool = False
    sets: bool = False
    sources: tuple[str, ...] = ()
    alone: bool = False
    through: str = ""

    def values(self, texts: Mapping[str, str]) -> dict[str, Any]:
        """What this layer adds to the release's values.

        Args:
            texts: repository path → text of the editable files.

        Raises:
            InvalidChartError: the text is no YAML that Helm reads, or holds no map there.
        """
        if self.form == "unread":
            return {}
        data = _read(self, self.piece(texts))
        return lifted(data, self.at)

    def piece(self, texts: Mapping[str, str]) -> str:
        """The text that holds the values, a document or a whole file, with its placeholders filled.

        Filled here, since two layers of one text that differ in what fills it are equal otherwise; and cut before,
        since a line of placeholders counts as content where documents begin.
        """
        text = self.text or texts.get(self.file, "")
        if self.form == "file":
            return filled(text, self.fill)
        found = parts(text)
        if self.document >= len(found):
            raise InvalidChartError(
                "the document is not there any more", where=self.file, help="look at the file"
            )
        return filled(found[self.document].text, self.fill)

    def is_stale(self, before: Mapping[str, str], after: Mapping[str, str]) -> bool:
        """Whether what its text is composed of differs between two states: the text itself does not follow."""
        if self.through:
            return any(before.get(file) != after.get(file) for file in self.sources)
        if not self.text:
            return False
        differing = {file for file in (self.file, *self.sources) if before.get(file) != after.get(file)}
        if differing == {self.file} and (self.alone or not self.sources):
            old, new = (self._held(texts) for texts in (before, after))
            return old is None or old != new
        return bool(differing)

    def _held(self, texts: Mapping[str, str]) -> Any:
        """What stands in its own place in its file, or the text there that holds it deeper."""
        found = parts(texts.get(self.file, ""))
        data = data_of(filled(found[self.document].text, self.fill)) if self.document < len(found) else None
        above = (value_at(data, self.path[:end]) for end in range(1, len(self.path)))
        return next((one for one in above if isinstance(one, str)), value_at(data, self.path))

    def edit(
        self, path: ValuesPath, value: Any, texts: Mapping[str, str], *, delete: bool = False
    ) -> Edit | None:
        """The edit of this layer's file that sets a path of the release's values; None where none can.

        A parameter can be changed where it is listed, and none is ever added.
        """
        if not self.writable or self.form == "unread" or path[: len(self.at)] != self.at:
            return None
        inside = path[len(self.at) :]
        if self.form == "file":
            return Edit(self.file, inside, value, delete)
        if self.form == "map":
            return Edit(self.file, (*self.path, *inside), value, delete, self.document)
        if self.form == "text":
            return Edit(self.file, self.path, value, delete, self.document, (*self.inner, *inside))
        index = _parameter(self, texts, inside)
        if index is None or delete:
            return None
        return Edit(self.file, (*self.path, index, "value"), set_text(value), document=self.document)


def merged(layers: Iterable[Layer], texts: Mapping[str, str]) -> dict[str, Any]:
    """The user values of a release: its layers over one another as ``helm -f`` merges files."""
    values: dict[str, Any] = {}
    for layer in layers:
        over = layer.values(texts)
        if layer.form == "parameters":
            for path, value in _leaves(over):
                values = _laid(values, path, value)
        elif layer.form == "text" and any(isinstance(step, int) for step in layer.at) and not layer.sets:
            # As ``--set`` does: the other items of the list stay.
            values = _laid(values, layer.at, value_at(over, layer.at))
        elif layer.sets:
            values = _put(values, layer.at, value_at(over, layer.at))
        else:
            values = without_nulls(merge(values, over), over) if layer.removes else merge(values, over)
    return values


def _leaves(data: Any, path: ValuesPath = ()) -> Iterator[tuple[ValuesPath, Any]]:
    """What parameters set, one by one; an item of a list that none of them names stands as null and sets nothing."""
    if isinstance(data, dict) and data:
        for key, value in data.items():
            yield from _leaves(value, (*path, key))
    elif isinstance(data, list) and any(isinstance(item, dict | list) or item is None for item in data):
        for index, item in enumerate(data):
            if item is not None:
                yield from _leaves(item, (*path, index))
    else:
        yield path, data


def _laid(data: Any, path: ValuesPath, value: Any) -> Any:
    """The data with a value laid at a path as ``--set`` does: into the items of a list that is there."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        items = list(data) if isinstance(data, list) else []
        items += [None] * (step + 1 - len(items))
        items[step] = _laid(items[step], rest, value)
        return items
    kept = data if isinstance(data, dict) else {}
    return {**kept, step: _laid(kept.get(step), rest, value)}


def _put(data: Any, path: ValuesPath, value: Any) -> Any:
    """The data with another value at a path; a place in a list that is not there stays away."""
    if not path:
        return value
    step, *rest = path
    if isinstance(data, list):
        known = isinstance(step, int) and step < len(data)
        return [
            _put(item, tuple(rest), value) if known and at == step else item for at, item in enumerate(data)
        ]
    kept = data if isinstance(data, dict) else {}
    return {**kept, step: _put(kept.get(step), tuple(rest), value)}


def standing(value: Any, path: ValuesPath, document: int = 0) -> str:
    """A text that holds just this at a path of one of its documents: for ``Layer.text``."""
    for step in reversed(path):
        value = [*[None] * step, value] if isinstance(step, int) else {step: value}
    return "---\n" * (document + 1) + json.dumps(value, default=str, ensure_ascii=False)


def without_nulls(values: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """The values without the keys that ``over`` holds as ``null``."""
    kept = {}
    for key, value in values.items():
        if key in over and over[key] is None:
            continue
        inner = over.get(key)
        kept[key] = (
            without_nulls(value, inner) if isinstance(value, dict) and isinstance(inner, dict) else value
        )
    return kept


def lifted(value: Any, path: ValuesPath) -> dict[str, Any]:
    """Values that hold just this at a path; the root itself must be a map."""
    for step in reversed(path):
        value = {step: value}
    return mapping(value)


@lru_cache(maxsize=512)
def _read(layer: Layer, text: str) -> Any:
    """The data of a layer in its text with the placeholders filled, read once for each; callers do not change it."""
    if layer.form == "file":
        return seen_values(text, where=layer.file)
    found = value_at(_document(text, layer), layer.path)
    if layer.form == "text":
        found = _of_text(str(found or ""), layer)
    elif layer.form == "parameters":
        found = _of_parameters(found)
    if found is None:
        return None if layer.sets else {}
    if not isinstance(found, dict) and not layer.at:
        raise InvalidChartError(
            f"{'.'.join(map(str, layer.path))} holds no map", where=layer.file, help="mend it"
        )
    return found


def filled(text: str, fill: Mapping[str, str]) -> str:
    """A text with its placeholders filled in, the longer ones first; what is filled in is not looked at again."""
    return _filled(text, tuple(fill.items())) if fill else text


@lru_cache(maxsize=512)
def _filled(text: str, items: tuple[tuple[str, str], ...]) -> str:
    fill = dict(items)
    known = "|".join(map(re.escape, sorted(fill, key=len, reverse=True)))
    return re.sub(known, lambda found: fill[found[0]], text)


def _of_parameters(items: Any) -> dict[str, Any]:
    """What a list of parameters sets: as with ``--set``, those with ``forceString`` as with ``--set-string``."""
    values: dict[str, Any] = {}
    for force in (False, True):
        listed = [item for item in maps(items) if _forces(item) is force and not item.get("file")]
        expression = ",".join(f"{item.get('name')}={_set_to(item)}" for item in listed)
        values = merge(values, read_set(expression, as_text=force)) if expression else values
    return values


def _forces(item: Mapping[str, Any]) -> bool:
    """Whether a parameter is a text; Argo CD reads its write-back files without regard to case."""
    return any(value is True for key, value in item.items() if str(key).lower() == "forcestring")


def _set_to(item: Mapping[str, Any]) -> str:
    """What a parameter sets, as the text of ``--set``: its value, else its list (``values`` of a helmfile)."""
    if isinstance(item.get("values"), list):
        return f"{{{','.join(_escaped(value) for value in item['values'])}}}"
    value = item.get("value")
    # No value at all is an empty one.
    return "" if value is None else _escaped(value)


def _escaped(value: Any) -> str:
    """Argo CD hands a value's commas on as part of it."""
    text = set_text(value)
    # It leaves a list in braces as it is.
    return text if text.startswith("{") and text.endswith("}") else re.sub(r"(?<!\\),", r"\\,", text)


def set_text(value: Any) -> str:
    """A value as the text of a parameter."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


def _parameter(layer: Layer, texts: Mapping[str, str], path: ValuesPath) -> int | None:
    """The index of the parameter that sets a path; the last one counts."""
    items = value_at(seen_values(layer.piece(texts), where=layer.file), layer.path)
    found = None
    for index, item in enumerate(sequence(items)):
        single = isinstance(item, dict) and not item.keys() & {"values", "file"}
        name = str(item.get("name") or "") if single else ""
        if name and path and path_or_root(name) == path:
            found = index
    return found


def set_path(name: str) -> ValuesPath:
    """The path that ``--set NAME=…`` sets: dots, escaped dots, and ``[0]``; raises InvalidChartError."""
    # Without anything behind the sign Helm sets nothing in an item of a list.
    path = tuple(_only_path(read_set(f"{name}=x", as_text=True)))
    if not path:
        raise InvalidChartError(f"{name!r} is no path that --set takes", help="mend it")
    return path


def path_or_root(name: str) -> ValuesPath:
    """The same; the root, under which everything may lie, where Helm takes no such path."""
    try:
        return set_path(name)
    except InvalidChartError:
        return ()


def _only_path(data: Any) -> Iterator[str | int]:
    """The path to the one leaf of nested maps and lists."""
    while True:
        if isinstance(data, dict) and data:
            key, data = next(iter(data.items()))
            yield key
        elif isinstance(data, list) and data:
            yield len(data) - 1
            data = data[-1]
        else:
            return


def _of_text(text: str, layer: Layer) -> Any:
    """YAML text as values; below ``at`` one value, as ``--set`` reads it, and as ``--set-string`` what is in quotes.

    So does Flux with ``targetPath`` (fluxcd/pkg, chartutil: ReplacePathValue).
    """
    if layer.at and not layer.inner:
        value = text.strip()
        quoted = value[:1] in ("'", '"') and value[:1] == value[-1:]
        return read_set(f"value={_escaped(value.strip(_QUOTES) if quoted else value)}", as_text=quoted)[
            "value"
        ]
    return value_at(_document(text, layer), layer.inner)


def _document(text: str, layer: Layer) -> Any:
    """A document as Helm reads values; a list at its root (a JSON patch) too."""
    start = next(
        (line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")), ""
    )
    if start.startswith(("-", "[")) and not start.startswith("---"):
        return read_values("list:\n" + indent(text, " "), where=layer.file)["list"]
    return seen_values(text, where=layer.file)
