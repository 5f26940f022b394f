"""Charts that nothing vendors: fetched into the cache alone, planned, written, and repeated without network."""

import json
import shutil

import pytest

from tests.charts import copy_case, pack
from tests.conftest import SECRET
from tests.helm.oci_served import ChartRegistry
from tests.helm.served import ChartServer

WRAPPER = "examples/gitops/apps/cluster/valkey"


@pytest.fixture
def served(workshop, tmp_path, pytestconfig):
    """The wrapper chart of the examples without its vendored dependency, which a server on the loopback has."""
    example = pytestconfig.rootpath / WRAPPER
    with ChartServer(tmp_path / "served").running() as server:
        pack(example / "charts/valkey", server.folder)
        server.list()
        chart = workshop.root / "apps/cache"
        shutil.copytree(example, chart)
        shutil.rmtree(chart / "charts")
        (chart / "Chart.lock").unlink()
        text = (chart / "Chart.yaml").read_text()
        (chart / "Chart.yaml").write_text(text.replace("https://charts.example.com", server.url))
        workshop.commit("a wrapper")
        workshop.server = server
        yield workshop


def test_a_wrapper_is_planned_and_written_from_an_empty_cache_and_left_alone(served):
    before = served.picture()

    planned = served.run("apps/cache", "--plan", "--format", "json", "--pull-secret", SECRET)

    assert json.loads(planned.out)["status"] == "ready", planned
    assert served.picture() == before
    written = served.run("apps/cache", "--yes", "--pull-secret", SECRET)
    assert written.code == 0, written
    assert served.git("diff", "--name-only", "main", "dhi/apps-cache").splitlines() == [
        "apps/cache/Chart.yaml",
        "apps/cache/values.yaml",
    ]
    assert served.git("status", "--porcelain") == ""
    assert served.server.asked == {"/index.yaml": 1, "/valkey-0.9.3.tgz": 1}


def test_the_second_run_needs_no_network(served):
    first = served.run("apps/cache", "--plan", "--format", "json")
    served.server.answers = dict.fromkeys(("/index.yaml", "/valkey-0.9.3.tgz"), lambda h: h.send_error(500))

    assert served.run("apps/cache", "--plan", "--format", "json").out == first.out
    assert served.run("apps/cache", "--plan", "--format", "json", "--offline").out == first.out


def test_offline_everything_that_is_missing_is_said_once_for_each_source(served):
    file = served.root / "apps/cache/Chart.yaml"
    entry = "  - {{name: {}, version: 1.0.0, repository: '{}'}}\n"
    more = [("one", served.server.url), ("two", "https://other.example")]
    file.write_text(file.read_text() + "".join(entry.format(*one) for one in more))

    ran = served.run("apps/cache", "--plan", "--offline")

    assert ran.code == 4
    assert ran.error["error"].endswith(
        "not in charts/, and --offline forbids fetching: "
        f"valkey 0.9.3, one 1.0.0 from {served.server.url}; two 1.0.0 from https://other.example"
    )
    assert ran.error["help"].startswith("run `migrate-dhi fetch` once where the network is")


def test_a_lock_file_of_other_dependencies_is_refused(served):
    lock = (
        "dependencies:\n- name: valkey\n  repository: https://x.example\n  version: 0.9.3\ndigest: sha256:0\n"
    )
    (served.root / "apps/cache/Chart.lock").write_text(lock)

    ran = served.run("apps/cache", "--plan")

    assert ran.code == 4
    assert ran.error["error"].startswith("apps/cache/Chart.lock: Chart.lock was made for other dependencies")


def test_what_a_range_was_taken_for_stands_in_the_plan(served):
    file = served.root / "apps/cache/Chart.yaml"
    file.write_text(file.read_text().replace("version: 0.9.3", 'version: "0.9.x"'))

    plan = json.loads(served.run("apps/cache", "--plan", "--format", "json").out)

    (said,) = [one["message"] for one in plan["findings"] if one["code"] == "version-resolved"]
    assert "asked for as 0.9.x, and was taken as 0.9.3, the newest that" in said


def test_a_dependency_from_a_registry(served):
    file = served.root / "apps/cache/Chart.yaml"
    with ChartRegistry().running() as registry:
        archive = (served.server.folder / "valkey-0.9.3.tgz").read_bytes()
        registry.publish("charts/valkey", "0.9.3", archive)
        file.write_text(file.read_text().replace(served.server.url, f"oci://{registry.host}/charts"))
        served.commit("from a registry")

        first = served.run("apps/cache", "--yes", "--pull-secret", SECRET)

        assert first.code == 0, first
        assert sorted(registry.asked.values()) == [1, 1]
    assert served.run("apps/cache", "--plan", "--offline").code == 0


STALE = "dependencies:\n- {{name: valkey, repository: '{url}', version: 0.9.3}}\ndigest: sha256:0\n"
FLUX = (
    "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: g, namespace: data}\n"
    "spec: {url: 'https://github.com/acme/gitops'}\n---\n"
    "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: cache, namespace: data}\n"
    "spec:\n  chart:\n    spec:\n      chart: apps/cache\n      sourceRef: {kind: GitRepository, name: g}\n"
)
OTHERS = ("--repo-url", "https://github.com/acme/gitops")


def test_flux_takes_the_versions_of_a_stale_lock_file_and_so_does_the_plan(served):
    (served.root / "apps/cache/Chart.lock").write_text(STALE.format(url=served.server.url))
    (served.root / "flux.yaml").write_text(FLUX)
    served.commit("a release of Flux")

    ran = served.run("data/cache", "--plan", "--format", "json", "--pull-secret", SECRET, *OTHERS)

    assert json.loads(ran.out)["status"] == "ready", ran
    assert served.run("fetch", *OTHERS).code == 0


def test_a_stale_lock_file_with_versions_that_nobody_asks_for_is_refused_for_flux_too(served):
    lock = STALE.format(url=served.server.url).replace("0.9.3", "0.9.2")
    (served.root / "apps/cache/Chart.lock").write_text(lock)
    (served.root / "flux.yaml").write_text(FLUX)
    served.commit("a release of Flux")

    ran = served.run("data/cache", "--plan", *OTHERS)

    assert ran.code == 4
    assert "was made for other dependencies" in ran.error["error"]


@pytest.mark.parametrize("repository", ["https://charts.acme.example", "oci://ghcr.io/acme", "'@acme'"])
def test_a_chart_of_the_repository_stands_in_for_one_of_its_name_and_version(workshop, repository):
    """A repository of charts asks for its own by the address where it publishes them."""
    copy_case("library-dependency", workshop.root / "charts/app")
    (workshop.root / "charts/app/charts/common").rename(workshop.root / "charts/common")
    file = workshop.root / "charts/app/Chart.yaml"
    file.write_text(file.read_text().replace("https://charts.acme.example", repository))
    # What it depends on is brought in the same way.
    common = workshop.root / "charts/common/Chart.yaml"
    more = f"dependencies:\n  - {{name: base, version: 1.2.0, repository: {repository}}}\n"
    common.write_text(common.read_text() + more)
    (workshop.root / "charts/base").mkdir()
    (workshop.root / "charts/base/Chart.yaml").write_text("apiVersion: v2\nname: base\nversion: 1.2.0\n")
    workshop.commit("charts")

    ran = workshop.run("charts/app", "--plan", "--format", "json", "--offline", "--pull-secret", SECRET)

    plan = json.loads(ran.out)
    said = [one["message"] for one in plan["findings"] if one["code"] == "dependency-assumed"]
    assert plan["status"] == "ready", ran
    assert [
        f"charts/{name} of this repository" in one for name, one in zip(("common", "base"), said, strict=True)
    ] == [
        True,
        True,
    ]


def test_what_another_chart_vendors_stands_in_for_none(workshop):
    for name in ("app", "other"):
        copy_case("library-dependency", workshop.root / "charts" / name)
    shutil.rmtree(workshop.root / "charts/app/charts")
    workshop.commit("charts")

    assert workshop.run("charts/app", "--plan", "--offline").code == 4


def test_a_chart_that_lies_in_a_range_alone_stands_in_for_none(workshop):
    """A range may mean a chart of the same name from elsewhere."""
    copy_case("library-dependency", workshop.root / "charts/app")
    (workshop.root / "charts/app/charts/common").rename(workshop.root / "charts/common")
    file = workshop.root / "charts/app/Chart.yaml"
    file.write_text(file.read_text().replace("version: 1.0.0", 'version: "1.x"'))
    workshop.commit("charts")

    assert workshop.run("charts/app", "--plan", "--offline").code == 4


@pytest.mark.parametrize("version", ["1.0.1", "2.0.0"])
def test_a_chart_of_another_version_stands_in_for_none(workshop, version):
    copy_case("library-dependency", workshop.root / "charts/app")
    (workshop.root / "charts/app/charts/common").rename(workshop.root / "charts/common")
    common = workshop.root / "charts/common/Chart.yaml"
    common.write_text(common.read_text().replace("version: 1.0.0", f"version: {version}"))
    workshop.commit("charts")

    ran = workshop.run("charts/app", "--plan", "--offline")

    assert (ran.code, "common 1.0.0 from https://charts.acme.example" in ran.err) == (4, True)


def test_a_part_of_another_chart_stands_in_for_none(workshop):
    copy_case("library-dependency", workshop.root / "apps/one")
    copy_case("library-dependency", workshop.root / "apps/app")
    shutil.rmtree(workshop.root / "apps/app/charts")
    workshop.commit("charts")

    assert workshop.run("apps/app", "--plan", "--offline").code == 4


def test_charts_that_ask_for_each_other_are_not_taken(workshop):
    for name, other in (("app", "more"), ("more", "app")):
        copy_case("plain-chart", workshop.root / "charts" / name)
        text = f"apiVersion: v2\nname: {name}\nversion: 0.1.0\ndependencies:\n  - {{name: {other}, version: 0.1.0, repository: 'https://x.example'}}\n"
        (workshop.root / "charts" / name / "Chart.yaml").write_text(text)
    workshop.commit("charts")

    assert workshop.run("charts/app", "--plan", "--offline").code == 4


def test_of_several_vendored_versions_the_one_that_is_asked_for_is_taken(workshop, tmp_path):
    """Helm loads that one, though `helm dependency list` calls it "too many matches"."""
    copy_case("library-dependency", workshop.root / "charts/app")
    common = workshop.root / "charts/app/charts/common"
    for version in ("1.1.0", "1.0.0"):
        text = (common / "Chart.yaml").read_text()
        (common / "Chart.yaml").write_text(text.replace("version: 1.0.0", f"version: {version}"))
        pack(common, workshop.root / "charts/app/charts")
        (common / "Chart.yaml").write_text(text)
    shutil.rmtree(common)
    workshop.commit("charts")

    ran = workshop.run("charts/app", "--plan", "--format", "json", "--offline", "--pull-secret", SECRET)

    assert json.loads(ran.out)["status"] == "ready", ran


def _chart(workshop, name, *depends, more=""):
    """A chart at ``charts/NAME`` that depends on others, each a flow mapping."""
    folder = workshop.root / "charts" / name
    copy_case("plain-chart", folder)
    head = f"apiVersion: v2\nname: {name}\nversion: 0.1.0\nappVersion: '9.0.1'\n{more}"
    (folder / "Chart.yaml").write_text(f"{head}dependencies: [{', '.join(depends)}]\n")
    for file in (folder / "templates").iterdir():
        file.write_text(file.read_text().replace(".Release.Name", ".Chart.Name"))
    return folder


def test_a_chart_beside_that_lacks_what_it_depends_on_is_packed_without_as_helm_does(workshop):
    _chart(workshop, "app", "{name: more, version: 0.1.0, repository: 'file://../more'}")
    _chart(workshop, "more", "{name: x, version: 1.0.0, repository: 'https://x.example'}")
    workshop.commit("charts")

    ran = workshop.run("charts/app", "--plan", "--offline", "--format", "json", "--pull-secret", SECRET)

    plan = json.loads(ran.out)
    assert plan["status"] == "ready", ran
    (lacking,) = [one for one in plan["findings"] if one["code"] == "dependency-lacking"]
    assert lacking["message"] == (
        "more depends on x 1.0.0, which it does not hold: Helm renders nothing of it and says nothing, so nothing "
        "of it was looked at"
    )


def test_a_template_that_is_not_defined_may_be_one_of_what_a_chart_beside_lacks(workshop):
    _chart(workshop, "app", "{name: more, version: 0.1.0, repository: 'file://../more'}")
    more = _chart(workshop, "more", "{name: x, version: 1.0.0, repository: 'https://x.example'}")
    (more / "templates/told.yaml").write_text('{{ include "x.told" . }}\n')
    workshop.commit("charts")

    ran = workshop.run("charts/app", "--plan", "--offline")

    assert ran.code == 4
    assert ran.error["help"] == (
        "bring x 1.0.0 with `migrate-dhi fetch` or --chart-dir: templates of it may be missed"
    )


def test_what_charts_beside_depend_on_is_brought_too(workshop, tmp_path):
    """From beside as well, at any depth; and one chart that two others ask for."""
    library = "{name: common, version: 0.1.0, repository: 'file://../common'}"
    _chart(
        workshop, "app", *(f"{{name: {one}, version: '*', repository: 'file://../{one}'}}" for one in "ab")
    )
    _chart(workshop, "a", library)
    inner = _chart(workshop, "b", library, "{name: far, version: 1.0.0, repository: 'https://x.example'}")
    common = _chart(workshop, "common", more="type: library\n")
    shutil.rmtree(common / "templates")
    (common / "templates").mkdir()
    (common / "templates/_name.tpl").write_text('{{ define "told" }}told{{ end }}')
    for one in ("a", "b"):
        text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ include "told" . }}-{{ .Chart.Name }}}\n'
        (workshop.root / "charts" / one / "templates/told.yaml").write_text(text)
    far = _chart(workshop, "far")
    text = (far / "Chart.yaml").read_text()
    (far / "Chart.yaml").write_text(text.replace("0.1.0", "1.0.0"))
    pack(far, tmp_path / "held")
    shutil.rmtree(far)
    (inner / "templates/far.yaml").write_text("# {{ .Subcharts.far.Chart.Version }}\n")
    workshop.commit("charts")

    ran = workshop.run(
        "charts/app", "--plan", "--offline", "--format", "json", "--pull-secret", SECRET,
        "--chart-dir", str(tmp_path / "held"),
    )  # fmt: skip

    plan = json.loads(ran.out)
    assert plan["status"] == "ready", ran
    assert not [one for one in plan["findings"] if one["code"] == "dependency-lacking"]
    objects = {effect["object"] for step in plan["steps"] for effect in step["effects"]}
    assert objects == {"Deployment/a", "Deployment/app", "Deployment/b", "Deployment/far"}


def test_nothing_is_written_into_the_folder_of_a_chart_beside(workshop):
    _chart(workshop, "app", "{name: more, version: 0.1.0, repository: 'file://../more'}")
    more = _chart(
        workshop,
        "more",
        "{name: one, version: 0.1.0}",
        "{name: two, version: 0.1.0, repository: 'file://../two'}",
    )
    _chart(workshop, "two")
    shutil.copytree(_chart(workshop, "one"), more / "charts/one")
    workshop.commit("charts")
    before = workshop.picture()

    ran = workshop.run("charts/app", "--plan", "--offline", "--format", "json", "--pull-secret", SECRET)

    assert json.loads(ran.out)["status"] == "ready", ran
    assert workshop.picture() == before
    assert [one.name for one in (more / "charts").iterdir()] == ["one"]


def test_charts_beside_that_ask_for_each_other_end(workshop):
    for name, other in (("app", "more"), ("more", "app")):
        _chart(workshop, name, f"{{name: {other}, version: 0.1.0, repository: 'file://../{other}'}}")
    workshop.commit("charts")

    ran = workshop.run("charts/app", "--plan", "--offline", "--format", "json", "--pull-secret", SECRET)

    assert json.loads(ran.out)["status"] == "ready", ran


def test_what_a_chart_beside_depends_on_is_fetched(served):
    (served.root / "apps/umbrella").mkdir()
    (served.root / "apps/umbrella/Chart.yaml").write_text(
        "apiVersion: v2\nname: umbrella\nversion: 0.1.0\ndependencies:\n"
        "  - {name: valkey, version: '*', repository: 'file://../cache'}\n"
    )
    served.commit("an umbrella")

    ran = served.run("fetch", "apps/umbrella")

    assert ran.code == 0, ran
    assert served.server.asked["/valkey-0.9.3.tgz"] == 1


def test_folders_below_charts_that_are_declared_without_a_version_are_rendered_as_helm_does(workshop):
    folder = _chart(
        workshop, "app", "{name: part, condition: part.enabled}", "{name: gone, condition: gone.on}"
    )
    for name in ("part", "gone"):
        shutil.move(_chart(workshop, name), folder / "charts" / name)
    (folder / "values.yaml").write_text((folder / "values.yaml").read_text() + "gone: {'on': false}\n")
    workshop.commit("charts")

    ran = workshop.run("charts/app", "--plan", "--offline", "--format", "json", "--pull-secret", SECRET)

    plan = json.loads(ran.out)
    assert plan["status"] == "ready", ran
    assert {effect["object"] for step in plan["steps"] for effect in step["effects"]} == {
        "Deployment/app",
        "Deployment/part",
    }


def test_a_folder_that_is_declared_without_a_version_and_with_an_alias_is_refused(workshop):
    """Helm renders it without its alias, and hence without its values."""
    folder = _chart(workshop, "app", "{name: part, alias: other}")
    shutil.move(_chart(workshop, "part"), folder / "charts/part")
    workshop.commit("charts")

    ran = workshop.run("charts/app", "--plan", "--offline")

    assert ran.code == 4
    assert "dependency other: what charts/ holds is of state 'invalid version'" in ran.error["error"]
