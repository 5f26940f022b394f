"""One Git repository as the rest of the program sees it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from migrate_dhi.errors import NoWorktreeError, PathNotFoundError, RepositoryError, UsageError
from migrate_dhi.git import branches as refs
from migrate_dhi.git import moment
from migrate_dhi.git.changes import FileChange, changed
from migrate_dhi.git.run import ask
from migrate_dhi.git.trees import FOLDER, WRITABLE, not_writable, repository_path
from migrate_dhi.record import record

if TYPE_CHECKING:
    from migrate_dhi.git.commits import CommitDraft
    from migrate_dhi.git.history import Commit, FileDiff

__all__ = ["Commit", "CommitDraft", "FileChange", "Repository"]

SIGNING_SECONDS = 60.0
"""How long one signature may take: time to type a passphrase or to touch a key, and no hang."""


@record
class Repository:
    """A repository with a worktree; paths in it are texts from its root with ``/``.

    Attributes:
        root: the top folder of this worktree.
        signing_seconds: the time limit for one signature.
    """

    root: Path
    signing_seconds: float = SIGNING_SECONDS

    @classmethod
    def discover(cls, path: Path) -> "Repository":
        """The repository that the file or folder at `path` is in.

        Raises:
            PathNotFoundError: there is nothing at `path`.
            RepositoryError: it is in no repository, or in one without a worktree.
        """
        if not path.exists():
            raise PathNotFoundError("no such file or folder", where=str(path))
        start = path.resolve() if path.is_dir() else path.parent.resolve()
        known = moment.root_above(start)
        if known:
            return cls(known)
        answer = ask(start, "rev-parse", "--is-inside-work-tree", "--show-toplevel", accept=range(256))
        inside, _, top = answer.text.partition("\n")
        if inside == "false":
            raise NoWorktreeError(
                "this Git repository has no worktree here",
                where=str(path),
                help="run this in a clone, or in a worktree of it (git worktree add)",
            )
        if answer.status:
            refused = any((folder / ".git").exists() for folder in (start, *start.parents))
            raise RepositoryError(
                f"no usable Git repository ({answer.complaint})",
                where=str(path),
                help="see what `git status` says there"
                if refused
                else "run this inside a Git repository, or make one with git init",
            )
        if not top:
            raise RepositoryError(
                "what PATH finds as git gives no answer",
                where=str(path),
                help="see what `git --version` says",
            )
        moment.found_root(Path(top))
        return cls(Path(top))

    def relative(self, path: Path) -> str:
        """The path of a file or folder from the root, ``.`` for the root itself.

        Symbolic links among the folders are followed, since Git stores a file under its real folder; a
        file that is a link itself stays one.

        Raises:
            UsageError: the path is outside this repository.
        """
        real = path.resolve() if path.is_dir() else path.parent.resolve() / path.name
        try:
            return real.relative_to(self.root.resolve()).as_posix()
        except ValueError as error:
            raise UsageError(f"this is outside the repository {self.root}", where=str(path)) from error

    def resolve(self, revision: str) -> str:
        """The full id of the commit that `revision` names.

        Raises:
            RepositoryError: there is no commit in this repository yet.
            UsageError: it names no commit.
        """
        name = f"{revision}^{{commit}}"
        how = ("rev-parse", "--verify", "--quiet", "--end-of-options", name)
        found = moment.remembered((self.root, *how), lambda: ask(self.root, *how, accept=range(256)))
        if revision and not found.status:
            return found.text
        if revision == "HEAD" or not ask(self.root, "rev-list", "--all", "--max-count=1").text:
            raise RepositoryError(
                "there is no commit here yet", where=str(self.root), help="commit the chart first"
            )
        raise UsageError(f"{revision!r} names no commit", help="see git log, or git branch --all")

    def read(self, commit: str, path: str) -> bytes | None:
        """The bytes of a file in a commit, or None if there is no such file.

        Raises:
            RepositoryError: the path is a symbolic link or a submodule there.
        """
        return self.read_all(commit, [path]).get(path)

    def read_all(self, commit: str, paths: Sequence[str]) -> dict[str, bytes]:
        """The bytes of those of these files that a commit has, by their paths as given; two calls of Git for all.

        Raises:
            RepositoryError: a path is a symbolic link or a submodule there.
        """
        wanted = {repository_path(path): path for path in paths}
        if not wanted:
            return {}
        blobs: dict[str, str] = {}
        for line in ask(self.root, "ls-tree", "-z", "--full-tree", commit, "--", *wanted).fields:
            header, _, found = line.partition("\t")
            mode, _, blob = header.split(" ")
            if found not in wanted or mode == FOLDER:
                continue
            if mode not in WRITABLE:
                raise not_writable(found, mode)
            blobs[wanted[found]] = blob
        contents = self.blobs(list(blobs.values()))
        return {path: contents[blob] for path, blob in blobs.items()}

    def files(self, commit: str, folder: str) -> list[str]:
        """The paths of all files below `folder` in a commit, in Git's order."""
        inside = repository_path(folder)
        where = () if inside == "." else ("--", inside + "/")
        return ask(self.root, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, *where).fields

    def changed(self, commit: str, paths: Sequence[str]) -> list[FileChange]:
        """The files under `paths` that differ from `commit`; see :func:`migrate_dhi.git.changes.changed`."""
        inside = [repository_path(path) for path in paths]
        if not moment.holds():
            return changed(self.root, commit, inside)
        every = moment.remembered(("changed", self.root, commit), lambda: changed(self.root, commit, ["."]))
        return [
            one for one in every if any(p in (".", one.path) or one.path.startswith(f"{p}/") for p in inside)
        ]

    def branches(self, prefix: str = refs.HEADS) -> dict[str, str]:
        """Every branch by name, with the id of its last commit; another `prefix` lists other refs."""
        return refs.branches(self.root, prefix)

    def checked_out(self, branch: str) -> Path | None:
        """The worktree that has `branch` checked out, or is rebasing it, if any."""
        return refs.checked_out(self.root).get(branch)

    def worktrees(self) -> dict[str, Path]:
        """The worktree of each branch that is checked out, or in the middle of a rebase."""
        return refs.checked_out(self.root)

    def branches_with_trailer(self, key: str) -> set[str]:
        """The names of the branches whose last commit has a trailer with this key."""
        return refs.with_trailer(self.root, key)

    def current_branch(self) -> str | None:
        """The branch that this worktree is on, or None if HEAD is detached."""
        return refs.current(self.root)

    def upstream(self, branch: str) -> str | None:
        """The full name of the ref that `branch` is set up to follow, whether or not it exists."""
        return refs.upstream(self.root, branch)

    def require_free(self, branch: str) -> None:
        """Check that `branch` can be created.

        Raises:
            UsageError: it is no valid name.
            BranchExistsError: it is taken.
        """
        refs.require_free(self.root, branch)

    def check_writable(self, branch: str, paths: Sequence[str]) -> None:
        """Check all that :meth:`write_branch` needs, and write nothing.

        Raises:
            UsageError: `branch` is no valid name.
            BranchExistsError: it is taken.
            IdentityError: Git does not know who commits, or a commit cannot be signed.
            RepositoryError: one of `paths` is stored converted.
        """
        from migrate_dhi.git import commits  # noqa: PLC0415 - planning never writes

        refs.require_free(self.root, branch)
        commits.require_plain(self.root, [repository_path(path) for path in paths])
        commits.require_identity(self.root)
        commits.require_signature(self.root, seconds=self.signing_seconds)

    def hooks(self) -> tuple[str, ...]:
        """The user's hooks that look at a commit before it is made, by name."""
        from migrate_dhi.git.hooks import hooks  # noqa: PLC0415 - planning never writes

        return hooks(self.root)

    def write_branch(
        self, branch: str, base: str, drafts: "Sequence[CommitDraft]", *, run_hooks: bool = False
    ) -> list[str]:
        """Create `branch` with these commits on top of the commit `base`; their ids, oldest first.

        Neither worktree nor index nor HEAD is touched. The branch appears at the very end or not at all. With
        `run_hooks` the user's hooks look at each commit first, in a worktree that goes again.

        Raises:
            UsageError, BranchExistsError, RepositoryError: as for :meth:`check_writable`, or a path is a
                link, a submodule or a folder in `base`.
            IdentityError: Git does not know who commits, or a signature failed or took longer than
                `signing_seconds`.
            RaceLostError: someone created the branch meanwhile.
            WriteError: Git refused to write, or a hook refused a commit or changed its files.
        """
        from migrate_dhi.git import commits  # noqa: PLC0415 - planning never writes

        if run_hooks:
            from migrate_dhi.git import hooks  # noqa: PLC0415 - on request only

            refs.require_free(self.root, branch)
            drafts = hooks.checked(self.root, base, drafts)
        return commits.write_branch(self.root, branch, base, drafts, seconds=self.signing_seconds)

    def write_aside(self, name: str, base: str, drafts: "Sequence[CommitDraft]") -> list[str]:
        """Write commits on top of `base` that no branch has yet, held under `name`; their ids, oldest first.

        What was held under that name is let go. Raises as :meth:`write_branch`.
        """
        from migrate_dhi.git import commits  # noqa: PLC0415 - planning never writes

        ref = f"{refs.OWN}aside/{name}"
        return commits.write_aside(self.root, ref, base, drafts, seconds=self.signing_seconds)

    def publish(self, branch: str, commit: str) -> None:
        """Create `branch` at a commit that is there, and let go what is held under its name.

        Raises BranchExistsError, RaceLostError or WriteError.
        """
        from migrate_dhi.git import commits  # noqa: PLC0415 - planning never writes

        refs.require_free(self.root, branch)
        commits.publish(self.root, branch, commit)
        self.let_go(branch)

    def let_go(self, name: str) -> None:
        """Hold no more what :meth:`write_aside` wrote under `name`, if anything."""
        from migrate_dhi.git.plumbing import do  # noqa: PLC0415 - planning never writes

        do(self.root, "update-ref", "--no-deref", "-d", f"{refs.OWN}aside/{name}", accept=range(256))

    def delete_branch(self, branch: str, expected: str) -> str:
        """Delete `branch`, and keep its commits under a backup ref, in one transaction; the ref's name.

        Raises:
            BranchInUseError: a worktree has it checked out, or is rebasing it.
            RaceLostError: it is not at the commit `expected`.
            WriteError: Git refused.
        """
        from migrate_dhi.git import retire  # noqa: PLC0415 - planning never writes

        return retire.delete_branch(self.root, branch, expected)

    def move_branch(self, branch: str, expected: str, new: str) -> str:
        """Move `branch` to the commit `new`; the rest as for :meth:`delete_branch`."""
        from migrate_dhi.git import retire  # noqa: PLC0415 - planning never writes

        return retire.move_branch(self.root, branch, expected, new)

    def log(
        self,
        base: str | Sequence[str],
        tip: str | Sequence[str],
        *,
        limit: int | None = None,
        telling: Sequence[str] = (),
        paths: Sequence[str] = (),
    ) -> "list[Commit]":
        """The commits of `tip` (or of several) that `base` (or none of several) has, newest first.

        At most `limit`; of them those alone whose message has one of the texts `telling`, or that change one of
        `paths`.
        """
        from migrate_dhi.git import history  # noqa: PLC0415 - planning never writes

        without, tips = ([one] if isinstance(one, str) else one for one in (base, tip))
        return history.log(self.root, without, tips, limit=limit, telling=telling, paths=paths)

    def differences(self, pairs: Sequence[tuple[str, str]]) -> "list[list[FileDiff]]":
        """For each pair of commits, older first, the files that differ."""
        from migrate_dhi.git import history  # noqa: PLC0415 - planning never writes

        return history.differences(self.root, pairs)

    def fingerprints(self, pairs: Sequence[tuple[str, str]]) -> list[str]:
        """For each pair of commits, older first, an id of what changes, for comparison alone."""
        from migrate_dhi.git import history  # noqa: PLC0415 - planning never writes

        return history.fingerprints(self.root, pairs)

    def unreached(self, branch: str) -> "list[Commit]":
        """The commits that no other branch, tag or remote's branch has, newest first."""
        from migrate_dhi.git import history  # noqa: PLC0415 - planning never writes

        return history.log(self.root, (), refs.only_on(self.root, branch), walk=False)

    def made_here(self, branch: str) -> bool:
        """Whether this program created the branch in this clone, as its reflog tells."""
        return refs.made_here(self.root, branch)

    def is_merge(self, commit: str) -> bool:
        """Whether this is a commit here that has several parents."""
        found = ask(
            self.root, "rev-parse", "--verify", "--quiet", f"{commit}^2^{{commit}}", accept=range(256)
        )
        return found.status == 0

    def ids(self, names: Sequence[str]) -> list[str]:
        """The ids of objects by their names (``commit:path``), empty for one that is not there; one call for all."""
        odd = [name for name in names if "\n" in name]
        lines = "".join(f"{name}\n" for name in names if name not in odd).encode(errors="surrogateescape")
        # --buffer: nothing is answered before the input ends, so that neither side waits for the other.
        how = ("cat-file", "--batch-check=%(objectname)", "--buffer")
        found = iter(ask(self.root, *how, stdin=lines).lines if lines else ())
        answers = {name: next(found) for name in names if name not in odd}
        return ["" if name in odd or answers[name].endswith("missing") else answers[name] for name in names]

    def blobs(self, ids: Sequence[str]) -> dict[str, bytes]:
        """The contents with these ids."""
        lines = "".join(f"{blob}\n" for blob in dict.fromkeys(ids)).encode()
        stream = ask(self.root, "cat-file", "--batch", stdin=lines).stdout if lines else b""
        contents = {}
        while stream:
            head, _, stream = stream.partition(b"\n")
            name, _, size = head.decode().split(" ")
            # One line feed stands behind each content.
            contents[name], stream = stream[: int(size)], stream[int(size) + 1 :]
        return contents

    def merged(self, commit: str, into: str) -> bool:
        """Whether `commit` is in the history of `into`."""
        from migrate_dhi.git import history  # noqa: PLC0415 - planning never writes

        return history.merged(self.root, commit, into)
