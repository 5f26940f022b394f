"""The process behind the stand-ins of Helm binaries: it loads the engine once, for all their runs."""

import argparse
import atexit
import json
import marshal
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@cache
def address():
    """The socket on which it answers; it ends when this process does."""
    folder = tempfile.mkdtemp(prefix="helm-")
    path = f"{folder}/s"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        number = listening.fileno()
        command = [sys.executable, "-m", "tests.helm.standing_in", str(number)]
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, pass_fds=[number])

    def end():
        process.kill()
        process.communicate()
        Path(path).unlink(missing_ok=True)
        Path(folder).rmdir()

    atexit.register(end)
    return path


def _serve(listening):
    while True:
        asked, _ = listening.accept()
        with asked, asked.makefile("rb") as reading:
            asked.sendall(marshal.dumps(_answer(*marshal.loads(reading.read()))))


def _answer(words, stdin, replaced, refused):
    """The exit code and what is printed, as ``helm template`` does it."""
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
    end = words.index("--") if "--" in words else len(words)
    args = parser.parse_args(words[:end])
    release, directory = words[end + 1 :]
    values = json.loads(stdin) if args.values == "-" else {}
    options = RenderOptions(release, args.namespace, args.kube_version, tuple(args.api_versions))
    try:
        files = EmbeddedEngine().render(Path(directory), values, options).files
    except MigrateDhiError as error:
        return 1, "", f"Error: {getattr(error, 'text', error.message)}\n"
    printed = []
    for template, text in Manifests(files).files.items():
        for part in filter(str.strip, _parts(text)):
            for word in refused:
                if word in part:
                    return 1, "", f"Error: execution error at ({template}:1:1): {word} is refused\n"
            for old, new in replaced:
                part = part.replace(old, new)  # noqa: PLW2901 - one after the other
            printed.append(f"---\n# Source: {template}\n{part.strip()}\n")
    return 0, "".join(printed), ""


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as made:
        _serve(made)
