"""A Helm binary as the engine: the version that the cluster's Argo CD or Flux runs.

``helm template`` prints every document behind a line ``# Source: <template>`` (Helm 3.11 to 4.1 alike), so
its output is split by template again. Merged values are not part of it; they come from the embedded engine,
but for what a null in the chart's own values does to a dependency's default: there the versions differ (3.11
and 4.2 keep it, 3.17 and 4.1 delete it), so the binary itself is asked.
"""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from migrate_dhi.errors import LimitError, PathNotFoundError, RenderError, UsageError
from migrate_dhi.helm.engine import (
    DEFAULT_KUBE_VERSION,
    EmbeddedEngine,
    Rendering,
    RenderOptions,
    explained,
    read_values,
)
from migrate_dhi.helm.watch import evidence
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.scratch import folder as scratch_folder

# Seconds.
_VERSION_LIMIT = 20

_VERSION = regex(r"v?(\d+)\.\d+\.\d+\S*")
# A document cannot hold a `---` of its own at the start of a line: Helm has split there already.
_DOCUMENT = regex(r"^---\n# Source: (.+)\n", re.MULTILINE)


@record
class BinaryEngine:
    """One Helm binary; ``version`` is what it says of itself, without the ``v``."""

    path: Path
    version: str
    name: str = "helm"

    @classmethod
    def open(cls, argument: Path) -> "BinaryEngine":
        """The binary at a path, or of that name in ``PATH``.

        Raises PathNotFoundError, or UsageError where it cannot be run or is not Helm 3 or later.
        """
        path = _executable(argument)
        try:
            said = _run([str(path), "version", "--template", "{{.Version}}"], limit=_VERSION_LIMIT)
        except (OSError, subprocess.TimeoutExpired) as error:
            reason = (
                error.strerror if isinstance(error, OSError) else f"no answer in {_VERSION_LIMIT} seconds"
            )
            raise _no_helm(argument, f"it cannot be run: {reason}") from error
        version = _VERSION.fullmatch(said.stdout.decode("utf-8", "replace").strip())
        if said.returncode or not version:
            raise _no_helm(argument, "`version` does not answer as Helm does")
        if int(version[1]) < 3:
            raise _no_helm(argument, f"Helm {version[0]} is too old; 3 or later is needed")
        return cls(path, version[0].removeprefix("v"))

    @property
    def label(self) -> str:
        """Like ``Helm 3.17.1``."""
        return f"Helm {self.version}"

    def begin(self, *_: object) -> None:
        """Nothing: a process is started where it is asked for."""

    def render(
        self, directory: Path, values: Mapping[str, Any], options: RenderOptions, *, merged: bool = False
    ) -> Rendering:
        """Render with ``helm template``; see EmbeddedEngine.render.

        Told no Kubernetes version, it renders for the one that the embedded engine assumes: what differs
        is then the version of Helm alone.

        Raises:
            InvalidChartError: the chart or its values cannot be read.
            RenderError: a template fails, or a schema refuses the values.
            LimitError: the render takes more time than the options give it.
        """
        command = [str(self.path), "template", "--namespace", options.namespace]
        command += ["--kube-version", options.kube_version or DEFAULT_KUBE_VERSION]
        for version in options.api_versions:
            command += ["--api-versions", version]
        if options.is_upgrade:
            command.append("--is-upgrade")
        if values:
            command += ["--values", "-"]
        command += ["--", options.release, str(directory.resolve())]
        began = time.monotonic()
        try:
            result = _run(command, json.dumps(values).encode(), limit=options.seconds)
        except subprocess.TimeoutExpired as error:
            raise LimitError(
                f"{self.label} takes more than {options.seconds:g} seconds for the render",
                help="see with `helm template` whether it ends at all; --render-timeout SECONDS gives it more time",
            ) from error
        except OSError as error:
            raise RenderError(
                f"{self.label} cannot be run: {error.strerror}", where=str(self.path)
            ) from error
        notices = result.stderr.decode("utf-8", "replace").splitlines()
        if result.returncode:
            text = _complaint(notices) or f"{self.label} ended with exit code {result.returncode}"
            raise explained(text, directory.resolve(), loading=text.startswith("cannot load"))
        made = began, time.monotonic()
        seen = self._merged(directory, values, options) if merged else {}
        return Rendering(
            _by_template(result.stdout.decode("utf-8", "replace")), evidence(notices), seen, made
        )

    def _merged(
        self, directory: Path, values: Mapping[str, Any], options: RenderOptions
    ) -> Mapping[str, Any]:
        merged = EmbeddedEngine().render(directory, values, options, merged=True).values
        file = directory / "values.yaml"
        own = read_values(file.read_text(encoding="utf-8-sig")) if file.is_file() else {}
        for path in _nulls(own):
            if _deletes_nulls(self):
                merged = _without(merged, path, values)
        return merged


def _nulls(values: Mapping[str, Any], path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for key, value in values.items():
        if value is None:
            found.append((*path, key))
        elif isinstance(value, dict):
            found += _nulls(value, (*path, key))
    return found


def _without(merged: Mapping[str, Any], path: tuple[str, ...], values: Any) -> dict[str, Any]:
    """The merged values without a default that a null deletes, unless user values set it after all."""
    key, rest = path[0], path[1:]
    own = values.get(key) if isinstance(values, Mapping) else None
    kept = dict(merged)
    if rest and isinstance(kept.get(key), dict):
        kept[key] = _without(kept[key], rest, own)
    elif not rest and own is None:
        kept.pop(key, None)
    return kept


@cache
def _deletes_nulls(engine: BinaryEngine) -> bool:
    """Whether a null in a chart's own values deletes a declared dependency's default.

    Measured on a chart of its own, since it came and went.
    """
    with scratch_folder() as scratch:
        outer = Path(scratch) / "outer"
        inner = outer / "charts" / "inner"
        (inner / "templates").mkdir(parents=True)
        for folder, values in ((outer, {"inner": {"key": None}}), (inner, {"key": "kept"})):
            metadata: dict[str, Any] = {"apiVersion": "v2", "name": folder.name, "version": "0.0.0"}
            if folder == outer:
                metadata["dependencies"] = [{"name": "inner", "version": "0.0.0"}]
            (folder / "Chart.yaml").write_text(json.dumps(metadata))
            (folder / "values.yaml").write_text(json.dumps(values))
        (inner / "templates" / "t.yaml").write_text('kind: {{ .Values.key | default "deleted" }}\n')
        files = engine.render(outer, {}, RenderOptions("nulls")).files
    return "deleted" in "".join(files.values())


def _executable(argument: Path) -> Path:
    found = argument if argument.exists() or argument.parent != Path() else shutil.which(str(argument))
    path = Path(found).absolute() if found else None
    if path is None or not path.exists():
        raise PathNotFoundError(
            "there is no such Helm binary", where=str(argument), help="give --helm the path of a Helm binary"
        )
    if not path.is_file() or not os.access(path, os.X_OK):
        raise _no_helm(argument, "it is not an executable file")
    return path


def _no_helm(argument: Path, reason: str) -> UsageError:
    return UsageError(
        f"not a Helm binary: {reason}", where=str(argument), help="give --helm the path of a Helm binary"
    )


def _run(command: Sequence[str], stdin: bytes = b"", *, limit: float) -> "subprocess.CompletedProcess[bytes]":
    """Run it with none of the user's Helm settings, plugins or clusters in sight."""
    with scratch_folder() as home:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("HELM_", "KUBE"))}
        for name in ("HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"):
            clean[name] = home
        clean["HELM_PLUGINS"] = str(Path(home) / "plugins")
        # Helm warns of a configuration that is absent, or that others can read.
        cluster = Path(home) / "cluster"
        cluster.touch(mode=0o600)
        clean["KUBECONFIG"] = str(cluster)
        return subprocess.run(
            command, input=stdin, capture_output=True, check=False, timeout=limit, env=clean, cwd=home
        )


def _complaint(notices: Sequence[str]) -> str:
    """What Helm gave up with: everything behind ``Error:``, without its advice to debug."""
    text = "\n".join(notices)
    start = re.search(r"^Error: ", text, re.MULTILINE)
    text = text[start.end() :] if start else text
    return re.sub(r"\n+Use --debug flag to render out invalid YAML\s*$", "", text).strip()


def _by_template(output: str) -> dict[str, str]:
    """Template path → its documents, in the order in which Helm printed them."""
    parts = _DOCUMENT.split(output)
    files: dict[str, str] = {}
    for template, text in zip(parts[1::2], parts[2::2], strict=True):
        files[template] = f"{files[template]}---\n{text}" if template in files else text
    return files
