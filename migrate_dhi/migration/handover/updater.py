"""Lists of the Argo CD image updater in an Application's annotations: they come to name the hardened image."""

from collections.abc import Iterator

from migrate_dhi.migration.handover.ground import Handed, HandoverGround, numbered, spelled
from migrate_dhi.migration.undoing import IMAGE_LIST


def of_updaters(ground: HandoverGround) -> Iterator[Handed]:
    """The line of the annotation, where the list stands in it; alias and range of versions stay."""
    for file in dict.fromkeys(one.file for one in ground.source.target.releases if one.way == "application"):
        for number, line in numbered(ground.text(file)):
            listed = IMAGE_LIST.search(line)
            for before, after in ground.moving.items() if listed else ():
                found = spelled(before).search(line, listed.end() if listed else 0)
                if found:
                    start, end = found.span()
                    ground.replace_line(file, number, line, line[:start] + after.image + line[end:])
                    yield Handed(
                        file, number, found[0], after.image,
                        f"the image updater follows {after.image}: see that its range lets in tags such as {after.tag}",
                        settles=((file, number),),
                    )  # fmt: skip
                    break
