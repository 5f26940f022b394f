"""Names that could be that of the pull secret: what makes a login for a registry here, and does not say for which.

A sealed login shows its type and its name, never its registry: it is a possibility that is named, and nothing more.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache

from migrate_dhi.errors import RepositoryError
from migrate_dhi.findings import Finding
from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.kube.manifests import value_at
from migrate_dhi.kube.secrets_made import secrets_made
from migrate_dhi.migration.source import Source
from migrate_dhi.record import record
from migrate_dhi.release.addresses import Addresses
from migrate_dhi.release.declared import Declared
from migrate_dhi.release.raw import RawObject, raw_objects

_NONE = "pull-secret-none"
_TYPE = "kubernetes.io/dockerc"
# Where the type of the Secret stands in what makes one: in itself, in a sealed one's template, in an external one's.
_TYPES = (
    ("type",),
    ("spec", "template", "type"),
    ("spec", "target", "template", "type"),
    ("spec", "externalSecretSpec", "target", "template", "type"),
)
_KEY = ".dockerconfigjson"


@record
class PossibleSecret:
    """A login for some registry: its name, and the file and line of what makes it."""

    name: str
    file: str
    line: int


def possible_secrets(files: Snapshot, namespaces: Iterable[str]) -> list[PossibleSecret]:
    """The logins that one of these namespaces gets, each name once."""
    wanted = list(namespaces)
    found: dict[str, PossibleSecret] = {}
    for one in _logins(files):
        for made in secrets_made(one.data, one.namespace):
            if any(map(made.reaches, wanted)):
                found.setdefault(made.name, PossibleSecret(made.name, one.file, one.line))
    return list(found.values())


def with_possible(findings: Sequence[Finding], source: Source) -> list[Finding]:
    """The same findings; one that no name is known says which there could be, as far as the files can be read."""
    spaces = [release.namespace or "default" for release in source.target.releases]
    told = []
    for one in findings:
        some: list[PossibleSecret] = []
        if one.code == _NONE and source.files:
            with suppress(RepositoryError):
                some = possible_secrets(source.files, spaces)
        names = ", ".join(f"{each.name} ({each.file}:{each.line})" for each in some)
        more = f"; a login that does not show its registry is {names}" if some else ""
        told.append(replace(one, help=f"{one.help}{more}"))
    return told


@lru_cache(maxsize=2)
def _logins(files: Snapshot) -> tuple[RawObject, ...]:
    if not files.mentioning("dockerconfigjson", "dockercfg"):
        return ()
    return tuple(one for one in raw_objects(Declared(files, Addresses(()))) if _is_login(one))


def _is_login(one: RawObject) -> bool:
    types = (value_at(one.data, path) for path in _TYPES)
    sealed = value_at(one.data, ("spec", "encryptedData"))
    return any(str(found).startswith(_TYPE) for found in types) or (
        isinstance(sealed, dict) and _KEY in sealed
    )
