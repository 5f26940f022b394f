"""Entrypoint and command line: what the chart starts, held against what the image starts by itself."""

from collections.abc import Iterator

from migrate_dhi.dhi.catalog import Definition
from migrate_dhi.dhi.readiness.mounts import mounts, within
from migrate_dhi.dhi.readiness.running import Remark, Running
from migrate_dhi.dhi.readiness.scripts import unwrapped
from migrate_dhi.dhi.readiness.tools import missing
from migrate_dhi.helm.manifests import Manifests

# Where programs write as they start.
_WRITTEN = ("/run/", "/var/run/", "/tmp")  # noqa: S108 - compared, never opened
_SYSTEM = ("/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/")


def check(running: Running, manifests: Manifests) -> Iterator[Remark]:  # noqa: ARG001 - all checks alike
    """Remarks on the command line."""
    definition = running.definition
    if definition is None or not running.moved:
        return
    if running.command:
        yield from _path(running, definition)
    else:
        yield from _nothing_to_run(running, definition)
    yield from _read_only(running, definition)


def _nothing_to_run(running: Running, definition: Definition) -> Iterator[Remark]:
    """The image's own command, which the chart relies on, is empty."""
    help_text = "give command and args in the values, as the upstream image had them"
    own = unwrapped(definition.entrypoint)
    if not own and running.args[:1] and running.args[0].startswith("-"):
        yield running.remark(
            "command-empty",
            "error",
            f"gives only options in args ({running.args[0]} …), and the entrypoint of the hardened image "
            f"({' '.join(definition.entrypoint) or 'empty'}) names no program",
            "name the program in command, or first in args",
        )
    elif not unwrapped(running.argv):
        said = " ".join(running.argv) or "neither entrypoint nor command"
        yield running.remark(
            "command-empty", "error", f"gives no command, and the hardened image has {said}", help_text
        )
    elif running.args and definition.entrypoint:
        last = definition.entrypoint[-1]
        option = last.startswith("-") or running.args[0].startswith("-")
        if not option and _base(running.args[0]) == _base(last) and not last.endswith(".sh"):
            yield running.remark(
                "command-doubled",
                "warning",
                f"names {running.args[0]} in args, which the entrypoint of the hardened image starts already",
                "leave the program out of args",
            )


def _path(running: Running, definition: Definition) -> Iterator[Remark]:
    """A program by its whole path, which the hardened image may have elsewhere."""
    line = unwrapped(running.command)
    if not line or not line[0].startswith("/") or line[0].startswith("/proc/"):
        return
    path = line[0]
    if any(within(path, mount.path) for mount in mounts(running.container)):
        return
    own = [word for word in (*definition.entrypoint, *definition.cmd) if not word.startswith("-")]
    if path in own:
        return
    other = next((word for word in own if _base(word) == _base(path)), "")
    if other and not other.startswith("/"):
        # Found by PATH; where that leads, the catalog does not say.
        other = "" if path.startswith((*_SYSTEM, "/usr/local/bin/")) else other
        if not other:
            return
    if other:
        yield running.remark(
            "command-path",
            "warning",
            f"starts {path}, and the hardened image has {other}",
            f"set command to {other} where a value does, or leave it out",
        )
    elif own and not _common(definition, path):
        yield running.remark(
            "command-path",
            "warning",
            f"starts {path}, and the hardened image starts {' '.join(own[:3])}; "
            "whether the path is there, the catalog does not say",
            "look into the image before the merge; set or leave out command where a value does",
        )


def _common(definition: Definition, path: str) -> bool:
    """A shell or tool, which other checks speak of, or one that lies where programs of packages lie."""
    name = _base(path)
    return (
        path.startswith(_SYSTEM)
        or name in {"sh", "bash", "ash", "dash"}
        or missing(definition, name, shell=False)
        or any(within(path, owned.path) for owned in definition.paths)
    )


def _read_only(running: Running, definition: Definition) -> Iterator[Remark]:
    """A read-only root, and an image that starts by itself and may want to write where nothing is mounted."""
    if running.security("readOnlyRootFilesystem") is not True or running.command:
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
    if wanted:
        yield running.remark(
            "root-read-only",
            "info",
            f"has a read-only root, and nothing is mounted at {', '.join(wanted[:4])}, "
            "where the hardened image may write",
            "mount an emptyDir there if the program complains",
        )


def _base(word: str) -> str:
    return word.rpartition("/")[2]
