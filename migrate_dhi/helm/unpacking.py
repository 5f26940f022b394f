"""Packed dependencies as folders in the scratch copy: Helm unpacks an archive at each load, for half of a load's time.

The folder is called as the archive was, so that all stands in the same order. Helm heeds the ``.helmignore`` of the
chart alone: where that may name what is in the archive, and not where it is packed, the archive stays.
"""

import shutil
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path, PurePath

from migrate_dhi.errors import InvalidChartError
from migrate_dhi.helm.schemas import own_folder
from migrate_dhi.helm.shelf import unpack
from migrate_dhi.scratch import folder as scratch_folder


def lay_open(chart: Path, kept: Path) -> None:
    """Put a folder in place of each archive below ``charts/``, and of those in them.

    Args:
        chart: its directory in the scratch copy; ``charts/`` may be a link.
        kept: a folder that gets the archives.
    """
    file = chart / ".helmignore"
    lines = map(str.strip, file.read_text("utf-8", "replace").splitlines() if file.is_file() else ())
    # To Helm a `!` means all that the rest does not.
    _lay_open(
        chart, kept, ["*" if line[0] == "!" else line.strip("/") for line in lines if line and line[0] != "#"]
    )


def _lay_open(chart: Path, kept: Path, ignored: list[str]) -> None:
    for name in sorted(one.name for one in (chart / "charts").glob("[!._]*.tgz")):
        place = own_folder(chart / "charts") / name.removesuffix(".tgz")
        with scratch_folder() as scratch:
            try:
                unpacked = unpack(chart / "charts" / name, Path(scratch) / "chart")
            except InvalidChartError:
                # Helm says what is wrong with it.
                continue
            _lay_open(unpacked, Path(scratch) / "kept", ignored)
            if place.exists() or (ignored and any(_may_be(one, ignored) for one in _inside(unpacked, place))):
                continue
            kept.mkdir(exist_ok=True)
            shutil.move(chart / "charts" / name, kept / name)
            shutil.move(unpacked, place)


def _inside(unpacked: Path, place: Path) -> Iterator[PurePath]:
    for one in unpacked.rglob("*"):
        yield PurePath("charts", place.name, one.relative_to(unpacked))


def _may_be(path: PurePath, ignored: list[str]) -> bool:
    """Whether one of the patterns may mean it: more than Helm takes them for."""
    return any(fnmatch(text, pattern) for pattern in ignored for text in (path.name, path.as_posix()))
