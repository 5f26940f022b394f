"""Charts that are fetched: each once, with who asks for it, what a range means, and why one could not be had."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from migrate_dhi.errors import DependencyError, NotReadyError
from migrate_dhi.helm.store import Kept
from migrate_dhi.migration import fetching
from migrate_dhi.migration.fetching import FetchedChart, fetch_all
from migrate_dhi.release.release import Origin, Release

URL = "https://charts.example.org"


def release(origin, line=1, way="helmrelease"):
    return Release(way, "ns", "web", "r.yaml", 0, line, origin)


def chart(name="cache", version="1.0.0", url=URL):
    return Origin("repository", name, version, url)


def git(path="charts/web", revision="v1", url="https://git.example/acme/web.git"):
    return Origin("git", "", revision, url, path)


class Source:
    """What sources have, and what is kept of it; remembers who was asked online."""

    def __init__(self, has=(), kept=(), fails=""):
        self.has, self.kept, self.fails, self.asked = dict(has), dict(kept), fails, []

    def bring(self, wanted, _, *, offline=False):
        name = (wanted.name, wanted.version)
        if offline:
            return self.kept.get(name)
        self.asked.append(name)
        if self.fails:
            raise DependencyError(self.fails)
        return self.has.get(name)

    def lay_out(self, wanted, _, scratch, *, offline):
        found = (self.kept if offline else self.has).get(wanted.path)
        if not offline:
            self.asked.append(wanted.path)
        if isinstance(found, Exception):
            raise found
        if found is None:
            return None
        scratch.mkdir(parents=True)
        (scratch / "Chart.yaml").write_text(found[0])
        return scratch, found[1]


@pytest.fixture
def run(monkeypatch):
    """Fetch what releases need, from a source."""

    def fetch(source, *origins, offline=False):
        monkeypatch.setattr(fetching.sources, "bring", source.bring)
        monkeypatch.setattr(fetching.gitcharts, "lay_out", source.lay_out)
        estate = SimpleNamespace(
            releases=[release(one, line) for line, one in enumerate(origins, 1)], charts={}
        )
        shelf = SimpleNamespace(store=SimpleNamespace(folder="cache"), cache="cache", offline=offline)
        return fetch_all(estate, {}, shelf, lambda _: None)

    return fetch


def archive(version, name="cache"):
    return Kept(Path(f"{name}-{version}.tgz"), version)


@pytest.mark.parametrize(
    ("version", "has", "kept", "offline", "status", "resolved"),
    [
        ("1.0.0", "1.0.0", "", False, "fetched", ""),
        ("1.0.0", "1.0.0", "1.0.0", False, "kept", ""),
        ("^1.0", "1.4.0", "", False, "fetched", "1.4.0"),
        ("^1.0", "1.4.0", "1.4.0", False, "kept", "1.4.0"),
        # A range means another version by now.
        ("^1.0", "1.5.0", "1.4.0", False, "fetched", "1.5.0"),
        ("^1.0", "1.5.0", "1.4.0", True, "kept", "1.4.0"),
        ("1.0.0", "1.0.0", "", True, "missing", ""),
    ],
)
def test_what_became_of_a_chart(run, version, has, kept, offline, status, resolved):
    name = ("cache", version)
    source = Source({name: archive(has)}, {name: archive(kept)} if kept else {})
    (found,) = run(source, chart(version=version), offline=offline)

    assert (found.name, found.version, found.source, found.status, found.resolved) == (
        "cache",
        version,
        URL,
        status,
        resolved,
    )
    assert found.at_hand is (status != "missing")
    assert source.asked == ([] if offline else [name])


def test_each_chart_is_asked_for_once_for_all_that_need_it(run):
    source = Source({("cache", "1.0.0"): archive("1.0.0"), ("cache", "2.0.0"): archive("2.0.0")})
    found = run(source, chart(), chart(version="2.0.0"), chart(), chart())

    assert [(one.version, one.needed_by) for one in found] == [
        ("1.0.0", ("r.yaml:1", "r.yaml:3", "r.yaml:4")),
        ("2.0.0", ("r.yaml:2",)),
    ]
    assert sorted(source.asked) == [("cache", "1.0.0"), ("cache", "2.0.0")]


def test_one_that_fails_says_why_and_keeps_no_other_from_being_fetched(run):
    (failed,) = run(Source(fails="no such host"), chart())

    assert (failed.status, failed.error.message, failed.at_hand) == ("failed", "no such host", False)
    assert failed.to_json()["error"] == {"message": "no such host", "where": None, "help": None}
    assert FetchedChart("x", "", "u", (), "fetched").to_json()["error"] is None


PLAIN = "name: web\nversion: 1.0.0\n"


@pytest.mark.parametrize(
    ("has", "kept", "status"),
    [
        ((PLAIN, ""), None, "fetched"),
        ((PLAIN, ""), (PLAIN, ""), "kept"),
        # A branch may have moved, which its sentence tells.
        ((PLAIN, "main is abc"), (PLAIN, "main is def"), "fetched"),
        # What is kept may be of a commit that has no such chart, while the branch has it by now.
        ((PLAIN, "main is abc"), DependencyError("there is no chart"), "fetched"),
        (DependencyError("there is no chart"), None, "failed"),
        (None, None, "missing"),
    ],
)
def test_what_became_of_a_chart_in_git(run, has, kept, status):
    (found,) = run(Source({"charts/web": has}, {"charts/web": kept}), git())

    assert (found.name, found.version, found.status) == ("charts/web", "v1", status)


def test_offline_a_fault_of_what_is_kept_is_told(run):
    (found,) = run(Source(kept={"charts/web": DependencyError("there is no chart")}), git(), offline=True)

    assert (found.status, found.error.message) == ("failed", "there is no chart")


@pytest.mark.parametrize(("path", "name"), [("charts/web", "charts/web"), (".", "web"), ("", "web")])
def test_a_repository_that_is_a_chart_is_called_by_its_own_name(run, path, name):
    (found,) = run(Source({path: (PLAIN, "")}), git(path))

    assert found.name == name


def test_what_is_fetched_is_of_no_use_where_the_cache_cannot_be_written():
    shelf = SimpleNamespace(store=SimpleNamespace(folder="/tmp/x"), cache="/cache", offline=False)

    with pytest.raises(NotReadyError, match="cannot be written"):
        fetch_all(SimpleNamespace(releases=[], charts={}), {}, shelf, lambda _: None)
