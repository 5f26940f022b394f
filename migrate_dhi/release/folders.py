"""The chart folders of a repository, and which depend on which."""

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.helm.chart import join
from migrate_dhi.record import record
from migrate_dhi.release.release import Origin
from migrate_dhi.release.streams import data_of
from migrate_dhi.untyped import mapping, sequence

CHART_FILE = "Chart.yaml"


@record
class ChartFolder:
    """A folder with a Chart.yaml.

    Args:
        path: the folder.
        metadata: what Chart.yaml holds; empty where it is no YAML.
        of: the folders of the charts that depend on it, by ``file://`` or because it lies in their ``charts/``.
        vendored: it lies in the ``charts/`` of another chart.
    """

    path: str
    metadata: Mapping[str, Any]
    of: tuple[str, ...] = ()
    vendored: bool = False

    @property
    def name(self) -> str:
        """The chart's name; that of the folder where Chart.yaml gives none."""
        return str(self.metadata.get("name") or posixpath.basename(self.path))

    @property
    def version(self) -> str:
        """The chart's version as text."""
        return str(self.metadata.get("version") or "")

    @property
    def library(self) -> bool:
        """Whether it renders nothing of its own."""
        return self.metadata.get("type") == "library"

    @property
    def file(self) -> str:
        """The path of its Chart.yaml."""
        return join(self.path, CHART_FILE)

    @property
    def origin(self) -> Origin:
        """The chart as a release's origin."""
        return Origin("directory", self.name, self.version, path=self.path)

    def below(self, name: str) -> str:
        """The repository path of a file that is named from the chart."""
        return posixpath.normpath(posixpath.join(self.path, name))


def chart_folders(files: Snapshot) -> dict[str, ChartFolder]:
    """Every folder with a Chart.yaml, by its path, with the charts that depend on it.

    A folder that is a link to a chart is that chart, unless it lies in the ``charts/`` of another one.
    """
    paths = [
        path for path in files.paths if path.endswith(CHART_FILE) and posixpath.basename(path) == CHART_FILE
    ]
    files.read_all(paths)
    metadata = {posixpath.dirname(path) or ".": mapping(data_of(files.text(path) or "")) for path in paths}
    users: dict[str, list[str]] = {path: [] for path in metadata}
    vendored = set()
    for path, data in metadata.items():
        above, slash, _ = path.rpartition("/charts/")
        parent = above if slash else "." if path.startswith("charts/") else ""
        if parent in metadata:
            vendored.add(path)
            users[path].append(parent)
        for entry in sequence(data.get("dependencies")):
            address = str(mapping(entry).get("repository") or "")
            if address.startswith("file://"):
                used = posixpath.normpath(posixpath.join(path, address.removeprefix("file://")))
                if used in users and used != path:
                    users[used].append(path)
    found = {
        path: ChartFolder(path, metadata[path], tuple(dict.fromkeys(users[path])), path in vendored)
        for path in metadata
    }
    linked = {path: _linked_to(files, path) for path in metadata if path not in vendored}
    return found | {path: found[real] for path, real in linked.items() if real in found}


def _linked_to(files: Snapshot, folder: str) -> str:
    """The folder that one leads to with all that it holds; empty for one that is no link."""
    real = posixpath.dirname(files.real(posixpath.join(folder, CHART_FILE)))
    if folder in {real, "."}:
        return ""
    below = files.under(folder)
    return real if all(files.real(path) == f"{real}{path[len(folder) :]}" for path in below) else ""


def folders_above(path: str) -> Iterator[str]:
    """The folders that a file lies in, the innermost first, to the root (``.``) of the repository.

    A file outside of it has an absolute path, and lies in none of its folders.
    """
    folder = path.rpartition("/")[0]
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
    if not path.startswith("/"):
        yield "."
