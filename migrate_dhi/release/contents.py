"""A repository as the ways to deploy read it: charts, objects and texts, each looked for once and kept.

Most files of a repository deploy nothing. They are told apart by their text alone; only what names a kind that
matters is parsed, and of a HelmRelease only what stands around its values.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.helm.chart import join
from migrate_dhi.kube.documents import api_group, fault
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.release.addresses import Addresses
from migrate_dhi.release.folders import ChartFolder, chart_folders, folders_above
from migrate_dhi.release.streams import Part, data_of, parts
from migrate_dhi.unprintable import unprintable
from migrate_dhi.untyped import mapping, text_at

RELEASES = "releases:"
"""What every helmfile holds that has any."""
SOURCES = "targetRevision:"
"""What is in values that a chart makes into Applications: where one is from."""
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
GROUPS: dict[str, frozenset[str]] = {
    "helm.toolkit.fluxcd.io": frozenset({"HelmRelease"}),
    "kustomize.toolkit.fluxcd.io": frozenset({"Kustomization"}),
    "source.toolkit.fluxcd.io": frozenset(
        {"HelmRepository", "HelmChart", "GitRepository", "OCIRepository", "Bucket"}
    ),
    "source.extensions.fluxcd.io": frozenset({"ArtifactGenerator"}),
    "argoproj.io": frozenset({"Application", "ApplicationSet"}),
    "helm.cattle.io": frozenset({"HelmChart", "HelmChartConfig"}),
}
"""API group → the kinds of it that deploy charts, or say where one is from."""
_KIND = regex(r"^kind:[ \t]*[\"']?(\w+)", re.MULTILINE)
_GROUP = regex(r"^apiVersion:[ \t]*[\"']?([\w.]+)/", re.MULTILINE)
_ITEM = regex(r"^(?:- |  ).*?kind:[ \t]*[\"']?(\w+)", re.MULTILINE)
# `spec.values` with all that stands deeper: most of the text, and no part of what a release is.
_VALUES = regex(
    r"^(?P<key>  values:)[ \t]*(?:#[^\n]*)?\n(?:(?:   [^\n]*|[ \t]*(?:#[^\n]*)?)\n)*(?:   [^\n]*\Z)?",
    re.MULTILINE,
)


# As much of an Application; that there are values decides what else is read.
_OBJECT = regex(
    r"^(?P<key>(?P<indent> +)valuesObject:)[ \t]*(?:#[^\n]*)?\n(?:(?:(?P=indent) [^\n]*|[ \t]*(?:#[^\n]*)?)\n)*"
    r"(?:(?P=indent) [^\n]*\Z)?",
    re.MULTILINE,
)
_PATTERN = regex(r"[*?\[]")
LEFT_OUT = "left out"
"""The key that stands for the values of an Application in the data of its Resource."""


@record
class Resource:
    """An object of Kubernetes as it stands in a file.

    ``data`` may be without the values; then ``text`` is the text of the document.
    """

    file: str
    document: int
    line: int
    data: Mapping[str, Any]
    text: str = ""

    @property
    def whole(self) -> Mapping[str, Any]:
        """All of its data, the values included."""
        return mapping(data_of(self.text)) if self.text else self.data

    @property
    def group(self) -> str:
        """The API group, like ``helm.toolkit.fluxcd.io``."""
        return api_group(self.data)

    @property
    def kind(self) -> str:
        """The kind, like ``HelmRelease``."""
        return str(self.data.get("kind") or "")

    @property
    def name(self) -> str:
        """``metadata.name``."""
        return text_at(self.data, "metadata", "name")

    @property
    def namespace(self) -> str:
        """``metadata.namespace``, or empty."""
        return text_at(self.data, "metadata", "namespace")


class Contents:
    """The files of a repository at one state, and what is known of it.

    Args:
        files: the files.
        addresses: by which addresses and branches this repository is known.
    """

    def __init__(self, files: Snapshot, addresses: Addresses | None = None) -> None:
        self.files = files
        self.addresses = addresses or Addresses()
        self._texts: dict[str, str] = {}
        self._data: dict[str, dict[str, Any]] = {}
        self._read: dict[str, tuple[Resource, ...]] = {}
        self._found: dict[frozenset[str], tuple[str, ...]] = {}

    def text(self, path: str) -> str:
        """The text of a file; empty where there is none, or where it is no text."""
        if path not in self._texts:
            self._texts[path] = self.files.text(path) or ""
        return self._texts[path]

    def data(self, path: str) -> dict[str, Any]:
        """The map that a file's first document holds; empty where it holds none."""
        if path not in self._data:
            self._data[path] = mapping(data_of(parts(self.text(path))[0].text))
        return self._data[path]

    def beside(self, file: str, name: str) -> str | None:
        """The file that is named from the folder of another, where there is one."""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(file), name))
        return path if path in self.files else None

    def matching(self, pattern: str) -> list[str]:
        """The file of a path, or those that a pattern names: folder by folder, ``**`` for any number of them."""
        if pattern in self.files:
            return [pattern]
        return [one for one in self.files.paths if _fits(one, pattern)] if _PATTERN.search(pattern) else []

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder that holds a file, directly or below; ``.`` is the root."""
        found: set[str] = set()
        for path in self.files.paths:
            for folder in folders_above(path):
                if folder in found:
                    break
                found.add(folder)
        return frozenset(found | {"."})

    @cached_property
    def charts(self) -> Mapping[str, ChartFolder]:
        """Every folder with a Chart.yaml, by its path."""
        return chart_folders(self.files)

    def chart_above(self, path: str) -> str | None:
        """The innermost chart folder that a file lies in."""
        return next((folder for folder in folders_above(path) if folder in self.charts), None)

    def inside_chart(self, path: str) -> bool:
        """Whether Helm reads a file as part of a chart: a template, or one of a vendored dependency."""
        chart = self.chart_above(path)
        if chart is None:
            return False
        inner = path if chart == "." else path[len(chart) + 1 :]
        return inner.startswith(("templates/", "charts/", "crds/"))

    def kustomization(self, folder: str) -> str | None:
        """The kustomization file of a folder."""
        for name in KUSTOMIZATIONS:
            path = join(folder, name)
            if path in self.files:
                return path
        return None

    @cached_property
    def kustomizations(self) -> tuple[str, ...]:
        """Every folder with a kustomization file."""
        found = [path for path in self.files.paths if path.endswith(KUSTOMIZATIONS)]
        self.files.read_all(found)
        return tuple(
            folder or "."
            for folder, _, name in (path.rpartition("/") for path in found)
            if name in KUSTOMIZATIONS and not self.inside_chart(f"{folder}/{name}")
        )

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """Every object of the kinds that matter, as they stand; templates of charts are none."""
        return tuple(one for path in self._naming for one in self.resources_in(path))

    @cached_property
    def _naming(self) -> tuple[str, ...]:
        """The files outside of charts that name an API group which matters."""
        # Few texts are looked for in every file: groups of one owner share one.
        owners = sorted({".".join(group.split(".")[-2:]) for group in GROUPS})
        found = self.holding(*(f"{owner}/" for owner in owners), RELEASES, SOURCES)
        self.files.read_all(found)
        return tuple(path for path in found if not self.inside_chart(path))

    def holding(self, *words: str) -> tuple[str, ...]:
        """The YAML files that hold one of these texts, templates of charts among them."""
        for earlier, found in self._found.items():
            if earlier >= set(words):
                return tuple(path for path in found if any(word in self.text(path) for word in words))
        found = tuple(path for path in self.files.mentioning(*words) if path.endswith((".yaml", ".yml")))
        self._found[frozenset(words)] = found
        return found

    def resources_in(self, path: str) -> tuple[Resource, ...]:
        """The objects of a file that matter."""
        if path not in self._read:
            text = self.text(path)
            self._read[path] = tuple(_resources(path, text)) if "kind:" in text else ()
        return self._read[path]

    def broken(self, *kinds: str) -> Iterator[tuple[str, int, str]]:
        """File, line and reason of each document that says it is of such a kind and is not read."""
        for path in self._naming:
            odd = self._no_text(path)
            if odd:
                # As much of it as can be read tells what it is.
                text = (self.files.read(path) or b"").decode("utf-8", "replace")
                if any(found[1] in kinds for found in _KIND.finditer(text)):
                    yield path, *odd
                continue
            read = {one.line for one in self.resources_in(path)}
            for part in parts(self.text(path)):
                found = _KIND.search(part.text)
                group = _GROUP.search(part.text)
                named = found and group and found[1] in kinds and found[1] in GROUPS.get(group[1], ())
                if named and part.line not in read and data_of(part.text) is None:
                    template = "{{" in part.text
                    yield path, part.line, "it is a template, and no YAML" if template else _fault(part)
                elif (
                    found and found[1] == "List" and any(one[1] in kinds for one in _ITEM.finditer(part.text))
                ):
                    yield path, part.line, "it is an item of a List, which is not read"

    def broken_kustomizations(self) -> Iterator[tuple[str, int, str]]:
        """File, line and reason of each kustomization that is not read: what it builds is taken as it stands."""
        for folder in self.kustomizations:
            file = str(self.kustomization(folder))
            odd = self._no_text(file)
            part = parts(self.text(file))[0]
            if odd:
                yield file, *odd
            elif not self.data(file) and fault(part.text):
                yield file, part.line, _fault(part)

    def _no_text(self, path: str) -> tuple[int, str] | None:
        """The 1-based line and the reason why a file that can be read is no text; None where it is one."""
        content = self.files.read(path)
        if content is None or self.text(path) or self.files.pointer(path):
            return None
        try:
            return unprintable(content.decode("utf-8"))
        except UnicodeDecodeError as error:
            return content.count(b"\n", 0, error.start) + 1, "it is not UTF-8 text"

    def config_maps(self, name: str) -> tuple[Resource, ...]:
        """The ConfigMaps of a name, and the Secrets: of those only that they are there."""
        return tuple(
            one
            for path in self._with_config_maps
            if name in self.text(path)
            for one in self._config_maps_in(path)
            if one.name == name
        )

    @cached_property
    def _with_config_maps(self) -> tuple[str, ...]:
        kinds = re.compile(r"^kind:[ \t]*[\"']?(?:ConfigMap|Secret)\b", re.MULTILINE)
        found = self.holding("ConfigMap", "Secret")
        return tuple(path for path in found if kinds.search(self.text(path)) and not self.inside_chart(path))

    def _config_maps_in(self, path: str) -> Iterator[Resource]:
        for index, part in enumerate(parts(self.text(path))):
            data = mapping(data_of(part.text))
            if text_at(data, "kind") in {"ConfigMap", "Secret"}:
                yield Resource(path, index, part.line, data)


def _fits(path: str, pattern: str) -> bool:
    names, patterns = path.split("/"), pattern.split("/")
    if "**" in patterns:
        return fnmatchcase(path, pattern) or fnmatchcase(path, pattern.replace("**/", ""))
    return len(names) == len(patterns) and all(map(fnmatchcase, names, patterns))


def _fault(part: Part) -> str:
    line, reason = fault(part.text) or (0, "")
    first = 1 + next((n for n, one in enumerate(part.text.split("\n")) if one.strip()), 0)
    return f"it is no YAML (line {part.line + line - first}: {reason})" if line else "it is no YAML"


def _resources(path: str, text: str) -> Iterator[Resource]:
    for index, part in enumerate(parts(text)):
        kinds = {found[1] for found in _KIND.finditer(part.text)}
        if any(kinds & known for known in GROUPS.values()):
            yield from _read(path, index, part)


def _read(path: str, index: int, part: Part) -> Iterator[Resource]:
    short = part.text
    if "HelmRelease" in short:
        short = _VALUES.sub(r"\g<key> {}\n", short)
    elif "valuesObject:" in short and "{{" not in short:
        short = _OBJECT.sub(rf"\g<key> {{{LEFT_OUT}: true}}\n", short)
    data = mapping(data_of(short))
    if not data and short != part.text:
        # What stands in the values may be needed around them (an anchor).
        short = part.text
        data = mapping(data_of(short))
    resource = Resource(path, index, part.line, data, part.text if short != part.text else "")
    if resource.kind in GROUPS.get(resource.group, ()):
        yield resource
