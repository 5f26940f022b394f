"""The flags of the main command as the options of a plan."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from migrate_dhi.dhi.rule import Bounds
from migrate_dhi.dhi.target import Wishes
from migrate_dhi.edit import Edit
from migrate_dhi.errors import PathNotFoundError
from migrate_dhi.finding_codes import check_accepted
from migrate_dhi.helm.store import user_cache
from migrate_dhi.migration.options import Options
from migrate_dhi.steps.context import Choices
from migrate_dhi.ui import console
from migrate_dhi.ui.live_flags import charts_from, live_from


def options_of(flags: Mapping[str, Any]) -> Options:
    """The options that the flags of the main command say; raises UsageError for a word that is none."""
    check_accepted(flags["accept"])
    return Options(
        wishes=Wishes(
            to=flags["to"],
            target=flags["target"],
            keep=flags["keep"],
            distro=flags["distro"] or "",
            bounds=bounds_of(flags),
        ),
        choices=Choices(
            pull_secret=flags["pull_secret"],
            probes=flags["probes"],
            bump=flags["bump"],
            only=flags["only"],
            skip=flags["skip"],
            accept=frozenset(flags["accept"]),
            pinned=_pinned(flags["pin"]) if flags["pin"] else {},
            via=flags["via"],
            upgrade=flags["upgrade_dependency"],
            bots=flags["hand_over_bots"],
        ),
        release=flags["release"],
        namespace=flags["namespace"],
        kube_version=flags["kube_version"],
        api_versions=flags["api_versions"],
        render_seconds=flags["render_timeout"],
        helm=flags["helm"],
        offline=flags["offline"],
        chart_dirs=folders_of(flags["chart_dir"]),
        repo_urls=flags["repo_url"],
        dormant=flags["dormant"],
        branch=flags["branch"],
        run_hooks=flags["run_hooks"],
        playbooks=_there(flags["playbooks"], "--playbooks"),
        catalog=flags["catalog"],
        live=live_from(flags, console.progress),
        today=datetime.now(tz=UTC).date(),
        cache=user_cache(),
        access=charts_from(flags),
        progress=console.progress,
    )


def bounds_of(flags: Mapping[str, Any]) -> Bounds:
    """How far the rule for versions goes unasked."""
    return Bounds(flags["within"], past=not flags["no_past"], newest=flags["prefer"] == "newest")


def folders_of(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Folders that are there; raises PathNotFoundError."""
    return tuple(path.resolve() for path in _there(paths, "--chart-dir"))


def _there(paths: Sequence[Path], flag: str) -> tuple[Path, ...]:
    for path in paths:
        if not path.is_dir():
            raise PathNotFoundError("there is no such folder", where=str(path), help=f"correct {flag}")
    return tuple(paths)


def _pinned(pins: Sequence[tuple[str, str, str, str]]) -> dict[str, tuple[Edit, ...]]:
    from migrate_dhi.ui.answers import read_pin  # noqa: PLC0415 - seldom given

    pinned: dict[str, tuple[Edit, ...]] = {}
    for step, *words in pins:
        pinned[step] = (*pinned.get(step, ()), read_pin(*words))
    return pinned
