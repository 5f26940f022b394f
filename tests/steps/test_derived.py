"""What a change may bring along: values that a chart hands on to its application."""

import pytest

from tests.conftest import SECRET, steps_of
from tests.steps.reading import TO, values_of


@pytest.mark.parametrize("name", ["registry", "tag", "pull-secret"])
def test_values_that_the_chart_hands_on_may_show_the_edit(planned, name):
    step = steps_of(planned("values-handed-on", to=TO, pull_secret=SECRET))[name]

    assert step.status == "proven"
    assert {effect.object.partition("/")[0] for effect in step.effects} == {"Deployment", "ConfigMap"}


def test_values_that_are_handed_on_are_edited_where_they_stand(planned):
    plan = planned("values-handed-on", to=TO, pull_secret=SECRET)

    assert values_of(steps_of(plan)["registry"]) == {"_defaults.hub": "dhi.io"}


def test_a_text_beside_the_values_is_no_echo(planned):
    step = steps_of(planned("partly-reached", to=TO))["registry"]

    assert all("PROXY" in tried.verdict for tried in step.tried)
    assert step.tried
    assert not any(path.startswith("checker") for path in values_of(step))
