"""Templates of a scratch copy that are rendered otherwise than they stand: the chart's own, and of all charts below."""

import shutil
from collections.abc import Callable
from pathlib import Path

from migrate_dhi.helm.shelf import unpack
from migrate_dhi.scratch import folder as scratch_folder


def rewrite(chart: Path, change: Callable[[str], str], reach: Callable[[Path], None], kept: Path) -> bool:
    """Write the templates of a chart, and of all charts below it, as they are to be rendered; whether any changes.

    Args:
        chart: its directory, whose ``charts/`` is ours.
        change: the text of a template → the text that is rendered.
        reach: makes the folders above a place ours.
        kept: a folder for the archives in whose place a folder is put.
    """
    changed = False
    templates = chart / "templates"
    reach(templates / "here")
    for file in sorted(templates.rglob("*")):
        try:
            text = file.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        after = change(text)
        if after != text:
            changed = True
            file.unlink()
            file.write_bytes(after.encode("utf-8"))
    for below in sorted((chart / "charts").iterdir()) if (chart / "charts").is_dir() else ():
        if below.suffix == ".tgz":
            changed |= _unpacked(below, change, kept)
        elif (below / "Chart.yaml").is_file():
            changed |= rewrite(below, change, reach, kept)
    return changed


def _unpacked(archive: Path, change: Callable[[str], str], kept: Path) -> bool:
    """Put a folder in place of an archive with templates that change."""
    with scratch_folder() as scratch:
        chart = unpack(archive, Path(scratch) / "chart")
        place = archive.parent / chart.name
        if place.exists() or not rewrite(chart, change, lambda _: None, Path(scratch) / "kept"):
            return False
        kept.mkdir(exist_ok=True)
        shutil.move(archive, kept / archive.name)
        shutil.move(chart, place)
    return True
