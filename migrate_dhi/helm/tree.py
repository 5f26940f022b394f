"""The chart and its vendored dependencies as a tree: their metadata, defaults and template sources.

Helm's engine shows what renders; this shows what could: defaults of dependencies that are switched off,
values that templates read, and the lines where something is fixed. Templates are read when first asked for.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol

from migrate_dhi.errors import InvalidChartError, LimitError
from migrate_dhi.helm.chart import with_requirements
from migrate_dhi.helm.reading import seen_values
from migrate_dhi.helm.shelf import fits
from migrate_dhi.kube.manifests import value_at
from migrate_dhi.record import record
from migrate_dhi.untyped import maps, sequence

# The templates and values of the largest real charts take a tenth of it.
_MOST_UNPACKED = 64 * 1024 * 1024
# What is read of an archive, besides templates.
_READ = ("/Chart.yaml", "/requirements.yaml", "values.yaml")
# What begins so below charts/ is nothing to Helm.
_HIDDEN = (".", "_")


class _Files(Protocol):
    """The text files of one chart, in a directory or in an archive."""

    def read(self, name: str) -> str:
        """A file by its path inside the chart; empty where there is none."""
        ...

    def under(self, folder: str) -> dict[str, str]:
        """Every file under a folder (``templates``, ``ci``) by its path inside the chart."""
        ...

    def children(self) -> "Iterator[_Files]":
        """The charts under ``charts/``."""
        ...


@record
class ChartNode:
    """One chart of the tree: the chart itself (empty prefix) or a vendored dependency.

    ``prefix`` is where its values live in the root chart's values; ``folder`` is the path by which Helm
    names its templates, like ``valkey/charts/valkey``; ``condition`` are the root values paths that switch
    it on or off, ``tags`` those of its entry in Chart.yaml. ``heeded`` tells whether Helm looks at what it declares:
    aliases and conditions below a chart without ``dependencies`` are nothing to it (processDependencyEnabled).
    """

    prefix: tuple[str, ...]
    folder: str
    metadata: Mapping[str, Any]
    source: _Files
    condition: tuple[tuple[str, ...], ...] = ()
    tags: tuple[str, ...] = ()
    heeded: bool = True

    @property
    def declared(self) -> Sequence[Mapping[str, Any]]:
        """The entries under ``dependencies`` of its Chart.yaml."""
        return maps(self.metadata.get("dependencies"))

    def key_of(self, entry: Mapping[str, Any]) -> str:
        """Under which key the values of a dependency stand that it declares."""
        return str((entry.get("alias") if self.heeded else "") or entry.get("name") or "")

    @cached_property
    def templates(self) -> tuple[tuple[str, str], ...]:
        """The template sources as (path by which Helm names it, text)."""
        return tuple((f"{self.folder}/{name}", text) for name, text in self.source.under("templates").items())

    @cached_property
    def examples(self) -> Mapping[str, str]:
        """The values files under ``ci/``: chart-testing installs the chart with each, so they are complete."""
        return {name: text for name, text in self.source.under("ci").items() if name.endswith("values.yaml")}

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        """The chart's own values.yaml as Helm reads it; nulls included."""
        text = self.source.read("values.yaml")
        return seen_values(text, where=f"{self.folder}/values.yaml") if text else {}


def read_nodes(directory: Path, name: str, metadata: Mapping[str, Any]) -> tuple[ChartNode, ...]:
    """The chart and its vendored dependencies, nested ones too; archives are read without unpacking.

    A dependency that is named twice with different aliases gives two nodes. Disabled ones are included:
    what renders is not decided here.
    """
    source = _DirectoryFiles(directory)
    heeded = metadata.get("dependencies") is not None
    return tuple(_walk(source, ChartNode((), name, metadata, source, heeded=heeded)))


def line_of(nodes: Iterable[ChartNode], place: str) -> str:
    """The line of a template at a place as Helm names it (``chart/templates/x.yaml:12``); empty where there is none."""
    template, _, number = place.rpartition(":")
    for node in nodes:
        text = (
            dict(node.templates).get(template) if template.startswith(f"{node.folder}/templates/") else None
        )
        lines = text.splitlines() if text else []
        if number.isdigit() and 0 < int(number) <= len(lines):
            return lines[int(number) - 1]
    return ""


def _walk(source: _Files, node: ChartNode) -> Iterator[ChartNode]:
    yield node
    children = [(child, _metadata(child, f"{node.folder}/charts")) for child in source.children()]
    for child, metadata in children:
        name, version = str(metadata.get("name") or ""), str(metadata.get("version") or "")
        declared = node.declared if node.heeded else []
        named = [entry for entry in declared if entry.get("name") == name]
        # What no entry asks for in that version stands for itself (helm/pkg: chart, getAliasDependency); an entry
        # whose values stand under its name switches it all the same.
        entries = [entry for entry in named if fits(str(entry.get("version") or ""), version)]
        itself = [entry for entry in declared if node.key_of(entry) == name][-1:]
        for entry in entries or itself or [{"name": name}]:
            key = node.key_of(entry)
            inner = ChartNode(
                (*node.prefix, key),
                f"{node.folder}/charts/{key}",
                metadata,
                child,
                _conditions(node, entry),
                _tags(entry),
                heeded=node.heeded and metadata.get("dependencies") is not None,
            )
            yield from _walk(child, inner)


def _metadata(source: _Files, folder: str) -> Mapping[str, Any]:
    """What Chart.yaml says; as to Helm, dependencies may stand in requirements.yaml."""
    metadata = seen_values(source.read("Chart.yaml"), where=f"{folder}/Chart.yaml")
    text = source.read("requirements.yaml")
    return with_requirements(metadata, text, f"{folder}/requirements.yaml") if text else metadata


def _conditions(node: ChartNode, entry: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    """The values paths that switch a dependency of a chart, in the root chart's values."""
    # Helm keeps the blanks between them: what stands behind ", " switches nothing.
    named = str(entry.get("condition") or "").strip().split(",")
    return tuple((*node.prefix, *part.split(".")) for part in named if part)


def _tags(entry: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(map(str, sequence(entry.get("tags"))))


def texts_below(directory: Path) -> Iterator[str]:
    """Every file below a directory as text, those in packed charts too; raises as reading the charts does."""
    files = _DirectoryFiles(directory)
    for name in files.below(".", frozenset()):
        if name.endswith(".tgz"):
            with (directory / name).open("rb") as file:
                yield from _packed_texts(file, name, [_MOST_UNPACKED])
        else:
            yield files.read(name)


def _packed_texts(file: IO[bytes], title: str, left: list[int]) -> Iterator[str]:
    for name, content in _members(file, title, left, lambda _: True):
        if name.endswith(".tgz"):
            yield from _packed_texts(content, name, left)
        else:
            yield content.read().decode("utf-8", "replace")


def lacking(
    nodes: Sequence[ChartNode], values: Mapping[str, Any]
) -> list[tuple[ChartNode, Mapping[str, Any], str]]:
    """What vendored charts declare as dependencies of their own, and neither hold nor have switched off.

    Helm looks at those of the root chart alone: of these it renders nothing, and says nothing. Third comes the version
    that is held in place of the one that is asked for: Helm takes it as if nothing had asked for it.
    """
    known = {node.prefix: node for node in nodes}
    found = []
    for node in nodes:
        above = [known[node.prefix[:end]] for end in range(1, len(node.prefix) + 1)]
        if any(off_by(values, one) for one in above):
            continue
        for entry in node.declared if node.prefix else ():
            itself = (*node.prefix, str(entry.get("name")))
            versions = [str(one.metadata.get("version") or "") for one in nodes if one.prefix == itself]
            wanted = str(entry.get("version") or "")
            held = "" if any(fits(wanted, one) for one in versions) else ", ".join(versions)
            absent = (*node.prefix, node.key_of(entry)) not in known
            if (absent or held) and not _off_by(values, {}, _conditions(node, entry), _tags(entry)):
                found.append((node, entry, held))
    return found


def off_by(values: Mapping[str, Any], node: ChartNode) -> tuple[str, ...]:
    """The values path that Helm leaves a chart of the tree out for; empty where it takes it, as far as that tells.

    Args:
        values: the merged values. They lack the defaults of a chart that is left out, which count all the same.
        node: the chart. What it lies in may be left out, too.
    """
    defaults: Mapping[str, Any] = {}
    if any(value_at(values, path) is None for path in node.condition):
        defaults = node.defaults
        for key in reversed(node.prefix):
            defaults = {key: defaults}
    return _off_by(values, defaults, node.condition, node.tags)


def _off_by(
    values: Mapping[str, Any],
    defaults: Mapping[str, Any],
    conditions: Iterable[tuple[str, ...]],
    tags: Iterable[str],
) -> tuple[str, ...]:
    """The first condition that is a boolean decides, else the tags (helm/pkg: chart, processDependencyEnabled)."""
    for path in conditions:
        value = value_at(values, path)
        value = value_at(defaults, path) if value is None else value
        if isinstance(value, bool):
            return () if value else path
    told = {("tags", tag): value_at(values, ("tags", tag)) for tag in tags}
    off = [path for path, value in told.items() if value is False]
    return () if not off or True in told.values() else off[0]


class _DirectoryFiles:
    """A chart in a directory."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, name: str) -> str:
        path = self.root / name
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""

    def under(self, folder: str) -> dict[str, str]:
        names = [name for name in self.below(folder, frozenset()) if (self.root / name).is_file()]
        return {name: self.read(name) for name in sorted(names, key=lambda name: name.split("/"))}

    def below(self, folder: str, above: frozenset[tuple[int, int]]) -> Iterator[str]:
        """Everything below a folder that is no folder, as Helm finds it: links are followed, but in no circle."""
        try:
            about = (self.root / folder).stat()
        except OSError:
            return
        real = about.st_dev, about.st_ino
        if real in above or not stat.S_ISDIR(about.st_mode):
            return
        with os.scandir(self.root / folder) as entries:
            found = list(entries)
        for entry in found:
            name = f"{folder}/{entry.name}"
            if entry.is_dir():
                yield from self.below(name, above | {real})
            else:
                yield name

    def children(self) -> Iterator[_Files]:
        folder = self.root / "charts"
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.name.startswith(_HIDDEN):
                continue
            if path.is_dir() and (path / "Chart.yaml").is_file():
                yield _DirectoryFiles(path)
            elif path.name.endswith(".tgz"):
                yield _ArchiveFiles.open(path)


class _ArchiveFiles:
    """A packed chart: all members of the archive below one folder, and the archives among them."""

    def __init__(self, members: Mapping[str, str], root: str, packed: Mapping[str, "_ArchiveFiles"]) -> None:
        self.members = members
        self.root = root
        self.packed = packed

    @classmethod
    def open(cls, path: Path) -> "_ArchiveFiles":
        try:
            with path.open("rb") as file:
                return cls._unpacked(file, path.name, [_MOST_UNPACKED])
        except (EOFError, OSError) as error:
            raise _unreadable(path.name, error) from error

    @classmethod
    def _unpacked(cls, file: IO[bytes], title: str, left: list[int]) -> "_ArchiveFiles":
        """The text of an archive and of those inside of it; ``left`` holds how many bytes it may be together."""

        def wanted(name: str) -> bool:
            return name.endswith(_READ) or "/templates/" in name or _is_inner(name)

        members: dict[str, str] = {}
        packed: dict[str, _ArchiveFiles] = {}
        for name, content in _members(file, title, left, wanted):
            if _is_inner(name):
                packed[name] = cls._unpacked(content, PurePosixPath(name).name, left)
            else:
                members[name] = content.read().decode("utf-8", "replace")
        root = min((name.split("/", 1)[0] for name in (*members, *packed)), default="")
        return cls(members, root, packed)

    def read(self, name: str) -> str:
        return self.members.get(f"{self.root}/{name}", "")

    def under(self, folder: str) -> dict[str, str]:
        inside = f"{self.root}/"
        names = sorted(name for name in self.members if name.startswith(f"{inside}{folder}/"))
        return {name.removeprefix(inside): self.members[name] for name in names}

    def children(self) -> Iterator[_Files]:
        inside = f"{self.root}/charts/"
        below = {n.removeprefix(inside).split("/", 1)[0] for n in self.members if n.startswith(inside)}
        for name in sorted(below):
            if not name.startswith(_HIDDEN) and f"{inside}{name}/Chart.yaml" in self.members:
                yield _ArchiveFiles(self.members, f"{inside}{name}", self.packed)
        for name, archive in sorted(self.packed.items()):
            folder, _, file = name.rpartition("/")
            if folder == inside.rstrip("/") and not file.startswith(_HIDDEN):
                yield archive


def _is_inner(name: str) -> bool:
    return name.endswith(".tgz") and "/charts/" in name


def _members(
    file: IO[bytes], title: str, left: list[int], wanted: Callable[[str], bool]
) -> Iterator[tuple[str, IO[bytes]]]:
    """The files of an archive that are wanted; ``left`` holds how many bytes they may be together."""
    import tarfile  # noqa: PLC0415 - only where a dependency is packed

    try:
        with tarfile.open(fileobj=file, mode="r:*") as archive:
            for member in archive:
                name = PurePosixPath(member.name).as_posix()
                content = archive.extractfile(member) if member.isfile() and wanted(name) else None
                if content is None:
                    continue
                left[0] -= member.size
                if left[0] < 0:
                    raise LimitError(
                        f"the archive {title} unpacks to more than {_MOST_UNPACKED // 1024**2} MiB of text",
                        help="look into it (tar -tvzf), and vendor a smaller chart",
                    )
                yield name, content
    except tarfile.TarError as error:
        raise _unreadable(title, error) from error


def _unreadable(name: str, error: Exception) -> InvalidChartError:
    return InvalidChartError(
        f"the archive cannot be read: {error}", where=name, help="run `helm dependency build` again"
    )
