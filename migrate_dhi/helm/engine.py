"""The embedded Helm engine: Helm's own Go code in this process, and the only module that imports it.

``helm-python-sdk`` is pinned: ``kube_version`` and ``api_versions`` are options of the library behind its
public ``render``, which does not pass them on. Facts about the engine that the code relies on: a rendered
chart handle is spent (its dependencies are pruned and renamed for good), so each render loads afresh;
after a render the same handle merges values with aliases and conditions applied; the engine writes
notices to file descriptor 2 past every logging switch; the Go runtime does not survive ``fork``.
"""

import json
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import cache, partial
from pathlib import Path
from threading import Thread
from typing import Any, Protocol

from migrate_dhi import redact
from migrate_dhi.errors import (
    DependencyError,
    InvalidChartError,
    LimitError,
    MigrateDhiError,
    RenderError,
)
from migrate_dhi.helm.watch import begin, in_pairs, watched
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.scratch import folder as scratch_folder
from migrate_dhi.unprintable import unprintable
from migrate_dhi.wording import shortened

# What the embedded engine assumes when it is not told (helm-python-sdk 0.2.2, Helm 4.2.3).
DEFAULT_KUBE_VERSION = "v1.36.0"

RENDER_SECONDS = 60.0
"""The time that one render may take, if nothing else is said; charts that make keys take one or two seconds."""

# Helm keeps what it installs in an object of one megabyte, packed; and what is parsed cannot be interrupted.
_LARGEST_OUTPUT = 32 * 1024 * 1024
# Values that are longer may take seconds; for others a thread is not worth its while.
_LONG_TEXT = 100_000


@record
class RenderOptions:
    """What Helm is told besides the chart and its values.

    ``kube_version`` like ``v1.31.0``; empty means the engine's own default. ``api_versions`` are added to
    the built-in ones. ``is_upgrade`` renders the release as one that is installed already. ``seconds`` is the
    time that one render may take.
    """

    release: str
    namespace: str = "default"
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()
    is_upgrade: bool = False
    seconds: float = RENDER_SECONDS


@record
class Rendering:
    """The result of one render: template path → text, and what the engine said on the side.

    ``values`` are the merged values as the templates saw them (aliases and conditions applied, nulls
    gone), or empty where they were not asked for. ``made``: when that began and ended (``time.monotonic``).
    """

    files: Mapping[str, str]
    warnings: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    made: tuple[float, float] = field(default_factory=lambda: (time.monotonic(),) * 2)


class Engine(Protocol):
    """What renders a chart: the embedded Helm, or a binary (helm/binary.py)."""

    @property
    def name(self) -> str:
        """The program or library, like ``helm``."""
        ...

    @property
    def version(self) -> str:
        """Its version of Helm, like ``3.17.1``."""
        ...

    @property
    def label(self) -> str:
        """Both, for people and for the record in commits."""
        ...

    def render(
        self, directory: Path, values: Mapping[str, Any], options: RenderOptions, *, merged: bool = False
    ) -> Rendering:
        """Load the chart in a directory and render it; see EmbeddedEngine.render."""
        ...

    def begin(
        self, directory: Path, values: Mapping[str, Any], options: RenderOptions
    ) -> Callable[[], Rendering | None] | None:
        """Begin a render that is asked for later; see EmbeddedEngine.begin."""
        ...


class EmbeddedEngine:
    """Helm 4 in this process."""

    name = "helm-python-sdk"

    @property
    def version(self) -> str:
        """The version of Helm inside, like ``4.2.3``."""
        return _version()

    @property
    def label(self) -> str:
        """Like ``helm-python-sdk (Helm 4.2.3)``."""
        return f"{self.name} (Helm {self.version})"

    def render(
        self, directory: Path, values: Mapping[str, Any], options: RenderOptions, *, merged: bool = False
    ) -> Rendering:
        """Load the chart in a directory and render it.

        Args:
            directory: the chart, laid out as Helm reads it.
            values: user values (``-f``), which win over the chart's own.
            options: release, namespace, Kubernetes version.
            merged: also return the merged values.

        Raises:
            InvalidChartError: the chart or its values cannot be read.
            RenderError: a template fails, or the values break the chart's schema.
        """
        helm = _helm()
        began = time.monotonic()

        def call() -> tuple[Mapping[str, str], Mapping[str, Any]]:
            with helm.Chart.load(directory) as chart:
                return _rendered(chart, values, options), chart.merge_values(dict(values)) if merged else {}

        try:
            (files, seen), notices = watched(call, seconds=options.seconds, what="the render")
        except helm.HelmError as error:
            raise _explain(error, directory) from error
        return Rendering(files, notices, seen, (began, time.monotonic()))

    def begin(
        self, directory: Path, values: Mapping[str, Any], options: RenderOptions
    ) -> Callable[[], Rendering | None] | None:
        """Load the chart in a directory now, and render it while the caller goes on.

        Returns what waits for it; that, or what it returns, is None where the render is to be made alone, as one
        that fails or says something on the side is.

        Raises:
            LimitError: at once or when it is waited for: it takes more time or memory than a render may.
        """
        helm = _helm()
        if not in_pairs():
            return None
        try:
            chart, notices = watched(
                lambda: helm.Chart.load(directory), seconds=options.seconds, what="the render"
            )
        except helm.HelmError:
            return None

        def call() -> Rendering:
            began = time.monotonic()
            with chart:
                files = _rendered(chart, values, options)
            return Rendering(files, made=(began, time.monotonic()))

        begun = None if notices else begin(call, seconds=options.seconds, what="the render")
        if begun is None:
            chart.close()
            return None

        return begun.result


def _rendered(chart: Any, values: Mapping[str, Any], options: RenderOptions) -> Mapping[str, str]:
    """A chart that is loaded; it is spent then."""
    arguments: dict[str, Any] = {"name": options.release, "namespace": options.namespace}
    if options.kube_version:
        arguments["kube_version"] = options.kube_version
    if options.api_versions:
        arguments["api_versions"] = list(options.api_versions)
    if options.is_upgrade:
        arguments["is_upgrade"] = True
    text = _helm()._native.call_string(  # noqa: SLF001 - see the module docstring
        "helm_render",
        chart._raw(),  # noqa: SLF001
        json.dumps(values) if values else None,
        json.dumps(arguments),
    )
    if len(text) > _LARGEST_OUTPUT:
        raise LimitError(
            f"the render brings more than {_LARGEST_OUTPUT // 1024**2} MiB of manifests",
            help="see with `helm template` what becomes so large",
        )
    found: Mapping[str, str] = json.loads(text)
    return found


def read_values(text: str, *, where: str = "") -> dict[str, Any]:
    """Read a values document as Helm does: ``0644`` is 420, ``on`` is true, ``12:30`` is a string.

    Raises InvalidChartError, with the line where the engine names one.
    """
    odd = unprintable(text)
    if odd:
        # The engine would read on to a NUL, and no further.
        place = f"{where}:{odd[0]}" if where else ""
        raise InvalidChartError(
            f"not YAML that Helm reads: {odd[1]}", where=place, help="take it out of the file"
        )
    helm = _helm()
    try:
        if len(text) < _LONG_TEXT:
            read = helm.values_from_yaml(text)
        else:
            call = partial(helm.values_from_yaml, text)
            read, _ = watched(call, seconds=RENDER_SECONDS, what=f"reading {where or 'values'}")
    except helm.HelmError as error:
        message = str(error)
        line = re.search(r"line (\d+)", message)
        place = f"{where}:{line[1]}" if where and line else where
        raise InvalidChartError(
            f"not YAML that Helm reads: {redact.said(message)}", where=place, help="mend the file"
        ) from error
    return read or {}


def read_set(expression: str, *, as_text: bool = False) -> dict[str, Any]:
    """The values that ``--set EXPRESSION`` sets (``--set-string`` with ``as_text``).

    Raises InvalidChartError for an expression that Helm does not take.
    """
    helm = _helm()
    try:
        parsed = helm.parse_set_string_values(expression) if as_text else helm.parse_set_string(expression)
    except helm.HelmError as error:
        raise InvalidChartError(f"not a parameter that Helm takes: {error}", help="mend it") from error
    return dict(parsed)


def dependency_states(directory: Path) -> list[dict[str, str]]:
    """Every declared dependency with its vendored state: ``ok``, ``unpacked``, ``missing``, …"""
    helm = _helm()
    try:
        states, _ = watched(
            lambda: helm.dependency_list(directory), seconds=RENDER_SECONDS, what="looking at charts/"
        )
    except helm.HelmError as error:
        raise _explain(error, directory) from error
    return list(states)


def package(directory: Path, destination: Path) -> Path:
    """Pack a chart directory as Helm does (honouring ``.helmignore``); returns the archive's path."""
    helm = _helm()
    try:
        archive, _ = watched(
            lambda: helm.package(directory, destination=destination),
            seconds=RENDER_SECONDS,
            what="packing a chart",
        )
    except helm.HelmError as error:
        raise DependencyError(str(error)) from error
    return Path(archive)


def satisfies(constraint: str, version: str) -> bool | None:
    """Ask Helm's own ``semverCompare``; None where the constraint or the version is malformed."""
    try:
        return _comparison(constraint, version) == "true"
    except LimitError:
        raise
    except MigrateDhiError:
        return None


@cache
def _comparison(constraint: str, version: str) -> str:
    versions = {"constraint": constraint, "version": version}
    return expand(["{{ semverCompare .constraint .version }}"], [versions])[0][0].strip()


def expand(texts: Sequence[str], data: Sequence[Any]) -> list[list[str]]:
    """Go templates with the functions that Helm gives them: for each of the data what each text becomes.

    Raises RenderError where one of them fails for one of the data.
    """
    defined = "".join(f'{{{{ define "t{at}" }}}}{text}{{{{ end }}}}' for at, text in enumerate(texts))
    calls = "".join(
        f'{{{{ template "t{at}" (index .Values.data {row}) }}}}\x1e'
        for row in range(len(data))
        for at in range(len(texts))
    )
    with scratch_folder() as scratch:
        folder = Path(scratch)
        (folder / "templates").mkdir()
        (folder / "Chart.yaml").write_text("apiVersion: v2\nname: expand\nversion: 0.0.0\n")
        (folder / "templates" / "t").write_text(defined + calls, encoding="utf-8", newline="")
        rendering = EmbeddedEngine().render(folder, {"data": list(data)}, RenderOptions("expand"))
    found = next(iter(rendering.files.values())).split("\x1e")
    width = len(texts)
    return [found[row * width : (row + 1) * width] for row in range(len(data))]


def load_ahead() -> None:
    """Load the engine in a thread of its own: its start takes 30 ms in which Python's lock is free."""
    Thread(target=_version, name="helm-start", daemon=True).start()


@cache
def _version() -> str:
    return str(_helm().helm_sdk_version()).removeprefix("v")


@cache
def _helm() -> Any:
    # 60 ms: only commands that render pay for it.
    import helm_python  # noqa: PLC0415

    return helm_python


# `chart/templates/x.yaml:12:3`, in brackets or not; Helm names the outermost template first.
_PLACE = regex(r"\(?([\w.@-]+(?:/[\w.@ -]+)+):(\d+)(?::\d+)?\)?")


def _explain(error: Exception, directory: Path) -> MigrateDhiError:
    helm = _helm()
    loading = isinstance(error, helm.HelmChartLoadError | helm.HelmChartInvalidError | helm.HelmIOError)
    return explained(str(error), directory, loading=loading)


def explained(text: str, directory: Path, *, loading: bool) -> MigrateDhiError:
    """What Helm said, as an error of ours: the innermost template and line, and the cause without its chain.

    Args:
        text: the whole message.
        directory: where the chart was rendered; its name is scratch and says nothing to anyone.
        loading: the chart could not be read at all.
    """
    message = text.replace(f"{directory}{os.sep}", "").strip()
    if loading:
        name = re.search(r"cannot load ([\w./-]*\.yaml)", message)
        line = re.search(r"line (\d+)", message)
        place = f"{name[1]}:{line[1]}" if name and line else (name[1] if name else "")
        return InvalidChartError(
            f"the chart cannot be loaded: {redact.said(_shorten(message))}",
            where=place,
            help="mend the file that the message names",
        )
    refusal = _REFUSAL.search(message)
    # What a chart says itself may hold images and addresses that look like places.
    places = list(_PLACE.finditer(message[: refusal.start("cause")] if refusal else message))
    where = f"{places[-1][1]}:{places[-1][2]}" if places else ""
    return RenderError(
        f"the chart does not render: {redact.said(_shorten(message))}",
        where=where,
        help="`helm template` shows the same message; give the values it asks for with --values",
        text=message,
    )


# What a chart itself refuses (`fail`, `required`), as opposed to a template that is wrong.
_REFUSAL = regex(r"execution error at \([^)]*\):\s*(?P<cause>.*)", re.DOTALL)
# A chain of calls on one line, as of a template that includes itself.
_CALLS = regex(r"^template: .*>: error calling \w+: ")


def _shorten(message: str) -> str:
    """The cause of a nested template error: Helm tells the whole chain of calls before it."""
    refusal = _REFUSAL.search(message)
    if refusal:
        cause = refusal["cause"]
    elif message.startswith("values don't meet"):
        cause = message
    else:
        cause = message.splitlines()[-1] if message else "no reason given"
        cause = re.sub(r"^execution error at \([^)]*\): ", "", cause.strip())
        # What follows may be one sign alone.
        cause = re.sub(r"^parse error at \([^)]*\): ", "parse error: ", cause)
        cause = _CALLS.sub("", cause)
    return shortened(cause, 400)
