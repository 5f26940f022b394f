"""Texts made of a step's outcome: unified diffs, planned edits, effects, and commits."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from migrate_dhi.edit import Edit
from migrate_dhi.git.trailers import NEEDS
from migrate_dhi.kube.compare import ABSENT, Change
from migrate_dhi.migration.editing import read
from migrate_dhi.migration.plan import CommitText, Effect, PlannedEdit, StepOutcome
from migrate_dhi.steps.context import Context
from migrate_dhi.steps.step import Step
from migrate_dhi.yamledit import MISSING, format_path


def unified_diff(file: str, before: str | None, after: str) -> str:
    """A unified diff of one file, fit for ``git apply``; ``before`` is None for a file that is created."""
    old = before.splitlines(keepends=True) if before else []
    new = after.splitlines(keepends=True)
    # splitlines also cuts at form feeds and the like, which Git does not count as line ends.
    old, new = _only_newlines(old), _only_newlines(new)
    source = "/dev/null" if before is None else f"a/{file}"
    lines = difflib.unified_diff(old, new, source, f"b/{file}", n=3)
    ended = (line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
    return "".join(ended)


def _only_newlines(lines: list[str]) -> list[str]:
    joined: list[str] = []
    for line in lines:
        if joined and not joined[-1].endswith("\n"):
            joined[-1] += line
        else:
            joined.append(line)
    return joined


def planned_edits(
    edits: Iterable[Edit], before: Mapping[str, str], after: Mapping[str, str]
) -> tuple[PlannedEdit, ...]:
    """The edits with their line in the file before, and the data on both sides."""
    planned = []
    for edit in edits:
        line, old = read(before, edit)
        _, new = read(after, edit)
        path = format_path((*edit.path, *(edit.inner or ())))
        planned.append(PlannedEdit(edit.file, line, path, _shown(old), _shown(new), edit.document or 0))
    return tuple(planned)


def effects(changes: Iterable[Change]) -> tuple[Effect, ...]:
    """What changes in the manifests; contents of Secrets are not told."""
    found = []
    for change in changes:
        secret = change.object.kind == "Secret" and change.path[:1] in {("data",), ("stringData",), ()}
        before, after = (_mask(v) if secret else _shown(v) for v in (change.before, change.after))
        if not change.path:
            before, after = (None if v is ABSENT else "object" for v in (change.before, change.after))
        found.append(Effect(str(change.identity), change.place, before, after))
    return tuple(found)


def commit_text(
    step: Step, context: Context, edits: tuple[PlannedEdit, ...], moved: Mapping[str, str], engine: str
) -> CommitText:
    """The commit of one step: what it does and why it may be trusted."""
    scope = context.chart.name
    kind = "chore" if step.name == "versions" else "feat"
    lines = [f"- {edit.file}: {edit.path} is now {_line(edit.after)}" for edit in edits]
    body = [f"{step.title}.", "", *lines]
    if not step.deployable:
        body += ["", "Not deployable on its own: merge the branch as a whole."]
    trailers = {
        "DHI-Step": (step.name,),
        "DHI-Chart": (context.chart.path,) if context.chart.editable else (),
        "DHI-Release": tuple(release.id for release in context.target.releases),
        "DHI-Image": tuple(f"{old} -> {new}" for old, new in moved.items()),
        "DHI-Proof": (engine,),
    }
    return CommitText(
        f"{kind}({scope}): {step.subject(context)}",
        "\n".join(body),
        {name: values for name, values in trailers.items() if values},
    )


def with_needs(outcomes: Sequence[StepOutcome]) -> tuple[StepOutcome, ...]:
    """The outcomes, where the commit of a step that does not run alone names the step that it waits for."""
    following: StepOutcome | None = None
    found: list[StepOutcome] = []
    for one in reversed(outcomes):
        told = one
        if one.commit and following and not one.deployable:
            trailers = {**one.commit.trailers, NEEDS: (following.name,)}
            told = replace(one, commit=replace(one.commit, trailers=trailers))
        following = one if one.edits else following
        found.append(told)
    return tuple(reversed(found))


def _shown(value: Any) -> Any:
    return None if value is ABSENT or value is MISSING else value


def _mask(value: Any) -> Any:
    return None if value is ABSENT or value is None else "(secret)"


def _line(value: Any) -> str:
    text = "removed" if value is None else str(value)
    text = " ".join(text.split())
    return text if len(text) <= 90 else f"{text[:87]}..."


def surprised(surprises: Sequence[Change]) -> str:
    """What else changes, for people: the first three of them."""
    told = "; ".join(f"{change}{shown(change)}" for change in surprises[:3])
    more = f" and {len(surprises) - 3} more" if len(surprises) > 3 else ""
    return f"also changes {told}{more}"


def shown(change: Change) -> str:
    """Both values in brackets, as far as they may be shown."""
    if change.object.kind == "Secret" or not change.path:
        return ""
    return f" ({_short(change.before)} -> {_short(change.after)})"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
