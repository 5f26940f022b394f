"""A vendored chart that lacks what it depends on itself: Helm renders nothing of that, and we say so."""

import json

import pytest

from tests.charts import pack

WRAPPER = """\
apiVersion: v2
name: web
version: 0.1.0
dependencies:
  - {name: mid, version: 1.0.0, repository: "https://charts.example.org"ALIAS}
"""
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: {{ .Chart.Name }}}
spec:
  containers: [{name: main, image: "{{ .Values.image }}"}]
"""
LOW = '{name: low, version: 2.0.0, repository: "https://charts.example.org", condition: "low.enabled"TAGS}'
SAID = "mid depends on low 2.0.0, which it does not hold"


@pytest.fixture
def planned(workshop, tmp_path):
    """What a plan of a wrapper says, whose archive of ``mid`` declares ``low`` and has these charts in it."""

    def planned(*held, values="", alias="", tags="", folder=False, low=LOW):
        chart = workshop.root / "apps/web"
        middle = chart / "charts/mid" if folder else tmp_path / "mid"
        for place in (middle, *(middle / "charts" / name for name in held)):
            (place / "templates").mkdir(parents=True, exist_ok=True)
            (place / "templates/pod.yaml").write_text(POD)
            (place / "values.yaml").write_text("image: docker.io/valkey/valkey:8.1.3\n")
            (place / "Chart.yaml").write_text(f"apiVersion: v2\nname: {place.name}\nversion: 2.0.0\n")
        (middle / "Chart.yaml").write_text(
            f"apiVersion: v2\nname: mid\nversion: 1.0.0\ndependencies:\n  - {low.replace('TAGS', tags)}\n"
        )
        if not folder:
            pack(middle, chart / "charts")
        (chart / "Chart.yaml").write_text(WRAPPER.replace("ALIAS", alias))
        (chart / "values.yaml").write_text(values)
        workshop.commit("add the wrapper")
        ran = workshop.run("apps/web", "--plan", "--format", "json")
        assert ran.code == 0
        return [one for one in json.loads(ran.out)["findings"] if one["code"] == "dependency-lacking"]

    return planned


@pytest.mark.parametrize("folder", [False, True])
def test_it_is_a_warning(planned, folder):
    (found,) = planned(folder=folder)

    assert found["severity"] == "warning"
    assert found["message"].startswith(SAID)
    assert found["file"] == "apps/web/Chart.yaml"


def test_it_is_named_as_the_values_have_it(planned):
    (found,) = planned(alias=", alias: cache", values="cache: {low: {enabled: true}}\n")

    assert found["message"].startswith("cache depends on low 2.0.0")


def test_what_is_there_is_not_told(planned):
    assert planned("low") == []


def test_what_a_condition_switches_off_is_not_told(planned):
    assert planned(values="mid: {low: {enabled: false}}\n") == []


def test_what_tags_switch_off_is_not_told(planned):
    assert planned(tags=", tags: [deep, extra]", values="tags: {deep: false}\n") == []


def test_one_tag_that_is_on_is_enough(planned):
    assert planned(tags=", tags: [deep, extra]", values="tags: {deep: false, extra: true}\n")


def test_what_a_chart_that_is_off_lacks_is_not_told(planned):
    assert planned(alias=", condition: mid.use", values="mid: {use: false}\n") == []


# Helm takes a nested chart of another version as if nothing had asked for it (helm/pkg: chart, getAliasDependency).


@pytest.mark.parametrize("folder", [False, True])
def test_another_version_than_it_asks_for_loses_its_alias(planned, folder):
    low = LOW.replace("2.0.0", "3.x.x").replace("name: low", "name: low, alias: cache")

    (found,) = planned("low", low=low, values="mid: {cache: {image: other}}\n", folder=folder)

    assert found["severity"] == "warning"
    assert found["message"] == (
        "mid depends on low 3.x.x, and holds low 2.0.0: Helm takes that one without a word, without its alias: what is "
        "set under `mid.cache` is read by nothing, what is under `mid.low` is"
    )


def test_another_version_without_an_alias_keeps_its_values(planned):
    (found,) = planned("low", low=LOW.replace("2.0.0", "1.9.0"))

    assert (
        found["message"]
        == "mid depends on low 1.9.0, and holds low 2.0.0: Helm takes that one without a word"
    )
    assert planned("low", low=LOW.replace("2.0.0", "1.9.0"), values="mid: {low: {enabled: false}}\n") == []


@pytest.mark.parametrize("version", ["2.x", "^2.0.0", "'>=1.0.0'", "2.0.0", "v2.0.0", '""'])
def test_a_version_in_the_range_is_not_told(planned, version):
    assert planned("low", low=LOW.replace("2.0.0", version)) == []
