"""The hand-over as a step of a plan, after all others: what it edits, and why it may be believed."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from migrate_dhi.findings import Finding
from migrate_dhi.helm.renderers import Renderers
from migrate_dhi.migration.handover.comments import of_comments
from migrate_dhi.migration.handover.flux import of_flux
from migrate_dhi.migration.handover.ground import Handed, HandoverGround
from migrate_dhi.migration.handover.rules import of_rules
from migrate_dhi.migration.handover.updater import of_updaters
from migrate_dhi.migration.plan import CommitText, StepOutcome
from migrate_dhi.migration.source import Source
from migrate_dhi.migration.step_texts import trailers_of, unified_diff
from migrate_dhi.record import record
from migrate_dhi.steps import BOTS as NAME
from migrate_dhi.steps.context import Context

_TITLE = "Hand update bots over to the hardened images"
# The findings of a plan that a hand-over settles.
_TOLD = {"bot-comment-stale", "bot-overwrites"}
_BOTS: tuple[Callable[[HandoverGround], Iterator[Handed]], ...] = (
    of_comments,
    of_updaters,
    of_flux,
    of_rules,
)


@record
class Handover:
    """The outcome of the step, and the findings that are left."""

    outcome: StepOutcome
    findings: tuple[Finding, ...]


def hand_over(
    source: Source,
    context: Context,
    outcomes: Sequence[StepOutcome],
    findings: Sequence[Finding],
    renderer: Renderers,
) -> Handover:
    """What of the bots that follow a moving image can be handed over; an edit that the manifests show is none of it."""
    ground = HandoverGround(source, context, [edit for outcome in outcomes for edit in outcome.edits])
    handed = [one for bot in _BOTS for one in bot(ground)] if ground.edits else []
    if not handed:
        told = any(finding.code in _TOLD for finding in findings)
        reason = (
            "what follows an image that moves is yours to word" if told else "no bot is known to follow one"
        )
        return Handover(StepOutcome(NAME, _TITLE, "not-needed", reason), tuple(findings))
    settled = {place for one in handed for place in one.settles}
    left = tuple(one for one in findings if not (one.code in _TOLD and (one.file, one.line) in settled))
    if not _same_manifests(ground, renderer):
        return Handover(
            StepOutcome(NAME, _TITLE, "not-needed", "the manifests would change with it"), tuple(findings)
        )
    return Handover(_outcome(ground, handed, renderer.engine.label), left)


def _same_manifests(ground: HandoverGround, renderer: Renderers) -> bool:
    """Whether the render stays as it is; templates that make something at random differ from render to render."""
    texts = ground.context.texts
    mine = {file: text for file, text in ground.changed.items() if file in texts}
    if not mine:
        return True
    before = ground.context.manifests.files
    differs = _differing(before, renderer.render({**texts, **mine}).files)
    return not differs or differs <= _differing(before, renderer.render(texts, again=True).files)


def _differing(one: Mapping[str, str], other: Mapping[str, str]) -> set[str]:
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


def _outcome(ground: HandoverGround, handed: Sequence[Handed], engine: str) -> StepOutcome:
    context = ground.context
    before = {file: HandoverGround(ground.source, context, ()).text(file) for file in ground.changed}
    facts = list(dict.fromkeys(one.fact for one in handed if one.fact))
    reason = "nothing in the manifests changes" + (
        f"; no render shows the rest: {'; '.join(facts)}" if facts else ""
    )
    lines = [f"- {one.file}: {one.after} takes the place of {one.before or 'nothing'}" for one in handed]
    return StepOutcome(
        NAME,
        _TITLE,
        "proven",
        reason,
        len(handed),
        len(handed),
        edits=tuple(one.edit for one in handed),
        diff="".join(unified_diff(file, text, ground.changed[file]) for file, text in sorted(before.items())),
        commit=CommitText(
            f"chore({context.chart.name}): hand update bots over to the hardened images",
            "\n".join((f"{_TITLE}.", "", *lines, *(["", *facts] if facts else ()))),
            trailers_of(NAME, context, {}, engine),
        ),
        files=dict(ground.changed),
    )
