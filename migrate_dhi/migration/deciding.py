"""What the rendered chart tells the decision on its images beside their references."""

from collections.abc import Iterator, Mapping, Sequence

from migrate_dhi.oci.reference import Reference
from migrate_dhi.trace.pattern import Variable, split_at_tag, variables
from migrate_dhi.trace.slots import Slot


def linked(by_image: Mapping[Reference, Sequence[Slot]]) -> Iterator[frozenset[Reference]]:
    """The images whose tag one value sets: they cannot go to different versions."""
    found: dict[Variable, set[Reference]] = {}
    for image, slots in by_image.items():
        for pattern in {pattern for slot in slots for pattern in slot.patterns}:
            for variable in variables(split_at_tag(pattern)[1]):
                found.setdefault(variable, set()).add(image)
    return (frozenset(images) for images in found.values() if len(images) > 1)
