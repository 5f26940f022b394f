"""Render a chart with some of its texts changed: the only place that renders.

One scratch directory per chart holds real copies of Chart.yaml, Chart.lock and values.yaml, and symbolic
links for all the rest (9 ms for a chart of 383 files, where a copy takes 24); in a repository that is what Git
has of the chart, and no file that it ignores. A trial rewrites the files that differ and loads the chart afresh.
"""

import contextlib
import copy
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from migrate_dhi import redact
from migrate_dhi.errors import InvalidChartError, LimitError, RenderError
from migrate_dhi.helm import dependencies
from migrate_dhi.helm.chart import Chart, join, merge
from migrate_dhi.helm.engine import (
    DEFAULT_KUBE_VERSION,
    EmbeddedEngine,
    Engine,
    Rendering,
    RenderOptions,
    satisfies,
)
from migrate_dhi.helm.schemas import detach, unreached
from migrate_dhi.helm.shelf import Shelf
from migrate_dhi.helm.tree import ChartNode, read_nodes
from migrate_dhi.kube.manifests import OF, Manifests
from migrate_dhi.scratch import folder as scratch_folder

_COPIED = ("Chart.yaml", "Chart.lock", "values.yaml")


class Renderer:
    """Renders of one chart; a context manager that removes its scratch directory.

    Args:
        chart: the chart; its directory is only read.
        options: release, namespace, Kubernetes version.
        engine: what renders.
        shelf: where dependencies are taken from; offline, what schemas of the values refer to is not fetched either.
        user_values: the values over the chart's own, from the texts.
        label: what names the release in the manifests, where several are looked at together.

    Raises:
        DependencyError: a dependency is missing and cannot be fetched.
        RenderError: the chart's ``kubeVersion`` excludes the Kubernetes version.
    """

    def __init__(
        self,
        chart: Chart,
        options: RenderOptions,
        *,
        engine: Engine | None = None,
        shelf: Shelf | None = None,
        user_values: Callable[[Mapping[str, str]], Mapping[str, Any]] = lambda _: {},
        label: str = "",
    ) -> None:
        self.chart = chart
        self.label = label
        self.options = options
        self.engine: Engine = engine or EmbeddedEngine()
        self.count = 0
        # Values laid over everything in every render: dormant parts of the chart that are to be looked at.
        self.assumed: Mapping[str, Any] = {}
        # Schemas elsewhere that the values are not held against, since their addresses do not answer.
        self.unchecked: tuple[str, ...] = ()
        # What ranges of versions were taken for, each a sentence.
        self.pinned: tuple[str, ...] = chart.pinned
        self._user_values = user_values
        self._shelf = shelf or Shelf()
        self._written: dict[str, str] = {}
        self.remembered: dict[tuple[Any, ...], Manifests] = {}
        # What renders other dependencies, by the texts that name them.
        self.others: dict[tuple[str, str | None], Renderer | None] = {}
        self._nodes: tuple[ChartNode, ...] | None = None
        self._folders: tuple[str, ...] = (chart.path,)
        self._scratch = Path()
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        try:
            self._lay_out()
        except BaseException as error:
            self._stack.close()
            if isinstance(error, LimitError):
                error.where = self._named()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def nodes(self) -> tuple[ChartNode, ...]:
        """The chart and its dependencies, fetched ones included; read once, when first asked for."""
        if self._nodes is None:
            try:
                self._nodes = read_nodes(self._scratch, self.chart.name, self.chart.metadata)
            except LimitError as error:
                error.where = self._named()
                raise
        return self._nodes

    def render(
        self,
        texts: Mapping[str, str],
        extra: Mapping[str, Any] | None = None,
        *,
        merged: bool = False,
        again: bool = False,
    ) -> Manifests:
        """Render the chart with these texts; what was rendered before is remembered.

        Args:
            texts: repository path → text of the editable files, as in ``Chart.texts``.
            extra: values laid over everything else; markers travel this way.
            merged: also return the merged values.
            again: render anew what was rendered before, to see what differs by itself.

        Raises:
            RenderError: a template fails or a schema refuses the values.
            InvalidChartError: a text is not one that Helm reads.
            LimitError: it takes more time or memory than a render may.
            DependencyError: the texts name other dependencies, and these cannot be had.
        """
        other = self._with_dependencies_of(texts)
        if other:
            before = other.count
            try:
                return other.render(texts, extra, merged=merged, again=again)
            finally:
                self.count += other.count - before
        key = (frozenset(texts.items()), repr(extra or {}), repr(self.assumed))
        if not again and key in self.remembered and (not merged or self.remembered[key].values):
            return self.remembered[key]
        self._write(texts)
        for text in texts.values():
            redact.learn(text)
        values = merge(self._user_values(texts), self.assumed)
        if extra:
            values = merge(values, extra)
        self.count += 1
        try:
            rendering = self._rendering(values, merged=merged)
        except InvalidChartError as error:
            # The engine knows the file by its place in the chart, the user by its place in the repository.
            error.where = self._repository_path(error.where) if error.where else self.chart.path
            raise
        except LimitError as error:
            error.where = self._named()
            raise
        files = rendering.files
        if self.label:
            files = {f"{name}{OF}{self.label}": text for name, text in files.items()}
        manifests = Manifests(files, rendering.values, rendering.warnings)
        if not again:
            self.remembered[key] = manifests
        return manifests

    def _with_dependencies_of(self, texts: Mapping[str, str]) -> "Renderer | None":
        """What renders the chart with the dependencies that the texts name; None where they are those laid out."""
        file, lock = self.chart.chart_file, self.chart.lock_file
        text, locked = texts.get(file), texts.get(lock, self.chart.texts.get(lock))
        if not self.chart.editable or text is None or text == self.chart.texts.get(file):
            return None
        key = (text, locked)
        if key not in self.others:
            chart = self.chart.with_texts(texts)
            same = chart.dependencies == self.chart.dependencies
            self.others[key] = None if same else self._stack.enter_context(self._laid_out_as(chart))
        return self.others[key]

    def _laid_out_as(self, chart: Chart) -> "Renderer":
        other = Renderer(
            chart,
            self.options,
            engine=self.engine,
            shelf=self._shelf,
            user_values=self._user_values,
            label=self.label,
        )
        other.assumed = self.assumed
        return other

    def _write(self, texts: Mapping[str, str]) -> None:
        """Put the texts below the chart's folder into the scratch copy: templates may read any file of it."""
        below = "" if self.chart.path in ("", ".") else f"{self.chart.path}/"
        own = {path.removeprefix(below): text for path, text in texts.items() if path.startswith(below)}
        if self.chart.values_replaced:
            own["values.yaml"] = ""
        for name, text in own.items() if self.chart.editable else ():
            place = self._scratch / name
            if self._written.get(name) == text or (name not in _COPIED and not place.exists()):
                continue
            for folder in reversed([one for one in place.parents if one.is_relative_to(self._scratch)]):
                _open(folder)
            if place.is_symlink():
                place.unlink()
            _rewrite(place, text)
            self._written[name] = text
        for name in [name for name in self._written if name not in own]:
            # An earlier trial created it; left here it would count as the user's own.
            (self._scratch / name).unlink()
            del self._written[name]

    def _rendering(self, values: Mapping[str, Any], *, merged: bool) -> Rendering:
        """One render; where a schema elsewhere does not answer, once more without it, and so from then on."""
        try:
            return self.engine.render(self._scratch, values, self.options, merged=merged)
        except RenderError as error:
            if self.unchecked or not unreached(error.text):
                raise
            self.unchecked = detach(self._scratch)
            if not self.unchecked:
                raise
        return self.engine.render(self._scratch, values, self.options, merged=merged)

    def under(self, engine: Engine) -> Self:
        """The same trials with another engine."""
        other = self._other()
        other.engine = engine
        return other

    def seen(self, *, upgrade: bool = False, assumed: Mapping[str, Any] | None = None) -> Self:
        """The same trials as an upgrade, or with values laid over everything in every render."""
        other = self._other()
        other.options = replace(self.options, is_upgrade=upgrade)
        other.assumed = merge(self.assumed, assumed or {})
        return other

    def _other(self) -> Self:
        """Trials that share the scratch directory, which stays ours."""
        other = copy.copy(self)
        other.remembered = {}
        other.others = {}
        other.count = 0
        return other

    def inputs(self) -> frozenset[str]:
        """Every repository path that is rendered: of the chart, of charts beside it, and of the values.

        Only the texts where the chart is in no repository.
        """
        files = self.chart.files
        rendered = (path for folder in self._folders for path in files.under(folder)) if files else ()
        return frozenset(self.chart.texts).union(rendered)

    def _named(self) -> str:
        """The chart for people: outside Git its path says nothing."""
        return self.chart.directory.name if self.chart.path in ("", ".") else self.chart.path

    def _repository_path(self, name: str) -> str:
        return name if self.chart.path in ("", ".") else f"{self.chart.path}/{name}"

    def _lay_out(self) -> None:
        scratch = Path(self._stack.enter_context(scratch_folder()))
        self._scratch = scratch / self.chart.directory.resolve().name
        self._scratch.mkdir()
        if self.chart.files is None:
            for entry in self.chart.directory.iterdir():
                (self._scratch / entry.name).symlink_to(entry.resolve())
        else:
            self.chart.lay_out(self.chart.path, self._scratch)
        for name in _COPIED:
            _own(self._scratch / name)
            edited = self.chart.edited.get(join(self.chart.path, name))
            if edited is not None:
                (self._scratch / name).write_text(edited, encoding="utf-8", newline="")
        missing = dependencies.unready(self.chart, self._scratch)
        if missing:
            # The engine deletes archives through a linked charts/ (helm-python-sdk 0.2.2), and we write there.
            _own(self._scratch / "charts")
            brought = dependencies.fetch(self.chart, missing, self._scratch, self._shelf)
            self._folders = (self.chart.path, *brought.beside)
            self.pinned += brought.pinned
        if self._shelf.offline:
            self.unchecked = detach(self._scratch)
        self._check_kube_version()

    def _check_kube_version(self) -> None:
        """Helm refuses a chart whose ``kubeVersion`` excludes the cluster's; the engine does not look."""
        constraint = str(self.chart.metadata.get("kubeVersion") or "")
        version = self.options.kube_version or DEFAULT_KUBE_VERSION
        if constraint and satisfies(constraint, version) is False:
            raise RenderError(
                f"the chart wants Kubernetes {constraint}, and {version} is assumed",
                where=self.chart.chart_file,
                help="name the cluster's version with --kube-version",
            )


def _rewrite(place: Path, text: str) -> None:
    """Put a text in place of that of a file: written over, and cut only then.

    A file that is emptied first goes to the disk at once when it is closed (ext4: a quarter of a millisecond).
    """
    with place.open("r+b" if place.exists() else "wb") as file:
        file.write(text.encode())
        file.truncate()


def _open(folder: Path) -> None:
    """Put a folder of links in place of a link to a folder: what is written in there is ours."""
    if folder.is_symlink():
        target = folder.resolve()
        folder.unlink()
        folder.mkdir()
        for entry in target.iterdir():
            (folder / entry.name).symlink_to(entry)


def _own(path: Path) -> None:
    """Put a copy in place of a link, or of a folder of links: what is written there is ours."""
    if path.is_symlink():
        target = path.resolve()
        path.unlink()
        if target.is_dir():
            shutil.copytree(target, path)
        elif target.is_file():
            shutil.copyfile(target, path)
    elif path.is_dir():
        for entry in path.iterdir():
            if not entry.is_dir():
                _own(entry)
