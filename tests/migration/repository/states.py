"""Small repositories, and what is found of each as a whole."""

from migrate_dhi.migration.repository.findings import findings_of
from migrate_dhi.migration.scan import ScanEntry, ScannedImage
from migrate_dhi.release.addresses import Addresses
from tests.texts import Texts

MOVES = ScannedImage("docker.io/valkey/valkey:8.1.4", "dhi.io/valkey:8.1.9", "migrate")
STAYS = ScannedImage("ghcr.io/acme/own:1.0.0", "", "no-counterpart")
KUSTOMIZATION = "namespace: {0}\nresources: [secret.yaml]\n"


def moves(before, after):
    return ScannedImage(before, after, "migrate")


def entry(namespace, *images, secret="dhi"):
    secrets = ((namespace, secret),) if secret else ()
    return ScanEntry(
        "helmrelease", namespace, "x", "apps/x.yaml", 1, "ready", images=images or (MOVES,), secrets=secrets
    )


def told(files, *entries):
    """What is found of a repository with these files, in its order; without entries one release moves an image."""
    return list(findings_of(Texts(files), Addresses(()), entries or (entry("data"),)))


def found(files, *entries):
    """The same by code, file and line."""
    return {(one.code, one.file, one.line): one for one in told(files, *entries)}


def secret(kind="SealedSecret", name="dhi", namespace="data", more=""):
    return f"apiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name}\n  namespace: {namespace}\n{more}"
