"""Answers that a repository keeps: read from the base commit, weaker than flags, told in the plan, written on request."""

import json

import pytest

from migrate_dhi.cli import migrate
from migrate_dhi.errors import UsageError
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.repository_answers import FILE, Answered, answered, read_answers
from migrate_dhi.migration.source import open_source
from migrate_dhi.steps.context import WAYS
from migrate_dhi.steps.probes import POLICIES
from tests.conftest import SECRET

ASKS = "docker.io/valkey/valkey:6.0.1"
TO = "dhi.io/valkey:8.1.9-debian13"
CODE = "tag-past"


@pytest.fixture
def shop(workshop):
    workshop.add("values-comments", "apps/cache")
    return workshop


def kept(shop, text, *, commit=True):
    (shop.root / FILE).write_text(text)
    if commit:
        shop.commit("answers")


def plan(shop, *arguments):
    ran = shop.run("apps/cache", "--plan", "--format", "json", "--offline", *arguments)
    return json.loads(ran.out)


def used(found):
    return next((one["message"] for one in found["findings"] if one["code"] == "answers-used"), "")


def edits(found, step):
    return [edit for one in found["steps"] if one["name"] == step for edit in one["edits"]]


class TestReading:
    def test_every_key(self):
        found = read_answers(
            "target: docker.io/acme/dhi-{name}\ndistro: alpine\npull-secret: none\nprobes: tcp\n"
            "images:\n  docker.io/a/b:9.10: dhi.io/b:9.10-debian13\nkeep: [ghcr.io/acme/own]\n"
            "accept: [path-missing]\nskip: [versions]\nvia: chart\n"
        )

        assert found.everywhere == Answered(
            "docker.io/acme/dhi-{name}", "alpine", "none", "tcp",
            {"docker.io/a/b:9.10": "dhi.io/b:9.10-debian13", "ghcr.io/acme/own": "keep"},
            ("path-missing",), ("versions",), "chart",
        )  # fmt: skip

    def test_later_releases_count_more_than_earlier_ones_and_both_more_than_all(self):
        found = read_answers(
            "probes: shell\nimages: {a: keep}\nreleases:\n  data/*: {probes: tcp, accept: [path-missing]}\n"
            "  data/cache: {probes: exec, images: {b: keep}}\n  apps/*: {skip: [versions]}\n"
        )

        assert found.of(["data/other"]).probes == "tcp"
        cache = found.of(["data/cache", "apps/cache"])
        assert (cache.probes, cache.accept, cache.skip) == ("exec", ("path-missing",), ("versions",))
        assert cache.images == {"a": "keep", "b": "keep"}
        assert found.of(["web/cache"]).probes == "shell"

    def test_every_policy_of_the_flag_can_be_answered(self):
        (flag,) = (one for one in migrate.params if one.name == "probes")

        assert tuple(flag.type.choices) == POLICIES
        assert [read_answers(f"probes: {one}\n").of(["a/b"]).probes for one in POLICIES] == [*POLICIES]

    def test_every_way_of_the_flag_can_be_answered(self):
        (flag,) = (one for one in migrate.params if one.name == "via")

        assert tuple(flag.type.choices) == WAYS
        assert [read_answers(f"via: {one}\n").of(["a/b"]).via for one in WAYS] == [*WAYS]
        found = read_answers("via: chart\nreleases: {data/*: {via: values}}\n")
        assert (found.of(["data/a"]).via, found.of(["b/a"]).via) == ("values", "chart")

    @pytest.mark.parametrize("text", ["", "# nothing yet\n", "releases:\n", "{}\n"])
    def test_nothing(self, text):
        assert read_answers(text).of(["data/cache"]) == Answered()

    @pytest.mark.parametrize(
        ("text", "line", "said"),
        [
            ("probes: shell\nprobe: tcp\n", 2, "unknown key 'probe'"),
            ("probes: sheII\n", 1, "probes is 'sheII'"),
            ("via: charts\n", 1, "via is 'charts'"),
            ("images:\n  a/b: dhi.io/b\n  a/b: keep\n", 3, "twice"),
            ("images: [a]\n", 1, "images is not a map"),
            ("keep: a\n", 1, "keep is not a list"),
            ("accept:\n- path-missing\n- nosuch\n", 3, "there is no such finding"),
            ("skip: [nosuch]\n", 1, "there is no step 'nosuch'"),
            ("pull-secret: Not A Name\n", 1, "no name in Kubernetes"),
            ("releases:\n  data/*:\n    target: nowhere\n", 3, "nowhere"),
            ("releases:\n  data/*:\n    releases: {}\n", 3, "unknown key 'releases'"),
            ("a: b: c\n", 1, "no YAML"),
            ("- a\n", 1, "not a map"),
        ],
    )
    def test_what_is_wrong_is_told_with_its_line(self, text, line, said):
        with pytest.raises(UsageError, match=said) as caught:
            read_answers(text)

        assert caught.value.where == f"{FILE}:{line}"


class TestPlanning:
    def test_what_is_committed_counts_and_is_told(self, shop):
        kept(shop, f"pull-secret: {SECRET}\n")

        found = plan(shop)

        assert [edit["after"] for edit in edits(found, "pull-secret")]
        assert used(found) == f"{FILE} answers: pull-secret {SECRET}"

    def test_what_is_not_committed_does_not(self, shop):
        kept(shop, f"pull-secret: {SECRET}\n", commit=False)

        found = plan(shop)

        assert not edits(found, "pull-secret")
        assert "answers-uncommitted" in {one["code"] for one in found["findings"]}

    def test_a_flag_counts_more(self, shop):
        kept(shop, "pull-secret: of-the-file\ntarget: docker.io/acme/dhi-{name}\n")

        found = plan(shop, "--pull-secret", SECRET, "--target", "dhi.io/{name}")

        assert SECRET in json.dumps(edits(found, "pull-secret"))
        assert not used(found)

    def test_an_image_of_the_file_yields_to_one_of_a_flag(self, shop):
        (image,) = {one["before"] for one in plan(shop)["images"] if one["status"] == "migrate"}
        kept(shop, f"images:\n  {image}: keep\n  ghcr.io/of/another: keep\n")

        by_file, by_flag = plan(shop), plan(shop, "--to", f"{image}={TO}")

        kept_image = next(one for one in by_file["images"] if one["before"] == image)
        assert kept_image["status"] == "kept"
        assert kept_image["reason"] == "kept as it is, as the answers of the repository say"
        assert [one["after"] for one in by_flag["images"] if one["before"] == image] == [TO]

    def test_only_the_releases_that_fit(self, shop):
        shop.add("values-comments", "apps/other")
        kept(shop, f"releases:\n  apps/oth*: {{pull-secret: {SECRET}}}\n")

        assert not edits(plan(shop), "pull-secret")
        assert (
            json.loads(shop.run("apps/other", "--plan", "--format", "json", "--offline").out)["status"]
            == "ready"
        )

    def test_what_was_just_asked_counts_as_if_the_file_said_it_for_all(self, shop):
        kept(shop, "pull-secret: of-all\nreleases:\n  default/cache:\n    probes: keep\n")
        source = open_source(shop.root / "apps/cache")
        asked = Answered(pull_secret="asked", probes="tcp", images={"valkey": "keep"})

        options = answered(source, Options(asked=asked))

        assert (options.choices.pull_secret, options.choices.probes) == ("asked", "keep")
        assert options.wishes.answers == ("valkey=keep",)
        assert [note.message for note in options.notes] == [f"{FILE} answers: probes keep"]

    def test_a_file_of_megabytes_is_refused_before_it_is_read(self, shop):
        kept(shop, "keep:\n" + "- a/b\n" * 50_000)

        ran = shop.run("scan", "--offline")

        assert (ran.code, ran.error["error"]) == (2, f"{FILE}: the answers are larger than 256 KiB")

    def test_a_file_that_is_wrong_stops_every_run(self, shop):
        kept(shop, "nosuch: 1\n")

        for arguments in (("apps/cache", "--plan"), ("apps/cache", "--yes"), ("scan",)):
            ran = shop.run(*arguments, "--offline")
            assert ran.code == 2
            assert ran.error["error"].startswith(f"{FILE}:1: ")


class TestSaving:
    def test_flags_are_added_to_what_stands_there(self, shop):
        kept(shop, "# ours\nprobes: tcp   # as we like it\n")

        ran = shop.run("scan", "--offline", "--keep", "valkey", "--pull-secret", SECRET, "--save-answers")

        text = (shop.root / FILE).read_text()
        assert text.startswith("# ours\nprobes: tcp   # as we like it\n")
        assert read_answers(text).everywhere == Answered(
            pull_secret=SECRET, probes="tcp", images={"valkey": "keep"}
        )
        assert f"Answers written to {FILE}: commit the change" in ran.err

    def test_how_images_are_moved_is_written(self, shop):
        shop.run("scan", "--offline", "--pull-secret", SECRET, "--via", "values", "--save-answers")

        assert read_answers((shop.root / FILE).read_text()).everywhere.via == "values"

    def test_steps_to_leave_out_are_added_up(self, shop):
        kept(shop, "skip: [versions]\n")

        shop.run("scan", "--offline", "--pull-secret", SECRET, "--skip", "probes", "--save-answers")

        assert read_answers((shop.root / FILE).read_text()).everywhere.skip == ("versions", "probes")

    def test_a_new_file_says_what_it_is(self, shop):
        shop.run("scan", "--offline", "--pull-secret", SECRET, "--save-answers")

        assert (shop.root / FILE).read_text().splitlines() == [
            "# Answers to migrate-dhi, read by every run once they are committed; the keys are in its docs/answers.md.",
            f"pull-secret: {SECRET}",
        ]

    def test_without_the_flag_nothing_is_written(self, shop):
        shop.run("scan", "--offline", "--pull-secret", SECRET)

        assert not (shop.root / FILE).exists()

    def test_what_is_accepted_is_written_for_the_releases_that_have_it(self, shop):
        shop.add("custom-resource-pieces", "apps/fixed")
        code = "derived-value"

        ran = shop.run("scan", "--offline", "--pull-secret", SECRET, "--accept", code, "--save-answers")

        assert ran.code == 0
        saved = read_answers((shop.root / FILE).read_text())
        assert saved.everywhere.accept == ()
        assert saved.releases == (("default/fixed", Answered(accept=(code,))),)

    def test_what_is_accepted_counts_once_it_is_committed(self, shop):
        shop.add("custom-resource-pieces", "apps/fixed")
        kept(
            shop,
            f"pull-secret: {SECRET}\nreleases:\n  default/fixed: {{accept: [derived-value]}}\n",
            commit=False,
        )

        before = shop.run("apps/fixed", "--plan", "--offline", "--pull-secret", SECRET).code
        shop.commit("answers")

        assert (before, shop.run("apps/fixed", "--plan", "--offline").code) == (5, 0)
