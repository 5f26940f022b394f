"""``--keep blocked`` on the command line: offered where it frees something, the same by flag and by the file of answers."""

import json
import shlex

import pytest

from migrate_dhi.migration.repository_answers import FILE
from tests.migration.stopping import DNS, WEB, chart_of

BRANCH = "dhi/apps-two"
FLAGS = ("--offline", "--pull-secret", "s", "--probes", "keep")


@pytest.fixture
def shop(workshop):
    chart_of(workshop.root / "apps/two")
    template = workshop.root / "apps/two/templates/d.yaml"
    template.write_text(
        template.read_text().replace(
            "      containers:", "      imagePullSecrets: [{name: s}]\n      containers:"
        )
    )
    workshop.add("values-comments", "apps/cache")
    return workshop


def plan(shop, *arguments):
    return json.loads(shop.run("apps/two", "--plan", "--format", "json", *FLAGS, *arguments).out)


def test_a_blocked_plan_offers_it_beside_the_other_ways(shop):
    ran = shop.run("apps/two", "--plan", *FLAGS)

    assert ran.code == 5
    assert f"  keep {DNS}, and move the rest:\n    --keep blocked\n" in ran.out


def test_a_scan_offers_it_as_a_command_that_frees_the_release(shop):
    ran = shop.run("scan", *FLAGS)

    said, command = ran.out.partition("  keep 1 image that stops")[2].splitlines()[:2]
    assert said == " 1 release, and see what else moves:"
    again = shop.run(*shlex.split(command)[1:])
    assert again.code == 0
    assert "2 ready" in again.out
    # What comes next has the flag, too.
    assert "--keep blocked" in again.out.partition("write its branch:")[2]


def test_the_json_of_a_scan_names_the_images(shop):
    found = json.loads(shop.run("scan", "--format", "json", *FLAGS).out)

    assert {one["name"]: one["keepable"] for one in found["releases"]} == {"two": [DNS], "cache": []}
    found = json.loads(shop.run("scan", "--format", "json", "--keep", "blocked", *FLAGS).out)
    assert {one["status"] for one in found["releases"]} == {"ready"}
    two = next(one for one in found["releases"] if one["name"] == "two")
    assert {one["before"]: one["status"] for one in two["images"]} == {DNS: "kept", WEB: "migrate"}


def test_all_are_written_and_the_branch_tells_what_stays(shop):
    assert shop.run("apps/two", "--yes", "--all", *FLAGS).code == 5
    assert BRANCH not in shop.branches()

    assert shop.run("apps/two", "--yes", "--all", "--keep", "blocked", *FLAGS).code == 0
    values = shop.git("show", f"{BRANCH}:apps/two/values.yaml")
    assert DNS in values
    assert WEB not in values
    body = shop.git("log", "-1", "--format=%B", BRANCH)
    assert (
        f"- image-blocked: {DNS} stays as it is (--keep blocked): its move ends in the error shell-missing: "
        in body
    )


def test_of_several_charts_each_keeps_its_own(shop):
    told = json.loads(
        shop.run("apps/two", "apps/cache", "--plan", "--format", "json", "--keep", "blocked", *FLAGS).out
    )

    assert [one["status"] for one in told["plans"]] == ["ready", "ready"]
    assert [sum(image["status"] == "kept" for image in one["images"]) for one in told["plans"]] == [1, 0]


def test_it_goes_with_other_images_that_are_named(shop):
    found = plan(shop, "--keep", "blocked", "--keep", WEB)

    assert {one["before"]: one["status"] for one in found["images"]} == {DNS: "kept", WEB: "kept"}
    assert found["status"] == "nothing-to-do"


def test_the_file_of_the_repository_says_it_for_the_releases_that_it_names(shop):
    (shop.root / FILE).write_text("releases:\n  apps/two:\n    keep: [blocked]\n")
    shop.commit("answers")

    found = plan(shop)

    assert found["status"] == "ready"
    told = {one["code"]: one["message"] for one in found["findings"]}
    assert told["answers-used"] == f"{FILE} answers: keep blocked"
    assert "image-blocked" in told
    (shop.root / FILE).write_text("releases:\n  apps/other:\n    keep: [blocked]\n")
    shop.commit("other answers")
    assert plan(shop)["status"] == "blocked"


def test_it_is_kept_with_the_answers(shop):
    shop.run("scan", "--keep", "blocked", "--save-answers", "--offline")

    shop.commit("answers")
    assert plan(shop)["status"] == "ready"
