"""What is vendored in Git follows an exchange: in the form that it has there, and with its commit."""

from types import SimpleNamespace

import pytest

from migrate_dhi.helm.chart import Dependency
from migrate_dhi.helm.swap import Swap
from migrate_dhi.migration.plan import CommitText, StepOutcome
from migrate_dhi.migration.vendoring import with_vendored
from tests.charts import pack
from tests.helm.served import make_chart

DB = Swap(0, Dependency("db", "", "1.0.0", "https://x"), Dependency("db-chart", "db", "2.0.0", "oci://x"), "")
WEB = Swap(1, Dependency("web", "", "1.0.0", "https://x"), Dependency("web", "", "1.1.0", "https://x"), "")
MADE = StepOutcome("chart", "", "proven", "", commit=CommitText("take it", "Body.", {}))


@pytest.fixture
def archives(tmp_path):
    """The archives of what comes."""
    return {
        name: pack(make_chart(tmp_path / f"at-{name}", name, version), tmp_path)
        for name, version in (("db-chart", "2.0.0"), ("web", "1.1.0"))
    }


def exchanged(archives, vendored, *, dropped=None, path="app", swaps=(DB,), outcome=MADE):
    before = SimpleNamespace(path=path, vendored=lambda name: vendored.get(name, []))
    gone = frozenset(one for files in vendored.values() for one in files) if dropped is None else dropped
    member = SimpleNamespace(archive=lambda wanted: archives.get(wanted.name))
    after = SimpleNamespace(
        source=SimpleNamespace(chart=SimpleNamespace(dropped=gone)),
        renderer=SimpleNamespace(members=[member]),
    )
    return with_vendored(outcome, before, after, swaps)


def test_an_archive_becomes_an_archive(archives):
    found = exchanged(archives, {"db": ["app/charts/db-1.0.0.tgz"]})

    assert found.vendored == {
        "app/charts/db-1.0.0.tgz": None,
        "app/charts/db-chart-2.0.0.tgz": archives["db-chart"].read_bytes(),
    }
    assert found.commit.body == "Body.\n- app/charts/db-chart-2.0.0.tgz in place of app/charts/db-1.0.0.tgz"
    assert found.commit.subject == "take it"


def test_a_folder_becomes_a_folder_and_what_is_in_both_is_written(archives):
    old = ["app/charts/web/Chart.yaml", "app/charts/web/templates/old.yaml"]
    found = exchanged(archives, {"web": old}, swaps=(WEB,))

    assert found.vendored["app/charts/web/templates/old.yaml"] is None
    assert b"1.1.0" in found.vendored["app/charts/web/Chart.yaml"]
    assert all(file.startswith("app/charts/web/") for file in found.vendored)
    assert found.commit.body == "Body.\n- app/charts/web in place of app/charts/web"


def test_several_are_told_each_in_a_line_and_at_the_top_of_a_repository(archives):
    vendored = {"db": ["charts/db-1.0.0.tgz"], "web": ["charts/web-1.0.0.tgz"]}
    found = exchanged(archives, vendored, path=".", swaps=(DB, WEB))

    assert found.commit.body.splitlines()[1:] == [
        "- charts/db-chart-2.0.0.tgz in place of charts/db-1.0.0.tgz",
        "- charts/web-1.1.0.tgz in place of charts/web-1.0.0.tgz",
    ]
    assert sorted(found.written) == [
        "charts/db-1.0.0.tgz",
        "charts/db-chart-2.0.0.tgz",
        "charts/web-1.0.0.tgz",
        "charts/web-1.1.0.tgz",
    ]


@pytest.mark.parametrize(
    ("vendored", "more"),
    [
        # Nothing is vendored; Git ignores it; nothing is written at all.
        ({}, {}),
        ({"db": ["app/charts/db-1.0.0.tgz"]}, {"dropped": frozenset()}),
        ({"db": ["app/charts/db-1.0.0.tgz"]}, {"outcome": StepOutcome("chart", "", "blocked", "")}),
        ({"other": ["app/charts/other-1.0.0.tgz"]}, {}),
    ],
)
def test_what_is_not_in_git_or_not_exchanged_stays(archives, vendored, more):
    outcome = more.get("outcome", MADE)

    assert exchanged(archives, vendored, **more) is outcome


def test_what_was_rendered_from_nowhere_is_a_fault_of_the_program(archives):
    with pytest.raises(AssertionError, match=r"db-chart 2\.0\.0"):
        exchanged({}, {"db": ["app/charts/db-1.0.0.tgz"]})
