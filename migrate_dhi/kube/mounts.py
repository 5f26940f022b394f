"""What a container is given from outside: its volumes and the texts that they bring, and variables of other objects."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from migrate_dhi.kube.manifests import Container, Manifests
from migrate_dhi.record import record
from migrate_dhi.regex import regex

# Volumes that outlive the pod, and whose files the upstream image wrote (Kubernetes API reference, Volume).
_LASTING = frozenset({"persistentVolumeClaim", "nfs", "iscsi", "cephfs", "glusterfs", "rbd", "flexVolume"})
# Volumes that begin empty, or hold facts of the pod alone.
_EMPTY = frozenset({"emptyDir", "downwardAPI"})

_WORD = regex(r"(?=.*\d)(?=.*[A-Za-z])[^\s./:]{8,}")


@record
class Mount:
    """One volume mount; ``volume`` is the pod's volume, empty where the pod lists none of that name."""

    path: str
    name: str
    sub_path: str
    lasting: bool
    writable: bool
    volume: Mapping[str, Any]

    def covers(self, path: str) -> bool:
        """True where a path lies on this volume."""
        return within(path, self.path)


def within(path: str, folder: str) -> bool:
    """True where a path is a folder or lies in it."""
    folder = folder.rstrip("/")
    return path.rstrip("/") == folder or path.startswith(f"{folder}/")


def mounts(container: Container) -> tuple[Mount, ...]:
    """The mounts of a container, claim templates of its StatefulSet included."""
    volumes = {str(volume.get("name")): volume for volume in _maps(container.pod.spec.get("volumes"))}
    spec = container.pod.object.data.get("spec")
    claims = {
        str((claim.get("metadata") or {}).get("name"))
        for claim in _maps(spec.get("volumeClaimTemplates") if isinstance(spec, dict) else None)
    }
    found = []
    for mount in _maps(container.spec.get("volumeMounts")):
        name = str(mount.get("name"))
        volume = {} if name in claims else volumes.get(name, {})
        lasting = name in claims or bool(_LASTING & volume.keys())
        read_only = bool(mount.get("readOnly")) or bool({"configMap", "secret", "projected"} & volume.keys())
        found.append(
            Mount(
                str(mount.get("mountPath") or ""),
                name,
                str(mount.get("subPath") or ""),
                lasting,
                not read_only,
                volume,
            )
        )
    return tuple(found)


def lasting(container: Container) -> tuple[Mount, ...]:
    """The mounts that outlive the pod and can be written."""
    return tuple(mount for mount in mounts(container) if mount.lasting and mount.writable)


def mounted_texts(container: Container, manifests: Manifests) -> Iterator[tuple[str, str]]:
    """The files that ConfigMaps and Secrets of this render bring into a container: (path, text)."""
    for mount in mounts(container):
        for kind, name, items in _sources(mount.volume):
            for key, text in _data(manifests, kind, name):
                inner = items.get(key, "") if items else key
                if not inner:
                    continue
                if not mount.sub_path:
                    yield f"{mount.path.rstrip('/')}/{inner}", text
                elif mount.sub_path == inner:
                    yield mount.path, text


def brings_files(container: Container) -> bool:
    """Whether a volume may bring a file that the image does not have; which files lie on a claim is not known."""
    return any(not _EMPTY & mount.volume.keys() for mount in mounts(container))


def variables_from(container: Container, manifests: Manifests) -> Iterator[str | None]:
    """The variables that ConfigMaps and Secrets give a container; None for what this render does not hold."""
    given = _maps(container.spec.get("env"))
    sources = [(part, True) for item in given for part in _maps([item.get("valueFrom")])]
    sources += [(part, False) for part in _maps(container.spec.get("envFrom"))]
    for part, single in sources:
        for key, kind in (("configMap", "ConfigMap"), ("secret", "Secret")):
            source = part.get(f"{key}KeyRef" if single else f"{key}Ref")
            if isinstance(source, dict):
                data = dict(_data(manifests, kind, str(source.get("name") or "")))
                yield from ([data.get(str(source.get("key")))] if single else data.values() or [None])


def _sources(volume: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    parts = [volume, *_maps((volume.get("projected") or {}).get("sources"))]
    for part in parts:
        for key, kind in (("configMap", "ConfigMap"), ("secret", "Secret")):
            source = part.get(key)
            if isinstance(source, dict):
                name = str(source.get("name") or source.get("secretName") or "")
                items = {str(i.get("key")): str(i.get("path")) for i in _maps(source.get("items"))}
                yield kind, name, items


def _data(manifests: Manifests, kind: str, name: str) -> Iterator[tuple[str, str]]:
    for item in manifests.objects:
        if item.kind != kind or item.identity.name != name:
            continue
        for field in ("data", "stringData"):
            data = item.data.get(field)
            for key, value in (data if isinstance(data, dict) else {}).items():
                encoded = kind == "Secret" and field == "data"
                yield str(key), _decoded(str(value)) if encoded else str(value)


def secret_values(manifests: Manifests) -> Iterator[str]:
    """The values of all Secrets that are one word with letters and digits: no text, host, address or version."""
    names = [item.identity.name for item in manifests.objects if item.kind == "Secret"]
    for name in names:
        for _, value in _data(manifests, "Secret", name):
            if _WORD.fullmatch(value):
                yield value


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""


def _maps(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
