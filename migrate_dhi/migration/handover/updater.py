"""Lists of the Argo CD image updater in an Application's annotations: they come to name the hardened images."""

import re
from collections.abc import Iterator

from migrate_dhi.migration.handover.ground import Handed, HandoverGround
from migrate_dhi.migration.undoing import listed_images, spelled


def of_updaters(ground: HandoverGround) -> Iterator[Handed]:
    """The lines of the annotation that name images which move; aliases and ranges of versions stay."""
    for file in dict.fromkeys(one.file for one in ground.source.target.releases if one.way == "application"):
        for number, line, start in listed_images(ground.text(file)):
            now = line
            for before, after in ground.moving.items():
                # What stands before the sign is an alias, which other annotations know it by.
                image = re.compile(rf"{spelled(before).pattern}(?!\s*=)")
                found = image.search(now, start)
                if not found:
                    continue
                new = now[:start] + image.sub(after.image, now[start:])
                ground.replace_line(file, number, now, new)
                now = new
                yield Handed(
                    file, number, found[0], after.image,
                    f"the image updater follows {after.image}: see that its range lets in tags such as {after.tag}",
                    settles=((file, number),),
                )  # fmt: skip
