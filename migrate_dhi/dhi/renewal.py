"""A newer catalog straight from the public catalog repository, or from another one like it, with Git.

The clone is kept in the cache: a later update brings what has changed since, and one that was interrupted goes on where
it stopped. Without ``history`` only the newest commit is fetched, and the tags that were listed once are carried over
from the catalog in use; with it they are looked up in all commits.
"""

from collections.abc import Callable
from pathlib import Path

from migrate_dhi.dhi.build import SOURCE, build
from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.past_tags import changed_definitions, is_specific, past_tags
from migrate_dhi.errors import CatalogError, RepositoryError
from migrate_dhi.git.clones import Clone
from migrate_dhi.git.run import ask
from migrate_dhi.git.trees import LINK
from migrate_dhi.helm.store import Store
from migrate_dhi.scratch import folder as scratch_folder

PUBLIC = f"https://github.com/{SOURCE}.git"

# Of a catalog that lists less than this of what the one before did, its repository is at fault, and not the images:
# the public one was emptied for a day by its sync in August 2026.
_LEAST_IMAGES, _LEAST_TAGS = 0.9, 0.75

Days = dict[str, dict[str, list[str]]]


def is_repository(source: str) -> bool:
    """Whether a source is a Git repository, and not a catalog's file."""
    return (
        Path(source).is_dir() or source.endswith(".git") or source.startswith(("ssh://", "file://", "git@"))
    )


def build_from(
    source: str, cache: Path | None, known: Catalog, *, history: bool, progress: Callable[[str], None]
) -> bytes:
    """The bytes of a catalog's file, built from the newest commit of a repository.

    Args:
        source: the address of the repository, or its folder.
        cache: the folder in which clones are kept; None: they are not.
        known: the catalog in use, whose tags of once are carried over.
        history: look up tags of once in all commits.
        progress: is told what goes on.

    Raises CatalogError: the repository cannot be read, or is none of hardened images.
    """
    url = Path(source).resolve().as_uri() if Path(source).is_dir() else source
    store = Store(cache)
    try:
        with store.locked(url):
            progress(f"asking {url}")
            clone = Clone(url, store.clone(url))
            commit = _commit(clone, history=history, progress=progress)
            with scratch_folder() as scratch:
                _lay_out(clone, commit, Path(scratch), known, progress)
                past = _past(clone, commit, progress) if history else carried(known)
                progress("building the catalog")
                day = ask(clone.root, "log", "-1", "--format=%cs", commit).text
                return build(Path(scratch), day=day, commit=commit, past=past)
    except RepositoryError as error:
        raise CatalogError(error.message, where=error.where, help=error.help) from error
    finally:
        progress("")


def _commit(clone: Clone, *, history: bool, progress: Callable[[str], None]) -> str:
    found = clone.find("")
    if found is None:
        raise CatalogError("the repository has no commit", where=clone.url, help="name another one")
    whole = clone.whole
    if clone.has(found.commit) and (whole or not history):
        return found.commit
    progress("fetching the history" if history and not whole else "fetching the newest commit")
    # A clone that has the history keeps it.
    return clone.bring(found, history=history or whole)


def _lay_out(
    clone: Clone, commit: str, folder: Path, known: Catalog, progress: Callable[[str], None]
) -> None:
    """Write the files that a catalog is built from; the other half of the repository is not fetched."""
    listed = clone.files(commit)
    wanted = {
        path: blob
        for path, (mode, blob) in listed.items()
        if path.startswith(("image/", "chart/")) and path.endswith((".yaml", ".yml")) and mode != LINK
    }
    if not any(path.startswith("image/") for path in wanted):
        raise CatalogError(
            f"the repository defines no image, and the catalog in use, of {known.date}, lists {len(known.names())}: "
            "it was emptied, or is another one",
            where=clone.url,
            help="run this again later; the catalog in use stays as it is",
        )
    contents = clone.contents(wanted.values(), _counter("definitions", progress))
    for path, blob in wanted.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(contents[blob])


def _past(clone: Clone, commit: str, progress: Callable[[str], None]) -> Days:
    clone.bring_files(changed_definitions(clone.root, commit), _counter("earlier definitions", progress))
    progress("looking through the history")
    return past_tags(clone.root, commit)


def _counter(what: str, progress: Callable[[str], None]) -> Callable[[int, int], None]:
    return lambda done, total: progress(f"fetching {what}: {done} of {total}")


def carried(known: Catalog) -> Days:
    """The tags that a catalog lists or has listed, each with the days first and last seen."""
    found: Days = {}
    for name in (*known.names(), *known.names("gone")):
        days = {past.tag: [past.first_seen, past.last_seen] for past in known.past_tags(name)}
        for definition in known.definitions(name):
            for tag in definition.tags if definition.variant == "runtime" else ():
                if is_specific(tag):
                    days.setdefault(tag, [known.date, known.date])[1] = known.date
        found[name] = days
    return found


def check_size(new: Catalog, old: Catalog, source: str) -> None:
    """Raise CatalogError for a catalog that has shrunk beyond what images that end explain."""
    images, tags = (len(new.names()), len(old.names())), (_tags(new), _tags(old))
    if images[0] >= _LEAST_IMAGES * images[1] and tags[0] >= _LEAST_TAGS * tags[1]:
        return
    raise CatalogError(
        f"the catalog of {new.date} lists {images[0]} images with {tags[0]} tags, and the one in use, of {old.date}, "
        f"{images[1]} with {tags[1]}: that is no change of images but a fault of its source",
        where=source,
        help="run this again later; if it is right all the same, add --accept-shrunk",
    )


def _tags(catalog: Catalog) -> int:
    return sum(len(one.tags) for name in catalog.names() for one in catalog.definitions(name))
