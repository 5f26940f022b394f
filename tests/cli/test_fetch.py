"""`fetch`: everything that a repository deploys from elsewhere comes into the cache, once, and plans need no network."""

import json
import subprocess

import pytest

from tests.charts import pack
from tests.helm.served import ChartServer, make_chart

HELM_RELEASE = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {{name: charts, namespace: flux-system}}
spec: {{url: "{url}"}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: cache, namespace: data}}
spec:
  chart: {{spec: {{chart: node, version: "{version}", sourceRef: {{kind: HelmRepository, name: charts, namespace: flux-system}}}}}}
"""
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: web, namespace: argocd}}
spec:
  destination: {{namespace: web}}
  source: {{repoURL: "{url}", path: charts/web, targetRevision: main, helm: {{values: "a: 1"}}}}
"""


@pytest.fixture
def estate(workshop, tmp_path):
    """Two wrappers, a HelmRelease and an Application whose charts are all elsewhere."""
    with ChartServer(tmp_path / "served").running() as server:
        for name in ("node", "base"):
            server.publish(tmp_path / "work", name)
        entry = f"dependencies:\n- {{name: node, version: 1.0.0, repository: '{server.url}'}}\n"
        for name in ("one", "two"):
            make_chart(workshop.root / "apps", name, more=entry)
        (workshop.root / "cache.yaml").write_text(HELM_RELEASE.format(url=server.url, version="1.x"))
        remote = tmp_path / "git"
        base = f"dependencies:\n- {{name: base, version: ^1.0.0, repository: '{server.url}'}}\n"
        make_chart(remote / "charts", "web", more=base)
        for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "a chart"]):
            subprocess.run(["git", *words], cwd=remote, check=True, capture_output=True)
        (workshop.root / "web.yaml").write_text(APPLICATION.format(url=f"file://{remote}"))
        workshop.commit("what is deployed")
        server.asked.clear()
        workshop.server = server
        workshop.remote = remote
        yield workshop


def fetched(ran):
    return {(one["name"], one["version"]): one["status"] for one in json.loads(ran.out)["charts"]}


def words(ran):
    return " ".join(ran.out.split())


def test_everything_is_fetched_once_and_then_kept(estate):
    before = estate.picture()

    first = estate.run("fetch", "--format", "json")
    second = estate.run("fetch", "--format", "json")

    names = [("node", "1.0.0"), ("node", "1.x"), ("charts/web", "main"), ("base", "^1.0.0")]
    assert (first.code, second.code) == (0, 0), first
    assert fetched(first).keys() == set(names)
    assert set(fetched(second).values()) == {"kept"}
    assert estate.server.asked == {"/index.yaml": 1, "/node-1.0.0.tgz": 1, "/base-1.0.0.tgz": 1}
    assert estate.picture() == before


def test_a_plan_after_it_needs_no_network(estate):
    estate.run("fetch")
    estate.server.answers = {"/index.yaml": lambda handler: handler.send_error(500)}
    estate.remote.rename(estate.remote.with_name("gone"))

    for target in ("apps/one", "data/cache", "web/web"):
        ran = estate.run(target, "--plan", "--format", "json", "--offline")

        assert ran.code == 0, ran
    web = json.loads(ran.out)
    assert [one["code"] for one in web["findings"]].count("version-resolved") == 2


def test_who_asks_and_what_a_range_means_is_told(estate):
    charts = json.loads(estate.run("fetch", "--format", "json").out)["charts"]

    told = {(one["name"], one["version"]): (one["needed_by"], one["resolved"]) for one in charts}
    assert told["node", "1.0.0"] == (["apps/one/Chart.yaml", "apps/two/Chart.yaml"], None)
    assert told["node", "1.x"] == (["cache.yaml:6"], "1.0.0")
    assert "was taken at commit" in told["charts/web", "main"][1]


def test_offline_tells_what_is_missing_and_asks_nobody(estate):
    ran = estate.run("fetch", "--offline")

    assert ran.code == 4
    assert not estate.server.asked
    assert f"{estate.server.url}  2 missing" in ran.out
    assert "node 1.x, node 1.0.0" in words(ran)
    assert "migrate-dhi fetch" in ran.out


def test_offline_nothing_is_missing_after_it(estate):
    estate.run("fetch")

    ran = estate.run("fetch", "--offline")

    assert ran.code == 0
    assert "a plan needs no network" in ran.out


def test_a_source_that_fails_is_told_once_and_the_others_are_fetched(estate):
    estate.server.login = "me:word"

    ran = estate.run("fetch")

    assert ran.code == 4
    assert words(ran).count("answers 401 (Unauthorized): it wants a login") == 1
    assert f"file://{estate.remote}  1 fetched" in ran.out


def test_a_folder_alone(estate):
    assert fetched(estate.run("fetch", "apps/two", "--format", "json")) == {("node", "1.0.0"): "fetched"}


def test_a_chart_whose_lock_file_is_of_others_is_told(estate):
    (estate.root / "apps/one/Chart.lock").write_text("dependencies: []\ndigest: sha256:0\n")

    ran = estate.run("fetch")

    assert ran.code == 4
    assert "Chart.lock was made for other dependencies" in ran.out


def test_a_cache_that_cannot_be_written_is_no_success(estate, clean_home):
    (clean_home / ".cache").write_text("a file")

    ran = estate.run("fetch")

    assert ran.code == 4
    assert ran.error["error"].endswith(
        "the cache cannot be written, and what is fetched would be gone with this process"
    )


def test_nothing_from_elsewhere(workshop):
    workshop.add("plain-chart")

    ran = workshop.run("fetch")

    assert ran.code == 0
    assert "Nothing that is deployed here is from elsewhere." in ran.out


def test_a_path_that_is_not_there(workshop):
    assert workshop.run("fetch", "gone").code == 2


@pytest.mark.parametrize("command", [("scan", "--workers", "2"), ("fetch",)])
def test_forty_charts_that_share_twelve_dependencies_ask_for_each_once(workshop, tmp_path, command):
    with ChartServer(tmp_path / "served").running() as server:
        names = [f"shared{number}" for number in range(12)]
        for name in names:
            pack(make_chart(tmp_path / "work", name), server.folder)
        server.list()
        for number in range(40):
            entries = [
                f"{{name: {names[(number + n) % 12]}, version: ^1.0.0, repository: '{server.url}'}}"
                for n in (0, 5)
            ]
            make_chart(workshop.root / "apps", f"app{number}", more=f"dependencies: [{', '.join(entries)}]\n")
        workshop.commit("forty charts")

        ran = workshop.run(*command, "--format", "json")

        assert ran.code == 0, ran
        assert server.asked == {"/index.yaml": 1, **{f"/{name}-1.0.0.tgz": 1 for name in names}}
        assert workshop.git("status", "--porcelain") == ""


def test_a_scan_tells_a_missing_chart_once_with_the_command_that_brings_it(estate):
    ran = estate.run("scan", "--offline", "--workers", "1")

    assert ran.code == 4
    text = words(ran)
    assert text.count(f"--offline forbids fetching: node 1.0.0 from {estate.server.url}") == 1
    assert "as for default/one" in text
    assert text.count("migrate-dhi fetch") == 1


def test_a_chart_of_applications_is_resolved_once_its_dependencies_are_fetched(workshop, tmp_path):
    with ChartServer(tmp_path / "served").running() as server:
        server.publish(tmp_path / "work", "base")
        entry = f"dependencies: [{{name: base, version: 1.0.0, repository: '{server.url}'}}]\n"
        chart = make_chart(workshop.root, "apps", more=entry)
        (chart / "templates/web.yaml").write_text(
            APPLICATION.format(url=server.url).replace("path:", "chart:")
        )
        workshop.commit("applications")

        def unresolved():
            ran = workshop.run("releases", "--format", "json")
            return [one["reason"] for one in json.loads(ran.out)["unresolved"]]

        (reason,) = unresolved()
        assert reason == (
            f"its Applications cannot be rendered: base 1.0.0 from {server.url} is not at hand; "
            "`migrate-dhi fetch` brings it, run that and this again"
        )
        workshop.run("fetch")

        assert unresolved() == []
