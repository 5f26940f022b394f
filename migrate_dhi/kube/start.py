"""What of a release matters when a cluster begins: what it acts on, makes, serves and reads from."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from migrate_dhi.kube.documents import api_group
from migrate_dhi.kube.manifests import Manifests, is_builtin, strings, value_at
from migrate_dhi.kube.secrets_made import MadeSecret, rendered_secrets
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.untyped import maps, sequence

# NAME.NAMESPACE.svc (DNS for Services and Pods), a pod's name in front of it or not; without the suffix in URLs alone.
_SERVICE = regex(r"(?<![a-z0-9-])([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?![a-z0-9-])")
_SHORT = regex(r"://(?:[^/@\s]*@)?([a-z0-9-]+)(?:\.([a-z0-9-]+))?(?:[:/?,]|$)")
# What a role that acts on objects may do to which parts of them.
_PARTS = ("/status", "/finalizers")
_WRITES = {"update", "patch", "*"}


@record
class Reader:
    """A custom object that reads from somewhere: the objects of its group that it refers to, and Services by host.

    ``refers`` has (kind, name), the kind empty where it does not say; ``hosts`` (name, namespace).
    """

    group: str
    kind: str
    name: str
    refers: tuple[tuple[str, str], ...]
    hosts: tuple[tuple[str, str], ...]


@record
class Start:
    """What matters of a release when a cluster begins.

    ``reconciles`` are the custom kinds that its roles act on, ``makes`` the Secrets for registries, ``serves`` its
    Services as (name, namespace), ``reads`` its custom objects that read from others.
    """

    reconciles: tuple[tuple[str, str], ...] = ()
    makes: tuple[MadeSecret, ...] = ()
    serves: tuple[tuple[str, str], ...] = ()
    reads: tuple[Reader, ...] = ()


def start_of(manifests: Manifests, namespaces: Mapping[str, str]) -> Start:
    """What matters of what some releases render; ``namespaces`` says where each is deployed to."""
    placed = [
        (item, item.identity.namespace or namespaces.get(item.identity.release, "") or "default")
        for item in manifests.objects
    ]
    return Start(
        acted_on(manifests),
        rendered_secrets(manifests, namespaces),
        tuple((item.identity.name, space) for item, space in placed if item.kind == "Service"),
        readers(((item.data, space) for item, space in placed)),
    )


def readers(objects: Iterable[tuple[Mapping[str, Any], str]]) -> tuple[Reader, ...]:
    """The custom objects that read from somewhere, of objects with their namespaces."""
    found = (reader(data, namespace) for data, namespace in objects if not is_builtin(api_group(data)))
    return tuple(one for one in found if one.refers or one.hosts)


def reader(data: Mapping[str, Any], namespace: str) -> Reader:
    """What an object reads from."""
    spec = value_at(data, ("spec",))
    hosts = (host for _, text in strings(spec) for host in _hosts(text, namespace))
    return Reader(
        api_group(data),
        str(data.get("kind") or ""),
        str(value_at(data, ("metadata", "name")) or ""),
        tuple(dict.fromkeys(_references(spec))),
        tuple(dict.fromkeys(hosts)),
    )


def hosts_behind(first: Reader, known: Iterable[Reader]) -> Iterator[tuple[Reader, tuple[str, str]]]:
    """The Services that an object reads from, itself or by the objects of its group that it refers to."""
    others, seen = [one for one in known if one.group == first.group], [first]
    for one in seen:
        yield from ((one, host) for host in one.hosts)
        seen += [
            other
            for other in others
            if other not in seen
            and any(name == other.name and kind in ("", other.kind) for kind, name in one.refers)
        ]


def _hosts(text: str, namespace: str) -> Iterator[tuple[str, str]]:
    for found in _SERVICE.finditer(text):
        yield found[1], found[2]
    for found in _SHORT.finditer(text):
        yield found[1], found[2] or namespace


def _references(data: Any) -> Iterator[tuple[str, str]]:
    """What stands under keys that end in ``Ref``: a name, maybe with its namespace before it, or a map with one."""
    if isinstance(data, list):
        for item in data:
            yield from _references(item)
    for key, value in data.items() if isinstance(data, dict) else ():
        if str(key).endswith("Ref") and isinstance(value, str):
            yield "", value.rpartition("/")[2]
        elif str(key).endswith("Ref") and isinstance(value, dict) and isinstance(value.get("name"), str):
            yield str(value.get("kind") or ""), value["name"]
        yield from _references(value)


def acted_on(manifests: Manifests) -> tuple[tuple[str, str], ...]:
    """The custom resources, as (API group, plural), whose status or finalizers a role of the render may write.

    Who writes the status of an object is its controller; a role for everything says nothing.
    """
    return tuple(dict.fromkeys(_acted_on(manifests)))


def _acted_on(manifests: Manifests) -> Iterator[tuple[str, str]]:
    for item in manifests.objects:
        if item.kind not in {"ClusterRole", "Role"}:
            continue
        for rule in maps(item.data.get("rules")):
            groups = [str(group) for group in sequence(rule.get("apiGroups")) if "." in str(group)]
            if _WRITES.isdisjoint(map(str, sequence(rule.get("verbs")))):
                continue
            for resource in map(str, sequence(rule.get("resources"))):
                if resource.endswith(_PARTS):
                    yield from ((group, resource.partition("/")[0]) for group in groups)
