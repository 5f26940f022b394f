"""Pull secrets of pods that an operator makes: the list of the object that names the image."""

import pytest

from tests.conftest import plan_of, steps_of
from tests.steps.reading import TO, values_of

CLUSTER = """\
apiVersion: acme.example/v1
kind: Cluster
metadata: {{name: dhi, labels: {{app: dhi}}}}
spec:
  image: "{{{{ .Values.image.repository }}}}:{{{{ .Values.image.tag }}}}"
{body}
"""
TEMPLATE = """\
  podTemplate:
    spec:
      containers: [{name: main}]
      imagePullSecrets: [{{ range .Values.pullSecrets }}{name: {{ .name }}},{{ end }}]"""
VALUES = "image:\n  repository: docker.io/valkey/valkey\n  tag: 8.1.4\n"


@pytest.fixture
def operated(tmp_path):
    """The plan of a chart whose image and pull secrets stand in a custom resource."""

    def make(body, values=""):
        chart = tmp_path / "own"
        (chart / "templates").mkdir(parents=True)
        (chart / "Chart.yaml").write_text("apiVersion: v2\nname: own\nversion: 0.1.0\n")
        (chart / "values.yaml").write_text(f"{VALUES}{values}")
        (chart / "templates/cluster.yaml").write_text(CLUSTER.format(body=body))
        return plan_of(chart, to=TO, pull_secret="dhi")

    return make


def codes(plan):
    return {(finding.code, finding.severity) for finding in plan.findings}


@pytest.mark.parametrize(
    ("body", "values", "after"),
    [
        (
            "  imagePullSecrets: {{ toJson .Values.imagePullSecrets }}",
            "imagePullSecrets: []\n",
            [{"name": "dhi"}],
        ),
        (
            "  pod: {pullSecrets: {{ toJson .Values.own.pullSecrets }}}",
            "own: {pullSecrets: []}\n",
            [{"name": "dhi"}],
        ),
        (
            "  imagePullSecrets: [{{ range .Values.imagePullSecrets }}{name: {{ . }}},{{ end }}]",
            "imagePullSecrets: [old]\n",
            ["old", "dhi"],
        ),
        # in a template of pods that leaves the image to the operator
        (
            "  podTemplate: {spec: {containers: [{name: main}], imagePullSecrets: {{ toJson .Values.pullSecrets }}}}",
            "pullSecrets: []\n",
            [{"name": "dhi"}],
        ),
        (
            TEMPLATE,
            "pullSecrets: []\n",
            [{"name": "dhi"}],
        ),
        # an operator that takes names alone, as the ones that are there show
        (
            "  imagePullSecrets: {{ toJson .Values.imagePullSecrets }}",
            "imagePullSecrets: [old]\n",
            ["old", "dhi"],
        ),
        (
            "  pod: {pullSecrets: {{ toJson .Values.own.pullSecrets }}}",
            "own: {pullSecrets: [{name: old}]}\n",
            [{"name": "old"}, {"name": "dhi"}],
        ),
    ],
)
def test_the_list_of_the_object_takes_the_secret(operated, body, values, after):
    plan = operated(body, values)
    step = steps_of(plan)["pull-secret"]

    assert step.status == "proven"
    assert list(values_of(step).values()) == [after]
    assert plan.status == "ready"


@pytest.mark.parametrize("body", ["", "  replicas: 1", "  imagePullSecrets: [{name: fixed}]"])
def test_an_object_that_no_value_gives_the_secret_is_warned_of(operated, body):
    plan = operated(body)

    assert ("pull-secret-operator", "warning") in codes(plan)
    assert plan.status == "ready"
    assert not steps_of(plan)["pull-secret"].edits


def test_nothing_is_said_where_the_object_names_the_secret(operated):
    plan = operated("  secretRef: dhi")

    assert ("pull-secret-operator", "warning") not in codes(plan)
