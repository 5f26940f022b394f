"""Charts that refuse to render where the cluster lacks an API version that they ask for."""

import pytest

from migrate_dhi.errors import RenderError
from tests.charts import copy_case
from tests.conftest import plan_of

API = "monitoring.acme.example/v1"
LACKS = f'not (.Capabilities.APIVersions.Has "{API}")'


def chart_with(tmp_path, template):
    chart = copy_case("plain-chart", tmp_path / "plain-chart")
    (chart / "templates" / "monitor.yaml").write_text(template)
    return chart


def assumed(plan):
    return [one.message for one in plan.findings if one.code == "api-assumed"]


@pytest.mark.parametrize(
    "template",
    [
        f'{{{{ if {LACKS} }}}}{{{{ fail "deploy {API} first" }}}}{{{{ end }}}}\n',
        f'{{{{- if .Values.image }}}}\n  {{{{- if {LACKS} }}}}\n  {{{{- fail "the CRDs are not there" }}}}\n  {{{{- end }}}}\n{{{{- end }}}}\n',
        f'{{{{ if not (.Capabilities.APIVersions.Has "{API}/Monitor") }}}}{{{{ fail "no {API} here" }}}}{{{{ end }}}}\n',
    ],
)
def test_what_is_demanded_is_assumed_and_said(tmp_path, template):
    plan = plan_of(chart_with(tmp_path, template))

    assert plan.status == "ready"
    assert len(assumed(plan)) == 1
    assert API in assumed(plan)[0]


def test_what_the_user_names_is_not_assumed(tmp_path):
    template = f'{{{{ if {LACKS} }}}}{{{{ fail "deploy {API} first" }}}}{{{{ end }}}}\n'

    assert assumed(plan_of(chart_with(tmp_path, template), api_versions=(API,))) == []


@pytest.mark.parametrize(
    "template",
    [
        # Nothing asks for it.
        f'{{{{ fail "deploy {API} first" }}}}\n',
        # It must not be there.
        f'{{{{ if .Capabilities.APIVersions.Has "{API}" }}}}\n{{{{ end }}}}\n{{{{ fail "no" }}}}\n',
        # It is asked for elsewhere, and another thing is wrong.
        f"{{{{ if {LACKS} }}}}\n{{{{ end }}}}\n{{{{ .Values.none.such }}}}\n",
    ],
)
def test_another_refusal_is_told(tmp_path, template):
    with pytest.raises(RenderError) as caught:
        plan_of(chart_with(tmp_path, template))

    assert "monitor.yaml" in caught.value.where


def test_a_trial_of_a_value_demands_nothing_of_the_cluster(tmp_path):
    """What is compared is rendered for one cluster, or parts of the chart would seem to come with an edit."""
    template = f"""\
{{{{- if eq .Values.image.registry "dhi.io" }}}}
{{{{- if {LACKS} }}}}{{{{ fail "deploy {API} first" }}}}{{{{ end }}}}
{{{{- end }}}}
"""
    plan = plan_of(chart_with(tmp_path, template))

    assert assumed(plan) == []
