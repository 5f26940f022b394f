"""Render a chart with some of its texts changed: the only place that renders.

A trial rewrites the files that differ in the scratch directory of the chart, and loads it afresh.
"""

import contextlib
import copy
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from migrate_dhi import redact
from migrate_dhi.errors import DependencyError, InvalidChartError, LimitError, RenderError
from migrate_dhi.helm.brought import LeftOut, refusal
from migrate_dhi.helm.chart import Chart, Dependency, merge
from migrate_dhi.helm.clock import asks
from migrate_dhi.helm.demanded import demanded
from migrate_dhi.helm.engine import (
    DEFAULT_KUBE_VERSION,
    EmbeddedEngine,
    Engine,
    Rendering,
    RenderOptions,
    satisfies,
)
from migrate_dhi.helm.laid import Laid
from migrate_dhi.helm.schemas import unreached
from migrate_dhi.helm.shelf import Shelf
from migrate_dhi.helm.tree import ChartNode
from migrate_dhi.helm.watch import in_pairs
from migrate_dhi.kube.manifests import OF, Manifests


class Renderer:
    """Renders of one chart; a context manager that removes its scratch directory.

    Args:
        chart: the chart; its directory is only read.
        options: release, namespace, Kubernetes version.
        engine: what renders.
        shelf: where dependencies are taken from; offline, what schemas of the values refer to is not fetched either.
        user_values: the values over the chart's own, from the texts.
        label: what names the release in the manifests, where several are looked at together.
        laid: the chart where it is laid out already, or will be for others, too.

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
        laid: Laid | None = None,
    ) -> None:
        self.chart = chart
        self.label = label
        self.options = options
        # API versions that the chart demands of the cluster, and that nobody named.
        self.granted: tuple[str, ...] = ()
        self.engine: Engine = engine or EmbeddedEngine()
        self.count = 0
        # Values laid over everything in every render: dormant parts of the chart that are to be looked at.
        self.assumed: Mapping[str, Any] = {}
        # Whether a chart from elsewhere is rendered in the version that the texts name: that costs reading them.
        self.follows_version = False
        self._user_values = user_values
        self._laid = laid or Laid(chart, shelf or Shelf())
        self.remembered: dict[tuple[Any, ...], Manifests] = {}
        # What renders other dependencies, by the texts that name them.
        self.others: dict[tuple[str, str | None], Renderer | None] = {}
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        try:
            self._stack.enter_context(self._laid)
            self._check_kube_version()
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
        try:
            return self._laid.nodes
        except LimitError as error:
            error.where = self._named()
            raise

    @property
    def unchecked(self) -> tuple[str, ...]:
        """Schemas elsewhere that the values are not held against, since their addresses do not answer."""
        return self._laid.unchecked

    @property
    def pinned(self) -> tuple[str, ...]:
        """What ranges of versions were taken for, each a sentence."""
        return self._laid.pinned

    @property
    def looked_up(self) -> tuple[str, ...]:
        """Where templates read what only a cluster has, and a text stands in."""
        return self._laid.looked_up

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """Dependencies that cannot be had, and that are switched off."""
        return self._laid.left_out

    @property
    def stand_ins(self) -> tuple[str, ...]:
        """What was taken for charts that cannot be had, each a sentence."""
        return self._laid.stand_ins

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
        for text in texts.values():
            redact.learn(text)
        values = merge(self._user_values(texts), self.assumed)
        if extra:
            values = merge(values, extra)
        try:
            rendering = self._shared(texts, values, merged=merged, again=again)
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
        manifests = Manifests(files, rendering.values, rendering.warnings, rendering.made)
        if not again:
            self.remembered[key] = manifests
        return manifests

    def _with_dependencies_of(self, texts: Mapping[str, str]) -> "Renderer | None":
        """What renders the chart with the dependencies that the texts name; None where they are those laid out."""
        if self.follows_version and self.chart.versioned:
            return self._in_version(self.chart.versioned.read(texts), texts)
        file, lock = self.chart.chart_file, self.chart.lock_file
        text, locked = texts.get(file), texts.get(lock, self.chart.texts.get(lock))
        if not self.chart.editable or text is None or text == self.chart.texts.get(file):
            return None
        key = (text, locked)
        if key not in self.others:
            chart = self.chart.with_texts(texts)
            same = chart.dependencies == self.chart.dependencies
            self.others[key] = None if same else self._stack.enter_context(self._laid_out_as(chart, key))
        return self.others[key]

    def _in_version(self, version: str, texts: Mapping[str, str]) -> "Renderer | None":
        """What renders a chart from elsewhere in another version; None where it is the one laid out."""
        if self.chart.versioned is None or version == self.chart.versioned.version:
            return None
        key = (version, None)
        if key not in self.others:
            other = self._laid_out_as(self.chart.with_texts(texts), key)
            self.others[key] = self._stack.enter_context(other)
        return self.others[key]

    def _laid_out_as(self, chart: Chart, key: tuple[str, str | None]) -> "Renderer":
        off = {one.name for one in self.left_out}
        other = Renderer(
            chart,
            self.options,
            engine=self.engine,
            user_values=self._user_values,
            label=self.label,
            laid=self._laid.others.setdefault(key, Laid(chart, self._laid.shelf, off=off)),
        )
        other.assumed = self.assumed
        return other

    def _shared(
        self, texts: Mapping[str, str], values: Mapping[str, Any], *, merged: bool, again: bool
    ) -> Rendering:
        """What was rendered of the same, for this release or for another one of the chart; else one render."""
        key = self._depends_on(texts, values)
        known = self._laid.rendered.get(key)
        if known and not again and (known.values or not merged):
            return known
        begun = None if merged else self._laid.begun.pop((key, again), None)
        rendering = begun() if begun else None
        if rendering is None:
            self._laid.write(texts)
            self.count += 1
            rendering = self._rendering(values, merged=merged)
        return rendering if again else self._laid.kept(key, rendering)

    def begin(
        self, texts: Mapping[str, str], extra: Mapping[str, Any] | None = None, *, again: bool = False
    ) -> None:
        """Have made what :meth:`render` will be asked for, while other work goes on.

        What cannot be made so is left to whoever asks for it, with the error that it ends with. Only within
        :func:`~migrate_dhi.helm.watch.settled`.

        Raises:
            LimitError: a render takes more time or memory than it may.
        """
        if not in_pairs():
            return
        with contextlib.suppress(InvalidChartError, RenderError, DependencyError):
            other = self._with_dependencies_of(texts)
            if other:
                before = other.count
                other.begin(texts, extra, again=again)
                self.count += other.count - before
                return
            values = merge(merge(self._user_values(texts), self.assumed), extra or {})
            key = self._depends_on(texts, values)
            if (key in self._laid.rendered and not again) or (key, again) in self._laid.begun:
                return
            self._laid.write(texts)
            begun = self.engine.begin(self._laid.directory, values, self.options)
            if begun:
                self._laid.begun[key, again] = begun
                self.count += 1

    def _depends_on(self, texts: Mapping[str, str], values: Mapping[str, Any]) -> tuple[Any, ...]:
        """All that tells one render from another of the same chart; the texts come last."""
        told = repr(values)
        sign = hashlib.sha256(told.encode("utf-8", "backslashreplace")).digest()
        return self.engine.label, self.options, sign, self._laid.inputs(texts, told)

    def _rendering(self, values: Mapping[str, Any], *, merged: bool) -> Rendering:
        """One render; where it fails for want of something elsewhere, once more without that, and so from then on."""
        while True:
            try:
                return self.engine.render(self._laid.directory, values, self.options, merged=merged)
            except RenderError as error:
                if not (self._detached(error) or self._granted(error) or self._laid.stand_in(error.where)):
                    if self.left_out and not self._laid.rendered:
                        # It needs what is not there, or fails for another reason: nobody can tell.
                        raise refusal(
                            self.chart, {one.dependency: one.error for one in self.left_out}
                        ) from error
                    raise

    def _detached(self, error: RenderError) -> bool:
        """Whether a schema elsewhere did not answer; it is not asked again."""
        return not self.unchecked and unreached(error.text) and bool(self._laid.detach())

    def _granted(self, error: RenderError) -> bool:
        """Whether the chart demanded API versions of the cluster; they are assumed to be there.

        Only before anything was rendered: what is compared later is rendered for one cluster.
        """
        if self.remembered:
            return False
        new = [one for one in demanded(error, self.nodes) if one not in self.options.api_versions]
        self.options = replace(self.options, api_versions=(*self.options.api_versions, *new))
        self.granted += tuple(new)
        return bool(new)

    def tells_time(self, texts: Mapping[str, str]) -> bool:
        """Whether the time may come out in a render of these texts."""
        other = self._with_dependencies_of(texts)
        if other:
            return other.tells_time(texts)
        told = self._laid.tells_time
        return asks(repr(merge(self._user_values(texts), self.assumed))) if told is None else told

    def archive(self, dependency: Dependency) -> Path | None:
        """The archive that was brought for a dependency; None where it did not have to be."""
        folders = (self._laid.archives, self._laid.directory / "charts")
        found = (Shelf((one,)).find(dependency.name, dependency.version) for one in folders)
        return next(filter(None, found), None)

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
        rendered = (path for folder in self._laid.folders for path in files.under(folder)) if files else ()
        return frozenset(self.chart.texts).union(rendered)

    def _named(self) -> str:
        """The chart for people: outside Git its path says nothing."""
        return self.chart.directory.name if self.chart.path in ("", ".") else self.chart.path

    def _repository_path(self, name: str) -> str:
        return name if self.chart.path in ("", ".") else f"{self.chart.path}/{name}"

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


def ahead(renderers: Sequence[Renderer], texts: Mapping[str, str]) -> None:
    """Have made side by side what is about to be asked of each with the same texts.

    Raises:
        LimitError: a render takes more time or memory than it may.
    """
    for one in renderers[1:]:
        one.begin(texts)
