"""The form of a case: a text, edits, the exact text after them."""

from dataclasses import dataclass
from typing import Any

from migrate_dhi.yamledit import Document, parse_path


@dataclass(frozen=True)
class Case:
    """A case of the tables; `edits` are tuples of a method's name, a path and the value if there is one."""

    name: str
    before: str
    edits: tuple[tuple[Any, ...], ...]
    after: str
    needs_last_break: bool = False

    def __str__(self) -> str:
        return self.name


def run(text: str, edits: tuple[tuple[Any, ...], ...]) -> str:
    """Apply the edits; a last dict in an edit of four holds keyword arguments."""
    document = Document(text, name="values.yaml")
    for method, path, *rest in edits:
        options = rest.pop() if len(rest) == 2 else {}
        document = getattr(document, method)(parse_path(path), *rest, **options)
    return document.text
