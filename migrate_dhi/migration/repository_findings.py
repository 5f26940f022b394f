"""What a scan finds of the repository as a whole, and of no single release.

Whether the registry answered; where the pull secret is made, and which namespaces lack it; which bots know an image by
the name that it loses; and where else that name stands.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from migrate_dhi.findings import Finding
from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.migration.scan import ScanEntry
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.release.addresses import Addresses
from migrate_dhi.release.declared import Declared
from migrate_dhi.release.raw import RawObject, raw_objects
from migrate_dhi.release.streams import sequence, text_at

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
_UPDATER = "-image-updater.argoproj.io/image-list"
_RENOVATE = regex(r"(?:^|/)(?:renovate\.json5?|\.renovaterc(?:\.json5?)?)$|(?:^|/)\.?renovate/[^/]+\.json5?$")
_QUOTED = regex(r"[\"']([^\"'\s]+)[\"']")
# Behind the colon of an item stands a range of versions.
_VERSIONS = regex(r":[^/]*$")
_SHOWN = 4


@record
class SecretPlace:
    """An object that makes a pull secret: its kind and place, and the namespaces that get it, as patterns."""

    kind: str
    file: str
    line: int
    namespaces: tuple[str, ...]

    def reaches(self, namespace: str) -> bool:
        """Whether a namespace gets the secret."""
        return any(fnmatchcase(namespace, pattern) for pattern in self.namespaces)


def findings_of(files: Snapshot, addresses: Addresses, entries: Sequence[ScanEntry]) -> tuple[Finding, ...]:
    """What is to be said of the repository; nothing where no release would change."""
    ready = [entry for entry in entries if entry.secrets or any(image.after for image in entry.images)]
    if not ready:
        return ()
    objects = list(raw_objects(Declared(files, addresses)))
    moving = _moving(ready)
    return (
        *_of_registries(ready),
        *_of_secrets(objects, ready),
        *_of_automation(objects, moving),
        *_of_bots(files, moving),
        *_of_copies(files, moving),
    )


def _of_registries(entries: Sequence[ScanEntry]) -> Iterator[Finding]:
    """A registry that was to confirm images (``--live``) and did not: "ready" stands on the catalog alone then."""
    silent = [entry.id for entry in entries if entry.findings.get("live-unconfirmed")]
    if silent:
        names = ", ".join(silent[:_SHOWN]) + (", …" if len(silent) > _SHOWN else "")
        yield Finding(
            "live-unconfirmed",
            "warning",
            f"the registry did not confirm the images of {len(silent)} of {len(entries)} releases: {names}",
            help="the plan of one says why (--plan --live)",
        )


def _moving(entries: Iterable[ScanEntry]) -> dict[str, str]:
    """The images that change, without their tags: canonical name → what they become."""
    found: dict[str, str] = {}
    for entry in entries:
        for image in entry.images:
            before, after = Reference.try_parse(image.before), Reference.try_parse(image.after or "")
            if before and after and before.canonical().image != after.canonical().image:
                found[before.canonical().image] = after.image
    return found


def _of_secrets(objects: Sequence[RawObject], entries: Iterable[ScanEntry]) -> Iterator[Finding]:
    wanted: dict[str, dict[str, None]] = {}
    for entry in entries:
        for namespace, name in entry.secrets:
            wanted.setdefault(name, {})[namespace] = None
    for name, namespaces in wanted.items():
        places = list(places_of(objects, name))
        if not places:
            yield Finding(
                "pull-secret-nowhere",
                "info",
                f"nothing in this repository makes the pull secret {name}, which {_listed(namespaces)} will need",
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
                f"the pull secret {name} ({made}{more}) does not reach {_listed(lacking)}, where pods will want it",
                file=first.file,
                line=first.line,
                help="make it there too, or have it copied, before the merge: without it the pods cannot pull",
            )
        else:
            yield Finding(
                "pull-secret-made",
                "info",
                f"the pull secret {name} is made by {made}{more}, and reaches all of {_listed(namespaces)}",
                file=first.file,
                line=first.line,
            )


def places_of(objects: Iterable[RawObject], name: str) -> Iterator[SecretPlace]:
    """The objects that make a Secret of a name."""
    for one in objects:
        kind = str(one.data.get("kind") or "")
        if kind not in _MAKERS:
            continue
        named = next((text for path in _MAKERS[kind] if (text := text_at(one.data, *path))), "")
        if (named or text_at(one.data, "metadata", "name")) == name:
            yield SecretPlace(kind, one.file, one.line, tuple(_reached(one, kind)))


def _reached(one: RawObject, kind: str) -> Iterator[str]:
    if kind == "ClusterExternalSecret":
        # Its selectors look at labels that only the cluster knows; a list of names is one that is known.
        names = sequence(_at(one.data, "spec", "namespaces"))
        yield from map(str, names) if names else ("*",)
        return
    yield one.namespace or "default"
    notes: dict[str, Any] = {}
    for path in (("metadata",), ("spec", "template", "metadata"), ("spec", "target", "template", "metadata")):
        notes |= _at(one.data, *path, "annotations") or {}
    listed = [str(notes[key]) for key in _COPIERS if notes.get(key)]
    if listed:
        for pattern in listed[0].split(","):
            # Both take regular expressions; people write names, and `prefix-.*`.
            yield pattern.strip().removeprefix("^").removesuffix("$").replace(".*", "*")
    elif str(notes.get(_COPIES, "")).lower() == "true":
        yield "*"


def _at(data: Any, *path: str) -> Any:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _of_automation(objects: Iterable[RawObject], moving: Mapping[str, str]) -> Iterator[Finding]:
    """Flux's image automation that scans a repository which an image leaves."""
    for one in objects:
        image = (
            Reference.try_parse(text_at(one.data, "spec", "image"))
            if one.data.get("kind") == "ImageRepository"
            else None
        )
        if image and image.canonical().image in moving:
            yield Finding(
                "bot-image-automation",
                "warning",
                f"{one.data.get('kind')} {text_at(one.data, 'metadata', 'name')} scans {image.image}, which becomes "
                f"{moving[image.canonical().image]}: its policies would write the old name and tags back",
                file=one.file,
                line=one.line,
                help="point it to the hardened image, filter its tags in the ImagePolicy, and merge all of it together",
            )


def _of_bots(files: Snapshot, moving: Mapping[str, str]) -> Iterator[Finding]:
    """Rules of Renovate, and lists of the image updater, that know an image by the name that it loses."""
    for path, number, line in files.lines_with(_UPDATER):
        named = [
            _named(_VERSIONS.sub("", word.rpartition("=")[2]))
            for word in re.split(r"[\s,\"']+", line.partition(_UPDATER)[2])
        ]
        for image in dict.fromkeys(name for name in named if name in moving):
            yield Finding(
                "bot-rule",
                "warning",
                f"the image updater follows {image}, which becomes {moving[image]}",
                file=path,
                line=number,
                help="name the hardened image in the list, and its tags in the strategy",
            )
    for path in files.paths:
        if not _RENOVATE.search(path):
            continue
        for number, line in enumerate((files.text(path) or "").splitlines(), 1):
            for word in _QUOTED.findall(line):
                image = _named(word)
                if image in moving:
                    yield Finding(
                        "bot-rule",
                        "warning",
                        f"a rule of Renovate names {word}, which becomes {moving[image]}: it no more follows it",
                        file=path,
                        line=number,
                        help="name the hardened image in the rule, too",
                    )


def _named(text: str) -> str:
    reference = Reference.try_parse(text) if text and "*" not in text else None
    return reference.canonical().image if reference else ""


def _of_copies(files: Snapshot, moving: Mapping[str, str]) -> Iterator[Finding]:
    """Files that no cluster reads and that name an image which moves: documents, snapshots of tests, pipelines."""
    words = {name.removeprefix("docker.io/").removeprefix("library/"): name for name in moving}
    # A bare word is a word of many texts.
    words = {word: name for word, name in words.items() if "/" in word}
    if not words:
        return
    pattern = re.compile("|".join(rf"(?<![\w.-]){re.escape(word)}(?=[:@\s\"'`)\]]|$)" for word in words))
    found: dict[str, list[tuple[str, int]]] = {}
    for path, number, line in files.lines_with(*words):
        if (
            path.endswith((".yaml", ".yml"))
            and "__snapshot__" not in path
            and not path.endswith("skaffold.yaml")
        ):
            continue
        for word in dict.fromkeys(pattern.findall(line)):
            found.setdefault(words[word], []).append((path, number))
    if not found:
        return
    places = [(path, number, name) for name, some in found.items() for path, number in some]
    first = {name: (path, number) for path, number, name in reversed(places)}
    shown = [
        f"{name.rpartition('/')[2]} in {path}:{number}" for name, (path, number) in sorted(first.items())
    ]
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    yield Finding(
        "image-copies",
        "info",
        f"{len(found)} image{'s' * (len(found) > 1)} that move{'s' * (len(found) == 1)}: {len(places)} "
        f"line{'s' * (len(places) > 1)} that no release reads name the upstream one "
        f"({', '.join(shown[:_SHOWN])}{more})",
        file=places[0][0],
        line=places[0][1],
        help="documents, snapshots of tests, pipelines: see what is to say the hardened image, too",
    )


def _listed(names: Iterable[str]) -> str:
    some = list(names)
    more = f" and {len(some) - _SHOWN} more" if len(some) > _SHOWN else ""
    word = "namespaces" if len(some) > 1 else "namespace"
    return f"the {word} {', '.join(some[:_SHOWN])}{more}"
