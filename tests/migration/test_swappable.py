"""Which charts may have their dependencies exchanged, and what is said where they may not."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from migrate_dhi.findings import Finding
from migrate_dhi.helm.chart import Chart, Dependency
from migrate_dhi.helm.swap import Swap
from migrate_dhi.migration.swappable import Found, NotHadError, check_vendored, gathered, in_use, refused
from tests.charts import pack
from tests.helm.served import make_chart

DEPENDENCY = Dependency("store", "", "1.0.0", "https://charts.example.org")
SKIP = "leave the step out with --skip dependency"


def source(*, dependencies=(DEPENDENCY,), editable=True, others=(), members=(), releases=(), known=()):
    chart = SimpleNamespace(
        editable=editable,
        dependencies=dependencies,
        path="apps/web",
        chart_file="apps/web/Chart.yaml",
        name="web",
    )
    target = SimpleNamespace(
        others=others, deployer="apps/r.yaml", members=dict(enumerate(members)), releases=releases
    )
    return SimpleNamespace(
        chart=chart,
        target=target,
        title="data/web",
        estate=SimpleNamespace(releases=known) if known else None,
    )


def told(found):
    """(message, file, help) of what blocks a step."""
    (finding,) = found.findings
    assert (finding.code, finding.severity, found.status) == ("chart-not-own", "error", "blocked")
    assert (found.reason, found.swaps) == (finding.message, ())
    return finding.message, finding.file, finding.help


def test_a_chart_of_ones_own_may_be_exchanged():
    assert refused(source(), "dependency") is None


def test_one_without_dependencies_has_nothing_to_exchange():
    found = refused(source(dependencies=()), "dependency")

    assert found == Found(reason="the chart has no dependencies")
    assert found.status == "not-needed"


def test_one_that_releases_beside_the_plan_share():
    others = ["a/one", "b/two", "c/three", "d/four", "e/five"]

    assert told(refused(source(others=others), "dependency")) == (
        "the chart is shared with a/one, b/two, c/three, d/four, which this plan is not for",
        "apps/web/Chart.yaml",
        "plan them together: migrate-dhi apps/web",
    )


def test_one_of_others_has_no_dependencies_of_ours():
    assert told(refused(source(editable=False), "chart")) == (
        "data/web deploys the chart web of others, and only a wrapper chart has dependencies",
        "apps/r.yaml",
        "make a chart of your own that has it as a dependency, or leave the step out with --skip chart",
    )


def member(*, stands=True, versioned=True, at=("r.yaml", 0, ("v",))):
    place = SimpleNamespace(stands=lambda _: stands) if versioned else None
    return SimpleNamespace(
        chart=SimpleNamespace(versioned=place, texts={}),
        release=SimpleNamespace(version_at=at, id="data/web"),
    )


@pytest.mark.parametrize(
    "members",
    [
        [member(versioned=False)],
        [member(stands=False)],
        [member(), member(versioned=False)],
        [member(), member(stands=False)],
    ],
)
def test_itself_it_may_be_taken_in_another_version_where_each_release_names_one(members):
    found = refused(source(editable=False, members=members), "dependency", itself=True)

    assert told(found) == (
        "no exact version that can be edited is named where data/web takes its chart from",
        "apps/r.yaml",
        f"name one there, or {SKIP}",
    )


@pytest.mark.parametrize(
    ("others", "shared"),
    [
        ([], None),
        ([("eu/web", ("r.yaml", 0, ("v",)))], "eu/web"),
        ([("eu/web", ("r.yaml", 1, ("v",))), ("us/web", ("r.yaml", 0, ("v",)))], "us/web"),
        ([("eu/web", ("r.yaml", 0, ("x",)))], None),
    ],
)
def test_a_version_that_other_releases_read_is_not_raised_for_one(others, shared):
    one = member()
    known = [one.release, *(SimpleNamespace(id=name, version_at=at) for name, at in others)]

    found = refused(
        source(editable=False, members=[one], releases=[one.release], known=known), "dependency", itself=True
    )

    assert (told(found) if found else None) == (
        shared
        and (
            f"the version of the chart is shared with {shared}, which this plan is not for",
            "apps/r.yaml",
            f"give each release a source of its own, or {SKIP}",
        )
    )


ERROR, NOTE = Finding("a", "error", "x"), Finding("b", "info", "y")
SWAP = Swap(0, DEPENDENCY, DEPENDENCY, "")


@pytest.mark.parametrize(
    ("swaps", "findings", "status"),
    [
        ([], [], "not-needed"),
        ([], [NOTE], "not-needed"),
        ([], [NOTE, ERROR], "blocked"),
        # What can be exchanged is, and the errors are told beside it.
        ([SWAP], [ERROR], "not-needed"),
        ([SWAP], [], "not-needed"),
    ],
)
def test_errors_block_a_step_that_exchanges_nothing(swaps, findings, status):
    found = gathered(swaps, findings, ["one", "two"])

    assert found == Found(tuple(swaps), tuple(findings), status, "one; two")


@pytest.mark.parametrize("packed", [False, True])
def test_outside_git_a_dependency_below_charts_would_stay(tmp_path, packed):
    chart = Chart(tmp_path, "apps/web", {})
    check_vendored(chart, DEPENDENCY, "chart")
    folder = make_chart(tmp_path / ("work" if packed else "charts"), "store")
    if packed:
        pack(folder, tmp_path / "charts")

    with pytest.raises(NotHadError) as caught:
        check_vendored(chart, DEPENDENCY, "chart")

    found = caught.value.finding
    assert (found.code, found.severity, found.file) == ("chart-vendored", "error", "apps/web/Chart.yaml")
    assert found.message.startswith("apps/web/charts/store would be rendered beside")
    assert found.help.endswith("leave the step out with --skip chart")
    check_vendored(chart, Dependency("other", "", "1.0.0", ""), "chart")


@pytest.mark.parametrize(
    ("declared", "locked", "rendered", "version"),
    [
        ("1.0.0", "", "1.0.0", "1.0.0"),
        # What Chart.yaml names exactly is rendered, or refused.
        ("1.0.0", "", "9.9.9", "1.0.0"),
        ("^1.0.0", "1.4.0", "1.9.0", "1.4.0"),
        ("^1.0.0", "", "1.9.0", "1.9.0"),
        ("1.x", "", "1.9.0", "1.9.0"),
        # Part of a version is a range to Helm.
        ("1.9", "", "1.9.7", "1.9.7"),
        ("", "", "1.9.0", "1.9.0"),
        # A dependency that is left out does not render.
        ("^1.0.0", "", None, "^1.0.0"),
    ],
)
def test_the_version_in_use_is_the_locked_one_else_the_one_that_renders(declared, locked, rendered, version):
    entry = {
        "name": "store",
        "alias": "main",
        "version": declared,
        "repository": "https://charts.example.org",
    }
    chart = Chart(Path("web"), "web", {}, {"name": "web", "dependencies": [entry]})
    lock = (
        f"dependencies: [{{name: store, repository: 'https://charts.example.org', version: {locked}}}]"
        if locked
        else None
    )
    nodes = [SimpleNamespace(prefix=(), metadata={"version": "7.0.0"})]
    if rendered:
        nodes += [
            SimpleNamespace(prefix=("main",), metadata={"version": rendered}),
            SimpleNamespace(prefix=("main", "store"), metadata={"version": "8.0.0"}),
        ]

    (found,) = in_use(chart, lock, nodes)

    assert (found.key, found.version, found.repository) == ("main", version, "https://charts.example.org")
