"""Values files that helmfile renders (``values.yaml.gotmpl``), rendered as it does, where that is known from here.

Helmfile fills them with the values of the environment, by Go templates. What Helm's engine does not know (the
shell), and what only the caller knows (secrets, other fields than a release's own), is not guessed. For a variable
of the process a word stands in where it is written down, and nothing is known of a file that decides by one.
"""

import posixpath
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.helm.chart import merge
from migrate_dhi.helm.engine import EmbeddedEngine, RenderOptions, read_values
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.release.contents import Contents
from migrate_dhi.release.filling import Filling
from migrate_dhi.release.layer import Layer, filled, standing
from migrate_dhi.scratch import folder
from migrate_dhi.untyped import mapping, sequence

ENDING = ".gotmpl"
LENIENT = ("Warn", "Info", "Debug")
"""What ``missingFileHandler`` says where a file that is not there is passed over."""
_NOT_HERE = regex(r"^(?:/|\.\./)|[*?[]|:")
_ACTION = regex(r"\{\{.*?\}\}", 16)
_ENVIRONMENT = regex(r"\.Environment\.Name\b")
_STATE = regex(r"\.(?:StateValues|Environment\.Values)\b")
# A field of the root, as far as it can be told from one of something else.
_FIELD = regex(r"(?<![\w)\]\"`.])\$?\.([A-Z]\w*(?:\.[A-Z]\w*)?)")
_FIELDS = ("Values", "Release.Name", "Release.Namespace")
# What --namespace gives, which nobody is assumed to pass.
_NAMESPACE = regex(r"(?<![\w)\]\"`.])\.Namespace\b")
_VALUES = regex(r"\.(?:State)?Values\b")
_VARIABLE = regex(r"\b(?:requiredEnv|env)\s+(?:\"[^\"]*\"|`[^`]*`)")
_DEFAULT = regex(r"\b(?:default|coalesce)\b")
_CONTROL = regex(r"\{\{-?\s*(?:if|else|with|range|define|block|\$)")
_STAND_IN = "zq-variable-qz"


def is_gone(contents: Contents, path: str) -> bool:
    """Whether a path names one file of the repository that is not there: no pattern, and nothing from elsewhere."""
    return not _NOT_HERE.search(path) and path not in contents.files


@record
class State:
    """What helmfile fills a template with for one release.

    ``chosen`` is the environment. ``entries`` are what gives values, weakest first: the folder of a document, and an
    entry with ``values``, its own or that of the environment. ``known`` is False where others may lie over them.
    """

    contents: Contents
    chosen: str
    name: str
    namespace: str
    entries: tuple[tuple[str, Any], ...]
    known: bool = True

    def layer(self, path: str) -> Layer | None:
        """The layer of a values file that is a template; None where it is not known what becomes of it."""
        text = self.contents.text(path)
        made = self._filled(text)
        if made is None:
            return None
        data = _data(made)
        if data is None:
            return None
        filling = Filling(text)
        filling.learn(_data(filling.masked(text)), data)
        if _data(filled(text, filling.fill)) == data:
            return Layer("map", path, fill=filling.fill)
        reason = f"{path} is a template of helmfile: it is rendered, and not written"
        return Layer("map", path, writable=False, reason=reason, text=standing(data, ()))

    def word(self, template: str) -> str | None:
        """What a template (``.Values.version | quote``) becomes; None where that is not known, or no value gives it."""
        made = None if _VARIABLE.search(template) else self._filled(f"{{{{ {template} }}}}")
        return None if made is None or (not made and _VALUES.search(template)) else made

    def stands_in(self, path: str) -> bool:
        """Whether a word stands in a values file for what the environment of helmfile's process gives."""
        return any(
            _VARIABLE.search(one) and not _DEFAULT.search(one)
            for one in _ACTION.findall(self.contents.text(path))
        )

    def _filled(self, text: str) -> str | None:
        values = self._values if _VALUES.search(text) else {}
        return None if values is None else self._rendered(text, values)

    @cached_property
    def _values(self) -> dict[str, Any] | None:
        """The values of the environment; None where they are not all known."""
        if not self.known:
            return None
        values: dict[str, Any] = {}
        for base, entry in self.entries:
            for one in self._pieces(base, entry):
                data = one if isinstance(one, dict) or one is None else self._read(one, values)
                if data is None:
                    return None
                values = merge(values, data)
        return values

    def _pieces(self, base: str, entry: Any) -> Iterator[Any]:
        """Maps, and paths of files; None for what is unknown, and nothing for a file that may be missing and is."""
        if mapping(entry).get("secrets"):
            yield None
        lenient = mapping(entry).get("missingFileHandler") in LENIENT
        for one in sequence(mapping(entry).get("values")):
            if isinstance(one, dict):
                yield one
                continue
            path = posixpath.normpath(posixpath.join(base, str(one)))
            if not (lenient and is_gone(self.contents, path)):
                yield path if path in self.contents.files else None

    def _read(self, path: str, values: Mapping[str, Any]) -> dict[str, Any] | None:
        text = self.contents.text(path)
        return _data(self._rendered(text, values) if path.endswith(ENDING) else text)

    def _rendered(self, text: str, values: Mapping[str, Any]) -> str | None:
        told = repr(values)
        return _rendered(text, told, self.chosen, self.name, self.namespace, _Values(values))


class _Values:
    """Values that a cache does not look at: it knows them by what is told of them."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Values)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=256)
def _rendered(text: str, _told: str, chosen: str, name: str, namespace: str, values: _Values) -> str | None:
    """What a template becomes; None where Helm's engine does not know all that it asks for."""
    actions = _ACTION.findall(text)
    if any(_VARIABLE.search(one) and _CONTROL.match(one) for one in actions):
        return None
    text = _ACTION.sub(lambda found: _known(found[0], chosen), text)
    fields = {field for action in _ACTION.findall(text) for field in _FIELD.findall(action)}
    if any(not (field in _FIELDS or field.partition(".")[0] == "Values") for field in fields):
        return None
    with folder() as scratch:
        place = Path(scratch) / "values"
        (place / "templates").mkdir(parents=True)
        (place / "Chart.yaml").write_text("apiVersion: v2\nname: values\nversion: 0.1.0\n", "utf-8")
        (place / "templates" / "values.yaml").write_text(text, "utf-8")
        try:
            made = EmbeddedEngine().render(
                place, values.values, RenderOptions(name or "none", namespace or "default")
            )
        except MigrateDhiError:
            return None
    return next(iter(made.files.values()), "")


def _known(action: str, chosen: str) -> str:
    """An action with what helmfile knows and Helm does not written into it."""
    word = '""' if _DEFAULT.search(action) else f'"{_STAND_IN}"'
    action = _NAMESPACE.sub('""', _VARIABLE.sub(word, action))
    return _STATE.sub(".Values", _ENVIRONMENT.sub(f'"{chosen}"', action))


def _data(text: str | None) -> dict[str, Any] | None:
    try:
        return None if text is None else dict(read_values(text))
    except MigrateDhiError:
        return None
