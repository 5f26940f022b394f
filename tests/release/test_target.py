"""A target of several releases: the user's own edits are completed for the release that reads them."""

import pytest

from migrate_dhi.edit import Edit
from migrate_dhi.helm.chart import Chart
from migrate_dhi.release.deployed import Deployed
from migrate_dhi.release.layer import Layer
from migrate_dhi.release.target import Target

CHART = {"Chart.yaml": "name: web\nversion: 1.0.0\n", "values.yaml": "list: [{a: 1}, {a: 2}]\n"}


@pytest.fixture
def target(tmp_path):
    for name, text in CHART.items():
        (tmp_path / name).write_text(text)
    chart = Chart.read(tmp_path, ".", CHART)
    return Target.of([Deployed(chart, (Layer("file", name),)) for name in ("one.yaml", "two.yaml")])


def test_list_that_a_pin_reaches_into_is_taken_over_from_the_values_of_its_own_release(target):
    pins = [Edit("two.yaml", ("list", 0, "a"), 5), Edit("two.yaml", ("list", 1, "a"), 6)]
    values = {"1": {"list": [{"a": 1}, {"a": 2}]}, "2": {"list": [{"a": 8}, {"a": 9}]}}

    found = target.completed(pins, {"one.yaml": "x: 1\n", "two.yaml": "x: 2\n"}, values)

    assert found == (Edit("two.yaml", ("list",), [{"a": 8}, {"a": 9}]), *pins)
