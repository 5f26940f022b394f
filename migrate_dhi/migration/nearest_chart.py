"""The chart that is meant, or near, where a path or the current directory is none."""

import os
from pathlib import Path

from migrate_dhi.errors import NoChartError, RepositoryError
from migrate_dhi.git.repository import Repository
from migrate_dhi.migration.states import CHART_FILE
from migrate_dhi.quoting import shell_word

# A hint must not cost a walk through a whole disk.
_MOST_FOLDERS = 500


def find_chart(start: Path) -> Path:
    """The chart at or above a directory; raises NoChartError."""
    for folder in (start, *start.parents):
        if (folder / CHART_FILE).is_file():
            return folder
    if not _in_a_repository(start):
        # What lies below a folder that is no repository may be anything.
        raise NoChartError(
            "there is no Chart.yaml here or in a folder above, and this is no Git repository",
            where=str(start),
            help="go to your repository, or name the directory of a chart",
        )
    below, every = _chart_below(start), "; --plan alone shows every release, and --yes --all writes them"
    raise NoChartError(
        "there is no Chart.yaml here or in a folder above",
        where=str(start),
        help=f"name a chart: migrate-dhi {shell_word(below or 'CHART')}{every if below else ''}",
    )


def no_chart(argument: Path) -> NoChartError:
    """What is said of a path that is no chart, with the chart that it lies in or that lies in it."""
    if argument.is_file():
        above = next((one for one in argument.parents if (one / CHART_FILE).is_file()), None)
        what = "this file deploys nothing, and no release takes its values from it"
        near = f"name the chart's directory: {above}" if above else "name the directory of a chart"
        return NoChartError(
            what, where=str(argument), help=f"{near}; `migrate-dhi releases` lists what is deployed"
        )
    below = _chart_below(argument)
    return NoChartError(
        "this is not a chart: there is no Chart.yaml in it",
        where=str(argument),
        help=f"name the directory that holds Chart.yaml{f', as {shell_word(below)}' if below else ''}"
        + ("; with --yes --all, every release below it is meant" if below else ""),
    )


def _chart_below(folder: Path) -> str:
    """The path of a chart below a directory, as one would name it, the nearest first; empty where none is near."""
    level = [folder]
    for _ in range(_MOST_FOLDERS):
        if not level:
            break
        place = level.pop(0)
        if (place / CHART_FILE).is_file():
            return Path(os.path.relpath(place)).as_posix()
        try:
            inside = sorted(one.name for one in os.scandir(place) if one.is_dir(follow_symlinks=False))
        except OSError:
            continue
        level += [place / name for name in inside if not name.startswith(".")]
    return ""


def _in_a_repository(folder: Path) -> bool:
    try:
        Repository.discover(folder)
    except RepositoryError:
        return False
    return True
