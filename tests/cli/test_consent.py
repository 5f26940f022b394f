"""One consent model: a finding keeps its severity on every way, and what stands against a plan is said where it is written."""

import json

import pytest


def found(workshop, *args):
    data = json.loads(workshop.run(*args, "--plan", "--format", "json").out)
    return data, {(finding["code"], finding["severity"]) for finding in data["findings"]}


# --- T1: what the plan found is said on every way


def test_what_is_written_tells_warnings_in_two_lines_and_notes_as_a_count(workshop):
    workshop.add("low-port", "apps/x")
    plan, _ = found(workshop, "apps/x")
    warnings = [f for f in plan["findings"] if f["severity"] == "warning"]
    notes = [f for f in plan["findings"] if f["severity"] == "info"]

    ran = workshop.run("apps/x", "--yes")

    said = " ".join(ran.out.split())
    assert ran.code == 0
    assert warnings
    for warning in warnings:
        assert warning["code"] in said
        assert warning["message"][:80] in said
    assert f"{len(notes)} note" in said or not notes


def test_the_last_commit_tells_warnings_and_what_was_accepted(workshop):
    workshop.add("version-in-selector", "apps/x")
    plan, codes = found(workshop, "apps/x", "--accept", "immutable-field")
    assert ("immutable-field", "error") in codes

    assert workshop.run("apps/x", "--yes", "--accept", "immutable-field").code == 0

    last = workshop.git("log", "-1", "--format=%B", "dhi/apps-x")
    assert "Accepted errors:\n- immutable-field: " in last
    for finding in plan["findings"]:
        told = f"- {finding['code']}: {finding['message']}" in last
        assert told == (finding["severity"] != "info"), finding
    first = workshop.git("log", "-1", "--format=%B", "dhi/apps-x~1")
    assert "Warnings:" not in first
    assert "Accepted" not in first
    assert [step["commit"]["body"] for step in plan["steps"] if step["commit"]][-1] in last


def test_the_commit_of_a_plan_without_findings_tells_none(planned):
    plan = planned("strings-secrets", pull_secret="x")
    grave = [finding for finding in plan.findings if finding.severity != "info"]
    bodies = [step.commit.body for step in plan.editing_steps]

    assert ("Warnings:" in bodies[-1]) == bool(grave)


# --- T9: skipping a step never softens an error


@pytest.mark.parametrize("left_out", [("--skip", "probes"), ("--probes", "keep"), ("--only", "registry")])
def test_an_error_stays_one_when_its_step_is_left_out(workshop, left_out):
    workshop.add("probe-lacking", "apps/x")

    plan, codes = found(workshop, "apps/x", *left_out)
    before = workshop.picture()

    assert ("probe-unreached", "error") in codes
    assert plan["status"] == "blocked"
    assert workshop.run("apps/x", "--yes", *left_out).code == 5
    assert workshop.picture() == before
    assert workshop.run("apps/x", "--yes", *left_out, "--accept", "probe-unreached").code == 0


# --- a blocked step is an error with a code


@pytest.mark.parametrize(
    ("case", "flags", "code"),
    [
        ("no-secret-value", ("--pull-secret", "x"), "pull-secret-unreached"),
        ("secret-fixed", ("--pull-secret", "x"), "pull-secret-unreached"),
        ("values-comments", ("--skip", "registry"), "step-blocked"),
    ],
)
def test_a_blocked_step_is_accepted_by_name(workshop, case, flags, code):
    workshop.add(case, "apps/x", foreign=code != "step-blocked")

    plan, codes = found(workshop, "apps/x", *flags)
    assert "blocked" in {step["status"] for step in plan["steps"]}
    assert {code_ for code_, severity in codes if severity == "error"} == {code}
    assert workshop.run("apps/x", "--plan", *flags).code == 5

    for word in (code, "all"):
        accepted, _ = found(workshop, "apps/x", *flags, "--accept", word)
        assert accepted["status"] != "blocked"


def test_a_blocked_step_names_itself_once(planned):
    plan = planned("no-secret-value", pull_secret="x", foreign=True)
    (step,) = plan.blocked_steps
    (error,) = plan.open_errors

    assert error.message == f"the step pull-secret is blocked: {step.reason}"


def test_steps_that_follow_from_a_blocked_one_raise_no_error_of_their_own(planned):
    plan = planned("renamed-repository", to=("dhi.io/valkey:8.1.9-debian13",))
    first, *others = plan.blocked_steps

    assert others
    assert {finding.code for finding in plan.open_errors} == {"unannounced-change"}
    assert {finding.code for finding in first.findings if finding.severity == "error"} == {
        "unannounced-change"
    }


def test_to_accept_what_does_not_help_leaves_the_step_an_error(planned):
    """The code of a surprise covers the surprise, not a step that reaches nothing."""
    plan = planned("values-comments", skip=("registry",), accept=("unannounced-change",))

    assert {finding.code for finding in plan.open_errors} == {"step-blocked"}
