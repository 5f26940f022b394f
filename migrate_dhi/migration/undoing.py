"""What would undo the edits, beside what is known to be deployed: overlays, write-back files, and update bots.

What an Application passes is a layer of its release, and edited there. Told here is what nothing known reads: another
values file beside the chart's own, a file that a bot writes back, a comment or an annotation that a bot obeys.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.findings import Finding
from migrate_dhi.git.snapshot import read_regular
from migrate_dhi.helm.chart import join
from migrate_dhi.migration.plan import PlannedEdit, StepOutcome
from migrate_dhi.migration.source import Source
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.steps.context import Context, parsed
from migrate_dhi.yamledit import MISSING, format_path

_VALUES = regex(r"values.*\.ya?ml$|.*values\.ya?ml$", re.IGNORECASE)
_WRITE_BACK = regex(r"\.argocd-source(?:-.+)?\.yaml")
_IMAGE_LIST = regex(r"image-updater\.argoproj\.io/image-list")
POLICY = regex(r"\$imagepolicy")
BOT = regex(r"renovate", re.IGNORECASE)


@record
class Wanted:
    """One value that the plan sets in a values file, down to the first list on its way."""

    file: str
    path: ValuesPath
    value: Any

    @property
    def text(self) -> str:
        """The path for people."""
        return format_path(self.path)


def of_undoing(source: Source, context: Context, outcomes: Sequence[StepOutcome]) -> list[Finding]:
    """Findings on what is stronger than the edits of the plan; nothing where it edits no values."""
    edits = [edit for outcome in outcomes for edit in outcome.edits]
    wanted = _wanted(context, outcomes)
    found = [*_bots(source, context, edits), *(_image_updaters(source, context) if edits else ())]
    if wanted:
        found += _written_back(source)
        for file, text in _overlays(source):
            found += _overlay(file, text, wanted)
    return list(dict.fromkeys(found))


def _wanted(context: Context, outcomes: Iterable[StepOutcome]) -> tuple[Wanted, ...]:
    files = set(context.target.files)
    found = {}
    for edit in (edit for outcome in outcomes for edit in outcome.chosen):
        if edit.file not in files or edit.document is not None:
            continue
        path = edit.path
        lists = [index for index, part in enumerate(path) if isinstance(part, int)]
        path = path[: lists[0]] if lists else path
        value = context.document(edit.file).get(path, MISSING)
        if value is not MISSING:
            found[edit.file, path] = Wanted(edit.file, path, value)
    return tuple(found.values())


# Overlays


def _overlays(source: Source) -> Iterator[tuple[str, str]]:
    """Values files beside the chart's own that nothing known passes."""
    chart = source.chart
    known = set(chart.texts)
    root = source.repository.root if source.repository else chart.directory
    left_out = source.files if not chart.directory.exists() else None
    if left_out:
        # Of what a sparse checkout leaves out Git alone knows.
        start = len(join(chart.path, ""))
        inside = [path[start:] for path in left_out.under(chart.path)]
    else:
        found = (*chart.directory.glob("*.y*ml"), *chart.directory.glob("*/*.y*ml"))
        inside = [entry.relative_to(chart.directory).as_posix() for entry in found]
    # A chart inside the chart's folder has values of its own, and ci/ those for chart tests, which no cluster gets.
    others = {"charts", "templates", "ci", *(path.removesuffix("/Chart.yaml") for path in inside)}
    names = [
        join(chart.path, path)
        for path in inside
        if (folder := posixpath.dirname(path)) not in others
        and "/" not in folder
        and not folder.startswith(".")
        and _VALUES.match(posixpath.basename(path))
    ]
    for name in sorted(names):
        if (source.files.real(name) if source.files else name) not in known:
            text = left_out.text(name) if left_out else _read(root / name)
            if text:
                yield name, text


def _overlay(file: str, text: str, wanted: Sequence[Wanted]) -> Iterator[Finding]:
    try:
        document = parsed(text, file)
    except MigrateDhiError:
        # A file that is no YAML is not this plan's to judge.
        return
    for want in wanted:
        value, depth = _laid_over(document.get(()), want.path)
        if value is MISSING or not _differs(value, want.value):
            continue
        path = want.path[:depth]
        yield Finding(
            "overlay-undoes",
            "warning",
            f"{file} sets {format_path(path)}, and where it is passed it undoes the edit of {want.file}",
            file=file,
            line=document.line(path),
            help=f"plan with --values {file}, so that the edit goes where it counts",
        )


def _laid_over(data: Any, path: ValuesPath) -> tuple[Any, int]:
    """What a file lays over a value: what it holds there, or above where that is no map; and how deep."""
    for depth, part in enumerate(path):
        if not isinstance(data, dict):
            # An empty file lays nothing over; a null of its own deletes what is below.
            return (MISSING, 0) if data is None and not depth else (data, depth)
        if part not in data:
            return MISSING, 0
        data = data[part]
    return data, len(path)


def _differs(value: Any, wanted: Any) -> bool:
    """True where laying a value over the wanted one changes it: maps merge, all else replaces."""
    if isinstance(value, dict) and isinstance(wanted, dict):
        return any(_differs(inner, wanted[key]) for key, inner in value.items() if key in wanted)
    return bool(value != wanted)


# Argo CD


def _written_back(source: Source) -> Iterator[Finding]:
    """Files in the chart's folder from which Argo CD overrides the source, and that no known release reads."""
    files = source.files
    known = {layer.file for layer in source.target.layers}
    if files is None or not source.chart.editable:
        return
    for path in files.under(source.chart.path):
        folder, _, name = path.rpartition("/")
        if (
            _WRITE_BACK.fullmatch(name)
            and (folder or ".") == source.chart.path
            and files.real(path) not in known
        ):
            yield Finding(
                "write-back-file",
                "warning",
                f"{path} overrides what an Application elsewhere deploys, and this plan does not read it",
                file=path,
                help="take the image out of it, and point the image updater at the hardened one, before the merge",
            )


def _image_updaters(source: Source, context: Context) -> Iterator[Finding]:
    """Annotations by which an image updater follows an image for one of the releases."""
    for release in source.target.releases:
        text = source.files.text(release.file) if source.files and release.way == "application" else None
        for number, line, start in listed_images(text or ""):
            for image in context.moving:
                if spelled(image.before).search(line, start):
                    target = image.decision.after.image if image.decision.after else "the new image"
                    yield Finding(
                        "bot-overwrites",
                        "warning",
                        f"an image updater follows {image.before.image} for {release.id}, and will write its tags "
                        "over the hardened ones",
                        file=release.file,
                        line=number,
                        help=f"let it follow {target} (--hand-over-bots)",
                    )


def listed_images(text: str) -> Iterator[tuple[int, str, int]]:
    """The lines that say which images an image updater follows, with their numbers and where that begins in them."""
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        found = _IMAGE_LIST.search(line)
        if found:
            yield number, line, found.end()
            for more, below in enumerate(lines[number:], number + 1):
                # A list may be folded over several lines.
                if below.strip() and _depth(below) <= _depth(line):
                    break
                yield more, below, 0


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def spelled(image: Reference) -> re.Pattern[str]:
    """Finds the name of an image in a text, with its registry or without."""
    name = image.canonical()
    short = name.image.removeprefix("docker.io/")
    bare = short.removeprefix("library/")
    words = "|".join(
        re.escape(word) for word in dict.fromkeys((name.image, f"docker.io/{bare}", short, bare))
    )
    return re.compile(rf"(?<![\w./-])(?:{words})(?![\w/-]|\.\w)")


# Update bots


def _bots(source: Source, context: Context, edits: Iterable[PlannedEdit]) -> Iterator[Finding]:
    """Comments beside the edited values by which a bot finds them."""
    for edit, number, comment in followed(source, edits):
        if POLICY.search(comment):
            yield Finding(
                "bot-overwrites",
                "warning",
                f"an image policy of Flux writes {edit.path} and will write the upstream tag again",
                file=edit.file,
                line=number,
                help="point the ImageRepository and the ImagePolicy at the hardened image (--hand-over-bots)",
            )
        elif BOT.search(comment) and any(_names(comment, image.before) for image in context.moving):
            yield Finding(
                "bot-comment-stale",
                "warning",
                f"a comment tells the update bot to follow the upstream image for {edit.path}",
                file=edit.file,
                line=number,
                help="let it name the hardened image (--hand-over-bots)",
            )


def followed(source: Source, edits: Iterable[PlannedEdit]) -> Iterator[tuple[PlannedEdit, int, str]]:
    """The edits of values with the comments beside them, and the line of each in the file as it was at first."""
    for edit in (edit for edit in edits if edit.before is not None):
        lines = source.chart.texts.get(edit.file, "").split("\n")
        for number in _beside(lines, _line_of(lines, edit)):
            yield edit, number, lines[number - 1].partition("#")[2]


def _line_of(lines: Sequence[str], edit: PlannedEdit) -> int:
    """The line of an edited value in the file as it was at first: a step before may have added lines above it."""
    held = str(edit.before)
    near = [
        n for n in range(edit.line, max(edit.line - 40, 0), -1) if n <= len(lines) and held in lines[n - 1]
    ]
    return near[0] if near else min(edit.line, len(lines))


def _names(comment: str, image: Reference) -> bool:
    """Whether a comment names an image, with its registry beside it (``registryUrl=``) or before it."""
    name = image.canonical()
    beside = name.registry in comment and re.search(
        rf"(?<![\w/-]){re.escape(name.repository)}(?![\w-])", comment
    )
    return bool(spelled(image).search(comment) or beside)


def _beside(lines: Sequence[str], line: int) -> Iterator[int]:
    """The line itself, and the comment lines right above it."""
    yield line
    above = line - 1
    while above > 0 and lines[above - 1].lstrip().startswith("#"):
        yield above
        above -= 1


def _read(path: Path) -> str:
    try:
        return read_regular(path).decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
