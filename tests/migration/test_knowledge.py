"""What the plan tells of catalog, playbooks and Docker's own values: advice, never a decision."""

from datetime import date
from shlex import split

import pytest

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.catalog_file import pack
from migrate_dhi.errors import CatalogError
from migrate_dhi.migration import known
from migrate_dhi.migration.opinion import read_path
from migrate_dhi.migration.planning import plan_chart
from migrate_dhi.migration.source import open_source
from tests.charts import copy_case
from tests.conftest import options_of, plan_of

PLAYBOOK = """\
name: house
title: House rules
images: [docker.io/valkey/valkey]
target: {image: valkey}
charts:
  - {chart: node, versions: ">=1.0.0 <2.0.0", text: Node one., source: us}
  - {chart: node, versions: ">=2.0.0", text: Node two., source: us}
  - {chart: named-alike, versions: ">=0.1.0", text: Wrapper., source: us}
notes:
  - {text: Ask the cache team., source: us}
checks:
  - {run: kubectl -n NAMESPACE get pods, expect: all ready}
  - {run: kubectl -n NAMESPACE rollout status statefulset/NAME, expect: done}
  - {run: kubectl -n NAMESPACE logs deployment/NAME -c nobody, expect: quiet}
  - {run: kubectl -n NAMESPACE logs deployment/NAME-database, expect: quiet}
"""


@pytest.fixture(autouse=True)
def own_data_directory(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def catalog_file(folder, *images, charts=(), day="2026-08-22", commit="abc"):
    """A catalog of some images of the bundled one and charts of our own."""
    bundled = Catalog.bundled()
    records = [bundled.record("image", name) for name in images]
    file = folder / f"catalog-{day}.jsonl.gz"
    file.write_bytes(
        pack({"format": 1, "source": "acme/catalog", "date": day, "commit": commit}, [*records, *charts])
    )
    return file


def overlay(name="docker-node", *, versions=("1.0.0",), slots=None, values=None):
    return {
        "chart": name,
        "versions": list(versions),
        "sources": [],
        "folders": ["node"],
        "slots": slots or {"image.repository": "valkey"},
        "values": values or {},
    }


@pytest.fixture
def chart(tmp_path):
    """A wrapper of the chart `node` 1.0.0, which runs valkey."""
    return copy_case("values-comments", tmp_path / "cache")


def of_code(plan, *codes):
    return [finding for finding in plan.findings if finding.code in codes]


def messages(plan, *codes):
    return [finding.message for finding in of_code(plan, *codes)]


# --- the catalog


def test_a_fresh_catalog_is_no_finding(chart, tmp_path):
    file = catalog_file(tmp_path, "valkey")

    plan = plan_of(chart, catalog=file, today=date(2026, 9, 1))

    assert plan.status == "ready"
    assert not of_code(plan, "catalog-old", "catalog-empty", "catalog-missing")
    assert (plan.catalog_source, plan.catalog_date) == ("acme/catalog", "2026-08-22")


def test_a_catalog_a_year_old_is_a_warning_and_still_used(chart, tmp_path):
    file = catalog_file(tmp_path, "valkey", day="2025-08-22")

    plan = plan_of(chart, catalog=file, today=date(2026, 8, 30))

    [finding] = of_code(plan, "catalog-old")
    assert (finding.severity, plan.status) == ("warning", "ready")
    assert "373 days old" in finding.message
    assert "catalog update" in finding.help


def test_an_empty_catalog_finds_no_counterpart_and_says_so(chart, tmp_path):
    plan = plan_of(chart, catalog=catalog_file(tmp_path))

    assert [finding.severity for finding in of_code(plan, "catalog-empty")] == ["warning"]
    assert [(image.status, image.after) for image in plan.images] == [("no-counterpart", "")]
    assert plan.status == "nothing-to-do"
    assert not plan.checks


def test_an_image_that_the_catalog_lost_is_named_and_not_replaced_by_another(chart, tmp_path):
    plan = plan_of(chart, catalog=catalog_file(tmp_path, "redis", "redis-exporter"))

    [message] = messages(plan, "catalog-missing")
    assert "valkey would be the counterpart" in message
    assert [image.after for image in plan.images] == [""]


def test_the_newer_catalog_of_the_user_is_used(chart, tmp_path):
    own = tmp_path / "data/migrate-dhi/catalog.jsonl.gz"
    own.parent.mkdir(parents=True)
    catalog_file(tmp_path, "valkey", day="2027-01-01").rename(own)

    assert plan_of(chart).catalog_date == "2027-01-01"


def test_a_line_near_its_end_of_life_is_told_for_the_day(chart):
    before, near, past = (
        plan_of(chart, to=["valkey:8.0.10-debian13"], today=date(year, 8, 22)) for year in (2026, 2027, 2028)
    )

    assert not of_code(before, "end-of-life", "end-of-life-soon")
    assert [f.severity for f in of_code(near, "end-of-life-soon")] == ["info"]
    assert [f.severity for f in of_code(past, "end-of-life")] == ["warning"]


# --- playbooks


def test_facts_of_the_version_and_notes_are_told_with_their_source(chart, tmp_path):
    (tmp_path / "books").mkdir()
    (tmp_path / "books/house.yaml").write_text(PLAYBOOK)
    plan = plan_of(chart, playbooks=(tmp_path / "books",), catalog=catalog_file(tmp_path, "valkey"))

    told = [finding for finding in of_code(plan, "playbook") if "house" in finding.help]
    assert {finding.severity for finding in of_code(plan, "playbook")} == {"info"}
    assert [finding.message for finding in told] == [
        "House rules: node 1.0.0: Node one.",
        "House rules: Ask the cache team.",
    ]
    assert all("source: us" in finding.help for finding in told)


def test_a_wrapper_named_like_its_dependency_is_not_taken_for_it(tmp_path):
    chart = copy_case("values-comments", tmp_path / "cache")
    text = (chart / "Chart.yaml").read_text()
    (chart / "Chart.yaml").write_text(text.replace("name: values-comments", "name: node"))
    (tmp_path / "books").mkdir()
    (tmp_path / "books/house.yaml").write_text(PLAYBOOK.replace('">=2.0.0"', '"<1.0.0"'))

    plan = plan_of(chart, playbooks=(tmp_path / "books",))

    assert "House rules: node 1.0.0: Node one." in messages(plan, "playbook")
    assert not [message for message in messages(plan, "playbook") if "Node two" in message]


def test_the_repository_brings_playbooks_of_its_own(workshop):
    workshop.add("values-comments", "apps/cache")
    folder = workshop.root / ".migrate-dhi/playbooks"
    folder.mkdir(parents=True)
    (folder / "house.yaml").write_text(PLAYBOOK)

    plan = plan_chart(open_source(workshop.root / "apps/cache"), options_of())

    assert "House rules: Ask the cache team." in messages(plan, "playbook")


def test_a_playbook_that_is_not_in_order_is_an_error_with_its_line(workshop):
    workshop.add("values-comments", "apps/cache")
    folder = workshop.root / ".migrate-dhi/playbooks"
    folder.mkdir(parents=True)
    (folder / "house.yaml").write_text(PLAYBOOK + "colour: blue # docker.io/valkey/valkey\n")

    with pytest.raises(CatalogError) as caught:
        plan_chart(open_source(workshop.root / "apps/cache"), options_of())

    assert caught.value.where.endswith("house.yaml:16")


def test_nothing_is_advised_where_no_image_moves(chart):
    plan = plan_of(chart, keep=["valkey"])

    assert not of_code(plan, "playbook", "second-opinion")
    assert plan.checks == ()


def test_checks_name_this_chart_and_leave_out_what_it_has_not(tmp_path):
    chart = copy_case("two-images-one-global", tmp_path / "cache")
    (tmp_path / "books").mkdir()
    (tmp_path / "books/house.yaml").write_text(PLAYBOOK)

    plan = plan_of(chart, playbooks=(tmp_path / "books",), namespace="shop", release="cache")

    commands = [check.command for check in plan.checks]
    assert commands == [
        "kubectl --namespace shop get pods",
        "kubectl --namespace shop rollout status deployment/cache",
    ]


def test_a_namespace_of_a_file_is_one_word_of_a_check():
    (command,) = known._filled("kubectl -n NAMESPACE get pods", (), "a`b`")

    assert split(command) == ["kubectl", "--namespace", "a`b`", "get", "pods"]


# --- a second opinion


def opinion_of(chart, folder, record, **flags):
    plan = plan_of(chart, catalog=catalog_file(folder, "valkey", "redis", charts=[record]), **flags)
    return [finding for finding in plan.findings if finding.code == "second-opinion"]


def test_docker_sets_the_same(chart, tmp_path):
    [finding] = opinion_of(chart, tmp_path, overlay(values={"image.tag": "9"}))

    assert finding.severity == "info"
    assert finding.message == (
        "Docker's own values for node 1.0.0 put the same hardened images at node.image.repository; "
        "they set nothing that is not so here"
    )
    assert "chart/docker-node/config of acme/catalog at abc" in finding.help


def test_docker_sets_more(chart, tmp_path):
    values = {
        "mode": "quick",
        "pod.securityContext.runAsUser": 65532,
        "pod.securityContext.runAsGroup": 65532,
    }

    [finding] = opinion_of(chart, tmp_path, overlay(values=values))

    assert finding.message.endswith(
        "they also set node.pod.securityContext (runAsUser 65532, runAsGroup 65532), node (mode quick)"
    )


def test_what_docker_sets_and_the_chart_has_is_not_told(chart, tmp_path):
    (chart / "values.yaml").write_text("node:\n  runAsUser: 65532\n  tls: {enabled: false}\n")
    values = {"runAsUser": 65532, "tls.runAsUser": 5, "off.enabled": False, "off.mode": "x"}

    [finding] = opinion_of(chart, tmp_path, overlay(values=values))

    assert finding.message.endswith("they also set node.off (enabled false)")


def test_docker_runs_another_image(chart, tmp_path):
    [finding] = opinion_of(chart, tmp_path, overlay(slots={"image.repository": "redis"}))

    assert (
        "differ at node.image.repository: redis there, and dhi.io/valkey:8.1.9-debian13 here"
        in finding.message
    )


def test_an_empty_key_is_no_difference(chart, tmp_path):
    """The tag is empty in the chart; that Docker names the repository there too says nothing against it."""
    record = overlay(slots={"image.repository": "valkey", "image.tag": "valkey"})
    (chart / "values.yaml").write_text("node:\n  image: {repository: valkey/valkey, tag: ''}\n")

    [finding] = opinion_of(chart, tmp_path, record, skip=["tag"])

    assert "differ" not in finding.message


def test_the_same_image_by_another_key(chart, tmp_path):
    [finding] = opinion_of(chart, tmp_path, overlay(slots={"image.registry": "valkey"}))

    assert "node.image.registry: valkey there; here another key sets it" in finding.message


def test_docker_replaces_what_stays_here(chart, tmp_path):
    [finding] = opinion_of(chart, tmp_path, overlay(), keep=["valkey"])

    assert "valkey there, and docker.io/valkey/valkey:8.1.4 stays here" in finding.message


def test_docker_answers_what_is_undecided_here(chart, tmp_path):
    text = (chart / "values.yaml").read_text()
    (chart / "values.yaml").write_text(text.replace("node: {}", "node: {image: {tag: 3.0.0}}"))

    plan = plan_of(chart, catalog=catalog_file(tmp_path, "valkey", charts=[overlay()]))

    assert [image.status for image in plan.images] == ["undecided"]
    [message] = messages(plan, "second-opinion")
    assert "put valkey at node.image.repository, which is undecided here" in message
    assert "differ" not in message


def test_values_for_a_near_version_say_which(chart, tmp_path):
    [finding] = opinion_of(chart, tmp_path, overlay(versions=["2.0.0", "1.9.0", "1.2.0"]))

    assert finding.message.startswith("Docker's own values for node 1.2.0 (here: 1.0.0) ")


@pytest.mark.parametrize(
    "record",
    [
        overlay(versions=["2.0.0"]),
        overlay(slots={"exporter.image.repository": "redis"}),
        overlay() | {"folders": ["other"]},
    ],
    ids=["far version", "no such key", "another chart"],
)
def test_no_opinion(chart, tmp_path, record):
    assert opinion_of(chart, tmp_path, record) == []


def test_a_second_opinion_changes_no_edit(chart, tmp_path):
    other = overlay(slots={"image.repository": "redis"}, values={"image.registry": "x", "runAsUser": 1})
    with_opinion, without = (
        plan_of(chart, catalog=catalog_file(tmp_path, "valkey", "redis", charts=charts))
        for charts in ([other], [])
    )

    assert [step.diff for step in with_opinion.steps] == [step.diff for step in without.steps]
    assert with_opinion.status == without.status


def test_paths_of_the_catalog():
    assert read_path(r"a.b\.c[0].d") == ("a", "b.c", 0, "d")


def test_paths_of_every_chart_in_the_bundled_catalog_are_read_whole():
    bundled = Catalog.bundled()
    records = [bundled.record("chart", name) for name in bundled.names("chart")]
    paths = [path for record in records for path in (*record["slots"], *record["values"])]

    assert len(paths) > 900
    for path in paths:
        parts = [f"[{p}]" if isinstance(p, int) else "." + p.replace(".", r"\.") for p in read_path(path)]
        assert "".join(parts).lstrip(".") == path
