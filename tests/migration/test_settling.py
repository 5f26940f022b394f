"""What many goals together may not do: only the one that brings a surprise in is taken back."""

import pytest

from tests.conftest import findings_of, plan_of, steps_of

CONTAINER = """\
        - name: {0}
          image: "{{{{ .Values.{0}.registry }}}}/{{{{ .Values.{0}.repository }}}}:{{{{ .Values.{0}.tag }}}}"
"""
NAMES = ("first", "operator", "second", "third")
TO = tuple(f"docker.io/acme/{name}=dhi.io/{name}:2.0.0" for name in (*NAMES, "agent"))


@pytest.fixture
def chart(tmp_path):
    """Four images with values of their own; the second one's registry is also that of a fifth, in a custom resource."""
    folder = tmp_path / "estate"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text('apiVersion: v2\nname: estate\nversion: 0.1.0\nappVersion: "1.0.0"\n')
    (folder / "values.yaml").write_text(
        "".join(
            f"{name}:\n  registry: docker.io\n  repository: acme/{name}\n  tag: 1.0.0\n" for name in NAMES
        )
    )
    (folder / "templates/workload.yaml").write_text(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: estate\nspec:\n"
        "  selector: {matchLabels: {app: estate}}\n  template:\n    metadata: {labels: {app: estate}}\n"
        "    spec:\n      containers:\n" + "".join(CONTAINER.format(name) for name in NAMES)
    )
    (folder / "templates/agent.yaml").write_text(
        "apiVersion: example.com/v1\nkind: Agent\nmetadata:\n  name: agent\nspec:\n"
        '  image: {{ printf "%s/%s:1.0.0" .Values.operator.registry (list "acme" "agent" | join "/") }}\n'
    )
    return folder


def test_the_others_stay_moved(chart):
    step = steps_of(plan_of(chart, to=TO))["registry"]

    moved = {edit.path.partition(".")[0] for edit in step.edits}
    assert moved == {"first", "second", "third"}
    assert (step.done, step.of) == (3, 5)


def test_what_was_taken_back_is_told(chart):
    plan = plan_of(chart, to=TO)

    assert any("Agent/agent" in tried.verdict for tried in steps_of(plan)["registry"].tried)
    assert "image-unreached" in findings_of(plan)
    assert plan.status == "blocked"
