"""What a container starts: its command, hooks and probes, and scripts of mounted ConfigMaps among them.

The one place that tells what a command line runs behind ``env``, an init process, or another shell.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from migrate_dhi.kube.manifests import Container, Manifests, value_at
from migrate_dhi.kube.mounts import copied_texts, mounted_texts, variables_from
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.untyped import maps

SHELLS = frozenset({"sh", "bash", "ash", "dash", "ksh", "zsh"})
INITS = frozenset({"tini", "tini-static", "dumb-init", "catatonit", "docker-init", "s6-setuidgid"})
PROBES = ("startupProbe", "livenessProbe", "readinessProbe")
_HOOKS = ("postStart", "preStop")
_VARIABLE = regex(r"\$?\$\(([A-Za-z_][\w.-]*)\)")
_SHEBANG = regex(r"#![ \t]*(\S.*)")
# Programs that run the command behind their own options: options that take a value, and words of their own.
_RUNNERS: Mapping[str, tuple[frozenset[str], int]] = {
    **dict.fromkeys(INITS - {"s6-setuidgid"}, (frozenset({"-p", "-e", "-r", "--rewrite"}), 0)),
    "s6-setuidgid": (frozenset(), 1),
    "busybox": (frozenset(), 0),
    "env": (frozenset({"-u", "--unset", "-C", "--chdir"}), 0),
    "exec": (frozenset({"-a"}), 0),
    "gosu": (frozenset(), 1),
    "ionice": (frozenset({"-c", "-n"}), 0),
    "nice": (frozenset({"-n"}), 0),
    "nohup": (frozenset(), 0),
    "setpriv": (frozenset({"--reuid", "--regid", "--groups"}), 0),
    "setsid": (frozenset(), 0),
    "stdbuf": (frozenset({"-i", "-o", "-e"}), 0),
    "su-exec": (frozenset(), 1),
    "sudo": (frozenset({"-u", "--user", "-g", "--group", "-h", "--host", "-p", "--prompt", "-C", "-D"}), 0),
    "time": (frozenset(), 0),
    "timeout": (frozenset({"-s", "-k", "--signal", "--kill-after"}), 1),
    "xargs": (frozenset({"-a", "-d", "-E", "-I", "-L", "-n", "-P", "-s"}), 0),
}
_SET_VARIABLES = frozenset({"env", "sudo"})


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
        return self.place in PROBES

    @property
    def vital(self) -> bool:
        """True where the container cannot live without it; a stop hook that fails only delays the end."""
        return self.place != "preStop"


def starts(container: Container, manifests: Manifests) -> list[Start]:
    """Everything that the manifest makes a container start, and not what the image starts by itself."""
    files = {**dict(copied_texts(container, manifests)), **dict(mounted_texts(container, manifests))}
    found = []
    for place, argv in _lines(container):
        inner = unwrapped(argv)
        if inner:
            found.append(_start(place, argv, inner, files))
    return found


def unwrapped(argv: Sequence[str]) -> tuple[str, ...]:
    """A command line without what only starts another one: ``env A=b``, ``tini --``, ``busybox``, nested too."""
    rest = tuple(argv)
    while rest and (inner := run_by(rest)) is not None:
        rest = inner
    return rest


def runners(argv: Sequence[str]) -> list[str]:
    """The programs of a command line that only start another one, the outermost first."""
    found, rest = list[str](), tuple(argv)
    while rest and (inner := run_by(rest)) is not None:
        found.append(rest[0])
        rest = inner
    return found


def run_by(argv: tuple[str, ...]) -> tuple[str, ...] | None:
    """What the first word runs; None where it runs nothing but itself."""
    name = argv[0].rpartition("/")[2]
    if name not in _RUNNERS or (name == "busybox" and len(argv) == 1):
        return None
    taking, own = _RUNNERS[name]
    rest = list(argv[1:])
    while rest and rest[0].startswith("-") and rest[0] != "-":
        option = rest.pop(0)
        if option == "--":
            break
        if name == "env" and option in {"-S", "--split-string"} and rest:
            rest[:1] = rest[0].split()
        elif option in taking and rest:
            rest.pop(0)
    while name in _SET_VARIABLES and rest and "=" in rest[0]:
        rest.pop(0)
    return tuple(rest[own:])


def shell_of(argv: Sequence[str]) -> str:
    """The shell that a command line starts, behind whatever starts it; empty where it starts none."""
    inner = unwrapped(argv)
    name = inner[0].rpartition("/")[2] if inner else ""
    return name if name in SHELLS else ""


def init_of(argv: Sequence[str]) -> str:
    """The init process that a command line starts first (``tini``), or empty."""
    rest: tuple[str, ...] | None = tuple(argv)
    while rest:
        name = rest[0].rpartition("/")[2]
        if name in INITS:
            return name
        rest = run_by(rest)
    return ""


def command_of(container: Container) -> tuple[str, ...]:
    """``command`` as rendered."""
    return words(container.spec.get("command"))


def args_of(container: Container) -> tuple[str, ...]:
    """``args`` as rendered."""
    return words(container.spec.get("args"))


def variable_names(container: Container, manifests: Manifests) -> tuple[str, ...]:
    """The names of the variables that a container is given, also those whose values come from other objects."""
    return tuple(dict.fromkeys((*environment_of(container), *dict(variables_from(container, manifests)))))


def environment_of(container: Container) -> Mapping[str, str]:
    """The variables whose values the manifest spells out."""
    return {
        str(item.get("name")): str(item.get("value") or "")
        for item in maps(container.spec.get("env"))
        if item.get("valueFrom") is None
    }


def words(value: Any) -> tuple[str, ...]:
    """A list of a manifest as texts, a null in it as the empty one; nothing where it is no list."""
    return tuple("" if item is None else str(item) for item in value) if isinstance(value, list) else ()


def _lines(container: Container) -> Iterator[tuple[str, tuple[str, ...]]]:
    spec, known = container.spec, environment_of(container)
    # Kubernetes puts variables in here, and not in hooks and probes (Kubernetes API, Container).
    command, args = (
        tuple(_VARIABLE.sub(lambda found: _valued(found, known), word) for word in line)
        for line in (command_of(container), args_of(container))
    )
    if command:
        yield "command", (*command, *args)
    elif args and not args[0].startswith("-"):
        yield "args", args
    for hook in _HOOKS:
        yield hook, words(value_at(spec, ("lifecycle", hook, "exec", "command")))
    for probe in PROBES:
        yield probe, words(value_at(spec, (probe, "exec", "command")))


def _valued(found: re.Match[str], known: Mapping[str, str]) -> str:
    return found[0][1:] if found[0].startswith("$$") else known.get(found[1], found[0])


def _start(place: str, argv: tuple[str, ...], inner: tuple[str, ...], files: Mapping[str, str]) -> Start:
    program = inner[0]
    name = program.rpartition("/")[2]
    if name in SHELLS:
        script, file = _told(inner[1:], files)
        return Start(place, argv, program, name, _followed(script, files), file)
    if program in files:
        interpreter = _interpreter(files[program])
        if interpreter in SHELLS:
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


def inline(argv: Sequence[str]) -> str:
    """The script of a command line that gives a shell its text (``sh -c TEXT``), else nothing."""
    inner = unwrapped(argv)
    return _told(inner[1:], {})[0] if inner and shell_of(argv) else ""


def _followed(script: str, files: Mapping[str, str]) -> str:
    """A script with the mounted shell scripts that it names."""
    named = [
        text
        for path, text in files.items()
        if path in script and text != script and (path.endswith(".sh") or _interpreter(text) in SHELLS)
    ]
    return "\n".join([script, *named])


def _interpreter(text: str) -> str:
    """The program that the first line runs: ``sh`` of ``#!/bin/sh``, ``bash`` of ``#!/usr/bin/env -S bash -e``."""
    match = _SHEBANG.match(text)
    inner = unwrapped(match[1].split()) if match else ()
    return inner[0].rpartition("/")[2] if inner else ""


def told(container: Container, manifests: Manifests) -> list[str]:
    """The texts of the command line and the environment."""
    return [
        *command_of(container),
        *args_of(container),
        *environment_of(container).values(),
        *(text for _, text in variables_from(container, manifests) if text),
    ]


def texts(container: Container, manifests: Manifests) -> list[str]:
    """Every text that may tell the program what to do: command line, environment, mounted files."""
    return [*told(container, manifests), *(text for _, text in mounted_texts(container, manifests))]
