"""Data directories: a volume where the upstream image had its data, and the hardened one has it elsewhere."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from migrate_dhi.dhi.catalog import Definition
from migrate_dhi.dhi.readiness.running import Running
from migrate_dhi.findings import Finding
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.kube.mounts import (
    Mount,
    lasting,
    mounted_texts,
    mounts,
    unread_variables,
    variables_from,
    within,
)
from migrate_dhi.kube.shell import texts, told
from migrate_dhi.oci.reference import Reference
from migrate_dhi.regex import regex

# Folders that are named so are no one's own: opt, var.
_SHORT = 3
# The variables by which images say where their data lies: PGDATA, ZOO_DATA_DIR, MYSQLDATA.
_VARIABLE = regex(r"(?:[A-Z0-9]+_)*[A-Z0-9]*DATA(?:_?DIR)?")


def check(running: Running, manifests: Manifests) -> Iterator[Finding]:
    """Remarks on data that would not be found again."""
    definition = running.definition
    volumes = lasting(running.container)
    if definition is None or not volumes or not running.moved:
        return
    for name, path in definition.environment.items():
        if not _VARIABLE.fullmatch(name) or not path.startswith("/"):
            continue
        if name in running.environment or name in dict(variables_from(running.container, manifests)):
            continue
        remark = _unmounted(running, manifests, name, path, volumes) or _moved(running, name, path, volumes)
        if remark:
            yield remark
        return
    found = [
        *_command_line(running, definition, volumes, manifests),
        *_by_default(running, definition, volumes, manifests),
    ]
    yield from found or _of_another_build(running, definition, volumes, manifests)


def _unmounted(
    running: Running, manifests: Manifests, name: str, path: str, volumes: tuple[Mount, ...]
) -> Finding | None:
    """The data lies on no volume at all."""
    if any(mount.covers(path) for mount in mounts(running.container)):
        return None
    if _told(running, manifests, volumes):
        return None
    where = ", ".join(mount.path for mount in volumes)
    before = next((k.before for k in running.known.data if any(m.covers(k.before) for m in volumes)), "")
    unread = " and ".join(unread_variables(running.container, manifests))
    unless = f", unless {unread}, which is not known here, sets {name}" if unread else ""
    return running.finding(
        "data-path",
        "error",
        f"keeps its data in {path} ({name} of the hardened image), which is on no volume; "
        f"the volume is mounted at {where}: it would start empty, and lose what it writes{unless}",
        f"{_set(name, before or f'{volumes[0].path}/…')}, or mount the volume at {path}",
        any_line=all(_is_of(running.before, mount.path) for mount in volumes),
    )


def _set(name: str, value: str) -> str:
    """What to do, with the lines as they stand in a list of variables."""
    where = "in the container's list of variables"
    return f"set it to the folder of the volume where the data lies now ({where}: `- name: {name}`, `  value: {value}`)"


def _moved(running: Running, name: str, path: str, volumes: tuple[Mount, ...]) -> Finding | None:
    """The data lies on the same volume, in another folder than before."""
    for known in running.known.data:
        same = PurePosixPath(known.path).parts[:3] == PurePosixPath(path).parts[:3]
        if not same or known.before == path or not known.before.startswith("/"):
            continue
        mount = next((mount for mount in volumes if mount.covers(path) and mount.covers(known.before)), None)
        if mount and not within(path, known.before):
            return running.finding(
                "data-path",
                "error",
                f"keeps its data in {path} ({name} of the hardened image), and the upstream image kept it in "
                f"{known.before}, on the same volume: it would start empty",
                _set(name, known.before),
            )
    return None


def _command_line(
    running: Running, definition: Definition, volumes: tuple[Mount, ...], manifests: Manifests
) -> Iterator[Finding]:
    """The image's own command line says where the data lies, and the manifest leaves it as it is."""
    if running.command or running.args:
        return
    for word in (*definition.entrypoint, *definition.cmd):
        option, _, path = word.partition("=")
        owned = any(own.path == path for own in definition.paths)
        if not owned or not option.startswith("-") or any(m.covers(path) for m in mounts(running.container)):
            continue
        if not _told(running, manifests, volumes):
            where = ", ".join(mount.path for mount in volumes)
            yield running.finding(
                "data-path",
                "error",
                f"keeps its data in {path} ({option} of the hardened image), which is on no volume; "
                f"the volume is mounted at {where}: it would start empty, and lose what it writes",
                f"give {option} in args, or mount the volume at {path}",
            )
            return


def _by_default(
    running: Running, definition: Definition, volumes: tuple[Mount, ...], manifests: Manifests
) -> Iterator[Finding]:
    """A playbook knows that the two images keep their data in different folders, and nothing names the old one."""
    for known in running.known.data:
        own = any(path.path == known.path for path in definition.paths)
        mount = next((mount for mount in volumes if mount.covers(known.before)), None)
        if not own or mount is None or any(one.covers(known.path) for one in mounts(running.container)):
            continue
        if not _told(running, manifests, (mount,)):
            yield running.finding(
                "data-path",
                "error",
                f"keeps its data in {known.path}, which is on no volume; the upstream image kept it in {known.before}, "
                f"and the volume is mounted at {mount.path}: it would start empty, and lose what it writes",
                f"name {known.before} by the program's own variables or configuration, or mount the volume at "
                f"{known.path}; source: {known.source}",
            )


def _of_another_build(
    running: Running, definition: Definition, volumes: tuple[Mount, ...], manifests: Manifests
) -> Iterator[Finding]:
    """The volume lies in a folder that only the upstream image's build has; nothing tells the hardened one of it."""
    theirs = tuple(mount for mount in volumes if _is_of(running.before, mount.path))
    own = {*(known.path for known in running.known.data), *(one.path for one in definition.paths)}
    if (
        running.command
        or not theirs
        or any(mount.covers(path) for mount in mounts(running.container) for path in own)
    ):
        return
    if _told(running, manifests, theirs):
        return
    where = ", ".join(mount.path for mount in theirs)
    kept = next((f" in {known.path}" for known in running.known.data), "")
    yield running.finding(
        "data-path",
        "error",
        f"keeps its data{kept} on no volume: the volume is mounted at {where}, a folder of the upstream image's "
        "own build of which nothing tells the hardened one: it would start empty, and lose what it writes",
        "tell it of that folder in args or in a file that it reads, or leave the image out with --keep",
        any_line=True,
    )


def _is_of(image: Reference, path: str) -> bool:
    """Whether a path has a folder of the name of whoever built the image (``/opt/acme`` of ``acme/db``).

    Who makes the product itself has its name (``clickhouse/clickhouse-server``): that folder is the product's.
    """
    owners = image.repository.split("/")[:-1]
    folders = [part for part in PurePosixPath(path).parts if len(part) > _SHORT and part not in image.name]
    return any(owner.startswith(folder) for owner in owners for folder in folders)


def _told(running: Running, manifests: Manifests, volumes: tuple[Mount, ...]) -> bool:
    """True where the command line, the environment or a mounted file names a volume's path.

    A file in a folder that only the upstream image's build has tells nothing, unless a command may read it.
    """
    container = running.container
    read = texts(container, manifests) if running.command else told(container, manifests)
    files = () if running.command else mounted_texts(container, manifests)
    read += [text for path, text in files if not _is_of(running.before, path)]
    return any(mount.path in text for text in read for mount in volumes)
