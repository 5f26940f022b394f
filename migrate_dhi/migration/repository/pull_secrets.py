"""Where the pull secrets are made that pods will want, and which namespaces they do not reach."""

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from migrate_dhi.findings import Finding
from migrate_dhi.migration.repository.seen import Seen, at, matched, namespaces_told
from migrate_dhi.record import record
from migrate_dhi.release.raw import RawObject
from migrate_dhi.release.streams import mapping, sequence, text_at

# Kinds that make a Secret, and where the Secret's name stands where it is not the object's own.
_MAKERS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "Secret": (),
    "SealedSecret": (("spec", "template", "metadata", "name"),),
    "ExternalSecret": (("spec", "target", "name"),),
    "ClusterExternalSecret": (
        ("spec", "externalSecretSpec", "target", "name"),
        ("spec", "externalSecretName"),
    ),
    "VaultStaticSecret": (("spec", "destination", "name"),),
    "OnePasswordItem": (),
    "InfisicalSecret": (("spec", "managedSecretReference", "secretName"),),
    "SopsSecret": (),
}
# Annotations that copy a Secret into other namespaces: a list of patterns, or none for all.
_COPIERS = (
    "reflector.v1.k8s.emberstack.com/reflection-auto-namespaces",
    "reflector.v1.k8s.emberstack.com/reflection-allowed-namespaces",
    "replicator.v1.mittwald.de/replicate-to",
)
_COPIES = "reflector.v1.k8s.emberstack.com/reflection-auto-enabled"


@record
class SecretPlace:
    """An object that makes a pull secret: its kind and place, and the namespaces that get it, as patterns.

    ``group`` is the API group of the kind; empty for what Kubernetes has itself.
    """

    kind: str
    group: str
    file: str
    line: int
    namespaces: tuple[str, ...]

    def reaches(self, namespace: str) -> bool:
        """Whether a namespace gets the secret."""
        return any(fnmatchcase(namespace, pattern) for pattern in self.namespaces)


def of_secrets(seen: Seen) -> Iterator[Finding]:
    """Whether each pull secret is made, by what, and for whom not."""
    for name, namespaces in seen.wanted.items():
        places = list(places_of(seen.objects, name))
        if not places:
            yield Finding(
                "pull-secret-nowhere",
                "info",
                f"nothing in this repository makes the pull secret {name}, which {namespaces_told(namespaces)} "
                "will need",
                help="make it there before the merge, sealed or from your secret store: never as plain text in Git",
            )
            continue
        lacking = [one for one in namespaces if not any(place.reaches(one) for place in places)]
        first = places[0]
        made = f"{first.kind} in {first.file}:{first.line}"
        more = f" and {len(places) - 1} more" if len(places) > 1 else ""
        if lacking:
            yield Finding(
                "pull-secret-lacking",
                "warning",
                f"the pull secret {name} ({made}{more}) does not reach {namespaces_told(lacking)}, where pods "
                "will want it",
                file=first.file,
                line=first.line,
                help="make it there too, or have it copied, before the merge: without it the pods cannot pull",
            )
        else:
            yield Finding(
                "pull-secret-made",
                "info",
                f"the pull secret {name} is made by {made}{more}, and reaches all of {namespaces_told(namespaces)}",
                file=first.file,
                line=first.line,
            )


def places_of(objects: Iterable[RawObject], name: str) -> Iterator[SecretPlace]:
    """The objects that make a Secret of a name."""
    for one in objects:
        kind = str(one.data.get("kind") or "")
        group, version, _ = str(one.data.get("apiVersion") or "").rpartition("/")
        group = group if version else ""
        if kind in _MAKERS:
            named = next((text for path in _MAKERS[kind] if (text := text_at(one.data, *path))), "")
            if (named or text_at(one.data, "metadata", "name")) == name:
                yield SecretPlace(kind, group, one.file, one.line, tuple(_reached(one, kind)))
        for rule in sequence(at(one.data, "spec", "rules")):
            # A policy that makes the Secret in each namespace that it is told of.
            made = mapping(mapping(rule).get("generate"))
            if made.get("kind") == "Secret" and made.get("name") == name:
                yield SecretPlace(kind, group, one.file, one.line, tuple(_generated(mapping(rule), made)))


def _generated(rule: Mapping[str, Any], made: Mapping[str, Any]) -> Iterator[str]:
    """The namespaces of a rule that generates: those that it names, or all that it is told of."""
    namespace = str(made.get("namespace") or "")
    if namespace and "{{" not in namespace:
        yield namespace
        return
    yield from matched(rule, "names")


def _reached(one: RawObject, kind: str) -> Iterator[str]:
    if kind == "ClusterExternalSecret":
        # Its selectors look at labels that only the cluster knows; a list of names is one that is known.
        names = sequence(at(one.data, "spec", "namespaces"))
        yield from map(str, names) if names else ("*",)
        return
    yield one.namespace or "default"
    notes: dict[str, Any] = {}
    for path in (("metadata",), ("spec", "template", "metadata"), ("spec", "target", "template", "metadata")):
        notes |= at(one.data, *path, "annotations") or {}
    listed = [str(notes[key]) for key in _COPIERS if notes.get(key)]
    if listed:
        for pattern in listed[0].split(","):
            # Both take regular expressions; people write names, and `prefix-.*`.
            yield pattern.strip().removeprefix("^").removesuffix("$").replace(".*", "*")
    elif str(notes.get(_COPIES, "")).lower() == "true":
        yield "*"
