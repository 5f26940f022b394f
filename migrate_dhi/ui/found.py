"""What could be migrated under a directory: charts and releases, found by a light look at files."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from migrate_dhi.git.snapshot import read_regular
from migrate_dhi.record import record
from migrate_dhi.ui.lines import Look, cells, one_line, pad

CHART_FILE = "Chart.yaml"
_NEVER = {"node_modules", "__pycache__", "venv"}


@record
class Found:
    """A chart that was found: where it lies (relative to where the walk began), and what it says it runs."""

    path: Path
    version: str = ""
    app_version: str = ""
    runs: str = ""
    hardened: bool = False
    fault: str = ""


def charts_under(root: Path) -> Iterator[Path]:
    """The directories with a Chart.yaml, sorted; not those vendored below a chart, nor hidden ones."""
    for folder, names, files in os.walk(root):
        is_chart = CHART_FILE in files
        names[:] = sorted(
            name
            for name in names
            if not name.startswith(".") and name not in _NEVER and not (is_chart and name == "charts")
        )
        if is_chart:
            yield Path(folder)


def look_at(root: Path, chart: Path, host: str) -> Found:
    """What Chart.yaml says, and whether the values mention the registry of the hardened images."""
    import yaml  # noqa: PLC0415 - only where there are several charts

    path = chart.relative_to(root)
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        data = yaml.load(read_regular(chart / CHART_FILE).decode("utf-8"), Loader=loader)  # noqa: S506 - a safe loader
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return Found(path, fault="Chart.yaml cannot be read")
    if not isinstance(data, dict):
        return Found(path, fault="Chart.yaml is not a mapping")
    dependencies = data.get("dependencies")
    runs = [
        f"{entry.get('alias') or entry.get('name')} {entry.get('version') or ''}".strip()
        for entry in (dependencies if isinstance(dependencies, list) else [])
        if isinstance(entry, dict)
    ]
    return Found(
        path,
        str(data.get("version") or ""),
        str(data.get("appVersion") or ""),
        ", ".join(runs),
        _mentions(chart / "values.yaml", host),
    )


def releases_under(root: Path) -> list[Found]:
    """The releases declared below a directory whose charts are from elsewhere, named ``namespace/name``.

    None outside a repository. Charts that lie in the repository are found as such: they bring their releases along.
    """
    from migrate_dhi.errors import MigrateDhiError  # noqa: PLC0415 - see look_at
    from migrate_dhi.git.repository import Repository  # noqa: PLC0415
    from migrate_dhi.git.snapshot import Snapshot  # noqa: PLC0415
    from migrate_dhi.release.addresses import Addresses  # noqa: PLC0415
    from migrate_dhi.release.estate import Estate  # noqa: PLC0415

    try:
        repository = Repository.discover(root)
        inside = repository.relative(root)
        estate = Estate.of(Snapshot.of_worktree(repository.root), Addresses.of_clone(repository.root))
    except MigrateDhiError:
        return []
    below = "" if inside == "." else f"{inside}/"
    found = {
        one.id: Found(Path(one.id), one.origin.version, "", f"{one.origin.name} by {one.file}")
        for one in estate.releases
        if one.origin.kind != "directory" and one.file.startswith(below)
    }
    return sorted(found.values(), key=lambda one: str(one.path))


def _mentions(file: Path, host: str) -> bool:
    try:
        lines = read_regular(file).split(b"\n")
        return bool(host) and any(host.encode() in line.partition(b"#")[0] for line in lines)
    except OSError:
        return False


def rows(look: Look, found: Sequence[Found], width: int) -> list[str]:
    """One row for each chart, in columns; the last column is cut first where there is little room."""
    names = [str(one.path) for one in found]
    column = min(max(map(cells, names), default=0), max(24, width // 2))
    versions = min(max((cells(one.version) for one in found), default=0), 16)
    return [
        f"{pad(look.cut(name, column), column)}  {pad(look.cut(one.version, versions), versions)}  {_about(one)}"
        for name, one in zip(names, found, strict=True)
    ]


def _about(one: Found) -> str:
    if one.fault:
        return one.fault
    app = f"app {one.app_version}" if one.app_version else ""
    hardened = "has hardened images" if one.hardened else ""
    return one_line("  ".join(part for part in (hardened, one.runs or app) if part))
