"""The user's own hooks for commits, run before a branch is written: in a worktree of their own, which goes again.

Commits that are made in the object database run no hook. On request each commit is made once more, for the hooks
alone: HEAD at its parent, index and files as they will be, by ``git commit`` itself. What comes of it is the
message, which a hook may add to. A hook that changes files or takes our trailers away stops all, since what would
be committed is not what was proven.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from migrate_dhi.errors import WriteError
from migrate_dhi.git import moment
from migrate_dhi.git.plumbing import do
from migrate_dhi.git.run import OPTIONS, Batch, ask
from migrate_dhi.git.trailers import READING, parse_trailers
from migrate_dhi.git.trees import Tree, repository_path
from migrate_dhi.scratch import folder as scratch_folder

if TYPE_CHECKING:
    from migrate_dhi.git.commits import CommitDraft

HOOKS = ("pre-commit", "commit-msg")
"""The hooks that look at a commit and may refuse it."""

# A hook may well name files by a pattern.
_OPTIONS = tuple(option for option in OPTIONS if option != "--literal-pathspecs")
_NO_HOOKS = ("-c", f"core.hooksPath={os.devnull}")
_MOST_LINES = 8


def hooks(root: Path) -> tuple[str, ...]:
    """Those of :data:`HOOKS` that there are, wherever the configuration says that hooks lie."""
    folder = _folder(root)
    return tuple(name for name in HOOKS if (folder / name).is_file() and os.access(folder / name, os.X_OK))


def checked(root: Path, base: str, drafts: "Sequence[CommitDraft]") -> "list[CommitDraft]":
    """The drafts as the hooks leave them: with another message perhaps.

    Raises:
        WriteError: a hook refuses a commit, or changes more than its message. No ref and no file of the user's
            worktree has changed then.
    """
    names = hooks(root)
    if not names:
        return list(drafts)
    with (
        closing(Batch(root, content=True)) as batch,
        _worktree(root, base, names) as (place, own),
    ):
        tree = Tree.read(batch, f"{base}^{{tree}}")
        return [_checked(place, own, tree, draft) for draft in drafts]


@contextmanager
def _worktree(root: Path, base: str, names: Sequence[str]) -> Iterator[tuple[Path, Path]]:
    """A worktree at `base`, and a folder with those hooks alone."""
    with scratch_folder() as scratch:
        place, own = Path(scratch, "worktree"), Path(scratch, "hooks")
        own.mkdir()
        for name in names:
            # By its own path, since a hook looks for its neighbours there.
            (own / name).write_text(f'#!/bin/sh\nexec {quote(str((_folder(root) / name).resolve()))} "$@"\n')
            (own / name).chmod(0o755)
        do(root, *_NO_HOOKS, "worktree", "add", "--quiet", "--detach", str(place), base)
        try:
            yield place, own
        finally:
            with suppress(WriteError):
                do(root, *_NO_HOOKS, "worktree", "remove", "--force", str(place))


def _checked(place: Path, own: Path, tree: Tree, draft: "CommitDraft") -> "CommitDraft":
    def store(kind: str, content: bytes) -> str:
        how = ("hash-object", "-w", "-t", kind, "--no-filters", "--stdin")
        return do(place, *how, stdin=content).text

    wanted = tree.change({repository_path(path): data for path, data in draft.files.items()}, store)
    do(place, *_NO_HOOKS, "read-tree", "-m", "-u", "HEAD", wanted)
    how = ("commit", "--quiet", "--cleanup=verbatim", "--no-gpg-sign", "--file=-")
    done = do(
        place,
        "-c",
        f"core.hooksPath={own}",
        *how,
        stdin=draft.message.encode(errors="surrogateescape"),
        accept=range(256),
        options=_OPTIONS,
    )
    subject = draft.message.partition("\n")[0]
    if done.status:
        lines = [line.strip() for line in (*done.lines, *done.stderr.splitlines())]
        said = [line for line in lines if line and not line.startswith("hint:")]
        raise WriteError(
            f"a hook refuses the commit {subject!r}: {' | '.join(said[-_MOST_LINES:]) or done.complaint}",
            where=str(_folder(place)),
            help="mend what it names, or leave --run-hooks out",
        )
    if ask(place, "rev-parse", "HEAD^{tree}").text != wanted:
        raise WriteError(
            f"a hook changes the files of the commit {subject!r}, which would not be what was proven",
            where=str(_folder(place)),
            help="leave --run-hooks out, and run the hook on the branch",
        )
    message = ask(place, "log", "-1", "--no-show-signature", "--encoding=UTF-8", "--format=%B").text
    told = _trailers(place, message)
    if any(told.get(key) != values for key, values in _trailers(place, draft.message).items()):
        raise WriteError(
            f"a hook takes trailers out of the message of the commit {subject!r}",
            where=str(_folder(place)),
            help="leave --run-hooks out: without them neither status nor rollback finds the commit",
        )
    return replace(draft, message=message.rstrip("\n") + "\n")


def _trailers(place: Path, message: str) -> dict[str, list[str]]:
    how = (*READING, "interpret-trailers", "--parse")
    return parse_trailers(ask(place, *how, stdin=message.encode(errors="surrogateescape")).text)


def _folder(root: Path) -> Path:
    how = ("rev-parse", "--git-path", "hooks")
    return root / moment.remembered((root, *how), lambda: ask(root, *how).text)
