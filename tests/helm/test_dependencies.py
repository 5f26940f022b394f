"""What is taken for a dependency that is not vendored, in which order, and what is said where nothing is."""

from dataclasses import replace
from pathlib import Path

import pytest

from migrate_dhi.errors import DependencyError
from migrate_dhi.helm.brought import OFFLINE
from migrate_dhi.helm.chart import Chart, Dependency
from migrate_dhi.helm.dependencies import fetch, unready
from migrate_dhi.helm.elsewhere import take
from migrate_dhi.helm.shelf import Shelf, by_source, pin
from migrate_dhi.helm.store import Kept
from tests.charts import pack
from tests.helm.served import make_chart

URL = "https://charts.example.org"


@pytest.fixture
def chart(tmp_path):
    """A chart in no repository that declares these dependencies, and its folder."""

    def made(*declared, lock=""):
        folder = tmp_path / "top"
        folder.mkdir(exist_ok=True)
        lines = "".join(
            f"- {{name: {one.name}, version: '{one.version}', repository: '{one.repository}', alias: '{one.alias}'}}\n"
            for one in declared
        )
        text = f"apiVersion: v2\nname: top\nversion: 1.0.0\ndependencies:\n{lines}"
        (folder / "Chart.yaml").write_text(text)
        if lock:
            (folder / "Chart.lock").write_text(lock)
        return Chart.read(folder, "apps/top", {"apps/top/Chart.yaml": text})

    return made


@pytest.fixture
def held(tmp_path):
    """A folder with packed charts, each as (name, version)."""

    def made(*charts, folder="held", packed=True):
        place = tmp_path / folder
        for name, version in charts:
            made_in = make_chart(tmp_path / f"work-{folder}-{version}" if packed else place, name, version)
            if packed:
                pack(made_in, place)
        return place

    return made


def wanted(version="1.0.0", repository=URL, name="node", alias=""):
    return Dependency(name, alias, version, repository)


def brought(chart, shelf, scratch):
    """What is laid into ``charts/`` of a scratch copy, and what is told of it."""
    scratch.mkdir()
    for name in ("Chart.yaml", "Chart.lock"):
        if (chart.directory / name).exists():
            (scratch / name).write_bytes((chart.directory / name).read_bytes())
    found = fetch(chart, unready(chart, scratch), scratch, shelf)
    return sorted(path.name for path in (scratch / "charts").iterdir()), found


def refusal(chart, shelf, scratch):
    with pytest.raises(DependencyError) as caught:
        brought(chart, shelf, scratch)
    return caught.value


# --- where it is taken from


@pytest.mark.parametrize(
    ("version", "taken"),
    [
        ("1.0.0", "node-1.0.0.tgz"),
        ("^1.0.0", "node-1.2.0.tgz"),
        ("", "node-2.0.0.tgz"),
        (">=1 <2", "node-1.2.0.tgz"),
    ],
)
def test_the_folders_that_the_user_names_are_asked_before_the_source(chart, held, tmp_path, version, taken):
    shelf = Shelf((held(("node", "1.0.0"), ("node", "1.2.0"), ("node", "2.0.0")),), offline=True)

    names, found = brought(chart(wanted(version or "*")), shelf, tmp_path / "scratch")

    assert names == [taken]
    # A folder of one's own says what is meant: no word on the range.
    assert (found.pinned, found.beside, found.stand_ins) == ((), (), ())


def test_a_chart_that_a_folder_holds_as_a_folder_is_packed(chart, held, tmp_path):
    shelf = Shelf((held(("node", "1.0.0"), packed=False),), offline=True)

    assert brought(chart(wanted()), shelf, tmp_path / "scratch")[0] == ["node-1.0.0.tgz"]


def test_the_version_of_the_lock_file_is_looked_for(chart, held, tmp_path):
    shelf = Shelf((held(("node", "1.0.0"), ("node", "1.2.0")),), offline=True)
    lock = f"dependencies:\n- {{name: node, version: 1.0.0, repository: '{URL}'}}\n"

    assert brought(chart(wanted("^1.0.0"), lock=lock), shelf, tmp_path / "scratch")[0] == ["node-1.0.0.tgz"]


def test_the_cache_is_asked_once_for_each_and_a_range_is_told(chart, tmp_path, monkeypatch):
    asked = []
    archives = {
        name: pack(make_chart(tmp_path / "work", name, "1.2.0"), tmp_path / "packed")
        for name in ("node", "other")
    }

    def bring(dependency, _store, *, offline):
        asked.append((dependency.name, dependency.version, offline))
        return Kept(archives[dependency.name], "1.2.0", "2026-01-01")

    monkeypatch.setattr("migrate_dhi.helm.sources.bring", bring)
    declared = (wanted("^1.0.0"), wanted("1.2.0", name="other"))

    names, found = brought(chart(*declared), Shelf(cache=tmp_path / "cache"), tmp_path / "scratch")

    assert names == ["node-1.2.0.tgz", "other-1.2.0.tgz"]
    assert sorted(asked) == [("node", "^1.0.0", False), ("other", "1.2.0", False)]
    assert found.pinned == (
        f"the dependency node is asked for as ^1.0.0, and was taken as 1.2.0, the newest that {URL} listed on 2026-01-01",
    )


def test_a_chart_beside_is_packed_in_its_state_on_disk(chart, tmp_path):
    make_chart(tmp_path, "node", "1.0.0")

    names, _ = brought(chart(wanted(repository="file://../node")), Shelf(offline=True), tmp_path / "scratch")

    assert names == ["node-1.0.0.tgz"]


def test_one_of_two_versions_below_charts_is_ready(chart, tmp_path):
    """Helm tells of too many, and loads the one that is asked for."""
    own = chart(wanted())
    for version in ("1.0.0", "2.0.0"):
        pack(make_chart(tmp_path / f"work{version}", "node", version), own.directory / "charts")

    assert unready(own, own.directory) == []
    assert [state for _, state in unready(chart(wanted("3.0.0")), own.directory)] == ["too many matches"]


# --- what is said


@pytest.mark.parametrize(
    ("dependency", "message", "help_"),
    [
        (wanted(), f"{OFFLINE}node 1.0.0 from {URL}", "run `migrate-dhi fetch` once where the network is"),
        (
            wanted(repository=""),
            "dependency node 1.0.0 is not in charts/ and names no repository that can be asked here",
            "run `helm dependency build apps/top`, or vendor the chart under charts/",
        ),
        (
            wanted(repository="git+https://x", alias="n"),
            "dependency n 1.0.0 is not in charts/ and is from git+https://x, which can be asked here",
            "run `helm dependency build apps/top`, or vendor the chart under charts/",
        ),
        (
            wanted(repository="file://../gone"),
            "dependency node: there is no chart at file://../gone",
            "correct the path in Chart.yaml",
        ),
    ],
)
def test_one_that_cannot_be_had_is_told_with_its_file(chart, tmp_path, dependency, message, help_):
    error = refusal(chart(dependency), Shelf(offline=True), tmp_path / "scratch")

    assert error.message == message
    assert error.where == "apps/top/Chart.yaml"
    assert error.help.startswith(help_)


def test_a_chart_beside_of_another_version_is_refused(chart, tmp_path):
    make_chart(tmp_path, "node", "1.1.0")

    error = refusal(chart(wanted(repository="file://../node")), Shelf(offline=True), tmp_path / "scratch")

    assert (
        error.message == "dependency node wants the version 1.0.0, and the chart at file://../node is 1.1.0"
    )
    assert (error.where, error.help) == ("apps/top/Chart.yaml", "correct the version in Chart.yaml")


def test_all_that_only_the_network_has_is_told_at_once_by_its_source(chart, tmp_path):
    declared = (wanted(), wanted("2.x", name="other"), wanted(repository="https://b.example", name="third"))

    error = refusal(chart(*declared), Shelf(offline=True), tmp_path / "scratch")

    assert error.message == f"{OFFLINE}node 1.0.0, other 2.x from {URL}; third 1.0.0 from https://b.example"


@pytest.mark.parametrize(
    ("absent", "text"),
    [
        ([], ""),
        ([wanted()], f"node 1.0.0 from {URL}"),
        ([wanted(), wanted()], f"node 1.0.0 from {URL}"),
        ([wanted(""), wanted("2", "u", "x")], f"node from {URL}; x 2 from u"),
    ],
)
def test_sources_are_named_once(absent, text):
    assert by_source(absent) == text


def test_what_is_vendored_in_another_version_is_refused_and_not_replaced(chart, held, tmp_path):
    own = chart(wanted())
    make_chart(own.directory / "charts", "node", "1.1.0")
    shelf = Shelf((held(("node", "1.0.0")),), offline=True)
    missing = unready(own, own.directory)

    with pytest.raises(DependencyError) as caught:
        fetch(own, missing, own.directory, shelf)

    assert caught.value.message == "dependency node 1.0.0: what charts/ holds is of state 'wrong version'"


def test_a_source_that_fails_is_told_with_its_own_advice(chart, tmp_path, monkeypatch):
    def bring(*_, **__):
        raise DependencyError("it answers 403", help="log in")

    monkeypatch.setattr("migrate_dhi.helm.sources.bring", bring)

    error = refusal(chart(wanted()), Shelf(cache=tmp_path / "cache"), tmp_path / "scratch")

    assert error.message == f"cannot fetch dependency node 1.0.0 from {URL}: it answers 403"
    assert error.help == "log in; or run `helm dependency build apps/top`, or vendor the chart under charts/"


# --- a chart by itself


@pytest.mark.parametrize(("packed", "inside"), [(True, "chart/node"), (False, "held/node")])
def test_a_chart_is_taken_from_a_folder_as_it_is(held, tmp_path, packed, inside):
    shelf = Shelf((held(("node", "1.2.0"), packed=packed),), offline=True)

    folder, said = take(wanted("^1.0.0"), shelf, tmp_path, where="r.yaml:3")

    assert (folder, said) == (tmp_path / Path(inside), "")


@pytest.mark.parametrize(
    ("one", "message", "advice"),
    [
        (
            wanted(),
            f"the chart node 1.0.0 from {URL} is not at hand, and --offline forbids fetching it",
            "run `migrate-dhi fetch` once where the network is; or put node-1.0.0.tgz into a folder",
        ),
        (
            wanted(repository="./charts"),
            "the chart node 1.0.0 from ./charts cannot be fetched from here",
            "put node-1.0.0.tgz into a folder",
        ),
    ],
)
def test_a_chart_that_is_not_at_hand(tmp_path, one, message, advice):
    with pytest.raises(DependencyError) as caught:
        take(one, Shelf(cache=tmp_path / "cache", offline=True), tmp_path, where="r.yaml:3")

    assert (caught.value.message, caught.value.where) == (message, "r.yaml:3")
    assert caught.value.help.startswith(advice)


@pytest.mark.parametrize(
    ("version", "day", "told"),
    [
        ("1.0.0", "2026-01-01", False),
        ("^1.0.0", "", False),
        ("^1.0.0", "2026-01-01", True),
        ("", "2026-01-01", True),
    ],
)
def test_only_what_may_be_another_tomorrow_is_told(version, day, told):
    said = pin("the chart", wanted(version), Kept(Path("x"), "1.2.0", day))

    asked = version or "any version"
    assert said == (
        f"the chart is asked for as {asked}, and was taken as 1.2.0, the newest that {URL} listed on 2026-01-01"
        if told
        else ""
    )


def test_an_alias_is_what_people_know_it_by(chart, tmp_path):
    own = chart(replace(wanted(repository=""), alias="cache"))

    assert refusal(own, Shelf(offline=True), tmp_path / "scratch").message.startswith(
        "dependency cache 1.0.0 "
    )


def test_a_chart_from_its_source_is_unpacked_and_its_range_told(tmp_path, monkeypatch):
    archive = pack(make_chart(tmp_path / "work", "node", "1.2.0"), tmp_path / "packed")
    asked = []

    def bring(dependency, _store, *, offline):
        asked.append((dependency, offline))
        return Kept(archive, "1.2.0", "2026-01-01")

    monkeypatch.setattr("migrate_dhi.helm.sources.bring", bring)

    folder, said = take(wanted("^1.0.0"), Shelf(cache=tmp_path / "cache"), tmp_path, where="r.yaml:3")

    assert folder == tmp_path / "chart/node"
    assert (folder / "Chart.yaml").is_file()
    assert asked == [(wanted("^1.0.0"), False)]
    assert said == (
        f"the chart is asked for as ^1.0.0, and was taken as 1.2.0, the newest that {URL} listed on 2026-01-01"
    )


def test_a_chart_whose_source_fails_is_told_with_its_advice(tmp_path, monkeypatch):
    def bring(*_, **__):
        raise DependencyError("it answers 403", help="log in")

    monkeypatch.setattr("migrate_dhi.helm.sources.bring", bring)

    with pytest.raises(DependencyError) as caught:
        take(wanted(), Shelf(cache=tmp_path / "cache"), tmp_path, where="r.yaml:3")

    assert caught.value.message == f"the chart node 1.0.0 from {URL} cannot be fetched: it answers 403"
    assert caught.value.help == "log in; or put node-1.0.0.tgz into a folder and name that with --chart-dir"
    assert caught.value.where == "r.yaml:3"
