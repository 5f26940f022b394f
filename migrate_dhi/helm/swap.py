"""A dependency of a chart, and the one that is to take its place under the same key of the values."""

from collections.abc import Mapping
from typing import Any

from migrate_dhi.helm.chart import Chart, Dependency
from migrate_dhi.helm.engine import read_values
from migrate_dhi.helm.versioned import Versioned
from migrate_dhi.record import record


@record
class Swap:
    """One dependency and what takes its place: ``at`` is its position in Chart.yaml.

    ``versioned`` is where its version stands, if it is no dependency but the chart itself, from elsewhere.
    """

    at: int
    before: Dependency
    after: Dependency
    reason: str
    versioned: Versioned | None = None

    @property
    def key(self) -> str:
        """What its values stand under; empty for the chart itself."""
        return "" if self.versioned else self.before.key

    def __str__(self) -> str:
        old, new = self.before, self.after
        return f"{old.key}: {old.name} {old.version} -> {new.name} {new.version} from {new.repository}"

    def entry(self, declared: Mapping[str, Any], *, alias: bool) -> dict[str, str]:
        """The fields of an entry of Chart.yaml, or without ``alias`` of Chart.lock, that become others."""
        new = {"name": self.after.name, "version": self.after.version, "repository": self.after.repository}
        if alias and self.after.name != self.before.key:
            new["alias"] = self.before.key
        return {name: text for name, text in new.items() if str(declared.get(name) or "") != text}

    def file_of(self, chart: Chart) -> str:
        """The file that its commit edits first."""
        return self.versioned.file if self.versioned else chart.chart_file

    def is_in(self, texts: Mapping[str, str], file: str) -> bool:
        """Whether a Chart.yaml among these texts has it."""
        if self.versioned:
            return self.versioned.read(texts) == self.after.version
        entries = read_values(texts[file], where=file).get("dependencies") or ()
        return not self.entry(entries[self.at], alias=True)
