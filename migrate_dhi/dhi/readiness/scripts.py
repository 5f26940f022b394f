"""What a container starts: its command, hooks and probes, and scripts of mounted ConfigMaps among them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from migrate_dhi.dhi.readiness.mounts import mounted_texts
from migrate_dhi.dhi.readiness.running import Running, words
from migrate_dhi.kube.manifests import Manifests, value_at
from migrate_dhi.record import record

_SHELLS = frozenset({"sh", "bash", "ash", "dash", "ksh", "zsh"})
_PROBES = ("startupProbe", "livenessProbe", "readinessProbe")
_HOOKS = ("postStart", "preStop")
_SHEBANG = re.compile(r"#!\s*(\S+)(?:[ \t]+(\S+))?")


@record
class Start:
    """One thing that a container starts.

    ``place`` is ``command``, ``args``, a hook or a probe; ``program`` the first word that is no wrapper;
    ``shell`` the shell that runs it, or empty; ``script`` the text that the shell reads, with the texts of
    the mounted files which it names; ``file`` the mounted file that is started.
    """

    place: str
    argv: tuple[str, ...]
    program: str
    shell: str = ""
    script: str = ""
    file: str = ""

    @property
    def probe(self) -> bool:
        """True for a probe."""
        return self.place in _PROBES

    @property
    def vital(self) -> bool:
        """True where the container cannot live without it; a stop hook that fails only delays the end."""
        return self.place != "preStop"


def starts(running: Running, manifests: Manifests) -> list[Start]:
    """Everything that the manifest makes a container start, and not what the image starts by itself."""
    files = dict(mounted_texts(running.container, manifests))
    found = []
    for place, argv in _lines(running):
        inner = unwrapped(argv)
        if inner:
            found.append(_start(place, argv, inner, files))
    return found


def unwrapped(argv: tuple[str, ...]) -> tuple[str, ...]:
    """A command line without what only starts another one: ``env A=b``, ``tini --``, ``busybox``."""
    rest = list(argv)
    while rest:
        name = rest[0].rpartition("/")[2]
        if name in {"tini", "dumb-init", "catatonit"}:
            rest = rest[1:]
            while rest and rest[0].startswith("-"):
                rest = rest[1:]
        elif name == "env":
            rest = rest[1:]
            while rest and ("=" in rest[0] or rest[0].startswith("-")):
                rest = rest[1:]
        elif name == "busybox" and len(rest) > 1:
            rest = rest[1:]
        else:
            break
    return tuple(rest)


def _lines(running: Running) -> Iterator[tuple[str, tuple[str, ...]]]:
    spec = running.container.spec
    if running.command:
        yield "command", (*running.command, *running.args)
    elif running.args and not running.args[0].startswith("-"):
        yield "args", running.args
    for hook in _HOOKS:
        yield hook, words(value_at(spec, ("lifecycle", hook, "exec", "command")))
    for probe in _PROBES:
        yield probe, words(value_at(spec, (probe, "exec", "command")))


def _start(place: str, argv: tuple[str, ...], inner: tuple[str, ...], files: Mapping[str, str]) -> Start:
    program = inner[0]
    name = program.rpartition("/")[2]
    if name in _SHELLS:
        script, file = _told(inner[1:], files)
        return Start(place, argv, program, name, _followed(script, files), file)
    if program in files:
        interpreter = _interpreter(files[program])
        if interpreter in _SHELLS:
            return Start(place, argv, program, interpreter, _followed(files[program], files), program)
        return Start(place, argv, program, file=program)
    return Start(place, argv, program)


def _told(arguments: tuple[str, ...], files: Mapping[str, str]) -> tuple[str, str]:
    """What a shell is given to read: the text behind ``-c``, or a mounted file."""
    rest = list(arguments)
    inline = False
    while rest and rest[0][:1] in {"-", "+"}:
        option = rest.pop(0)
        if option.startswith("--"):
            continue
        inline = inline or "c" in option[1:]
        if option.endswith("o") and rest:
            # `-o pipefail`, `-euo pipefail`
            rest.pop(0)
    if not rest:
        return "", ""
    if inline:
        return rest[0], ""
    return files.get(rest[0], ""), rest[0] if rest[0] in files else ""


def _followed(script: str, files: Mapping[str, str]) -> str:
    """A script with the mounted shell scripts that it names."""
    named = [
        text
        for path, text in files.items()
        if path in script and text != script and (path.endswith(".sh") or _interpreter(text) in _SHELLS)
    ]
    return "\n".join([script, *named])


def _interpreter(text: str) -> str:
    """The program that the first line names: ``sh`` of ``#!/bin/sh``, ``bash`` of ``#!/usr/bin/env bash``."""
    match = _SHEBANG.match(text)
    if not match:
        return ""
    name = match[1].rpartition("/")[2]
    return (match[2] or "") if name == "env" else name


def texts(running: Running, manifests: Manifests) -> list[Any]:
    """Every text that may tell the program what to do: command line, environment, mounted files."""
    return [
        *running.command,
        *running.args,
        *running.environment.values(),
        *(text for _, text in mounted_texts(running.container, manifests)),
    ]
