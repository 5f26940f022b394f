"""The map: which hardened images can take the place of an upstream image, how surely, and why.

The public catalog has no such field, so evidence is combined, best first: a playbook that names the image;
known pairs (``data/upstream.tsv``: Docker's chart overlays held against the upstream charts' defaults, and
pairs written by hand, each with its source); Docker Official Images of the same name; the upstream source
repositories of the builds together with the names. A name alone is only ever *weak*: a question, no choice.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.playbook import Playbooks
from migrate_dhi.oci.reference import Reference

Confidence = Literal["certain", "likely", "weak"]
_ORDER: dict[str, int] = {"certain": 0, "likely": 1, "weak": 2}

# Namespaces whose owners package other projects' software under the projects' names.
_REPACKAGERS = frozenset(
    {"bitnami", "bitnamilegacy", "bitnamisecure", "bitnamicharts", "chainguard", "rapidfort"}
)
# Registries that belong to one organisation whose source lives under other names.
_HOST_ORGS = {
    "registry.k8s.io": ("kubernetes", "kubernetessigs", "kubernetescsi"),
    "k8s.gcr.io": ("kubernetes", "kubernetessigs", "kubernetescsi"),
}
_COMMON_WORDS = frozenset(
    {"docker", "image", "images", "container", "containers", "k8s", "kubernetes", "project", "io"}
)
_LONGEST_PREFIX_TEST = 4


@dataclass(frozen=True, slots=True)
class Candidate:
    """A hardened image that could take an upstream image's place, with the reason."""

    target: str
    confidence: Confidence
    source: str


def match(image: Reference, catalog: Catalog, playbooks: Playbooks) -> list[Candidate]:
    """The candidates for an upstream image, best first; none where nothing speaks for any.

    Candidates that the catalog lacks are left out, except those that a playbook or a known pair names:
    the caller says that the catalog lacks them.
    """
    best: dict[str, Candidate] = {}
    for candidate in _evidence(image.canonical(), catalog, playbooks):
        known = best.get(candidate.target)
        if known is None or _ORDER[candidate.confidence] < _ORDER[known.confidence]:
            best[candidate.target] = candidate
    found = sorted(best.values(), key=lambda c: _ORDER[c.confidence])
    sure = [c for c in found if c.confidence != "weak"]
    # Names that merely resemble each other are no question any more once there is real evidence.
    return sure if sure and sure[0].confidence == "certain" else found


def _evidence(image: Reference, catalog: Catalog, playbooks: Playbooks) -> Iterator[Candidate]:
    named = playbooks.match(image)
    if named:
        playbook, member = named
        yield Candidate(member.target, "certain", f"playbook {playbook.name}")
    for path in _paths(image):
        for target, confidence, source in known_pairs().get(path, ()):
            sure = path == image.image
            yield Candidate(
                target, confidence if sure else "likely", source if sure else f"{source}, mirrored"
            )
    official = _official_name(image)
    if official and official in catalog:
        yield Candidate(
            official, "certain", f"Docker Official Image {official}, the hardened image has the same name"
        )
    if not official:
        yield from _by_source(image, catalog)


def _paths(image: Reference) -> tuple[str, ...]:
    """The image itself, and the Docker Hub or other public image that its path would be behind a mirror."""
    paths = [image.image]
    parts = image.repository.split("/")
    for i in range(len(parts) - 1):
        rest = "/".join(parts[i:])
        paths.append(rest if "." in parts[i] else f"docker.io/{rest}")
    return tuple(dict.fromkeys(paths))


def _official_name(image: Reference) -> str:
    """The name of a Docker Official Image, also behind a mirror (``public.ecr.aws/docker/library/redis``)."""
    parts = image.repository.split("/")
    return parts[-1] if len(parts) > 1 and parts[-2] == "library" else ""


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _words(text: str) -> frozenset[str]:
    return frozenset(re.split(r"[^a-z0-9]+", text.lower())) - {""}


def _agree(owner: str, org: str) -> bool:
    """Whether a registry namespace and a source organisation are the same people's."""
    if owner == org:
        return True
    short, long = sorted((owner, org), key=len)
    return len(short) > _LONGEST_PREFIX_TEST and long.startswith(short)


def _by_source(image: Reference, catalog: Catalog) -> Iterator[Candidate]:
    parts = image.repository.split("/")
    name = re.sub(r"_", "-", parts[-1])
    owners = {_plain(part) for part in parts[:-1]} - {"", "docker"} | set(_HOST_ORGS.get(image.registry, ()))
    repackaged = bool(owners & _REPACKAGERS)
    for target, repositories in _sources(catalog).items():
        same_name = target == name
        if not same_name and not repositories:
            continue
        owned = [repo for repo in repositories if any(_agree(o, _plain(repo.split("/")[-2])) for o in owners)]
        if owned and not repackaged:
            confidence = _name_fit(name, owners, target, owned)
            if confidence:
                yield Candidate(target, confidence, f"built from {owned[0]}, which publishes {image.image}")
        elif same_name and (repackaged or _plain(name) in owners):
            reason = "repackaged by" if repackaged else "published as"
            yield Candidate(target, "likely", f"same name, {reason} {image.image}")
        elif same_name:
            yield Candidate(target, "weak", "only the name is the same")


def _name_fit(name: str, owners: set[str], target: str, owned: list[str]) -> Confidence | None:
    """How well names agree where the source repository's owner is the image's."""
    repository_names = {repo.rpartition("/")[2].lower() for repo in owned}
    if target == name or any(_plain(f"{owner}{name}") == _plain(target) for owner in owners):
        return "certain"
    products = {word for repo in repository_names for word in (_plain(repo),)}
    if any(f"{product}{_plain(name)}" == _plain(target) for product in products):
        return "certain"
    if name in repository_names and _plain(target) in {_plain(name), *(f"{o}{_plain(name)}" for o in owners)}:
        return "certain"
    ours, theirs = _words(target) - _COMMON_WORDS, _words(name) - _COMMON_WORDS
    if ours and ours == theirs:
        return "likely"
    return "weak" if ours and theirs and (ours < theirs or theirs < ours) else None


def _sources(catalog: Catalog) -> dict[str, list[str]]:
    """For each hardened image the source repositories (``github.com/owner/name``) of its builds."""
    return {**{name: [] for name in catalog.names()}, **catalog.record("map", "sources").get("images", {})}


@cache
def known_pairs() -> dict[str, tuple[tuple[str, Confidence, str], ...]]:
    """Upstream image → (hardened image, confidence, source), from the table that comes with the program."""
    pairs: dict[str, tuple[tuple[str, Confidence, str], ...]] = {}
    for line in _table():
        image, target, confidence, source = line.split("\t")
        sure: Confidence = (
            "certain" if confidence == "certain" else "likely" if confidence == "likely" else "weak"
        )
        pairs[image] = (*pairs.get(image, ()), (target, sure, source))
    return pairs


def _table() -> Iterable[str]:
    file = Path(__file__).with_name("data") / "upstream.tsv"
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return (line for line in lines if line and not line.startswith("#"))
