"""Charts that somebody moved by hand: what was left out is done, and what was written wrongly is mended."""

import pytest

from tests.conftest import findings_of, plan_of, steps_of
from tests.steps.reading import values_of

TEMPLATE = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      imagePullSecrets: {{ toYaml .Values.imagePullSecrets | nindent 8 }}
      containers:
        - name: main
          image: {{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag }}
          securityContext: {{ toYaml .Values.securityContext | nindent 12 }}
"""
SECRET = [{"name": "regcred"}]


@pytest.fixture
def planned_with(tmp_path):
    """The plan of a chart with this image, these pull secrets and this security context."""

    def plan(registry, repository, tag, secrets="[{name: regcred}]", context="{}"):
        chart = tmp_path / "shop"
        (chart / "templates").mkdir(parents=True)
        (chart / "Chart.yaml").write_text("apiVersion: v2\nname: shop\nversion: 0.1.0\n")
        (chart / "values.yaml").write_text(
            f"image: {{registry: {registry}, repository: {repository}, tag: {tag}}}\n"
            f"imagePullSecrets: {secrets}\nsecurityContext: {context}\n"
        )
        (chart / "templates/all.yaml").write_text(TEMPLATE)
        return plan_of(chart, pull_secret="regcred")

    return plan


def written(plan):
    return {
        path: value for step in plan.steps for path, value in values_of(step).items() if path != "version"
    }


@pytest.mark.parametrize(
    ("image", "edits"),
    [
        (
            ("docker.io", "dhi.io/valkey", "8.1.9-debian13"),
            {"image.registry": "dhi.io", "image.repository": "valkey"},
        ),
        (("dhi.io", "valkey/valkey", "8.1.3"), {"image.repository": "valkey", "image.tag": "8.1.9-debian13"}),
        (("dhi.io", "valkey", "latest"), {"image.tag": "9.1.1-debian13"}),
    ],
)
def test_what_was_written_wrongly_is_mended(planned_with, image, edits):
    plan = planned_with(*image)

    assert written(plan) == edits
    assert plan.status == "ready"
    assert "image-misplaced" in findings_of(plan)


def test_a_missing_secret_and_a_missing_number_are_written(planned_with):
    plan = planned_with("dhi.io", "valkey", "8.1.9-debian13", "[]", "{runAsNonRoot: true}")

    assert written(plan) == {
        "imagePullSecrets": SECRET,
        "securityContext.runAsUser": 65532,
        "securityContext.runAsGroup": 65532,
    }
    assert steps_of(plan)["registry"].status == "not-needed"


@pytest.mark.parametrize(
    ("repository", "tag", "code"),
    [("valkey", "nonsense", "tag-unlisted"), ("valkeyy", "8.1.9", "image-unlisted")],
)
def test_what_is_not_known_is_said_and_left(planned_with, repository, tag, code):
    plan = planned_with("dhi.io", repository, tag)

    assert written(plan) == {}
    assert code in findings_of(plan)


def test_all_right_is_nothing_to_do(planned_with):
    plan = planned_with(
        "dhi.io", "valkey", "8.1.9-debian13", context="{runAsNonRoot: true, runAsUser: 65532}"
    )

    assert (plan.status, written(plan)) == ("nothing-to-do", {})
