"""What was done, as lines: a branch that was written."""

from collections.abc import Sequence

from migrate_dhi.migration.branch import HOOKS
from migrate_dhi.migration.plan import Plan
from migrate_dhi.migration.pullsecret_names import wanted_secrets
from migrate_dhi.ui.lines import Line, Look, Span, cells, command_lines, continued_lines, heading, word_of
from migrate_dhi.ui.plan_text import revision_words
from migrate_dhi.ui.remarks_text import told_lines
from migrate_dhi.ui.secret_words import making
from migrate_dhi.wording import counted

SHORT_ID = 10
_SHOWN = 3


def written_lines(
    look: Look, plan: Plan, branch: str, commits: Sequence[str], *, told: bool = False
) -> list[Line]:
    """The branch with its commits, what the plan found if that is not ``told`` yet, and what to do next.

    ``commits`` are in the order of the editing steps.
    """
    found = [] if told else told_lines(look, plan.findings, plan.accepted)
    if not commits:
        said = [Span("Nothing to do in"), Span(plan.title, "name"), Span("- no step changes a file.")]
        return [*look.done(said), *found]
    count = counted(len(commits), "commit")
    lines = look.done(
        [Span("Wrote"), Span(branch, "name"), Span(f"with {count} on {revision_words(plan.base)}.")]
    )
    for commit, step in zip(commits, plan.editing_steps, strict=True):
        subject = step.commit.subject if step.commit else step.title
        lines += look.wrap(
            (Span("  "), Span(commit[:SHORT_ID], "faint"), Span("  ")), [Span(subject)], hang=4 + SHORT_ID
        )
    lines += [*kept_lines(look, [plan], "it", indent=2), *found, *heading("Next")]
    wanted = wanted_secrets(plan)
    lines += secret_lines(look, wanted)
    if wanted:
        # How one is made is how the others are.
        sealed = [*making(plan, *wanted[0]), "| kubeseal --format yaml > sealed-pull-secret.yaml"]
        lines += [(Span("  not there"),), *continued_lines(look, sealed, indent=4)]
    for label, words in (
        ("review", ["git", "log", "--reverse", "-p", f"{revision_words(plan.base)}..{branch}"]),
        ("push", ["git", "push", "-u", "origin", branch]),
        ("take back", ["migrate-dhi", "rollback", branch]),
    ):
        lines += labelled_command(look, label, words)
    return lines


def kept_lines(look: Look, plans: Sequence[Plan], what: str, *, indent: int = 0) -> list[Line]:
    """What the writing of branches left as it was, and what of it did not run or may not be taken apart."""
    start = (Span(" " * indent),) if indent else ()
    kept = [Span("Your worktree, index and HEAD are as they were.", "faint")]
    if not all(step.deployable for plan in plans for step in plan.editing_steps):
        kept.append(Span(f"Merge {what} whole: its parts do not run alone."))
    lines = look.wrap(start, kept, hang=2)
    findings = (finding for plan in plans for finding in plan.findings)
    for hooks in dict.fromkeys(finding for finding in findings if finding.code == HOOKS):
        said = f"{hooks.message[:1].upper()}{hooks.message[1:]} ({hooks.help})."
        lines += look.wrap(start, [Span(said)], hang=2)
    return lines


def secret_lines(look: Look, wanted: Sequence[tuple[str, str]]) -> list[Line]:
    """How to look for pull secrets, each a namespace and a name: some of them, and how many more there are."""
    lines: list[Line] = []
    for namespace, name in wanted[:_SHOWN]:
        words = ["kubectl", "--namespace", namespace, "get", "secret", name]
        lines += labelled_command(look, "secret", words)
    left = len(wanted) - _SHOWN
    if left > 0:
        more = f"and {counted(left, 'more namespace')} that need{'s' * (left == 1)} it"
        lines += look.wrap((Span(" " * 13),), [Span(more, "faint")], hang=13)
    return lines


def labelled_command(look: Look, label: str, words: Sequence[str]) -> list[Line]:
    """``label  command``, the command below its label where both do not fit on a line."""
    command = " ".join(word_of(word) for word in words)
    prefix = Span(f"  {label:<10} ")
    if not look.fit or cells(prefix.text) + cells(command) <= look.width:
        return [(prefix, Span(command, "command"))]
    return [(prefix,), *command_lines(look, words, indent=4)]
