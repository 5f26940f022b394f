"""What Helm says of a chart that it refuses, in a sentence with a place."""

from pathlib import Path

import pytest

from migrate_dhi.errors import InvalidChartError, RenderError
from migrate_dhi.helm.engine import explained

FOLDER = Path("/scratch/shop")


@pytest.mark.parametrize(
    ("text", "where", "cause"),
    [
        # The innermost template of a chain, and the cause behind it.
        (
            (
                'template: shop/templates/d.yaml:3:4: executing "shop/templates/d.yaml" at <include "a" .>: error '
                'calling include: template: shop/templates/_h.tpl:12:3: executing "a" at <.Values.x.y>: nil '
                "pointer evaluating interface {}.y"
            ),
            "shop/templates/_h.tpl:12",
            None,
        ),
        # What a chart says itself is its own words, also where these hold what looks like a place.
        (
            "execution error at (shop/templates/d.yaml:7:4): set image to acme/app/x.yaml:9",
            "shop/templates/d.yaml:7",
            "set image to acme/app/x.yaml:9",
        ),
        (
            "execution error at (shop/charts/sub/templates/d.yaml:7:4): \n  give auth.password\n  or a secret\n",
            "shop/charts/sub/templates/d.yaml:7",
            "give auth.password or a secret",
        ),
        (
            (
                'template: shop/templates/a.yaml:1:3: executing "a" at <fail>: error calling include: execution '
                "error at (shop/templates/_v.tpl:4:4): no"
            ),
            "shop/templates/_v.tpl:4",
            "no",
        ),
        (
            "parse error at (shop/templates/a.yaml:5): unclosed action",
            "shop/templates/a.yaml:5",
            "parse error: unclosed action",
        ),
        ('parse error at (shop/templates/a.yaml:5): "-"', "shop/templates/a.yaml:5", 'parse error: "-"'),
        (
            "values don't meet the specifications:\nshop:\n- at '/a': x\n",
            "",
            "values don't meet the specifications: shop: - at '/a': x",
        ),
        ("something else\nwhich is the cause", "", "which is the cause"),
        ("", "", "no reason given"),
    ],
)
def test_a_refusal_has_the_innermost_place_and_its_cause(text, where, cause):
    error = explained(text, FOLDER, loading=False)

    assert isinstance(error, RenderError)
    assert error.where == where
    assert error.message.startswith("the chart does not render: ")
    assert error.text == (text.strip() or error.message)
    if cause is not None:
        assert error.message == f"the chart does not render: {cause}"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("cannot load Chart.yaml: error converting YAML to JSON: yaml: line 3: x", "Chart.yaml:3"),
        ("cannot load charts/sub/values.yaml: no such file", "charts/sub/values.yaml"),
        ("error unpacking subchart README.md in shop: Chart.yaml file is missing", ""),
        ("yaml: line 7: x", ""),
    ],
)
def test_a_chart_that_cannot_be_loaded_names_the_file(text, where):
    error = explained(text, FOLDER, loading=True)

    assert isinstance(error, InvalidChartError)
    assert error.where == where
    assert error.message == f"the chart cannot be loaded: {text}"


def test_the_scratch_folder_says_nothing_to_anyone():
    error = explained(
        f"cannot load {FOLDER}/values.yaml: {FOLDER}/values.yaml: yaml: line 2", FOLDER, loading=True
    )

    assert "/scratch" not in str(error)
    assert error.where == "values.yaml:2"


def test_a_very_long_cause_is_cut():
    error = explained(f"execution error at (a/templates/b.yaml:1:1): {'word ' * 200}", FOLDER, loading=False)

    assert len(error.message) == len("the chart does not render: ") + 400
    assert error.message.endswith("...")
