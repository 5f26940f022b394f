"""Branch names and the refs that exist."""

import re
from pathlib import Path
from shlex import quote

from migrate_dhi.errors import BranchExistsError, UsageError
from migrate_dhi.git import moment
from migrate_dhi.git.run import ask
from migrate_dhi.git.trailers import CHART, READING, RELEASE, REVERTS
from migrate_dhi.record import record
from migrate_dhi.regex import regex

HEADS = "refs/heads/"
OWN = "refs/migrate-dhi/"
"""Below this are refs that only this program makes."""
WRITTEN = "migrate-dhi: branch written"
"""What the reflog says of a branch that this program created."""
_LONGEST = 200  # bytes; file systems allow 255 for a name, and Git appends ".lock"
# Narrower than Git's own rules: a name that needs no quotes in a shell.
# Names that Git takes, whatever its version, and that need no question: as this program makes them.
_PLAIN = regex(r"dhi/\w[\w+=-]*(?:\.[\w+=-]+)*(?<!\.lock)", re.ASCII)
_FORBIDDEN = regex(r"[^\w.+@=-]+|\.{2,}")


def branch_name(chart: str) -> str:
    """The branch of the chart at this path, valid for Git whatever the path is.

    >>> branch_name("apps/cluster/valkey")
    'dhi/apps-cluster-valkey'

    Two paths can share a name (``a-b/c`` and ``a/b-c``): the second finds the branch taken.
    """
    name = _FORBIDDEN.sub("-", chart.strip("/")).strip(".-") or "root"
    name = re.sub(r"\.lock$", "-lock", name)
    if len(name.encode()) > _LONGEST:
        import hashlib  # noqa: PLC0415 - for names too long alone

        digest = hashlib.sha256(chart.encode(errors="surrogateescape")).hexdigest()[:12]
        name = name.encode()[: _LONGEST - 13].decode(errors="ignore").rstrip(".-") + "-" + digest
    return f"dhi/{name}"


@record
class _Taken:
    ref: str
    owner: str
    reverts: bool


def branches(root: Path, prefix: str = HEADS) -> dict[str, str]:
    """Every ref below `prefix` by its name without the prefix, with the id that it points at."""
    lines = ask(root, "for-each-ref", "--format=%(refname)%00%(objectname)", prefix).lines
    pairs = (line.split("\0") for line in lines)
    return {ref.removeprefix(prefix): target for ref, target in pairs}


def with_trailer(root: Path, key: str) -> set[str]:
    """The names of the branches whose last commit has a trailer with this key."""
    mark = f"%(trailers:key={key},valueonly,unfold,separator=%x2C)"
    lines = ask(root, *READING, "for-each-ref", f"--format=%(refname)%00{mark}", HEADS).lines
    pairs = (line.split("\0") for line in lines)
    return {ref.removeprefix(HEADS) for ref, values in pairs if values}


def current(root: Path) -> str | None:
    """The branch that this worktree is on, or None if HEAD is detached."""
    ref = ask(root, "symbolic-ref", "--quiet", "HEAD", accept=(0, 1)).text
    return ref.removeprefix(HEADS) or None


def upstream(root: Path, branch: str) -> str | None:
    """The full name of the ref that `branch` is set up to follow, whether or not it exists."""
    return ask(root, "for-each-ref", "--format=%(upstream)", HEADS + branch).text or None


def only_on(root: Path, branch: str) -> list[str]:
    """The commits that would be on no branch, tag or remote's branch without this branch, newest first."""
    ref = HEADS + branch
    others = (f"--exclude={name}" for name in (ref, f"{OWN}*"))
    return ask(root, "rev-list", ref, "--not", *others, "--all", "--ignore-missing").text.split()


def made_here(root: Path, branch: str) -> bool:
    """Whether the reflog of the branch begins with our own note; a clone or a copied branch has another."""
    lines = ask(
        root, "log", "-g", "--no-show-signature", "--format=%gs", HEADS + branch, "--", accept=range(256)
    ).lines
    return bool(lines) and lines[-1] == WRITTEN


def require_free(root: Path, branch: str) -> None:
    """Check that `branch` can be created.

    Raises:
        UsageError: it is no valid name of a branch.
        BranchExistsError: it exists, or a branch above or below it in the name does.
    """
    require_valid(root, branch)
    for taken in _on_the_way(root, branch):
        name = taken.ref.removeprefix(HEADS)
        other = "pass another name with --branch"
        owner = f" ({taken.owner})" if taken.owner else ""
        if name != branch:
            raise BranchExistsError(
                f"the branch {branch} cannot be created beside the branch {name}",
                help=f"rename that branch (git branch -m {quote(name)} NEW-NAME), or {other}",
            )
        if taken.reverts:
            undo = f"delete it (git branch -D {quote(branch)})"
        else:
            undo = f"take it back first (migrate-dhi rollback {quote(branch)})" if owner else "delete it"
        raise BranchExistsError(
            f"the branch {branch} exists already{owner}", help=f"merge it, {undo}, or {other}"
        )


def require_valid(root: Path, branch: str) -> None:
    """Raise UsageError unless Git takes `branch` as the name of a branch."""
    if _PLAIN.fullmatch(branch):
        return
    odd = branch.startswith(("-", "refs/")) or branch == "HEAD"
    if odd or ask(root, "check-ref-format", HEADS + branch, accept=(0, 1)).status:
        raise UsageError(f"{branch!r} is no name for a branch", help="see git help check-ref-format")


def _on_the_way(root: Path, branch: str) -> list[_Taken]:
    parts = (HEADS + branch).split("/")
    above = ["/".join(parts[:end]) for end in range(3, len(parts) + 1)]
    # In one field: of two that ask for trailers Git answers both with the keys of the last.
    told = f"%(trailers:key={CHART},key={RELEASE},key={REVERTS},unfold,separator=%x01)"
    how = (*READING, "for-each-ref", f"--format=%(refname)%00{told}")
    if moment.keeps_refs():
        lines = moment.remembered((root, *how), lambda: ask(root, *how, HEADS).lines)
    else:
        lines = ask(root, *how, *above).lines
    found = [_taken(*line.split("\0")) for line in lines]
    return [taken for taken in found if taken.ref in above or taken.ref.startswith(HEADS + branch + "/")]


def _taken(ref: str, told: str) -> _Taken:
    pairs = [line.partition(":") for line in told.split("\1")]
    charts, releases = (
        ", ".join(value.strip() for key, _, value in pairs if key == wanted) for wanted in (CHART, RELEASE)
    )
    owner = f"of the chart {charts}" if charts else f"of {releases}" if releases else ""
    return _Taken(ref, owner, any(key == REVERTS for key, *_ in pairs))


def checked_out(root: Path) -> dict[str, Path]:
    """The worktree of each branch that is checked out, or in the middle of a rebase."""
    found, folder = dict[str, Path](), root
    # Not -z, which Git 2.36 brought. A line break in a path shortens the path, and hides no branch.
    for line in ask(root, "worktree", "list", "--porcelain").lines:
        word, _, value = line.partition(" ")
        if word == "worktree":
            folder = Path(value)
        ref = value if word == "branch" else _rebasing(folder) if word == "detached" else ""
        if ref.startswith(HEADS):
            found[ref.removeprefix(HEADS)] = folder
    return found


def _rebasing(folder: Path) -> str:
    # During a rebase HEAD is detached, and the branch is written when the rebase ends.
    if not folder.is_dir():
        return ""
    places = [part for name in ("merge", "apply") for part in ("--git-path", f"rebase-{name}/head-name")]
    for place in ask(folder, "rev-parse", *places).lines:
        if (folder / place).is_file():
            return (folder / place).read_text().strip()
    return ""
