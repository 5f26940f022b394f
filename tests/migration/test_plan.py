"""What a plan says of itself: ready only where nothing is open, and what its JSON calls things."""

from dataclasses import replace

import pytest

from migrate_dhi.findings import Finding
from migrate_dhi.migration.plan import ChartSummary, EngineSummary, Plan, PlannedEdit, StepOutcome
from migrate_dhi.migration.plan_image import PlannedImage, Use

EDIT = PlannedEdit("v.yaml", 1, "a", 1, 2)
DONE = StepOutcome("registry", "", "proven", "", edits=(EDIT,))
IDLE = StepOutcome("registry", "", "not-needed", "")
BLOCKED = StepOutcome("tag", "", "blocked", "")


def plan(*steps, images=(), findings=(), accepted=()):
    return Plan(
        EngineSummary("helm", "4", "1.36"),
        "",
        "",
        ChartSummary("c", "c", "1", "1"),
        images,
        steps,
        tuple(Finding(code, severity, "m") for code, severity in findings),
        "b",
        "main",
        "r",
        "ns",
        accepted=frozenset(accepted),
    )


def image(status="undecided", role="container"):
    return PlannedImage("acme/app:1", "", status, "", (Use("Deployment", "x", "main", role),))


@pytest.mark.parametrize(
    ("one", "status"),
    [
        (plan(), "nothing-to-do"),
        (plan(IDLE), "nothing-to-do"),
        (plan(DONE), "ready"),
        (plan(IDLE, DONE), "ready"),
        (plan(DONE, findings=[("tag-gone", "warning"), ("image-dormant", "info")]), "ready"),
        # An error that nobody accepted blocks, also where nothing would be edited.
        (plan(DONE, findings=[("shell-missing", "error")]), "blocked"),
        (plan(IDLE, findings=[("shell-missing", "error")]), "blocked"),
        (plan(DONE, findings=[("shell-missing", "error")], accepted=["shell-missing"]), "ready"),
        (plan(DONE, findings=[("shell-missing", "error")], accepted=["tag-gone"]), "blocked"),
        (
            plan(DONE, findings=[("shell-missing", "error"), ("tag-gone", "error")], accepted=["tag-gone"]),
            "blocked",
        ),
        # What is accepted by its name alone is not among all, and what is no code is nothing.
        (plan(DONE, findings=[("unannounced-change", "error")], accepted=["all"]), "blocked"),
        (plan(DONE, findings=[("derived-value", "error")], accepted=["all"]), "blocked"),
        (plan(DONE, findings=[("unannounced-change", "error")], accepted=["unannounced-change"]), "ready"),
        (plan(DONE, findings=[("shell-missing", "error")], accepted=["all"]), "ready"),
        (plan(DONE, findings=[("no-such-code", "error")], accepted=["all"]), "blocked"),
        # So does an image on which somebody has to decide.
        (plan(DONE, images=[image()]), "blocked"),
        (plan(DONE, images=[image()], accepted=["image-undecided"]), "ready"),
        (plan(DONE, images=[image()], accepted=["all"]), "ready"),
        (plan(DONE, images=[image()], accepted=["shell-missing"]), "blocked"),
        (plan(DONE, images=[image(role="init")]), "blocked"),
        (plan(DONE, images=[image(role="hook")]), "blocked"),
        (plan(DONE, images=[image(role="environment")]), "ready"),
        (plan(DONE, images=[image(role="test")]), "ready"),
        (plan(DONE, images=[image("kept")]), "ready"),
    ],
)
def test_a_plan_is_ready_only_where_nothing_is_open(one, status):
    assert one.status == status
    assert one.to_json()["status"] == status


def test_a_blocked_step_is_told_as_such_and_edits_nothing():
    both = plan(DONE, BLOCKED)

    assert (both.editing_steps, both.blocked_steps) == ((DONE,), (BLOCKED,))


@pytest.mark.parametrize(
    ("status", "told"),
    [("waiting", "not-needed"), ("blocked", "blocked"), ("proven", "proven"), ("done", "done")],
)
def test_the_json_knows_no_step_that_waits(status, told):
    assert replace(IDLE, status=status).to_json()["status"] == told


def test_files_of_a_step_are_those_that_it_edits_brings_and_takes_away():
    step = replace(DONE, files={"v.yaml": "ä: 1\n"}, vendored={"charts/a.tgz": b"\x00", "charts/b.tgz": None})

    assert step.written == {"v.yaml": b"\xc3\xa4: 1\n", "charts/a.tgz": b"\x00", "charts/b.tgz": None}
    assert step.to_json()["vendored"] == [
        {"file": "charts/a.tgz", "change": "written"},
        {"file": "charts/b.tgz", "change": "removed"},
    ]


@pytest.mark.parametrize("status", ["migrate", "already-dhi", "no-counterpart", "kept", "fixed"])
def test_only_what_is_undecided_asks(status):
    assert image().asks
    assert not image(status).asks
    assert not replace(image(), used_by=()).asks
