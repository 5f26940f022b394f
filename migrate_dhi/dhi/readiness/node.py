"""Files and sockets of the node that root alone may open, in a container that runs as root no more."""

from collections.abc import Iterator

from migrate_dhi.dhi.readiness.running import Running
from migrate_dhi.findings import Finding
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.kube.mounts import Mount, mounts
from migrate_dhi.kube.users import effective
from migrate_dhi.regex import regex

# The kubelet and container runtimes write logs with 0640, their folders with 0710 and the like, and listen on sockets
# of root (containerd, pkg/cri and defaults; kubelet, pkg/kubelet); devices belong to root.
_OF_ROOT = regex(
    r"/var/log(?:/(?:pods|containers|journal|audit)(?:/.*)?)?/?"
    r"|/var/lib/(?:containerd|containers|docker|etcd|kubelet|rancher)(?:/.*)?"
    r"|/etc/kubernetes(?:/.*)?"
    r"|/(?:var/)?run/(?:containerd|crio|docker|k3s|log)(?:/.*)?"
    r"|/dev(?:/(?!null$|zero$|shm\b|u?random$).*)?"
    r"|.*\.sock"
)
_SPECIAL = frozenset({"Socket", "CharDevice", "BlockDevice"})
_MOST_TOLD = 3


def check(running: Running, manifests: Manifests) -> Iterator[Finding]:  # noqa: ARG001 - all checks alike
    """A warning where the manifest names no user, so that the hardened image's own takes the place of the old one's."""
    uid = running.uid
    if not running.moved or not uid or running.user_before is not None or running.user_given:
        return
    if effective(running.container, "supplementalGroups"):
        # The chart knows of groups that may read there.
        return
    paths = [path for mount in mounts(running.container) if (path := _of_root(mount))]
    if paths:
        told = ", ".join(dict.fromkeys(paths[:_MOST_TOLD])) + (" …" if paths[_MOST_TOLD:] else "")
        yield running.finding(
            "node-files",
            "warning",
            f"runs as {uid}, the hardened image's own user, and mounts {told} of the node, where root alone may open "
            "all; no user is set, so that it ran as the upstream image's own before, which may be root",
            "where that is root, set runAsUser: 0 for this container, or keep its image with --keep",
        )


def _of_root(mount: Mount) -> str:
    host = mount.volume.get("hostPath")
    if not isinstance(host, dict):
        return ""
    path = str(host.get("path") or "")
    return path if _OF_ROOT.fullmatch(path) or str(host.get("type")) in _SPECIAL else ""
