"""Every release of a repository as data: what becomes of each, what asks, what blocks, and the totals."""

from types import SimpleNamespace

import pytest

from migrate_dhi.errors import NotReadyError
from migrate_dhi.findings import Finding
from migrate_dhi.migration.plan import Effect, PlannedEdit, StepOutcome
from migrate_dhi.migration.plan_image import PlannedImage, Use
from migrate_dhi.migration.scan import (
    STATUSES,
    Scan,
    ScanEntry,
    ScannedImage,
    blocks_of,
    failed_entries,
    planned_entries,
    status_of,
    unresolved_entry,
)
from migrate_dhi.release.release import Unresolved
from tests.migration.releases import group, local, release

RUNS = (Use("Deployment", "x", "main", "container"),)
SETS = (Use("ConfigMap", "x", "", "config"),)


def image(before="a:1", after="dhi.io/a:1", status="migrate", used=RUNS, **more):
    return PlannedImage(before, after, status, "why", used, **more)


ASKS = image("b:1", "", "undecided", candidates=("dhi.io/b:2", "dhi.io/b:1"))
STAYS = image("c:1", "", "no-counterpart")


class Plan:
    """A plan as far as a scan looks at it."""

    def __init__(self, *images, status="ready", findings=(), steps=(), accepted=()):
        self.images, self.findings, self.steps = images, findings, steps
        self.open_images = tuple(one for one in images if one.asks)
        self.open_errors = tuple(
            one for one in findings if one.severity == "error" and one.code not in accepted
        )
        self.status = "blocked" if self.open_images or self.open_errors else status
        self.editing_steps = [step for step in steps if step.edits]
        self.keepable = tuple(image.before for image in images if image.status == "fixed")
        self.branch, self.renders, self.start, self.releases, self.namespace = "dhi/x", 7, None, (), "data"


ERROR = Finding("derived-value", "error", "it is built from the tag")
WARNING = Finding("float-tag", "warning", "it moves")


def entries(plan, *releases, labels=("",)):
    return planned_entries(group(*(releases or (release(),))), plan, labels, 1.5, detail=False)


# one entry


def test_a_release_that_is_ready():
    steps = (StepOutcome("registry", "R", "proven", ""), StepOutcome("tag", "T", "waiting", ""))

    (one,) = entries(Plan(image(), STAYS, findings=(WARNING, WARNING), steps=steps))

    assert (one.id, one.status, one.branch, one.exit_code) == ("data/cache", "ready", "dhi/x", 0)
    assert (one.argument, one.renders, one.seconds) == ("data/cache", 7, 1.5)
    assert one.findings == {"float-tag": 2}
    assert one.errors == one.blocks == ()
    # To programs a step that waits is not needed so far.
    assert one.steps == {"registry": "proven", "tag": "not-needed"}
    assert [(each.before, each.after, each.status) for each in one.images] == [
        ("a:1", "dhi.io/a:1", "migrate"),
        ("c:1", "", "no-counterpart"),
    ]


def test_an_image_that_somebody_has_to_decide_on():
    (one,) = entries(Plan(image(), ASKS))

    assert (one.status, one.exit_code, one.blocks) == ("ask", 5, ("what becomes of b:1?",))
    assert [each.asks for each in one.images] == [False, True]
    assert one.images[1].choices == ("dhi.io/b:2", "dhi.io/b:1")


def test_an_image_that_stands_in_settings_alone_asks_nothing():
    (one,) = entries(Plan(image(), image("b:1", "", "undecided", SETS)))

    assert (one.status, one.images[1].asks, one.images[1].runs) == ("ready", False, False)


def test_an_error_blocks_and_is_told_whether_it_is_accepted_or_not():
    (one,) = entries(Plan(image(), findings=(WARNING, ERROR, ERROR)))
    (accepted,) = entries(Plan(image(), findings=(ERROR,), accepted=("derived-value",)))

    assert (one.status, one.exit_code, one.errors) == ("blocked", 5, ("derived-value",))
    assert one.blocks == ("derived-value: it is built from the tag (and 1 more)",)
    assert (accepted.status, accepted.errors, accepted.blocks) == ("ready", ("derived-value",), ())


def test_an_answer_comes_before_an_error():
    plan = Plan(ASKS, findings=(ERROR,))

    assert status_of(plan) == "ask"
    assert list(blocks_of(plan)) == ["what becomes of b:1?", "derived-value: it is built from the tag"]


STEP = Finding("step-blocked", "error", "the step tag is blocked")
UNDECIDED = Finding("image-undecided", "error", "it is not decided")
EXISTS = Finding("branch-exists", "warning", "the branch dhi/x exists")


@pytest.mark.parametrize(
    ("findings", "status", "blocks"),
    [
        ((), "ready", []),
        ((WARNING,), "ready", []),
        ((STEP,), "ready", ["step-blocked: the step tag is blocked"]),
        # What blocks a step says more than that it is blocked.
        ((STEP, ERROR), "ready", ["derived-value: it is built from the tag"]),
        # Of an open image the question is told.
        ((UNDECIDED,), "ready", []),
        ((UNDECIDED, STEP), "ready", ["step-blocked: the step tag is blocked"]),
        ((EXISTS,), "ready", ["the branch dhi/x exists"]),
        ((EXISTS,), "nothing-to-do", []),
    ],
)
def test_what_stands_in_the_way(findings, status, blocks):
    assert list(blocks_of(Plan(image(), status=status, findings=findings))) == blocks


def test_each_release_of_a_plan_has_its_own_images():
    some = release("a"), release("b")
    plan = Plan(image("a:1", releases=("a",)), image("b:1", releases=("b",)), image("c:1"))

    one, other = entries(plan, *some, labels=("a", "b"))

    assert [each.before for each in one.images] == ["a:1", "c:1"]
    assert [each.before for each in other.images] == ["b:1", "c:1"]


def test_of_several_one_without_a_moving_image_has_nothing_to_do_whatever_blocks_the_others():
    some = release("a"), release("b")
    plan = Plan(image(releases=("a",)), image("c:1", "", "kept", releases=("b",)), findings=(ERROR,))

    one, other = entries(plan, *some, labels=("a", "b"))

    assert (one.status, one.branch, one.exit_code) == ("blocked", "dhi/x", 5)
    assert (other.status, other.branch, other.exit_code, other.blocks) == ("nothing-to-do", "", 0, ())


def test_different_warnings_are_counted_where_something_is_to_be_done():
    other = Finding("float-tag", "warning", "another moves")
    plan = Plan(
        image(releases=("a",)),
        image("c:1", "", "kept", releases=("b",)),
        findings=(WARNING, WARNING, other, ERROR),
    )

    some = entries(plan, release("a"), release("b"), labels=("a", "b"))

    assert [one.warnings for one in some] == [2, 0]


def test_where_none_has_a_moving_image_what_blocks_is_told_of_all():
    some = release("a"), release("b")
    plan = Plan(image("c:1", "", "fixed"), findings=(ERROR,))

    assert [one.status for one in entries(plan, *some, labels=("a", "b"))] == ["blocked", "blocked"]


def test_the_builds_of_one_object_are_told_apart():
    some = [release(object=f"cache@clusters/{name}") for name in ("dev", "eu@1")]

    assert [one.label for one in entries(Plan(image()), *some, labels=("dev", "eu@1"))] == [
        "data/cache (clusters/dev)",
        "data/cache (clusters/eu@1)",
    ]


def wanting(*pairs):
    effects = [Effect("Deployment/x", "spec.imagePullSecrets", None, [{"name": name}]) for _, name in pairs]
    plan = Plan(
        image(),
        steps=(
            StepOutcome(
                "pull-secret",
                "P",
                "proven",
                "",
                edits=(PlannedEdit("v.yaml", 1, "x", "", ""),),
                effects=tuple(effects),
            ),
        ),
    )
    plan.releases = tuple(SimpleNamespace(namespace=space, role="target") for space, _ in pairs)
    return plan


def test_a_release_wants_the_secrets_of_its_own_namespace():
    some = release("a", "data"), release("b", "web"), release("c", "")

    found = entries(
        wanting(("data", "dhi"), ("web", "dhi"), ("default", "dhi")), *some, labels=("a", "b", "c")
    )

    assert [one.secrets for one in found] == [(("data", "dhi"),), (("web", "dhi"),), (("default", "dhi"),)]


# what could not be planned


def test_a_release_that_cannot_be_planned():
    error = NotReadyError("a dependency is missing", where="apps/x", help="fetch it")

    one, other = failed_entries(group(release("a"), release("b")), error, 2.0)

    assert (one.name, other.name, one.status, one.exit_code, one.seconds) == ("a", "b", "error", 4, 2.0)
    assert one.error == {"message": "a dependency is missing", "where": "apps/x", "help": "fetch it"}
    assert one.blocks == ("a dependency is missing",)
    assert failed_entries(group(release()), NotReadyError("x"))[0].error == {
        "message": "x",
        "where": None,
        "help": None,
    }


def test_what_is_not_resolved():
    one = unresolved_entry(
        Unresolved("application", "all", "apps/set.yaml", 3, "the generator asks a cluster")
    )

    assert (one.id, one.label, one.status, one.exit_code) == ("all", "all", "unresolved", 4)
    assert one.blocks == ("the generator asks a cluster",)
    assert one.error == {"message": "the generator asks a cluster", "where": "apps/set.yaml:3", "help": None}


def test_no_secret_of_an_address_is_told():
    message = "no answer from https://user:hunter2@charts.example/index.yaml"

    found = [
        *failed_entries(group(release()), NotReadyError(message, where=message, help=message)),
        unresolved_entry(Unresolved("application", "all", "a.yaml", 1, message)),
    ]

    assert "hunter2" not in str([(one.blocks, one.error) for one in found])


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ({"origin": local("apps/web")}, "apps/web"),
        ({}, "cache 1.0.0"),
        ({"origin": local(".")}, "."),
    ],
)
def test_the_chart_for_people(origin, name):
    (one,) = entries(Plan(image()), release(**origin))

    assert one.chart_name == name


def test_the_chart_of_what_is_not_resolved_has_no_name():
    assert unresolved_entry(Unresolved("application", "all", "a.yaml", 1, "x")).chart_name == ""


def test_the_json_of_a_release():
    (one,) = entries(Plan(image(), status="ready"))

    assert one.to_json() == {
        "way": "helmrelease",
        "namespace": "data",
        "name": "cache",
        "file": "apps/x.yaml",
        "line": 1,
        "chart": {
            "kind": "repository",
            "name": "cache",
            "version": "1.0.0",
            "path": None,
            "url": "https://charts.example",
        },
        "status": "ready",
        "images": [{"before": "a:1", "after": "dhi.io/a:1", "status": "migrate", "rule": None}],
        "steps": {},
        "findings": {},
        "branch": "dhi/x",
        "error": None,
        "seconds": 1.5,
        "argument": "data/cache",
        "build": None,
        "blocks": [],
        "renders": 7,
        "warnings": 0,
        "keepable": [],
    }


# all together


def entry(name="a", *images, status="ready", code=0):
    return ScanEntry("helmrelease", "data", name, "a.yaml", 1, status, images=images, exit_code=code)


def scan(*found):
    return Scan("/r", "c", "builtin", "2026-01-01", found)


def one_image(before="a:1", after="dhi.io/a:1", status="migrate", **more):
    return ScannedImage(before, after, status, **more)


def test_images_are_counted_by_what_becomes_of_them_those_used_most_first():
    moves, stays, more = one_image(), one_image(after="", status="kept"), one_image("b:1", "dhi.io/b:1")

    found = scan(entry("x", more, moves), entry("y", moves, moves), entry("z", stays)).images

    assert [(one.image.before, one.image.status, one.releases) for one in found] == [
        ("a:1", "migrate", ("data/x", "data/y")),
        ("a:1", "kept", ("data/z",)),
        ("b:1", "migrate", ("data/x",)),
    ]
    assert found[0].to_json() == {
        "before": "a:1",
        "after": "dhi.io/a:1",
        "status": "migrate",
        "used_by": 2,
        "releases": ["data/x", "data/y"],
        "choices": [],
    }


def test_an_image_that_asks_in_one_release_asks_as_a_whole():
    quiet = one_image("b:1", "", "undecided")
    loud = one_image("b:1", "", "undecided", asks=True, choices=("dhi.io/b:2",))

    for some in ((quiet, loud), (loud, quiet)):
        (question,) = scan(*(entry(name, one) for name, one in zip("xy", some, strict=True))).questions
        assert (question.image.choices, question.releases) == (("dhi.io/b:2",), ("data/x", "data/y"))
    assert scan(entry("x", quiet)).questions == ()


def test_every_status_is_counted_also_what_there_is_none_of():
    found = scan(entry(), entry("b"), entry("c", status="ask")).summary

    assert found == {**dict.fromkeys(STATUSES, 0), "ready": 2, "ask": 1}


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ((), 0),
        ((0, 0), 0),
        ((0, 5), 5),
        ((5, 2), 2),
        ((5, 4, 2), 4),
        ((4, 1), 1),
        ((1, 3, 4, 5), 3),
    ],
)
def test_the_exit_code_is_that_of_the_gravest(codes, code):
    assert scan(*(entry(code=one) for one in codes)).exit_code == code


def test_the_json_of_a_scan():
    found = scan(entry("x", one_image())).to_json()

    assert (found["schema"], found["commit"], found["catalog"]) == (
        "migrate-dhi/scan/1",
        "c",
        {"source": "builtin", "date": "2026-01-01"},
    )
    assert [one["name"] for one in found["releases"]] == ["x"]
    assert [one["before"] for one in found["images"]] == ["a:1"]
    assert (found["hidden"], found["left"], found["findings"]) == ({}, 0, [])
    assert Scan("/r", "", "builtin", "x", ()).to_json()["commit"] is None
