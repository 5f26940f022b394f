"""Folders of the worktree that hold just what is listed of them, and so can stand for it as they are."""

import os
from collections.abc import Container, Iterable, Iterator
from pathlib import Path


def whole_folders(root: Path, folder: str, paths: Iterable[str], plain: Container[str]) -> Iterator[str]:
    """The topmost folders below one whose regular files on disk are those that are listed, and no other entry.

    Args:
        root: the top of the worktree.
        folder: where to look, with a ``/`` at its end; empty is the root.
        paths: every listed path below it.
        plain: those of them whose file on disk is what is listed.
    """
    below: dict[str, list[str]] = {}
    for path in paths:
        name, inside, _ = path.removeprefix(folder).partition("/")
        if inside:
            below.setdefault(f"{folder}{name}", []).append(path)
    for one, own in below.items():
        if all(path in plain for path in own) and set(_entries(root, one)) == set(own):
            yield one
        else:
            yield from whole_folders(root, f"{one}/", own, plain)


def _entries(root: Path, folder: str) -> Iterator[str]:
    """Every regular file below a folder; anything else (a link, an empty folder) as a path that no listing has."""
    try:
        with os.scandir(root / folder) as found:
            entries = list(found)
    except OSError:
        entries = []
    if not entries:
        yield f"{folder}/"
    for entry in entries:
        path = f"{folder}/{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield from _entries(root, path)
        else:
            yield path if entry.is_file(follow_symlinks=False) else f"{path}/"
