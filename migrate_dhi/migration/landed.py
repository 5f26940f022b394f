"""Which steps the trunks have, however they came there: by a merge, a rebase or a squash.

A merge and a rebase bring the steps' commits with their trailers, and a squash the text of their messages;
where all that is gone, what the branch changes is looked for in the files.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.git.history import Commit, FileDiff
from migrate_dhi.git.repository import Repository
from migrate_dhi.git.trailers import CHART, IMAGE, NEEDS, PROOF, RELEASE, REVERTS, STEP, told_in
from migrate_dhi.migration.tree_edits import made, tree_edits
from migrate_dhi.record import record
from migrate_dhi.regex import regex

Kind = Literal["merge", "rebase", "squash", "content"]
_REVERTED = regex(r"This reverts commit ([0-9a-f]{40,64})")
_TELLING = (f"{STEP}: ", f"{REVERTS}: ", "This reverts commit ")


@record
class Target:
    """What a migration is for: a chart by its path, releases as ``namespace/name``, or both."""

    chart: str
    releases: tuple[str, ...] = ()

    @classmethod
    def of(cls, trailers: Mapping[str, Sequence[str]]) -> "Target":
        """The target that the trailers of a commit name."""
        return cls(next(iter(trailers.get(CHART, ())), ""), tuple(trailers.get(RELEASE, ())))

    def __str__(self) -> str:
        return self.chart or ", ".join(self.releases)

    @property
    def names(self) -> tuple[str, ...]:
        """The chart's path and the releases."""
        return (*((self.chart,) if self.chart else ()), *self.releases)

    def is_named(self, names: Iterable[str]) -> bool:
        """Whether one of the names is the chart's path or a release."""
        return any(name in self.names for name in names)


@record
class WrittenStep:
    """One step, as a commit has it.

    Attributes:
        name: its name; those of a squash are joined with ``+``.
        commit: the commit that made it.
        subject: the commit's subject.
        images: ``old -> new`` for each image that it moved.
        proof: the engine that proved it.
        parent: the commit before it; "" for a root.
        needs: the step without which it does not run, or "".
    """

    name: str
    commit: str
    subject: str
    images: tuple[str, ...]
    proof: str
    parent: str = ""
    needs: str = ""

    @classmethod
    def of(cls, commit: Commit, told: Sequence[Mapping[str, Sequence[str]]]) -> "WrittenStep":
        """The step of a commit, or of a squash all that it tells of."""
        names = dict.fromkeys(name for one in told for name in one.get(STEP, ()))
        images = dict.fromkeys(image for one in told for image in one.get(IMAGE, ()))
        return cls(
            "+".join(names),
            commit.id,
            commit.subject,
            tuple(images),
            next((proof for one in told for proof in one.get(PROOF, ())), ""),
            next(iter(commit.parents), ""),
            next((name for one in told for name in one.get(NEEDS, ()) if name not in names), ""),
        )

    @property
    def names(self) -> list[str]:
        """The names of the steps in this commit."""
        return self.name.split("+")

    def to_json(self) -> dict[str, Any]:
        """The step as JSON data."""
        return {
            "name": self.name,
            "commit": self.commit,
            "subject": self.subject,
            "images": list(self.images),
            "proof": self.proof,
        }


def images_of(steps: Iterable[WrittenStep]) -> dict[str, str]:
    """What each image is after the last of some steps, by what it was."""
    pairs = (image.partition(" -> ") for step in steps for image in step.images)
    return {before: after for before, _, after in pairs}


@record
class Landing:
    """How the steps of a branch came into a trunk: its tip, and its commits that brought them (none by content)."""

    kind: Kind
    trunk: str
    commits: tuple[str, ...] = ()


@record
class Migration:
    """What a trunk has of the newest migration of one target.

    ``steps`` are those in force, oldest first; ``taken_back`` names those that were taken back there.
    """

    target: Target
    steps: tuple[WrittenStep, ...]
    taken_back: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The migration as JSON data."""
        return {
            "chart": self.target.chart,
            "releases": list(self.target.releases),
            "steps": [step.to_json() for step in self.steps],
            "taken_back": list(self.taken_back),
        }


@dataclass
class _Found:
    steps: list[WrittenStep] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    ended: bool = False


class TrunkHistory:
    """The steps in the history of the trunks, read once, when they are first asked for."""

    def __init__(self, repository: Repository, tips: Sequence[str]) -> None:
        self.repository = repository
        self.tips = tips

    @cached_property
    def commits(self) -> dict[str, Commit]:
        """Every commit that tells of steps, newest first."""
        found = self.repository.log((), self.tips, telling=_TELLING)
        return {commit.id: commit for commit in found}

    @cached_property
    def migrations(self) -> dict[Target, Migration]:
        """The newest migration of each target that the trunks know of."""
        found: dict[Target, _Found] = {}
        reverted = self._reverted
        for commit in self.commits.values():
            told = told_in(commit.body)
            for target in dict.fromkeys(Target.of(one) for one in told):
                own = [one for one in told if Target.of(one) == target]
                _take(found.setdefault(target, _Found()), commit, own, reverted=commit.id in reverted)
        return {
            target: Migration(target, tuple(reversed(one.steps)), tuple(reversed(one.gone)))
            for target, one in found.items()
            if one.steps or one.gone
        }

    @cached_property
    def _reverted(self) -> set[str]:
        """Commits that ``git revert`` took back, and with a merge all that it brought.

        Newer ones come first: a revert that was taken back itself takes nothing back.
        """
        found: set[str] = set()
        for commit in self.commits.values():
            for name in _REVERTED.findall(commit.body) if commit.id not in found else ():
                found.add(name)
                if name not in self.commits and self.repository.is_merge(name):
                    found |= {one.id for one in self.repository.log(f"{name}^1", name)}
        return found


def _take(
    found: _Found, commit: Commit, told: Sequence[Mapping[str, Sequence[str]]], *, reverted: bool
) -> None:
    """Add what one commit tells of a target; newer commits were told before."""
    found.undone += [name for one in told for name in one.get(REVERTS, ()) if not reverted]
    made_here = [one for one in told if STEP in one]
    names = [name for one in made_here for name in one[STEP]]
    known = [name for step in found.steps for name in step.names] + found.gone
    if not names or found.ended:
        return
    if any(name in known for name in names):
        # Such a step is in force by now: what is older is another migration.
        found.ended = True
        return
    back = [name for name in names if reverted or name in found.undone]
    found.gone += reversed(back)
    found.undone = [name for name in found.undone if name not in back]
    if len(back) < len(names):
        found.steps.append(WrittenStep.of(commit, made_here))


def landing(
    repository: Repository, steps: Sequence[WrittenStep], base: str, tip: str, target: Target, trunk: str
) -> Landing | None:
    """How what a branch changes came into a trunk that does not have its commits; None if it did not.

    ``steps`` are the branch's, oldest first, between the commits ``base`` and ``tip``.
    """
    (files,) = repository.differences([(base, tip)])
    since = repository.log(base, trunk, paths=[file.path for file in files]) if files else []
    if not since:
        return None
    own = repository.fingerprints([(step.parent, step.commit) for step in steps])
    single = [commit for commit in since if len(commit.parents) == 1]
    prints = dict(
        zip(
            repository.fingerprints([(commit.parents[0], commit.id) for commit in single]),
            [commit.id for commit in single],
            strict=True,
        )
    )
    if all(one in prints for one in own):
        kind: Kind = "rebase" if len(own) > 1 else "squash"
        return Landing(kind, trunk, tuple(prints[one] for one in own))
    (whole,) = repository.fingerprints([(base, tip)])
    if whole in prints:
        return Landing("squash", trunk, (prints[whole],))
    by_name = _by_name(since, target)
    names = {name for step in steps for name in step.names}
    if names <= by_name.keys():
        commits = tuple(dict.fromkeys(by_name[name] for step in steps for name in step.names))
        return Landing("squash" if len(commits) == 1 else "rebase", trunk, commits)
    return Landing("content", trunk) if _holds(repository, files, trunk) else None


def _by_name(commits: Iterable[Commit], target: Target) -> dict[str, str]:
    """The commits that tell of the steps of a target, by the steps' names."""
    return {
        name: commit.id
        for commit in commits
        for one in told_in(commit.body)
        if Target.of(one) == target
        for name in one.get(STEP, ())
    }


def _holds(repository: Repository, files: Sequence[FileDiff], trunk: str) -> bool:
    """Whether the files of a trunk have every value that a branch set."""
    blobs = repository.blobs([blob for file in files for blob in (file.before, file.after) if blob])
    now = repository.read_all(trunk, [file.path for file in files])
    for file in files:
        before, after = (blobs.get(blob, b"").decode(errors="replace") for blob in (file.before, file.after))
        text = now.get(file.path, b"").decode(errors="replace")
        if text == after:
            continue
        try:
            if made(text, tree_edits(before, after), name=file.path) != (text, []):
                return False
        except EditRefusedError:
            return False
    return True
