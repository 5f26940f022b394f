"""Chart.lock: the versions that a chart's dependencies are taken in, and whether it still belongs to Chart.yaml."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from migrate_dhi.errors import DependencyError
from migrate_dhi.helm.chart import Chart, Dependency, join
from migrate_dhi.helm.engine import read_values
from migrate_dhi.helm.shelf import fits
from migrate_dhi.untyped import maps

# The fields of Helm's own record of a dependency in their order (pkg/chart/v2/dependency.go); the first and the third
# are written even where they are empty.
_FIELDS = ("name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias")
_ALWAYS = ("name", "repository")


def locked(chart: Chart, directory: Path) -> dict[Dependency, Dependency]:
    """Each dependency of a chart in the version of the Chart.lock in a directory; as declared where it has none.

    Raises DependencyError where the lock file was made for other dependencies: Helm refuses it then.
    """
    file = directory / "Chart.lock"
    if not file.is_file():
        # The digest in it was made in another way.
        file, chart = directory / "requirements.lock", replace(chart, any_lock=True)
    if not file.is_file() or not chart.dependencies:
        return {one: one for one in chart.dependencies}
    versions = locked_versions(chart, file.read_text(encoding="utf-8"), file.name)
    return {
        one: replace(one, version=version) for one, version in zip(chart.dependencies, versions, strict=True)
    }


def locked_versions(chart: Chart, text: str | None, name: str = "Chart.lock") -> list[str]:
    """The versions of a chart's dependencies by the text of its Chart.lock; as declared where it has none.

    Flux takes the versions in it whatever its digest says (source-controller, internal/helm/chart); where these are
    not what Chart.yaml asks for, Helm renders the charts without their alias and their values, and it is refused.

    Raises DependencyError as :func:`locked` does.
    """
    if text is None:
        return [one.version for one in chart.dependencies]
    content = read_values(text, where=join(chart.path, name))
    entries = maps(content.get("dependencies"))
    declared = maps(chart.metadata.get("dependencies"))
    digest = str(content.get("digest") or "")
    same = [_named(one) for one in entries] == [_named(one) for one in declared]
    stale = digest and digest != digest_of(declared, entries)
    if same and stale and chart.any_lock:
        stale = not all(
            fits(one.version, str(entry.get("version") or ""))
            for one, entry in zip(chart.dependencies, entries, strict=True)
        )
    if not same or stale:
        raise DependencyError(
            f"{name} was made for other dependencies than Chart.yaml names, and Helm refuses it",
            where=join(chart.path, name),
            help=f"bring them together: helm dependency update {chart.path}",
        )
    return [
        str(entry.get("version") or "") or one.version
        for one, entry in zip(chart.dependencies, entries, strict=True)
    ]


def digest_of(declared: Sequence[Mapping[str, Any]], entries: Sequence[Mapping[str, Any]]) -> str:
    """The digest that Helm writes into Chart.lock (internal/resolver: the sha256 of both lists as JSON)."""
    both = [[_record(entry) for entry in side] for side in (declared, entries)]
    text = json.dumps(both, separators=(",", ":"), ensure_ascii=False)
    # As Go writes JSON.
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _record(entry: Mapping[str, Any]) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for name in _FIELDS:
        value = entry.get(name)
        if name == "import-values" and value:
            value = [dict(sorted(one.items())) if isinstance(one, dict) else one for one in value]
        if value or name in _ALWAYS:
            record[name] = value or ""
    return record


def _named(entry: Mapping[str, Any]) -> str:
    return str(entry.get("name") or "")
