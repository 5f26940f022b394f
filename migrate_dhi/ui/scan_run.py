"""A scan from flags to output: which releases, planned side by side, shown in the form that is wanted."""

import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from migrate_dhi.dhi.current import current_catalog
from migrate_dhi.dhi.naming import meant
from migrate_dhi.dhi.wish import check_named
from migrate_dhi.errors import PathNotFoundError, RepositoryError, UsageError, WriteError
from migrate_dhi.findings import Finding
from migrate_dhi.git.repository import Repository
from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.migration.choices import check_wished
from migrate_dhi.migration.groups import Group, groups_of
from migrate_dhi.migration.nearest_chart import find_chart
from migrate_dhi.migration.repository_answers import answers_of
from migrate_dhi.migration.scan import Scan, ScanEntry, unresolved_entry
from migrate_dhi.migration.scanning import Ground, entries_of
from migrate_dhi.migration.source import Opening, open_source
from migrate_dhi.migration.target import estate_of
from migrate_dhi.release.addresses import Addresses
from migrate_dhi.release.estate import Estate
from migrate_dhi.release.release import Release, Unresolved
from migrate_dhi.ui import console, saved_answers
from migrate_dhi.ui.flag_words import given
from migrate_dhi.ui.flags import options_of
from migrate_dhi.ui.lines import Look, plain
from migrate_dhi.ui.many_flags import require_writable
from migrate_dhi.ui.process import told
from migrate_dhi.ui.scan_command import Wanted
from migrate_dhi.ui.scan_text import scan_lines

# Flags of the main command that a scan has not, as if they were not given.
_UNSET: Mapping[str, Any] = {"release": "", "namespace": "", "branch": "", "pin": (), "run_hooks": False}
_HERE = "no release that was planned"
# Seconds between two lines of progress: on a terminal, where they are written over, and elsewhere.
_OFTEN, _SELDOM = 0.1, 10.0


def overview(wanted: Wanted, flags: Mapping[str, Any], words: Sequence[str]) -> int:
    """Plan and show; see :func:`migrate_dhi.ui.scan_command.overview`."""
    began = time.monotonic()
    for file in (wanted.output, wanted.update):
        if file:
            require_writable(file, folder=False)
    ground, inside = ground_of(wanted.paths, flags)
    console.progress("looking at what is deployed")
    groups, unresolved, hidden = chosen(wanted, ground, inside)
    if wanted.required and not groups and not unresolved:
        # The error says which chart is near.
        open_source(wanted.paths[0]) if wanted.paths else find_chart(Path.cwd())
    if wanted.matrix:
        console.progress("")
        console.print_json(matrix_of(groups, wanted.matrix))
        return 0
    part, parts = wanted.shard
    mine = groups[part - 1 :: parts]
    hidden["other parts than --shard"] += sum(len(one.releases) for one in groups if one not in mine)
    groups, unresolved = mine, unresolved[part - 1 :: parts]
    entries: list[ScanEntry] = []
    interrupted = False
    try:
        plan_into(entries, groups, ground, detail=wanted.form == "html", workers=wanted.workers)
    except KeyboardInterrupt:
        interrupted = True
    left = sum(len(group.releases) for group in groups) - len(entries)
    if not left:
        check_wishes(ground, entries)
    entries = listed(entries, unresolved)
    shown, more = _filtered(entries, wanted)
    scan = replace(
        scan_of(ground, shown, hidden + more, whole=not interrupted),
        seconds=time.monotonic() - began,
        left=left,
    )
    show(scan, wanted, words)
    if wanted.save and not interrupted:
        saved_answers.save(ground.root, ground.options, entries)
        console.print_note(saved_answers.told(ground.root, ground.commit))
    if interrupted:
        return 130
    code = scan.exit_code
    return 6 if not code and wanted.check and scan.summary["ready"] else code


def plan_into(
    entries: list[ScanEntry],
    groups: Sequence[Group],
    ground: Ground,
    *,
    detail: bool = False,
    workers: int = 0,
) -> None:
    """Plan groups and add their entries as they come, with progress: on Ctrl-C those that came are there."""
    before = len(entries)
    progress = Progress(sum(len(group.releases) for group in groups))
    try:
        with closing(entries_of(groups, ground, told, detail=detail, workers=workers)) as found:
            for some in found:
                entries += some
                progress.show(len(entries) - before, some[0].id)
    finally:
        console.progress("")


def listed(entries: Sequence[ScanEntry], unresolved: Sequence[Unresolved]) -> list[ScanEntry]:
    """The entries as an overview has them, those of what is not resolved at the end."""
    found = sorted(entries, key=lambda entry: (entry.file, entry.line, entry.id))
    return found + [unresolved_entry(one) for one in unresolved]


def scan_of(
    ground: Ground, entries: Sequence[ScanEntry], hidden: Counter[str], *, whole: bool = True
) -> Scan:
    """The overview of these entries; what is found of the repository is told of all of it alone."""
    catalog = current_catalog(ground.options.catalog)
    return Scan(
        str(ground.root),
        ground.commit,
        catalog.source,
        catalog.date,
        tuple(entries),
        {reason: count for reason, count in hidden.items() if count},
        findings=of_repository(ground, entries) if whole else (),
    )


def of_repository(
    ground: Ground, entries: Sequence[ScanEntry], planned: Sequence[ScanEntry] = ()
) -> tuple[Finding, ...]:
    """What is found of the repository, and of no release alone; ``planned`` as :func:`findings_of` has them."""
    from migrate_dhi.migration.repository.findings import findings_of  # noqa: PLC0415

    commit = ground.commit if ground.opening.branch else ""
    files = Snapshot.of_commit(ground.root, commit) if commit else Snapshot.of_worktree(ground.root)
    return findings_of(files, Addresses.of_clone(ground.root, ground.options.repo_urls), entries, planned)


def matrix_of(groups: Sequence[Group], parts: int) -> dict[str, list[dict[str, Any]]]:
    """The matrix of a CI system's jobs: a job for each part that has anything in it, with what ``--shard`` takes."""
    parts = max(1, min(parts, len(groups)))
    found = [groups[part::parts] for part in range(parts)]
    jobs = [
        {"shard": f"{at}/{parts}", "releases": sum(len(one.releases) for one in some)}
        for at, some in enumerate(found, 1)
    ]
    return {"include": [job for job in jobs if job["releases"]]}


class Progress:
    """Says how many are planned, which was the last, and how long the rest may take."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.began = self.last = time.monotonic()

    def show(self, done: int, name: str) -> None:
        """Tell it, unless it was told a moment ago."""
        now = time.monotonic()
        if now - self.last < (_OFTEN if sys.stderr.isatty() else _SELDOM):
            return
        self.last = now
        left = (now - self.began) / done * (self.total - done)
        console.progress(f"planned {done} of {self.total}, about {left:.0f} s left: {name}")


def ground_of(
    paths: Sequence[Path], flags: Mapping[str, Any], *, branch: bool = False
) -> tuple[Ground, list[str]]:
    """What the plans of a repository have in common, and the paths that are asked for, seen from its root.

    Raises RepositoryError outside Git, PathNotFoundError, UsageError for a path elsewhere.
    """
    places = list(paths) or [Path.cwd()]
    for place in places:
        if not place.exists():
            beside = sorted(one.name for one in place.parent.iterdir()) if place.parent.is_dir() else []
            help_text = meant(place.name, beside) or "name a file or a directory"
            raise PathNotFoundError("there is no such path", where=str(place), help=help_text)
    repository = Repository.discover(places[0])
    base = flags.get("base") or "HEAD"
    try:
        commit = repository.resolve(base)
    except RepositoryError:
        commit = ""
    options = options_of(
        {**_UNSET, **flags, **dict.fromkeys(_UNSET.keys() & flags.keys() & {"namespace"}, "")}
    )
    options = replace(
        options,
        wishes=replace(options.wishes, anywhere=True),
        given=given(("pull_secret", "probes", "bump", "via")),
    )
    opening = Opening((), base, branch, False, options.shelf, options.repo_urls)
    # What is wrong in the answers is told once, and not of every release.
    answers_of(repository, commit)
    estate = estate_of(repository, commit, opening)
    inside = [repository.relative(place) for place in places]
    return Ground(repository.root, commit, estate, options, opening), [] if "." in inside else inside


def chosen(
    wanted: Wanted, ground: Ground, inside: Sequence[str]
) -> tuple[list[Group], list[Unresolved], Counter[str]]:
    """The groups to plan, what is not resolved, and how many releases are left out, by the reason."""
    hidden: Counter[str] = Counter()
    changed = _changed(wanted.changed_since, ground)

    def why_not(way: str, namespace: str, files: Sequence[str], release: Release | None) -> str:
        if not _inside(files, inside):
            return "outside of the paths that are named"
        if wanted.ways and way not in wanted.ways:
            return f"--kind {' '.join(wanted.ways)}"
        if wanted.namespaces and namespace not in wanted.namespaces:
            return f"--namespace {' '.join(wanted.namespaces)}"
        if changed is not None and (release not in changed if release else files[0] not in changed):
            return f"nothing that they read differs from {wanted.changed_since}"
        return ""

    groups = []
    for group in groups_of(ground.estate):
        hidden["another revision of this repository deploys them"] += len(group.others)
        kept = []
        for one in group.releases:
            reason = why_not(one.way, one.namespace or "default", _places(one), one)
            hidden[reason] += bool(reason)
            kept += [] if reason else [one]
        if kept:
            groups.append(group)
            # They are planned together, and what is true of one is told of all.
            for one in group.releases:
                if one not in kept:
                    hidden[why_not(one.way, one.namespace or "default", _places(one), one)] -= 1
    unresolved = []
    for lost in ground.estate.unresolved:
        reason = why_not(lost.way, "", (lost.file,), None)
        hidden[reason] += bool(reason)
        unresolved += [] if reason else [lost]
    return groups, unresolved, hidden


def lies_in(one: Release, inside: Sequence[str]) -> bool:
    """Whether a release or its chart lies at one of these paths of the repository; none at all is everywhere."""
    return _inside(_places(one), inside)


def _inside(files: Sequence[str], inside: Sequence[str]) -> bool:
    return not inside or any(_below(file, place) for file in files for place in inside)


def _places(one: Release) -> tuple[str, ...]:
    return (one.file, *([one.origin.path] if one.origin.kind == "directory" else []))


def _below(path: str, place: str) -> bool:
    return path == place or path.startswith(f"{place}/")


def _changed(revision: str, ground: Ground) -> set[Release | str] | None:
    """The releases that read a file which differs from a revision, and those files; None where none is named."""
    if not revision:
        return None
    repository = Repository(ground.root)
    changes = repository.changed(repository.resolve(revision), ["."])
    found: set[Release | str] = set()
    estate: Estate = ground.estate
    for change in changes:
        found |= {change.path, *estate.readers(change.path), *estate.by_file.get(change.path, ())}
    return found


def _filtered(entries: Sequence[ScanEntry], wanted: Wanted) -> tuple[list[ScanEntry], Counter[str]]:
    """The entries that are shown, by what is known of them after planning."""
    hidden: Counter[str] = Counter()
    shown = []
    for entry in entries:
        names = [name for image in entry.images for name in (image.before, image.after)]
        if wanted.statuses and entry.status not in wanted.statuses:
            hidden[f"--status {' '.join(wanted.statuses)}"] += 1
        elif wanted.images and not any(text in name for text in wanted.images for name in names):
            hidden[f"--image {' '.join(wanted.images)}"] += 1
        else:
            shown.append(entry)
    return shown, hidden


def check_wishes(ground: Ground, entries: Sequence[ScanEntry]) -> None:
    """Raise UnknownImageError for a ``--to`` or ``--keep`` that means no image of any release.

    Where one could not be planned, it may be that which has a counterpart.
    """
    images, wishes, of = [i for entry in entries for i in entry.images], ground.options.wishes, _HERE
    check_named(wishes, (image.before for image in images), of)
    if not any(entry.status == "error" for entry in entries):
        check_wished(wishes, images, of)


def show(scan: Scan, wanted: Wanted, command: Sequence[str]) -> None:
    """Print the overview in its form, or write it to a file; raises WriteError, UsageError for no text to renew."""
    if wanted.update:
        from migrate_dhi.ui.scan_markdown import renewed  # noqa: PLC0415 - each form loads its own

        try:
            old = wanted.update.read_text(encoding="utf-8") if wanted.update.is_file() else ""
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                "the file cannot be read as text", where=str(wanted.update), help="name the text of an issue"
            ) from error
        _write(wanted.update, renewed(old, scan))
    elif wanted.form == "text" and not wanted.output:
        console.show_lines(scan_lines(console.look(), scan, command, verbose=wanted.verbose))
    elif wanted.form == "json" and not wanted.output:
        console.print_json(scan.to_json())
    elif wanted.output:
        _write(wanted.output, _text(scan, wanted, command))
    else:
        console.print_text(_text(scan, wanted, command))


def _text(scan: Scan, wanted: Wanted, command: Sequence[str]) -> str:
    if wanted.form == "html":
        from migrate_dhi.ui.scan_html import scan_html  # noqa: PLC0415

        return scan_html(scan, command)
    if wanted.form == "markdown":
        from migrate_dhi.ui.scan_markdown import scan_markdown  # noqa: PLC0415

        return scan_markdown(scan)
    if wanted.form == "json":
        return console.json_text(scan.to_json())
    lines = scan_lines(Look(), scan, command, verbose=wanted.verbose)
    return "".join(f"{plain(line)}\n" for line in lines)


def _write(file: Path, text: str) -> None:
    """Put a whole text in place of a file."""
    try:
        partial = file.with_name(f".{file.name}.partial")
        partial.write_text(text, encoding="utf-8", newline="")
        partial.replace(file)
    except OSError as error:
        raise WriteError(
            f"the file cannot be written: {error.strerror}", where=str(file), help="name another file"
        ) from error
    console.print_note(f"Written: {file}")
