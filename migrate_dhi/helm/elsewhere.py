"""The chart of a release that does not lie in the repository: from the user's folders, the cache, or its source."""

from pathlib import Path

from migrate_dhi.errors import DependencyError
from migrate_dhi.helm.chart import Dependency
from migrate_dhi.helm.shelf import Shelf, is_source, pin, unpack
from migrate_dhi.helm.shelf import missing as missing_chart


def take(wanted: Dependency, shelf: Shelf, scratch: Path, *, where: str) -> tuple[Path, str]:
    """The directory of a chart, unpacked below ``scratch`` where it is an archive; and what a range was taken for.

    Raises DependencyError: it is not at hand and cannot be fetched; the error says what would bring it, and names
    ``where``, the file that asks for the chart.
    """
    found = shelf.find(wanted.name, wanted.version)
    if found:
        return (found if found.is_dir() else unpack(found, scratch / "chart")), ""
    if not is_source(wanted.repository):
        raise missing_chart(wanted, shelf, where, "cannot be fetched from here")
    from migrate_dhi.helm.sources import bring  # noqa: PLC0415 - only where a chart is fetched

    try:
        kept = bring(wanted, shelf.store, offline=shelf.offline)
    except DependencyError as error:
        raise missing_chart(
            wanted, shelf, where, f"cannot be fetched: {error.message}", error.help
        ) from error
    if kept is None:
        raise missing_chart(
            wanted,
            shelf,
            where,
            "is not at hand, and --offline forbids fetching it",
            "run `migrate-dhi fetch` once where the network is",
        )
    return unpack(kept.archive, scratch / "chart"), pin("the chart", wanted, kept)
