"""Dependencies that lie in ``charts/`` as plain folders: for these Helm need not be asked.

To tell the states of dependencies the engine loads the whole chart once more, which takes as long as a third of a
render. For a folder of the very name and version that Chart.yaml asks for it says ``unpacked`` (helm/pkg: action,
dependencyStatus): names are compared as they are, and ranges only where the versions are not the same text.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from migrate_dhi.errors import InvalidChartError
from migrate_dhi.helm.chart import Dependency
from migrate_dhi.helm.reading import seen_values


def plainly_there(dependencies: Sequence[Dependency], directory: Path) -> bool:
    """Whether ``charts/`` of a directory has nothing but folders, and one for each dependency in just that version.

    False says nothing: archives, ranges, folders that Helm might not take (``.helmignore``) are its to judge.
    """
    if os.path.lexists(directory / ".helmignore"):
        return False
    try:
        with os.scandir(directory / "charts") as entries:
            listed = list(entries)
        if any(entry.name[0] in "._" or not entry.is_dir() for entry in listed):
            return False
        found = [_named(Path(entry, "Chart.yaml")) for entry in listed]
    except (OSError, ValueError, InvalidChartError):
        return False
    names = [name for name, _ in found]
    return len(set(names)) == len(names) and {(d.name, d.version) for d in dependencies} <= {*found}


def _named(file: Path) -> tuple[str, str]:
    metadata = seen_values(file.read_text(encoding="utf-8"))
    name, version = metadata.get("name"), metadata.get("version")
    if not isinstance(name, str) or not isinstance(version, str):
        raise InvalidChartError("it has no name or no version", where=str(file), help="mend the chart")
    return name, version
