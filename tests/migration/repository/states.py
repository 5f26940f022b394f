"""Small repositories, and what is found of each as a whole."""

from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.migration.repository.findings import findings_of
from migrate_dhi.migration.scan import ScanEntry, ScannedImage
from migrate_dhi.release.addresses import Addresses

MOVES = ScannedImage("docker.io/valkey/valkey:8.1.4", "dhi.io/valkey:8.1.9", "migrate")
STAYS = ScannedImage("ghcr.io/acme/own:1.0.0", "", "no-counterpart")
KUSTOMIZATION = "namespace: {0}\nresources: [secret.yaml]\n"


def entry(namespace, *images, secret="dhi"):
    secrets = ((namespace, secret),) if secret else ()
    return ScanEntry(
        "helmrelease", namespace, "x", "apps/x.yaml", 1, "ready", images=images or (MOVES,), secrets=secrets
    )


def found(root, files, *entries):
    for name, text in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    some = findings_of(Snapshot.of_worktree(root), Addresses(()), entries or (entry("data"),))
    return {(one.code, one.file, one.line): one for one in some}


def secret(kind="SealedSecret", name="dhi", namespace="data", more=""):
    return f"apiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name}\n  namespace: {namespace}\n{more}"
