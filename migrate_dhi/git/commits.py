"""Writes commits into the object database, and publishes them as one new branch at the very end."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import field
from pathlib import Path
from shlex import quote

from migrate_dhi.errors import BranchExistsError, IdentityError, RaceLostError, RepositoryError, WriteError
from migrate_dhi.git.branches import HEADS, WRITTEN, require_free
from migrate_dhi.git.locks import lock_help
from migrate_dhi.git.plumbing import OutOfTimeError, do
from migrate_dhi.git.quarantine import Quarantine, require_whole
from migrate_dhi.git.run import Batch, ask
from migrate_dhi.git.trees import Tree, repository_path
from migrate_dhi.record import record
from migrate_dhi.scratch import folder as scratch_folder

ATTRIBUTES = ("filter", "working-tree-encoding")
"""Attributes by which Git stores something else than the file in the worktree."""


@record
class CommitDraft:
    """A commit to be written.

    Attributes:
        message: the whole message, with trailers (see :func:`migrate_dhi.git.trailers.format_message`).
        files: the new content of existing or new files, by path from the repository's root; None for a file
            that goes.
    """

    message: str
    files: Mapping[str, bytes | None] = field(default_factory=dict)


def write_branch(
    root: Path, branch: str, base: str, drafts: Sequence[CommitDraft], *, seconds: float
) -> list[str]:
    """Write the commits on top of `base`, then create `branch` at the last one; ids, oldest first."""
    require_free(root, branch)
    return _written(root, base, drafts, seconds, lambda commit: publish(root, branch, commit))


def write_aside(
    root: Path, ref: str, base: str, drafts: Sequence[CommitDraft], *, seconds: float
) -> list[str]:
    """Write the commits on top of `base`, held by a ref of our own that is no branch; ids, oldest first."""
    return _written(
        root, base, drafts, seconds, lambda commit: do(root, "update-ref", "--no-deref", ref, commit)
    )


def _written(
    root: Path, base: str, drafts: Sequence[CommitDraft], seconds: float, reach: Callable[[str], object]
) -> list[str]:
    """Write the commits on top of `base`, and have a ref reach the last one; ids, oldest first."""
    if not drafts:
        raise ValueError("a branch needs a commit")
    contents = [{repository_path(path): data for path, data in draft.files.items()} for draft in drafts]
    require_plain(root, sorted({path for files in contents for path in files}))
    require_identity(root)
    signed = signs(root)
    parent, written = base, list[str]()
    with closing(Batch(root, content=True)) as batch, Quarantine.open(root, base, batch) as aside:
        tree = Tree.read(batch, f"{base}^{{tree}}")
        before = tree.id
        for draft, files in zip(drafts, contents, strict=True):
            after = tree.change(files, aside.store)
            if after == before:
                raise ValueError(f"this commit changes nothing: {draft.message}")
            parent = _commit(
                root, after, parent, draft.message, signed=signed, seconds=seconds, variables=aside.variables
            )
            written.append(parent)
            before = after
        with aside.held():
            require_whole(root, parent)
            reach(parent)
    return written


def require_identity(root: Path) -> None:
    """Raise IdentityError unless Git knows who commits."""
    for who in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
        answer = ask(root, "var", who, accept=range(256))
        if answer.status:
            raise IdentityError(
                f"Git does not know who you are ({answer.complaint})",
                help="run: git config --global user.name NAME && git config --global user.email ADDRESS",
            )


def require_signature(root: Path, *, seconds: float) -> None:
    """Check that a commit can be signed, if the configuration asks for it.

    The trial signature goes into an object database of its own, so that nothing stays of it.

    Raises:
        IdentityError: it cannot.
    """
    if signs(root):
        with scratch_folder() as scratch:
            aside = {"GIT_OBJECT_DIRECTORY": scratch}
            empty = do(root, "mktree", variables=aside).text
            _commit(root, empty, None, "trial\n", signed=True, seconds=seconds, variables=aside)


def require_plain(root: Path, paths: Iterable[str]) -> None:
    """Check that the files at `paths` are stored byte for byte.

    Raises:
        RepositoryError: a path has a ``filter`` or ``working-tree-encoding`` attribute.
    """
    stdin = b"".join(path.encode(errors="surrogateescape") + b"\0" for path in paths)
    fields = ask(root, "check-attr", "-z", "--stdin", *ATTRIBUTES, stdin=stdin).fields
    for path, attribute, value in zip(fields[::3], fields[1::3], fields[2::3], strict=True):
        if value not in ("unspecified", "unset"):
            raise RepositoryError(
                f"Git stores this file converted (attribute {attribute}={value}), so it is not written to",
                where=path,
                help=f"take the file out of the pattern in .gitattributes: {path} -{attribute}",
            )


def signs(root: Path) -> bool:
    """Whether the configuration asks for signed commits."""
    return ask(root, "config", "--type=bool", "--default=false", "--get", "commit.gpgsign").text == "true"


def _commit(
    root: Path,
    tree: str,
    parent: str | None,
    message: str,
    *,
    signed: bool,
    seconds: float,
    variables: Mapping[str, str],
) -> str:
    parents = ("-p", parent) if parent else ()
    # commit-tree signs only when told to; and it would label our UTF-8 with a configured encoding.
    options = ("-c", "i18n.commitEncoding=UTF-8", "commit-tree", *parents, *(("-S",) if signed else ()))
    help_ = "unlock the key (ssh-add, gpg-agent) until this works: git commit-tree -S HEAD^{tree} </dev/null"
    try:
        done = do(
            root,
            *options,
            tree,
            stdin=message.encode(errors="surrogateescape"),
            accept=range(256),
            seconds=seconds if signed else None,
            variables=variables,
        )
    except OutOfTimeError as error:
        raise IdentityError(f"signing a commit took more than {seconds:g} seconds", help=help_) from error
    if done.status and signed:
        raise IdentityError(f"the commit could not be signed ({done.complaint})", help=help_)
    if done.status:
        raise WriteError(f"the commit could not be written ({done.complaint})", where=str(root))
    return done.text


def publish(root: Path, branch: str, commit: str) -> None:
    """Create `branch` at a commit; raises RaceLostError where it is there by now, or WriteError."""
    order = f"create {HEADS}{branch}\0{commit}\0".encode()
    done = do(
        root,
        "update-ref",
        "--no-deref",
        "-m",
        WRITTEN,
        "--stdin",
        "-z",
        stdin=order,
        accept=range(256),
    )
    if not done.status:
        return
    try:
        require_free(root, branch)
    except BranchExistsError as error:
        raise RaceLostError(
            f"the branch {branch} was created by someone else meanwhile",
            help=error.help,
            state="nothing was changed; the commits that were written are on no branch",
        ) from error
    raise WriteError(
        f"the branch {branch} could not be created ({done.complaint})",
        where=str(root),
        help=lock_help(root, done.stderr)
        or f"`git branch {quote(branch)}` should say the same: see to the hook or the disk, and run this again",
    )
