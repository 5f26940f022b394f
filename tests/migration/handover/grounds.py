"""What a hand-over is made from, in memory: one file of values with edits, and the files beside it."""

from types import SimpleNamespace

from migrate_dhi.migration.handover.ground import HandoverGround
from migrate_dhi.migration.plan import PlannedEdit
from migrate_dhi.oci.reference import Reference
from tests.texts import Texts

VALKEY = ("valkey/valkey:8.1.4", "dhi.io/valkey:8.1.9-debian13")


def moving(before, after):
    parsed = Reference.parse(after) if after else None
    return SimpleNamespace(before=Reference.parse(before), decision=SimpleNamespace(after=parsed))


def ground(text="", *edits, images=(VALKEY,), files=None, now=None, way="application"):
    """A plan that edits lines of ``values.yaml``, each edit as (line, what stood there); ``now`` is its text by then."""
    files = {"values.yaml": text, **(files or {})}
    planned = [PlannedEdit("values.yaml", line, "image.tag", before, "x") for line, before in edits]
    releases = [SimpleNamespace(way=way, file=name) for name in files if name != "values.yaml"]
    source = SimpleNamespace(
        chart=SimpleNamespace(texts={"values.yaml": text}),
        files=Texts(files),
        target=SimpleNamespace(releases=releases),
    )
    texts = {"values.yaml": text if now is None else now}
    context = SimpleNamespace(moving=[moving(*pair) for pair in images], texts=texts)
    return HandoverGround(source, context, planned)


def changed(one):
    """The lines of each file that a hand-over has edited which are new there."""
    found = []
    for file, text in one.changed.items():
        old = HandoverGround(one.source, one.context, ()).text(file).split("\n")
        found += [line.strip() for line in text.split("\n") if line not in old]
    return found
