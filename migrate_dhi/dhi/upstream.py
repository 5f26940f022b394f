"""The map: which hardened images can take the place of an upstream image, how surely, and why.

The public catalog has no such field, so evidence is combined, best first: a playbook that names the image;
known pairs (``data/upstream.tsv``: Docker's chart overlays held against the upstream charts' defaults, and
pairs written by hand, each with its source); Docker Official Images of the same name; the upstream source
repositories of the builds together with the names. A name alone is only ever *weak*: a question, no choice.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.playbook import Playbooks
from migrate_dhi.dhi.tags import parse_upstream
from migrate_dhi.dhi.words import variant_words
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.regex import regex

Confidence = Literal["certain", "likely", "weak"]
_ORDER: dict[str, int] = {"certain": 0, "likely": 1, "weak": 2}

# Registries that belong to one organisation whose source lives under other names.
_HOST_ORGS = {"registry.k8s.io": ("kubernetes", "kubernetessigs", "kubernetescsi")}
# Registries that moved: the old name holds what the new one held until then.
_MOVED = {"k8s.gcr.io": "registry.k8s.io"}
_PUBLIC = frozenset(
    {"docker.io", "quay.io", "ghcr.io", "gcr.io", "registry.k8s.io", "public.ecr.aws"}
    | {"mirror.gcr.io", "mcr.microsoft.com", "registry.gitlab.com", "nvcr.io"}
)
# Names that caches give to what they keep of Docker Hub, without the signs in them.
_DOCKER_HUB = regex("dockerhub|dockerio")
# Where upstream images lie, likeliest first.
_UPSTREAM = ("docker.io", "ghcr.io", "quay.io", "registry.k8s.io", "gcr.io")
_SHORT_OWNER = 3
_SHORT_PREFIX = 4


@record
class Counterpart:
    """A hardened image that could take an upstream image's place, with the reason."""

    target: str
    confidence: Confidence
    source: str


def match(image: Reference, catalog: Catalog, playbooks: Playbooks) -> list[Counterpart]:
    """The candidates for an upstream image, best first; none where nothing speaks for any.

    Candidates that the catalog lacks are left out, except those that a playbook or a known pair names:
    the caller says that the catalog lacks them.
    """
    return list(_matched(image.canonical(), catalog, playbooks))


@lru_cache(maxsize=2048)
def _matched(image: Reference, catalog: Catalog, playbooks: Playbooks) -> tuple[Counterpart, ...]:
    """The same, looked for once for all releases that run an image."""
    best: dict[str, Counterpart] = {}
    image = _of_docker_hub(replace(image, registry=_MOVED.get(image.registry, image.registry)))
    found = list(_evidence(image, catalog, playbooks))
    if not _official_name(image) and not any(candidate.confidence == "certain" for candidate in found):
        found += _by_source(image, catalog)
    for candidate in (*_of_variant(image, found, catalog), *found):
        known = best.get(candidate.target)
        if known is None or _ORDER[candidate.confidence] < _ORDER[known.confidence]:
            best[candidate.target] = candidate
    return tuple(sorted(best.values(), key=lambda c: _ORDER[c.confidence]))


def _of_variant(image: Reference, found: Iterable[Counterpart], catalog: Catalog) -> Iterator[Counterpart]:
    """Hardened images of their own for what is a variant upstream: ``docker:27-dind`` is ``docker-dind``."""
    for word in variant_words(parse_upstream(image.tag)):
        for candidate in found:
            target = f"{candidate.target}-{word}"
            if target in catalog:
                yield replace(candidate, target=target, source=f"{candidate.source}; the tag says {word}")


def _evidence(image: Reference, catalog: Catalog, playbooks: Playbooks) -> Iterator[Counterpart]:
    named = playbooks.match(image)
    if named:
        playbook, member = named
        # Another build of the software is a candidate, but has its own scripts and paths.
        yield Counterpart(
            member.target, "likely" if repackaged(image) else "certain", f"playbook {playbook.name}"
        )
    pairs = known_pairs().get(image.image, ())
    yield from (Counterpart(*pair) for pair in pairs)
    for path in _mirrored_paths(image) if not pairs else ():
        for target, confidence, source in _pairs_by_path().get(path, ()):
            yield Counterpart(
                target, "weak" if confidence == "weak" else "likely", f"{path}, mirrored: {source}"
            )
    official = _official_name(image)
    if official and official in catalog:
        sure: Confidence = "certain" if _public(image.registry, {"docker"}) else "likely"
        yield Counterpart(
            official, sure, f"Docker Official Image {official}, the hardened image has the same name"
        )


def cached(image: Reference, candidate: Counterpart) -> bool:
    """Whether an image comes through a registry of the user's own, which keeps those of public ones by their path."""
    known = bool(_official_name(_of_docker_hub(image))) or ", mirrored: " in candidate.source
    return known and candidate.confidence == "likely" and not _public(image.canonical().registry, set())


def repackaged(image: Reference) -> bool:
    """Whether an image is in the namespace of someone who packages other projects' software."""
    return any(_plain(part) in _repackagers() for part in image.repository.split("/")[:-1])


def _mirrored_paths(image: Reference) -> list[str]:
    """The paths of at least owner and name that the image has at its end, as mirrors keep them."""
    parts = image.repository.split("/")
    paths = ["/".join(parts[i:]) for i in range(len(parts) - 1)]
    if parts[-1].startswith("mirrored-"):
        # `mirrored-owner-name` in one component, where either may contain dashes.
        words = parts[-1].split("-")[1:]
        paths += ["-".join(words[:i]) + "/" + "-".join(words[i:]) for i in range(1, len(words))]
    return paths


def _of_docker_hub(image: Reference) -> Reference:
    """The image with ``library/``, where it lies right below a folder of a private registry that is named after
    Docker Hub (``registry.acme.example/dockerhub-proxy/redis``), as caches leave it out.
    """
    *folders, name = image.repository.split("/")
    if not folders or not _DOCKER_HUB.search(_plain(folders[-1])) or _public(image.registry, set()):
        return image
    return replace(image, repository="/".join([*folders, "library", name]))


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
    return len(short) > _SHORT_PREFIX and long.startswith(short)


def _by_source(image: Reference, catalog: Catalog) -> Iterator[Counterpart]:
    parts = image.repository.split("/")
    name = parts[-1].replace("_", "-")
    owners = {_plain(part) for part in parts[:-1]} - {"", "docker"}
    repacked = repackaged(image)
    orgs = owners | set(_HOST_ORGS.get(image.registry, ()))
    plain, public = _plain(name), _public(image.registry, owners)
    for target, repositories in _sources(catalog):
        owned = (
            [] if repacked else [repo for repo, owner in repositories if any(_agree(o, owner) for o in orgs)]
        )
        if owned:
            confidence = _name_fit(name, owners, target, owned)
            if confidence == "certain" and not public:
                confidence = "likely"
            if confidence:
                yield Counterpart(
                    target, confidence, f"built from {owned[0]}, whose owner publishes {image.image}"
                )
        elif target == name and repacked:
            yield Counterpart(target, "likely", f"same name, repackaged as {image.image}")
        elif public and not repositories and _named_after(owners, plain, _plain(target)):
            yield Counterpart(target, "likely", f"the names agree: {image.image}")
        elif target == name:
            yield Counterpart(target, "weak", "only the name is the same")


def _named_after(owners: set[str], name: str, target: str) -> bool:
    """Whether an image is its owner's by its name: ``kyverno/kyverno-cli``, ``kyverno/cli``."""
    long = [owner for owner in owners if len(owner) > _SHORT_OWNER]
    return any(target == f"{owner}{name}" or (target == name and name.startswith(owner)) for owner in long)


def _public(registry: str, owners: set[str]) -> bool:
    """Whether a registry is where projects publish: a public one, or one with the owner's name."""
    return registry in _PUBLIC or registry.endswith(".pkg.dev") or any(o in _plain(registry) for o in owners)


def _name_fit(name: str, owners: set[str], target: str, owned: list[str]) -> Confidence | None:
    """How well names agree where the source repository's owner is the image's."""
    repositories = {_plain(repo.rpartition("/")[2]) for repo in owned}
    prefixes = {"", *owners, *repositories}
    if any(f"{prefix}{_plain(name)}" == _plain(target) for prefix in prefixes):
        return "certain"
    ours, theirs = _words(target), _words(name)
    if theirs == ours or (_plain(name) in repositories and _plain(target) in owners):
        return "likely"
    # `metrics-exporter` of the people whose repository is called `acme-operator`: the project's name in front is
    # left out. What is left out behind would make it another program (`acme` is no `acme-exporter`).
    missing = ours - theirs
    own = _plain(target).endswith(_plain(name)) and any(
        _agree(owner, _plain(repo.split("/")[-2])) for owner in owners for repo in owned
    )
    if (
        own
        and theirs < ours
        and all(any(word in place for place in owners | repositories) for word in missing)
    ):
        return "likely" if len(missing) == 1 else "weak"
    return None


@lru_cache(maxsize=2)
def _sources(catalog: Catalog) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Each hardened image with its builds' repositories (``github.com/owner/name``) and their owners."""
    known = catalog.record("map", "sources").get("images", {})
    return tuple(
        (name, tuple((repo, _plain(repo.split("/")[-2])) for repo in known.get(name, ())))
        for name in catalog.names()
    )


def sources_of(catalog: Catalog, target: str) -> frozenset[str]:
    """The repositories that a hardened image is built from, as ``github.com/owner/name``; none where unknown."""
    return frozenset(repository for repository, _ in _sources_by_name(catalog).get(target, ()))


@lru_cache(maxsize=2)
def _sources_by_name(catalog: Catalog) -> Mapping[str, tuple[tuple[str, str], ...]]:
    return dict(_sources(catalog))


@cache
def known_pairs() -> dict[str, tuple[tuple[str, Confidence, str], ...]]:
    """Upstream image → (hardened image, confidence, source), from the table that comes with the program."""
    pairs: dict[str, tuple[tuple[str, Confidence, str], ...]] = {}
    for line in _lines("upstream.tsv"):
        image, target, confidence, source = line.split("\t")
        sure: Confidence = (
            "certain" if confidence == "certain" else "likely" if confidence == "likely" else "weak"
        )
        pairs[image] = (*pairs.get(image, ()), (target, sure, source))
    return pairs


def halfway(image: Reference, catalog: Catalog, playbooks: Playbooks) -> list[Counterpart]:
    """The counterparts of the upstream image where only the registry of it was exchanged by hand."""
    for registry in _UPSTREAM:
        found = match(replace(image, registry=registry), catalog, playbooks)
        if found and found[0].confidence != "weak" and found[0].target in catalog:
            return list(found)
    return []


@cache
def _upstream_of() -> dict[str, tuple[Reference, ...]]:
    """Hardened image → the upstream images that it is certainly the counterpart of."""
    found: dict[str, tuple[Reference, ...]] = {}
    for image, pairs in known_pairs().items():
        for target, confidence, _ in pairs:
            if confidence == "certain":
                found[target] = (*found.get(target, ()), Reference.parse(image))
    return found


def upstream_of(target: str) -> tuple[Reference, ...]:
    """The upstream images that a hardened image is certainly the counterpart of."""
    return _upstream_of().get(target, ())


@cache
def _pairs_by_path() -> dict[str, tuple[tuple[str, Confidence, str], ...]]:
    """The known pairs by the image's path without its registry."""
    pairs: dict[str, tuple[tuple[str, Confidence, str], ...]] = {}
    for image, found in known_pairs().items():
        path = Reference.parse(image).repository
        if "/" in path:
            pairs[path] = tuple(dict.fromkeys((*pairs.get(path, ()), *found)))
    return pairs


@cache
def _repackagers() -> frozenset[str]:
    """Namespaces whose owners package other projects' software under the projects' names."""
    return frozenset(_lines("repackagers.txt"))


def _lines(name: str) -> list[str]:
    """The lines of a data file that come with the program, without comments."""
    file = Path(__file__).with_name("data") / name
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return [line for line in lines if line and not line.startswith("#")]
