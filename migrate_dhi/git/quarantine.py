"""Objects that are written aside, brought in as one pack, and held there until a ref reaches them.

A loose object that no ref reaches may be taken by ``git gc --prune=now`` at any moment, also one that was
written a moment ago. So nothing is written into the repository before all of it is there: new objects go to
a scratch folder, and come in as a pack with a ``.keep`` file, which neither prune nor repack touches.
After a crash either nothing is left, or a pack that later calls release and that Git then clears away.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from migrate_dhi.errors import WriteError
from migrate_dhi.git.objects import read, store
from migrate_dhi.git.plumbing import do
from migrate_dhi.git.run import Batch
from migrate_dhi.scratch import folder as scratch_folder

KEEP_NOTE = "migrate-dhi writes a branch"
"""What stands in the ``.keep`` files, so that those left by a crash can be told from a user's own."""
_LEFT_BEHIND = 3600.0  # seconds; no branch takes so long from its pack to its ref


class Quarantine:
    """New objects, aside from the repository, on top of a commit that it has.

    Attributes:
        variables: with them git writes here, whether or not the repository has the object already: one that
            no ref reaches would only be touched there, and could be cleared away all the same.
    """

    def __init__(self, root: Path, base: str, folder: Path) -> None:
        self.root = root
        self.base = base
        self.folder = folder
        self.variables: Mapping[str, str] = {"GIT_OBJECT_DIRECTORY": str(folder)}

    @classmethod
    @contextmanager
    def open(cls, root: Path, base: str, batch: Batch) -> "Iterator[Quarantine]":
        """A quarantine that is gone when this ends; `batch` gives the objects of the repository."""
        with scratch_folder() as folder:
            made = cls(root, base, Path(folder))
            # Git makes a commit only where it finds its parent.
            made.store("commit", read(batch, base)[1])
            yield made

    def store(self, kind: str, content: bytes) -> str:
        """Write an object here; its id."""
        return store(self.folder, kind, content, like=self.base)

    @contextmanager
    def held(self) -> Iterator[None]:
        """All that was written here is in the repository while this lasts, and stays if a ref reaches it by then.

        Raises:
            WriteError: Git cannot write, or an object is missing.
        """
        ids = sorted(file.parent.name + file.name for file in self.folder.glob("??/*"))
        listed = "".join(f"{name}\n" for name in ids if name != self.base).encode()
        pack = do(self.root, "pack-objects", "--stdout", "-q", stdin=listed, variables=self.variables).stdout
        packs = self.root / do(self.root, "rev-parse", "--git-path", "objects/pack").text
        _release_left_behind(packs)
        done = do(self.root, "index-pack", "--stdin", f"--keep={KEEP_NOTE}", stdin=pack)
        kind, _, name = done.text.partition("\t")
        try:
            yield
        finally:
            # Without "keep" Git found a file of that name, which is not ours to remove.
            if kind == "keep":
                (packs / f"pack-{name}.keep").unlink(missing_ok=True)


def _release_left_behind(packs: Path) -> None:
    with suppress(OSError):
        for file in packs.glob("pack-*.keep"):
            old = time.time() - file.stat().st_mtime > _LEFT_BEHIND
            if old and file.read_text(errors="replace").strip() == KEEP_NOTE:
                file.unlink()


def require_whole(root: Path, commit: str) -> None:
    """Check that every object that `commit` needs is here, but for what a partial clone leaves at its remote.

    Only what no ref reaches yet is walked.

    Raises:
        WriteError: one is missing.
    """
    walk = ("rev-list", "--objects", "--quiet", "--missing=allow-promisor", "--ignore-missing")
    done = do(root, *walk, commit, "--not", "--all", accept=range(256))
    if done.status:
        raise WriteError(
            f"an object of the branch is missing, so the branch was not created ({done.complaint})",
            where=str(root),
            help="see what `git fsck` says of this repository, and run this again",
        )
