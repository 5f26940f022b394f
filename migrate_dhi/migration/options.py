"""What the command line or the wizard decides about a plan."""

from collections.abc import Callable
from dataclasses import field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from migrate_dhi.dhi.target import Wishes
from migrate_dhi.findings import Finding
from migrate_dhi.helm.engine import RENDER_SECONDS
from migrate_dhi.helm.shelf import Shelf
from migrate_dhi.helm.store import Access
from migrate_dhi.record import record
from migrate_dhi.steps.context import Choices

if TYPE_CHECKING:  # asking costs its imports where something is asked
    from migrate_dhi.dhi.live import Live
    from migrate_dhi.migration.repository_answers import Answered


def quiet(_: str) -> None:
    """Say nothing of what takes time; a worker, which gets it pickled, has nobody to tell."""


@record
class Options:
    """Everything the command line or the wizard decides about a plan.

    ``today`` is the day that ends of life and the catalog's age are told for (None: they are not told).
    ``helm`` are binaries: the first renders in place of the embedded engine; of several, the others and the
    embedded one check the result. ``live`` asks registries (None: nothing is asked). ``scratch`` is a folder where
    processes share what they unpack. ``given`` are the names of choices that a flag made,
    which count more than answers of the repository; ``asked`` is what was just answered for the whole of it, as if its
    file said so; ``notes`` are findings on where choices are from.
    """

    wishes: Wishes = field(default_factory=Wishes)
    choices: Choices = field(default_factory=Choices)
    release: str = ""
    namespace: str = ""
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()
    render_seconds: float = RENDER_SECONDS
    helm: tuple[Path, ...] = ()
    offline: bool = False
    chart_dirs: tuple[Path, ...] = ()
    repo_urls: tuple[str, ...] = ()
    dormant: bool = False
    branch: str = ""
    run_hooks: bool = False
    playbooks: tuple[Path, ...] = ()
    catalog: Path | None = None
    live: "Live | None" = None
    today: date | None = None
    cache: Path | None = None
    progress: Callable[[str], None] = quiet
    scratch: Path | None = None
    given: frozenset[str] = frozenset()
    asked: "Answered | None" = None
    notes: tuple[Finding, ...] = ()
    access: Access = Access()

    @property
    def shelf(self) -> Shelf:
        """Where charts are taken from that do not lie in the repository."""
        return Shelf(self.chart_dirs, self.cache, self.offline, self.scratch, self.access)
