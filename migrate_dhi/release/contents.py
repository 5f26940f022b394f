"""A repository as the ways to deploy read it: charts, objects and texts, each looked for once and kept.

Most files of a repository deploy nothing. They are told apart by their text alone; only what names a kind that
matters is parsed, and of a HelmRelease only what stands around its values.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.record import record
from migrate_dhi.release.addresses import Addresses
from migrate_dhi.release.folders import ChartFolder, chart_folders
from migrate_dhi.release.streams import Part, data_of, mapping, parts, text_at

KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_READ = re.compile(r"\.ya?ml$")
# API group → the kinds of it that deploy charts, or say where one is from.
_GROUPS = {
    "helm.toolkit.fluxcd.io": {"HelmRelease"},
    "kustomize.toolkit.fluxcd.io": {"Kustomization"},
    "source.toolkit.fluxcd.io": {"HelmRepository", "HelmChart", "GitRepository", "OCIRepository", "Bucket"},
    "source.extensions.fluxcd.io": {"ArtifactGenerator"},
    "argoproj.io": {"Application", "ApplicationSet"},
}
_KINDS = frozenset().union(*_GROUPS.values())
_NAMES_ONE = re.compile(rb"\.fluxcd\.io/|\bargoproj\.io/")
_KIND = re.compile(r"^kind:[ \t]*[\"']?(\w+)", re.MULTILINE)
_GROUP = re.compile(r"^apiVersion:[ \t]*[\"']?([\w.]+)/", re.MULTILINE)
# `spec.values` with all that stands deeper: most of the text, and no part of what a release is.
_VALUES = re.compile(
    r"^(?P<key>  values:)[ \t]*(?:#[^\n]*)?\n(?:(?:   [^\n]*|[ \t]*(?:#[^\n]*)?)\n)*(?:   [^\n]*\Z)?",
    re.MULTILINE,
)


@record
class Resource:
    """An object of Kubernetes as it stands in a file.

    ``whole`` says that ``data`` holds all of it; of a HelmRelease ``spec.values`` may be left out.
    """

    file: str
    document: int
    line: int
    data: Mapping[str, Any]
    whole: bool = True

    @property
    def group(self) -> str:
        """The API group, like ``helm.toolkit.fluxcd.io``."""
        return str(self.data.get("apiVersion") or "").rpartition("/")[0]

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

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder that holds a file, directly or below; ``.`` is the root."""
        found = {"."}
        for path in self.files.paths:
            folder = posixpath.dirname(path)
            while folder and folder not in found:
                found.add(folder)
                folder = posixpath.dirname(folder)
        return frozenset(found)

    @cached_property
    def _yaml(self) -> Mapping[str, bytes]:
        return self.files.read_all(path for path in self.files.paths if _READ.search(path))

    @cached_property
    def charts(self) -> Mapping[str, ChartFolder]:
        """Every folder with a Chart.yaml, by its path."""
        return chart_folders(self.files)

    def chart_above(self, path: str) -> str | None:
        """The innermost chart folder that a file lies in."""
        folder = posixpath.dirname(path)
        while folder:
            if folder in self.charts:
                return folder
            folder = posixpath.dirname(folder)
        return "." if "." in self.charts else None

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
            path = name if folder == "." else f"{folder}/{name}"
            if path in self.files:
                return path
        return None

    @cached_property
    def kustomizations(self) -> tuple[str, ...]:
        """Every folder with a kustomization file."""
        return tuple(
            posixpath.dirname(path) or "."
            for path in self.files.paths
            if path.rpartition("/")[2] in KUSTOMIZATIONS and not self.inside_chart(path)
        )

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """Every object of the kinds that matter, as they stand; templates of charts are none."""
        found: list[Resource] = []
        for path, content in self._yaml.items():
            if _NAMES_ONE.search(content) and not self.inside_chart(path):
                found += self.resources_in(path)
        return tuple(found)

    def resources_in(self, path: str) -> tuple[Resource, ...]:
        """The objects of a file that matter."""
        if path not in self._read:
            text = self.text(path)
            self._read[path] = tuple(_resources(path, text)) if "kind:" in text else ()
        return self._read[path]

    def broken(self, *kinds: str) -> Iterator[tuple[str, int, str]]:
        """File, line and reason of each document that says it is of such a kind and is no YAML."""
        for path, content in self._yaml.items():
            if _NAMES_ONE.search(content) and not self.inside_chart(path):
                read = {one.line for one in self.resources_in(path)}
                for part in parts(self.text(path)):
                    found = _KIND.search(part.text)
                    group = _GROUP.search(part.text)
                    named = found and group and found[1] in kinds and found[1] in _GROUPS.get(group[1], ())
                    if named and part.line not in read and data_of(part.text) is None:
                        template = "{{" in part.text
                        yield (
                            path,
                            part.line,
                            "it is a template, and no YAML" if template else "it is no YAML",
                        )

    def matching(self, *patterns: re.Pattern[bytes]) -> list[str]:
        """The YAML files that match all of some patterns, templates of charts among them."""
        return [path for path, content in self._yaml.items() if all(one.search(content) for one in patterns)]

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
        kinds = re.compile(rb"^kind:[ \t]*[\"']?(?:ConfigMap|Secret)\b", re.MULTILINE)
        return tuple(
            path
            for path, content in self._yaml.items()
            if kinds.search(content) and not self.inside_chart(path)
        )

    def _config_maps_in(self, path: str) -> Iterator[Resource]:
        for index, part in enumerate(parts(self.text(path))):
            data = mapping(data_of(part.text))
            if data.get("kind") in {"ConfigMap", "Secret"}:
                yield Resource(path, index, part.line, data)

    def whole(self, resource: Resource) -> Mapping[str, Any]:
        """All of an object's data, its values included."""
        if resource.whole:
            return resource.data
        return mapping(data_of(parts(self.text(resource.file))[resource.document].text))


def _resources(path: str, text: str) -> Iterator[Resource]:
    for index, part in enumerate(parts(text)):
        kinds = {found[1] for found in _KIND.finditer(part.text)}
        if kinds & _KINDS:
            yield from _read(path, index, part)
        elif "List" in kinds:
            # The items of a List cannot be told by the first column.
            yield from _read(path, index, part)


def _read(path: str, index: int, part: Part) -> Iterator[Resource]:
    short = _VALUES.sub(r"\g<key> {}\n", part.text) if "HelmRelease" in part.text else part.text
    data = mapping(data_of(short))
    whole = short == part.text
    if not data and not whole:
        # What stands in the values may be needed around them (an anchor).
        data, whole = mapping(data_of(part.text)), True
    resource = Resource(path, index, part.line, data, whole)
    if resource.kind in _GROUPS.get(resource.group, ()):
        yield resource
