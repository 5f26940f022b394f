"""What is vendored in Git below ``charts/`` follows Chart.lock: an exchanged dependency takes the place of the old one.

An archive becomes an archive, and a folder a folder. What Git ignores there is no part of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from migrate_dhi.helm.chart import Chart, Dependency, join
from migrate_dhi.helm.shelf import unpack
from migrate_dhi.helm.swap import Swap
from migrate_dhi.migration.plan import StepOutcome
from migrate_dhi.migration.survey import Survey
from migrate_dhi.scratch import folder as scratch_folder


def with_vendored(outcome: StepOutcome, before: Chart, after: Survey, taken: Sequence[Swap]) -> StepOutcome:
    """The outcome of an exchange, with the files of charts that its commit takes away and brings."""
    files: dict[str, bytes | None] = {}
    lines: list[str] = []
    for swap in taken:
        old = [path for path in before.vendored(swap.before.name) if path in after.source.chart.dropped]
        if old:
            new = _files(before, old[0], swap.after, after)
            files |= {**dict.fromkeys(old), **new}
            lines.append(f"- {_top(new, before)} in place of {_top(old, before)}")
    if not files or outcome.commit is None:
        return outcome
    body = "\n".join([outcome.commit.body, *lines])
    return replace(outcome, vendored=files, commit=replace(outcome.commit, body=body))


def _files(chart: Chart, old: str, wanted: Dependency, survey: Survey) -> Mapping[str, bytes]:
    """The files of a chart by their paths in the repository, in the form that the old one has."""
    folder = join(chart.path, "charts")
    archive = survey.renderer.members[0].archive(wanted)
    if archive is None:
        raise AssertionError(f"{wanted.name} {wanted.version} was rendered from nowhere")
    if old.endswith(".tgz"):
        return {join(folder, f"{wanted.name}-{wanted.version}.tgz"): archive.read_bytes()}
    with scratch_folder() as scratch:
        top = unpack(archive, Path(scratch))
        found = sorted(path for path in top.rglob("*") if path.is_file())
        return {
            join(folder, f"{wanted.name}/{path.relative_to(top).as_posix()}"): path.read_bytes()
            for path in found
        }


def _top(paths: Iterable[str], chart: Chart) -> str:
    """The archive, or the folder, below ``charts/`` that holds these files."""
    folder = join(chart.path, "charts")
    return join(folder, next(iter(paths)).removeprefix(f"{folder}/").partition("/")[0])
