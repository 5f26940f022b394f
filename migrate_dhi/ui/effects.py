"""`catalog diff --for DIR`: what another catalog changes for the releases of a repository."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from migrate_dhi.dhi.current import current_catalog
from migrate_dhi.dhi.target import Wishes
from migrate_dhi.git.repository import Repository
from migrate_dhi.helm.store import user_cache
from migrate_dhi.migration.catalog_effects import GOOD, Effects, effects_of
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.scanning import Ground
from migrate_dhi.migration.source import Opening
from migrate_dhi.migration.target import estate_of
from migrate_dhi.ui import console
from migrate_dhi.ui.lines import BLANK, Line, Look, Span
from migrate_dhi.ui.process import told


def find(directory: Path, older: Path, newer: Path | None, *, offline: bool) -> Effects:
    """Plan every release of the repository at a directory with both catalogs; raises RepositoryError outside Git."""
    repository = Repository.discover(directory)
    commit = repository.resolve("HEAD")
    options = Options(
        wishes=Wishes(anywhere=True),
        today=datetime.now(tz=UTC).date(),
        cache=user_cache(),
        offline=offline,
    )
    opening = Opening(shelf=options.shelf)
    ground = Ground(repository.root, commit, estate_of(repository, commit, opening), options, opening)
    old, new = (replace(ground, options=replace(options, catalog=file)) for file in (older, newer))
    catalogs = (current_catalog(older), current_catalog(newer))
    return effects_of((old, new), catalogs, told, console.progress)


def lines(look: Look, diff: Mapping[str, Any], found: Effects) -> list[Line]:
    """Each release with what is otherwise for it, then the counts."""
    shown: list[Line] = []
    for one in found.affected:
        shown.append((Span(one.id, "name"), Span(f"  {one.file}:{one.line}", "faint")))
        for effect in one.effects:
            good = effect.kind in GOOD
            sign = Span("  + " if good else "  ! ", "good" if good else "warn")
            shown += look.wrap((sign,), [Span(effect.text)], hang=4)
    if shown:
        shown.append(BLANK)
    dates = f"from the catalog of {diff['from']['date']} to that of {diff['to']['date']}"
    count = len(found.affected)
    some = (
        f"{count} of {found.planned} releases see a difference" if count else "No release sees a difference"
    )
    shown += look.wrap((), [Span(f"{some} {dates}.")], hang=0)
    if found.failed:
        shown += look.wrap(
            (), [Span(f"{found.failed} could not be planned: see `migrate-dhi scan`.")], hang=0
        )
    return shown
