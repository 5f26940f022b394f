"""A plan as the text of a pull request, in GitHub's Markdown (GitLab and Gitea read it too)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from shlex import quote

from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.finding_codes import codes
from migrate_dhi.findings import Finding, is_accepted
from migrate_dhi.grouping import grouped
from migrate_dhi.kube.manifests import ROLLED_OUT
from migrate_dhi.migration.plan import Check, Effect, Plan
from migrate_dhi.migration.plan_image import ImageFacts, PlannedImage
from migrate_dhi.migration.pullsecret_names import wanted_secrets
from migrate_dhi.regex import regex
from migrate_dhi.ui.changes_text import value_text
from migrate_dhi.ui.images_text import rule_words, stays_words, uses_words
from migrate_dhi.ui.lines import one_line, safe, word_of
from migrate_dhi.ui.plan_text import exchanges, summary_words
from migrate_dhi.ui.remarks_text import first_names, folded, short_place
from migrate_dhi.ui.secret_words import making
from migrate_dhi.wording import counted

# What Markdown or the HTML in it would act on in running text.
_ACTIVE = regex(r"([\\`*_\[\]<>|#~$@&])")
_IMAGE_WORDS = {
    "already-dhi": "hardened already",
    "no-counterpart": "stays: no hardened counterpart",
    "kept": "stays: kept on purpose",
    "fixed": "stays: no value moves it",
    "undecided": "**waits for a choice**",
}
# So many places of one warning are told.
_MOST_ALIKE = 8
# A body of a pull request has 65,536 characters.
_MOST_EFFECTS = 150


def failure_markdown(chart: str, error: MigrateDhiError) -> str:
    """A chart of several that could not be planned."""
    where = f" ({code(error.where)})" if error.where else ""
    return f"## {code(chart)}: no plan\n\n{prose(error.message)}{where}\n"


def plan_markdown(plan: Plan) -> str:
    """The whole text, ending with a line break."""
    sections = [
        _intro(plan),
        _images(plan.images),
        _changes(plan),
        _exchanges(plan),
        _errors(plan),
        _warnings(plan.findings),
        _secrets(plan),
        _checks(plan),
        _rollback(plan),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def prose(text: str) -> str:
    """A foreign text as running text: one line, safe for a terminal, with nothing that Markdown acts on."""
    return _ACTIVE.sub(r"\\\1", safe(one_line(text)))


def code(text: str) -> str:
    """A foreign text as a code span that also holds in a table cell."""
    text = safe(one_line(text)).replace("|", "\\|")
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    blank = " " if longest else ""
    return f"{fence}{blank}{text}{blank}{fence}"


def _intro(plan: Plan) -> str:
    chart, engine = plan.chart, plan.engine
    app = f", app {prose(chart.app_version)}" if chart.app_version else ""
    name = f"{code(chart.name)} ({prose(chart.version)}{app})"
    summary = {
        "ready": f"Moves the chart {name} to Docker Hardened Images: {prose(summary_words(plan))}.",
        "blocked": f"Moves the chart {name} to Docker Hardened Images, **but is blocked**: see below.",
        "nothing-to-do": f"The chart {name} has nothing left to move to Docker Hardened Images.",
    }
    lines = [f"## {code(plan.title or chart.path)}: Docker Hardened Images", "", summary[plan.status]]
    if plan.editing_steps:
        accepted = any(
            is_accepted(one.code, plan.accepted) for one in plan.findings if one.severity == "error"
        )
        besides = ", but for the errors that were accepted" if accepted else ""
        rendered = f"{prose(engine.name)} {prose(engine.version)} for Kubernetes {prose(engine.kube_version)}"
        lines.append(
            f"Each commit is proven: the chart, rendered before and after it with {rendered}, shows its goal reached "
            f"and nothing else changed{besides}."
        )
    if any(not step.deployable for step in plan.editing_steps):
        lines += ["", "**Merge the branch as a whole**: some of its commits do not run on their own."]
    return "\n".join(lines)


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table whose cells are Markdown."""
    yield f"| {' | '.join(titles)} |"
    yield f"|{' --- |' * len(titles)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _images(images: Sequence[PlannedImage]) -> str:
    if not images:
        return ""
    titles = ("Before", "After", "User", "Shell", "End of life", "Used by")
    return "\n".join(["### Images", "", *table(titles, map(_image_row, images))])


def _image_row(image: PlannedImage) -> Sequence[str]:
    facts = image.facts or ImageFacts()
    known = image.facts is not None
    user = " ".join(part for part in (facts.user, "" if facts.uid is None else f"({facts.uid})") if part)
    shell = ", ".join(facts.shells) or ("none" if known else "")
    return (
        code(image.before),
        f"{code(image.after)}{f' ({rule_words(image)})' if image.rule else ''}"
        if image.after
        else stays_words(image) or _IMAGE_WORDS[image.status],
        prose(user) + (", assumed" if user and facts.assumed else ""),
        prose(shell),
        prose("" if facts.assumed else facts.end_of_life),
        "; ".join(map(prose, uses_words(image.used_by))),
    )


def _changes(plan: Plan) -> str:
    """Each commit with the values that it sets; of the other steps those that somebody may miss."""
    lines = []
    for step in plan.steps:
        by_file = grouped((edit.file, code(edit.path)) for edit in step.edits)
        edits = "; ".join(
            f"{', '.join(dict.fromkeys(paths))} in {code(file)}" for file, paths in by_file.items()
        )
        partly = f" ({step.done} of {step.of})" if step.done < step.of else ""
        if step.edits:
            lines.append(f"- {prose(step.commit.subject if step.commit else step.title)}{partly}: {edits}")
        elif step.status in {"blocked", "skipped"}:
            reason = "see the errors" if step.status == "blocked" else prose(step.reason)
            lines.append(f"- _no commit_ for {prose(step.name)}, {step.status}: {reason}")
    waiting = [step for step in plan.steps if step.status == "waiting"]
    if waiting:
        names, reason = ", ".join(prose(step.name) for step in waiting), waiting[0].reason.partition(";")[0]
        lines.append(f"- _no commit yet_ for {names}: {prose(reason)}")
    return "\n".join(["### Changes", "", *lines]) if lines else ""


def _exchanges(plan: Plan) -> str:
    """What exchanged dependencies change in the manifests, object by object."""
    lines = []
    for step in exchanges(plan):
        lines += ["", f"### What the step {prose(step.name)} changes in the manifests", ""]
        by_object = grouped((effect.object, effect) for effect in step.effects)
        told = [line for name, effects in by_object.items() for line in _effects(name, effects)]
        lines += told[:_MOST_EFFECTS]
        if len(told) > _MOST_EFFECTS:
            lines.append(f"- and {counted(len(told) - _MOST_EFFECTS, 'more line')}, in the JSON of the plan")
    return "\n".join(lines).lstrip("\n")


def _effects(name: str, effects: Sequence[Effect]) -> Iterator[str]:
    whole = next((effect for effect in effects if not effect.path), None)
    if whole:
        yield f"- {code(name)} {'appears' if whole.before is None else 'disappears'}"
        return
    yield f"- {code(name)}"
    for effect in effects:
        old, new = value_text(effect.before), value_text(effect.after)
        yield f"  - {code(effect.path)}: {code(old)} → {code(new)}"


def _errors(plan: Plan) -> str:
    lines = []
    for finding in dict.fromkeys(finding for finding in plan.findings if finding.severity == "error"):
        taken = " (accepted)" if is_accepted(finding.code, plan.accepted) else ""
        place = f" ({prose(short_place(finding))})" if short_place(finding) else ""
        advice = f" _{prose(finding.help)}_" if finding.help else ""
        lines.append(f"- {code(finding.code)}{taken}: {prose(first_names(finding.message))}{place}{advice}")
    return "\n".join(["### Errors", "", *lines]) if lines else ""


def _warnings(findings: Iterable[Finding]) -> str:
    """What each warning means, where it holds, and what to do; alike ones together."""
    lines = []
    for equal in folded(finding for finding in findings if finding.severity == "warning"):
        finding = equal[0]
        known = codes().get(finding.code)
        told = [prose(first_names(one.message)) for one in equal[:_MOST_ALIKE]]
        told += [f"and {len(equal) - _MOST_ALIKE} more alike"] if len(equal) > _MOST_ALIKE else []
        advice = f" _{prose(finding.help)}_" if finding.help else ""
        lines.append(f"- {code(finding.code)}: {prose(known.meaning) if known else told.pop(0)}{advice}")
        lines += [f"  - {one}" for one in told]
    return "\n".join(["### What to know", "", *lines]) if lines else ""


def _secrets(plan: Plan) -> str:
    """Whether the pull secret is where it is wanted, and how it is made without a secret in Git."""
    wanted = wanted_secrets(plan)
    if not wanted:
        return ""
    left = len(wanted) - _MOST_ALIKE
    others = f" The same holds for {counted(left, 'more namespace')}." if left > 0 else ""
    wanted = wanted[:_MOST_ALIKE]
    looks = [_kubectl(namespace, "get", "secret", name) for namespace, name in wanted]
    makes = [" ".join(making(plan, namespace, name)) for namespace, name in wanted]
    how = (
        "Where it is not, an operator for external secrets can bring it, or a sealed secret made of this (pipe it "
        "into `kubeseal --format yaml > sealed-pull-secret.yaml`; nothing of it belongs into Git unsealed):"
    )
    lines = ["### Before the merge", "", f"The pull secret must be there.{others} This only looks:", ""]
    return "\n".join([*lines, "```sh", *looks, "```", "", how, "", "```sh", *makes, "```"])


def _kubectl(namespace: str, *words: str) -> str:
    return " ".join(word_of(word) for word in ("kubectl", "--namespace", namespace, *words))


def _checks(plan: Plan) -> str:
    if not plan.editing_steps:
        return ""
    lines = ["### After the sync", "", "These commands only read:", "", "```sh"]
    # A playbook's word on the same command says more.
    checks = {check.command: check for check in (*rollout_checks(plan), *plan.checks)}.values()
    expected = [f"  # {safe(one_line(check.expect))}" if check.expect else "" for check in checks]
    lines += [safe(one_line(check.command)) + note for check, note in zip(checks, expected, strict=True)]
    others = {one.namespace for one in plan.releases if one.role == "target"} - {plan.namespace}
    alike = ["", f"Look alike into {', '.join(map(code, sorted(others)))}."] if others else []
    return "\n".join([*lines, "```", *alike])


def rollout_checks(plan: Plan) -> Iterator[Check]:
    """The rollout of each workload whose image changes."""
    uses = [use for image in plan.images if image.status == "migrate" for use in image.used_by]
    workloads = dict.fromkeys(f"{use.kind.lower()}/{use.name}" for use in uses if use.kind in ROLLED_OUT)
    for workload in workloads:
        yield Check(_kubectl(plan.namespace, "rollout", "status", workload))
    yield Check(_kubectl(plan.namespace, "get", "pods"), "every container ready, none restarting")


def _rollback(plan: Plan) -> str:
    if not plan.editing_steps:
        return ""
    command = code(f"migrate-dhi rollback {quote(plan.branch)}")
    before = f"Before the merge: {command} takes the branch back, and keeps a backup of it."
    after = f"After the merge: {command} writes a branch that takes it back, commit by commit; merge that, then sync."
    return "\n".join(["### How to roll back", "", f"- {before}", f"- {after}"])
