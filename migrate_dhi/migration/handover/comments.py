"""Comments that tell Renovate which image a value is of: ``# renovate: image=docker.io/valkey/valkey``."""

from collections.abc import Iterator

from migrate_dhi.migration.handover.ground import Handed, HandoverGround
from migrate_dhi.migration.undoing import BOT, followed, spelled
from migrate_dhi.regex import regex

# With these the comment says more than a name, and what it says is of the upstream image, or of no image at all. To
# versions other than those of images the suffix of a hardened tag is a pre-release, which is not looked at.
_MORE = regex(r"registryUrl=|extractVersion=|datasource=(?!docker(?:\s|$))|versioning=(?!docker(?:\s|$))")


def of_comments(ground: HandoverGround) -> Iterator[Handed]:
    """The name in the comment becomes that of the hardened image; nothing else of the line changes."""
    done: set[tuple[str, int]] = set()
    for edit, number, comment in followed(ground.source, ground.edits):
        if (edit.file, number) in done or not BOT.search(comment) or _MORE.search(comment):
            continue
        for before, after in ground.moving.items():
            found = spelled(before).search(comment)
            at = _now(ground, edit.file, number, comment, done) if found else 0
            if found and at:
                done.add((edit.file, number))
                # Beside the name that people read may be the one that is looked up.
                ground.replace_line(edit.file, at, comment, spelled(before).sub(after.image, comment))
                yield Handed(edit.file, at, found[0], after.image, settles=((edit.file, number),))
                break


def _now(ground: HandoverGround, file: str, number: int, comment: str, done: set[tuple[str, int]]) -> int:
    """The line that has the comment by now: steps add lines, and leave comments as they are."""
    lines = ground.source.chart.texts.get(file, "").split("\n")
    alike = [at for at, line in enumerate(lines, 1) if line.partition("#")[2] == comment]
    before = sum(at < number and (file, at) not in done for at in alike)
    found = [
        at for at, line in enumerate(ground.text(file).split("\n"), 1) if line.partition("#")[2] == comment
    ]
    return found[before] if len(found) > before else 0
