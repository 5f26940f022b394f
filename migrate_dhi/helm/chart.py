"""A chart directory as Helm sees it: its metadata, its declared dependencies, and the texts to edit.

The texts of Chart.yaml, values.yaml and the ``--values`` files are kept by path (relative to the
repository, always with ``/``), so that a step can edit them in memory and a trial can render the result.
"""

from collections.abc import Mapping
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import Any

from migrate_dhi.errors import InvalidChartError
from migrate_dhi.helm.engine import read_values
from migrate_dhi.record import record


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
class Chart:
    """A chart to migrate.

    Args:
        directory: where it lies.
        path: the same, relative to the repository root (``.`` is the root itself).
        texts: repository path → text of Chart.yaml, values.yaml (if it exists) and the ``--values`` files.
        editable: whether it lies in the repository; of a fetched chart nothing is edited.
    """

    directory: Path
    path: str
    texts: Mapping[str, str]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    editable: bool = True

    @classmethod
    def read(cls, directory: Path, path: str, texts: Mapping[str, str]) -> "Chart":
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
