"""Bare clones of other repositories, kept in a cache: a revision's commit, its folders, and only the files asked for.

A clone is partial (no file contents until they are asked for, many in one request) and shallow where no history is
asked for. What was brought before an interruption is there in the next run. Git itself logs in, as it does for the
user (credential helpers, an SSH agent); nothing is asked at the terminal.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from migrate_dhi.errors import RepositoryError
from migrate_dhi.git.blobs import read_blobs
from migrate_dhi.git.run import Output, ask
from migrate_dhi.record import record
from migrate_dhi.regex import regex

_PROTOCOLS = ("https", "http", "ssh", "git", "file")
_OPTIONS = (
    *("-c", "protocol.allow=never"),
    *(word for name in _PROTOCOLS for word in ("-c", f"protocol.{name}.allow=always")),
    *("-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=60"),
    *("-c", "gc.auto=0", "-c", "maintenance.auto=false"),
)
_SSH = ("-c", "core.sshCommand=ssh -o BatchMode=yes -o ConnectTimeout=20")
_FETCH = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no")
_ID = regex(r"[0-9a-f]{40}|[0-9a-f]{64}")
# Beside the files of Git: that the clone is set up.
_MADE = "migrate-dhi"
# Contents in one request; what an interruption leaves unfinished is asked for again.
_BATCH = 2000


@record
class Found:
    """A revision at the remote: its commit, and the full name of the branch or tag, or empty for a commit's id."""

    commit: str
    ref: str = ""

    @property
    def moves(self) -> bool:
        """Whether the same name may mean another commit tomorrow."""
        return self.ref == "HEAD" or self.ref.startswith("refs/heads/")


class Clone:
    """The clone of a repository in a folder; it is made where there is none.

    Args:
        url: the address, of a protocol that Git itself speaks.
        place: the folder; nobody else uses it meanwhile.

    Raises RepositoryError: Git is not there, or the folder cannot be made.
    """

    def __init__(self, url: str, place: Path) -> None:
        self.url = url
        self.root = place
        self._ssh = () if "://" in url and not url.startswith("ssh://") else _SSH
        for name in ("config.lock", "shallow.lock", "packed-refs.lock"):
            # A git that was killed leaves them; whoever uses a clone of the cache does so alone.
            (place / name).unlink(missing_ok=True)
        if not (place / _MADE).is_file():
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
            ask(place, "init", "--bare", "--quiet", "--template=", ".")
            for key, value in (
                ("remote.origin.url", url),
                ("remote.origin.promisor", "true"),
                ("remote.origin.partialclonefilter", "blob:none"),
                ("core.repositoryformatversion", "1"),
                ("extensions.partialClone", "origin"),
            ):
                ask(place, "config", key, value)
            (place / _MADE).touch()

    @property
    def whole(self) -> bool:
        """Whether something was fetched, with all commits before it."""
        kept = ask(self.root, "for-each-ref", "--count=1", "refs/kept").stdout
        return bool(kept) and not (self.root / "shallow").is_file()

    def find(self, revision: str) -> Found | None:
        """What a name means at the remote: a branch, a tag, a full name of a ref, or a whole id; empty: its HEAD.

        Raises RepositoryError: the remote cannot be asked.
        """
        if _ID.fullmatch(revision):
            return Found(revision)
        names = (
            ["HEAD"]
            if revision in ("", "HEAD")
            else [f"refs/heads/{revision}", f"refs/tags/{revision}", revision]
        )
        listed = self._refs(*names, *(f"{name}^{{}}" for name in names))
        for name in names:
            if name in listed:
                return Found(listed.get(f"{name}^{{}}", listed[name]), name)
        return None

    def tags(self) -> dict[str, Found]:
        """All tags of the remote by their short names; raises RepositoryError."""
        listed = self._refs("refs/tags/*")
        return {
            name.removeprefix("refs/tags/"): Found(listed.get(f"{name}^{{}}", commit), name)
            for name, commit in listed.items()
            if not name.endswith("^{}")
        }

    def has(self, commit: str) -> bool:
        """Whether the commit is here; the remote is not asked."""
        return not self.missing([commit])

    def files(self, commit: str) -> dict[str, tuple[str, str]]:
        """Every file and link of a commit that is here: path → mode and the id of its content."""
        found = {}
        for line in ask(self.root, "ls-tree", "-r", "-z", "--full-tree", commit).fields:
            header, _, path = line.partition("\t")
            mode, kind, blob = header.split(" ")
            if kind == "blob":
                found[path] = (mode, blob)
        return found

    def bring(self, found: Found, *, history: bool = False) -> str:
        """Fetch a revision with its folders, and with ``history`` all commits before it; its commit.

        Raises RepositoryError: the remote cannot be asked, or does not have it.
        """
        shallow = (self.root / "shallow").is_file()
        depth = (["--unshallow"] if shallow else []) if history else ["--depth=1"]
        wanted = found.ref or found.commit
        # Kept under a name of ours, else Git could throw it away.
        kept = f"refs/kept/{found.ref.removeprefix('refs/') or found.commit}"
        try:
            self._fetch(*depth, "--filter=blob:none", "origin", f"+{wanted}:{kept}")
        except RepositoryError:
            if found.ref:
                raise
            # Not every server gives out what no name of its own means: it is among the commits of a branch.
            self._fetch("--filter=blob:none", "origin", "+refs/heads/*:refs/kept/all/*")
            return found.commit
        return ask(self.root, "rev-parse", "--verify", f"{kept}^{{commit}}").text

    def bring_files(
        self, blobs: Iterable[str], progress: Callable[[int, int], None] = lambda *_: None
    ) -> None:
        """Fetch the contents that are not here yet, many in one request; raises RepositoryError.

        ``progress`` is told how many there are, and how many there will be.
        """
        missing = sorted(self.missing(blobs))
        for start in range(0, len(missing), _BATCH):
            progress(start, len(missing))
            batch = missing[start : start + _BATCH]
            # As Git does itself for one (promisor-remote.c): no negotiation, for it would walk what is not here.
            self._fetch(
                *("--filter=blob:none", "--stdin", "origin"),
                options=("-c", "fetch.negotiationAlgorithm=noop"),
                stdin="".join(f"{blob}\n" for blob in batch).encode(),
            )
        if missing:
            progress(len(missing), len(missing))

    def contents(
        self, blobs: Iterable[str], progress: Callable[[int, int], None] = lambda *_: None
    ) -> dict[str, bytes]:
        """Contents by their ids, fetched where they are not here; raises RepositoryError."""
        wanted = sorted(set(blobs))
        self.bring_files(wanted, progress)
        return read_blobs(self.root, wanted)

    def missing(self, blobs: Iterable[str]) -> set[str]:
        """Those of these contents that are not here; the remote is not asked."""
        here = ask(self.root, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)", "--unordered")
        return set(blobs).difference(here.lines)

    def _refs(self, *patterns: str) -> dict[str, str]:
        lines = self._asked("ls-remote", "--quiet", "origin", *patterns).lines
        pairs = (line.split("\t", 1) for line in lines if "\t" in line)
        return {name: commit for commit, name in pairs}

    def _fetch(self, *args: str, options: tuple[str, ...] = (), stdin: bytes = b"") -> None:
        self._asked(*_FETCH, *args, options=options, stdin=stdin)

    def _asked(self, *args: str, options: tuple[str, ...] = (), stdin: bytes = b"") -> Output:
        output = ask(self.root, *_OPTIONS, *self._ssh, *options, *args, stdin=stdin, accept=range(256))
        if output.status:
            raise RepositoryError(
                f"{self.url} cannot be read with Git: {output.complaint}",
                help=f"see what `git ls-remote {self.url}` says; the address, a login, or the network",
            )
        return output
