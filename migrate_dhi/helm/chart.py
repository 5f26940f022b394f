"""A chart directory as Helm sees it: its metadata, its declared dependencies, and the texts to edit.

The texts of Chart.yaml, values.yaml and the ``--values`` files are kept by path (relative to the
repository, always with ``/``), so that a step can edit them in memory and a trial can render the result.
"""

import os
import posixpath
import re
from collections.abc import Mapping
from dataclasses import field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from migrate_dhi.errors import InvalidChartError
from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.helm.reading import seen_values
from migrate_dhi.helm.versioned import Versioned
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.untyped import maps

_NUMBERED = regex(r"v?\d+(\.\d+)*([-+][\w.+-]+)?")
# Helm leaves room for what charts append (chartutil, ValidateReleaseName).
_LONGEST = 53
_TEMPLATES = regex(r"(?:charts/[^/]+/)*templates/")


@record
class Dependency:
    """One entry of ``dependencies:`` in Chart.yaml; its values live under ``key``."""

    name: str
    alias: str
    version: str
    repository: str
    condition: str = ""

    @property
    def key(self) -> str:
        """The top-level values key of this dependency."""
        return self.alias or self.name

    def to_json(self) -> dict[str, str]:
        """The dependency in the JSON contract."""
        return {
            "name": self.name,
            "alias": self.alias,
            "version": self.version,
            "repository": self.repository,
        }


@record
class GitChart:
    """Where a chart in another Git repository lies: its address, a revision (empty: its HEAD), and a folder."""

    url: str
    revision: str
    path: str

    @property
    def named(self) -> str:
        """For people."""
        return f"{self.path} of {self.url} at {self.revision or 'HEAD'}"


@record
class Chart:
    """A chart to migrate.

    Args:
        directory: where it lies.
        path: the same, relative to the repository root (``.`` is the root itself).
        texts: repository path → text of Chart.yaml, values.yaml (if it exists), the ``--values`` files, and of its own
            templates with containers, those of charts of its own below ``charts/`` included.
        editable: whether it lies in the repository; of a fetched chart nothing is edited.
        files: the state of the repository that is rendered; None where that is the directory as it lies.
        changed: repository paths whose file on disk is another one than in ``files``, or no part of it.
        values_replaced: whether other files take the place of values.yaml, which is not read then.
        edited: repository path → text of files that are laid out otherwise than ``files`` has them.
        dropped: repository paths that are not laid out: what was vendored for a dependency that is another one now.
        values_at: repository path of the file that values.yaml leads to, where it is a symbolic link.
        versioned: where the version of a chart from elsewhere stands, if that is known and may be edited.
        any_lock: whether a Chart.lock that was made for other dependencies counts all the same, as it does to Flux.
        pinned: what a range of versions was taken for where it was fetched, each a sentence.
    """

    directory: Path
    path: str
    texts: Mapping[str, str]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    editable: bool = True
    files: Snapshot | None = None
    changed: frozenset[str] = frozenset()
    values_replaced: bool = False
    edited: Mapping[str, str] = field(default_factory=dict)
    pinned: tuple[str, ...] = ()
    any_lock: bool = False
    versioned: Versioned | None = None
    dropped: frozenset[str] = frozenset()
    values_at: str = ""

    @classmethod
    def read(cls, directory: Path, path: str, texts: Mapping[str, str]) -> "Chart":
        """Read the metadata; raises InvalidChartError where Chart.yaml is not one that Helm takes."""
        chart_file = join(path, "Chart.yaml")
        metadata = seen_values(texts[chart_file], where=chart_file)
        for key in ("name", "version"):
            if metadata.get(key) in (None, ""):
                raise InvalidChartError(
                    f"`{key}` is missing", where=chart_file, help=f"add `{key}:` to Chart.yaml"
                )
        if not isinstance(metadata.get("dependencies") or [], list):
            raise InvalidChartError("`dependencies` is not a list", where=chart_file, help="mend Chart.yaml")
        return cls(directory, path, texts, metadata)

    @property
    def name(self) -> str:
        """The chart's name; Helm uses it as the first part of every template path."""
        return str(self.metadata["name"])

    @property
    def version(self) -> str:
        """The chart's version as text."""
        return str(self.metadata["version"])

    @property
    def app_version(self) -> str:
        """``appVersion`` as text, or empty."""
        return str(self.metadata.get("appVersion") or "")

    @property
    def chart_file(self) -> str:
        """Repository path of Chart.yaml."""
        return join(self.path, "Chart.yaml")

    @property
    def own_file(self) -> str:
        """Repository path of Chart.yaml where the chart is ours, else empty."""
        return self.chart_file if self.editable else ""

    @property
    def lock_file(self) -> str:
        """Repository path of Chart.lock, whether it exists or not."""
        return join(self.path, "Chart.lock")

    @property
    def values_file(self) -> str:
        """Repository path of values.yaml, whether it exists or not."""
        return self.values_at or join(self.path, "values.yaml")

    @property
    def templates(self) -> tuple[str, ...]:
        """Repository paths of its own templates, as far as they may be edited."""
        here = join(self.path, "")
        return tuple(
            file
            for file in self.texts
            if self.editable and file.startswith(here) and _TEMPLATES.match(file, len(here))
        )

    @cached_property
    def dependencies(self) -> tuple[Dependency, ...]:
        """The declared dependencies, in order."""
        return tuple(
            Dependency(
                str(entry.get("name") or ""),
                str(entry.get("alias") or ""),
                str(entry.get("version") or ""),
                str(entry.get("repository") or ""),
                str(entry.get("condition") or ""),
            )
            for entry in maps(self.metadata.get("dependencies"))
        )

    def as_declared(self, directory: Path) -> "Chart":
        """With what a directory that it is laid out in declares as dependencies in requirements.yaml, if it does."""
        file = directory / "requirements.yaml"
        if not file.is_file():
            return self
        text = file.read_text(encoding="utf-8", errors="replace")
        return replace(self, metadata=with_requirements(self.metadata, text, join(self.path, file.name)))

    def with_texts(self, texts: Mapping[str, str]) -> "Chart":
        """The chart as other texts of its files have it: without what is vendored for dependencies that these lack."""
        if self.versioned:
            other: Chart = self.versioned.at(self.versioned.read(texts))
            return replace(
                self,
                directory=other.directory,
                path=other.path,
                metadata=other.metadata,
                pinned=other.pinned,
                versioned=other.versioned,
                texts={file: texts.get(file, text) for file, text in self.texts.items()},
            )
        own = {*self.texts, self.chart_file, self.lock_file}
        new = {file: text for file, text in texts.items() if file in own and self.texts.get(file) != text}
        changed = Chart.read(self.directory, self.path, {**self.texts, **new})
        there = {(one.name, one.version) for one in changed.dependencies}
        kept = {one.name for one in self.dependencies if (one.name, one.version) in there}
        gone = {
            path
            for one in self.dependencies
            if (one.name, one.version) not in there
            for path in self.vendored(one.name)
            # What another dependency of that name has in another version stays.
            if one.name not in kept or path.endswith((f"-{one.version}.tgz", f"-v{one.version}.tgz"))
        }
        return replace(
            self,
            texts=changed.texts,
            metadata=changed.metadata,
            edited={**self.edited, **new},
            dropped=self.dropped.union(gone),
        )

    def vendored(self, name: str) -> tuple[str, ...]:
        """The repository paths of a dependency's archive below ``charts/``, or of all files of its folder there."""
        folder = join(self.path, "charts")
        own = re.compile(rf"{re.escape(folder)}/{re.escape(name)}(?:-v?\d[^/]*\.tgz$|/)")
        return tuple(path for path in (self.files.under(folder) if self.files else ()) if own.match(path))

    def beside(self, dependency: Dependency) -> str | None:
        """The repository folder of a ``file://`` dependency, whether there is a chart or not; None where it leads out.

        Like every path in ``files``: it is only told where the chart has them.
        """
        if self.files is None:
            return None
        place = dependency.repository.removeprefix("file://")
        if place.startswith("/"):
            place = os.path.relpath(place, self.files.root / self.path).replace(os.sep, "/")
        folder = posixpath.normpath(join(self.path, place))
        return None if folder == ".." or folder.startswith(("../", "/")) else folder

    def lay_out(self, folder: str, destination: Path) -> None:
        """Write a folder of the repository into a directory, in the state that is rendered; submodules as they lie."""
        if self.files is not None:
            same = {path for path in self.files.under(folder) if self.files.real(path) not in self.changed}
            # Nothing is to be written through a link to a folder.
            whole = not self.edited and not self.files.submodules(folder)
            self.files.lay_out(folder, destination, unchanged=same, whole=whole)
            start = below(folder)
            for path, text in self.edited.items():
                if path.startswith(start):
                    place = destination / path.removeprefix(start)
                    place.unlink(missing_ok=True)
                    place.write_text(text, encoding="utf-8", newline="")
            for path in self.dropped:
                if path.startswith(start):
                    remove(destination / path.removeprefix(start))
            for module in self.files.submodules(folder):
                place = destination / posixpath.relpath(module, folder)
                if (self.files.root / module).is_dir() and not place.exists():
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.symlink_to(self.files.root / module)


def remove(file: Path) -> None:
    """Take a file away, and the folders that are empty without it: a folder below ``charts/`` is a chart to Helm."""
    file.unlink(missing_ok=True)
    for folder in file.parents:
        try:
            folder.rmdir()
        except OSError:
            return


def with_requirements(metadata: Mapping[str, Any], text: str, where: str) -> Mapping[str, Any]:
    """What Chart.yaml says, with the dependencies of requirements.yaml: Helm takes them in place of its own.

    Charts of ``apiVersion: v1`` name theirs there (helm/pkg: chart/loader, LoadFiles).
    """
    declared = seen_values(text, where=where).get("dependencies")
    if not isinstance(declared or [], list):
        raise InvalidChartError("`dependencies` is not a list", where=where, help=f"mend {where}")
    return metadata if declared is None else {**metadata, "dependencies": declared}


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Merge user values as ``helm -f`` does: maps deeply, all else replaced, ``null`` kept as a deletion."""
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def release_name(path: str, name: str) -> str:
    """What a chart is called as a release where nothing says it: as its folder, as far as Helm takes that for a name.

    A folder that is named after a version, and the root of a repository, do not tell: there it is the chart's name.
    """
    folder = path.rpartition("/")[2]
    told = name if folder in ("", ".") or _NUMBERED.fullmatch(folder) else folder
    return re.sub(r"[^a-z0-9-]+", "-", told.lower())[:_LONGEST].strip("-") or "release"


def below(folder: str) -> str:
    """What the path of every file in a repository folder begins with: nothing for the root (``.``)."""
    return "" if folder in ("", ".") else f"{folder}/"


def join(folder: str, name: str) -> str:
    """A repository path below a repository folder (``.`` is the root)."""
    return below(folder) + name
