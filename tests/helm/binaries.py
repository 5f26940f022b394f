"""Helm binaries for tests: the real ones that tests/install_helm.sh left, and a stand-in for any machine."""

import os
import sys
from pathlib import Path

from tests.helm import standing_in

NAMED = os.environ.get("MIGRATE_DHI_TEST_HELM", "")
FOLDER = Path(NAMED) if NAMED else Path.home() / ".cache/migrate-dhi-test/helm"
REAL = tuple(sorted(FOLDER.glob("helm-[0-9]*[0-9]"))) if FOLDER.is_dir() else ()

# Loading the engine, and even Python's own socket module, takes several times as long as a render.
_STAND_IN = """\
#!{python} -IS
import marshal, sys
from _socket import AF_UNIX, SHUT_WR, socket
if sys.argv[1:2] == ["version"]:
    print({version!r})
    sys.exit()
stdin = sys.stdin.read() if "--values" in sys.argv else ""
asked = socket(AF_UNIX)
asked.connect({address!r})
asked.sendall(marshal.dumps((sys.argv[1:], stdin, {replaced!r}, {refused!r})))
asked.shutdown(SHUT_WR)
answer = b""
while part := asked.recv(1 << 20):
    answer += part
code, out, err = marshal.loads(answer)
sys.stdout.write(out)
sys.stderr.write(err)
sys.exit(code)
"""


def stand_in(folder, *, version="v3.9.9", replaced=(), refused=()):
    """An executable that answers as Helm does, with the embedded engine behind it.

    ``replaced`` are (old, new) texts of its output, to be another version; it fails on a ``refused`` text.
    """
    folder.mkdir(exist_ok=True)
    path = folder / "helm"
    how = {"version": version, "replaced": replaced, "refused": refused}
    path.write_text(_STAND_IN.format(python=sys.executable, address=standing_in.address(), **how))
    path.chmod(0o755)
    return path


def script(path, text):
    """An executable shell script."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path
