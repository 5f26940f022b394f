"""Consent: what a blocked step is called, by what it can be accepted, and what the branch tells of it."""

from types import SimpleNamespace

import pytest

from migrate_dhi.findings import Finding
from migrate_dhi.migration.consent import (
    first_of,
    of_blocked,
    of_nothing,
    of_rest,
    with_consent,
    with_lacking,
)
from migrate_dhi.migration.plan import CommitText, StepOutcome, Tried

ABLE = Tried("set a.b", "changes c", "unannounced-change")
ERROR = Finding("image-undecided", "error", "the template fixes it", file="t.yaml")
WARNING = Finding("float-tag", "warning", "the tag\n  moves")


def outcome(name="tag", status="blocked", **more):
    return StepOutcome(name, name, status, more.pop("reason", "nothing reaches it"), **more)


def told(findings):
    return [(one.code, one.severity, one.message) for one in findings]


# a step that reaches nothing


@pytest.mark.parametrize(
    ("tried", "notices", "accepted", "found"),
    [
        # what would have to be accepted for a proposal to hold
        ([ABLE], [ERROR], (), [("unannounced-change", "tag could set a.b, which changes c")]),
        ([Tried("x", "y"), ABLE], [], (), [("unannounced-change", "tag could set a.b, which changes c")]),
        # accepting it did not help, or there is no such thing: the code that the parts have
        # and the best proposal tells what is in the way
        (
            [ABLE],
            [ERROR],
            ("unannounced-change",),
            [("image-undecided", "the step tag is blocked: why; tried: set a.b: changes c")],
        ),
        (
            [Tried("set x", "line 2 is an alias"), Tried("set y", "z")],
            [WARNING, ERROR, ERROR],
            (),
            [("image-undecided", "the step tag is blocked: why; tried: set x: line 2 is an alias")],
        ),
        ([], [ERROR], (), [("image-undecided", "the step tag is blocked: why")]),
        # accepted by name alone, and not by "all"
        ([ABLE], [], ("all",), [("unannounced-change", "tag could set a.b, which changes c")]),
        ([], [WARNING], (), []),
        ([ABLE], [], ("unannounced-change",), []),
    ],
)
def test_a_step_that_reaches_nothing_is_one_error(tried, notices, accepted, found):
    said = of_nothing("tag", "why", tried, notices, accepted)

    assert told(said) == [(code, "error", message) for code, message in found]


def test_it_keeps_the_place_of_the_first_error():
    (said,) = of_nothing("tag", "why", [], [WARNING, ERROR, Finding("other", "error", "x")], ())

    assert (said.file, said.code) == ("t.yaml", "image-undecided")


@pytest.mark.parametrize(
    ("count", "text"), [(1, "the template fixes it"), (3, "the template fixes it (and 2 more alike)")]
)
def test_the_first_of_what_a_step_has_to_say(count, text):
    assert first_of([ERROR] * count) == text


# a blocked step always has a name


def test_a_blocked_step_that_tells_no_error_gets_one():
    (said,) = of_blocked(outcome(), [WARNING], ())

    assert (said.code, said.severity) == ("step-blocked", "error")
    assert said.message == "the step tag is blocked: nothing reaches it"
    assert said.help == "leave it out with --skip tag"


def test_a_step_that_was_asked_for_alone_is_not_skipped_but_left_out():
    (said,) = of_blocked(outcome(), [], ("tag", "registry"))

    assert said.help == "ask for what it needs with --only, too, or leave it out there"
    assert of_blocked(outcome(), [], ("registry",))[0].help == "leave it out with --skip tag"


@pytest.mark.parametrize(
    ("step", "findings"),
    [
        (outcome(status="ready"), []),
        (outcome(status="not-needed"), []),
        (outcome(lacks=("registry",)), []),
        (outcome(), [WARNING, ERROR]),
    ],
)
def test_a_step_that_is_not_blocked_or_has_told_gets_none(step, findings):
    assert of_blocked(step, findings, ()) == []


# steps that lack another


def test_one_that_lacks_a_step_left_out_is_told():
    registry, tag = outcome("registry", "skipped"), outcome(lacks=("registry",), reason="needs registry")

    first, second = with_lacking([registry, tag], ())

    assert first is registry
    assert told(second.findings) == [("step-blocked", "error", "the step tag is blocked: needs registry")]
    assert second.findings[0].help == "leave it out, too, with --skip tag"
    assert with_lacking([registry, tag], ("tag",))[1].findings[0].help == (
        "ask for what it needs with --only, too, or leave it out there"
    )


def test_several_that_lack_it_are_told_once_at_the_first():
    steps = [
        outcome("registry", "skipped"),
        *(
            outcome(name, lacks=("registry",), reason="needs registry", findings=(WARNING,))
            for name in ("a", "b", "c")
        ),
    ]

    found = with_lacking(steps, ())

    assert [len(one.findings) for one in found] == [0, 2, 1, 1]
    assert found[1].findings[0] == WARNING
    assert found[1].findings[1].message == "the steps a, b and c are blocked: each needs registry"
    assert found[1].findings[1].help == "leave them out, too, with --skip a --skip b --skip c"
    assert with_lacking(steps, ("a", "b", "c"))[1].findings[1].help == (
        "ask for what they need with --only, too, or leave them out there"
    )


def test_where_the_other_step_was_tried_its_own_error_is_the_one_to_decide():
    tried = outcome("registry", findings=(ERROR,))
    warned = outcome("secret", findings=(WARNING,))

    assert with_lacking([tried, outcome(lacks=("registry",))], ()) == [tried, outcome(lacks=("registry",))]
    # One error among what it lacks is enough, and a warning is none.
    both = outcome(lacks=("secret", "registry"))
    assert with_lacking([tried, warned, both], ())[2].findings == ()
    assert len(with_lacking([warned, outcome(lacks=("secret",))], ())[1].findings) == 1


# what the branch tells


def committed(name, body="Why."):
    return outcome(name, "ready", commit=CommitText(f"feat: {name}", body, {"DHI-Step": (name,)}))


def bodies(steps):
    return [step.commit and step.commit.body for step in steps]


def test_the_last_commit_tells_accepted_errors_and_all_warnings():
    findings = [
        ERROR,
        WARNING,
        WARNING,
        Finding("note", "info", "nothing"),
        Finding("open", "error", "not accepted"),
    ]

    found = with_consent([committed("a"), committed("b"), outcome("c")], findings, ("image-undecided",))

    assert bodies(found) == [
        "Why.",
        "Why.\n\nAccepted errors:\n- image-undecided: the template fixes it\n\nWarnings:\n- float-tag: the tag moves",
        None,
    ]
    assert found[1].commit.subject == "feat: b"
    assert found[1].commit.trailers == {"DHI-Step": ("b",)}


@pytest.mark.parametrize(
    ("findings", "accepted", "more"),
    [
        ([ERROR], (), ""),
        ([ERROR], ("all",), "\n\nAccepted errors:\n- image-undecided: the template fixes it"),
        ([WARNING], ("float-tag",), "\n\nWarnings:\n- float-tag: the tag moves"),
        ([Finding("note", "info", "x")], (), ""),
    ],
)
def test_what_was_not_accepted_is_not_told_as_if_it_were(findings, accepted, more):
    assert bodies(with_consent([committed("a")], findings, accepted)) == [f"Why.{more}"]


def test_without_a_commit_there_is_nothing_to_tell_it_in():
    steps = [outcome("a"), outcome("b")]

    assert with_consent(steps, [WARNING], ()) == tuple(steps)
    assert with_consent([], [WARNING], ()) == ()


GOAL = SimpleNamespace(label="acme/db:1", images=("acme/db:1",))
OF_GOAL = Tried("acme/db:1: set a.b", "also changes c", "unannounced-change")


@pytest.mark.parametrize(
    ("tried", "notice", "accepted", "found"),
    [
        (
            [Tried("acme/web:1: set x", "also changes y", "derived-value"), OF_GOAL],
            ERROR,
            (),
            ("image-undecided", "error", f"{ERROR.message}; registry could set a.b, which also changes c"),
        ),
        # What is no error is told as it is, and so is what accepting it did not help.
        ([OF_GOAL], WARNING, (), ("float-tag", "warning", WARNING.message)),
        ([OF_GOAL], ERROR, ("unannounced-change",), ("image-undecided", "error", ERROR.message)),
        (
            [Tried("acme/db:1: set a.b", "not reached")],
            ERROR,
            (),
            ("image-undecided", "error", ERROR.message),
        ),
    ],
)
def test_what_a_step_leaves_beside_others_is_told_by_what_would_have_to_be_accepted(
    tried, notice, accepted, found
):
    (said,) = of_rest("registry", GOAL, tried, [notice], accepted)

    assert (said.code, said.severity, said.message) == found
    able = "registry could" in said.message
    assert said.ways == ((("--accept", "unannounced-change"), ("--keep", "acme/db:1")) if able else ())
    assert said.help.startswith("accept that with --accept unannounced-change; or " if able else "")


def test_what_only_changes_others_says_how_to_plan_them():
    beside = Tried("set a.b", "changes the release ns/x", beside=True)

    (said,) = of_nothing("tag", "why", [beside, beside], [ERROR], ())
    assert said.message == "the step tag is blocked: why; each that was tried: changes the release ns/x"
    assert said.help == (
        "plan that release, or both together by what they share (FILE or a chart); or give this one its own value"
    )
    (said,) = of_nothing("tag", "why", [Tried("set x", "y"), beside], [ERROR], ())
    assert (said.message, said.help) == ("the step tag is blocked: why; tried: set x: y", "")
