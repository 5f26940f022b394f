"""Tags that are the version of the cluster, which nobody has named."""

import pytest

from tests.charts import copy_case
from tests.conftest import plan_of

JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: wait}
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: wait
          image: {{ .Values.kubectl.repository }}:{{ .Values.kubectl.tag | default TAG }}
"""
FOLLOWS = '(printf "%s.%s" .Capabilities.KubeVersion.Major .Capabilities.KubeVersion.Minor)'


@pytest.fixture
def told(tmp_path):
    """The warnings of a plan whose Job takes its tag from there."""

    def plan(tag, **flags):
        chart = copy_case("plain-chart", tmp_path / "plain-chart")
        (chart / "templates/job.yaml").write_text(JOB.replace("TAG", tag))
        with (chart / "values.yaml").open("a") as values:
            values.write("kubectl: {repository: bitnami/kubectl}\n")
        found = plan_of(chart, **flags)
        after = next(str(one.after) for one in found.images if "kubectl" in str(one.before))
        assert after.startswith("dhi.io/kubectl:1.")
        return [one.message for one in found.findings if one.code == "kube-version-tag"]

    return plan


def test_a_tag_that_follows_the_cluster_is_told(told):
    (message,) = told(FOLLOWS)

    assert "the tag of bitnami/kubectl:1.36 is the version of Kubernetes" in message


def test_a_version_that_is_named_is_the_users(told):
    assert told(FOLLOWS, kube_version="v1.36.0") == []


def test_a_tag_that_is_the_same_by_chance_is_none(told):
    assert told('"1.36"') == []
