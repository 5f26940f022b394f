"""What is told besides the result: what can be done next, and what is meant by a name or a file."""

import json
import shutil

import pytest

from migrate_dhi.ui.images_text import pasted
from tests.charts import copy_case

APPLICATION = """apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: web}}
spec:
  source: {{repoURL: "https://git.example/x", path: {path}, targetRevision: v1}}
  destination: {{namespace: shop}}
"""


@pytest.fixture
def shop(workshop):
    for name in ("web", "db"):
        workshop.add("plain-chart", f"apps/{name}")
    return workshop


def words(text):
    return " ".join(text.split())


# --- a release of another revision


def foreign(shop, chart, image=""):
    (shop.root / "web.yaml").write_text(APPLICATION.format(path=chart))
    shop.git("remote", "add", "origin", "https://git.example/x")
    shop.commit("deploy it")
    ran = shop.run(chart, "--plan", "--format", "json")
    plan = json.loads(ran.out)
    return (
        ran.code,
        plan["status"],
        [f["severity"] for f in plan["findings"] if f["code"] == "foreign-revision"],
    )


def test_another_revision_blocks_no_plan_that_has_nothing_to_do(workshop):
    workshop.add("already-hardened", "apps/web")

    assert foreign(workshop, "apps/web") == (0, "nothing-to-do", ["warning"])


def test_another_revision_blocks_a_plan_that_edits(shop):
    assert foreign(shop, "apps/web") == (5, "blocked", ["error"])


# --- names that are not there


@pytest.mark.parametrize(
    ("name", "told"),
    [("valkeyy", "do you mean valkey"), ("redis-exp", "redis-exporter"), ("nosuch", "catalog list")],
)
def test_an_image_that_the_catalog_lacks(workshop, name, told):
    ran = workshop.run("catalog", "show", name)

    assert ran.code == 2
    assert told in ran.error["help"]
    assert "couchdb" not in ran.err


def test_a_rollback_of_what_is_not_there_tells_what_is(shop):
    shop.run("apps/web", "--yes")

    ran = shop.run("rollback", "nosuch")

    assert ran.code == 2
    assert ran.error["error"] == "there is no migration branch for nosuch"
    assert "dhi/apps-web" in ran.error["help"]
    assert "no terminal" in shop.run("rollback", "apps/web").error["error"]


# --- where something is to be written


@pytest.mark.parametrize("place", ["nosuch/x.md", ".", "README.md/x.md"])
def test_a_file_that_cannot_be_written_is_told_before_the_work(shop, place, monkeypatch):
    monkeypatch.setattr("migrate_dhi.ui.scan_run.plan_into", None)

    for flag in ("--output", "--update"):
        ran = shop.run("scan", "--format", "markdown", flag, place)

        assert (ran.code, ran.out) == (1, "")
        assert "cannot be written" in ran.error["error"]


@pytest.mark.parametrize("place", ["README.md", "README.md/texts"])
def test_texts_that_cannot_be_written_stop_before_a_branch_is_there(shop, place):
    ran = shop.run("--yes", "--all", "--write-texts", place)

    assert ran.code == 1
    assert ran.error["state"] == "nothing was changed"
    assert shop.branches() == ["main"]


# --- many at once


def test_many_branches_tell_what_one_does(shop):
    one = shop.run("apps/web", "--yes").out
    shop.run("rollback", "apps/web", "--yes")

    ran = shop.run("--yes", "--all")

    assert ran.code == 0
    for text in (
        "pull-secret-none",
        "Your worktree, index and HEAD",
        "run alone",
        "of less weight",
        "take back",
    ):
        assert text in one
        assert text in ran.out
    assert ran.out.count("pull-secret-none") == 1


def test_many_branches_tell_of_the_secret_in_each_namespace(shop):
    ran = shop.run("--yes", "--all", "--pull-secret", "regcred")

    assert ran.out.count("kubectl --namespace default get secret regcred") == 1


def test_many_branches_tell_the_way_out_of_each_that_is_not_written(shop):
    shop.run("apps/web", "--yes")

    ran = shop.run("--yes", "--all")

    assert ran.code == 4
    assert "dhi/apps-web exists" in words(ran.out)
    assert "migrate-dhi rollback" in words(ran.out.partition("Next")[0])


def test_a_branch_of_several_plans_is_told_as_one(shop):
    shop.run("--yes", "--all", "--branch-per", "all", "--branch", "dhi/both")

    told = shop.run("status").out
    lines = [line.split()[0] for line in told.splitlines()]

    assert lines[0] == "dhi/both"
    assert "apps/db, apps/web, not merged" in told
    assert lines.index("apps/db") < lines.index("apps/web")
    assert "the step" not in told
    for chart in ("apps/db", "apps/web"):
        assert "dhi/both" in shop.run("status", chart).out
    ran = shop.run("rollback", "apps/db", "--yes")
    assert ran.code == 2
    assert "a branch of several plans (apps/db, apps/web)" in ran.error["error"]
    assert "migrate-dhi rollback dhi/both" in ran.error["help"]


# --- answers


def test_a_target_without_its_image_is_saved_with_it(shop):
    ran = shop.run("scan", "--to", "dhi.io/valkey:8.1.9-debian13", "--save-answers")

    assert ran.code == 0
    assert (
        "docker.io/valkey/valkey:8.1.4: dhi.io/valkey:8.1.9-debian13"
        in (shop.root / ".migrate-dhi.yaml").read_text()
    )


def test_a_command_for_one_release_has_no_flag_of_another(shop):
    values = shop.root / "apps/db/values.yaml"
    values.write_text(
        values.read_text()
        .replace("valkey/valkey", "library/postgres")
        .replace("8.1.4", "16.3")
        .replace("6379", "5432")
    )
    shop.commit("another image")
    flags = ("--to", "dhi.io/valkey:8.1.9-debian13", "--to", "postgres=dhi.io/postgres:16.15-debian13")

    told = shop.run("scan", *flags).out
    command = next(line for line in told.splitlines() if "--plan" in line).split()[1:]

    assert command[:1] == ["apps/db"]
    assert "dhi.io/valkey:8.1.9-debian13" not in command
    assert shop.run(*command).code == 0


@pytest.mark.parametrize(
    ("before", "candidates", "text"),
    [
        ("x/y:8.1.3", ["dhi.io/y:9.0.1", "dhi.io/y:8.2.0-debian13"], "dhi.io/y:8.2.0-debian13"),
        ("x/y:8.1.3", ["dhi.io/y:9.0.1", "dhi.io/y:10.0.0"], "IMAGE:TAG"),
        ("x/y:latest", ["dhi.io/y:9.0.1"], "IMAGE:TAG"),
        ("x/y:v2.1", ["dhi.io/y:2-debian13"], "dhi.io/y:2-debian13"),
        ("x/y:1", [], "IMAGE:TAG"),
    ],
)
def test_a_command_to_be_pasted_jumps_to_no_other_major(before, candidates, text):
    assert pasted(before, candidates) == text


@pytest.mark.parametrize("committed", [True, False])
def test_answers_behind_a_link_are_neither_read_nor_written(shop, committed):
    outside = shop.root.parent / "elsewhere.yaml"
    outside.write_text("probes: keep\n")
    (shop.root / ".migrate-dhi.yaml").symlink_to(outside)
    if committed:
        shop.commit("answers")

    runs = [shop.run("scan", "--pull-secret", "x", "--save-answers")]
    runs += [shop.run("apps/web", "--plan")] if committed else []

    for ran in runs:
        assert ran.code in (1, 2)
        assert "symbolic link" in ran.error["error"]
        assert ".migrate-dhi.yaml" in ran.error["error"]
    assert outside.read_text() == "probes: keep\n"


# --- several charts, and what is not there


def test_what_a_flag_names_need_not_be_in_each_of_several_charts(shop):
    values = shop.root / "apps/db/values.yaml"
    values.write_text(
        values.read_text()
        .replace("valkey/valkey", "library/postgres")
        .replace("8.1.4", "16.3")
        .replace("6379", "5432")
    )
    shop.commit("another image")

    ran = shop.run("apps/web", "apps/db", "--yes", "--to", "postgres=dhi.io/postgres:16.15-debian13")

    assert ran.code == 0
    assert sorted(shop.branches()) == ["dhi/apps-db", "dhi/apps-web", "main"]


def test_an_edit_of_a_file_of_one_chart_is_for_that_one(shop):
    pin = ("--pin", "tag", "apps/web/values.yaml", "image.tag", '"8.1.9-debian13"')

    ran = shop.run("apps/web", "apps/db", "--yes", *pin)

    assert ran.code == 0, ran.err
    assert sorted(shop.branches()) == ["dhi/apps-db", "dhi/apps-web", "main"]
    assert "tag: 8.1.9-debian13" in shop.git("show", "dhi/apps-web:apps/web/values.yaml")


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        (
            ("--pin", "tag", "apps/none/values.yaml", "image.tag", '"1"'),
            "--pin apps/none/values.yaml: none of these",
        ),
        (("--to", "dhi.io/redis:8.4.6-debian13"), "--to dhi.io/redis:8.4.6-debian13: none of these has"),
    ],
)
@pytest.mark.parametrize("mode", ["--yes", "--plan"])
def test_what_concerns_none_of_several_charts_stops_before_a_branch(shop, flag, said, mode):
    ran = shop.run("apps/web", "apps/db", mode, *flag)

    assert (ran.code, ran.out) == (2, "")
    assert ran.error["error"].startswith(said)
    assert shop.branches() == ["main"]


@pytest.mark.parametrize("flag", [("--to", "nginx=dhi.io/nginx:1.29"), ("--keep", "nginx")])
@pytest.mark.parametrize("mode", ["--yes", "--plan"])
def test_what_a_flag_names_is_in_one_of_them(shop, flag, mode):
    ran = shop.run("apps/web", "apps/db", mode, *flag)

    assert (ran.code, ran.out) == (2, "")
    assert ran.error["error"] == f"{flag[0]} nginx: none of these uses that image"
    assert shop.branches() == ["main"]


@pytest.mark.parametrize(
    ("words", "meant"),
    [(("scna",), "scan"), (("rollbak", "apps/web"), "rollback"), (("-v", "statsu"), "status"),
     (("plan", "apps/web"), "--plan"), (("help",), "--help")],
)  # fmt: skip
def test_a_mistyped_command_is_told_before_any_question(shop, words, meant):
    ran = shop.run(*words)

    assert ran.code == 2
    assert ran.error["help"] == f"do you mean `migrate-dhi {meant}`?"


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("apps/web", "--dry-run"), "do you mean --plan?"),
        (("scan", "--plan"), "--plan is a flag of `migrate-dhi CHART`, not of this command"),
        (("scan", "--nosuch"), "see migrate-dhi scan --help"),
        (("scan", "apps/webb"), "do you mean web?"),
        (("scan", "nosuch/x"), "name a file or a directory"),
        (("apps/web", "--plan", "--skip", "probs"), "do you mean probes? the steps are"),
    ],
)
def test_a_slip_is_told_with_what_is_near(shop, words, meant):
    ran = shop.run(*words)

    assert ran.code == 2
    assert ran.error["help"].startswith(meant)


def test_a_hardened_image_that_is_not_listed_is_told_with_what_is_near(shop):
    plan = json.loads(
        shop.run("apps/web", "--plan", "--format", "json", "--to", "valkey=dhi.io/valky:8.1").out
    )

    assert [one["help"] for one in plan["findings"] if one["code"] == "image-unlisted"] == [
        "do you mean valkey?"
    ]


@pytest.mark.parametrize("flag", ["--release", "--namespace", "--pull-secret", "--branch", "--target"])
def test_an_empty_word_is_no_way_to_leave_a_flag_out(shop, flag):
    error = shop.run("apps/web", "--plan", flag, "").error

    assert f"'{flag}'" in error["error"]
    assert "it is empty" in error["error"]


@pytest.mark.parametrize("sparse", [True, False])
def test_a_chart_that_is_called_like_a_command_is_no_slip(shop, sparse):
    shop.add("plain-chart", "scna")
    if sparse:
        shop.git("sparse-checkout", "set", "apps/web")

    assert shop.run("scna", "--plan").code == 0


def test_values_of_a_chart_stand_for_the_chart(shop):
    ran = shop.run("apps/web/values.yaml", "apps/web", "--plan")

    assert ran.code == 0
    assert ran.out.startswith("apps/web  ")
    assert ran.out.count("dry run") == 1


def test_outside_a_repository_no_folder_is_walked_for_a_hint(tmp_path, shop):
    copy_case("plain-chart", tmp_path / "away" / "deep" / "chart")

    error = shop.run("--plan", cwd=tmp_path / "away").error

    assert "this is no Git repository" in error["error"]
    assert "deep" not in error["help"]


def test_of_the_charts_below_a_folder_the_nearest_is_named_and_how_to_mean_all(shop):
    shop.add("plain-chart", "envs/a/deep/chart")
    shop.add("plain-chart", "envs/z")

    assert shop.run("envs", "--yes").error["help"] == (
        "name the directory that holds Chart.yaml, as envs/z; with --yes --all, every release below it is meant"
    )


def test_a_tab_in_a_folder_comes_out_of_a_shell_as_it_went_in(shop):
    shop.add("plain-chart", "apps/a\tb")

    told = shop.run("apps/a\tb", "--plan").out

    assert "migrate-dhi $'apps/a\\tb' --yes" in told


def test_a_plan_of_a_file_that_differs_says_what_comes_before_the_branch(shop):
    values = shop.root / "apps/web/values.yaml"
    values.write_text(values.read_text() + "# mine\n")

    told = words(shop.run("apps/web", "--plan").out)

    assert (
        "To write the branch, commit or put aside apps/web/values.yaml, and then: migrate-dhi apps/web --yes"
        in told
    )
    assert shop.run("apps/web", "--yes").code == 4


def test_a_branch_of_a_release_is_taken_back_by_name(shop):
    (shop.root / "web.yaml").write_text(
        APPLICATION.format(path="apps/web").replace(", targetRevision: v1", "")
    )
    shop.git("remote", "add", "origin", "https://git.example/x")
    shop.commit("deploy it")
    shop.run("web.yaml", "--yes")
    branch = next(name for name in shop.branches() if name != "main")

    error = shop.run("web.yaml", "--yes").error

    assert f"take it back first (migrate-dhi rollback {branch})" in error["help"]
    assert shop.run("rollback", branch, "--yes").code == 0


def test_a_mistyped_chart_is_told_with_the_chart_that_is_near(shop):
    assert "apps/web" in shop.run("apps/webb", "--plan").error["help"]


@pytest.mark.parametrize("argument", ["apps/db", "default/db"])
def test_a_chart_that_a_sparse_checkout_leaves_out_is_planned_and_written_as_git_has_it(shop, argument):
    flags = ("--offline", "--pull-secret", "dhi")
    whole = json.loads(shop.run(argument, "--plan", "--format", "json", *flags).out)
    shop.git("sparse-checkout", "set", "apps/web")
    assert not (shop.root / "apps/db").exists()

    ran = shop.run(argument, "--plan", "--format", "json", *flags)
    written = shop.run(argument, "--yes", *flags)

    found = json.loads(ran.out)
    assert found["steps"] == whole["steps"]
    assert found["findings"] == whole["findings"]
    assert written.code == ran.code
    assert not (shop.root / "apps/db").exists()
    (branch,) = [name for name in shop.branches() if name != "main"]
    assert "dhi.io" in shop.git("show", f"{branch}:apps/db/values.yaml")
    assert "not in this worktree" not in shop.run("scan", "--format", "json", *flags).out


def test_a_chart_that_was_deleted_is_told_so(shop):
    shutil.rmtree(shop.root / "apps/db")

    ran = shop.run("apps/db", "--plan")

    assert ran.code == 2


def test_a_scan_tells_the_way_out_of_what_could_not_be_planned(shop):
    text = APPLICATION.format(path="x").replace(
        "path: x, targetRevision: v1", "chart: search, targetRevision: 1.0.0"
    )
    (shop.root / "search.yaml").write_text(text.replace("git.example/x", "charts.example"))
    (shop.root / "apps/db/values.yaml").write_text("image: [\n")

    told = words(shop.run("scan", "--offline").out)

    assert "--chart-dir" in told
    assert "mend the file that the message names" in told
