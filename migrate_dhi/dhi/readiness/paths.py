"""Paths of the upstream image that a command line relies on, and that the hardened one does not have."""

import re
from collections.abc import Iterator

from migrate_dhi.dhi.catalog import Definition
from migrate_dhi.dhi.readiness.running import Running
from migrate_dhi.dhi.readiness.tools import speaks_of
from migrate_dhi.findings import Finding
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.kube.mounts import mounts
from migrate_dhi.kube.shell import Start, starts
from migrate_dhi.kube.shellwords import commands
from migrate_dhi.regex import regex
from migrate_dhi.wording import some_of

# An absolute path that stands by itself: no part of a URL, of another path or of a variable.
_PATH = regex(r"(?<![\w.$}/:@~-])(/(?:[\w.@+-]+/)*[\w.@+-]+)")
# What runs the file that follows it, at the start of a command or behind these.
_RUNS = regex(r"(?:^|[\n;&|({`]|\b(?:exec|source|then|do|else|sh|bash)|(?<!\S)\.)\s*$")
# What makes the file that follows it.
_MAKES = regex(r"(?:>|\b(?:mkdir|touch|tee|ln|cp|mv|install|rm|test|-[defrswx])\b[^\n;&|]*)\s*$")
# Folders by which makers of images tell theirs apart; what lies elsewhere, packages may bring.
_FOREIGN = regex(r"/(?:opt|app|bitnami|srv)/[^/]+(?:/|$)|/[^/]+\.sh$|/(?:docker-entrypoint[^/]*|scripts?)/")
# The script by which Docker Official Images begin, called by its name alone.
_BEGINS = regex(r"[\w-]*entrypoint[\w-]*(?:\.sh)?")
_LIBRARY = ("/usr/local/bin/", "/usr/bin/", "/bin/")


def check(running: Running, manifests: Manifests) -> Iterator[Finding]:
    """One remark for all paths that are run, and one for those that are merely named."""
    definition = running.definition
    if definition is None or not running.moved:
        return
    run: dict[str, str] = {}
    named: dict[str, str] = {}
    for start in starts(running.container, manifests):
        for path, runs in _paths(start):
            if is_foreign(path) and not _is_there(running, definition, start, path):
                (run if runs else named).setdefault(path, start.place)
        for name in _scripts(start):
            if not _has_script(running, definition, name):
                run.setdefault(name, start.place)
    if run:
        yield running.finding(
            "path-missing",
            "error",
            f"runs {_told(run)}, which belongs to the upstream image: nothing shows that the hardened one has it",
            "or leave command and args to the image",
            lambda other: all(speaks_of(other, path) for path in run),
        )
    elif named:
        yield running.finding(
            "path-missing",
            "warning",
            f"names {_told(named)}, and nothing shows that the hardened image has it",
            "look into the image, or mount what the program reads there",
        )


def _told(paths: dict[str, str]) -> str:
    return some_of((f"{path} ({place})" for path, place in paths.items()), 3)


def _paths(start: Start) -> Iterator[tuple[str, bool]]:
    """The absolute paths of a command line or script, and whether each is run."""
    if start.program.startswith("/"):
        yield start.program, True
    made: set[str] = set()
    for text in (start.script,) if start.shell else start.argv[1:]:
        for match in _PATH.finditer(text):
            before, path = text[: match.start()], match[1]
            if start.shell and _MAKES.search(before.rpartition("\n")[2]):
                made.add(path)
            elif not any(path == own or path.startswith(f"{own}/") for own in made):
                yield path, bool(start.shell and _RUNS.search(before))


def _scripts(start: Start) -> Iterator[str]:
    """The names of entrypoint scripts that are called without a folder."""
    called = [name for name, _ in commands(start.script)] if start.shell else [start.program]
    for name in called:
        if _BEGINS.fullmatch(name) and (
            start.program == name or re.search(rf"(?<![\w./$}}-]){name}", start.script)
        ):
            yield name


def _has_script(running: Running, definition: Definition, name: str) -> bool:
    """Whether the image begins by a script of that name, or the chart brings one."""
    own = (*definition.entrypoint, *definition.cmd, *(mount.path for mount in mounts(running.container)))
    return any(word.rpartition("/")[2] == name for word in own)


def is_foreign(path: str) -> bool:
    """True for a path that no package brings: makers of images lay out such folders and scripts themselves."""
    return bool(_FOREIGN.match(path)) or (path.startswith(_LIBRARY) and path.endswith(".sh"))


def _is_there(running: Running, definition: Definition, start: Start, path: str) -> bool:
    """On a volume, or where the facts of the image speak of it; the image's own program may have another folder."""
    own = {word.rpartition("/")[2] for word in (*definition.entrypoint, *definition.cmd)}
    if path == start.program and path.rpartition("/")[2] in own:
        return True
    return any(mount.covers(path) for mount in mounts(running.container)) or speaks_of(definition, path)
