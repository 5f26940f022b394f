"""The questions for a whole chart: pull secret, probes, and the chart's new version."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from migrate_dhi.migration.plan import StepOutcome
from migrate_dhi.regex import regex
from migrate_dhi.steps import EXCHANGES
from migrate_dhi.steps.versions import raised
from migrate_dhi.ui import console, prompts
from migrate_dhi.ui.lines import BLANK, Span, one_line
from migrate_dhi.ui.prompts import Option
from migrate_dhi.ui.session import ChartSession

_TYPE, _NONE = "\n type", ""
_SECRET = regex(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")

# What a policy does, and what is lost by it.
POLICIES: Mapping[str, str] = {
    "shell": "probes that run a shell become TCP connects; these show an open port, not a sound service",
    "tcp": "every exec probe becomes a TCP connect; the checks that commands made are lost",
    "exec": "the same commands without their shell where they are plain ones, else TCP connects",
    "strong": "the strongest check without a shell: HTTP, gRPC, the plain command, else TCP connects",
    "auto": "as shell, but only where the hardened image has no shell",
    "keep": "all probes stay; one that needs what the image lacks fails, and the pod restarts",
}


def ask_secret(session: ChartSession) -> None:
    """The name of the pull secret: those that the repository uses already come first."""
    answer = pick_secret(
        session.known_secrets(), session.registries, session.secret(), maybe=session.possible_secrets()
    )
    session.change(pull_secret=answer, steps=_without(session, "pull-secret"))


def pick_secret(
    known: Sequence[str], registries: Iterable[str], now: str = "", *, maybe: Sequence[str] = ()
) -> str:
    """The name of a pull secret, one of those ``known``, ``now`` or typed; empty for none.

    Those that are ``maybe`` it are offered too, and never taken for the answer.
    """
    options = [Option(name, f"{name} (used in this repository)", name) for name in known]
    options += [
        Option(name, f"{name} (a login made here, which does not show its registry)", name)
        for name in maybe
        if name not in (*known, now)
    ]
    options += [
        Option(_TYPE, "Type the name of a secret"),
        Option(_NONE, "None: leave this step out" + ("" if known else "; no name is known here"), "none"),
    ]
    if now and now not in known:
        options.insert(0, Option(now, now))
    question = f"Name of the pull secret for {' and '.join(sorted(registries))}"
    answer = prompts.select(question, options, now or next(iter(known), _NONE))
    if answer == _TYPE:
        answer = prompts.text("Its name in the cluster (empty: none)", "", _secret_complaint)
    return answer


def ask_probes(session: ChartSession) -> None:
    """What happens to exec probes: what each policy does in this chart, and what it loses."""
    console.progress("trying the policies for probes")
    outcomes = {policy: _probes(session, policy) for policy in POLICIES}
    console.progress("")
    look = console.look()
    if all(outcome.status in {"not-needed", "waiting", "skipped"} for outcome in outcomes.values()):
        text = f"No policy changes a probe here: {one_line(outcomes['tcp'].reason)}."
        lines = look.wrap((Span(f"{look.glyphs.neutral} ", "faint"),), [Span(text, "faint")], hang=2)
        console.show_lines([BLANK, *lines])
        return
    lines = [BLANK, (Span("Probes: what each policy does", "title"),)]
    for policy, text in POLICIES.items():
        lines += look.wrap((Span(f"  {policy:<7} ", "name"),), [Span(f"{text}.")], hang=10)
    console.show_lines(lines)
    options = [Option(policy, f"{policy:<7} {_here(outcomes[policy])}", policy) for policy in POLICIES]
    answer = prompts.select("Probes", options, session.options.choices.probes)
    session.change(probes=answer, steps=_without(session, "probes"))


def ask_bump(session: ChartSession) -> None:
    """How far the chart's own version is raised."""
    version = session.source.chart.version
    options = [
        Option(part, f"{part:<5}  {version} {_arrow()} {raised(version, part)}", part)
        for part in ("patch", "minor", "major")
    ]
    options.append(Option(_NONE, "Leave the versions as they are", "none"))
    skipped = session.answers.steps.get("versions") == "skip"
    answer = prompts.select(
        "Raise the chart's version", options, _NONE if skipped else session.options.choices.bump
    )
    steps = _without(session, "versions")
    if answer == _NONE:
        session.change(bump=None, steps={**steps, "versions": "skip"})
    else:
        session.change(bump=answer, steps=steps)


def _probes(session: ChartSession, policy: str) -> StepOutcome:
    answers = replace(session.answers, probes=policy, steps=_without(session, "probes"), pinned={})
    return session.outcome(
        "probes", session.plan_of(answers, only=(*(step.name for step in EXCHANGES), "registry", "probes"))
    )


def _here(outcome: StepOutcome) -> str:
    if outcome.edits:
        probes = "1 probe changes" if outcome.done == 1 else f"{outcome.done} probes change"
        return probes if outcome.done == outcome.of else f"{probes}, {outcome.of - outcome.done} cannot"
    if outcome.status == "skipped":
        return "nothing changes"
    if outcome.status == "blocked":
        return f"not possible: {one_line(outcome.reason)}"
    return f"nothing changes: {one_line(outcome.reason)}"


def _without(session: ChartSession, name: str) -> dict[str, str]:
    """The decisions on steps without one that is asked for again."""
    return {step: done for step, done in session.answers.steps.items() if step != name}


def _secret_complaint(name: str) -> str:
    if name and not _SECRET.fullmatch(name):
        return "the name of a Secret has small letters, digits, dashes and dots only"
    return ""


def _arrow() -> str:
    return console.look().glyphs.arrow
