"""A repository of texts in memory: what a snapshot of the same files would say, without a process of Git."""

from pathlib import Path
from types import SimpleNamespace

from migrate_dhi.git.snapshot import Snapshot


class Texts(Snapshot):
    """Path → text."""

    def __init__(self, texts):
        entries = {path: SimpleNamespace(blob="", mode="100644") for path in texts}
        super().__init__(Path("/nowhere"), "the test", entries, {})
        self._contents = {path: text.encode() for path, text in texts.items()}

    def _mentioning(self, words):
        return tuple(path for path in self.paths if any(word in self.text(path) for word in words))

    def lines_with(self, *words):
        for path in self.paths:
            for number, line in enumerate(self.text(path).splitlines(), 1):
                if any(word in line for word in words):
                    yield path, number, line
