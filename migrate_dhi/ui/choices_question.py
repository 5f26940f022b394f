"""The questions for a whole chart: pull secret, probes, and the chart's new version."""

import re
import sys
from collections.abc import Mapping
from dataclasses import replace

from migrate_dhi.migration.plan import StepOutcome
from migrate_dhi.steps.versions import raised
from migrate_dhi.ui import console, prompts
from migrate_dhi.ui.lines import BLANK, Span, one_line
from migrate_dhi.ui.prompts import Option
from migrate_dhi.ui.session import BACK, NEXT, NOT_ASKED, ChartSession, Move

_BACK, _TYPE, _NONE = "\n back", "\n type", ""
_SECRET = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")

# What a policy does, and what is lost by it.
POLICIES: Mapping[str, str] = {
    "shell": "probes that run a shell become TCP connects; these show an open port, not a sound service",
    "tcp": "every exec probe becomes a TCP connect; the checks that commands made are lost",
    "exec": "the same commands without their shell where they are plain ones, else TCP connects",
    "strong": "the strongest check without a shell: HTTP, gRPC, the plain command, else TCP connects",
    "auto": "as shell, but only where the hardened image has no shell",
    "keep": "all probes stay; one that needs what the image lacks fails, and the pod restarts",
}


def ask_secret(session: ChartSession) -> Move:
    """The name of the pull secret: those that the repository uses already come first."""
    if not session.asks("pull_secret") or _settled(session):
        return NOT_ASKED
    known = session.known_secrets()
    options = [Option(name, f"{name} (used in this repository)", name) for name in known]
    options += [
        Option(_TYPE, "Type the name of a secret"),
        Option(_NONE, "None: leave this step out" + ("" if known else "; no name is known here"), "none"),
        Option(_BACK, "Back"),
    ]
    typed = session.answers.pull_secret
    if typed and typed not in known:
        options.insert(0, Option(typed, typed))
    default = session.default_secret() if typed is None else typed
    answer = prompts.select("Name of the pull secret", options, default)
    if answer == _BACK:
        return BACK
    if answer == _TYPE:
        answer = prompts.text("Its name in the cluster (empty: none)", "", _secret_complaint)
    session.answer(pull_secret=answer, steps=_without(session, "pull-secret"))
    return NEXT


def ask_probes(session: ChartSession) -> Move:
    """What happens to exec probes: what each policy does in this chart, and what it loses."""
    if not session.asks("probes"):
        return NOT_ASKED
    console.progress("trying the policies for probes")
    outcomes = {"tcp": _probes(session, "tcp")}
    if outcomes["tcp"].status in {"not-needed", "skipped"} and not outcomes["tcp"].findings:
        console.progress("")
        return NOT_ASKED
    outcomes |= {policy: _probes(session, policy) for policy in POLICIES if policy not in outcomes}
    console.progress("")
    look = console.look_of(sys.stdout)
    if all(outcome.status in {"not-needed", "skipped"} for outcome in outcomes.values()):
        text = f"No policy changes a probe here: {one_line(outcomes['tcp'].reason)}."
        lines = look.wrap((Span(f"{look.glyphs.neutral} ", "faint"),), [Span(text, "faint")], hang=2)
        console.show_lines([BLANK, *lines])
        return NOT_ASKED
    lines = [BLANK, (Span("Probes: what each policy does", "title"),)]
    for policy, text in POLICIES.items():
        lines += look.wrap((Span(f"  {policy:<6} ", "name"),), [Span(f"{text}.")], hang=9)
    console.show_lines(lines)
    chosen = session.answers.probes or session.common.options.choices.probes
    options = [Option(policy, f"{policy:<6} {_here(outcomes[policy])}", policy) for policy in POLICIES]
    answer = prompts.select("Probes", [*options, Option(_BACK, "Back")], chosen)
    if answer == _BACK:
        return BACK
    session.answer(probes=answer, steps=_without(session, "probes"))
    return NEXT


def ask_bump(session: ChartSession) -> Move:
    """How far the chart's own version is raised."""
    if not session.asks("bump") or not session.plan.editing_steps or "versions" in session.saved.steps:
        return NOT_ASKED
    version = session.source.chart.version
    options = [
        Option(part, f"{part:<5}  {version} {_arrow()} {raised(version, part)}", part)
        for part in ("patch", "minor", "major")
    ]
    options += [Option(_NONE, "Leave the versions as they are", "none"), Option(_BACK, "Back")]
    skipped = session.answers.steps.get("versions") == "skip"
    default = _NONE if skipped else session.answers.bump or session.common.options.choices.bump
    answer = prompts.select("Raise the chart's version", options, default)
    if answer == _BACK:
        return BACK
    steps = _without(session, "versions")
    if answer == _NONE:
        session.change(bump=None, steps={**steps, "versions": "skip"})
    else:
        session.answer(bump=answer, steps=steps)
    return NEXT


def _settled(session: ChartSession) -> bool:
    """True where there is no pull secret to name, or all pods list it already."""
    answers = replace(session.answers, pull_secret=None, steps=_without(session, "pull-secret"))
    outcome = session.outcome("pull-secret", session.plan_of(answers))
    left_out = outcome.name in session.common.options.choices.skip
    return left_out or outcome.status in {"not-needed", "done"}


def _probes(session: ChartSession, policy: str) -> StepOutcome:
    answers = replace(session.answers, probes=policy, steps=_without(session, "probes"), pinned={})
    return session.outcome("probes", session.plan_of(answers, only=("registry", "probes")))


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
    """The decisions on steps without one that is asked for again; those of a file stay."""
    kept = {step: done for step, done in session.answers.steps.items() if step != name}
    saved = session.saved.steps.get(name)
    return {**kept, name: saved} if saved else kept


def _secret_complaint(name: str) -> str:
    if name and not _SECRET.fullmatch(name):
        return "the name of a Secret has small letters, digits, dashes and dots only"
    return ""


def _arrow() -> str:
    return console.look_of(sys.stdout).glyphs.arrow
