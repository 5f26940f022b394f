"""Argo CD's projects that forbid what a migration needs: the objects that bring a pull secret."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from migrate_dhi.findings import Finding
from migrate_dhi.kube.secrets_made import MadeSecret
from migrate_dhi.migration.repository.pull_secrets import places_of
from migrate_dhi.migration.repository.seen import Seen, at
from migrate_dhi.oci.reference import Reference
from migrate_dhi.release.raw import RawObject
from migrate_dhi.untyped import mapping, sequence, text_at
from migrate_dhi.wording import some_of

_SCHEME = "://"


def of_projects(seen: Seen) -> Iterator[Finding]:
    """Projects that leave out the kind that makes the secret, or take charts from registries and not this one."""
    registries = {Reference.parse(image).canonical().registry for image in seen.hardened}
    closed: list[tuple[RawObject, list[str]]] = []
    for one in seen.objects:
        if one.data.get("kind") != "AppProject":
            continue
        name = text_at(one.data, "metadata", "name")
        for secret in seen.wanted:
            kinds = {place.made.kind: place.made for place in places_of(seen, secret)}
            for kind in (kind for kind, made in kinds.items() if _forbids(one, made)):
                yield Finding(
                    "project-forbids",
                    "warning",
                    f"AppProject {name} does not let its Applications make a {kind}, which makes the pull secret "
                    f"{secret}",
                    file=one.file,
                    line=one.line,
                    help="see that the Application that brings the secret is of another project, or let it in there",
                )
        named = _charts_from(one, registries)
        closed += [(one, named)] if named else []
    if closed:
        first, named = closed[0]
        projects = some_of((text_at(one.data, "metadata", "name") for one, _ in closed), 1)
        yield Finding(
            "project-sources",
            "info",
            f"AppProject {projects}: charts are taken from registries that are "
            f"named ({', '.join(named[:3])}), and not from {', '.join(sorted(registries))}",
            file=first.file,
            line=first.line,
            help="images are not concerned; a hardened chart in place of the upstream one would be refused",
        )


def _forbids(one: RawObject, made: MadeSecret) -> bool:
    """As Argo CD has it: kinds of a namespace are let in, unless a list (be it empty) lacks or another one has them."""
    if made.kind.startswith("Cluster"):
        return False
    allowed = at(one.data, "spec", "namespaceResourceWhitelist")
    kept_out = sequence(at(one.data, "spec", "namespaceResourceBlacklist"))
    if any(_is_of(entry, made) for entry in kept_out):
        return True
    return allowed is not None and not any(_is_of(entry, made) for entry in sequence(allowed))


def _is_of(entry: Any, made: MadeSecret) -> bool:
    named: Mapping[str, Any] = mapping(entry)
    return fnmatchcase(made.group, str(named.get("group") or "")) and fnmatchcase(
        made.kind, str(named.get("kind") or "")
    )


def _charts_from(one: RawObject, registries: set[str]) -> list[str]:
    """The registries that a project takes charts from where it names some, and none of these."""
    sources = [str(source) for source in sequence(at(one.data, "spec", "sourceRepos"))]
    if any(fnmatchcase(f"{registry}/x", source) for registry in registries for source in sources):
        return []
    # Argo CD names a registry of charts without a scheme.
    return [source for source in sources if _SCHEME not in source and "." in source.partition("/")[0]]
