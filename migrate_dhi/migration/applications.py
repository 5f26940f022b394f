"""Argo CD applications of the repository that deploy a chart, and the values that they override."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.record import record
from migrate_dhi.steps.context import parsed
from migrate_dhi.yamledit import Document, format_path

_DOCUMENT = re.compile(r"^---(?=\s|$).*$", re.MULTILINE)
_TEMPLATE = re.compile(r"\{\{.*?\}\}")
_IMAGE_LIST = "image-updater.argoproj.io/image-list"
_NAME_PART = re.compile(r"((?:\\.|[^.\\\[\]])+)|\[(\d+)\]")


@record
class Override:
    """A value that something outside the values files sets."""

    path: ValuesPath
    value: Any
    line: int

    @property
    def text(self) -> str:
        """The path for people."""
        return format_path(self.path)

    @property
    def shown(self) -> str:
        """The value for people, in one line; of maps and lists only what they are."""
        if isinstance(self.value, dict | list):
            return "something else"
        return repr(str(self.value))


@record
class Application:
    """An Application (or ApplicationSet) that deploys the chart.

    ``value_files`` are the values files that it passes, as repository paths; ``image_lists`` the lines
    and texts of its image updater annotations.
    """

    name: str
    file: str
    overrides: tuple[Override, ...]
    value_files: tuple[str, ...]
    image_lists: tuple[tuple[int, str], ...]


def applications(text: str, file: str, chart: str) -> Iterator[Application]:
    """The applications in a file that deploy the chart at a repository path."""
    for document, offset in _documents(text, file):
        data = document.get(())
        if not isinstance(data, dict) or data.get("kind") not in {"Application", "ApplicationSet"}:
            continue
        many = data["kind"] == "ApplicationSet"
        base: ValuesPath = ("spec", "template", "spec") if many else ("spec",)
        lists = ("spec", "template", "metadata") if many else ("metadata",)
        overrides: list[Override] = []
        files: list[str] = []
        deploys = False
        for place in _sources(document.get(base, {}), base):
            source = document.get(place)
            if not _deploys(source, chart, data):
                continue
            deploys = True
            overrides += _overrides(document, (*place, "helm"), offset)
            files += _value_files(source.get("helm"), chart)
        if deploys:
            name = str(document.get(("metadata", "name"), ""))
            notes = tuple(_image_lists(document, lists, offset))
            yield Application(name, file, tuple(overrides), tuple(files), notes)


def helm_overrides(text: str, file: str) -> list[Override]:
    """The values that a file sets under ``helm:``, as Argo CD's own override files do."""
    found: list[Override] = []
    for document, offset in _documents(text, file):
        found += _overrides(document, ("helm",), offset)
    return found


def _documents(text: str, file: str) -> Iterator[tuple[Document, int]]:
    """The documents of a file with the number of lines before each; what is no YAML is left out."""
    starts = [0, *(match.end() for match in _DOCUMENT.finditer(text))]
    ends = [*(match.start() for match in _DOCUMENT.finditer(text)), len(text)]
    for start, end in zip(starts, ends, strict=True):
        try:
            yield parsed(text[start:end], file), text.count("\n", 0, start)
        except MigrateDhiError:
            continue


def _sources(spec: Any, base: ValuesPath) -> Iterator[ValuesPath]:
    if not isinstance(spec, dict):
        return
    if isinstance(spec.get("source"), dict):
        yield (*base, "source")
    several = spec.get("sources")
    for index, source in enumerate(several if isinstance(several, list) else ()):
        if isinstance(source, dict):
            yield (*base, "sources", index)


def _deploys(source: Mapping[str, Any], chart: str, data: Mapping[str, Any]) -> bool:
    path = str(source.get("path") or "").strip("/")
    if not path:
        return False
    if "{{" not in path:
        return posixpath.normpath(path) == posixpath.normpath(chart)
    fixed = _TEMPLATE.sub("", path).strip("/")
    if fixed:
        pattern = "[^/]+".join(re.escape(part) for part in _TEMPLATE.split(path))
        return bool(re.fullmatch(pattern, chart))
    return any(_globbed(chart, glob) for glob in _globs(data.get("spec")))


def _globs(data: Any) -> Iterator[str]:
    """The directory patterns of the Git generators, wherever they are nested."""
    if isinstance(data, dict):
        for entry in data["directories"] if isinstance(data.get("directories"), list) else ():
            if isinstance(entry, dict) and not entry.get("exclude"):
                yield str(entry.get("path") or "").strip("/")
        for value in data.values():
            yield from _globs(value)
    elif isinstance(data, list):
        for item in data:
            yield from _globs(item)


def _globbed(path: str, glob: str) -> bool:
    parts, patterns = path.split("/"), glob.split("/")
    if "**" in patterns:
        return fnmatchcase(path, glob)
    return len(parts) == len(patterns) and all(map(fnmatchcase, parts, patterns))


def _overrides(document: Document, place: ValuesPath, offset: int) -> Iterator[Override]:
    helm = document.get(place, {})
    if not isinstance(helm, dict):
        return
    listed = helm.get("parameters")
    for index, item in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(item, dict) and item.get("name"):
            line = document.line((*place, "parameters", index)) + offset
            yield Override(_set_path(str(item["name"])), item.get("value"), line)
    given = helm.get("valuesObject")
    if isinstance(given, dict):
        for path, value in _leaves(given):
            yield Override(path, value, document.line((*place, "valuesObject", *path)) + offset)
    text = helm.get("values")
    if isinstance(text, str):
        first = document.line((*place, "values")) + offset
        for inner, before in _documents(text, ""):
            data = inner.get(())
            for path, value in _leaves(data if isinstance(data, dict) else {}):
                # A block scalar begins on the line below its key.
                yield Override(path, value, first + before + inner.line(path))


def _set_path(name: str) -> ValuesPath:
    """The path of a parameter's name, as ``helm --set`` reads it: dots, escaped dots, and ``[0]``."""
    return tuple(
        int(index) if index else re.sub(r"\\(.)", r"\1", key) for key, index in _NAME_PART.findall(name)
    )


def _leaves(data: Mapping[str, Any], path: ValuesPath = ()) -> Iterator[tuple[ValuesPath, Any]]:
    for key, value in data.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), value


def _value_files(helm: Any, chart: str) -> Iterator[str]:
    """The values files that a source passes, as repository paths; remote ones and templates are left out."""
    files = helm.get("valueFiles") if isinstance(helm, dict) else None
    for entry in files if isinstance(files, list) else ():
        name = str(entry)
        if "{{" in name or "://" in name:
            continue
        if name.startswith("$"):
            # `$ref/path`: from the root of the repository that the other source names.
            path = name.partition("/")[2]
        elif name.startswith("/"):
            path = name.lstrip("/")
        else:
            path = posixpath.normpath(posixpath.join(chart, name))
        if path and not path.startswith(".."):
            yield path


def _image_lists(document: Document, metadata: ValuesPath, offset: int) -> Iterator[tuple[int, str]]:
    place = (*metadata, "annotations")
    annotations = document.get(place, {})
    for key, value in annotations.items() if isinstance(annotations, dict) else ():
        if str(key).endswith(_IMAGE_LIST):
            yield document.line((*place, key)) + offset, str(value)
