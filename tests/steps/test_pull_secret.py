"""The pull-secret step: in the shape that each chart reads, in every pod, and no secret is lost."""

import pytest

from migrate_dhi.kube.compare import ABSENT, Change
from migrate_dhi.kube.manifests import Identity, Object
from migrate_dhi.steps.pull_secret import hands_on
from tests.charts import copy_as_dependency, copy_case
from tests.conftest import SECRET, findings_of, plan_of, steps_of
from tests.steps.reading import TO, effects_of, lines, values_of


def step_of(planned, case, **flags):
    return steps_of(planned(case, pull_secret=SECRET, **flags))["pull-secret"]


@pytest.mark.parametrize(
    ("case", "written"),
    [
        ("strings-secrets", {"node.imagePullSecrets": [SECRET]}),
        ("maps-secrets", {"node.imagePullSecrets": [{"name": "acme-registry"}, {"name": SECRET}]}),
        ("single-name-secret", {"imagePullSecret": SECRET}),
        ("secret-per-image", {"image.pullSecrets": [SECRET]}),
        ("secret-via-serviceaccount", {"serviceAccount.imagePullSecrets": [{"name": SECRET}]}),
        ("values-empty", {"node.imagePullSecrets": [{"name": SECRET}]}),
        ("schema-strict", {"imagePullSecrets": [SECRET]}),
        ("either-secrets", {"imagePullSecrets": ["acme-registry", SECRET]}),
    ],
)
def test_proven_in_the_shape_of_the_chart(planned, case, written):
    step = step_of(planned, case, to=TO)

    assert (step.status, step.done, step.of) == ("proven", 1, 1)
    found = values_of(step)
    if case == "schema-strict":
        found = {path.rpartition(".")[2]: value for path, value in found.items()}
    if case == "secret-per-image":
        # either shape renders the same there
        found = {
            path: [v.get("name") if isinstance(v, dict) else v for v in value]
            for path, value in found.items()
        }
    assert found == written


def test_what_renders_is_a_list_of_names(planned):
    step = step_of(planned, "strings-secrets", to=TO)

    assert [
        after for (_, path), (_, after) in effects_of(step).items() if path.endswith("imagePullSecrets")
    ] == [[{"name": SECRET}]]


def test_a_value_that_templates_read_and_nothing_lists_is_created(planned):
    step = step_of(planned, "secret-unlisted", to=TO)

    assert step.status == "proven"
    assert all(line.startswith("+") for line in lines(step))


def test_every_pod_is_counted(planned):
    step = step_of(planned, "cronjob-and-tests", to=TO)

    assert (step.status, step.done, step.of) == ("proven", 4, 4)


def test_nested_dependencies_are_reached(planned):
    step = step_of(planned, "umbrella")

    assert step.status == "proven"
    assert step.done == step.of == 2


def test_the_style_of_the_list_stays(planned):
    step = step_of(planned, "maps-secrets", to=TO)

    assert lines(step) == [f"+  - name: {SECRET}"]


def test_the_flow_list_stays_one(planned):
    assert lines(step_of(planned, "either-secrets", to=TO)) == [
        "-imagePullSecrets: [acme-registry]",
        f"+imagePullSecrets: [acme-registry, {SECRET}]",
    ]


def test_done_where_the_pods_have_it(planned):
    step = step_of(planned, "already-hardened")

    assert (step.status, step.done, step.of) == ("done", 1, 1)
    assert not step.edits


# --- what must not change


def test_without_a_name_the_step_is_skipped_with_a_warning(planned):
    plan = planned("strings-secrets", to=TO)

    assert steps_of(plan)["pull-secret"].status == "skipped"
    assert "pull-secret-none" in findings_of(plan)
    assert plan.status == "ready"


def test_no_secret_is_lost_in_any_pod(planned):
    for case in ("maps-secrets", "either-secrets"):
        for (_, path), (before, after) in effects_of(step_of(planned, case, to=TO)).items():
            if path.endswith("imagePullSecrets"):
                assert after[: len(before)] == before


@pytest.mark.parametrize("case", ["no-secret-value", "secret-fixed", "schema-no-global"])
def test_blocked_where_no_value_reaches_the_pod(planned, case):
    step = step_of(planned, case, to=TO, foreign=case != "schema-no-global")

    assert step.status == "blocked"
    assert "templates/" in step.reason
    assert not step.edits


def test_pods_that_stay_without_are_an_error_and_test_pods_a_warning(planned):
    plan = planned("secret-partial", pull_secret=SECRET, to=TO, foreign=True)
    step = steps_of(plan)["pull-secret"]
    severities = {
        found.object.split("/")[0]: found.severity
        for found in plan.findings
        if found.code == "pull-secret-unreached"
    }

    assert (step.status, step.done, step.of) == ("proven", 1, 3)
    assert severities == {"Job": "error", "Pod": "warning"}
    assert plan.status == "blocked"


def test_not_needed_where_no_pod_runs_a_hardened_image(planned):
    assert step_of(planned, "no-counterpart").status == "not-needed"


def test_an_operators_own_pod_needs_none(planned):
    assert step_of(planned, "image-in-args-and-env").status == "not-needed"


def test_only_names_are_written(planned):
    step = step_of(planned, "strings-secrets", to=TO)

    assert "dockerconfigjson" not in step.diff
    assert {effect.object.split("/")[0] for effect in step.effects} == {"Deployment"}


def test_blocked_without_the_registry_step(planned):
    assert step_of(planned, "strings-secrets", to=TO, skip=("registry",)).status == "blocked"


def test_a_value_that_breaks_the_manifest_is_no_way(planned):
    plan = planned("secret-breaks-manifest", pull_secret=SECRET, to=TO)

    assert steps_of(plan)["tag"].status == "proven"
    assert steps_of(plan)["pull-secret"].status == "blocked"


def test_settings_of_an_operator_may_list_the_secret_too(planned):
    step = step_of(planned, "secret-handed-on", to=TO)

    assert step.status == "proven"
    assert {effect.object.partition("/")[0] for effect in step.effects} == {"Deployment", "ConfigMap"}


def test_a_switch_in_front_of_the_secret_is_turned_on_with_it(planned):
    step = step_of(planned, "secret-behind-switch", to=TO)

    assert step.status == "proven"
    assert values_of(step) == {"login.existing": SECRET, "login.enabled": True}
    assert {effect.object.partition("/")[0] for effect in step.effects} == {"Deployment"}


def test_no_switch_is_touched_where_the_secret_is_read_anyway(planned):
    step = step_of(planned, "maps-secrets", to=TO)

    assert all(value is not True for value in values_of(step).values())


def test_a_chart_whose_only_such_pod_is_a_test_is_warned_of_and_not_blocked(tmp_path):
    """No value reaches the pod, and all that it costs is a failing `helm test`."""
    chart = tmp_path / "only-a-test"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: only-a-test\nversion: 0.1.0\n")
    (chart / "values.yaml").write_text("image: docker.io/valkey/valkey:8.1.4\n")
    (chart / "templates" / "test.yaml").write_text(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: ping\n  annotations:\n    helm.sh/hook: test\n"
        "spec: {containers: [{name: ping, image: {{ .Values.image | quote }}}]}\n"
    )

    plan = plan_of(chart, to=TO, pull_secret=SECRET)

    assert steps_of(plan)["pull-secret"].status == "not-needed"
    assert [finding.severity for finding in plan.findings if finding.code == "pull-secret-unreached"] == [
        "warning"
    ]
    assert plan.status == "ready"


def test_a_default_of_a_library_chart_is_set_for_its_caller(planned):
    """The library lists the value; people set it beside what they set for the chart that calls it."""
    step = steps_of(planned("workloads-as-maps", to=TO, pull_secret=SECRET))["pull-secret"]

    assert (step.status, step.done, step.of) == ("proven", 1, 1)
    assert values_of(step) == {"app.podOptions.imagePullSecrets": [{"name": SECRET}]}


def test_a_secret_beside_the_image_that_nothing_lists_is_found(tmp_path):
    chart = copy_case("workloads-as-maps", tmp_path / "workloads-as-maps")
    template = chart / "charts/app/charts/shared/templates/_all.tpl"
    text = template.read_text().replace(
        "{{- with .imagePullSecrets }}", "{{- with $workload.imagePullSecrets }}"
    )
    template.write_text(text)
    (chart / "charts/app/charts/shared/values.yaml").write_text("{}\n")

    step = steps_of(plan_of(chart, to=TO, pull_secret=SECRET))["pull-secret"]

    assert values_of(step) == {"app.workloads.main.imagePullSecrets": [{"name": SECRET}]}


@pytest.mark.parametrize(
    ("before", "after", "announced"),
    [
        ("pod: null", "pod:\n  imagePullSecrets:\n  - name: dhi", True),
        ("pod: {}", "pod:\n  imagePullSecrets: [dhi]", True),
        ("pod: null", "pod:\n  imagePullSecrets:\n  - name: dhi\n  hostNetwork: true", False),
        ("pod: null", "pod:\n  imagePullSecrets:\n  - name: other", False),
        ("pod: null", "pod:\n  owner:\n  - name: dhi", False),
        ("pod: {imagePullSecrets: [{name: old}]}", "pod:\n  imagePullSecrets:\n  - name: dhi", False),
    ],
)
def test_settings_may_gain_a_map_that_holds_the_secret_and_nothing_else(before, after, announced):
    item = Object(Identity("", "ConfigMap", "", "settings"), "t.yaml", 0, {})
    change = Change(item, item, ("data", "config.yaml"), before, after)

    assert hands_on(change, "dhi") is announced


TEMPLATE = (
    "kind: Job\nspec:\n{{ if .Wait }}\n  wait: true\n{{ end }}\nPODS  containers: []\nrest:\nMORE  - x\n"
)
LIST = "  imagePullSecrets:\n    - name: dhi\n"


@pytest.mark.parametrize(
    ("pods", "more", "announced"),
    [
        (LIST, "", True),
        (LIST, LIST, True),
        (LIST.replace("dhi", '"dhi"'), "", True),
        (f"{LIST}  hostNetwork: true\n", "", False),
        (LIST, "  - y\n", False),
        (LIST.replace("dhi", "other"), "", False),
        ("  # dhi\n", "", False),
        ('c.KubeSpawner.image_pull_secrets = [{"name": "dhi"}]\n', "", True),
        ('c.KubeSpawner.image_pull_secrets = [{"name": "dhi"}]; x = 1\n', "", False),
        ('c.KubeSpawner.image_pull_secrets = ["other"]\n', "", False),
        ('c.KubeSpawner.owner = "dhi"\n', "", False),
    ],
)
def test_a_template_that_settings_hold_may_gain_lines_that_list_the_secret(pods, more, announced):
    item = Object(Identity("", "ConfigMap", "", "settings"), "t.yaml", 0, {})
    before = TEMPLATE.replace("PODS", "").replace("MORE", "")
    after = TEMPLATE.replace("PODS", pods).replace("MORE", more)

    assert hands_on(Change(item, item, ("data", "job.yaml"), before, after), "dhi") is announced
    assert not hands_on(Change(item, item, ("data", "job.yaml"), after, before), "dhi")


@pytest.mark.parametrize(
    ("key", "before", "after", "announced"),
    [
        ("args", ABSENT, "--runner-image-pull-secrets=dhi", True),
        ("command", ABSENT, "-imagePullSecret=dhi", True),
        ("args", ABSENT, "--runner-image-pull-secrets=other", False),
        ("args", ABSENT, "--owner=dhi", False),
        ("args", "--runner-image-pull-secrets=old", "--runner-image-pull-secrets=dhi", False),
        ("names", ABSENT, "--runner-image-pull-secrets=dhi", False),
    ],
)
def test_an_argument_may_hand_the_secret_on(key, before, after, announced):
    item = Object(Identity("", "Deployment", "", "operator"), "t.yaml", 0, {})
    change = Change(item, item, ("spec", "containers", 0, key, 1), before, after)

    assert hands_on(change, "dhi") is announced


def test_a_value_that_is_listed_and_not_read_is_named(tmp_path):
    chart = copy_as_dependency("no-secret-value", tmp_path / "no-secret-value")
    template = next((chart / "charts/no-secret-value/templates").glob("*.yaml"))
    template.write_text(
        template.read_text()
        + "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: beside\nspec:\n"
        + "  imagePullSecrets: [{name: dhi}]\n  containers:\n    - name: main\n"
        + "      image: {{ .Values.image.repository }}:{{ .Values.image.tag }}\n"
    )

    plan = plan_of(chart, to=TO, pull_secret="dhi")

    [message] = [f.message for f in plan.findings if f.code == "pull-secret-unreached"]
    assert message.endswith("; no-secret-value.imagePullSecrets is listed, and comes out in no pod")


def test_what_a_chart_has_against_the_secret_is_shown(tmp_path):
    """A chart that looks for the secret in the cluster finds none where no cluster is asked."""
    chart = copy_as_dependency("no-secret-value", tmp_path / "no-secret-value")
    template = next((chart / "charts/no-secret-value/templates").glob("*.yaml"))
    refusal = '{{ range .Values.imagePullSecrets }}{{ fail (printf "no secret %s here" .) }}{{ end }}\n'
    template.write_text(refusal + template.read_text())

    step = steps_of(plan_of(chart, to=TO, pull_secret="dhi"))["pull-secret"]

    assert step.status == "blocked"
    assert any("no secret" in tried.verdict and "imagePullSecrets" in tried.reason for tried in step.tried)


def test_secrets_by_the_name_of_an_application_are_found_below_their_map(tmp_path):
    """The templates read the map, and a key of it that is not there yet: as one value and as the other it is tried."""
    chart = tmp_path / "by-name"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: by-name\nversion: 0.1.0\n")
    (chart / "values.yaml").write_text("image: docker.io/valkey/valkey:8.1.4\npod: {}\n")
    (chart / "templates" / "_secrets.tpl").write_text(
        '{{ define "secrets" }}{{ if .Values.pod.image_pull_secrets }}\n'
        'imagePullSecrets: {{ if hasKey .Values.pod.image_pull_secrets "default" }}\n'
        "{{ .Values.pod.image_pull_secrets.default | toYaml | indent 2 }}{{ end }}\n"
        "{{ end }}{{ end }}\n"
    )
    (chart / "templates" / "pod.yaml").write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: web\n"
        '      image: {{ .Values.image | quote }}\n{{ include "secrets" . | indent 2 }}\n'
    )

    plan = plan_of(chart, to=TO, pull_secret=SECRET)

    assert values_of(steps_of(plan)["pull-secret"]) == {"pod.image_pull_secrets.default": [{"name": SECRET}]}
