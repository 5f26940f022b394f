"""Dependencies that lie in ``charts/`` as plain folders and archives: for these Helm need not be asked.

To tell the states of dependencies the engine loads the whole chart once more, which takes as long as a third of a
render. For a chart of the very name and version that Chart.yaml asks for it says ``unpacked``, or ``ok`` where the only
archive that is called like it holds it (helm/pkg: action, dependencyStatus): names are compared as they are, and ranges
only where the versions are not the same text.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from migrate_dhi.errors import InvalidChartError
from migrate_dhi.helm.chart import Dependency
from migrate_dhi.helm.reading import seen_values


def plainly_there(dependencies: Sequence[Dependency], directory: Path) -> bool:
    """Whether ``charts/`` of a directory has nothing but charts, and one for each dependency in just that version.

    False says nothing: ranges, archives of other names, folders that Helm might not take (``.helmignore``) are its to
    judge, and so is what cannot be read.
    """
    if os.path.lexists(directory / ".helmignore"):
        return False
    try:
        with os.scandir(directory / "charts") as entries:
            listed = list(entries)
        if any(entry.name[0] in "._" for entry in listed):
            return False
        found = [_named(Path(entry)) for entry in listed]
    except (OSError, ValueError, InvalidChartError):
        return False
    names = [name for name, _ in found]
    return len(set(names)) == len(names) and {(d.name, d.version) for d in dependencies} <= {*found}


def _named(chart: Path) -> tuple[str, str]:
    file = chart / "Chart.yaml"
    metadata = seen_values(_packed(chart) if chart.suffix == ".tgz" else file.read_text(encoding="utf-8"))
    name, version = metadata.get("name"), metadata.get("version")
    if not isinstance(name, str) or not isinstance(version, str):
        raise InvalidChartError("it has no name or no version", where=str(file), help="mend the chart")
    if not {*chart.parent.glob(f"{name}-*.tgz")} <= {chart}:
        raise InvalidChartError(
            "others are called like it", where=str(chart), help="run `helm dependency update`"
        )
    return name, version


def _packed(archive: Path) -> str:
    """The Chart.yaml of an archive."""
    import tarfile  # noqa: PLC0415 - only where a dependency is packed

    try:
        with tarfile.open(archive, "r:gz") as packed:
            for member in packed:
                if member.name.count("/") == 1 and member.name.endswith("/Chart.yaml"):
                    content = packed.extractfile(member)
                    return content.read().decode("utf-8") if content else ""
    except (tarfile.TarError, EOFError) as error:
        raise ValueError(str(error)) from error
    return ""
