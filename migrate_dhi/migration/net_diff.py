"""What the merged branch changes: of each file one diff, from the base to the last step that edits it."""

from migrate_dhi.migration.plan import Plan
from migrate_dhi.migration.step_texts import unified_diff


def net_diff(plan: Plan, *, context: int = 3) -> tuple[tuple[str, str], ...]:
    """Each file that differs in the end, with its unified diff; sorted by file.

    With three lines of ``context`` a diff is fit for ``git apply``, as :func:`unified_diff` says; no secret is in it.
    """
    last = {file: text for step in plan.steps for file, text in step.files.items()}
    diffs = (
        (file, unified_diff(file, plan.originals.get(file), last[file], context)) for file in sorted(last)
    )
    return tuple((file, diff) for file, diff in diffs if diff)
