"""A chart laid out to be rendered: once for all releases that deploy it.

One scratch directory per chart holds real copies of Chart.yaml, Chart.lock and values.yaml, and symbolic
links for all the rest (9 ms for a chart of 383 files, where a copy takes 24); in a repository that is what Git
has of the chart, and no file that it ignores. A trial rewrites the files that differ.
"""

import contextlib
import os
import shutil
from collections.abc import Callable, Container, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from migrate_dhi.errors import LimitError
from migrate_dhi.helm import dependencies
from migrate_dhi.helm.brought import LeftOut
from migrate_dhi.helm.chart import Chart, below, join
from migrate_dhi.helm.clock import tells_time
from migrate_dhi.helm.doubled import check_doubled
from migrate_dhi.helm.engine import Rendering
from migrate_dhi.helm.keys import quick
from migrate_dhi.helm.lookups import stood_in
from migrate_dhi.helm.rewritten import rewrite
from migrate_dhi.helm.schemas import detach, own_folder
from migrate_dhi.helm.shelf import Shelf
from migrate_dhi.helm.states import unready
from migrate_dhi.helm.tree import ChartNode, line_of, read_nodes
from migrate_dhi.helm.unpacking import lay_open
from migrate_dhi.scratch import folder as scratch_folder

_COPIED = ("Chart.yaml", "Chart.lock", "values.yaml")
# What Helm loads as more than a file that templates may ask for by its name (helm/pkg: chart/loader).
_LOADED = (
    *_COPIED,
    "values.schema.json",
    "requirements.yaml",
    "requirements.lock",
    "templates",
    "charts",
    "crds",
)
_FILES = "Files"


class Laid:
    """The scratch directory of a chart; a context manager that removes it once its last user has left.

    ``directory`` is the chart in it. ``pinned`` says what ranges of versions were taken for, each a sentence, and
    ``stand_ins`` what was taken for charts that cannot be had, and ``left_out`` those that are switched off;
    ``unchecked`` are schemas elsewhere that the values are not held against, since their addresses do not answer;
    ``folders`` are the repository folders that it is rendered from.

    Args:
        chart: the chart; its directory is only read.
        shelf: where dependencies are taken from; offline, what schemas of the values refer to is not fetched either.
        off: what may be left out, by name and version, where the dependencies are others than those of the repository;
            None: what is off.

    Raises:
        DependencyError: a dependency is missing and cannot be fetched.
    """

    def __init__(self, chart: Chart, shelf: Shelf, *, off: Container[str] | None = None) -> None:
        self.chart = chart
        self.directory = Path()
        self.pinned: tuple[str, ...] = chart.pinned
        self.stand_ins: tuple[str, ...] = ()
        self.left_out: tuple[LeftOut, ...] = ()
        self._off = off
        self.unchecked: tuple[str, ...] = ()
        self.folders: tuple[str, ...] = (chart.path,)
        # What each file that was asked for holds, as it was laid out or written.
        self._holds: dict[str, str | None] = {}
        # What was rendered of it, by all that it depends on: releases that differ in nothing share it.
        self.rendered: dict[tuple[Any, ...], Rendering] = {}
        # What is being rendered of it by now, by the same, and whether it is to be rendered anew.
        self.begun: dict[tuple[tuple[Any, ...], bool], Callable[[], Rendering | None]] = {}
        self._texts: dict[str, str] = {}
        # The same chart with other dependencies, by the texts that name them.
        self.others: dict[tuple[str, str | None], Laid] = {}
        self.shelf = shelf
        # Where templates read what a cluster has, and do not render without: a text stands in.
        self.looked_up: tuple[str, ...] = ()
        self._lines: dict[str, str] = {}
        self._quickened = False
        self._users = 0
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        if not self._users:
            try:
                self._lay_out()
            except BaseException:
                self._stack.close()
                raise
        self._users += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._users -= 1
        if not self._users:
            self._stack.close()

    @property
    def archives(self) -> Path:
        """Where the archives are in whose place a folder was put."""
        return self.directory.parent / "archives"

    @cached_property
    def nodes(self) -> tuple[ChartNode, ...]:
        """The chart and its dependencies, fetched ones included; raises LimitError for what is too large to read."""
        return read_nodes(self.directory, self.chart.name, self.chart.metadata)

    @cached_property
    def reads_files(self) -> bool:
        """Whether a template reads files of the chart as such, and not only the values; raises as ``nodes``."""
        return any(_FILES in text for node in self.nodes for _, text in node.templates)

    @cached_property
    def tells_time(self) -> bool | None:
        """Whether the time may come out in a render; None where values of the release tell; raises as ``nodes``."""
        return tells_time(self.nodes, self.directory)

    def inputs(self, texts: Mapping[str, str], values: str) -> frozenset[tuple[str, str]]:
        """The texts that a render with these values depends on, by their names in the chart; raises as ``nodes``.

        Further values files that lie in the chart's folder reach its templates by ``.Files`` alone.
        """
        own = self._own(texts)
        plain = {name: text for name, text in own.items() if name.partition("/")[0] in _LOADED}
        if len(plain) < len(own) and (_FILES in values or self.reads_files):
            plain = own
        return frozenset(plain.items())

    def _own(self, texts: Mapping[str, str]) -> dict[str, str]:
        """The texts below the chart's folder, by their names in it; none of a chart that is not ours."""
        if not self.chart.editable:
            return {}
        start = below(self.chart.path)
        own = {path.removeprefix(start): text for path, text in texts.items() if path.startswith(start)}
        if self.chart.values_at in texts:
            own["values.yaml"] = texts[self.chart.values_at]
        return {**own, "values.yaml": ""} if self.chart.values_replaced else own

    def kept(self, key: tuple[Any, ...], rendering: Rendering) -> Rendering:
        """Remember a render; the texts that others have, too, are held once: definitions of resources are megabytes."""
        files = {name: self._texts.setdefault(text, text) for name, text in rendering.files.items()}
        self.rendered[key] = replace(rendering, files=files)
        return self.rendered[key]

    def write(self, texts: Mapping[str, str]) -> None:
        """Put the texts below the chart's folder into the scratch copy: templates may read any file of it."""
        self._quicken()
        own = {name: self._rendered(text) for name, text in self._own(texts).items()}
        for name, text in own.items():
            if self._holds.get(name) == text:
                continue
            place = self.directory / name
            if name not in self._holds:
                self._holds[name] = _held(place)
            if self._holds[name] == text or (name not in _COPIED and not place.exists()):
                continue
            self._reach(place)
            if place.is_symlink():
                place.unlink()
            _rewrite(place, text)
            self._holds[name] = text
        for name in [name for name in self._holds if name not in own]:
            # An earlier trial created it; left here it would count as the user's own.
            self._reach(self.directory / name)
            (self.directory / name).unlink(missing_ok=True)
            del self._holds[name]

    def _quicken(self) -> None:
        """Have keys made quickly, where a template makes any; once."""
        if self._quickened:
            return
        self._quickened = True
        with contextlib.suppress(LimitError):
            if any(quick(text) != text for node in self.nodes for _, text in node.templates):
                self._rewrite()

    def _rewrite(self) -> None:
        _own(self.directory / "charts")
        rewrite(self.directory, self._rendered, self._reach)

    def _rendered(self, text: str) -> str:
        """The text of a template as it is rendered."""
        text = quick(text)
        for line, other in self._lines.items():
            text = text.replace(line, other)
        return text

    def stand_in(self, place: str) -> bool:
        """Put texts in place of what a line of a template reads from the cluster; False where it reads nothing so.

        Args:
            place: as Helm names it: ``chart/charts/other/templates/x.yaml:12``; raises as ``nodes``.
        """
        line = quick(line_of(self.nodes, place))
        other = stood_in(line)
        if other == line or line in self._lines:
            return False
        self._lines[line] = other
        self.looked_up += (place,)
        self._rewrite()
        return True

    def _reach(self, place: Path) -> None:
        """Make the folders above a place ours."""
        if place.parent != self.directory:
            for folder in reversed([one for one in place.parents if one.is_relative_to(self.directory)]):
                _open(folder)

    def detach(self) -> tuple[str, ...]:
        """Drop what schemas refer to elsewhere; the addresses that are not looked at any more."""
        self.unchecked = detach(self.directory)
        return self.unchecked

    def _lay_out(self) -> None:
        self._holds.clear()
        self._lines.clear()
        self._quickened, self.looked_up = False, ()
        for read in ("nodes", "reads_files"):
            vars(self).pop(read, None)
        scratch = Path(self._stack.enter_context(scratch_folder()))
        self.directory = scratch / self.chart.directory.resolve().name
        self.directory.mkdir()
        if self.chart.files is None:
            for entry in self.chart.directory.iterdir():
                (self.directory / entry.name).symlink_to(entry.resolve())
        else:
            self.chart.lay_out(self.chart.path, self.directory)
        for name in _COPIED:
            _own(self.directory / name)
            edited = self.chart.edited.get(join(self.chart.path, name))
            if edited is not None:
                (self.directory / name).write_text(edited, encoding="utf-8", newline="")
        self.chart = self.chart.as_declared(self.directory)
        check_doubled(self.chart, self.directory)
        missing = unready(self.chart, self.directory)
        if missing:
            # The engine deletes archives through a linked charts/ (helm-python-sdk 0.2.2), and we write there.
            _own(self.directory / "charts")
            brought = dependencies.fetch(self.chart, missing, self.directory, self.shelf)
            self.folders = (self.chart.path, *brought.beside)
            self.pinned += brought.pinned
            self.stand_ins, self.left_out = brought.stand_ins, brought.left_out
            for one in self.left_out:
                if self._off is not None and one.name not in self._off:
                    # It is to be taken in place of another one: nobody knows what it is.
                    raise one.error
        lay_open(self.directory, self.archives)
        if self.shelf.offline:
            self.detach()


def _rewrite(place: Path, text: str) -> None:
    """Put a text in place of that of a file: written over, and cut only then.

    A file that is emptied first goes to the disk at once when it is closed (ext4: a quarter of a millisecond).
    """
    content = text.encode()
    with open(place, "wb", opener=_opened) as file:
        file.write(content)
        if os.fstat(file.fileno()).st_size > len(content):
            file.truncate()


def _opened(name: str, flags: int) -> int:
    return os.open(name, flags & ~os.O_TRUNC, 0o666)


def _held(place: Path) -> str | None:
    """The text of a file; None where there is none."""
    try:
        return place.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _open(folder: Path) -> None:
    """Put a folder of links in place of a link to a folder, with those in it: what is written in there is ours."""
    if folder.is_symlink():
        target = folder.resolve()
        own_folder(folder)
        for entry in target.iterdir():
            # Whoever looks for templates does not follow links.
            if entry.is_dir() and not entry.is_symlink():
                _open(folder / entry.name)


def _own(path: Path) -> None:
    """Put a copy in place of a link, or of a folder of links: what is written there is ours."""
    if path.is_symlink():
        if path.is_file():
            content = path.read_bytes()
            path.unlink()
            path.write_bytes(content)
            return
        target = path.resolve()
        path.unlink()
        if target.is_dir():
            shutil.copytree(target, path)
    elif path.is_dir():
        for entry in path.iterdir():
            if not entry.is_dir():
                _own(entry)
