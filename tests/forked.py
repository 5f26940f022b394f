"""The program in a process of its own that starts at once: forked from a process that has loaded all of it.

What loading shows is for other tests, which start ``python -m migrate_dhi``; here it would be most of what a run costs.
"""

import atexit
import contextlib
import fcntl
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import traceback
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]


class Program:
    """One run of the program, as :class:`subprocess.Popen` tells it; its output is text.

    Args:
        words: the arguments.
        cwd: where it runs.
        env: its variables; those of this process if none are given.
        terminal: a descriptor that it gets as its terminal, in a session of its own; else stdin is empty.
    """

    def __init__(self, words, *, cwd, env=None, terminal=None):
        self.args = ["migrate-dhi", *map(str, words)]
        self.returncode = None
        # Files and no pipes: they are never full, and nobody has to read them meanwhile.
        self._files = [] if terminal is not None else [tempfile.TemporaryFile() for _ in range(2)]  # noqa: SIM115
        self._said = []
        self._status, theirs = os.pipe()
        asked = {
            "words": self.args[1:],
            "cwd": str(cwd),
            "env": dict(os.environ if env is None else env),
            "terminal": terminal is not None,
            # What a signal does is inherited, but Python takes care of Ctrl-C whatever the tests run under.
            "ignored": signal.getsignal(signal.SIGHUP) is signal.SIG_IGN,
        }
        with Path(os.devnull).open() as empty:
            streams = [empty, *self._files] if terminal is None else [terminal] * 3
            message = json.dumps(asked).encode() + b"\n"
            socket.send_fds(_server(), [message], [*map(_number, streams), theirs])
        os.close(theirs)
        self.pid = int(self._told())

    def poll(self):
        """The exit code, or None while it runs."""
        if self.returncode is None and select.select([self._status], [], [], 0)[0]:
            self._end()
        return self.returncode

    def wait(self, timeout=None):
        """Wait for the end; the exit code, which is -N after signal N."""
        if self.returncode is None:
            if not select.select([self._status], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout)
            self._end()
        return self.returncode

    def communicate(self, timeout=None):
        """Wait for the end; what it wrote on stdout and stderr."""
        self.wait(timeout)
        return tuple(self._said)

    def send_signal(self, number):
        if self.poll() is None:
            # It may end in between, which is told a moment later.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self):
        self.send_signal(signal.SIGKILL)

    def _end(self):
        self.returncode = int(self._told())
        os.close(self._status)
        for file in self._files:
            with file:
                file.seek(0)
                self._said.append(file.read().decode(errors="surrogateescape"))

    def _told(self):
        """One line of who waits for it."""
        line = b""
        while not line.endswith(b"\n"):
            byte = os.read(self._status, 1)
            assert byte, "the process that forks the program is gone"
            line += byte
        return line


def run(words, *, cwd, env=None, timeout=60):
    """Run the program to its end, as :func:`subprocess.run` does."""
    process = Program(words, cwd=cwd, env=env)
    try:
        out, err = process.communicate(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def _number(stream):
    return stream if isinstance(stream, int) else stream.fileno()


@cache
def _server():
    """The way to the process that has loaded the program; it ends when this one does."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.forked", str(theirs.fileno())],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
            pass_fds=[theirs.fileno()],
        )

    def end():
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def _serve(channel):
    """Fork a process for each message of a socket."""
    _load()
    gc.collect()
    gc.freeze()
    message, fds = b"", []
    while True:
        data, some, _, _ = socket.recv_fds(channel, 1 << 20, 8)
        if not data:
            return
        message, fds = message + data, fds + some
        if not message.endswith(b"\n"):
            continue
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if os.fork() == 0:
            channel.close()
            _keep(json.loads(message), fds)
        for each in fds:
            os.close(each)
        message, fds = b"", []


def _load():
    """Import and compile all that a run may need, but the engine."""
    from prompt_toolkit.application import application

    import migrate_dhi
    from migrate_dhi import regex
    from migrate_dhi.dhi.catalog import Catalog
    from migrate_dhi.ui import prompts

    for module in pkgutil.walk_packages(migrate_dhi.__path__, "migrate_dhi."):
        importlib.import_module(module.name)
    for name in ("ctypes", "git", "platformdirs", "questionary", "rich.console", "semver"):
        importlib.import_module(name)
    Catalog.bundled()
    prompts._keep_key_bindings()
    application.load_key_bindings()
    for pattern in [each for each in gc.get_objects() if isinstance(each, regex._Regex)]:
        pattern.search("")
    # Its library starts threads, which no fork takes along.
    assert "helm_python" not in sys.modules


def _keep(asked, fds):
    """Fork the program, tell its number and how it ended."""
    *streams, status = fds
    pid = os.fork()
    if pid == 0:
        os.close(status)
        _become(asked, streams)
    for each in {*streams, 0, 1, 2}:
        os.close(each)
    os.write(status, b"%d\n" % pid)
    _, ended = os.waitpid(pid, 0)
    with contextlib.suppress(BrokenPipeError):
        os.write(status, b"%d\n" % os.waitstatus_to_exitcode(ended))
    os._exit(0)


def _become(asked, streams):
    """Be what ``python -m migrate_dhi`` would be."""
    if asked["terminal"]:
        os.setsid()
        fcntl.ioctl(streams[0], termios.TIOCSCTTY, 0)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    for each in {*streams} - {0, 1, 2}:
        os.close(each)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_IGN if asked["ignored"] else signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(asked["env"])
    os.chdir(asked["cwd"])
    sys.argv = ["migrate-dhi", *asked["words"]]
    for name, number, mode, errors in (
        ("stdin", 0, "r", "surrogateescape"),
        ("stdout", 1, "w", "surrogateescape"),
        ("stderr", 2, "w", "backslashreplace"),
    ):
        stream = open(number, mode, encoding="utf-8", errors=errors, closefd=False)  # noqa: SIM115
        stream.reconfigure(line_buffering=number == 2 or os.isatty(number))
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    os._exit(_main())


def _main():
    """Run the program and what is to be run at the end; the exit code."""
    from migrate_dhi.__main__ import main

    code = 0
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
        code = 1
    threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    return code


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as made:
        _serve(made)
