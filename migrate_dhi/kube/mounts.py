"""What a container is given from outside: its volumes and the texts that they bring, and variables of other objects."""

from collections.abc import Iterator, Mapping
from typing import Any

from migrate_dhi.kube.documents import decoded
from migrate_dhi.kube.manifests import Container, Manifests, Object, value_at
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.untyped import mapping, maps, text_at

# Volumes that outlive the pod, and whose files the upstream image wrote (Kubernetes API reference, Volume).
_LASTING = frozenset(
    {
        "persistentVolumeClaim",
        *("nfs", "iscsi", "fc", "cephfs", "glusterfs", "rbd", "flexVolume"),
        *("awsElasticBlockStore", "azureDisk", "azureFile", "cinder", "gcePersistentDisk", "vsphereVolume"),
        *("photonPersistentDisk", "portworxVolume", "quobyte", "scaleIO", "storageos"),
    }
)
# Kubernetes gives the files of these to no group, whatever fsGroup says.
_AS_THEY_ARE = frozenset({"hostPath", "nfs"})
# Folders of a node that hold the node's own, and no data of an application.
_NODE = regex(
    r"/?|/(?:boot|dev|etc|lib(?:64)?|proc|run|sys|usr|var/(?:lock|log|run)"
    r"|var/lib/(?:cni|containerd|containers|docker|etcd|kubelet|rancher|systemd))(?:/.*)?"
)
# Volumes that begin empty, or hold facts of the pod alone.
_EMPTY = frozenset({"emptyDir", "downwardAPI"})
# Volumes that the kubelet makes, and nothing else can write.
_MADE = frozenset({"configMap", "secret", "projected", "downwardAPI", "image"})

_WORD = regex(r"(?=.*\d)(?=.*[A-Za-z])[^\s./:]{8,}")


@record
class Mount:
    """One volume mount; ``volume`` is the pod's volume, empty where the pod lists none of that name.

    ``grouped`` tells whether Kubernetes gives its files to the group that ``fsGroup`` names.
    """

    path: str
    name: str
    sub_path: str
    lasting: bool
    writable: bool
    volume: Mapping[str, Any]
    grouped: bool = True

    def covers(self, path: str) -> bool:
        """True where a path lies on this volume."""
        return within(path, self.path)


def within(path: str, folder: str) -> bool:
    """True where a path is a folder or lies in it; ``/var/run`` is ``/run`` (a link since Debian 7 and Alpine 3)."""
    folder, path = _real(folder.rstrip("/")), _real(path)
    return path.rstrip("/") == folder or path.startswith(f"{folder}/")


def _real(path: str) -> str:
    return path.removeprefix("/var") if f"{path}/".startswith("/var/run/") else path


def mounts(container: Container) -> tuple[Mount, ...]:
    """The mounts of a container, claim templates of its StatefulSet included."""
    volumes = {str(volume.get("name")): volume for volume in maps(container.pod.spec.get("volumes"))}
    claims = {
        text_at(claim, "metadata", "name")
        for claim in maps(value_at(container.pod.object.data, ("spec", "volumeClaimTemplates")))
    }
    found = []
    for mount in maps(container.spec.get("volumeMounts")):
        name = str(mount.get("name"))
        volume = {} if name in claims else volumes.get(name, {})
        lasting = name in claims or bool(_LASTING & volume.keys()) or _holds_data(volume.get("hostPath"))
        # A source that is read-only itself makes every mount of it so.
        sources = [mount, *(source for source in volume.values() if isinstance(source, dict))]
        read_only = bool(_MADE & volume.keys()) or any(source.get("readOnly") for source in sources)
        found.append(
            Mount(
                str(mount.get("mountPath") or ""),
                name,
                str(mount.get("subPath") or mount.get("subPathExpr") or ""),
                lasting,
                not read_only,
                volume,
                not _AS_THEY_ARE & volume.keys(),
            )
        )
    return tuple(found)


def _holds_data(folder: Any) -> bool:
    """Whether a folder of the node (``hostPath``) may hold an application's data: no socket, device, system folder."""
    if not isinstance(folder, dict) or str(folder.get("type") or "") not in {
        "",
        "Directory",
        "DirectoryOrCreate",
    }:
        return False
    return not _NODE.fullmatch(str(folder.get("path") or ""))


def lasting(container: Container) -> tuple[Mount, ...]:
    """The mounts that outlive the pod and can be written."""
    return tuple(mount for mount in mounts(container) if mount.lasting and mount.writable)


def mounted_texts(container: Container, manifests: Manifests) -> Iterator[tuple[str, str]]:
    """The files that ConfigMaps and Secrets of this render bring into a container: (path, text)."""
    for mount in mounts(container):
        for kind, name, items in _sources(mount.volume):
            for key, text in _held(container, manifests, kind, name):
                inner = items.get(key, "") if items else key
                sub = mount.sub_path.strip("/")
                if inner and (not sub or within(inner, sub)):
                    rest = inner[len(sub) :].lstrip("/")
                    yield (f"{mount.path.rstrip('/')}/{rest}" if rest else mount.path), text


def copied_texts(container: Container, manifests: Manifests) -> Iterator[tuple[str, str]]:
    """The files that init containers are given, where they lie if these copy them to volumes that begin empty."""
    begins = {mount.name: mount.path for mount in mounts(container) if "emptyDir" in mount.volume}
    for other in container.pod.containers if begins else ():
        if not other.init or other.path == container.path:
            continue
        shared = [path for mount in mounts(other) if (path := begins.get(mount.name))]
        for file, text in mounted_texts(other, manifests) if shared else ():
            yield from ((f"{path.rstrip('/')}/{file.rpartition('/')[2]}", text) for path in shared)


def brings_files(container: Container) -> bool:
    """Whether a volume may bring a file that the image does not have; which files lie on a claim is not known."""
    return any(not _EMPTY & mount.volume.keys() for mount in mounts(container))


def variables_from(container: Container, manifests: Manifests) -> Iterator[tuple[str, str | None]]:
    """The variables that ConfigMaps and Secrets give a container, by name; the value is None where it is not known.

    Of a name that comes twice the last one counts (Kubernetes API reference, Container).
    """
    for item in maps(container.spec.get("envFrom")):
        for kind, source in _referred(item, "Ref"):
            data = dict(_held(container, manifests, kind, str(source.get("name") or "")))
            yield from ((f"{item.get('prefix') or ''}{key}", text) for key, text in data.items())
    # What a variable is given by its name beats what comes with others.
    for item in maps(container.spec.get("env")):
        for kind, source in _referred(item.get("valueFrom"), "KeyRef"):
            data = dict(_held(container, manifests, kind, str(source.get("name") or "")))
            yield str(item.get("name")), data.get(str(source.get("key")))


def unread_variables(container: Container, manifests: Manifests) -> tuple[str, ...]:
    """The ConfigMaps and Secrets whose variables a container gets and this render does not hold."""
    return tuple(
        f"{kind} {source.get('name')}"
        for item in maps(container.spec.get("envFrom"))
        for kind, source in _referred(item, "Ref")
        if not any(_named(container, manifests, kind, str(source.get("name") or "")))
    )


def _referred(item: Any, ending: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Kind and reference of what a volume, or an entry of ``env`` or ``envFrom``, takes from a ConfigMap or Secret."""
    for part in maps([item]):
        for key, kind in (("configMap", "ConfigMap"), ("secret", "Secret")):
            source = part.get(f"{key}{ending}")
            if isinstance(source, dict):
                yield kind, source


def _sources(volume: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    for part in (volume, *maps(mapping(volume.get("projected")).get("sources"))):
        for kind, source in _referred(part, ""):
            name = str(source.get("name") or source.get("secretName") or "")
            yield kind, name, {str(i.get("key")): str(i.get("path")) for i in maps(source.get("items"))}


def _held(container: Container, manifests: Manifests, kind: str, name: str) -> Iterator[tuple[str, str]]:
    """The entries of a ConfigMap or Secret that a container may name."""
    for item in _named(container, manifests, kind, name):
        yield from _data(item)


def _named(container: Container, manifests: Manifests, kind: str, name: str) -> Iterator[Object]:
    for item in manifests.objects:
        if (item.kind, item.identity.name) == (kind, name) and item.beside(container.pod.object):
            yield item


def _data(item: Object) -> Iterator[tuple[str, str]]:
    """The entries of a ConfigMap or a Secret; what counts of two of one key is the last."""
    secret = item.kind == "Secret"
    for field in ("data", "stringData") if secret else ("data",):
        data = item.data.get(field)
        for key, value in mapping(data).items():
            yield str(key), (decoded(str(value)) or "") if secret and field == "data" else str(value)


def secret_values(manifests: Manifests) -> Iterator[str]:
    """The values of all Secrets that are one word with letters and digits: no text, host, address or version."""
    for item in manifests.objects:
        if item.kind == "Secret":
            yield from (value for _, value in _data(item) if _WORD.fullmatch(value))
