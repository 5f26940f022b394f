"""Which catalog is used: a file that the user names, else the newer of the user's own and the bundled one."""

import os
import tempfile
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.errors import CatalogError, WriteError

_LARGEST = 50_000_000
_SECONDS = 60


def user_catalog() -> Path:
    """Where ``catalog update`` keeps the user's own catalog: in the platform's data directory."""
    from platformdirs import user_data_path  # noqa: PLC0415 - most runs look at the bundled one only

    return user_data_path("migrate-dhi", appauthor=False) / "catalog.jsonl.gz"


def current_catalog(file: Path | None = None) -> Catalog:
    """The catalog to use.

    A file that the user named must be in order, or CatalogError is raised; so must the user's own one, for
    a silent fall back to older facts would surprise.
    """
    if file is not None:
        return Catalog.load(file)
    bundled, own = Catalog.bundled(), user_catalog()
    if not own.is_file():
        return bundled
    updated = Catalog.load(own)
    return updated if updated.date > bundled.date else bundled


def update_catalog(source: str) -> tuple[Catalog, Catalog, Path]:
    """Take a newer catalog from a file or an https URL into the user's data directory.

    Returns the catalog used before, the one used now, and where it was written. Nothing is written where
    the new one cannot be read (CatalogError) or is older than the one in use (CatalogError).
    """
    data = _fetch(source) if "://" in source else _read(Path(source))
    new = Catalog(data, source)
    new.check()
    old = current_catalog()
    if new.date < old.date:
        raise CatalogError(
            f"that catalog is of {new.date}, older than the one in use, of {old.date}",
            where=source,
            help="name it with --catalog to use it all the same",
        )
    place = user_catalog()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=place.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).replace(place)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise WriteError(f"the catalog cannot be written: {error.strerror}", where=str(place)) from error
    return old, new, place


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CatalogError(f"the catalog cannot be read: {error.strerror}", where=str(path)) from error


def _fetch(url: str) -> bytes:
    from http.client import HTTPException  # noqa: PLC0415 - only an update needs it
    from urllib.request import urlopen  # noqa: PLC0415

    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "localhost"}:
        raise CatalogError("a catalog is fetched over https only", where=url, help="write https://…")
    try:
        with urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310 - the scheme was checked
            data: bytes = answer.read(_LARGEST + 1)
    except (URLError, HTTPException, OSError, ValueError) as error:
        raise CatalogError(f"the catalog cannot be fetched: {error}", where=url) from error
    if len(data) > _LARGEST:
        raise CatalogError("that file is too large for a catalog", where=url)
    return data
