"""The command ``fetch``: fill the chart cache for what a repository deploys."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from migrate_dhi.errors import PathNotFoundError
from migrate_dhi.grouping import grouped
from migrate_dhi.helm.shelf import Shelf
from migrate_dhi.helm.store import Access, user_cache
from migrate_dhi.migration.fetching import SCHEMA, FetchedChart, fetch_all
from migrate_dhi.ui import console
from migrate_dhi.ui.lines import BLANK, Line, Look, Span, heading
from migrate_dhi.ui.releases import below, read_estate
from migrate_dhi.wording import some_of

_MISSING = 4
_SHOWN = 3


def fetch(
    directory: Path, base: str, urls: Sequence[str], *, offline: bool, as_json: bool, access: Access
) -> int:
    """Fetch every chart that is deployed below a directory and that the repository does not hold.

    Args:
        directory: where; what an object elsewhere deploys from there counts.
        base: the revision to read; empty for the worktree.
        urls: addresses of this repository besides those of its remotes.
        offline: ask nobody, and tell what is not in the cache.
        as_json: in the JSON of the contract.
        access: how registries are asked.

    Returns 0 where everything is at hand, else 4. Raises as ``releases`` does.
    """
    if not directory.exists():
        raise PathNotFoundError("there is no such path", where=str(directory), help="name a directory")
    estate, files, inside = read_estate(directory, base, urls)
    estate = below(estate, inside)
    cache = user_cache()
    charts = fetch_all(estate, files, Shelf((), cache, offline, None, access), console.progress)
    if as_json:
        console.print_json(
            {
                "schema": SCHEMA,
                "cache": str(cache),
                "charts": [one.to_json() for one in charts],
                "unresolved": len(estate.unresolved),
            }
        )
    else:
        console.show_lines(lines(console.look(), charts, cache, len(estate.unresolved), offline=offline))
    return 0 if all(one.at_hand for one in charts) else _MISSING


def lines(
    look: Look, charts: Sequence[FetchedChart], cache: Path, unresolved: int, *, offline: bool
) -> list[Line]:
    """The sources with what was brought from each, then what is not at hand, then the sum."""
    found: list[Line] = []
    for source, there in grouped((one.source, one) for one in charts).items():
        counts = ", ".join(_counts(there))
        found += look.wrap((Span(source, "name"), Span("  ")), [Span(counts)], hang=4)
    absent = [one for one in charts if not one.at_hand]
    if absent:
        found += heading("Not at hand")
    for message, ones in grouped((_why_not(one), one) for one in absent).items():
        names = some_of((f"{one.name} {one.version}".strip() for one in ones), _SHOWN)
        found += look.wrap(
            (Span(f"  {look.glyphs.bad} ", "bad"), Span(names, "name"), Span("  ")),
            [Span(message), Span(", ".join(ones[0].needed_by[:_SHOWN]), "faint")],
            hang=4,
        )
    if found:
        found.append(BLANK)
    return [*found, *_sum(look, charts, cache, unresolved, offline=offline)]


def _sum(
    look: Look, charts: Sequence[FetchedChart], cache: Path, unresolved: int, *, offline: bool
) -> Iterator[Line]:
    absent = sum(not one.at_hand for one in charts)
    if not charts:
        text = "Nothing that is deployed here is from elsewhere."
    elif absent:
        text = f"{absent} of {len(charts)} charts are not at hand."
    else:
        text = f"All {len(charts)} charts from elsewhere are at hand: a plan needs no network."
    sign, style = (look.glyphs.bad, "bad") if absent else (look.glyphs.good, "good")
    yield from look.wrap((Span(f"{sign} ", style),), [Span(text), Span(f"(cache: {cache})", "faint")], hang=2)  # type: ignore[arg-type]
    if absent and offline:
        yield from look.wrap(
            (Span("  "),), [Span("Run `migrate-dhi fetch` where the network is, without --offline.")], hang=2
        )
    if unresolved:
        text = f"{unresolved} more could not be resolved: `migrate-dhi releases` says why."
        yield from look.wrap((Span("  "),), [Span(text, "faint")], hang=2)


def _counts(charts: Sequence[FetchedChart]) -> Iterator[str]:
    for status in ("fetched", "kept", "missing", "failed"):
        count = sum(one.status == status for one in charts)
        if count:
            yield f"{count} {status}"


def _why_not(one: FetchedChart) -> str:
    """Why a chart is not at hand."""
    if not one.error:
        return f"not in the cache; it is from {one.source}"
    return f"{one.error.message}; {one.error.help}" if one.error.help else one.error.message
