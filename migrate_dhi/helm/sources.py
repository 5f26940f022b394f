"""Charts from their sources: HTTP(S) chart repositories and OCI registries, by way of the cache.

What is asked for by an exact version and is in the cache is taken without a question to anyone. An index is asked
for again after some minutes, and at once where it does not list what is wanted; between that a server is asked once,
by whichever process comes first, and a source that failed is left alone by the same process for a minute.
"""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from urllib.parse import urljoin, urlsplit

from migrate_dhi.errors import DependencyError
from migrate_dhi.helm import index as indexes
from migrate_dhi.helm.chart import Dependency
from migrate_dhi.helm.index import Index, Listed
from migrate_dhi.helm.logins import Login, address_of, login_of
from migrate_dhi.helm.shelf import exact, fits, version_in
from migrate_dhi.helm.store import Kept, Store

_FRESH = 600.0
# Somebody who waits at a prompt may have mended it.
_PATIENCE = 60.0
_LARGEST_INDEX = 256 * 1024 * 1024
_LARGEST_ARCHIVE = 64 * 1024 * 1024


def bring(wanted: Dependency, store: Store, *, offline: bool = False) -> Kept | None:
    """The archive of a chart from the cache, else from its source; None where that is forbidden by ``offline``.

    A range means the newest version in it that the source lists (offline: what it meant when it was asked last).

    Raises DependencyError, with what failed at the source.
    """
    repository = address_of(wanted.repository)
    kept = store.find(repository, wanted.name, wanted.version)
    if offline or (kept and exact(wanted.version)):
        return kept
    if repository.startswith("oci://"):
        return _from_registry(wanted, repository, store)
    if not repository.startswith(("http://", "https://")):
        raise DependencyError(f"{repository or 'an empty address'} is no source of charts", help="correct it")
    return _from_repository(wanted, repository, store)


def versions_of(wanted: Dependency, store: Store, *, offline: bool = False) -> tuple[str, ...]:
    """Every version of a chart that its source lists; offline, that it listed when it was asked last, or that is kept.

    Raises DependencyError, with what failed at the source.
    """
    repository = address_of(wanted.repository)
    if repository.startswith("oci://"):
        from migrate_dhi.helm import ocicharts  # noqa: PLC0415

        if offline:
            kept = store.versions(repository, wanted.name)
            return tuple(one for one in kept if exact(one) and not one.startswith("sha256:"))
        return ocicharts.versions(wanted, repository, store)
    index = Index.open(store.index(repository)) if offline else listed(repository, store)
    return tuple(one.version for one in index.versions(wanted.name)) if index else ()


def listed(repository: str, store: Store) -> Index:
    """What a chart repository lists, as of some minutes ago at most."""
    place = store.index(repository)
    known = Index.open(place) if _age(place) < _FRESH else None
    return known or _asked(repository, store)


def _from_repository(wanted: Dependency, repository: str, store: Store) -> Kept:
    index = listed(repository, store)
    found = _chosen(index, wanted)
    if found is None and _age(store.index(repository)) > 1:
        # It may have been published a moment ago.
        index = _asked(repository, store)
        found = _chosen(index, wanted)
    if found is None:
        raise _unlisted(wanted, index)
    kept = store.find(repository, wanted.name, found.version) or _downloaded(wanted, found, repository, store)
    if exact(wanted.version):
        return kept
    dated = replace(kept, day=str(index.about.get("day", "")))
    return store.name(repository, wanted.name, wanted.version, dated)


def _chosen(index: Index, wanted: Dependency) -> Listed | None:
    versions = index.versions(wanted.name)
    same = (one for one in versions if one.version.removeprefix("v") == wanted.version.removeprefix("v"))
    return next(same, None) or next((one for one in versions if fits(wanted.version, one.version)), None)


def _unlisted(wanted: Dependency, index: Index) -> DependencyError:
    versions = [one.version for one in index.versions(wanted.name)]
    if not versions:
        return DependencyError(
            f"the repository lists no chart {wanted.name}", help="correct the name or the address"
        )
    some = ", ".join(versions[:3])
    return DependencyError(
        f"the repository lists no version {wanted.version}; the newest are {some}", help="correct the version"
    )


_failed: dict[tuple[Path, str], tuple[float, DependencyError]] = {}
_failing = Lock()


@contextlib.contextmanager
def _failing_once(store: Store, item: str) -> Iterator[None]:
    """What failed a moment ago fails again at once: forty charts do not wait for one server forty times."""
    key = (store.folder, item)
    with store.locked(item):
        with _failing:
            at, before = _failed.get(key, (0.0, None))
        if before and time.monotonic() - at < _PATIENCE:
            raise before
        try:
            yield
        except DependencyError as error:
            with _failing:
                _failed[key] = (time.monotonic(), error)
            raise


def _asked(repository: str, store: Store) -> Index:
    """Ask a repository for its index, unless another process did so while this one waited."""
    from migrate_dhi.helm import web  # noqa: PLC0415 - 40 ms, only where something is fetched

    place = store.index(repository)
    before = _stamp(place)
    with _failing_once(store, repository):
        known = Index.open(place)
        if known and _stamp(place) != before:
            return known
        address, login = login_of(repository)
        url = f"{address.rstrip('/')}/index.yaml"
        said = known.about if known else {}
        last = web.Answer(etag=str(said.get("etag", "")), modified=str(said.get("modified", "")))
        with store.scratch() as folder:
            raw = folder / "index.yaml"
            with raw.open("w+b") as file:
                answer = web.download(
                    url, file, login=login, most=_LARGEST_INDEX, known=last if known else None
                )
            if known and answer.unchanged:
                # Its age is that of the file.
                place.touch()
                return known
            about = {
                "day": datetime.now(tz=UTC).date().isoformat(),
                "etag": answer.etag,
                "modified": answer.modified,
            }
            with raw.open(encoding="utf-8") as text, store.writing(place) as into:
                indexes.write(text, into, about, size=answer.size, where=url)
    return Index(place)


def _stamp(place: Path) -> int:
    try:
        return place.stat().st_mtime_ns
    except OSError:
        return 0


def _age(place: Path) -> float:
    """The seconds since the index was asked for; very many where it never was."""
    return time.time() - _stamp(place) / 1e9


def _downloaded(wanted: Dependency, found: Listed, repository: str, store: Store) -> Kept:
    if not found.urls:
        raise DependencyError(
            f"the repository says no address for {wanted.name} {found.version}", help="use another version"
        )
    with _failing_once(store, f"{repository}\n{wanted.name}\n{found.version}"):
        kept = store.find(repository, wanted.name, found.version)
        if kept:
            return kept
        address, login = login_of(repository)
        url = urljoin(f"{address.rstrip('/')}/", found.urls[0])
        return _checked(wanted, found, repository, url, login, store)


def _checked(
    wanted: Dependency, found: Listed, repository: str, url: str, login: Login, store: Store
) -> Kept:
    from migrate_dhi.helm import web  # noqa: PLC0415

    with store.scratch() as folder:
        archive = folder / "chart.tgz"
        with archive.open("w+b") as file:
            host = urlsplit(login_of(repository)[0]).netloc
            answer = web.download(url, file, login=login, most=_LARGEST_ARCHIVE, host=host)
        if found.digest and answer.sha256 != found.digest:
            raise DependencyError(
                f"the archive at {url} has the digest {answer.sha256[:12]}…, and the index says "
                f"{found.digest[:12]}…: it is another one than was published, or cut off",
                help="ask who runs the repository; do not use it before that is known",
            )
        return store.keep(repository, wanted.name, found.version, archive)


def _from_registry(wanted: Dependency, repository: str, store: Store) -> Kept:
    from migrate_dhi.helm import ocicharts  # noqa: PLC0415

    with _failing_once(store, f"{repository}\n{wanted.name}\n{wanted.version}"), store.scratch() as scratch:
        kept = store.find(repository, wanted.name, wanted.version) if exact(wanted.version) else None
        if kept:
            return kept
        chart = ocicharts.find(wanted, repository, store)
        kept = store.find(repository, wanted.name, chart.digest)
        if kept is None:
            archive = scratch / "chart.tgz"
            ocicharts.fetch(chart, archive, store)
            version = version_in(archive)
            kept = store.keep(repository, wanted.name, version, archive)
            store.name(repository, wanted.name, chart.digest, kept)
        if exact(wanted.version):
            return store.name(repository, wanted.name, wanted.version, kept)
        dated = replace(kept, day=datetime.now(tz=UTC).date().isoformat())
        return store.name(repository, wanted.name, wanted.version, dated)
