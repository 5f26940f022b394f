"""Write a plan as a branch: one commit for each step that edits, one new ref, and nothing else."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field

from migrate_dhi.errors import BlockedError, DirtyChartError, RepositoryError
from migrate_dhi.git.commits import CommitDraft
from migrate_dhi.git.repository import Repository
from migrate_dhi.git.trailers import format_message
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.plan import Plan
from migrate_dhi.migration.source import Source, outside
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record


def check_source(source: Source) -> Repository:
    """The repository to write in, or the reason why not.

    Raises RepositoryError outside Git (or before the first commit), DirtyChartError where files differ
    from the base.
    """
    if source.repository is None:
        reason = source.obstacle
        next_thing = (reason and reason.help) or "commit the chart to a Git repository first"
        raise RepositoryError(
            f"no branch can be written: {reason.message if reason else 'there is no repository'}",
            where=str(source.chart.directory),
            help=f"{next_thing}; --plan works all the same",
        )
    if any(
        change.path == source.chart.chart_file and change.kind in {"added", "untracked", "ignored"}
        for change in source.changes
    ):
        raise DirtyChartError(
            f"the chart is not in {source.base}",
            where=source.chart.chart_file,
            help="commit it, or name a revision that has it with --base",
        )
    return source.repository


def check_edits(source: Source, edited: Collection[str]) -> None:
    """Raise DirtyChartError or RepositoryError where a file that is edited is not as the base has it."""
    dirty = [change for change in source.changes if change.path in edited]
    if dirty:
        first = dirty[0]
        more = f" (and {len(dirty) - 1} more)" if len(dirty) > 1 else ""
        raise DirtyChartError(
            f"the file differs from {source.base}: {first.kind}{more}",
            where=first.path,
            help="commit it"
            if first.kind == "ignored"
            else "commit it, or put it aside with `git stash push -- " + first.path + "`",
        )
    for file in sorted(filter(outside, edited)):
        raise RepositoryError(
            "this values file lies outside the repository, so no commit can hold an edit of it",
            where=file,
            help="use --plan, or copy the file into the repository",
        )


def check_plan(plan: Plan) -> None:
    """Raise BlockedError where a plan must not be written."""
    if plan.status != "blocked":
        return
    undecided = plan.open_images
    if undecided:
        first = undecided[0]
        names = ", ".join(image.before for image in undecided)
        possible = f" (possible: {', '.join(first.candidates[:4])})" if first.candidates else ""
        raise BlockedError(
            f"it is not decided what {names} {'becomes' if len(undecided) == 1 else 'become'}",
            where=plan.title,
            help=f"choose with --to {first.before}=IMAGE:TAG{possible}, leave it out with --keep {first.before}, "
            "or leave all such images as they are with --accept image-undecided",
        )
    finding = plan.open_errors[0]
    way, flag = finding.help or "see --plan", f"--accept {finding.code}"
    rest = (
        f"; or leave {', '.join(plan.keepable)} with --keep blocked, and the rest moves"
        if plan.keepable
        else ""
    )
    raise BlockedError(
        f"{finding.code}: {finding.message}",
        where=plan.title,
        help=(way if flag in way else f"{way}; or take it as it is with {flag}") + rest,
    )


def check_branch(source: Source, plan: Plan) -> None:
    """Raise DirtyChartError, BranchExistsError, IdentityError or RepositoryError before anything is written."""
    repository = check_source(source)
    paths = sorted({file for step in plan.editing_steps for file in step.written})
    check_edits(source, paths)
    repository.check_writable(plan.branch, paths)


@record
class Draft:
    """A branch that may be written: all that is checked has been, and nothing is written yet.

    ``digests`` are what the tags of its images named when registries were asked.
    """

    repository: Repository
    branch: str
    base: str
    commits: tuple[CommitDraft, ...]
    digests: Mapping[Reference, str] = field(default_factory=dict, hash=False)

    def write(self, options: Options) -> Sequence[str]:
        """Write the branch; returns the ids of its commits, oldest first.

        With ``run_hooks`` the user's hooks for commits look at each commit first; with ``live`` the registries are
        asked once more. Raises as :meth:`Repository.write_branch` and ``Live.check_again`` do.
        """
        if options.live:
            options.live.check_again(self.digests)
        return self.repository.write_branch(self.branch, self.base, self.commits, run_hooks=options.run_hooks)


def draft_of(source: Source, plan: Plan) -> Draft | None:
    """The branch of a plan; None if there is nothing to do. Raises what forbids to write it."""
    repository = check_source(source)
    check_plan(plan)
    if not plan.editing_steps:
        return None
    check_branch(source, plan)
    drafts = []
    for step in plan.editing_steps:
        if step.commit is None:
            raise AssertionError(f"the step {step.name} edits without a commit")
        message = format_message(step.commit.subject, step.commit.body, step.commit.trailers)
        drafts.append(CommitDraft(message, step.written))
    digests = {Reference.parse(image.after): image.digest for image in plan.images if image.digest}
    return Draft(repository, plan.branch, source.commit, tuple(drafts), digests)


def apply_plan(source: Source, plan: Plan, options: Options) -> Sequence[str]:
    """Write the branch; returns the ids of its commits, oldest first (none if there is nothing to do)."""
    draft = draft_of(source, plan)
    return draft.write(options) if draft else []
