"""Where in Git a setting stands: the line of a values file, else of the manifest, else the template."""

from collections.abc import Iterable, Mapping, Sequence

from migrate_dhi.audit.ground import Ground, Item, Rendered
from migrate_dhi.dhi.roles import words_of
from migrate_dhi.record import record


@record
class Place:
    """A file with a 1-based line, 0 where none is known; ``path`` is where in the object the setting stands."""

    file: str
    line: int
    path: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class Finder:
    """Finds the lines of settings in the texts of a repository."""

    def __init__(self, ground: Ground, text: Mapping[str, str]) -> None:
        self._ground = ground
        self._raw = text

    def place(self, item: Item, path: str, needles: Sequence[str], hints: Iterable[str]) -> Place:
        """Where a setting stands: of the lines that hold the first needle that any holds, the likeliest.

        Args:
            item: the object that holds it.
            path: where in the object.
            needles: what the line holds, the surest text first.
            hints: names near it: its key, the component.
        """
        words = {word for hint in hints for word in words_of(hint)}
        for file, text, first in self._texts(item):
            line = _line(text, [needle for needle in needles if needle], words)
            if line:
                return Place(file, first + line - 1, path)
        return Place(item.file, item.line, path)

    def _texts(self, item: Item) -> list[tuple[str, str, int]]:
        """The texts to look in, the strongest first: (file, text, line of its begin)."""
        if item.sources:
            return [(file, self._raw.get(file, ""), 1) for file in item.sources]
        if not item.release:
            lines = self._raw.get(item.file, "").splitlines()[max(item.line - 1, 0) :]
            end = next((n for n, line in enumerate(lines) if n and line.startswith("---")), len(lines))
            return [(item.file, "\n".join(lines[:end]), max(item.line, 1))]
        missing = self._ground.missing.get(item.release)
        if missing and item.kind == "Values":
            return [(file, self._raw.get(file, ""), 1) for file in reversed(missing.files)]
        rendered = self._ground.by_id.get(item.release)
        return values_texts(rendered) if rendered else []


def values_texts(rendered: Rendered) -> list[tuple[str, str, int]]:
    """The texts of a release's values, the strongest first, each with 1."""
    texts = rendered.deployed.chart.texts
    files = dict.fromkeys((*rendered.deployed.files, rendered.deployed.deployer))
    return [(file, texts[file], 1) for file in files if file in texts]


def line_in(rendered: Rendered, key: str, path: Sequence[str]) -> tuple[str, int]:
    """File and line of a key in a release's values, the strongest file that holds it; line 0 where none does."""
    words = {word for step in path for word in words_of(step)}
    for file, text, _ in values_texts(rendered):
        line = _line(text, [f"{key}:"], words)
        if line:
            return file, line
    return rendered.deployed.deployer, 0


def _line(text: str, needles: Sequence[str], words: set[str]) -> int:
    """The 1-based number of the likeliest line; 0 where none holds a needle."""
    if not any(needle in text for needle in needles):
        return 0
    best, number = -1, 0
    above: list[tuple[int, str]] = []
    for at, line in enumerate(text.splitlines(), 1):
        content = line.strip()
        if not content or content.startswith("#"):
            continue
        indent = len(line) - len(line.lstrip())
        while above and above[-1][0] >= indent:
            above.pop()
        held = next((len(needles) - n for n, needle in enumerate(needles) if needle in content), 0)
        if held:
            near = {word for _, name in above for word in words_of(name.partition(":")[0])}
            score = 20 * held + len((near | set(words_of(content))) & words)
            if score > best:
                best, number = score, at
        above.append((indent, content))
    return number
