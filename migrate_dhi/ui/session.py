"""One chart of a wizard's session: its answers so far, and the plan that they lead to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from migrate_dhi.migration.choices import check_choices
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.plan import Plan, StepOutcome
from migrate_dhi.migration.planning import plan as plan_survey
from migrate_dhi.migration.possible_secrets import possible_secrets
from migrate_dhi.migration.pullsecret_names import known_pull_secrets
from migrate_dhi.migration.survey import Survey
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.ui import console
from migrate_dhi.ui.answers import ChartAnswers

if TYPE_CHECKING:
    from migrate_dhi.migration.source import Source

Move = int
NEXT, BACK, NOT_ASKED = 1, -1, 0
Stage = Callable[[Move], Move]


def walk(stages: Sequence[Stage], direction: Move) -> Move:
    """Go through questions, back and forth; returns the direction in which the last one was left.

    Each stage is told the direction it is entered in, and says where to go: on, back, or, where there was
    nothing to ask, just further the same way.
    """
    at = 0 if direction >= 0 else len(stages) - 1
    direction = direction or NEXT
    while 0 <= at < len(stages):
        direction = stages[at](direction) or direction
        at += direction
    return direction


@record
class Common:
    """What holds for all charts of a session; ``given`` are the answers that flags have given already."""

    options: Options
    given: frozenset[str]


@dataclass
class ChartSession:
    """A chart with its answers: what differs from the plan that flags and the repository make.

    ``saved`` are the answers of a file, with which ``answers`` begin; ``left_out`` says that nothing is written of it,
    ``failed`` that no plan could be made.
    """

    source: "Source"
    common: Common
    saved: ChartAnswers = field(default_factory=ChartAnswers)
    answers: ChartAnswers = field(default_factory=ChartAnswers)
    left_out: bool = False
    failed: bool = False
    _plans: list[tuple[Options, Plan]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.answers = self.saved

    @cached_property
    def survey(self) -> Survey:
        """What is found of the chart; made once, whatever is answered."""
        return Survey(self.source, self.common.options).__enter__()

    def close(self) -> None:
        """Remove what the survey keeps in the temporary folder."""
        if "survey" in self.__dict__:
            self.survey.close()

    @property
    def path(self) -> str:
        """The chart's path in the repository."""
        return self.source.title

    @property
    def options(self) -> Options:
        """The options of the plan with the answers so far."""
        return self.answers.applied(self.common.options)

    @property
    def first(self) -> Plan:
        """The plan as flags alone make it."""
        return self.plan_of(ChartAnswers())

    @property
    def plan(self) -> Plan:
        """The plan with the answers so far."""
        return self.plan_of(self.answers)

    def plan_of(self, answers: ChartAnswers, explore: str = "", only: Sequence[str] = ()) -> Plan:
        """The plan with these answers; made once for the same ones. Raises what a survey and a plan raise."""
        options = answers.applied(self.common.options)
        if explore or only:
            choices = replace(options.choices, explore=explore, only=tuple(only) or options.choices.only)
            options = replace(options, choices=choices)
        for known, plan in self._plans:
            if known == options:
                return plan
        check_choices(self.source, options)
        plan = plan_survey(self.survey, options)
        console.progress("")
        self._plans.append((options, plan))
        return plan

    def outcome(self, name: str, plan: Plan | None = None) -> StepOutcome:
        """What becomes of one step, in the plan as it is or in another one."""
        return next(step for step in (plan or self.plan).steps if step.name == name)

    def change(self, **changes: object) -> None:
        """Change answers; the plan follows."""
        self.answers = replace(self.answers, **changes)  # type: ignore[arg-type]

    def forget(self) -> None:
        """Take all answers of the session back."""
        self.answers = self.saved

    def asks(self, key: str) -> bool:
        """Whether the wizard may ask: what a flag says is not asked."""
        return key not in self.common.given

    @property
    def registries(self) -> set[str]:
        """Where the hardened images of this plan come from."""
        return {
            Reference.parse(image.after or image.before).canonical().registry
            for image in self.plan.images
            if image.status in {"migrate", "already-dhi"}
        }

    def known_secrets(self) -> list[str]:
        """Names of pull secrets for the registries of this plan that the repository uses already."""
        return known_pull_secrets(self.source, self.registries) if self.registries else []

    def possible_secrets(self) -> list[str]:
        """Names of logins that the namespaces of this plan get and that do not show their registry."""
        spaces = [release.namespace or "default" for release in self.source.target.releases]
        return [one.name for one in possible_secrets(self.source.files, spaces)] if self.source.files else []

    def secret(self) -> str:
        """The pull secret of the plan: as answered or by flag, else the only one that is known."""
        known = self.known_secrets()
        if self.answers.pull_secret is not None:
            return self.answers.pull_secret
        return self.common.options.choices.pull_secret or (known[0] if len(known) == 1 else "")

    def proposal(self) -> ChartAnswers:
        """What ``--yes`` would do without any of the answers: the flags that say it are not needed."""
        known = self.known_secrets()
        choices = self.common.options.choices
        only_one = known[0] if len(known) == 1 else ""
        return ChartAnswers(
            pull_secret=choices.pull_secret or only_one, probes=choices.probes, bump=choices.bump
        )
