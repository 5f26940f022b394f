"""A plan as the text of a pull request, in GitHub's Markdown (GitLab and Gitea read it too)."""

import re
from collections.abc import Iterable, Iterator, Sequence

from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.findings import Finding, is_accepted
from migrate_dhi.kube.manifests import ROLLED_OUT
from migrate_dhi.migration.plan import Check, ImageFacts, Plan, PlannedImage
from migrate_dhi.ui.images_text import uses_words
from migrate_dhi.ui.lines import one_line, safe
from migrate_dhi.ui.remarks_text import SEVERITIES, place_words

# What Markdown or the HTML in it would act on in running text.
_ACTIVE = re.compile(r"([\\`*_\[\]<>|#~$@&])")
_IMAGE_WORDS = {
    "already-dhi": "hardened already",
    "no-counterpart": "stays: no hardened counterpart",
    "kept": "stays: kept on purpose",
    "fixed": "stays: no value reaches it",
    "undecided": "**needs a choice**",
}


def failure_markdown(chart: str, error: MigrateDhiError) -> str:
    """A chart of several that could not be planned."""
    where = f" ({code(error.where)})" if error.where else ""
    return f"## {code(chart)}: no plan\n\n{prose(error.message)}{where}\n"


def plan_markdown(plan: Plan) -> str:
    """The whole text, ending with a line break."""
    sections = [
        _intro(plan),
        _images(plan.images),
        _steps(plan),
        _findings(plan.findings, plan.accepted),
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
        "ready": f"Moves the chart {name} to Docker Hardened Images.",
        "blocked": f"Moves the chart {name} to Docker Hardened Images, **but is blocked**: see below.",
        "nothing-to-do": f"The chart {name} has nothing left to move to Docker Hardened Images.",
    }
    proof = (
        "A step is _proven_ when the chart, rendered before and after it, shows its goal reached and nothing "
        f"else changed: here with {prose(engine.name)} {prose(engine.version)} for Kubernetes "
        f"{prose(engine.kube_version)}, as release {code(plan.release)} in namespace {code(plan.namespace)}."
    )
    lines = [f"## {code(plan.title or chart.path)}: Docker Hardened Images", "", summary[plan.status], proof]
    if any(not step.deployable for step in plan.editing_steps):
        lines += ["", "**Merge the branch as a whole**: some of its commits do not run on their own."]
    return "\n".join(lines)


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield f"|{' --- |' * len(titles)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _images(images: Sequence[PlannedImage]) -> str:
    if not images:
        return ""
    titles = ("Before", "After", "User", "Shell", "End of life", "Used by")
    return "\n".join(["### Images", "", *_table(titles, map(_image_row, images))])


def _image_row(image: PlannedImage) -> Sequence[str]:
    facts = image.facts or ImageFacts()
    known = image.facts is not None
    user = " ".join(part for part in (facts.user, "" if facts.uid is None else f"({facts.uid})") if part)
    shell = ", ".join(facts.shells) or ("none" if known else "")
    return (
        code(image.before),
        code(image.after) if image.after else _IMAGE_WORDS[image.status],
        prose(user) + (", assumed" if user and facts.assumed else ""),
        prose(shell),
        prose("" if facts.assumed else facts.end_of_life),
        "; ".join(map(prose, uses_words(image.used_by))),
    )


def _steps(plan: Plan) -> str:
    if not plan.steps:
        return ""
    rows = []
    for step in plan.steps:
        reached = f" ({step.done} of {step.of})" if step.of and step.done < step.of else ""
        edits = ", ".join(dict.fromkeys(f"{code(edit.path)}" for edit in step.edits))
        rows.append(
            (prose(step.name), prose(step.status.replace("-", " ")) + reached, prose(step.reason), edits)
        )
    return "\n".join(["### Steps", "", *_table(("Step", "Status", "Why", "Values changed"), rows)])


def _findings(findings: Iterable[Finding], accepted: frozenset[str]) -> str:
    lines = []
    for finding in sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity)):
        taken = finding.severity == "error" and is_accepted(finding.code, accepted)
        place = f" ({prose(place_words(finding))})" if place_words(finding) else ""
        advice = f" _{prose(finding.help)}_" if finding.help else ""
        title = f"**{finding.severity}** {code(finding.code)}{' (accepted)' if taken else ''}"
        lines.append(f"- {title}: {prose(finding.message)}{place}{advice}")
    return "\n".join(["### Findings", "", *lines]) if lines else ""


def _checks(plan: Plan) -> str:
    if not plan.editing_steps:
        return ""
    lines = ["### After the sync", "", "These commands only read:", "", "```sh"]
    # A playbook's word on the same command says more.
    checks = {check.command: check for check in (*rollout_checks(plan), *plan.checks)}.values()
    expected = [f"  # {safe(one_line(check.expect))}" if check.expect else "" for check in checks]
    lines += [safe(one_line(check.command)) + note for check, note in zip(checks, expected, strict=True)]
    return "\n".join([*lines, "```"])


def rollout_checks(plan: Plan) -> Iterator[Check]:
    """The rollout of each workload whose image changes."""
    uses = [use for image in plan.images if image.status == "migrate" for use in image.used_by]
    workloads = dict.fromkeys(f"{use.kind.lower()}/{use.name}" for use in uses if use.kind in ROLLED_OUT)
    for workload in workloads:
        yield Check(f"kubectl --namespace {plan.namespace} rollout status {workload}")
    yield Check(f"kubectl --namespace {plan.namespace} get pods", "every container ready, none restarting")


def _rollback(plan: Plan) -> str:
    if not plan.editing_steps:
        return ""
    command = code(f"migrate-dhi rollback {plan.branch}")
    before = f"Before the merge: {command} takes the branch back, and keeps a backup of it."
    after = "After the merge: `git revert -m 1 COMMIT` (of a squashed merge without `-m 1`), then sync."
    return "\n".join(["### How to roll back", "", f"- {before}", f"- {after}"])
