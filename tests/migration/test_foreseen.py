"""How migrations by hand break, each class once: the program avoids it, or says so before the commit."""

import pytest

from tests.charts import copy_case
from tests.conftest import plan_of, steps_of

DIGEST = "sha256:" + "a" * 64


def findings(plan, code):
    return [finding for finding in plan.findings if finding.code == code]


def effects(plan, step):
    return [(effect.before, effect.after) for effect in steps_of(plan)[step].effects]


def edits(plan, step):
    return {edit.path: edit.after for edit in steps_of(plan)[step].edits}


def test_registry_goes_into_the_key_that_the_chart_has(planned):
    plan = planned("stateful-data")

    assert edits(plan, "registry") == {"image.registry": "dhi.io", "image.repository": "postgres"}
    assert all("docker.io/dhi.io" not in str(after) for _, after in effects(plan, "registry"))


def test_health_check_that_the_image_cannot_run(planned):
    plan = planned("no-shell", to=("dhi.io/redis:8.4.6-debian13",), foreign=True)

    (left,) = findings(plan, "probe-unreached")
    assert (left.severity, left.container) == ("error", "redis")
    assert plan.status == "blocked"


def test_init_container_and_job_that_need_a_shell(planned):
    plan = planned("no-shell", to=("dhi.io/redis:8.4.6-debian13",))

    found = {(f.object, f.container): f.severity for f in findings(plan, "shell-missing")}
    assert found == {
        ("Deployment/no-shell", "prepare"): "error",
        ("Deployment/no-shell", "redis"): "warning",
        ("Job/no-shell-seed", "seed"): "error",
    }
    assert all("redis:8.4.6-debian13-compat" in finding.help for finding in findings(plan, "shell-missing"))


@pytest.mark.parametrize("tag", ["8.4.6-debian13-compat", "8.4.6-debian13-dev"])
def test_variant_with_a_shell_runs_them(planned, tag):
    plan = planned("no-shell", to=(f"dhi.io/redis:{tag}",))

    assert not findings(plan, "shell-missing")
    assert not findings(plan, "probe-unreached")


def test_probes_that_the_user_keeps_are_an_error_still(planned):
    plan = planned("no-shell", to=("dhi.io/redis:8.4.6-debian13",), probes="keep")

    (left,) = findings(plan, "probe-unreached")
    assert left.severity == "error"


def test_named_user_is_given_its_number(planned):
    plan = planned("run-as-nonroot")

    assert 65532 in [after for _, after in effects(plan, "run-as-user")]
    assert not findings(plan, "user-not-numeric")


def test_named_user_that_nobody_gave_a_number(planned):
    plan = planned("run-as-nonroot", skip=("run-as-user",))

    (left,) = findings(plan, "user-not-numeric")
    assert left.severity == "error"


def test_scripts_that_call_a_missing_tool(planned):
    (left,) = findings(planned("init-shell"), "tool-missing")

    assert left.container == "wait"
    assert " nc " in left.message


def test_digest_that_an_operator_reads_as_a_version(planned):
    pinned = planned("operator-reads-version", to=(f"dhi.io/valkey:8.1.9-debian13@{DIGEST}",))
    plain = planned("operator-reads-version")

    assert [f.object for f in findings(pinned, "version-unreadable")] == [
        "CacheCluster/operator-reads-version"
    ]
    assert not findings(plain, "version-unreadable")


def test_label_that_a_digest_makes_invalid(planned):
    (left,) = findings(
        planned("version-label-digest", to=(f"dhi.io/valkey:8.1.9-debian13@{DIGEST}",)), "label-invalid"
    )

    assert (left.severity, left.object) == ("error", "Deployment/version-label-digest")
    assert not findings(planned("version-label-digest"), "label-invalid")


def test_upstream_digest_does_not_stay(planned):
    images = [image.after for image in planned("digest-beside-tag").images]

    assert images
    assert all("1111" not in image for image in images)


def test_tag_that_looks_like_a_number_stays_a_text(planned):
    plan = planned("float-tag", to=("dhi.io/postgres:18.10",))

    assert edits(plan, "tag") == {"image.tag": "18.10"}
    assert any(str(after).endswith(":18.10") for _, after in effects(plan, "tag"))


def test_values_beside_the_dependency_are_left_alone(planned):
    plan = planned("misplaced-values")

    assert edits(plan, "registry")
    assert all(path.startswith("node.") for path in edits(plan, "registry"))


def test_job_with_an_image_of_its_own(planned):
    plan = planned("own-job")

    assert "docker.io/valkey/valkey:8.1.3" in [
        image.before for image in plan.images if image.status == "migrate"
    ]
    assert not findings(plan, "image-fixed")
    (left,) = findings(planned("own-job", foreign=True), "image-fixed")
    assert left.object == "Job/outer-seed"


def test_pull_secret_that_does_not_reach_the_jobs(planned):
    plan = planned("secret-partial", pull_secret="kubernetes-dhi", foreign=True)
    reached = steps_of(plan)["pull-secret"]

    assert reached.done < reached.of
    assert any(f.severity == "error" and f.object.startswith("Job/") for f in plan.findings)


def test_database_that_would_start_empty(planned):
    (left,) = findings(planned("stateful-data"), "data-path")

    assert left.severity == "error"
    assert "/var/lib/postgresql/data" in left.message


def test_database_with_its_directory_set(tmp_path):
    chart = copy_case("stateful-data", tmp_path / "chart")
    template = chart / "templates" / "statefulset.yaml"
    text = template.read_text()
    old = "            - name: POSTGRES_PASSWORD_FILE\n"
    assert old in text
    value = "            - name: PGDATA\n              value: /var/lib/postgresql/data/pgdata\n"
    template.write_text(text.replace(old, value + old))

    assert not findings(plan_of(chart), "data-path")


def test_low_port(planned):
    (left,) = findings(planned("low-port", to=("dhi.io/nginx:1.30.4-debian13",)), "port-low")

    assert "8080" in left.message


def test_empty_command(planned):
    (left,) = findings(planned("empty-command"), "command-empty")

    assert "server" in left.message


def test_nothing_writable(planned):
    (left,) = findings(planned("read-only-root"), "root-read-only")

    assert left.severity == "info"
    assert "/tmp" in left.message


def test_chart_that_sets_a_user_of_its_own(planned):
    (left,) = findings(planned("run-as-numeric"), "user-differs")

    assert left.severity == "info"


def test_budget_that_blocks_a_drain(planned):
    (left,) = findings(planned("pdb"), "disruption-blocked")

    assert left.severity == "info"


@pytest.mark.parametrize(
    "case", ["plain-chart", "whole-image-string", "values-missing", "already-hardened", "no-counterpart"]
)
def test_nothing_to_foresee(planned, case):
    plan = planned(case)

    # what the images and steps themselves say is tested with them
    known = {"pull-secret-none", "not-a-repository", "playbook", "image-no-counterpart"}
    assert {f.code for f in plan.findings if f.severity == "error"} == set()
    assert {f.code for f in plan.findings if f.severity == "warning"} <= known
