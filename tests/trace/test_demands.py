"""Refusals that name a boolean value, and the ones that do not."""

import pytest

from migrate_dhi.errors import InvalidChartError, RenderError
from migrate_dhi.helm.engine import EmbeddedEngine, RenderOptions
from migrate_dhi.helm.tree import ChartNode
from migrate_dhi.trace.demands import demanded
from migrate_dhi.trace.marking import lay

VALUES = {
    "security": {"allowOthers": False, "strict": True, "level": 0},
    "cache": {"global": {"allow": {"others": False}}, "security": {"allowOthers": False}},
}
NODES = (ChartNode((), "store", {}, {}), ChartNode(("cache",), "store/charts/cache", {}, {}))


def refusal(text, where="store/charts/cache/templates/NOTES.txt:3"):
    return RenderError("short", where=where, text=text)


@pytest.mark.parametrize(
    "text",
    [
        "set security.allowOthers to true",
        "set 'security.allowOthers' to true.",
        "needs .Values.security.allowOthers=true",
        "unknown images:\n  - docker.io/acme/cache:1.0\nset `security.allowOthers`, see https://acme.example/a.b",
    ],
)
def test_a_value_that_is_named(text):
    assert demanded(refusal(text, "store/templates/x.yaml:1"), VALUES, NODES[:1]) == (
        "security",
        "allowOthers",
    )


def test_a_chart_names_its_values_as_it_sees_them():
    assert demanded(refusal("set security.allowOthers"), VALUES, NODES) == (
        "cache",
        "security",
        "allowOthers",
    )
    assert demanded(refusal("set global.allow.others"), VALUES, NODES) == (
        "cache",
        "global",
        "allow",
        "others",
    )


def test_a_global_of_the_parent_wins():
    values = {**VALUES, "global": {"allow": {"others": False}}}
    assert demanded(refusal("set global.allow.others"), values, NODES) == ("global", "allow", "others")


@pytest.mark.parametrize(
    "text",
    [
        "security is not set",
        "security.strict is not allowed",
        "security.level is too low",
        "security.nothing is not there",
        "see https://acme.example/security.allowOthers",
        "security.allowOthers/x is not a file",
        "",
    ],
)
def test_what_names_no_boolean_that_is_false(text):
    assert demanded(refusal(text, "store/templates/x.yaml:1"), VALUES, NODES) is None


def test_a_chart_that_cannot_be_loaded_demands_nothing():
    assert demanded(InvalidChartError("set security.allowOthers"), VALUES, NODES) is None


def test_the_place_of_a_refusal_is_the_template_and_not_an_image_in_its_text(tmp_path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: store\nversion: 0.1.0\n")
    (tmp_path / "templates" / "x.yaml").write_text(
        '\n{{ fail "unknown:\\n - docker.io/acme/x:10\\nset a.b" }}'
    )
    with pytest.raises(RenderError) as caught:
        EmbeddedEngine().render(tmp_path, lay({("a", "b"): False}, {}), RenderOptions("r"))
    assert caught.value.where == "store/templates/x.yaml:2"
    assert caught.value.message.endswith("unknown: - docker.io/acme/x:10 set a.b")
    assert demanded(caught.value, {"a": {"b": False}}, NODES) == ("a", "b")
