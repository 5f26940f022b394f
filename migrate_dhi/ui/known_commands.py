"""The commands ``catalog`` and ``playbook``: look at what is known, and keep it fresh.

Each function prints one result, as text or in its stable JSON shape, and returns the exit code.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from migrate_dhi.dhi import facts
from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.current import current_catalog, previous_catalog, update_catalog
from migrate_dhi.dhi.naming import DEFAULT_TARGET, check_template, place_of
from migrate_dhi.dhi.playbook import Playbook, Playbooks, load_playbooks, read_file
from migrate_dhi.dhi.rule import Bounds
from migrate_dhi.errors import (
    ConflictingFlagsError,
    MigrateDhiError,
    PathNotFoundError,
    RepositoryError,
    UsageError,
    WriteError,
)
from migrate_dhi.ui import catalog_text, console, playbook_text
from migrate_dhi.ui.lines import Line, Look, Span
from migrate_dhi.ui.live_flags import live_from

_CONTRADICTED = 5


def list_images(word: str, file: Path | None, *, as_json: bool) -> int:
    """All images whose name contains a word."""
    catalog = current_catalog(file)
    images = facts.catalog_list(catalog, word)
    return _tell(
        images, lambda look: catalog_text.list_lines(look, images, word, _name(catalog)), as_json=as_json
    )


def show_image(name: str, file: Path | None, target: str, flags: Mapping[str, Any], *, as_json: bool) -> int:
    """One image; UnknownImageError with names alike where the catalog lists none of that name."""
    if target and not flags["live"]:
        raise ConflictingFlagsError("--target means something with --live alone", help="add --live")
    live = live_from(flags, console.progress)
    catalog = current_catalog(file)
    shown = facts.catalog_show(catalog, name)
    if live:
        from migrate_dhi.dhi.live_show import live_show  # noqa: PLC0415 - only where something is asked

        place = place_of(check_template(target or DEFAULT_TARGET), name)
        shown["live"] = live_show(live, catalog, name, place)
        console.progress("")
    return _tell(shown, lambda look: catalog_text.show_lines(look, shown), as_json=as_json)


def match_image(
    image: str, file: Path | None, folders: Sequence[Path], bounds: Bounds, *, as_json: bool
) -> int:
    """The hardened images that could take an upstream image's place, and what the rule makes of it."""
    catalog = current_catalog(file)
    matched = facts.catalog_match(catalog, _playbooks(folders), image, bounds)
    return _tell(
        matched, lambda look: catalog_text.match_lines(look, matched, _name(catalog)), as_json=as_json
    )


def compare(
    old: Path | None, new: Path | None, *, directory: Path | None, offline: bool, as_json: bool
) -> int:
    """What changed from one catalog file to another, or to the catalog in use; with a directory, for what it deploys.

    Without ``old`` it is the one that was in use before the last update.
    """
    older = old or previous_catalog()
    diff = facts.catalog_diff(current_catalog(older), current_catalog(new))
    if directory is None:
        return _tell(diff, lambda look: catalog_text.diff_lines(look, diff), as_json=as_json)
    from migrate_dhi.ui import effects  # noqa: PLC0415 - everything that plans

    found = effects.find(_existing(directory), older, new, offline=offline)
    data = {**diff, "repository": found.to_json()}
    return _tell(data, lambda look: effects.lines(look, diff, found), as_json=as_json)


def update(source: str, *, history: bool, shrunk: bool, as_json: bool) -> int:
    """Take a newer catalog into the user's data directory."""
    from migrate_dhi.helm.store import user_cache  # noqa: PLC0415 - only where something may be fetched

    if source and "://" not in source and not source.startswith("git@"):
        _existing(Path(source))
    done = update_catalog(
        source,
        cache=user_cache().with_name("catalogs"),
        history=history,
        shrunk=shrunk,
        progress=console.progress,
    )
    old, new = done.old, done.new
    if as_json:
        sides = {
            side: {"source": c.source, "date": c.date, "commit": c.commit}
            for side, c in (("from", old), ("to", new))
        }
        console.print_json({"file": str(done.place), **sides, "images": len(new.names())})
        return 0
    same = "the same catalog as before" if old.commit == new.commit else f"before: {_name(old)}"
    if old.commit != new.commit:
        same += "; `migrate-dhi catalog diff --for .` tells what that changes for a repository"
    _say(f"The {_name(new)} with {len(new.names())} images is in use now ({same}).", str(done.place))
    return 0


def build(checkout: Path, out: Path, *, history: bool, as_json: bool) -> int:
    """Write a catalog file from a checkout of the public catalog repository."""
    from migrate_dhi.dhi.build import build_catalog  # noqa: PLC0415 - only this command reads definitions

    _existing(checkout)
    if out.exists() and not _is_catalog(out):
        raise UsageError(
            "there is a file already that is no catalog", where=str(out), help="name another one with -o"
        )
    console.progress(f"reading {checkout}")
    data = build_catalog(checkout, history=history)
    console.progress("")
    built = Catalog(data, str(out))
    _write(out, data)
    about = {
        "file": str(out),
        "bytes": len(data),
        "source": built.source,
        "date": built.date,
        "commit": built.commit,
        "images": len(built.names()),
        "charts": len(built.names("chart")),
    }
    if as_json:
        console.print_json(about)
        return 0
    counts = f"{about['images']} images and {about['charts']} charts"
    _say(f"Wrote the {_name(built)} with {counts}, {len(data)} bytes.", f"{out}; use it with --catalog {out}")
    return 0


def list_playbooks(folders: Sequence[Path], *, as_json: bool) -> int:
    """All playbooks: ours, this repository's, and those of further folders."""
    books = facts.playbook_list(_playbooks(folders))
    return _tell(books, lambda look: playbook_text.list_lines(look, books), as_json=as_json)


def show_playbook(name: str, folders: Sequence[Path], *, as_json: bool) -> int:
    """One playbook; UnknownImageError with names alike where there is none of that name."""
    book = facts.playbook_show(_playbooks(folders), name)
    return _tell(book, lambda look: playbook_text.show_lines(look, book), as_json=as_json)


def check_playbooks(
    files: Sequence[Path], folders: Sequence[Path], file: Path | None, *, as_json: bool
) -> int:
    """Hold playbooks (the files named, else all) against the catalog; 5 where it says otherwise."""
    catalog = current_catalog(file)
    books = _read(files) if files else _playbooks(folders)
    if books is None:
        return 4
    results = facts.playbook_check(books, catalog)
    _tell(results, lambda look: playbook_text.check_lines(look, results), as_json=as_json)
    return _CONTRADICTED if any(result["contradictions"] for result in results) else 0


def _tell(data: Any, lines: Callable[[Look], Sequence[Line]], *, as_json: bool) -> int:
    """Print a result as JSON, or as lines; the exit code of what succeeded."""
    if as_json:
        console.print_json(data)
    else:
        console.show_lines(lines(console.look()))
    return 0


def _read(files: Sequence[Path]) -> list[Playbook] | None:
    """The playbooks of some files; every one that is not in order is told, and then None is returned."""
    books, failed = [], False
    for file in files:
        _existing(file)
        try:
            books.append(read_file(file))
        except MigrateDhiError as error:
            console.print_error(error)
            failed = True
    return None if failed else books


def _playbooks(folders: Sequence[Path]) -> Playbooks:
    """All playbooks as a plan made here would know them."""
    from migrate_dhi.git.repository import Repository  # noqa: PLC0415 - the catalog alone needs no Git
    from migrate_dhi.migration.known import playbook_folders  # noqa: PLC0415

    try:
        repository = Repository.discover(Path.cwd())
    except RepositoryError:
        repository = None
    return load_playbooks(playbook_folders(repository, folders))


def _existing(path: Path) -> Path:
    if not path.exists():
        raise PathNotFoundError("there is no such path", where=str(path), help="correct it")
    return path


def _is_catalog(path: Path) -> bool:
    try:
        Catalog.load(path)
    except MigrateDhiError:
        return False
    return True


def _write(path: Path, data: bytes) -> None:
    """Write beside the place, then move there: a reader never sees half a file."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise WriteError(f"the catalog cannot be written: {error.strerror}", where=str(path)) from error


def _name(catalog: Catalog) -> str:
    return f"catalog of {catalog.date}"


def _say(text: str, where: str) -> None:
    look = console.look()
    console.show_lines([*look.done([Span(text)]), *look.wrap((Span("  "),), [Span(where, "faint")], hang=2)])
