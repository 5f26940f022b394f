"""Remarks on the planned result that need to know the values it is rendered with."""

import pytest

from tests.charts import copy_case
from tests.conftest import plan_of

TO = ("dhi.io/nginx:1.30.4-debian13",)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("", "of the values, containerPort holds 80"),
        ("service: {targetPort: 80}\n", "of the values, containerPort and service.targetPort hold 80"),
        ("ports:\n  - port: '80'\n", "of the values, containerPort and ports[0].port hold 80"),
        # What is no port is no place to set one; where many may be meant, none is told.
        ("maxReplicas: 80\nports: {http: 8080}\n", "of the values, containerPort holds 80"),
        ("".join(f"port{n}: 80\n" for n in range(4)), ""),
    ],
)
def test_a_port_that_is_to_change_is_told_with_the_values_that_hold_it(tmp_path, more, told):
    chart = copy_case("low-port", tmp_path / "chart")
    values = chart / "values.yaml"
    values.write_text(values.read_text() + more)

    (remark,) = [one for one in plan_of(chart, to=TO).findings if one.code == "port-low"]

    assert remark.help.partition("; ")[2] == told
