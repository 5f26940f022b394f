"""Texts made of a step's outcome: unified diffs, planned edits, effects, and commits."""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from migrate_dhi import redact
from migrate_dhi.edit import Edit
from migrate_dhi.git.trailers import NEEDS
from migrate_dhi.kube.compare import ABSENT, Change
from migrate_dhi.kube.manifests import OF, Manifests, value_at
from migrate_dhi.migration.editing import read
from migrate_dhi.migration.plan import CommitText, Effect, Plan, PlannedEdit, StepOutcome
from migrate_dhi.steps.context import Context
from migrate_dhi.steps.step import Step
from migrate_dhi.wording import shortened, some_of
from migrate_dhi.yamledit import MISSING, format_path

# What difflib says of a run of lines: a word, and both ends of it on both sides.
Opcode = tuple[str, int, int, int, int]


def unified_diff(file: str, before: str | None, after: str, context: int = 3) -> str:
    """A unified diff of one file, fit for ``git apply``; ``before`` is None for a file that is created.

    A line beside the change that holds a secret is left out, which makes the context smaller: where that leaves
    none below a change, ``git apply`` wants ``--unidiff-zero``. A secret in a line that changes is hidden, and such
    a diff is to be read only.
    """
    old, new = _lines(before or ""), _lines(after)
    seen_old, seen_new = _lines(redact.lines(before or "")), _lines(redact.lines(after))
    secret = frozenset(at for at, (line, seen) in enumerate(zip(old, seen_old, strict=True)) if line != seen)
    groups = difflib.SequenceMatcher(None, old, new).get_grouped_opcodes(context)
    hunks = [
        line for group in groups for part in _apart(group, secret) for line in _hunk(part, seen_old, seen_new)
    ]
    source = "/dev/null" if before is None else f"a/{file}"
    head = [f"--- {source}\n", f"+++ b/{file}\n"] if hunks else []
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in (*head, *hunks)
    )


def _lines(text: str) -> list[str]:
    """Lines as Git counts them: a form feed ends none."""
    found = text.split("\n")
    return [f"{line}\n" for line in found[:-1]] + ([found[-1]] if found[-1] else [])


def _apart(group: Sequence[Opcode], secret: frozenset[int]) -> Iterator[list[Opcode]]:
    """The changes of a hunk without the lines between them that hold a secret: one hunk, or several."""
    part: list[Opcode] = []
    for tag, i, end, j, to in group:
        held = [at for at in range(i, end) if at in secret] if tag == "equal" else []
        if not held:
            part.append((tag, i, end, j, to))
            continue
        first, last = held[0], held[-1] + 1
        if part:
            yield [*part, ("equal", i, first, j, j + first - i)]
        part = [("equal", last, end, j + last - i, to)]
    if any(tag != "equal" for tag, *_ in part):
        yield part


def _hunk(part: Sequence[Opcode], old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    sides = ((part[0][1], part[-1][2]), (part[0][3], part[-1][4]))
    (minus, plus) = (f"{start + (end > start)},{end - start}".removesuffix(",1") for start, end in sides)
    yield f"@@ -{minus} +{plus} @@\n"
    for tag, i, end, j, to in part:
        if tag == "equal":
            yield from (f" {line}" for line in old[i:end])
            continue
        yield from (f"-{line}" for line in old[i:end])
        yield from (f"+{line}" for line in new[j:to])


def net_diff(plan: Plan, *, context: int = 3) -> tuple[tuple[str, str], ...]:
    """Each file that differs in the end, with its unified diff; sorted by file.

    With three lines of ``context`` a diff is fit for ``git apply``, as :func:`unified_diff` says; no secret is in it.
    """
    last = {file: text for step in plan.steps for file, text in step.files.items()}
    diffs = (
        (file, unified_diff(file, plan.originals.get(file), last[file], context)) for file in sorted(last)
    )
    return tuple((file, diff) for file, diff in diffs if diff)


def planned_edits(
    edits: Iterable[Edit], before: Mapping[str, str], after: Mapping[str, str]
) -> tuple[PlannedEdit, ...]:
    """The edits with their line in the file before, and the data on both sides."""
    planned = []
    for edit in edits:
        line, old = read(before, edit)
        _, new = read(after, edit)
        path = format_path((*edit.path, *(edit.inner or ())))
        key = str(edit.inner[-1] if edit.inner else edit.path[-1] if edit.path else "")
        old, new = (redact.data(_shown(value), key) for value in (old, new))
        planned.append(PlannedEdit(edit.file, line, path, old, new, edit.document or 0))
    return tuple(planned)


def effects(changes: Iterable[Change]) -> tuple[Effect, ...]:
    """What changes in the manifests; contents of Secrets are not told."""
    found = []
    for change in changes:
        secret = change.object.kind == "Secret" and change.path[:1] in {("data",), ("stringData",), ()}
        before, after = (_mask(v) if secret else _told(change, v) for v in (change.before, change.after))
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
    trailers = trailers_of(step.name, context, moved, engine)
    return CommitText(f"{kind}({scope}): {step.subject(context)}", "\n".join(body), trailers)


def trailers_of(
    step: str, context: Context, moved: Mapping[str, str], engine: str
) -> Mapping[str, tuple[str, ...]]:
    """The trailers of a step's commit; ``moved`` are the images that it moves, old → new."""
    trailers = {
        "DHI-Step": (step,),
        "DHI-Chart": (context.chart.path,) if context.chart.editable else (),
        "DHI-Release": tuple(release.id for release in context.target.releases),
        "DHI-Image": tuple(f"{old} -> {new}" for old, new in moved.items()),
        "DHI-Proof": (engine,),
    }
    return {name: values for name, values in trailers.items() if values}


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


# How much of a value is shown, and how much that does not differ around what does.
_LONG = 60
_AROUND = 20


def _shown(value: Any) -> Any:
    return None if value is ABSENT or value is MISSING else value


def _told(change: Change, value: Any) -> Any:
    """A value of a field as it may be told: by the field's name, of an item of ``env`` by the item's."""
    owner = value_at(change.object.data, change.path[:-1])
    key = str(change.path[-1]) if change.path else ""
    if key == "value" and isinstance(owner, dict):
        key = str(owner.get("name") or key)
    return redact.data(_shown(value), key)


def _mask(value: Any) -> Any:
    return None if value is ABSENT or value is None else "(secret)"


def _line(value: Any) -> str:
    return shortened("removed" if value is None else value, 90)


def listed(names: Iterable[str], releases: Iterable[str] = ()) -> str:
    """Names, the first four; what is of several releases is named once, with their number.

    ``releases`` are what names each of them in a name, as in ``Pod/a of RELEASE: app``.
    """
    told: dict[str, list[str]] = {}
    # The name of one release may begin that of another.
    longest = sorted(releases, key=len, reverse=True)
    for name in dict.fromkeys(names):
        release = next((one for one in longest if f" of {one}" in name), "")
        told.setdefault(name.replace(f" of {release}", "") if release else name, []).append(name)
    unique = [f"{base} (in {len(own)} releases)" if len(own) > 1 else own[0] for base, own in told.items()]
    return some_of(unique, 4)


def templates_of(context: Context, names: Sequence[str]) -> str:
    """The templates of the objects that these names begin with, in brackets; or nothing."""
    found = {
        item.template.partition(OF)[0]
        for item in context.manifests.objects
        for name in names
        # The name of one object may begin that of another.
        if f"{name}:".startswith((f"{item.identity}:", f"{item.identity} "))
    }
    return f" (templates: {', '.join(sorted(found))})" if found else ""


def surprised(surprises: Sequence[Change]) -> str:
    """What else changes, for people: the first three of them."""
    told = "; ".join(f"{change}{shown(change)}" for change in surprises[:3])
    more = f" and {len(surprises) - 3} more" if len(surprises) > 3 else ""
    return f"also changes {told}{more}"


def shown(change: Change) -> str:
    """Both values in brackets, as far as they may be shown."""
    if change.object.kind == "Secret" or not change.path:
        return ""
    before, after = (
        value if value is ABSENT else _told(change, value) for value in (change.before, change.after)
    )
    return f" ({' -> '.join(shortened(part, _LONG) for part in _differing(before, after))})"


def _differing(before: Any, after: Any) -> tuple[Any, Any]:
    """Two values; of long texts the part in which they differ, with the line that it begins and ends in."""
    if not (isinstance(before, str) and isinstance(after, str)) or max(len(before), len(after)) <= _LONG:
        return before, after
    first = _same(before, after)
    last = _same(before[first:][::-1], after[first:][::-1])
    start = max(before.rfind("\n", 0, first) + 1, first - _AROUND)
    start = first if before[start:first].isspace() else start
    found = []
    for text in (before, after):
        end = len(text) - last
        ends = text.find("\n", max(end - 1, first))
        close = end if end == start else min(end + _AROUND, ends if ends >= 0 else len(text))
        part = text[start:close].strip()
        found.append(f"...{part}" if start and part else part or "nothing")
    return found[0], found[1]


def _same(one: str, other: str) -> int:
    """How many letters two texts begin with that are the same."""
    both = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(both) if a != b), min(len(one), len(other)))


def moved_images(context: Context, changes: Iterable[Change], manifests: Manifests) -> dict[str, str]:
    """The images that a step moves, old → new: those of containers where it exchanges dependencies.

    A registry without its tag is not the image that is meant in the end.
    """
    if not context.swaps:
        return {
            str(image.before): next(
                (text for slot in image.slots if (text := slot.read(manifests))), str(image.decision.after)
            )
            for image in context.moving
            if image.decision.after
        }
    return {
        str(change.before): str(change.after)
        for change in changes
        for pod in change.object.pods
        for container in pod.containers
        if change.path == (*container.path, "image") and isinstance(change.after, str)
    }
