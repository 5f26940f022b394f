"""Users: numbers that Kubernetes can verify, and files that belong to someone else."""

from collections.abc import Iterator

from migrate_dhi.dhi.catalog import Definition
from migrate_dhi.dhi.readiness.running import Running
from migrate_dhi.findings import Finding
from migrate_dhi.kube.manifests import Container, Manifests
from migrate_dhi.kube.mounts import Mount, lasting, mounts
from migrate_dhi.kube.shell import texts
from migrate_dhi.kube.users import effective
from migrate_dhi.untyped import sequence

# Where images keep data that programs write; of caches and sockets nothing is said.
_DATA = ("/data", "/var/lib/")


def check(running: Running, manifests: Manifests) -> Iterator[Finding]:
    """Remarks on the user of a container, and on the owner of its files."""
    definition = running.definition
    if definition is None:
        return
    yield from _unverified(running, definition)
    yield from _shared_user(running, definition)
    yield from _other_user(running, definition, manifests)
    yield from _volumes(running, definition)


def _unverified(running: Running, definition: Definition) -> Iterator[Finding]:
    if effective(running.container, "runAsNonRoot") is not True:
        return
    number = effective(running.container, "runAsUser")
    user = definition.user.partition(":")[0]
    if number == 0 and running.user_before == 0:
        yield running.finding(
            "user-not-numeric",
            "warning",
            "demands runAsNonRoot, and runs as root, as before: Kubernetes starts no image so",
            "set runAsUser to a number that is not 0, or take runAsNonRoot away from this container",
        )
    elif number == 0 or (number is None and definition.uid == 0):
        yield running.finding(
            "user-not-numeric",
            "error",
            "demands runAsNonRoot, and runs as root",
            "set runAsUser to a number that is not 0",
        )
    elif number is None and user and not user.isdigit():
        yield running.finding(
            "user-not-numeric",
            "error",
            f"demands runAsNonRoot, and its image names its user ({user}), which Kubernetes cannot verify",
            f"set runAsUser: {definition.uid}" if definition.uid else "set runAsUser to the user's number",
        )


def tied_to_user(container: Container, definition: Definition) -> bool:
    """True where a container may need the very user of its image: files belong to that user alone.

    An init container that is told what to do runs that command, and not the program the files are for.
    """
    if not container.lasts and container.spec.get("command"):
        return False
    return any(path.private(definition.uid) for path in definition.paths)


def _shared_user(running: Running, definition: Definition) -> Iterator[Finding]:
    """A user that the plan gives this container because it shares the value with another one."""
    number = effective(running.container, "runAsUser")
    if running.user_given and definition.uid and number != definition.uid:
        yield running.finding(
            "user-shared",
            "warning",
            f"runs as {number} now, by a value that it shares with another container; "
            f"the user of its own image is {definition.uid}",
            "see that what it reads and writes is open to that user",
        )


def _other_user(running: Running, definition: Definition, manifests: Manifests) -> Iterator[Finding]:
    """A user that the chart sets, in an image whose directories belong to its own."""
    number = effective(running.container, "runAsUser")
    if not isinstance(number, int) or number in (0, definition.uid) or running.user_given:
        return
    if not running.moved:
        return
    if running.command:
        yield from _kept_user(running, definition, number)
        return
    covered = mounts(running.container)
    yield from _closed(running, definition, number, covered)
    owned = [path.path for path in definition.paths if path.private(definition.uid)]
    owned = [path for path in owned if path.startswith(_DATA)]
    written = [mount for mount in covered if mount.writable]
    told = texts(running.container, manifests)
    if any(mount.covers(path) for path in owned for mount in covered) or any(
        mount.path in text for text in told for mount in written
    ):
        # The chart has its own place for the data, and says so.
        yield from _kept_user(running, definition, number)
        return
    if not owned:
        yield from _kept_user(running, definition, number)
    else:
        yield running.finding(
            "user-differs",
            "info",
            f"runs as {number}, and {', '.join(owned[:3])} of the hardened image "
            f"can be written by {definition.uid} alone",
            "where the program writes there, mount a volume or let runAsUser be the image's own",
        )


def _closed(
    running: Running, definition: Definition, number: int, covered: tuple[Mount, ...]
) -> Iterator[Finding]:
    """Folders of the image's user that the program writes to as it starts, and the container's user may not."""
    private = {path.path for path in definition.paths if path.private(definition.uid)}
    for known in running.writes:
        folders = [
            path for path in known.paths if path in private and not any(one.covers(path) for one in covered)
        ]
        if folders:
            yield running.finding(
                "user-differs",
                "error",
                f"runs as {number}, and {', '.join(folders)} of the hardened image can be written by {definition.uid} "
                f"alone: as it starts the program writes there ({known.text}; {known.source}), and stops",
                "mount an emptyDir there, or let runAsUser be the image's own",
            )


def _kept_user(running: Running, definition: Definition, number: int) -> Iterator[Finding]:
    """The chart's own user on a volume that lasts: who runs, and whose the files are."""
    volumes = lasting(running.container)
    if not volumes or running.user_before != number or definition.uid is None:
        return
    group = effective(running.container, "fsGroup")
    own = [path.path for path in definition.paths if path.uid == definition.uid][:3]
    folders = f"; {', '.join(own)} in it belong to that user" if own else ""
    files = (
        f"belong to the group {group}, which Kubernetes gives them when it mounts the volume"
        if group is not None
        else f"were written by the same user {number} before"
    )
    yield running.finding(
        "user-kept",
        "info",
        f"runs as {number}, which the chart sets, as before; the hardened image's own user is {definition.uid}"
        f"{folders}, and the files in {', '.join(mount.path for mount in volumes[:3])} {files}",
        "nothing is to be done for those files; what the program writes elsewhere needs a volume of its own",
    )


def _volumes(running: Running, definition: Definition) -> Iterator[Finding]:
    """Files of the upstream image on a volume that lasts, once the user is another one."""
    uid = running.uid
    volumes = lasting(running.container)
    if not volumes or not uid or not running.moved or running.container.role in ("hook", "test"):
        return
    if running.user_before is not None and running.user_before == uid:
        return
    if _chowned(running):
        return
    paths = ", ".join(mount.path for mount in volumes[:3])
    ungrouped = ", ".join(mount.path for mount in volumes if not mount.grouped)
    strict = [path for path in _own_alone(running, uid) if any(mount.covers(path) for mount in volumes)]
    chown = "give the files to that user once (chown), or keep the number of the upstream user in runAsUser"
    if strict:
        yield running.finding(
            "volume-owner",
            "warning",
            f"runs as {uid}, who must own {strict[0]} alone; fsGroup does not change the owner of files there",
            chown,
        )
    elif effective(running.container, "fsGroup") is None and any(mount.grouped for mount in volumes):
        yield running.finding(
            "volume-owner",
            "warning",
            f"runs as {uid} and writes to {paths}, and the pod sets no fsGroup: "
            "files that the upstream image wrote there keep their owner",
            f"set fsGroup: {definition.gid or uid} in the pod's security context",
        )
    elif ungrouped:
        yield running.finding(
            "volume-owner",
            "warning",
            f"runs as {uid} and writes to {ungrouped}, whose files no fsGroup gives to a group (hostPath, nfs): "
            "those that the upstream image wrote there keep their owner",
            chown,
        )


def _own_alone(running: Running, uid: int) -> list[str]:
    """The folders that the program wants for its user alone: those of the image, and where variables put them."""
    definition = running.definition
    strict = [
        path.path
        for path in (definition.paths if definition else ())
        if path.uid == uid and path.mode in {"0700", "700"}
    ]
    moved = [
        running.environment[name]
        for name, path in (definition.environment if definition else {}).items()
        if path in strict and name in running.environment
    ]
    return [*moved, *strict]


def _chowned(running: Running) -> bool:
    """True where an init container gives the files to someone."""
    for other in running.container.pod.containers:
        line = " ".join(str(word) for key in ("command", "args") for word in sequence(other.spec.get(key)))
        if not other.lasts and "chown" in line:
            return True
    return False
