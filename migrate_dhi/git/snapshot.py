"""The files of a repository at one state, a commit or the worktree, listed in one pass over Git's own tree.

A listing costs one call of Git and opens nothing but the symbolic links; contents are read when they are asked
for, many in one call, and kept. Only regular files count: what a submodule, a FIFO, a device or a link out of
the repository would bring is named in :attr:`Snapshot.skipped` and never opened. Links that stay inside are
followed as a checkout would, and what they lead to is listed under their path too.
"""

import errno
import hashlib
import os
import posixpath
import stat
from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path

from migrate_dhi.git.blobs import blob_sizes, read_blobs
from migrate_dhi.git.links import Links
from migrate_dhi.git.run import Output, ask
from migrate_dhi.git.whole import whole_folders
from migrate_dhi.record import record

LARGEST = 5 * 1024 * 1024
"""Bytes of the largest file that is read; values and manifests are far smaller."""

WORKTREE = "the worktree"
"""How the state of the worktree is named to people."""

_LINK, _SUBMODULE, _EXECUTABLE = "120000", "160000", "100755"
_ODD, _MODULE = "it is no regular file", "it is a submodule"
_POINTERS = {
    b"version https://git-lfs.github.com/spec/v1\n": "is a Git LFS pointer here, not the file",
    b"\0GITCRYPT\0": "is encrypted with git-crypt here",
}


@record
class _Entry:
    """A file or a link: the blob that holds it, or none where the file on disk does."""

    blob: str = ""
    mode: str = "100644"


class Snapshot:
    """The regular files of a repository at one state; paths are texts from its root with ``/``.

    Attributes:
        root: the top folder of the worktree, or of a plain folder outside Git.
        commit: the commit, or empty for what lies on disk.
        label: the state, for people: a revision, or :data:`WORKTREE`.
        paths: every regular file, sorted; also those that a link leads to, under the link's path.
        skipped: path → why it is not listed, or was not read.
    """

    def __init__(
        self, root: Path, label: str, entries: Mapping[str, _Entry], skipped: dict[str, str], commit: str = ""
    ) -> None:
        self.root = root
        self.commit = commit
        self.label = label
        self.skipped = skipped
        self._contents: dict[str, bytes] = {}
        self._mentions: dict[tuple[str, ...], tuple[str, ...]] = {}
        links = {path: entry for path, entry in entries.items() if entry.mode == _LINK}
        self._files = {path: entry for path, entry in entries.items() if entry.mode != _LINK}
        self._through = Links(self._files, self._targets(links), skipped).followed() if links else {}
        self.paths = tuple(sorted({**self._files, **self._through}))

    @classmethod
    def of_commit(cls, root: Path, commit: str, *, label: str = "") -> "Snapshot":
        """The files that a commit (or any tree) has.

        Raises:
            RepositoryError: Git cannot read it.
        """
        entries, skipped = {}, {}
        # Without sizes: to tell them a partial clone would fetch every blob.
        for line in ask(root, "ls-tree", "-r", "-z", "--full-tree", commit).fields:
            header, _, path = line.partition("\t")
            mode, _, blob = header.split(" ")
            if mode == _SUBMODULE:
                skipped[path] = _MODULE
            else:
                entries[path] = _Entry(blob, mode)
        return cls(root, label or commit[:12], entries, skipped, commit)

    @classmethod
    def of_worktree(cls, root: Path) -> "Snapshot":
        """The files on disk that Git tracks or does not ignore; in no repository, all files below a folder.

        What a sparse checkout leaves out is read from the index.
        """
        question = ("ls-files", "-z", "-t", "--stage", "--cached", "--others", "--exclude-standard")
        listed = ask(root, *question, accept=range(256))
        entries, skipped = dict[str, _Entry](), dict[str, str]()
        for path, sparse in _walked(root) if listed.status else _listed(listed, skipped):
            entry = _on_disk(root, path, skipped)
            if entry or sparse:
                entries[path] = entry or sparse or _Entry()
        _drop_behind_links(entries)
        return cls(root, WORKTREE, entries, skipped)

    def under(self, folder: str) -> tuple[str, ...]:
        """The paths below a folder, sorted; ``.`` is the root."""
        if folder in ("", "."):
            return self.paths
        # "0" is what comes after "/".
        return self.paths[bisect_left(self.paths, f"{folder}/") : bisect_left(self.paths, f"{folder}0")]

    def submodules(self, folder: str = ".") -> tuple[str, ...]:
        """The repositories inside this one, at a folder or below; their files are in none of the paths."""
        found = sorted(path for path, why in self.skipped.items() if why == _MODULE)
        inside = "" if folder in ("", ".") else f"{folder}/"
        return tuple(path for path in found if f"{path}/".startswith(inside))

    def __contains__(self, path: object) -> bool:
        return path in self._files or path in self._through

    def is_link(self, path: str) -> bool:
        """Whether this file is reached by a symbolic link, in its last part or in a folder above."""
        return path in self._through

    def real(self, path: str) -> str:
        """The path that holds the content: another one where a link leads there."""
        return self._through.get(path, path)

    def mentioning(self, *words: str) -> tuple[str, ...]:
        """The paths of files that hold one of these texts, sorted; Git finds them without reading them here."""
        if words not in self._mentions:
            self._mentions[words] = self._mentioning(words)
        return self._mentions[words]

    def _mentioning(self, words: tuple[str, ...]) -> tuple[str, ...]:
        # With -a: what an attribute (`-diff`) or a stray byte makes binary to Git deploys all the same.
        how = ("grep", "-z", "-l", "-a", "-F", "--no-color", "--full-name", "--no-recurse-submodules")
        where = (self.commit,) if self.commit else ("--untracked",)
        asked = (item for word in words for item in ("-e", word))
        answer = ask(self.root, *how, *asked, *where, "--", accept=range(256))
        prefix = f"{self.commit}:" if self.commit else ""
        found = {field.removeprefix(prefix) for field in answer.fields} & self._files.keys()
        # Git looks at what lies on disk: not into what a sparse checkout leaves out, and in no plain folder.
        unseen = self._files if answer.status not in {0, 1} else self._sparse
        texts = self.read_all(unseen)
        found |= {path for path, text in texts.items() if any(word.encode() in text for word in words)}
        return tuple(sorted(found | {path for path, real in self._through.items() if real in found}))

    def lines_with(self, *words: str) -> Iterator[tuple[str, int, str]]:
        """Path, 1-based number and text of every line that holds one of these texts; nothing is kept of them."""
        how = ("grep", "-z", "-n", "-I", "-F", "--no-color", "--full-name", "--no-recurse-submodules")
        where = (self.commit,) if self.commit else ("--untracked",)
        asked = (item for word in words for item in ("-e", word))
        answer = ask(self.root, *how, *asked, *where, "--", accept=range(256))
        prefix = f"{self.commit}:" if self.commit else ""
        found: dict[str, list[tuple[int, str]]] = {}
        for line in answer.lines:
            name, _, rest = line.partition("\0")
            number, _, text = rest.partition("\0")
            if number.isdecimal():
                found.setdefault(name.removeprefix(prefix), []).append((int(number), text))
        for path in self._files if answer.status not in {0, 1} else self._sparse:
            lines = enumerate((self.text(path) or "").splitlines(), 1)
            found[path] = [(number, text) for number, text in lines if any(word in text for word in words)]
        links = {path: found.get(real, []) for path, real in self._through.items()}
        for path, some in sorted({**{p: s for p, s in found.items() if p in self._files}, **links}.items()):
            yield from ((path, number, text) for number, text in some)

    @property
    def _sparse(self) -> list[str]:
        return [] if self.commit else [path for path, entry in self._files.items() if entry.blob]

    def read(self, path: str) -> bytes | None:
        """The content of a file, or None where there is no such file, or it is larger than :data:`LARGEST`.

        Raises:
            RepositoryError: Git cannot read it, as in a partial clone whose remote does not answer.
        """
        return self.read_all([path]).get(path)

    def text(self, path: str) -> str | None:
        """The content as text, or None where :meth:`read` gives None or it is no UTF-8 text."""
        content = self.read(path)
        if content is None or b"\0" in content:
            return None
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            return None

    def pointer(self, path: str) -> str | None:
        """Why the content is not what people mean by this file (Git LFS, git-crypt), or None."""
        content = self.read(path) or b""
        return next((said for start, said in _POINTERS.items() if content.startswith(start)), None)

    def read_all(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """The contents of those of these files that are here and not too large; one batch for all.

        Raises:
            RepositoryError: as :meth:`read`.
        """
        found = [path for path in dict.fromkeys(paths) if path in self]
        real = {path: self.real(path) for path in found}
        wanted = [path for path in dict.fromkeys(real.values()) if path not in self._contents]
        self._contents |= self._stored([path for path in wanted if self._files[path].blob])
        for path in wanted:
            if not self._files[path].blob:
                content = self._disk(path)
                if content is not None:
                    self._contents[path] = content
        return {path: self._contents[real[path]] for path in found if real[path] in self._contents}

    def lay_out(
        self, folder: str, destination: Path, *, unchanged: Container[str] = (), whole: bool = False
    ) -> None:
        """Write the files below a folder into a directory, links resolved, executables as such, of any size.

        Args:
            folder: the folder in the repository; ``.`` is the root.
            destination: a directory; it may have entries, and is made where there is none.
            unchanged: paths whose file in the worktree is the same: they become links to it, which is quicker.
            whole: also folders become links, where nothing but such files is in them; nobody may write through one.

        Raises:
            RepositoryError: Git cannot read a file.
        """
        inside = "" if folder in ("", ".") else f"{folder}/"
        paths = self.under(folder)
        kept = {
            path
            for path in paths
            if not self._files[self.real(path)].blob
            # What a sparse checkout leaves out is unchanged, and not there.
            or (path in unchanged and (self.root / self.real(path)).is_file())
        }
        stored = {path: self._files[self.real(path)].blob for path in paths if path not in kept}
        contents = read_blobs(self.root, dict.fromkeys(stored.values()))
        plain = {path for path in kept if self.real(path) == path} if whole else set()
        linked = tuple(whole_folders(self.root, inside, paths, plain))
        if linked:
            starts = tuple(f"{one}/" for one in linked)
            paths = tuple(path for path in paths if not path.startswith(starts))
        parents = {posixpath.dirname(path.removeprefix(inside)) for path in (*paths, *linked)}
        for parent in sorted(parents):
            (destination / parent).mkdir(parents=True, exist_ok=True)
        for one in linked:
            (destination / one.removeprefix(inside)).symlink_to(self.root / one)
        for path in paths:
            target = destination / path.removeprefix(inside)
            if path in kept:
                target.symlink_to(self.root / self.real(path))
                continue
            target.write_bytes(contents[stored[path]])
            if self._files[self.real(path)].mode == _EXECUTABLE:
                target.chmod(target.stat().st_mode | 0o111)

    def _targets(self, links: Mapping[str, _Entry]) -> dict[str, str]:
        """Where each link leads, as it is written."""
        stored = {path: entry.blob for path, entry in links.items() if entry.blob}
        contents = read_blobs(self.root, dict.fromkeys(stored.values()))
        read = {path: os.fsdecode(contents[blob]) for path, blob in stored.items()}
        return read | {
            path: os.fspath((self.root / path).readlink()) for path, entry in links.items() if not entry.blob
        }

    def _stored(self, paths: list[str]) -> dict[str, bytes]:
        blobs = {path: self._files[path].blob for path in paths}
        found = {path: self._checked_out(path, blob) for path, blob in blobs.items()}
        here = {path: content for path, content in found.items() if content is not None}
        blobs = {path: blob for path, blob in blobs.items() if path not in here}
        if not blobs:
            return here
        sizes = blob_sizes(self.root, dict.fromkeys(blobs.values()))
        large = [path for path, blob in blobs.items() if sizes[blob] > LARGEST]
        self.skipped.update((path, _too_large(sizes[blobs[path]])) for path in large)
        contents = read_blobs(self.root, {blob: None for blob in blobs.values() if sizes[blob] <= LARGEST})
        return here | {path: contents[blob] for path, blob in blobs.items() if blob in contents}

    def _checked_out(self, path: str, blob: str) -> bytes | None:
        """The content of a blob where the worktree has just that at its path: no process of Git is needed for it."""
        try:
            content = read_regular(self.root / path, follow=False)
        except (OSError, ValueError):
            return None
        # Git names a blob by the hash of this; SHA-1 as long as a repository is not made otherwise.
        kind = hashlib.sha1 if len(blob) == 40 else hashlib.sha256
        sign = kind(b"blob %d\0" % len(content), usedforsecurity=False)
        sign.update(content)
        return content if sign.hexdigest() == blob else None

    def _disk(self, path: str) -> bytes | None:
        """The content of a file on disk, whatever took its place since it was listed."""
        try:
            return read_regular(self.root / path, follow=False)
        except OSError as error:
            self.skipped[path] = error.strerror or "it cannot be read"
            return None


def read_regular(path: Path, *, follow: bool = True) -> bytes:
    """The content of a regular file that is not larger than :data:`LARGEST`; a FIFO is not waited for.

    Raises:
        OSError: anything else is there, or it cannot be read; its ``strerror`` is for people.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    number = os.open(path, flags if follow else flags | getattr(os, "O_NOFOLLOW", 0))
    try:
        now = os.fstat(number)
        if not stat.S_ISREG(now.st_mode):
            raise OSError(errno.EINVAL, _ODD, str(path))
        size = min(now.st_size, LARGEST)
        content = os.read(number, size + 1)
        while size < len(content) <= LARGEST:
            # It grows, or is of those that tell no size.
            size = len(content)
            content += os.read(number, LARGEST + 1 - size)
    finally:
        os.close(number)
    if len(content) > LARGEST:
        raise OSError(errno.EFBIG, _too_large(now.st_size), str(path))
    return content


def _listed(output: Output, skipped: dict[str, str]) -> Iterator[tuple[str, _Entry | None]]:
    """The paths of `git ls-files`, and the entry of those that a sparse checkout leaves out."""
    seen = set()
    for line in output.fields:
        tag, rest = line[0], line[2:]
        if tag == "?":
            # An untracked repository inside this one ends with a slash.
            if not rest.endswith("/"):
                yield rest, None
            continue
        header, _, path = rest.partition("\t")
        mode, blob, _ = header.split(" ")
        # A conflict is listed once for each side.
        if mode == _SUBMODULE:
            skipped[path] = _MODULE
        elif path not in seen:
            seen.add(path)
            yield path, _Entry(blob, mode) if tag == "S" else None


def _walked(root: Path) -> Iterator[tuple[str, None]]:
    """Every path below a folder that is in no repository, links not followed."""
    for folder, names, files in os.walk(root):
        inside = os.path.relpath(folder, root).replace(os.sep, "/")
        links = [name for name in names if (Path(folder) / name).is_symlink()]
        names[:] = [name for name in names if name != ".git"]
        for name in (*files, *links):
            yield (name if inside == "." else f"{inside}/{name}"), None


def _on_disk(root: Path, path: str, skipped: dict[str, str]) -> _Entry | None:
    """What lies at a path now: a regular file or a link; anything else is named, and what is gone is not there."""
    try:
        mode = os.lstat(f"{root}/{path}").st_mode
    except OSError:
        return None
    if stat.S_ISREG(mode):
        return _Entry("", _EXECUTABLE if mode & 0o100 else "100644")
    if stat.S_ISLNK(mode):
        return _Entry("", _LINK)
    if not stat.S_ISDIR(mode):
        skipped[path] = _ODD
    return None


def _drop_behind_links(entries: dict[str, _Entry]) -> None:
    """A tracked folder may be a link on disk by now: what was below it is reached by the link alone."""
    links = {path for path, entry in entries.items() if entry.mode == _LINK}
    if not links:
        return
    folders: dict[str, bool] = {"": False}

    def behind(folder: str) -> bool:
        if folder not in folders:
            folders[folder] = folder in links or behind(posixpath.dirname(folder))
        return folders[folder]

    for path in [path for path in entries if behind(posixpath.dirname(path))]:
        del entries[path]


def _too_large(size: int) -> str:
    return (
        f"it is too large to be read ({size / 1024 / 1024:.0f} MiB, and {LARGEST // 1024 // 1024} are read)"
    )
