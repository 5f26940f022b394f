"""A chart directory as Helm sees it: its editable texts, its dependencies, and their templates.

The texts of Chart.yaml, values.yaml and the ``--values`` files are kept by path (relative to the
repository, always with ``/``), so that a step can edit them in memory and a trial can render the result.
"""

import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from migrate_dhi.errors import InvalidChartError
from migrate_dhi.helm.engine import read_values

ValuesPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Node:
    """One chart of the tree: the chart itself (empty prefix) or a vendored dependency.

    ``prefix`` is where its values live in the root chart's values; ``folder`` is the path by which Helm
    names its templates, like ``valkey/charts/valkey``; ``files`` holds Chart.yaml, values.yaml and the
    templates by their path inside the chart.
    """

    prefix: tuple[str, ...]
    folder: str
    metadata: Mapping[str, Any]
    files: Mapping[str, str]

    @property
    def templates(self) -> Iterator[tuple[str, str]]:
        """The template sources as (path by which Helm names it, text)."""
        for name, text in self.files.items():
            if name.startswith("templates/"):
                yield f"{self.folder}/{name}", text


@dataclass(frozen=True)
class Chart:
    """A chart to migrate.

    Args:
        directory: where it lies.
        path: the same, relative to the repository root (``.`` is the root itself).
        texts: repository path → text of Chart.yaml, values.yaml (if it exists) and the ``--values`` files.
        value_files: the ``--values`` files in the order given, as repository paths; the last one wins.
        rendered_from: the directory whose ``charts/`` holds the dependencies, once they are fetched.
    """

    directory: Path
    path: str
    texts: Mapping[str, str]
    value_files: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(
        cls, directory: Path, path: str, texts: Mapping[str, str], value_files: tuple[str, ...] = ()
    ) -> "Chart":
        """Read the metadata; raises InvalidChartError where Chart.yaml is not one that Helm takes."""
        chart_file = join(path, "Chart.yaml")
        metadata = read_values(texts[chart_file], where=chart_file)
        for key in ("name", "version"):
            if metadata.get(key) in (None, ""):
                raise InvalidChartError(
                    f"`{key}` is missing", where=chart_file, help=f"add `{key}:` to Chart.yaml"
                )
        if not isinstance(metadata.get("dependencies") or [], list):
            raise InvalidChartError("`dependencies` is not a list", where=chart_file, help="mend Chart.yaml")
        return cls(directory, path, texts, value_files, metadata)

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
    def values_file(self) -> str:
        """Repository path of values.yaml, whether it exists or not."""
        return join(self.path, "values.yaml")

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
            for entry in self.metadata.get("dependencies") or []
            if isinstance(entry, dict)
        )

    def user_values(self, texts: Mapping[str, str]) -> dict[str, Any]:
        """The ``--values`` files merged in order, as Helm merges them: maps deeply, the rest replaced."""
        merged: dict[str, Any] = {}
        for name in self.value_files:
            merged = merge(merged, read_values(texts[name], where=name))
        return merged


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Merge user values as ``helm -f`` does: maps deeply, all else replaced, ``null`` kept as a deletion."""
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def join(folder: str, name: str) -> str:
    """A repository path below a repository folder (``.`` is the root)."""
    return name if folder in ("", ".") else f"{folder}/{name}"


def read_nodes(directory: Path, name: str, metadata: Mapping[str, Any]) -> tuple[Node, ...]:
    """The chart and its vendored dependencies, nested ones too; archives are read without unpacking.

    A dependency that is named twice with different aliases gives two nodes. Disabled ones are included:
    what renders is not decided here.
    """
    return tuple(_walk(_DirectoryFiles(directory), (), name, metadata))


class _DirectoryFiles:
    """Text files of a chart in a directory."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self) -> dict[str, str]:
        files = {}
        for name in ("Chart.yaml", "values.yaml"):
            path = self.root / name
            if path.is_file():
                files[name] = path.read_text(encoding="utf-8", errors="replace")
        for path in sorted((self.root / "templates").rglob("*")):
            if path.is_file():
                files[path.relative_to(self.root).as_posix()] = path.read_text(
                    encoding="utf-8", errors="replace"
                )
        return files

    def children(self) -> "Iterator[_DirectoryFiles | _ArchiveFiles]":
        folder = self.root / "charts"
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.name.startswith((".", "_")):
                continue
            if path.is_dir() and (path / "Chart.yaml").is_file():
                yield _DirectoryFiles(path)
            elif path.name.endswith((".tgz", ".tar.gz")):
                yield _ArchiveFiles.open(path)


class _ArchiveFiles:
    """Text files of a packed chart: all members of the archive below one folder."""

    def __init__(self, members: Mapping[str, str], root: str) -> None:
        self.members = members
        self.root = root

    @classmethod
    def open(cls, path: Path) -> "_ArchiveFiles":
        members: dict[str, str] = {}
        try:
            with tarfile.open(path, "r:*") as archive:
                for member in archive:
                    name = PurePosixPath(member.name).as_posix()
                    wanted = name.endswith(("/Chart.yaml", "/values.yaml")) or "/templates/" in name
                    content = archive.extractfile(member) if member.isfile() and wanted else None
                    if content:
                        members[name] = content.read().decode("utf-8", "replace")
        except (tarfile.TarError, OSError, EOFError) as error:
            raise InvalidChartError(
                f"the archive cannot be read: {error}",
                where=path.name,
                help="run `helm dependency build` again",
            ) from error
        root = min((name.split("/", 1)[0] for name in members), default="")
        return cls(members, root)

    def read(self) -> dict[str, str]:
        inside = f"{self.root}/"
        found = {
            name.removeprefix(inside): text for name, text in self.members.items() if name.startswith(inside)
        }
        return {name: text for name, text in found.items() if not name.startswith("charts/")}

    def children(self) -> "Iterator[_ArchiveFiles]":
        inside = f"{self.root}/charts/"
        below = {n.removeprefix(inside).split("/", 1)[0] for n in self.members if n.startswith(inside)}
        for name in sorted(below):
            yield _ArchiveFiles(self.members, f"{inside}{name}")


def _walk(
    source: "_DirectoryFiles | _ArchiveFiles",
    prefix: tuple[str, ...],
    folder: str,
    metadata: Mapping[str, Any],
) -> Iterator[Node]:
    yield Node(prefix, folder, metadata, source.read())
    declared = [entry for entry in metadata.get("dependencies") or [] if isinstance(entry, dict)]
    for child in source.children():
        files = child.read()
        own = read_values(files.get("Chart.yaml", ""), where="Chart.yaml")
        name = str(own.get("name") or "")
        keys = [str(entry.get("alias") or name) for entry in declared if entry.get("name") == name] or [name]
        for key in keys:
            yield from _walk(child, (*prefix, key), f"{folder}/charts/{key}", own)
