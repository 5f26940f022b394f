"""What is found of a chart before anything is chosen: its render, and which value reaches what.

A survey is made once. A plan is made of it and of choices; another choice costs the steps that depend on it and
nothing else, since what was traced and rendered is remembered.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from migrate_dhi.errors import RenderError
from migrate_dhi.helm.binary import BinaryEngine
from migrate_dhi.helm.engine import EmbeddedEngine, Engine, RenderOptions
from migrate_dhi.helm.renderer import Renderer
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.migration.names import check_kube_version, check_names, release_name
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.source import Source
from migrate_dhi.migration.unseen import Unseen
from migrate_dhi.migration.worktree import explained
from migrate_dhi.steps.context import parsed
from migrate_dhi.trace.dormant import Dormant, awake, find_dormant
from migrate_dhi.trace.tracing import APP_VERSION, Trace, trace


class Survey:
    """A chart as it renders and what sets it; a context manager, since it renders in a scratch directory.

    ``baseline`` is the render as it is, with merged values; ``dormant`` are the images that a value switches off.
    ``others`` are the engines that check a result besides the one that proves it.

    Raises what is no matter of a plan: a chart that does not render, a missing dependency.
    """

    def __init__(self, source: Source, options: Options) -> None:
        check_names(release=options.release, namespace=options.namespace)
        check_kube_version(options.kube_version)
        self.source = source
        self.options = options
        engine, *self.others = _engines(options.helm)
        release = source.deployed.release
        rendering = RenderOptions(
            options.release or (release.name if release else release_name(source.chart.directory.name)),
            options.namespace or (release.namespace if release else "") or "default",
            options.kube_version or (release.kube_version if release else ""),
            (*options.api_versions, *(release.api_versions if release else ())),
        )
        self.renderer = Renderer(
            source.chart,
            rendering,
            engine=engine,
            shelf=options.shelf,
            user_values=source.deployed.user_values,
        )
        self._stack = ExitStack()
        self.baseline: Manifests
        self.trace: Trace
        self.dormant: Sequence[Dormant]

    def __enter__(self) -> Self:
        try:
            self._stack.enter_context(self.renderer)
            self._look()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove the scratch directory."""
        self._stack.close()

    @cached_property
    def unseen(self) -> Unseen:
        """The renders of the chart besides the plain one."""
        return Unseen(self.renderer, self.source.chart.texts, self.baseline.values, self.dormant)

    def _look(self) -> None:
        chart = self.source.chart
        self.options.progress(f"rendering {self.source.title}")
        try:
            self._trace()
        except RenderError as error:
            raise explained(error, self.source, self.renderer) from error
        self.dormant = find_dormant(self.baseline.values, self.renderer.nodes, self.trace.variables)
        if self.dormant and self.options.dormant:
            self.renderer.assumed = awake(self.renderer, chart.texts, self.baseline.values, self.dormant)
            self._trace()

    def _trace(self) -> None:
        texts = self.source.chart.texts
        self.baseline = self.renderer.render(texts, merged=True)
        self.trace = trace(self.renderer, texts, self.baseline, self._with_app_version)

    def _with_app_version(self, version: str) -> Mapping[str, str]:
        texts = self.source.chart.texts
        file = self.source.chart.chart_file
        if file not in texts:
            return texts
        return {**texts, file: parsed(texts[file], file).set(APP_VERSION.path, version).text}


def _engines(helm: Sequence[Path]) -> list[Engine]:
    """The engine that proves, and those that check the result."""
    binaries: list[Engine] = [BinaryEngine.open(path) for path in dict.fromkeys(helm)]
    return binaries if len(binaries) == 1 else [*binaries, EmbeddedEngine()]
