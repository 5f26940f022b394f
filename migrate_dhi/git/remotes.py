"""What a clone knows of where it is from: the addresses of its remotes, and their main branches."""

from pathlib import Path

from migrate_dhi.git.branches import HEADS
from migrate_dhi.git.run import ask_all


def known(root: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The addresses of all remotes as they are configured, and the names of branches that mean the base.

    Those are the branch that is checked out, and the remotes' main ones; where no remote says which is its main one,
    ``main`` and ``master`` count.
    """
    configured, refs, here = ask_all(
        root,
        ("config", "-z", "--get-regexp", r"^remote\..*\.(push)?url$"),
        ("for-each-ref", "--format=%(refname)%00%(symref)", "refs/remotes"),
        ("symbolic-ref", "--quiet", "HEAD"),
        accept=(0, 1),
    )
    urls = dict.fromkeys(field.partition("\n")[2] for field in configured.fields)
    mains = [
        target.split("/", 3)[3]
        for ref, _, target in (line.partition("\0") for line in refs.lines)
        if ref.endswith("/HEAD") and target.count("/") >= 3
    ]
    current = [here.text.removeprefix(HEADS)] if here.text else []
    return tuple(urls), tuple(dict.fromkeys([*current, *(mains or ["main", "master"])]))
