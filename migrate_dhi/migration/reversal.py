"""Takes merged steps back: a new branch with one commit for each, newest first, that undoes its lines alone.

Steps are known by the trees before and after their commits, whatever files they changed; what happened to those
files since stays, and a value that is not as the step left it is a conflict, told and not guessed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from migrate_dhi.errors import BlockedError, RepositoryError, UnknownStepError
from migrate_dhi.findings import Finding, is_accepted
from migrate_dhi.git.commits import CommitDraft
from migrate_dhi.git.repository import Repository
from migrate_dhi.git.trailers import CHART, IMAGE, PROOF, RELEASE, REVERTS, format_message
from migrate_dhi.helm.shelf import Shelf
from migrate_dhi.migration.branch import of_hooks
from migrate_dhi.migration.landed import Target, WrittenStep
from migrate_dhi.migration.restored import Restored, restored
from migrate_dhi.migration.reversed_text import reversed_text
from migrate_dhi.migration.step_texts import unified_diff
from migrate_dhi.migration.tree_edits import Conflict
from migrate_dhi.record import record
from migrate_dhi.wording import shortened
from migrate_dhi.yamledit import MISSING

SUFFIX = "-reversal"
"""How the name of the branch ends that takes a migration back."""
_SHORT = 12


SCHEMA = "migrate-dhi/rollback/1"
DIFFERS, UNPROVEN, BESIDES = "reversal-differs", "reversal-unproven", "reversal-changes-more"
"""The codes of what is to be known of a reversal."""


@record
class RollbackResult:
    """What was done.

    Attributes:
        branch: the branch that went, was moved, or (for merged steps) was written.
        deleted: whether it is gone.
        commit: its last commit now, or "" if it is gone.
        backup: the ref that keeps what was taken back, or "" if there was nothing to do.
        restore: the command that brings it back, or "" if there was nothing to do.
        written: the commits of a branch that reverses merged steps, oldest first.
    """

    branch: str
    deleted: bool
    commit: str
    backup: str = ""
    restore: str = ""
    written: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The result as JSON data."""
        return {
            "schema": SCHEMA,
            "branch": self.branch,
            "deleted": self.deleted,
            "commit": self.commit or None,
            "backup": self.backup or None,
            "restore": self.restore or None,
        }


@record
class ReversedStep:
    """One step as it is taken back.

    ``files`` has path → text afterwards, None for a file that goes, of what changes alone; ``diff`` says the same.
    """

    step: WrittenStep
    files: Mapping[str, str | None]
    diff: str

    def to_json(self) -> dict[str, Any]:
        """The step as JSON data."""
        return {"name": self.step.name, "commit": self.step.commit, "diff": self.diff}


@record
class Reversal:
    """What would be taken back of a merged migration.

    Attributes:
        repository: where.
        target: of what.
        branch: the branch that would be written.
        into: the branch that has the steps.
        base: its commit, which the new branch starts from.
        steps: the steps that are taken back, newest first.
        kept: names of the steps that stay.
        already: names of steps of which nothing is left to take back.
        proof: what the renders show.
        notes: what is to be known besides.
        accepted: codes of error findings that are taken as they are.
    """

    repository: Repository
    target: Target
    branch: str
    into: str
    base: str
    steps: tuple[ReversedStep, ...]
    kept: tuple[str, ...]
    already: tuple[str, ...]
    proof: Restored
    notes: tuple[Finding, ...] = ()
    accepted: frozenset[str] = frozenset()

    @property
    def nothing_to_do(self) -> bool:
        """Whether every step that should go is gone already."""
        return not self.steps

    def subject(self, step: ReversedStep) -> str:
        """The first line of the commit that takes a step back."""
        return f"revert: {step.step.subject}"

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is to be known of it: an error where a field would not be what it was, else warnings."""
        proof = self.proof
        found = [
            Finding(
                DIFFERS,
                "error",
                f"{one} would not be what it was before the steps",
                help="look at what was changed since, or leave a step out with --skip",
            )
            for one in proof.wrong
        ]
        found += [
            Finding(
                BESIDES,
                "warning",
                f"{one} changes too, which the steps had not changed",
                help="what uses the same values since is taken back with them",
            )
            for one in proof.besides
        ]
        found += [
            Finding(
                UNPROVEN,
                "warning",
                f"not rendered: {one}",
                help="name the folder of its chart with --chart-dir, or look at what it renders before you merge",
            )
            for one in proof.unproven
        ]
        return (*found, *self.notes)

    def to_json(self, result: RollbackResult) -> dict[str, Any]:
        """The reversal and what was done as JSON data."""
        return {
            **result.to_json(),
            "into": self.into,
            "reversed": [step.to_json() for step in self.steps],
            "kept": list(self.kept),
            "already": list(self.already),
            "proof": self.proof.to_json(),
            "findings": [finding.to_json() for finding in self.findings],
        }

    def check(self) -> None:
        """Raise BlockedError where it must not be written."""
        wrong = [finding for finding in self.findings if finding.severity == "error"]
        if wrong and not is_accepted(DIFFERS, self.accepted):
            more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
            raise BlockedError(
                f"{wrong[0].code}: {wrong[0].message}{more}",
                where=str(self.target),
                help=f"{wrong[0].help}; or take it as it is with --accept {DIFFERS}",
            )

    def apply(self, *, run_hooks: bool = False) -> RollbackResult:
        """Write the branch; with `run_hooks` the user's hooks look at each commit first.

        Raises:
            BlockedError: an error finding is not accepted.
            BranchExistsError, IdentityError, RepositoryError, RaceLostError, WriteError: as for
                :meth:`migrate_dhi.git.repository.Repository.write_branch`.
        """
        if self.nothing_to_do:
            return RollbackResult(self.branch, deleted=False, commit="")
        self.check()
        drafts = [CommitDraft(self._message(one), _encoded(one.files)) for one in self.steps]
        written = self.repository.write_branch(self.branch, self.base, drafts, run_hooks=run_hooks)
        return RollbackResult(self.branch, deleted=False, commit=written[-1], written=tuple(written))

    def _message(self, one: ReversedStep) -> str:
        lines = [f"- {file}" for file in sorted(one.files)]
        body = [f"Takes back the step {one.step.name} of commit {one.step.commit[:_SHORT]}.", "", *lines]
        if len(self.steps) > 1:
            body += ["", "Merge the branch as a whole: its parts may not run alone."]
        images = tuple(" -> ".join(reversed(image.split(" -> ", 1))) for image in one.step.images)
        trailers: dict[str, Sequence[str]] = {
            REVERTS: one.step.names,
            CHART: (self.target.chart,) if self.target.chart else (),
            RELEASE: self.target.releases,
            IMAGE: images,
            PROOF: (self.proof.engine,) if self.proof.proven else (),
        }
        return format_message(
            self.subject(one), "\n".join(body), {key: value for key, value in trailers.items() if value}
        )


def _encoded(files: Mapping[str, str | None]) -> dict[str, bytes | None]:
    return {
        path: None if text is None else text.encode("utf-8", "surrogateescape")
        for path, text in files.items()
    }


def plan_reversal(
    repository: Repository,
    target: Target,
    steps: Sequence[WrittenStep],
    *,
    into: str,
    base: str,
    branch: str,
    to_step: str | None = None,
    skip: Sequence[str] = (),
    accept: frozenset[str] = frozenset(),
    run_hooks: bool = False,
    shelf: Shelf,
) -> Reversal:
    """What taking merged steps back would do; changes nothing.

    Args:
        repository: where.
        target: what the steps are for.
        steps: those that are in force, oldest first.
        into: the branch that has them, for people.
        base: its commit.
        branch: the branch to write.
        to_step: the last step to keep, or None to keep none.
        skip: names of steps that stay.
        accept: codes of error findings that are taken as they are.
        run_hooks: whether the user's hooks will look at the commits.
        shelf: where charts come from, for the proof.

    Raises:
        UnknownStepError: `to_step` or one of `skip` is not among the steps.
        BranchExistsError: there is a branch of that name.
        BlockedError: a value was changed since.
    """
    kept, going = _parted(target, steps, to_step, skip)
    reversed_steps, already = _reverse(repository, base, going)
    if reversed_steps:
        repository.require_free(branch)
    files = {path: text for one in reversed_steps for path, text in one.files.items()}
    states = [(one.step.parent, one.step.commit) for one in reversed_steps]
    proof = restored(repository, states, base, files, shelf=shelf) if files else Restored()
    return Reversal(
        repository=repository,
        target=target,
        branch=branch,
        into=into,
        base=base,
        steps=tuple(reversed_steps),
        kept=tuple(name for step in kept for name in step.names),
        already=tuple(already),
        proof=proof,
        notes=tuple(of_hooks(repository, run_hooks=run_hooks)),
        accepted=accept,
    )


def _parted(
    target: Target, steps: Sequence[WrittenStep], to_step: str | None, skip: Sequence[str]
) -> tuple[list[WrittenStep], list[WrittenStep]]:
    """The steps that stay, and those that go, oldest first."""
    names = [name for step in steps for name in step.names]
    for name in (*skip, *((to_step,) if to_step else ())):
        if name not in names:
            raise UnknownStepError(
                f"no step {name!r} of {target} is merged", help=f"the merged steps are: {', '.join(names)}"
            )
    last = next((n for n, step in enumerate(steps) if to_step in step.names), -1) if to_step else -1
    for step in steps:
        split = set(step.names) & {*skip} not in (set(), set(step.names))
        if split or (to_step in step.names[:-1]):
            raise RepositoryError(
                f"the steps {', '.join(step.names)} were squashed into one commit ({step.commit[:_SHORT]})",
                help="they can be taken back together alone; or keep the branch that they came from, and name it",
            )
    kept = [step for n, step in enumerate(steps) if n <= last or step.names[0] in skip]
    return kept, [step for step in steps if step not in kept]


def _reverse(
    repository: Repository, base: str, going: Sequence[WrittenStep]
) -> tuple[list[ReversedStep], list[str]]:
    """Each step undone on what is left by the one before, newest first; and those with nothing to undo."""
    newest_first = list(reversed(going))
    rootless = next((step for step in newest_first if not step.parent), None)
    if rootless:
        raise RepositoryError(
            f"the commit before {rootless.commit[:_SHORT]} is not in this clone",
            help="run: git fetch --unshallow",
        )
    diffs = repository.differences([(step.parent, step.commit) for step in newest_first])
    blobs = repository.blobs(
        [blob for diff in diffs for one in diff for blob in (one.before, one.after) if blob]
    )
    paths = sorted({one.path for diff in diffs for one in diff})
    content = repository.read_all(base, paths)
    now: dict[str, str | None] = {path: _text(content.get(path)) for path in paths}
    found, already = list[ReversedStep](), list[str]()
    conflicts: list[tuple[str, WrittenStep, Conflict]] = []
    for step, diff in zip(newest_first, diffs, strict=True):
        before = dict(now)
        for one in diff:
            old, new = _text(blobs.get(one.before)), _text(blobs.get(one.after))
            now[one.path], faults = reversed_text(one.path, old, new, now[one.path])
            conflicts += [(one.path, step, fault) for fault in faults]
        files = {path: text for path, text in now.items() if text != before[path]}
        shown = (_shown(path, before[path], text) for path, text in sorted(files.items()))
        if files:
            found.append(ReversedStep(step, files, "".join(shown)))
        else:
            already += step.names
    if conflicts:
        raise _conflict(conflicts)
    return found, already


def _shown(path: str, before: str | None, after: str | None) -> str:
    """What changes of a file; of an archive that it does."""
    if "\0" in f"{before}{after}":
        return f"Binary files a/{path} and {'/dev/null' if after is None else f'b/{path}'} differ\n"
    return unified_diff(path, before, after or "")


def _text(content: bytes | None) -> str | None:
    return None if content is None else content.decode("utf-8", "surrogateescape")


def _conflict(conflicts: Sequence[tuple[str, WrittenStep, Conflict]]) -> BlockedError:
    """Every value in the way; the first is the message, for an error has one."""
    told = [_told(*one) for one in conflicts]
    steps = dict.fromkeys(step.name for _, step, _ in conflicts)
    several = f"{len(told)} values were changed since: " if len(told) > 1 else "changed since: "
    skips = " ".join(f"--skip {name}" for step in steps for name in step.split("+"))
    return BlockedError(
        several + "; ".join(told),
        where=conflicts[0][0],
        help=f"set them back by hand on the branch first, or leave the step as it is ({skips})",
    )


def _told(file: str, step: WrittenStep, fault: Conflict) -> str:
    place = f"{fault.place} in {file}" if fault.place else file
    found = "is gone" if fault.found is MISSING else f"is {_short(fault.found)}"
    return f"{place} {found}, and the step {step.name} left {_short(fault.wanted)}"


def _short(value: Any) -> str:
    return shortened("nothing" if value is MISSING else value, 60)
