"""What a hand-over is made from: the plan so far, and the texts of files as its steps leave them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from migrate_dhi.migration.plan import PlannedEdit
from migrate_dhi.migration.source import Source
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.steps.context import Context


@record
class Handed:
    """One edit by which a bot follows the hardened image: where, what stood there, and what stands there now.

    ``line`` counts in the file before, ``path`` leads to a value (empty: what changes is no value). ``fact`` says why
    it may be believed where no render shows it. ``settles`` are the places of the findings that it makes needless.
    """

    file: str
    line: int
    before: str
    after: str
    fact: str = ""
    path: str = ""
    document: int = 0
    settles: tuple[tuple[str, int], ...] = ()

    @property
    def edit(self) -> PlannedEdit:
        """The same in the form of a plan."""
        return PlannedEdit(self.file, self.line, self.path, self.before, self.after, self.document)


@dataclass
class HandoverGround:
    """A plan whose steps are done; ``changed`` are the texts of files that a hand-over has edited."""

    source: Source
    context: Context
    edits: Sequence[PlannedEdit]
    changed: dict[str, str] = field(default_factory=dict)

    @property
    def moving(self) -> Mapping[Reference, Reference]:
        """The images that get another name: what each becomes."""
        return {
            image.before: image.decision.after
            for image in self.context.moving
            if image.decision.after and image.decision.after.image != image.before.canonical().image
        }

    def text(self, file: str) -> str:
        """A file as the plan has it so far; empty where it is none of the repository."""
        known = self.changed.get(file, self.context.texts.get(file))
        if known is None and self.source.files:
            known = self.source.files.text(file)
        return known or ""

    def replace_line(self, file: str, number: int, old: str, new: str) -> None:
        """Put a text in the place of another one in one line."""
        lines = self.text(file).split("\n")
        lines[number - 1] = lines[number - 1].replace(old, new, 1)
        self.changed[file] = "\n".join(lines)


def numbered(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a text with their numbers."""
    return enumerate(text.split("\n"), 1)
