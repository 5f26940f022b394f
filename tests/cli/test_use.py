"""The command line as people and pipelines use it: modes, flags, exit codes, formats, help."""

import json
import os
import signal
import subprocess
import sys
import time

import click
import pytest

from migrate_dhi import __version__
from migrate_dhi.cli import COMMANDS, migrate, run
from tests.charts import copy_case
from tests.forked import Program

CHART = "apps/cache"
BRANCH = "dhi/apps-cache"


@pytest.fixture
def shop(workshop):
    workshop.add("values-comments", CHART)
    return workshop


def plan_json(shop, *args):
    ran = shop.run(CHART, "--plan", "--format", "json", *args)
    return json.loads(ran.out)


def step(plan, name):
    return next(found for found in plan["steps"] if found["name"] == name)


# --- modes and exit codes


def test_plan_leaves_status_times_and_refs(shop):
    before = shop.picture()

    ran = shop.run(CHART, "--plan")

    assert ran.code == 0
    assert shop.picture() == before


@pytest.mark.parametrize(
    ("case", "flags", "code"),
    [
        ("values-comments", (), 0),
        ("values-comments", ("--check",), 6),
        ("already-hardened", (), 0),
        ("already-hardened", ("--check",), 0),
        ("no-counterpart", ("--check",), 0),
        ("no-secret-value", ("--pull-secret", "x"), 5),
        ("no-secret-value", ("--pull-secret", "x", "--check"), 5),
        ("version-in-selector", (), 5),
        ("version-in-selector", ("--accept", "immutable-field"), 0),
        ("version-in-selector", ("--accept", "all", "--check"), 6),
        ("low-port", (), 0),
        ("low-port", ("--within", "patch", "--no-past"), 5),
        ("low-port", ("--within", "patch", "--no-past", "--accept", "image-undecided"), 0),
        ("low-port", ("--keep", "nginx"), 0),
        ("dup-key-on-path", (), 5),
        ("kubeversion", ("--kube-version", "v1.31.0"), 0),
    ],
)
def test_the_exit_code_of_a_plan(workshop, case, flags, code):
    workshop.add(case, "apps/x", foreign=case == "no-secret-value")

    ran = workshop.run("apps/x", "--plan", *flags)

    assert ran.code == code
    assert ran.out
    assert "error:" not in ran.err


def test_steps_wait_for_an_image_that_is_not_decided(workshop):
    workshop.add("low-port")

    flags = ("--within", "patch", "--no-past", "--plan")
    text = workshop.run("apps/low-port", *flags).out
    plan = json.loads(workshop.run("apps/low-port", *flags, "--format", "json").out)

    rows = [line for line in text.splitlines() if " waiting " in line]
    assert [row.split()[1] for row in rows] == [
        "registry",
        "tag",
        "pull-secret",
        "probes",
        "run-as-user",
        "versions",
    ]
    assert "not needed" not in text
    assert step(plan, "registry")["status"] == "not-needed"
    assert step(plan, "registry")["reason"] == (
        "waiting for a choice: what docker.io/library/nginx:1.29.3-alpine becomes"
    )
    left = workshop.run("apps/low-port", *flags, "--accept", "image-undecided").out
    assert " waiting " not in left


def test_a_step_waits_for_an_image_beside_those_that_move(workshop):
    chart = workshop.add("umbrella")
    for file in chart.rglob("*.yaml"):
        file.write_text(file.read_text().replace("v1.89.0", "v0.1.0"))
    workshop.commit("take an old exporter")

    ran = workshop.run("apps/umbrella", "--plan", "--within", "patch", "--no-past")
    steps = json.loads(
        workshop.run("apps/umbrella", "--plan", "--within", "patch", "--no-past", "--format", "json").out
    )

    assert ran.code == 5
    assert "1 image moves, 1 waits for a choice" in ran.out
    assert [line.split()[1] for line in ran.out.splitlines() if " waiting " in line] == [
        "probes",
        "run-as-user",
    ]
    assert step(steps, "probes")["reason"].startswith(
        "waiting for a choice: what docker.io/oliver006/redis_exporter:v0.1.0 becomes; of the others: no "
    )


def test_several_charts_return_the_worst(workshop):
    for case in ("values-comments", "no-counterpart", "version-in-selector"):
        workshop.add(case)

    assert workshop.run("apps/values-comments", "apps/no-counterpart", "--plan").code == 0
    assert workshop.run("apps/values-comments", "apps/no-counterpart", "--plan", "--check").code == 6
    assert workshop.run("apps/version-in-selector", "apps/values-comments", "--plan", "--check").code == 5
    assert workshop.run("apps/values-comments", "apps/nothing", "--plan").code == 2


def test_a_failure_beats_a_blocked_plan_and_each_chart_has_its_entry(workshop):
    workshop.add("version-in-selector")
    workshop.add("required-value")
    workshop.remove("apps/required-value/ci")

    ran = workshop.run("apps/version-in-selector", "apps/required-value", "--plan", "--format", "json")

    assert ran.code == 4
    blocked, failed = json.loads(ran.out)["plans"]
    assert blocked["status"] == "blocked"
    assert failed["argument"] == "apps/required-value"
    assert failed["error"]["message"] in ran.err
    text = workshop.run(
        "apps/required-value", "apps/version-in-selector", "--plan", "--format", "markdown"
    ).out
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## `apps/required-value`: no plan",
        "## `apps/version-in-selector`: Docker Hardened Images",
    ]
    assert failed["error"]["help"]


def test_a_chart_named_twice_is_done_once(shop):
    (shop.root / "link").symlink_to(CHART)

    ran = shop.run(CHART, "link", f"{CHART}/Chart.yaml", "apps/../apps/cache", "--plan", "--format", "json")

    assert json.loads(ran.out)["schema"] == "migrate-dhi/plan/1"


def test_yes_writes_and_says_what_and_what_next(shop):
    ran = shop.run(CHART, "--yes")

    assert ran.code == 0
    assert BRANCH in ran.out
    assert "git log" in ran.out
    assert f"migrate-dhi rollback {BRANCH}" in ran.out
    for commit in shop.git("log", "--format=%h", f"main..{BRANCH}").split():
        assert commit[:7] in ran.out


def test_a_blank_line_parts_what_is_told_of_several_charts(shop):
    shop.add("custom-probe")

    ran = shop.run(CHART, "apps/custom-probe", "--yes", "--skip", "pull-secret")

    assert ran.code == 0, ran.err
    assert ran.out.count("Wrote dhi/") == 2
    second = ran.out.splitlines().index(
        next(line for line in ran.out.splitlines() if "Wrote dhi/apps-custom-probe" in line)
    )
    assert ran.out.splitlines()[second - 1] == ""


def test_status_and_rollback_and_again(shop):
    shop.run(CHART, "--yes")

    assert BRANCH in shop.run("status").out
    assert shop.run("rollback", CHART, "--yes").code == 0
    assert shop.branches() == ["main"]
    assert shop.run(CHART, "--yes").code == 0


def test_the_first_option_may_stand_before_the_command(shop):
    shop.run(CHART, "--yes")

    assert shop.run("--format", "json", "status").code == 0


@pytest.mark.parametrize("name", ["status", "rollback"])
def test_a_directory_named_like_a_command_is_meant_with_a_path(shop, name):
    copy_case("values-comments", shop.root / name)
    shop.commit("a chart with the name of a command")

    ran = shop.run(f"./{name}", "--plan", "--format", "json")

    assert ran.code == 0
    assert json.loads(ran.out)["chart"]["path"] == name


def test_after_two_dashes_every_word_is_a_chart(shop):
    copy_case("values-comments", shop.root / "status")
    shop.commit("a chart with the name of a command")

    assert json.loads(shop.run("--plan", "--format", "json", "--", "status").out)["chart"]["path"] == "status"


def test_a_word_behind_an_option_is_its_value_and_no_command(shop):
    assert plan_json(shop, "--release", "status")["release"] == "status"


# --- results on stdout, progress on stderr


def test_json_is_all_of_stdout(shop):
    ran = shop.run(CHART, "--plan", "--format", "json")

    assert json.loads(ran.out)["schema"] == "migrate-dhi/plan/1"
    assert ran.out.isascii()


def test_several_plans_are_one_document(shop):
    shop.add("plain-chart")

    found = json.loads(shop.run(CHART, "apps/plain-chart", "--plan", "--format", "json").out)

    assert found["schema"] == "migrate-dhi/plans/1"
    assert [plan["chart"]["path"] for plan in found["plans"]] == [CHART, "apps/plain-chart"]


def test_text_has_no_colours_without_a_terminal(shop):
    assert "\x1b" not in shop.run(CHART, "--plan").out


def test_text_shows_steps_and_the_net_diff(shop):
    out = shop.run(CHART, "--plan", "--pull-secret", "kubernetes-dhi").out

    for name in ("registry", "tag", "pull-secret", "probes", "run-as-user", "versions"):
        assert name in out
    assert f"\n  {CHART}/values.yaml\n    @@ " in out
    assert "dhi.io/valkey" in out
    assert BRANCH in out


def test_markdown_is_text_for_a_pull_request(shop):
    out = shop.run(CHART, "--plan", "--format", "markdown").out

    assert out.startswith(f"## `{CHART}`")
    assert "| Before | After | User | Shell | End of life | Used by |" in out
    assert ": pull from dhi.io/valkey: `" in out
    assert "### How to roll back" in out


def test_the_plan_tells_the_command_that_writes_it(shop):
    out = shop.run(CHART, "--plan", "--pull-secret", "my-secret", "--bump", "minor").out

    flat = " ".join(out.split())
    assert f"migrate-dhi {CHART} --pull-secret my-secret --bump minor --yes" in flat


def test_the_plans_of_several_charts_tell_a_command_with_all_flags(shop):
    shop.add("custom-probe")

    out = shop.run(CHART, "apps/custom-probe", "--plan", "--pull-secret", "my-secret").out

    command = f"migrate-dhi {CHART} apps/custom-probe --pull-secret my-secret --yes"
    assert " ".join(out.split()).count(command) == 2


def test_the_values_of_an_image_are_named_as_its_edits_are_and_can_be_given_back(workshop):
    workshop.add("extra-containers-list", "apps/x")

    plan = json.loads(workshop.run("apps/x", "--plan", "--format", "json").out)
    values = {value["path"] for image in plan["images"] if image["after"] for value in image["values"]}
    registry = next(step for step in plan["steps"] if step["name"] == "registry")["edits"]
    pins = [w for e in registry for w in ("--pin", "registry", e["file"], e["path"], json.dumps(e["after"]))]
    again = json.loads(workshop.run("apps/x", "--plan", "--format", "json", *pins).out)

    assert {edit["path"] for edit in registry} <= values
    assert "extraContainers[0].image" in values
    assert again["steps"] == plan["steps"]


# --- flags


def test_only_and_skip(shop):
    only = plan_json(shop, "--only", "registry", "--only", "tag")
    skip = plan_json(shop, "--skip", "versions")

    assert [s["name"] for s in only["steps"] if s["status"] == "proven"] == ["registry", "tag"]
    assert {s["status"] for s in only["steps"] if s["name"] not in ("registry", "tag")} == {"skipped"}
    assert step(skip, "versions")["status"] == "skipped"


def test_a_step_that_lacks_one_beside_only_is_told_flags_that_go_together(shop):
    first = shop.run(CHART, "--plan", "--offline", "--only", "tag")
    lines = [line.strip() for line in first.out.splitlines()]

    flags = lines[lines.index("step tag is blocked; to decide it:") + 1].split()
    second = shop.run(CHART, "--plan", "--offline", "--only", "tag", *flags)

    assert (first.code, flags, second.code) == (5, ["--only", "registry"], 0)
    assert "--skip" not in first.out


def test_to_with_and_without_its_image(shop):
    for to in (
        "dhi.io/valkey:9.0.2",
        "valkey:9.0.2",
        "docker.io/valkey/valkey=valkey:9.0.2",
        "valkey=dhi.io/valkey:9.0.2",
    ):
        (image,) = plan_json(shop, "--to", to)["images"]
        assert image["after"] == "dhi.io/valkey:9.0.2"


def test_target_is_a_template(shop):
    (image,) = plan_json(shop, "--target", "docker.io/acme/dhi-{name}")["images"]

    assert image["after"].startswith("docker.io/acme/dhi-valkey:")


def test_keep(shop):
    plan = plan_json(shop, "--keep", "valkey")

    assert plan["status"] == "nothing-to-do"
    assert [image["status"] for image in plan["images"]] == ["kept"]


@pytest.mark.parametrize("distro", ["alpine", "debian"])
def test_distro(workshop, distro):
    workshop.add("float-tag", CHART)

    (image,) = plan_json(workshop, "--distro", distro)["images"]

    assert image["before"] == "docker.io/library/postgres:18.1"
    assert distro in image["after"]


def test_release_namespace_and_kubernetes_version_are_told_and_used(shop):
    plan = plan_json(shop, "--release", "web", "--namespace", "prod", "--kube-version", "v1.30.2")

    assert (plan["release"], plan["namespace"]) == ("web", "prod")
    assert plan["engine"]["kube_version"] == "v1.30.2"
    assert any(effect["object"].endswith("/web") for effect in step(plan, "registry")["effects"])


def test_the_release_is_the_directorys_name(shop):
    assert plan_json(shop)["release"] == "cache"


def test_values_files_count(shop):
    (shop.root / "prod.yaml").write_text("node:\n  image:\n    tag: 8.1.3\n")
    shop.commit("prod")

    plan = plan_json(shop, "--values", "prod.yaml")

    assert plan["images"][0]["before"].endswith(":8.1.3")
    assert plan["chart"]["values_files"] == [f"{CHART}/values.yaml", "prod.yaml"]
    assert {edit["file"] for edit in step(plan, "tag")["edits"]} == {"prod.yaml"}


def test_the_short_form_of_values(shop):
    (shop.root / "prod.yaml").write_text("node:\n  image:\n    tag: 8.1.3\n")

    assert plan_json(shop, "-f", "prod.yaml")["images"][0]["before"].endswith(":8.1.3")


def test_api_versions(workshop):
    chart = workshop.add("plain-chart", CHART)
    (chart / "templates/monitor.yaml").write_text(
        '{{ if .Capabilities.APIVersions.Has "monitoring.acme.example/v1" }}\n'
        "apiVersion: monitoring.acme.example/v1\nkind: Watch\nmetadata:\n  name: x\n"
        "spec:\n  image: {{ .Values.image.registry }}/{{ .Values.image.repository }}:8.1.4\n{{ end }}\n"
    )
    workshop.commit("a monitor")

    without = plan_json(workshop)
    given = plan_json(workshop, "--api-versions", "monitoring.acme.example/v1")

    assert [use["kind"] for use in without["images"][0]["used_by"]] == ["Deployment"]
    assert "Watch" in [use["kind"] for use in given["images"][0]["used_by"]]


def test_branch_and_base_are_told(shop):
    plan = plan_json(shop, "--branch", "feature/x", "--base", "main")

    assert (plan["branch"], plan["base"]) == ("feature/x", "main")


def test_the_secret_that_the_repository_uses_is_taken(workshop):
    workshop.add("values-comments", CHART)
    workshop.add("already-hardened")

    assert "kubernetes-dhi" in step(plan_json(workshop), "pull-secret")["diff"]


# --- help


def test_help_lists_options_and_commands(capsys):
    assert run(["--help"]) == 0

    out = capsys.readouterr().out
    for command in COMMANDS:
        assert f"  {command} " in out
    for parameter in migrate.params:
        for name in parameter.opts:
            assert name in out or name == "charts"


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_every_command_has_help(command, capsys):
    assert run([*command, "--help"]) == 0
    assert run([*command, "-h"]) == 0

    assert capsys.readouterr().out.startswith("Usage: migrate-dhi" + "".join(f" {name}" for name in command))


def test_every_option_is_explained():
    bare = [
        parameter.name
        for command in (migrate, *COMMANDS.values())
        for parameter in command.params
        if isinstance(parameter, click.Option)
        and not parameter.help
        and not isinstance(parameter.type, click.Choice)
        and parameter.name != "namespace"
    ]

    assert not bare


def test_version(capsys):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"migrate-dhi {__version__}\n"


def test_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "migrate_dhi", "--version"], capture_output=True, text=True, check=True
    )

    assert done.stdout == f"migrate-dhi {__version__}\n"


# --- interrupted, and a reader that goes away


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_with_130_and_says_the_state(shop, tmp_path, number):
    """A Helm that never answers gives the time to interrupt."""
    helm, started, scratch = tmp_path / "helm", tmp_path / "started", tmp_path / "scratch"
    scratch.mkdir()
    helm.write_text(f"#!/bin/sh\ntouch {started}\nexec sleep 30\n")
    helm.chmod(0o755)
    before = shop.picture()
    process = Program(
        [CHART, "--yes", "--helm", str(helm)], cwd=shop.root, env={**os.environ, "TMPDIR": str(scratch)}
    )
    deadline = time.monotonic() + 20
    while not started.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)

    assert process.returncode == 130
    assert out == ""
    assert [line.partition(":")[0] for line in err.splitlines()[-3:]] == ["error", "help", "state"]
    assert "interrupted" in err
    assert shop.picture() == before
    assert not list(scratch.iterdir())


def test_a_reader_that_goes_away_ends_the_output_quietly(shop):
    done = subprocess.run(
        f"{sys.executable} -m migrate_dhi {CHART} --plan -v | head -n 1",
        shell=True,
        cwd=shop.root,
        capture_output=True,
        text=True,
        check=False,
    )

    assert len(done.stdout.splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_error(shop, closed):
    done = subprocess.run(
        f"{sys.executable} -m migrate_dhi {CHART} --yes {closed}",
        shell=True,
        cwd=shop.root,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0
    assert "error" not in done.stderr
    assert shop.branches() == ["dhi/apps-cache", "main"]


@pytest.mark.parametrize("buffered", ["", "-u"])
def test_output_on_a_full_disk_is_told(shop, monkeypatch, buffered):
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    done = subprocess.run(
        f"{sys.executable} {buffered} -m migrate_dhi {CHART} --plan > /dev/full",
        shell=True,
        cwd=shop.root,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "error: the system takes no more output: No space left on device" in done.stderr
