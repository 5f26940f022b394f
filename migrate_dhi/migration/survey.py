"""What is found of a chart before anything is chosen: its render, and which value reaches what.

A survey is made once. A plan is made of it and of choices; another choice costs the steps that depend on it and
nothing else, since what was traced and rendered is remembered.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from migrate_dhi import redact
from migrate_dhi.errors import LimitError, RenderError
from migrate_dhi.helm.chart import release_name
from migrate_dhi.helm.clock import may_vary
from migrate_dhi.helm.engine import EmbeddedEngine, Engine, RenderOptions
from migrate_dhi.helm.laid import Laid
from migrate_dhi.helm.renderer import Renderer
from migrate_dhi.helm.renderers import Renderers
from migrate_dhi.helm.watch import settled
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.kube.mounts import secret_values
from migrate_dhi.migration.examples import with_examples
from migrate_dhi.migration.names import check_api_versions, check_kube_version, check_names
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.source import Source
from migrate_dhi.migration.target import open_release
from migrate_dhi.migration.unseen import Unseen
from migrate_dhi.migration.witnesses import Witnesses
from migrate_dhi.migration.worktree import explained
from migrate_dhi.release.deployed import Deployed
from migrate_dhi.release.release import Release
from migrate_dhi.steps.context import parsed
from migrate_dhi.trace.dormant import Dormant, awake, find_dormant, switches
from migrate_dhi.trace.marking import lay
from migrate_dhi.trace.tracing import APP_VERSION, Trace, trace

# Ten times what the largest of 133 real charts has.
_MOST_VALUES = 50_000
# Seconds of a render that are told: charts that make keys take one or two.
_HEAVY = 0.5
# Seconds of a render from which on it pays to begin what is likely to be asked for.
_WORTH_BEGINNING = 0.1


class Survey:
    """A target as it renders and what sets it; a context manager, since it renders in scratch directories.

    ``baseline`` is the render as it is, ``heavy`` whether renders take long; ``traces`` has, by the label of each
    release, what sets its images (with the merged values). ``dormant`` are the images that a value switches off.
    ``source`` is the target as it is rendered: where a chart renders with values for tests alone, with these.
    ``others`` are the engines that check a result besides the one that proves it.

    Raises what is no matter of a plan: a chart that does not render, a missing dependency.
    """

    def __init__(self, source: Source, options: Options) -> None:
        check_names(release=options.release, namespace=options.namespace)
        check_kube_version(options.kube_version)
        check_api_versions(options.api_versions)
        self.source = source
        self.options = options
        redact.names(source.title, source.chart.path, source.chart.name)
        redact.names(
            *(word for one in source.target.releases for word in (one.name, one.namespace, one.file))
        )
        self._engine, *self.others = _engines(options.helm)
        self._stack = ExitStack()
        self.renderer: Renderers
        self.witnesses: Witnesses
        self._open(source)
        self.baseline: Manifests
        self.heavy = False
        self.traces: dict[str, Trace] = {}
        self._dormant: dict[str, Sequence[Dormant]] = {}
        self._others: dict[frozenset[tuple[str, str]], Survey] = {}

    def _open(self, source: Source) -> None:
        self.source = source
        self.renderer = Renderers(list(_renderers(source, self.options, self._engine)))
        self.witnesses = _witnesses(source, self.options, self._engine)
        self._stack.callback(self.witnesses.close)

    def __enter__(self) -> Self:
        try:
            with settled():
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
        """Remove the scratch directories."""
        self._stack.close()

    def with_texts(self, texts: Mapping[str, str]) -> "Survey":
        """The same target, its chart as other texts have it; it is closed with this one."""
        key = frozenset(texts.items())
        if key not in self._others:
            made = Survey(self.source.with_texts(texts), self.options)
            self._others[key] = self._stack.enter_context(made)
        return self._others[key]

    @property
    def dormant(self) -> tuple[Dormant, ...]:
        """The images that a value switches off, of all releases."""
        return tuple(dict.fromkeys(item for dormant in self._dormant.values() for item in dormant))

    @cached_property
    def unseen(self) -> Unseen:
        """The renders of the chart besides the plain one."""
        members = [
            (member, self.traces[member.label].values, self._dormant[member.label])
            for member in self.renderer.members
        ]
        return Unseen(members, self.source.chart.texts)

    def _look(self) -> None:
        self.options.progress(f"rendering {self.source.title}")
        for member in self.renderer.members:
            self._stack.enter_context(member)
            try:
                self._trace(member)
            except RenderError as error:
                instead = with_examples(self.source, member)
                if instead is None:
                    raise explained(error, self.source, self.renderer) from error
                self._open(instead)
                self._look()
                return
            found = self.traces[member.label]
            dormant = find_dormant(found.values, member.nodes, found.variables, found.listed)
            self._dormant[member.label] = dormant
            if dormant and self.options.dormant:
                on = awake(member, self.source.chart.texts, found.values, switches(dormant))
                member.assumed = lay(on, found.values)
                self._trace(member)
        self.baseline = self.renderer.render(self.source.chart.texts)
        for value in secret_values(self.baseline):
            redact.learn_value(value)

    def _trace(self, member: Renderer) -> None:
        texts = self.source.chart.texts
        began = time.monotonic()
        baseline = member.render(texts, merged=True)
        took = time.monotonic() - began
        if took > _HEAVY and not self.heavy:
            # A plan takes six renders and more of each release.
            self.options.progress(f"rendering {self.source.title}, {took:.1f} s each time")
        # What says something on the side is rendered alone.
        self.heavy |= took > _WORTH_BEGINNING and not baseline.warnings
        if self.heavy and may_vary(member.nodes):
            # The first trial will look what differs by itself.
            member.begin(texts, again=True)
        if _more_than(_MOST_VALUES, baseline.values):
            raise LimitError(
                f"the values of the chart and its dependencies are more than {_MOST_VALUES:,}",
                where=self.source.chart.values_file,
                help="each may set an image, and to try that many takes minutes: move data out of the values",
            )
        self.traces[member.label] = trace(member, texts, baseline, self._with_app_version)

    def _with_app_version(self, version: str) -> Mapping[str, str]:
        texts = self.source.chart.texts
        file = self.source.chart.chart_file
        if file not in texts:
            return texts
        return {**texts, file: parsed(texts[file], file).set(APP_VERSION.path, version).text}


def _witnesses(source: Source, options: Options, engine: Engine) -> Witnesses:
    """The other releases, rendered as what deploys them says: flags are for the target alone."""
    plain = replace(options, release="", namespace="")

    def opened(release: Release) -> Source:
        if source.repository is None or source.estate is None or source.opening is None:
            raise AssertionError("only a repository has other releases")
        return open_release(release, source.repository, source.commit, source.estate, source.opening)

    return Witnesses(source, opened, lambda member: renderer_of(member, plain, engine))


def _renderers(source: Source, options: Options, engine: Engine) -> Iterator[Renderer]:
    """A renderer for each release of the target; those of one chart share where it is laid out."""
    charts: list[Laid] = []
    for label, member in source.target.members.items():
        laid = next((one for one in charts if one.chart == member.chart), None)
        if laid is None:
            laid = Laid(member.chart, options.shelf)
            charts.append(laid)
        yield renderer_of(member, options, engine, label, laid)


def renderer_of(
    member: Deployed,
    options: Options,
    engine: Engine | None = None,
    label: str = "",
    laid: Laid | None = None,
) -> Renderer:
    """What renders a release as what deploys it says; flags count more."""
    release = member.release
    rendering = RenderOptions(
        options.release or (release.name if release else release_name(member.chart.path, member.chart.name)),
        options.namespace or (release.namespace if release else "") or "default",
        options.kube_version or (release.kube_version if release else ""),
        (*options.api_versions, *(release.api_versions if release else ())),
        seconds=options.render_seconds,
    )
    return Renderer(
        member.chart,
        rendering,
        engine=engine,
        shelf=options.shelf,
        user_values=member.user_values,
        label=label,
        laid=laid,
    )


def _more_than(most: int, data: Any) -> bool:
    """Whether there are more than that many leaves in maps and lists."""
    open_, count = [data], 0
    while open_ and count <= most:
        item = open_.pop()
        if isinstance(item, dict | list):
            open_ += item.values() if isinstance(item, dict) else item
        else:
            count += 1
    return count > most


def _engines(helm: Sequence[Path]) -> list[Engine]:
    """The engine that proves, and those that check the result."""
    if not helm:
        return [EmbeddedEngine()]
    from migrate_dhi.helm.binary import BinaryEngine  # noqa: PLC0415 - only where one is named

    binaries: list[Engine] = [BinaryEngine.open(path) for path in dict.fromkeys(helm)]
    return binaries if len(binaries) == 1 else [*binaries, EmbeddedEngine()]
