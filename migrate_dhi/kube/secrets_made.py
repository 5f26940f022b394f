"""What makes a Secret in a cluster: its name, and the namespaces that get it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from migrate_dhi.kube.documents import api_group
from migrate_dhi.kube.manifests import Manifests, value_at
from migrate_dhi.record import record
from migrate_dhi.untyped import mapping, maps, sequence

# Kinds that make a Secret, and where its name stands where it may be another one than the object's own. The
# controller of a SealedSecret gives the Secret its own name and namespace, whatever its template says.
_MAKERS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "Secret": (),
    "SealedSecret": (),
    "ExternalSecret": (("spec", "target", "name"),),
    "ClusterExternalSecret": (
        ("spec", "externalSecretSpec", "target", "name"),
        ("spec", "externalSecretName"),
    ),
    "VaultStaticSecret": (("spec", "destination", "name"),),
    "VaultDynamicSecret": (("spec", "destination", "name"),),
    "OnePasswordItem": (),
    "InfisicalSecret": (("spec", "managedSecretReference", "secretName"),),
    "BitwardenSecret": (("spec", "secretName"),),
    "DopplerSecret": (("spec", "managedSecret", "name"),),
    "AzureKeyVaultSecret": (("spec", "output", "secret", "name"),),
}
# Where another namespace than the object's own stands, if it does.
_ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    "InfisicalSecret": ("spec", "managedSecretReference", "secretNamespace"),
    "DopplerSecret": ("spec", "managedSecret", "namespace"),
}
# Policies by which an ExternalSecret makes none of its own.
_MAKES_NONE = {"Merge", "None"}
_REFLECTOR = "reflector.v1.k8s.emberstack.com/"
_REPLICATE = "replicator.v1.mittwald.de/replicate-to"
_NAME_LABEL = "kubernetes.io/metadata.name"


@record
class MadeSecret:
    """A Secret that an object makes: the object's ``kind``, API group (empty for Kubernetes' own) and name
    (``maker``), and the ``name`` of the Secret.

    ``namespaces`` get it, as patterns, as far as ``within`` allows. ``by_labels`` says that labels decide among them,
    which only the cluster knows.
    """

    kind: str
    group: str
    name: str
    namespaces: tuple[str, ...]
    within: tuple[str, ...] = ("*",)
    by_labels: bool = False
    maker: str = ""

    def reaches(self, namespace: str) -> bool:
        """Whether a namespace gets the Secret, as far as that is known."""
        return all(
            any(fnmatchcase(namespace, pattern) for pattern in some)
            for some in (self.namespaces, self.within)
        )


def secrets_made(data: Mapping[str, Any], namespace: str) -> Iterator[MadeSecret]:
    """The Secrets that an object makes or copies; ``namespace`` is where it is deployed to."""
    maker = str(value_at(data, ("metadata", "name")) or "")
    yield from (replace(one, maker=maker) for one in _made(data, namespace))


def _made(data: Mapping[str, Any], namespace: str) -> Iterator[MadeSecret]:
    kind, group = str(data.get("kind") or ""), api_group(data)
    space = namespace or "default"
    if kind == "SopsSecret":
        for entry in maps(value_at(data, ("spec", "secretTemplates"))):
            if entry.get("name"):
                yield MadeSecret(kind, group, str(entry["name"]), (space,))
    elif kind in _MAKERS and value_at(data, ("spec", "target", "creationPolicy")) not in _MAKES_NONE:
        named = (value_at(data, path) for path in (*_MAKERS[kind], ("metadata", "name")))
        name = next((str(one) for one in named if one), "")
        if kind == "ClusterExternalSecret":
            yield _of_selectors(data, kind, group, name)
        else:
            elsewhere = value_at(data, _ELSEWHERE[kind]) if kind in _ELSEWHERE else None
            yield _copied(data, MadeSecret(kind, group, name, (str(elsewhere or space),)))
    for rule in maps(value_at(data, ("spec", "rules"))):
        # A policy that makes the Secret in each namespace that it is told of.
        made = mapping(rule.get("generate"))
        if made.get("kind") == "Secret":
            yield MadeSecret(kind, group, str(made.get("name") or ""), _generated(rule, made))


def rendered_secrets(manifests: Manifests, namespaces: Mapping[str, str]) -> tuple[MadeSecret, ...]:
    """The Secrets that releases make; of Kubernetes' own kind those that hold a login for a registry.

    Args:
        manifests: what they render.
        namespaces: release → where it is deployed to, for objects that do not say.
    """
    found = (
        made
        for item in manifests.objects
        if item.kind != "Secret" or str(item.data.get("type")).startswith("kubernetes.io/dockerc")
        for made in secrets_made(
            item.data, item.identity.namespace or namespaces.get(item.identity.release, "")
        )
    )
    return tuple(dict.fromkeys(found))


def _matched(rule: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """What the rule of a policy says under a key of the resources that it matches, as patterns; else all."""
    match = rule.get("match")
    some = [match] if isinstance(match, dict) else []
    some += [one for way in ("any", "all") for one in maps(value_at(match, (way,)))]
    return tuple(str(name) for one in some for name in sequence(value_at(one, ("resources", key)))) or ("*",)


def _generated(rule: Mapping[str, Any], made: Mapping[str, Any]) -> tuple[str, ...]:
    """The namespaces of a rule that generates: those that it names, or all that it is told of."""
    namespace = str(made.get("namespace") or "")
    return (namespace,) if namespace and "{{" not in namespace else _matched(rule, "names")


def _of_selectors(data: Mapping[str, Any], kind: str, group: str, name: str) -> MadeSecret:
    """A secret for the namespaces of a list, and of selectors: of labels that are not their name nothing is known."""
    spec = mapping(data.get("spec"))
    selectors = maps([*sequence(spec.get("namespaceSelectors")), spec.get("namespaceSelector")])
    found = [_selected(one) for one in selectors]
    names = [*map(str, sequence(spec.get("namespaces"))), *(name for some in found for name in some or ())]
    open_ = None in found
    return MadeSecret(
        kind, group, name, ("*",) if open_ else tuple(names), by_labels=open_ and {} not in selectors
    )


def _selected(selector: Mapping[str, Any]) -> list[str] | None:
    """The namespaces that a selector names; None where other labels decide, or none does."""
    names = [str(value) for key, value in mapping(selector.get("matchLabels")).items() if key == _NAME_LABEL]
    for rule in maps(selector.get("matchExpressions")):
        if rule.get("key") == _NAME_LABEL and rule.get("operator") == "In":
            names += map(str, sequence(rule.get("values")))
    return names or None


def _copied(data: Mapping[str, Any], made: MadeSecret) -> MadeSecret:
    """With the namespaces that annotations have the Secret copied to.

    Reflector copies by itself where both ``reflection-allowed`` and ``reflection-auto-enabled`` are true, to the
    namespaces that both of its lists name, empty ones meaning all (its README). Replicator copies to a list.
    """
    notes: dict[str, Any] = {}
    for path in (("metadata",), ("spec", "template", "metadata"), ("spec", "target", "template", "metadata")):
        told = value_at(data, (*path, "annotations"))
        notes |= mapping(told)
    if notes.get(f"{_REPLICATE}-matching"):
        return replace(made, namespaces=("*",), by_labels=True)
    if notes.get(_REPLICATE):
        return replace(made, namespaces=(*made.namespaces, *_patterns(notes[_REPLICATE])))
    switches = (notes.get(f"{_REFLECTOR}reflection-{key}") for key in ("allowed", "auto-enabled"))
    if not all(str(switch).lower() == "true" for switch in switches):
        return made
    auto = _patterns(notes.get(f"{_REFLECTOR}reflection-auto-namespaces")) or ("*",)
    allowed = _patterns(notes.get(f"{_REFLECTOR}reflection-allowed-namespaces")) or ("*",)
    return replace(made, namespaces=(*made.namespaces, *auto), within=(*made.namespaces, *allowed))


def _patterns(listed: Any) -> tuple[str, ...]:
    """A list of names or regular expressions as shell patterns: people write names, and ``prefix-.*``."""
    parts = (part.strip().removeprefix("^").removesuffix("$") for part in str(listed or "").split(","))
    return tuple(part.replace(".*", "*") for part in parts if part)
