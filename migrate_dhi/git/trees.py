"""Trees with changed files: only those along the changed paths are read and written."""

import os
import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from migrate_dhi.errors import RepositoryError, UsageError
from migrate_dhi.git.objects import read
from migrate_dhi.git.run import Batch
from migrate_dhi.record import record

FILE = "100644"
FOLDER = "040000"
WRITABLE = (FILE, "100755")
"""Modes of entries that are files; all else (links, submodules, folders) is not written to."""
LINK = "120000"
NAMES = {LINK: "a symbolic link", "160000": "a submodule", FOLDER: "a folder"}
"""What an entry is to people, by mode."""

Store = Callable[[str, bytes], str]
"""Writes an object of a kind (``blob``, ``tree``) with that content somewhere, and returns its id."""


@record
class Entry:
    """One line of a tree: mode (six octal digits), object id."""

    mode: str
    id: str


@dataclass
class Tree:
    """A tree that can be changed in memory; its folders are read when a path first goes through them."""

    batch: Batch
    id: str | None
    entries: dict[str, Entry] = field(default_factory=dict)
    folders: dict[str, "Tree"] = field(default_factory=dict)

    @classmethod
    def read(cls, batch: Batch, tree: str) -> "Tree":
        """The tree with this id (``COMMIT^{tree}``: of this commit)."""
        entries = {}
        tree, content = read(batch, tree)
        size, at = len(tree) // 2, 0
        while at < len(content):
            end = content.index(b"\0", at)
            mode, _, name = content[at:end].partition(b" ")
            at = end + 1 + size
            entries[os.fsdecode(name)] = Entry(mode.decode().zfill(6), content[end + 1 : at].hex())
        return cls(batch, tree, entries)

    def put(self, path: str, blob: str) -> None:
        """Let `path` be the file with this content; an existing file keeps its mode.

        Raises:
            RepositoryError: the path is, or leads through, something that is no file or no folder.
        """
        folder, name = self._above(path)
        entry = folder.entries.get(name, Entry(FILE, ""))
        if entry.mode not in WRITABLE or name in folder.folders:
            raise not_writable(path, entry.mode)
        folder.entries[name] = Entry(entry.mode, blob)

    def remove(self, path: str) -> None:
        """Let there be no file at `path`; a folder that is empty then goes too.

        Raises:
            RepositoryError: as :meth:`put`, or there is no such file.
        """
        folder, name = self._above(path)
        entry = folder.entries.get(name)
        if entry is None or entry.mode not in WRITABLE:
            raise not_writable(path, entry.mode if entry else "")
        del folder.entries[name]

    def change(self, files: Mapping[str, bytes | None], store: Store) -> str:
        """Let each path be the file with that content, or no file for None; write all, and return the tree's id.

        Raises:
            RepositoryError: as :meth:`put` and :meth:`remove`.
        """
        for path, content in files.items():
            if content is None:
                self.remove(path)
            else:
                self.put(path, store("blob", content))
        return self.write(store)

    def _above(self, path: str) -> "tuple[Tree, str]":
        """The folder that holds `path`, and the last part; every folder on the way is to be written anew."""
        folder, (*above, name) = self, path.split("/")
        for depth, part in enumerate(above, 1):
            folder.id = None
            folder = folder.folder(part, "/".join(path.split("/")[:depth]))
        folder.id = None
        return folder, name

    def folder(self, name: str, path: str) -> "Tree":
        """The folder `name` in this tree, empty if there is none; `path` names it in the error."""
        if name not in self.folders:
            entry = self.entries.get(name)
            if entry is None:
                self.folders[name] = Tree(self.batch, None)
            elif entry.mode == FOLDER:
                self.folders[name] = Tree.read(self.batch, entry.id)
            else:
                raise not_writable(path, entry.mode)
        return self.folders[name]

    def write(self, store: Store) -> str:
        """Write what was changed, folders first, and return the id of the tree."""
        if self.id is None:
            for name, folder in self.folders.items():
                written = folder.write(store)
                self.entries.pop(name, None)
                # Git knows no empty folders.
                if folder.entries:
                    self.entries[name] = Entry(FOLDER, written)
            self.id = store("tree", b"".join(self._lines()))
        return self.id

    def _lines(self) -> list[bytes]:
        """As Git writes them: modes without leading zeros, and a folder sorted as if its name ended in a slash."""
        names = {os.fsencode(name): entry for name, entry in self.entries.items()}
        order = sorted(names, key=lambda name: name + b"/" * (names[name].mode == FOLDER))
        return [
            b"%s %s\0%s" % (names[name].mode.lstrip("0").encode(), name, bytes.fromhex(names[name].id))
            for name in order
        ]


def repository_path(path: str) -> str:
    """The path in its shortest form; ``.`` is the root.

    Raises:
        UsageError: it leads out of the repository, or into Git's own folder.
    """
    normal = posixpath.normpath(path)
    if normal.startswith("/") or ".." in normal.split("/"):
        raise UsageError("this is outside the repository", where=path)
    if ".git" in normal.lower().split("/"):
        raise UsageError("this is inside Git's own folder", where=path)
    return normal


def not_writable(path: str, mode: str) -> RepositoryError:
    """The error for a path whose entry is no file."""
    return RepositoryError(
        f"this is {NAMES.get(mode, 'a file' if mode else 'no file')} in the repository, and is not written to",
        where=path,
        help="let the chart use a regular file here, or leave this edit out (--skip)",
    )
