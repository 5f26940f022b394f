"""What the worktree has otherwise than the base, or alone, of all that a render reads: named, and never proven."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from migrate_dhi.errors import RenderError
from migrate_dhi.findings import Finding
from migrate_dhi.helm.chart import below, join
from migrate_dhi.helm.renderers import Renderers
from migrate_dhi.helm.required import advised
from migrate_dhi.migration.source import Source

BEFORE_YES = "commit or put it aside before --yes"
"""The help of a finding of what stops ``--yes``: a file that is planned as it lies here."""

NOT_A_REPOSITORY = "not-a-repository"
# A chart's files that Helm reads by their names; those below a folder it reads all.
_FOLDERS = ("templates/", "charts/", "crds/")
_NAMES = {
    *("Chart.yaml", "Chart.lock", "values.yaml", "values.schema.json", ".helmignore"),
    *("requirements.yaml", "requirements.lock"),
}


def of_source(source: Source, trials: Renderers) -> list[Finding]:
    """Why no branch can be written, and each file that Helm would read and that is not as the base has it."""
    found = [*_changes(source, trials), *_ignored(source, trials)]
    if source.repository is None:
        reason = f": {source.obstacle.message}" if source.obstacle else ""
        found.append(
            Finding(
                NOT_A_REPOSITORY,
                "info",
                f"no branch can be written{reason}",
                help=source.obstacle.help if source.obstacle else "",
            )
        )
    return found


def explained(error: RenderError, source: Source, trials: Renderers) -> RenderError:
    """The same error at its place in the repository, its help naming the values that are asked for, and what is not
    rendered as it will be.

    That are values that are not read, words that stand for what is not known, and a file that lies here.
    """
    error = advised(error, trials.members[0])
    unknown = list(dict.fromkeys(_unknown(source)))
    if unknown:
        more = f" (and {len(unknown) - 1} more)" if len(unknown) > 1 else ""
        error.help = f"{unknown[0]}{more}; {error.help}"
    inputs = trials.inputs()
    # Helm names a template by the chart's name, which need not be that of its folder.
    name, _, below = error.where.partition("/")
    place = join(source.chart.path, below)
    if name == source.chart.name and place.rpartition(":")[0] in inputs:
        error.where = place
    found = (*_changes(source, trials), *_ignored(source, trials))
    absent = [finding.file for finding in found if finding.file not in inputs]
    if absent:
        more = f" (and {len(absent) - 1} more)" if len(absent) > 1 else ""
        told = f"{absent[0]}{more} lies here and is not in {source.base}: commit it, if the chart needs it"
        error.help = f"{told}; {error.help}"
    return error


def _unknown(source: Source) -> Iterator[str]:
    """What of the values of the releases is not known here."""
    for member in source.target.members.values():
        unread = (one for one in member.layers if one.form == "unread" and one.reason)
        yield from (f"the values in {one.file} were not read: {one.reason}" for one in unread)
        yield from (note for note in (member.release.notes if member.release else ()) if "stand-in" in note)


def _changes(source: Source, trials: Renderers) -> Iterator[Finding]:
    inputs = trials.inputs()
    for change in source.changes:
        alone = change.kind in {"untracked", "ignored"}
        if alone and change.path not in source.chart.texts and not _is_read(source, trials, change.path):
            continue
        what = f"is not in {source.base}" if alone else f"differs from {source.base}"
        # What is deleted here is no input of a plan for the worktree, which is planned without it.
        here = source.worktree or (change.path in source.chart.texts and change.path not in inputs)
        yield Finding(
            "uncommitted-change",
            "warning",
            f"{change.path} {what} ({change.kind}): "
            + ("the plan is for the file as it lies here" if here else f"the plan is for {source.base}"),
            file=change.path,
            help=BEFORE_YES if here else "commit it, if it belongs to the chart",
        )


def _ignored(source: Source, trials: Renderers) -> Iterator[Finding]:
    files = source.files
    for path in source.ignored if files else ():
        if not _is_read(source, trials, path) or _is_vendored(source, path):
            continue
        led_out = files.skipped.get(path) if files else None
        yield Finding(
            "not-in-git",
            "warning",
            f"{path} lies here and nothing is rendered with it: {led_out or 'Git ignores it'}",
            file=path,
            help="put a file of the repository there"
            if led_out
            else "commit it (git add --force), if the chart needs it",
        )


def _is_read(source: Source, trials: Renderers, path: str) -> bool:
    """Whether Helm would read a file: by its place, or because a template reads files of any name."""
    for folder in source.folders:
        inside = path.removeprefix(below(folder))
        if inside.startswith(_FOLDERS) or inside in _NAMES:
            return True
    texts = (text for node in trials.members[0].nodes for _, text in node.templates)
    return not PurePosixPath(path).name.startswith(".") and any(".Files" in text for text in texts)


def _is_vendored(source: Source, path: str) -> bool:
    """Whether a file under ``charts/`` belongs to a dependency that is declared: an archive is taken from there."""
    name = path.rpartition("/charts/")[2].partition("/")[0]
    return any(
        name == one.name or re.match(rf"{re.escape(one.name)}-v?\d", name)
        for one in source.chart.dependencies
    )
