"""``--keep blocked``: an image whose own move ends in an error stays, is told, and holds nothing else back."""

from types import SimpleNamespace

import pytest

from migrate_dhi.dhi.wish import Wishes
from migrate_dhi.findings import Finding
from migrate_dhi.kube.compare import ABSENT, Change
from migrate_dhi.kube.manifests import Identity, Object
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.stopped import About, stops_of, without_stopped
from migrate_dhi.oci.reference import Reference
from tests.conftest import findings_of, plan_of, steps_of
from tests.migration.stopping import DNS, VALUES, WEB, chart_of


@pytest.fixture(scope="module")
def chart(tmp_path_factory):
    return chart_of(tmp_path_factory.mktemp("chart") / "two")


def became(plan):
    return {image.before: (image.status, image.after) for image in plan.images}


def test_without_the_flag_an_error_of_one_image_stops_all_and_is_told_with_it(chart):
    plan = plan_of(chart)

    assert plan.status == "blocked"
    assert [one.code for one in plan.open_errors] == ["shell-missing"]
    assert plan.keepable == (DNS,)
    assert plan.to_json()["keepable"] == [DNS]


def test_its_image_stays_with_a_warning_and_the_rest_moves(chart):
    plan = plan_of(chart, keep=["blocked"])

    assert plan.status == "ready"
    assert became(plan)[DNS] == ("kept", "")
    assert became(plan)[WEB][0] == "migrate"
    (told,) = [one for one in plan.findings if one.code == "image-blocked"]
    assert (told.severity, told.object, told.container) == ("warning", "Deployment/dns", "main")
    assert DNS in told.message
    assert "shell-missing: Deployment/dns: main runs sh" in told.message
    # It is proven anew: nothing of it is edited, and the last commit tells why it stays.
    assert {edit.path for edit in steps_of(plan)["registry"].edits} == {"apps.web.image"}
    assert "image-blocked: " in next(step for step in reversed(plan.steps) if step.commit).commit.body
    assert not plan.keepable


def test_what_is_accepted_by_name_moves_all_the_same(chart):
    plan = plan_of(chart, keep=["blocked"], accept=["shell-missing"])

    assert {status for status, _ in became(plan).values()} == {"migrate"}
    assert "image-blocked" not in findings_of(plan)


def test_where_nothing_else_moves_nothing_is_to_do_and_nothing_is_offered(tmp_path):
    alone = chart_of(tmp_path / "one", VALUES.partition("  web:")[0])

    assert plan_of(alone).keepable == ()
    plan = plan_of(alone, keep=["blocked"])
    assert plan.status == "nothing-to-do"
    assert "image-blocked" in findings_of(plan)


def test_an_image_that_is_asked_about_stays_too(tmp_path):
    values = VALUES.replace(DNS, "docker.io/valkey/valkey:6.0.1").replace(
        "sh, -c, exec /coredns", "valkey-server"
    )
    plan = plan_of(chart_of(tmp_path / "two", values), keep=["blocked"])

    assert plan.status == "ready"
    (told,) = [one for one in plan.findings if one.code == "image-blocked"]
    assert "image-undecided" in told.message


def test_one_image_that_runs_twice_stays_in_both_places(tmp_path):
    values = f"{VALUES}  again:\n    image: {DNS}\n    command: [/coredns]\n"
    plan = plan_of(chart_of(tmp_path / "two", values), keep=["blocked"])

    assert plan.status == "ready"
    assert {edit.path for edit in steps_of(plan)["registry"].edits} == {"apps.web.image"}


# how often is planned


def error(code, **more):
    return Finding(code, "error", f"the error {code}", **more)


A, B, C = (f"docker.io/acme/{name}:1" for name in "abc")


def planner(rounds, seen):
    """Plans in turn, each by its errors and the images that they are about."""

    def made(options):
        seen.append([str(image) for image, _ in options.wishes.stopped])
        errors = rounds[len(seen) - 1]
        return SimpleNamespace(open_errors=tuple(errors), stops=errors)

    return made


BLOCKED = Options(wishes=Wishes(keep=("blocked",)))


@pytest.mark.parametrize(
    ("rounds", "seen"),
    [
        ([{}], [[]]),
        ([{error("x"): (A,)}, {}], [[], [A]]),
        # What shows only when others stay is kept, too, until no error is about an image that moves.
        ([{error("x"): (A,)}, {error("y"): (B, C)}, {}], [[], [A], [B, C, A]]),
        # What is about no image stops as before, and is not planned again for.
        ([{error("x"): ()}], [[]]),
        ([{error("x"): (A,), error("z"): ()}, {error("z"): ()}], [[], [A]]),
        # An image that stays and has an error all the same is no reason to go on.
        ([{error("x"): (A,)}, {error("y"): (A,)}], [[], [A]]),
    ],
)
def test_until_no_error_is_about_an_image_that_moves(rounds, seen):
    found = []
    without_stopped(planner(rounds, found), BLOCKED)

    assert found == seen


def test_without_the_flag_once():
    found = []
    without_stopped(planner([{error("x"): (A,)}], found), Options())

    assert found == [[]]


def test_the_answers_of_the_repository_say_it_too():
    found = []
    without_stopped(
        planner([{error("x"): (A,)}, {}], found), Options(wishes=Wishes(answers=("blocked=keep",)))
    )

    assert found == [[], [A]]


def test_the_first_error_is_told_with_the_number_of_the_others():
    plans = []

    def made(options):
        plans.append(options.wishes.stopped)
        errors = {error("x"): (A,), error("y"): (A,), error("z"): (A,)} if len(plans) == 1 else {}
        return SimpleNamespace(open_errors=tuple(errors), stops=errors)

    without_stopped(made, BLOCKED)
    ((_, told),) = plans[1]
    assert told.message == "the error x (and 2 more)"


# which images an error is about


def image(before, *, places=(), moves=True, status="migrate", notes=()):
    slots = [
        SimpleNamespace(identity=where, container=container, runs=runs) for where, container, runs in places
    ]
    decision = SimpleNamespace(status=status, notes=notes)
    return SimpleNamespace(before=Reference.parse(before), decision=decision, moves=moves, slots=slots)


GONE = error("tag-gone")
POD = "Deployment/x"
IMAGES = [
    image(A, places=[(POD, "main", True)], notes=(GONE,)),
    image(B, places=[(POD, "side", True), (POD, "main", False)]),
    image(C, places=[(POD, "main", True)], moves=False, status="already-dhi"),
    image("docker.io/acme/d:1", places=[("ConfigMap/d", "", False)], moves=False, status="undecided"),
]


@pytest.mark.parametrize(
    ("told", "unmoved", "images"),
    [
        (error("x", object=POD, container="main"), (), (A,)),
        (error("x", object=POD, container="side"), (), (B,)),
        (error("x", object=POD), (), (A, B)),
        (error("x", object="ConfigMap/d"), (), ("docker.io/acme/d:1",)),
        (error("x", object="Service/x"), (), ()),
        (error("x"), (), ()),
        # What it names counts more than where it stands.
        (error("x", object=POD, container="main", ways=(("--keep", B),)), (), (B,)),
        (error("x", object=POD, container="main", ways=(("--keep", C),)), (), ()),
        (error("x", object=POD, container="main", ways=(("--to", f"{A}=b"),)), (), (A,)),
        (error("x", object=POD, container="main"), (A, B), (A, B)),
        (GONE, (), (A,)),
        (Finding("x", "warning", "no error", POD), (), ()),
    ],
)
def test_an_error_is_about_the_images_that_it_names_or_that_move_where_it_is(told, unmoved, images):
    gone = {told: frozenset(map(Reference.parse, unmoved))} if unmoved else {}
    found = stops_of([told], SimpleNamespace(images=IMAGES), gone)

    assert found == ({told: images} if images else {})


# a text that follows an image


def change_of(before, after):
    item = Object(Identity("", "ConfigMap", "", "x"), "t.yaml", 0, {})
    return Change(item, item, ("data", "version"), before, after)


def moving(before, after):
    decision = SimpleNamespace(status="migrate", notes=(), after=Reference.parse(after))
    return SimpleNamespace(before=Reference.parse(before), decision=decision)


@pytest.mark.parametrize(
    ("before", "after", "about"),
    [
        ("1.0", "1.0-debian13", {A}),
        ("run with 2.0 now", "run with 2.1-debian13 now", {B}),
        ("b", "dhi-b", {B}),
        ("1.0 and b", "1.0-debian13 and dhi-b", {A, B}),
        ("1.0-debian13", "1.0-debian13 too", set()),
        ("x", "y", set()),
        ("x", ABSENT, set()),
    ],
)
def test_a_text_that_changes_besides_is_about_the_images_whose_new_parts_it_holds(before, after, about):
    images = [moving(A, "dhi.io/a:1.0-debian13"), moving(B, "dhi.io/dhi-b:2.1-debian13")]
    told = error("derived-value", object="ConfigMap/x")

    found = About()

    assert found.follow([told], [change_of(before, after)], images) == [told]
    assert found == ({told: frozenset(map(Reference.parse, about))} if about else {})


def test_an_image_that_a_setting_of_another_follows_is_the_one_that_stays(tmp_path):
    """The error is of a ConfigMap, and of the one of two images whose tag stands in it."""
    values = f"apps:\n  cache:\n    image: docker.io/valkey/valkey:8.1.3\n    command: [x]\n  web:\n    image: {WEB}\n    command: [nginx]\n"
    chart = chart_of(tmp_path / "two", values)
    (chart / "templates/c.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"
        'data: {version: "{{ (splitList ":" .Values.apps.cache.image) | last }}"}\n'
    )

    plan = plan_of(chart, keep=["blocked"], accept=["image-undecided"])

    assert {image: status for image, (status, _) in became(plan).items()} == {
        "docker.io/valkey/valkey:8.1.3": "kept",
        WEB: "migrate",
    }
    assert plan.status == "ready"
