"""The command ``releases``: what a repository deploys, and what could not be resolved."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from migrate_dhi.errors import NoWorktreeError, PathNotFoundError, RepositoryError
from migrate_dhi.git.repository import Repository
from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.release.addresses import Addresses
from migrate_dhi.release.estate import Estate
from migrate_dhi.release.folders import ChartFolder
from migrate_dhi.release.release import Release, Unresolved, told_apart
from migrate_dhi.ui import console
from migrate_dhi.ui.catalog_text import table
from migrate_dhi.ui.lines import BLANK, Line, Look, Span, heading
from migrate_dhi.wording import counted, some_of

_HEAD = ("release", "deployed by", "chart", "values from")
_SHOWN = 3


def show_releases(
    directory: Path, base: str, urls: Sequence[str], folders: tuple[Path, ...] = (), *, as_json: bool
) -> int:
    """What is deployed below a directory; the whole repository is read, since it may be deployed from elsewhere.

    Args:
        directory: where; the whole repository is read, since an object elsewhere may deploy what lies here.
        base: the revision to read; empty for the worktree.
        urls: addresses of this repository besides those of its remotes.
        folders: where charts are that those of the repository depend on.
        as_json: in the JSON of the contract.

    Raises:
        PathNotFoundError: there is no such directory.
        UsageError: the revision names no commit.
        RepositoryError: a revision is named, and this is no repository; or it is one without a worktree.
    """
    if not directory.exists():
        raise PathNotFoundError("there is no such path", where=str(directory), help="name a directory")
    estate, _, inside = read_estate(directory, base, urls, folders)
    estate = below(estate, inside)
    if as_json:
        console.print_json(estate.to_json())
    else:
        console.show_lines(lines(console.look(), estate))
    return 0


def read_estate(
    directory: Path, base: str, urls: Sequence[str], folders: tuple[Path, ...] = ()
) -> tuple[Estate, Snapshot, str]:
    """All releases, the files that they were found in, and the path of the directory in the repository."""
    try:
        repository = Repository.discover(directory)
    except RepositoryError as error:
        if base or isinstance(error, NoWorktreeError):
            raise
        root = directory.resolve() if directory.is_dir() else directory.resolve().parent
        files = Snapshot.of_worktree(root)
        return Estate.of(files, Addresses(tuple(urls)), folders), files, "."
    if base:
        files = Snapshot.of_commit(repository.root, repository.resolve(base), label=base)
    else:
        files = Snapshot.of_worktree(repository.root)
    known = Addresses.of_clone(repository.root, urls)
    return Estate.of(files, known, folders), files, repository.relative(directory)


def below(estate: Estate, inside: str) -> Estate:
    """What is declared in a folder, or deploys what lies there."""
    if inside == ".":
        return estate

    def here(path: str) -> bool:
        return path == inside or path.startswith(f"{inside}/")

    return replace(
        estate,
        releases=tuple(one for one in estate.releases if here(one.file) or here(one.origin.path)),
        unresolved=tuple(one for one in estate.unresolved if here(one.file)),
        charts={path: chart for path, chart in estate.charts.items() if here(path)},
    )


def lines(look: Look, estate: Estate) -> list[Line]:
    """The releases by what deploys them, then what could not be resolved, then the charts that are no release."""
    if not estate.releases and not estate.unresolved:
        return [*look.wrap((), [Span("Nothing here deploys a chart.")], hang=0)]
    ordered = sorted(estate.releases, key=lambda one: (one.way, one.file, one.document))
    rows = [_row(one, name) for one, name in zip(ordered, told_apart(ordered), strict=True)]
    found = table(look, rows, head=_HEAD, indent=0) if rows else []
    found += [BLANK, (Span(counted(len(rows), "release"), "title"),)]
    notes = list(_notes(estate.releases))
    if notes:
        found += heading("Noted")
        for note, ids in notes:
            found += look.wrap((Span("  "), Span(ids, "name"), Span("  ")), [Span(note, "faint")], hang=4)
    if estate.unresolved:
        found += heading(f"Not resolved: {len(estate.unresolved)}")
        for one in estate.unresolved:
            found += _unresolved(look, one)
    if estate.dependencies:
        found += heading("No release: only the dependency of other charts")
        for chart in estate.dependencies:
            found += look.wrap((Span(f"  {chart.path}", "name"), Span("  ")), [Span(_users(chart))], hang=4)
    return found


def _row(one: Release, name: str) -> tuple[str, str, str, str]:
    chart = one.origin.path if one.origin.kind == "directory" else f"{one.origin.name} {one.origin.version}"
    place = "" if one.way == "chart" else f" {one.file}:{one.line}"
    layers = [f"{layer.file} ({layer.form})" for layer in one.layers if layer.form != "unread"]
    unread = sum(layer.form == "unread" for layer in one.layers)
    shown = ", ".join(dict.fromkeys(layers)) or "the chart alone"
    return name, f"{one.way}{place}", chart.strip(), shown + (f", {unread} not read" if unread else "")


def _notes(releases: Sequence[Release]) -> Iterator[tuple[str, str]]:
    """Each note once, with the first releases that it is about."""
    noted: dict[str, list[str]] = {}
    for one in releases:
        for note in one.notes:
            noted.setdefault(note, []).append(one.id)
        for layer in one.layers:
            if layer.form == "unread":
                noted.setdefault(f"not read: {layer.reason}", []).append(one.id)
    for note, ids in noted.items():
        yield note, some_of(dict.fromkeys(ids), _SHOWN)


def _unresolved(look: Look, one: Unresolved) -> list[Line]:
    place = Span(f"{one.file}:{one.line}", "faint")
    return look.wrap((Span("  "), Span(one.name, "name"), Span("  ")), [Span(one.reason), place], hang=4)


def _users(chart: ChartFolder) -> str:
    kind = "a library" if chart.library else "a dependency"
    return f"{kind} of {', '.join(chart.of)}" if chart.of else f"{kind}; nothing here depends on it"
