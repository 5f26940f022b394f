"""Where the version of a chart from elsewhere stands, and how the chart is had in another one."""

from collections.abc import Callable, Mapping
from dataclasses import field
from functools import lru_cache
from typing import Any

from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.record import record
from migrate_dhi.yamledit import Stream


@record
class Versioned:
    """The version that an object asks for.

    Args:
        file: the repository path of the object that names it; ``document`` is its index, ``path`` where it stands.
        version: what stands there.
        repository: where the chart is from, as a dependency names it; ``name`` is what it is called there.
        at: the same chart in another version; raises DependencyError.
    """

    file: str
    document: int
    path: tuple[str | int, ...]
    version: str
    name: str
    repository: str
    at: Callable[[str], Any] = field(hash=False)

    def stands(self, texts: Mapping[str, str]) -> bool:
        """Whether it stands there in these texts, and no patch says otherwise."""
        return self.file in texts and self.read(texts) == self.version

    def read(self, texts: Mapping[str, str]) -> str:
        """The version in these texts; that which was found where they do not have the file."""
        if self.file not in texts:
            return self.version
        return version_in(texts[self.file], self.file, self.document, self.path)


@lru_cache(maxsize=64)
def version_in(text: str, file: str, document: int, path: tuple[str | int, ...]) -> str:
    """What stands at a place of a file of objects, as text; empty where nothing does."""
    try:
        documents = Stream(text, name=file, placeholders=True).documents
        return str(documents[document].get(path, "") or "") if document < len(documents) else ""
    except MigrateDhiError:
        # A template that makes the object, say.
        return ""
