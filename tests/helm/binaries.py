"""Helm binaries for tests: the real ones that tests/install_helm.sh left, and a stand-in for any machine."""

import os
import sys
from pathlib import Path

NAMED = os.environ.get("MIGRATE_DHI_TEST_HELM", "")
FOLDER = Path(NAMED) if NAMED else Path.home() / ".cache/migrate-dhi-test/helm"
REAL = tuple(sorted(FOLDER.glob("helm-[0-9]*[0-9]"))) if FOLDER.is_dir() else ()

_STAND_IN = """\
#!{python}
import sys
if sys.argv[1:2] == ["version"]:
    print({version!r})
    sys.exit()
import argparse, json
from pathlib import Path
from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.helm.engine import EmbeddedEngine, RenderOptions
from migrate_dhi.kube.documents import _parts
from migrate_dhi.kube.manifests import Manifests

parser = argparse.ArgumentParser()
parser.add_argument("command")
parser.add_argument("--template")
parser.add_argument("--namespace")
parser.add_argument("--kube-version")
parser.add_argument("--api-versions", action="append", default=[])
parser.add_argument("--values")
end = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
args = parser.parse_args(sys.argv[1:end])
release, directory = sys.argv[end + 1 :]
values = json.load(sys.stdin) if args.values == "-" else {{}}
options = RenderOptions(release, args.namespace, args.kube_version, tuple(args.api_versions))
try:
    files = EmbeddedEngine().render(Path(directory), values, options).files
except MigrateDhiError as error:
    sys.exit(f"Error: {{getattr(error, 'text', error.message)}}")
for template, text in Manifests(files).files.items():
    for part in _parts(text):
        if part.strip():
            for word in {refused!r}:
                if word in part:
                    sys.exit(f"Error: execution error at ({{template}}:1:1): {{word}} is refused")
            for old, new in {replaced!r}:
                part = part.replace(old, new)
            print(f"---\\n# Source: {{template}}\\n{{part.strip()}}")
"""


def stand_in(folder, *, version="v3.9.9", replaced=(), refused=()):
    """An executable that answers as Helm does, with the embedded engine behind it.

    ``replaced`` are (old, new) texts of its output, to be another version; it fails on a ``refused`` text.
    """
    folder.mkdir(exist_ok=True)
    path = folder / "helm"
    path.write_text(
        _STAND_IN.format(python=sys.executable, version=version, replaced=replaced, refused=refused)
    )
    path.chmod(0o755)
    return path


def script(path, text):
    """An executable shell script."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path
