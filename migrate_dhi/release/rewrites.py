"""Where the repository's own settings let images be pulled from another place: facts, read and never applied.

Registry mirrors of nodes (k3s and RKE2 ``registries.yaml``, Talos, Kubespray, containerd, CRI-O), admission policies
that rewrite images (Kyverno), and proxy projects (Harbor, by Terraform). The files may hold each other as text.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.kube.documents import structure
from migrate_dhi.record import record
from migrate_dhi.regex import regex

_FILES = (".yaml", ".yml", ".toml", ".conf", ".tf", ".j2", ".json")
_POLICY = regex(r"kyverno|polic|mutat|rewrit", re.IGNORECASE)
_DOCUMENTS = regex(r"^---.*$", re.MULTILINE)
_MOST = 500_000
_URL = regex(r"(?:https?://)?(?P<host>[\w.-]+(?::\d+)?)(?:/v2)?(?P<path>(?:/[\w.-]+)*)/?")
# containerd: `server` of a hosts.toml with its hosts, and the older section of config.toml; CRI-O: a [[registry]].
_SERVER = regex(r"""^\s*server\s*=\s*["'](?:https?://)?([\w.:-]+)/?["']""", re.MULTILINE)
_HOST = regex(r"""^\s*\[host\.["']([^"']+)["']\]""", re.MULTILINE)
_MIRRORS = regex(
    r"""registry\.mirrors\.["']?([\w.:-]+?)["']?\]\s*\n\s*endpoint\s*=\s*\[\s*["']([^"']+)["']"""
)
_PREFIX = regex(r"""\[\[registry\]\]((?:\n(?!\[\[registry\]\]).*)*)""")
_FIELD = regex(r"""(\w+)\s*=\s*["']([^"']+)["']""")
_CALLED = regex(r"""(?<!\w)replace_all\(\s*[^,]*,\s*['"`]([^'"`]+)['"`]\s*,\s*['"`]([^'"`]+)['"`]""")
_MATCHED = regex(
    r"""regex_replace_all(?:_literal)?\(\s*['"`]([^'"`]+)['"`]\s*,[^,]*,\s*['"`]([^'"`]+)['"`]"""
)
# What a mirror calls every registry that has none of its own: k3s, and the folder of containerd.
_ANY = {"*", "_default"}
_SETTINGS = ("mirrors:", "[host.")
# Where a group of an expression is put in.
_GROUP = regex(r"[$\\]")
_PROJECT = regex(r'resource\s+"harbor_project"\s+"[^"]+"\s*\{([^}]*)\}')
_PROXIED = regex(r'resource\s+"harbor_registry"\s+"([^"]+)"\s*\{([^}]*)\}')


@record
class Rewrite:
    """What is asked for under ``source`` is taken from ``place``, both as the beginning of an image's name.

    ``how`` says what does it; ``unseen`` is true where the manifests keep the name and only the node or the API server
    knows of it.
    """

    source: str
    place: str
    how: str
    file: str
    line: int
    unseen: bool = True


@lru_cache(maxsize=8)
def rewrites(files: Snapshot, registry: str) -> list[Rewrite]:
    """The rewrites that take images from or to a registry (``dhi.io``), each once, in the order of the files."""
    # An expression of a policy may spell the registry with slashes: those are told by their path.
    policies = (name for name in files.under(".") if _POLICY.search(name))
    settings = files.mentioning(registry, *_SETTINGS)
    named = sorted(name for name in {*settings, *policies} if name.endswith(_FILES))
    files.read_all(named)
    found: dict[tuple[str, str, str], Rewrite] = {}
    for name in named:
        text = files.text(name) or ""
        if len(text) > _MOST:
            continue
        line = next((n for n, one in enumerate(text.splitlines(), 1) if registry in one.replace("\\", "")), 1)
        for told, place, how in _of_text(name, text):
            source = registry if told in _ANY else told
            if registry in (source.partition("/")[0], place.partition("/")[0]) and source != place:
                found.setdefault(
                    (source, place, how),
                    Rewrite(source, place, how, name, line, unseen="Harbor" not in how),
                )
    return list(found.values())


_Found = tuple[str, str, str]


def _of_text(name: str, text: str) -> Iterator[_Found]:
    if name.endswith(".tf"):
        yield from _of_terraform(text)
        return
    yield from _of_toml(name, text)
    yield from _of_policies(text)
    if not name.endswith((".toml", ".conf")):
        for part in _DOCUMENTS.split(text):
            yield from _of_data(structure(part))


def _of_data(data: Any) -> Iterator[_Found]:
    if isinstance(data, str) and "\n" in data:
        # Settings of a node stand as text in cloud-init, in ConfigMaps and in Ansible's variables.
        yield from _of_toml("", data)
        inner = structure(data)
        yield from _of_data(inner) if isinstance(inner, dict | list) else ()
    elif isinstance(data, list):
        for item in data:
            yield from _of_data(item)
    elif isinstance(data, dict):
        if data.get("kind") == "RegistryMirrorConfig":
            yield from _mirror(str(data.get("name") or ""), data, "a registry mirror of Talos")
        for key, value in data.items():
            if key == "mirrors" and isinstance(value, dict):
                for registry, mirror in value.items():
                    yield from _mirror(str(registry), mirror, "a registry mirror of the nodes")
            elif key == "mirrors" and isinstance(value, list) and (data.get("prefix") or data.get("source")):
                # Kubespray; and the sets of mirrors of OpenShift.
                named = str(data.get("prefix") or data.get("source"))
                yield from _mirror(named, {"endpoints": value}, "a registry mirror of the nodes")
            else:
                yield from _of_data(value)


def _mirror(registry: str, mirror: Any, how: str) -> Iterator[_Found]:
    """The first endpoint of a mirror; a ``rewrite`` of k3s says what stands in front of the name there."""
    if not isinstance(mirror, dict):
        return
    endpoints = mirror.get("endpoint") or mirror.get("endpoints") or ()
    first = (
        endpoints[0]
        if isinstance(endpoints, Sequence) and endpoints and not isinstance(endpoints, str)
        else ""
    )
    if isinstance(first, Mapping):
        first = first.get("url") or first.get("host") or ""
    place = _place(str(first))
    rules = mirror.get("rewrite") or mirror.get("rewrites")
    for target in rules.values() if isinstance(rules, dict) else ():
        before = _GROUP.split(str(target))[0].strip("/")
        place = "/".join(part for part in (place.partition("/")[0], before) if part)
    if place:
        yield registry, place, how


def _of_toml(name: str, text: str) -> Iterator[_Found]:
    how = "a registry mirror of containerd"
    for match in _MIRRORS.finditer(text):
        yield match[1], _place(match[2]), how
    server = _SERVER.search(text)
    folder = name.split("/")[-2] if name.endswith("/hosts.toml") else ""
    host = _HOST.search(text)
    if host and (server or folder):
        yield server[1] if server else folder, _place(host[1]), how
    for match in _PREFIX.finditer(text):
        own, *mirrors = (dict(_FIELD.findall(part)) for part in match[1].split("[[registry.mirror]]"))
        # Without a prefix the location is what is asked for; of its mirrors the first is tried first.
        told = mirrors[0] if mirrors else own if own.get("prefix") else {}
        source, location = own.get("prefix") or own.get("location"), _place(told.get("location", ""))
        if source and location:
            yield source, location, "a registry mirror of CRI-O"


def _of_policies(text: str) -> Iterator[_Found]:
    if "kyverno.io" in text:
        for match in (*_CALLED.finditer(text), *_MATCHED.finditer(text)):
            source = re.sub(r"^\^?\(?|\\|\)?[(/].*$|\)$", "", match[1].replace("\\.", "."))
            place = _place(_GROUP.split(match[2])[0])
            if source and place:
                yield source.rstrip("/"), place, "a policy of Kyverno"


def _of_terraform(text: str) -> Iterator[_Found]:
    hosts = re.findall(r'url\s*=\s*"https?://([\w.:-]+)/?"', text)
    for name, body in _PROXIED.findall(text):
        endpoint = re.search(r'endpoint_url\s*=\s*"([^"]+)"', body)
        for project in _PROJECT.findall(text) if endpoint else ():
            called = re.search(r'name\s*=\s*"([\w.-]+)"', project)
            if called and f"harbor_registry.{name}." in project and endpoint:
                host = next((host for host in hosts if host != _place(endpoint[1])), "HARBOR")
                yield _place(endpoint[1]), f"{host}/{called[1]}", "a proxy project of Harbor"


def _place(url: str) -> str:
    match = _URL.fullmatch(url.strip())
    return f"{match['host']}{match['path']}" if match else ""
