"""The run-as-user step: a number where Kubernetes would refuse a name, and never against a number of the chart."""

import pytest

from tests.charts import copy_case
from tests.conftest import plan_of, steps_of
from tests.steps.reading import TO, effects_of, values_of


def step_of(planned, case, **flags):
    return steps_of(planned(case, to=TO, **flags))["run-as-user"]


def test_the_number_of_the_images_user_is_set_where_it_is_demanded(planned):
    step = step_of(planned, "run-as-nonroot")

    assert (step.status, step.done, step.of) == ("proven", 1, 1)
    assert {path.rpartition(".")[2]: value for path, value in values_of(step).items()}["runAsUser"] == 65532
    assert all("securityContext" in path for _, path in effects_of(step))


def test_the_group_gets_a_volume_that_lasts(planned):
    assert values_of(step_of(planned, "run-as-nonroot")) == {
        "securityContext.runAsUser": 65532,
        "securityContext.runAsGroup": 65532,
        "podSecurityContext.fsGroup": 65532,
    }


@pytest.mark.parametrize(
    "context",
    ["\n        runAsNonRoot: true\n        runAsUser: {{ .Values.user }}", "{{ toJson .Values.context }}"],
)
def test_a_user_that_renders_as_nothing_is_none(tmp_path, context):
    """`runAsUser:` with nothing behind it is null, which Kubernetes takes for not being there."""
    folder = tmp_path / "app"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: app\nversion: 0.1.0\n")
    (folder / "values.yaml").write_text(
        "image: docker.io/valkey/valkey:8.1.4\nuser:\ncontext: {runAsNonRoot: true, runAsUser: null}\n"
    )
    (folder / "templates/pod.yaml").write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: app}\nspec:\n  containers:\n    - name: main\n"
        f'      image: "{{{{ .Values.image }}}}"\n      securityContext: {context}\n'
    )
    step = steps_of(plan_of(folder, to=TO))["run-as-user"]

    assert (step.status, step.done, step.of) == ("proven", 1, 1)
    assert next(iter(values_of(step).values())) == 65532


def test_an_owner_that_the_chart_names_for_its_volumes_stays(tmp_path):
    chart = copy_case("run-as-nonroot", tmp_path / "run-as-nonroot")
    values = chart / "values.yaml"
    values.write_text(values.read_text().replace("runAsNonRoot: true", "runAsNonRoot: true\n  fsGroup: 1000"))

    step = steps_of(plan_of(chart, to=TO))["run-as-user"]

    assert step.status == "proven"
    assert "fsGroup" not in {path.rpartition(".")[2] for path in values_of(step)}
    assert "fsGroup: 1000" in step.files["values.yaml"]


def test_no_group_is_given_where_nothing_lasts(tmp_path):
    chart = copy_case("run-as-nonroot", tmp_path / "run-as-nonroot")
    template = chart / "templates" / "deployment.yaml"
    text = template.read_text()
    template.write_text(text[: text.index("          persistentVolumeClaim:")] + "          emptyDir: {}\n")

    step = steps_of(plan_of(chart, to=TO))["run-as-user"]

    assert step.status == "proven"
    assert "fsGroup" not in {path.rpartition(".")[2] for path in values_of(step)}


def test_a_second_run_finds_it_done(tmp_path, planned):
    chart = copy_case("run-as-nonroot", tmp_path / "run-as-nonroot")
    for step in plan_of(chart, to=TO).steps:
        for name, text in step.files.items():
            (chart / name).write_text(text)

    plan = plan_of(chart)

    assert plan.status == "nothing-to-do"


# --- what must not change


def test_a_number_of_the_chart_is_never_fought(planned):
    step = step_of(planned, "run-as-numeric")

    assert step.status == "not-needed"
    assert not step.edits


def test_not_needed_where_nobody_demands_it(planned):
    assert step_of(planned, "plain-chart").status == "not-needed"


def test_a_chart_whose_images_stay_is_left_alone(planned):
    plan = planned("run-as-nonroot", keep=("valkey",))

    assert plan.status == "nothing-to-do"
    assert not any(step.edits for step in plan.steps)


def test_an_unknown_user_is_blocked_and_wants_a_number(tmp_path):
    """An image that the catalog does not know: nothing tells its user."""
    chart = copy_case("run-as-nonroot", tmp_path / "run-as-nonroot")
    values = chart / "values.yaml"
    values.write_text(values.read_text().replace("docker.io/valkey/valkey", "docker.io/acme/unknown"))

    plan = plan_of(chart, to=("docker.io/acme/unknown=dhi.io/unknown:1.2.3",))
    step = steps_of(plan)["run-as-user"]

    assert step.status == "blocked"
    assert "number" in step.reason or "numeric" in step.reason
    assert any(found.code == "user-not-numeric" and found.severity == "error" for found in plan.findings)


def test_skipped_on_purpose(planned):
    step = step_of(planned, "run-as-nonroot", skip=("run-as-user",))

    assert step.status == "skipped"
    assert not step.edits


def shared(tmp_path, *containers):
    """A chart whose one value sets the user of the whole pod, with further containers."""
    chart = copy_case("run-as-nonroot", tmp_path / "run-as-nonroot")
    template = chart / "templates" / "deployment.yaml"
    text = template.read_text().replace(
        "          securityContext: {{- toYaml .Values.securityContext | nindent 12 }}\n", ""
    )
    more = "".join(f"        - name: {name}\n          image: {image}\n" for name, image in containers)
    template.write_text(text.replace("      volumes:\n", f"{more}      volumes:\n"))
    return chart


def test_a_container_beside_it_that_keeps_its_image_gets_no_user(tmp_path):
    plan = plan_of(shared(tmp_path, ("beside", "docker.io/acme/agent:1.0")), to=TO)
    step = steps_of(plan)["run-as-user"]

    assert (step.status, step.edits) == ("blocked", ())
    assert any("beside" in tried.verdict for tried in step.tried)


def test_the_user_of_another_hardened_image_is_not_taken(tmp_path):
    chart = shared(tmp_path, ("db", '"{{ .Values.db }}"'))
    values = chart / "values.yaml"
    values.write_text(values.read_text() + "db: docker.io/library/postgres:17.6\n")
    plan = plan_of(chart, to=(*TO, "postgres=dhi.io/postgres:17.6-debian13"))

    assert not steps_of(plan)["run-as-user"].edits


def test_a_container_of_the_same_image_shares_the_value(tmp_path):
    same = '"{{ .Values.image.repository }}:{{ .Values.image.tag }}"'
    step = steps_of(plan_of(shared(tmp_path, ("second", same)), to=TO))["run-as-user"]

    assert (step.status, step.done, step.of) == ("proven", 2, 2)
    assert step.commit.subject.endswith("run as 65532")


def test_a_context_of_the_container_that_nothing_lists_is_created(planned):
    """The pod's own context would give its user to the container beside it, too."""
    step = step_of(planned, "workloads-as-maps")

    assert (step.status, step.done, step.of) == ("proven", 1, 1)
    assert values_of(step) == {
        "app.workloads.main.parts.valkey.securityContext.runAsUser": 65532,
        "app.workloads.main.parts.valkey.securityContext.runAsGroup": 65532,
    }


def test_a_container_that_runs_another_hardened_image_may_share_the_value(tmp_path):
    """Its own user has the same number, or nothing of it belongs to that user alone."""
    chart = shared(tmp_path, ("web", '"{{ .Values.web }}"'))
    values = chart / "values.yaml"
    values.write_text(values.read_text() + "web: docker.io/library/httpd:2.4.68\n")
    plan = plan_of(chart, to=(*TO, "httpd=dhi.io/httpd:2.4.68-debian13"))

    assert steps_of(plan)["run-as-user"].status == "proven"


def test_an_init_container_with_its_own_command_may_share_the_value(tmp_path):
    chart = shared(tmp_path, ("db", '"{{ .Values.db }}"'))
    values = chart / "values.yaml"
    values.write_text(values.read_text() + "db: docker.io/library/postgres:17.6\n")
    template = chart / "templates" / "deployment.yaml"
    text = template.read_text()
    beside = '        - name: db\n          image: "{{ .Values.db }}"\n'
    init = f"      initContainers:\n{beside}          command: [cp, /a, /b]\n      containers:\n"
    template.write_text(text.replace(beside, "").replace("      containers:\n", init))
    plan = plan_of(chart, to=(*TO, "postgres=dhi.io/postgres:17.6-debian13"))

    assert steps_of(plan)["run-as-user"].status == "proven"
    assert [f.container for f in plan.findings if f.code == "user-shared"] == ["db"]


def test_a_workload_that_keeps_its_image_is_given_neither_user_nor_group(tmp_path):
    """The value is shared with another Deployment, which has a user of its own and a volume."""
    chart = shared(tmp_path)
    template = chart / "templates" / "deployment.yaml"
    other = (
        "\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: other\nspec:\n"
        "  selector: {matchLabels: {app: other}}\n  template:\n    metadata: {labels: {app: other}}\n    spec:\n"
        "      securityContext: {{- toYaml .Values.podSecurityContext | nindent 8 }}\n"
        "      containers:\n        - name: other\n          image: docker.io/acme/other:1.0\n"
        "          securityContext: {runAsUser: 1000}\n"
    )
    template.write_text(template.read_text() + other)
    step = steps_of(plan_of(chart, to=TO))["run-as-user"]

    assert (step.status, step.edits) == ("blocked", ())
    assert any("other" in tried.verdict for tried in step.tried)
