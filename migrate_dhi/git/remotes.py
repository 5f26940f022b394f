"""What a clone knows of where it is from: the addresses of its remotes, and their main branches."""

from pathlib import Path

from migrate_dhi.git import branches
from migrate_dhi.git.run import ask


def remote_urls(root: Path) -> tuple[str, ...]:
    """The addresses of all remotes, as they are configured."""
    fields = ask(root, "config", "-z", "--get-regexp", r"^remote\..*\.(push)?url$", accept=(0, 1)).fields
    return tuple(dict.fromkeys(field.partition("\n")[2] for field in fields))


def base_branches(root: Path) -> tuple[str, ...]:
    """The names of branches that mean the base: the one that is checked out, and the remotes' main ones.

    Where no remote says which is its main one, ``main`` and ``master`` count.
    """
    heads = ask(root, "for-each-ref", "--format=%(refname)%00%(symref)", "refs/remotes").lines
    mains = [
        target.split("/", 3)[3]
        for ref, _, target in (line.partition("\0") for line in heads)
        if ref.endswith("/HEAD") and target.count("/") >= 3
    ]
    here = branches.current(root)
    return tuple(dict.fromkeys([*([here] if here else []), *(mains or ["main", "master"])]))
