"""Bad input: three lines on stderr, the exit code of the contract, nothing on stdout, nothing changed."""

import os
import shutil

import pytest

from migrate_dhi.steps import NAMES
from tests.charts import copy_case

FLAGS = ("--offline",)


@pytest.fixture
def shop(workshop):
    workshop.add("values-comments", "apps/cache")
    return workshop


def refused(shop, code, *args, cwd=None):
    """Run, and check what every refusal has in common; returns the three lines."""
    before = shop.picture()

    ran = shop.run(*args, cwd=cwd)

    assert ran.code == code, ran
    assert ran.out == ""
    assert shop.picture() == before
    assert ran.error["state"] == "nothing was changed"
    assert ran.error["help"]
    return ran.error


@pytest.mark.parametrize("mode", ["--plan", "--yes"])
class TestNotReady:
    """What both --plan and --yes refuse."""

    def test_a_path_that_does_not_exist(self, shop, mode):
        error = refused(shop, 2, "apps/nowhere", mode)

        assert error["error"] == "apps/nowhere: there is no such path or release"

    def test_a_directory_without_chart(self, shop, mode):
        (shop.root / "docs").mkdir()

        error = refused(shop, 2, "docs", mode)

        assert error["error"].startswith("docs: this is not a chart")
        assert error["help"] == "name the directory that holds Chart.yaml"

    def test_a_file_of_a_chart(self, shop, mode):
        (shop.root / "apps/cache/notes.txt").write_text("ours")

        error = refused(shop, 2, "apps/cache/notes.txt", mode)

        assert error["error"].endswith("this file deploys nothing, and no release takes its values from it")
        assert error["help"].startswith("name the chart's directory: apps/cache;")

    def test_a_file_that_is_no_chart(self, shop, mode):
        refused(shop, 2, "README.md", mode)

    def test_no_chart_at_or_above_the_current_directory(self, shop, mode):
        (shop.root / "docs").mkdir()

        error = refused(shop, 2, mode, cwd=shop.root / "docs")

        assert "Chart.yaml" in error["error"]
        assert error["help"] == "name a chart: migrate-dhi CHART"

    def test_the_chart_that_is_below_is_one_word_of_the_command(self, workshop, mode):
        workshop.add("values-comments", "a;touch X;b")

        if mode == "--plan":
            assert workshop.run(mode).code == 0
        else:
            assert refused(workshop, 2, mode)["help"].startswith("name a chart: migrate-dhi 'a;touch X;b'; ")

    def test_chart_yaml_that_is_no_yaml(self, shop, mode):
        shop.add("bad-chart-yaml")

        assert refused(shop, 4, "apps/bad-chart-yaml", mode)["error"].startswith(
            "apps/bad-chart-yaml/Chart.yaml:5:"
        )

    def test_chart_yaml_without_version(self, shop, mode):
        shop.add("chart-yaml-no-version")

        error = refused(shop, 4, "apps/chart-yaml-no-version", mode)

        assert error["error"] == "apps/chart-yaml-no-version/Chart.yaml: `version` is missing"

    def test_values_that_are_a_template(self, shop, mode):
        shop.add("templated-values")

        error = refused(shop, 4, "apps/templated-values", mode)

        assert error["error"].startswith("apps/templated-values/values.yaml:2:")

    def test_values_that_are_no_utf8(self, shop, mode):
        (shop.root / "apps/cache/values.yaml").write_bytes(b"# ok\nnode: caf\xe9\n")
        shop.commit("latin-1")

        assert refused(shop, 4, "apps/cache", mode)["error"].startswith("apps/cache/values.yaml:2:")

    def test_a_dependency_that_is_not_vendored(self, shop, mode):
        shop.add("missing-dependency")

        error = refused(shop, 4, "apps/missing-dependency", mode, "--offline")

        assert error["error"].startswith(
            "apps/missing-dependency/Chart.yaml: not in charts/, and --offline forbids fetching: node 1.0.0 from https://"
        )
        assert "`migrate-dhi fetch`" in error["help"]

    def test_a_dependency_of_the_wrong_version(self, shop, mode):
        shop.add("mismatched-dependency")

        error = refused(shop, 4, "apps/mismatched-dependency", mode)

        assert "dependency cache 2.0.0" in error["error"]
        assert "wrong version" in error["error"]

    def test_a_chart_that_does_not_render(self, shop, mode):
        shop.add("required-value")
        shop.remove("apps/required-value/ci")

        error = refused(shop, 4, "apps/required-value", mode)

        assert error["error"].startswith("apps/required-value/templates/deployment.yaml:23: ")
        assert error["error"].endswith("auth.existingSecret is required: the Secret that holds the password")
        assert "--values" in error["help"]

    def test_a_kubernetes_version_that_the_chart_excludes(self, shop, mode):
        shop.add("kubeversion")

        error = refused(shop, 4, "apps/kubeversion", mode)

        assert ">=1.25.0-0 <1.33.0-0" in error["error"]
        assert "--kube-version" in error["help"]

    def test_a_values_file_that_does_not_exist(self, shop, mode):
        assert refused(shop, 2, "apps/cache", mode, "--values", "more.yaml")["error"].startswith("more.yaml:")

    def test_an_unknown_base(self, shop, mode):
        assert "no-such-rev" in refused(shop, 2, "apps/cache", mode, "--base", "no-such-rev")["error"]

    @pytest.mark.parametrize("flag", ["--only", "--skip"])
    def test_an_unknown_step(self, shop, mode, flag):
        error = refused(shop, 2, "apps/cache", mode, flag, "registri")

        assert "registri" in error["error"]
        assert error["help"] == f"do you mean registry? the steps are {', '.join(NAMES)}"

    @pytest.mark.parametrize("flag", ["--keep", "--to"])
    def test_an_image_that_the_chart_does_not_use(self, shop, mode, flag):
        image = "postgres" if flag == "--keep" else "postgres=dhi.io/postgres:17"

        error = refused(shop, 2, "apps/cache", mode, flag, image)

        assert "postgres" in error["error"]
        assert "docker.io/valkey/valkey" in error["error"] + error["help"]

    @pytest.mark.parametrize(
        "reference", ["dhi.io/Valkey:1", "dhi.io/valkey:", "valkey=", "dhi.io//valkey:1", ""]
    )
    def test_a_malformed_image_reference(self, shop, mode, reference):
        refused(shop, 2, "apps/cache", mode, "--to", reference)

    @pytest.mark.parametrize(
        "template", ["dhi.io", "dhi.io/{nam}", "https://dhi.io/{name}", "dhi.io/{name}:1"]
    )
    def test_a_target_that_makes_no_reference(self, shop, mode, template):
        refused(shop, 2, "apps/cache", mode, "--target", template)

    def test_only_and_skip_name_the_same_step(self, shop, mode):
        assert "tag" in refused(shop, 2, "apps/cache", mode, "--only", "tag", "--skip", "tag")["error"]

    def test_keep_and_to_name_the_same_image(self, shop, mode):
        refused(shop, 2, "apps/cache", mode, "--keep", "valkey", "--to", "valkey=dhi.io/valkey:9.0.2")

    def test_an_unknown_option(self, shop, mode):
        error = refused(shop, 2, "apps/cache", mode, "--dry-run")

        assert "--dry-run" in error["error"]
        assert error["help"] == "do you mean --plan?"

    def test_an_option_without_its_value(self, shop, mode):
        refused(shop, 2, "apps/cache", mode, "--pull-secret")

    @pytest.mark.parametrize(
        ("flag", "value"),
        [
            ("--probes", "http"),
            ("--bump", "huge"),
            ("--distro", "arch"),
            ("--format", "xml"),
            ("--render-timeout", "0"),
            ("--render-timeout", "nan"),
            ("--render-timeout", "inf"),
        ],
    )
    def test_a_value_that_an_option_does_not_take(self, shop, mode, flag, value):
        refused(shop, 2, "apps/cache", mode, flag, value)

    def test_a_malformed_kubernetes_version(self, shop, mode):
        refused(shop, 2, "apps/cache", mode, "--kube-version", "one.two")

    @pytest.mark.parametrize(
        ("flag", "name"),
        [
            ("--pull-secret", "my secret"),
            ("--pull-secret", "My_Secret"),
            ("--pull-secret", "a..b"),
            ("--release", "r" * 54),
            ("--namespace", "a.b"),
            ("--branch", "a..b"),
        ],
    )
    def test_a_name_that_the_cluster_or_git_refuses(self, shop, mode, flag, name):
        assert name in refused(shop, 2, "apps/cache", mode, flag, name)["error"]

    def test_one_branch_name_for_two_charts(self, shop, mode):
        shop.add("custom-probe")

        refused(shop, 2, "apps/cache", "apps/custom-probe", mode, "--branch", "dhi/both")


def test_plan_and_yes_contradict_each_other(shop):
    assert "--plan and --yes" in refused(shop, 2, "apps/cache", "--plan", "--yes")["error"]


@pytest.mark.parametrize("flags", [("--check",), ("--format", "json")])
@pytest.mark.parametrize("mode", [("--yes",), ()])
def test_what_belongs_to_plan_needs_plan(shop, flags, mode):
    assert refused(shop, 2, "apps/cache", *mode, *flags)["help"] == "add --plan"


def test_without_a_terminal_nothing_is_asked(shop):
    error = refused(shop, 2, "apps/cache")

    assert "terminal" in error["error"]
    assert "--plan" in error["help"]
    assert "--yes" in error["help"]


def test_rollback_without_a_terminal_wants_yes(shop):
    assert shop.run("apps/cache", "--yes", "--pull-secret", "dhi").code == 0

    assert "--yes" in refused(shop, 2, "rollback", "apps/cache")["help"]


def test_rollback_of_nothing_says_so(shop):
    assert "no branch of migrate-dhi" in refused(shop, 2, "rollback", "apps/cache")["help"]


class TestNotWritable:
    """What --yes refuses and --plan shows."""

    def test_uncommitted_changes_in_the_chart(self, shop):
        with (shop.root / "apps/cache/values.yaml").open("a") as file:
            file.write("# later\n")

        error = refused(shop, 4, "apps/cache", "--yes")

        assert error["error"].startswith("apps/cache/values.yaml: the file differs from HEAD")

    def test_a_staged_deletion_in_the_chart(self, shop):
        shop.git("rm", "--quiet", "apps/cache/values.yaml")

        assert "apps/cache/values.yaml" in refused(shop, 4, "apps/cache", "--yes")["error"]

    def test_an_untracked_file_that_would_be_edited(self, shop):
        shop.add("values-missing")
        (shop.root / "apps/values-missing/values.yaml").write_text("# mine\n")

        assert "apps/values-missing/values.yaml" in refused(shop, 4, "apps/values-missing", "--yes")["error"]

    def test_not_a_git_repository(self, shop, tmp_path):
        chart = copy_case("values-comments", tmp_path / "elsewhere")

        error = refused(shop, 4, chart, "--yes")

        assert "not a git repository" in error["error"]
        assert "--plan" in error["help"]

    def test_a_repository_that_git_refuses(self, shop):
        (shop.root / ".git/config").write_text("[core\n")

        error = refused(shop, 4, "apps/cache", "--yes")

        assert "bad config line 1" in error["error"]
        assert "git status" in error["help"]

    def test_without_git(self, shop, monkeypatch):
        monkeypatch.setenv("PATH", str(shop.root))

        assert "git is not installed" in refused(shop, 4, "apps/cache", "--yes")["error"]

    def test_a_base_that_lacks_the_chart(self, shop):
        shop.add("custom-probe")

        error = refused(shop, 4, "apps/custom-probe", "--yes", "--base", "HEAD~1")

        assert error["error"] == "apps/custom-probe/Chart.yaml: the chart is not in HEAD~1"
        assert "--base" in error["help"]

    def test_a_chart_that_is_not_committed(self, shop):
        copy_case("custom-probe", shop.root / "new")

        assert refused(shop, 4, "new", "--yes")["error"] == "new/Chart.yaml: the chart is not in HEAD"

    def test_a_hook_that_refuses_the_branch(self, shop):
        hook = shop.root / ".git/hooks/reference-transaction"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\nexit 1\n")
        hook.chmod(0o755)

        ran = shop.run("apps/cache", "--yes")

        assert ran.code == 1
        assert "git branch dhi/apps-cache" in ran.error["help"]
        assert shop.branches() == ["main"]

    def test_a_repository_without_commit(self, shop):
        shutil.rmtree(shop.root / ".git")
        shop.git("init", "--quiet", "--template=")

        assert "commit" in refused(shop, 4, "apps/cache", "--yes")["error"]

    def test_no_identity(self, shop, clean_home):
        (clean_home / ".gitconfig").write_text("[user]\n\tuseConfigOnly = true\n")

        error = refused(shop, 4, "apps/cache", "--yes")

        assert "user.name" in error["help"] or "user.email" in error["help"]

    def test_the_branch_exists(self, shop):
        assert shop.run("apps/cache", "--yes").code == 0

        error = refused(shop, 4, "apps/cache", "--yes")

        assert "dhi/apps-cache" in error["error"]
        assert "rollback" in error["help"]
        assert "--branch" in error["help"]

    def test_the_name_of_the_branch_is_a_folder_of_another(self, shop):
        shop.git("branch", "dhi/apps-cache/old")

        assert "dhi/apps-cache" in refused(shop, 4, "apps/cache", "--yes")["error"]

    @pytest.mark.parametrize("name", ["a..b", "-x", "a b", "refs/heads/", "a.lock"])
    def test_a_malformed_branch_name(self, shop, name):
        refused(shop, 2, "apps/cache", "--yes", f"--branch={name}")

    def test_a_values_file_outside_the_repository(self, shop, tmp_path):
        outside = tmp_path / "outside.yaml"
        outside.write_text("node: {image: {tag: 8.1.4}}\n")

        assert "outside" in refused(shop, 4, "apps/cache", "--yes", "--values", outside)["error"]

    def test_a_blocked_step(self, shop):
        shop.add("no-secret-value", foreign=True)

        error = refused(shop, 5, "apps/no-secret-value", "--yes", "--pull-secret", "kubernetes-dhi")

        assert "pull-secret" in error["error"]
        assert "--accept pull-secret-unreached" in error["help"]

    def test_an_open_error_finding(self, shop):
        shop.add("version-in-selector")

        error = refused(shop, 5, "apps/version-in-selector", "--yes")

        assert "immutable-field" in error["error"]
        assert "--accept immutable-field" in error["help"]

    def test_the_flag_that_accepts_it_is_told_once(self, shop):
        shop.add("upgrade-job")

        error = refused(shop, 5, "apps/upgrade-job", "--yes")

        assert error["help"].count("--accept unannounced-change") == 1

    def test_an_image_that_is_not_decided(self, shop):
        shop.add("low-port")

        error = refused(shop, 5, "apps/low-port", "--yes", "--within", "patch", "--no-past")

        image = "docker.io/library/nginx:1.29.3-alpine"
        assert image in error["error"]
        assert f"--to {image}=IMAGE:TAG (possible: dhi.io/nginx:" in error["help"]
        assert f"--keep {image}" in error["help"]
        assert "--accept image-undecided" in error["help"]

    def test_the_key_to_edit_is_there_twice(self, shop):
        shop.add("dup-key-on-path")

        assert "registry" in refused(shop, 5, "apps/dup-key-on-path", "--yes")["error"]


@pytest.mark.parametrize("asking", ["releases", "fetch", "scan", "status"])
def test_in_a_repository_without_files(shop, tmp_path, asking):
    shop.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))

    refused(shop, 4, asking, cwd=tmp_path / "bare.git")


def test_a_plan_outside_git_offers_no_command_that_would_be_refused(shop, tmp_path):
    shutil.copytree(shop.root / "apps", tmp_path / "outside")

    ran = shop.run("cache", "--plan", "--offline", cwd=tmp_path / "outside")

    assert ran.code == 0
    assert "no branch can be written" in " ".join(ran.out.split()).lower()
    assert "--yes" not in ran.out


@pytest.mark.parametrize("command", ["status", "rollback"])
class TestOtherCommands:
    def test_outside_git(self, shop, tmp_path, command):
        outside = tmp_path / "outside"
        outside.mkdir()

        refused(shop, 4, command, *(["--yes"] if command == "rollback" else []), cwd=outside)

    def test_an_unknown_option(self, shop, command):
        error = refused(shop, 2, command, "--frob")

        assert error["help"] == f"see migrate-dhi {command} --help"

    def test_too_many_arguments(self, shop, command):
        refused(shop, 2, command, "a", "b")


def test_rollback_of_what_is_no_branch(shop):
    assert "nothing-here" in refused(shop, 2, "rollback", "nothing-here", "--yes")["error"]


def test_rollback_to_an_unknown_step(shop):
    assert shop.run("apps/cache", "--yes").code == 0

    assert "registri" in refused(shop, 2, "rollback", "apps/cache", "--to", "registri", "--yes")["error"]


# --- the system refuses


def test_a_path_that_is_too_long_for_the_system(shop):
    assert "File name too long" in refused(shop, 4, "x" * 300, "--plan")["error"]


def test_values_that_are_a_directory(shop):
    (shop.root / "apps/cache/values.yaml").unlink()
    (shop.root / "apps/cache/values.yaml").mkdir()

    error = refused(shop, 4, "apps/cache", "--plan")

    assert "apps/cache/values.yaml: the file is not read: it is no regular file" in error["error"]


def test_values_that_are_nested_too_deeply(shop):
    with (shop.root / "apps/cache/values.yaml").open("a") as file:
        file.write(f"deep: {'[' * 3000}{']' * 3000}\n")

    assert "nested too deeply" in refused(shop, 4, "apps/cache", "--plan")["error"]


def test_a_path_that_is_no_text(shop):
    (shop.root / "apps/cache").rename(os.fsdecode(bytes(shop.root) + b"/apps/caf\xe9"))

    assert "not UTF-8" in refused(shop, 2, os.fsdecode(b"apps/caf\xe9"), "--plan")["error"]


def test_a_hint_does_not_walk_hidden_folders(shop):
    copy_case("values-comments", shop.root / "docs/.old/chart")

    assert refused(shop, 2, "docs", "--yes")["help"] == "name the directory that holds Chart.yaml"


def test_what_git_refuses_is_not_answered_with_the_list_of_options(shop):
    tree = shop.git("rev-parse", "HEAD^{tree}")
    (shop.root / ".git/objects" / tree[:2] / tree[2:]).unlink()

    error = refused(shop, 4, "apps/cache", "--yes")

    assert "git" in error["error"]
    assert error["help"] == "mend what the message names, and run this again"


@pytest.mark.parametrize("flag", ["--playbooks", "--catalog"])
@pytest.mark.parametrize("command", [["apps/web", "--plan"], ["scan"]])
def test_a_named_place_that_is_not_there_is_a_wrong_argument(workshop, flag, command):
    workshop.add("plain-chart", "apps/web")

    ran = workshop.run(*command, flag, "/nowhere/x")

    assert ran.code == 2
    assert "/nowhere/x: there is no such" in ran.err
