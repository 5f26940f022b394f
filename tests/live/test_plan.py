"""`--live`: what registries say of the images that a plan chooses."""

import signal
import socket
import time
from threading import Event

import pytest

from tests.dhi.apps import definition
from tests.forked import Program
from tests.live.conftest import FACTS, PAST, after, found
from tests.oci.faulty import bearer
from tests.oci.images import hardened


def test_without_live_no_socket_is_opened(scene, monkeypatch):
    opened = []
    monkeypatch.setattr(socket.socket, "connect", lambda *words: opened.append(words))

    assert after(scene.plan(live=False))
    assert (opened, scene.registry.asked) == ([], [])


def test_tag_that_is_there_is_confirmed(scene):
    digest = scene.put("8.1.5-debian13")

    plan = scene.plan()
    [confirmed] = found(plan, "live-confirmed")
    assert plan["images"][0]["digest"] == digest
    assert scene.host(confirmed["message"]).startswith(
        f"valkey:8.1.5-debian13 is there for linux/amd64 ({digest})"
    )
    assert not {"tag-gone", "facts-differ", "live-unconfirmed"} & {f["code"] for f in plan["findings"]}


def test_an_image_is_asked_for_once(scene):
    scene.put("8.1.5-debian13")

    scene.plan()
    assert scene.registry.count("HEAD .*/manifests/") == 1
    assert scene.registry.count("GET .*/manifests/") == 2
    assert scene.registry.count("/tags/") == 1


def test_tag_that_is_listed_and_gone_gives_way_to_the_next(scene):
    scene.listed(definition("8.1", "8.1.5-debian13", **FACTS), definition("8.2", "8.2.1-debian13", **FACTS))
    scene.put("8.2.1-debian13")

    plan = scene.plan()
    [gone] = found(plan, "tag-gone")
    assert scene.host(after(plan)) == "valkey:8.2.1-debian13"
    assert gone["severity"] == "warning"
    assert scene.host(gone["message"]).startswith("valkey:8.1.5-debian13 is not taken")


def test_mirror_that_has_no_such_repository_is_asked_for_no_other_tag(scene):
    scene.listed(definition("8.1", "8.1.5-debian13", **FACTS), definition("8.2", "8.2.1-debian13", **FACTS))
    scene.registry.faults["/tags/"] = (404, {}, b"")

    [gone] = found(scene.plan(), "tag-gone")
    assert f"{scene.registry.host} has no repository dhi/valkey" in gone["message"]
    assert scene.registry.count("/manifests/") == 1


def test_the_same_version_under_another_tag_is_as_good_and_a_floating_tag_is_not(scene):
    scene.listed(definition("8.1", "8.1.5-debian13", "8.1.5", "8.1", "8", **FACTS))
    scene.put("8.1", "8")
    assert after(scene.plan()) is None

    scene.put("8.1.5")
    assert scene.host(after(scene.plan())) == "valkey:8.1.5"


def test_tag_whose_index_is_there_and_whose_image_is_not_cannot_be_pulled(scene):
    scene.put("8.1.5-debian13")
    scene.registry.faults["GET .*/blobs/"] = (404, {}, b"")

    plan = scene.plan()
    assert after(plan) is None
    assert "has its index, but not the image itself" in found(plan, "tag-gone")[0]["message"]


def test_past_tag_that_can_be_pulled_is_confirmed(scene):
    scene.listed(definition("9.0", "9.0.1-debian13", **FACTS), past=PAST)
    scene.put("8.1.4-debian13")

    plan = scene.plan()
    assert (plan["images"][0]["rule"], scene.host(after(plan))) == ("tag-past", "valkey:8.1.4-debian13")
    assert found(plan, "live-confirmed")
    facts = plan["images"][0]["facts"]
    assert (facts["user"], facts["assumed"], facts["line"]) == ("nonroot", False, None)


def test_plan_in_words_says_what_is_there(scene):
    scene.put("8.1.5-debian13")

    words = "newest patch, in the registry"
    assert words in scene.run("--plan", "--pull-secret", "x").out
    assert words not in scene.run("--plan", "--pull-secret", "x", live=False).out


def test_past_tag_that_is_gone_is_ruled_out(scene):
    scene.listed(definition("9.0", "9.0.1-debian13", **FACTS), past=PAST)
    scene.put("8.1.6-debian13")

    plan = scene.plan()
    assert scene.host(after(plan)) == "valkey:8.1.6-debian13"
    [gone] = found(plan, "tag-gone")
    assert scene.host(gone["message"]).startswith("valkey:8.1.4-debian13 is not taken")
    assert gone["message"].endswith("has no such tag, nor 9.0.1-debian13")


def test_all_past_tags_gone_leave_a_question_without_them(scene):
    scene.listed(definition("9.0", "9.0.1-debian13", **FACTS), past=PAST)
    scene.put("9.0.1-debian13")

    plan = scene.plan()
    assert plan["images"][0]["status"] == "undecided"
    assert [scene.host(text) for text in plan["images"][0]["candidates"]] == ["valkey:9.0.1-debian13"]
    assert found(plan, "tag-gone")[0]["message"].endswith("has no such tag, nor 8.1.6-debian13")


def test_tag_of_the_user_that_is_gone_is_an_error(scene):
    plan = scene.plan("--to", "valkey:8.1.9-debian13")

    [gone] = found(plan, "tag-gone")
    assert (gone["severity"], plan["status"]) == ("error", "blocked")


def test_platform_that_is_missing_is_an_error(scene):
    scene.put("8.1.5-debian13", platforms=("linux/amd64",))

    plan = scene.plan("--platform", "linux/amd64", "--platform", "linux/arm64")
    [missing] = found(plan, "platform-missing")
    assert (
        scene.host(missing["message"])
        == "valkey:8.1.5-debian13 is not there for linux/arm64, only for linux/amd64"
    )
    assert plan["status"] == "blocked"
    assert not found(scene.plan(), "platform-missing")


def test_image_goes_before_the_catalog(scene):
    scene.put("8.1.5-debian13", User="999", ExposedPorts={"7000/tcp": {}})
    # With arguments of its own the program may listen anywhere.
    scene.edit("templates/deployment.yaml", '          args: [--protected-mode, "no"]\n', "")

    plan = scene.plan()
    [differing] = found(plan, "facts-differ")
    assert differing["message"].endswith("user 999 (catalog: nonroot); ports 7000/tcp (catalog: 6379/tcp)")
    assert plan["images"][0]["facts"]["user"] == "999"
    assert plan["images"][0]["facts"]["uid"] == 999
    [port] = found(plan, "port-differs")
    assert "(catalog: valkey:8.1.5-debian13, and the image's own configuration)" in port["message"]


def test_same_user_as_a_number_is_no_difference(scene):
    scene.put("8.1.5-debian13", User="65532:65532")

    assert found(scene.plan(), "live-confirmed")


def test_newer_patch_that_the_catalog_does_not_know_is_told(scene):
    scene.put(
        "8.1.5-debian13",
        "8.1.7-debian13",
        "8.1.6-debian13",
        "8.1.8-debian13-compat",
        "8.2.0-debian13",
        "8.1.9",
    )

    plan = scene.plan()
    [newer] = found(plan, "tag-newer")
    assert scene.host(newer["message"]).startswith("valkey has 8.1.7-debian13, which the catalog")
    assert scene.host(after(plan)) == "valkey:8.1.5-debian13"
    assert scene.host(newer["help"]).startswith(
        "take it with --to docker.io/valkey/valkey=valkey:8.1.7-debian13"
    )


def test_older_patches_that_the_catalog_never_knew_are_not_told(scene):
    scene.put("8.1.5-debian13", "8.1.2-debian13")

    assert not found(scene.plan(), "tag-newer")


def test_newer_patches_that_the_catalog_knows_are_not_told(scene):
    scene.listed(definition("9.0", "9.0.1-debian13", **FACTS), past=PAST)
    scene.put("8.1.4-debian13", "8.1.6-debian13")

    plan = scene.plan()
    assert scene.host(after(plan)) == "valkey:8.1.4-debian13"
    assert not found(plan, "tag-newer")


def test_registry_that_tells_no_tags_is_no_matter(scene):
    scene.put("8.1.5-debian13", "8.1.7-debian13")
    scene.registry.faults["/tags/"] = (403, {}, b"")

    assert not {"tag-newer", "live-unconfirmed"} & {f["code"] for f in scene.plan()["findings"]}


def test_image_without_the_labels_may_be_another(scene):
    scene.put("8.1.5-debian13", Labels={})

    assert found(scene.plan(), "image-not-hardened")


def test_image_under_the_name_of_another(scene):
    scene.put("8.1.5-debian13", Labels=hardened("redis", "8")["Labels"])

    [other] = found(scene.plan(), "image-not-hardened")
    assert "labelled as the hardened image redis, not valkey" in other["message"]


def test_registry_that_does_not_answer_leaves_facts_unconfirmed(scene):
    scene.put("8.1.5-debian13")
    scene.registry.stop()

    plan = scene.plan()
    [unconfirmed] = found(plan, "live-unconfirmed")
    assert (unconfirmed["severity"], scene.host(after(plan))) == ("warning", "valkey:8.1.5-debian13")
    assert "does not answer" in unconfirmed["message"]
    assert plan["status"] == "ready"


def test_registry_that_dies_half_way(scene):
    scene.put("8.1.5-debian13")
    scene.registry.faults["/blobs/"] = (503, {}, b"")

    [unconfirmed] = found(scene.plan(), "live-unconfirmed")
    assert "status 503" in unconfirmed["message"]


def test_registry_that_wants_a_login(scene, clean_home):
    scene.put("8.1.5-debian13")
    bearer(scene.registry, "acme", "s3cr3t-one")

    [unconfirmed] = found(scene.plan(), "live-unconfirmed")
    assert unconfirmed["help"].startswith(f"`docker login {scene.registry.host}`")


def test_pinned_digest_is_written_behind_the_tag(scene):
    digest = scene.put("8.1.5-debian13")

    plan = scene.plan("--pin-digest")
    assert scene.host(after(plan)) == f"valkey:8.1.5-debian13@{digest}"
    [tag] = [edit for step in plan["steps"] if step["name"] == "tag" for edit in step["edits"]]
    assert (tag["path"], tag["after"]) == ("image.tag", f"8.1.5-debian13@{digest}")


def test_pinned_digest_that_a_chart_does_not_take(exporter):
    exporter.put("1.89.0-debian13", "1.89.0")

    [unreached, *_] = found(exporter.plan("--pin-digest"), "tag-unreached")
    assert unreached["severity"] == "error"
    assert unreached["help"].endswith(", or leave --pin-digest out")


def test_pinned_digest_that_nobody_knows_is_an_error(scene):
    scene.registry.stop()

    plan = scene.plan("--pin-digest")
    assert [f["severity"] for f in found(plan, "digest-unknown")] == ["error"]


def test_branch_is_written_with_what_was_confirmed(scene):
    scene.put("8.1.5-debian13")

    ran = scene.run("--yes", "--pull-secret", "x")
    assert ran.code == 0, ran.err
    assert scene.registry.count("HEAD .*/manifests/8.1.5-debian13") == 2


def test_digest_that_moves_between_plan_and_write_is_noticed(scene):
    first = scene.put("8.1.5-debian13")
    asked = []

    def move(handler):
        asked.append(handler.path)
        if len(asked) == 2:
            scene.put("8.1.5-debian13", WorkingDir="/elsewhere")
        return "as usual"

    scene.registry.faults["HEAD .*/manifests/8.1.5"] = move
    refs = scene.workshop.refs()

    ran = scene.run("--yes", "--pull-secret", "x")
    assert (ran.code, scene.workshop.refs()) == (4, refs)
    assert f"was {first[:19]}… when the plan was made" in ran.error["error"]
    assert ran.error["state"] == "nothing was changed"


@pytest.mark.parametrize("words", [["--pin-digest"], ["--platform", "linux/arm64"]])
def test_flags_that_need_live(scene, words):
    ran = scene.run("--plan", *words, live=False)

    assert (ran.code, ran.error["help"]) == (2, "add --live")


@pytest.mark.parametrize("words", [["--ca", "x"], ["--plain-http", "x"]])
def test_how_registries_are_reached_needs_live_where_no_chart_is_asked_for(scene, words):
    ran = scene.workshop.run("catalog", "show", "valkey", *words)

    assert (ran.code, ran.error["help"]) == (2, "add --live")


def test_platform_that_is_none(scene):
    ran = scene.run("--plan", "--platform", "arm64")

    assert (ran.code, ran.error["help"]) == (2, "write it as linux/arm64 or linux/arm/v7")


def test_image_that_the_catalog_does_not_list_is_confirmed_without_its_facts(scene):
    scene.registry.put("dhi/other", "1", scene.registry.blobs.index())

    plan = scene.plan("--to", f"valkey={scene.registry.host}/dhi/other:1")
    [confirmed] = found(plan, "live-confirmed")
    assert scene.host(confirmed["message"]).startswith("other:1 is there for linux/amd64 (sha256:")
    assert "catalog" not in confirmed["message"]


def test_live_and_offline_contradict(scene):
    assert scene.run("--plan", "--offline").code == 2


@pytest.fixture
def exporter(scene):
    """A chart that compares the tag as a version: it takes the bare one of the same image."""
    scene.workshop.add("semver-compare")
    scene.chart = "apps/semver-compare"
    scene.image, scene.source = "redis-exporter", "github.com/oliver006/redis_exporter"
    scene.listed(definition("1.89", "1.89.0-debian13", "1.89.0", **{**FACTS, "ports": ["9121/tcp"]}))
    return scene


def test_tag_that_a_step_exchanges_is_asked_for_too(exporter):
    exporter.put("1.89.0-debian13", "1.89.0")

    plan = exporter.plan()
    assert exporter.host(after(plan)) == "redis-exporter:1.89.0"
    assert exporter.registry.count("HEAD .*/manifests/1.89.0$") == 1
    assert not found(plan, "tag-gone")


def test_tag_that_a_step_exchanges_and_that_is_gone_is_an_error(exporter):
    exporter.put("1.89.0-debian13", ExposedPorts={"9121/tcp": {}})

    [gone] = found(exporter.plan(), "tag-gone")
    assert gone["severity"] == "error"


def test_several_charts_each_in_a_process_of_its_own(scene):
    scene.workshop.add("plain-chart", "apps/other")
    scene.put("8.1.5-debian13")

    ran = scene.run("apps/other", "--yes", "--pull-secret", "x")
    assert (ran.code, len(scene.workshop.branches())) == (0, 3), ran.err


def test_ctrl_c_ends_a_question_to_a_slow_registry(scene):
    asked, answer = Event(), Event()

    def wait(_):
        asked.set()
        answer.wait(30)

    scene.registry.faults["/v2/"] = wait
    words = [scene.chart, "--plan", "--live", "--target", scene.target, "--catalog", str(scene.catalog)]
    process = Program(words, cwd=scene.workshop.root)
    assert asked.wait(30)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    try:
        assert process.wait(8) == 130
    finally:
        answer.set()
    assert time.monotonic() - began < 5
