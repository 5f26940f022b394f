"""Splices: pieces of new text for spans of the old one, collected and applied in one go."""

from dataclasses import dataclass, field

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.yamledit.nodes import YamlTree


@dataclass(slots=True)
class Splices:
    r"""Replacements of spans of one text; line breaks in new text are written ``\n`` and adapted.

    Attributes:
        tree: of the old text.
        changes: (start, end, new text) in the order in which they were planned; of insertions at the same
            place the earlier one comes first.
    """

    tree: YamlTree
    changes: list[tuple[int, int, str]] = field(default_factory=list)

    def put(self, start: int, end: int, new: str) -> None:
        """Plan to replace a span; an empty span inserts."""
        if self.tree.text[start:end] != new:
            self.changes.append((start, end, new))

    def insert_lines(self, at: int, lines: list[str]) -> None:
        """Plan to insert whole lines behind the line that ends here (before its line break)."""
        self.put(at, at, "".join("\n" + line for line in lines))

    def apply(self) -> str:
        """The new text.

        Raises:
            EditRefusedError: two changes overlap.
        """
        parts: list[str] = []
        at = 0
        for start, end, new in sorted(self.changes, key=lambda change: (change[0], change[1])):
            if start < at:
                raise EditRefusedError("the edits overlap", line=self.tree.line_number(start))
            parts += [self.tree.text[at:start], new.replace("\n", self._line_break(start))]
            at = end
        return "".join([*parts, self.tree.text[at:]])

    def _line_break(self, at: int) -> str:
        """The line break of this line, else of the line before."""
        found = self.tree.text.find("\n", at)
        if found < 0:
            found = self.tree.text.rfind("\n")
        return "\r\n" if found > 0 and self.tree.text[found - 1] == "\r" else "\n"
