"""What Argo CD fills in for ``{{ … }}`` of an ApplicationSet: its old notation, and Go templates."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.helm.chart import merge
from migrate_dhi.helm.engine import expand
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.release.layer import Layer
from migrate_dhi.untyped import scalar_text

# Braces that something else is to read are written as a text in braces: `{{ "{{" }} .Labels.x {{ "}}" }}`.
_LITERAL = r"""\{\{-?\s*(?:"(?:[^"\\]|\\.)*"|`[^`]*`)\s*-?\}\}"""
PLACEHOLDER = regex(_LITERAL + r"|\{\{.*?\}\}", re.DOTALL)
LITERAL = regex(_LITERAL.replace("-?", ""))
# A plain reference: `{{ .path.basename }}`, or `{{path.basename}}` in the old notation.
_GO = regex(r"\{\{-?\s*\.([A-Za-z_][\w.]*)\s*-?\}\}")
_OLD = regex(r"\{\{\s*([^{}]+?)\s*\}\}")
_REFERENCE = regex(r"(?<![\w)\]])\.([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)")
# A key that is no word: `index .metadata.annotations "example.com/size"`.
_INDEXED = regex(r'\bindex\s+\.([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)((?:\s+"[^"\\]*")+)')
# Of these one placeholder alone says nothing: what stands between two of them belongs to it.
_CONTROL = regex(r"\{\{-?\s*(?:if|else|end|range|with|define|block|template|break|continue|/\*|\$\w+\s*:?=)")


@record
class Parameters:
    """One set of parameters that a generator gives.

    Args:
        values: what is known, nested for Go templates and for the old notation alike.
        unknown: the kinds of generators that would give more, and cannot be asked here.
        revision: a branch or tag that a Git generator reads, where it is not the base.
        files: the files that a Git generator reads them from.
    """

    values: Mapping[str, Any]
    unknown: tuple[str, ...] = ()
    revision: str = ""
    files: tuple[str, ...] = ()

    def over(self, other: "Parameters") -> "Parameters":
        """These parameters with others laid over them, maps deeply."""
        unknown = tuple(dict.fromkeys((*self.unknown, *other.unknown)))
        files = tuple(dict.fromkeys((*self.files, *other.files)))
        return Parameters(merge(self.values, other.values), unknown, other.revision or self.revision, files)


class Templates:
    """Go templates over all sets of parameters of one ApplicationSet: a text is expanded for all at once."""

    def __init__(self, sets: Sequence[Parameters], *, go: bool) -> None:
        self.sets = sets
        self.go = go
        self._known: dict[tuple[str, str], list[str | None]] = {}

    def each(self) -> "Iterator[Template]":
        """One template for each set."""
        return (Template(one, go=self.go, others=self, at=at) for at, one in enumerate(self.sets))

    def expanded(self, text: str, at: int, stand_in: str) -> str | None:
        """What a text becomes with one of the sets; None where it fails."""
        key = (text, stand_in)
        if key not in self._known:
            data = [values_for(one, text, stand_in) for one in self.sets]
            try:
                self._known[key] = [row[0] for row in expand([text], data)]
            except MigrateDhiError:
                self._known[key] = [_expanded(text, one) for one in data]
        return self._known[key][at]


class Template:
    """Fills placeholders from one set of parameters.

    Args:
        parameters: the parameters.
        go: whether the texts are Go templates.
        others: all sets of the same ApplicationSet, and ``at`` the place of this one.
    """

    reason = ""
    """Why nothing is written to what it fills; empty where it may be."""

    def __init__(
        self, parameters: Parameters, *, go: bool, others: Templates | None = None, at: int = 0
    ) -> None:
        self.parameters = parameters
        self.go = go
        self._others = others or Templates([parameters], go=go)
        self._at = at

    @property
    def files(self) -> tuple[str, ...]:
        """The files that what it fills in is read from."""
        return self.parameters.files

    handed: Mapping[ValuesPath, tuple[Layer, ...]] = {}
    """The place of inline values → the layers that they are handed on from, for what a chart makes."""

    def handed_at(self, path: ValuesPath) -> tuple[Layer, ...]:
        """The layers that the inline values at a place are handed on from; none where they are not."""
        return self.handed.get(path, ())

    @property
    def whole(self) -> bool:
        """Whether a file is no YAML before all of its placeholders are filled."""
        return False

    def text(self, text: str) -> str | None:
        """The text with its placeholders filled; None where it is no template that can be evaluated here."""
        return self._with(text, "")

    def hides(self, text: str) -> bool:
        """Whether the text depends on parameters that are not known here."""
        if not self.parameters.unknown or "{{" not in text:
            return False
        return self._with(text, "one-") != self._with(text, "other-")

    def data(self, data: Any) -> Any:
        """Data with the placeholders of every key and text filled; what cannot be evaluated stays as it is."""
        if isinstance(data, dict):
            return {self.data(key): self.data(value) for key, value in data.items()}
        if isinstance(data, list):
            return [self.data(item) for item in data]
        if isinstance(data, str) and "{{" in data:
            filled = self.text(data)
            return data if filled is None else filled
        return data

    def fill(self, text: str) -> dict[str, str]:
        """Placeholder as it stands → what it becomes; a placeholder that cannot be told by itself becomes nothing."""
        found = {}
        for placeholder in dict.fromkeys(PLACEHOLDER.findall(text)):
            plain = placeholder.replace('\\"', '"')
            filled = None if _CONTROL.match(plain) else self.text(plain)
            found[placeholder] = "" if filled is None else filled
        return found

    def _with(self, text: str, stand_in: str) -> str | None:
        """The text filled; what is not known is a stand-in that begins so."""
        if "{{" not in text:
            return text
        if not self.go:
            return _OLD.sub(lambda found: self._old(found, stand_in), text)
        values = values_for(self.parameters, text, stand_in)
        filled = _GO.sub(lambda found: _shown(values, found[1].split("."), found[0]), text)
        return self._others.expanded(text, self._at, stand_in) if "{{" in filled else filled

    def _old(self, found: "re.Match[str]", stand_in: str) -> str:
        values = self.parameters.values
        name = found[1]
        if name in values and not isinstance(values[name], dict | list):
            return scalar_text(values[name])
        steps = re.split(r"\.|\[(\d+)\]", name)
        value = _shown(values, steps, found[0])
        if value == found[0]:
            # `path` is the path and holds its parts.
            value = _shown(values, [*steps, "path"], found[0])
        if value != found[0] or not self.parameters.unknown:
            # Argo CD leaves what it does not know as it is.
            return value
        return stand_in + _stand_in(name, self.parameters.unknown)


def values_for(parameters: Parameters, text: str, stand_in: str) -> Mapping[str, Any]:
    """The values for a Go template, with stand-ins for what it names and nothing here gives."""
    if not parameters.unknown:
        return parameters.values
    return _with_stand_ins(parameters.values, _references([text]), stand_in, parameters.unknown)


def _expanded(text: str, values: Mapping[str, Any]) -> str | None:
    try:
        return expand([text], [values])[0][0]
    except MigrateDhiError:
        return None


def _shown(values: Any, steps: Sequence[str | None], placeholder: str) -> str:
    """The value at a path as text; the placeholder itself where there is none."""
    for step in steps:
        if not step:
            continue
        if isinstance(values, Mapping) and step in values:
            values = values[step]
        elif isinstance(values, list) and step.isdigit() and int(step) < len(values):
            values = values[int(step)]
        else:
            return placeholder
    return placeholder if values is None or isinstance(values, dict | list | float) else scalar_text(values)


def _references(texts: Iterable[str]) -> list[list[str]]:
    """The paths that templates name, those into a map before the map itself."""
    placeholders = [one for text in texts for one in PLACEHOLDER.findall(text)]
    return [
        *(
            [*path.split("."), *re.findall(r'"([^"]*)"', keys)]
            for one in placeholders
            for path, keys in _INDEXED.findall(one)
        ),
        *(path.split(".") for one in placeholders for path in _REFERENCE.findall(one)),
    ]


def _with_stand_ins(
    values: Mapping[str, Any], paths: Iterable[list[str]], before: str, unknown: tuple[str, ...]
) -> dict[str, Any]:
    """The values with a stand-in at every path that they do not hold."""
    filled = dict(values)
    for path in paths:
        inner: Any = filled
        for at, step in enumerate(path):
            if not isinstance(inner, dict):
                break
            if at == len(path) - 1:
                inner.setdefault(step, before + _stand_in(".".join(path), unknown))
            else:
                below = inner.get(step, {})
                inner[step] = dict(below) if isinstance(below, dict) else below
                inner = inner[step]
    return filled


def _stand_in(name: str, unknown: tuple[str, ...]) -> str:
    """A word for a parameter; for the server of a cluster an address, which a schema may ask for."""
    if name == "server" and "clusters" in unknown:
        return "https://server"
    return re.sub(r"[^a-z0-9]+", "-", name.rpartition(".")[2].lower()).strip("-") or "unknown"


def is_control(text: str) -> bool:
    """Whether a text holds conditions or loops, so that no placeholder of it can be told by itself."""
    return any(_CONTROL.match(placeholder) for placeholder in PLACEHOLDER.findall(text))
