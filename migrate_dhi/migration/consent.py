"""What a plan does with consent: a blocked step is an error of its own, and the branch tells what was accepted."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from migrate_dhi.findings import Finding, is_accepted
from migrate_dhi.migration.findings import of_tried
from migrate_dhi.migration.plan import StepOutcome, Tried
from migrate_dhi.steps.step import Goal


def of_nothing(
    step: str, reason: str, tried: Sequence[Tried], notices: Sequence[Finding], accepted: Collection[str]
) -> list[Finding]:
    """A step that reaches nothing, as one error.

    It is what would have to be accepted for a proposal to hold; where there is no such thing, or accepting it
    did not help, the code that the parts of the step have.
    """
    able = [finding for finding in of_tried(step, tried) if not is_accepted(finding.code, accepted)]
    worst = [notice for notice in notices if notice.severity == "error"]
    message = f"the step {step} is blocked: {reason}"
    if tried and all(one.beside for one in tried):
        # What it would change besides is the reason, and not the chart.
        way = "plan that release, or both together by what they share (FILE or a chart); or give this one its own value"
        worst = [replace(notice, help=way) for notice in worst]
        message = f"{message}; each that was tried: {tried[0].verdict}"
    elif tried:
        message = f"{message}; tried: {tried[0].reason}: {tried[0].verdict}"
    return able or [replace(notice, message=message) for notice in worst[:1]]


def of_rest(
    step: str, goal: Goal, tried: Sequence[Tried], notices: Sequence[Finding], accepted: Collection[str]
) -> list[Finding]:
    """What a step tells of a goal that it does not reach, beside others that it does.

    Where a proposal would hold if the user accepted what it changes besides, an error tells that, too.
    """
    head = f"{goal.label}: "
    own = (replace(one, reason=one.reason.removeprefix(head)) for one in tried if one.reason.startswith(head))
    able = next((one for one in of_tried(step, own) if not is_accepted(one.code, accepted)), None)
    if able is None:
        return list(notices)
    ways = (("--accept", able.code), *(("--keep", str(image)) for image in goal.images))
    return [
        replace(
            one,
            message=f"{one.message}; {able.message}",
            help=f"accept that with --accept {able.code}; or {one.help}",
            ways=ways,
        )
        if one.severity == "error"
        else one
        for one in notices
    ]


def first_of(notices: Sequence[Finding]) -> str:
    """The first of what a step has to say, and how much more there is."""
    more = f" (and {len(notices) - 1} more alike)" if len(notices) > 1 else ""
    return notices[0].message + more


def of_blocked(outcome: StepOutcome, told: Sequence[Finding], only: Collection[str]) -> list[Finding]:
    """An error for a blocked step that has told none; with it a blocked step always has a name to accept it by.

    One that lacks what another should have moved is told by :func:`with_lacking`.
    """
    if outcome.status != "blocked" or outcome.lacks or any(finding.severity == "error" for finding in told):
        return []
    message = f"the step {outcome.name} is blocked: {outcome.reason}"
    way = (
        "ask for what it needs with --only, too, or leave it out there"
        if outcome.name in only
        else f"leave it out with --skip {outcome.name}"
    )
    return [Finding("step-blocked", "error", message, help=way)]


def with_lacking(outcomes: Sequence[StepOutcome], only: Collection[str]) -> list[StepOutcome]:
    """The outcomes, with one error for all that lack a step which was left out.

    Where that step was tried, its own error is the one to decide: the others follow from it.
    """
    by_name = {outcome.name: outcome for outcome in outcomes}
    left = [
        outcome
        for outcome in outcomes
        if outcome.lacks
        and not any(f.severity == "error" for name in outcome.lacks for f in by_name[name].findings)
    ]
    if not left:
        return list(outcomes)
    first, several = left[0], len(left) > 1
    names = [outcome.name for outcome in left]
    message = (
        f"the steps {', '.join(names[:-1])} and {names[-1]} are blocked: each {first.reason}"
        if several
        else f"the step {first.name} is blocked: {first.reason}"
    )
    them = "them" if several else "it"
    way = (
        f"ask for what {'they need' if several else 'it needs'} with --only, too, or leave {them} out there"
        if first.name in only
        else f"leave {them} out, too, with {' '.join(f'--skip {name}' for name in names)}"
    )
    finding = Finding("step-blocked", "error", message, help=way)
    return [replace(one, findings=(*one.findings, finding)) if one is first else one for one in outcomes]


def with_consent(
    outcomes: Sequence[StepOutcome], findings: Sequence[Finding], accepted: Collection[str]
) -> tuple[StepOutcome, ...]:
    """The steps, the last commit of which tells the errors that were accepted and the warnings of the whole plan."""
    last = max((at for at, outcome in enumerate(outcomes) if outcome.commit), default=-1)
    lines = _consent(findings, accepted)
    if last < 0 or not lines:
        return tuple(outcomes)
    outcome = outcomes[last]
    commit = outcome.commit and replace(outcome.commit, body="\n".join([outcome.commit.body, "", *lines]))
    return (*outcomes[:last], replace(outcome, commit=commit), *outcomes[last + 1 :])


def _consent(findings: Sequence[Finding], accepted: Collection[str]) -> list[str]:
    taken = [f for f in findings if f.severity == "error" and is_accepted(f.code, accepted)]
    warnings = [finding for finding in findings if finding.severity == "warning"]
    lines: list[str] = []
    for title, found in (("Accepted errors:", taken), ("Warnings:", warnings)):
        told = dict.fromkeys(f"- {finding.code}: {' '.join(finding.message.split())}" for finding in found)
        lines += [*([""] if lines and told else []), *([title, *told] if told else [])]
    return lines
