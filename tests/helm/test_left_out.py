"""A dependency that cannot be had and that values switch off is left out, and that is said; switched on it is missed."""

import pytest

from migrate_dhi.errors import DependencyError
from migrate_dhi.helm.chart import Chart
from migrate_dhi.helm.engine import RenderOptions
from migrate_dhi.helm.renderer import Renderer
from migrate_dhi.helm.shelf import Shelf
from tests.charts import copy_case
from tests.conftest import plan_of

FAR = "https://charts.acme.example"
OFF = "not in charts/, and --offline forbids fetching: "


@pytest.fixture
def chart(tmp_path):
    """A plain chart with dependencies that are nowhere, each an entry of Chart.yaml, and lines of its values."""

    def made(*entries, values="", folder="plain-chart"):
        chart = copy_case("plain-chart", tmp_path / folder)
        with (chart / "Chart.yaml").open("a") as file:
            file.write("dependencies:\n" + "".join(f"- {{repository: {FAR!r}, {one}}}\n" for one in entries))
        with (chart / "values.yaml").open("a") as file:
            file.write(values)
        return chart

    return made


def planned(chart, tmp_path, folders=(), **flags):
    return plan_of(chart, chart_dirs=folders, cache=tmp_path / "cache", **flags)


def told(plan):
    return [one.message for one in plan.findings if one.code == "dependency-left-out"]


DB = "name: db, version: 1.2.3, condition: db.enabled"


def test_one_that_is_off_is_left_out_and_said(chart, tmp_path):
    plan = planned(chart(DB, values="db: {enabled: false}\n"), tmp_path)

    assert plan.status == "ready"
    [message] = told(plan)
    assert message.startswith("db 1.2.3 cannot be had, and db.enabled switches it off")


def test_the_plan_is_that_of_a_chart_without_it(chart, tmp_path):
    edits = [
        [(step.status, step.edits) for step in planned(one, tmp_path).steps]
        for one in (
            chart(DB, values="db: {enabled: false}\n"),
            copy_case("plain-chart", tmp_path / "without"),
        )
    ]

    # The dependency adds lines to Chart.yaml below those that are edited.
    assert edits[0] == edits[1]


@pytest.mark.parametrize(
    "values",
    [
        "db: {enabled: true}\n",
        # What its own values say of it is not known.
        "",
    ],
)
def test_one_that_is_on_is_missed_as_ever(chart, tmp_path, values):
    with pytest.raises(DependencyError) as caught:
        planned(chart(DB, values=values), tmp_path)

    assert caught.value.message == f"{OFF}db 1.2.3 from {FAR}"
    assert caught.value.help.startswith("run `migrate-dhi fetch` once")


def test_values_that_are_given_switch_it_on(chart, tmp_path):
    made = chart(DB, values="db: {enabled: false}\n")
    (made / "on.yaml").write_text("db: {enabled: true}\n")

    with pytest.raises(DependencyError, match=r"db 1\.2\.3"):
        planned(made, tmp_path, values=["on.yaml"])


def test_all_that_is_missed_is_named_where_one_is_on(chart, tmp_path):
    made = chart(DB, "name: cache, version: 3.0.0, condition: cache.enabled", values="db: {enabled: false}\n")

    with pytest.raises(DependencyError) as caught:
        planned(made, tmp_path)

    assert caught.value.message == f"{OFF}db 1.2.3, cache 3.0.0 from {FAR}"


def test_one_that_nothing_switches_off_is_missed_with_all_that_is(chart, tmp_path):
    made = chart(DB, "name: lib, version: 1.0.0", values="db: {enabled: false}\n")

    with pytest.raises(DependencyError) as caught:
        planned(made, tmp_path)

    assert caught.value.message == f"{OFF}db 1.2.3, lib 1.0.0 from {FAR}"


@pytest.mark.parametrize(
    "version", ["^16.0.0", "~1.2", "18.x.x", "v0.6.0", ">1.0.0 <2.0.0", "'*'", "2.0.0-rc.1", ">= 1.2-0"]
)
def test_a_range_is_taken_for_a_version_in_it(chart, tmp_path, version):
    made = chart(
        f"name: db, version: {version!r}, condition: db.used".replace("\"'*'\"", "'*'"),
        values="db: {used: false}\n",
    )

    assert len(told(planned(made, tmp_path))) == 1


def test_two_entries_of_one_chart_are_left_out_each_by_its_switch(chart, tmp_path):
    made = chart(
        "name: db, version: 1.2.3, condition: one.used, alias: one",
        "name: db, version: 2.0.0, condition: two.used, alias: two",
        values="one: {used: false}\ntwo: {used: false}\n",
    )

    assert [one.partition(" cannot")[0] for one in told(planned(made, tmp_path))] == ["db 1.2.3", "db 2.0.0"]


def test_of_a_chart_in_a_folder_of_the_users_it_is_left_out_too(chart, tmp_path):
    inner = chart(DB, values="db: {enabled: false}\n", folder="shelf/plain-chart")
    outer = tmp_path / "outer"
    outer.mkdir()
    (outer / "Chart.yaml").write_text(
        "apiVersion: v2\nname: outer\nversion: 0.1.0\ndependencies:\n"
        f"- {{name: plain-chart, version: '*', repository: {FAR!r}}}\n"
    )

    plan = planned(outer, tmp_path, (inner.parent,))

    assert plan.status == "ready"
    assert len(told(plan)) == 1


def test_what_is_taken_in_place_of_another_one_must_be_there(chart, tmp_path):
    made = chart(DB, values="db: {enabled: false}\n")
    texts = {name: (made / name).read_text() for name in ("Chart.yaml", "values.yaml")}
    shelf = Shelf((), tmp_path / "cache", offline=True)

    with Renderer(Chart.read(made, ".", texts), RenderOptions("x"), shelf=shelf) as renderer:
        before = renderer.render(texts)
        alike = renderer.render(
            {**texts, "Chart.yaml": texts["Chart.yaml"].replace("name: db", "alias: db2, name: db")}
        )
        with pytest.raises(DependencyError, match=r"db 1\.3\.0"):
            renderer.render({**texts, "Chart.yaml": texts["Chart.yaml"].replace("1.2.3", "1.3.0")})

    assert [one.data for one in alike.objects] == [one.data for one in before.objects]
