"""Charts that do not render with their defaults: what the error tells to do."""

import pytest

from migrate_dhi.errors import RenderError
from migrate_dhi.helm.engine import DEFAULT_KUBE_VERSION
from tests.charts import copy_case, pack
from tests.conftest import plan_of

REQUIRED = "set auth.existingSecret in a file and give it with --values FILE"


def help_of(chart, **flags):
    with pytest.raises(RenderError) as caught:
        plan_of(chart, **flags)
    assert "auth.existingSecret is required" in caught.value.message
    return caught.value.help


@pytest.fixture
def chart(tmp_path):
    return copy_case("required-value", tmp_path / "required-value")


def wrapped(tmp_path, *, packed):
    """The chart as a dependency under an alias."""
    root = tmp_path / "wrap"
    root.mkdir()
    (root / "Chart.yaml").write_text(
        "apiVersion: v2\nname: wrap\nversion: 0.1.0\ndependencies:\n"
        "  - {name: required-value, version: 0.1.0, repository: 'https://charts.acme.example', alias: cache}\n"
    )
    inner = copy_case("required-value", tmp_path / "required-value")
    if packed:
        pack(inner, root / "charts")
    else:
        (root / "charts").mkdir()
        inner.rename(root / "charts" / inner.name)
    return root


def test_the_example_makes_a_plan(chart):
    assert plan_of(chart, values=["ci/test-values.yaml"]).status in ("ready", "blocked")


def test_other_values_that_do_not_render_are_helped_with_an_example(chart, monkeypatch):
    (chart / "mine.yaml").write_text("image: {tag: x}\n")
    monkeypatch.chdir(chart)
    assert help_of(chart, values=["mine.yaml"]) == f"{REQUIRED}; it renders with --values ci/test-values.yaml"
    monkeypatch.chdir(chart.parent)
    assert help_of(chart, values=["mine.yaml"]).endswith("--values required-value/ci/test-values.yaml")


def test_an_example_that_does_not_render_is_not_named(chart):
    (chart / "ci" / "test-values.yaml").write_text("auth:\n  other: x\n")
    assert help_of(chart) == REQUIRED
    (chart / "ci" / "test-values.yaml").write_text("auth: [\n")
    assert help_of(chart) == REQUIRED


@pytest.mark.parametrize("packed", [False, True])
def test_a_dependency_is_asked_under_its_alias(tmp_path, packed):
    told = help_of(wrapped(tmp_path, packed=packed))
    assert "set cache.auth.existingSecret in a file" in told
    assert told.endswith(
        "it renders with what wrap/charts/cache/ci/test-values.yaml sets, put under `cache:`"
    )


def test_a_global_keeps_its_name(tmp_path):
    root = wrapped(tmp_path, packed=False)
    template = root / "charts" / "required-value" / "templates" / "deployment.yaml"
    template.write_text(template.read_text().replace(".Values.auth.existingSecret", ".Values.global.secret"))
    assert "set global.secret in a file" in help_of(root)


def test_a_line_that_reads_no_value_names_none(chart):
    template = chart / "templates" / "deployment.yaml"
    template.write_text('{{ fail "auth.existingSecret is required" }}\n')
    assert help_of(chart).startswith("mend what the message names; ")
    assert help_of(chart).endswith("--values FILE")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{{ include "not.there" .Values.auth }}', "mend the template that the message names"),
        ('{{ template "not.there" .Values.auth }}', "mend the template that the message names"),
        ("{{ .Values.auth-of.it }}", "mend the template that the message names"),
        ("{{ nothing .Values.auth }}", "mend the template that the message names"),
        (
            '{{ fail (printf "%s is too new" .Capabilities.KubeVersion.Version) }}',
            f"it is rendered for Kubernetes {DEFAULT_KUBE_VERSION}: name what the cluster has with --kube-version",
        ),
    ],
)
def test_what_no_value_helps_is_told_otherwise(tmp_path, line, told):
    chart = copy_case("plain-chart", tmp_path / "plain-chart")
    (chart / "templates/more.yaml").write_text(f"{line}\n")

    with pytest.raises(RenderError) as caught:
        plan_of(chart)

    assert caught.value.help == told, caught.value.message
