"""What a step is: goals, each with proposals; it writes nothing and renders nothing.

A step looks at the rendered manifests and yields *goals* (an image, a pod, a probe, a version). A goal
proposes edits, best first, and says of any render whether it is reached. Whether a proposal holds is
judged in one place only, ``migration/proof.py``.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

from migrate_dhi.edit import Set
from migrate_dhi.findings import Finding
from migrate_dhi.kube.compare import Change
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.steps.context import Context, Image


@record
class Proposal:
    """What could reach a goal, and one line that says what it does."""

    sets: tuple[Set, ...]
    reason: str


@record
class Reach:
    """How much of a goal a render reaches; ``missing`` names the rest, ``why`` says what it shows instead."""

    done: int
    of: int
    missing: tuple[str, ...] = ()
    why: str = ""

    @property
    def whole(self) -> bool:
        """All of it."""
        return self.done == self.of


@record
class Result:
    """A state of the chart to judge: its texts, and what they render."""

    texts: Mapping[str, str]
    manifests: Manifests


class Goal(Protocol):
    """One thing that a step wants to see in the rendered manifests.

    ``label`` names it for people, ``images`` are the images as they were before all steps that it depends
    on (a step that requires another is blocked for the images which that one did not move).
    """

    @property
    def label(self) -> str:
        """What it is about, for people."""
        ...

    @property
    def images(self) -> tuple[Reference, ...]:
        """The images that it moves."""
        ...

    def propose(self) -> Iterator[Proposal]:
        """Proposals, best first."""
        ...

    def reached(self, result: Result) -> Reach:
        """How much of the goal this result reaches."""
        ...

    def touches(self, change: Change) -> bool:
        """True for a change of what the goal is about, whatever it becomes.

        Where goals share a value, one proposal alone may bring another goal half way.
        """
        ...

    def expects(self, change: Change) -> bool:
        """True for a change that is the goal itself: of the right thing, to the right value."""
        ...


@record
class Goals:
    """What a step wants: goals, or the reason why there are none; and what it noticed.

    ``settled``: there are none, whatever becomes of an image that is not decided on.
    """

    goals: Sequence[Goal] = ()
    idle: str = ""
    settled: bool = False
    blocked: str = ""
    skipped: str = ""
    notices: tuple[Finding, ...] = ()


class Step(Protocol):
    """One step of a migration.

    ``name`` is the word of ``--only`` and ``--skip``; ``requires`` names the steps without which this one
    makes no sense; ``deployable`` is false where its commit alone would not run.
    """

    @property
    def name(self) -> str:
        """``registry``, ``pull-secret``, …"""
        ...

    @property
    def title(self) -> str:
        """One line for people, in the imperative."""
        ...

    @property
    def requires(self) -> tuple[str, ...]:
        """Names of the steps that must have moved an image first."""
        ...

    @property
    def deployable(self) -> bool:
        """Whether the commit of this step alone would run."""
        ...

    def goals(self, context: Context) -> Goals:
        """What this step wants, as the manifests stand now."""
        ...

    def announces(self, context: Context, change: Change) -> bool:
        """True for a change besides the goals that this step announces."""
        ...

    def unreached(self, context: Context, missing: str) -> Finding:
        """What to tell the user of a part of a goal that could not be reached."""
        ...

    def subject(self, context: Context) -> str:
        """The commit's subject after ``type(scope):``, in the imperative.

        The context's texts are as the step leaves them.
        """
        ...


@runtime_checkable
class Tracing(Protocol):
    """A step whose goals ask for traces that no step before it changes anything of."""

    def begin(self, context: Context) -> None:
        """Have traced what it will ask for first, while other work goes on."""
        ...


@runtime_checkable
class SecondThoughts(Protocol):
    """A step that knows another way where its goals cannot be reached as decided."""

    def other_images(self, context: Context, failed: frozenset[Reference]) -> Sequence[Image]:
        """All images of the chart with other decisions for some of the failed ones, or nothing."""
        ...
