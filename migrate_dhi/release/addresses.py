"""By which addresses this repository is known, and which revisions of it mean the base."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from migrate_dhi.git.remotes import known
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.untyped import mapping, text_at

_SCHEME = regex(r"^[a-z+]+://(?:[^/@]*@)?", re.IGNORECASE)
_SCP = regex(r"^(?:[^/@:]+@)?(?P<host>[^/:]+):(?P<path>[^/].*)$")
_FILLED_IN = regex(r"<[^<>\s:]+>")
_DEFAULT = frozenset({"", "HEAD", "main", "master"})


@record
class Addresses:
    """What is known of this repository.

    Args:
        urls: addresses that it is known by: those of its remotes, and what the user names.
        branches: names that mean the base; empty where nothing says, then ``main`` and ``master`` do.
    """

    urls: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()

    @classmethod
    def of_clone(cls, root: Path, urls: Sequence[str] = ()) -> "Addresses":
        """What a clone knows of itself, with further addresses that the user names."""
        own, branches = known(root)
        return cls((*urls, *own), branches)

    def is_here(self, url: str) -> bool | None:
        """Whether an address is this repository; None where no address of this one is known."""
        if not self.urls:
            return None
        return plain_url(url) in {plain_url(one) for one in self.urls}

    def other_revision(self, revision: str) -> str:
        """The revision, where it is another than the base; else empty, also for one that is filled in elsewhere."""
        revision = "" if is_filled_in(revision) else revision
        revision = revision.removeprefix("refs/heads/")
        own = {"", "HEAD", *self.branches} if self.branches else _DEFAULT
        return "" if revision in own else revision


def is_filled_in(revision: str) -> bool:
    """Whether a revision is a word in its place: ``<BRANCH>``, which whoever installs it exchanges."""
    return _FILLED_IN.fullmatch(revision) is not None


def checked_out(source: Mapping[str, Any]) -> str:
    """What a Flux GitRepository checks out; empty: its default branch. A branch beside another one says where that is.

    source-controller, api/v1, GitRepositoryRef: commit before name, semver, tag and branch.
    """
    ref = mapping(mapping(source.get("spec")).get("ref"))
    keys = ("commit", "name", "semver", "tag", "branch")
    return next((found for key in keys if (found := text_at(ref, key))), "")


def plain_url(url: str) -> str:
    """An address without scheme, user, port and ending: ``git@host:a/b.git`` is ``host/a/b``."""
    text = url.strip()
    found = _SCP.match(text) if "://" not in text else None
    text = f"{found['host']}/{found['path']}" if found else _SCHEME.sub("", text)
    host, slash, path = text.partition("/")
    host = host.partition(":")[0]
    return f"{host}{slash}{path}".rstrip("/").removesuffix(".git").lower()
