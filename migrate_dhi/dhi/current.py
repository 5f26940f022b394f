"""Which catalog is used: a file that the user names, else the newer of the user's own and the bundled one."""

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.note import MAX_AGE
from migrate_dhi.errors import CatalogError, DependencyError, PathNotFoundError, UsageError, WriteError
from migrate_dhi.record import record
from migrate_dhi.scratch import replacing

_LARGEST = 50_000_000


def user_catalog() -> Path:
    """Where ``catalog update`` keeps the user's own catalog: in the platform's data directory."""
    from platformdirs import user_data_path  # noqa: PLC0415 - most runs look at the bundled one only

    return user_data_path("migrate-dhi", appauthor=False) / "catalog.jsonl.gz"


def previous_catalog() -> Path:
    """The file of the catalog that was in use before the last update; the bundled one where there was none."""
    before = user_catalog().with_name("catalog.previous.jsonl.gz")
    return before if before.is_file() else Path(__file__).with_name("data") / "catalog.jsonl.gz"


def most_days() -> int | None:
    """The days that the catalog may be old, where the environment says them; raises UsageError for no number."""
    said = os.environ.get(MAX_AGE, "").strip()
    if not said:
        return None
    if not said.isdecimal():
        raise UsageError(f"{MAX_AGE} is {said!r}, which is no number of days", help="give one, or unset it")
    return int(said)


def current_catalog(file: Path | None = None) -> Catalog:
    """The catalog to use.

    A file that the user named must be there (or PathNotFoundError is raised) and in order (CatalogError); so must the
    user's own one, for a silent fall back to older facts would surprise.
    """
    if file is not None:
        if not file.exists():
            raise PathNotFoundError("there is no such catalog", where=str(file), help="correct --catalog")
        return Catalog.load(file)
    bundled, own = Catalog.bundled(), user_catalog()
    if not own.is_file():
        return bundled
    updated = Catalog.load(own)
    return updated if updated.date > bundled.date else bundled


@record
class Update:
    """The catalog used before, the one used now, and the file of the new one."""

    old: Catalog
    new: Catalog
    place: Path


def update_catalog(
    source: str = "",
    *,
    cache: Path | None = None,
    history: bool = False,
    shrunk: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> Update:
    """Take a newer catalog into the user's data directory.

    Args:
        source: a catalog's file, by its path or an https URL, or a Git repository that one is built from, by its folder
            or address; empty: the public one.
        cache: the folder in which clones of repositories are kept.
        history: look up the tags that were listed once in all commits of the repository.
        shrunk: take also one that lists far less than the one in use.
        progress: is told what goes on.

    Raises CatalogError, and nothing is written: the new one cannot be read, is older than the one in use, or lists far
    less.
    """
    from migrate_dhi.dhi import renewal  # noqa: PLC0415 - most runs look at a catalog only

    old = current_catalog()
    if not source or renewal.is_repository(source):
        source = source or renewal.PUBLIC
        data = renewal.build_from(source, cache, old, history=history, progress=progress)
    else:
        data = _fetch(source) if "://" in source else _read(Path(source))
    new = Catalog(data, source)
    new.check()
    if new.date < old.date:
        raise CatalogError(
            f"that catalog is of {new.date}, older than the one in use, of {old.date}",
            where=source,
            help="name it with --catalog to use it all the same",
        )
    if not shrunk:
        renewal.check_size(new, old, source)
    place = user_catalog()
    try:
        if place.is_file() and new.commit != old.commit:
            _write(place.with_name("catalog.previous.jsonl.gz"), place.read_bytes())
        _write(place, data)
    except OSError as error:
        raise WriteError(f"the catalog cannot be written: {error.strerror}", where=str(place)) from error
    return Update(old, new, place)


def _write(place: Path, data: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with replacing(place) as file:
        file.write(data)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CatalogError(f"the catalog cannot be read: {error.strerror}", where=str(path)) from error


def _fetch(url: str) -> bytes:
    import io  # noqa: PLC0415 - only an update needs it

    from migrate_dhi.helm import web  # noqa: PLC0415
    from migrate_dhi.helm.logins import Login  # noqa: PLC0415

    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "localhost"}:
        raise CatalogError("a catalog is fetched over https only", where=url, help="write https://…")
    into = io.BytesIO()
    try:
        web.download(url, into, login=Login(), most=_LARGEST)
    except DependencyError as error:
        raise CatalogError(
            f"the catalog cannot be fetched: {error.message}", where=url, help=error.help
        ) from error
    return into.getvalue()
