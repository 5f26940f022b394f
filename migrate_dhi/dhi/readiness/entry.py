"""Entrypoint and command line: what the chart starts, held against what the image starts by itself."""

from collections.abc import Iterator

from migrate_dhi.dhi.catalog import Definition
from migrate_dhi.dhi.readiness.paths import is_foreign
from migrate_dhi.dhi.readiness.running import Running
from migrate_dhi.dhi.readiness.tools import missing
from migrate_dhi.findings import Finding
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.kube.mounts import mounts, within
from migrate_dhi.kube.shell import unwrapped
from migrate_dhi.kube.users import effective
from migrate_dhi.regex import regex

_SHELLS = frozenset({"sh", "bash", "ash", "dash"})
_SCRIPT = regex(r"entrypoint|\.sh$|^(?:start|run|init|entry)")
# Where programs write as they start.
_WRITTEN = ("/run/", "/var/run/", "/tmp")  # noqa: S108 - compared, never opened
# Hardened images keep programs in one of these and link them from the others.
_SYSTEM = ("/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/", "/usr/local/bin/")


def check(running: Running, manifests: Manifests) -> Iterator[Finding]:  # noqa: ARG001 - all checks alike
    """Remarks on the command line."""
    definition = running.definition
    if definition is None or not running.moved:
        return
    if running.command:
        yield from _path(running, definition)
    else:
        yield from _nothing_to_run(running, definition)
    yield from _read_only(running, definition)


def _nothing_to_run(running: Running, definition: Definition) -> Iterator[Finding]:
    """The image's own command, which the chart relies on, is empty."""
    help_text = "give command and args in the values, as the upstream image had them"
    own = unwrapped(definition.entrypoint)
    needed = running.known.arguments
    if needed and not running.args and len(unwrapped(running.argv)) == 1:
        yield running.finding(
            "command-empty",
            "error",
            f"gives no arguments, and the hardened image has none: {needed.text}",
            f"{help_text}; source: {needed.source}",
        )
    elif not own and running.args[:1] and running.args[0].startswith("-"):
        yield running.finding(
            "command-empty",
            "error",
            f"gives only options in args ({running.args[0]} …), and the entrypoint of the hardened image "
            f"({' '.join(definition.entrypoint) or 'empty'}) names no program",
            "or name the program in command",
            lambda other: bool(unwrapped(other.entrypoint)),
        )
    elif not unwrapped(running.argv):
        said = " ".join(running.argv) or "neither entrypoint nor command"
        yield running.finding(
            "command-empty", "error", f"gives no command, and the hardened image has {said}", help_text
        )
    elif running.args and not (definition.entrypoint or definition.cmd) and _is_word(running.args[0]):
        yield running.finding(
            "command-empty",
            "warning",
            f"gives only args, the hardened image has no entrypoint, and so {running.args[0]} is the program",
            "name the program in command, as the entrypoint of the upstream image does",
        )
    elif running.args and definition.entrypoint:
        last = definition.entrypoint[-1]
        option = last.startswith("-") or running.args[0].startswith("-")
        shell = not option and _base(running.args[0]) in _SHELLS
        if shell and own and definition.shells and not _hands_on(own):
            yield running.finding(
                "command-doubled",
                "error",
                f"names {running.args[0]} in args, and the entrypoint of the hardened image, {own[0]}, takes all of "
                "them for its own arguments",
                "or name it in command, as the entrypoint of the upstream image starts what args name",
                lambda other: not unwrapped(other.entrypoint) or _hands_on(unwrapped(other.entrypoint)),
            )
        elif not option and _base(running.args[0]) == _base(last) and not last.endswith(".sh"):
            yield running.finding(
                "command-doubled",
                "warning",
                f"names {running.args[0]} in args, which the entrypoint of the hardened image starts already",
                "leave the program out of args",
            )


def _path(running: Running, definition: Definition) -> Iterator[Finding]:
    """A program by its whole path, which the hardened image may have elsewhere."""
    line = unwrapped(running.command)
    if not line or not line[0].startswith("/") or line[0].startswith("/proc/"):
        return
    path = line[0]
    if any(within(path, mount.path) for mount in mounts(running.container)):
        return
    own = [word for word in (*definition.entrypoint, *definition.cmd) if not word.startswith("-")]
    if path in own or path in definition.files:
        return
    if not own or path.startswith(_SYSTEM) or _common(definition, path):
        return
    same = next((word for word in own if _base(word) == _base(path)), "")
    if is_foreign(path) and not same:
        # paths.py says so.
        return
    has = f"has {same}" if same else f"starts {' '.join(own[:3])}"
    yield running.finding(
        "command-path",
        "info",
        f"starts {path}, and the hardened image {has}; whether that path is there too, the catalog does not say",
        "look into the image before the merge; where a value sets command, "
        + (f"{same} is safe" if same else "it is safe to leave it out"),
    )


def _common(definition: Definition, path: str) -> bool:
    """A shell or tool, which other checks speak of, or what lies in a directory that the image creates."""
    name = _base(path)
    return (
        name in _SHELLS
        or missing(definition, name, shell=False)
        or any(within(path, owned.path) for owned in definition.paths)
    )


def _hands_on(entrypoint: tuple[str, ...]) -> bool:
    """Whether an entrypoint may start what its arguments name: by a script, or a shell."""
    return any(_SCRIPT.search(_base(word)) or _base(word) in _SHELLS for word in entrypoint)


def _is_word(argument: str) -> bool:
    """A word like ``server`` that means something to a program, and is none: no path, no shell."""
    return "/" not in argument and argument not in _SHELLS


def _read_only(running: Running, definition: Definition) -> Iterator[Finding]:
    """A read-only root, and an image that starts by itself and may want to write where nothing is mounted."""
    if effective(running.container, "readOnlyRootFilesystem") is not True:
        return
    if running.command and not set(unwrapped(running.command)[:1]) & set(definition.entrypoint):
        # Another program than the image's own, as it was before.
        return
    covered = mounts(running.container)
    wanted = [
        path.path
        for path in definition.paths
        if path.uid and path.uid == definition.uid and path.path.startswith(_WRITTEN)
    ]
    if any(word.endswith(".sh") for word in definition.entrypoint):
        wanted.insert(0, "/tmp")  # noqa: S108 - compared, never opened
    wanted = [path for path in wanted if not any(mount.covers(path) for mount in covered)]
    closed = False
    for known in running.writes:
        folders = [path for path in known.paths if not any(mount.covers(path) for mount in covered)]
        if folders:
            closed = True
            yield running.finding(
                "root-read-only",
                "error",
                f"has a read-only root, and nothing is mounted at {', '.join(folders)}: as it starts the program of "
                f"the hardened image writes there ({known.text}; {known.source}), and stops",
                "mount an emptyDir there",
            )
    if wanted and not closed:
        yield running.finding(
            "root-read-only",
            "info",
            f"has a read-only root, and nothing is mounted at {', '.join(wanted[:4])}, "
            "where the hardened image may write",
            "mount an emptyDir there if the program complains",
        )


def _base(word: str) -> str:
    return word.rpartition("/")[2]
